"""Training a style from a musician's own files, in a process of its own: `python -m musegen.training.own_style FOLDER`.

The folder is a training as `styles.runs` describes it. The process may be ended at any moment; started again, it goes
on from the last round. One trains at a time on a machine; the others wait for the lock.
"""

import errno
import json
import logging
import math
import os
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from musegen.composers.registry import get_composer
from musegen.composers.style import Style, load_style, open_style
from musegen.errors import DatasetError, MusegenError
from musegen.evaluation.ngram import fit_ngram
from musegen.evaluation.originality import lines_of
from musegen.evaluation.originality_file import load_index
from musegen.music.plain import to_plain
from musegen.paths import own_styles_dir
from musegen.styles import picture
from musegen.styles.card import RECALL_FILE, load_card
from musegen.styles.locks import Lock
from musegen.styles.runs import (
    DONE,
    FAILED,
    FINISHING,
    LEARNING,
    PAUSE,
    PAUSED,
    PREPARING,
    RUN,
    STAGE,
    Order,
    Standing,
    TrainingRun,
    load_run,
    replace_file,
    runs_dir,
)
from musegen.styles.shelf import is_teaching, style_folder
from musegen.training.fit import ASKED, Watch, fit
from musegen.training.own_recipe import own_recipe, whole_examples, with_rounds
from musegen.training.publish import refresh
from musegen.training.recall import keep_recall
from musegen.training.recipe import Recipe
from musegen.training.references import keep_references
from musegen.training.sampling import KerasPlayer, sample_pieces
from musegen.training.train import LEARNED_FROM, network_config, publish_here

logger = logging.getLogger(__name__)

DISK_FULL, BUSY = 28, 75
"""Exit codes: there is no room on the disk; another process is at this training."""
NUM_TAKES = 8
"""Takes whose longest shared run goes on the card."""
_LOOK_SECONDS = 1.0
_COUNTED_EVENTS = 150_000
"""Events that the counting model counts at most: a musician waits for it."""
_FINISHING_SECONDS = 40.0
"""Expected of exporting and of what a style is judged by."""


class _Asked(Exception):
    """The musician wants the run to rest or to end."""


class _Progress(Watch):
    """Notes where a training stands, keeps a sample of each round, and listens to what is wanted.

    Args:
        run: the training.
        standing: what is known of it before it begins.
        notes_per_event: to say how many notes a second are learned from.
        style: of which samples are composed.
        steps: of all rounds together.
    """

    def __init__(self, run: TrainingRun, standing: Standing, notes_per_event: float, style: Style, steps: int) -> None:
        self.run, self.standing = run, standing
        self._notes_per_event, self._style, self._all_steps = notes_per_event, style, steps
        self._steps: deque[tuple[float, int]] = deque(maxlen=20)
        self._round_seconds: deque[float] = deque(maxlen=5)
        self._round_begun = self._looked = time.monotonic()
        self.events_a_step = 0.0

    def step(self, epoch: int, step: int, loss: float) -> None:
        now = time.monotonic()
        self._steps.append((now, step))
        seconds = now - self._steps[0][0]
        if len(self._steps) > 1 and seconds > 0:
            a_second = (len(self._steps) - 1) / seconds
            self.standing = replace(
                self.standing, notes_per_second=a_second * self.events_a_step * self._notes_per_event
            )
        self.standing = replace(self.standing, step=step, seconds_left=self._left(epoch, step))
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            self.run.note(self.standing)
            if self.run.wanted != RUN:
                raise _Asked

    def _left(self, epoch: int, step: int) -> float | None:
        if len(self._steps) < 3:
            return None
        pace = (self._steps[-1][0] - self._steps[0][0]) / (len(self._steps) - 1)
        rounds = self._all_steps // self.standing.steps
        between = float(np.mean(self._round_seconds)) if self._round_seconds else 3.0
        left = (self._all_steps - (epoch - 1) * self.standing.steps - step) * pace + (rounds - epoch + 1) * between
        allowed = self.run.order.minutes * 60 - self.standing.seconds
        return max(min(left, allowed), 0.0) + _FINISHING_SECONDS

    def averaged(self, network: Any, epoch: int) -> None:
        begun = time.monotonic()
        try:
            piece = sample_pieces(self._style, KerasPlayer(network), 1, random_seed=epoch)[0]
            folder = self.run.folder / "samples"
            folder.mkdir(exist_ok=True)
            replace_file(folder / f"round-{epoch:04d}.json", json.dumps(to_plain(piece)))
        except MusegenError as error:  # a round without a sample is a round all the same
            logger.warning("no sample of round %d: %s", epoch, error)
        self._round_seconds.append(time.monotonic() - begun)

    def epoch(self, line: dict[str, Any]) -> bool:
        best = self.standing
        if line["epoch"] and (best.best_nll is None or line["valid_nll"] < best.best_nll):
            best = replace(best, best_nll=line["valid_nll"], best_epoch=line["epoch"])
        self.standing = replace(best, epoch=line["epoch"], step=0, seconds=line["seconds"])
        self.run.note(self.standing)
        self._steps.clear()
        return self.run.wanted == RUN


def train(run: TrainingRun) -> None:
    """Train and publish a style as it was asked for, going on where an earlier call left off.

    Raises:
        MusegenError: the files or the style that it goes on from cannot be used; the message says why.
        OSError: the disk is full, or cannot be written.
    """
    order = run.order
    standing = replace(run.standing, state=PREPARING, words="")
    run.note(standing)
    recipe, facts = _prepared(run)
    source = recipe.examples()[0]
    standing = replace(standing, state=LEARNING, steps=recipe.stages[0].training.steps_per_epoch,
                       counting_nll=facts["counting_nll"], num_train=facts["num_train"],
                       num_held_out=facts["num_held_out"])  # fmt: skip
    run.note(standing)
    stage = recipe.stages[0]
    network = network_config(recipe, stage)
    base = style_folder(order.base)
    style = open_style(recipe.card, base)
    progress = _Progress(run, standing, facts["notes_per_event"], style,
                         stage.training.num_epochs * stage.training.steps_per_epoch)  # fmt: skip
    progress.events_a_step = facts["events_a_piece"] * stage.training.batch_size
    left = max(order.minutes * 60 - standing.seconds, 0.0)
    try:
        result = fit(run.folder / STAGE, network, stage.training, source,
                     initial=None if order.way == "new" else base / "weights.npz", time_limit_seconds=left,
                     watch=progress)  # fmt: skip
        reason = result.reason
    except _Asked:
        reason = ASKED
    standing = progress.standing
    if reason == ASKED and run.wanted == PAUSE:
        run.note(replace(standing, state=PAUSED))
        return
    if not (run.folder / STAGE / "best.npz").exists():
        raise MusegenError("It ended before its first round was done, so there is nothing to keep; give it more time.")
    run.note(replace(standing, state=FINISHING, seconds_left=_FINISHING_SECONDS))
    _publish(run, recipe)
    run.note(replace(standing, state=DONE, words=reason, seconds_left=0.0))


def _prepared(run: TrainingRun) -> tuple[Recipe, dict[str, Any]]:
    """Return the recipe of a training and facts of its music; the same when it is gone on with."""
    files, kept = run.folder / "files", run.folder / "plan.json"
    stored = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else None
    known = (stored["num_files"], stored["qpm"], stored.get("config")) if stored else (1, 120.0)
    recipe = own_recipe(run.order, files, *known)
    composer, codec = get_composer(recipe.card.composer["name"]), recipe.codec()
    if stored is None:
        train_items, valid_items = recipe.items("train"), recipe.items("valid")
        if not train_items or not valid_items:
            raise DatasetError("Fewer than two different pieces can be learned from; give more files.")
        config = composer.learned_config(recipe.card.composer["config"], [item.piece for item in train_items])
        if run.order.way == "new":
            recipe = own_recipe(run.order, files, 1, 120.0, config)
            codec = recipe.codec()
        train_examples = whole_examples(composer, codec, train_items, recipe.source)
        valid_examples = whole_examples(composer, codec, valid_items, recipe.source)
        if not train_examples or not valid_examples:
            raise DatasetError("Fewer than two different pieces can be learned from; give more files.")
        events = sum(float(example.weight.sum()) for example in train_examples)
        notes = sum(item.piece.num_notes for item in train_items)
        frames = [min(len(example.target), recipe.stages[0].training.crop_frames) for example in train_examples]
        heads = events / max(sum(len(example.target) for example in train_examples), 1)
        stored = {
            "num_files": len(train_items) + len(valid_items),
            "num_train": len(train_items),
            "num_held_out": len(valid_items),
            "qpm": float(np.median([item.piece.tempos[0].qpm if item.piece.tempos else 120.0 for item in train_items])),
            "events": sum(len(example.target) for example in train_examples),
            "notes": notes,
            "notes_per_event": notes / max(events, 1.0),
            "config": config if run.order.way == "new" else None,
            "events_a_piece": float(np.mean(frames)) * heads,
            "counting_nll": _counting_nll(train_examples, valid_examples, codec.num_events),
        }
        replace_file(kept, json.dumps(stored))
        recipe = own_recipe(run.order, files, stored["num_files"], stored["qpm"], stored["config"])
    return with_rounds(recipe, run.order, stored["events"], stored["notes"]), stored


def _counting_nll(train_examples: list, valid_examples: list, num_events: int) -> float | None:
    """Return nats an event of an n-gram of order 5 on the pieces held out, None where that cannot be told."""
    sequences, total = [], 0
    for example in train_examples:
        sequences.append(example.target[example.weight > 0])
        total += len(sequences[-1])
        if total > _COUNTED_EVENTS:
            break
    held_out = [example.target[example.weight > 0] for example in valid_examples]
    value = fit_ngram(sequences, held_out, num_events, discounts=(0.5, 0.7, 0.9)).mean_nll(held_out)
    return None if math.isnan(value) else round(value, 5)


def _publish(run: TrainingRun, recipe: Recipe) -> None:
    """Put the style on the musician's shelf, with what its takes are judged by."""
    order, base = run.order, style_folder(run.order.base)
    facts = json.loads((run.folder / "plan.json").read_text(encoding="utf-8"))
    pieces = [f"{facts['num_train']} pieces, {facts['notes']:,} notes; {facts['num_held_out']} to validate, 0 to test"]
    pieces += [data.get("pieces", "") for data in recipe.card.data[1:]]
    (run.folder / LEARNED_FROM).write_text(json.dumps(pieces), encoding="utf-8")
    folder = publish_here(recipe, run.folder, own_styles_dir())
    try:
        keep_references(recipe, logger.info, load_index(base) if order.way != "new" else None)
    except MusegenError as error:  # the style plays without
        logger.warning("not judged beside real music: %s", error)
    try:
        if is_teaching(order.base):  # it is heard as the notebook describes it
            pass
        elif keep_recall(recipe, logger.info) is None and order.way != "new" and (base / RECALL_FILE).exists():
            (folder / RECALL_FILE).write_bytes((base / RECALL_FILE).read_bytes())
    except MusegenError as error:
        logger.warning("recalls nothing: %s", error)
    picture.save_picture(picture.picture_of([item.piece for item in recipe.items("train")[:1]], order.title), folder)
    card = refresh(load_card(folder), folder)
    refresh(replace(card, quality=_quality(run, order, folder)), folder)


def _quality(run: TrainingRun, order: Order, folder: Path) -> dict[str, Any]:
    """Return what was measured on the pieces held out, and how much takes share with what was learned from."""
    history, standing = run.history(), run.standing
    first = next((line["valid_nll"] for line in history if not line["epoch"]), None)
    found = {"validation_nats_per_event": standing.best_nll, "untouched_style_nats_per_event": first,
             "counting_model_nats_per_event": standing.counting_nll}  # fmt: skip
    index, style = load_index(folder), load_style(order.style_id)
    if index is not None:
        played = not style.composer.abilities(style.card).bars
        takes = sample_pieces(style, style.player, NUM_TAKES, random_seed=1)
        runs = [index.longest(lines_of(take, played=played)).num_notes for take in takes]
        found |= {
            "longest_shared_run_of_takes_median": float(np.median(runs)),
            "longest_shared_run_of_takes": max(runs),
        }
    return {name: value for name, value in found.items() if value is not None}


def main(folder: Path) -> int:
    """Do what a training asks for; return the exit code of this process."""
    run = load_run(folder.name)
    lock, machine = Lock(run.folder / "lock"), Lock(runs_dir() / "machine.lock")
    if not lock.take():
        return BUSY
    try:
        while not machine.take():  # one at a time on a machine
            if run.wanted == PAUSE:
                run.note(replace(run.standing, state=PAUSED))
                return 0
            time.sleep(0.5)
        train(run)
    except MusegenError as error:
        run.note(replace(run.standing, state=FAILED, words=str(error)))
        return 2
    except OSError as error:
        logger.exception("training stopped")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DISK_FULL
        raise
    finally:
        machine.let_go()
        lock.let_go()
    return 0


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    if hasattr(os, "nice"):
        os.nice(5)  # the page comes first
    sys.exit(main(Path(sys.argv[1])))
