"""How long a training will take on this machine: expected_seconds, keep_pace.

The work is known: steps, notes a step, weights. What this machine does a second is measured once by a product of
matrices, and corrected by how long trainings have really taken here, which is kept.
"""

import contextlib
import json
import time
from functools import lru_cache

import numpy as np

from musegen.services.styles import StyleCard
from musegen.styles.runs import replace_file, runs_dir

STARTING_SECONDS, FINISHING_SECONDS = 45.0, 40.0
"""Loading TensorFlow and making the step; exporting and what a style is judged by. Measured on two slow cores."""
_SHARE = 0.12
"""Of the products a second that a recurrent network reaches in training, before anything was measured here."""
_SIZE, _TIMES = 512, 6
_FLOPS = 6
"""Products and sums of a weight at an event: once forwards, twice backwards."""


@lru_cache(maxsize=1)
def products_a_second() -> float:
    """Return the multiplications and additions of float32 that this machine does in a product of matrices a second."""
    a = np.ones((_SIZE, _SIZE), np.float32)
    a @ a
    begun = time.perf_counter()
    for _ in range(_TIMES):
        a @ a
    return 2 * _SIZE**3 * _TIMES / max(time.perf_counter() - begun, 1e-6)


def num_weights(card: StyleCard) -> int:
    """Return about how many weights the network of a style has, from its size alone."""
    config = card.network["config"]
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
    work = _FLOPS * num_weights(card) * num_notes * passes
    learning = work / (products_a_second() * _pace().get("share", _SHARE))
    return STARTING_SECONDS + min(learning, minutes * 60) + FINISHING_SECONDS


def share_reached(card: StyleCard, events_a_second: float) -> float:
    """Return how much of the machine's products of matrices a training used, 0 to 1."""
    return _FLOPS * num_weights(card) * events_a_second / products_a_second()


def keep_pace(card: StyleCard, events_a_second: float) -> None:
    """Keep how quick a training was, so that the next is estimated better."""
    with contextlib.suppress(OSError):
        replace_file(runs_dir() / "pace.json", json.dumps({"share": share_reached(card, events_a_second)}))


def _pace() -> dict[str, float]:
    try:
        found = json.loads((runs_dir() / "pace.json").read_text(encoding="utf-8"))
        return {"share": min(max(float(found["share"]), 0.001), 1.0)}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
