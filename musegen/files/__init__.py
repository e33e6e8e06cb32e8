"""Music files in and out: `read` and `write` choose the format by extension, `read` also by content.

Formats: MIDI (`midi`), MusicXML (`musicxml`), ABC (`abc`), typed seeds (`typed`). Libraries are imported when needed.
`read_with_remarks` says beside the music what was left out of the file or understood otherwise than it stands there.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from musegen.errors import FileFormatError, MusegenError
from musegen.files.limits import read_bytes
from musegen.music import Piece
from musegen.remarks import Remark

READABLE_EXTENSIONS = (".mid", ".midi", ".kar", ".rmi", ".xml", ".musicxml", ".mxl", ".abc", ".txt")
WRITABLE_EXTENSIONS = (".mid", ".musicxml")

_KINDS = {
    ".mid": "midi",
    ".midi": "midi",
    ".kar": "midi",
    ".rmi": "midi",
    ".xml": "musicxml",
    ".musicxml": "musicxml",
    ".mxl": "musicxml",
    ".abc": "abc",
    ".txt": "typed",
}
_WORDS = {"midi": "MIDI", "musicxml": "MusicXML", "abc": "ABC", "typed": "text"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds.

    Args:
        piece: its music.
        remarks: what was left out, or changed so that a Piece can hold it.
    """

    piece: Piece
    remarks: tuple[Remark, ...] = ()


def read(path_or_name: Path | str, data: bytes | None = None) -> Piece:
    """Return the music of a file in any format that is read.

    Args:
        path_or_name: where the file is, or only its name where `data` is given.
        data: the content.

    Raises:
        FileFormatError: not a format that is read, damaged, empty or too big.
    """
    return read_with_remarks(path_or_name, data).piece


def read_with_remarks(path_or_name: Path | str, data: bytes | None = None) -> Reading:
    """Return the music of a file and what was left out of it; arguments and errors as `read`.

    This is the boundary to strangers' files: whatever a reader or a library below it raises becomes the sentence for a
    damaged file here, and the cause goes to the log.
    """
    content = read_bytes(Path(path_or_name) if data is None else data)
    kind = sniff(content) or _KINDS.get(Path(path_or_name).suffix.lower())
    if kind is None:
        raise FileFormatError(
            '"{name}" is not a music file that is read here; choose one of {readable_extensions}.',
            name=Path(path_or_name).name,
            readable_extensions=", ".join(READABLE_EXTENSIONS),
        )
    try:
        return _read_as(kind, content)
    except (MusegenError, ImportError):  # a missing library is no fault of the file
        raise
    except Exception as error:
        _log.warning("reading a %s file of %d bytes failed", _WORDS[kind], len(content), exc_info=True)
        raise FileFormatError(
            "This {words} file is damaged and cannot be read; export it again from the program it "
            "comes from, or choose another file.",
            words=_WORDS[kind],
        ) from error


def _read_as(kind: str, content: bytes) -> Reading:
    if kind == "midi":
        from musegen.files.midi import read_midi_with_remarks

        return Reading(*read_midi_with_remarks(content))
    if kind == "musicxml":
        from musegen.files.musicxml import read_musicxml_with_remarks

        return Reading(*read_musicxml_with_remarks(content))
    if kind == "abc":
        from musegen.files.abc import read_abc_with_remarks

        return Reading(*read_abc_with_remarks(decode_text(content)))
    from musegen.files.typed import read_typed

    return Reading(read_typed(decode_text(content)))


def single_pieces(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """Return a file as files of one piece each: a book of ABC tunes as its tunes, any other file as it is.

    Args:
        name: of the file.
        data: its content.

    Returns:
        name and content of each; a tune of a book is called by the book, its number and its title.
    """
    if sniff(data) != "abc":
        return [(name, data)]
    from musegen.files.abc.book import before_tunes, field_of, split_tunes
    from musegen.files.abc.letters import plain_letters

    try:
        text = decode_text(data)
    except FileFormatError:
        return [(name, data)]
    found = split_tunes(text)
    if len(found) < 2:
        return [(name, data)]
    before = before_tunes(text)
    stem = Path(name).stem
    return [
        (
            f"{stem} {number:0{len(str(len(found)))}d} {plain_letters(field_of(tune, 'T'))}".strip() + ".abc",
            (before + tune).encode(),
        )
        for number, tune in enumerate(found, 1)
    ]


def write(piece: Piece, path: Path | str) -> None:
    """Write a piece; the extension of the path, ".mid" or ".musicxml", decides on the format.

    Raises:
        FileFormatError: another extension, or a place that cannot be written.
    """
    path = Path(path)
    extension = path.suffix.lower()
    try:
        if extension in (".mid", ".midi"):
            from musegen.files.midi import write_midi

            write_midi(piece, path)
        elif extension in (".musicxml", ".xml"):
            from musegen.files.musicxml import write_musicxml

            write_musicxml(piece, path)
        else:
            raise FileFormatError(
                '"{name}" cannot be written: choose one of {writable_extensions} as its ending.',
                name=path.name,
                writable_extensions=", ".join(WRITABLE_EXTENSIONS),
            )
    except OSError as error:
        raise FileFormatError(
            "{path} cannot be written ({strerror}); choose another folder.", path=path, strerror=error.strerror
        ) from error


def sniff(data: bytes) -> str | None:
    """Return "midi", "musicxml" or "abc" where the content shows what it is, else None."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"MThd") or (head.startswith(b"RIFF") and b"RMID" in head[:16]) or data[128:132] == b"MThd":
        return "midi"
    if head.startswith(b"PK\x03\x04") or head[:40].replace(b"\0", b"").lstrip(b"\xff\xfe").startswith(b"<"):
        return "musicxml"
    lines = head.splitlines()
    starts = [line[:2] for line in lines[:200]]
    if head.startswith(b"%abc") or (b"X:" in starts and b"K:" in starts):
        return "abc"
    return None


def decode_text(data: bytes) -> str:
    """Return text: UTF-8 or UTF-16 where marked or valid, else Latin-1.

    Raises:
        FileFormatError: it is not text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise FileFormatError("This is not a text file; choose a file with notes as text, or a .mid file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
