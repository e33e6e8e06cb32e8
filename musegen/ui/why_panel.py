"""Why these notes: what the style thought of each, in words for the stage."""

from functools import lru_cache
from typing import Any

from musegen.composers.request import Take
from musegen.errors import MusegenError
from musegen.languages import NoteName, message, together
from musegen.music import Piece
from musegen.music.theory import key_fifths, pitch_name
from musegen.music.timing import bar_and_beat
from musegen.music.transform import main_key
from musegen.services.judging.explain import NoteReason, explain
from musegen.ui import stage
from musegen.ui.steer_panel import can_be_steered

MOST_BITS = 5.0
"""Surprise from which on a note is shaded as surprising as can be: expected once in 32 times."""

_CANNOT = message("This style does not say why: it works in another way.")
_WORDS = (
    (0.5, message("just what the style expected")),
    (0.2, message("one of the likely notes")),
    (0.05, message("not the most likely one")),
    (0.01, message("a surprise")),
    (0.0, message("a great surprise")),
)


def reasons(composed: Take) -> dict[str, Any] | None:
    """Return for `Tools.why` what the style thought of a take's notes; None while nobody asks."""
    if not stage.why_is_asked():
        return None
    if not can_be_steered(composed.style_id):
        return {"said": _CANNOT}
    whole = tuple(
        t for t, track in enumerate(composed.piece.tracks)
        if t < len(composed.given) and track.notes and len(composed.given[t]) == len(track.notes)
    )  # fmt: skip
    voices = whole if len(whole) < len(composed.piece.tracks) else ()
    try:
        return _reasons(composed.style_id, composed.piece, voices)
    except MusegenError as error:
        return {"said": str(error)}


@lru_cache(maxsize=16)
def _reasons(style_id: str, piece: Piece, given_voices: tuple[int, ...]) -> dict[str, Any]:
    told = explain(style_id, piece, given_voices)
    places = {
        (t, note.onset_quarter, note.pitch): index
        for t, track in enumerate(piece.tracks)
        for index, note in enumerate(track.notes)
    }
    notes = {}
    for reason in told.notes:
        note = told.piece.tracks[reason.track].notes[reason.index]
        index = places.get((reason.track, note.onset_quarter, note.pitch))
        if index is not None:
            notes[f"n{reason.track}-{index}"] = _reason(piece, note.onset_quarter, note.pitch, reason)
    return (
        {"notes": notes}
        if notes
        else {"said": message("The style holds this music in another way, so it cannot say why.")}
    )


def _reason(piece: Piece, onset: float, pitch: int, reason: NoteReason) -> dict[str, Any]:
    key = main_key(piece)
    name = pitch_name(pitch, key_fifths(key.tonic, key.mode) if key else 0)
    bar, beat = bar_and_beat(piece, onset)
    word = next(words for least, words in _WORDS if reason.probability >= least)
    said = message(
        "{name} in bar {bar}, beat {beat:g}, was {word}: {probability}.",
        name=name,
        bar=bar,
        beat=beat,
        word=word,
        probability=percent(reason.probability),
    )
    if reason.alternatives:
        said = together([said, message("It could also have been:")])
    others = [[other.pitch, NoteName(other.name), round(other.probability, 4)] for other in reason.alternatives]
    return {"shade": round(min(reason.surprise_bits / MOST_BITS, 1.0), 3), "words": said, "others": others}


def percent(share: float) -> str:
    """Return a share in words: "62 %", "less than 1 %"."""
    return message("{share:.0f} %", share=100 * share) if share >= 0.005 else message("less than 1 %")
