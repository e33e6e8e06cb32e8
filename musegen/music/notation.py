"""From notes in time to what is printed: bars, note values, ties, tuplets, rests and accidentals.

Times are integer ticks (`TICKS_PER_QUARTER`) from the start of the piece. `notate` is the way in; `score.layout`
says beforehand which notes stand on which staff and in which voice; `beams` and `accidentals` come after.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

import numpy as np

from musegen.music.closed_gaps import closed
from musegen.music.meter import (
    Span,
    Tuplet,
    beats_of,
    find_tuplets,
    is_plain,
    meter_tree,
    plain_value,
    split_ticks,
)
from musegen.music.pickup import with_written_pickup
from musegen.music.piece import Barline, KeySignature, Note, Piece
from musegen.music.score import Staff, layout, to_ticks
from musegen.music.theory import estimate_key, key_fifths
from musegen.music.timing import bar_starts, meter_at
from musegen.music.voices import Chord, Member
from musegen.music.written_rhythm import as_written

_PLAIN_GRIDS = ((4, 1.0), (3, 1.0), (8, 1.4), (6, 1.4))
_DOTTED_GRIDS = ((6, 1.0), (12, 1.4))
_EDGE_GRIDS = tuple((parts, 1.0) for parts in (12, 5, 7, 16, 32, 9, 10, 14, 48))
"""Parts of a beat in which a bar may begin or end besides."""
_PASSES = 3
_TUPLET_PARTS = (1, 3, 5, 7, 9, 15, 21)
"""Parts of a beat, halved up to five times, on which the times of its tuplets lie."""

_Beat = tuple[int, Span]
"""A beat of a bar that begins (as a whole bar) at a tick."""
_Place = tuple[int, _Beat]
"""A beat of a track."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One measure.

    Args:
        start: first tick.
        length: in ticks; the whole meter, or less in a pickup and where a bar line cuts a bar.
        number: as printed, "0" for a pickup.
        implicit: True where the bar is not counted.
        numerator: of the meter.
        denominator: of the meter.
        offset: where it starts within a whole bar, in ticks.
        fifths: sharps of the key signature, negative for flats.
        key: the key, or None where it is unknown.
    """

    start: int
    length: int
    number: str
    implicit: bool
    numerator: int
    denominator: int
    offset: int = 0
    fifths: int = 0
    key: KeySignature | None = None

    @property
    def end(self) -> int:
        """First tick after the bar."""
        return self.start + self.length

    @property
    def tree(self) -> Span:
        """Division of the whole bar; its tick 0 is `start - offset`."""
        return meter_tree(self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One printed chord or rest.

    Args:
        start: first tick.
        ticks: how long it lasts.
        kind: note value by MusicXML's name, "" for a rest that fills the bar or a gap that is not printed.
        dots: number of dots.
        chord: what sounds; None for a rest.
        tied_on: True where the whole chord is tied on from here; single notes of it may be too (`notes`).
        segments: for each note of the chord 0 for its head, 1, 2, ... for what is tied to it.
        tuplet: the tuplet it belongs to, in ticks of the piece.
        hidden: True for a gap that is not printed.
        whole_bar: True for a rest that fills the bar.
    """

    start: int
    ticks: int
    kind: str = ""
    dots: int = 0
    chord: Chord | None = None
    tied_on: bool = False
    tuplet: Tuplet | None = None
    hidden: bool = False
    whole_bar: bool = False
    segments: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """First tick after the symbol."""
        return self.start + self.ticks

    @property
    def notes(self) -> list[tuple[Member, int, bool]]:
        """(note, its segment, whether a tie leads on from it) from low to high; none for a rest."""
        members = self.chord.members if self.chord else ()
        return [(m, n, self.tied_on or m.tied_on) for m, n in zip(members, self.segments, strict=True)]


# ---------------------------------------------------------------------------------------------------- bars


def bars_of(piece: Piece) -> tuple[Bar, ...]:
    """Return the bars of a piece; at least one.

    A repeat or double bar line within a bar cuts it in two. The last bar is as long as its meter unless it
    completes a pickup up to a bar line.
    """
    marks = [c.onset_quarter + 1e-6 for c in piece.chord_symbols] + [b.onset_quarter for b in piece.barlines]
    end = max([piece.end_quarter, *marks])
    starts = [to_ticks(q) for q in bar_starts(piece, end)]
    cuts = {to_ticks(b.onset_quarter) for b in piece.barlines}
    last = to_ticks(end)
    bars: list[Bar] = []
    number = 0 if piece.pickup_quarter else 1
    for index, start in enumerate(starts):
        meter = meter_at(piece, start / to_ticks(1))
        whole = to_ticks(meter.bar_quarters)
        is_pickup = index == 0 and piece.pickup_quarter > 0
        stop = start + (to_ticks(piece.pickup_quarter) if is_pickup else whole)
        stop = min(stop, starts[index + 1]) if index + 1 < len(starts) else stop
        completes = stop - last == to_ticks(piece.pickup_quarter) or is_pickup
        edges = sorted(c for c in cuts if start < c < stop and (c < last or index + 1 < len(starts)))
        if index + 1 == len(starts) and last in cuts and start < last < stop and completes and not is_pickup:
            edges, stop = [e for e in edges if e < last], last
        offset = whole - (stop - start) if is_pickup else 0
        for first, second in zip([start, *edges], [*edges, stop], strict=True):
            is_rest_of_bar = first > start
            name = f"X{number - 1}" if is_rest_of_bar else str(number)
            bars.append(Bar(first, second - first, name, is_pickup or is_rest_of_bar, meter.numerator,
                            meter.denominator, offset + first - start))  # fmt: skip
            number += not is_rest_of_bar
    return _with_keys(piece, bars)


def barlines_to_end(piece: Piece) -> tuple[Barline, ...]:
    """Return the bar lines of a piece with one at its end, so that a part that ends before it has all bars."""
    end = bars_of(notatable(piece))[-1].end / to_ticks(1)
    is_told = any(line.onset_quarter >= end for line in piece.barlines)
    return piece.barlines if is_told else (*piece.barlines, Barline(end, "final"))


def _with_keys(piece: Piece, bars: list[Bar]) -> tuple[Bar, ...]:
    if not piece.key_signatures:
        fifths = _estimated_fifths(piece)
        return tuple(replace(bar, fifths=fifths) for bar in bars)
    onsets = [to_ticks(k.onset_quarter) for k in piece.key_signatures]
    done = []
    for bar in bars:
        key = piece.key_signatures[max(bisect_right(onsets, bar.end - 1) - 1, 0)]
        done.append(replace(bar, fifths=key_fifths(key.tonic, key.mode), key=key))
    return tuple(done)


def _estimated_fifths(piece: Piece) -> int:
    notes = [n for track in piece.tracks if not track.is_drum for n in track.notes]
    if not notes:
        return 0
    pitches = np.array([n.pitch for n in notes])
    return key_fifths(*estimate_key(pitches, np.array([n.duration_quarter for n in notes])))


# ------------------------------------------------------------------------------------------------- a readable grid


_MOST_ROUNDS = 4


def notatable(piece: Piece) -> Piece:
    """Return the piece with all times on grids that note values and tuplets can express.

    Music on such a grid (down to 128ths, and triplets, quintuplets and septuplets of a beat) is returned as it is; in
    beats that are on none, as in a recorded performance, times move to the nearest 16th, 32nd or triplet. Voices of
    one track may divide a beat in different ways, as long as `score.layout` keeps them apart. Ends a little before the
    next note or the grid are closed (`music.closed_gaps`), tracks that lie on no grid at all are read
    (`music.written_rhythm`). What comes out is on such a grid: `notatable` leaves it as it is.
    """
    piece = with_written_pickup(piece) if piece.pickup_quarter else piece
    for _ in range(_MOST_ROUNDS):  # what moved to a grid may end a little before another note, and is closed then
        written = _written_once(piece)
        if written == piece:
            break
        piece = written
    return piece


def _written_once(piece: Piece) -> Piece:
    piece = as_written(closed(piece))
    bars = bars_of(piece)
    starts = [bar.start for bar in bars]
    apart = _divided_apart(piece, bars, starts)
    moved = _moved(piece, bars, starts, apart)
    if apart and not apart <= _divided_apart(moved, bars, starts):
        return _moved(piece, bars, starts, frozenset())  # what moved has mixed the voices
    return moved


def _moved(piece: Piece, bars: tuple[Bar, ...], starts: list[int], apart: frozenset[_Place]) -> Piece:
    """Return the piece with the beats that cannot be written moved onto a grid, those in `apart` left alone."""
    tracks = tuple(
        replace(t, notes=_on_grid(t.notes, bars, starts, frozenset(b for i, b in apart if i == index)))
        if t.notes
        else t
        for index, t in enumerate(piece.tracks)
    )
    return piece if tracks == piece.tracks else replace(piece, tracks=tracks)


def _divided_apart(piece: Piece, bars: tuple[Bar, ...], starts: list[int]) -> frozenset[_Place]:
    """Return the beats that no one grid holds, but each voice alone can be written in."""
    found = set()
    for index, track in enumerate(piece.tracks):
        ticks = sorted({to_ticks(q) for n in track.notes for q in (n.onset_quarter, n.end_quarter)})
        for zero, beat in _uneven(ticks, bars, starts):
            inside = _inside(ticks, bars, zero, beat)
            if all(_may_fit(beat, tick) for tick in inside) and not _fits(beat, inside):
                found.add((index, (zero, beat)))
    if not found:
        return frozenset()
    for part in layout(piece):
        for voice in (voice for staff in part.staves for voice in staff.voices):
            ticks = sorted({tick for chord in voice for tick in (chord.start, chord.end)})
            tracks = {member.track for chord in voice for member in chord.members}
            found -= {
                (t, (zero, b)) for t, (zero, b) in found if t in tracks and not _fits(b, _inside(ticks, bars, zero, b))
            }
    return frozenset(found)


def _uneven(ticks: list[int], bars: tuple[Bar, ...], starts: list[int]) -> set[_Beat]:
    """Return the beats that hold ticks off the grid of undivided note values."""
    uneven = set()
    for tick in ticks:
        bar = bars[bisect_right(starts, tick) - 1]
        zero = bar.start - bar.offset
        zero += (tick - zero) // bar.tree.length * bar.tree.length  # a note may have moved over the last bar line
        beat = next(b for b in beats_of(bar.tree) if b.start <= tick - zero < b.end)
        if not is_plain(tick - zero) or _edges(bars, zero, beat):
            uneven.add((zero, beat))
    return uneven


def _inside(ticks: list[int], bars: tuple[Bar, ...], zero: int, beat: Span) -> list[int]:
    """Return which of the sorted ticks fall within a beat, in ticks of its bar, and where music begins within it."""
    first, after = (bisect_left(ticks, zero + t) for t in (beat.start + 1, beat.end))
    inside = [tick - zero for tick in ticks[first:after]]
    edges = _edges(bars, zero, beat)
    return sorted({*inside, *edges}) if inside else inside


def _edges(bars: tuple[Bar, ...], zero: int, beat: Span) -> list[int]:
    """Return where a pickup begins, or a bar is cut off, within a beat, in ticks of its whole bar."""
    first = bisect_left(bars, zero, key=lambda bar: bar.start - bar.offset)
    found = set()
    for bar in bars[first:]:
        if bar.start - bar.offset != zero:
            break
        found |= {edge for edge in (bar.offset, bar.offset + bar.length) if beat.start < edge < beat.end}
    return sorted(found)


def _on_grid(
    notes: tuple[Note, ...], bars: tuple[Bar, ...], starts: list[int], apart: frozenset[_Beat]
) -> tuple[Note, ...]:
    times = [(to_ticks(n.onset_quarter), to_ticks(n.end_quarter)) for n in notes]
    quarter = to_ticks(1)
    for attempt in range(_PASSES):
        ticks = sorted({t for pair in times for t in pair})
        moved: dict[int, int] = {}
        for zero, beat in _uneven(ticks, bars, starts) - apart:
            inside = _inside(ticks, bars, zero, beat)
            if not _fits(beat, inside):
                nearest = _nearest(beat, inside, _edges(bars, zero, beat), coarse=attempt + 1 == _PASSES)
                moved |= {zero + t: zero + to for t, to in nearest.items()}
        if not moved:
            break
        times = [
            (a, b if b > a else a + quarter // 4) for a, b in ((moved.get(a, a), moved.get(b, b)) for a, b in times)
        ]
    return tuple(
        replace(n, onset_quarter=a / quarter, duration_quarter=(b - a) / quarter)
        for n, (a, b) in zip(notes, times, strict=True)
    )


def _may_fit(beat: Span, tick: int) -> bool:
    """Return whether some tuplet could hold a tick; of what was played freely hardly any can."""
    return any((tick - beat.start) * 32 * parts % beat.length == 0 for parts in _TUPLET_PARTS)


def _fits(beat: Span, ticks: list[int]) -> bool:
    try:
        find_tuplets(beat, [(t, t) for t in ticks])
    except ValueError:
        return False
    return True


def _nearest(beat: Span, ticks: list[int], edges: list[int], *, coarse: bool) -> dict[int, int]:
    """Return where each time moves: onto 16ths, or 32nds or triplets where these are nearer; edges stay."""
    is_dotted = len(beat.children) == 3
    best: tuple[float, dict[int, int]] | None = None
    grids = _DOTTED_GRIDS if is_dotted else _PLAIN_GRIDS
    if edges:
        held = (g for g in (*grids, *_EDGE_GRIDS) if not any((e - beat.start) * g[0] % beat.length for e in edges))
        grids = tuple(held) or grids
    for parts, weight in grids[: 1 if coarse else None]:
        step = beat.length // parts
        moved = {t: beat.start + round((t - beat.start) / step) * step for t in ticks}
        cost = weight * sum(abs(a - b) for a, b in moved.items())
        if best is None or cost < best[0]:
            best = cost, moved
    return best[1] if best else {}


# ----------------------------------------------------------------------------------------------------- symbols


def notate(staff: Staff, bars: tuple[Bar, ...]) -> list[list[list[Symbol]]]:
    """Return what is printed on a staff: for each bar, for each voice, the symbols that fill the bar.

    A voice without a note in a bar is an empty list, except for the first, which then rests. Every other list
    adds up to the length of the bar.
    """
    clipped = [_by_bar(voice, bars) for voice in staff.voices]
    result: list[list[list[Symbol]]] = []
    for index, bar in enumerate(bars):
        voices = [pieces[index] for pieces in clipped]
        lines: list[list[Symbol]] = []
        gaps_of_first: set[tuple[int, int]] = set()
        for number, chords in enumerate(voices):
            if not chords and number and not staff.independent:
                lines.append([])
                continue
            gaps = _gaps(chords, bar)
            if number == 0 and not staff.independent:
                gaps, unseen = _divide_gaps(gaps, [c for cs in voices[1:] for c in cs], bar)
            else:
                unseen = {g for g in gaps if not staff.independent or (number and g in gaps_of_first)}
            if number == 0:
                gaps_of_first = set(gaps)
            lines.append(_fill(chords, gaps, unseen, bar))
        result.append(lines)
    return result


_Clip = tuple[int, int, Chord]


def _by_bar(voice: tuple[Chord, ...], bars: tuple[Bar, ...]) -> list[list[_Clip]]:
    """Return for each bar the stretches (start, end, chord) of a voice in it."""
    starts = [bar.start for bar in bars]
    result: list[list[_Clip]] = [[] for _ in bars]
    for chord in voice:
        index = max(bisect_right(starts, chord.start) - 1, 0)
        while index < len(bars) and bars[index].start < chord.end:
            bar = bars[index]
            result[index].append((max(chord.start, bar.start), min(chord.end, bar.end), chord))
            index += 1
    return result


def _gaps(clips: list[_Clip], bar: Bar) -> list[tuple[int, int]]:
    gaps, position = [], bar.start
    for start, end, _ in clips:
        if start > position:
            gaps.append((position, start))
        position = end
    if position < bar.end:
        gaps.append((position, bar.end))
    return gaps


_Gap = tuple[int, int]


def _divide_gaps(gaps: list[_Gap], others: list[_Clip], bar: Bar) -> tuple[list[_Gap], set[_Gap]]:
    """Return the gaps of the first voice cut at beats, and those of them during which other voices sound."""
    if not others:
        return gaps, set()
    zero = bar.start - bar.offset
    beats = [zero + beat.start for beat in beats_of(bar.tree)]
    divided: list[tuple[int, int, bool]] = []
    for start, end in gaps:
        edges = [start, *(b for b in beats if start < b < end), end]
        for a, b in zip(edges, edges[1:], strict=False):
            covered = _covers(others, (a, b))
            if divided and divided[-1][1:] == (a, covered):
                a = divided.pop()[0]
            divided.append((a, b, covered))
    return [(a, b) for a, b, _ in divided], {(a, b) for a, b, covered in divided if covered}


def _covers(clips: list[_Clip], gap: _Gap) -> bool:
    """Return whether something sounds at every moment of a gap."""
    position = gap[0]
    for start, end, _ in sorted(clips, key=lambda c: c[:2]):
        if start <= position:
            position = max(position, end)
    return position >= gap[1]


def _fill(clips: list[_Clip], gaps: list[tuple[int, int]], unseen: set[tuple[int, int]], bar: Bar) -> list[Symbol]:
    """Return the symbols of one voice in one bar."""
    is_whole = bar.length == bar.tree.length
    if gaps == [(bar.start, bar.end)] and (is_whole or unseen):
        return [Symbol(bar.start, bar.length, hidden=bool(unseen), whole_bar=is_whole)]
    zero = bar.start - bar.offset
    events = [(a - zero, b - zero) for a, b, _ in clips]
    ends = (bar.offset, bar.offset + bar.length)  # a bar may begin or end within a tuplet
    tuplets = find_tuplets(bar.tree, events + [(edge, edge) for edge in ends if not is_plain(edge)])
    stretches: list[tuple[int, int, Chord | None]] = [*clips, *((a, b, None) for a, b in gaps)]
    symbols: list[Symbol] = []
    for start, end, chord in sorted(stretches, key=lambda s: s[0]):
        edges = {t.start + zero for t in tuplets} | {t.end + zero for t in tuplets}
        cuts = sorted({start, end} | {e for e in edges if start < e < end})
        for a, b in zip(cuts, cuts[1:], strict=False):
            tuplet = next((t for t in tuplets if t.start <= a - zero < t.end), None)
            values = _values(a - zero, b - zero, zero, chord, tuplet, bar)
            is_hidden = chord is None and (start, end) in unseen and tuplet is None
            symbols += [replace(s, hidden=True) for s in values] if is_hidden else values
    return symbols


def _values(start: int, end: int, zero: int, chord: Chord | None, tuplet: Tuplet | None, bar: Bar) -> list[Symbol]:
    """Return one stretch as symbols of one note value each; `start` and `end` in ticks of the whole bar."""
    ratio = (tuplet.actual, tuplet.normal) if tuplet else (1, 1)
    tree = tuplet.tree if tuplet else bar.tree
    moved = replace(tuplet, start=tuplet.start + zero) if tuplet else None
    symbols = []
    for a, b in split_ticks(tree, start, end, is_rest=chord is None, ratio=ratio):
        kind, dots = plain_value((b - a) * ratio[0] // ratio[1]) or ("", 0)
        tied_on = chord is not None and b + zero < chord.end
        symbols.append(Symbol(a + zero, b - a, kind, dots, chord, tied_on, moved))
    return symbols


def number_segments(bars: list[list[list[Symbol]]]) -> list[list[list[Symbol]]]:
    """Return the symbols of a staff with the `segments` of their notes counted along the ties."""
    seen: dict[tuple[int, int], int] = {}

    def numbered(symbol: Symbol) -> Symbol:
        if symbol.chord is None:
            return symbol
        keys = [(m.track, m.index) for m in symbol.chord.members]
        segments = tuple(seen.get(key, 0) for key in keys)
        seen.update({key: number + 1 for key, number in zip(keys, segments, strict=True)})
        return replace(symbol, segments=segments)

    return [[[numbered(symbol) for symbol in line] for line in voices] for voices in bars]
