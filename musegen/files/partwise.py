"""Engraved scores read straight from MusicXML by measures and parts: notes, meters, keys, titles, nothing else.

Function: read_partwise. For large corpora of known files, where music21 would take seconds a file. Left out are grace
notes, cue notes and rests; tied notes are one; repeats are not written out; ornaments and dynamics are not read.
"""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from musegen.constants import TICKS_PER_QUARTER
from musegen.errors import FileFormatError

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_TIE_TICKS = 2
"""Two tied notes are one where the second begins within so many ticks of the end of the first."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure as the first part has it.

    Args:
        tick: its start.
        length: of the longest part, in ticks.
        number: as printed; empty where the file gives none.
        meter: numerator and denominator in force, None before the first.
        fifths: sharps (positive) or flats of the key signature in force.
        words: what is printed above it in large letters (14 points or more).
        qpm: quarters a minute from here on, None where nothing is said.
    """

    tick: int
    length: int
    number: str
    meter: tuple[int, int] | None
    fifths: int
    words: tuple[str, ...]
    qpm: float | None


@dataclass(frozen=True, slots=True)
class PartwiseScore:
    """What was read.

    Args:
        part_names: from the top.
        notes: onset and duration in ticks (10080 a quarter), pitch, part; by onset, part, pitch; shape (N, 4).
        measures: in order.
        staff: which staff of its part each note stands on, the upper one 1, shape (N,).
    """

    part_names: tuple[str, ...]
    notes: np.ndarray
    measures: tuple[Measure, ...]
    staff: np.ndarray


@dataclass(slots=True)
class _Bar:
    """A measure while it is read: notes are (offset, duration, pitch, tie starts, tie stops, staff) in ticks."""

    notes: list[tuple[int, int, int, bool, bool, int]]
    length: int
    measure: ElementTree.Element


def read_partwise(data: bytes) -> PartwiseScore:
    """Return the notes and measures of a MusicXML file.

    Args:
        data: content of the file, plain or compressed (.mxl).

    Raises:
        FileFormatError: it is not MusicXML by parts, or its parts do not have the same number of measures.
    """
    try:
        root = ElementTree.fromstring(_text(data))
    except (ElementTree.ParseError, zipfile.BadZipFile, KeyError) as error:
        raise FileFormatError("The score cannot be read as MusicXML ({error}).", error=error) from error
    if root.tag != "score-partwise":
        raise FileFormatError("The score must be MusicXML by parts (score-partwise), it is {tag}.", tag=root.tag)
    names = {part.get("id"): (part.findtext("part-name") or "").strip() for part in root.iter("score-part")}
    parts = [(names.get(part.get("id"), ""), _read_part(part)) for part in root.findall("part")]
    counts = {len(bars) for _, bars in parts}
    if len(counts) != 1:
        raise FileFormatError(
            "The parts of a score must have the same number of measures, these have {counts}.", counts=counts
        )
    lengths = [max(bar.length for bar in column) for column in zip(*(bars for _, bars in parts), strict=True)]
    starts = [0, *np.cumsum(lengths).tolist()]
    rows = [
        (onset, duration, pitch, number, staff)
        for number, (_, bars) in enumerate(parts)
        for onset, duration, pitch, staff in _tied(bars, starts)
    ]
    notes = np.array(sorted(rows, key=lambda row: (row[0], row[3], row[2])), np.int64).reshape(-1, 5)
    names_of_parts = tuple(name for name, _ in parts)
    return PartwiseScore(names_of_parts, notes[:, :4], _measures(parts[0][1], starts, lengths), notes[:, 4])


def _text(data: bytes) -> bytes:
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        path = next((e.get("full-path") for e in container.iter() if e.tag.endswith("rootfile")), None)
        return archive.read(path or "")


def _read_part(part: ElementTree.Element) -> list[_Bar]:
    bars, divisions, transposition = [], 1, 0
    for measure in part.findall("measure"):
        notes, now, end, last = [], 0, 0, 0
        for element in measure:
            if element.tag == "attributes":
                divisions = int(element.findtext("divisions") or divisions)
                chromatic = element.findtext("transpose/chromatic")
                octave = element.findtext("transpose/octave-change")
                if chromatic is not None:
                    transposition = int(chromatic) + 12 * int(octave or 0)
            elif element.tag == "backup":
                now -= int(element.findtext("duration") or 0)
            elif element.tag == "forward":
                now += int(element.findtext("duration") or 0)
            elif element.tag == "note" and element.find("grace") is None:
                length = int(element.findtext("duration") or 0)
                onset = last if element.find("chord") is not None else now
                pitch = element.find("pitch")
                if pitch is not None and element.find("cue") is None and length:
                    ties = {tie.get("type") for tie in element.findall("tie")}
                    span = [value * TICKS_PER_QUARTER // divisions for value in (onset, onset + length)]
                    sounding = _midi(pitch) + transposition
                    staff = int(element.findtext("staff") or 1)
                    notes.append((span[0], span[1] - span[0], sounding, "start" in ties, "stop" in ties, staff))
                last, now = onset, max(now, onset + length) if element.find("chord") is not None else onset + length
            end = max(end, now)
        bars.append(_Bar(notes, end * TICKS_PER_QUARTER // divisions, measure))
    return bars


def _midi(pitch: ElementTree.Element) -> int:
    alter = round(float(pitch.findtext("alter") or 0))
    return 12 * (int(pitch.findtext("octave") or 4) + 1) + _STEPS[pitch.findtext("step") or "C"] + alter


def _tied(bars: Iterable[_Bar], starts: list[int]) -> list[tuple[int, int, int, int]]:
    """Return (onset, duration, pitch, staff) of one part, tied notes as one."""
    found: list[list[int]] = []
    open_ties: dict[int, list[int]] = {}
    for bar, start in zip(bars, starts, strict=False):
        for offset, duration, pitch, begins, stops, staff in sorted(bar.notes):
            onset, before = start + offset, open_ties.pop(pitch, None)
            if stops and before is not None and abs(before[0] + before[1] - onset) <= _TIE_TICKS:
                before[1] = onset + duration - before[0]
                note = before
            else:
                note = [onset, duration, pitch, staff]
                found.append(note)
            if begins:
                open_ties[pitch] = note
    # Two voices of a part that write the same note together sound it once.
    longest: dict[tuple[int, int], tuple[int, int]] = {}
    for onset, duration, pitch, staff in found:
        longest[onset, pitch] = max((duration, -staff), longest.get((onset, pitch), (0, 0)))
    return [(onset, duration, pitch, -staff) for (onset, pitch), (duration, staff) in longest.items()]


def _measures(bars: list[_Bar], starts: list[int], lengths: list[int]) -> tuple[Measure, ...]:
    measures, meter, fifths = [], None, 0
    for bar, start, length in zip(bars, starts, lengths, strict=False):
        beats, unit = bar.measure.findtext("attributes/time/beats"), bar.measure.findtext("attributes/time/beat-type")
        if beats and unit:
            meter = (sum(int(count) for count in beats.split("+")), int(unit))
        fifths = int(bar.measure.findtext("attributes/key/fifths") or fifths)
        words = tuple(
            " ".join((word.text or "").split())
            for word in bar.measure.iter("words")
            if float(word.get("font-size") or 0) >= 14 and (word.text or "").strip()
        )
        tempo = next(
            (float(sound.get("tempo") or 0) for sound in bar.measure.iter("sound") if sound.get("tempo")), None
        )
        measures.append(Measure(start, length, bar.measure.get("number", ""), meter, fifths, words, tempo))
    return tuple(measures)
