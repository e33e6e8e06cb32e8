"""The walking bass beside the bass of real solos over the same chords, and how loud the players of a blues are.

``python -m benchmarks.rhythm_section`` prints two tables. Real lines are those that `musegen.training.bass_table`
learns from, of all splits; their pitches are an automatic estimate, so each share is given as heard and with the errors
taken out, which `share_of_errors` puts at so many notes of any pitch class alike.
"""

from dataclasses import replace

import numpy as np

from benchmarks.report import run, table
from musegen.band.bass_line import PITCHES, sample_line, slots_of
from musegen.band.rhythm_section import accompany
from musegen.band.walking_bass import TEMPERATURE, bass_tables
from musegen.errors import ChartError
from musegen.music import Note, Piece, Tempo, TimeSignature, Track
from musegen.music.chart import Chart, parse_chart
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.swing import usual_swing
from musegen.rendering.audio import unscaled_audio
from musegen.training.bass_table import rows_of, share_of_errors, walking_lines

BLUES = "F7 | Bb7 | F7 | Cm7 F7 | Bb7 | Bdim7 | F7 | Am7b5 D7b9 | Gm7 | C7 | F7 D7 | Gm7 C7"
STEMS = ("saxophone", "bass", "piano", "drums")


def shares(chords: list[Chord], beats: np.ndarray, pitch: np.ndarray) -> dict[str, tuple[int, int, float]]:
    """Return (hits, cases, chance of an error to hit) of each habit of a line.

    Args:
        chords: of every beat.
        beats: place in the bar of every beat, 0 to 3.
        pitch: MIDI, 0 where it is not known, shape (beats,).
    """
    slots = slots_of(chords, beats)
    told = np.array([not chord.is_no_chord for chord in chords]) & (pitch > 0)
    tones = np.array([p % 12 in c.pitch_classes for p, c in zip(pitch.tolist(), chords, strict=True)])
    sizes = np.array([len(c.pitch_classes) for c in chords]) / 12
    root = pitch % 12 == [c.bass_pitch_class for c in chords]
    first, found = slots.place == 0, {}
    found["root where a bar begins with a new chord"] = (root, told & first & (slots.beat == 0), 1 / 12)
    found["root where a chord begins within a bar"] = (root, told & first & (slots.beat > 0), 1 / 12)
    for beat in range(4):
        here = told & (slots.beat == beat)
        found[f"chord tone on beat {beat + 1}"] = (tones, here, float(sizes[here].mean()) if here.any() else 0.3)
    above = (pitch - slots.coming) % 12
    leads = told & (slots.left == 0)
    found["a semitone from the next root before a change"] = (np.isin(above, (1, 11)), leads, 2 / 12)
    found["a fifth above the next root before a change"] = (above == 7, leads, 1 / 12)
    result = {
        name: (int((hit & where).sum()), int(where.sum()), chance) for name, (hit, where, chance) in found.items()
    }
    steps = np.abs(np.diff(pitch))[(pitch[1:] > 0) & (pitch[:-1] > 0)]
    bounds = {"same note again": (0, 0), "step of 1 or 2": (1, 2), "step of 3 or 4": (3, 4), "step of 5 to 7": (5, 7),
              "leap of 8 or more": (8, 127)}  # fmt: skip
    for name, (low, high) in bounds.items():
        result[name] = (int(((steps >= low) & (steps <= high)).sum()), len(steps), float("nan"))
    return result


def measured(small: bool) -> dict:
    """Return all figures."""
    lines = [line for split in ("train", "valid", "test") for line in walking_lines(split)][: 6 if small else None]
    errors = share_of_errors(rows_of(lines))
    real: list[dict] = []
    ours: list[dict] = []
    for number, line in enumerate(lines):
        chords = [_chord(label) for label in line.chords]
        real.append(shares(chords, line.beat, np.asarray(line.pitch, int)))
        told = [i for i, chord in enumerate(chords) if not chord.is_no_chord]
        among = [chords[i] for i in told]
        allowed = np.ones((len(told), len(PITCHES)), bool)
        random = np.random.default_rng(number)
        drawn = sample_line(bass_tables(), slots_of(among, line.beat[told]), allowed, TEMPERATURE, random)
        pitch = np.zeros(len(chords), int)
        pitch[told] = drawn
        ours.append(shares(chords, line.beat, pitch))
    return {"lines": len(lines), "errors": errors, "real": _pooled(real), "ours": _pooled(ours), "stems": stems()}


def _pooled(each: list[dict]) -> dict[str, tuple[float, float]]:
    """Return (share, chance) over all lines, by habit."""
    names = each[0]
    pooled = {}
    for name in names:
        hits, cases = (sum(found[name][k] for found in each) for k in (0, 1))
        pooled[name] = (hits / max(cases, 1), float(np.nanmean([found[name][2] for found in each]))
                        if not np.isnan(each[0][name][2]) else float("nan"))  # fmt: skip
    return pooled


def _chord(label: str) -> Chord:
    try:
        return parse_chord(label)
    except ChartError:
        return NO_CHORD


def stems() -> dict[str, tuple[float, float]]:
    """Return (RMS, peak) in dB full scale of each player of a blues, rendered together with the others muted."""
    chart, qpm = parse_chart(BLUES), 150.0
    scale = [note for bar in range(12) for note in _riff(4.0 * bar, chart)]
    solo = Track(tuple(scale), 66, name="Saxophone")
    tracks = (solo, *accompany(chart, 13, qpm, "swing", 0, solo))
    whole = Piece(tracks, (Tempo(0, qpm),), (TimeSignature(0, 4, 4),), swing=usual_swing(qpm))
    full = {"all together": whole} | {
        name: replace(whole, tracks=(track,)) for name, track in zip(STEMS, tracks, strict=True)
    }
    return {name: _levels(unscaled_audio(piece)[0]) for name, piece in full.items()}


def _riff(start: float, chart: Chart) -> list[Note]:
    """Return a bar of eighths up and down the chord and a rest, to have something to play under."""
    tones = [pitch for pitch in range(58, 78) if pitch % 12 in chart.at(start).pitch_classes]
    order = (0, 1, 2, 3, 4, 2)
    return [Note(start + i / 2, tones[place % len(tones)], 0.5, 90) for i, place in enumerate(order)]


def _levels(sound: np.ndarray) -> tuple[float, float]:
    rms, peak = float(np.sqrt((sound**2).mean())), float(np.abs(sound).max())
    return 20 * np.log10(rms), 20 * np.log10(peak)


def rendered(figures: dict) -> str:
    """Return the figures as tables."""
    errors = figures["errors"]
    rows = []
    for name, (heard, chance) in figures["real"].items():
        clean = float("nan") if chance is None or np.isnan(chance) else (heard - errors * chance) / (1 - errors)
        rows.append([name, heard, clean, figures["ours"][name][0]])
    loud = [[name, *levels] for name, levels in figures["stems"].items()]
    return "\n\n".join([
        f"{figures['lines']} real lines, {errors:.3f} of their notes errors; one of ours over the chords of each.",
        table(("share of the notes", "real, as heard", "errors taken out", "ours"), rows),
        table(("a blues of 13 bars", "RMS dBFS", "peak dBFS"), loud, digits=1),
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
