"""Folk tunes as events: one voice with meter, mode, bar lines, repeats and an end, the tonic moved to C."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from musegen.composers.tune.cursor import (
    BAR_TICKS,
    DOUBLE,
    END,
    HIGH,
    LOW,
    METERS,
    MODES,
    PICKUPS,
    REPEAT_BOTH,
    REPEAT_END,
    REPEAT_START,
    TICKS_PER_QUARTER,
    WINDOW,
    FolkTuneCursor,
    build_vocabulary,
    columns,
    ending_mask,
    fits,
)
from musegen.composers.tune.line import (
    SIGN_OF_KIND,
    USUAL_QPM,
    Line,
    line_of_cursor,
    line_of_piece,
    piece_of_line,
    spell_line,
)
from musegen.engine.codec import Codec, Example
from musegen.errors import CodecError
from musegen.music import Note, Piece
from musegen.music.theory import estimate_key
from musegen.music.transform import main_key, melody_of
from musegen.remarks import Remark, remark

__all__ = [
    "METERS",
    "MODES",
    "TICKS_PER_QUARTER",
    "USUAL_QPM",
    "Adapted",
    "FolkTuneCodec",
    "FolkTuneCursor",
    "ending_mask",
]

_MODE_LIKE = {"lydian": "major", "phrygian": "minor", "locrian": "minor"}
_METER_LIKE = {(4, 8): (2, 4), (2, 8): (2, 4), (6, 4): (3, 4), (3, 2): (3, 4), (3, 16): (3, 8), (6, 16): (6, 8)}
_CENTRE = 70


@dataclass(frozen=True, slots=True)
class Adapted:
    """A piece made to fit the codec.

    Args:
        piece: the piece, its tonic on C.
        messages: what was changed.
        semitones: how far it was transposed; subtract to bring a result back to the key given.
        num_moved: notes moved onto the grid.
    """

    piece: Piece
    messages: tuple[Remark, ...]
    semitones: int
    num_moved: int


class FolkTuneCodec(Codec):
    """One-voice tunes. See `folk_tune_cursor` for the events and `Codec` for the laws."""

    name = "folk-tune"
    num_heads = 1

    def __init__(self) -> None:
        self.vocabulary = build_vocabulary()
        self.trunk_columns = columns()
        self.head_columns = ()

    def to_config(self) -> dict[str, Any]:
        """Return the codec as plain data."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "FolkTuneCodec":
        """Return the codec of a config.

        Raises:
            ValueError: the config is of another codec.
        """
        if config.get("name") != cls.name:
            raise ValueError(f"the config is of {config.get('name')!r}, not of {cls.name!r}")
        return cls()

    def cursor(self, num_bars: int | None = None) -> FolkTuneCursor:
        """Return the cursor at the start of a tune.

        Args:
            num_bars: whole bars planned, as told to the network; None where there is no plan.
        """
        return FolkTuneCursor(num_bars)

    # Piece -> piece

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as this codec can hold it, and what was changed.

        Raises:
            CodecError: the piece has no notes.
        """
        adapted = self.normalize_with_notes(piece)
        if not adapted.semitones:
            return adapted.piece, adapted.messages
        mode = adapted.piece.key_signatures[0].mode
        moved = remark("transposed", own=(-adapted.semitones % 12, mode), wanted=(0, mode))
        return adapted.piece, (moved, *adapted.messages)

    def fits(self, piece: Piece) -> bool:
        """Return whether a tune is held as it is, no note moved onto the grid."""
        return not self.normalize_with_notes(piece).num_moved

    def normalize_with_notes(self, piece: Piece) -> Adapted:
        """Return the piece as this codec can hold it, with the transposition and what else was changed.

        Raises:
            CodecError: the piece has no notes.
        """
        messages: list[Remark] = []
        melody = _melody(piece, messages)
        meter = _meter(piece, messages)
        tonic, mode = _key(piece, melody, messages)
        pitches, semitones = _to_c([n.pitch for n in melody], tonic, messages)
        line, moved = _grid(piece, melody, pitches, meter, messages)
        line.mode = MODES.index(mode)
        _place_signs(piece, line, messages)
        return Adapted(piece_of_line(line, piece.title, piece.composer), tuple(messages), semitones, moved)

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a tune, int32 of shape (T,); normalizes first.

        Raises:
            CodecError: the piece has no notes.
        """
        return np.array([*spell_line(line_of_piece(self.normalize(piece))), END], np.int32)

    def encode_open(self, piece: Piece) -> np.ndarray:
        """Return the events up to the end of the last note, to be continued: no closing rest, no end event.

        A bar line at the very end is left out too, so that the continuation may repeat there.

        Raises:
            CodecError: the piece has no notes.
        """
        line = line_of_piece(self.normalize(piece))
        last = line.notes[-1][1]
        line.signs = {tick: sign for tick, sign in line.signs.items() if tick < last}
        return np.array(spell_line(line, last), np.int32)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of events.

        Raises:
            CodecError: the array is not grammatical, or has no end.
        """
        cursor = self.cursor()
        for event in np.asarray(events).tolist():
            cursor.push(event)
        if not cursor.done:
            raise CodecError("The tune has no end event.")
        return self.piece_so_far(cursor)

    def piece_so_far(self, cursor: FolkTuneCursor) -> Piece:
        """Return the music of a cursor, finished or not, in the codec's own key (the tonic is C).

        Raises:
            CodecError: the meter or the mode is not known yet.
        """
        if cursor.meter < 0 or cursor.mode < 0:
            raise CodecError("The tune has no meter or mode yet.")
        return piece_of_line(line_of_cursor(cursor))

    # Training

    def features(self, events: np.ndarray, num_bars: int | None = None) -> np.ndarray:
        """Return the inputs before each event, int16 of shape (T, columns), as a cursor would give them.

        Args:
            events: a tune, shape (T,).
            num_bars: as for `cursor`.
        """
        cursor = self.cursor(num_bars)
        rows = []
        for event in np.asarray(events).tolist():
            rows.append(cursor.row())
            cursor.push(event)
        return np.array(rows, np.int16).reshape(-1, len(self.trunk_columns))

    def count_bars(self, events: np.ndarray) -> int:
        """Return the bars of a tune, a pickup not counted and a shortened last bar counted."""
        cursor = self.cursor()
        for event in np.asarray(events).tolist():
            cursor.push(event)
        return cursor.bar_index + (cursor.position > 0)

    def example(self, events: np.ndarray, *, tell_length: bool = True) -> Example:
        """Return a tune as the network is trained on it.

        Args:
            events: a tune, shape (T,).
            tell_length: fill the column of the bars that remain; it is 0 otherwise.
        """
        trunk = self.features(events, self.count_bars(events) if tell_length else None)
        steps = len(trunk)
        target = np.asarray(events, np.int32).reshape(steps, 1)
        return Example(trunk, np.zeros((steps, 1, 0), np.int16), target, np.ones((steps, 1), np.float32))


def _melody(piece: Piece, messages: list[Remark]) -> tuple[Note, ...]:
    melody = melody_of(piece).notes
    if not melody:
        raise CodecError("There are no notes in it, apart from drums perhaps; give a piece with a melody.")
    left_out = piece.num_notes - len(melody)
    if left_out:
        messages.append(remark("highest_voice_kept", count=left_out))
    return melody


def _meter(piece: Piece, messages: list[Remark]) -> int:
    first = piece.time_signatures[0]
    meter = (first.numerator, first.denominator)
    if len({(m.numerator, m.denominator) for m in piece.time_signatures}) > 1:
        messages.append(remark("meter_changes", meter=meter))
    if meter not in METERS:
        like = _METER_LIKE.get(meter, (4, 4))
        messages.append(remark("written_in_meter", like=like, meter=meter))
        meter = like
    return METERS.index(meter)


def _key(piece: Piece, melody: tuple[Note, ...], messages: list[Remark]) -> tuple[int, str]:
    key = main_key(piece)
    if key is None:
        tonic, mode = estimate_key(np.array([n.pitch for n in melody]), np.array([n.duration_quarter for n in melody]))
        messages.append(remark("key_found", key=(tonic, mode)))
        return tonic, mode
    if len({(k.tonic, k.mode) for k in piece.key_signatures}) > 1:
        messages.append(remark("key_changes", key=(key.tonic, key.mode)))
    if key.mode not in MODES:
        messages.append(remark("mode_treated_as", mode=key.mode, like=_MODE_LIKE[key.mode]))
    return key.tonic, _MODE_LIKE.get(key.mode, key.mode)


def _to_c(pitches: list[int], tonic: int, messages: list[Remark]) -> tuple[list[int], int]:
    """Return the pitches with the tonic on C, and the shift: into the range, its middle nearest to the usual one."""
    if tonic == 0 and min(pitches) >= LOW and max(pitches) <= HIGH:
        return pitches, 0
    middle = sum(pitches) / len(pitches)
    shifts = [12 * octaves - tonic for octaves in range(-10, 12)]
    inside = [s for s in shifts if min(pitches) + s >= LOW and max(pitches) + s <= HIGH]
    shift = min(inside or shifts, key=lambda s: (abs(middle + s - _CENTRE), s))
    folded = [_fold(pitch + shift) for pitch in pitches]
    outside = sum(a != b + shift for a, b in zip(folded, pitches, strict=True))
    if outside:
        messages.append(remark("folded", count=outside))
    return folded, shift


def _fold(pitch: int) -> int:
    while pitch < LOW:
        pitch += 12
    while pitch > HIGH:
        pitch -= 12
    return pitch


def _pickup(quarters: float, bar: int) -> tuple[int, float]:
    """Return the pickup in ticks and by how many ticks the music must move to fit it."""
    ticks = quarters * TICKS_PER_QUARTER
    if ticks < 1e-6:
        return 0, 0.0
    choices = [p for p in PICKUPS if p < bar and p >= ticks - 1e-6]
    if choices:
        return choices[0], choices[0] - ticks
    return 0, max(bar - ticks, 0.0)


def _grid(
    piece: Piece, melody: tuple[Note, ...], pitches: list[int], meter: int, messages: list[Remark]
) -> tuple[Line, int]:
    """Return the melody in ticks on the grid, and how many notes moved.

    In every window of half a quarter, counted from the bar line, times lie on thirty-seconds (3 ticks) or on sixteenth
    triplets (4), whichever is nearer to all of them.
    """
    pickup, shift = _pickup(piece.pickup_quarter, BAR_TICKS[meter])
    if shift:
        messages.append(remark("rest_added"))
    times = [(n.onset_quarter * TICKS_PER_QUARTER + shift, n.end_quarter * TICKS_PER_QUARTER + shift) for n in melody]
    windows: dict[int, list[float]] = {}
    for time in {t for pair in times for t in pair}:
        windows.setdefault(int((time - pickup) // WINDOW), []).append(time)
    step = {index: _best_step(group, pickup) for index, group in windows.items()}
    if pickup % WINDOW:
        step[-pickup // WINDOW] = 3  # the pickup itself begins on a thirty-second there

    def place(time: float) -> int:
        unit = step[int((time - pickup) // WINDOW)]
        return pickup + round((time - pickup) / unit) * unit

    notes: list[list[int]] = []
    moved = 0
    for index, ((start, end), pitch) in enumerate(zip(times, pitches, strict=True)):
        onset = place(start)
        stop = max(place(end), onset + step.get((onset - pickup) // WINDOW, 3))
        if index + 1 < len(times):
            stop = min(stop, place(times[index + 1][0]))
        if stop <= onset or onset < 0:
            moved += 1
            continue
        moved += abs(onset - start) > 0.01 or abs(stop - end) > 0.01
        notes.append([onset, stop, pitch])
    if moved:
        messages.append(remark("moved_onto_triplets", count=moved))
    return Line(meter, 0, pickup, notes, {}), moved


def _best_step(times: list[float], origin: int) -> int:
    def error(step: int) -> float:
        return sum(abs(t - origin - round((t - origin) / step) * step) for t in times)

    return 3 if error(3) <= error(4) + 1e-6 else 4


def _place_signs(piece: Piece, line: Line, messages: list[Remark]) -> None:
    """Put the double bars and repeat signs that can stand into the line."""
    shift = _pickup(piece.pickup_quarter, line.bar)[1]
    wanted: dict[int, int] = {}
    for barline in piece.barlines:
        if barline.kind in SIGN_OF_KIND:
            tick = round(barline.onset_quarter * TICKS_PER_QUARTER + shift) if barline.onset_quarter else 0
            sign = SIGN_OF_KIND[barline.kind]
            wanted[tick] = _merge(wanted[tick], sign) if tick in wanted else sign
    last, dropped, previous = line.notes[-1][1], 0, 0
    for tick, sign in sorted(wanted.items()):
        kept: int | None = sign
        if tick == 0:
            kept = REPEAT_START if sign in (REPEAT_START, REPEAT_BOTH) else None
        elif tick >= last:
            kept = REPEAT_END if sign in (REPEAT_END, REPEAT_BOTH) else None
        elif not line.is_line(tick) and not _has_room(line, previous, tick):
            kept, dropped = None, dropped + 1
        if tick >= last and kept and not line.is_line(tick) and not _has_room(line, previous, tick):
            kept = None
        if kept:
            line.signs[tick] = kept
            previous = tick
    if dropped:
        messages.append(remark("signs_left_out", count=dropped))


def _merge(a: int, b: int) -> int:
    signs = {a, b} - {DOUBLE}
    if not signs:
        return DOUBLE
    return signs.pop() if len(signs) == 1 else REPEAT_BOTH


def _has_room(line: Line, previous: int, tick: int) -> bool:
    """True where a sign may stand inside a bar: not within a note, and the silence around it can be spelled."""
    before = max(previous, line.next_line(tick) - line.bar, 0)
    after = line.next_line(tick)
    for onset, end, _ in line.notes:
        if onset < tick < end:
            return False
        before = max([before, *(t for t in (onset, end) if t <= tick)])
        after = min([after, *(t for t in (onset, end) if t >= tick)])
    start = line.next_line(tick) - line.bar
    return fits(before - start, tick - start) and fits(tick - start, after - start)
