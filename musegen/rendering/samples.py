"""Sounds of single keys, for a page that plays them itself: rendered by the synthesiser that renders the WAV.

A *pack* holds the sounds of one instrument for one octave of keys. Of a melodic instrument a key serves its neighbours,
too, as far as they sound alike: sound fonts change from one recording to the next at keys of their own choice. A sound
that goes on while its key is held ends in a loop: its decay is taken out of the loop, so that the loop is seamless, and
given back by whoever plays it. How loud a key is at each velocity, how it dies away when released and how much of it
the room returns are measured, too.

The sound file of a pack (see `musegen.rendering.sample_pack`) holds all its sounds one after another.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from musegen.constants import SAMPLE_RATE
from musegen.rendering.audio import Keys, Stroke, render_strokes
from musegen.rendering.reverb import send_gain
from musegen.rendering.sample_pack import packed

PACK_VERSION = 2
"""Raised whenever packs change, so that nobody plays one kept from before."""

KEYS = 12
"""Keys a pack covers: those of an octave from C, pitches 12 n to 12 n + 11."""

MAX_SHARED = 5
"""Neighbouring keys that one sound may serve, itself among them."""

FORMATS = ("ogg", "flac")
"""Sound files of a pack: small, and for browsers that cannot read the small one."""

HELD_SECONDS = 3.2
_LONG_SECONDS = 7.0
SOFT, LOUD = 45, 110
VELOCITIES = (1, 8, 20, 40, 64, 80, 100, 127)
"""Velocities at which the loudness is measured."""

_GAP = 0.02  # seconds of silence between the sounds of a pack: a codec smears no sound into the next
_PROBE = 0.4  # seconds that are enough to compare two keys
_MONO = 0.995  # correlation of left and right above which a pack has one channel
_SILENT = 1e-5  # of full scale: -100 dB
_ALIKE = 2.0  # decibels
_PEAK = 0.7  # of full scale, of each sound as stored
_FADE = 0.15  # seconds over which the end of a loop becomes its beginning
_LOOP_SECONDS = (0.35, 1.3)


Player = Callable[[int, bool, Sequence[Stroke]], list[np.ndarray]]
"""What plays keys: `render_strokes`, or the `play` of `Keys` that are kept."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One key at one velocity, as stored.

    Attributes:
        samples: float32, shape (N, 2), peak `_PEAK`.
        pitch, velocity: of the key.
        low, high: lowest and highest pitch that it serves.
        gain: of the samples to be as loud as the synthesiser plays.
        loop: first sample and end of the part that repeats, or None for a sound that ends by itself.
        decay_seconds: time constant with which the loop is to die away, or None where it does not.
    """

    samples: np.ndarray
    pitch: int
    low: int
    high: int
    velocity: int
    gain: float = 1.0
    loop: tuple[int, int] | None = None
    decay_seconds: float | None = None


def make_pack(
    program: int, is_drum: bool, octave: int, audio_format: str = "ogg", *, keys: Keys | None = None
) -> bytes:
    """Return the sounds of an instrument for the pitches 12 * octave to 12 * octave + 11.

    The index is ``{program, drum, octave, rate, channels, release, send, curve, sounds}``: `release` the time constant
    in seconds with which a released key dies away (null: keys sound to their end); `send` the gain from the mean of
    both channels to the room of `musegen.rendering.reverb`; `curve` pairs (velocity, gain relative to velocity 127);
    `sounds` a list of ``{pitch, low, high, velocity, gain, start, length, loop, decay}`` with `start`, `length` and
    `loop` (within the sound) in samples, `decay` in seconds, `low` to `high` the pitches it serves.

    Args:
        program: General MIDI program, or number of the drum kit, 0 to 127.
        is_drum: whether it is a drum kit.
        octave: 0 to 10.
        audio_format: one of `FORMATS`.
        keys: kept from pack to pack, since to read a sound font takes a third of the time of a pack.

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    if keys is None:
        with closing(Keys()) as own:
            return make_pack(program, is_drum, octave, audio_format, keys=own)
    if not (0 <= program <= 127 and 0 <= octave <= 10 and audio_format in FORMATS):
        raise ValueError(f"no such pack: program {program}, octave {octave}, format {audio_format!r}")
    play = keys.play
    sounds = drum_sounds(program, octave, play) if is_drum else key_sounds(program, octave, play)
    gap = np.zeros((int(_GAP * SAMPLE_RATE), 2), dtype=np.float32)
    starts, parts, place = [], [gap], len(gap)
    for sound in sounds:
        starts.append(place)
        parts += [sound.samples, gap]
        place += len(sound.samples) + len(gap)
    joined = np.concatenate(parts)
    if _is_mono(joined):
        joined = joined.mean(axis=1, keepdims=True)
    index = {
        "program": program, "drum": is_drum, "octave": octave, "rate": SAMPLE_RATE, "channels": joined.shape[1],
        "release": None if is_drum else _release_seconds(program, _usual_pitch(octave), play),
        "send": send_gain(program, is_drum),
        "curve": _curve(program, is_drum, _usual_pitch(octave), play),
        "sounds": [
            {"pitch": s.pitch, "low": s.low, "high": s.high, "velocity": s.velocity,
             "gain": round(s.gain, 7), "start": start, "length": len(s.samples), "loop": s.loop,
             "decay": s.decay_seconds and round(s.decay_seconds, 4)}
            for s, start in zip(sounds, starts, strict=True)
        ],
    }  # fmt: skip
    return packed(index, np.rint(joined * 32767).astype(np.int16), audio_format)


# ------------------------------------------------------------------------------------------------------ the sounds


def key_sounds(program: int, octave: int, play: Player = render_strokes) -> list[Sound]:
    """Return the sounds of a melodic instrument for an octave, each once or, where it sounds different, also soft."""
    zones = key_zones(program, octave, play)
    roots = [root for _, root, _ in zones]
    short = play(program, False, [Stroke(p, v, _PROBE, _PROBE) for p in roots for v in (LOUD, SOFT)])
    layers = [
        (zone, velocity)
        for zone, loud, soft in zip(zones, short[::2], short[1::2], strict=True)
        for velocity in ((LOUD,) if _same_colour(loud, soft) else (LOUD, SOFT))
    ]
    strokes = [Stroke(zone[1], velocity, HELD_SECONDS, HELD_SECONDS) for zone, velocity in layers]
    sounds = [
        _shaped(sound, Sound(sound, root, low, high, velocity))
        for ((low, root, high), velocity), sound in zip(layers, play(program, False, strokes), strict=True)
        if np.abs(sound).max() >= _SILENT
    ]
    return _dying(program, sounds, play)


def _dying(program: int, sounds: list[Sound], play: Player) -> list[Sound]:
    """Return the sounds, those that die away with the time constant of what comes after their loop begins."""
    falling = [s for s in sounds if s.decay_seconds]
    strokes = [Stroke(s.pitch, s.velocity, _LONG_SECONDS, _LONG_SECONDS) for s in falling]
    rates = {}
    for sound, long in zip(falling, play(program, False, strokes), strict=True):
        after = long[sound.loop[0] if sound.loop else 0 :]
        heard = np.flatnonzero(_levels(after, 0.05) > _SILENT / 3)
        rates[sound.pitch, sound.velocity] = _decay_rate(after[: int(max(len(heard), 10) * 0.05 * SAMPLE_RATE)])
    return [replace(s, decay_seconds=1 / max(rates[s.pitch, s.velocity], 0.02)) if s.decay_seconds else s
            for s in sounds]  # fmt: skip


def key_zones(program: int, octave: int, play: Player = render_strokes) -> list[tuple[int, int, int]]:
    """Return which keys of an octave can share a sound, as (lowest, the one to render, highest).

    Neighbours share one where, played faster or slower, it differs by at most `_ALIKE` decibels from their own: on
    average over the third-octave bands, and over the first moments.
    """
    pitches = range(KEYS * octave, min(KEYS * (octave + 1), 128))
    probes = play(program, False, [Stroke(p, LOUD, _PROBE, _PROBE) for p in pitches])
    sums = {p: _spectrum(sound) for p, sound in zip(pitches, probes, strict=True)}
    levels = {p: 20 * np.log10(_levels(sound, 0.02)) for p, sound in zip(pitches, probes, strict=True)}

    def alike(pitch: int, root: int) -> bool:
        own, other = _bands(sums[pitch], 1.0), _bands(sums[root], 2 ** ((pitch - root) / 12))
        heard = own > own.max() - 30
        loud = levels[pitch] > levels[pitch].max() - 20
        return bool(
            np.abs(own - other)[heard].mean() <= _ALIKE and np.abs(levels[pitch] - levels[root])[loud].mean() <= _ALIKE
        )

    zones, low = [], pitches.start
    while low < pitches.stop:
        high = min(low + MAX_SHARED, pitches.stop) - 1
        while not all(alike(p, (low + high) // 2) for p in range(low, high + 1)):
            high -= 1
        zones.append((low, (low + high) // 2, high))
        low = high + 1
    return zones


def _spectrum(sound: np.ndarray) -> np.ndarray:
    """Return the energy up to each frequency, cumulated, shape (bins + 1,)."""
    window = np.hanning(len(sound))[:, np.newaxis]
    return np.concatenate([[0.0], np.cumsum((np.abs(np.fft.rfft(sound * window, axis=0)) ** 2).sum(axis=1))])


def _bands(sums: np.ndarray, ratio: float) -> np.ndarray:
    """Return the third-octave levels in decibels of a sound played `ratio` times as fast."""
    edges = 40 * 2 ** (np.arange(28) / 3) / ratio * 2 * (len(sums) - 2) / SAMPLE_RATE
    return 10 * np.log10(np.diff(np.interp(edges, np.arange(len(sums)), sums)) + 1e-12)


def drum_sounds(kit: int, octave: int, play: Player = render_strokes) -> list[Sound]:
    """Return the sounds of a drum kit for an octave of keys, as they sound when struck and left."""
    pitches = [p for p in range(KEYS * octave, KEYS * (octave + 1)) if p <= 127]
    rendered = play(kit, True, [Stroke(p, LOUD, 0.15, HELD_SECONDS) for p in pitches])
    return [_ending(sound, Sound(sound, pitch, pitch, pitch, LOUD))
            for pitch, sound in zip(pitches, rendered, strict=True) if np.abs(sound).max() >= _SILENT]  # fmt: skip


def _shaped(sound: np.ndarray, like: Sound) -> Sound:
    """Return the sound with a loop, or cut where it has died away."""
    levels = _levels(sound, 0.05)
    if levels[-1] < levels.max() * 1e-3:
        return _ending(sound, like)
    return _looped(sound, like)


def _ending(sound: np.ndarray, like: Sound) -> Sound:
    peak = np.abs(sound).max()
    heard = np.flatnonzero(np.abs(sound).max(axis=1) > peak * 1e-3)
    cut = sound[: min(int(heard[-1]) + int(0.02 * SAMPLE_RATE), len(sound))].copy()
    fade = min(int(0.02 * SAMPLE_RATE), len(cut))
    cut[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, np.newaxis]
    return _stored(cut, like)


def _looped(sound: np.ndarray, like: Sound) -> Sound:
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
    return _stored(np.concatenate([steady, beyond]), replace(like, loop=(start, end), decay_seconds=decay))


def _stored(samples: np.ndarray, like: Sound) -> Sound:
    peak = float(np.abs(samples).max())
    return replace(like, samples=(samples * (_PEAK / peak)).astype(np.float32), gain=peak / _PEAK)


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


def _same_colour(loud: np.ndarray, soft: np.ndarray) -> bool:
    """Whether two sounds differ in loudness alone; silence has any colour."""
    if np.abs(soft).max() < _SILENT:
        return True
    one, other = (_bands(_spectrum(sound), 1.0) for sound in (loud, soft))
    heard = one > one.max() - 30
    difference = (one - other)[heard]
    return bool(np.abs(difference - np.median(difference)).mean() <= _ALIKE)


def _is_mono(sound: np.ndarray) -> bool:
    left, right = sound[:, 0], sound[:, 1]
    energy = np.sqrt((left**2).sum() * (right**2).sum())
    return bool(energy == 0 or ((left * right).sum() / energy > _MONO and np.abs(left - right).max() < 0.02))


def _usual_pitch(octave: int) -> int:
    return min(KEYS * octave + 7, 127)


def _curve(program: int, is_drum: bool, pitch: int, play: Player) -> list[list[float]]:
    """Return pairs (velocity, gain relative to velocity 127) of a key."""
    levels = []
    for sound in play(program, is_drum, [Stroke(pitch, v, 0.3, 0.3) for v in VELOCITIES]):
        levels.append(float(np.sqrt((sound.astype(np.float64) ** 2).mean())))
    if levels[-1] < _SILENT / 10:  # a key without a sound
        return [[v, (v / 127) ** 2] for v in VELOCITIES]
    return [[v, round(level / levels[-1], 6)] for v, level in zip(VELOCITIES, levels, strict=True)]


def _release_seconds(program: int, pitch: int, play: Player) -> float:
    """Return the time constant with which a released key dies away."""
    held = 0.5
    sound = play(program, False, [Stroke(pitch, LOUD, held, held + 1.0)])[0]
    levels = _levels(sound[int((held + 0.01) * SAMPLE_RATE) :], 0.02)
    count = max(int(np.argmax(levels < levels[0] * 10 ** (-40 / 20))), 3) if levels[-1] < levels[0] / 100 else 48
    slope = np.polyfit(np.arange(count) * 0.02, np.log(levels[:count]), 1)[0]
    return round(float(np.clip(-1 / slope if slope < 0 else 2.0, 0.01, 2.0)), 4)
