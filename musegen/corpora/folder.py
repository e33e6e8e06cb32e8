"""A musician's own files as a corpus: every file of a folder that can be read, split by its name and content.

read_folder, OwnPiece, files_of. What cannot be read is left out and named, never fatal.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from musegen.errors import DatasetError, MusegenError
from musegen.files import READABLE_EXTENSIONS, read, single_pieces
from musegen.files.limits import read_bytes
from musegen.music import Piece

logger = logging.getLogger(__name__)

LEAST_PIECES = 2
"""One to learn from, one held out."""
_VALID_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class OwnPiece:
    """A piece of a musician's own.

    Args:
        piece: the music.
        title: its file name.
        group: pieces of one group are never split; here the notes themselves, so that copies stay on one side.
        own: True: it is the music that the style is named after.
    """

    piece: Piece
    title: str
    group: str
    own: bool = True


def files_of(folder: Path) -> list[Path]:
    """Return the files of a folder and its folders that may hold music, sorted.

    Raises:
        DatasetError: there is no such folder.
    """
    if not folder.is_dir():
        raise DatasetError(f'There is no folder "{folder.name}"; give one that holds MIDI, MusicXML or ABC files.')
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in READABLE_EXTENSIONS and path.is_file())


def read_folder(folder: Path, split: str) -> list[OwnPiece]:
    """Return the pieces of a split: about a seventh are held out to validate, none to test where there are few.

    Args:
        folder: of MIDI, MusicXML and ABC files.
        split: "train", "valid" or "test".

    Raises:
        DatasetError: there is no such folder, or fewer than `LEAST_PIECES` different pieces in it can be read.
    """
    return [piece for piece, side in _read_all(folder) if side == split]


@lru_cache(maxsize=4)
def _read_all(folder: Path) -> tuple[tuple[OwnPiece, str], ...]:
    pieces = []
    for name, content in _contents(folder):
        try:
            piece = read(name, content)
        except MusegenError as error:
            logger.warning("%s was left out: %s", name, error)
            continue
        if piece.num_notes:
            pieces.append(OwnPiece(piece, name, _digest(piece)))
    groups = sorted({piece.group for piece in pieces})
    if len(groups) < LEAST_PIECES:
        raise DatasetError(
            f'In the folder "{folder.name}" {len(groups)} different piece{"s" * (len(groups) != 1)} can be read; give '
            f"{LEAST_PIECES} or more."
        )
    held_out = set(groups[: max(round(_VALID_SHARE * len(groups)), 1)])
    return tuple((piece, "valid" if piece.group in held_out else "train") for piece in pieces)


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each piece, those of a book of ABC tunes one by one."""
    for path in files_of(folder):
        try:
            content = read_bytes(path)
        except MusegenError as error:
            logger.warning("%s was left out: %s", path.name, error)
            continue
        yield from single_pieces(path.name, content)


def _digest(piece: Piece) -> str:
    """Return a digest of the notes, the same in every key."""
    pitches = [(n.onset_quarter, n.pitch, n.duration_quarter) for track in piece.tracks for n in track.notes]
    lowest = min(pitch for _, pitch, _ in pitches)
    return hashlib.sha256(repr([(a, p - lowest, d) for a, p, d in sorted(pitches)]).encode()).hexdigest()
