"""The contract of a codec: Piece <-> one array of event numbers, and what the network sees at each event.

A piece is a sequence of *frames*; in each frame the network is advanced once and then `num_heads` events are drawn,
one after the other, each seeing those drawn before it. Folk tunes have one event a frame; chorales have four, the
voices of one sixteenth. All inputs of the network are small integers in named columns, each looked up in an
embedding table; a codec computes the columns, a network knows nothing but their sizes.
"""

from abc import ABC, abstractmethod
from copy import deepcopy
from dataclasses import astuple, dataclass
from typing import Any, Self, TypeVar

import numpy as np

from musegen.music import Piece
from musegen.remarks import Remark

_FINE = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """One integer input of the network.

    Args:
        name: what it tells.
        size: values are in [0, size).
        width: size of its embedding.
        table: name of the embedding table; columns naming the same table share it ("" means its own).
    """

    name: str
    size: int
    width: int
    table: str = ""

    def to_network(self) -> tuple[str, int, int, str]:
        """Return the column as networks, which know no codecs, take it."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The events of a codec, as columns of equal length V.

    Args:
        kinds: names of the kinds of events.
        kind: index into `kinds` of each event, shape (V,).
        pitch: MIDI pitch of each event in the codec's own key, -1 where it has none, shape (V,).
        steps: length of each event in the codec's steps, 0 where it has none, shape (V,).
    """

    kinds: tuple[str, ...]
    kind: np.ndarray
    pitch: np.ndarray
    steps: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    def is_kind(self, name: str) -> np.ndarray:
        """Return the boolean table, shape (V,), of the events of one kind."""
        return self.kind == self.kinds.index(name)

    def in_range(self, low: int | None, high: int | None) -> np.ndarray:
        """Return the boolean table, shape (V,), of events without pitch or with low <= pitch <= high."""
        allowed = np.ones(len(self), bool)
        if low is not None:
            allowed &= (self.pitch < 0) | (self.pitch >= low)
        if high is not None:
            allowed &= (self.pitch < 0) | (self.pitch <= high)
        return allowed

    def in_scale(self, pitch_classes: frozenset[int]) -> np.ndarray:
        """Return the boolean table, shape (V,), of events without pitch or with a pitch class of the scale."""
        return (self.pitch < 0) | np.isin(self.pitch % 12, list(pitch_classes))


@dataclass(frozen=True, slots=True)
class Example:
    """One piece as the network is trained on it, T frames and K heads.

    Args:
        trunk: inputs of the recurrent part, shape (T, columns).
        head: inputs of each event, shape (T, K, columns).
        target: the events, shape (T, K).
        weight: 1 where the event counts in the loss, 0 where it is given, shape (T, K).
    """

    trunk: np.ndarray
    head: np.ndarray
    target: np.ndarray
    weight: np.ndarray


class Cursor(ABC):
    """Where a piece being made stands: says what the network sees and which events may come next.

    Attributes:
        num_heads: events a frame (K).
    """

    num_heads = 1

    @abstractmethod
    def trunk(self) -> np.ndarray:
        """Return the recurrent inputs of the coming frame, shape (columns,)."""

    @abstractmethod
    def head(self) -> np.ndarray:
        """Return the inputs of the coming event, shape (columns,)."""

    @abstractmethod
    def allowed(self) -> np.ndarray:
        """Return which events may come next, boolean, shape (V,); never all False before `done`."""

    @abstractmethod
    def push(self, event: int) -> None:
        """Append an event.

        Raises:
            CodecError: the event may not come here.
        """

    def copy(self) -> Self:
        """Return a cursor at the same place that goes on by itself."""
        return deepcopy(self)

    @property
    @abstractmethod
    def done(self) -> bool:
        """True when the piece is complete."""

    @abstractmethod
    def share_done(self) -> float:
        """Return how much of the planned piece is made, 0 to 1; 0 where nothing is planned."""

    def bar_place(self) -> tuple[int, int]:
        """Return the bar where the piece being made stands, from 0, and how many there will be.

        A pickup counts to the first bar. Music without bars is told in thousandths of its length.
        """
        return round(_FINE * self.share_done()), _FINE + 1

    @property
    @abstractmethod
    def events(self) -> np.ndarray:
        """The events so far, shape (T * K,)."""


C = TypeVar("C", bound=Cursor)
"""The kind of cursor that constraints, plans and pieces side by side are about."""


class Codec(ABC):
    """A representation of music.

    Laws: `decode(encode(x)) == normalize(x)`; `encode(decode(a)) == a` for every grammatical a; `normalize` is
    idempotent; any array with values in [0, V) decodes to a valid Piece or raises CodecError, nothing else.
    """

    name: str
    vocabulary: Vocabulary
    trunk_columns: tuple[Column, ...]
    head_columns: tuple[Column, ...]
    num_heads: int
    shifts: tuple[tuple[str, int, int, int], ...] = ()
    """Parts of the logits that are read from a place which a column gives, see `networks.recurrent`."""

    @property
    def num_events(self) -> int:
        """Events the network chooses from (V)."""
        return len(self.vocabulary)

    @abstractmethod
    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as this codec can hold it, and what was changed.

        Raises:
            CodecError: nothing of the piece can be held.
        """

    def normalize(self, piece: Piece) -> Piece:
        """Return the piece as this codec can hold it, every loss made.

        Raises:
            CodecError: nothing of the piece can be held.
        """
        return self.adapt(piece)[0]

    @abstractmethod
    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a piece, int array of shape (T * K,); normalizes first."""

    @abstractmethod
    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of events.

        Raises:
            CodecError: the array is not grammatical.
        """

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """Return what `from_config` needs to make this codec again, plain data."""

    @classmethod
    @abstractmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the codec of a config."""


class CodecWithoutSettings(Codec):
    """A codec of which there is only one: nothing about it can be set."""

    def to_config(self) -> dict[str, Any]:
        """Return an empty dict: nothing can be set."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the codec.

        Raises:
            ValueError: the config has a key.
        """
        if config:
            raise ValueError(f"the {cls.name} codec has no settings, got {sorted(config)}")
        return cls()


K = TypeVar("K", bound=Codec)
"""The kind of codec of a composer and its styles."""
