"""The shelf of styles: a folder each. list_styles, style_folder, load_history, load_reference."""

import json
from pathlib import Path

from musegen.errors import StyleError
from musegen.paths import assets_dir, checkpoints_dir, own_styles_dir
from musegen.styles.card import StyleCard, load_card
from musegen.styles.history import history_of

TEACHING = "teaching"


def shelves() -> tuple[Path, ...]:
    """Return the folders that hold styles: those shipped, then those that a musician trained."""
    return checkpoints_dir(), own_styles_dir()


def list_styles() -> list[StyleCard]:
    """Return the cards of all styles, by title; folders without a readable card are left out."""
    cards: dict[str, StyleCard] = {}
    for shelf in shelves():
        for path in sorted(shelf.glob("*/card.json")):
            try:
                card = load_card(path.parent)
            except StyleError:
                continue
            cards.setdefault(card.style_id, card)
    return sorted(cards.values(), key=lambda card: card.title)


def list_teaching() -> list[StyleCard]:
    """Return the cards of the notebooks' networks: they have learned nothing, and are there to be trained.

    Their ids begin with "teaching.", which the id of no trained style does.
    """
    return [load_card(path.parent) for path in sorted((assets_dir() / TEACHING).glob("*/card.json"))]


def is_teaching(style_id: str) -> bool:
    """Return whether an id is that of a network of the notebooks that has learned nothing."""
    return style_id.startswith(f"{TEACHING}.")


def style_folder(style_id: str) -> Path:
    """Return the folder of a style, or of a network of the notebooks that has learned nothing.

    Raises:
        StyleError: there is none; the message names those there are.
    """
    if style_id and Path(style_id).name == style_id:
        for shelf in (*shelves(), assets_dir() / TEACHING):
            if (shelf / style_id / "card.json").is_file():
                return shelf / style_id
    names = ", ".join(card.style_id for card in list_styles()) or "none are installed"
    raise StyleError('There is no style "{style_id}"; the styles are: {names}.', style_id=style_id, names=names)


def load_history(style_id: str) -> list[dict]:
    """Return the training history of a style, one dict an epoch; empty where none was kept."""
    return history_of(style_folder(style_id))


def load_reference(style_id: str) -> dict:
    """Return the reference statistics of a style's corpus; empty where none were kept."""
    path = style_folder(style_id) / "reference.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
