"""What a network of chords sees in each segment: Frames, melody_frames, sounding_frames, features.

All is relative to a key, so that what is learned in one holds in all twelve.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.harmony.segments import BAR, Segments
from musegen.harmony.vocabulary import MANNERS

ACCENT = 1.0
"""How much more a note counts that sounds where its segment begins, in parts of its length."""
_LOUDEST = 2.0
_PLACES = 12
NUM_FEATURES = 24 + _PLACES + 1 + len(MANNERS)
_BASS_TIMES = np.array([0.06, 0.31, 0.56, 0.81])
"""Where in a segment the lowest note is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What stands in segments, in no key yet.

    Args:
        weights: how much of a segment each pitch class sounds, more where it begins there, shape (S, 12).
        second: of a melody the pitch class that sounds where the segment begins; of all that sounds the pitch classes
            of the bass, shape (S, 12).
        places: where each stands: silent or not, bar, middle or beat, one of four bars, first, last, last but one;
            shape (S, 12).
    """

    weights: np.ndarray
    second: np.ndarray
    places: np.ndarray


def melody_frames(onset: np.ndarray, end: np.ndarray, pitch: np.ndarray, segments: Segments) -> Frames:
    """Return the frames of one voice.

    Args:
        onset: of each note, shape (N,), in the unit of the segments' edges.
        end: of each note, shape (N,).
        pitch: MIDI, shape (N,).
        segments: where chords may change.
    """
    weights = segment_weights(onset, end, pitch, segments.edges)
    starts = segments.edges[:-1]
    first = np.zeros_like(weights)
    for o, e, p in zip(onset, end, np.asarray(pitch, int) % 12, strict=True):
        first[int(np.searchsorted(starts, o - 1e-6)) : int(np.searchsorted(starts, e - 1e-6)), p] = 1.0
    return Frames(_shares(weights, segments), first, _places(segments, weights))


def sounding_frames(onset: np.ndarray, end: np.ndarray, pitch: np.ndarray, segments: Segments) -> Frames:
    """Return the frames of all that sounds, see `melody_frames`."""
    weights = segment_weights(onset, end, pitch, segments.edges)
    starts, lengths = segments.edges[:-1], np.diff(segments.edges)
    times = (starts[:, None] + _BASS_TIMES * lengths[:, None]).ravel()
    lowest = np.full(len(times), 999)
    for o, e, p in zip(onset, end, np.asarray(pitch, int), strict=True):
        here = slice(int(np.searchsorted(times, o - 1e-6)), int(np.searchsorted(times, e - 1e-6)))
        lowest[here] = np.minimum(lowest[here], p)
    bass = np.zeros((len(times), 12))
    heard = lowest < 999
    bass[np.flatnonzero(heard), lowest[heard] % 12] = 1.0 / len(_BASS_TIMES)
    bass = bass.reshape(len(starts), len(_BASS_TIMES), 12).sum(axis=1)
    return Frames(_shares(weights, segments), bass, _places(segments, weights))


def silent_frames(segments: Segments) -> Frames:
    """Return the frames of no music at all, for chords that are proposed freely."""
    nothing = np.zeros((len(segments.kind), 12))
    return Frames(nothing, nothing, _places(segments, nothing))


def segment_weights(onset: np.ndarray, end: np.ndarray, pitch: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return how much each pitch class counts in each segment, shape (S, 12).

    A note counts by how long it sounds in the segment; where it begins with the segment or sounds on into it, more by
    `ACCENT`.

    Args:
        onset: of each note, shape (N,), in any unit.
        end: of each note, shape (N,).
        pitch: MIDI, shape (N,).
        edges: where segments begin, and the end of the last, ascending, shape (S + 1,).
    """
    edges = np.asarray(edges, float)
    weights = np.zeros((len(edges) - 1, 12))
    for o, e, p in zip(onset, end, np.asarray(pitch, int) % 12, strict=True):
        low = max(int(np.searchsorted(edges, o, side="right")) - 1, 0)
        high = min(max(int(np.searchsorted(edges, e, side="left")), low), len(weights))
        starts, stops = edges[low:high], edges[low + 1 : high + 1]
        inside = np.clip(np.minimum(e, stops) - np.maximum(o, starts), 0, None)
        weights[low:high, p] += inside * (1 + ACCENT * (o <= starts + 1e-6))
    return weights


def features(frames: Frames, key: tuple[int, str], manner: str | None) -> np.ndarray:
    """Return what the network is given, float32 of shape (S, NUM_FEATURES).

    Args:
        frames: the music.
        key: tonic and "major" or "minor"; all pitch classes are counted from the tonic.
        manner: of `MANNERS`, None where it is of no matter.
    """
    tonic, mode = key
    about = np.zeros((len(frames.weights), 1 + len(MANNERS)))
    about[:, 0] = mode == "minor"
    if manner is not None:
        about[:, 1 + MANNERS.index(manner)] = 1
    turned = (np.roll(part, -tonic, axis=1) for part in (frames.weights, frames.second))
    return np.concatenate([*turned, frames.places, about], axis=1).astype(np.float32)


def _shares(weights: np.ndarray, segments: Segments) -> np.ndarray:
    lengths = np.maximum(np.diff(segments.edges), 1e-9)
    return np.minimum(weights / lengths[:, None], _LOUDEST)


def _places(segments: Segments, weights: np.ndarray) -> np.ndarray:
    last = int(segments.bar[-1]) if len(segments.bar) else 0
    columns: Sequence[np.ndarray] = (
        weights.sum(axis=1) == 0,
        *(segments.kind == kind for kind in range(3)),
        np.full(len(segments.kind), segments.halved),
        *(segments.bar % 4 == part for part in range(4)),
        (segments.bar == 0) & (segments.kind == BAR),
        segments.bar == last,
        segments.bar == last - 1,
    )
    return np.stack(columns, axis=1).astype(float)
