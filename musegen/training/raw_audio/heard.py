"""The corpus as the network sees it: levels, and what linear predictions say of every sample: Heard, load_heard."""

import logging
from dataclasses import dataclass

import numpy as np

from musegen.sound import mu_law
from musegen.sound.linear_prediction import FRAME, running_predictions
from musegen.sound.raw_config import PREDICTORS
from musegen.training.raw_audio.corpus import corpus_path, load_levels

_TOGETHER = 12
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The sounds of a split one after the other, each cut to whole frames.

    Args:
        levels: uint8, shape (T,).
        predicted: of each sample, float32, shape (T, E).
        scales: of the errors, known before each frame, float32, shape (T / FRAME, E).
        starts: of the sounds, samples.
    """

    levels: np.ndarray
    predicted: np.ndarray
    scales: np.ndarray
    starts: np.ndarray


def load_heard(split: str) -> Heard:
    """Return a split, worked out first where it was not yet (some minutes for that to train with)."""
    path = corpus_path().with_name(f"{corpus_path().stem}-{split}-heard.npz")
    if not path.exists():
        heard = hear(load_levels(split))
        np.savez(path, levels=heard.levels, predicted=heard.predicted, scales=heard.scales, starts=heard.starts)
    with np.load(path, allow_pickle=False) as stored:
        return Heard(stored["levels"], stored["predicted"], stored["scales"], stored["starts"])


def hear(sounds: list[np.ndarray]) -> Heard:
    """Return sounds with what is predicted of them.

    Args:
        sounds: levels, each of shape (T,).
    """
    sounds = [levels[: len(levels) // FRAME * FRAME] for levels in sounds]
    predicted, scales = [], []
    for first in range(0, len(sounds), _TOGETHER):
        group = sounds[first : first + _TOGETHER]
        longest = max(map(len, group))
        samples = mu_law.decode(np.stack([np.pad(s, (0, longest - len(s)), constant_values=mu_law.SILENCE)
                                          for s in group])).astype(np.float64)  # fmt: skip
        made = [running_predictions(samples, how) for how in PREDICTORS]
        for row, levels in enumerate(group):
            predicted.append(np.stack([p[row, : len(levels)] for p, _ in made], axis=1))
            scales.append(np.stack([s[row, : len(levels) // FRAME] for _, s in made], axis=1))
        _log.info("predictions for %d of %d sounds", first + len(group), len(sounds))
    lengths = [len(levels) for levels in sounds]
    return Heard(np.concatenate(sounds), np.concatenate(predicted), np.concatenate(scales),
                 np.cumsum([0, *lengths[:-1]]))  # fmt: skip
