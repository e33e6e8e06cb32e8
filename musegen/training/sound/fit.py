"""Trains the convolutional network of the jazz map, that of the notebook: ``python -m musegen.training.sound.fit RUN``.

Those over principal components, which measure better, are trained by `fit_components`. A run goes on where it was
stopped, keeps the weights that are best on held-out solos, and writes after each round where clips lie
(`snapshots.npz`), from which the animation of a map is made. With ``--gtzan`` it learns from what the notebook learned
from, for who has it; such a run is not to be published.
"""

import argparse
import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from musegen.networks.sound_vae import SoundVae
from musegen.sound.coder import CoderConfig
from musegen.styles.history import history_of
from musegen.training.sound.corpus import gtzan_folder
from musegen.training.sound.pictures import Pictures, load_pictures

NAME, CONFIG = "notebook", CoderConfig(latent=2)
BATCH, ROUND = 32, 64
"""Clips a step, and steps a round."""
WARM_STEPS = 400
"""Steps over which a nat comes to its full weight."""
FREE_NATS = 0.5
WATCHED = 640
"""Clips whose places are kept after each round."""
NAT_WEIGHT = 1e-3
_PEAK, _LAST = 1.5e-3, 0.02
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a network is trained.

    Args:
        minutes: of training, what was done before included.
        nat_weight: what a nat costs, in squared standard deviations of a pixel of the picture.
    """

    minutes: float
    nat_weight: float = NAT_WEIGHT


def fit(run: Path, settings: FitSettings, pictures: Pictures) -> None:
    """Train until the time is over.

    Args:
        run: folder of the run: state.npz, best.npz, history.jsonl, snapshots.npz, config.json.
        settings: how.
        pictures: the corpus.
    """
    run.mkdir(parents=True, exist_ok=True)
    config = CONFIG
    facts = {"name": NAME, "network": config.to_config(), "free_nats": FREE_NATS, "batch": BATCH,
             "warm_steps": WARM_STEPS, "nat_weight": settings.nat_weight, "peak_rate": _PEAK}  # fmt: skip
    (run / "config.json").write_text(json.dumps(facts), encoding="utf-8")
    keras.utils.set_random_seed(1)
    network = SoundVae(config, FREE_NATS)
    optimizer = keras.optimizers.Adam(_PEAK, clipnorm=1.0)
    network.training.compile(optimizer, loss=lambda told, loss: keras.ops.mean(loss))
    history = run / "history.jsonl"
    lines = history_of(run)
    if lines:
        network.load(run / "state.npz")
    done, step = (lines[-1]["seconds"], lines[-1]["step"]) if lines else (0.0, 0)
    best = min((line["valid_error"] for line in lines), default=float("inf"))
    train, valid = pictures.numbers("train"), pictures.numbers("valid", apart=True)
    watched = pictures.numbers("train", apart=True)
    watched = watched[np.linspace(0, len(watched) - 1, min(WATCHED, len(watched))).astype(int)]
    standards = {"mean": pictures.mean, "scale": np.array(pictures.scale, np.float32)}
    places = [] if lines else [_places(network, pictures, watched)[0]]
    begun, losses, over = time.monotonic() - done, [], False
    while not over:
        spent = (time.monotonic() - begun) / (60 * settings.minutes)
        over = spent >= 1
        optimizer.learning_rate = _PEAK * max(0.5 * (1 + np.cos(np.pi * min(spent, 1))), _LAST)
        random = np.random.default_rng((1, step))
        numbers = np.sort(random.choice(train, BATCH, replace=False))
        weight = settings.nat_weight * min((step + 1) / WARM_STEPS, 1)
        inputs = [pictures.batch(numbers), random.standard_normal((BATCH, config.latent)).astype(np.float32),
                  np.full((BATCH, 1), weight, np.float32), *_told(config, pictures, numbers)]  # fmt: skip
        losses.append(float(network.training.train_on_batch(inputs, np.zeros((BATCH, 1), np.float32))))
        step += 1
        if step % ROUND == 0 or over:
            found = _judged(network, pictures, valid)
            line = {"step": step, "train_loss": round(float(np.mean(losses)), 5), **found,
                    "seconds": round(time.monotonic() - begun, 1)}  # fmt: skip
            network.save(run / "state.npz", **standards)
            if found["valid_error"] < best:
                best = found["valid_error"]
                network.save(run / "best.npz", **standards)
            places.append(_places(network, pictures, watched)[0])
            keep_places(run / "snapshots.npz", watched, places)
            with history.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
            _log.info("%s", line)
            losses = []


def _told(config: CoderConfig, pictures: Pictures, numbers: np.ndarray) -> list[np.ndarray]:
    return [pictures.chroma[numbers]] if config.told else []


def _places(network: SoundVae, pictures: Pictures, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places and log variances of clips, (N, Z) each."""
    parts = [
        np.resize(numbers[at : at + BATCH], BATCH) for at in range(0, len(numbers), BATCH)
    ]  # one shape compiles once
    rows = [network.encoder.predict_on_batch([pictures.batch(part), *_told(network.config, pictures, part)])
            for part in parts]  # fmt: skip
    return tuple(np.concatenate([np.asarray(row[k]) for row in rows])[: len(numbers)] for k in (0, 1))  # type: ignore[return-value]


def _judged(network: SoundVae, pictures: Pictures, numbers: np.ndarray) -> dict[str, Any]:
    """Return the error of what is decoded at the places of held-out clips, and the nats and units of these."""
    places, spreads = _places(network, pictures, numbers)
    error = []
    for at in range(0, len(numbers) - BATCH + 1, BATCH):
        part = numbers[at : at + BATCH]
        drawn = network.decoder.predict_on_batch([places[at : at + BATCH], *_told(network.config, pictures, part)])
        error.append(float(np.square(np.asarray(drawn) - pictures.batch(part)).mean()))
    nats = 0.5 * (places**2 + np.exp(spreads) - 1 - spreads).mean(axis=0)
    return {
        "valid_error": round(float(np.mean(error)), 5),
        "nats": [round(float(n), 3) for n in np.sort(nats)[::-1][:4]],
        "all_nats": round(float(nats.sum()), 3),
        "active": int((places.var(axis=0) > 0.01).sum()),
    }


def keep_places(path: Path, watched: np.ndarray, places: list[np.ndarray]) -> None:
    """Add places to those kept before, all of the same clips."""
    before = (
        np.load(path)["places"] if path.exists() and len(places) == 1 else np.zeros((0, *places[0].shape), np.float16)
    )
    partial = path.with_suffix(".part.npz")
    np.savez_compressed(partial, clips=watched, places=np.concatenate([before, np.array(places, np.float16)]))
    partial.replace(path)
    places.clear()


def main() -> None:
    """Train it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--nat-weight", type=float, default=NAT_WEIGHT)
    parser.add_argument("--gtzan", action="store_true", help="learn from the jazz of GTZAN, for who has it")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    pictures = load_pictures(gtzan_folder() if asked.gtzan else None)
    fit(asked.run, FitSettings(asked.minutes, asked.nat_weight), pictures)


if __name__ == "__main__":
    main()
