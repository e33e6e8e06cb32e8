"""Sounds of single keys, for a page that plays them itself: rendered by the synthesiser that renders the WAV.

A *pack* holds the sounds of one instrument for one octave of keys. Of a melodic instrument every third semitone is
rendered and serves its two neighbours; of a drum kit every key. A sound that goes on while its key is held ends in a
loop: its decay is taken out of the loop, so that the loop is seamless, and given back by whoever plays it. How loud a
key is at each velocity, how it dies away when released and how much of it the room returns are measured, too.

File format: "MGS1", length of the index as 32-bit little endian, the index (JSON, see `make_pack`), then one sound
file (Ogg Vorbis or FLAC) that holds all sounds of the pack one after another.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musegen.constants import SAMPLE_RATE
from musegen.rendering.audio import Stroke, encode_audio, render_strokes

PACK_VERSION = 1
"""Raised whenever packs change, so that nobody plays one kept from before."""

KEYS = 12
"""Keys a pack covers: those of an octave from C, pitches 12 n to 12 n + 11."""

STEP = 3
"""Semitones from one rendered key of a melodic instrument to the next."""

FORMATS = ("ogg", "flac")
"""Sound files of a pack: small, and for browsers that cannot read the small one."""

HELD_SECONDS = 3.2
SOFT, LOUD = 45, 110
VELOCITIES = (1, 8, 20, 40, 64, 80, 100, 127)
"""Velocities at which the loudness is measured."""

_MIDDLE = 60
_GAP = 0.02  # seconds of silence between the sounds of a pack: a codec smears no sound into the next
_SAME = 0.97  # correlation above which a soft and a loud stroke differ in loudness alone
_MONO = 0.995  # correlation of left and right above which a pack has one channel
_SILENT = 1e-5  # of full scale: -100 dB
_PEAK = 0.7  # of full scale, of each sound as stored
_FADE = 0.15  # seconds over which the end of a loop becomes its beginning
_LOOP_SECONDS = (0.35, 1.3)


@dataclass(frozen=True, slots=True)
class Sound:
    """One key at one velocity, as stored.

    Attributes:
        samples: float32, shape (N, 2), peak `_PEAK`.
        pitch, velocity: of the key.
        gain: of the samples to be as loud as the synthesiser plays.
        loop: first sample and end of the part that repeats, or None for a sound that ends by itself.
        decay_seconds: time constant with which the loop is to die away, or None where it does not.
    """

    samples: np.ndarray
    pitch: int
    velocity: int
    gain: float
    loop: tuple[int, int] | None
    decay_seconds: float | None


def make_pack(program: int, is_drum: bool, octave: int, audio_format: str = "ogg") -> bytes:
    """Return the sounds of an instrument for the pitches 12 * octave to 12 * octave + 11.

    The index is ``{program, drum, octave, rate, channels, release, send, curve, sounds}``: `release` the time constant
    in seconds with which a released key dies away (null: keys sound to their end); `send` the gain from the mean of
    both channels to the room of `make_room`; `curve` pairs (velocity, gain relative to velocity 127); `sounds` a list
    of ``{pitch, low, high, velocity, gain, start, length, loop, decay}`` with `start`, `length` and `loop` (within the
    sound) in samples, `low` to `high` the pitches it serves.

    Args:
        program: General MIDI program, or number of the drum kit, 0 to 127.
        is_drum: whether it is a drum kit.
        octave: 0 to 10.
        audio_format: one of `FORMATS`.

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    if not (0 <= program <= 127 and 0 <= octave <= 10 and audio_format in FORMATS):
        raise ValueError(f"no such pack: program {program}, octave {octave}, format {audio_format!r}")
    sounds = drum_sounds(program, octave) if is_drum else key_sounds(program, octave)
    gap = np.zeros((int(_GAP * SAMPLE_RATE), 2), dtype=np.float32)
    starts, parts, place = [], [gap], len(gap)
    for sound in sounds:
        starts.append(place)
        parts += [sound.samples, gap]
        place += len(sound.samples) + len(gap)
    joined = np.concatenate(parts)
    if _is_mono(joined):
        joined = joined.mean(axis=1, keepdims=True)
    reach = 0 if is_drum else STEP // 2
    index = {
        "program": program, "drum": is_drum, "octave": octave, "rate": SAMPLE_RATE, "channels": joined.shape[1],
        "release": None if is_drum else _release_seconds(program, _usual_pitch(octave)),
        "send": _send(program, is_drum, _usual_pitch(octave)),
        "curve": _curve(program, is_drum, _usual_pitch(octave)),
        "sounds": [
            {"pitch": s.pitch, "low": s.pitch - reach, "high": s.pitch + reach, "velocity": s.velocity,
             "gain": round(s.gain, 7), "start": start, "length": len(s.samples), "loop": s.loop,
             "decay": s.decay_seconds and round(s.decay_seconds, 4)}
            for s, start in zip(sounds, starts, strict=True)
        ],
    }  # fmt: skip
    return packed(index, np.rint(joined * 32767).astype(np.int16), audio_format)


def packed(index: dict, samples: np.ndarray, audio_format: str) -> bytes:
    """Return an index and int16 samples, shape (N, C), as a file."""
    text = json.dumps(index, separators=(",", ":")).encode()
    return b"MGS1" + struct.pack("<I", len(text)) + text + encode_audio(samples, audio_format)


def unpacked(data: bytes) -> tuple[dict, bytes]:
    """Return the index of a pack and its sound file.

    Raises:
        ValueError: it is none.
    """
    if data[:4] != b"MGS1" or len(data) < 8:
        raise ValueError("not a pack of sounds")
    length = struct.unpack("<I", data[4:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


# ------------------------------------------------------------------------------------------------------ the sounds


def key_sounds(program: int, octave: int) -> list[Sound]:
    """Return the sounds of a melodic instrument for an octave, each once or, where it sounds different, also soft."""
    pitches = [p for p in range(KEYS * octave + 1, KEYS * (octave + 1), STEP) if p <= 127]
    strokes = [Stroke(p, v, HELD_SECONDS, HELD_SECONDS) for p in pitches for v in (LOUD, SOFT)]
    rendered = render_strokes(program, False, strokes)
    sounds = []
    for pitch, loud, soft in zip(pitches, rendered[::2], rendered[1::2], strict=True):
        if np.abs(loud).max() < _SILENT:
            continue
        sounds.append(_shaped(loud, pitch, LOUD))
        if np.abs(soft).max() >= _SILENT and _likeness(loud, soft) < _SAME:
            sounds.append(_shaped(soft, pitch, SOFT))
    return sounds


def drum_sounds(kit: int, octave: int) -> list[Sound]:
    """Return the sounds of a drum kit for an octave of keys, as they sound when struck and left."""
    pitches = [p for p in range(KEYS * octave, KEYS * (octave + 1)) if p <= 127]
    rendered = render_strokes(kit, True, [Stroke(p, LOUD, 0.15, HELD_SECONDS) for p in pitches])
    return [_ending(sound, pitch, LOUD) for pitch, sound in zip(pitches, rendered, strict=True)
            if np.abs(sound).max() >= _SILENT]  # fmt: skip


def _shaped(sound: np.ndarray, pitch: int, velocity: int) -> Sound:
    """Return the sound with a loop, or cut where it has died away."""
    levels = _levels(sound, 0.05)
    if levels[-1] < levels.max() * 1e-3:
        return _ending(sound, pitch, velocity)
    return _looped(sound, pitch, velocity)


def _ending(sound: np.ndarray, pitch: int, velocity: int) -> Sound:
    peak = np.abs(sound).max()
    heard = np.flatnonzero(np.abs(sound).max(axis=1) > peak * 1e-3)
    cut = sound[: min(int(heard[-1]) + int(0.02 * SAMPLE_RATE), len(sound))].copy()
    fade = min(int(0.02 * SAMPLE_RATE), len(cut))
    cut[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, np.newaxis]
    return _stored(cut, pitch, velocity, None, None)


def _looped(sound: np.ndarray, pitch: int, velocity: int) -> Sound:
    """Return the sound ending in a seamless loop, from which the decay is taken."""
    end, fade = len(sound), int(_FADE * SAMPLE_RATE)
    shortest, longest = (int(s * SAMPLE_RATE) for s in _LOOP_SECONDS)
    rate = _decay_rate(sound[end - longest - fade :])  # per second, >= 0
    steady = sound.astype(np.float64)
    first = end - longest - fade
    steady[first:] *= np.exp(rate * np.arange(end - first) / SAMPLE_RATE)[:, np.newaxis]
    tail = steady[end - fade :].sum(axis=1)
    earlier = steady[first : end - shortest].sum(axis=1)
    score = _correlation(earlier, tail)
    best = int(score.argmax())
    start, likeness = first + best + fade, float(np.clip(score[best], -0.5, 1.0))
    grow = np.linspace(0, 1, fade)[:, np.newaxis]
    even = np.sqrt(grow**2 + (1 - grow) ** 2 + 2 * likeness * grow * (1 - grow))  # so that the loudness stays
    steady[end - fade :] = (steady[end - fade :] * (1 - grow) + steady[start - fade : start] * grow) / even
    # The decay stays in what comes before the loop. Where the loop starts, the gain is that of the moment.
    since = (start - first) / SAMPLE_RATE
    steady[first:start] *= np.exp(-rate * np.arange(start - first) / SAMPLE_RATE)[:, np.newaxis]
    steady[start:] *= np.exp(-rate * since)
    beyond = steady[start : start + int(_GAP * SAMPLE_RATE)]  # a codec blurs an edge; the loop has none
    decay = 1 / rate if rate > 0.01 else None
    return _stored(np.concatenate([steady, beyond]), pitch, velocity, (start, end), decay)


def _stored(samples: np.ndarray, pitch: int, velocity: int, loop: tuple[int, int] | None,
            decay: float | None) -> Sound:  # fmt: skip
    peak = float(np.abs(samples).max())
    return Sound((samples * (_PEAK / peak)).astype(np.float32), pitch, velocity, peak / _PEAK, loop, decay)


# ------------------------------------------------------------------------------------------------------- measuring


def _levels(sound: np.ndarray, window: float) -> np.ndarray:
    """Return the root mean square of each window of so many seconds."""
    size = int(window * SAMPLE_RATE)
    count = len(sound) // size
    return np.sqrt((sound[: count * size].astype(np.float64) ** 2).reshape(count, -1).mean(axis=1)) + 1e-12


def _decay_rate(sound: np.ndarray) -> float:
    """Return the rate per second at which a sound dies away exponentially, 0 where it does not."""
    levels = np.log(_levels(sound, 0.05))
    slope = np.polyfit(np.arange(len(levels)) * 0.05, levels, 1)[0]
    return float(max(-slope, 0.0)) if -slope > 0.06 else 0.0  # half a decibel a second is no decay but unrest


def _correlation(long: np.ndarray, short: np.ndarray) -> np.ndarray:
    """Return for each place of `short` within `long` their correlation, -1 to 1."""
    size = 1 << (len(long) + len(short)).bit_length()
    products = np.fft.irfft(np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size)), size)
    products = products[: len(long) - len(short) + 1]
    energy = np.concatenate([[0.0], np.cumsum(long**2)])
    energies = energy[len(short) :] - energy[: len(energy) - len(short)]
    return products / np.sqrt(np.maximum(energies, 1e-20) * max((short**2).sum(), 1e-20))


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Return the correlation of two sounds over their first second."""
    a, b = a[:SAMPLE_RATE], b[:SAMPLE_RATE]
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def _is_mono(sound: np.ndarray) -> bool:
    left, right = sound[:, 0], sound[:, 1]
    energy = np.sqrt((left**2).sum() * (right**2).sum())
    return bool(energy == 0 or ((left * right).sum() / energy > _MONO and np.abs(left - right).max() < 0.02))


def _usual_pitch(octave: int) -> int:
    return min(KEYS * octave + 7, 127)


def _curve(program: int, is_drum: bool, pitch: int) -> list[list[float]]:
    """Return pairs (velocity, gain relative to velocity 127) of a key."""
    levels = []
    for sound in render_strokes(program, is_drum, [Stroke(pitch, v, 0.3, 0.3) for v in VELOCITIES]):
        levels.append(float(np.sqrt((sound.astype(np.float64) ** 2).mean())))
    if levels[-1] < _SILENT / 10:  # a key without a sound
        return [[v, (v / 127) ** 2] for v in VELOCITIES]
    return [[v, round(level / levels[-1], 6)] for v, level in zip(VELOCITIES, levels, strict=True)]


def _release_seconds(program: int, pitch: int) -> float:
    """Return the time constant with which a released key dies away."""
    held = 0.5
    sound = render_strokes(program, False, [Stroke(pitch, LOUD, held, held + 1.0)])[0]
    levels = _levels(sound[int((held + 0.01) * SAMPLE_RATE) :], 0.02)
    count = max(int(np.argmax(levels < levels[0] * 10 ** (-40 / 20))), 3) if levels[-1] < levels[0] / 100 else 48
    slope = np.polyfit(np.arange(count) * 0.02, np.log(levels[:count]), 1)[0]
    return round(float(np.clip(-1 / slope if slope < 0 else 2.0, 0.01, 2.0)), 4)


# -------------------------------------------------------------------------------------------------------- the room


@lru_cache(maxsize=1)
def room_response() -> np.ndarray:
    """Return the room of the synthesiser: its answer to a single sample on the mean of both channels.

    It is what turns dry drum strokes into what the room adds to them.

    Returns:
        float32, shape (N, 2), at `SAMPLE_RATE`; N is 0 where the synthesiser has no room.
    """
    keys = (36, 38, 42, 46, 39, 49)
    size = 1 << 18
    above, below = np.zeros((size // 2 + 1, 2), complex), np.zeros(size // 2 + 1)
    for key in keys:
        dry, added = _dry_and_room(0, True, key)
        spectrum = np.fft.rfft(dry, size)
        above += np.fft.rfft(added, size, axis=0) * np.conj(spectrum)[:, np.newaxis]
        below += np.abs(spectrum) ** 2
    if not np.abs(above).max():
        return np.zeros((0, 2), dtype=np.float32)
    response = np.fft.irfft(above / (below + 1e-4 * below.mean())[:, np.newaxis], size, axis=0)[: 3 * SAMPLE_RATE]
    loud = np.flatnonzero(np.abs(response).max(axis=1) > np.abs(response).max() * 1e-3)
    response = response[: int(loud[-1]) + 1]
    fade = min(SAMPLE_RATE // 10, len(response))
    response[-fade:] *= np.linspace(1, 0, fade)[:, np.newaxis]
    return response.astype(np.float32)


def make_room(audio_format: str = "ogg") -> bytes:
    """Return `room_response` as a file: its index ``{rate, gain}`` says how loud it is to be played."""
    response = room_response()
    if not len(response):
        return packed({"rate": SAMPLE_RATE, "gain": 0.0}, np.zeros((64, 2), np.int16), audio_format)
    peak = float(np.abs(response).max())
    samples = np.rint(response * (32000 / peak)).astype(np.int16)
    return packed({"rate": SAMPLE_RATE, "gain": peak / (32000 / 32768)}, samples, audio_format)


def _dry_and_room(program: int, is_drum: bool, pitch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a short stroke as the mean of both channels, shape (N,), and what the room adds to it, shape (N, 2)."""
    stroke = [Stroke(pitch, LOUD, 0.3, 3.0)]
    dry = render_strokes(program, is_drum, stroke)[0].astype(np.float64)
    return dry.mean(axis=1), render_strokes(program, is_drum, stroke, reverb=True)[0] - dry


def _send(program: int, is_drum: bool, pitch: int) -> float:
    """Return the gain from the dry sound of an instrument to the room, so that as much comes back as there."""
    room = room_response()
    if not len(room):
        return 0.0
    dry, added = _dry_and_room(program, is_drum, 38 if is_drum else pitch)
    size = 1 << 19
    expected = np.fft.irfft(np.fft.rfft(dry, size)[:, np.newaxis] * np.fft.rfft(room, size, axis=0), size, axis=0)
    energy = (expected[: len(added)] ** 2).sum()
    return round(float(np.sqrt((added**2).sum() / energy)), 4) if energy > 1e-12 else 1.0


def octaves_of(pitches: Sequence[int]) -> list[int]:
    """Return the octaves whose packs have the sounds of some pitches."""
    return sorted({pitch // KEYS for pitch in pitches})
