"""The index of a style's training music as a file of arrays beside its card: save_index, load_index."""

import json
import zipfile
from pathlib import Path

import numpy as np

from musegen.errors import StyleError
from musegen.evaluation.originality import OriginalityIndex

FILE = "originality.npz"
_MOST_BARS = 255
"""That a line can rest between two notes; after longer ones bars are told too low by what is beyond."""


def save_index(index: OriginalityIndex, folder: Path) -> Path:
    """Write the index of a style into its folder; return the file's path."""
    starts = np.cumsum(index.line_notes) - index.line_notes
    steps = np.diff(index.bar, prepend=0)
    first = index.bar[starts] if len(starts) else np.zeros(0, np.int32)
    steps[starts] = 0
    path = folder / FILE
    np.savez_compressed(
        path,
        names=np.frombuffer(json.dumps(index.names, ensure_ascii=False).encode(), np.uint8),
        hashes=index.hashes,
        steps=np.minimum(steps, _MOST_BARS).astype(np.uint8),
        first=first.astype(np.int32),
        line_notes=index.line_notes,
        line_piece=index.line_piece,
        rhythm=np.array(index.rhythm),
    )
    return path


def load_index(folder: Path) -> OriginalityIndex | None:
    """Return the index in a style's folder, or None where there is none.

    Raises:
        StyleError: the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            line_notes, steps = stored["line_notes"], stored["steps"].astype(np.int64)
            starts = np.cumsum(line_notes) - line_notes
            if int(line_notes.sum()) != len(steps) or len(steps) != len(stored["hashes"]):
                raise ValueError("lengths differ")
            total = np.cumsum(steps)
            base = stored["first"] - (total[starts] if len(starts) else 0)
            names = tuple(json.loads(stored["names"].tobytes()))
            if len(stored["line_piece"]) and not 0 <= stored["line_piece"].max() < len(names):
                raise ValueError("a piece has no name")
            return OriginalityIndex(
                names,
                stored["hashes"].astype(np.uint16),
                (total + np.repeat(base, line_notes)).astype(np.int32),
                line_notes,
                stored["line_piece"],
                bool(stored["rhythm"]),
            )
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise StyleError(
            'The index "{file}" of the style "{name}" is damaged; restore it.', file=FILE, name=folder.name
        ) from error
