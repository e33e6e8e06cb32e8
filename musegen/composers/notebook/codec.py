"""Music as the Chopin notebook has it: a symbol for each onset, a note or a chord, all of one length.

A note is its name ("C#4"), a chord the pitch classes of its normal order ("8.0.3"), played in the octave from C4. Which
symbols there are, the music says that a style learns from; all others are left out.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from musegen.composers.notebook.symbols import (
    LOWEST,
    NoteChordVocabulary,
    PitchSet,
    onset_sets,
    pitches_of,
    played_name,
)
from musegen.constants import DEFAULT_VELOCITY
from musegen.engine.codec import Codec, Column, Cursor, Example, Vocabulary
from musegen.errors import CodecError, DatasetError
from musegen.music import Note, Piece, TimeSignature, Track
from musegen.remarks import Remark, remark

BEATS_PER_BAR = 4
"""Symbols of a bar; each is a quarter long."""
_SHARE, _LEAST, _MOST = 600, 2, 100
"""A symbol is kept that comes once in so many; the notebook keeps what comes a hundred times in its sixty thousand."""


class NoteChordCodec(Codec):
    """See the module's docstring.

    Args:
        symbols: names of the events; () before any music was seen, when nothing is left out.
    """

    name = "note-chord"
    num_heads = 1

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        self.symbols = tuple(symbols)
        self.pitches = tuple(pitches_of(symbol) for symbol in self.symbols)
        chords = np.array(["." in symbol for symbol in self.symbols], bool)
        pitch = np.array([-1 if chord else each[0] for each, chord in zip(self.pitches, chords, strict=True)], int)
        self.vocabulary = Vocabulary(("note", "chord"), chords.astype(int), pitch, np.ones(len(chords), int))
        self.trunk_columns = (Column("symbol", len(self.symbols) + 1, 1),)
        self.head_columns = ()
        self._index = {symbol: number for number, symbol in enumerate(self.symbols)}

    def to_config(self) -> dict[str, Any]:
        """Return the symbols."""
        return {"symbols": list(self.symbols)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "NoteChordCodec":
        """Return the codec of a config.

        Raises:
            ValueError: it has other keys, or a symbol is none.
        """
        if set(config) - {"symbols"}:
            raise ValueError(f"the {cls.name} codec has symbols alone, got {sorted(config)}")
        return cls(config.get("symbols", ()))

    @classmethod
    def of_music(cls, pieces: Sequence[Piece]) -> "NoteChordCodec":
        """Return the codec whose symbols are those that pieces use often enough.

        Raises:
            DatasetError: they are fewer than two.
        """
        sets = [_sets(piece) for piece in pieces]
        least = int(np.clip(sum(map(len, sets)) // _SHARE, _LEAST, _MOST))
        names = NoteChordVocabulary.of(sets, "played", least).names
        if len(names) < 2:
            raise DatasetError("This music comes to fewer than two notes or chords that return; give more files.")
        return cls(names)

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the notes and chords that are known, each a quarter, and what was changed."""
        messages = [remark("one_length")]
        if any(track.is_drum and track.notes for track in piece.tracks):
            messages.append(remark("percussion_left_out"))
        names = self._names(piece)
        known = [name for name in names if not self.symbols or name in self._index]
        if not known:
            raise CodecError(
                "None of its notes and chords is among those that this style learned; give other music to go on from."
            )
        if len(known) < len(names):
            messages.append(remark("unknown_left_out", count=len(names) - len(known)))
        made = _piece([pitches_of(name) for name in known])
        return replace(made, title=piece.title, composer=piece.composer), tuple(messages)

    def _names(self, piece: Piece) -> list[str]:
        return [played_name(pitches) for pitches in _sets(piece)]

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the symbols of a piece, shape (T,); those that are not known are left out."""
        return np.array([self._index[name] for name in self._names(piece) if name in self._index], np.int32)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of symbols, shape (T,)."""
        events = np.asarray(events)
        if events.ndim != 1 or not len(events):
            raise CodecError("This is no music; at least one note is needed.")
        return _piece([self.pitches[event] for event in events.tolist()])

    def example(self, events: np.ndarray) -> Example:
        """Return a sequence as the network is trained on it: it sees the symbol before each."""
        trunk = np.concatenate([[0], events[:-1] + 1])[:, None].astype(np.int32)
        ones = np.ones((len(events), 1), np.float32)
        return Example(trunk, np.zeros((len(events), 1, 0), np.int32), events[:, None].astype(np.int32), ones)


class NoteChordCursor(Cursor):
    """A sequence of symbols being made.

    Args:
        num_events: how many there are to choose from.
        length: how many it will have.
    """

    def __init__(self, num_events: int, length: int) -> None:
        self._num_events, self._length = num_events, length
        self._events: list[int] = []

    def trunk(self) -> np.ndarray:
        """Return the symbol before, 0 at the beginning."""
        return np.array([self._events[-1] + 1 if self._events else 0], np.int32)

    def head(self) -> np.ndarray:
        """Return nothing: one symbol is one event."""
        return np.zeros(0, np.int32)

    def allowed(self) -> np.ndarray:
        """Return that all may come."""
        return np.ones(self._num_events, bool)

    def push(self, event: int) -> None:
        """Append a symbol."""
        if self.done or not 0 <= event < self._num_events:
            raise CodecError("This note cannot come here.")
        self._events.append(int(event))

    @property
    def done(self) -> bool:
        """True when there are as many as were asked for."""
        return len(self._events) >= self._length

    def share_done(self) -> float:
        """Return how many there are of those that there will be."""
        return len(self._events) / self._length

    def bar_place(self) -> tuple[int, int]:
        """Return the bar of the coming symbol."""
        return len(self._events) // BEATS_PER_BAR, -(-self._length // BEATS_PER_BAR)

    @property
    def events(self) -> np.ndarray:
        """The symbols so far."""
        return np.array(self._events, np.int64)


def _sets(piece: Piece) -> list[PitchSet]:
    found = [tuple(pitch for pitch in pitches if pitch >= LOWEST) for pitches in onset_sets(piece)]
    return [pitches for pitches in found if pitches]


def _piece(chords: Sequence[PitchSet]) -> Piece:
    notes = tuple(Note(float(at), pitch, 1.0, DEFAULT_VELOCITY) for at, each in enumerate(chords) for pitch in each)
    return Piece((Track(notes, 0, False, "Piano"),), time_signatures=(TimeSignature(0.0, BEATS_PER_BAR, 4),))
