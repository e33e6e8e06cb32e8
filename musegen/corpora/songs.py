"""Songs for voice and piano, free for any use: OpenScore Lieder (MusicXML), and songs of Polish libraries (**kern).

read_lieder, read_polish_songs. Read are the songs of one voice and a piano on two staves, as three tracks: the voice,
the right hand, the left hand. Split by work over both corpora: songs whose voices share a fifth of the runs of eight
notes of the shorter one are one work, wherever they stand (found once, for the listings), and each work is on one side.
Repeats are not written out; loudness is not read.
"""

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

import numpy as np

from musegen.constants import DEFAULT_VELOCITY
from musegen.corpora.archives import read_files
from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.kern import KernScore, read_kern
from musegen.corpora.listed_scores import check_split, listing, nifc_dataset, read_listed, score_of, split_of
from musegen.corpora.score_assembly import assembled
from musegen.corpora.score_piece import SONG, ScorePiece
from musegen.errors import FileFormatError
from musegen.files.partwise import Measure, PartwiseScore, read_partwise
from musegen.music import Piece

CACHE_VERSION = 1
_LIEDER = "https://raw.githubusercontent.com/OpenScore/Lieder/bca122458de6"

OPENSCORE_LIEDER = register(
    Dataset(
        name="openscore-lieder",
        title="OpenScore Lieder",
        homepage="https://github.com/OpenScore/Lieder",
        files=tuple(
            RemoteFile(f"{_LIEDER}/{quote(e.path)}", e.sha256, f"mxl/{e.path.rsplit('/', 1)[-1]}", e.num_bytes)
            for e in listing("openscore-lieder")
        ),
        licence="Creative Commons Zero (CC0): free for any use.",
        citation="M. R. H. Gotham and P. Jonas, The OpenScore Lieder Corpus, Music Encoding Conference 2021.",
        notes="Songs of the long 19th century for one voice and piano.",
    )
)
POLISH_SONGS = nifc_dataset(
    "polish-songs",
    "Polish music heritage, songs",
    "pl-wnifc/humdrum-polish-scores@c0403623c0da",
    "Songs for one voice and piano of the late 18th to early 20th century.",
)


def read_lieder(split: str | None = None) -> list[ScorePiece]:
    """Return the songs of OpenScore Lieder of a split, or all; the first call reads for a minute or two.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return _read(OPENSCORE_LIEDER, _lieder, split)


def read_polish_songs(split: str | None = None) -> list[ScorePiece]:
    """Return the songs of Polish libraries of a split, or all; the first call reads for some seconds.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return _read(POLISH_SONGS, _polish_songs, split)


def _read(dataset: Dataset, pieces: Callable[[], Iterator[Piece]], split: str | None) -> list[ScorePiece]:
    check_split(split)
    entries = listing(dataset.name)
    found = read_listed(
        f"{dataset.name}-v{CACHE_VERSION}", entries, pieces, SONG, lambda e: split in (None, split_of("song", e.work))
    )
    return [score_of(entry, piece, own=True) for entry, piece in found]


def _lieder() -> Iterator[Piece]:
    folder = fetch(OPENSCORE_LIEDER)
    for entry, file in zip(listing(OPENSCORE_LIEDER.name), OPENSCORE_LIEDER.files, strict=True):
        yield lied(read_partwise((folder / file.path).read_bytes()), entry.title, entry.composer)


def _polish_songs() -> Iterator[Piece]:
    files = read_files(POLISH_SONGS, "polish-scores/song-kern.zip", flat=True)
    for entry, data in zip(listing(POLISH_SONGS.name), files, strict=True):
        yield kern_song(read_kern(data.decode("utf-8", "replace")), entry.title, entry.composer)


def lied(score: PartwiseScore, title: str, composer: str) -> Piece:
    """Return a score of a voice and a piano, whose part has two staves, as a song.

    Raises:
        FileFormatError: it has other parts, or a staff is empty.
    """
    part, staff = score.notes[:, 3], score.staff
    upper, lower = (part == 1) & (staff == 1), (part == 1) & (staff == 2)
    if len(score.part_names) != 2 or staff.max() > 2 or (staff[part == 0] != 1).any():
        raise FileFormatError(f"A voice and a piano on two staves are expected, not {', '.join(score.part_names)}.")
    return _song(score.notes[:, :3], np.where(lower, 2, np.where(upper, 1, 0)), score.measures, title, composer)


def kern_song(score: KernScore, title: str, composer: str) -> Piece:
    """Return a score of three staves, the lowest first, as a song.

    Raises:
        FileFormatError: it has not three staves, or one is empty.
    """
    if score.num_staves != len(SONG):
        raise FileFormatError(f"This score has {score.num_staves} staves; a voice and two of a piano are expected.")
    return _song(score.notes[:, :3], 2 - score.notes[:, 3], score.measures, title, composer)


def _song(notes: np.ndarray, part: np.ndarray, measures: Sequence[Measure], title: str, composer: str) -> Piece:
    if len(set(part.tolist())) < len(SONG):
        raise FileFormatError("The voice or a hand of the piano is silent throughout.")
    loud = np.full(len(notes), DEFAULT_VELOCITY)
    return assembled(np.column_stack([notes, part, loud]), measures, SONG, title, composer)
