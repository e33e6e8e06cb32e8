"""Music that no style learned from, as a musician would have it: pieces with their key, meter, tempo and chords.

Functions: held_out_pieces, chart_of. Which corpora a style's are of stands on its card; the splits are the recipes'.
"""

from collections.abc import Sequence

from musegen.composers.held_out import HeldOut
from musegen.composers.registry import get_composer
from musegen.corpora.registry import read_corpus
from musegen.errors import StyleError
from musegen.services.styles import get_style

_BEATS = 4


def held_out_pieces(style_id: str, split: str) -> list[HeldOut]:
    """Return the pieces of a style's "valid" or "test" split.

    Raises:
        StyleError: there is no such style, or nothing is known to be held out from it.
        DatasetError: its corpus cannot be had.
    """
    card = get_style(style_id)
    if "corpora" not in card.held_out:
        raise StyleError('No music is known to be held out from "{title}".', title=card.title)
    items = [item for corpus in card.held_out["corpora"] for item in read_corpus({"corpus": corpus}, split)]
    return get_composer(card.composer["name"]).held_out(items)


def chart_of(labels: Sequence[str]) -> str:
    """Return the chords of every beat as a chart of bars of four beats: "D-7 | G7 C7"."""
    bars, sounding = [], "NC"
    for start in range(0, len(labels) - _BEATS + 1, _BEATS):
        beats = []
        for label in labels[start : start + _BEATS]:
            sounding = label or sounding
            beats.append(sounding)
        if len(set(beats)) == 1:
            beats = beats[:1]
        elif beats[0] == beats[1] and beats[2] == beats[3]:
            beats = beats[::2]
        bars.append(" ".join(beats))
    return " | ".join(bars)
