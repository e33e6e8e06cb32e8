"""From logits to one event: temperature, top-k, top-p, masks and the key lock."""

from dataclasses import dataclass

import numpy as np

from musegen.errors import ConstraintError


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How events are drawn.

    Args:
        temperature: logits are divided by it; > 0.
        top_k: keep the k likeliest events, 0 for all.
        top_p: keep the likeliest events until their probability reaches p (nucleus sampling, Holtzman et al.,
            arXiv:1904.09751); 1.0 for all.
        key_strength: chance that an event outside the scale is drawn again within it, 0 to 1.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    key_strength: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.temperature <= 10:
            raise ValueError(f"temperature must be above 0 and at most 10, got {self.temperature!r}")
        if self.top_k < 0:
            raise ValueError(f"top_k must be 0 (all) or more, got {self.top_k!r}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, got {self.top_p!r}")
        if not 0 <= self.key_strength <= 1:
            raise ValueError(f"key_strength must be 0 to 1, got {self.key_strength!r}")


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log probabilities over the last axis."""
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def probabilities(logits: np.ndarray, allowed: np.ndarray, settings: SamplingSettings) -> np.ndarray:
    """Return the distribution events are drawn from, shape (V,).

    Args:
        logits: shape (V,).
        allowed: boolean (V,); everything else gets probability 0 before top-k and top-p choose.
        settings: temperature, top_k and top_p.

    Raises:
        ConstraintError: nothing is allowed.
    """
    if not allowed.any():
        raise ConstraintError("No note satisfies everything that was asked for at this place; loosen the range or key.")
    scaled = np.where(allowed, logits.astype(np.float64) / settings.temperature, -np.inf)
    weights = np.exp(scaled - scaled.max())
    if settings.top_k and settings.top_k < np.count_nonzero(weights):
        order = np.argsort(-weights, kind="stable")
        weights[order[settings.top_k :]] = 0.0
    weights /= weights.sum()
    if settings.top_p < 1:
        order = np.argsort(-weights, kind="stable")
        before = np.cumsum(weights[order]) - weights[order]
        weights[order[before >= settings.top_p]] = 0.0
        weights /= weights.sum()
    return weights


def pick(weights: np.ndarray, random: np.random.Generator) -> int:
    """Return an event drawn from a distribution of shape (V,), by inversion."""
    total = np.cumsum(weights)
    event = int(np.searchsorted(total, random.random() * total[-1], side="right"))
    return min(event, int(np.flatnonzero(weights)[-1]))


def draw(
    logits: np.ndarray,
    allowed: np.ndarray,
    in_scale: np.ndarray | None,
    settings: SamplingSettings,
    random: np.random.Generator,
) -> tuple[int, bool]:
    """Return (event, changed): an event, and whether the key lock put it in the place of another.

    The network's own draw is kept where it lies in the scale; where it does not, it is drawn again within the scale
    with probability `key_strength`. At strength 1 that is sampling from the distribution restricted to the scale.

    Args:
        logits: shape (V,).
        allowed: boolean (V,), the grammar and every other constraint.
        in_scale: boolean (V,), True for events of the scale or without pitch; None without a key.
        settings: how to draw.
        random: the take's own generator.
    """
    event = pick(probabilities(logits, allowed, settings), random)
    if in_scale is None or in_scale[event] or not settings.key_strength:
        return event, False
    inside = allowed & in_scale
    if random.random() >= settings.key_strength or not inside.any():
        return event, False
    return pick(probabilities(logits, inside, settings), random), True
