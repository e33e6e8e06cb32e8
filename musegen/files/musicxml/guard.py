"""From the bytes of a MusicXML file to a tree that is safe to walk: archives, encodings, bombs, order of measures.

score_tree. What is refused, is refused in one sentence.
"""

import codecs
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from musegen.constants import MAX_UPLOAD_BYTES
from musegen.errors import FileFormatError
from musegen.files.xml_text import FORBIDDEN
from musegen.languages import message

_MAX_TEXT_BYTES = 8 * MAX_UPLOAD_BYTES
_MAX_DEPTH = 60
_MAX_MEMBERS = 200
_MAX_NOTE_ELEMENTS = 400_000
_ROOTS = ("score-partwise", "score-timewise")
_NOT_MUSIC = message(
    "This file is not MusicXML; export the score as MusicXML (.musicxml or .mxl) and choose that file."
)
_BROKEN_ARCHIVE = message("This compressed MusicXML file is damaged; export or download it again.")
_BOMB = message("This compressed file unpacks to far more than a score needs; choose another file.")
_ARCHIVE_ERRORS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, KeyError)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip
"""First bytes that tell the encoding, byte order marks or a "<" (XML 1.0, appendix F)."""
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_KNOWN_ENCODINGS = re.compile(
    r"(utf-?8|us-ascii|ascii|iso-?8859|latin|windows-|cp|mac|koi8|shift|sjis|euc|gb|big5)", re.I
)

logger = logging.getLogger(__name__)


def damaged(detail: str = "") -> FileFormatError:
    """Return the one sentence for a file whose parts do not fit together; the detail is logged for programmers."""
    if detail:
        logger.warning("MusicXML not read: %s", detail)
    return FileFormatError("This MusicXML file is damaged: its measures or notes do not fit together; export it again.")


def score_tree(data: bytes) -> Element:
    """Return <score-partwise> of a file, measures inside parts, whatever order the file has them in.

    Args:
        data: content of the file, plain or compressed (.mxl), in any encoding that it declares.

    Raises:
        FileFormatError: it is not MusicXML, is damaged or too big, or holds what no score needs.
    """
    if not data.startswith(b"PK"):
        return _by_parts(_tree(data))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _by_parts(_from_archive(archive))
    except FileFormatError:
        raise
    except _ARCHIVE_ERRORS as error:
        raise FileFormatError(_BROKEN_ARCHIVE) from error


# ------------------------------------------------------------------------------------------------------- archives


def _from_archive(archive: zipfile.ZipFile) -> Element:
    """Return the first score among the files of an archive, those that its container names before the others."""
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS or sum(info.file_size for info in infos) > _MAX_TEXT_BYTES:
        raise FileFormatError(
            "This compressed file unpacks to more than {max_text_bytes} MB, far more than a score "
            "needs; choose another file.",
            max_text_bytes=_MAX_TEXT_BYTES // 2**20,
        )
    names = [info.filename for info in infos if not info.is_dir()]
    scores = [n for n in names if n.lower().endswith((".xml", ".musicxml")) and not n.upper().startswith("META-INF/")]
    refused: FileFormatError | None = None
    for name in dict.fromkeys([*_named_by_container(archive, names), *scores]):
        try:
            return _tree(_member(archive, name))
        except FileFormatError as error:
            refused = refused or error
        except _ARCHIVE_ERRORS:
            refused = refused or FileFormatError(_BROKEN_ARCHIVE)
    raise refused or FileFormatError(_NOT_MUSIC)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        data = member.read(_MAX_TEXT_BYTES + 1)
    if len(data) > _MAX_TEXT_BYTES:
        raise FileFormatError(_BOMB)
    return data


def _named_by_container(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    """Yield the root files that a container names; slashes, capitals and escapes are written in many ways."""

    def plain(path: str) -> str:
        return unquote(path).replace("\\", "/").removeprefix("./").lstrip("/").casefold()

    by_plain = {plain(name): name for name in reversed(names)}
    container = by_plain.get("meta-inf/container.xml")
    if container is None:
        return
    try:
        tree = _tree(_member(archive, container), roots=("container",))
    except (FileFormatError, *_ARCHIVE_ERRORS):
        return  # a damaged container does not hide the score beside it
    for element in tree.iter():
        if element.tag.rpartition(":")[2] == "rootfile":
            found = by_plain.get(plain(element.get("full-path") or ""))
            if found is not None and (element.get("media-type") or "xml").endswith("xml"):
                yield found


# --------------------------------------------------------------------------------------------------------- parsing


def decoded(data: bytes) -> str:
    """Return the text of an XML file: by its byte order mark, its first bytes, its declaration, else UTF-8.

    A declaration that is plainly wrong (UTF-16 over single bytes, UTF-8 over Latin-1) is not believed.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff")
    match = _DECLARED.match(data[:400])
    declared = match[1].decode("ascii") if match else "utf-8"
    if not _KNOWN_ENCODINGS.match(declared):
        declared = "utf-8"
    if declared.lower().replace("_", "-") in ("iso-8859-1", "latin-1", "latin1", "iso8859-1"):
        declared = "cp1252"  # the same but for 32 control characters, in whose place typographic quotes are meant
    for encoding in (declared, "utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


def _tree(data: bytes, roots: tuple[str, ...] = _ROOTS) -> Element:
    """Return the tree of an XML text; refuse entities, deep nesting, far too many notes and other XML."""
    text = FORBIDDEN.sub("", _DECLARATION.sub("", decoded(data), count=1)).lstrip()
    builder = TreeBuilder()
    found: list[str] = []
    depth = num_notes = 0

    def start(name: str, attributes: dict) -> None:
        nonlocal depth, num_notes
        if not found:
            found.append(name)
            if name not in roots:
                raise FileFormatError(_NOT_MUSIC)
        depth += 1
        if depth > _MAX_DEPTH:
            raise FileFormatError("This file nests its elements deeper than any score does; choose another file.")
        num_notes += name == "note"
        if num_notes > _MAX_NOTE_ELEMENTS:
            raise FileFormatError(
                "This file has more than {max_note_elements:,} notes; choose a shorter one.",
                max_note_elements=_MAX_NOTE_ELEMENTS,
            )
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def doctype(_name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
        if has_internal_subset:
            _refuse_entities()

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if not found:
            raise FileFormatError(_NOT_MUSIC) from error
        line = getattr(error, "lineno", None)
        where = message(" at line {line}", line=line) if line else ""
        raise FileFormatError(
            "This MusicXML file is damaged{where}; export or download it again.", where=where
        ) from error
    return builder.close()


def _refuse_entities(*_arguments: object) -> None:
    raise FileFormatError(
        "This file defines its own XML entities, which no score needs and which can be harmful; "
        "export the score again as plain MusicXML."
    )


def _by_parts(root: Element) -> Element:
    """Return a score ordered by measures (score-timewise) as one ordered by parts; another one as it is."""
    if root.tag != "score-timewise":
        return root
    score = Element("score-partwise", root.attrib)
    parts: dict[str, Element] = {}
    for child in root:
        if child.tag != "measure":
            score.append(child)
            continue
        for inner in child.findall("part"):
            key = inner.get("id") or ""
            if key not in parts:
                parts[key] = Element("part", {"id": key})
            measure = Element("measure", child.attrib)
            measure.extend(list(inner))
            parts[key].append(measure)
    score.extend(parts.values())
    return score
