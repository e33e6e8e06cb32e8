"""Incomplete first bars that note values can express: any other is moved to the nearest one.

Notation programs cannot write a tuplet over a bar line, so people begin with one or two notes of it; MIDI files begin
a few ticks off. Composers count on 24ths of a quarter, print on 128ths and parts of tuplets.
"""

from dataclasses import replace

from musegen.constants import TICKS_PER_QUARTER
from musegen.music.meter import SHORTEST, find_tuplets, meter_tree
from musegen.music.piece import Note, Piece, snap

_COMPOSED = (1 / 8, 1 / 6)
_LEAST_COMPOSED = 1 / 6
"""Steps of a pickup that every way of composing counts in, in quarters, and the shortest."""


def with_written_pickup(piece: Piece) -> Piece:
    """Return the piece with a pickup that can be printed: of 128ths or parts of tuplets."""
    meter = piece.time_signatures[0]
    ticks, bar = (round(quarter * TICKS_PER_QUARTER) for quarter in (piece.pickup_quarter, meter.bar_quarters))
    try:
        find_tuplets(meter_tree(meter.numerator, meter.denominator), [(bar - ticks, bar - ticks)])
    except ValueError:
        return _moved(piece, max(round(ticks / SHORTEST), 1) * SHORTEST / TICKS_PER_QUARTER)
    return piece


def with_counted_pickup(piece: Piece) -> Piece:
    """Return the piece with a pickup that every style counts (eighths of a quarter or sixths); often the same piece.

    A pickup that would fill the bar is none.
    """
    pickup = piece.pickup_quarter
    if not pickup:
        return piece
    choices = [max(round(pickup / step), 1) * step for step in _COMPOSED]
    nearest = max(min(choices, key=lambda length: abs(length - pickup)), 1 / 8)
    if snap(nearest) == pickup:
        return piece
    return _moved(piece, max(nearest, _LEAST_COMPOSED))


def _moved(piece: Piece, pickup: float) -> Piece:
    """Return the piece with another length of its pickup: what is in it is stretched, what follows is later or sooner.

    A pickup as long as the bar is a whole first bar.
    """
    old, pickup = piece.pickup_quarter, snap(pickup)
    bar = piece.time_signatures[0].bar_quarters

    def moved(quarter: float) -> float:
        return snap(quarter * pickup / old if quarter < old else quarter + pickup - old)

    def note(n: Note) -> Note:
        onset = moved(n.onset_quarter)
        return replace(n, onset_quarter=onset, duration_quarter=max(moved(n.end_quarter) - onset, 1 / 64))

    def marks(rows: tuple) -> tuple:
        return tuple(replace(m, onset_quarter=moved(m.onset_quarter)) for m in rows)

    return replace(
        piece,
        tracks=tuple(
            replace(t, notes=tuple(note(n) for n in t.notes), pedals=tuple((moved(a), moved(b)) for a, b in t.pedals))
            for t in piece.tracks
        ),
        tempos=marks(piece.tempos),
        time_signatures=marks(piece.time_signatures),
        key_signatures=marks(piece.key_signatures),
        chord_symbols=marks(piece.chord_symbols),
        barlines=marks(piece.barlines),
        fermatas=tuple(moved(q) for q in piece.fermatas),
        sections=tuple((moved(q), text) for q, text in piece.sections),
        pickup_quarter=0.0 if pickup >= bar else pickup,
    )
