"""Corpora of scores whose files are listed in this package, read once and then kept.

Class: Entry. Functions: listing, nifc_dataset, split_of, read_listed, check_split, score_of.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import numpy as np

from musegen import paths
from musegen.corpora.base import Dataset, RemoteFile, register
from musegen.corpora.score_piece import PartName, ScorePiece
from musegen.corpora.stored_scores import keep_scores, kept_scores
from musegen.music import Piece, Tempo, note_array

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a corpus.

    Args:
        path: in the repository that publishes it.
        work: what all files of one work share, and no file of another.
        composer: family name.
        title: of the piece.
        sha256: of the file.
        num_bytes: of the file.
    """

    path: str
    work: str
    composer: str
    title: str
    sha256: str
    num_bytes: int


@lru_cache(maxsize=8)
def listing(name: str) -> tuple[Entry, ...]:
    """Return the files of a corpus, as `<name>_files.json` lists them."""
    text = Path(__file__).with_name(f"{name.replace('-', '_')}_files.json").read_text(encoding="utf-8")
    return tuple(Entry(*entry) for entry in json.loads(text))


def nifc_dataset(name: str, title: str, repository: str, notes: str) -> Dataset:
    """Register a corpus of **kern scores that the Fryderyk Chopin Institute publishes, its files as they are listed.

    Args:
        name: of the corpus.
        title: as a musician calls it.
        repository: owner, name and revision: "pl-wnifc/name@revision".
        notes: what is in it.
    """
    homepage, revision = f"https://github.com/{repository.split('@')[0]}", repository.split("@")[1]
    raw = homepage.replace("https://github.com", "https://raw.githubusercontent.com")
    return register(
        Dataset(
            name=name,
            title=title,
            homepage=homepage,
            files=tuple(
                RemoteFile(f"{raw}/{revision}/{quote(e.path)}", e.sha256, e.path, e.num_bytes) for e in listing(name)
            ),
            licence="CC BY 4.0: free for any use, also commercial, with the source named.",
            citation="The Fryderyk Chopin Institute (NIFC), Warsaw; encodings in Humdrum **kern.",
            notes=notes,
        )
    )


def split_of(corpus: str, work: str) -> str:
    """Return the split of a work, by its name alone, so that more works change nothing; a tenth each is held out."""
    number = int(hashlib.sha256(f"{corpus}/{work}".encode()).hexdigest(), 16) % 10
    return {0: "valid", 1: "test"}.get(number, "train")


def read_listed(
    cache: str,
    entries: Sequence[Entry],
    pieces: Callable[[], Iterator[Piece]],
    parts: Sequence[PartName],
    wanted: Callable[[Entry], bool],
) -> list[tuple[Entry, Piece]]:
    """Return the scores that are wanted, from what is kept, else read and kept.

    Args:
        cache: name of what is kept, with its version.
        entries: of the corpus.
        pieces: reads all of them, in order.
        parts: of every score, from the top.
        wanted: which of them are returned.
    """
    path = paths.home_dir() / "cache" / f"{cache}.npz"
    if not path.is_file():
        keep_scores(path, _facts(pieces()))
    places = {index: entry for index, entry in enumerate(entries) if wanted(entry)}
    found = []
    for entry, (piece, (qpm,)) in zip(places.values(), kept_scores(path, places, parts), strict=True):
        tempos = (Tempo(0.0, qpm),) if qpm else ()
        found.append((entry, replace(piece, tempos=tempos, title=entry.title, composer=entry.composer)))
    return found


def _facts(pieces: Iterator[Piece]) -> Iterator[tuple[np.ndarray, Piece, tuple[float, ...]]]:
    for piece in pieces:
        yield note_array(piece), piece, (piece.tempos[0].qpm if piece.tempos else 0.0,)


def check_split(split: str | None) -> None:
    """Refuse what is no split; None stands for all.

    Raises:
        ValueError: it is none.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")


def score_of(entry: Entry, piece: Piece, *, own: bool) -> ScorePiece:
    """Return a score as training takes it."""
    return ScorePiece(piece, entry.composer, entry.title, f"{entry.composer}/{entry.work}", own)
