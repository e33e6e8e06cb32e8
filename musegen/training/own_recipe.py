"""The recipe of a style that a musician asks for, from the order alone: own_recipe, with_rounds.

There is nothing to set: a style that is gone on from gives its network, its way of composing and its defaults; how long
is trained follows from how much music there is and how many minutes are given.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from musegen.composers.contract import ExampleSource
from musegen.composers.registry import get_composer
from musegen.engine.codec import Example
from musegen.styles.card import StyleCard, load_card
from musegen.styles.runs import Order
from musegen.styles.shelf import style_folder
from musegen.training.config import Stage, TrainConfig
from musegen.training.kinds import get_kind
from musegen.training.recipe import Recipe

PASSES = {"on": 24, "quick": 16, "new": 120}
"""How often each note is learned from at most; early stopping ends most runs before."""
BATCH = {"on": 8, "quick": 8, "new": 8}
LEARNING_RATE = {"on": 2e-4, "quick": 3e-3, "new": 3e-3}
DROPOUT = {"on": 0.3, "quick": 0.2, "new": 0.3}
LEARNED = {"on": "all", "quick": "biases", "new": "all"}
FRAMES = 160
STEPS_A_ROUND = 8
LEAST_ROUNDS, MOST_ROUNDS = 6, 150
PATIENCE = {"on": 5, "quick": 6, "new": 12}
AS_DESCRIBED: dict[str, dict[str, Any]] = {
    "notebook": {"batch_size": 16, "crop_frames": 40, "steps_per_epoch": 32, "warmup_steps": 32,
                 "learning_rate": 0.01, "weight_decay": 0.0, "optimizer": "adamax"},
    "timed_notes": {"batch_size": 64, "crop_frames": 25, "steps_per_epoch": 32, "warmup_steps": 32,
                    "learning_rate": 5e-3, "weight_decay": 0.0},
}  # fmt: skip
"""By the kind of network, what a notebook trains with: that on Chopin windows of 40 and Adamax (of its batch of 256 few
files see too few), the tutorial on MAESTRO windows of 25, batches of 64 and Adam."""
_DROPOUT_AS_DESCRIBED = {"notebook": 0.1, "timed_notes": 0.0}
_SMALL_NOTES, _UNITS = 60_000, (128, 256)
"""A network from nothing has 128 units where there are fewer notes, else 256."""


def own_card(order: Order, base: StyleCard, num_files: int, qpm: float) -> StyleCard:
    """Return the card of a style that is to be trained, without what will be learned and measured.

    Args:
        order: what is asked for.
        base: card of the style that it goes on from, or takes its way of composing from.
        num_files: of the musician's own.
        qpm: quarters a minute that the files have in the middle.
    """
    files = f"{num_files} file{'s' * (num_files != 1)} of your own"
    how = {"on": f"on from {base.title}", "quick": f"in the quick way on from {base.title}", "new": "from nothing"}
    own = {"name": files[:1].upper() + files[1:], "url": "", "licence": order.note, "citation": "", "pieces": ""}
    before = tuple(base.data) if order.way != "new" else ()
    note = order.note.strip().rstrip(".")
    licence = f"{note}. " if note else "Only you know what you may do with the music of your files. "
    if before:
        licence += f"Of {base.title}, which it learned on from: {base.licence}"
    return replace(
        base,
        style_id=order.style_id,
        title=order.title,
        description=f"Learned from {files}, {how[order.way]}.",
        qpm=qpm,
        data=(own, *before),
        licence=licence.strip(),
        held_out={"num_bars": base.held_out["num_bars"]} if "num_bars" in base.held_out else {},
        revision=1,
        training={},
        quality={},
        files={},
    )


def own_recipe(order: Order, files: Path, num_files: int, qpm: float, config: dict[str, Any] | None = None) -> Recipe:
    """Return the recipe of an order; its one stage gets its rounds by `with_rounds`.

    Args:
        order: what is asked for.
        files: the folder of music.
        num_files: in it.
        qpm: quarters a minute that the files have in the middle.
        config: of its composer, where its music decided it; None before.

    Raises:
        StyleError: the style that it goes on from is not there any more.
    """
    base = load_card(style_folder(order.base))
    kind = get_kind(base.network["name"])
    network = {name: value for name, value in base.network["config"].items() if name in kind.settings}
    training = TrainConfig(
        batch_size=BATCH[order.way],
        crop_frames=FRAMES,
        steps_per_epoch=STEPS_A_ROUND,
        learning_rate=LEARNING_RATE[order.way],
        warmup_steps=STEPS_A_ROUND,
        weight_decay=0.0 if order.way == "quick" else 0.01,
        ema_momentum=0.9,
        patience=PATIENCE[order.way],
        jit_compile=False,  # compiling takes a minute, and these steps no less time for it
        learned=LEARNED[order.way],
        validate_first=order.way != "new",
    )
    dropout = DROPOUT[order.way]
    if kind.name in AS_DESCRIBED:
        training, dropout = replace(training, **AS_DESCRIBED[kind.name]), _DROPOUT_AS_DESCRIBED[kind.name]
    card = own_card(order, base, num_files, qpm)
    if order.way == "new":
        composer = card.composer["name"]
        known = config if config is not None else get_composer(composer).learned_config(card.composer["config"], ())
        card = replace(card, composer={"name": composer, "config": known})
    data = {"folder": str(files), "name": "Your files", "url": "", "licence": order.note, "citation": ""}
    return Recipe(card, (data,), {}, network, (Stage(training, dropout),), kind.name)


def with_rounds(recipe: Recipe, order: Order, events: int, notes: int) -> Recipe:
    """Return the recipe with the rounds and the size of network that its music asks for.

    Args:
        recipe: of the order.
        order: what is asked for.
        events: that can be learned from, over all pieces.
        notes: of the pieces learned from.
    """
    stage = recipe.stages[0]
    seen = stage.training.batch_size * stage.training.crop_frames * stage.training.steps_per_epoch
    rounds = int(np.clip(np.ceil(PASSES[order.way] * events / seen), LEAST_ROUNDS, MOST_ROUNDS))
    training = replace(stage.training, num_epochs=order.rounds or rounds)
    network = recipe.network
    if order.way == "new" and "cell" in network:
        units = _UNITS[notes >= _SMALL_NOTES]
        network = {**network, "units": units, "head_units": units, "cell": order.cell}
    return replace(recipe, network=network, stages=(Stage(training, stage.dropout),))


def whole_examples(composer: Any, codec: Any, items: Sequence[Any], settings: dict[str, Any]) -> list[Example]:
    """Return pieces as a source shows those that are held out: whole, and not varied."""
    source: ExampleSource = composer.source(codec, items, items, settings)
    return source.validation()
