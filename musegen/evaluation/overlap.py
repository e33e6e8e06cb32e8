"""How like two sets of pieces are: the nine features of Yang and Lerch, their distances, overlap area and divergence.

After L.-C. Yang and A. Lerch, On the evaluation of generative models in music, Neural Computing and Applications 2018.
Each feature is a number or a histogram of one piece (or of a window of as many bars as the pieces it is compared with).
The distance of two pieces in a feature is Euclidean. *Intra-set* distances are those of all pairs within a set,
*inter-set* distances those of all pairs of one piece of each set. Both become densities (Gaussian kernels, Scott's
bandwidth), and what is told is

- the *overlap area*, the integral of the lesser of the intra-set density of the real set and the inter-set density: 1
  where the other set lies among the real pieces as they lie among each other, 0 where it lies elsewhere;
- the *divergence*, Kullback and Leibler's, of the intra-set density from the inter-set density, in nats.

Both densities are taken on one common grid. Real pieces against other real pieces do not reach 1 either: read the
figures beside those.

Definitions where the paper leaves a choice, or ours differs: drums are left out. Successive notes are those of one
track, by onset, then pitch from below, and all tracks are counted together; onsets are those of all tracks. Times are
in quarters. Histograms and matrices are shares that add up to 1 (the paper's program counts transitions), so that how
many notes there are is told by the note count alone. Pitch class shares are by length. Nothing is transposed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from musegen.evaluation.statistics import n_pitches_used, pitch_range
from musegen.languages import msgid
from musegen.music import Note, Piece

LENGTHS = (4.0, 2.0, 1.0, 0.5, 0.25, 3.0, 1.5, 0.75, 0.375, 4 / 3, 2 / 3, 1 / 3)
"""Classes of note lengths in quarters: whole to sixteenth, the same dotted from the half on, triplet half to eighth."""

_GRID = 512
_MARGIN = 4.0  # bandwidths beyond the outermost distance
_CHUNK = 4096
Features = dict[str, np.ndarray]


# ------------------------------------------------------------------------------------------------------- features


def _voices(piece: Piece) -> list[list[Note]]:
    tracks = [track.notes for track in piece.tracks if not track.is_drum]
    return [sorted(notes, key=lambda n: (n.onset_quarter, n.pitch)) for notes in tracks]


def _notes(piece: Piece) -> list[Note]:
    return [note for voice in _voices(piece) for note in voice]


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts.sum()
    return (counts / total if total else counts).ravel()


def _transitions(voices: Sequence[Sequence[int]], size: int) -> np.ndarray:
    counts = np.zeros((size, size))
    for voice in voices:
        np.add.at(counts, (list(voice[:-1]), list(voice[1:])), 1)
    return _shares(counts)


def length_class(quarters: float) -> int:
    """Return the index in `LENGTHS` of the length nearest by ratio."""
    return int(np.argmin(np.abs(np.log(quarters / np.array(LENGTHS)))))


def pitch_class_histogram(piece: Piece) -> np.ndarray:
    """Share of each pitch class of the sounding length of all notes, shape (12,)."""
    counts = np.zeros(12)
    for note in _notes(piece):
        counts[note.pitch % 12] += note.duration_quarter
    return _shares(counts)


def pitch_class_transition_matrix(piece: Piece) -> np.ndarray:
    """Share of each (pitch class, next pitch class) of all successive notes, shape (144,)."""
    return _transitions([[note.pitch % 12 for note in voice] for voice in _voices(piece)], 12)


def average_pitch_shift(piece: Piece) -> np.ndarray:
    """Mean of the semitones, up or down, between successive notes, shape (1,); 0 where no track has two."""
    steps = [abs(b.pitch - a.pitch) for voice in _voices(piece) for a, b in pairwise(voice)]
    return np.array([float(np.mean(steps)) if steps else 0.0])


def note_count(piece: Piece) -> np.ndarray:
    """Number of notes, shape (1,)."""
    return np.array([float(len(_notes(piece)))])


def average_inter_onset_interval(piece: Piece) -> np.ndarray:
    """Mean of the quarters between the successive moments at which notes begin, shape (1,)."""
    onsets = sorted({note.onset_quarter for note in _notes(piece)})
    return np.array([(onsets[-1] - onsets[0]) / (len(onsets) - 1)])


def note_length_histogram(piece: Piece) -> np.ndarray:
    """Share of each class of `LENGTHS`, notes counted once each, shape (12,)."""
    classes = [length_class(note.duration_quarter) for note in _notes(piece)]
    return _shares(np.bincount(classes, minlength=len(LENGTHS)).astype(float))


def note_length_transition_matrix(piece: Piece) -> np.ndarray:
    """Share of each (class of length, next class of length) of all successive notes, shape (144,)."""
    voices = [[length_class(note.duration_quarter) for note in voice] for voice in _voices(piece)]
    return _transitions(voices, len(LENGTHS))


FEATURES: dict[str, Callable[[Piece], np.ndarray]] = {
    "pitch_count": lambda piece: np.array([n_pitches_used(piece)]),
    "pitch_class_histogram": pitch_class_histogram,
    "pitch_class_transition_matrix": pitch_class_transition_matrix,
    "pitch_range": lambda piece: np.array([pitch_range(piece)]),
    "average_pitch_shift": average_pitch_shift,
    "note_count": note_count,
    "average_inter_onset_interval": average_inter_onset_interval,
    "note_length_histogram": note_length_histogram,
    "note_length_transition_matrix": note_length_transition_matrix,
}
"""The nine features by name."""

TITLES = {
    "pitch_count": msgid("number of pitches"),
    "pitch_class_histogram": msgid("pitch classes"),
    "pitch_class_transition_matrix": msgid("pitch class after pitch class"),
    "pitch_range": msgid("range of pitches"),
    "average_pitch_shift": msgid("mean interval"),
    "note_count": msgid("number of notes"),
    "average_inter_onset_interval": msgid("mean time between onsets"),
    "note_length_histogram": msgid("note lengths"),
    "note_length_transition_matrix": msgid("length after length"),
}
"""What the features are called on a page."""


def has_features(piece: Piece) -> bool:
    """Return whether every feature is defined for a piece: notes begin at two moments at least."""
    return len({note.onset_quarter for note in _notes(piece)}) > 1


def features_of(pieces: Sequence[Piece]) -> Features:
    """Return every feature of a set of N pieces: an array (N, size of the feature) by name.

    Raises:
        ValueError: a piece has no features, see `has_features`.
    """
    for index, piece in enumerate(pieces):
        if not has_features(piece):
            raise ValueError(f"piece {index} has fewer than two moments at which notes begin")
    return {name: np.array([function(piece) for piece in pieces]) for name, function in FEATURES.items()}


# ------------------------------------------------------------------------------------------------------- comparison


@dataclass(frozen=True, slots=True)
class Overlap:
    """How like two sets are in one feature.

    Args:
        area: overlap area, 0 to 1.
        divergence: Kullback and Leibler's, nats, at least 0.
        intra_mean: mean intra-set distance of the real set.
        inter_mean: mean inter-set distance.
    """

    area: float
    divergence: float
    intra_mean: float
    inter_mean: float


def intra_distances(values: np.ndarray) -> np.ndarray:
    """Return the distances of all pairs of a set, (N, D) -> (N (N - 1) / 2,)."""
    rows, columns = np.triu_indices(len(values), 1)
    return np.linalg.norm(values[rows] - values[columns], axis=1)


def inter_distances(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the distances of all pairs of two sets, (N, D) and (M, D) -> (N M,)."""
    return np.linalg.norm(values[:, None] - others[None], axis=2).ravel()


def scott_bandwidth(samples: np.ndarray) -> float:
    """Return Scott's bandwidth for one dimension: the standard deviation (N - 1) times N to the power of -1/5."""
    return float(np.std(samples, ddof=1) * len(samples) ** -0.2) if len(samples) > 1 else 0.0


def log_density(samples: np.ndarray, bandwidth: float, grid: np.ndarray) -> np.ndarray:
    """Return the logarithm of the Gaussian kernel density of samples (N,) at the points of a grid, shape (G,)."""
    parts = []
    for points in np.array_split(grid, max(len(grid) * len(samples) // (_CHUNK * 256), 1)):
        exponents = -0.5 * ((points[:, None] - samples[None]) / bandwidth) ** 2
        most = exponents.max(1)
        parts.append(most + np.log(np.exp(exponents - most[:, None]).sum(1)))
    return np.concatenate(parts) - math.log(len(samples) * bandwidth * math.sqrt(2 * math.pi))


def overlap_of(intra: np.ndarray, inter: np.ndarray, bandwidths: tuple[float, float] | None = None) -> Overlap:
    """Compare intra-set and inter-set distances.

    A set of distances that are all equal has no bandwidth of its own and takes that of both sets together; where
    those are all equal too, the sets are the same.

    Args:
        intra: of the real set.
        inter: of the real set and another.
        bandwidths: of the two densities, Scott's by default.

    Raises:
        ValueError: there are no distances.
    """
    if not len(intra) or not len(inter):
        raise ValueError(f"distances are needed, got {len(intra)} intra-set and {len(inter)} inter-set")
    means = float(intra.mean()), float(inter.mean())
    shared = scott_bandwidth(np.concatenate([intra, inter]))
    if bandwidths is None and shared < 1e-12:
        return Overlap(1.0, 0.0, *means)
    widths = bandwidths or tuple(own if (own := scott_bandwidth(each)) > 1e-9 else shared for each in (intra, inter))
    low = min(each.min() - _MARGIN * width for each, width in zip((intra, inter), widths, strict=True))
    high = max(each.max() + _MARGIN * width for each, width in zip((intra, inter), widths, strict=True))
    count = int(min(max(_GRID, 8 * (high - low) / min(widths)), 16 * _GRID))
    grid = np.linspace(low, high, count)
    real, other = (log_density(each, width, grid) for each, width in zip((intra, inter), widths, strict=True))
    area = np.trapezoid(np.exp(np.minimum(real, other)), grid)
    divergence = np.trapezoid(np.exp(real) * (real - other), grid)
    return Overlap(float(min(area, 1.0)), float(max(divergence, 0.0)), *means)


def compare(real: Features, other: Features) -> dict[str, Overlap]:
    """Return how like another set is to a real one, by feature.

    Args:
        real: features of the real pieces, at least two.
        other: features of the others.
    """
    return {name: overlap_of(intra_distances(real[name]), inter_distances(real[name], other[name])) for name in real}
