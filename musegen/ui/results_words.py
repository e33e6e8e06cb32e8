"""What results were made of, in words."""

from musegen.ui.settings_panel import MODE_WORDS

_STEERED = {
    "regenerate": "composed again in part",
    "vary": "varied",
    "extend": "gone on with",
    "swap": "with another note",
}


def made_from(card_title: str, mode: str, seed_title: str | None) -> str:
    """Return what a result was made of: "Folk tunes, go on from the seed: Reel"."""
    return card_title + (f", {MODE_WORDS[mode].lower()}" + (f": {seed_title}" if seed_title else ""))


def steered_from(card_title: str, action: str, title: str) -> str:
    """Return what a changed take was made of: "Folk tunes, varied: Reel"."""
    return f"{card_title}, {_STEERED[action]}" + (f": {title}" if title else "")
