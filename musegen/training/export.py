"""From trained weights to a style's folder: the step as LiteRT graphs, and proof that it is the same network.

Export needs Keras on TensorFlow; training may have run on any backend.
"""

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from musegen.engine.players.recurrent import RecurrentPlayer
from musegen.networks.notebook import NotebookConfig, NotebookNetwork
from musegen.networks.recurrent import RecurrentConfig, RecurrentNetwork
from musegen.networks.timed_notes import TimedNotesConfig, TimedNotesNetwork
from musegen.training.fit import load_weights
from musegen.training.kinds import kind_of

logger = logging.getLogger(__name__)

Steps = RecurrentNetwork | NotebookNetwork | TimedNotesNetwork
"""The networks that are exported as two graphs, a step and its logits."""

_UNHEARD = 30.0
"""Logits so far below the best are never drawn, so nothing hangs on how far."""
MAX_LOGIT_DIFFERENCE = 1e-4
"""Largest difference allowed between the logits of Keras and of the float32 graphs."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """Sizes in bytes of both graphs together, and the largest difference of logits between Keras and float32."""

    bytes_float32: int
    bytes_8bit: int
    max_logit_difference: float


def round_weights(network: Steps) -> None:
    """Round the weights to float16 values, as they are stored; the graphs are then of exactly these."""
    for variable in network.sequence.trainable_variables:
        variable.assign(np.asarray(variable.value).astype(np.float16).astype(np.float32))


def _convert(model: keras.Model, path: Path, *, quantize: bool) -> None:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path.write_bytes(converter.convert())


def export_graphs(network: Steps, folder: Path, *, quantize: bool) -> None:
    """Write advance.tflite and logits.tflite.

    Args:
        network: with its weights.
        folder: where to.
        quantize: 8-bit weights instead of float32.

    Raises:
        RuntimeError: Keras does not run on TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError("exporting needs Keras on TensorFlow; set KERAS_BACKEND=tensorflow")
    folder.mkdir(parents=True, exist_ok=True)
    _convert(network.advance, folder / "advance.tflite", quantize=quantize)
    _convert(network.logits, folder / "logits.tflite", quantize=quantize)


def largest_difference(network: Steps, folder: Path, num_frames: int = 50, random_seed: int = 0) -> float:
    """Return the largest difference of logits between Keras and the graphs over random frames, state carried on."""
    config = network.config
    random, model = np.random.default_rng(random_seed), RecurrentPlayer(folder, network.hidden_index)
    trunk = np.stack([random.integers(0, c[1], (2, num_frames)) for c in config.trunk_columns], -1).astype(np.int32)
    shape = (2, num_frames, config.num_heads)
    columns = [random.integers(0, c[1], shape) for c in config.head_columns]
    head = np.stack(columns, -1).astype(np.int32) if columns else np.zeros((*shape, 0), np.int32)
    expected = np.asarray(network.sequence.predict_on_batch([trunk, head]))
    states, worst = model.initial_states(2), 0.0
    for t in range(num_frames):
        states = model.advance(trunk[:, t], states)
        for k in range(config.num_heads):
            logits = model.logits(trunk[:, t], head[:, t, k], states)
            worst = max(worst, float(np.abs(_audible(logits) - _audible(expected[:, t, k])).max()))
    return worst


def _audible(logits: np.ndarray) -> np.ndarray:
    return np.maximum(logits, logits.max(-1, keepdims=True) - _UNHEARD)


def export_run(
    run: Path, folder: Path, network_config: RecurrentConfig | NotebookConfig | TimedNotesConfig
) -> ExportResult:
    """Write weights.npz (float16) and 8-bit graphs of a run's best weights into a style's folder.

    The float32 graphs are made as well, compared with Keras, and left in the folder `float32` beside the run.

    Raises:
        RuntimeError: the float32 graphs are not the network.
    """
    network = kind_of(network_config).build(network_config)
    load_weights(network, run / "best.npz")
    round_weights(network)
    exact = run / "float32"
    export_graphs(network, exact, quantize=False)
    difference = largest_difference(network, exact)
    if difference > MAX_LOGIT_DIFFERENCE:
        raise RuntimeError(f"the exported network differs from Keras by {difference:.2e} (at most 1e-4)")
    export_graphs(network, folder, quantize=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".npz", delete=False) as file:
        halves = {v.path: np.asarray(v.value, np.float16) for v in network.sequence.trainable_variables}
        np.savez_compressed(file, allow_pickle=False, **halves)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(folder / "weights.npz")

    def size(where: Path) -> int:
        return sum((where / name).stat().st_size for name in ("advance.tflite", "logits.tflite"))

    return ExportResult(size(exact), size(folder), difference)
