"""The styles there are, for pages and the command line."""

from musegen.styles import StyleCard, load_history, load_reference
from musegen.styles import list_styles as _list_styles
from musegen.styles.card import load_card
from musegen.styles.style import style_folder


def list_styles() -> list[StyleCard]:
    """Return the cards of all styles, by title."""
    return _list_styles()


def get_style(style_id: str) -> StyleCard:
    """Return the card of a style.

    Raises:
        StyleError: there is none; the message names those there are.
    """
    return load_card(style_folder(style_id))


def style_history(style_id: str) -> list[dict]:
    """Return one dict an epoch of training: epoch, steps, train_nll, valid_nll, learning_rate, seconds."""
    return load_history(style_id)


def style_reference(style_id: str) -> dict:
    """Return the statistics of the corpus a style has learned from."""
    return load_reference(style_id)
