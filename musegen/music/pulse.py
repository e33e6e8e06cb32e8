"""The beat of music played without a metronome: how fast, and where in the beat each onset stands.

Rhythm is read as in Cemgil, Desain and Kappen, "Rhythm quantization for transcription" (Computer Music Journal 24(2),
2000) and Raphael, "A hybrid graphical model for rhythmic parsing" (Artificial Intelligence 137, 2002): the most likely
pair of a score and a slowly changing tempo, found by dynamic programming. The tempo to begin with is the one under
which the intervals are likeliest to be common note values; the preference among faster and slower is Parncutt's ("A
perceptual model of pulse salience and metrical accent", Music Perception 11, 1994).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

_PARTS = 12
"""Parts of a beat that positions are counted in."""
_SIMPLE_VALUES = {1 / 4: 0.10, 1 / 3: 0.03, 1 / 2: 0.30, 2 / 3: 0.015, 3 / 4: 0.04, 1: 0.30, 3 / 2: 0.06, 2: 0.10,
                  3: 0.03, 4: 0.03}  # fmt: skip
_COMPOUND_VALUES = {1 / 6: 0.06, 1 / 3: 0.42, 1 / 2: 0.03, 2 / 3: 0.18, 1: 0.18, 4 / 3: 0.03, 5 / 3: 0.02, 2: 0.06,
                    4: 0.02}  # fmt: skip
_SIMPLE_POSITIONS = {0: 0.48, 3: 0.09, 4: 0.02, 6: 0.28, 8: 0.02, 9: 0.11}
_COMPOUND_POSITIONS = {0: 0.44, 2: 0.05, 4: 0.19, 6: 0.04, 8: 0.23, 10: 0.05}
_TRIPLET, _DUPLE = {4, 8}, {3, 6, 9}
_MIXED_COST = 4.0
"""Nats for a triplet and an eighth or sixteenth in one and the same beat."""
_OFF_BEAT_START = 2.0
"""Nats for music that begins off the beat: rows of equal notes could as well be read so."""

_SHORTEST_BEAT, _LONGEST_BEAT = 0.22, 1.6  # seconds
_PREFERRED_BEAT, _PREFERENCE_WIDTH = 0.55, 0.5  # seconds; standard deviation in nats
_JITTER_SEC, _JITTER_SHARE = 0.025, 0.03
_TEMPO_STEP, _TEMPO_BINS, _TEMPO_REACH = 0.02, 25, 2
_AT_ONCE = 256
"""Steps whose costs are worked out together, so that a long piece takes little memory."""
_TEMPO_DRIFT = 0.02
"""Standard deviation of the change of the logarithm of the tempo over a beat."""
_SMOOTHING_BEATS = 4.0
_READINGS, _FEW_BINS, _SLOWER = 12, 9, 1.4
"""Lengths of a beat that are tried where the number of beats is known."""
_OTHER_TEMPI = (0.7, 1.8)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The beat of a performance.

    Args:
        bpm: beats a minute, over the whole.
        positions: where each onset stands, in beats, as played (not snapped), shape (N,); beat 0 is the beat of the
            first onset, or the one after it where that is a pickup within a beat.
        beat_sec: seconds of a beat around each onset, shape (N,).
        places: where each onset belongs, in beats, in twelfths of them, shape (N,).
    """

    bpm: float
    positions: np.ndarray
    beat_sec: np.ndarray
    places: np.ndarray


def estimate_pulse(onsets: np.ndarray, compound: bool = False, beats: tuple[float, float] | None = None) -> Pulse:
    """Return the beat that onsets were most likely played to.

    Args:
        onsets: seconds, rising, no two closer than some hundredths, shape (N,), N >= 1.
        compound: True where a beat divides into three.
        beats: least and most beats from the first onset to the last, where it is known about how many there are; if
            no reading has so many, the likeliest one is returned.
    """
    onsets = np.asarray(onsets, float)
    gaps = np.diff(onsets)
    if not len(gaps):
        return Pulse(60 / _PREFERRED_BEAT, np.zeros(1), np.array([_PREFERRED_BEAT]), np.zeros(1))
    readings = []
    lengths = _candidates(gaps, compound)
    if beats is not None and gaps.sum() > 0:
        low, high = (min(max(gaps.sum() / max(b, 1.0), _SHORTEST_BEAT), _LONGEST_BEAT) for b in beats[::-1])
        tried = [_counted(gaps, beat, compound, beats) for beat in lengths]
        if not any(tried):
            tried = [
                _counted(gaps, beat, compound, beats, _FEW_BINS)
                for beat in np.geomspace(low, _SLOWER * high, _READINGS)
            ]
        if not any(tried):
            tried = [_counted(gaps, beat, compound, beats) for beat in np.geomspace(low, _SLOWER * high, _READINGS)]
        fitting = [reading for reading in tried if reading is not None]
        if fitting:
            return _smoothed(onsets, min(fitting, key=lambda reading: reading[0])[1])
    for beat in lengths:
        cost, score = _parse(gaps, beat, compound)
        # by the note, so that a long piece is not read twice as fast for a little gain on each of its notes
        readings.append((cost / len(onsets) + float(_preference(np.array(beat))), score))
    return _smoothed(onsets, min(readings, key=lambda reading: reading[0])[1])


def _counted(
    gaps: np.ndarray, beat: float, compound: bool, beats: tuple[float, float], bins: int = _TEMPO_BINS
) -> tuple[float, np.ndarray] | None:
    """Return a reading as of `_parse` where it has about as many beats as it should, else None."""
    cost, score = _parse(gaps, beat, compound, bins=bins)
    return (cost, score) if beats[0] <= score[-1] - np.floor(score[0]) <= beats[1] else None


def follow_pulse(
    onsets: np.ndarray,
    beat_sec: float,
    start: float,
    compound: bool = False,
    beats: tuple[float, float] | None = None,
) -> Pulse:
    """Return the beat of onsets that go on from music whose beat is known.

    Args:
        onsets: seconds, rising, shape (N,), N >= 1; the first is the last of the music before.
        beat_sec: seconds of a beat there.
        start: where in its beat the first onset stands, 0 to 1; positions count from that beat.
        compound: True where a beat divides into three.
        beats: least and most at which the last onset stands, where that is known; if no reading has so many, the
            likeliest one is returned.
    """
    onsets = np.asarray(onsets, float)
    if len(onsets) == 1:
        return Pulse(60 / beat_sec, np.array([start]), np.array([beat_sec]), np.array([start]))
    gaps = np.diff(onsets)
    cost, score = _parse(gaps, beat_sec, compound, start)
    if beats is not None and not beats[0] <= score[-1] + (score[0] < 0) <= beats[1]:
        tried = [_parse(gaps, beat_sec * f, compound, start, _FEW_BINS) for f in np.geomspace(*_OTHER_TEMPI, _READINGS)]
        fitting = [one for one in tried if beats[0] <= one[1][-1] + (one[1][0] < 0) <= beats[1]]
        cost, score = min(fitting, key=lambda one: one[0], default=(cost, score))
    # What is before stands where it is written, which may be beside the places that are looked for.
    return _smoothed(onsets, np.append(start, score[1:] + (1 if score[0] < 0 else 0)))


def _preference(beat_sec: np.ndarray) -> np.ndarray:
    """Return the cost in nats of a beat of that length."""
    return (np.log(beat_sec / _PREFERRED_BEAT) / _PREFERENCE_WIDTH) ** 2 / 2


def _candidates(gaps: np.ndarray, compound: bool, count: int = 4) -> list[float]:
    """Return the likeliest lengths of a beat in seconds, from the intervals between neighbouring onsets alone."""
    beats = np.exp(np.arange(math.log(_SHORTEST_BEAT), math.log(_LONGEST_BEAT), 0.005))
    values = _COMPOUND_VALUES if compound else _SIMPLE_VALUES
    likelihood = np.full((len(beats), len(gaps)), 0.005)
    spread = np.hypot(_JITTER_SEC * math.sqrt(2), _JITTER_SHARE * gaps)
    for value, share in values.items():
        distance = (gaps - value * beats[:, None]) / spread
        likelihood += share / spread * np.exp(-(distance**2) / 2)
    score = np.log(likelihood).mean(1) - _preference(beats)
    peaks = [i for i in range(len(beats)) if score[i] == score[max(i - 12, 0) : i + 13].max()]
    return [float(beats[i]) for i in sorted(peaks, key=lambda i: -score[i])[:count]]


def _position_costs(compound: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return positions in twelfths of a beat (P,), their costs (P,) and those of one after another in a beat (P, P)."""
    shares = _COMPOUND_POSITIONS if compound else _SIMPLE_POSITIONS
    positions = np.array(list(shares))
    mixed = np.zeros((len(positions),) * 2)
    if not compound:
        for i, a in enumerate(positions):
            for j, b in enumerate(positions):
                if b > a and ((a in _TRIPLET and b in _DUPLE) or (a in _DUPLE and b in _TRIPLET)):
                    mixed[i, j] = _MIXED_COST
    return positions, -np.log(np.array(list(shares.values()))), mixed


def _value_costs(values: np.ndarray, compound: bool) -> np.ndarray:
    """Return the cost in nats of intervals in beats; one that is no common note value costs as much as the rarest."""
    table = _COMPOUND_VALUES if compound else _SIMPLE_VALUES
    costs = np.full(8 * _PARTS + 1, -math.log(0.01))
    for value, share in table.items():
        costs[round(value * _PARTS)] = -math.log(share)
    return costs[np.minimum(np.rint(values * _PARTS), 8 * _PARTS).astype(int)]


def _parse(
    gaps: np.ndarray, beat: float, compound: bool, start: float | None = None, bins: int = _TEMPO_BINS
) -> tuple[float, np.ndarray]:
    """Return (cost in nats, position of each onset in beats) of the likeliest score at about a tempo.

    Args:
        gaps: seconds between onsets, shape (N - 1,).
        beat: seconds of a beat, about.
        compound: True where a beat divides into three.
        start: where in its beat the first onset stands, 0 to 1; None where that is to be found.
        bins: tempos that are looked at, 2 % apart, `beat` in the middle; odd.
    """
    positions, costs, mixed = _position_costs(compound)
    tempi = beat * np.exp((np.arange(bins) - bins // 2) * _TEMPO_STEP)
    away = (positions[None, :] - positions[:, None]) / _PARTS  # from, to
    middle = bins // 2
    total = costs[:, None] + ((np.arange(bins) - middle) * _TEMPO_STEP / 0.1) ** 2 / 2
    longness = np.clip(np.log2(np.append(gaps, gaps[-1]) / np.median(gaps)), 0, 2) / 2
    total = total + np.where(positions[:, None] == 0, 0, longness[0] + _OFF_BEAT_START)
    if start is not None:
        nearest = int(np.abs((positions / _PARTS - start + 0.5) % 1 - 0.5).argmin())
        total = np.where(np.arange(len(positions))[:, None] == nearest, total, np.inf)
    padded = np.full((len(positions), bins + 2 * _TEMPO_REACH), np.inf)
    came = sliding_window_view(padded, bins, axis=1)[:, ::-1].transpose(1, 0, 2)[:, :, None]  # shift, from, to, tempo
    back: list[tuple[np.ndarray, np.ndarray]] = []
    for at_once in range(0, len(gaps), _AT_ONCE):
        some = slice(at_once, at_once + _AT_ONCE)
        on_beat = np.where(positions == 0, 0, longness[1:][some, None])
        arrival = costs + on_beat
        for fit, drift, values in zip(*_step_costs(gaps[some], tempi, away, mixed, arrival, compound), strict=True):
            padded[:, _TEMPO_REACH:-_TEMPO_REACH] = total
            cost = (came + fit + drift).reshape(-1, *total.shape)  # shift and from, to, tempo
            total = cost.min(0)
            back.append((cost.argmin(0), values))
    at, tempo = (int(i) for i in np.unravel_index(int(total.argmin()), total.shape))
    best, steps = float(total.min()), []
    for chosen, values in reversed(back):
        shift, before = divmod(int(chosen[at, tempo]), len(positions))
        steps.append(values[before, at, tempo])
        at, tempo = before, tempo - (shift - _TEMPO_REACH)
    first = positions[at] / _PARTS
    score = first + np.concatenate([[0.0], np.cumsum(steps[::-1])])
    return best, score - (1 if first > 0 else 0)


def _step_costs(
    gaps: np.ndarray, tempi: np.ndarray, away: np.ndarray, mixed: np.ndarray, arrival: np.ndarray, compound: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what steps from onset to onset cost in nats, whatever came before them.

    Args:
        gaps: seconds of each step, shape (G,).
        tempi: seconds of a beat at each tempo, shape (T,).
        away: beats from a position to another, shape (P, P).
        mixed: what two positions in one beat cost, shape (P, P).
        arrival: what a position costs at the end of each step, shape (G, P).
        compound: True where a beat divides into three.

    Returns:
        costs at one tempo, shape (G, P, P, T); those of changes of tempo, shape (G, S, P, P, T); beats, as the first.
    """
    gap = gaps[:, None, None, None]
    between = away[:, :, None]
    whole = np.rint(gap / tempi - between)  # beats
    values = between + whole
    values = np.where(values < 1 / _PARTS, values + 1, values)
    same_beat = values < 1 - 1e-9
    distance = (gap - values * tempi) / np.hypot(_JITTER_SEC * math.sqrt(2), _JITTER_SHARE * gap)
    fit = np.minimum(distance**2 / 2, 12.0) + np.where(same_beat, mixed[:, :, None], 0)
    fit += _value_costs(values, compound)
    fit += arrival[:, None, :, None]
    drift = _TEMPO_DRIFT * np.sqrt(np.clip(values, 0.25, 4.0))
    shifts = np.arange(-_TEMPO_REACH, _TEMPO_REACH + 1)[:, None, None, None]
    return fit, (shifts * _TEMPO_STEP / drift[:, None]) ** 2 / 2, values


def _smoothed(onsets: np.ndarray, score: np.ndarray) -> Pulse:
    """Return the pulse of onsets whose places in the score are known: a tempo that changes over some beats."""
    positions, beat_sec = np.empty(len(onsets)), np.empty(len(onsets))
    overall = _line(score, onsets, np.ones(len(onsets)))
    for i, place in enumerate(score):
        low, high = np.searchsorted(score, [place - 3 * _SMOOTHING_BEATS, place + 3 * _SMOOTHING_BEATS])
        near = slice(low, high)
        weights = np.exp(-(((score[near] - place) / _SMOOTHING_BEATS) ** 2) / 2)
        start, slope = _line(score[near], onsets[near], weights)
        if not 0.6 * overall[1] < slope < 1.7 * overall[1]:
            start, slope = overall
        positions[i], beat_sec[i] = place + (onsets[i] - (start + slope * place)) / slope, slope
    return Pulse(60 / overall[1], np.maximum.accumulate(positions), beat_sec, score)


def _line(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return (value at 0, slope) of the weighted least-squares line; of one point, at the preferred beat."""
    middle_x, middle_y = np.average(x, weights=weights), np.average(y, weights=weights)
    spread = np.average((x - middle_x) ** 2, weights=weights)
    if spread < 1e-9:
        return float(middle_y - _PREFERRED_BEAT * middle_x), _PREFERRED_BEAT
    slope = np.average((x - middle_x) * (y - middle_y), weights=weights) / spread
    return float(middle_y - slope * middle_x), float(slope)
