"""Examples to batches of equal shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.composers.contract import ExampleSource
from musegen.engine.codec import Example


@dataclass(frozen=True, slots=True)
class Batch:
    """B examples padded to T frames; weight is 0 on the padding.

    Args:
        trunk: int32 (B, T, F).
        head: int32 (B, T, K, G).
        target: int32 (B, T, K).
        weight: float32 (B, T, K).
    """

    trunk: np.ndarray
    head: np.ndarray
    target: np.ndarray
    weight: np.ndarray


def pad(examples: Sequence[Example], num_frames: int) -> Batch:
    """Return the examples as one batch of `num_frames` frames."""
    size, first = len(examples), examples[0]
    trunk = np.zeros((size, num_frames, first.trunk.shape[-1]), np.int32)
    head = np.zeros((size, num_frames, *first.head.shape[1:]), np.int32)
    target = np.zeros((size, num_frames, first.target.shape[-1]), np.int32)
    weight = np.zeros((size, num_frames, first.target.shape[-1]), np.float32)
    for row, example in enumerate(examples):
        length = len(example.target)
        trunk[row, :length], head[row, :length] = example.trunk, example.head
        target[row, :length], weight[row, :length] = example.target, example.weight
    return Batch(trunk, head, target, weight)


def training_batch(source: ExampleSource, seed: tuple[int, ...], batch_size: int, num_frames: int) -> Batch:
    """Return the batch of a seed; the same for the same seed, so that a resumed run goes on as it would have."""
    random = np.random.default_rng(seed)
    return pad([source.draw(random, num_frames) for _ in range(batch_size)], num_frames)


def padded_batches(examples: Sequence[Example], batch_size: int, multiple: int = 128) -> list[Batch]:
    """Return whole pieces in batches by length, frames padded to a multiple and rows to `batch_size`."""
    order = sorted(examples, key=lambda e: len(e.target))
    batches = []
    for start in range(0, len(order), batch_size):
        group = order[start : start + batch_size]
        frames = -(-max(len(e.target) for e in group) // multiple) * multiple
        batch = pad(group, frames)
        if len(group) < batch_size:
            fill = [(0, batch_size - len(group))]
            batch = Batch(
                *(
                    np.pad(a, fill + [(0, 0)] * (a.ndim - 1))
                    for a in (batch.trunk, batch.head, batch.target, batch.weight)
                )
            )
        batches.append(batch)
    return batches
