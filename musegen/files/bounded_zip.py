"""Files out of a stranger's zip archive, never more of them than allowed: zip_entries."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator


class ZipDamaged(Exception):
    """It is no zip archive, is damaged, or is locked with a password."""


class ZipTooLarge(Exception):
    """The files that were asked for are more, taken out, than is allowed."""


def zip_entries(
    data: bytes, most_bytes: int, most_each: int | None = None, wanted: Callable[[str], bool] = lambda name: True
) -> Iterator[tuple[str, bytes | None]]:
    """Yield the name and the content of each file in a zip archive, in its order.

    Nothing is written anywhere, so that a name such as "../x" leads nowhere. No more is taken out than is allowed,
    whatever the archive says of its sizes.

    Args:
        data: the archive.
        most_bytes: of all files together.
        most_each: of one file; what is larger comes with None as its content, and counts nothing.
        wanted: by name, which files are taken out at all.

    Raises:
        ZipDamaged: see there; what was yielded before is whole.
        ZipTooLarge: see there; what was yielded before is within the bound.
    """
    room = most_bytes
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and wanted(entry.filename)]
    except _DAMAGED as error:
        raise ZipDamaged from error
    with archive:
        for entry in entries:
            bound = room if most_each is None else min(most_each, room)
            try:
                with archive.open(entry) as stream:
                    content = stream.read(bound + 1)
            except _DAMAGED as error:
                raise ZipDamaged from error
            if len(content) > bound:
                if most_each is None or bound < most_each:
                    raise ZipTooLarge
                yield entry.filename, None
                continue
            room -= len(content)
            yield entry.filename, content


_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
