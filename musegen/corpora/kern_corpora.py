"""Two corpora of **kern scores that may be sold, read as piano scores: Chopin's first editions, and salon music.

read_first_editions, read_polish_piano. Both were encoded for the Fryderyk Chopin Institute, Warsaw. Of each of Chopin's
works one edition is read. Split by work: what the scores of ASAP hold out is held out here too (found by the runs of
eight notes that top voices share), of the other works a tenth each by name. No work of the second corpus shares
5 % of its runs with one of the first, but for a rondo that quotes one.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import numpy as np

from musegen import paths
from musegen.corpora.archives import read_files
from musegen.corpora.base import Dataset, RemoteFile, register
from musegen.corpora.kern import read_kern
from musegen.corpora.kern_scores import piano_piece
from musegen.corpora.score_piece import ScorePiece
from musegen.corpora.stored_scores import keep_scores, kept_scores
from musegen.music import Piece, Tempo, note_array

CACHE_VERSION = 1
SPLITS = ("train", "valid", "test")
COMPOSER = "Chopin"
HELD_OUT = {
    "025-1b-LE-002.krn": "valid",
    "025-1b-LE-011.krn": "valid",
    "010-1b-Sm-004.krn": "test",
    "025-1b-LE-001.krn": "test",
    "058-1-BH-003.krn": "test",
}
"""Works that the scores of ASAP validate or test with."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    work: str
    composer: str
    title: str
    sha256: str
    num_bytes: int


@lru_cache(maxsize=2)
def _listing(name: str) -> tuple[_Entry, ...]:
    text = Path(__file__).with_name(f"{name.replace('-', '_')}_files.json").read_text(encoding="utf-8")
    return tuple(_Entry(*entry) for entry in json.loads(text))


def _dataset(name: str, title: str, repository: str, notes: str) -> Dataset:
    homepage, revision = f"https://github.com/{repository.split('@')[0]}", repository.split("@")[1]
    raw = homepage.replace("https://github.com", "https://raw.githubusercontent.com")
    return register(
        Dataset(
            name=name,
            title=title,
            homepage=homepage,
            files=tuple(
                RemoteFile(f"{raw}/{revision}/{quote(e.path)}", e.sha256, e.path, e.num_bytes) for e in _listing(name)
            ),
            licence="CC BY 4.0: free for any use, also commercial, with the source named.",
            citation="The Fryderyk Chopin Institute (NIFC), Warsaw; encodings in Humdrum **kern.",
            notes=notes,
        )
    )


CHOPIN_EDITIONS = _dataset(
    "chopin-first-editions",
    "Chopin's first editions",
    "pl-wnifc/humdrum-chopin-first-editions@95dfb105c166",
    "Works for piano alone on two staves, one edition each, with printed dynamics; misprints are kept.",
)
POLISH_PIANO = _dataset(
    "polish-scores",
    "Polish music heritage, piano",
    "pl-wnifc/humdrum-polish-scores@c0403623c0da",
    "Piano pieces on two staves, mostly dances and salon music of the 18th to early 20th century.",
)


def read_first_editions(split: str | None = None) -> list[ScorePiece]:
    """Return Chopin's works for piano of a split, or all; the first call reads for some seconds.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return _read(CHOPIN_EDITIONS, "chopin-first-editions/chopin-kern.zip", split)


def read_polish_piano(split: str | None = None) -> list[ScorePiece]:
    """Return the piano pieces of Polish libraries of a split, or all; the first call reads for half a minute.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return _read(POLISH_PIANO, "polish-scores/piano-kern.zip", split)


def split_of(corpus: str, work: str) -> str:
    """Return the split of a work."""
    if work in HELD_OUT:
        return HELD_OUT[work]
    number = int(hashlib.sha256(f"{corpus}/{work}".encode()).hexdigest(), 16) % 10
    return {0: "valid", 1: "test"}.get(number, "train")


def _read(dataset: Dataset, archive: str, split: str | None) -> list[ScorePiece]:
    if split is not None and split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    cache = paths.home_dir() / "cache" / f"{dataset.name}-v{CACHE_VERSION}.npz"
    if not cache.is_file():
        keep_scores(cache, _scores(dataset, archive))
    wanted = {i: e for i, e in enumerate(_listing(dataset.name)) if split in (None, split_of(dataset.name, e.work))}
    found = []
    for entry, (piece, (qpm,)) in zip(wanted.values(), kept_scores(cache, wanted), strict=True):
        tempos = (Tempo(0.0, qpm),) if qpm else ()
        piece = replace(piece, tempos=tempos, title=entry.title, composer=entry.composer)
        own = entry.composer == COMPOSER
        found.append(ScorePiece(piece, entry.composer, entry.title, f"{entry.composer}/{entry.work}", own))
    return found


def _scores(dataset: Dataset, archive: str) -> Iterator[tuple[np.ndarray, Piece, tuple[float, ...]]]:
    for entry, data in zip(_listing(dataset.name), read_files(dataset, archive, flat=True), strict=True):
        piece = piano_piece(read_kern(data.decode("utf-8", "replace")), entry.title, entry.composer)
        yield note_array(piece), piece, (piece.tempos[0].qpm if piece.tempos else 0.0,)
