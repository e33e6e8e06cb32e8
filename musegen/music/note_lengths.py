"""How long notes that were played are written: values that read well for what a hand did."""

from collections.abc import Sequence

import numpy as np

_LEGATO, _OVERLAP = 0.6, 1.35
_EIGHTH = 0.5  # quarters
_DETACHED, _HELD, _LEAST_HELD = 0.5, 1.5, 0.5
_FILLED = 1.0  # quarters


def written_ends(on_grid: np.ndarray, raw: np.ndarray, lasted: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the ends of notes in quarters, on the grid.

    A note that fills most of the time to the next chord lasts until then, so does one that overlaps it a little; one
    that is held over ends where it ended; a short one keeps at least a value that reads well.

    Args:
        on_grid: where the notes begin on the grid, in quarters, shape (N,).
        raw: where they were begun, in quarters, shape (N,).
        lasted: how long they sounded, in quarters, shape (N,).
        steps: of the grid at each, in quarters, shape (N,).
    """
    places = np.unique(on_grid)
    first_raw = np.array([raw[on_grid == place].min() for place in places])
    ends = np.empty(len(on_grid))
    for i, (start, length, step) in enumerate(zip(on_grid, lasted, steps, strict=True)):
        k = int(np.searchsorted(places, start + 1e-9))
        if k == len(places):
            ends[i] = start + _last_length(length, step)
            continue
        room, room_raw = places[k] - start, max(first_raw[k] - raw[i], 1e-6)
        share = length / room_raw
        if _LEGATO <= share <= _OVERLAP or (share > _OVERLAP and (share - 1) * room_raw < 0.6 * step):
            ends[i] = places[k]
        elif share > _OVERLAP:
            held = raw[i] + length
            near = places[int(np.abs(places - held).argmin())]
            close = abs(near - held) <= 0.5 * max(step, 0.25) and near > start
            ends[i] = near if close else max(round(held / _EIGHTH) * _EIGHTH, places[k])
        else:
            ends[i] = start + _detached(length, room, step)
    return ends


def _detached(length: float, room: float, step: float) -> float:
    """Return the quarters of a note with silence after it: half the room up to a quarter, else by the eighth."""
    value = min(room / 2, _EIGHTH)
    if abs(value * 8 - round(value * 8)) > 1e-6 or value < _EIGHTH / 2:
        value = step  # within triplets, and of the shortest notes: what the grid has
    return min(max(round(length / value), 1) * value, room)


def _last_length(length: float, step: float) -> float:
    """Return the quarters of a last note: whole ones where it is near, else of the grid, an eighth at least."""
    whole = round(length)
    if whole and abs(length - whole) <= 0.3:
        return float(whole)
    value = step if step > 0.34 or abs(step - 1 / 3) < 1e-6 else 0.5
    return max(round(length / value), 1) * value


def hand_ends(
    starts: np.ndarray, raw: np.ndarray, raw_ends: np.ndarray, ringing: np.ndarray, beat: float = 1.0
) -> np.ndarray:
    """Return the ends of the notes of one hand, in quarters: chords that follow each other, with one voice held.

    What a hand strikes lasts until it strikes again, as pianists read it: also where the pedal holds it, and where a
    short value was played short (the sheet has a dot there). Before a longer silence it lasts as long as it was
    played. Only what is held well beyond the next chord is a voice of its own, one at a time.

    Args:
        starts: where the notes begin on the grid, in quarters, ascending, shape (N,).
        raw: where they were begun, in quarters, shape (N,).
        raw_ends: where the keys were let go, in quarters, shape (N,).
        ringing: where the sound ended, the pedal counted, in quarters, shape (N,).
        beat: quarters of a beat, on which what is held may end where nothing else is struck.
    """
    places = np.unique(starts)
    first_raw = np.array([raw[starts == place].min() for place in places])
    ends = np.empty(len(starts))
    held: list[int] = []
    for k, place in enumerate(places):
        members = np.flatnonzero(starts == place)
        if k + 1 == len(places):
            ends[members] = place + _held_to_the_end(float((raw_ends - raw)[members].max()))
            continue
        room, room_raw = places[k + 1] - place, max(first_raw[k + 1] - first_raw[k], 1e-6)
        lasted = raw_ends[members] - raw[members]
        is_held = (lasted > _HELD * room_raw) & (lasted - room_raw > _LEAST_HELD) & _is_plain(place)
        if is_held.all() and len(members) > 1:  # a whole chord is not a voice: its highest or lowest alone is played on
            is_held &= lasted > _HELD * np.median(lasted)
        own = members[~is_held]
        if len(own):
            sounded = float(max((raw_ends[own] - raw[own]).max(), (ringing[own] - raw[own]).max()))
            ends[own] = place + _until_next(sounded, room, room_raw, place)
        for note in members[is_held]:
            ends[note] = max(_held_end(raw_ends[note], places[k + 1 :], beat), places[k + 1])
            for other in held:
                if starts[other] < place < ends[other]:
                    ends[other] = place
            held = [other for other in held if starts[other] == place] + [int(note)]
    return ends


def _until_next(sounded: float, room: float, room_raw: float, place: float) -> float:
    """Return the quarters of a chord that is not held over."""
    if room <= _FILLED + 1e-9 or sounded >= _DETACHED * room_raw:
        return room
    unit = 1 / 3 if abs(place * 2 - round(place * 2)) > 1e-6 and abs(place * 4 - round(place * 4)) > 1e-6 else 0.25
    values: Sequence[float] = (1 / 3, 2 / 3) if unit < 0.34 and unit > 0.3 else (0.5, 1.0, 2.0, 3.0, 4.0)
    if abs(place * 2 - round(place * 2)) > 1e-6 and unit == 0.25:
        values = (0.25, 0.75, 1.75, 2.75, 3.75)  # from the last sixteenth up to a beat
    fitting = [value for value in values if value <= room + 1e-9] or [room]
    return min(fitting, key=lambda value: abs(value - sounded))


def _held_end(end: float, places: np.ndarray, beat: float) -> float:
    """Return where a voice that is held ends: where something is struck near by, else on a beat."""
    near = min(
        (place for place in places.tolist() if _is_plain(place)), key=lambda place: abs(place - end), default=0.0
    )
    return near if abs(near - end) <= _EIGHTH else float(round(end / beat) * beat)


def _is_plain(quarter: float) -> bool:
    """Return whether a time is one of sixteenths, where a second voice needs no tuplet of its own."""
    return abs(quarter * 4 - round(quarter * 4)) < 1e-6


def _held_to_the_end(length: float) -> float:
    """Return the quarters of the last chord: whole ones, an eighth at least."""
    return float(max(round(length), 1)) if length > 0.75 else _EIGHTH
