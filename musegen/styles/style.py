"""Loading a style: card, codec and network, checked against each other."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from musegen.engine.codec import Codec
from musegen.errors import StyleError
from musegen.paths import checkpoints_dir
from musegen.styles.card import StyleCard, load_card


@dataclass(frozen=True, slots=True)
class Style:
    """A style ready to be played: the folder's card, its codec, and where its network lies.

    Args:
        card: of the style.
        codec: made from the card.
        folder: holds the graphs `advance.tflite` and `logits.tflite`.
    """

    card: StyleCard
    codec: Codec
    folder: Path

    @property
    def hidden_index(self) -> int:
        """Which state vector is the hidden state of the last layer."""
        config = self.card.network["config"]
        per_layer = 2 if config["cell"] == "lstm" else 1
        return (config["num_layers"] - 1) * per_layer


def make_codec(name: str, config: dict) -> Codec:
    """Return the codec of a name and config.

    Raises:
        StyleError: there is no such codec, or the config is not its.
    """
    from musegen.composers.chorale.codec import ChoraleCodec
    from musegen.composers.parts.codec import ScoreCodec
    from musegen.composers.performance.codec import PerformanceCodec
    from musegen.composers.solo.codec import SoloCodec
    from musegen.composers.tune.codec import FolkTuneCodec

    codecs = {codec.name: codec for codec in (ChoraleCodec, FolkTuneCodec, PerformanceCodec, ScoreCodec, SoloCodec)}
    if name not in codecs:
        raise StyleError(f'This program has no representation "{name}"; the style is of another version.')
    try:
        return codecs[name].from_config(config)
    except ValueError as error:
        raise StyleError(f"The style does not fit this program: {error}") from error


def list_styles() -> list[StyleCard]:
    """Return the cards of all styles, by title; folders without a readable card are left out."""
    cards = []
    for path in sorted(checkpoints_dir().glob("*/card.json")):
        try:
            cards.append(load_card(path.parent))
        except StyleError:
            continue
    return sorted(cards, key=lambda card: card.title)


def style_folder(style_id: str) -> Path:
    """Return the folder of a style.

    Raises:
        StyleError: there is none; the message names those there are.
    """
    folder = checkpoints_dir() / style_id
    if not style_id or Path(style_id).name != style_id or not (folder / "card.json").is_file():
        names = ", ".join(card.style_id for card in list_styles()) or "none are installed"
        raise StyleError(f'There is no style "{style_id}"; the styles are: {names}.')
    return folder


def load_style(style_id: str) -> Style:
    """Return a style, its files checked against the card.

    Raises:
        StyleError: there is none, or a file is not the one the card names.
    """
    folder = style_folder(style_id)
    stamp = max(path.stat().st_mtime_ns for path in folder.iterdir())
    return _load(folder, stamp)


@lru_cache(maxsize=32)
def _load(folder: Path, stamp: int) -> Style:
    card = load_card(folder)
    for name in ("advance.tflite", "logits.tflite"):
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise StyleError(f'The style "{card.style_id}" is incomplete: {name} is missing.') from error
        if found != card.files.get(name):
            raise StyleError(
                f'The style "{card.style_id}" is damaged: {name} is {found[:12]}, the card says '
                f"{card.files.get(name, 'nothing')[:12]}; restore the folder."
            )
    return Style(card, make_codec(card.codec["name"], card.codec["config"]), folder)


def load_history(style_id: str) -> list[dict]:
    """Return the training history of a style, one dict an epoch; empty where none was kept."""
    path = style_folder(style_id) / "history.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def load_reference(style_id: str) -> dict:
    """Return the reference statistics of a style's corpus; empty where none were kept."""
    path = style_folder(style_id) / "reference.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
