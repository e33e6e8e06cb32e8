"""The bass of a rhythm section: a walking line drawn from a model of real ones, played in two when slow; other figures.

The model is `band.bass_line` with the tables of ``assets/walking_bass.npz``, fitted to the Weimar Jazz Database by
``python -m musegen.training.bass_table assets/walking_bass.npz``. The figures of the other feels are the usual ones:
roots and fifths, led into the next chord by a semitone now and then.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import groupby

import numpy as np

from musegen.band.bass_line import HIGH, LOW, PITCHES, TABLE_SHAPES, Tables, sample_line, slots_of
from musegen.band.groove import FAST, SLOW, Groove
from musegen.music import Note, Track
from musegen.music.chord import Chord
from musegen.paths import assets_dir

BASS_PROGRAM = 32
TEMPERATURE = 0.65
"""Of the walking line; the corpus' own spread, errors taken out, would be 1."""

_SKIP, _LEAD, _PICKUP = 0.05, 0.3, 0.3
_FIFTHS = {7: 0, 6: 1, 8: 2}


@lru_cache(maxsize=1)
def bass_tables() -> Tables:
    """Return the fitted tables."""
    with np.load(assets_dir() / "walking_bass.npz", allow_pickle=False) as stored:
        return {name: stored[name].astype(float) for name in TABLE_SHAPES}


def bass_track(groove: Groove, rng: np.random.Generator) -> Track:
    """Return the bass of all bars, its last note the bass of the last chord, held.

    Args:
        groove: what is accompanied.
        rng: where chance comes from.
    """
    in_two = groove.feel == "ballad" or (groove.feel == "swing" and groove.qpm < SLOW)
    if groove.feel in ("latin", "even"):
        notes = _figures(groove, rng)
    else:
        notes = _line(groove, _slots(groove, rng, in_two=in_two), rng, in_two=in_two)
    return Track(tuple(notes), BASS_PROGRAM, name="Bass")


# ---------------------------------------------------------------------------------------------------- walking, in two


def _slots(groove: Groove, rng: np.random.Generator, *, in_two: bool) -> list[float]:
    """Return when notes begin: on every beat, or on the first and a middle one, where chords change, and at the end."""
    times: list[float] = []
    for bar in range(groove.num_bars - 1):
        start, pulses = groove.start(bar), list(groove.pulses)
        if in_two:
            kept = {0, (len(pulses) + 1) // 2} if len(pulses) > 3 else {0}
            if rng.random() < _PICKUP:
                kept.add(len(pulses) - 1)
            pulses = [pulse for i, pulse in enumerate(pulses) if i in kept]
        times += sorted({start + pulse for pulse in pulses} | set(groove.changes(bar)))
    return [*times, groove.last_start]


def _line(groove: Groove, times: list[float], rng: np.random.Generator, *, in_two: bool) -> list[Note]:
    ends = [*times[1:], groove.end]
    chords = [groove.chord(time) for time in times]
    beats = [_beat(groove, time) for time in times]
    notes: list[Note] = []
    for silent, group in groupby(range(len(times)), key=lambda i: chords[i].is_no_chord):
        here = list(group)
        if silent:
            continue
        among = [chords[i] for i in here]
        allowed = _allowed(among, last=here[-1] == len(times) - 1, in_two=in_two)
        line = sample_line(bass_tables(), slots_of(among, [beats[i] for i in here]), allowed, TEMPERATURE, rng)
        for i, pitch in zip(here, line.tolist(), strict=True):
            notes += _played(groove, (times[i], ends[i], pitch), beats[i], rng)
    return notes


def _beat(groove: Groove, time: float) -> int:
    inside = time % groove.bar_quarters
    return max(i for i, pulse in enumerate(groove.pulses) if pulse <= inside)


def _allowed(chords: list[Chord], *, last: bool, in_two: bool) -> np.ndarray:
    """Return which pitches each slot may have, shape (T, 28): all, but where the line must stand on a chord's bass."""
    allowed = np.ones((len(chords), len(PITCHES)), bool)
    for i, chord in enumerate(chords):
        begins = i == 0 or chords[i - 1] != chord
        leads = i + 1 < len(chords) and chords[i + 1] != chord
        if i == 0 or (last and i == len(chords) - 1) or (begins and (chord.bass is not None or in_two)):
            allowed[i] = PITCHES % 12 == chord.bass_pitch_class
        elif in_two and not leads:
            allowed[i] = np.isin(PITCHES % 12, [chord.root, (chord.root + _fifth(chord)) % 12])
    return allowed


def _played(groove: Groove, slot: tuple[float, float, int], beat: int, rng: np.random.Generator) -> list[Note]:
    """Return the note of a slot, now and then with a soft second one that drops into the next beat."""
    start, end, pitch = slot
    loud = int(np.clip(rng.normal(92 if beat % 2 else 88, 3), 70, 110))
    skips = groove.feel == "swing" and SLOW <= groove.qpm < FAST and end - start == 1 and start < groove.last_start
    if skips and rng.random() < _SKIP:
        return [Note(start, pitch, 0.5, loud), Note(start + 0.5, pitch, 0.5, loud - 30)]
    return [Note(start, pitch, end - start, loud)]


def _fifth(chord: Chord) -> int:
    """Return the fifth of a chord in semitones above its root: the perfect one where it has several or none."""
    return min((step for step in chord.intervals if step in _FIFTHS), key=_FIFTHS.__getitem__, default=7)


# -------------------------------------------------------------------------------------------------------- other feels


def _figures(groove: Groove, rng: np.random.Generator) -> list[Note]:
    """Return a line of roots and fifths in dotted figures."""
    notes: list[Note] = []
    last = 40
    for bar in range(groove.num_bars - 1):
        changes = [*groove.changes(bar), groove.start(bar + 1)]
        for start, end in zip(changes, changes[1:], strict=False):
            chord = groove.chord(start)
            if chord.is_no_chord:
                continue
            figure = (_bossa if groove.feel == "latin" else _even)(end - start, rng)
            root = _near(chord.bass_pitch_class, last)
            for onset, length, step in figure:
                pitch = _degree(chord, root, step)
                leads = onset + length == end - start and length == 0.5 and rng.random() < _LEAD
                following = groove.chord(end)
                if leads and not following.is_no_chord and following != chord:
                    target = _near(following.bass_pitch_class, last)
                    pitch = target - 1 if target > LOW and (last < target or target == HIGH) else target + 1
                notes.append(
                    Note(start + onset, pitch, length, int(np.clip(rng.normal(90 if onset == 0 else 80, 3), 60, 110)))
                )
                last = pitch
    final = groove.chord(groove.last_start)
    if not final.is_no_chord:
        notes.append(Note(groove.last_start, _near(final.bass_pitch_class, last), groove.bar_quarters, 90))
    return notes


Figure = list[tuple[float, float, str]]


def _bossa(quarters: float, rng: np.random.Generator) -> Figure:
    """Return (onset, length, degree) of a stretch in one chord: root and fifth, dotted quarter and eighth."""
    if quarters < 2:
        return [(0.0, quarters, "root")]
    figure: Figure = []
    for half in range(int(quarters // 2)):
        at, first, second = 2.0 * half, "fifth" if half % 2 else "root", "root" if half % 2 else "fifth"
        if rng.random() < 0.85:
            figure += [(at, 1.5, first), (at + 1.5, 0.5, second)]
        else:
            figure += [(at, 2.0, first)]
    rest = quarters % 2
    return figure + ([(quarters - rest, rest, "root")] if rest else [])


def _even(quarters: float, rng: np.random.Generator) -> Figure:
    """Return (onset, length, degree) of a stretch in one chord: roots, octaves and fifths in even eighths."""
    if quarters < 2:
        return [(0.0, quarters, "root")]
    choices: list[Callable[[float], Figure]] = [
        lambda at: [(at, 1.5, "root"), (at + 1.5, 0.5, "root")],
        lambda at: [(at, 1.0, "root"), (at + 1.0, 0.5, "octave"), (at + 1.5, 0.5, "fifth")],
        lambda at: [(at, 0.5, "root"), (at + 0.5, 1.0, "root"), (at + 1.5, 0.5, "fifth")],
        lambda at: [(at, 1.5, "root"), (at + 1.5, 0.5, "seventh")],
    ]
    figure: Figure = []
    for half in range(int(quarters // 2)):
        figure += choices[int(rng.choice(4, p=(0.4, 0.2, 0.2, 0.2)))](2.0 * half)
    rest = quarters % 2
    return figure + ([(quarters - rest, rest, "root")] if rest else [])


def _degree(chord: Chord, root: int, degree: str) -> int:
    """Return the pitch of a degree of a chord near its bass note."""
    if degree == "octave":
        return root + 12 if root + 12 <= HIGH else root - 12
    if degree == "fifth":
        return _near((chord.root + _fifth(chord)) % 12, root)
    if degree == "seventh":
        seventh = max((step for step in chord.intervals if step in (9, 10, 11)), default=_fifth(chord))
        return _near((chord.root + seventh) % 12, root - 3)
    return root


def _near(pitch_class: int, pitch: int) -> int:
    """Return the pitch of a class in the range of the bass that is nearest to a pitch, the middle preferred."""
    found = PITCHES[PITCHES % 12 == pitch_class]
    return int(min(found, key=lambda p: abs(p - pitch) + 0.3 * abs(p - 40)))
