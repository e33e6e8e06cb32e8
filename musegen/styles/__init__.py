"""Styles on the shelf: a folder each. Listing them reads cards alone; see `composers.style` for playing one."""

from musegen.styles.card import StyleCard, load_card, save_card
from musegen.styles.shelf import list_styles, load_history, load_reference, style_folder

__all__ = [
    "StyleCard",
    "list_styles",
    "load_card",
    "load_history",
    "load_reference",
    "save_card",
    "style_folder",
]
