"""How much of a piece was heard before: the longest run of notes it shares with a corpus, and where that stands.

Definition. A *run* is a number of successive notes of one track. Two runs are the same where their notes have the same
lengths and the same intervals between neighbours, so that transposition, tempo, bar lines and rests between notes do
not matter; of music played freely the intervals alone. The figure of a piece is the most notes of any run of its
tracks that occurs in some track of the corpus. Real music shares runs with other real music too (formulas, quotations,
variants), so the figure is to be read beside that of held-out pieces.

The index holds no music: of every note of the corpus a 16-bit hash of the `WINDOW` notes that begin there, and in which
piece and bar it stands. A run of n notes is n - `WINDOW` + 1 hashes in a row, so runs shorter than `LEAST` notes, which
could be chance, are not told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from musegen.constants import TICKS_PER_QUARTER
from musegen.evaluation.windows import PLAYED_BAR_QUARTERS, starts_of
from musegen.music import Note, Piece
from musegen.music.performance import QPM
from musegen.music.timing import quarters_to_seconds

WINDOW = 5
"""Notes of the windows that are hashed."""
LEAST = 7
"""Notes of the shortest run that is told: three hashes in a row, which by chance are one in 2 ** 48."""
TOGETHER_QUARTER = 0.1
"""Notes of music played freely that begin within so many quarters of 0.48 s are one chord, sorted by pitch."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15 | 1)


@dataclass(frozen=True, slots=True)
class Line:
    """Successive notes of a piece.

    Args:
        pitch: MIDI, shape (N,).
        length_tick: as written, shape (N,).
        bar: number of the bar of each note, from 1, ascending, shape (N,).
        notes: (track, index in the track) of each note.
    """

    pitch: np.ndarray
    length_tick: np.ndarray
    bar: np.ndarray
    notes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SharedRun:
    """The longest run of a piece that a corpus holds.

    Args:
        notes: (track, index in the track) of each of its notes in the piece; () where none is long enough.
        bars: first and last bar of it in the piece.
        source: name of the first corpus piece that holds it, "" where there is none.
        source_bars: first and last bar of it there.
        num_sources: how many corpus pieces hold it.
        note_bars: bar of each of its notes in the piece, and in the source.
    """

    notes: tuple[tuple[int, int], ...] = ()
    bars: tuple[int, int] = (0, 0)
    source: str = ""
    source_bars: tuple[int, int] = (0, 0)
    num_sources: int = 0
    note_bars: tuple[tuple[int, int], ...] = ()

    @property
    def num_notes(self) -> int:
        """How long it is."""
        return len(self.notes)


def lines_of(piece: Piece, *, played: bool = False, num_tracks: int | None = None) -> list[Line]:
    """Return the successive notes of each pitched track; of music played freely those of all tracks together.

    Args:
        piece: the music; drums are left out.
        played: it is played freely, so its bars are stretches of `windows.PLAYED_BAR_QUARTERS` of real time.
        num_tracks: pitched tracks that count, from the first; all where it is None.
    """
    tracks = [(t, track.notes) for t, track in enumerate(piece.tracks) if not track.is_drum][:num_tracks]
    voices = [[_Place(note, note.onset_quarter, (t, i)) for i, note in enumerate(notes)] for t, notes in tracks]
    if played:
        voices = [_by_moments(piece, [place for voice in voices for place in voice])]
    starts = np.asarray(starts_of(piece)) if not played else np.zeros(0)
    result = []
    for voice in (voice for voice in voices if voice):
        times = np.array([place.time for place in voice])
        bars = times // PLAYED_BAR_QUARTERS + 1 if played else np.searchsorted(starts, times + 1e-9)
        lengths = [round(place.note.duration_quarter * TICKS_PER_QUARTER) for place in voice]
        pitches = np.array([place.note.pitch for place in voice])
        numbers = np.maximum.accumulate(np.maximum(bars.astype(int), 1))
        result.append(Line(pitches, np.array(lengths), numbers, tuple(place.where for place in voice)))
    return result


class _Place(NamedTuple):
    note: Note
    time: float
    where: tuple[int, int]


def _by_moments(piece: Piece, voice: list[_Place]) -> list[_Place]:
    """Return notes in the order in which they are played, those of a chord from below, their times real."""
    seconds = quarters_to_seconds(piece, np.array([place.time for place in voice], float)) if voice else ()
    voice = [place._replace(time=float(s) * QPM / 60) for place, s in zip(voice, seconds, strict=True)]
    moments: list[list[_Place]] = []
    for place in sorted(voice, key=lambda place: (place.time, place.note.pitch)):
        if not moments or place.time - moments[-1][0].time > TOGETHER_QUARTER:
            moments.append([])
        moments[-1].append(place)
    return [place for moment in moments for place in sorted(moment, key=lambda place: place.note.pitch)]


def window_hashes(line: Line, *, rhythm: bool) -> np.ndarray:
    """Return the hash of the `WINDOW` notes from each note on, uint16 of shape (N,); 0 where the line ends before.

    Args:
        line: the notes.
        rhythm: whether lengths count beside intervals.
    """
    result = np.zeros(len(line.pitch), np.uint16)
    count = len(line.pitch) - WINDOW + 1
    if count <= 0:
        return result
    mixed = np.zeros(count, np.uint64)
    steps = np.diff(line.pitch).astype(np.int64) + 1000
    for place in range(WINDOW):
        if rhythm:
            mixed = _mix(mixed + line.length_tick[place : place + count].astype(np.uint64))
        if place < WINDOW - 1:
            mixed = _mix(mixed + steps[place : place + count].astype(np.uint64))
    result[:count] = (mixed >> np.uint64(48)).astype(np.uint16)
    return result


def _mix(values: np.ndarray) -> np.ndarray:
    """Return well-spread 64-bit numbers (the finaliser of SplitMix64)."""
    z = values * _FACTOR + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@dataclass(frozen=True, slots=True, eq=False)
class OriginalityIndex:
    """A corpus in which runs are looked up.

    Args:
        names: of the pieces.
        hashes: of every note of every line, uint16 of shape (N,).
        bar: of every note, shape (N,).
        line_notes: notes of each line, shape (L,).
        line_piece: index of the piece of each line, shape (L,).
        rhythm: whether lengths count beside intervals.
    """

    names: tuple[str, ...]
    hashes: np.ndarray
    bar: np.ndarray
    line_notes: np.ndarray
    line_piece: np.ndarray
    rhythm: bool = True

    @classmethod
    def of(cls, names: Sequence[str], lines: Iterable[Sequence[Line]], *, rhythm: bool = True) -> "OriginalityIndex":
        """Return the index of pieces.

        Args:
            names: of the pieces.
            lines: of each piece, see `lines_of`.
            rhythm: whether lengths count beside intervals.

        Raises:
            ValueError: there are not as many names as pieces.
        """
        flat = [(index, line) for index, own in enumerate(lines) for line in own]
        if flat and flat[-1][0] >= len(names):
            raise ValueError(f"{len(names)} names for {flat[-1][0] + 1} pieces or more")
        return cls(
            tuple(names),
            np.concatenate([np.zeros(0, np.uint16), *(window_hashes(line, rhythm=rhythm) for _, line in flat)]),
            np.concatenate([np.zeros(0, np.int32), *(line.bar.astype(np.int32) for _, line in flat)]),
            np.array([len(line.pitch) for _, line in flat], np.int32),
            np.array([index for index, _ in flat], np.int32),
            rhythm,
        )

    def joined(self, other: "OriginalityIndex") -> "OriginalityIndex":
        """Return the index of the pieces of both.

        Raises:
            ValueError: lengths count in one of them alone.
        """
        if self.rhythm != other.rhythm:
            raise ValueError("one index knows the lengths of notes, the other does not")
        return OriginalityIndex(
            self.names + other.names,
            np.concatenate([self.hashes, other.hashes]),
            np.concatenate([self.bar, other.bar]),
            np.concatenate([self.line_notes, other.line_notes]),
            np.concatenate([self.line_piece, other.line_piece + len(self.names)]),
            self.rhythm,
        )

    def longest(self, lines: Sequence[Line], given: Sequence[frozenset[int]] = (), skip: Sequence[str] = ()
                ) -> SharedRun:  # fmt: skip
        """Return the longest run of a piece that the corpus holds.

        Args:
            lines: of the piece, see `lines_of`.
            given: for each track the notes that are not asked about: a run that has no other notes is not told.
            skip: names of corpus pieces that do not count (the piece itself, say).
        """
        asked = _classes(lines, given, rhythm=self.rhythm)
        known, classes = np.unique(asked[1][asked[1] >= 0], return_inverse=True)
        places = asked[1].copy()
        places[places >= 0] = classes
        table = np.full(1 << 16, -1, np.int64)
        table[known] = np.arange(len(known))
        found = self._valid(skip)
        own = table[self.hashes]
        where = np.flatnonzero(found & (own >= 0))
        own, num_notes, best = own[where], WINDOW, None
        while len(where):
            best = (num_notes, int(np.flatnonzero(places == own[0])[0]), where[own == own[0]])
            where, own, places = _longer(where, own, places)
            num_notes += 1
        if best is None or best[0] < LEAST:
            return SharedRun()
        return self._told(asked[0], *best)

    def _valid(self, skip: Sequence[str]) -> np.ndarray:
        """Return which windows are whole and count, boolean (N,)."""
        ends = np.cumsum(self.line_notes, dtype=np.int64)
        left = np.repeat(ends, self.line_notes) - np.arange(len(self.hashes))
        valid = left >= WINDOW
        if skip:
            skipped = np.isin(self.line_piece, [i for i, name in enumerate(self.names) if name in set(skip)])
            valid &= ~np.repeat(skipped, self.line_notes)
        return valid

    def _told(self, own: list[tuple[int, tuple[int, int]]], num_notes: int, first: int, held: np.ndarray) -> SharedRun:
        run = own[first : first + num_notes]
        pieces = np.repeat(self.line_piece, self.line_notes)
        at = int(held[0])
        there = self.bar[at : at + num_notes].tolist()
        return SharedRun(
            tuple(note for _, note in run),
            (run[0][0], run[-1][0]),
            self.names[pieces[at]],
            (there[0], there[-1]),
            len(set(pieces[held].tolist())),
            tuple(zip((bar for bar, _ in run), there, strict=True)),
        )


def _classes(lines: Sequence[Line], given: Sequence[frozenset[int]], *, rhythm: bool
             ) -> tuple[list[tuple[int, tuple[int, int]]], np.ndarray]:  # fmt: skip
    """Return (bar, note) of all notes of a piece, and the hash of the window from each, -1 where it does not count."""
    notes, hashes = [], [np.zeros(0, np.int64)]
    for line in lines:
        own = window_hashes(line, rhythm=rhythm).astype(np.int64)
        new = np.array([t >= len(given) or i not in given[t] for t, i in line.notes], bool)
        counts = np.concatenate([np.zeros(1, int), np.cumsum(new)])
        stops = np.minimum(np.arange(len(own)) + WINDOW, len(own))
        own[counts[stops] == counts[:-1]] = -1  # nothing new in the window
        own[max(len(own) - WINDOW + 1, 0) :] = -1
        hashes.append(own)
        notes += list(zip(line.bar.tolist(), line.notes, strict=True))
    return notes, np.concatenate(hashes)


def _longer(where: np.ndarray, own: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what is left of windows in corpus (`where`, class `own`) and piece (class `places`) one note longer."""
    size = int(max(places.max(initial=0), own.max(initial=0))) + 1
    both = (places[:-1] >= 0) & (places[1:] >= 0)
    pairs = np.where(both, places[:-1] * size + places[1:], -1)
    known, classes = np.unique(pairs[both], return_inverse=True)
    longer = np.full(len(places), -1, np.int64)
    longer[:-1][both] = classes
    next_to = np.flatnonzero(np.diff(where) == 1)
    if not len(known) or not len(next_to):
        return where[:0], own[:0], longer
    wanted = own[next_to] * size + own[next_to + 1]
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    kept = known[at] == wanted
    return where[next_to[kept]], at[kept], longer
