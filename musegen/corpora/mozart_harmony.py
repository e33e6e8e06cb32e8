"""Mozart's piano sonatas with harmonic labels by hand (DCML), to measure the chords that are heard in a score.

read_labelled_movements. Not for commercial use; nothing has learned from it.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.music.theory import parse_key

_FILE = "mozart-sonatas-tsv.zip"
_DEGREES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_MINOR_DEGREES = {"i": 0, "ii": 2, "iii": 3, "iv": 5, "v": 7, "vi": 8, "vii": 10}
FAMILIES = {
    "M": "major", "m": "minor", "Mm7": "dominant", "o": "diminished", "o7": "diminished", "mm7": "minor",
    "%7": "half-diminished", "+": "major", "MM7": "major", "+7": "dominant",
}  # fmt: skip
"""Families of the chord types that are read; augmented sixths are left out."""

MOZART = register(
    Dataset(
        name="dcml-mozart-sonatas",
        title="Annotated Mozart piano sonatas (DCML)",
        homepage="https://github.com/DCMLab/mozart_piano_sonatas",
        files=(
            RemoteFile(
                "https://github.com/DCMLab/mozart_piano_sonatas/archive/5337257a5318.zip",
                "901061b8c713bc4548a65b3efd483406a01d2d77e3e0f12277904409fbef8def",
                _FILE,
                1235537,
            ),
        ),
        licence="CC BY-NC-SA 4.0: not for commercial use.",
        citation="J. Hentschel, M. Neuwirth, M. Rohrmeier, The Annotated Mozart Sonatas, TISMIR 2021.",
        notes="Published as a repository (the address above); read here as an archive of its tables, and the checksum "
        "is that of the archive. 51 of the 54 movements are in it.",
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledMovement:
    """A movement with its chords.

    Args:
        name: "K279-1".
        piece: the notes, repeats not played.
        chords: (quarter, root as a pitch class, family or "" where it is none of `FAMILIES`), in order.
    """

    name: str
    piece: Piece
    chords: tuple[tuple[float, int, str], ...]


def read_labelled_movements() -> list[LabelledMovement]:
    """Return all movements.

    Raises:
        DatasetError: the corpus cannot be had.
    """
    with zipfile.ZipFile(fetch(MOZART) / _FILE) as stored:
        names = sorted(n for n in stored.namelist() if n.startswith("harmonies/") and n.endswith(".tsv"))
        return [_movement(stored, name.split("/")[1].removesuffix(".harmonies.tsv")) for name in names]


def _movement(stored: zipfile.ZipFile, name: str) -> LabelledMovement:
    tables = {kind: list(_table(stored, f"{kind}/{name}.{kind}.tsv")) for kind in ("harmonies", "notes", "measures")}
    notes: list[Note] = []
    for row in tables["notes"]:
        if row.get("gracenote") or not _time(row):
            continue
        onset, length, pitch = _quarters(_time(row)), _quarters(row["duration_qb"]), int(float(row["midi"]))
        if row.get("tied") not in ("", "1", None):  # 0 and -1 continue a note
            before = next(i for i in range(len(notes) - 1, -1, -1) if notes[i].pitch == pitch)
            notes[before] = Note(notes[before].onset_quarter, pitch, onset + length - notes[before].onset_quarter)
        elif length > 0:
            notes.append(Note(onset, pitch, length))
    chords = [_chord(row) for row in tables["harmonies"] if _time(row) and row["globalkey"]]
    first = tables["harmonies"][0]["globalkey"]
    key = KeySignature(0.0, *parse_key(f"{first[0].upper()}{first[1:]} {'minor' if first[0].islower() else 'major'}"))
    meters, pickup = _meters(tables["measures"])
    piece = Piece(
        (Track(tuple(notes)),), time_signatures=meters, key_signatures=(key,), pickup_quarter=pickup, title=name
    )
    return LabelledMovement(name, piece, tuple(sorted(chords)))


def _table(stored: zipfile.ZipFile, path: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(stored.read(path).decode("utf-8")), delimiter="\t")


def _time(row: dict[str, str]) -> str:
    return row.get("quarterbeats_all_endings") or row.get("quarterbeats") or ""


def _quarters(text: str) -> float:
    return float(Fraction(text))


def _meters(rows: list[dict[str, str]]) -> tuple[tuple[TimeSignature, ...], float]:
    """Return the meters, and the length of the pickup: where bars lie, their lengths say."""
    at, pickup = 0.0, 0.0
    meters: list[TimeSignature] = []
    for index, row in enumerate(rows):
        numerator, denominator = map(int, row["timesig"].split("/"))
        length, whole = _quarters(row["act_dur"]) * 4, numerator * 4 / denominator
        if index == 0 and length < whole:
            pickup = length
        known = meters and (meters[-1].numerator, meters[-1].denominator) == (numerator, denominator)
        if not known:
            meters.append(TimeSignature(at, numerator, denominator))
        at += length
    return tuple(meters), pickup


def _chord(row: dict[str, str]) -> tuple[float, int, str]:
    """Return a label in pitch classes: its root is written in fifths above the tonic of its local key."""
    name, minor = row["globalkey"], row["globalkey"][0].islower()
    tonic = parse_key(f"{name[0].upper()}{name[1:]} major")[0]
    for numeral in reversed(row["localkey"].split("/")):
        sharps = numeral.count("#") - numeral.count("b")
        degree = numeral.strip("#b").lower()
        tonic += (_MINOR_DEGREES if minor else _DEGREES)[degree] + sharps
        minor = numeral.strip("#b").islower()
    family = FAMILIES.get(row["chord_type"], "")
    if not row["root"] or not family:
        return _quarters(_time(row)), 0, ""
    return _quarters(_time(row)), int(np.mod(tonic + 7 * int(float(row["root"])), 12)), family
