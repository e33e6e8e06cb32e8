"""Which weights should learn where there are few files: states, biases or all; nats of a style that learns on.

    python -m benchmarks.own_styles                       the table of docs/decisions/own-styles.md

Needs the Nottingham collection (`MUSEGEN_DATA`), which no style has learned from. Tunes of which the style knows a long
run are left out.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from musegen.composers.registry import get_composer
from musegen.corpora.nottingham import ChordedTune, read_chorded_tunes
from musegen.evaluation.originality import lines_of
from musegen.evaluation.originality_file import load_index
from musegen.styles.shelf import style_folder

STYLE = "folk"
COUNTS = (1, 5, 20, 100)
STEPS = (5, 10, 20, 40, 80)
WAYS = {"start": (0.03, 0.0), "biases": (0.003, 0.2), "all": (0.0005, 0.3), "all, gently": (0.0002, 0.3)}
"""Learning rate and dropout of each choice of weights."""
NUM_TEST = 60
ASIDE = 0.15
KNOWN_NOTES, KNOWN_SHARE = 24, 0.3
BATCH, FRAMES = 8, 192


def unknown(tunes: Sequence[ChordedTune], count: int, random: np.random.Generator) -> list[ChordedTune]:
    """Return tunes in a random order that the style holds as they are and does not know, so many at most."""
    index, found = load_index(style_folder(STYLE)), []
    codec = get_composer("tune").open({"name": "folk-tune"})
    for place in random.permutation(len(tunes)):
        tune = tunes[place]
        lines = lines_of(tune.piece)
        notes = sum(len(line.pitch) for line in lines)
        assert index is not None
        if codec.fits(tune.piece) and index.longest(lines).num_notes < max(KNOWN_NOTES, KNOWN_SHARE * notes):
            found.append(tune)
        if len(found) == count:
            break
    return found


def learn(way: str, train: Sequence[ChordedTune], held_out: Sequence[ChordedTune], steps: Sequence[int]) -> list[float]:
    """Return nats an event on tunes held out, before learning and after so many steps."""
    import keras

    from musegen.networks.recurrent import RecurrentNetwork
    from musegen.training.batches import padded_batches, training_batch
    from musegen.training.fit import load_weights, total_nll
    from musegen.training.own_recipe import whole_examples
    from musegen.training.recipe import load_recipe
    from musegen.training.train import network_config

    rate, dropout = WAYS[way]
    learned = way.partition(",")[0]
    recipe, composer = load_recipe(STYLE), get_composer("tune")
    codec = recipe.codec()
    plain = RecurrentNetwork(network_config(recipe, replace(recipe.stages[-1], dropout=dropout)))
    load_weights(plain, style_folder(STYLE) / "weights.npz")
    network = RecurrentNetwork(replace(plain.config, learned_start=learned == "start"))
    known = {v.path: v for v in network.sequence.variables}
    for variable in plain.sequence.variables:
        if "seed_generator" not in variable.path:
            known[variable.path].assign(variable.value)
    network.learn_only(learned)
    model = network.sequence
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.01 if learned == "all" else 0.0, clipnorm=1.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight")
    model.compile(optimizer=optimizer, loss=loss, jit_compile=False)
    source: Any = composer.source(codec, train, [], {})
    if learned == "start":
        source = _Beginnings(whole_examples(composer, codec, train, {}))
    batches = padded_batches(whole_examples(composer, codec, held_out, {}), 16, 64)
    found = [np.divide(*total_nll(model, batches))]
    for step in range(steps[-1]):
        batch = training_batch(source, (1, len(train), step), BATCH, FRAMES)
        model.train_on_batch([batch.trunk, batch.head], batch.target, batch.weight)
        if step + 1 in steps:
            found.append(np.divide(*total_nll(model, batches)))
    return [round(float(value), 4) for value in found]


class _Beginnings:
    """Whole pieces from their beginning: states before the first frame are of use nowhere else."""

    def __init__(self, examples: Sequence[Any]) -> None:
        self._examples = examples

    def draw(self, random: np.random.Generator, num_frames: int) -> Any:
        example = self._examples[int(random.integers(len(self._examples)))]
        parts = (example.trunk, example.head, example.target, example.weight)
        return type(example)(*(part[:num_frames] for part in parts))


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=list(WAYS))
    parser.add_argument("--counts", nargs="*", type=int, default=COUNTS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    random = np.random.default_rng(7)
    pool = unknown(read_chorded_tunes("train"), max(arguments.counts), random)
    held_out = unknown(read_chorded_tunes("test"), NUM_TEST, random)
    for way in arguments.ways:
        for count in arguments.counts:
            aside = max(round(ASIDE * count), 1) if count > 1 else 0  # a musician's run needs some to end by
            found = learn(way, pool[aside:count], held_out, STEPS)
            row = {"way": way, "files": count, "nats": dict(zip((0, *STEPS), found, strict=True))}
            print(json.dumps(row) if arguments.json else f"{way:12} {count:4} files: {found}", flush=True)


if __name__ == "__main__":
    main()
