"""What the corpus of jazz sound plays: real solos and our own over their chords, with bass, comping and drums.

A solo of the Weimar Jazz Database is played from where it is densest for about `SECONDS`, by an instrument that is
dealt to it, near its own tempo, over a rhythm section that our band makes for its chords. Our own solos are invented by
the style of jazz over common forms in every key. All is dealt by number, so that the same corpus comes out on any run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from musegen.band.rhythm_section import accompany
from musegen.composers.request import ComposeRequest
from musegen.composers.style import load_style
from musegen.composers.temperature_curve import sampling_settings
from musegen.corpora.jazz_timing import TICKS_PER_BEAT
from musegen.corpora.weimar_jazz import BEATS_PER_BAR, SPLITS, Solo, read_solos
from musegen.engine.loop import sample
from musegen.errors import ChartError
from musegen.music import Note, Piece, Tempo, Track
from musegen.music.chart import Chart
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.piece import MOST_SWING, STRAIGHT
from musegen.music.swing import usual_swing

SECONDS = 24.0
"""Length of an excerpt of a solo, to the bar."""

INSTRUMENTS = (
    ("piano", 0, 67), ("vibraphone", 11, 67), ("jazz guitar", 26, 60), ("trumpet", 56, 67), ("trombone", 57, 55),
    ("tenor saxophone", 66, 60), ("clarinet", 71, 67), ("flute", 73, 76),
)  # fmt: skip
"""Who plays the solo: name, General MIDI program, and the pitch that its solos lie around."""

_FASTER, _SLOWEST, _FASTEST = 1.2, 70.0, 280.0
_VELOCITY, _BALLAD = 104, 90.0
_FEELS = {"LATIN": "latin", "FUNK": "even"}
_STYLE = "jazz"
_OWN_BARS, _BATCH = 12, 8
_OWN_QPM = (84, 108, 132, 160, 190, 224)
_FORMS = (
    "{0}7 | {5}7 | {0}7 | {7}m7 {0}7 | {5}7 | {6}dim7 | {0}7 | {4}m7b5 {9}7b9 | {2}m7 | {7}7 | {0}7 {9}7 | {2}m7 {7}7",
    "{0}m7|{2}m7b5 {7}7b9|{0}m7|{7}m7b5 {0}7b9|{5}m7|{5}m7|{0}m7|{0}m7|{8}7|{7}7b9|{0}m7|{2}m7b5 {7}7b9",
    "{2}m7 | {7}7 | {0}maj7 | {0}maj7 | {2}m7 | {7}7 | {0}maj7 | {9}7b9 | {2}m7 | {7}7 | {0}maj7 {9}m7 | {2}m7 {7}7",
    "{0}maj7 | {0}maj7 | {5}maj7 | {5}m6 | {0}maj7 | {9}m7 | {2}m7 | {7}7 | {4}m7 | {9}m7 | {2}m7 {7}7 | {0}6",
)
"""Forms of twelve bars that our own solos are played over, roots as semitones above the tonic."""

_ROOTS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A stretch of jazz as it is rendered.

    Args:
        name: of the solo it comes from; all of one tune have the same split.
        split: "train", "valid" or "test".
        instrument: index in `INSTRUMENTS`.
        qpm: tempo, in 4/4 throughout.
        chords: of every beat.
        piece: the solo first, then bass, piano and drums; a bar begins at every fourth quarter.
    """

    name: str
    split: str
    instrument: int
    qpm: float
    chords: tuple[Chord, ...]
    piece: Piece


def played_solos(limit: int | None = None) -> Iterator[Played]:
    """Yield the solos of the Weimar Jazz Database as they are rendered.

    Args:
        limit: so many at most, for a try.

    Raises:
        DatasetError: the corpus cannot be had.
    """
    for number, solo in enumerate(read_solos()[:limit]):
        played = _from_solo(solo, number)
        if played:
            yield played


def _from_solo(solo: Solo, number: int) -> Played | None:
    random = np.random.default_rng([11, solo.melid])
    qpm = round(float(np.clip(solo.qpm * _FASTER ** random.uniform(-1, 1), _SLOWEST, _FASTEST)), 1)
    bars = min(max(round(SECONDS * qpm / 60 / BEATS_PER_BAR), 4), solo.num_bars)
    bar_of = solo.onset_tick // (TICKS_PER_BEAT * BEATS_PER_BAR)
    heard = np.bincount(bar_of, minlength=solo.num_bars)
    first = int(np.convolve(np.minimum(heard, 8), np.ones(bars), "valid").argmax())
    try:
        chords = tuple(parse_chord(label) for label in solo.chords[first * 4 : (first + bars) * 4])
    except ChartError:
        return None
    if len(chords) < bars * 4:
        chords += (chords[-1] if chords else NO_CHORD,) * (bars * 4 - len(chords))
    inside = (bar_of >= first) & (bar_of < first + bars)
    start = first * BEATS_PER_BAR
    line = [
        Note(on / TICKS_PER_BEAT - start, pitch, max(length / TICKS_PER_BEAT, 0.1), _VELOCITY)
        for on, length, pitch in zip(solo.onset_tick[inside].tolist(), solo.length_tick[inside].tolist(),
                                     solo.pitch[inside].tolist(), strict=True)
    ]  # fmt: skip
    if len(line) < 8:
        return None
    swing = float(np.clip(solo.swing, STRAIGHT, MOST_SWING)) if np.isfinite(solo.swing) else usual_swing(qpm)
    feel = "ballad" if qpm < _BALLAD else _FEELS.get(solo.feel, "swing")
    instrument = number % len(INSTRUMENTS)
    piece = _with_band(line, chords, qpm, swing if feel == "swing" else STRAIGHT, feel, instrument, solo.melid)
    return Played(f"{solo.performer}: {solo.title}", solo.split, instrument, qpm, chords, piece)


def own_solos(count: int) -> Iterator[Played]:
    """Yield solos of our own style of jazz, a fifth of them for validation and a fifth for the test.

    Args:
        count: how many; made in batches of eight over one chart.

    Raises:
        StyleError: the style is not there.
    """
    style = load_style(_STYLE)
    for batch in range(-(-count // _BATCH)):
        form = _FORMS[batch % len(_FORMS)]
        tonic = batch * 5 % 12
        chart = form.format(*(_ROOTS[(tonic + step) % 12] for step in range(12)))
        qpm = float(_OWN_QPM[batch * 5 % len(_OWN_QPM)])
        request = ComposeRequest(_STYLE, "invent", num_bars=_OWN_BARS, temperature=style.card.temperature, qpm=qpm,
                                 random_seed=100 + batch, num_takes=_BATCH, options={"chart": chart},
                                 **style.card.sampling)  # fmt: skip
        plan = style.composer.plan(request, style)
        cursors = [plan.cursor() for _ in range(_BATCH)]
        sample(style.player, cursors, sampling_settings(request), plan.constraints,
               [(request.random_seed, index) for index in range(_BATCH)])  # fmt: skip
        split = SPLITS[(0, 0, 0, 1, 2)[batch % 5]]
        chords = _beats_of(chart)
        for index, cursor in enumerate(cursors[: count - batch * _BATCH]):
            instrument = (batch * 3 + index) % len(INSTRUMENTS)
            line = [replace(note, velocity=_VELOCITY) for note in plan.finish(cursor).tracks[0].notes]
            piece = _with_band(line, chords, qpm, usual_swing(qpm), "ballad" if qpm < _BALLAD else "swing",
                               instrument, 7000 + batch * _BATCH + index)  # fmt: skip
            yield Played(f"Musegen {batch + 1}.{index + 1}", split, instrument, qpm, chords, piece)


def _beats_of(chart: str) -> tuple[Chord, ...]:
    """Return the chord of every beat of a chart of bars with one or two chords."""
    found: list[Chord] = []
    for bar in chart.split("|"):
        names = [parse_chord(name) for name in bar.split()]
        found += [names[beat * len(names) // BEATS_PER_BAR] for beat in range(BEATS_PER_BAR)]
    return tuple(found)


def _with_band(
    line: list[Note], chords: tuple[Chord, ...], qpm: float, swing: float, feel: str, instrument: int, chance: int
) -> Piece:
    """Return a line in the register of an instrument over a rhythm section."""
    name, program, centre = INSTRUMENTS[instrument]
    octaves = 12 * round((centre - float(np.median([note.pitch for note in line]))) / 12)
    solo = Track(tuple(replace(note, pitch=int(np.clip(note.pitch + octaves, 24, 108))) for note in line), program,
                 False, name)  # fmt: skip
    bars = [chords[at : at + BEATS_PER_BAR] for at in range(0, len(chords), BEATS_PER_BAR)]
    chart = Chart(tuple(tuple((float(beat), chord) for beat, chord in enumerate(bar)) for bar in bars))
    band = accompany(chart, len(bars), qpm, feel, chance, solo)
    return Piece((solo, *band), tempos=(Tempo(0.0, qpm),), swing=swing)
