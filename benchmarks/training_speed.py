"""How quick a style of one's own learns: notes a second, and what share that is of what the cores can multiply.

The network of `folk`, in batches as a musician's own files are learned in, by all weights ("on") and by the biases
alone ("quick"). The work of a step is counted in multiplications and additions: of each weight two for the forward pass
of every event, and four more for the gradients of what goes in and of the weight itself (the quick way needs none of
the second). What the cores can do is measured by a product of two matrices of 1,024 by 1,024 on the same threads.
"""

import argparse
import json
import os
import time
from dataclasses import replace

import numpy as np

from benchmarks.report import Figures, plain, table

BATCH, FRAMES = 8, 160


def product_speed(size: int = 1024, tries: int = 10) -> float:
    """Return additions and multiplications a second of a matrix product in float32, the best of some tries."""
    import keras

    a = keras.ops.convert_to_tensor(np.random.default_rng(0).normal(size=(size, size)).astype(np.float32))
    best = np.inf
    for _ in range(tries + 1):
        begun = time.perf_counter()
        np.asarray(keras.ops.matmul(a, a))
        best = min(best, time.perf_counter() - begun)
    return 2 * size**3 / best


def weights_of(config) -> int:
    """Return the weights that every event is multiplied with; tables that are looked up do not count."""
    width = sum(column[2] for column in config.trunk_columns)
    gates = 4 if config.cell == "lstm" else 3
    recurrent = gates * config.units * (width + config.units + (config.num_layers - 1) * 2 * config.units)
    return recurrent + config.head_units * (config.units + width) + config.head_units * config.num_events


def of_way(way: str, steps: int) -> Figures:
    """Return seconds a step and notes a second of a way of learning."""
    import keras

    from musegen.networks.recurrent import RecurrentNetwork
    from musegen.styles.shelf import style_folder
    from musegen.training.fit import load_weights
    from musegen.training.own_recipe import DROPOUT, LEARNED
    from musegen.training.recipe import load_recipe
    from musegen.training.train import network_config

    recipe = load_recipe("folk")
    config = network_config(recipe, replace(recipe.stages[-1], dropout=DROPOUT[way]))
    network = RecurrentNetwork(config)
    load_weights(network, style_folder("folk") / "weights.npz")
    network.learn_only(LEARNED[way])
    model = network.sequence
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight")
    model.compile(optimizer=keras.optimizers.AdamW(1e-4, clipnorm=1.0), loss=loss, jit_compile=False)
    random = np.random.default_rng(0)
    trunk = np.stack([random.integers(0, column[1], (BATCH, FRAMES)) for column in config.trunk_columns], -1)
    head = np.zeros((BATCH, FRAMES, config.num_heads, len(config.head_columns)), np.int32)
    target = random.integers(0, config.num_events, (BATCH, FRAMES, config.num_heads))
    weight = np.ones((BATCH, FRAMES, config.num_heads), np.float32)
    arguments = ([trunk.astype(np.int32), head], target, weight)
    model.train_on_batch(*arguments)
    seconds = []
    for _ in range(steps):
        begun = time.perf_counter()
        model.train_on_batch(*arguments)
        seconds.append(time.perf_counter() - begun)
    step = float(np.median(seconds))
    work = (6 if way != "quick" else 4) * weights_of(config) * BATCH * FRAMES  # the quick way needs no weight gradients
    return {"seconds_a_step": step, "events_a_second": BATCH * FRAMES / step, "work_a_second": work / step}


def measured(steps: int = 10) -> Figures:
    """Return the figures; of the folk style, whose events are about half pitches and half lengths."""
    peak = product_speed()
    found: Figures = {"product_a_second": peak, "cores": len(os.sched_getaffinity(0))}
    for way in ("on", "quick"):
        own = of_way(way, steps)
        found[way] = own | {
            "notes_a_second": own["events_a_second"] / 2,
            "share_of_product": own["work_a_second"] / peak,
        }
    return found


def rendered(figures: Figures) -> str:
    """Return the table."""
    rows = [
        [way, f"{own['seconds_a_step']:.2f}", f"{own['notes_a_second']:.0f}", f"{own['share_of_product']:.0%}"]
        for way, own in figures.items()
        if isinstance(own, dict)
    ]
    peak = f"{figures['product_a_second'] / 1e9:.1f} GFLOP a second on {figures['cores']} cores"
    return table(["way", "seconds a step", "notes a second", f"share of the matrix product ({peak})"], rows)


def main() -> None:
    """Print the figures."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    figures = plain(measured(options.steps))
    print(json.dumps(figures, indent=1) if options.json else rendered(figures))


if __name__ == "__main__":
    main()
