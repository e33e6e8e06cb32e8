"""A recorded voice as samples: a sound file's bytes to mono at `RATE`, rumble and hiss taken off.

read_sound, Sound, RATE, MAX_SECONDS, SOUND_EXTENSIONS. What is too long, too short, silent or no sound is refused with
a sentence, and what is too long before it is decoded.
"""

import io
import math
from dataclasses import dataclass

import numpy as np

from musegen.errors import FileFormatError
from musegen.languages import Message, message
from musegen.remarks import Remark, remark

RATE = 22_050
"""Hertz, of the samples that are listened to."""

MAX_SECONDS = 120.0
"""Longest recording read."""

MIN_SECONDS = 0.25
"""Shortest recording read."""

MAX_BYTES = 24 * 2**20
"""Largest file read: two minutes of stereo at 48 kHz with 16 bits are 22 MB."""

SOUND_EXTENSIONS = (".wav", ".flac", ".ogg", ".mp3")

SILENCE_DBFS = -60.0
"""Recordings whose loudest 50 ms lie below this are silence."""

_BAND = (55.0, 3800.0)  # hertz: voices and whistling with the harmonics that carry their pitch
_CLIPPED = 0.985
_MAX_CHANNELS = 8
_NOT_SOUND = message("This is not a sound file that is read here; choose a WAV, FLAC, OGG or MP3 file.")


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


def read_sound(data: bytes) -> Sound:
    """Return the samples of a sound file.

    Args:
        data: content of a WAV, FLAC, OGG or MP3 file of any sample rate, in mono, stereo or up to 8 channels.

    Raises:
        FileFormatError: no sound file, empty, silent, shorter than `MIN_SECONDS` or longer than `MAX_SECONDS`.
    """
    if not data:
        raise FileFormatError("This recording is empty; record again, or choose another file.")
    if len(data) > MAX_BYTES:
        raise FileFormatError(
            "This file has {num_data:.0f} MB, and at most {max_bytes} MB are read; a recording "
            "may last {max_seconds:.0f} minutes.",
            num_data=len(data) / 2**20,
            max_bytes=MAX_BYTES // 2**20,
            max_seconds=MAX_SECONDS / 60,
        )
    samples, rate = _decode(bytes(data))
    seconds = len(samples) / rate
    _check_length(seconds)
    if not np.isfinite(samples).all():
        raise FileFormatError("This sound file is damaged: some of its samples are no numbers; record again.")
    peak = float(np.abs(samples).max())
    messages = []
    if peak and np.mean(np.abs(samples) >= _CLIPPED * max(peak, 1.0)) > 0.002:
        messages.append(remark("overdriven"))
    mono = samples.mean(axis=1)
    if np.abs(mono).max() < 0.1 * peak:  # channels in opposite phase
        mono = samples[:, int(np.argmax(np.abs(samples).sum(axis=0)))]
    heard = _band_limited(mono, rate)
    level = 10 * np.log10(_loudest(heard) + 1e-20)
    if level < SILENCE_DBFS:
        raise FileFormatError(
            "Nothing can be heard in this recording; check that the microphone is on and record again."
        )
    if level < -45:
        messages.append(remark("very_quiet"))
    return Sound(heard, seconds, tuple(messages))


def _decode(data: bytes) -> tuple[np.ndarray, int]:
    """Return samples, shape (n, channels), and their rate; the length is checked before anything is decoded."""
    import soundfile

    if data[4:8] == b"ftyp":
        raise FileFormatError(
            "This is a recording in the format of telephones (M4A), which is not read here; share it as WAV or MP3, or "
            "hum into the microphone here."
        )
    data = with_true_sizes(data)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate, frames = file.samplerate, file.frames
            if file.channels > _MAX_CHANNELS or not 4_000 <= rate <= 400_000:
                raise FileFormatError(_NOT_SOUND)
            if 0 < frames < 2**40:  # a stream may not know its length
                _check_length(frames / rate)
            samples = file.read(int((MAX_SECONDS + 1) * rate), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError, OSError) as error:
        raise FileFormatError(_NOT_SOUND) from error
    if not len(samples):
        raise FileFormatError("This recording is empty; record again, or choose another file.")
    return samples, rate


def with_true_sizes(data: bytes) -> bytes:
    """Return a WAV file whose header gives the sizes that it has.

    Recorders write the header first, with 0 or the most that fits, and do not always come back to mend it.

    Args:
        data: content of any sound file; others come back as they are.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return data
    position = 12
    while position + 8 <= len(data):
        name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        rest = len(data) - position - 8
        if name == b"data" and (size > rest or (size == 0 and rest > 0)):
            mended = data[: position + 4] + rest.to_bytes(4, "little") + data[position + 8 :]
            return mended[:4] + (len(data) - 8).to_bytes(4, "little") + mended[8:]
        position += 8 + size + size % 2
    return data


def _check_length(seconds: float) -> None:
    if seconds > MAX_SECONDS:
        raise FileFormatError(
            "This recording lasts {seconds}, and at most {max_seconds} are listened to; choose a shorter one.",
            seconds=_length(seconds),
            max_seconds=_length(MAX_SECONDS),
        )
    if seconds < MIN_SECONDS:
        raise FileFormatError("This recording is too short to hold a note; hum for a second or more.")


def _length(seconds: float) -> Message:
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return message("{count:# second|# seconds}", count=rest)
    if not rest:
        return message("{minutes:# minute|# minutes}", minutes=minutes)
    return message("{minutes:# minute|# minutes} {count:# second|# seconds}", minutes=minutes, count=rest)


def _band_limited(mono: np.ndarray, rate: int) -> np.ndarray:
    """Return the samples at `RATE` without what lies outside `_BAND`, in one transform over the whole recording."""
    padding = rate // 10  # the transform is circular: silence keeps the end from leaking into the start
    unit = rate // math.gcd(rate, RATE)  # of these, both rates have a whole number
    count = unit * _smooth_length(-(-(len(mono) + padding) // unit))
    wanted = max(round(len(mono) * RATE / rate), 1)
    resampled = round(count * RATE / rate)
    spectrum = np.fft.rfft(np.asarray(mono, dtype=np.float64) - float(np.mean(mono)), count)
    hertz = np.arange(len(spectrum)) * rate / count
    low, high = _BAND
    gain = 1 / (1 + (low / np.maximum(hertz, 1e-6)) ** 8) / (1 + (hertz / high) ** 16)
    size = resampled // 2 + 1
    kept = np.zeros(size, dtype=complex)
    common = min(size, len(spectrum))
    kept[:common] = (spectrum * gain)[:common]
    return (np.fft.irfft(kept, resampled)[:wanted] * (resampled / count)).astype(np.float32)


def _smooth_length(count: int) -> int:
    """Return a length not below `count` with small prime factors, quick to transform."""
    step = 2 ** max(count.bit_length() - 6, 0)
    return -(-count // step) * step


def _loudest(samples: np.ndarray) -> float:
    """Return the mean square of the loudest 50 ms."""
    block = RATE // 20
    if len(samples) < block:
        return float(np.mean(samples**2)) if len(samples) else 0.0
    blocks = samples[: len(samples) // block * block].reshape(-1, block).astype(np.float64)
    return float(np.mean(blocks**2, axis=1).max())
