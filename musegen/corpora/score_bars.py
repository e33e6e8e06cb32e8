"""Bars of engraved scores that were exported as MIDI, made regular.

Such files hold a meter of its own for each bar that is not as long as its meter says: half a bar before a repeat sign,
a cadenza, a bar a hair too long where tuplets were rounded, and the denominator of some (97/4 for 97/16) is wrong.
Here parts that fill bars together become bars, lengths that are nearly right become right (time inside is stretched a
little), and a cadenza becomes bars of the meter around it and a last, shorter one.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from musegen.music import KeySignature, Note, Piece, TimeSignature, snap

USUAL = frozenset(
    ((2, 2), (3, 2), (4, 2), (2, 4), (3, 4), (4, 4), (5, 4), (6, 4), (2, 8), (3, 8), (4, 8), (6, 8), (9, 8), (12, 8),
     (6, 16), (9, 16), (12, 16), (24, 16))
)  # fmt: skip
"""Meters that a bar may have on its own; any other must stay for `_STAYS` bars."""

_STAYS = 3
_NEARLY = 0.26
"""Quarters by which bars may be longer or shorter than their meter and still be meant as that."""


@dataclass(frozen=True, slots=True)
class _Bar:
    start: float
    length: float
    meter: tuple[int, int]
    usual: bool


def regular(piece: Piece) -> Piece:
    """Return the piece with regular bars; notes and keys move with them.

    Keys begin at the nearest bar line. The pickup stays as it is.
    """
    bars = _bars(piece)
    points, marks = [(0.0, 0.0)], []
    old = new = bars[0].start
    if old:
        points.append((old, new))
    groups = _groups(bars)
    for number, (irregular, group, meter) in enumerate(groups):
        length = sum(bar.length for bar in group)
        if irregular and number + 1 == len(groups) and length < _quarters(meter):
            break  # an incomplete last bar
        if irregular:
            made = _made_regular([bar.length for bar in group], _quarters(meter))
            rest = made % _quarters(meter)
            whole = made - rest
            if whole:
                marks.append((new, meter))
            if rest > 1e-9:
                marks.append((new + whole, _short_meter(rest)))
        else:
            made = length
            marks.append((new, meter))
        old, new = old + length, new + made
        points.append((old, new))
    return _moved(piece, np.array(points), marks)


def _quarters(meter: tuple[int, int]) -> float:
    return meter[0] * 4 / meter[1]


def _short_meter(quarters: float) -> tuple[int, int]:
    for denominator in (4, 8):
        if (beats := quarters * denominator / 4) == round(beats):
            return round(beats), denominator
    return max(round(quarters * 4), 1), 16


def _made_regular(lengths: list[float], bar: float) -> float:
    """Return the quarters that bars of these lengths are meant to have in all."""
    whole = [round(length / bar) * bar for length in lengths]
    if all(own and abs(length - own) <= _NEARLY for length, own in zip(lengths, whole, strict=True)):
        return sum(whole)
    together = round(sum(lengths) / bar) * bar
    if together and abs(sum(lengths) - together) <= _NEARLY:
        return together
    return max(round(sum(lengths) * 2) / 2, 0.5)


def _bars(piece: Piece) -> list[_Bar]:
    """Return the bars as the file has them, those of the last meter up to the end of the music."""
    bars = []
    meters = piece.time_signatures
    for index, mark in enumerate(meters):
        is_last = index + 1 == len(meters)
        start = piece.pickup_quarter if index == 0 else mark.onset_quarter
        stop = max(piece.end_quarter, start + 1e-6) if is_last else meters[index + 1].onset_quarter
        meter = (mark.numerator, mark.denominator)
        length = _quarters(meter)
        stays = (stop - start) / length >= _STAYS and mark.numerator > 1
        while start < stop - 1e-6:
            whole = stop - start > length - 1e-6 or (is_last and meter in USUAL)
            bars.append(_Bar(start, length if whole else stop - start, meter, whole and (stays or meter in USUAL)))
            start = snap(start + length)
    return bars


def _groups(bars: list[_Bar]) -> list[tuple[bool, list[_Bar], tuple[int, int]]]:
    """Return stretches of bars: whether irregular, the bars, and the meter that holds there or around them."""
    groups: list[tuple[bool, list[_Bar]]] = []
    for bar in bars:
        same = groups and groups[-1][0] is not bar.usual and (not bar.usual or groups[-1][1][-1].meter == bar.meter)
        if same:
            groups[-1][1].append(bar)
        else:
            groups.append((not bar.usual, [bar]))
    joined: list[tuple[bool, list[_Bar]]] = []
    for number, (irregular, group) in enumerate(
        groups
    ):  # a lone bar beside an irregular one is part of it, and a last one may be incomplete
        beside = groups[max(number - 1, 0) : number + 2]
        is_last = 0 < number == len(groups) - 1
        shorter = is_last and _quarters(group[0].meter) < _quarters(groups[number - 1][1][-1].meter)
        lone = len(group) == 1 and (shorter or any(other for other, _ in beside))
        irregular = irregular or lone
        if joined and irregular and joined[-1][0]:
            joined[-1][1].extend(group)
        else:
            joined.append((irregular, list(group)))
    regular_meters = [group[0].meter for irregular, group in joined if not irregular] or [(4, 4)]
    result, before = [], regular_meters[0]
    for irregular, group in joined:
        before = before if irregular else group[0].meter
        result.append((irregular, group, before))
    return result


def _moved(piece: Piece, points: np.ndarray, marks: list[tuple[float, tuple[int, int]]]) -> Piece:
    """Return the piece with its times moved from the first column of points to the second, and new meters."""

    def at(quarter: float) -> float:
        beyond = max(quarter - points[-1, 0], 0.0)
        return snap(float(np.interp(quarter, points[:, 0], points[:, 1])) + beyond)

    def move(note: Note) -> Note:
        onset, end = at(note.onset_quarter), at(note.end_quarter)
        return replace(note, onset_quarter=onset, duration_quarter=max(end - onset, 1 / 48))

    meters: list[TimeSignature] = []
    for onset, (numerator, denominator) in marks:
        last = meters[-1] if meters else None
        if last is None or (last.numerator, last.denominator) != (numerator, denominator):
            meters.append(TimeSignature(onset if meters else 0.0, numerator, denominator))
    lines = [0.0, *(float(new) for _, new in points)]
    keys = {_nearest_line(at(k.onset_quarter), meters, piece.pickup_quarter, lines): k for k in piece.key_signatures}
    return replace(
        piece,
        tracks=tuple(replace(track, notes=tuple(move(n) for n in track.notes), pedals=()) for track in piece.tracks),
        tempos=(),
        time_signatures=tuple(meters),
        key_signatures=tuple(KeySignature(onset, key.tonic, key.mode) for onset, key in keys.items()),
        barlines=(),
        fermatas=(),
    )


def _nearest_line(quarter: float, meters: list[TimeSignature], pickup: float, lines: list[float]) -> float:
    """Return the bar line nearest to a time."""
    if quarter < (pickup or 1e-6):
        return 0.0
    meter = [m for m in meters if m.onset_quarter <= quarter + 1e-6][-1]
    first = max(meter.onset_quarter, pickup)
    count = (quarter - first) / meter.bar_quarters
    near = [snap(first + bar * meter.bar_quarters) for bar in (math.floor(count), math.ceil(count))]
    return min([*near, *lines], key=lambda line: abs(line - quarter))
