"""Bass and drums beside a song in four: play_along. Both learned from real players (`drum_model`, `bass_model`).

The same arguments give the same notes, and each player has a chance of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.band.bass_model import draw_bass, load_bass
from musegen.band.drum_model import DECILES, DRUMS, GENRES, STEPS, draw_strokes, load_drums
from musegen.music import Note, Track
from musegen.music.chart import Chart

__all__ = ["GENRES", "Playing", "play_along"]

BASS_PROGRAM = 33
_KICK, _SNARE, _CLOSED, _RIDE, _CRASH = 0, 1, 2, 5, 6
_FEET = (DRUMS[0], DRUMS[4])
_BUSIER = {"intro": -0.7, "verse": 0.0, "chorus": 0.35, "bridge": 0.1}
_BASS_LEAN = {GENRES[0]: -1.0, "rock": -0.5, "punk": 0.0, "hiphop": -0.8}
"""Nats towards more notes of the bass: the bands it was learned from are loud and fast."""
_USUAL_BASS, _LOOSE, _MOST_LATE = -0.7, 0.6, 0.05


@dataclass(frozen=True, slots=True)
class Playing:
    """How a band plays.

    Args:
        genre: of the drums, one of `GENRES`.
        density: -1 (few notes) to 1 (many).
        fills: whether the ends of sections are filled.
        human: whether strokes lie a little off the grid, as drummers play; else on it.
    """

    genre: str = GENRES[0]
    density: float = 0.0
    fills: bool = True
    human: bool = False


def play_along(
    chart: Chart, playing: Playing, random_seed: int, start_quarter: float = 0.0, borders: Sequence[int] | None = None
) -> tuple[Track, Track]:
    """Return bass and drums over a chart in 4/4, played once; in the last bar both hold.

    Args:
        chart: of the whole piece.
        playing: how.
        random_seed: where chance comes from, at least 0.
        start_quarter: where the first whole bar begins.
        borders: bars at which sections begin; None for those of the chart, else every fourth bar.

    Raises:
        ValueError: the chart is not in bars of four quarters.
    """
    if chart.bar_quarters != 4:
        raise ValueError(f"the band plays in 4/4, not in {chart.meter}")
    begins = set(borders if borders is not None else (first for first, _ in chart.sections))
    begins = begins if len(begins) > 1 else set(range(0, chart.num_bars, 4))
    bars = chart.num_bars - 1
    drums = np.random.default_rng([random_seed, 2])
    hits = _strokes(chart, playing, begins, drums)
    strokes = _drum_notes(hits, playing, drums)
    end = 4.0 * bars
    strokes += [Note(end, DRUMS[_KICK], 4.0, 88), Note(end, DRUMS[_CRASH], 4.0, 96)]
    chords = [chart.at(step / 4) for step in range(bars * STEPS)]
    lean = _BASS_LEAN.get(playing.genre, _USUAL_BASS) + playing.density
    line = draw_bass(load_bass(), chords, hits[:, _KICK] > 0, np.random.default_rng([random_seed, 1]), density=lean)
    notes = [Note(step / 4, pitch, steps / 4, 92 if step % 4 == 0 else 82) for step, steps, pitch in line]
    if not chart.at(end).is_no_chord:
        last = chart.at(end).bass_pitch_class
        before = notes[-1].pitch if notes else 36
        notes.append(
            Note(end, min((p for p in range(28, 48) if p % 12 == last), key=lambda p: abs(p - before)), 4.0, 88)
        )
    return (
        Track(_moved(notes, start_quarter), BASS_PROGRAM, False, "Bass"),
        Track(_moved(strokes, start_quarter), 0, True, "Drums"),
    )


def _strokes(chart: Chart, playing: Playing, begins: set[int], rng: np.random.Generator) -> np.ndarray:
    """Return what is struck in all bars but the last, shape (T, 10)."""
    bars = chart.num_bars - 1
    fills, nats = np.zeros(bars * STEPS, bool), np.full(bars * STEPS, playing.density)
    for bar in range(bars):
        words = chart.section_at(4.0 * bar).lower()
        nats[bar * STEPS : (bar + 1) * STEPS] += next((n for name, n in _BUSIER.items() if words.startswith(name)), 0.0)
        if playing.fills and (bar + 1 in begins or bar + 1 == bars):
            whole = rng.random() < 0.25
            fills[bar * STEPS + (0 if whole else STEPS // 2) : (bar + 1) * STEPS] = True
    hits = draw_strokes(fills, playing.genre, rng, density=nats)
    for bar in range(1, bars):
        if bar in begins and playing.fills:
            hits[bar * STEPS, [_KICK, _CRASH]] = 1
            hits[bar * STEPS, [_CLOSED, _RIDE]] = 0
    return hits


def _drum_notes(hits: np.ndarray, playing: Playing, rng: np.random.Generator) -> list[Note]:
    """Return strokes as notes as loud as drummers play them, each as long as until the next of hands or feet."""
    tables = load_drums()
    rank = rng.random((len(DRUMS), STEPS))
    ends: dict[tuple[int, bool], int] = {}
    for by_foot in (False, True):
        mine = [number for number, drum in enumerate(DRUMS) if (drum in _FEET) == by_foot]
        times = np.flatnonzero(hits[:, mine].any(1)).tolist()
        for step, following in zip(times, [*times[1:], len(hits)], strict=False):
            ends[step, by_foot] = min(following, (step // 4 + 1) * 4)  # within a beat, so that it reads
    notes = []
    for step, number in zip(*np.nonzero(hits), strict=True):
        place = int(step) % STEPS
        quantile = float(np.clip(0.8 * rank[number, place] + 0.2 * rng.random(), 0.05, 0.95))
        loud = int(np.interp(quantile, DECILES, tables.loudness[number, place]))
        late = 0.0
        if playing.human:
            late = rng.normal(tables.late[number, place], _LOOSE * tables.spread[number, place]) / 4
        onset = max(int(step) / 4 + float(np.clip(late, -_MOST_LATE, _MOST_LATE)), 0.0)
        length = (ends[int(step), DRUMS[number] in _FEET] - int(step)) / 4
        notes.append(Note(onset, DRUMS[number], length, min(max(loud, 20), 120)))
    return notes


def _moved(notes: Sequence[Note], quarters: float) -> tuple[Note, ...]:
    moved = (Note(n.onset_quarter + quarters, n.pitch, n.duration_quarter, n.velocity) for n in notes)
    return tuple(sorted(moved))
