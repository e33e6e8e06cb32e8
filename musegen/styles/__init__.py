"""Styles: a folder under `checkpoints/` each. Listing them reads cards alone."""

from musegen.styles.card import StyleCard, load_card, save_card

__all__ = ["StyleCard", "load_card", "save_card"]
