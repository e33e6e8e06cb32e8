"""The data model: a Piece goes in, a Piece comes out.

Classes: Note, Track, Tempo, TimeSignature, KeySignature, ChordSymbol, Syllable, Barline, Piece. All are frozen and
validated when made; "changing" one is ``dataclasses.replace``. Times are in quarter notes, held as floats that
lie on a grid of 1/10080 quarter (`snap`), so that equal times compare equal and triplets are exact.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from musegen.constants import DEFAULT_QPM, DEFAULT_VELOCITY, TICKS_PER_QUARTER
from musegen.music.theory import MODES

NOTE_DTYPE = np.dtype(
    [
        ("onset_quarter", "f8"),
        ("duration_quarter", "f8"),
        ("pitch", "i2"),
        ("velocity", "i2"),
        ("track", "i2"),
    ]
)

STRAIGHT, MOST_SWING = 0.5, 0.8
"""Swing of equal eighths, and the most that there is: the first eighth four times as long as the second."""

BARLINE_KINDS = ("double", "final", "repeat-start", "repeat-end", "repeat-both")


MAX_VERSES = 9
_HALF_TICK = 0.5 / TICKS_PER_QUARTER


def snap(quarter: float) -> float:
    """Return the time in quarters moved to the nearest 1/10080 quarter."""
    return round(quarter * TICKS_PER_QUARTER) / TICKS_PER_QUARTER


def _check_time(name: str, value: float, *, positive: bool = False) -> None:
    if not math.isfinite(value) or value < 0 or (positive and value <= 0):
        bound = "> 0" if positive else ">= 0"
        raise ValueError(f"{name} must be a finite number {bound}, got {value!r}")


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One sounding note.

    Args:
        onset_quarter: start, in quarters from the start of the piece, >= 0 (snapped to 1/10080).
        pitch: MIDI number, 0 to 127; 60 is middle C.
        duration_quarter: length in quarters, > 0 (snapped, at least 1/10080).
        velocity: loudness, 1 to 127.
    """

    onset_quarter: float
    pitch: int
    duration_quarter: float = 1.0
    velocity: int = DEFAULT_VELOCITY

    def __post_init__(self) -> None:
        # Notes are made by the ten thousand: what is right already is not written again.
        onset, duration = self.onset_quarter, self.duration_quarter
        if not 0 <= onset < math.inf:
            if -_HALF_TICK < onset < 0:  # what sums of floats leave of a zero
                onset = 0.0
            _check_time("onset_quarter", onset)
        if not 0 < duration < math.inf:
            _check_time("duration_quarter", duration, positive=True)
        if not 0 <= self.pitch <= 127:
            raise ValueError(f"pitch must be 0 to 127, got {self.pitch!r}")
        if not 1 <= self.velocity <= 127:
            raise ValueError(f"velocity must be 1 to 127, got {self.velocity!r}")
        snapped = round(onset * TICKS_PER_QUARTER) / TICKS_PER_QUARTER
        if snapped != onset or type(onset) is not float:
            object.__setattr__(self, "onset_quarter", snapped)
        snapped = max(round(duration * TICKS_PER_QUARTER), 1) / TICKS_PER_QUARTER
        if snapped != duration or type(duration) is not float:
            object.__setattr__(self, "duration_quarter", snapped)
        if type(self.pitch) is not int:
            object.__setattr__(self, "pitch", int(self.pitch))
        if type(self.velocity) is not int:
            object.__setattr__(self, "velocity", int(self.velocity))

    @property
    def end_quarter(self) -> float:
        """End of the note, exclusive, in quarters."""
        return snap(self.onset_quarter + self.duration_quarter)


@dataclass(frozen=True, slots=True)
class Track:
    """Notes of one instrument, sorted by onset and then pitch.

    Args:
        notes: the notes; sorted when the track is made.
        program: General MIDI program, 0 to 127.
        is_drum: True for a percussion track.
        name: as written in the file or score.
        pedals: (onset_quarter, end_quarter) of each time the sustain pedal is down, made sorted and apart: where one
            begins before the one before has ended, the pedal is changed there.
        tablature: True where string and fret are printed below the staff; it means nothing but for a guitar.
    """

    notes: tuple[Note, ...] = ()
    program: int = 0
    is_drum: bool = False
    name: str = ""
    pedals: tuple[tuple[float, float], ...] = ()
    tablature: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127:
            raise ValueError(f"program must be 0 to 127, got {self.program!r}")
        object.__setattr__(self, "notes", tuple(sorted(self.notes)))
        object.__setattr__(self, "program", int(self.program))
        if self.pedals:
            object.__setattr__(self, "pedals", _apart(self.pedals))


def _apart(pedals: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return stretches of time sorted, none reaching into the next, none empty."""
    result: list[tuple[float, float]] = []
    for onset, end in sorted(pedals):
        _check_time("the onset of a pedal", onset)
        _check_time("the end of a pedal", end)
        onset, end = snap(onset), snap(end)
        if result and onset < result[-1][1]:
            before = result.pop()
            end = max(end, before[1])
            if onset > before[0]:
                result.append((before[0], onset))
        if onset < end:
            result.append((onset, end))
    return tuple(result)


@dataclass(frozen=True, slots=True, order=True)
class Tempo:
    """Speed from a time on: `qpm` quarters per minute, > 0."""

    onset_quarter: float
    qpm: float

    def __post_init__(self) -> None:
        _check_time("onset_quarter", self.onset_quarter)
        _check_time("qpm", self.qpm, positive=True)


@dataclass(frozen=True, slots=True, order=True)
class TimeSignature:
    """Meter from a time on; the time is the start of a bar."""

    onset_quarter: float
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        _check_time("onset_quarter", self.onset_quarter)
        if self.numerator < 1 or self.denominator not in (1, 2, 4, 8, 16, 32, 64):
            raise ValueError(f"not a meter: {self.numerator}/{self.denominator}")

    @property
    def bar_quarters(self) -> float:
        """Length of a bar in quarters."""
        return snap(self.numerator * 4 / self.denominator)


@dataclass(frozen=True, slots=True, order=True)
class KeySignature:
    """Key from a time on.

    Args:
        onset_quarter: start in quarters.
        tonic: pitch class of the tonic, 0 (C) to 11 (B).
        mode: "major", "minor", "dorian", "mixolydian", "phrygian", "lydian" or "locrian".
    """

    onset_quarter: float
    tonic: int
    mode: str = "major"

    def __post_init__(self) -> None:
        _check_time("onset_quarter", self.onset_quarter)
        if not 0 <= self.tonic <= 11:
            raise ValueError(f"tonic must be 0 to 11, got {self.tonic!r}")
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, got {self.mode!r}")


@dataclass(frozen=True, slots=True, order=True)
class ChordSymbol:
    """A chord symbol as printed above the staff ("Am7"), from a time on."""

    onset_quarter: float
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Syllable:
    """A syllable that is sung on the note of the melody that begins at a time (see `music.words`).

    Args:
        onset_quarter: when, in quarters.
        text: as printed, with "-" at its end where its word goes on.
        verse: from 1.
    """

    onset_quarter: float
    text: str
    verse: int = 1

    def __post_init__(self) -> None:
        _check_time("onset_quarter", self.onset_quarter)
        if not 1 <= self.verse <= MAX_VERSES:
            raise ValueError(f"verse must be 1 to {MAX_VERSES}, got {self.verse!r}")


@dataclass(frozen=True, slots=True, order=True)
class Barline:
    """A special bar line at a time; kind is one of `BARLINE_KINDS`. Plain bar lines follow from the meter."""

    onset_quarter: float
    kind: str

    def __post_init__(self) -> None:
        _check_time("onset_quarter", self.onset_quarter)
        if self.kind not in BARLINE_KINDS:
            raise ValueError(f"kind must be one of {', '.join(BARLINE_KINDS)}, got {self.kind!r}")


@dataclass(frozen=True, slots=True)
class Piece:
    """Music as the whole program passes it around.

    Args:
        tracks: the instruments, top of the score first.
        tempos: sorted, first at 0 (120 if none is given).
        time_signatures: sorted, first at 0 (4/4 if none is given).
        key_signatures: sorted; may be empty (unknown).
        chord_symbols: sorted; may be empty.
        barlines: double, final and repeat bar lines, sorted.
        fermatas: times in quarters of notes under a fermata, sorted.
        sections: (onset_quarter, letter) of the sections of a form, as printed in a box, sorted.
        pickup_quarter: length of an incomplete first bar, 0 where the first bar is whole.
        title: as printed.
        composer: as printed.
        swing: part of a beat that the first of two eighths takes when it is played, `STRAIGHT` to `MOST_SWING`, rounded
            to 1/10000; the notes are held as written, straight (see `music.swing`).
        words: what is sung, sorted; may be empty.
    """

    tracks: tuple[Track, ...] = ()
    tempos: tuple[Tempo, ...] = ()
    time_signatures: tuple[TimeSignature, ...] = ()
    key_signatures: tuple[KeySignature, ...] = ()
    chord_symbols: tuple[ChordSymbol, ...] = ()
    barlines: tuple[Barline, ...] = ()
    fermatas: tuple[float, ...] = ()
    sections: tuple[tuple[float, str], ...] = ()
    pickup_quarter: float = 0.0
    title: str = ""
    composer: str = ""
    swing: float = STRAIGHT
    words: tuple[Syllable, ...] = ()

    def __post_init__(self) -> None:
        def put(name: str, values: Iterable[object]) -> None:
            object.__setattr__(self, name, tuple(values))

        tempos = sorted(self.tempos)
        if not tempos or tempos[0].onset_quarter > 0:
            tempos.insert(0, Tempo(0.0, DEFAULT_QPM))
        meters = sorted(self.time_signatures)
        if not meters or meters[0].onset_quarter > 0:
            meters.insert(0, TimeSignature(0.0, 4, 4))
        put("tracks", self.tracks)
        put("tempos", tempos)
        put("time_signatures", meters)
        put("key_signatures", sorted(self.key_signatures))
        put("chord_symbols", sorted(self.chord_symbols))
        put("words", sorted(self.words))
        put("barlines", sorted(self.barlines))
        put("fermatas", sorted(snap(q) for q in self.fermatas))
        put("sections", sorted((snap(q), text) for q, text in self.sections))
        _check_time("pickup_quarter", self.pickup_quarter)
        object.__setattr__(self, "pickup_quarter", snap(self.pickup_quarter))
        if self.pickup_quarter >= meters[0].bar_quarters:
            raise ValueError(
                f"pickup_quarter must be shorter than the first bar ({meters[0].bar_quarters}), "
                f"got {self.pickup_quarter}"
            )
        if not STRAIGHT <= self.swing <= MOST_SWING:
            raise ValueError(f"swing must be {STRAIGHT} to {MOST_SWING}, got {self.swing!r}")
        object.__setattr__(self, "swing", round(float(self.swing), 4))

    @property
    def num_notes(self) -> int:
        """Notes in all tracks."""
        return sum(len(track.notes) for track in self.tracks)

    @property
    def end_quarter(self) -> float:
        """End of the last note in quarters, 0 for an empty piece."""
        return max((note.end_quarter for track in self.tracks for note in track.notes), default=0.0)


def note_array(piece: Piece) -> np.ndarray:
    """Return all notes as a structured array of dtype `NOTE_DTYPE`, shape (N,), by onset, track, pitch."""
    rows = [
        (n.onset_quarter, n.duration_quarter, n.pitch, n.velocity, index)
        for index, track in enumerate(piece.tracks)
        for n in track.notes
    ]
    array = np.array(rows, dtype=NOTE_DTYPE)
    return array[np.lexsort((array["pitch"], array["track"], array["onset_quarter"]))]
