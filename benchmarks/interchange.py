"""Takes and corpus files through other programs and back: the share that returns note for note, by kind of fault.

MuseScore (Debian's `musescore3`, headless) opens our MusicXML and saves it again; music21 parses and writes it again;
both come back through our reader. abc2midi (Debian's `abcmidi`) plays our ABC, and what it plays is compared. Programs
are skipped with a word where they are not installed, corpora where `MUSEGEN_DATA` is not set. What we write is
validated against the schema of MusicXML 4.0 where the packages `lxml` and `musicxml` (which carries the schema) are
installed; neither is needed by the program.

All of it takes an hour of a core. `--slice 3/20 --into FOLDER` does the third of twenty parts and keeps its figures in
the folder; `--into FOLDER` alone prints the table of what is kept there.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.abc_agreement import notes_of as sounding
from benchmarks.abc_agreement import played_by_abc2midi, same
from benchmarks.report import Figures, table
from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.files import read
from musegen.files.abc import abc_text
from musegen.files.abc.book import split_tunes
from musegen.files.abc.read import read_abc
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music import Piece
from musegen.music.notation import notatable
from musegen.music.timing import bar_starts
from musegen.music.transform import slice_bars, unfold_repeats
from musegen.services.making.compose import compose
from musegen.services.styles import list_styles

_CORPORA = {"openscore-lieder": "*.mxl", "openewld-pd": "*.mxl", "openscore-quartets": "*.mxl", "nottingham": "*.abc"}
_ATTRIBUTES = {
    "xml": ("http://www.w3.org/XML/1998/namespace", ("lang", "space")),
    "xlink": ("http://www.w3.org/1999/xlink", ("actuate", "href", "role", "show", "title", "type")),
}
"""Attributes that the schema of MusicXML takes from the web, by the name of the file there."""
_SECONDS = 120
_MOST_NOTES = 1500
"""Of longer files the first bars go on the journey: a movement takes music21 minutes and says nothing new."""
_TAKES, _FILES = 10, 300

Source = tuple[str, str, Callable[[], Piece]]
"""Where a piece is from, its name, and what reads or makes it."""


def sources() -> list[Source]:
    """Return takes of every style and files spread over the corpora that are there, none of them read yet."""
    found: list[Source] = [
        (card.style_id, f"random seed {seed}", lambda style=card.style_id, seed=seed: _take(style, seed))
        for card in list_styles() for seed in range(_TAKES)
    ]  # fmt: skip
    folder = os.environ.get("MUSEGEN_DATA")
    for name, pattern in _CORPORA.items() if folder else ():
        paths = sorted(Path(folder, name).rglob(pattern))
        pieces = [(path, index) for path in paths for index in range(_tunes(path))]
        count = _FILES // len(_CORPORA)
        for place in range(min(count, len(pieces))):
            path, index = pieces[place * len(pieces) // count]
            found.append((name, f"{path.stem} {index}".removesuffix(" 0"), lambda p=path, i=index: _file(p, i)))
    return found


def _tunes(path: Path) -> int:
    return len(split_tunes(path.read_text(encoding="utf-8", errors="replace"))) if path.suffix == ".abc" else 1


def _take(style: str, seed: int) -> Piece:
    options = {"chart": "Dm7 | G7 | Cmaj7 | A7"} if style == "jazz" else {}
    request = ComposeRequest(style_id=style, mode="invent", num_bars=12, random_seed=seed, options=options)
    return compose(request).takes[0].piece


def _file(path: Path, index: int) -> Piece:
    if path.suffix == ".abc":
        return read_abc(split_tunes(path.read_text(encoding="utf-8", errors="replace"))[index])
    piece = read(path)
    onsets = sorted(note.onset_quarter for track in piece.tracks for note in track.notes)
    if len(onsets) <= _MOST_NOTES:
        return piece
    bars = sum(start < onsets[_MOST_NOTES] for start in bar_starts(piece))
    return slice_bars(piece, 0, max(bars - 1, 1))


# ------------------------------------------------------------------------------------------------------ journeys


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


# --------------------------------------------------------------------------------------------------------- faults


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


_ABC_FAULTS = {"count": "number of notes", "pitch": "pitches", "onset": "times", "length": "lengths"}


def _by_musicxml(journey: Callable[[str, Path], str], written: Piece, folder: Path) -> str:
    return fault(written, read_musicxml(journey(musicxml_text(written), folder).encode()))


def _by_abc(written: Piece, folder: Path) -> str:
    heard = played_by_abc2midi(abc_text(written), folder)
    if not heard:
        return "abc2midi refuses it"
    return _ABC_FAULTS.get(same(heard, sounding(unfold_repeats(written))), "")


def ways() -> dict[str, Callable[[Piece, Path], str]]:
    """Return the journeys that can be made here: each takes a piece and a folder, and returns the fault."""
    found: dict[str, Callable[[Piece, Path], str]] = {
        "music21": lambda piece, folder: _by_musicxml(through_music21, piece, folder)
    }
    if shutil.which("musescore3") or shutil.which("musescore"):
        found["MuseScore"] = lambda piece, folder: _by_musicxml(through_musescore, piece, folder)
    if shutil.which("abc2midi"):
        found["abc2midi"] = _by_abc
    return found


def measured(chosen: list[Source], only: str = "") -> Figures:
    """Return for each piece and way the fault, "" where it returns note for note; and how many are valid MusicXML."""
    journeys = {name: way for name, way in ways().items() if only in ("", name)}
    against = schema()
    rows: list[list[str]] = []
    valid: list[list[Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for source, name, make in chosen:
            try:
                piece = make()
            except MusegenError as error:
                rows += [[source, name, way, f"refused: {error}"] for way in journeys]
                continue
            written = notatable(piece)
            if against is not None:
                valid.append([source, name, is_valid(musicxml_text(written), against)])
            for way, journey in journeys.items():
                try:
                    found = journey(written, Path(folder))
                except MusegenError:
                    found = "not read again"
                except Exception as error:  # other programs fail in any way they like
                    found = f"{way} fails ({type(error).__name__})"
                rows.append([source, name, way, found])
    return {"rows": rows, "valid": valid, "ways": sorted(ways())}


# ---------------------------------------------------------------------------------------------------------- table


def rendered(figures: Figures) -> str:
    """Return the figures as tables."""
    found: dict[str, dict[str, Counter]] = {}
    refused = {(s, n): fault for s, n, _, fault in figures["rows"] if fault.startswith("refused")}
    for source, _, way, what in figures["rows"]:
        if not what.startswith("refused"):
            found.setdefault(source, {}).setdefault(way, Counter())[what] += 1
    names = [way for way in ("music21", "MuseScore", "abc2midi") if way in figures["ways"]]
    lines, totals = [], {way: Counter() for way in names}
    for source, by_way in found.items():
        cells, faults = [], []
        for way in names:
            counts = by_way.get(way, Counter())
            totals[way] += counts
            cells.append(f"{counts['']} of {sum(counts.values())}" if counts else "-")
            faults += [f"{way}: {what} {count}" for what, count in counts.most_common() if what]
        lines.append([source, *cells, "; ".join(faults)])
    shares = [f"{100 * c[''] / max(sum(c.values()), 1):.1f} %" for c in totals.values()]
    text = table(("note for note through", *names, "faults"), [*lines, ["all", *shares, ""]])
    missing = [way for way in ("MuseScore", "abc2midi") if way not in figures["ways"]]
    text += "".join(f"\n\n{way} is not installed: skipped." for way in missing)
    valid = [ok for *_, ok in figures["valid"]]
    text += (
        f"\n\nValid MusicXML 4.0: {sum(valid)} of {len(valid)}."
        if valid
        else "\n\nThe schema is not installed: not validated."
    )
    if refused:
        text += f"\n\nRefused with a sentence: {len(refused)}."
    return text


def _kept(folder: Path) -> Figures:
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("slice-*.json"))]
    order = [source for source, _, _ in sources()]
    rows = sorted((row for part in parts for row in part["rows"]), key=lambda row: order.index(row[0]))
    found = sorted({way for part in parts for way in part["ways"]})
    return {"rows": rows, "valid": [row for part in parts for row in part["valid"]], "ways": found}


def main(arguments: list[str]) -> None:
    """Be the command line of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument("--small", action="store_true", help="a quick, rough version, to see that it runs")
    parser.add_argument("--slice", metavar="K/N", help="only part K of N")
    parser.add_argument("--only", metavar="WAY", default="", help="only through music21, MuseScore or abc2midi")
    parser.add_argument("--into", metavar="FOLDER", type=Path, help="where the figures of parts are kept")
    options = parser.parse_args(arguments)
    if options.into and not options.slice:
        figures = _kept(options.into)
    else:
        part, parts = map(int, (options.slice or "1/1").split("/"))
        chosen = sources()[part - 1 :: parts]
        figures = measured(chosen[:: max(len(chosen) // 8, 1)] if options.small else chosen, options.only)
        if options.into:
            options.into.mkdir(parents=True, exist_ok=True)
            name = f"slice-{part:03}-of-{parts}{'-' + options.only if options.only else ''}.json"
            (options.into / name).write_text(json.dumps(figures), encoding="utf-8")
    print(json.dumps(figures, indent=1) if options.json else rendered(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
