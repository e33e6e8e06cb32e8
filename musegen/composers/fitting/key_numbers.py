"""Keys as numbers that networks are told: 0 for none, then major and minor on each tonic. NUM_KEYS, key_index."""

from musegen.music import KeySignature
from musegen.music.theory import minor_or_major

NUM_KEYS = 25


def key_index(key: KeySignature) -> int:
    """Return the index of a key; modes other than major count as minor where their third is minor."""
    return 1 + 2 * key.tonic + int(minor_or_major(key.mode) == "minor")


def key_of_index(index: int) -> KeySignature | None:
    """Return the key signature of an index, None for 0."""
    return None if index == 0 else KeySignature(0.0, (index - 1) // 2, "minor" if (index - 1) % 2 else "major")
