"""A chorale as arrays: the events of four voices, sixteenth by sixteenth, and what is known beside them."""

from dataclasses import dataclass

import numpy as np

STEP_QUARTER = 0.25
LOW_PITCH, HIGH_PITCH = 36, 81
HOLD, REST, FIRST_PITCH = 0, 1, 2
NUM_VOICE_EVENTS = FIRST_PITCH + HIGH_PITCH - LOW_PITCH + 1
VOICE_NAMES = ("Soprano", "Alto", "Tenor", "Bass")
VOICE_RANGES = ((60, 81), (52, 74), (46, 69), (36, 66))
"""Lowest and highest pitch of each voice in the published training split."""

METERS = ((4, 4), (3, 4), (2, 4), (2, 2), (3, 2), (6, 4), (6, 8), (12, 8), (3, 8))
VOICE_PROGRAM = 52
MAX_PICKUP = 24
NO_FERMATA = NUM_VOICE_EVENTS
FERMATA = NO_FERMATA + 1
FIRST_METER = FERMATA + 1
FIRST_PICKUP = FIRST_METER + len(METERS)
FIRST_KEY = FIRST_PICKUP + MAX_PICKUP
HEADER, FRAME = 3, 5
EVENT_KINDS = ("hold", "rest", "pitch", "no-fermata", "fermata", "meter", "pickup", "key")


def pitch_event(pitch: int) -> int:
    """Return the event that strikes a pitch."""
    return pitch - LOW_PITCH + FIRST_PITCH


@dataclass(frozen=True, slots=True)
class ChoraleGrid:
    """A chorale as arrays.

    Args:
        voices: events (T, 4) in [0, 48).
        fermata: True in the sixteenth where a note under a fermata starts, shape (T,).
        meter: index into METERS.
        pickup: sixteenths of the incomplete first bar.
        key: 0 unknown, else 1 + 2 * tonic + (1 for minor).
    """

    voices: np.ndarray
    fermata: np.ndarray
    meter: int = 0
    pickup: int = 0
    key: int = 0

    @property
    def bar_steps(self) -> int:
        """Sixteenths in a bar."""
        numerator, denominator = METERS[self.meter]
        return numerator * 16 // denominator


def sounding(voices: np.ndarray) -> np.ndarray:
    """Return what sounds in each sixteenth, shape (T, 4): REST or the event of the pitch held or struck."""
    result = voices.copy()
    for t in range(1, len(result)):
        hold = result[t] == HOLD
        result[t, hold] = result[t - 1, hold]
    return result


def merge_repeats(voices: np.ndarray) -> np.ndarray:
    """Return the events with every note that is repeated at once held instead, shape (T, 4)."""
    now = sounding(voices)
    result = now.copy()
    result[1:][(now[1:] == now[:-1]) & (now[1:] != REST)] = HOLD
    return result
