"""A folk tune in ticks: its notes and signs on the grid, and how they are spelled as events."""

from bisect import bisect_right
from dataclasses import dataclass

from musegen.composers.tune.cursor import (
    BAR,
    BAR_TICKS,
    DEFAULT_DURATION,
    DOUBLE,
    DURATION,
    DURATIONS,
    LOW,
    METER,
    METERS,
    MODE,
    MODES,
    PICKUP,
    PICKUPS,
    PITCH,
    REPEAT_BOTH,
    REPEAT_END,
    REPEAT_START,
    REST,
    TICKS_PER_QUARTER,
    TIE,
    FolkTuneCursor,
    end_tick,
    spell_length,
)
from musegen.music import Barline, KeySignature, Note, Piece, Tempo, TimeSignature, Track, snap

SIGN_OF_KIND = {"double": DOUBLE, "repeat-start": REPEAT_START, "repeat-end": REPEAT_END, "repeat-both": REPEAT_BOTH}
_KIND_OF_SIGN = {sign: kind for kind, sign in SIGN_OF_KIND.items()}
USUAL_QPM = {(2, 4): 112.0, (3, 4): 126.0, (4, 4): 160.0, (2, 2): 176.0, (6, 8): 156.0, (9, 8): 156.0, (12, 8): 168.0,
             (3, 8): 112.0}  # fmt: skip
"""Quarters a minute at which a tune without a tempo is played, by meter."""


@dataclass(slots=True)
class Line:
    """A tune in ticks.

    Args:
        meter: index into METERS; mode: index into MODES.
        pickup: ticks of the incomplete first bar.
        notes: [onset, end, pitch] each, one after the other, the tonic being C.
        signs: event of the double bar or repeat sign at a tick.
    """

    meter: int
    mode: int
    pickup: int
    notes: list[list[int]]
    signs: dict[int, int]

    @property
    def bar(self) -> int:
        """Ticks of a bar."""
        return BAR_TICKS[self.meter]

    def next_line(self, tick: int) -> int:
        """Return the first bar line after a tick."""
        return self.pickup + ((tick - self.pickup) // self.bar + 1) * self.bar

    def is_line(self, tick: int) -> bool:
        """Return whether a bar line stands at a tick."""
        return (tick - self.pickup) % self.bar == 0


def piece_of_line(line: Line, title: str = "", composer: str = "") -> Piece:
    """Return the piece of a line, its tonic on C."""

    def quarters(ticks: int) -> float:
        return snap(ticks / TICKS_PER_QUARTER)

    meter = METERS[line.meter]
    return Piece(
        tracks=(Track(tuple(Note(quarters(a), p, quarters(b - a)) for a, b, p in line.notes), name="Melody"),),
        tempos=(Tempo(0.0, USUAL_QPM[meter]),),
        time_signatures=(TimeSignature(0.0, *meter),),
        key_signatures=(KeySignature(0.0, 0, MODES[line.mode]),),
        barlines=tuple(Barline(quarters(tick), _KIND_OF_SIGN[sign]) for tick, sign in sorted(line.signs.items())),
        pickup_quarter=quarters(line.pickup),
    )


def line_of_piece(piece: Piece) -> Line:
    """Return the ticks of a normalized piece."""

    def ticks(quarters: float) -> int:
        return round(quarters * TICKS_PER_QUARTER)

    meter, key = piece.time_signatures[0], piece.key_signatures[0]
    return Line(
        METERS.index((meter.numerator, meter.denominator)),
        MODES.index(key.mode),
        ticks(piece.pickup_quarter),
        [[ticks(n.onset_quarter), ticks(n.end_quarter), n.pitch] for n in piece.tracks[0].notes],
        {ticks(b.onset_quarter): SIGN_OF_KIND[b.kind] for b in piece.barlines},
    )


def spell_line(line: Line, stop: int | None = None) -> list[int]:
    """Return the events of a line without the end event.

    Args:
        line: a tune that obeys the grammar.
        stop: where to stop, without a bar line there; by default the end of the tune, bar line included.
    """
    events = [METER + line.meter, MODE + line.mode]
    if line.pickup:
        events.append(PICKUP + PICKUPS.index(line.pickup))
    if 0 in line.signs:
        events.append(line.signs[0])
    end = stop
    if end is None:
        ends = [line.notes[-1][1], *(tick for tick, sign in line.signs.items() if sign == REPEAT_END)]
        end = end_tick(max(ends), line.bar, line.pickup)
    signs = {tick for tick in line.signs if 0 < tick <= end}
    cuts = sorted(signs.union(range(line.pickup or line.bar, end + 1, line.bar)))
    duration, now = DEFAULT_DURATION, 0
    for onset, until, pitch in _with_rests(line.notes, end):
        event = REST if pitch < 0 else PITCH + pitch - LOW
        now = onset
        first, last = bisect_right(cuts, onset), bisect_right(cuts, until)
        for cut in cuts[first:last] + ([] if last and cuts[last - 1] == until else [until]):
            for part in spell_length((now - line.pickup) % line.bar, cut - now):
                if DURATIONS.index(part) != duration:
                    duration = DURATIONS.index(part)
                    events.append(DURATION + duration)
                events.append(event)
                event = REST if pitch < 0 else TIE
            now = cut
            if (cut in signs or line.is_line(cut)) and (stop is None or cut < end):
                events.append(line.signs.get(cut, BAR))
    return events


def _with_rests(notes: list[list[int]], end: int) -> list[tuple[int, int, int]]:
    """Return notes and rests (pitch -1) that fill [0, end) without gaps."""
    filled, now = [], 0
    for onset, until, pitch in notes:
        if onset > now:
            filled.append((now, onset, -1))
        filled.append((onset, until, pitch))
        now = until
    if now < end:
        filled.append((now, end, -1))
    return filled


def line_of_cursor(cursor: FolkTuneCursor) -> Line:
    """Return the notes and signs of a tune, finished or not, whose meter and mode are known."""
    notes: list[list[int]] = []
    for segment in cursor.segments:
        if segment.tied:
            notes[-1][1] = segment.onset + segment.ticks
        elif segment.pitch is not None:
            notes.append([segment.onset, segment.onset + segment.ticks, segment.pitch])
    return Line(cursor.meter, cursor.mode, cursor.pickup, notes, dict(cursor.signs))
