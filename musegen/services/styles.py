"""The styles there are and what they can do, for pages and the command line."""

from dataclasses import fields
from typing import Any

from musegen.composers.contract import Abilities
from musegen.composers.registry import get_composer, list_composers
from musegen.composers.settings import Setting
from musegen.composers.style import can_be_blended
from musegen.styles import StyleCard, load_history, load_reference
from musegen.styles import list_styles as _list_styles
from musegen.styles.card import load_card
from musegen.styles.shelf import style_folder


def list_styles() -> list[StyleCard]:
    """Return the cards of all styles that this program can play, by title."""
    return [card for card in _list_styles() if card.composer["name"] in list_composers()]


def get_style(style_id: str) -> StyleCard:
    """Return the card of a style.

    Raises:
        StyleError: there is none; the message names those there are.
    """
    return load_card(style_folder(style_id))


def abilities_of(card: StyleCard) -> Abilities:
    """Return what a style can do.

    Raises:
        StyleError: this program has no such way of composing.
    """
    return get_composer(card.composer["name"]).abilities(card)


def blends_of(card: StyleCard) -> list[StyleCard]:
    """Return the cards of the styles that a style can be blended with, by title."""
    return [other for other in list_styles() if can_be_blended(card, other)]


def options_of(card: StyleCard) -> dict[str, Setting]:
    """Return what can be chosen for a style beyond what every style takes, by name.

    Raises:
        StyleError: this program has no such way of composing.
    """
    return get_composer(card.composer["name"]).settings(card)


def option_kinds() -> tuple[type, ...]:
    """Return the dataclasses of options of all ways of composing."""
    return tuple(get_composer(name).Options for name in list_composers())


def defaults_of(card: StyleCard) -> dict[str, Any]:
    """Return the usual value of each option of a style, by name.

    Raises:
        StyleError: this program has no such way of composing.
    """
    kind = get_composer(card.composer["name"]).Options
    return {f.name: f.default for f in fields(kind) if f.name in options_of(card)}


def style_history(style_id: str) -> list[dict]:
    """Return one dict an epoch of training: epoch, steps, train_nll, valid_nll, learning_rate, seconds."""
    return load_history(style_id)


def style_reference(style_id: str) -> dict:
    """Return the statistics of the corpus a style has learned from."""
    return load_reference(style_id)
