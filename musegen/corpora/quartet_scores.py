"""Quartets of Mozart and Beethoven that come with the package music21 and that OpenScore's corpus does not have.

Left out: those that it has (Haydn Op.1 No.1 and Op.74 No.1; Mozart K.80, K.155 and K.458; Beethoven Op.18 and Op.59
No.3), and Beethoven's Op.133, which its revision also holds.
"""

from pathlib import Path

from musegen import paths
from musegen.corpora.folk_tunes import corpus_dir
from musegen.corpora.openscore_quartets import cached, pieces_of, work_group
from musegen.corpora.quartet_movements import Movement, movements_of
from musegen.corpora.score_piece import ScorePiece
from musegen.files.partwise import read_partwise

CACHE_VERSION = 1
WORKS = (
    ("Mozart", "String Quartet No.3 in G major, K.156", "mozart/k156", ()),
    ("Beethoven", "String Quartet No.7, Op.59 No.1", "beethoven/opus59no1", ()),
    ("Beethoven", "String Quartet No.8, Op.59 No.2", "beethoven/opus59no2", ()),
    ("Beethoven", "String Quartet No.10, Op.74", "beethoven/opus74.mxl", ("263", "432", "905")),
    ("Beethoven", "String Quartet No.15, Op.132", "beethoven/opus132.mxl", ("265", "511", "723", "769")),
)
"""Composer, work, the file or the folder of movements in the corpus of music21, and the numbers of the measures where
further movements begin in a file that is numbered throughout."""


def read_more_quartets(split: str | None = None) -> list[ScorePiece]:
    """Return the movements of a split, or all; repeats are not written out.

    Raises:
        ValueError: there is no such split.
        DatasetError: music21 is not installed, or a score is not there.
    """
    cache = paths.home_dir() / "cache" / f"quartet-scores-v{CACHE_VERSION}.npz"
    works = cached(cache, lambda: [_movements(corpus_dir() / place, starts) for _, _, place, starts in WORKS])
    pieces = []
    for (composer, work, _, _), movements in zip(WORKS, works, strict=True):
        pieces += pieces_of(movements, composer, (work, work_group(composer, work), True), split)
    return pieces


def _movements(place: Path, starts: tuple[str, ...]) -> list[Movement]:
    files = [place] if place.suffix else sorted(place.glob("*.mxl"))
    return [movement for file in files for movement in movements_of(read_partwise(file.read_bytes()), starts)]
