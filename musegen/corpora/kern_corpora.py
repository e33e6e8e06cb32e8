"""Two corpora of **kern scores that may be sold, read as piano scores: Chopin's first editions, and salon music.

read_first_editions, read_polish_piano. Both were encoded for the Fryderyk Chopin Institute, Warsaw. Of each of Chopin's
works one edition is read. Split by work: what the scores of ASAP hold out is held out here too (found by the runs of
eight notes that top voices share), of the other works a tenth each by name. No work of the second corpus shares
5 % of its runs with one of the first, but for a rondo that quotes one.
"""

from collections.abc import Iterator

from musegen.corpora.archives import read_files
from musegen.corpora.base import Dataset
from musegen.corpora.kern import read_kern
from musegen.corpora.kern_scores import piano_piece
from musegen.corpora.listed_scores import check_split, listing, nifc_dataset, read_listed, score_of
from musegen.corpora.listed_scores import split_of as listed_split
from musegen.corpora.score_piece import PIANO, ScorePiece
from musegen.music import Piece

CACHE_VERSION = 1
COMPOSER = "Chopin"
HELD_OUT = {
    "025-1b-LE-002.krn": "valid",
    "025-1b-LE-011.krn": "valid",
    "010-1b-Sm-004.krn": "test",
    "025-1b-LE-001.krn": "test",
    "058-1-BH-003.krn": "test",
}
"""Works that the scores of ASAP validate or test with."""


CHOPIN_EDITIONS = nifc_dataset(
    "chopin-first-editions",
    "Chopin's first editions",
    "pl-wnifc/humdrum-chopin-first-editions@95dfb105c166",
    "Works for piano alone on two staves, one edition each, with printed dynamics; misprints are kept.",
)
POLISH_PIANO = nifc_dataset(
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
    return HELD_OUT.get(work) or listed_split(corpus, work)


def _read(dataset: Dataset, archive: str, split: str | None) -> list[ScorePiece]:
    check_split(split)
    found = read_listed(
        f"{dataset.name}-v{CACHE_VERSION}",
        listing(dataset.name),
        lambda: _pieces(dataset, archive),
        PIANO,
        lambda entry: split in (None, split_of(dataset.name, entry.work)),
    )
    return [score_of(entry, piece, own=entry.composer == COMPOSER) for entry, piece in found]


def _pieces(dataset: Dataset, archive: str) -> Iterator[Piece]:
    for entry, data in zip(listing(dataset.name), read_files(dataset, archive, flat=True), strict=True):
        yield piano_piece(read_kern(data.decode("utf-8", "replace")), entry.title, entry.composer)
