"""Trains the networks of the jazz map: ``python -m musegen.training.sound.fit_components RUN``.

They see principal components of pictures; that of the notebook, with convolutions, is trained by `fit`.

"map" has two dimensions and is told nothing; "wide" has more and is told which pitch classes sound. A run of each is
written into a folder of its own in RUN, as `fit` writes them; a minute of one core is enough for both.

A place is to say what a clip has in common with its solo (instrument, tempo, band), not what tells the clip apart from
it, which does not fit into two numbers anyway. So for a share of the clips the encoder sees another clip of the same
solo than the one that is to be drawn. No label is used.
"""

import argparse
import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from musegen.networks.sound_components import ComponentsVae
from musegen.sound.coder import SLOW, CoderConfig, slowed
from musegen.sound.components import Components
from musegen.sound.spectrum import BANDS, FRAMES
from musegen.training.sound.fit import WATCHED, keep_places
from musegen.training.sound.pictures import Pictures, load_pictures

SHARE = SLOW / (FRAMES * BANDS)
"""Of a picture's mean squared error that a squared component has."""
_FREE_NATS = 0.1
_WARM, _WEIGHT_DECAY = 100, 1e-2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ComponentsFit:
    """How a network is trained.

    Args:
        config: the network.
        other: share of clips in whose stead another one of their solo is seen.
        nat_weight: what a nat costs, in squared standard deviations of a pixel of the picture.
        peak_rate: of learning.
        batch: clips a step.
        steps: most of them.
        round: steps between two looks at held-out solos.
        patience: rounds without a better one after which it ends.
    """

    config: CoderConfig
    other: float
    nat_weight: float
    peak_rate: float = 2e-3
    batch: int = 128
    steps: int = 3000
    round: int = 125
    patience: int = 10


FITS = {
    "map": ComponentsFit(CoderConfig(latent=2, channels=(), hidden=64, components=32), 0.3, 1e-3),
    "wide": ComponentsFit(CoderConfig(latent=16, told=12, channels=(), hidden=64, components=64), 0.3, 1e-4),
}


class Seen:
    """All clips as principal components of their slow pictures, found on those to train with.

    Attributes:
        found: the components.
        rows: shape (N, K).
        rest: mean squared error of the pictures of held-out clips that no component holds.

    Args:
        pictures: the corpus.
        count: K.
    """

    def __init__(self, pictures: Pictures, count: int) -> None:
        slow = np.concatenate(
            [slowed(pictures.batch(part)) for part in np.array_split(np.arange(len(pictures.clips)), 64)]
        )
        self.found = Components(slow[pictures.numbers("train", apart=True)])
        self.basis, self.spreads = self.found.basis(count), self.found.spreads(count)
        self.rows = (slow - self.found.mean) @ self.basis.T
        self.valid = pictures.numbers("valid", apart=True)
        held = (self.rows[self.valid] @ self.basis + self.found.mean).reshape(-1, FRAMES // SLOW, BANDS)
        away = [pictures.batch(self.valid[n : n + 1])[0] - np.repeat(each, SLOW, axis=0) for n, each in enumerate(held)]
        self.rest = float(np.mean([np.square(each).mean() for each in away]))


def mates(solos: np.ndarray, share: float, numbers: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return numbers of clips, a share of them replaced by any clip of the same solo.

    Args:
        solos: of all clips to choose from, ascending, shape (N,).
        share: 0 to 1.
        numbers: shape (B,).
        random: where chance comes from.
    """
    first, after = (np.searchsorted(solos, solos[numbers], side) for side in ("left", "right"))
    return np.where(random.random(len(numbers)) < share, random.integers(first, after), numbers)


def fit(name: str, run: Path, how: ComponentsFit, pictures: Pictures) -> None:
    """Train until it gets no better.

    Args:
        name: of the network, for its config.
        run: folder of the run: best.npz, history.jsonl, snapshots.npz, config.json.
        how: its size and training.
        pictures: the corpus.
    """
    run.mkdir(parents=True, exist_ok=True)
    facts = {"name": name, "network": how.config.to_config(), "free_nats": _FREE_NATS,
             **{key: value for key, value in asdict(how).items() if key != "config"}}  # fmt: skip
    (run / "config.json").write_text(json.dumps(facts), encoding="utf-8")
    (run / "snapshots.npz").unlink(missing_ok=True)
    keras.utils.set_random_seed(1)
    seen = Seen(pictures, how.config.components)
    network = ComponentsVae(how.config, seen.spreads, SHARE, _FREE_NATS)
    optimizer = keras.optimizers.AdamW(how.peak_rate, weight_decay=_WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias", "straight"])
    network.training.compile(optimizer, loss=lambda wanted, loss: keras.ops.mean(loss))
    train, told = pictures.numbers("train"), pictures.chroma
    solos = pictures.clips["solo"][train]
    watched = pictures.numbers("train", apart=True)
    watched = watched[np.linspace(0, len(watched) - 1, min(WATCHED, len(watched))).astype(int)]

    def inputs(values: np.ndarray, numbers: np.ndarray) -> list[np.ndarray]:
        return [values.astype(np.float32), *([told[numbers]] if how.config.told else [])]

    def places(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = network.encoder(inputs(seen.rows[numbers], numbers))
        return np.asarray(found[0]), np.asarray(found[1])

    fixed = {"mean": pictures.mean, "scale": np.array(pictures.scale, np.float32), "components/kernel": seen.basis.T,
             "components/mean": seen.found.mean, "components/spread": seen.spreads}  # fmt: skip
    random, begun = np.random.default_rng(1), time.monotonic()
    best, waited, losses = float("inf"), 0, []
    snapshots, lines = [places(watched)[0]], []
    for step in range(1, how.steps + 1):
        optimizer.learning_rate = how.peak_rate * min(1, step / _WARM) * 0.5 * (1 + np.cos(np.pi * step / how.steps))
        chosen = random.integers(0, len(train), how.batch)
        other = train[mates(solos, how.other, chosen, random)]
        noise = random.standard_normal((how.batch, how.config.latent)).astype(np.float32)
        weight = np.full((how.batch, 1), how.nat_weight, np.float32)
        wanted, *more = inputs(seen.rows[train[chosen]], train[chosen])
        given = [seen.rows[other].astype(np.float32), wanted, noise, weight, *more]
        losses.append(float(network.training.train_on_batch(given, np.zeros((how.batch, 1), np.float32))))
        if step % how.round:
            continue
        held, spread = places(seen.valid)
        drawn = np.asarray(network.decoder(inputs(held, seen.valid)))
        error = seen.rest + SHARE * float(np.square(drawn - seen.rows[seen.valid]).sum(axis=1).mean())
        nats = 0.5 * (held**2 + np.exp(spread) - 1 - spread).mean(axis=0)
        lines.append({
            "step": step, "train_loss": round(float(np.mean(losses)), 5), "valid_error": round(error, 5),
            "nats": [round(float(n), 3) for n in np.sort(nats)[::-1][:4]],
            "active": int((held.var(axis=0) > 0.01).sum()), "seconds": round(time.monotonic() - begun, 1),
        })  # fmt: skip
        _log.info("%s", lines[-1])
        losses, waited = [], waited + 1
        snapshots.append(places(watched)[0])
        if error < best:
            best, waited = error, 0
            network.save(run / "best.npz", **fixed)
        if waited >= how.patience:
            break
    keep_places(run / "snapshots.npz", watched, snapshots)
    (run / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def main() -> None:
    """Train both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    pictures = load_pictures()
    for name, how in FITS.items():
        fit(name, asked.run / name, how, pictures)


if __name__ == "__main__":
    main()
