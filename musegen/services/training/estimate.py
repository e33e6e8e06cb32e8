"""How long a training will take on this machine: expected_seconds, keep_pace.

The work is known: notes, how often each is learned from, weights of the network. How quick this machine is tells a
small sum, timed, beside the machine on which a training was measured; once a training has ended here, its own pace
counts instead.
"""

import contextlib
import json
import os
import time
from functools import lru_cache

import numpy as np

from musegen.services.styles import StyleCard
from musegen.styles.runs import replace_file, runs_dir

STARTING_SECONDS, FINISHING_SECONDS = 35.0, 25.0
"""Loading TensorFlow and making the step; exporting and what a style is judged by. Measured, on a busy machine."""
_PACE = 1.1e9
"""Weights times notes a second in training, measured on two cores of which others used one and a half."""
_SUM_SECONDS, _SUM_SIZE, _TIMES = 1.07e-5, 1 << 16, 30
"""Seconds of the small sum on that machine, the least of so many tries."""
_CORES = 2


@lru_cache(maxsize=1)
def speed_beside_measured() -> float:
    """Return how quick this machine is beside the one on which trainings were measured, 1 for as quick."""
    values, least = np.linspace(-3, 3, _SUM_SIZE, dtype=np.float32), float("inf")
    for _ in range(_TIMES):  # the least: in one of them nobody else had the processor
        begun = time.perf_counter()
        np.tanh(values)
        least = min(least, time.perf_counter() - begun)
    return float(np.clip(_SUM_SECONDS / max(least, 1e-9), 0.1, 10.0)) * min(os.cpu_count() or 1, 2 * _CORES) / _CORES


def num_weights(card: StyleCard) -> int:
    """Return about how many weights the network of a style has, from its size alone."""
    config = card.network["config"]
    if "layer_units" in config:
        widths = [1, *config["layer_units"]]
        layers = zip(widths, widths[1:], strict=False)
        return sum(4 * units * (width + units + 1) for width, units in layers) + widths[-1] * config["dense_units"]
    if "cell" not in config:  # one layer over single numbers
        numbers, units = len(config["trunk_columns"]), config["units"]
        return 4 * units * (numbers + units + 1) + units * config["num_events"]
    width = sum(column[2] for column in config["trunk_columns"])
    units, layers, head = config["units"], config["num_layers"], config["head_units"]
    gates = 4 if config["cell"] == "lstm" else 3
    recurrent = gates * units * (width + units + (layers - 1) * 2 * units)
    output = config["num_heads"] * (head * (units + width + (head if config["head_layers"] == 2 else 0))
                                    + head * config["num_events"])  # fmt: skip
    return recurrent + output


def expected_seconds(card: StyleCard, num_notes: int, passes: float, minutes: float) -> float:
    """Return the seconds that a training will take in all, its beginning and end included.

    Args:
        card: of the style that is gone on from.
        num_notes: that are learned from.
        passes: how often each is learned from.
        minutes: of learning at most.
    """
    pace = _kept_pace() or _PACE * speed_beside_measured()
    learning = num_weights(card) * num_notes * passes / pace
    return STARTING_SECONDS + min(learning, minutes * 60) + FINISHING_SECONDS


def keep_pace(card: StyleCard, notes_a_second: float) -> None:
    """Keep how quick a training was on this machine, so that the next is estimated by it."""
    with contextlib.suppress(OSError):
        replace_file(runs_dir() / "pace.json", json.dumps({"pace": num_weights(card) * notes_a_second}))


def _kept_pace() -> float | None:
    try:
        found = float(json.loads((runs_dir() / "pace.json").read_text(encoding="utf-8"))["pace"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found > 0 else None
