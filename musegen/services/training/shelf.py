"""A musician's own styles: listed, given away as one file, taken in, removed. own_styles, export, take_in, remove."""

import re
from pathlib import Path

import numpy as np

from musegen.composers.style import load_style
from musegen.engine.players import Player
from musegen.errors import MusegenError, StyleError
from musegen.services.styles import StyleCard, list_styles
from musegen.styles.picture import svg_of
from musegen.styles.shelf import style_folder
from musegen.styles.style_file import ENDING, is_own, pack_style, remove_style, unpack_style


def own_styles() -> list[StyleCard]:
    """Return the cards of the styles that a musician trained or took in, by title."""
    return [card for card in list_styles() if is_own(card.style_id)]


def picture_of(style_id: str) -> str:
    """Return the picture of a style as SVG, "" where it has none.

    Raises:
        StyleError: there is no such style.
    """
    return svg_of(style_folder(style_id))


def export(style_id: str) -> tuple[str, bytes]:
    """Return the name and the content of the one file that holds a style.

    Raises:
        StyleError: there is no such style, or a file of it is missing.
    """
    return f"{re.sub(r'[^a-z0-9-]', '', style_id)}{ENDING}", pack_style(style_id)


def take_in(data: bytes) -> StyleCard:
    """Put a style that came as one file on the shelf, once it has proved that it plays; return its card.

    Raises:
        StyleError: it is refused, or cannot be played by this program; nothing of it stays then.
    """
    card = unpack_style(data)
    try:
        style = load_style(card.style_id)
        player, columns = style.player, style.codec.trunk_columns
        _try(player, len(columns), len(style.codec.head_columns), style.codec.num_events)
    except Exception as error:
        remove_style(card.style_id)
        if isinstance(error, MusegenError):
            raise
        raise StyleError("This is refused as a style: its network does not play.") from error
    return card


def remove(style_id: str) -> None:
    """Remove a style of the musician's own.

    Raises:
        StyleError: there is no such style, or it came with the program.
    """
    remove_style(style_id)


def read_file(path: Path) -> StyleCard:
    """Take in a style from a file.

    Raises:
        StyleError: it cannot be read, or is refused.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StyleError(
            '"{path}" cannot be read; choose a file that ends in {ending}.', path=str(path), ending=ENDING
        ) from error
    return take_in(data)


def _try(player: Player, num_trunk: int, num_head: int, num_events: int) -> None:
    """Play one frame of zeros.

    Raises:
        StyleError: the network is not of the representation that the card names.
    """
    trunk, head = np.zeros((1, num_trunk), np.int32), np.zeros((1, num_head), np.int32)
    logits = player.logits(trunk, head, player.advance(trunk, player.initial_states(1)))
    if logits.shape != (1, num_events) or not np.isfinite(logits).all():
        raise StyleError("This is refused as a style: its network and its card do not fit together.")
