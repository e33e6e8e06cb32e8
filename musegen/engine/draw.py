"""From logits to events: temperature, top-k, top-p, masks and the key lock, for a batch of takes at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from musegen.engine.codec import Cursor
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
        temperature_at: returns the temperature of a place, given the cursor there; None for the same throughout.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    key_strength: float = 0.0
    temperature_at: Callable[[Cursor], float] | None = None

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
    """Return the distributions events are drawn from, shape (B, V).

    Args:
        logits: shape (B, V).
        allowed: boolean (B, V); everything else gets probability 0 before top-k and top-p choose.
        settings: temperature, top_k and top_p.

    Raises:
        ConstraintError: nothing is allowed in some row.
    """
    scaled = np.where(allowed, logits.astype(np.float64) / settings.temperature, -np.inf)
    highest = scaled.max(-1, keepdims=True)
    if np.isneginf(highest).any():
        raise ConstraintError("No note satisfies everything that was asked for at this place; loosen the range or key.")
    weights = np.exp(scaled - highest)
    if settings.top_k or settings.top_p < 1:
        order = np.argsort(-weights, axis=-1, kind="stable")
        rows = np.arange(len(weights))[:, None]
        ranked = weights[rows, order]
        if settings.top_k:
            ranked[:, settings.top_k :] = 0.0
        if settings.top_p < 1:
            total = np.cumsum(ranked, -1)
            ranked[total - ranked >= settings.top_p * total[:, -1:]] = 0.0
        weights[rows, order] = ranked
    return weights / weights.sum(-1, keepdims=True)


def kinds_as_learned(logits: np.ndarray, allowed: np.ndarray, kinds: np.ndarray, temperature: float) -> np.ndarray:
    """Return logits that, divided by the temperature, give each kind of event the probability that it has at 1.

    Args:
        logits: shape (B, V).
        allowed: boolean (B, V); only what is allowed has a share in its kind.
        kinds: of each event, ints from 0, shape (V,).
        temperature: above 0.
    """
    known = np.where(allowed, logits.astype(np.float64), -np.inf)
    result = np.full(known.shape, -np.inf)
    for kind in range(int(kinds.max()) + 1):
        own = kinds == kind
        there = allowed[:, own].any(-1)
        each = known[np.ix_(there, own)]
        together, calm = (np.logaddexp.reduce(x, -1, keepdims=True) for x in (each, each / temperature))
        result[np.ix_(there, own)] = each + temperature * (together - calm)
    return result


def pick(weights: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """Return one event a row, drawn by inversion, shape (B,).

    Args:
        weights: distributions (B, V).
        uniforms: numbers in [0, 1), shape (B,).
    """
    total = np.cumsum(weights, -1)
    return np.argmax(total > uniforms[:, None] * total[:, -1:], -1)


def draw(
    logits: np.ndarray,
    allowed: np.ndarray,
    in_scale: np.ndarray | None,
    settings: SamplingSettings,
    uniforms: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (events, changed), shape (B,) each: what was drawn, and whether the key lock drew it in place of another.

    The network's own draw is kept where it lies in the scale; where it does not, it is drawn again within the scale
    with probability `key_strength`. At strength 1 that is sampling from the distribution restricted to the scale.

    Args:
        logits: shape (B, V).
        allowed: boolean (B, V), the grammar and every other constraint.
        in_scale: boolean (V,), True for events of the scale or without pitch; None without a key.
        settings: how to draw.
        uniforms: numbers in [0, 1), shape (B, 3): for the draw, for the lock, for the second draw.
    """
    events = pick(probabilities(logits, allowed, settings), uniforms[:, 0])
    changed = np.zeros(len(events), bool)
    if in_scale is None or not settings.key_strength:
        return events, changed
    inside = allowed & in_scale
    changed = ~in_scale[events] & (uniforms[:, 1] < settings.key_strength) & inside.any(-1)
    if changed.any():
        again = probabilities(logits[changed], inside[changed], settings)
        events[changed] = pick(again, uniforms[changed, 2])
    return events, changed
