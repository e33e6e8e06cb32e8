"""Pure changes of a Piece: each returns a new one."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from musegen.music.piece import Barline, KeySignature, Note, Piece, Track, snap
from musegen.music.theory import estimate_key, key_fifths, transpose_chord_text
from musegen.music.timing import bar_starts, meter_at

_UNHEARD_ONSET = 1 / 64  # quarters
_UNHEARD_END = 1 / 4  # steps


def map_notes(piece: Piece, change: Callable[[Note], Note | None]) -> Piece:
    """Return the piece with every note replaced by `change(note)`; None removes it."""
    tracks = tuple(
        replace(track, notes=tuple(new for note in track.notes if (new := change(note)) is not None))
        for track in piece.tracks
    )
    return replace(piece, tracks=tracks)


def transpose(piece: Piece, semitones: int) -> Piece:
    """Return the piece `semitones` higher, keys and chord symbols included, drums left alone.

    Raises:
        ValueError: a note would leave 0 to 127.
    """
    tracks = tuple(
        track
        if track.is_drum
        else replace(
            track,
            notes=tuple(
                Note(n.onset_quarter, n.pitch + semitones, n.duration_quarter, n.velocity) for n in track.notes
            ),
        )
        for track in piece.tracks
    )
    keys = tuple(replace(key, tonic=(key.tonic + semitones) % 12) for key in piece.key_signatures)
    fifths = key_fifths(keys[0].tonic, keys[0].mode) if keys else 0
    symbols = piece.chord_symbols
    if semitones:
        symbols = tuple(replace(c, text=transpose_chord_text(c.text, semitones, fifths)) for c in symbols)
    return replace(piece, tracks=tracks, key_signatures=keys, chord_symbols=symbols)


def quantize(piece: Piece, step_quarter: float = 0.25) -> tuple[Piece, int]:
    """Return the piece with onsets and ends on a grid, and how many notes moved so far that it is worth telling.

    A note keeps at least one step. Not told are onsets off by a file's rounding and ends that are a little short.
    """
    moved = 0

    def change(note: Note) -> Note:
        nonlocal moved
        onset = snap(round(note.onset_quarter / step_quarter) * step_quarter)
        end = snap(round(note.end_quarter / step_quarter) * step_quarter)
        duration = max(snap(end - onset), step_quarter)
        moved += (
            abs(onset - note.onset_quarter) > _UNHEARD_ONSET
            or abs(onset + duration - note.end_quarter) > _UNHEARD_END * step_quarter
        )
        return replace(note, onset_quarter=onset, duration_quarter=duration)

    return map_notes(piece, change), moved


def slice_quarters(piece: Piece, start_quarter: float, end_quarter: float) -> Piece:
    """Return the music in [start, end) quarters, moved to start at 0; notes that reach out are cut.

    A slice that starts inside a bar starts with a pickup, the rest of that bar.
    """

    def cut(note: Note) -> Note | None:
        onset = max(note.onset_quarter, start_quarter)
        end = min(note.end_quarter, end_quarter)
        if end - onset <= 1e-9:
            return None
        return replace(note, onset_quarter=onset - start_quarter, duration_quarter=end - onset)

    def shift(marks: Iterable) -> tuple:
        marks = list(marks)
        kept = [replace(m, onset_quarter=snap(m.onset_quarter - start_quarter))
                for m in marks if start_quarter <= m.onset_quarter < end_quarter]  # fmt: skip
        before = [m for m in marks if m.onset_quarter < start_quarter]
        if before and not any(m.onset_quarter == 0 for m in kept):
            kept.insert(0, replace(before[-1], onset_quarter=0.0))
        return tuple(kept)

    sliced = map_notes(piece, cut)
    tracks = tuple(
        replace(
            track,
            pedals=tuple(
                (max(onset, start_quarter) - start_quarter, min(end, end_quarter) - start_quarter)
                for onset, end in track.pedals
                if onset < end_quarter and end > start_quarter
            ),
        )
        for track in sliced.tracks
    )
    pickup = _rest_of_bar(piece, start_quarter)
    return replace(
        sliced,
        tracks=tracks,
        tempos=shift(piece.tempos),
        time_signatures=shift(piece.time_signatures),
        key_signatures=shift(piece.key_signatures),
        chord_symbols=shift(piece.chord_symbols),
        words=tuple(replace(w, onset_quarter=snap(w.onset_quarter - start_quarter)) for w in piece.words
                    if start_quarter <= w.onset_quarter < end_quarter),
        barlines=tuple(replace(b, onset_quarter=snap(b.onset_quarter - start_quarter)) for b in piece.barlines
                       if start_quarter < b.onset_quarter <= end_quarter),
        fermatas=tuple(snap(q - start_quarter) for q in piece.fermatas if start_quarter <= q < end_quarter),
        sections=tuple((q - start_quarter, text) for q, text in piece.sections if start_quarter <= q < end_quarter),
        pickup_quarter=pickup if snap(end_quarter - start_quarter) > pickup else 0.0,
    )  # fmt: skip


def _rest_of_bar(piece: Piece, start_quarter: float) -> float:
    """Return the quarters from a time to the next bar line, 0 at the start of a whole bar."""
    if start_quarter == 0:
        return piece.pickup_quarter
    meter = meter_at(piece, start_quarter)
    starts = bar_starts(piece, start_quarter + meter.bar_quarters + 1)
    here = max(q for q in starts if q <= start_quarter)
    following = min((q for q in starts if q > start_quarter), default=start_quarter)
    return 0.0 if here == start_quarter else snap(following - start_quarter)


def slice_bars(piece: Piece, first_bar: int, num_bars: int) -> Piece:
    """Return `num_bars` bars from index `first_bar` (0-based, a pickup is index 0 where there is one)."""
    starts = bar_starts(piece)
    if not 0 <= first_bar < len(starts):
        raise ValueError(f"first_bar must be 0 to {len(starts) - 1}, got {first_bar}")
    stop = first_bar + num_bars
    end = starts[stop] if stop < len(starts) else max(piece.end_quarter, starts[-1])
    return slice_quarters(piece, starts[first_bar], end)


def melody_of(piece: Piece) -> Track:
    """Return one voice: the highest note sounding at each onset of the pitched tracks, cut where the next begins.

    The skyline rule (Uitdenbogerd and Zobel, 1999). Program and name come from the track giving most notes.
    """
    pitched = [(index, n) for index, t in enumerate(piece.tracks) if not t.is_drum for n in t.notes]
    pitched.sort(key=lambda pair: (pair[1].onset_quarter, -pair[1].pitch))
    line: list[tuple[int, Note]] = []
    for index, note in pitched:
        if line:
            last = line[-1][1]
            if note.onset_quarter == last.onset_quarter:
                continue
            if note.onset_quarter < last.end_quarter:
                if note.pitch < last.pitch:
                    continue
                cut = replace(last, duration_quarter=note.onset_quarter - last.onset_quarter)
                line[-1] = (line[-1][0], cut)
        line.append((index, note))
    if not line:
        return Track()
    counts: dict[int, int] = {}
    for index, _ in line:
        counts[index] = counts.get(index, 0) + 1
    source = piece.tracks[max(counts, key=lambda i: (counts[i], -i))]
    return Track(tuple(note for _, note in line), source.program, False, source.name)


def unfold_repeats(piece: Piece) -> Piece:
    """Return the piece as played: sections between repeat signs twice, the signs replaced by double bar lines.

    A first section without a sign at its start is repeated from the beginning where its last bar leaves room for the
    pickup, else from the first whole bar.
    """
    sections = _sections(piece)
    position, shifts, doubles = 0.0, [], []
    for begin, end, times in sections:
        for _ in range(times):
            shifts.append((begin, end, position - begin))
            position = snap(position + end - begin)
        doubles.append(position)

    def moved(marks: Iterable) -> tuple:
        marks = tuple(marks)
        return tuple(
            replace(mark, onset_quarter=snap(mark.onset_quarter + shift))
            for begin, end, shift in shifts
            for mark in marks
            if begin <= mark.onset_quarter < end
        )

    lines = [Barline(q, "double") for q in doubles[:-1] if q > piece.pickup_quarter] + [Barline(position, "final")]
    return replace(
        piece,
        tracks=tuple(replace(t, notes=moved(t.notes), pedals=_played(t.pedals, shifts)) for t in piece.tracks),
        tempos=_states(piece.tempos, shifts),
        time_signatures=_states(piece.time_signatures, shifts),
        key_signatures=_states(piece.key_signatures, shifts),
        chord_symbols=moved(piece.chord_symbols),
        words=moved(piece.words),
        fermatas=tuple(snap(q + shift) for begin, end, shift in shifts for q in piece.fermatas if begin <= q < end),
        sections=tuple(
            (q + shift, text) for begin, end, shift in shifts for q, text in piece.sections if begin <= q < end
        ),
        barlines=tuple(lines),
    )


def _sections(piece: Piece) -> list[tuple[float, float, int]]:
    """Return (begin, end, times played) of the stretches between repeat signs."""
    marks = [b for b in piece.barlines if b.kind.startswith("repeat")]
    sections: list[tuple[float, float, int]] = []
    last = 0.0
    if marks and marks[0].kind != "repeat-start" and piece.pickup_quarter:
        bar = piece.time_signatures[0].bar_quarters
        end = marks[0].onset_quarter
        if end % bar and snap(end - piece.pickup_quarter) % bar == 0:
            last = piece.pickup_quarter
            sections.append((0.0, last, 1))
    for mark in marks:
        if mark.onset_quarter > last:
            sections.append((last, mark.onset_quarter, 1 if mark.kind == "repeat-start" else 2))
            last = mark.onset_quarter
    if piece.end_quarter > last:
        sections.append((last, piece.end_quarter, 1))
    return sections


def _played(
    pedals: tuple[tuple[float, float], ...], shifts: list[tuple[float, float, float]]
) -> tuple[tuple[float, float], ...]:
    """Return pedals as the sections are played, those over the end of a section cut there."""
    return tuple(
        (max(onset, begin) + shift, min(end, stop) + shift)
        for begin, stop, shift in shifts
        for onset, end in pedals
        if onset < stop and end > begin
    )


def _states(marks: tuple, shifts: list[tuple[float, float, float]]) -> tuple:
    """Return tempos, meters or keys at their new times, stated again where a section begins in another one."""
    result: list = []
    for begin, end, shift in shifts:
        in_force = [m for m in marks if m.onset_quarter <= begin][-1:]
        here = [replace(m, onset_quarter=snap(begin + shift)) for m in in_force]
        if here and (not result or replace(result[-1], onset_quarter=here[0].onset_quarter) != here[0]):
            result += here
        inside = [m for m in marks if begin < m.onset_quarter < end]
        result += [replace(m, onset_quarter=snap(m.onset_quarter + shift)) for m in inside]
    return tuple(result)


def apart_by_maker(piece: Piece, given: Sequence[frozenset[int]], whose: tuple[str, str]) -> Piece:
    """Return the piece with the notes of each track on two tracks, those that the musician gave and all others.

    Args:
        piece: the music.
        given: for each track, the indices of the notes that the musician gave; tracks beyond its end have none.
        whose: what the names of the two tracks are followed by: "Alto (pupil)", "Alto (network)". A track without
            notes of one of them is one track still.
    """
    tracks = []
    for number, track in enumerate(piece.tracks):
        own = given[number] if number < len(given) else frozenset()
        for words, is_own in zip(whose, (True, False), strict=True):
            notes = tuple(note for index, note in enumerate(track.notes) if (index in own) == is_own)
            if notes:
                name = f"{track.name or f'Track {number + 1}'} ({words})"
                tracks.append(replace(track, notes=notes, name=name))
    return replace(piece, tracks=tuple(tracks))


def main_key(piece: Piece) -> KeySignature | None:
    """Return the first key of the piece, or None where it is not known."""
    return piece.key_signatures[0] if piece.key_signatures else None


def known_key(piece: Piece) -> KeySignature | None:
    """Return the first key that is written, else the one that all notes and their lengths make likeliest.

    None where there are no pitched notes either.
    """
    written = main_key(piece)
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    if written is not None or not notes:
        return written
    lengths = np.array([note.duration_quarter for note in notes])
    return KeySignature(0.0, *estimate_key(np.array([note.pitch for note in notes]), lengths))


def accent(piece: Piece) -> Piece:
    """Return the piece with the loudness of a plain performance: first beat strongest, then beats, then the rest."""
    starts = bar_starts(piece)

    def change(note: Note) -> Note:
        index = bisect_right(starts, note.onset_quarter) - 1
        meter = meter_at(piece, note.onset_quarter)
        offset = note.onset_quarter - starts[index]
        if index == 0 and piece.pickup_quarter:
            offset += meter.bar_quarters - piece.pickup_quarter
        compound = meter.denominator == 8 and meter.numerator % 3 == 0
        beat = 1.5 if compound else 1.0
        velocity = 94 if offset == 0 else 84 if (offset / beat).is_integer() else 74
        return Note(note.onset_quarter, note.pitch, note.duration_quarter, velocity)

    return map_notes(piece, change)


def sounding(piece: Piece) -> Piece:
    """Return the piece with every note as long as it sounds: while its key or the sustain pedal is down.

    A note whose key is pressed again ends there.
    """
    if not any(track.pedals for track in piece.tracks):
        return piece
    return replace(piece, tracks=tuple(_sustained(track) if track.pedals else track for track in piece.tracks))


def _sustained(track: Track) -> Track:
    downs = [onset for onset, _ in track.pedals]
    following: dict[int, float] = {}
    notes = []
    for note in reversed(track.notes):
        index = bisect_right(downs, note.end_quarter) - 1
        # A pedal pressed or changed at the very end of a note is too late for it.
        if index >= 0 and track.pedals[index][0] == note.end_quarter:
            index -= 1
        end = max(note.end_quarter, track.pedals[index][1] if index >= 0 else 0.0)
        if end > note.end_quarter:
            end = max(min(end, following.get(note.pitch, end)), note.end_quarter)
        following[note.pitch] = note.onset_quarter
        notes.append(replace(note, duration_quarter=snap(end - note.onset_quarter)))
    return replace(track, notes=tuple(notes))
