"""Styles: a folder under `checkpoints/` each. Listing them reads cards alone."""

from musegen.styles.card import StyleCard, load_card, save_card
from musegen.styles.style import Style, list_styles, load_history, load_reference, load_style

__all__ = [
    "Style",
    "StyleCard",
    "list_styles",
    "load_card",
    "load_history",
    "load_reference",
    "load_style",
    "save_card",
]
