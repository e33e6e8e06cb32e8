"""MusicXML in and out: .musicxml, .xml and compressed .mxl.

Files are looked through before music21 sees them: size, archive bombs, entities, depth, and whether they are music
at all. Files that this program wrote come back with the very tracks they were made from.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from musegen.constants import MAX_UPLOAD_BYTES
from musegen.errors import FileFormatError
from musegen.files.limits import check_num_notes, check_piece, read_bytes
from musegen.files.music21_stream import piece_from_stream
from musegen.files.musicxml_own import own_tracks
from musegen.files.musicxml_swing import read_swing
from musegen.files.musicxml_writer import musicxml_text
from musegen.music import Piece

__all__ = ["musicxml_text", "read_musicxml", "read_recipe", "write_musicxml"]

_MAX_TEXT_BYTES = 8 * MAX_UPLOAD_BYTES
_MAX_DEPTH = 60
_MAX_MEMBERS = 200
_ROOTS = ("score-partwise", "score-timewise")
_NOT_MUSIC = "This file is not MusicXML; export the score as MusicXML (.musicxml or .mxl) and choose that file."


def read_musicxml(source: bytes | Path) -> Piece:
    """Return the music of a MusicXML file.

    Args:
        source: content of the file, plain or compressed, or where it is.

    Raises:
        FileFormatError: it is not MusicXML, is damaged, too big, without notes, or holds what no score needs.
    """
    text = _plain_text(read_bytes(source))
    root = _inspect(text)
    if root == "score-timewise":
        raise FileFormatError(
            "This MusicXML file is ordered by measures (score-timewise), which is not read; "
            "open it in a notation program and export it again."
        )
    try:
        piece = piece_from_stream(_parse(text))
    except FileFormatError:
        raise
    except Exception as error:  # music21 raises whatever its parts raise
        raise FileFormatError(
            "This MusicXML file is damaged: its measures or notes do not fit together; export it again."
        ) from error
    tree = ElementTree.fromstring(text)
    tracks = own_tracks(tree)
    if tracks is not None:
        known = [key for key in tree.iter("key") if key.find("mode") is not None]
        piece = replace(piece, tracks=tracks, key_signatures=piece.key_signatures if known else ())
    piece = replace(piece, swing=read_swing(tree))
    return check_piece(piece)


def read_recipe(source: bytes | Path) -> str | None:
    """Return the recipe that `write_musicxml` kept in a file, None where there is none.

    Raises:
        FileFormatError: as `read_musicxml`.
    """
    text = _plain_text(read_bytes(source))
    _inspect(text)
    for field in ElementTree.fromstring(text).iter("miscellaneous-field"):
        if field.get("name") == "musegen":
            return field.text or ""
    return None


def write_musicxml(piece: Piece, path: Path, *, recipe: str | None = None) -> None:
    """Write a piece as MusicXML, compressed where the path ends in .mxl.

    Args:
        piece: the music.
        path: where to; replaced if it exists.
        recipe: how the piece was made, kept in the file.
    """
    text = musicxml_text(piece, recipe=recipe)
    if path.suffix.lower() != ".mxl":
        path.write_text(text, encoding="utf-8")
        return
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        '<rootfile full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>'
        "</rootfiles></container>\n"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("score.musicxml", text)


def _parse(text: bytes) -> object:
    """Return the music21 score of a MusicXML text; what music21 remarks on the way is for programmers."""
    import warnings

    from music21.musicxml.xmlToM21 import MusicXMLImporter

    importer = MusicXMLImporter()
    importer.xmlText = text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importer.parseXMLText()
    return importer.stream


# --------------------------------------------------------------------------------------------- before any parsing


def _plain_text(data: bytes) -> bytes:
    """Return the XML of a file, unpacked where it is an archive."""
    if not data.startswith(b"PK"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpack(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise FileFormatError("This compressed MusicXML file is damaged; export or download it again.") from error


def _unpack(archive: zipfile.ZipFile) -> bytes:
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS or sum(info.file_size for info in infos) > _MAX_TEXT_BYTES:
        raise FileFormatError(
            f"This compressed file unpacks to more than {_MAX_TEXT_BYTES // 2**20} MB, far more than a score needs; "
            "choose another file."
        )
    names = [info.filename for info in infos]
    wanted = next(_container_names(archive, names), None)
    if wanted is None:
        scores = (n for n in names if n.lower().endswith((".xml", ".musicxml")) and not n.startswith("META-INF/"))
        wanted = next(scores, None)
    if wanted is None:
        raise FileFormatError(_NOT_MUSIC)
    return _read_member(archive, wanted)


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        data = member.read(_MAX_TEXT_BYTES + 1)
    if len(data) > _MAX_TEXT_BYTES:
        raise FileFormatError("This compressed file unpacks to far more than a score needs; choose another file.")
    return data


def _container_names(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    if "META-INF/container.xml" not in names:
        return
    text = _read_member(archive, "META-INF/container.xml")
    _inspect(text, roots=("container",))
    for element in ElementTree.fromstring(text).iter():
        path = element.get("full-path")
        if element.tag.endswith("rootfile") and path in names:
            yield path


def _inspect(text: bytes, roots: tuple[str, ...] = _ROOTS) -> str:
    """Return the name of the root element; refuse entities, deep nesting, too many notes and other XML."""
    found: list[str] = []
    depth = num_notes = 0

    def start(name: str, _attributes: dict) -> None:
        nonlocal depth, num_notes
        if not found:
            found.append(name)
            if name not in roots:
                raise FileFormatError(_NOT_MUSIC)
        depth += 1
        if depth > _MAX_DEPTH:
            raise FileFormatError("This file nests its elements deeper than any score does; choose another file.")
        num_notes += name == "note"

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(_name: str, _system: str, _public: str, has_internal_subset: int) -> None:
        if has_internal_subset:
            _refuse_entities()

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise FileFormatError(_NOT_MUSIC if not found else _damaged(error)) from error
    if roots == _ROOTS and num_notes:
        check_num_notes(num_notes)
    return found[0]


def _damaged(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    where = f" at line {line}" if line else ""
    return f"This MusicXML file is damaged{where}; export or download it again."


def _refuse_entities(*_arguments: object) -> None:
    raise FileFormatError(
        "This file defines its own XML entities, which no score needs and which can be harmful; "
        "export the score again as plain MusicXML."
    )
