"""A judge of twins: a random forest that tells real music from composed, and what it goes by.

Breiman, Random Forests, Machine Learning 45, 2001. It is always asked about pieces it has not learned from: the pieces
are dealt into folds, and both twins of a seed, and all seeds of a piece, are in one.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold

FOLDS = 8
TREES = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """A feature in which composed music differs from real.

    Args:
        words: what it is.
        real: mean over the real music.
        composed: mean over the composed.
        size: their difference in standard deviations (of both together).
    """

    words: str
    real: float
    composed: float
    size: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found.

    Args:
        num_pairs: seeds, each with its real and its composed going on.
        num_pieces: pieces that the seeds are from.
        accuracy: share of the stretches told right, real or composed; 0.5 where they cannot be told.
        accuracy_std: of that over the random numbers of the forest.
        pairs: share of the seeds whose real going on is thought likelier to be real than the composed.
        differences: features by how much they differ, most first.
    """

    num_pairs: int
    num_pieces: int
    accuracy: float
    accuracy_std: float
    pairs: float
    differences: tuple[Difference, ...]

    def sentences(self, most: int = 12) -> list[str]:
        """Return the verdict in plain words, the features that differ most after it."""
        told = (
            f"{self.num_pairs} seeds of {self.num_pieces} pieces: told right {self.accuracy:.2f} (0.5: cannot be told; "
            f"{self.accuracy_std:.2f} from forest to forest), right in pairs {self.pairs:.2f}."
        )
        return [told, "What differs most, composed beside real:"] + [
            f"{'more' if d.size > 0 else 'less'}: {d.words}, {d.composed:.2f} beside {d.real:.2f} ({d.size:+.2f})"
            for d in self.differences[:most]
        ]

    def as_data(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return asdict(self) | {"differences": [asdict(d) for d in self.differences]}


def judge(
    real: np.ndarray, composed: np.ndarray, groups: Sequence[str], words: Sequence[str], num_seeds: int = 3
) -> Verdict:
    """Return how well real and composed music can be told apart.

    Args:
        real: features of the real stretches, (N, F); NaN where one is not defined.
        composed: of the composed stretches from the same seeds, (N, F).
        groups: the piece of each seed, (N,).
        words: of each feature, (F,).
        num_seeds: forests that the shares are means of.

    Raises:
        ValueError: the seeds are from fewer than two pieces.
    """
    if len(set(groups)) < 2:
        raise ValueError("seeds from two pieces or more are needed")
    table = np.concatenate([real, composed])
    known = np.ma.masked_invalid(table)
    table = known.filled(np.ma.median(known, axis=0).filled(0.0)[None].repeat(len(table), 0))
    is_real = np.repeat([True, False], len(real))
    both = np.concatenate([np.asarray(groups)] * 2)
    accuracies, pairs = [], []
    for seed in range(num_seeds):
        likely = _likely(table, is_real, both, seed)
        accuracies.append(float(((likely > 0.5) == is_real).mean()))
        first, second = likely[: len(real)], likely[len(real) :]
        pairs.append(float((first > second).mean() + (first == second).mean() / 2))
    spread = np.maximum(table.std(0), 1e-9)
    means = table[is_real].mean(0), table[~is_real].mean(0)
    sizes = (means[1] - means[0]) / spread
    order = np.argsort(-np.abs(sizes), kind="stable")
    differences = tuple(Difference(words[i], float(means[0][i]), float(means[1][i]), float(sizes[i])) for i in order)
    return Verdict(
        len(real),
        len(set(groups)),
        float(np.mean(accuracies)),
        float(np.std(accuracies)),
        float(np.mean(pairs)),
        differences,
    )


def _likely(table: np.ndarray, is_real: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Return how likely each stretch is real, (2 N,), by forests that have not learned from its piece."""
    likely = np.zeros(len(table))
    folds = GroupKFold(min(FOLDS, len(set(groups.tolist()))), shuffle=True, random_state=seed)
    for learned, asked in folds.split(table, is_real, groups):
        forest = RandomForestClassifier(TREES, min_samples_leaf=2, max_features="sqrt", random_state=seed)
        forest.fit(table[learned], is_real[learned])
        likely[asked] = forest.predict_proba(table[asked])[:, 1]
    return likely
