"""What networks of sound learn from: the pictures of all clips, made once and kept beside the corpus."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musegen.sound.spectrum import BANDS, FRAMES, chroma, clip_picture
from musegen.training.sound.corpus import SPLITS, Sound, corpus_folder, load_sound


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """All clips as the network sees them.

    Args:
        drawn: decibels as float16, shape (N, FRAMES, BANDS); mapped from the file.
        clips: of dtype `corpus.CLIP`, shape (N,).
        mean: decibels of each band over the clips to train with, shape (BANDS,).
        scale: decibels, the standard deviation around it.
        sound: the corpus.
        chroma: what is told of each clip, as it is heard (`spectrum.chroma`), shape (N, 12).
    """

    drawn: np.ndarray
    clips: np.ndarray
    mean: np.ndarray
    scale: float
    sound: Sound
    chroma: np.ndarray

    def numbers(self, split: str, *, apart: bool = False) -> np.ndarray:
        """Return the numbers of the clips of a split, perhaps only of those that share no sample."""
        here = self.clips["split"] == SPLITS.index(split)
        return np.flatnonzero(here & self.clips["apart"] if apart else here)

    def batch(self, numbers: np.ndarray) -> np.ndarray:
        """Return pictures as the network is trained on them, float32, shape (B, FRAMES, BANDS)."""
        return ((self.drawn[numbers].astype(np.float32) - self.mean) / self.scale).astype(np.float32)


def load_pictures(folder: Path | None = None) -> Pictures:
    """Return the pictures of the corpus, drawn first where they are not there yet."""
    folder = folder or corpus_folder()
    sound = load_sound(folder)
    path = folder / "pictures.npy"
    if not path.exists():
        partial = folder / "pictures.part.npy"
        drawn = np.lib.format.open_memmap(partial, "w+", np.float16, (len(sound.clips), FRAMES, BANDS))
        for number in range(len(sound.clips)):
            drawn[number] = clip_picture(sound.clip(number))
        drawn.flush()
        partial.replace(path)
    told = folder / "chroma.npy"
    if not told.exists():
        np.save(told, np.array([chroma(sound.clip(number)) for number in range(len(sound.clips))]))
    drawn = np.load(path, mmap_mode="r")
    some = np.flatnonzero((sound.clips["split"] == 0) & sound.clips["apart"])[::2]
    rows = drawn[some].astype(np.float32)
    mean = rows.mean(axis=(0, 1))
    return Pictures(drawn, sound.clips, mean, float((rows - mean).std()), sound, np.load(told))
