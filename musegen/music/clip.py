"""A stretch of sound as samples, beside `Piece` as notes: Clip, resample.

A Clip is mono, and within full scale whatever is done with it. It knows no file: `files.sound_file` reads one,
`rendering.audio` writes one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MIN_RATE, MAX_RATE = 1_000, 400_000
"""Hertz, of the samples of a Clip."""

_EDGE = 0.94  # of half the lower rate: where a resampled spectrum begins to fade, so that nothing rings


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Sound in one channel.

    Args:
        samples: -1 to 1, shape (n,), n at least 1; kept as float32 that cannot be written to.
        sample_rate: samples a second, `MIN_RATE` to `MAX_RATE`.

    Raises:
        ValueError: another shape or rate, samples that are no finite numbers, or beyond full scale.
    """

    samples: np.ndarray
    sample_rate: int

    def __post_init__(self) -> None:
        samples = np.array(self.samples, dtype=np.float32)  # a copy: whoever made it may go on writing to theirs
        if samples.ndim != 1 or not samples.size:
            raise ValueError(f"samples must have shape (n,) with n at least 1, got {samples.shape}")
        if not np.isfinite(samples).all():
            raise ValueError("samples must be finite numbers")
        if (peak := float(np.abs(samples).max())) > 1:
            raise ValueError(f"samples must lie between -1 and 1, got {peak:g}; `Clip.of` scales them down")
        if not MIN_RATE <= self.sample_rate <= MAX_RATE:
            raise ValueError(f"sample_rate must be {MIN_RATE} to {MAX_RATE} hertz, got {self.sample_rate!r}")
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "sample_rate", int(self.sample_rate))

    @classmethod
    def of(cls, samples: np.ndarray, sample_rate: int) -> "Clip":
        """Return a clip of samples that may go beyond full scale; these are made quieter as a whole, not cut."""
        samples = np.asarray(samples, dtype=np.float64)
        peak = float(np.abs(samples).max(initial=0.0))
        return cls(samples / peak if peak > 1 else samples, sample_rate)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Clip)
            and self.sample_rate == other.sample_rate
            and np.array_equal(self.samples, other.samples)
        )

    def __hash__(self) -> int:
        return hash((self.samples.tobytes(), self.sample_rate))

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def duration_sec(self) -> float:
        """Its length in seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def peak(self) -> float:
        """Its loudest sample without sign, 0 to 1."""
        return float(np.abs(self.samples).max())

    @property
    def loudest_dbfs(self) -> float:
        """The level of its loudest 50 ms in decibels of full scale, -200 of silence; see `loudest_dbfs`."""
        return loudest_dbfs(self.samples, self.sample_rate)

    def resampled(self, sample_rate: int) -> "Clip":
        """Return the same sound at another rate; what the lower rate cannot hold is taken off first."""
        if sample_rate == self.sample_rate:
            return self
        edge = min(sample_rate, self.sample_rate) / 2

        def gain(hertz: np.ndarray) -> np.ndarray:
            return np.cos(np.pi / 2 * np.clip((hertz / edge - _EDGE) / (1 - _EDGE), 0, 1)) ** 2

        return Clip.of(resample(self.samples, self.sample_rate, sample_rate, gain), sample_rate)

    def faded(self, in_sec: float = 0.005, out_sec: float = 0.005) -> "Clip":
        """Return it swelling over its first and dying away over its last seconds, so that it begins without a click."""
        samples = self.samples.copy()
        for seconds, part in ((in_sec, samples), (out_sec, samples[::-1])):
            count = min(round(seconds * self.sample_rate), len(samples))
            part[:count] *= np.linspace(0, 1, count, endpoint=False, dtype=np.float32)
        return Clip(samples, self.sample_rate)

    def normalised(self, peak_dbfs: float = -1.0) -> "Clip":
        """Return it with its loudest sample at a level, at most 0 decibels of full scale; silence stays silence."""
        if peak_dbfs > 0:
            raise ValueError(f"peak_dbfs must be at most 0, got {peak_dbfs!r}")
        if not self.peak:
            return self
        samples = self.samples * (10 ** (peak_dbfs / 20) / np.float64(self.peak))
        return Clip(np.clip(samples, -1, 1), self.sample_rate)  # of 0 dB, rounding may leave a bit too much

    def part(self, start_sec: float, end_sec: float) -> "Clip":
        """Return what sounds between two times; at least one sample of what there is."""
        last = len(self.samples) - 1
        start = min(max(round(start_sec * self.sample_rate), 0), last)
        return Clip(self.samples[start : max(round(end_sec * self.sample_rate), start + 1)], self.sample_rate)

    def then(self, other: "Clip") -> "Clip":
        """Return this sound and then another of the same rate."""
        if other.sample_rate != self.sample_rate:
            raise ValueError(f"the other must have {self.sample_rate} hertz, too, got {other.sample_rate}")
        return Clip(np.concatenate([self.samples, other.samples]), self.sample_rate)


def loudest_dbfs(samples: np.ndarray, sample_rate: int) -> float:
    """Return the level of the loudest 50 ms (of all, where there is less) in decibels of full scale, -200 of silence.

    Args:
        samples: shape (n,).
        sample_rate: hertz.
    """
    block = max(sample_rate // 20, 1)
    whole = samples[: len(samples) // block * block] if len(samples) >= block else samples
    if not len(whole):
        return -200.0
    squares = whole.astype(np.float64).reshape(-1, min(block, len(whole))) ** 2
    return float(10 * np.log10(squares.mean(axis=1).max() + 1e-20))


def resample(
    samples: np.ndarray, sample_rate: int, new_rate: int, gain: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return samples at another rate, in one transform over all of them.

    Args:
        samples: shape (n,).
        sample_rate: of the samples, hertz.
        new_rate: hertz.
        gain: what each frequency is multiplied by, of an array of hertz.

    Returns:
        float64, shape (round(n * new_rate / sample_rate),), at least one; they may go beyond full scale.
    """
    padding = sample_rate // 10  # the transform is circular: silence keeps the end from leaking into the start
    unit = sample_rate // math.gcd(sample_rate, new_rate)  # of these, both rates have a whole number
    count = unit * _smooth_length(-(-(len(samples) + padding) // unit))
    wanted = max(round(len(samples) * new_rate / sample_rate), 1)
    resampled = round(count * new_rate / sample_rate)
    spectrum = np.fft.rfft(np.asarray(samples, dtype=np.float64), count)
    kept = np.zeros(resampled // 2 + 1, dtype=complex)
    common = min(len(kept), len(spectrum))
    kept[:common] = (spectrum * gain(np.arange(len(spectrum)) * sample_rate / count))[:common]
    return np.fft.irfft(kept, resampled)[:wanted] * (resampled / count)


def _smooth_length(count: int) -> int:
    """Return a length not below `count` with small prime factors, quick to transform."""
    step = 2 ** max(count.bit_length() - 6, 0)
    return -(-count // step) * step
