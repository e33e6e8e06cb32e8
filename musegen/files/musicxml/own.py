"""Tracks out of MusicXML that this program wrote: the ids of the notes say which note of which track they are."""

import json
import re
from xml.etree.ElementTree import Element

from musegen.music import Note, Track
from musegen.music.theory import STEP_PITCH_CLASSES

_ID = re.compile(r"n(\d+)-(\d+)(?:-\d+)?")
_FRET_ID = re.compile(r"f(\d+)-\d+")  # the same note on the staff of tablature
_DEFAULT_DYNAMICS = 80 / 0.9


def own_tracks(root: Element) -> tuple[Track, ...] | None:
    """Return the tracks of a file of ours, None for any other file.

    Closed score and grand staff spread tracks over staves; ids bring them back together. Files that another
    program saved again have lost the mark of ours and are read by the common way.

    Args:
        root: <score-partwise>.
    """
    if root.findtext("identification/encoding/software") != "Musegen":
        return None
    fields = {f.get("name"): f.text for f in root.iter("miscellaneous-field")}
    try:
        described = [
            (str(name), int(program), bool(drum), tuple((float(a), float(b)) for pedals in rest for a, b in pedals))
            for name, program, drum, *rest in json.loads(fields["musegen-tracks"] or "")
        ]
        rows = _rows(root)
        fretted = {int(found[1]) for note in root.iter("note") if (found := _FRET_ID.fullmatch(note.get("id", "")))}
        notes: list[list[Note]] = [[] for _ in described]
        for (track, _), (onset, duration, pitch, velocity) in sorted(rows.items()):
            notes[track].append(Note(onset, pitch, duration, velocity))
        return tuple(
            Track(tuple(ns), program, drum, name, pedals, tablature=index in fretted)
            for index, (ns, (name, program, drum, pedals)) in enumerate(zip(notes, described, strict=True))
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError, json.JSONDecodeError):
        return None


def _rows(root: Element) -> dict[tuple[int, int], tuple[float, float, int, int]]:
    """Return (onset, duration, pitch, velocity) by (track, index), tied notes joined."""
    rows: dict[tuple[int, int], tuple[float, float, int, int]] = {}
    drums = {
        instrument.get("id"): int(instrument.findtext("midi-unpitched") or "") - 1
        for instrument in root.iter("midi-instrument")
        if instrument.find("midi-unpitched") is not None
    }
    for part in root.findall("part"):
        divisions, start, shift = 1, 0, 0
        for measure in part.findall("measure"):
            position = onset = longest = 0
            for element in measure:
                if element.tag == "attributes":
                    divisions = int(element.findtext("divisions") or divisions)
                    if (transpose := element.find("transpose")) is not None:
                        octaves = int(transpose.findtext("octave-change") or 0)
                        shift = int(transpose.findtext("chromatic") or "") + 12 * octaves
                    continue
                duration = int(element.findtext("duration") or 0)
                if element.tag == "backup":
                    position -= duration
                elif element.tag == "forward":
                    position += duration
                elif element.tag == "note":
                    if element.find("chord") is None:
                        onset, position = position, position + duration
                    _add(rows, element, (start + onset) / divisions, duration / divisions, shift, drums)
                longest = max(longest, position)
            start += longest
    return rows


def _add(rows: dict, element: Element, onset: float, duration: float, shift: int, drums: dict[str | None, int]) -> None:
    if element.find("rest") is not None or _FRET_ID.fullmatch(element.get("id", "")):
        return
    found = _ID.fullmatch(element.get("id", ""))
    if found is None:
        raise ValueError("a note without the id that we give it")
    track, index = int(found[1]), int(found[2])
    if (track, index) in rows:
        head = rows[(track, index)]
        rows[(track, index)] = (head[0], head[1] + duration, *head[2:])
        return
    pitch = element.find("pitch")
    if pitch is None:
        instrument = element.find("instrument")
        number = drums[None if instrument is None else instrument.get("id")]
    else:
        alter = int(pitch.findtext("alter") or 0)
        number = (
            STEP_PITCH_CLASSES[pitch.findtext("step") or ""] + alter + 12 * (int(pitch.findtext("octave") or "") + 1)
        )
        number += shift
    velocity = round(float(element.get("dynamics") or _DEFAULT_DYNAMICS) * 0.9)
    rows[(track, index)] = (onset, duration, number, min(max(velocity, 1), 127))
