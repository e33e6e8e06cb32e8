"""Times, lengths and pitches of an improvised line as small integers: the alphabet of `solo.py`.

A solo is a sequence of *rows*, one a note, each answering three questions in turn:

    step     where it begins: how many beats after the beat of the row before, and where in that beat; or "wait", which
             passes over sixteen beats without a note; or the end
    length   how long the *note before* sounds: until this one, or shorter; asked now because only now is it known how
             much room there was
    pitch    the note's pitch

Time is counted in ticks, 24 a beat; four beats are a bar. A beat has the sixteen places that 1, 2, 3, 4, 6, 8 or 12
equal parts have.
"""

import numpy as np

TICKS_PER_BEAT = 24
BEATS_PER_BAR = 4
TICKS_PER_BAR = TICKS_PER_BEAT * BEATS_PER_BAR
PLACES = (0, 2, 3, 4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 22)
"""Ticks of a beat on which a note may begin."""

NUM_PLACES = len(PLACES)
NUM_BEATS = 16
"""A step goes so many beats ahead at most, less one."""

WAIT = NUM_BEATS * NUM_PLACES
END = WAIT + 1
NUM_STEPS = END + 1

FULL = 0
LENGTHS = (0, 3, 6, 8, 12, 18, 24, 36, 48, 72, 96, 144, 192, 288)
"""Ticks a note sounds by its class; class 0 (`FULL`) stands for "until the next note"."""

NUM_LENGTHS = len(LENGTHS)
LOW_PITCH, HIGH_PITCH = 34, 101
NUM_PITCHES = HIGH_PITCH - LOW_PITCH + 1

FIRST_STEP = 0
FIRST_LENGTH = FIRST_STEP + NUM_STEPS
FIRST_PITCH = FIRST_LENGTH + NUM_LENGTHS
NONE = FIRST_PITCH + NUM_PITCHES
"""The pitch of what is no note, the length where no note sounds."""

NUM_EVENTS = NONE + 1
QUESTIONS = ("step", "length", "pitch")
STEP, LENGTH, PITCH = range(3)
FIRST = np.array([FIRST_STEP, FIRST_LENGTH, FIRST_PITCH])

PLACE_OF = {tick: index for index, tick in enumerate(PLACES)}
STEP_BEAT = np.repeat(np.arange(NUM_BEATS), NUM_PLACES)
STEP_TICK = np.tile(np.array(PLACES), NUM_BEATS)

_LEGATO, _GAP = 0.6, 18


def nearest_place(tick: float) -> int:
    """Return the nearest tick on which a note may begin."""
    beat, offset = divmod(tick, TICKS_PER_BEAT)
    near = min((*PLACES, TICKS_PER_BEAT), key=lambda place: abs(place - offset))
    return int(beat) * TICKS_PER_BEAT + near


def nearest_length(ticks: float, onset: int, following: int | None) -> int:
    """Return the class of a length that is wanted.

    Args:
        ticks: wanted, > 0.
        onset: of the note, a tick.
        following: onset of the next note, None where there is none.
    """
    room = None if following is None else following - onset
    fitting = [i for i, length in enumerate(LENGTHS) if i and (room is None or length < room)]
    if following is not None and room is not None and _in_reach(onset, following):
        fitting.append(FULL)
        if ticks >= room:
            return FULL
    full = float(room or 0)
    return min(fitting, key=lambda i: abs(np.log((LENGTHS[i] or full) / ticks)))


def written_length(ticks: float, onset: int, following: int | None) -> int:
    """Return the class of a note as it was played: a short gap before the next note is articulation, not a rest."""
    if following is not None and _in_reach(onset, following):
        room = following - onset
        if ticks >= _LEGATO * room and room - ticks <= _GAP:
            return FULL
    return nearest_length(ticks, onset, following)


def _in_reach(onset: int, following: int) -> bool:
    """Return whether one step goes from a note to the next."""
    return following // TICKS_PER_BEAT - onset // TICKS_PER_BEAT < NUM_BEATS


def rows_of(onsets: list[int], pitches: list[int], lengths: list[int]) -> np.ndarray:
    """Return the answers (R, 3) of a line, -1 where there is none; the last row is the end.

    Args:
        onsets: ticks on places, strictly ascending.
        pitches: MIDI.
        lengths: class of each note's length.
    """
    table: list[list[int]] = []
    beat, before = 0, -1
    for onset, pitch, length in zip(onsets, pitches, lengths, strict=True):
        while onset // TICKS_PER_BEAT - beat >= NUM_BEATS:
            table.append([WAIT, before, -1])
            beat, before = beat + NUM_BEATS, -1
        step = (onset // TICKS_PER_BEAT - beat) * NUM_PLACES + PLACE_OF[onset % TICKS_PER_BEAT]
        table.append([step, before, pitch - LOW_PITCH])
        beat, before = onset // TICKS_PER_BEAT, length
    table.append([END, before, -1])
    return np.array(table, np.int16)
