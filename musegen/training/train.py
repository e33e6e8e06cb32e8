"""Train a shipped style from nothing, and publish it."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from musegen.errors import MusegenError
from musegen.paths import PROJECT_DIR, checkpoints_dir, home_dir, own_styles_dir
from musegen.training.config import Stage
from musegen.training.kinds import get_kind
from musegen.training.recall import keep_recall
from musegen.training.recipe import Recipe, load_recipe
from musegen.training.references import keep_references

logger = logging.getLogger(__name__)


LEARNED_FROM = "learned_from.json"
"""In the folder of a run: how much of each corpus it learns from, as the card says it."""


def train_style(
    style: str | Path, run: Path | None = None, hours: float | None = None, *, publish: bool = True
) -> Path:
    """Train a style, going on where an earlier call left off, and publish it to `checkpoints/`.

    Args:
        style: id of a shipped recipe, see `training.recipe.list_recipes`, or the path of a recipe of one's own, whose
            style is then put on the musician's own shelf.
        run: folder of the run, with a folder a stage; `runs/<style_id>` under the home folder by default.
        hours: time limit of this call.
        publish: write graphs, weights and card when the call ends.

    Returns:
        the folder of the run.

    Raises:
        MusegenError: there is no such recipe, or the run's folder cannot be gone on with.
    """
    recipe = load_recipe(style)
    run = run or run_folder(recipe)
    try:
        end = time.monotonic() + (hours * 3600 if hours is not None else float("inf"))
        (source, pieces), initial = recipe.examples(), None  # before the slow import, so that a fault is said at once
        from musegen.training.fit import TIME_LIMIT, fit

        run.mkdir(parents=True, exist_ok=True)
        (run / LEARNED_FROM).write_text(json.dumps(pieces), encoding="utf-8")
        for number, stage in enumerate(recipe.stages, 1):
            network = network_config(recipe, stage)
            folder = run / f"stage-{number}"
            left = end - time.monotonic()
            result = fit(folder, network, stage.training, source, initial=initial, time_limit_seconds=left)
            logger.info("stage %d: %s, %d epochs, best %.4f", number, result.reason, result.num_epochs, result.best_nll)
            initial = folder / "best.npz"
            if result.reason == TIME_LIMIT:  # the next stage starts from the end of this one, so it must wait
                break
    except ValueError as error:
        raise MusegenError(f"Training cannot go on: {error}.") from error
    if publish and initial is not None and initial.exists():
        publish_run(style, run)
        try:
            keep_references(style, logger.info)
            keep_recall(style, logger.info)
        except MusegenError as error:  # the style plays without
            logger.warning("The style has nothing to be judged by: %s", error)
    return run


def run_folder(recipe: Recipe) -> Path:
    """Return where the run of a recipe is kept where no other folder is named."""
    return home_dir() / "runs" / recipe.card.style_id


def network_config(recipe: Recipe, stage: Stage) -> Any:
    """Return the network of a stage: its columns and events are the codec's, its size the recipe's or the stage's."""
    return get_kind(recipe.kind).configure(recipe.codec(), recipe.network | stage.network, stage.dropout)


def publish_run(style: str | Path, run: Path) -> None:
    """Export and publish a run in a process of its own, since exporting needs Keras on TensorFlow.

    Raises:
        MusegenError: it failed; the end of its log is in the message.
    """
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "musegen.training.train", str(style), str(run)]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise MusegenError(f"The style could not be exported: {last}")


def publish_here(recipe: Recipe, run: Path, shelf: Path) -> Path:
    """Export and publish a run in this process, whose Keras must be on TensorFlow; return the style's folder.

    Args:
        recipe: of the run.
        run: its folder.
        shelf: folder of styles that it is put into, in place of what has its name there.
    """
    from musegen.training.publish import best_nll, publish

    kept = run / LEARNED_FROM
    pieces = tuple(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else recipe.examples()[1]
    stages = [stage for stage in sorted(run.glob("stage-*")) if (stage / "best.npz").exists()]
    best = min(stages, key=best_nll)
    kind = get_kind(recipe.kind)
    config = kind.config_class.from_config(json.loads((best / "config.json").read_text())["network"])
    shelf.mkdir(parents=True, exist_ok=True)
    folder = shelf / recipe.card.style_id
    # Made beside the shelf of styles and put there whole: nobody plays a style half written.
    with tempfile.TemporaryDirectory(dir=shelf.parent, prefix=".publishing-") as scratch:
        made = Path(scratch) / recipe.card.style_id
        exported = kind.export_run(best, made, config)
        publish(run, replace(recipe.card, network={"name": kind.name}), made, exported, pieces)
        if folder.exists():
            folder.rename(Path(scratch) / "before")
        made.rename(folder)
    return folder


def _publish_named(style: str, run: Path) -> None:
    if style.endswith(".toml"):
        publish_here(load_recipe(Path(style)), run, own_styles_dir())
    else:
        publish_here(load_recipe(style), run, checkpoints_dir())


if __name__ == "__main__":
    _publish_named(sys.argv[1], Path(sys.argv[2]))
