"""Recipes of styles: `recipes/<style>.toml` says who a style is and how it is made. Recipe, list_recipes, load_recipe.

A recipe has the words of the card, [composer] with its config, [[data]] for each corpus, [source] for how examples are
drawn, [network], [sampling], [held_out] for the corpora it is judged by, and a [[stage]] for each part of the training.
"""

import logging
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from musegen.composers.registry import get_composer
from musegen.corpora.registry import SPLITS, describe, get_corpus, read_corpus
from musegen.engine.codec import Codec
from musegen.errors import MusegenError, StyleError
from musegen.paths import PROJECT_DIR
from musegen.styles.card import SCHEMA_VERSION, StyleCard
from musegen.training.config import Stage, TrainConfig
from musegen.training.kinds import NetworkKind, get_kind

logger = logging.getLogger(__name__)

WORDS = ("style_id", "title", "description", "feed_it", "cannot", "licence")
TUPLES = ("modes", "voices", "meters", "keys")
NUMBERS = ("qpm", "temperature", "num_bars")
TABLES = ("composer", "network", "sampling", "source", "held_out")
CREDITS = ("name", "url", "licence", "citation")
"""What the card says of each corpus; all else in an entry of [[data]] says how it is read."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a style is made.

    Args:
        card: as it will be, without what was learned and measured.
        data: entries of [[data]].
        source: settings of the example source.
        network: settings of the network beyond what the codec decides.
        stages: of the training.
        kind: of the network, see `training.kinds`.
        recall_strength: see `engine.recall.RecallTable`.
    """

    card: StyleCard
    data: tuple[dict[str, Any], ...]
    source: dict[str, Any]
    network: dict[str, Any]
    stages: tuple[Stage, ...]
    kind: str = "recurrent"
    recall_strength: float = 1.0

    def codec(self) -> Codec:
        """Return the representation."""
        return get_composer(self.card.composer["name"]).open(self.card.composer["config"])

    def examples(self) -> tuple[Any, tuple[str, ...]]:
        """Return the example source, and how much of each corpus is learned from.

        Raises:
            MusegenError: a corpus cannot be had, or is nothing for this composer.
        """
        found = [{split: self._items(entry, split) for split in SPLITS} for entry in self.data]
        train, valid = ([item for each in found for item in each[split]] for split in ("train", "valid"))
        source = get_composer(self.card.composer["name"]).source(self.codec(), train, valid, self.source)
        words = [
            describe(entry, [each[split] for split in SPLITS]) for entry, each in zip(self.data, found, strict=True)
        ]
        return source, tuple(words)

    def items(self, split: str) -> list[Any]:
        """Return the items of a split of all its data.

        Raises:
            MusegenError: a corpus cannot be had.
        """
        return [item for entry in self.data for item in self._items(entry, split)]

    def held_out_items(self, split: str) -> list[Any]:
        """Return what is held out in a split of the corpora that the style is judged by; its own where none are named.

        Raises:
            MusegenError: a corpus cannot be had.
        """
        corpora = self.card.held_out.get("corpora")
        entries = [{"corpus": name} for name in corpora] if corpora else self.data
        return [item for entry in entries for item in self._items(entry, split)]

    def _items(self, entry: dict[str, Any], split: str) -> list[Any]:
        """Return the items of a corpus; of a musician's own files what can be learned from."""
        items = read_corpus(entry, split)
        if "folder" not in entry:
            return items
        composer, codec, fitting = get_composer(self.card.composer["name"]), self.codec(), []
        for item in items:
            try:
                fitting.append(replace(item, piece=composer.lesson(codec, item.piece, self.card)[0]))
            except MusegenError as error:
                logger.warning("%s was left out: %s", item.title, error)
        return fitting


def recipe_of(style: "str | Path | Recipe") -> Recipe:
    """Return a recipe by id or path, or the one that is given; errors as `load_recipe`."""
    return style if isinstance(style, Recipe) else load_recipe(style)


def recipes_dir() -> Path:
    """Folder of the recipes of the shipped styles."""
    return PROJECT_DIR / "recipes"


def list_recipes() -> tuple[str, ...]:
    """Return the ids of the styles that have a recipe, sorted."""
    return tuple(sorted(path.stem for path in recipes_dir().glob("*.toml")))


def load_recipe(name: str | Path) -> Recipe:
    """Return a recipe, by the id of a shipped style or the path of a TOML file.

    Raises:
        StyleError: there is none, it is damaged, or a field is missing, unknown or of the wrong kind; the message
            names the file and the field.
    """
    path = name if isinstance(name, Path) else recipes_dir() / f"{name}.toml"
    if not isinstance(name, Path) and name not in list_recipes():
        raise StyleError(f'There is no recipe for "{name}"; there are {", ".join(list_recipes())}.')
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StyleError(f'The recipe "{path.name}" cannot be read.') from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StyleError(f"{path.name} is no TOML file: {error}.") from error
    try:
        _find_folders(values, path.parent)
        return _recipe(values)
    except (KeyError, TypeError, ValueError, MusegenError) as error:
        words = f'the field "{error.args[0]}" is missing' if isinstance(error, KeyError) else str(error).rstrip(".")
        raise StyleError(f"{path.name}: {words}.") from error


def _find_folders(values: dict[str, Any], beside: Path) -> None:
    """Make the folders of a recipe those beside it, where there are such; others are seen from where one stands."""
    for entry in values.get("data", ()):
        folder = entry["folder"] if isinstance(entry, dict) and "folder" in entry else None
        if isinstance(folder, str) and (beside / folder).is_dir():
            entry["folder"] = str(beside / folder)


def _recipe(values: dict[str, Any]) -> Recipe:
    known = {*WORDS, *TUPLES, *NUMBERS, *TABLES, "revision", "recall", "data", "stage"}
    for field in values:
        if field not in known:
            raise ValueError(f'there is no field "{field}"')
    for field in WORDS:
        _check(field, values[field], str)
    for entry in values["data"]:
        for field in CREDITS:
            _check(f"data.{field}", entry[field], str)
        if ("corpus" in entry) == ("folder" in entry):
            raise ValueError('each [[data]] names a "corpus" or a "folder"')
        if "corpus" in entry:
            get_corpus(entry["corpus"])
    network = dict(values["network"])
    kind = get_kind(network.pop("kind", "recurrent"))
    _check_network(network, kind)
    composer = values["composer"]
    get_composer(composer["name"])
    written: dict[str, Any] = {field: values[field] for field in WORDS}
    written |= {field: tuple(values[field]) for field in TUPLES}
    card = StyleCard(
        schema_version=SCHEMA_VERSION,
        **written,
        qpm=float(values["qpm"]),
        temperature=float(values["temperature"]),
        num_bars=values["num_bars"],
        composer={"name": composer["name"], "config": composer.get("config", {})},
        network={},
        sampling=values.get("sampling", {}),
        held_out=_held_out(values.get("held_out", {})),
        revision=_revision(values.get("revision", 1)),
        data=tuple({field: entry[field] for field in CREDITS} | {"pieces": ""} for entry in values["data"]),
    )
    stages = tuple(_stage(number, stage) for number, stage in enumerate(values["stage"], 1))
    for stage in stages:
        _check_network(stage.network, kind)
    recall = values.get("recall", {})
    if set(recall) - {"strength"}:
        raise ValueError(f'there is no field "recall.{min(set(recall) - {"strength"})}"')
    strength = float(recall.get("strength", 1.0))
    return Recipe(card, tuple(values["data"]), values.get("source", {}), network, stages, kind.name, strength)


def _held_out(values: dict[str, Any]) -> dict[str, Any]:
    kinds = {"corpora": list, "num_bars": int}
    for field, value in values.items():
        if field not in kinds:
            raise ValueError(f'there is no field "held_out.{field}"')
        _check(f"held_out.{field}", value, kinds[field])
    for corpus in values.get("corpora", ()):
        get_corpus(corpus)
    return values


def _revision(value: Any) -> int:
    _check("revision", value, int)
    return value


def _stage(number: int, values: dict[str, Any]) -> Stage:
    known = {f.name for f in fields(TrainConfig)}
    for field in values:
        if field not in known and field not in ("dropout", "network"):
            raise ValueError(f'there is no field "{field}" in [[stage]] {number}')
    _check("stage.network", values.get("network", {}), dict)
    training = TrainConfig(**{k: v for k, v in values.items() if k in known})
    return Stage(training, float(values.get("dropout", 0.0)), values.get("network", {}))


def _check_network(settings: dict[str, Any], kind: NetworkKind) -> None:
    for field, value in settings.items():
        if field not in kind.settings:
            raise ValueError(f'there is no field "network.{field}"')
        _check(f"network.{field}", value, kind.settings[field])


def _check(field: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise ValueError(f'the field "{field}" is {value!r:.40}, which it cannot be')
