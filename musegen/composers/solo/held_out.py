"""An improvised solo of a corpus as it would be written: the line, its tempo and the chords as they change."""

from typing import Any

from musegen.composers.held_out import HeldOut
from musegen.composers.solo.codec import SoloCodec
from musegen.composers.solo.source import solo_rows
from musegen.corpora.registry import name_of
from musegen.music import ChordSymbol, Piece, Tempo, Track


def held_out_solo(solo: Any) -> HeldOut:
    """Return a solo (see `corpora.weimar_jazz.Solo`) whose introduction ends where the first chorus begins."""
    notes = SoloCodec().decode(SoloCodec.to_events(solo_rows(solo))).tracks[0].notes
    named = [(beat, label) for beat, label in enumerate(solo.chords) if label]
    changes = [(b, c) for (b, c), (_, before) in zip(named, [(0, ""), *named], strict=False) if c != before]
    piece = Piece(
        (Track(notes, 66, name="Solo"),),
        tempos=(Tempo(0.0, float(round(solo.qpm))),),
        chord_symbols=tuple(ChordSymbol(float(b), c) for b, c in changes),
        title=solo.title,
    )
    return HeldOut(solo.title, piece, max(1 - solo.first_bar, 0), tuple(solo.chords), name_of(solo))
