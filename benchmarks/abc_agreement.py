"""ABC tunes read by us and by abc2midi: the share of a collection in which every note agrees.

Collections: O'Neill's and Ryan's tunes, Aird's, the Essen songs and Josquin as music21 carries them, and Nottingham
from `MUSEGEN_DATA`. abc2midi is Debian's `abcmidi`; without it the benchmark is skipped with a word. What sounds is
compared, not how it is played: ornaments, staccato, jumps (which abc2midi passes over) and the swing of hornpipes are
taken out of the text for both. Many of the tunes left differ in where a repeat begins after a pickup, or in a first
ending that abc2midi passes over.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.report import Figures, run, table
from musegen.errors import MusegenError
from musegen.files.abc import read_abc
from musegen.files.abc.book import split_tunes
from musegen.music import Piece
from musegen.music.transform import unfold_repeats

_OURS = {"O'Neill": "oneills1850", "Ryan": "ryansMammoth", "Aird": "airdsAirs", "Essen": "essenFolksong",
         "Josquin": "josquin"}  # fmt: skip
_TOLERANCE = 0.1
"""Quarters: abc2midi spreads chords and shortens every note a little."""
_SECONDS = 20
_ORNAMENTS = re.compile(r"[.~HJLMNOPRSTuvkt](?=[.~HJLMNOPRSTuvkt]*[\[\^_=]*[A-Ga-g\[{(])")
_FIELD = re.compile(r"[A-Za-z]:(?![|:])|%%")

Row = tuple[float, int, float]
"""Onset and duration in quarters, pitch between them."""


def collections() -> dict[str, list[Path]]:
    """Return the files of each collection that is here."""
    import music21

    root = Path(music21.__file__).parent / "corpus"
    found = {name: sorted((root / folder).glob("*.abc")) for name, folder in _OURS.items()}
    if folder := os.environ.get("MUSEGEN_DATA"):
        found["Nottingham"] = sorted(Path(folder, "nottingham", "ABC_cleaned").glob("*.abc"))
    return {name: paths for name, paths in found.items() if paths}


def plain(tune: str) -> str:
    """Return a tune without what is played by taste: ornaments, staccato, words, jumps, the name of its dance."""
    lines, in_body = [], False
    for line in tune.split("\n"):
        if in_body and not _FIELD.match(line):
            line = re.sub(r'"[^"]*"', "", re.sub(r"![^!\s|]*!", "", line))
            parts = re.split(r"(\[[A-Za-z]:[^\]]*\])", line)
            line = "".join(part if i % 2 else _ORNAMENTS.sub("", part) for i, part in enumerate(parts))
        in_body = in_body or line.startswith("K:")
        if not line.startswith("R:"):
            lines.append(line)
    return "\n".join(lines)


def played_by_abc2midi(tune: str, folder: Path) -> list[Row]:
    """Return the notes that abc2midi plays of a tune, none where it refuses it."""
    import mido

    source, target = folder / "tune.abc", folder / "tune.mid"
    target.unlink(missing_ok=True)
    source.write_text(tune, encoding="utf-8")
    options = ("-NFNP", "-NGRA", "-NGUI", "-NCOM", "-NFER")
    command = ["abc2midi", str(source), "-o", str(target), *options]
    subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    if not target.exists():
        return []
    file = mido.MidiFile(str(target))
    rows: set[Row] = set()
    for track in file.tracks:
        tick, sounding = 0, {}
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                sounding[message.note] = tick
            elif message.type in ("note_off", "note_on") and message.note in sounding:
                begun = sounding.pop(message.note)
                rows.add((begun / file.ticks_per_beat, message.note, (tick - begun) / file.ticks_per_beat))
    return sorted(rows)


def notes_of(piece: Piece) -> list[Row]:
    """Return the notes of all tracks together; two in unison are one."""
    return sorted({(n.onset_quarter, n.pitch, n.duration_quarter) for track in piece.tracks for n in track.notes})


def distinct(rows: list[Row]) -> list[Row]:
    """Return notes by pitch, onset and length, two in unison that begin and end together being one."""
    begun: list[Row] = []
    for onset, pitch, length in sorted(rows, key=lambda row: (row[1], row[0])):
        together = begun and begun[-1][1] == pitch and onset - begun[-1][0] <= _TOLERANCE
        begun.append((begun[-1][0] if together else onset, pitch, length))
    kept: list[Row] = []
    for row in sorted(begun, key=lambda row: (row[1], row[0], row[2])):
        if not (kept and kept[-1][:2] == row[:2] and row[2] - kept[-1][2] <= _TOLERANCE):
            kept.append(row)
    return kept


def same(first: list[Row], second: list[Row]) -> str:
    """Return "" where two lists are the same notes, else what differs first: "count", "pitch", "onset", "length"."""
    first, second = distinct(first), distinct(second)
    if len(first) != len(second):
        return "count"
    for a, b in zip(first, second, strict=True):
        for name, place in (("pitch", 1), ("onset", 0), ("length", 2)):
            if abs(a[place] - b[place]) > (0 if name == "pitch" else _TOLERANCE):
                return name
    return ""


def measured(small: bool) -> Figures:
    """Return for each collection how many tunes were compared, how many agree, and what differs in the others."""
    if not shutil.which("abc2midi"):
        return {"rows": []}
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for title, paths in collections().items():
            tunes = [t for path in paths for t in split_tunes(path.read_text(encoding="utf-8", errors="replace"))]
            found: Counter = Counter()
            for tune in tunes[:: max(len(tunes) // (4 if small else 500), 1)]:
                heard = played_by_abc2midi(plain(tune), Path(name))
                if not heard:
                    continue
                try:
                    found[same(heard, notes_of(unfold_repeats(read_abc(plain(tune))))) or "agree"] += 1
                except MusegenError:
                    found["refused"] += 1
            rows.append([title, sum(found.values()), found.pop("agree", 0), dict(found)])
    return {"rows": rows}


def rendered(figures: dict[str, Any]) -> str:
    """Return the figures as a table."""
    if not figures["rows"]:
        return "abc2midi is not installed (Debian's package abcmidi): skipped."
    rows = [
        [title, count, f"{100 * agree / count:.1f} %", ", ".join(f"{k}: {v}" for k, v in rest.items())]
        for title, count, agree, rest in figures["rows"]
    ]
    return table(("collection", "tunes", "every note agrees", "others differ in"), rows)


if __name__ == "__main__":
    run(measured, rendered)
