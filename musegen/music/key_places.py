"""How the keys of a keyboard lie to each other, as a network of a lattice and its player are told: key_tables."""

import numpy as np

AROUND, BELOW, BAR_AROUND = 12, 24, 2
"""Keys to each side that are seen of the frame before, below in the same frame, and to each side one bar before."""
BARS_BACK = (1, 2, 4)
NUM_CLASSES = 12


def key_tables(num_keys: int, lowest_class: int) -> dict[str, np.ndarray]:
    """Return what is fixed of the keys, K of them from a pitch class up.

    `class_of` (K, 12): the pitch class of each; `rotated` (K, 12): which class lies 0 to 11 semitones above each;
    `degree` (25, K): 0 where no tonic is told, else 1 + 12 minor + semitones above the tonic; `place` (K, 2): where the
    key lies; `relative` (K, K * 12): key j, for key k and c semitones: 1 where j lies below k, and c above its class.
    """
    pitch_class = (np.arange(num_keys) + lowest_class) % NUM_CLASSES
    tonic = np.arange(24) // 2
    degree = np.zeros((25, num_keys), np.int32)
    degree[1:] = 1 + NUM_CLASSES * (np.arange(24)[:, None] % 2) + (pitch_class - tonic[:, None]) % NUM_CLASSES
    lower = np.triu(np.ones((num_keys, num_keys)), 1)
    apart = (pitch_class[:, None] - pitch_class[None, :]) % NUM_CLASSES
    at = np.linspace(-1, 1, num_keys)
    return {
        "class_of": np.eye(NUM_CLASSES, dtype=np.float32)[pitch_class],
        "rotated": ((pitch_class[:, None] + np.arange(NUM_CLASSES)) % NUM_CLASSES).astype(np.int32),
        "degree": degree,
        "place": np.stack([at, at**2], -1).astype(np.float32),
        "relative": (np.eye(NUM_CLASSES)[apart] * lower[..., None]).reshape(num_keys, -1).astype(np.float32),
    }
