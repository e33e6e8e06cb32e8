"""Fitting a network: resumable at any moment, history as JSON lines, the best weights kept.

A run is a folder:

    config.json     network and settings; a run is resumed only with the same ones
    history.jsonl   one line an epoch: epoch, steps, train_nll, valid_nll, learning_rate, seconds
    state-E.weights.h5, state-E.json   where the run stood after epoch E, the last two of them
    best.npz        weights (moving average) with the lowest validation likelihood so far
"""

import json
import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from musegen.composers.contract import ExampleSource
from musegen.styles.history import history_of
from musegen.training.batches import Batch, padded_batches, training_batch
from musegen.training.config import TrainConfig
from musegen.training.kinds import kind_of

logger = logging.getLogger(__name__)


_OPTIMIZERS = {"adamw": keras.optimizers.AdamW, "adamax": keras.optimizers.Adamax}
EARLY_STOPPING, TIME_LIMIT, ALL_DONE, ASKED = "early stopping", "time limit", "all epochs done", "asked to stop"


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How a run ended: epochs done, best validation nats per event, and why it stopped."""

    num_epochs: int
    best_nll: float
    reason: str


class Watch:
    """Who is told how a run goes, and may end it; this one is told and does nothing."""

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Take note of a step: of epoch `epoch` (from 1) the `step`-th, its mean loss so far in nats an event."""

    def averaged(self, network: Any, epoch: int) -> None:
        """Use the network with the weights that were validated after an epoch, 0 for those it starts from."""

    def epoch(self, line: dict[str, Any]) -> bool:
        """Take note of a line of the history, which is kept by now; return False to end the run here."""
        return True


class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly to the peak, then fall to zero as half a cosine (Loshchilov and Hutter, arXiv:1608.03983)."""

    def __init__(self, peak: float, warmup_steps: int, total_steps: int) -> None:
        self.peak, self.warmup_steps, self.total_steps = peak, warmup_steps, total_steps

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = keras.ops.cast(step, "float32")
        rise = keras.ops.minimum((step + 1) / self.warmup_steps, 1.0)
        done = keras.ops.clip(step / self.total_steps, 0.0, 1.0)
        return self.peak * rise * 0.5 * (1 + keras.ops.cos(math.pi * done))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"peak": self.peak, "warmup_steps": self.warmup_steps, "total_steps": self.total_steps}


def total_nll(model: keras.Model, batches: Sequence[Batch]) -> tuple[float, float]:
    """Return (nats, events): the summed negative log-likelihood of all weighted events, and their number."""
    nats = count = 0.0
    for batch in batches:
        logits = np.asarray(model.predict_on_batch([batch.trunk, batch.head]), np.float64)
        logits -= logits.max(-1, keepdims=True)
        picked = np.take_along_axis(logits, batch.target[..., None].astype(np.int64), -1)[..., 0]
        nats += float(((np.log(np.exp(logits).sum(-1)) - picked) * batch.weight).sum())
        count += float(batch.weight.sum())
    return nats, count


def _weights(network: Any) -> dict[str, Any]:
    return {v.path: v for v in network.sequence.variables if "seed_generator" not in v.path}


def save_weights(network: Any, path: Path) -> None:
    """Write the weights as npz, one array a variable, by its path; atomically."""
    temporary = path.with_suffix(".tmp.npz")
    arrays = {name: np.asarray(v.value, np.float32) for name, v in _weights(network).items()}
    np.savez(temporary, allow_pickle=False, **arrays)
    temporary.replace(path)


def load_weights(network: Any, path: Path) -> None:
    """Read weights written by `save_weights`.

    Raises:
        ValueError: the file holds other weights than the network has.
    """
    with np.load(path, allow_pickle=False) as stored:
        variables = _weights(network)
        if set(stored.files) != set(variables):
            raise ValueError(f"{path.name} holds other weights than this network: {set(stored.files) ^ set(variables)}")
        for name, variable in variables.items():
            variable.assign(stored[name].astype(np.float32))


def begin_from(network: Any, path: Path, grows: bool) -> None:
    """Give a network the weights of a run to go on from.

    Args:
        network: to be given them.
        path: of weights written by `save_weights`.
        grows: whether they may be those of a smaller network.

    Raises:
        ValueError: the file holds other weights than the network has, or could grow from.
    """
    with np.load(path, allow_pickle=False) as stored:
        sizes = {name: stored[name].shape for name in stored.files}
        if grows and sizes != {name: v.shape for name, v in _weights(network).items()}:
            network.grow({name: stored[name] for name in stored.files})
            return
    load_weights(network, path)


class _Run:
    """One run: the network, its optimiser and the folder they are kept in."""

    def __init__(self, folder: Path, network_config: Any, config: TrainConfig, initial: Path | None) -> None:
        self.folder, self.config = folder, config
        folder.mkdir(parents=True, exist_ok=True)
        self._check_config(network_config)
        keras.utils.set_random_seed(config.random_seed)
        kind = kind_of(network_config)
        self.network = kind.build(network_config)
        self.schedule = WarmupCosine(
            config.learning_rate, config.warmup_steps, config.num_epochs * config.steps_per_epoch
        )
        self.optimizer = _OPTIMIZERS[config.optimizer](
            self.schedule,
            weight_decay=config.weight_decay,
            clipnorm=config.clip_norm,
            use_ema=True,
            ema_momentum=config.ema_momentum,
        )
        if initial is not None:
            begin_from(self.network, initial, kind.grows)
        self.network.learn_only(config.learned)
        self.model = self.network.sequence
        self.model.compile(
            optimizer=self.optimizer,
            loss=self.network.loss
            if kind.own_loss
            else keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
            jit_compile=config.jit_compile,
        )
        self.optimizer.build(self.model.trainable_variables)
        self.state: dict[str, Any] = {"epoch": 0, "best_nll": math.inf, "best_epoch": 0, "seconds": 0.0}
        self._resume()

    def _check_config(self, network_config: Any) -> None:
        wanted = json.dumps({"network": network_config.to_config(), "training": self.config.to_config()}, indent=1)
        path = self.folder / "config.json"
        if path.exists() and _with_defaults(json.loads(path.read_text()), network_config) != json.loads(wanted):
            raise ValueError(f"{self.folder} holds a run with other settings; remove it or choose another folder")
        path.write_text(wanted)

    def _resume(self) -> None:
        for info in sorted(self.folder.glob("state-*.json"), reverse=True):
            state, weights = json.loads(info.read_text()), info.with_suffix(".weights.h5")
            try:
                self.model.load_weights(weights)
            except (OSError, ValueError):
                logger.warning("%s cannot be read, trying the one before", weights.name)
                continue
            if int(self.optimizer.iterations) == state["epoch"] * self.config.steps_per_epoch:
                self.state = state
                self._forget_after(state["epoch"])
                told = [line["epoch"] for line in history_of(self.folder)]
                if "line" in state and state["epoch"] not in told:  # ended between the state and its line
                    self.note(state["line"])
                logger.info("resumed after epoch %d", state["epoch"])
                return
        if any(self.folder.glob("state-*.json")):
            raise ValueError(f"the saved state in {self.folder} is damaged; remove the folder and start again")
        self._forget_after(0)

    def _forget_after(self, epoch: int) -> None:
        """Drop the history of epochs that were not kept."""
        path = self.folder / "history.jsonl"
        kept = "".join(json.dumps(line) + "\n" for line in history_of(self.folder) if line["epoch"] <= epoch)
        temporary = self.folder / "history.tmp"
        temporary.write_text(kept)
        temporary.replace(path)

    def save(self) -> None:
        """Keep where the run stands: first the weights, then the note that they are whole; older ones go last."""
        name = f"state-{self.state['epoch']:06d}"
        temporary = self.folder / "saving.weights.h5"
        self.model.save_weights(temporary)
        temporary.replace(self.folder / f"{name}.weights.h5")
        temporary = self.folder / "saving.tmp"
        temporary.write_text(json.dumps(self.state))
        temporary.replace(self.folder / f"{name}.json")
        for info in sorted(self.folder.glob("state-*.json"))[:-2]:
            info.unlink()
            info.with_suffix(".weights.h5").unlink(missing_ok=True)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Give the network the moving average of its weights for a while."""
        variables = self.model.trainable_variables
        current = [np.array(v.value) for v in variables]
        for variable, average in zip(variables, self.optimizer._model_variables_moving_average, strict=True):
            variable.assign(np.array(average.value))  # a copy: the backend may reuse the buffer
        try:
            yield
        finally:
            for variable, value in zip(variables, current, strict=True):
                variable.assign(value)

    def validate(self, batches: Sequence[Batch]) -> float:
        """Return nats per event of the weights as they are, keeping them where they are the best so far."""
        nats, count = total_nll(self.model, batches)
        if nats / count < self.state["best_nll"] and self.state["epoch"]:
            self.state |= {"best_nll": nats / count, "best_epoch": self.state["epoch"]}
            save_weights(self.network, self.folder / "best.npz")
        return nats / count

    def line(self, train_nll: float | None, valid_nll: float) -> dict[str, Any]:
        """Return the line of the history that tells of the epoch that is done."""
        epoch = self.state["epoch"]
        return {
            "epoch": epoch,
            "steps": epoch * self.config.steps_per_epoch,
            "train_nll": None if train_nll is None else round(float(train_nll), 5),
            "valid_nll": round(valid_nll, 5),
            "learning_rate": float(self.schedule(epoch * self.config.steps_per_epoch)),
            "seconds": round(self.state["seconds"], 1),
        }

    def note(self, line: dict[str, Any]) -> dict[str, Any]:
        """Add a line to the history, and return it."""
        with (self.folder / "history.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        logger.info("%s", line)
        return line


def _with_defaults(config: dict[str, Any], like: Any) -> dict[str, Any]:
    """Return a stored config with what settings newer than it are by default; as it is where of another kind."""
    try:
        network = type(like).from_config(config["network"]).to_config()
    except TypeError:
        return config
    training = TrainConfig(**config["training"]).to_config()
    return json.loads(json.dumps({"network": network, "training": training}))


def fit(
    folder: Path,
    network_config: Any,
    config: TrainConfig,
    source: ExampleSource,
    *,
    initial: Path | None = None,
    time_limit_seconds: float = math.inf,
    watch: Watch | None = None,
) -> TrainResult:
    """Train to early stopping, the last epoch or the time limit; going on where an earlier call left off.

    Args:
        folder: of the run.
        network_config: of a kind of `training.kinds`.
        config: the settings.
        source: where examples come from.
        initial: weights to start from; random ones where None.
        time_limit_seconds: of learning in this call; the run can be resumed. An epoch that has begun is ended, so any
            time above 0 is enough for one.
        watch: who is told how it goes.
    """
    run, watch = _Run(folder, network_config, config, initial), watch or Watch()
    valid = padded_batches(source.validation(), config.batch_size)
    num_epochs = config.stop_epoch or config.num_epochs
    if config.validate_first and not history_of(folder):
        nll = run.validate(valid)
        watch.averaged(run.network, 0)
        watch.epoch(run.note(run.line(None, nll)))
    started = time.monotonic()
    for epoch in range(run.state["epoch"], num_epochs):
        if run.state["epoch"] - run.state["best_epoch"] >= config.patience:
            return TrainResult(epoch, run.state["best_nll"], EARLY_STOPPING)
        if time.monotonic() - started > time_limit_seconds:
            return TrainResult(epoch, run.state["best_nll"], TIME_LIMIT)
        begun, loss = time.monotonic(), 0.0
        run.model.reset_metrics()
        for step in range(config.steps_per_epoch):
            batch = training_batch(source, (config.random_seed, epoch, step), config.batch_size, config.crop_frames)
            loss = run.model.train_on_batch([batch.trunk, batch.head], batch.target, batch.weight)  # mean so far
            watch.step(epoch + 1, step + 1, float(loss))
        run.state["epoch"] = epoch + 1
        with run.averaged():
            nll = run.validate(valid)
            run.state["seconds"] += time.monotonic() - begun
            watch.averaged(run.network, epoch + 1)
        line = run.state["line"] = run.line(loss, nll)
        run.save()
        run.note(line)  # what is seen of a round is kept already
        if not watch.epoch(line):
            return TrainResult(epoch + 1, run.state["best_nll"], ASKED)
    return TrainResult(num_epochs, run.state["best_nll"], ALL_DONE)
