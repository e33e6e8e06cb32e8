"""Piano music on a grid of sixteenths and 88 keys, for two hands.

A piece of T sixteenths is the array

    [meter, pickup, key]  then for each sixteenth the keys that sound, from the lowest up, and NEXT

where a key is HELD on or STRUCK, so that a held note and one that is repeated differ, all the way to the sheet. The
header is the plan of the network, which is asked for the rest alone. Which hand plays a note is worked out at the end
from what two hands can do (`music.hands`); no event says it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from musegen.composers.fitting.key_numbers import NUM_KEYS as NUM_TONALITIES
from musegen.composers.fitting.key_numbers import key_of_index
from musegen.composers.fitting.sixteenths import on_sixteenths
from musegen.composers.lattice.grid import (
    BAR_STEPS,
    CLOCK,
    HIGH_PITCH,
    LOW_PITCH,
    MAX_BAR,
    METERS,
    NUM_KEYS,
    STEP_QUARTER,
    LatticeGrid,
    keys_of,
    notes_of,
    signed_key,
)
from musegen.composers.lattice.reading import (
    EVENT_PITCH,
    FIRST_STRIKE,
    NEXT,
    NUM_EVENTS,
    TRUNK_COLUMNS,
    events_of,
    keys_from,
)
from musegen.engine.codec import CodecWithoutSettings, Column, Vocabulary
from musegen.errors import CodecError
from musegen.music import Note, Piece, TimeSignature, Track, snap
from musegen.music.hands import Key, split_keys
from musegen.remarks import Remark, remark

HANDS = ("Right hand", "Left hand")
FIRST_METER = NUM_EVENTS
FIRST_PICKUP = FIRST_METER + len(METERS)
FIRST_KEY = FIRST_PICKUP + MAX_BAR
HEADER = 3
KINDS = ("hold", "strike", "next", "meter", "pickup", "key")
_EDGES = (0, FIRST_STRIKE, NEXT, FIRST_METER, FIRST_PICKUP, FIRST_KEY, FIRST_KEY + NUM_TONALITIES)


def _vocabulary() -> Vocabulary:
    kind = np.repeat(np.arange(len(KINDS)), np.diff(_EDGES))
    pitch = np.concatenate([EVENT_PITCH, np.full(len(kind) - NUM_EVENTS, -1)])
    return Vocabulary(KINDS, kind, pitch, (kind <= 1).astype(int))


class LatticeCodec(CodecWithoutSettings):
    """See the module's docstring. It has no settings."""

    name = "lattice"
    num_heads = 1

    def __init__(self) -> None:
        self.vocabulary = _vocabulary()
        self.trunk_columns: tuple[Column, ...] = TRUNK_COLUMNS
        self.head_columns: tuple[Column, ...] = ()

    @property
    def num_events(self) -> int:
        """Events that are drawn; the header is told."""
        return NUM_EVENTS

    def lattice(self) -> dict[str, Any]:
        """Return what the network of a lattice is told of keys and columns, see `networks.lattice`."""
        columns = tuple((c.name, c.size, c.width) for c in TRUNK_COLUMNS[1:-1])
        return {
            "num_keys": NUM_KEYS,
            "lowest_class": LOW_PITCH % 12,
            "columns": columns,
            "longest_bar": MAX_BAR,
            "tonic_column": CLOCK.index("key"),
        }

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as two hands on the grid, and what was changed."""
        messages: list[Remark] = []
        piece = on_sixteenths(piece, messages)
        meter = self._meter(piece, messages)
        notes, folded = [], 0
        for note in (n for track in piece.tracks for n in track.notes):
            pitch = note.pitch
            while pitch < LOW_PITCH:
                pitch += 12
            while pitch > HIGH_PITCH:
                pitch -= 12
            folded += pitch != note.pitch
            notes.append(Note(note.onset_quarter, pitch, note.duration_quarter))
        if folded:
            messages.append(remark("folded", count=folded))
        num_steps = max(round(note.end_quarter * 4) for note in notes)
        keys = keys_of(Piece((Track(tuple(notes)),)), num_steps)
        pickup = round(piece.pickup_quarter * 4)
        grid = LatticeGrid(keys, meter, pickup if pickup < BAR_STEPS[meter] else 0, signed_key(piece))
        return self.from_grid(grid), tuple(messages)

    def _meter(self, piece: Piece, messages: list[Remark]) -> int:
        first = piece.time_signatures[0]
        if len({(m.numerator, m.denominator) for m in piece.time_signatures}) > 1:
            messages.append(remark("meter_changes_first_used"))
        pair = (first.numerator, first.denominator)
        if pair in METERS:
            return METERS.index(pair)
        messages.append(remark("meter_unknown", meter=pair))
        return 0

    def to_grid(self, piece: Piece) -> LatticeGrid:
        """Return the arrays of a piece; normalizes first."""
        piece = self.normalize(piece)
        meter = piece.time_signatures[0]
        index = METERS.index((meter.numerator, meter.denominator))
        keys = keys_of(piece, round(piece.end_quarter / STEP_QUARTER))
        return LatticeGrid(keys, index, round(piece.pickup_quarter * 4), signed_key(piece))

    def held(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece on the grid, its hands as they are where it has two tracks, and what was changed."""
        adapted, messages = self.adapt(piece)
        tracks = [track for track in piece.tracks if track.notes and not track.is_drum]
        if len(tracks) != len(HANDS):
            return adapted, messages
        names = {track.name: index for index, track in enumerate(tracks)}
        mean = [float(np.mean([note.pitch for note in track.notes])) for track in tracks]
        right = names[HANDS[0]] if set(names) == set(HANDS) else int(mean[1] > mean[0])
        hands = {(_step(note.onset_quarter), note.pitch): int(index != right)
                 for index, track in enumerate(tracks) for note in track.notes}  # fmt: skip
        return self.from_grid(self.to_grid(adapted), hands), messages

    def from_grid(self, grid: LatticeGrid, hands: Mapping[tuple[int, int], int] | None = None) -> Piece:
        """Return the piece of the arrays, for two hands.

        Args:
            grid: the arrays.
            hands: which hand (0 right, 1 left) plays some of the notes, by sixteenth and pitch; the others are dealt.

        Raises:
            CodecError: the last sixteenth is silent, or the pickup is as long as a bar.
        """
        if not len(grid.keys) or not grid.keys[-1].any():
            raise CodecError("The music ends in silence, which a piece for the piano cannot.")
        if grid.pickup >= grid.bar_steps:
            raise CodecError("The pickup is as long as a bar.")
        found = notes_of(grid.keys)
        left = split_keys([Key(*note) for note in found], 4)
        dealt: tuple[list[Note], list[Note]] = ([], [])
        for (start, end, pitch), in_left in zip(found, left, strict=True):
            hand = (hands or {}).get((start, pitch), int(in_left))
            dealt[hand].append(Note(start * STEP_QUARTER, pitch, (end - start) * STEP_QUARTER))
        key = key_of_index(grid.key)
        return Piece(
            tracks=tuple(Track(tuple(notes), 0, False, name) for notes, name in zip(dealt, HANDS, strict=True)),
            time_signatures=(TimeSignature(0.0, *METERS[grid.meter]),),
            key_signatures=(key,) if key else (),
            pickup_quarter=snap(grid.pickup * STEP_QUARTER),
        )

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a piece, shape (3 + N,)."""
        grid = self.to_grid(piece)
        header = [FIRST_METER + grid.meter, FIRST_PICKUP + grid.pickup, FIRST_KEY + grid.key]
        return np.concatenate([header, events_of(grid.keys)]).astype(np.int16)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of shape (3 + N,)."""
        events = np.asarray(events).astype(np.int64)
        if events.ndim != 1 or len(events) <= HEADER:
            raise CodecError("This is not a piece for the piano.")
        meter, pickup, key = events[:HEADER] - (FIRST_METER, FIRST_PICKUP, FIRST_KEY)
        if not (0 <= meter < len(METERS) and 0 <= pickup < MAX_BAR and 0 <= key < NUM_TONALITIES):
            raise CodecError("The music does not begin with a meter, a pickup and a key.")
        return self.from_grid(LatticeGrid(keys_from(events[HEADER:]), int(meter), int(pickup), int(key)))


def _step(quarter: float) -> int:
    return round(quarter / STEP_QUARTER)
