"""Files of corpora out of one archive, as a local folder may have them."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from musegen import paths
from musegen.corpora.base import Dataset, fetch
from musegen.errors import DatasetError


def read_files(dataset: Dataset, archive: str, *, flat: bool = False) -> Iterator[bytes]:
    """Yield the files of a corpus in their order, checked: from an archive of a local folder, else file by file.

    Args:
        dataset: the corpus.
        archive: path of the archive inside ``MUSEGEN_DATA``.
        flat: whether the archive has the files' names without their folders.

    Raises:
        DatasetError: the corpus cannot be had, or a file is not the one expected.
    """
    local = paths.data_dir()
    where = local / archive if local else None
    if where is None or not where.is_file():
        folder = fetch(dataset)
        yield from ((folder / file.path).read_bytes() for file in dataset.files)
        return
    paths_inside = (file.path.rsplit("/", 1)[-1] if flat else file.path for file in dataset.files)
    yield from read_archive(where, zip(paths_inside, (file.sha256 for file in dataset.files), strict=True))


def read_archive(archive: Path, files: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """Yield files of an archive.

    Args:
        archive: a ZIP file.
        files: path inside the archive and SHA-256 of each.

    Raises:
        DatasetError: the archive cannot be read, has no such file, or another in its place.
    """
    try:
        with zipfile.ZipFile(archive) as stored:
            for path, sha256 in files:
                data = stored.read(path)
                if hashlib.sha256(data).hexdigest() != sha256:
                    raise DatasetError(f"{path} in {archive} is not the one expected; get the archive again.")
                yield data
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DatasetError(f"The archive {archive} cannot be read ({error}); get it again.") from error
