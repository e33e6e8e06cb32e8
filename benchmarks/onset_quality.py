"""How well each style foresees the pitches of music it never saw, where notes begin, beside a counting model.

Of the test pieces of the corpora by which a style is judged, the first stretch of each, as long as the style's own
figures; the counting model (an n-gram of five pitches of each voice) has counted the pieces of their training split.
"""

import itertools

from benchmarks.report import Figures, run, table
from musegen.evaluation.onsets import counted_at_onsets, pitch_lines
from musegen.evaluation.windows import heard, windows
from musegen.services.judging.held_out import held_out_pieces
from musegen.services.judging.onsets import foreseen
from musegen.services.styles import abilities_of, get_style, list_styles

MOST_PIECES, MOST_COUNTED_NOTES = 40, 150_000
NUM_BARS = 16
CARD_NAMES = ("test_accuracy_at_onsets", "counting_accuracy_at_onsets", "test_pitch_nats_at_onsets",
              "counting_pitch_nats_at_onsets", "notes_at_onsets")  # fmt: skip


def of_style(style_id: str, most: int = MOST_PIECES) -> Figures:
    """Return the figures of a style."""
    card = get_style(style_id)
    played, num_bars = not abilities_of(card).bars, card.held_out.get("num_bars", NUM_BARS)
    cut = []
    for held in held_out_pieces(style_id, "test"):
        own = windows(held.piece, num_bars, played=played, first_bar=held.first_bar)
        cut += list(itertools.islice(own, 1))
        if len(cut) == most:
            break
    lines, total = [], 0
    for held in held_out_pieces(style_id, "train"):
        lines += pitch_lines(held.piece)
        total += held.piece.num_notes
        if total > (MOST_COUNTED_NOTES if most == MOST_PIECES else 2000):
            break
    own = foreseen(style_id, cut, most)
    tracks = max(len(piece.tracks) for piece in cut)
    counted = counted_at_onsets(lines, [line for p in cut for line in pitch_lines(heard(p, num_tracks=tracks))])
    if own is None:
        return {}
    values = (own.accuracy, counted.accuracy, own.nats, counted.nats, own.num_notes)
    return dict(zip(CARD_NAMES, values, strict=True))


def measured(small: bool = False, names: tuple[str, ...] = ()) -> Figures:
    """Return the figures of styles, or of all that are judged by held-out music."""
    styles = names or tuple(card.style_id for card in list_styles() if "corpora" in card.held_out)
    return {name: of_style(name, 3 if small else MOST_PIECES) for name in (("folk",) if small else styles)}


def rendered(figures: Figures) -> str:
    """Return the table."""
    rows = [
        [name, found["notes_at_onsets"], *(f"{found[key]:.3f}" for key in CARD_NAMES[:4])]
        for name, found in figures.items()
        if found
    ]
    return table(["style", "notes", "foreseen", "by counting", "nats a pitch", "by counting"], rows)


if __name__ == "__main__":
    run(measured, rendered)
