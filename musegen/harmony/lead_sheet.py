"""Chord symbols over any music: those that sound in it, beat by beat, or those that its one voice makes likely."""

from dataclasses import replace
from functools import lru_cache

from musegen.errors import ConstraintError
from musegen.harmony.chart_guess import guess_chart
from musegen.harmony.heard import heard_symbols, is_one_voice
from musegen.music import Piece
from musegen.music.timing import bar_starts

_MANNER = "songbook"


def has_symbols(piece: Piece) -> bool:
    """Return whether chord symbols stand over a piece already."""
    return bool(piece.chord_symbols)


@lru_cache(maxsize=32)
def with_chord_symbols(piece: Piece) -> Piece:
    """Return a piece with chord symbols; those that stand in it are kept as they are.

    Args:
        piece: the music; without pitched notes it stays as it is.

    Raises:
        StyleError: a network is missing or damaged.
    """
    if has_symbols(piece) or not any(track.notes and not track.is_drum for track in piece.tracks):
        return piece
    if is_one_voice(piece):
        try:
            chart = guess_chart(piece, manner=_MANNER)
        except ConstraintError:  # its meter changes
            return replace(piece, chord_symbols=heard_symbols(piece))
        return replace(piece, chord_symbols=chart.chord_symbols(piece.pickup_quarter))
    return replace(piece, chord_symbols=heard_symbols(piece))


def chart_text(piece: Piece) -> str:
    """Return the chords of a piece bar by bar as text, four bars a line, chords of a bar in their order.

    Unlike a `Chart` it may have any meters; `music.chart.parse_chart` reads it back where the meter stays.
    """
    music = with_chord_symbols(piece)
    starts = [start for start in bar_starts(music) if start >= music.pickup_quarter - 1e-9] or [0.0]
    lines: list[list[str]] = [[]]
    going = ""
    for start, end in zip(starts, [*starts[1:], float("inf")], strict=True):
        inside = [s for s in music.chord_symbols if start - 1e-6 <= s.onset_quarter < end - 1e-6]
        names = [s.text for s in inside]
        if not inside or inside[0].onset_quarter > start + 1e-6:
            names.insert(0, going or next((s.text for s in music.chord_symbols if s.onset_quarter < start), "N.C."))
        going = names[-1]
        if len(lines[-1]) == 4:
            lines.append([])
        lines[-1].append(" ".join(names))
    meter = music.time_signatures[0]
    head = ([f"title: {music.title}"] if music.title else []) + (
        [f"meter: {meter.numerator}/{meter.denominator}"] if (meter.numerator, meter.denominator) != (4, 4) else []
    )
    return "\n".join([*head, *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"
