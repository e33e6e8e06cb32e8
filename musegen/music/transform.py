"""Pure changes of a Piece: each returns a new one."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from musegen.music.piece import Barline, KeySignature, Note, Piece, TimeSignature, Track, snap
from musegen.music.timing import bar_starts


def map_notes(piece: Piece, change: Callable[[Note], Note | None]) -> Piece:
    """Return the piece with every note replaced by `change(note)`; None removes it."""
    tracks = tuple(
        replace(track, notes=tuple(new for note in track.notes if (new := change(note)) is not None))
        for track in piece.tracks
    )
    return replace(piece, tracks=tracks)


def transpose(piece: Piece, semitones: int) -> Piece:
    """Return the piece `semitones` higher, keys included, drums left alone.

    Raises:
        ValueError: a note would leave 0 to 127.
    """
    tracks = tuple(
        track
        if track.is_drum
        else replace(track, notes=tuple(replace(n, pitch=n.pitch + semitones) for n in track.notes))
        for track in piece.tracks
    )
    keys = tuple(replace(key, tonic=(key.tonic + semitones) % 12) for key in piece.key_signatures)
    return replace(piece, tracks=tracks, key_signatures=keys)


def quantize(piece: Piece, step_quarter: float = 0.25) -> tuple[Piece, int]:
    """Return the piece with onsets and ends on a grid, and how many notes moved.

    A note keeps at least one step.
    """
    moved = 0

    def change(note: Note) -> Note:
        nonlocal moved
        onset = snap(round(note.onset_quarter / step_quarter) * step_quarter)
        end = snap(round(note.end_quarter / step_quarter) * step_quarter)
        duration = max(snap(end - onset), step_quarter)
        moved += (onset, duration) != (note.onset_quarter, note.duration_quarter)
        return replace(note, onset_quarter=onset, duration_quarter=duration)

    return map_notes(piece, change), moved


def slice_quarters(piece: Piece, start_quarter: float, end_quarter: float) -> Piece:
    """Return the music in [start, end) quarters, moved to start at 0; notes that reach out are cut."""

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
    pickup = piece.pickup_quarter - start_quarter if start_quarter < piece.pickup_quarter else 0.0
    return replace(
        sliced,
        tempos=shift(piece.tempos),
        time_signatures=shift(piece.time_signatures),
        key_signatures=shift(piece.key_signatures),
        chord_symbols=shift(piece.chord_symbols),
        barlines=tuple(replace(b, onset_quarter=snap(b.onset_quarter - start_quarter)) for b in piece.barlines
                       if start_quarter < b.onset_quarter <= end_quarter),
        fermatas=tuple(snap(q - start_quarter) for q in piece.fermatas if start_quarter <= q < end_quarter),
        pickup_quarter=pickup if snap(end_quarter - start_quarter) > pickup else 0.0,
    )  # fmt: skip


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
    """Return the piece as played: sections between repeat signs twice, the signs replaced by double bar lines."""
    sections: list[tuple[float, float, int]] = []
    start = piece.pickup_quarter if not any(b.kind == "repeat-start" for b in piece.barlines) else 0.0
    last = 0.0 if not start else start
    if start:
        sections.append((0.0, start, 1))
    for bar in piece.barlines:
        if bar.onset_quarter > last and bar.kind in ("repeat-start", "repeat-end", "repeat-both"):
            sections.append((last, bar.onset_quarter, 1 if bar.kind == "repeat-start" else 2))
            last = bar.onset_quarter
    if piece.end_quarter > last:
        sections.append((last, piece.end_quarter, 1))
    notes: list[list[Note]] = [[] for _ in piece.tracks]
    position, doubles = 0.0, []
    for begin, end, times in sections:
        for _ in range(times):
            for index, track in enumerate(piece.tracks):
                notes[index] += [
                    replace(n, onset_quarter=n.onset_quarter - begin + position)
                    for n in track.notes
                    if begin <= n.onset_quarter < end
                ]
            position = snap(position + end - begin)
        doubles.append(position)
    tracks = tuple(replace(t, notes=tuple(ns)) for t, ns in zip(piece.tracks, notes, strict=True))
    marks = [Barline(q, "double") for q in doubles[:-1] if q > 0] + [Barline(position, "final")]
    return replace(piece, tracks=tracks, barlines=tuple(marks), chord_symbols=(), fermatas=())


def main_key(piece: Piece) -> KeySignature | None:
    """Return the first key of the piece, or None where it is not known."""
    return piece.key_signatures[0] if piece.key_signatures else None


def with_meter(piece: Piece, numerator: int, denominator: int) -> Piece:
    """Return the piece in one meter from the start."""
    return replace(piece, time_signatures=(TimeSignature(0.0, numerator, denominator),))
