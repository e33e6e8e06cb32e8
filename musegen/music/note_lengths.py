"""How long notes that were played are written: values that read well for what a hand did."""

import numpy as np

_LEGATO, _OVERLAP = 0.6, 1.35
_EIGHTH = 0.5  # quarters


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
