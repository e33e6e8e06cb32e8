"""Notes of a written part as tracks: ties joined, one track a staff, drums apart, two voices of a hymn apart."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from musegen.constants import DEFAULT_VELOCITY
from musegen.files.score.raw import RawMeasure, RawPart
from musegen.music import Note, Track, snap

_JOINT = Fraction(1, 64)
"""Quarters by which rounding may part two tied notes."""
_ROUNDED = Fraction(1, 48)
_LEAST_NOTES, _TOGETHER = 6, 0.8
"""Two voices of a staff are two tracks where each has so many notes, and both sound for this share of the time."""


@dataclass(slots=True)
class _Sounding:
    onset: Fraction
    end: Fraction
    pitch: int
    velocity: int
    staff: int
    voice: str
    is_drum: bool


def tracks_of(
    parts: list[RawPart], starts: list[Fraction], lengths: list[Fraction]
) -> tuple[tuple[Track, ...], tuple[float, ...]]:
    """Return the tracks of all parts, and the times of their fermatas in quarters.

    Args:
        parts: from the top.
        starts: of the measures, in quarters.
        lengths: of the measures.
    """
    tracks: list[Track] = []
    fermatas: set[float] = set()
    for part in parts:
        notes = _joined(part, starts, lengths, fermatas)
        pedals = _pedals(part.measures, starts)
        tracks += _staves(part, notes, pedals)
    return tuple(tracks), tuple(sorted(fermatas))


def _joined(part: RawPart, starts: list[Fraction], lengths: list[Fraction], fermatas: set[float]) -> list[_Sounding]:
    """Return the notes of a part with tied ones as one, whatever voice or staff goes on with them."""
    found: list[_Sounding] = []
    open_ties: dict[int, list[_Sounding]] = defaultdict(list)
    for start, length, measure in zip(starts, lengths, part.measures, strict=False):
        for raw in sorted(measure.notes, key=lambda n: (n.onset, n.pitch)):
            onset, end = start + min(raw.onset, length), start + raw.onset + raw.length
            if abs(end - start - length) <= _ROUNDED:
                end = start + length
            if end <= onset or not 0 <= raw.pitch <= 127:
                continue
            waiting = open_ties[raw.pitch]
            head = None
            if raw.stops_tie:
                near = [n for n in waiting if abs(n.end - onset) <= _JOINT]
                head = next((n for n in near if n.voice == raw.voice), near[0] if near else None)
            if head is None:
                head = _Sounding(onset, end, raw.pitch, raw.velocity, raw.staff, raw.voice, raw.is_drum)
                found.append(head)
            else:
                waiting.remove(head)
                head.end = end
            if raw.starts_tie:
                waiting.append(head)
            if raw.fermata:
                fermatas.add(snap(float(head.onset)))
    return found


def _pedals(measures: list[RawMeasure], starts: list[Fraction]) -> tuple[tuple[float, float], ...]:
    """Return when the pedal of a part is down."""
    marks = sorted(
        (start + place, kind == "down")
        for start, measure in zip(starts, measures, strict=False)
        for place, name, kind in measure.marks
        if name == "pedal"
    )
    pedals: list[tuple[float, float]] = []
    down: Fraction | None = None
    for time, presses in marks:  # at one time the release comes first
        if down is not None and time > down:
            pedals.append((float(down), float(time)))
        down = time if presses else None
    return tuple(pedals)


def _staves(part: RawPart, notes: list[_Sounding], pedals: tuple[tuple[float, float], ...]) -> list[Track]:
    """Return one track for each staff, two where its two voices go together; drums of a pitched part apart."""
    name, program = part.name, part.instruments.program
    drums = [n for n in notes if n.is_drum]
    pitched = [n for n in notes if not n.is_drum]
    staves = [[n for n in pitched if n.staff == number] for number in range(1, max(part.num_staves, 1) + 1)]
    beyond = [n for n in pitched if n.staff > len(staves)]
    staves[-1] += beyond
    if drums and not pitched:
        return [Track(_notes(drums), 0, True, name)]
    divided = [_two_voices(staff) for staff in staves]
    pairs = [pair for pair in divided if pair is not None]
    if len(pairs) == len(divided):
        names = _voice_names(name, 2 * len(staves))
        lines = [line for pair in pairs for line in pair]
        tracks = [Track(_notes(line), program, False, n, pedals) for line, n in zip(lines, names, strict=True)]
    else:
        tracks = [Track(_notes(staff), program, False, name, pedals, part.tablature) for staff in staves]
    return [*tracks, Track(_notes(drums), 0, True, name)] if drums else tracks


def _notes(rows: list[_Sounding]) -> tuple[Note, ...]:
    """Return notes; two voices in unison stay two, what one voice says twice is one, as long as the longer."""
    best: dict[tuple[float, int, str], Note] = {}
    for row in rows:
        onset = snap(float(row.onset))
        length = max(snap(float(row.end)) - onset, 1e-4)
        old = best.get((onset, row.pitch, row.voice))
        if old is None or length > old.duration_quarter:
            loud = row.velocity if old is None else max(row.velocity, old.velocity)
            best[onset, row.pitch, row.voice] = Note(onset, row.pitch, length, loud or DEFAULT_VELOCITY)
    return tuple(best.values())


def _two_voices(staff: list[_Sounding]) -> tuple[list[_Sounding], list[_Sounding]] | None:
    """Return the two voices of a staff as in a hymn: each one note at a time, both nearly throughout; else None."""
    voices: dict[str, list[_Sounding]] = defaultdict(list)
    for note in staff:
        voices[note.voice].append(note)
    if len(voices) != 2 or any(len(line) < _LEAST_NOTES for line in voices.values()):
        return None
    lengths = []
    for line in voices.values():
        line.sort(key=lambda n: n.onset)
        if any(a.end > b.onset for a, b in zip(line, line[1:], strict=False)):
            return None
        lengths.append(float(sum((n.end - n.onset for n in line), Fraction(0))))
    if min(lengths) < _TOGETHER * max(lengths):
        return None
    first, second = sorted(voices.values(), key=lambda line: -sum(n.pitch for n in line) / len(line))
    return first, second


def _voice_names(name: str, count: int) -> list[str]:
    """Return names for the voices of a part: the words that it is called by where they are as many ("S A T B")."""
    words = [w.strip() for w in name.replace("\n", "/").replace(",", "/").replace("&", "/").split("/") if w.strip()]
    if len(words) == count:
        return words
    if len(name.split()) == count and count > 1:
        return name.split()
    return [f"{name} {number}".strip() for number in range(1, count + 1)]
