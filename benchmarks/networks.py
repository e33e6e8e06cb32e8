"""A style's network three ways: as the app plays it, as float32 graphs, and in Keras."""

import contextlib
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musegen.composers.style import Style
from musegen.engine.codec import Example
from musegen.engine.loop import score
from musegen.engine.players.recurrent import RecurrentPlayer

if TYPE_CHECKING:
    from musegen.networks.recurrent import RecurrentNetwork

_BATCH = 32


def keras_network(style: Style) -> "RecurrentNetwork":
    """Return the network of a style in Keras, with the weights it was published with."""
    from musegen.networks.recurrent import RecurrentConfig, RecurrentNetwork
    from musegen.training.fit import load_weights

    network = RecurrentNetwork(RecurrentConfig.from_config(style.card.network["config"]))
    load_weights(network, style.folder / "weights.npz")
    return network


def float32_model(network: "RecurrentNetwork") -> RecurrentPlayer:
    """Return the network as float32 graphs, made now (the style itself ships 8-bit ones)."""
    from musegen.training.export import export_graphs

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):  # the converter prints
        export_graphs(network, Path(folder), quantize=False)
        return RecurrentPlayer(Path(folder), network.hidden_index)  # it keeps the graphs in memory


def nats(
    model: RecurrentPlayer, examples: Sequence[Example], allowed: Callable[[Example], np.ndarray] | None = None
) -> list[np.ndarray]:
    """Return the nats of every event of every piece, (T, K) each, in the order given; the played path, in batches."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].target))
    result: dict[int, np.ndarray] = {}
    for start in range(0, len(order), _BATCH):
        group = order[start : start + _BATCH]
        result.update(zip(group, score(model, [examples[i] for i in group], allowed), strict=True))
    return [result[i] for i in range(len(examples))]


def weight_bytes(style: Style, *, quantized: bool) -> int:
    """Return the bytes of weights that one step reads: all matrices and biases, and one row of each table looked up."""
    total = 0
    with np.load(style.folder / "weights.npz", allow_pickle=False) as stored:
        for name in stored.files:
            shape = stored[name].shape
            if "embedding" in name:
                total += shape[1] * 4
            else:
                total += int(np.prod(shape)) * (1 if quantized and len(shape) == 2 else 4)
    return total
