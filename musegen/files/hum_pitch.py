"""The pitch of one voice over time: YIN candidates, the best path through them, loudness and brightness.

pitch_track, PitchTrack, HOP_SECONDS. The candidates of a frame are the troughs of YIN's normalised difference function
(de Cheveigne and Kawahara, 2002). As in pYIN (Mauch and Dixon, 2014) several are kept and a Viterbi search chooses
among them and "no voice"; but its states are the few candidates themselves, not a grid of pitches, so that plain numpy
does it in a fraction of the time, nothing is compiled, and pitches are not rounded to a grid.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from musegen.errors import CancelledError
from musegen.files.hum_sound import RATE

HOP = 220
HOP_SECONDS = HOP / RATE
"""Seconds between frames, about 10 ms."""

MIN_HERTZ, MAX_HERTZ = 62.0, 2800.0
"""From a low bass voice to high whistling."""

_WINDOW = 1024  # samples compared with themselves one period later: 46 ms
_FFT = 2048
_MAX_LAG = int(np.ceil(RATE / MIN_HERTZ)) + 2
_MIN_LAG = int(RATE / MAX_HERTZ)
_TYPICAL_LAG = 100
_CANDIDATES = 7
_OCTAVE_COST = 0.035  # an octave lower costs this much more of the difference function
_UNVOICED_COST = 0.48
_JUMP_COST = 0.30  # an octave between one frame and the next
_VOICING_COST = 0.12
_CHUNK = 1024  # frames transformed at once
_LEVEL_WINDOW = 662  # 30 ms
_BRIGHT_HERTZ = 650.0


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """What is heard in frames of `HOP_SECONDS`; the centre of frame i is at i * `HOP_SECONDS` seconds.

    Args:
        pitch: MIDI pitch with fraction, NaN without a voice, shape (T,).
        confidence: how periodic the sound is, 0 to 1, shape (T,).
        level_db: loudness of all frequencies, shape (T,).
        bright_db: loudness above 650 Hz, where vowels differ most from consonants, shape (T,).
    """

    pitch: np.ndarray
    confidence: np.ndarray
    level_db: np.ndarray
    bright_db: np.ndarray

    @property
    def seconds(self) -> np.ndarray:
        """Times of the frames in seconds, shape (T,)."""
        return np.arange(len(self.pitch)) * HOP_SECONDS


def pitch_track(
    samples: np.ndarray,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PitchTrack:
    """Return the pitch of one voice over time.

    Args:
        samples: mono at `RATE`, shape (n,).
        progress: is told the share done, 0 to 1.
        cancelled: whether to stop.

    Raises:
        CancelledError: asked to stop.
    """
    num_frames = len(samples) // HOP + 1
    parts = []
    for start in range(0, num_frames, _CHUNK):
        if cancelled and cancelled():
            raise CancelledError("Listening was stopped.")
        centres = np.arange(start, min(start + _CHUNK, num_frames)) * HOP
        parts.append((*_candidates(samples, centres), *_levels(samples, centres)))
        if progress:
            progress(0.7 * min(start + _CHUNK, num_frames) / num_frames)
    pitches, heights, level, bright = (np.concatenate(column) for column in zip(*parts, strict=True))
    floor, top = np.percentile(level, 5), np.percentile(level, 95)
    faint = np.clip((min(floor + 6, top - 30) - level) / 6, 0, 1)  # what is next to silence has no pitch
    path = _best_path(pitches, heights, _UNVOICED_COST - 0.3 * faint, cancelled)
    if progress:
        progress(1.0)
    frames = np.arange(num_frames)
    voiced = path < pitches.shape[1]
    chosen = np.where(voiced, path, 0)
    return PitchTrack(
        np.where(voiced, pitches[frames, chosen], np.nan),
        np.where(voiced, 1 - np.clip(heights[frames, chosen], 0, 1), 0.0),
        level,
        bright,
    )


def _frames(samples: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """Return the samples from each start, zero outside the recording, shape (T, length)."""
    first = min(int(starts[0]), 0)
    last = max(int(starts[-1]) + length, len(samples))
    lead = max(int(starts[0]), 0)
    piece = np.zeros(last - lead + max(-first, 0), dtype=np.float64)
    piece[max(-first, 0) : max(-first, 0) + len(samples) - lead] = samples[lead:]
    view = np.lib.stride_tricks.sliding_window_view(piece, length)
    return view[starts - int(starts[0])]


def _candidates(samples: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pitches (T, K) and how far from periodic each is (T, K), best first; missing ones have height inf."""
    length = _WINDOW + _MAX_LAG + 1
    frames = _frames(samples, centres - (_WINDOW + _TYPICAL_LAG) // 2, length)
    spectrum = np.fft.rfft(frames, _FFT)
    window = np.fft.rfft(frames[:, :_WINDOW], _FFT)
    correlation = np.fft.irfft(spectrum * np.conj(window), _FFT)[:, : _MAX_LAG + 1]
    energy = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(frames**2, axis=1)], axis=1)
    lags = np.arange(_MAX_LAG + 1)
    power = energy[:, _WINDOW + lags] - energy[:, lags]
    difference = np.maximum(power[:, :1] + power - 2 * correlation, 0.0)
    total = np.cumsum(difference[:, 1:], axis=1)
    normal = np.ones_like(difference)
    normal[:, 1:] = difference[:, 1:] * lags[1:] / np.maximum(total, 1e-12)
    normal[total[:, -1] < 1e-9] = 1.0

    left, here, right = (normal[:, _MIN_LAG - 1 + k : _MAX_LAG - 1 + k] for k in (0, 1, 2))
    trough = (here < left) & (here <= right)
    # where the trough lies is read off the difference itself: its normalisation leans to one side in noise
    before, at, after = (difference[:, _MIN_LAG - 1 + k : _MAX_LAG - 1 + k] for k in (0, 1, 2))
    curve = np.maximum(before - 2 * at + after, 1e-12)
    shift = np.clip(0.5 * (before - after) / curve, -0.5, 0.5)
    height = here - 0.25 * (left - right) * shift
    lag = lags[_MIN_LAG:_MAX_LAG] + shift
    cost = np.where(trough, np.maximum(height, 0) + _OCTAVE_COST * np.log2(lag / _MIN_LAG), np.inf)
    best = np.argpartition(cost, _CANDIDATES, axis=1)[:, :_CANDIDATES]
    heights = np.take_along_axis(cost, best, 1)
    pitches = 69 + 12 * np.log2(RATE / np.take_along_axis(lag, best, 1) / 440)
    return pitches, heights


def _levels(samples: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the loudness in decibels of all frequencies and of those above `_BRIGHT_HERTZ`, each of shape (T,)."""
    frames = _frames(samples, centres - _LEVEL_WINDOW // 2, _LEVEL_WINDOW) * np.hanning(_LEVEL_WINDOW)
    power = np.abs(np.fft.rfft(frames, 1024)) ** 2 / _LEVEL_WINDOW**2
    bright = power[:, int(_BRIGHT_HERTZ * 1024 / RATE) :]
    return 10 * np.log10(power.sum(1) + 1e-12), 10 * np.log10(bright.sum(1) + 1e-12)


def _best_path(
    pitches: np.ndarray, heights: np.ndarray, unvoiced: np.ndarray, cancelled: Callable[[], bool] | None
) -> np.ndarray:
    """Return the index of the candidate of each frame, K where there is no voice, shape (T,)."""
    count, width = pitches.shape
    cost = np.append(heights[0], unvoiced[0])
    back = np.zeros((count, width + 1), dtype=np.int64)
    step = np.full((width + 1, width + 1), _VOICING_COST)
    step[width, width] = 0.0
    rows = np.arange(width + 1)
    for index in range(1, count):
        jump = np.abs(pitches[index - 1][:, None] - pitches[index][None, :])
        step[:width, :width] = _JUMP_COST / 12 * jump
        total = cost[:, None] + step
        back[index] = total.argmin(axis=0)
        cost = total[back[index], rows]
        cost[:width] += heights[index]
        cost[width] += unvoiced[index]
        if cancelled and index % 2048 == 0 and cancelled():
            raise CancelledError("Listening was stopped.")
    path = np.empty(count, dtype=np.int64)
    path[-1] = cost.argmin()
    for index in range(count - 1, 0, -1):
        path[index - 1] = back[index, path[index]]
    return path
