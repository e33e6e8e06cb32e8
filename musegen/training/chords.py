"""Trains the networks of chords: ``python -m musegen.training.chords melody RUN`` and ``... sounding RUN``.

`--publish` exports a run to `checkpoints/chords/<name>` (Keras on TensorFlow). A run goes on where it was stopped.
"""

import argparse
import hashlib
import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from musegen.corpora.base import get_dataset
from musegen.harmony.chain import Chain, all_moves
from musegen.harmony.frames import NUM_FEATURES, features
from musegen.harmony.model import FOLDER, MODELS, load_model
from musegen.harmony.vocabulary import GUESSED, NUM_CHORDS
from musegen.music.theory import estimate_key
from musegen.networks.chord_chain import ChainConfig, ChordChain
from musegen.paths import checkpoints_dir
from musegen.styles.history import history_of
from musegen.training.chord_rows import (
    BILLBOARD,
    NOTTINGHAM,
    OPENEWLD,
    POP909,
    WEIMAR,
    Row,
    held_apart,
    melody_rows,
    sounding_rows,
)

FREE = (NOTTINGHAM, OPENEWLD, WEIMAR, BILLBOARD)
"""Corpora of the melody network: no song of theirs that has a melody is in copyright as music."""
LEARNED_FROM = {"melody": FREE, "popular": (*FREE, POP909), "sounding": (POP909,)}
LENGTH = 128
"""Segments of an example."""
_BATCH, _PEAK, _DECIMALS, _ROUND = 24, 2e-3, 4, 100
_ESTIMATED, _OTHER = 0.15, 0.05
"""Shares of examples in the key that is estimated instead of the written one, and in any other."""
MOST_DIFFERENCE = 1e-3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A batch: frames (B, T, F), labels (B, T), mask (B, T)."""

    frames: np.ndarray
    labels: np.ndarray
    mask: np.ndarray


def rows_for(name: str, split: str, corpora: tuple[str, ...]) -> list[Row]:
    """Return what a network learns from, or is validated on."""
    if name == "sounding":
        return sounding_rows(split) + sounding_rows(split, whole=False)
    return melody_rows(split, corpora)


def example(row: Row, key: tuple[int, str], start: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (frames, labels) of a stretch of a row, both relative to a key."""
    here = slice(start, start + length)
    frames = features(row.frames, key, row.manner)[here]
    chords = row.chords[here]
    root, family = np.divmod(chords, len(GUESSED))
    labels = np.where(chords < 0, -1, (root - key[0]) % 12 * len(GUESSED) + family)
    return frames, labels.astype(np.int32)


def batch_of(examples: list[tuple[np.ndarray, np.ndarray]], length: int) -> Told:
    """Return examples padded to a length."""
    size = len(examples)
    frames = np.zeros((size, length, NUM_FEATURES), np.float32)
    labels = np.full((size, length), -1, np.int32)
    mask = np.zeros((size, length), np.float32)
    for i, (frame, label) in enumerate(examples):
        frames[i, : len(label)], labels[i, : len(label)], mask[i, : len(label)] = frame, label, 1
    return Told(frames, labels, mask)


def _drawn_key(row: Row, random: np.random.Generator) -> tuple[int, str]:
    chance = random.random()
    if chance < _OTHER:
        return int(random.integers(12)), str(random.choice(["major", "minor"]))
    heard = row.frames.weights.sum(axis=0)
    if chance < _OTHER + _ESTIMATED and heard.any():
        return estimate_key(np.arange(12), heard)
    return row.key


def _training_batch(rows: list[Row], chances: np.ndarray, random: np.random.Generator) -> Told:
    examples = []
    for index in random.choice(len(rows), _BATCH, p=chances):
        row = rows[int(index)]
        start = int(random.integers(max(len(row.chords) - LENGTH, 0) + 1))
        examples.append(example(row, _drawn_key(row, random), start, LENGTH))
    return batch_of(examples, LENGTH)


def _chances(rows: list[Row]) -> np.ndarray:
    """Return how often each row is drawn: by the root of its length; of a small corpus twice as often."""
    segments: dict[str, int] = {}
    for row in rows:
        segments[row.corpus] = segments.get(row.corpus, 0) + len(row.chords)
    chances = np.array([len(row.chords) * segments[row.corpus] ** -0.5 for row in rows])
    return chances / chances.sum()


def _validation(rows: list[Row]) -> list[Told]:
    ordered = sorted((example(r, r.key, s, 2 * LENGTH) for r in rows for s in range(0, len(r.chords), 2 * LENGTH)),
                     key=lambda e: len(e[1]))  # fmt: skip
    batches = []
    for start in range(0, len(ordered), _BATCH):
        group = ordered[start : start + _BATCH]
        group += (
            [group[-1]] * 0
            if len(group) == _BATCH
            else [(group[0][0][:1], np.array([-1], np.int32))] * (_BATCH - len(group))
        )
        batches.append(batch_of(group, -(-max(len(label) for _, label in group) // LENGTH) * LENGTH))
    return batches


def _nats(network: ChordChain, batches: list[Told]) -> float:
    """Return the mean nats of a labelled segment."""
    nats = sum(float(np.sum(network.training.predict_on_batch([b.frames, b.labels, b.mask]))) for b in batches)
    return nats / sum(int((b.labels >= 0).sum()) for b in batches)


def _accuracy(network: ChordChain, batches: list[Told]) -> float:
    moves = all_moves(np.asarray(network.chain.step.value))
    right = total = 0
    for b in batches:
        scores = np.asarray(network.reading.predict_on_batch([b.frames, b.mask]), float)
        for score, label, mask in zip(scores, b.labels, b.mask, strict=True):
            count = int(mask.sum())
            found = Chain(score[:count, :NUM_CHORDS], score[:count, NUM_CHORDS], moves).likeliest()
            known = label[:count] >= 0
            right, total = right + int((found == label[:count])[known].sum()), total + int(known.sum())
    return right / max(total, 1)


def fit(name: str, run: Path, *, minutes: float, corpora: tuple[str, ...], config: ChainConfig) -> None:
    """Train until the time is over, and keep the weights that tell the validation part best.

    Args:
        name: of `MODELS`.
        run: folder of the run: state.npz and best.npz, history.jsonl, config.json.
        minutes: of training, what was done before included.
        corpora: of the melody network.
        config: of the network.
    """
    run.mkdir(parents=True, exist_ok=True)
    test = rows_for(name, "test", corpora)
    valid = held_apart(rows_for(name, "valid", corpora), test)
    train = held_apart(rows_for(name, "train", corpora), valid + test)
    counts: dict[str, list[int]] = {}
    for row in train:
        counts[row.corpus] = [a + b for a, b in zip(counts.get(row.corpus, [0, 0]), (1, len(row.chords)), strict=True)]
    _log.info("%s: %d rows, %s", name, len(train), counts)
    facts = {"network": config.to_config(), "corpora": counts, "validated_on": len(valid)}
    (run / "config.json").write_text(json.dumps(facts), encoding="utf-8")
    keras.utils.set_random_seed(1)
    network, chances, batches = ChordChain(config), _chances(train), _validation(valid)
    optimizer = keras.optimizers.Adam(_PEAK, clipnorm=1.0)
    network.training.compile(optimizer, loss=lambda told, nats: keras.ops.mean(nats) / keras.ops.mean(told))
    history = run / "history.jsonl"
    lines = history_of(run)
    if lines:
        network.load(run / "state.npz")
    done = lines[-1]["seconds"] if lines else 0.0
    best = min((line["valid_nats"] for line in lines), default=float("inf"))
    begun, step, losses = time.monotonic() - done, lines[-1]["step"] if lines else 0, []
    over = False
    while not over:
        spent = time.monotonic() - begun
        over = spent >= 60 * minutes
        optimizer.learning_rate = _PEAK * max(0.5 * (1 + np.cos(np.pi * min(spent / (60 * minutes), 1))), 0.01)
        told = _training_batch(train, chances, np.random.default_rng((1, step)))
        count = (told.labels >= 0).sum(axis=1).astype(np.float32)
        losses.append(float(network.training.train_on_batch([told.frames, told.labels, told.mask], count)))
        step += 1
        if step % _ROUND == 0 or over:
            line = {"step": step, "train_nats": float(np.mean(losses)), "valid_nats": _nats(network, batches)}
            line = {k: round(v, _DECIMALS) for k, v in line.items()} | {"seconds": round(time.monotonic() - begun, 1)}
            network.save(run / "state.npz")
            if line["valid_nats"] < best:
                best = line["valid_nats"]
                network.save(run / "best.npz")
            with history.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
            _log.info("%s", line)
            losses = []
    network.load(run / "best.npz")
    _log.info("%s: %.4f nats, %.3f of the validation right", name, best, _accuracy(network, batches))


def publish(name: str, run: Path, folder: Path) -> None:
    """Export a run's best weights with its card.

    Raises:
        RuntimeError: Keras does not run on TensorFlow, or the graphs are not the network.
    """
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError("exporting needs Keras on TensorFlow; set KERAS_BACKEND=tensorflow")
    facts = json.loads((run / "config.json").read_text())
    network = ChordChain(ChainConfig(**facts["network"]))
    network.load(run / "best.npz")
    folder.mkdir(parents=True, exist_ok=True)
    for part, model in (("step", network.step), ("scores", network.scores)):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        (folder / f"{part}.tflite").write_bytes(converter.convert())
    np.save(folder / "moves.npy", np.asarray(network.chain.step.value, np.float32), allow_pickle=False)
    lines = history_of(run)
    card = {
        "name": name,
        "what": WHAT[name],
        "network": facts["network"],
        "data": [_source(corpus, *counts) for corpus, counts in facts["corpora"].items()],
        "rights": RIGHTS[name],
        "training": {"steps": lines[-1]["step"], "seconds": lines[-1]["seconds"],
                     "valid_nats_per_segment": min(line["valid_nats"] for line in lines)},
        "files": {n: hashlib.sha256((folder / n).read_bytes()).hexdigest()
                  for n in ("step.tflite", "scores.tflite", "moves.npy")},
    }  # fmt: skip
    (folder / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    frames = np.random.default_rng(0).random((1, 40, NUM_FEATURES)).astype(np.float32)
    exact = np.asarray(network.reading.predict_on_batch([frames, np.ones((1, 40), np.float32)]))[0]
    difference = float(np.abs(load_model(name, folder).player.scores(frames[0]) - exact).max())
    _log.info("%s: %d bytes, 8-bit scores differ by at most %.3f", name, sum(
        (folder / n).stat().st_size for n in card["files"]), difference)  # fmt: skip


WHAT = {
    "melody": "Guesses a chord for every bar, or half of one, from a melody and its key.",
    "popular": "Guesses a chord for every bar of a pop song, or half of one, from a melody and its key, or from none.",
    "sounding": "Names the chord of every beat from all that sounds in it.",
}
RIGHTS = {
    "melody": "Learned from folk tunes (GPL 3 as their edition says), lead sheets in the public domain, solos (ODbL as "
    "far as is known) and chord charts without melodies (CC0); POP909 is only measured on.",
    "popular": "Learned from what the network of other melodies did, and from melodies and chords of POP909, pop songs "
    "that are in copyright: it proposes chords, and no note of a song.",
    "sounding": "Learned from arrangements of pop songs (MIT as published) which are in copyright as songs; it names "
    "chords that are there and writes no note. Mozart's sonatas are only measured on.",
}


def _source(corpus: str, pieces: int, segments: int) -> dict[str, Any]:
    dataset = get_dataset(corpus)
    return {
        "corpus": corpus, "title": dataset.title, "homepage": dataset.homepage, "licence": dataset.licence,
        "citation": dataset.citation, "pieces": pieces, "segments": segments,
    }  # fmt: skip


def main() -> None:
    """Train, or publish, one network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=MODELS)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--corpora", help="of a network of melodies, instead of its own")
    parser.add_argument("--units", type=int, default=96)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--publish", action="store_true")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if asked.publish:
        publish(asked.name, asked.run, checkpoints_dir() / FOLDER / asked.name)
        return
    corpora = tuple(asked.corpora.split(",")) if asked.corpora else LEARNED_FROM[asked.name]
    config = ChainConfig(NUM_FEATURES, asked.units, asked.units, asked.dropout)
    fit(asked.name, asked.run, minutes=asked.minutes, corpora=corpora, config=config)


if __name__ == "__main__":
    main()
