"""A style ready to compose: card, composer, codec and player. Style, load_style, can_be_blended, blended."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from musegen.composers.registry import get_composer
from musegen.engine.codec import K
from musegen.engine.players import Player, open_player
from musegen.engine.players.blended import BlendedPlayer
from musegen.engine.recall import RecallTable
from musegen.errors import StyleError
from musegen.styles.card import LATTICE_FILE, RECALL_FILE, StyleCard, load_card
from musegen.styles.shelf import style_folder

if TYPE_CHECKING:
    from musegen.composers.contract import Composer


@dataclass(frozen=True, slots=True)
class Style(Generic[K]):
    """A style ready to be played.

    Args:
        card: of the style.
        composer: its way of composing.
        codec: the representation that the card asks for.
        folder: holds the files of the player.
        blended: another style whose network is heard with this one's, and its share; None for this one alone.
    """

    card: StyleCard
    composer: "Composer[K]"
    codec: K
    folder: Path
    blended: "tuple[Style[K], float] | None" = None

    @property
    def recall(self) -> RecallTable | None:
        """How far its music goes on as it went on before; None where that was not learned."""
        return _recall(self.folder, self.card.sha256) if self.card.recalls else None

    @property
    def player(self) -> Player:
        """The network, loaded once for all takes."""
        own = _player(self.folder, self.card.sha256)
        return own if self.blended is None else BlendedPlayer(own, self.blended[0].player, self.blended[1])


@lru_cache(maxsize=16)
def _player(folder: Path, sha256: str) -> Player:
    return open_player(load_card(folder).network, folder)


@lru_cache(maxsize=32)
def _recall(folder: Path, sha256: str) -> RecallTable:
    try:
        return RecallTable.from_json(json.loads((folder / RECALL_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StyleError(
            'The style "{name}" is damaged: {recall_file} cannot be used ({error}).',
            name=folder.name,
            recall_file=RECALL_FILE,
            error=error,
        ) from error


def load_style(style_id: str) -> Style[Any]:
    """Return a style, its files checked against the card.

    Raises:
        StyleError: there is none, its card is damaged, or a file is not the one the card names.
    """
    folder = style_folder(style_id)
    stamp = max(path.stat().st_mtime_ns for path in folder.iterdir())
    return _load(folder, stamp)


@lru_cache(maxsize=32)
def _load(folder: Path, stamp: int) -> Style[Any]:
    card = load_card(folder)
    for name, wanted in card.files.items():
        if not (name.endswith(".tflite") or name == LATTICE_FILE):
            continue
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise StyleError(
                'The style "{style_id}" is incomplete: {name} is missing.', style_id=card.style_id, name=name
            ) from error
        if found != wanted:
            raise StyleError(
                'The style "{style_id}" is damaged: {name} is {found}, the card says {wanted}; restore the folder.',
                style_id=card.style_id,
                name=name,
                found=found[:12],
                wanted=wanted[:12],
            )
    return open_style(card, folder)


def open_style(card: StyleCard, folder: Path) -> Style:
    """Return the style of a card; its player is opened when it is first asked for.

    Raises:
        StyleError: this program has no such composer, or the card's config is not its.
    """
    composer = get_composer(card.composer["name"])
    try:
        codec = composer.open(card.composer["config"])
    except (ValueError, TypeError, KeyError) as error:
        raise StyleError(
            'The card of the style "{style_id}" does not fit this program: {error}', style_id=card.style_id, error=error
        ) from error
    return Style(card, composer, codec, folder)


_SHARED = ("num_events", "num_heads", "trunk_columns", "head_columns")


def can_be_blended(card: StyleCard, other: StyleCard) -> bool:
    """Return whether two styles write the same events and are shown the same columns, so that both can be heard."""
    one, two = card.network["config"], other.network["config"]
    alike = all(_sizes(one.get(name)) == _sizes(two.get(name)) for name in _SHARED)
    names = [(each.composer["name"], each.composer["config"].get("symbols")) for each in (card, other)]
    return card.style_id != other.style_id and names[0] == names[1] and alike


def _sizes(value: Any) -> Any:
    """Return columns without the widths that their network looks them up in."""
    return [(column[0], column[1]) for column in value] if isinstance(value, list | tuple) else value


def blended(style: Style[Any], other_id: str, share: float) -> Style[Any]:
    """Return a style that composes as it does, but with the network of another one heard beside its own.

    Args:
        style: whose codec, rules and settings hold.
        other_id: the other style.
        share: of the other at every step, 0 to 1.

    Raises:
        StyleError: there is no such style, or the two have not the same events.
    """
    other = load_style(other_id)
    if not can_be_blended(style.card, other.card):
        raise StyleError(
            "{title} and {other} write in different ways and cannot be blended; choose a style of the same kind.",
            title=style.card.title,
            other=other.card.title,
        )
    return replace(style, blended=(other, share))
