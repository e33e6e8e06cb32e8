"""Trains the raw-audio network: ``KERAS_BACKEND=jax python -m musegen.training.raw_audio.fit RUN --minutes 20``.

With ``--on`` a new run begins with the weights that are shipped, and counts its own steps and minutes.

Stretches follow one another in several streams, and the slow layer goes on from one to the next, so that it can learn
from what lies further back than a stretch. A run goes on where it was stopped, and keeps the weights that are best on
held-out solos.
"""

import argparse
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from musegen.networks.raw_audio import RawAudioNetwork
from musegen.sound import mu_law
from musegen.sound.linear_prediction import FRAME
from musegen.sound.raw_checkpoint import RawModel, load_raw_model
from musegen.sound.raw_config import LAGS, PAST, RawConfig, frame_inputs, relative_errors
from musegen.training.raw_audio.heard import Heard, load_heard

STREAMS = 12
LENGTH = 96 * FRAME
"""Samples of a stretch."""
LOOK_EVERY = 150
"""Steps between two looks at held-out solos."""
LOOKED_AT = 16
"""Stretches of each stream in a look."""
_PEAK, _LAST, _WARM = 3e-3, 0.03, 60
_log = logging.getLogger(__name__)


def stretches(heard: Heard, first: int = 0) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
    """Yield stretches that follow one another in `STREAMS` streams, round and round.

    Args:
        heard: a split.
        first: stretches that are left out at the beginning.

    Yields:
        the network's inputs, and the levels (STREAMS, LENGTH).
    """
    margin = 4 * FRAME
    usable = (len(heard.levels) - margin) // STREAMS // LENGTH * LENGTH
    samples = mu_law.decode(heard.levels)
    compressed = mu_law.compress(samples)
    number = first
    while True:
        starts = margin + np.arange(STREAMS) * usable + number * LENGTH % usable
        rows = []
        for start in starts.tolist():
            here, end = start - margin, start + LENGTH
            rows.append(inputs_of(samples[here:end], compressed[here:end], heard.predicted[here:end],
                                  heard.scales[here // FRAME : end // FRAME], margin))  # fmt: skip
        yield ({name: np.stack([row[name] for row in rows]) for name in rows[0]},
               np.stack([heard.levels[s : s + LENGTH] for s in starts]).astype(np.int32))  # fmt: skip
        number += 1


def inputs_of(
    samples: np.ndarray, compressed: np.ndarray, predicted: np.ndarray, scales: np.ndarray, margin: int
) -> dict[str, np.ndarray]:
    """Return what the network sees of one stretch, see `RawAudioNetwork`.

    Args:
        samples: of the stretch and `margin` before it, shape (margin + T,).
        compressed: the same on the scale of the levels.
        predicted: of each, shape (margin + T, E).
        scales: of each frame, shape ((margin + T) / FRAME, E).
        margin: whole frames, in samples.
    """
    errors = relative_errors(samples[:, None] - predicted, np.repeat(scales, FRAME, axis=0))
    own = scales[margin // FRAME :]
    frames = np.lib.stride_tricks.sliding_window_view(compressed, margin)[::FRAME][: len(own)]
    return {
        "frames": frame_inputs(frames, own).astype(np.float32),
        "past": compressed[margin - PAST : -1].astype(np.float32),
        "predicted": predicted[margin:].astype(np.float32),
        "errors": errors[margin - LAGS : -1].astype(np.float32),
        "scales": own.astype(np.float32),
    }


class Run:
    """A training that can be stopped and gone on with.

    Args:
        folder: of the run.
        start: the network that a new run begins with; None for one that has learned nothing.
    """

    def __init__(self, folder: Path, start: RawModel | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        keras.utils.set_random_seed(0)
        self.train, self.valid = load_heard("train"), load_heard("valid")
        self.model = RawAudioNetwork(start.network.config if start else RawConfig(), stateful=True)
        self.model.compile(keras.optimizers.Adam(_PEAK, clipnorm=1.0),
                           keras.losses.SparseCategoricalCrossentropy(from_logits=True))  # fmt: skip
        self.model(next(stretches(self.valid))[0])  # makes the weights
        self.step, self.seconds, self.history = 0, 0.0, []
        self.before: dict[str, float] = {}
        if start:
            self._assign(start.network.weights)
            done = start.card["training"]
            self.before = {
                name: round(done[name] + done.get("before", {}).get(name, 0), 1) for name in ("steps", "minutes")
            }
        if (folder / "state.json").exists():
            state = json.loads((folder / "state.json").read_text())
            self.step, self.seconds, self.history = state["step"], state["seconds"], state["history"]
            self.before = state.get("before", {})
            self._load(folder / "last.npz")

    def fit(self, minutes: float) -> None:
        """Train until so many minutes are used, what was done before included."""
        source = stretches(self.train, self.step)
        begun, before = time.monotonic(), self.seconds
        mean = float("nan")
        self.model.reset_metrics()
        while self.seconds < 60 * minutes:
            done = self.seconds / (60 * minutes)
            rate = _PEAK * min(1.0, (self.step + 1) / _WARM) * (_LAST + (1 - _LAST) * (1 + np.cos(np.pi * done)) / 2)
            self.model.optimizer.learning_rate.assign(rate)
            mean = float(self.model.train_on_batch(*next(source)))  # of all steps since the last look
            self.step += 1
            self.seconds = before + time.monotonic() - begun
            if self.step % LOOK_EVERY == 0:
                self._look(mean)
        self._look(mean)

    def _look(self, mean: float) -> None:
        nats = self.held_out()
        self.history.append([self.step, round(mean, 4), round(nats, 4)])
        _log.info("step %d, %.1f minutes: train %.4f, held out %.4f nats a sample", self.step, self.seconds / 60,
                  *self.history[-1][1:])  # fmt: skip
        if nats <= min(row[2] for row in self.history):
            self._save(self.folder / "best.npz")
        self._save(self.folder / "last.npz")
        state = {"step": self.step, "seconds": self.seconds, "history": self.history}
        state |= {"config": asdict(self.model.config), "before": self.before}
        (self.folder / "state.json").write_text(json.dumps(state))

    def held_out(self) -> float:
        """Return nats a sample of a part of the validation solos."""
        self.model.slow.reset_state()
        source = stretches(self.valid)
        nats = 0.0
        self.model.reset_metrics()
        for _ in range(LOOKED_AT):
            nats = float(self.model.test_on_batch(*next(source)))  # of all stretches so far
        self.model.slow.reset_state()
        self.model.reset_metrics()
        return nats

    def _save(self, path: Path) -> None:
        np.savez(path, allow_pickle=False, **{w.path.split("/", 1)[-1].replace("/", "."): np.asarray(w)
                          for w in self.model.trainable_weights})  # fmt: skip

    def _load(self, path: Path) -> None:
        with np.load(path) as stored:
            self._assign(stored)

    def _assign(self, weights: Mapping[str, np.ndarray]) -> None:
        for weight in self.model.trainable_weights:
            weight.assign(weights[weight.path.split("/", 1)[-1].replace("/", ".")])


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--on", action="store_true", help="begin with the weights that are shipped")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    Run(asked.run, load_raw_model() if asked.on else None).fit(asked.minutes)


if __name__ == "__main__":
    main()
