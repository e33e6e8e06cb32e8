"""Parts of a written score put together as a Piece: measures in line, ties joined, keys agreed, repeats as played."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from musegen.constants import MAX_QUARTERS, MAX_SCORE_NOTES
from musegen.files.score.measures import Measure, Segment, meters_of, pickup_of, play_order
from musegen.files.score.playing_order import Signs, has_jumps, performed
from musegen.files.score.raw import RawMeasure, RawPart
from musegen.files.score.tracks import tracks_of
from musegen.music import Barline, ChordSymbol, KeySignature, Piece, Tempo, TimeSignature, snap
from musegen.music.key_reading import mode_of_signature
from musegen.music.piece import MAX_VERSES, Syllable
from musegen.music.theory import tonic_from_fifths
from musegen.remarks import Remark, remark

_ROUNDED = Fraction(1, 48)
"""A measure whose notes end within so many quarters of its bar line was rounded, and is whole."""
_JUMPS = ("dacapo", "dalsegno", "tocoda", "fine", "segno", "coda")


def assembled(parts: list[RawPart], title: str, composer: str, remarks: list[Remark]) -> Piece:
    """Return the parts as a Piece.

    Args:
        parts: from the top; at least one measure in one of them.
        title: as printed.
        composer: as printed.
        remarks: what was played out or left out is added here.
    """
    columns = _columns(parts)
    measures = _measures(columns)
    if (count := _measures_within(columns, measures)) < len(columns):
        remarks.append(remark("score_cut", read=count, measures=len(columns)))
        measures, columns = measures[:count], columns[:count]
        parts = [_first_measures(part, count) for part in parts]
    starts = [Fraction(m.start_quarter) for m in measures]
    lengths = [Fraction(m.length_quarter) for m in measures]
    tracks, fermatas = tracks_of(parts, starts, lengths)
    sounding = [m for m in measures if m.length_quarter > 0]
    segments, barlines = _way(columns, measures, remarks)
    written = Piece(
        tracks=tracks,
        tempos=_distinct(Tempo(snap(q), v) for q, v in _marks(parts, starts, "tempo")),
        key_signatures=_keys(parts, starts, tracks),
        chord_symbols=_distinct((ChordSymbol(snap(q), v) for q, v in _marks(parts, starts, "chord")), all_of=True),
        words=_words(parts, starts, remarks),
        barlines=barlines,
        fermatas=fermatas,
        title=title,
        composer=composer,
    )
    ordered = [m for segment in segments for m in segment.move(sounding)]
    piece = written if len(segments) == 1 else _reordered(written, segments, barlines)
    return replace(piece, time_signatures=meters_of(ordered), pickup_quarter=pickup_of(ordered))


def _first_measures(part: RawPart, count: int) -> RawPart:
    """Return a part with its first measures alone."""
    return RawPart(part.name, part.instruments, part.measures[:count], part.num_staves)


# -------------------------------------------------------------------------------------------------------- measures


def _columns(parts: list[RawPart]) -> list[list[RawMeasure]]:
    """Return for each measure what the parts that have it hold."""
    count = max(len(part.measures) for part in parts)
    return [[part.measures[i] for part in parts if i < len(part.measures)] for i in range(count)]


def _measures_within(columns: list[list[RawMeasure]], measures: list[Measure]) -> int:
    """Return how many measures hold as many notes, and as much time, as are read; at least one."""
    total = 0
    for index, (column, measure) in enumerate(zip(columns, measures, strict=True)):
        total += sum(len(m.notes) for m in column)
        if total > MAX_SCORE_NOTES or measure.end_quarter > MAX_QUARTERS:
            return max(index, 1)
    return len(columns)


def _measures(columns: list[list[RawMeasure]]) -> list[Measure]:
    """Return the measures at their exact times; one whose notes are a rounding short or long is whole."""
    rows: list[tuple[Fraction, Fraction, tuple[int, int] | None, list[RawMeasure]]] = []
    start, meter = Fraction(0), None
    for column in columns:
        meter = next((m.meter for m in column if m.meter), meter)
        length = _length(column, Fraction(4 * meter[0], meter[1]) if meter else None)
        rows.append((start, length, meter, column))
        start += length
    usual = Counter(length for _, length, _, _ in rows).most_common(1)[0][0]
    return [
        Measure(
            snap(float(start)), snap(float(start + length)) - snap(float(start)) and snap(float(length)),
            TimeSignature(0.0, *meter) if meter else None,
            _first(m.left for m in column), _first(m.right for m in column),
            next((m.ending for m in column if m.ending), ()), float(usual) or 4.0,
        )
        for start, length, meter, column in rows
    ]  # fmt: skip


def _first(values: Iterable[str | None]) -> str | None:
    found = [value for value in values if value]
    return next((value for value in found if value.startswith("repeat")), found[0] if found else None)


def _length(column: list[RawMeasure], bar: Fraction | None) -> Fraction:
    """Return the length of a measure: of its notes and rests, of what is skipped at most a bar."""
    content = max((m.content for m in column), default=Fraction(0))
    filler = max((m.filler for m in column), default=Fraction(0))
    if bar is None:
        return content or filler
    if abs(content - bar) <= _ROUNDED:
        return bar
    implicit = any(m.implicit for m in column)
    if content and (implicit or content > bar):
        return content
    return max(content, min(filler, bar))


def _way(
    columns: list[list[RawMeasure]], measures: list[Measure], remarks: list[Remark]
) -> tuple[list[Segment], tuple[Barline, ...]]:
    """Return the stretches in playing order, and the special bar lines at their new times.

    Repeats stay repeat signs, endings are written out; where signs jump through the score all of it is written out.
    """
    signs = [_signs(column, m) for column, m in zip(columns, measures, strict=True)]
    if not has_jumps(signs):
        if any(m.ending for m in measures):
            remarks.append(remark("endings_written_out"))
        return play_order([m for m in measures if m.length_quarter > 0])
    order = performed(signs)
    jumps = frozenset().union(*(s.jumps for s in signs))
    sign = "D.S." if "dalsegno" in jumps else "D.C." if "dacapo" in jumps else ""
    ending = " al Coda" if jumps & {"tocoda", "tocoda-before"} else " al Fine" if "fine" in jumps else ""
    code = "jumps_written_out" if sign else "repeats_written_out"
    remarks.append(remark(code, sign=sign, ending=ending, measures=len(measures), played=len(order)))
    segments: list[Segment] = []
    position = 0.0
    for index in order:
        m = measures[index]
        if segments and segments[-1].end_quarter == m.start_quarter:
            segments[-1] = replace(segments[-1], end_quarter=m.end_quarter)
        else:
            segments.append(Segment(m.start_quarter, m.end_quarter, snap(position - m.start_quarter)))
        position = snap(position + m.length_quarter)
    return segments, (Barline(position, "final"),)


def _signs(column: list[RawMeasure], measure: Measure) -> Signs:
    jumps = set()
    for m in column:
        for place, kind, _ in m.marks:
            if kind in _JUMPS:
                before = kind == "tocoda" and place == 0 and measure.start_quarter > 0 and measure.length_quarter > 0
                jumps.add("tocoda-before" if before else kind)
    times = max((m.times for m in column), default=2)
    return Signs(
        measure.left == "repeat-start", measure.right == "repeat-end", times, measure.ending, frozenset(jumps)
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- marks


def _marks(parts: list[RawPart], starts: list[Fraction], kind: str) -> list[tuple[float, Any]]:
    return [
        (float(start + place), value)
        for part in parts
        for start, measure in zip(starts, part.measures, strict=False)
        for place, name, value in measure.marks
        if name == kind
    ]


def _words(parts: list[RawPart], starts: list[Fraction], remarks: list[Remark]) -> tuple[Syllable, ...]:
    """Return the words of the part that has most of them; those of others are said to be left out."""
    sung = [_marks([part], starts, "word") for part in parts]
    most = max(sung, key=len, default=[])
    if sum(map(bool, sung)) > 1:
        remarks.append(remark("words_of_one_part"))
    found: dict[tuple[float, int], Syllable] = {}
    for quarter, (text, verse) in most:
        if verse <= MAX_VERSES:
            found.setdefault((snap(quarter), verse), Syllable(snap(quarter), text, verse))
    return tuple(found.values())


def _distinct(marks: Iterable, *, all_of: bool = False) -> tuple:
    """Parts repeat each other's marks: keep the first written at each time, and only where something changes."""
    kept: list = []
    for mark in sorted(marks, key=lambda m: m.onset_quarter):
        same_time = kept and kept[-1].onset_quarter == mark.onset_quarter
        unchanged = kept and replace(kept[-1], onset_quarter=mark.onset_quarter) == mark
        if not same_time and (all_of or not unchanged):
            kept.append(mark)
    return tuple(kept)


def _keys(parts: list[RawPart], starts: list[Fraction], tracks: tuple) -> tuple[KeySignature, ...]:
    """Return the keys that most parts agree on, each with the mode that the file or, without one, the notes say."""
    pitched = [part for part in parts if not part.instruments.is_percussion]
    changes: dict[float, dict[int, tuple[int, str]]] = defaultdict(dict)
    for number, part in enumerate(pitched):
        for quarter, value in _marks([part], starts, "key"):
            changes[quarter][number] = value
    state: dict[int, tuple[int, str]] = {}
    agreed: list[tuple[float, tuple[int, str]]] = []
    for quarter in sorted(changes):
        state |= changes[quarter]
        most = Counter(state[number] for number in sorted(state)).most_common(1)[0][0]
        if not agreed or agreed[-1][1] != most:
            agreed.append((quarter, most))
    notes = [note for track in tracks if not track.is_drum for note in track.notes]
    keys = []
    for index, (quarter, (fifths, mode)) in enumerate(agreed):
        end = agreed[index + 1][0] if index + 1 < len(agreed) else float("inf")
        mode = mode or mode_of_signature(fifths, [n for n in notes if quarter <= n.onset_quarter < end])
        keys.append(KeySignature(snap(quarter), tonic_from_fifths(fifths, mode), mode))
    return _distinct(keys)


def _reordered(piece: Piece, segments: list[Segment], barlines: tuple[Barline, ...]) -> Piece:
    """Return the piece with its segments in playing order; `barlines` are already in the new time."""

    def moved(marks: tuple) -> tuple:
        return tuple(
            replace(mark, onset_quarter=snap(mark.onset_quarter + s.shift_quarter))
            for s in segments
            for mark in marks
            if s.begin_quarter <= mark.onset_quarter < s.end_quarter
        )

    def states(marks: tuple) -> tuple:
        found: list = []
        for s in segments:
            before = [m for m in marks if m.onset_quarter < s.begin_quarter][-1:]
            found += [replace(m, onset_quarter=snap(s.begin_quarter + s.shift_quarter)) for m in before]
            found += moved_in(marks, s)
        last: dict[float, object] = {mark.onset_quarter: mark for mark in found}
        return _distinct(last.values())

    def moved_in(marks: tuple, s: Segment) -> list:
        return [replace(m, onset_quarter=snap(m.onset_quarter + s.shift_quarter)) for m in marks
                if s.begin_quarter <= m.onset_quarter < s.end_quarter]  # fmt: skip

    def pedals(marks: tuple) -> tuple:
        return tuple(
            (max(onset, s.begin_quarter) + s.shift_quarter, min(end, s.end_quarter) + s.shift_quarter)
            for s in segments for onset, end in marks if onset < s.end_quarter and end > s.begin_quarter
        )  # fmt: skip

    times = [snap(q + s.shift_quarter) for s in segments for q in piece.fermatas
             if s.begin_quarter <= q < s.end_quarter]  # fmt: skip
    return replace(
        piece,
        tracks=tuple(replace(t, notes=moved(t.notes), pedals=pedals(t.pedals)) for t in piece.tracks),
        tempos=states(piece.tempos),
        key_signatures=states(piece.key_signatures),
        chord_symbols=moved(piece.chord_symbols),
        words=moved(piece.words),
        fermatas=tuple(times),
        barlines=barlines,
    )
