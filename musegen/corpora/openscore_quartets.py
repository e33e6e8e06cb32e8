"""OpenScore String Quartets: engraved quartets of the long 19th century (Gotham et al. 2023), read from MusicXML."""

import json
import logging
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from musegen import paths
from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.quartet_movements import (
    SPLITS,
    Movement,
    load_movements,
    movements_of,
    save_movements,
    split_of,
    to_piece,
)
from musegen.corpora.score_piece import ScorePiece
from musegen.files.partwise import read_partwise

CACHE_VERSION = 1
CLASSICAL_BORN_BEFORE = 1815
"""Composers born earlier, Haydn to Schumann, are what the style is named after; the later ones are learned from too."""

_REVISION = "2c723a5b7b4e"
_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _listing() -> list[tuple[str, int, str, str, str, int]]:
    """Return (composer, born, work, path in the repository, sha256, bytes) of every file."""
    text = Path(__file__).with_name("openscore_quartets_files.json").read_text(encoding="utf-8")
    return [tuple(entry) for entry in json.loads(text)]


OPENSCORE_QUARTETS = register(
    Dataset(
        name="openscore-quartets",
        title="OpenScore String Quartets",
        homepage="https://github.com/OpenScore/StringQuartets",
        files=tuple(
            RemoteFile(
                f"https://raw.githubusercontent.com/OpenScore/StringQuartets/{_REVISION}/{quote(path)}",
                sha256,
                path.rsplit("/", 1)[-1],
                size,
            )
            for _, _, _, path, sha256, size in _listing()
        ),
        licence="Creative Commons Zero (CC0): free for any use.",
        citation="M. Gotham, M. Redbond, B. Bower, P. Jonas, The OpenScore String Quartet corpus, DLfM 2023.",
        notes=f"{len(_listing())} engraved scores, Saint-Georges and Haydn to Bartók and Schulhoff; most hold a whole "
        "quartet, two works are a file a movement.",
    )
)


def read_quartets(split: str | None = None) -> list[ScorePiece]:
    """Return the movements of a split, or all, in the order of the listing.

    Repeats are not written out; a trio is a movement of its own. The three notes of a fifth staff (Janáček) are the
    cello's. The first call reads 580 MB of text, which takes minutes.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    cache = paths.home_dir() / "cache" / f"openscore-quartets-v{CACHE_VERSION}.npz"
    files = cached(cache, lambda: _all_movements(fetch(OPENSCORE_QUARTETS)))
    pieces = []
    for (composer, born, work, _, _, _), movements in zip(_listing(), files, strict=True):
        works = (work, work_group(composer, work), born < CLASSICAL_BORN_BEFORE)
        pieces += pieces_of(movements, composer, works, split)
    return pieces


def work_group(composer: str, work: str) -> str:
    """Return the name that all files of a work share."""
    return f"{composer}/{work}"


def pieces_of(
    movements: Iterable[Movement], composer: str, work: tuple[str, str, bool], split: str | None
) -> list[ScorePiece]:
    """Return the movements of a work, or none where it is not in the split.

    Args:
        movements: in order.
        composer: family name.
        work: title, group, and whether it is the style's own music.
        split: one of `SPLITS`, or None for all.

    Raises:
        ValueError: there is no such split.
    """
    title, group, own = work
    if split is not None and split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    if split not in (None, split_of(group)):
        return []
    return [
        ScorePiece(to_piece(movement, composer), composer, f"{title}: {movement.title or number}", group, own)
        for number, movement in enumerate(movements, 1)
    ]


def cached(cache: Path, read: Callable[[], list[list[Movement]]]) -> list[list[Movement]]:
    """Return the movements of each file, from the cache where it is there, else read and kept."""
    if not cache.is_file():
        save_movements(cache, read())
    return load_movements(cache)


def _all_movements(folder: Path) -> list[list[Movement]]:
    result = []
    for file in OPENSCORE_QUARTETS.files:
        result.append(movements_of(read_partwise((folder / file.path).read_bytes())))
        _log.info("%s: %d movements", file.path, len(result[-1]))
    return result
