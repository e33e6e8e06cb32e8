"""A recorded voice as samples: a sound file's bytes to mono at `RATE`, rumble and hiss taken off: read_sound, Sound.

The file is read by `sound_file`, which refuses what is too long, too short, silent or no sound.
"""

from dataclasses import dataclass

import numpy as np

from musegen.files.sound_file import QUIET_DBFS, check_level, decode_sound
from musegen.music.clip import Clip, resample
from musegen.remarks import Remark, remark

RATE = 22_050
"""Hertz, of the samples that are listened to."""

_BAND = (55.0, 3800.0)  # hertz: voices and whistling with the harmonics that carry their pitch


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording.

    Args:
        samples: mono, -1 to 1, at `RATE`, without rumble and hiss, shape (n,), float32.
        seconds: its length.
        messages: what a musician should know of it.
    """

    samples: np.ndarray
    seconds: float
    messages: tuple[Remark, ...] = ()


def read_sound(source: bytes | Clip) -> Sound:
    """Return the samples of a sound file, or of a clip.

    Args:
        source: content of a WAV, FLAC, OGG or MP3 file, or what was read or made of one.

    Raises:
        FileFormatError: as `sound_file.read_clip`.
    """
    messages = []
    if isinstance(source, Clip):
        samples, rate = source.samples, source.sample_rate
    else:
        decoded = decode_sound(source)
        samples, rate = decoded.samples, decoded.sample_rate
        if decoded.overdriven:
            messages.append(remark("overdriven"))
    heard = resample(samples - samples.mean(dtype=np.float64), rate, RATE, _gain).astype(np.float32)
    if check_level(heard, RATE) < QUIET_DBFS:
        messages.append(remark("very_quiet"))
    return Sound(heard, len(samples) / rate, tuple(messages))


def _gain(hertz: np.ndarray) -> np.ndarray:
    """Return what is left of each frequency, given `_BAND`."""
    low, high = _BAND
    return 1 / (1 + (low / np.maximum(hertz, 1e-6)) ** 8) / (1 + (hertz / high) ** 16)
