"""One step of the folk network: as the app plays it, against Keras `model.predict` once a note on the same weights.

A step is one event drawn: the state one event on, and the logits. Compared, in turn within one run:
- the 8-bit graphs that the style ships, and the same network as float32 graphs;
- `predict` of a Keras model of just that step, the state passed in and out;
- `predict` of the whole-sequence model on a window of 25 events, as the tutorials do (state not kept);
- for fairness, the same one-step model as a compiled `tf.function`, without what `predict` puts around it.

The memory-read floor of a step is the time to read its weights once: bytes of all matrices and biases that a step
uses (one row of each embedding table), over the bandwidth at which one thread reads an array of that size again and
again from cache, measured in the same run by a dot product of the array with itself.
"""

from typing import Any

import numpy as np

from benchmarks.networks import float32_model, keras_network, nats, weight_bytes
from benchmarks.report import TIMING_HEADER, Figures, measure, measure_in_turn, run, table, timing_rows
from musegen.composers.style import Style, load_style
from musegen.engine.players.recurrent import RecurrentPlayer

WINDOW = 25
NAMES = ("step_8bit", "step_float32", "keras_predict_step", "keras_predict_window", "keras_tf_function_step")
REQUIRED_RATIO, MAX_8BIT_COST, MAX_LOGIT_DIFFERENCE = 100, 0.005, 1e-4


def _columns(style: Style, num_frames: int) -> np.ndarray:
    random = np.random.default_rng(0)
    columns = style.card.network["config"]["trunk_columns"]
    return np.stack([random.integers(0, c[1], num_frames) for c in columns], -1).astype(np.int32)


def _played(model: RecurrentPlayer, trunk: np.ndarray) -> Any:
    states, head = model.initial_states(1), np.zeros((1, 0), np.int32)

    def step() -> np.ndarray:
        nonlocal states
        states = model.advance(trunk[:1], states)
        return model.logits(trunk[:1], head, states)

    return step


def _keras_calls(network: Any, trunk: np.ndarray) -> dict[str, Any]:
    import keras
    import tensorflow as tf

    inputs = network.advance.inputs
    states = network.advance(inputs)
    logits = network.logits([inputs[0], states[network.hidden_index]])
    model = keras.Model(inputs, [logits, *states])
    zeros = [np.zeros((1, network.config.units), np.float32) for _ in range(network.config.num_states)]
    step = [trunk[:1], *zeros]
    window = [trunk[None, :WINDOW], np.zeros((1, WINDOW, 1, 0), np.int32)]
    compiled, tensors = tf.function(lambda *a: model(list(a))), [tf.constant(a) for a in step]
    return {
        "keras_predict_step": lambda: model.predict(step, verbose=0),
        "keras_predict_window": lambda: network.sequence.predict(window, verbose=0),
        "keras_tf_function_step": lambda: [a.numpy() for a in compiled(*tensors)],
    }


def bandwidth(num_bytes: int, runs: int) -> Figures:
    """Return how fast one thread reads an array of that many bytes that it has just read, in GB/s."""
    array = np.ones(max(num_bytes // 4, 1), np.float32)
    timing = measure(lambda: np.dot(array, array), runs, warmup=3, repeats=20)
    return {"bytes": num_bytes, "best_gb_per_s": num_bytes / timing.min / 1e9,
            "median_gb_per_s": num_bytes / timing.median / 1e9}  # fmt: skip


def _difference(network: Any, model: RecurrentPlayer, trunk: np.ndarray) -> float:
    """Return the largest difference of logits over a run of events, the state carried on, fed alike to both."""
    expected = np.asarray(network.sequence.predict([trunk[None], np.zeros((1, len(trunk), 1, 0), np.int32)], verbose=0))
    states, worst = model.initial_states(1), 0.0
    for t in range(len(trunk)):
        states = model.advance(trunk[t : t + 1], states)
        logits = model.logits(trunk[t : t + 1], np.zeros((1, 0), np.int32), states)
        worst = max(worst, float(np.abs(logits - expected[0, t]).max()))
    return worst


def _cost(style: Style, exact: RecurrentPlayer, num_tunes: int | None) -> Figures:
    from musegen.corpora.folk_tunes import read_split

    events = [style.codec.encode(tune.piece) for tune in read_split("test")[:num_tunes]]
    examples = [style.codec.example(e, tell_length=False) for e in events]
    count = sum(len(e) for e in events)
    shipped, full = (sum(float(n.sum()) for n in nats(m, examples)) / count for m in (style.player, exact))
    return {"tunes": len(events), "events": count, "nats_per_event_float32": full, "nats_per_event_8bit": shipped,
            "cost_of_8bit_share": shipped / full - 1}  # fmt: skip


def measured(small: bool) -> Figures:
    """Return the figures."""
    style = load_style("folk")
    network, runs = keras_network(style), 3 if small else 15
    exact, trunk = float32_model(network), _columns(style, 20 if small else 200)
    slow = measure_in_turn(_keras_calls(network, _columns(style, WINDOW)), runs, warmup=3)
    fast = {name: measure(_played(model, trunk), 5 * runs, warmup=20, repeats=100)
            for name, model in (("step_8bit", style.player), ("step_float32", exact))}  # fmt: skip
    figures: Figures = {name: timing.to_figures() for name, timing in (fast | slow).items()}
    for kind in ("8bit", "float32"):
        own = figures[f"step_{kind}"]["median_ms"]
        figures[f"ratio_predict_to_{kind}"] = figures["keras_predict_step"]["median_ms"] / own
        figures[f"ratio_window_predict_to_{kind}"] = figures["keras_predict_window"]["median_ms"] / own
        figures[f"ratio_tf_function_to_{kind}"] = figures["keras_tf_function_step"]["median_ms"] / own
        read = bandwidth(weight_bytes(style, quantized=kind == "8bit"), 3 * runs)
        floor = read["bytes"] / read["best_gb_per_s"] / 1e6
        figures[f"floor_{kind}"] = read | {
            "floor_ms": floor,
            "share_reached": floor / figures[f"step_{kind}"]["min_ms"],
        }
    figures["largest_logit_difference_float32"] = _difference(network, exact, trunk)
    figures["likelihood"] = _cost(style, exact, 4 if small else None)
    figures["met"] = {
        "ratio": figures["ratio_predict_to_8bit"] >= REQUIRED_RATIO,
        "same_logits": figures["largest_logit_difference_float32"] <= MAX_LOGIT_DIFFERENCE,
        "cost_of_8bit": figures["likelihood"]["cost_of_8bit_share"] <= MAX_8BIT_COST,
    }
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    rows = [
        [kind, figures[f"ratio_predict_to_{kind}"], figures[f"ratio_window_predict_to_{kind}"],
         figures[f"ratio_tf_function_to_{kind}"], figures[f"floor_{kind}"]["bytes"] / 1e6,
         figures[f"floor_{kind}"]["best_gb_per_s"], figures[f"floor_{kind}"]["floor_ms"],
         figures[f"floor_{kind}"]["share_reached"]]
        for kind in ("8bit", "float32")
    ]  # fmt: skip
    cost = figures["likelihood"]
    cost_line = (
        f"Held-out nats an event ({cost['tunes']} tunes, {cost['events']:,} events): "
        f"{cost['nats_per_event_float32']:.4f} float32, {cost['nats_per_event_8bit']:.4f} with 8-bit weights: "
        f"{100 * cost['cost_of_8bit_share']:+.3f} %."
    )
    header = ("graphs", "predict / step", "window predict / step", "tf.function / step", "MB read", "GB/s", "floor ms",
              "share of floor")  # fmt: skip
    return "\n\n".join([
        "One step of the folk network (one event for one take).",
        table(TIMING_HEADER, timing_rows(figures, NAMES)),
        "Ratios of medians within this run; the floor reads the weights once from cache (best of the runs).",
        table(header, rows, 2),
        f"Largest difference of logits, Keras and float32 graphs: {figures['largest_logit_difference_float32']:.2e}.",
        cost_line,
        f"Met: {figures['met']}",
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
