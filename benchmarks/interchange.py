"""Takes and corpus files through other programs and back: the share that returns note for note, by kind of fault.

MuseScore (Debian's `musescore3`, headless) opens our MusicXML and saves it again; music21 parses and writes it again.
Both come back through our reader. MuseScore is skipped with a word where it is not installed, corpora where
`MUSEGEN_DATA` is not set. What we write is validated against the schema of MusicXML 4.0 where the packages `lxml` and
`musicxml` (which carries the schema) are installed; neither is needed by the program.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import Figures, run, table
from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.files import read
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music import Piece
from musegen.music.notation import notatable
from musegen.services.making.compose import compose
from musegen.services.styles import list_styles

_CORPORA = ("openscore-lieder", "openewld-pd", "openscore-quartets")
_ATTRIBUTES = {
    "xml": ("http://www.w3.org/XML/1998/namespace", ("lang", "space")),
    "xlink": ("http://www.w3.org/1999/xlink", ("actuate", "href", "role", "show", "title", "type")),
}
"""Attributes that the schema of MusicXML takes from the web, by the name of the file there."""
_SECONDS = 120
_MOST_NOTES = 6000
"""Longer files take music21 minutes and say nothing new."""


def takes(count: int) -> Iterator[tuple[str, Piece]]:
    """Yield (style, take) of every style, invented where it can be."""
    for card in list_styles():
        for seed in range(count):
            options = {"chart": "Dm7 | G7 | Cmaj7 | A7"} if card.style_id == "jazz" else {}
            try:
                request = ComposeRequest(
                    style_id=card.style_id, mode="invent", num_bars=12, random_seed=seed, options=options
                )
                yield card.style_id, compose(request).takes[0].piece
            except MusegenError:
                continue  # a style that cannot invent


def corpus_files(count: int) -> Iterator[tuple[str, Piece]]:
    """Yield (corpus, piece) of `count` MusicXML files spread over the corpora that are there."""
    folder = os.environ.get("MUSEGEN_DATA")
    for name in _CORPORA if folder else ():
        paths = sorted(Path(folder, name).rglob("*.mxl"))
        for path in paths[:: max(len(paths) * len(_CORPORA) // count, 1)]:
            try:
                piece = read(path)
            except MusegenError:
                yield name, Piece()
                continue
            if piece.num_notes <= _MOST_NOTES:
                yield name, piece


def through_musescore(text: str, folder: Path) -> str:
    """Return a MusicXML text as MuseScore saves it again."""
    (folder / "in.musicxml").write_text(text, encoding="utf-8")
    out = folder / "out.musicxml"
    out.unlink(missing_ok=True)
    program = shutil.which("musescore3") or shutil.which("musescore")
    subprocess.run(
        [program, "-o", str(out), str(folder / "in.musicxml")], check=True, capture_output=True, timeout=_SECONDS,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)},
    )  # fmt: skip
    return out.read_text(encoding="utf-8")


def through_music21(text: str, _folder: Path) -> str:
    """Return a MusicXML text as music21 writes it again."""
    from music21 import converter
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    return GeneralObjectExporter(converter.parseData(text, format="musicxml")).parse().decode()


def schema() -> Any | None:
    """Return the schema of MusicXML 4.0, None where the packages for it are not installed."""
    found = importlib.util.find_spec("musicxml")
    if found is None or importlib.util.find_spec("lxml") is None:
        return None
    from lxml import etree

    folder = Path(found.submodule_search_locations[0], "generate_classes")
    text = (folder / "musicxml_4_0.xsd").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        for stem, (space, attributes) in _ATTRIBUTES.items():
            text = text.replace(f"http://www.musicxml.org/xsd/{stem}.xsd", f"{stem}.xsd")
            inside = "".join(f'<xs:attribute name="{a}" type="xs:string"/>' for a in attributes)
            head = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}">'
            Path(name, f"{stem}.xsd").write_text(f"{head}{inside}</xs:schema>", encoding="utf-8")
        Path(name, "score.xsd").write_text(text, encoding="utf-8")
        return etree.XMLSchema(etree.parse(str(Path(name, "score.xsd"))))


def is_valid(text: str, against: Any) -> bool:
    """Return whether a MusicXML text is valid."""
    from lxml import etree

    return against.validate(etree.fromstring(text.encode()))


def notes_of(piece: Piece) -> Counter:
    """Return (onset, duration, pitch, is drum) of all notes, tracks aside."""
    return Counter(
        (round(n.onset_quarter, 3), round(n.duration_quarter, 3), n.pitch, t.is_drum)
        for t in piece.tracks for n in t.notes
    )  # fmt: skip


def fault(before: Piece, after: Piece) -> str:
    """Return what is different after a journey, "" where nothing is."""
    old, new = notes_of(before), notes_of(after)
    if old == new:
        return ""
    plain_old, plain_new = (Counter({key[:3]: 0 for key in notes}) for notes in (old, new))
    if plain_old.keys() == plain_new.keys():
        return "unisons are one note" if {k[3] for k in old} == {k[3] for k in new} else "drums and pitches mixed"
    if {(k[0], k[2]) for k in old} == {(k[0], k[2]) for k in new}:
        return "lengths"
    if sum(old.values()) > sum(new.values()):
        return "notes lost"
    if sorted(k[:2] for k in old.elements()) == sorted(k[:2] for k in new.elements()):
        return "pitches of drums" if all(k[3] for k in (old - new)) else "pitches"
    return "times" if sum(old.values()) == sum(new.values()) else "notes added"


def measured(small: bool) -> Figures:
    """Return how many files return note for note through each program, and what is wrong with the others."""
    ways: dict[str, Any] = {"music21": through_music21}
    if shutil.which("musescore3") or shutil.which("musescore"):
        ways["MuseScore"] = through_musescore
    rows: dict[tuple[str, str], Counter] = {}
    against, valid = schema(), Counter()
    with tempfile.TemporaryDirectory() as name:
        for source, piece in (*takes(1 if small else 10), *corpus_files(6 if small else 300)):
            if against is not None and piece.num_notes:
                valid[is_valid(musicxml_text(piece), against)] += 1
            for way, journey in ways.items():
                row = rows.setdefault((source, way), Counter())
                if not piece.num_notes:
                    row["not read"] += 1
                    continue
                written = notatable(piece)
                try:
                    again = read_musicxml(journey(musicxml_text(written), Path(name)).encode())
                    row[fault(written, again) or "same"] += 1
                except MusegenError:
                    row["not read again"] += 1
                except Exception:  # other programs fail in any way they like
                    row[f"{way} failed"] += 1
    return {
        "rows": [[source, way, sum(row.values()), row["same"], dict(row - Counter(same=row["same"]))]
                 for (source, way), row in rows.items()],
        "musescore": "MuseScore" in ways,
        "valid": [valid[True], sum(valid.values())],
    }  # fmt: skip


def rendered(figures: dict[str, Any]) -> str:
    """Return the figures as a table."""
    rows = [
        [source, way, count, f"{100 * same / count:.0f} %", ", ".join(f"{k}: {v}" for k, v in faults.items())]
        for source, way, count, same, faults in figures["rows"]
    ]
    text = table(("from", "through", "files", "note for note", "faults"), rows)
    valid, total = figures["valid"]
    text += (
        f"\n\nValid MusicXML 4.0: {valid} of {total}." if total else "\n\nThe schema is not installed: not validated."
    )
    return text if figures["musescore"] else text + " MuseScore is not installed: skipped."


if __name__ == "__main__":
    run(measured, rendered)
