"""Humming, singing and whistling: a sound file or a clip in, the notes that were meant out.

read_hum, Hum. Reading the sound is `hum_sound`, the pitch `hum_pitch`, the notes `hum_notes`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from musegen.errors import FileFormatError
from musegen.files.hum_notes import HummedNote, find_notes
from musegen.files.hum_pitch import PitchTrack, pitch_track
from musegen.files.hum_sound import read_sound
from musegen.music.clip import Clip
from musegen.remarks import Remark, remark

MIN_CONFIDENCE = 0.35
"""Where the notes are less sure than this in the middle, it was no voice."""


@dataclass(frozen=True, slots=True)
class Hum:
    """What was heard in a recording.

    Args:
        track: pitch and loudness over time.
        notes: by onset, no two at a time.
        tuning: semitones that the singer was sharp of concert pitch, -0.5 to 0.5.
        seconds: length of the recording.
        messages: what a musician should know of it.
    """

    track: PitchTrack
    notes: tuple[HummedNote, ...]
    tuning: float
    seconds: float
    messages: tuple[Remark, ...] = ()


def read_hum(
    source: bytes | Clip,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Hum:
    """Return the notes of one voice in a sound file or a clip.

    Args:
        source: content of a WAV, FLAC, OGG or MP3 file, or sound that was read or made.
        progress: is told the share done, 0 to 1.
        cancelled: whether to stop.

    Raises:
        FileFormatError: no sound file, too long, silent, or without a tune; the message says what to do.
        CancelledError: asked to stop.
    """
    sound = read_sound(source)
    track = pitch_track(sound.samples, progress, cancelled)
    notes, tuning = find_notes(track)
    if not notes or float(np.median([note.confidence for note in notes])) < MIN_CONFIDENCE:
        raise FileFormatError(
            "No tune was heard in this recording; hum or sing one voice alone, near the microphone, and try again."
        )
    messages = list(sound.messages)
    cents = round(100 * tuning / 5) * 5
    if abs(cents) >= 15:
        messages.append(remark("sung_sharp" if cents > 0 else "sung_flat", cents=abs(cents)))
    return Hum(track, notes, tuning, sound.seconds, tuple(messages))
