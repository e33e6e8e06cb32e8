"""What tests of training from one's own files begin with: twelve tunes, and a style so small that it learns in seconds.

tunes, small_style.
"""

import json
from dataclasses import replace

import numpy as np

from musegen.files.midi import write_midi
from musegen.paths import checkpoints_dir
from musegen.styles.card import load_card, save_card
from tests.builders import piece

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def tunes(folder, count=12):
    """Write tunes of eight bars that go up and down by steps, no two the same; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(count):
        random = np.random.default_rng(index)
        steps = np.clip(np.cumsum(random.integers(-1, 2, 31)) + 3, 0, 7)
        made = piece([(SCALE[step], beat, 1) for beat, step in enumerate(steps)] + [(60, 31, 1)])
        paths.append(folder / f"tune-{index:02d}.mid")
        write_midi(replace(made, title=f"Tune {index}"), paths[-1])
    return paths


def small_style(home, title="Small tunes"):
    """Put a style of a few units with random weights on a shelf, to go on from; return its id."""
    from musegen.networks.recurrent import RecurrentConfig, RecurrentNetwork

    card = load_card(checkpoints_dir() / "folk")
    config = card.network["config"] | {"units": 8, "head_units": 8, "num_layers": 1}
    folder = home / "styles" / "small-tunes"
    folder.mkdir(parents=True)
    network = RecurrentNetwork(RecurrentConfig.from_config(config))
    np.savez(folder / "weights.npz", **{v.path: np.asarray(v.value) for v in network.sequence.trainable_variables})
    network_data = {"name": "recurrent", "config": json.loads(json.dumps(network.config.to_config()))}
    save_card(replace(card, style_id="small-tunes", title=title, network=network_data, files={}, quality={},
                      training={}), folder)  # fmt: skip
    return "small-tunes"
