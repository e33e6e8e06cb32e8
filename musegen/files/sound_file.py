"""Sound files in: bytes of a WAV, FLAC, OGG or MP3 file to a Clip, with what was changed on the way.

read_clip, sound_bytes, decode_sound, check_level. What is too long, too short, silent or no sound is refused with a
sentence, and what is too big or too long before it is decoded.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musegen.errors import FileFormatError
from musegen.files.limits import bytes_at
from musegen.languages import Message, message
from musegen.music.clip import Clip, loudest_dbfs
from musegen.remarks import Remark, remark

MAX_SECONDS = 120.0
"""Longest recording read."""

MIN_SECONDS = 0.25
"""Shortest recording read."""

MAX_BYTES = 24 * 2**20
"""Largest file read: two minutes of stereo at 48 kHz with 16 bits are 22 MB."""

SOUND_EXTENSIONS = (".wav", ".flac", ".ogg", ".mp3")

SILENCE_DBFS = -60.0
"""Recordings whose loudest 50 ms lie below this are silence."""

QUIET_DBFS = -45.0
"""Those below this are said to be very quiet."""

_CLIPPED = 0.985
_MAX_CHANNELS = 8
_MAX_VALUES = 48 * 10**6  # samples of all channels, 192 MB: two minutes of stereo at 192 kHz
_NOT_SOUND = message("This is not a sound file that is read here; choose a WAV, FLAC, OGG or MP3 file.")
_TOO_BIG = message("This recording has too many channels or samples a second; save it in stereo at 48 kHz.")
_EMPTY = message("This recording is empty; record again, or choose another file.")


@dataclass(frozen=True, slots=True)
class ClipReading:
    """What a sound file holds.

    Args:
        clip: its sound.
        remarks: what was changed, and what a musician should know of it.
    """

    clip: Clip
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """The samples of a sound file.

    Args:
        samples: its channels mixed to one, float32, shape (n,), finite; files in floating point may go beyond 1.
        sample_rate: hertz.
        channels: how many it had.
        overdriven: whether many samples stand at the loudest value.
    """

    samples: np.ndarray
    sample_rate: int
    channels: int
    overdriven: bool


def read_clip(data: bytes, sample_rate: int | None = None) -> ClipReading:
    """Return the sound of a file.

    Args:
        data: content of a WAV, FLAC, OGG or MP3 file of any sample rate, in mono, stereo or up to 8 channels.
        sample_rate: hertz that the clip is to have; None for those of the file.

    Raises:
        FileFormatError: no sound file, empty, silent, shorter than `MIN_SECONDS`, longer than `MAX_SECONDS`, larger
            than `MAX_BYTES`, or with samples that are no numbers.
    """
    decoded = decode_sound(data)
    remarks = [remark("overdriven_clip")] if decoded.overdriven else []
    if check_level(decoded.samples, decoded.sample_rate) < QUIET_DBFS:
        remarks.append(remark("quiet_clip"))
    if decoded.channels > 1:
        remarks.append(remark("channels_mixed", channels=decoded.channels))
    if float(np.abs(decoded.samples).max()) > 1:
        remarks.append(remark("beyond_full_scale"))
    clip = Clip.of(decoded.samples, decoded.sample_rate)
    if sample_rate is not None and sample_rate != clip.sample_rate:
        remarks.append(remark("resampled", old=clip.sample_rate / 1000, new=sample_rate / 1000))
        clip = clip.resampled(sample_rate)
        check_level(clip.samples, sample_rate)  # nothing may be left of what only dogs hear
    return ClipReading(clip, tuple(remarks))


def sound_bytes(path: Path | str) -> bytes:
    """Return the content of a sound file, which is not read where it is too large.

    Raises:
        FileFormatError: no such file, not readable, or larger than `MAX_BYTES`.
    """
    data, size = bytes_at(Path(path), MAX_BYTES)
    if size > MAX_BYTES:
        raise _too_large(size)
    return data


def check_level(samples: np.ndarray, sample_rate: int) -> float:
    """Return the level of the loudest 50 ms of a recording in decibels of full scale.

    Args:
        samples: shape (n,).
        sample_rate: hertz.

    Raises:
        FileFormatError: it is silent, see `SILENCE_DBFS`.
    """
    level = loudest_dbfs(samples, sample_rate)
    if level < SILENCE_DBFS:
        raise FileFormatError(
            "Nothing can be heard in this recording; check that the microphone is on and record again."
        )
    return level


def decode_sound(data: bytes) -> Decoded:
    """Return the samples of a sound file at its own rate, mixed to one channel.

    Channels in opposite phase, which would cancel, are not mixed: then the loudest is taken.

    Args:
        data: its content.

    Raises:
        FileFormatError: as `read_clip`, but for silence.
    """
    if not data:
        raise FileFormatError(_EMPTY)
    if len(data) > MAX_BYTES:
        raise _too_large(len(data))
    samples, rate = _decode(bytes(data))
    _check_length(len(samples) / rate)
    if not np.isfinite(samples).all():
        raise FileFormatError("This sound file is damaged: some of its samples are no numbers; record again.")
    peak = float(np.abs(samples).max())
    if peak > 1e6:  # a float file whose bytes are something else
        raise FileFormatError(_NOT_SOUND)
    overdriven = bool(peak and np.mean(np.abs(samples) >= _CLIPPED * max(peak, 1.0)) > 0.002)
    mono = samples.mean(axis=1)
    if np.abs(mono).max() < 0.1 * peak:
        mono = samples[:, int(np.argmax(np.abs(samples).sum(axis=0)))]
    return Decoded(mono, rate, samples.shape[1], overdriven)


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
            rate, frames, channels = file.samplerate, file.frames, file.channels
            if not 1 <= channels <= _MAX_CHANNELS or not 4_000 <= rate <= 400_000:
                raise FileFormatError(_NOT_SOUND)
            if 0 < frames < 2**40:  # a stream may not know its length
                _check_length(frames / rate)
            most = min(int((MAX_SECONDS + 1) * rate), _MAX_VALUES // channels + 1)
            samples = file.read(most, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError, OSError) as error:
        raise FileFormatError(_NOT_SOUND) from error
    if not len(samples):
        raise FileFormatError(_EMPTY)
    if samples.size > _MAX_VALUES:
        raise FileFormatError(_TOO_BIG)
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


def _too_large(size: int) -> FileFormatError:
    return FileFormatError(
        "This file has {num_data:.0f} MB, and at most {max_bytes} MB are read; a recording "
        "may last {max_seconds:.0f} minutes.",
        num_data=size / 2**20,
        max_bytes=MAX_BYTES // 2**20,
        max_seconds=MAX_SECONDS / 60,
    )


def _check_length(seconds: float) -> None:
    if seconds > MAX_SECONDS:
        raise FileFormatError(
            "This recording lasts {seconds}, and at most {max_seconds} are listened to; choose a shorter one.",
            seconds=_length(seconds),
            max_seconds=_length(MAX_SECONDS),
        )
    if seconds < MIN_SECONDS:
        raise FileFormatError("This recording is too short to hold a note; a second or more is needed.")


def _length(seconds: float) -> Message:
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return message("{count:# second|# seconds}", count=rest)
    if not rest:
        return message("{minutes:# minute|# minutes}", minutes=minutes)
    return message("{minutes:# minute|# minutes} {count:# second|# seconds}", minutes=minutes, count=rest)
