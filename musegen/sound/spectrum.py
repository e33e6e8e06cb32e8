"""Short-time spectra with a Gaussian window, and the log-mel picture that networks of sound see.

Times are samples at `SAMPLE_RATE`. A clip has `CLIP_SAMPLES` samples and, `HOP` apart, `FRAMES` frames, the middle of
frame t lying at sample (t + 0.5) * `HOP`. The window falls off as exp(-pi t^2 / gamma): its transform has the same
form, which phase gradients need (`sound.phase`).
"""

from functools import cache

import numpy as np

SAMPLE_RATE = 16_000
WINDOW = 1024
HOP = 256
FRAMES = 192
CLIP_SAMPLES = FRAMES * HOP
"""3.07 seconds."""
BINS = WINDOW // 2 + 1
BANDS = 128
"""Bands of the log-mel picture."""
FLOOR_DB = -70.0
"""What is softer than this below `FULL_DB` counts as so soft."""
FULL_DB = 40.0
"""The loudest that a bin of a clip at `LEVEL` reaches, about."""
LEVEL = 0.08
"""Root mean square of a clip as the network sees it, 1.0 being full scale."""

GAMMA = WINDOW**2 / 18.0
"""Width of the window in samples squared: at its ends it has fallen to exp(-4.5 pi), about a millionth."""
_LOWEST_HZ = 30.0
_LONG = 8192  # samples of a window that tells the semitones of a bass apart


@cache
def window() -> np.ndarray:
    """Return the Gaussian window, shape (WINDOW,), its peak 1."""
    t = np.arange(WINDOW) - (WINDOW - 1) / 2
    return np.exp(-np.pi * t**2 / GAMMA).astype(np.float32)


def num_frames(num_samples: int, hop: int = HOP) -> int:
    """Return the frames of a sound: each begun hop has one."""
    return max(-(-num_samples // hop), 1)


def stft(samples: np.ndarray, hop: int = HOP) -> np.ndarray:
    """Return the spectra of a sound.

    Args:
        samples: float, shape (N,).
        hop: samples between frames; divides `WINDOW`.

    Returns:
        complex64, shape (num_frames(N), BINS); phases as seen from the start of each window.
    """
    frames, pad = num_frames(len(samples), hop), (WINDOW - hop) // 2
    padded = np.zeros((frames - 1) * hop + WINDOW, np.float32)
    padded[pad : pad + len(samples)] = samples[: len(padded) - pad]
    rows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::hop]
    return np.fft.rfft(rows * window(), axis=1).astype(np.complex64, copy=False)


def istft(spectra: np.ndarray, hop: int = HOP) -> np.ndarray:
    """Return the sound whose spectra are nearest to these (Griffin and Lim 1984, equation 6).

    Args:
        spectra: complex, shape (T, BINS).
        hop: samples between frames.

    Returns:
        float32, shape (T * hop,).
    """
    frames, pad = len(spectra), (WINDOW - hop) // 2
    rows = np.fft.irfft(spectra, WINDOW, axis=1).astype(np.float32, copy=False) * window()
    parts = WINDOW // hop
    sound = np.zeros((frames + parts - 1, hop), np.float32)
    for part in range(parts):  # every frame gives its part-th stretch of `hop` samples to the part-th place after it
        sound[part : part + frames] += rows[:, part * hop : (part + 1) * hop]
    sound /= _weight(frames, hop)
    return sound.reshape(-1)[pad : pad + frames * hop]


@cache
def _weight(frames: int, hop: int) -> np.ndarray:
    """Return the sum of the squared windows over each sample, shape (frames + parts - 1, hop)."""
    parts = WINDOW // hop
    rows = (window() ** 2).reshape(parts, hop)
    weight = np.zeros((frames + parts - 1, hop), np.float32)
    for part in range(parts):
        weight[part : part + frames] += rows[part]
    return np.maximum(weight, 1e-3)


@cache
def band_bins() -> np.ndarray:
    """Return where the middle of each band lies, in bins, shape (BANDS,): evenly on the mel scale of O'Shaughnessy."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, SAMPLE_RATE / 2))
    hz = 700 * (10 ** (np.linspace(low, high, BANDS) / 2595) - 1)
    return hz * WINDOW / SAMPLE_RATE


@cache
def _bands() -> np.ndarray:
    """Return the triangles that gather bins into bands, each of area 1, at least as wide as a bin; (BINS, BANDS)."""
    middle = band_bins()
    left = np.maximum(np.diff(middle, prepend=middle[0] - (middle[1] - middle[0])), 1.0)
    right = np.maximum(np.diff(middle, append=middle[-1] + (middle[-1] - middle[-2])), 1.0)
    away = np.arange(BINS)[:, None] - middle
    table = np.maximum(1 - np.where(away < 0, -away / left, away / right), 0)
    return (table / table.sum(axis=0)).astype(np.float32)


def to_db(magnitude: np.ndarray) -> np.ndarray:
    """Return magnitudes in decibels, none below `FLOOR_DB` under `FULL_DB`."""
    return 20 * np.log10(np.maximum(magnitude, 10 ** ((FULL_DB + FLOOR_DB) / 20)))


def picture(magnitude: np.ndarray) -> np.ndarray:
    """Return the log-mel picture of magnitudes (T, BINS): decibels of the mean power of each band, (T, BANDS)."""
    return to_db(np.sqrt(magnitude**2 @ _bands())).astype(np.float32)


def magnitudes(drawn: np.ndarray, hop: int = HOP) -> np.ndarray:
    """Return magnitudes of a log-mel picture, between the bands' middles (and frames) read off in decibels.

    Args:
        drawn: decibels, shape (T, BANDS), frames `HOP` apart.
        hop: of the magnitudes; `HOP` or a half of it.

    Returns:
        float32, shape (T * HOP / hop, BINS). What lies at the floor is silent.
    """
    if hop != HOP:
        times = (np.arange(len(drawn) * HOP // hop) + 0.5) * hop / HOP - 0.5
        below = np.clip(np.floor(times).astype(int), 0, len(drawn) - 2)
        share = np.clip(times - below, 0, 1)[:, None].astype(np.float32)
        drawn = drawn[below] * (1 - share) + drawn[below + 1] * share
    lower, share = _between()
    db = drawn[:, lower] * (1 - share) + drawn[:, lower + 1] * share
    loud = 10 ** (db / 20)
    return np.where(db <= FULL_DB + FLOOR_DB + 0.5, 0, loud).astype(np.float32)


@cache
def _between() -> tuple[np.ndarray, np.ndarray]:
    """Return for every bin the band below it and how far it lies towards the next, shape (BINS,) each."""
    middle = band_bins()
    lower = np.clip(np.searchsorted(middle, np.arange(BINS), "right") - 1, 0, BANDS - 2)
    share = (np.arange(BINS) - middle[lower]) / (middle[lower + 1] - middle[lower])
    return lower, np.clip(share, 0, 1).astype(np.float32)


def levelled(samples: np.ndarray) -> np.ndarray:
    """Return a sound as loud as the network expects it, its root mean square at `LEVEL`; silence stays silent."""
    size = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return (samples * (LEVEL / size)).astype(np.float32) if size > 1e-6 else np.zeros(len(samples), np.float32)


def clip_picture(samples: np.ndarray) -> np.ndarray:
    """Return what the network sees of `CLIP_SAMPLES` samples: the log-mel picture of the levelled clip."""
    return picture(np.abs(stft(levelled(samples))))


def chroma(samples: np.ndarray) -> np.ndarray:
    """Return by how much more of a sound than an even share lies in each pitch class from C2 to B6.

    Shape (12,), -1 to 11, sum 0: 1 is twice an even share. Of silence all are 0.
    """
    padded = np.pad(np.asarray(samples, np.float32), (0, max(_LONG - len(samples), 0)))
    rows = np.lib.stride_tricks.sliding_window_view(padded, _LONG)[:: _LONG // 2]
    loud = np.abs(np.fft.rfft(rows * np.hanning(_LONG).astype(np.float32), axis=1)).sum(axis=0)
    heard = np.bincount(_pitch_classes(), loud, 13)[:12]
    return (heard / heard.mean() - 1 if heard.sum() > 1e-9 else np.zeros(12)).astype(np.float32)


@cache
def _pitch_classes() -> np.ndarray:
    """Return the pitch class of each bin of a long window; 12 for those between two of them or out of range."""
    hz = np.arange(_LONG // 2 + 1) * SAMPLE_RATE / _LONG
    pitch = 69 + 12 * np.log2(np.maximum(hz, 1.0) / 440)
    told = (np.abs(pitch - np.rint(pitch)) < 0.3) & (pitch > 35.5) & (pitch < 95.5)
    return np.where(told, np.rint(pitch).astype(int) % 12, 12)
