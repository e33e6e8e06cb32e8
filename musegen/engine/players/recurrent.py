"""The network as it is played: one frame at a time, without TensorFlow.

Two LiteRT graphs share a state that is passed in and out, never kept: `advance` takes the network one frame on,
`logits` asks it for one event of that frame. One call serves a batch of takes, and calls from several threads do not
mix (each thread has its own interpreters).
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from musegen.errors import StyleError

States = list[np.ndarray]


def _interpreter_class() -> type:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise StyleError("The player of networks is missing; run `python3 run.py` once to install it.") from error
    return Interpreter


_announcing = threading.Lock()
_announced = False


@contextmanager
def _without_announcement() -> Iterator[None]:
    """Leave out the line of information that LiteRT writes to stderr once a process; all else there goes through."""
    global _announced
    with _announcing:
        if _announced or sys.stderr is None:
            yield
            return
        _announced = True
        with tempfile.TemporaryFile() as written:
            sys.stderr.flush()
            stderr = os.dup(2)
            os.dup2(written.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(stderr, 2)
                os.close(stderr)
                written.seek(0)
                kept = [line for line in written if not line.startswith(b"INFO: ")]
                os.write(2, b"".join(kept))


class Graph:
    """One exported graph, with inputs and outputs by name, for any batch size."""

    def __init__(self, path: Path) -> None:
        try:
            self._content = path.read_bytes()
        except OSError as error:
            raise StyleError("The style is incomplete: {name} cannot be read.", name=path.name) from error
        self._local = threading.local()
        self.num_inputs = len(self._interpreter(1)[1])

    def _interpreter(self, batch_size: int) -> tuple:
        cache: dict[int, tuple] = self._local.__dict__.setdefault("interpreters", {})
        if batch_size not in cache:
            try:
                interpreter = _interpreter_class()(model_content=self._content, num_threads=1)
            except (ValueError, RuntimeError) as error:
                raise StyleError("The style is damaged: its network cannot be loaded.") from error
            for detail in interpreter.get_input_details():
                interpreter.resize_tensor_input(detail["index"], [batch_size, *detail["shape"][1:]])
            with _without_announcement():
                interpreter.allocate_tensors()
            signature = next(iter(interpreter._get_full_signature_list().values()))
            cache[batch_size] = (interpreter, signature["inputs"], [i for _, i in sorted(signature["outputs"].items())])
        return cache[batch_size]

    def width(self, name: str) -> int:
        """Return the last dimension of an input."""
        interpreter, indices, _ = self._interpreter(1)
        shapes = {d["index"]: d["shape"] for d in interpreter.get_input_details()}
        return int(shapes[indices[name]][-1])

    def __call__(self, inputs: dict[str, np.ndarray], batch_size: int) -> list[np.ndarray]:
        """Return the outputs in the order of their names."""
        interpreter, indices, outputs = self._interpreter(batch_size)
        for name, value in inputs.items():
            interpreter.set_tensor(indices[name], value)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]


class RecurrentPlayer:
    """The exported network of a style.

    Args:
        folder: holds advance.tflite and logits.tflite.
        hidden_index: which of the states is the hidden state of the last layer.

    Raises:
        StyleError: a graph is missing or damaged.
    """

    def __init__(self, folder: Path, hidden_index: int) -> None:
        self._advance = Graph(folder / "advance.tflite")
        self._logits = Graph(folder / "logits.tflite")
        self._num_states = self._advance.num_inputs - 1
        self._hidden = hidden_index
        self._widths = [self._advance.width(f"state_{index}") for index in range(self._num_states)]
        self.num_trunk_columns = self._advance.width("trunk")

    @classmethod
    def of_style(cls, folder: Path, config: dict[str, Any]) -> "RecurrentPlayer":
        """Return the player of a style's folder and the config of its network."""
        per_layer = 2 if config["cell"] == "lstm" else 1
        return cls(folder, (config["num_layers"] - 1) * per_layer)

    def initial_states(self, batch_size: int) -> States:
        """Return the states before the first frame: zeros, one array (B, U) a state."""
        return [np.zeros((batch_size, width), np.float32) for width in self._widths]

    def advance(self, trunk: np.ndarray, states: Sequence[np.ndarray]) -> States:
        """Return the states one frame on.

        Args:
            trunk: integers (B, F).
            states: as returned before, (B, U) each.
        """
        inputs = {f"state_{i}": state for i, state in enumerate(states)}
        inputs["trunk"] = np.ascontiguousarray(trunk, np.int32)
        return self._advance(inputs, len(trunk))

    def logits(self, trunk: np.ndarray, head: np.ndarray, states: Sequence[np.ndarray]) -> np.ndarray:
        """Return the logits (B, V) of the coming event.

        Args:
            trunk: integers (B, F), the same as given to `advance` for this frame.
            head: integers (B, G); G may be 0.
            states: as `advance` returned them for this frame.
        """
        inputs = {"trunk": np.ascontiguousarray(trunk, np.int32), "hidden": states[self._hidden]}
        if head.shape[-1]:
            inputs["head"] = np.ascontiguousarray(head, np.int32)
        return self._logits(inputs, len(trunk))[0]
