"""An improvised solo of a corpus as music to be heard: the line, its tempo and the chords as they change."""

from typing import Any

from musegen.composers.held_out import HeldOut
from musegen.corpora.registry import name_of
from musegen.music import ChordSymbol, Note, Piece, Tempo, Track

_TICKS = 24
"""Of a quarter in the corpus."""


def held_out_solo(solo: Any) -> HeldOut:
    """Return a solo (see `corpora.weimar_jazz.Solo`) whose introduction ends where the first chorus begins."""
    rows = zip(solo.onset_tick.tolist(), solo.length_tick.tolist(), solo.pitch.tolist(), strict=True)
    notes = tuple(Note(onset / _TICKS, pitch, length / _TICKS, 90) for onset, length, pitch in rows)
    named = [(beat, label) for beat, label in enumerate(solo.chords) if label]
    changes = [(b, c) for (b, c), (_, before) in zip(named, [(0, ""), *named], strict=False) if c != before]
    piece = Piece(
        (Track(notes, 66, name="Solo"),),
        tempos=(Tempo(0.0, float(round(solo.qpm))),),
        chord_symbols=tuple(ChordSymbol(float(b), c) for b, c in changes),
        title=solo.title,
    )
    return HeldOut(solo.title, piece, max(1 - solo.first_bar, 0), tuple(solo.chords), name_of(solo))
