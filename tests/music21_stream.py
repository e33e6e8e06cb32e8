"""A music21 stream as a Piece, a second reader of scores that ours is compared with.

`piece_from_stream` keeps repeats as bar lines, merges ties, drops grace notes and keeps chord symbols apart from
notes. First and second endings have no place in a Piece: they are written out.
music21 itself is imported when a function is called.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from musegen.constants import DEFAULT_VELOCITY, TICKS_PER_QUARTER
from musegen.files.score.measures import Measure, Segment, meters_of, pickup_of, play_order
from musegen.music import Barline, ChordSymbol, KeySignature, Note, Piece, Tempo, TimeSignature, Track, snap
from musegen.music.theory import MODES
from tests.music21_harmony import chord_text_of

if TYPE_CHECKING:
    from music21.stream import Stream

_DEFAULT_DRUM = 38
_MODE_NAMES = {"ionian": "major", "aeolian": "minor"}
_BARLINE_KINDS = {"double": "double", "final": "final", "light-light": "double", "light-heavy": "final"}


@dataclass
class _Marks:
    """Everything of a score that is not a note, in quarters of the score as written."""

    tempos: list[Tempo] = field(default_factory=list)
    keys: list[KeySignature] = field(default_factory=list)
    chord_symbols: list[ChordSymbol] = field(default_factory=list)
    fermatas: list[float] = field(default_factory=list)


def piece_from_stream(score: "Stream") -> Piece:
    """Return a music21 score as a Piece.

    Args:
        score: a Score, Part or flat Stream; of an Opus (several tunes) the first is taken.

    Returns:
        The piece; without notes where the score has none.
    """
    from music21 import stream

    if isinstance(score, stream.Opus):
        score = score.scores.first() or stream.Score()
    score = _at_sounding_pitch(score)
    parts = list(score.getElementsByClass(stream.Part)) or [score]
    marks = _Marks()
    tracks = _with_pedals(tuple(_track(part, marks) for part in parts), parts, score)
    measures = max((_measures(part) for part in parts), key=len)
    segments, barlines = play_order(measures)
    title, composer = _names(score)
    written = Piece(
        tracks=tracks,
        tempos=_first_of_each_time(marks.tempos),
        key_signatures=_first_of_each_time(marks.keys),
        chord_symbols=_first_of_each_time(marks.chord_symbols),
        barlines=barlines,
        fermatas=tuple(sorted(set(marks.fermatas))),
        title=title,
        composer=composer,
    )
    if not measures:
        return replace(written, time_signatures=tuple(_loose_meters(parts[0])))
    ordered = [m for segment in segments for m in segment.move(measures)]
    piece = written if len(segments) == 1 else _reordered(written, segments, barlines)
    return replace(piece, time_signatures=meters_of(ordered), pickup_quarter=pickup_of(ordered))


def _at_sounding_pitch(score: "Stream") -> "Stream":
    if any(i.transposition is not None for i in score.recurse().getElementsByClass("Instrument")):
        return score.toSoundingPitch()
    return score


def _names(score: "Stream") -> tuple[str, str]:
    metadata = score.metadata
    if metadata is None:
        return "", ""
    title = metadata.title or metadata.movementName or ""
    return str(title).strip(), str(metadata.composer or "").strip()


def _first_of_each_time(marks: list) -> tuple:
    """Parts repeat each other's marks: keep the first written at each time, and only where something changes."""
    kept: list = []
    for mark in sorted(marks, key=lambda m: m.onset_quarter):
        same_time = kept and kept[-1].onset_quarter == mark.onset_quarter
        unchanged = kept and replace(kept[-1], onset_quarter=mark.onset_quarter) == mark
        if not same_time and (not unchanged or isinstance(mark, ChordSymbol)):
            kept.append(mark)
    return tuple(kept)


# ---------------------------------------------------------------------------------------------------- notes


def _track(part: "Stream", marks: _Marks) -> Track:
    from music21 import expressions, harmony, key, note, tempo

    flat = part.flatten()
    pitched: list[tuple[float, float, int, int, str]] = []
    instruments: list[Any] = []
    drums = False
    for element in flat:
        onset = snap(float(element.offset))
        if isinstance(element, harmony.ChordSymbol | harmony.NoChord):
            if text := chord_text_of(element):
                marks.chord_symbols.append(ChordSymbol(onset, text))
        elif isinstance(element, note.NotRest):
            if element.duration.isGrace or element.duration.quarterLength <= 0:
                continue
            end = snap(float(element.offset + element.duration.quarterLength))
            for pitch, velocity, tie, unpitched in _sounding(element):
                pitched.append((onset, end, pitch, velocity, tie))
                drums = drums or unpitched
            if any(isinstance(e, expressions.Fermata) for e in element.expressions):
                marks.fermatas.append(onset)
        elif isinstance(element, key.KeySignature):
            if (signature := _key(onset, element)) is not None:
                marks.keys.append(signature)
        elif isinstance(element, tempo.MetronomeMark):
            if (element.number or element.numberSounding) and (qpm := element.getQuarterBPM()) and qpm > 0:
                marks.tempos.append(Tempo(onset, float(qpm)))
        elif "Instrument" in element.classes:
            instruments.append(element)
    name = str(getattr(part, "partName", None) or next((i.partName for i in instruments if i.partName), None) or "")
    program = next((i.midiProgram for i in instruments if i.midiProgram is not None), 0)
    drums = drums or any(i.midiChannel == 9 or "UnpitchedPercussion" in i.classes for i in instruments)
    notes = _merge_ties(pitched, marks)
    return Track(notes, 0 if drums else min(max(program, 0), 127), drums, name.strip())


def _with_pedals(tracks: tuple[Track, ...], parts: list["Stream"], score: "Stream") -> tuple[Track, ...]:
    """Return the tracks with their pedals: in a grand staff they serve both staves."""
    from music21 import expressions

    marks = [(i, m) for i, part in enumerate(parts) for m in part.recurse().getElementsByClass(expressions.PedalMark)]
    if not marks:
        return tracks
    owners = {id(e): i for i, part in enumerate(parts) for e in part.recurse()}
    found: list[list[tuple[float, float]]] = [[] for _ in tracks]
    for index, mark in marks:
        if mark.pedalType not in (None, expressions.PedalType.Sustain) or len(mark) == 0:
            continue
        first, last = mark.getFirst(), mark.getLast()
        elements = [e for e in mark.getSpannedElements() if e is first or isinstance(e, expressions.PedalBounce)]
        edges = {snap(float(e.getOffsetInHierarchy(score))) for e in elements}
        edges.add(snap(float(last.getOffsetInHierarchy(score) + last.duration.quarterLength)))
        times = sorted(edges)
        for owner in {index, owners.get(id(first), index)}:
            found[owner] += zip(times, times[1:], strict=False)
    return tuple(replace(track, pedals=tuple(pedals)) for track, pedals in zip(tracks, found, strict=True))


def _sounding(element: Any) -> list[tuple[int, int, str, bool]]:
    """Return (pitch, velocity, tie, unpitched) of each note in a Note, Chord, Unpitched or PercussionChord."""
    from music21 import note

    rows = []
    whole_tie = element.tie.type if element.tie is not None else ""
    for member in getattr(element, "notes", None) or (element,):
        velocity = member.volume.velocity or element.volume.velocity or DEFAULT_VELOCITY
        tie = member.tie.type if member.tie is not None else whole_tie
        unpitched = isinstance(member, note.Unpitched)
        if unpitched:
            instrument = member.storedInstrument or element.storedInstrument
            pitch = getattr(instrument, "percMapPitch", None) or _DEFAULT_DRUM
        else:
            pitch = member.pitch.midi
        if 0 <= pitch <= 127:
            rows.append((pitch, min(max(int(velocity), 1), 127), tie, unpitched))
    return rows


def _merge_ties(rows: list[tuple[float, float, int, int, str]], marks: _Marks) -> tuple[Note, ...]:
    """Return notes, those tied to a following note of the same pitch as one."""
    waiting: dict[tuple[int, float], int] = {}
    merged: list[list] = []
    heads: dict[float, float] = {}
    for onset, end, pitch, velocity, tie in sorted(rows):
        head = waiting.pop((pitch, onset), None)
        if head is None:
            merged.append([onset, end, pitch, velocity])
            head = len(merged) - 1
        else:
            merged[head][1] = end
            heads[onset] = merged[head][0]
        if tie in ("start", "continue"):
            waiting[(pitch, end)] = head
    starts = {row[0] for row in merged}
    # A fermata printed over the last of several tied notes belongs to the note as a whole.
    marks.fermatas[:] = [q if q in starts else heads.get(q, q) for q in marks.fermatas]
    best: dict[tuple[float, int], Note] = {}
    for onset, end, pitch, velocity in merged:
        new = Note(onset, pitch, max(end - onset, 1 / TICKS_PER_QUARTER), velocity)
        old = best.get((onset, pitch))
        if old is None or new.duration_quarter > old.duration_quarter:
            best[(onset, pitch)] = new  # two voices in unison are one note
    return tuple(best.values())


def _key(onset: float, signature: Any) -> KeySignature | None:
    from music21 import key

    if not isinstance(signature, key.Key):
        if signature.sharps is None or not -7 <= signature.sharps <= 7:
            return None
        signature = signature.asKey("major")
    mode = _MODE_NAMES.get(signature.mode, signature.mode)
    return KeySignature(onset, signature.tonic.pitchClass, mode if mode in MODES else "major")


# ---------------------------------------------------------------------------------------------- bars, repeats


def _meter(onset: float, signature: Any) -> TimeSignature | None:
    try:
        return TimeSignature(onset, int(signature.numerator), int(signature.denominator))
    except (ValueError, TypeError):
        return None


def _loose_meters(part: "Stream") -> list[TimeSignature]:
    """Return the meters of a stream without measures."""
    found = part.flatten().getElementsByClass("TimeSignature")
    meters = (_meter(snap(float(t.offset)), t) for t in found)
    return [m for m in meters if m is not None]


def _measures(part: "Stream") -> list[Measure]:
    """Return the measures of a part that have a length, their bar lines and endings."""
    from music21 import bar, stream

    numbers: dict[int, tuple[int, ...]] = {}
    for bracket in part.recurse().getElementsByClass("RepeatBracket"):
        ending = tuple(bracket.numberRange) or (1,)
        numbers |= {id(m): ending for m in bracket.getSpannedElements()}

    def kind(line: Any) -> str | None:
        if isinstance(line, bar.Repeat):
            return "repeat-start" if line.direction == "start" else "repeat-end"
        return _BARLINE_KINDS.get(getattr(line, "type", None) or "")

    rows: list[Measure] = []
    meter: TimeSignature | None = None
    for m in part.getElementsByClass(stream.Measure):
        if m.timeSignature is not None:
            meter = _meter(0.0, m.timeSignature) or meter
        start = snap(float(m.offset))
        length = snap(float(m.duration.quarterLength))
        if length > 0:
            left, right = kind(m.leftBarline), kind(m.rightBarline)
            rows.append(Measure(start, length, meter, left, right, numbers.get(id(m), ())))
    if rows and all(m.meter is None for m in rows):
        usual = Counter(m.length_quarter for m in rows).most_common(1)[0][0]
        rows = [replace(m, usual_quarter=usual) for m in rows]
    return rows


def _reordered(piece: Piece, segments: list[Segment], barlines: tuple[Barline, ...]) -> Piece:
    """Return the piece with its segments in playing order; `barlines` are already in the new time."""

    def moved(marks: tuple) -> tuple:
        return tuple(
            replace(mark, onset_quarter=snap(mark.onset_quarter + s.shift_quarter))
            for s in segments
            for mark in marks
            if s.begin_quarter <= mark.onset_quarter < s.end_quarter
        )

    times = [
        snap(q + s.shift_quarter) for s in segments for q in piece.fermatas if s.begin_quarter <= q < s.end_quarter
    ]
    return replace(
        piece,
        tracks=tuple(replace(t, notes=moved(t.notes), pedals=_moved_pedals(t.pedals, segments)) for t in piece.tracks),
        tempos=_first_of_each_time(list(moved(piece.tempos))),
        key_signatures=_first_of_each_time(list(moved(piece.key_signatures))),
        chord_symbols=moved(piece.chord_symbols),
        fermatas=tuple(times),
        barlines=barlines,
    )


def _moved_pedals(pedals: tuple[tuple[float, float], ...], segments: list[Segment]) -> tuple[tuple[float, float], ...]:
    return tuple(
        (max(onset, s.begin_quarter) + s.shift_quarter, min(end, s.end_quarter) + s.shift_quarter)
        for s in segments
        for onset, end in pedals
        if onset < s.end_quarter and end > s.begin_quarter
    )
