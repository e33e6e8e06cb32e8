"""What a file may hold: one sentence for a musician where it is too big, empty or too long."""

from pathlib import Path

from musegen.constants import MAX_NOTES, MAX_QUARTERS, MAX_UPLOAD_BYTES
from musegen.errors import FileFormatError
from musegen.music import Piece
from musegen.music.timing import duration_seconds

MAX_SECONDS = 7_200.0
"""Longest piece read, in seconds at its own tempo."""


def read_bytes(source: bytes | Path | str) -> bytes:
    """Return the content of a file, or the bytes given.

    Args:
        source: the content itself, or where the file is.

    Raises:
        FileFormatError: no such file, not readable, empty, or larger than `MAX_UPLOAD_BYTES`.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        size = len(data)
    else:
        data, size = bytes_at(Path(source), MAX_UPLOAD_BYTES)
    if size > MAX_UPLOAD_BYTES:
        limit = MAX_UPLOAD_BYTES // 2**20
        raise FileFormatError(
            "This file has {size:.1f} MB, and at most {limit} MB are read; choose a smaller file.",
            size=size / 2**20,
            limit=limit,
        )
    if not data:
        raise FileFormatError("This file is empty; choose a file with notes in it.")
    return data


def bytes_at(path: Path, most: int) -> tuple[bytes, int]:
    """Return (content, size) of a file; one larger than `most` bytes is not read, its content is b"".

    Raises:
        FileFormatError: no such file, or not readable.
    """
    try:
        size = path.stat().st_size
        return b"" if size > most else path.read_bytes(), size
    except FileNotFoundError:
        raise FileFormatError("There is no file {path}; check the name and the folder.", path=path) from None
    except OSError as error:
        raise FileFormatError(
            "{path} cannot be read ({strerror}); choose another file.", path=path, strerror=error.strerror
        ) from error


def check_num_notes(num_notes: int, most: int = MAX_NOTES) -> None:
    """Refuse no notes and more than `most`.

    Raises:
        FileFormatError: the number is outside 1 to `most`.
    """
    if num_notes == 0:
        raise FileFormatError("There are no notes in this file; choose one that has some.")
    if num_notes > most:
        raise FileFormatError(
            "This file has {num_notes:,} notes, and at most {most:,} are read; choose a shorter excerpt.",
            num_notes=num_notes,
            most=most,
        )


def check_end(end_quarter: float) -> None:
    """Refuse music that ends later than `MAX_QUARTERS`.

    Raises:
        FileFormatError: it does.
    """
    if end_quarter > MAX_QUARTERS:
        raise FileFormatError(
            "This music lasts {end_quarter:,.0f} quarter notes, and at most {max_quarters:,.0f} "
            "are read; shorten it, or look for a note that never ends.",
            end_quarter=end_quarter,
            max_quarters=MAX_QUARTERS,
        )


def check_piece(piece: Piece, most_notes: int = MAX_NOTES) -> Piece:
    """Return the piece if it is of a size that the program handles.

    Raises:
        FileFormatError: no notes, too many, or too long.
    """
    check_num_notes(piece.num_notes, most_notes)
    check_end(piece.end_quarter)
    if (seconds := duration_seconds(piece)) > MAX_SECONDS:
        raise FileFormatError(
            "This music lasts {seconds:.1f} hours, and at most {max_seconds:.0f} are read; "
            "shorten it, or look for a note that never ends.",
            seconds=seconds / 3600,
            max_seconds=MAX_SECONDS / 3600,
        )
    return piece
