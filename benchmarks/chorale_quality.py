"""How well the chorale style predicts Bach: nats per voice and sixteenth on the published test and validation split.

The 16th-note JSB file as published, pieces in their own keys, voices in the order soprano, alto, tenor, bass, causal:
each voice of each sixteenth given everything before it and the voices above it in the same sixteenth, nothing else (no
chords, fermatas, bar lines or length; a repeated note reads as held). Every voice and sixteenth counts once, rests
and the first sixteenth included, so that the mean is over 75,600 symbols of the test split. "Within the grammar" sets
events that could not come there (holding silence, striking what sounds) to probability 0, as `musegen score` does.

Beside it a counting model (`benchmarks.chorale_counts`) on the same symbols. That nothing leaks from the future is
checked by permuting all sixteenths after one place, and by changing the lower voices in that sixteenth: the nats
before must not change.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.chorale_counts import CHAIN, ChoraleCounts
from benchmarks.networks import float32_model, keras_network, nats
from benchmarks.report import Figures, run, table
from musegen.composers.chorale.grid import FIRST_PITCH, LOW_PITCH, REST, VOICE_NAMES, ChoraleGrid
from musegen.composers.chorale.reading import possible_events, read_example
from musegen.composers.style import load_style
from musegen.corpora.jsb_chorales import read_frames
from musegen.engine.codec import Example
from musegen.engine.players.recurrent import RecurrentPlayer

REQUIRED, AIM, PUBLISHED_COUNTING_MODEL = 0.40, 0.37, 0.652


def example_of(frames: np.ndarray) -> Example:
    """Return a piece of the file, (T, 4) pitches with -1 for silence, as the network reads it, nothing else known."""
    voices = np.where(frames < 0, REST, frames - LOW_PITCH + FIRST_PITCH).astype(np.int16)
    return read_example(ChoraleGrid(voices, np.zeros(len(voices), bool)), known=False)


@dataclass(frozen=True, slots=True)
class _Split:
    frames: list[np.ndarray]
    examples: list[Example]

    @classmethod
    def read(cls, name: str, small: bool) -> "_Split":
        frames = read_frames(name)
        frames = sorted(frames, key=len)[:4] if small else frames
        return cls(frames, [example_of(f) for f in frames])


def _summary(pieces: list[np.ndarray]) -> Figures:
    joined = np.concatenate(pieces)
    return {
        "nats_per_voice_and_16th": float(joined.mean()),
        "mean_of_pieces": float(np.mean([p.mean() for p in pieces])),
        "nats_per_16th": float(joined.sum(1).mean()),
        **{f"{name.lower()}_nats": float(joined[:, v].mean()) for v, name in enumerate(VOICE_NAMES)},
    }


def _counting(train: list[np.ndarray], splits: dict[str, _Split]) -> Figures:
    """Return the nats of counting models: the whole chain in two orders of the voices, and its beginnings."""
    result = {}
    variants = {"S A T B": ((0, 1, 2, 3), len(CHAIN)), "S B A T": ((0, 3, 1, 2), len(CHAIN))}
    variants |= {f"S A T B, up to: {CHAIN[k]}": ((0, 1, 2, 3), k + 1) for k in range(1, 3)}
    for name, (order, num_contexts) in variants.items():
        model = ChoraleCounts(order, num_contexts).fit(train, splits["valid"].frames)
        result[name] = {"discount": model.discount} | {
            side: float(np.concatenate([model.nll(f) for f in split.frames]).mean()) for side, split in splits.items()
        }
    return result


def leak(model: RecurrentPlayer, frames: np.ndarray, step: int) -> Figures:
    """Return the largest changes of nats that must be zero, and one that must not be.

    Args:
        model: the network.
        frames: a piece (T, 4).
        step: the sixteenth after which everything is permuted, and in which tenor and bass are changed.
    """
    permuted, changed = frames.copy(), frames.copy()
    permuted[step + 1 :] = np.random.default_rng(0).permutation(permuted[step + 1 :])
    changed[step, 2:] += np.where(frames[step, 2:] > 50, -1, 1)
    plain, one, two = (nats(model, [example_of(f)])[0] for f in (frames, permuted, changed))
    return {
        "past_changed_by_the_future": float(np.abs(plain[: step + 1] - one[: step + 1]).max()),
        "future_changed_by_permuting_it": float(np.abs(plain[step + 1 :] - one[step + 1 :]).max()),
        "upper_voices_changed_by_the_lower": float(np.abs(plain[step, :2] - two[step, :2]).max()),
    }


def _leaks(model: RecurrentPlayer, split: _Split) -> Figures:
    found: dict[str, list[float]] = {}
    for frames in split.frames[:5]:
        for name, value in leak(model, frames, len(frames) // 2).items():
            found.setdefault(name, []).append(value)
    figures: dict[str, Any] = {name: max(values) for name, values in found.items()}
    figures["pieces"] = min(len(split.frames), 5)
    return figures


def measured(small: bool) -> Figures:
    """Return the figures."""
    style = load_style("bach-chorales")
    splits = {name: _Split.read(name, small) for name in ("test", "valid")}
    models = {"8bit": style.player, "float32": float32_model(keras_network(style))}
    result: Figures = {}
    for side, split in splits.items():
        result[side] = {"pieces": len(split.frames), "symbols": 4 * sum(map(len, split.frames))}
        for name, model in models.items():
            result[side][name] = _summary(nats(model, split.examples))
        result[side]["8bit_within_grammar"] = _summary(nats(models["8bit"], split.examples, possible_events))
        eight, full = (result[side][n]["nats_per_voice_and_16th"] for n in ("8bit", "float32"))
        result[side]["cost_of_8bit_share"] = eight / full - 1
    train = read_frames("train")
    result["counting_models"] = _counting(train[:20] if small else train, splits)
    result["leaks"] = _leaks(models["8bit"], splits["test"])
    own = result["test"]["8bit"]["nats_per_voice_and_16th"]
    result["met"] = {
        "required": own <= REQUIRED,
        "aim": own <= AIM,
        "no_leak": result["leaks"]["past_changed_by_the_future"] == 0
        and result["leaks"]["upper_voices_changed_by_the_lower"] == 0,
        "cost_of_8bit": result["test"]["cost_of_8bit_share"] <= 0.005,
    }
    return result


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    parts = []
    names = {"8bit": "as played (8-bit)", "float32": "float32", "8bit_within_grammar": "8-bit, within the grammar"}
    keys = ("nats_per_voice_and_16th", "mean_of_pieces", "nats_per_16th", *(f"{v.lower()}_nats" for v in VOICE_NAMES))
    for side in ("test", "valid"):
        own = figures[side]
        rows = [[title, *(own[name][key] for key in keys)] for name, title in names.items()]
        header = (f"{side}: nats per", "voice and 16th", "mean of pieces", "16th", *VOICE_NAMES)
        parts += [(f"{side}: {own['pieces']} chorales, {own['symbols']:,} symbols; 8-bit weights cost "
                  f"{100 * own['cost_of_8bit_share']:+.2f} %."), table(header, rows)]  # fmt: skip
    rows = [[name, own["discount"], own["test"], own["valid"]] for name, own in figures["counting_models"].items()]
    leaks = figures["leaks"]
    parts += [
        table(("counting model, nats per voice and 16th", "discount", "test", "valid"), rows),
        (
            f"Nothing leaks ({leaks['pieces']} pieces): permuting the future changes the nats of the past by at most "
            f"{leaks['past_changed_by_the_future']:.1e} "
            f"(its own by up to {leaks['future_changed_by_permuting_it']:.1f}), "
            f"changing tenor and bass those of soprano and alto in the same sixteenth by at most "
            f"{leaks['upper_voices_changed_by_the_lower']:.1e}."
        ),
        f"Required at most {REQUIRED}, aim {AIM}; met: {figures['met']}",
    ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    run(measured, rendered)
