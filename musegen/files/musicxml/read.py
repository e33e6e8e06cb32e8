"""MusicXML in: a file's bytes to a Piece, and what was left out of it in words.

Our own pass over the tree, note values before rounded durations. Files that this program wrote come back with the very
tracks they were made from.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from musegen.constants import MAX_QUARTERS, MAX_SCORE_NOTES
from musegen.errors import FileFormatError
from musegen.files.limits import check_piece, read_bytes
from musegen.files.musicxml.guard import damaged, score_tree
from musegen.files.musicxml.instruments import read_instruments
from musegen.files.musicxml.own import own_tracks
from musegen.files.musicxml.part import read_part
from musegen.files.musicxml.swing import read_swing
from musegen.files.score.assembling import assembled
from musegen.files.score.raw import RawPart
from musegen.music import Piece
from musegen.music.timing import bar_starts
from musegen.music.transform import slice_quarters
from musegen.remarks import Remark, remark

_UNTITLED = ("untitled", "title", "untitled score", "music21 fragment", "score")


def read_musicxml(source: bytes | Path) -> Piece:
    """Return the music of a MusicXML file; see `read_musicxml_with_remarks`."""
    return read_musicxml_with_remarks(source)[0]


def read_musicxml_with_remarks(source: bytes | Path) -> tuple[Piece, tuple[Remark, ...]]:
    """Return the music of a MusicXML file and what was left out of it or played out.

    Args:
        source: content of the file, plain or compressed, or where it is.

    Raises:
        FileFormatError: it is not MusicXML, is damaged, too big, without notes, or holds what no score needs.
    """
    root = score_tree(read_bytes(source))
    piece, remarks = _guarded(_read, root)
    return check_piece(piece, MAX_SCORE_NOTES), remarks


def read_recipe(source: bytes | Path) -> str | None:
    """Return the recipe that `write_musicxml` kept in a file, None where there is none.

    Raises:
        FileFormatError: as `read_musicxml`.
    """
    for field in score_tree(read_bytes(source)).iter("miscellaneous-field"):
        if field.get("name") == "musegen":
            return field.text or ""
    return None


def _guarded(
    read: Callable[[Element], tuple[Piece, tuple[Remark, ...]]], root: Element
) -> tuple[Piece, tuple[Remark, ...]]:
    """Return what a reader makes of a tree; anything it did not expect is the one sentence for a damaged file."""
    try:
        return read(root)
    except FileFormatError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise damaged(f"{type(error).__name__}: {error}") from error


def _read(root: Element) -> tuple[Piece, tuple[Remark, ...]]:
    left_out: Counter = Counter()
    parts = _parts(root, left_out)
    if not any(measure.notes for part in parts for measure in part.measures):
        if left_out["cue"] or left_out["slash"]:
            raise FileFormatError("This file has only cue notes and slashes, which are not played; choose another.")
        raise FileFormatError("There are no notes in this file; choose one that has some.")
    remarks: list[Remark] = []
    piece = assembled(parts, _title(root), _composer(root), remarks)
    counted = (
        remark("grace_notes_left_out", count=left_out["grace"]),
        remark("cue_notes_left_out", count=left_out["cue"]),
        remark("slashes_left_out", count=left_out["slash"]),
        remark("hidden_notes_played", count=left_out["hidden"]),
    )
    remarks += [each for each in counted if each.values["count"]]
    tracks = own_tracks(root)
    if tracks is not None:
        known = [key for key in root.iter("key") if key.find("mode") is not None]
        piece = replace(piece, tracks=tracks, key_signatures=piece.key_signatures if known else ())
    if piece.end_quarter > MAX_QUARTERS:
        stop = max(q for q in bar_starts(piece, MAX_QUARTERS) if q <= MAX_QUARTERS)
        remarks.append(remark("score_cut_after_repeats", quarters=stop))
        piece = slice_quarters(piece, 0.0, stop)
    return replace(piece, swing=read_swing(root)), tuple(remarks)


def _parts(root: Element, left_out: Counter) -> list[RawPart]:
    described = {part.get("id"): part for part in root.iter("score-part")}
    parts = []
    for element in root.findall("part"):
        about = described.get(element.get("id"))
        name = " ".join((about.findtext("part-name") or "").split()) if about is not None else ""
        if name == "MusicXML Part":
            name = ""
        part = read_part(element, name, read_instruments(about, name), left_out)
        if part.measures:
            parts.append(part)
    return parts


def _title(root: Element) -> str:
    """Return the title, that of the work before that of the movement, or what is printed largest above the music."""
    for path in ("work/work-title", "movement-title"):
        title = " ".join((root.findtext(path) or "").split())
        if title and title.lower() not in _UNTITLED:
            return title
    for credit in root.findall("credit"):
        if (credit.findtext("credit-type") or "").strip() == "title":
            return " ".join("".join(words.text or "" for words in credit.findall("credit-words")).split())
    return ""


def _composer(root: Element) -> str:
    creators = root.findall("identification/creator")
    found = next((c for c in creators if (c.get("type") or "").lower() == "composer"), None)
    return " ".join((found.text or "").split()) if found is not None else ""
