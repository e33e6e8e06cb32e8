"""Nats a sample of the raw-audio network beside linear prediction and counts, and how fast it is.

    python -m benchmarks.raw_audio

All models foresee the same samples: `SECONDS` of each held-out solo, the first second left out. What is chosen (orders,
distribution, widths, discounts) is chosen on validation solos. Needs the corpus (training.raw_audio.corpus); writes the
figures on the card of checkpoints/sound/raw-audio.
"""

import argparse
import json
import time

import numpy as np

from musegen.evaluation.raw_baselines import FixedPredictor, LevelNgram, laplace_nats, logistic_nats
from musegen.paths import checkpoints_dir
from musegen.sound import mu_law
from musegen.sound.linear_prediction import FRAME, Predictor, running_predictions, running_scale
from musegen.sound.raw_checkpoint import FOLDER, load_raw_model
from musegen.sound.raw_network import RawPlayer, stretch_nats
from musegen.training.raw_audio.corpus import SAMPLE_RATE, load_levels
from musegen.training.raw_audio.fit import inputs_of
from musegen.training.raw_audio.heard import load_heard

FIRST, SECONDS = 4.0, 5.0
SKIPPED = SAMPLE_RATE
FIXED_ORDERS = (16, 32, 64, 128)
RUNNING = (Predictor(16, 128.0), Predictor(32, 256.0), Predictor(32, 512.0), Predictor(64, 512.0),
           Predictor(64, 1024.0), Predictor(128, 1024.0, 4))  # fmt: skip
WIDTHS = (0.6, 0.8, 1.0, 1.25)
KINDS = {"laplace": laplace_nats, "logistic": logistic_nats}
NGRAM_ORDERS = (1, 2, 3, 4, 5)
DISCOUNTS = (0.5, 0.75, 0.9)


def excerpts(split: str) -> list[np.ndarray]:
    """Return the same stretch of every solo of a split, levels."""
    start, count = int(FIRST * SAMPLE_RATE), int(SECONDS * SAMPLE_RATE)
    return [levels[start : start + count] for levels in load_levels(split) if len(levels) >= start + count]


def linear_nats(levels: list[np.ndarray], predicted: list[np.ndarray], scales: list[np.ndarray], kind: str,
                width: float) -> float:  # fmt: skip
    """Return mean nats a sample of predictions with a distribution around them."""
    return float(np.mean([
        KINDS[kind](own, middle, np.repeat(scale, FRAME) * width + 3e-5)[SKIPPED:].mean()
        for own, middle, scale in zip(levels, predicted, scales, strict=True)
    ]))  # fmt: skip


def best_linear(valid: list[np.ndarray], test: list[np.ndarray], models: dict) -> tuple[float, str]:
    """Return the test figure of the model, distribution and width that are best on validation, and which they are."""
    tried = []
    for name, predict in models.items():
        predicted, scales = predict(valid)
        tried += [(linear_nats(valid, predicted, scales, kind, width), name, kind, width)
                  for kind in KINDS for width in WIDTHS]  # fmt: skip
        print(f"  {name}: {min(row for row in tried if row[1] == name)[0]:.3f} on validation", flush=True)
    _, name, kind, width = min(tried)
    return linear_nats(test, *models[name](test), kind, width), f"{name}, {kind}, width {width:g}"


def fixed(model: FixedPredictor):
    """Return what a fixed predictor says of excerpts."""

    def predict(levels: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        samples = [mu_law.decode(own).astype(float) for own in levels]
        predicted = [model.predict(own) for own in samples]
        return predicted, [running_scale(own - middle) for own, middle in zip(samples, predicted, strict=True)]

    return predict


def running(how: Predictor):
    """Return what a running predictor says of excerpts."""

    def predict(levels: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        predicted, scales = running_predictions(mu_law.decode(np.stack(levels)).astype(float), how)
        return list(predicted.astype(float)), list(scales.astype(float))

    return predict


def network_nats() -> float:
    """Return mean nats a sample of the shipped network on the excerpts of the test, all of them side by side."""
    network, heard, margin = load_raw_model().network, load_heard("test"), 4 * FRAME
    start, length = int(FIRST * SAMPLE_RATE), int(SECONDS * SAMPLE_RATE)
    found = []
    for first in (heard.starts + start).tolist():
        here, end = first - margin, first + length
        samples = mu_law.decode(heard.levels[here:end])
        inputs = inputs_of(samples, mu_law.compress(samples), heard.predicted[here:end],
                           heard.scales[here // FRAME : end // FRAME], margin)  # fmt: skip
        found.append(stretch_nats(network, inputs, heard.levels[first:end])[SKIPPED:].mean())
    return float(np.mean(found))


def speed(seconds: float = 2.0) -> tuple[float, float]:
    """Return how long playing on and hearing take, as shares of the time that the sound lasts (processor time)."""
    player = RawPlayer(load_raw_model().network)
    heard = excerpts("test")[0][: 2 * SAMPLE_RATE]
    begun = time.process_time()
    player.hear(heard)
    middle = time.process_time()
    player.play(int(seconds * SAMPLE_RATE), 0.9, np.random.default_rng(0))
    return (time.process_time() - middle) / seconds, (middle - begun) / (len(heard) / SAMPLE_RATE)


def baselines(valid: list[np.ndarray], test: list[np.ndarray]) -> tuple[dict[str, float], dict[str, str]]:
    """Return nats a sample of the models beside the network on the test, and what was chosen on validation."""
    train = load_levels("train")
    figures, chosen = {}, {}
    samples = [mu_law.decode(levels).astype(float) for levels in train[::3]]
    models = {f"order {order}": fixed(FixedPredictor(order).fit(samples)) for order in FIXED_ORDERS}
    figures["fixed"], chosen["fixed"] = best_linear(valid, test, models)
    models = {f"order {how.order}, half-life {how.half_life:g}": running(how) for how in RUNNING}
    figures["running"], chosen["running"] = best_linear(valid, test, models)
    tried = []
    for order in NGRAM_ORDERS:
        model = LevelNgram(order).fit(train)
        for model.discount in DISCOUNTS:
            nats = float(np.mean([model.nats(levels)[SKIPPED:].mean() for levels in valid]))
            tried.append((nats, order, model.discount))
        print(f"  {order}-gram: {min(row for row in tried if row[1] == order)[0]:.3f} on validation", flush=True)
    _, order, discount = min(tried)
    model = LevelNgram(order, discount).fit(train)
    figures["ngram"] = float(np.mean([model.nats(levels)[SKIPPED - order + 1 :].mean() for levels in test]))
    chosen["ngram"] = f"order {order}, discount {discount:g}"
    return figures, chosen


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the figures on the card")
    asked = parser.parse_args()
    valid, test = excerpts("valid"), excerpts("test")
    figures, chosen = baselines(valid, test)
    figures["network"] = network_nats()
    playing, hearing = speed()
    for name, nats in sorted(figures.items(), key=lambda row: -row[1]):
        print(f"{name:8} {nats:.3f} nats a sample  {chosen.get(name, '')}")
    print(f"network / fixed {figures['network'] / figures['fixed']:.3f}, "
          f"network / running {figures['network'] / figures['running']:.3f}")  # fmt: skip
    print(f"a second of sound takes {playing:.2f} s of one core to play, {hearing:.2f} s to hear")
    if asked.write:
        path = checkpoints_dir() / FOLDER / "card.json"
        card = json.loads(path.read_text(encoding="utf-8"))
        card["measured"] = {
            "nats": {name: round(nats, 3) for name, nats in figures.items()},
            "chosen_on_validation": chosen,
            "samples": sum(len(levels) - SKIPPED for levels in test),
            "core_seconds_a_second": {"play": round(playing, 2), "hear": round(hearing, 2)},
        }
        path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
