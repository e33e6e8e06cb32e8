"""GTZAN, for who has it: the jazz of the collection that the notebook learned from, as sound: read_jazz, split_of.

Its recordings are commercial ones and nobody gave them free, so nothing here fetches them, and no network that is
shipped has heard them. Whoever has them puts genres.tar.gz, or what comes out of it, into ``MUSEGEN_DATA/gtzan``.
"""

import logging
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from musegen import paths
from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.errors import DatasetError, FileFormatError
from musegen.files.sound_file import MAX_BYTES, decode_sound
from musegen.music.clip import Clip

ARCHIVE = "genres.tar.gz"
FOLDERS = ("genres/jazz", "genres_original/jazz")
"""Where the excerpts lie: in the archive, and in what others made of it."""

GTZAN = register(
    Dataset(
        name="gtzan",
        title="GTZAN genre collection",
        homepage="http://marsyas.info/downloads/datasets.html",
        files=(
            RemoteFile(
                "http://opihi.cs.uvic.ca/sound/genres.tar.gz",
                "24347e0223d2ba798e0a558c4c172d9d4a19c00bb7963fe055d183dadb4ef2c6",
                ARCHIVE,
                1_225_571_541,
            ),
        ),
        licence="None is stated: excerpts of commercial recordings, gathered for research without permission of those "
        "who own them. Not shipped, not fetched, and no network that is shipped learned from them.",
        citation="G. Tzanetakis and P. Cook, Musical genre classification of audio signals, IEEE Transactions on "
        "Speech and Audio Processing 10(5), 2002.",
        notes="A hundred excerpts of 30 seconds of each of ten genres; only jazz is read. Some are there twice, and "
        "several are by one player (B. L. Sturm, arXiv:1306.1461). The checksum is the one that TensorFlow Datasets "
        "publishes.",
    )
)

_NAME = re.compile(r"jazz\.(\d{5})\.(au|wav)")
_log = logging.getLogger(__name__)


def split_of(number: int) -> str:
    """Return the split of an excerpt: in stretches of their numbers, as those of one player lie near each other."""
    return "train" if number < 70 else "valid" if number < 85 else "test"


def read_jazz() -> Iterator[tuple[int, Clip]]:
    """Yield number and sound of the excerpts of jazz; those that cannot be read are left out and said in the log.

    An archive is compared with its checksum; for a folder that came out of it there is none.

    Raises:
        DatasetError: there is neither an archive nor a folder, or the archive is not the published one.
    """
    local = paths.data_dir()
    for folder in (local / GTZAN.name if local else None, paths.home_dir() / "data" / GTZAN.name):
        if folder is None:
            continue
        if (folder / ARCHIVE).is_file():
            yield from _clips(_archived(fetch(GTZAN) / ARCHIVE))
            return
        for inner in FOLDERS:
            if any((folder / inner).glob("jazz.*")):
                yield from _clips(_unpacked(folder / inner))
                return
    raise DatasetError(
        f"{GTZAN.title} is not here, and its recordings are commercial ones, so it is not fetched for you. If you may "
        f"use it, it is published at {GTZAN.files[0].url}; put {ARCHIVE} into a folder {GTZAN.name} and set "
        "MUSEGEN_DATA to the folder around it."
    )


def _archived(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            inside = PurePosixPath(member.name)
            if member.isfile() and str(inside.parent) in FOLDERS and member.size <= MAX_BYTES:
                stream = archive.extractfile(member)
                if stream:
                    yield inside.name, stream.read()


def _unpacked(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.stat().st_size <= MAX_BYTES:
            yield path.name, path.read_bytes()


def _clips(files: Iterator[tuple[str, bytes]]) -> Iterator[tuple[int, Clip]]:
    for name, data in files:
        found = _NAME.fullmatch(name)
        if not found:
            continue
        try:
            decoded = decode_sound(data)
            yield int(found[1]), Clip.of(decoded.samples, decoded.sample_rate)
        except FileFormatError as error:
            _log.warning("%s is left out: %s", name, error)
