"""What results were made of, in words."""

from musegen.composers.modes import KNOWN
from musegen.languages import Message, message

_STEERED = {
    "regenerate": message("composed again in part"),
    "vary": message("varied"),
    "extend": message("gone on with"),
    "swap": message("with another note"),
}


def made_from(card_title: str, mode: str, seed_title: str | None) -> Message:
    """Return what a result was made of: "Folk tunes, go on from the seed: Reel"."""
    way = KNOWN[mode].way
    if not seed_title:
        return message("{style}, {way}", style=message(card_title), way=message(way))
    return message("{style}, {way}: {title}", style=message(card_title), way=message(way), title=seed_title)


def steered_from(card_title: str, action: str, title: str) -> Message:
    """Return what a changed take was made of: "Folk tunes, varied: Reel"."""
    if not title:
        return message("{style}, {way}", style=message(card_title), way=_STEERED[action])
    return message("{style}, {way}: {title}", style=message(card_title), way=_STEERED[action], title=title)
