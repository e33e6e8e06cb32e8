"""How the takes of each style stand beside its own music: overlap areas, entropy and groove, ends, newness, returns.

    python -m benchmarks.style_quality                     every style that is published
    python -m benchmarks.style_quality --styles folk jazz  some

Takes (50) are invented with the style's own settings and the random seeds 0 to 49; none is left out or made again.

- Overlap (`musegen.evaluation.overlap`): the nine features of Yang and Lerch. In each of 5 seeded splits as many
  windows are drawn of the music learned from as there are takes (or windows of held-out music, where those are fewer);
  how like the takes are to them stands beside how like held-out windows are. The aim is 0.8 of that on six features.
- Entropy of pitch classes over 1 and 4 bars and groove similarity (`musegen.evaluation.structure`), beside held-out
  windows and the interval that holds the mean of so many of them in 95 of 100 draws with replacement.
- What returns (`structure.repetition`), with melodic memory and, where the style has one, without.
- The share of takes that end as the style's music does, beside whole held-out pieces.
- The longest run of notes shared with the training music, beside that of held-out windows.
- The time of one take of 16 bars or 30 seconds, the first, which loads the style, left out: of the processor, which
  is what one waits where nothing else runs, and by the clock.

Windows are of as many bars as takes are compared in, openings first; further windows of a piece are used only where
held-out pieces are fewer than takes, and then of the training pieces too. Shorter pieces are left out.
"""

import argparse
import json
import logging
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.report import Figures, plain, table
from benchmarks.style_records import RECORDS, StyleRecord, count_windows
from benchmarks.takes import Corpus
from musegen.evaluation.originality import OriginalityIndex, lines_of
from musegen.evaluation.overlap import FEATURES, compare, features_of, has_features
from musegen.evaluation.structure import groove_similarity, repetition, windowed_entropy
from musegen.evaluation.windows import windows
from musegen.music import Piece
from musegen.music.timing import num_bars
from musegen.paths import checkpoints_dir
from musegen.services.making.compose import compose
from musegen.styles.card import StyleCard, load_card

NUM_TAKES, SPLITS, TIMED, RESAMPLES = 50, 5, 10, 2000
AIM, AIM_FEATURES = 0.8, 6
STRUCTURE = {
    "entropy_1_bar": lambda piece: windowed_entropy(piece, 1),
    "entropy_4_bars": lambda piece: windowed_entropy(piece, 4),
    "groove_similarity": groove_similarity,
}
CARD_NAMES = ("windows_measured", "overlap_with_training_music", "overlap_of_held_out_music",
              "features_where_that_is_0.8_of_held_out_music", "share_ending_well", "seconds_to_compose",
              *(f"{name}_of_{of}" for name in STRUCTURE for of in ("takes", "held_out_windows")),
              *(f"bars_returning_{of}" for of in ("in_takes", "without_memory", "in_held_out_windows")))  # fmt: skip
"""What `on_card` returns, in this order; a style has most of them."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """How much is measured."""

    takes: int
    splits: int
    timed: int
    pieces: int | None


def _scale(small: bool) -> _Scale:
    return _Scale(4, 2, 1, 40) if small else _Scale(NUM_TAKES, SPLITS, TIMED, None)


def pool(corpus: Corpus, bars: int, rounds: int) -> list[tuple[str, int]]:
    """Return (name, index of the window) of the first windows of every piece that has any."""
    return [(name, i) for name, piece in corpus.items() for i in range(min(count_windows(piece, bars), rounds))]


class _Windows:
    """The windows of a corpus, cut when they are drawn."""

    def __init__(self, corpus: Corpus, bars: int, rounds: int) -> None:
        self._corpus, self._bars, self._pool = corpus, bars, pool(corpus, bars, rounds)

    def __len__(self) -> int:
        return len(self._pool)

    def draw(self, count: int, random: np.random.Generator) -> list[Piece]:
        """Return so many different windows, fewer where there are not as many that have features."""
        found: list[Piece] = []
        for place in random.permutation(len(self._pool)):
            name, index = self._pool[place]
            window = list(windows(self._corpus[name], self._bars))[index]
            if has_features(window):
                found.append(window)
            if len(found) == count:
                break
        return found


def _rounds(held_out: Corpus, bars: int, wanted: int) -> int:
    """Return how many windows of a piece are needed at most for so many of all held-out pieces."""
    counts = [count_windows(piece, bars) for piece in held_out.values()]
    most = max(counts, default=0)
    return next((r for r in range(1, most + 1) if sum(min(c, r) for c in counts) >= wanted), max(most, 1))


def overlaps(takes: list[Piece], train: _Windows, held_out: _Windows, splits: int) -> Figures:
    """Return the overlap areas and divergences of takes and of held-out windows with training windows, by feature."""
    count = min(len(takes), len(train), len(held_out))
    made = features_of(takes[:count])
    found: dict[str, list] = {name: [] for name in FEATURES}
    for split in range(splits):
        random = np.random.default_rng(split)
        real, other = (features_of(side.draw(count, random)) for side in (train, held_out))
        by_takes, by_others = compare(real, made), compare(real, other)
        for name in FEATURES:
            found[name].append([by_takes[name].area, by_others[name].area,
                                by_takes[name].divergence, by_others[name].divergence])  # fmt: skip
    rows = {}
    for name, values in found.items():
        area, real_area, divergence, real_divergence = np.mean(values, axis=0)
        rows[name] = {"area": area, "real_area": real_area, "share_of_real": area / real_area,
                      "share_lowest": float(np.min(np.array(values)[:, 0] / np.array(values)[:, 1])),
                      "divergence": divergence, "real_divergence": real_divergence}  # fmt: skip
    reached = sum(row["share_of_real"] >= AIM for row in rows.values())
    return {"windows": count, "splits": splits, "features": rows, "features_reached": reached,
            "met": bool(reached >= AIM_FEATURES)}  # fmt: skip


def _structure(takes: list[Piece], real: list[Piece]) -> Figures:
    random, result = np.random.default_rng(0), {}
    for name, function in STRUCTURE.items():
        own, others = (np.array([function(piece) for piece in side]) for side in (takes, real))
        others = others[~np.isnan(others)]
        means = others[random.integers(len(others), size=(RESAMPLES, len(takes)))].mean(1)
        low, high = np.quantile(means, (0.025, 0.975))
        result[name] = {"takes": np.nanmean(own), "held_out": others.mean(), "low": low, "high": high}
    return result


def _repetitions(groups: dict[str, list[Piece]]) -> Figures:
    result: Figures = {}
    for group, pieces in groups.items():
        rows = [repetition(piece) for piece in pieces]
        for name in rows[0]:
            values = np.array([row[name] for row in rows])
            values = values[~np.isnan(values)]
            result.setdefault(name, {})[group] = values.mean() if len(values) else None
    return result


def _ends(record: StyleRecord, takes: list[Piece], held_out: Corpus) -> Figures:
    return {
        name: {"takes": float(np.mean([good(p) for p in takes])),
               "held_out": float(np.mean([good(p) for p in held_out.values()]))}
        for name, good in record.ends.items()
    }  # fmt: skip


def _runs(index: OriginalityIndex, record: StyleRecord, pieces: list[Piece]) -> Figures:
    lengths = [index.longest(lines_of(piece, played=record.played)).num_notes for piece in pieces]
    return {"median": float(np.median(lengths)), "p90": float(np.quantile(lengths, 0.9)), "max": max(lengths)}


def _times(record: StyleRecord, card: StyleCard, count: int) -> Figures:
    clocks = (time.process_time, time.perf_counter)
    rows = []
    for seed in range(count):
        begun = [clock() for clock in clocks]
        compose(record.timed(card, 1000 + seed))
        rows.append([clock() - start for clock, start in zip(clocks, begun, strict=True)])
    processor, waited = np.array(rows).T
    return {"length": record.timed_length, "takes": count, "processor_median": float(np.median(processor)),
            "processor_most": float(processor.max()), "waited_median": float(np.median(waited))}  # fmt: skip


def measure_style(record: StyleRecord, small: bool) -> Figures:
    """Return the figures of one style."""
    scale, card = _scale(small), load_card(checkpoints_dir() / record.style_id)
    train, held_out = record.read()
    if scale.pieces:
        train, held_out = (dict(list(side.items())[: scale.pieces]) for side in (train, held_out))
    requests = [record.request(card, seed) for seed in range(scale.takes)]
    whole = [compose(request).takes[0].piece for request in requests]
    heard = [record.heard(piece) for piece in whole]
    cut = [next(windows(piece, record.num_bars), piece) for piece in heard]
    rounds = _rounds(held_out, record.num_bars, scale.takes)
    sides = [_Windows(side, record.num_bars, rounds) for side in (train, held_out)]
    real = sides[1].draw(max(scale.takes, 2), np.random.default_rng(0))
    groups = {"memory": cut, "held_out": real}
    if record.memory_off:
        without = [record.heard(record.memory_off(request)) for request in requests]
        groups["no_memory"] = [next(windows(piece, record.num_bars), piece) for piece in without]
    index = OriginalityIndex.of(
        list(train),
        [lines_of(piece, played=record.played) for piece in train.values()],
        rhythm=not record.played,
    )
    return {
        "takes": len(whole),
        "settings": {"temperature": card.temperature, **card.sampling},
        "num_bars": record.num_bars,
        "window_bars_of_takes": float(np.mean([num_bars(piece) for piece in cut])),
        "training_pieces": len(train),
        "held_out_pieces": len(held_out),
        "windows_a_piece": rounds,
        "overlap": overlaps(cut, *sides, scale.splits),
        "structure": _structure(cut, real),
        "repetition": _repetitions(groups),
        "ends": _ends(record, heard, held_out),
        "shared_runs": {"takes": _runs(index, record, cut), "held_out": _runs(index, record, real)},
        "time": _times(record, card, scale.timed),
    }


def published() -> list[str]:
    """Return the styles that have a record and are there."""
    return [style_id for style_id in RECORDS if (checkpoints_dir() / style_id / "card.json").exists()]


def measured(small: bool, styles: tuple[str, ...] = ()) -> Figures:
    """Return the figures of styles, all that are published unless some are named."""
    return {style_id: measure_style(RECORDS[style_id], small) for style_id in styles or published()}


# ------------------------------------------------------------------------------------------------------- in words


def _overlap_words(own: Figures) -> str:
    found = own["overlap"]
    return (
        f"{found['windows']} takes beside as many windows of {own['num_bars']} bars, {found['splits']} splits, "
        f"{own['training_pieces']} training and {own['held_out_pieces']} held-out pieces. At least {AIM:g} of "
        f"real-against-real on {found['features_reached']} of {len(FEATURES)} features (aim {AIM_FEATURES}): "
        f"{'met' if found['met'] else 'not met'}."
    )


def style_text(style_id: str, own: Figures) -> str:
    """Return the figures of one style as text."""
    settings = ", ".join(f"{name.replace('_', '-')} {value:g}" for name, value in own["settings"].items())
    features = [
        [name.replace("_", " "), *(f[k] for k in ("area", "real_area", "share_of_real", "share_lowest", "divergence",
                                                  "real_divergence"))]
        for name, f in own["overlap"]["features"].items()
    ]  # fmt: skip
    structure = [[n.replace("_", " "), f["takes"], f["held_out"], f["low"], f["high"]]
                 for n, f in own["structure"].items()]  # fmt: skip
    memory = any("no_memory" in f for f in own["repetition"].values())
    names = ("memory", "no_memory", "held_out") if memory else ("memory", "held_out")
    titles = ("takes", "takes, memory off", "held-out") if memory else ("takes", "held-out")
    returns = [[n.replace("_", " "), *(f.get(k) for k in names)] for n, f in own["repetition"].items()]
    ends = [[n, 100 * f["takes"], 100 * f["held_out"]] for n, f in own["ends"].items()]
    runs = [[n, *(own["shared_runs"][k][f] for f in ("median", "p90", "max"))]
            for n, k in (("takes", "takes"), ("held-out", "held_out"))]  # fmt: skip
    spent = own["time"]
    return "\n\n".join([
        f"{style_id}: {own['takes']} takes, {settings}. " + _overlap_words(own),
        *([RECORDS[style_id].words] if RECORDS[style_id].words else []),
        table(("feature", "takes' overlap area", "real-against-real", "share of it", "in the worst split",
               "takes' divergence", "held-out divergence"), features, 2),
        table(("mean", "takes", "held-out", "95 % from", "to"), structure),
        table(("share, what returns", *titles), returns),
        table(("percent that end", "takes", "held-out"), ends, 0),
        table(("longest run shared with training music", "median", "90 %", "most"), runs, 0),
        (f"{spent['length']} take {spent['processor_median']:.2f} s of one processor (median of {spent['takes']}, most "
         f"{spent['processor_most']:.2f} s); on the machine that measured, with what else it did, one waits "
         f"{spent['waited_median']:.2f} s."),
    ])  # fmt: skip


def rendered(figures: Figures) -> str:
    """Return the figures of styles as text."""
    return "\n\n".join(style_text(style_id, own) for style_id, own in figures.items())


def on_card(own: Figures) -> Figures:
    """Return the figures of a style that go on its card, by the names of `CARD_NAMES`."""
    features, returns = own["overlap"]["features"].values(), own["repetition"]["bars_returning"]
    values = {
        "windows_measured": own["overlap"]["windows"],
        "overlap_with_training_music": float(np.mean([f["area"] for f in features])),
        "overlap_of_held_out_music": float(np.mean([f["real_area"] for f in features])),
        "features_where_that_is_0.8_of_held_out_music": f"{own['overlap']['features_reached']} of {len(FEATURES)}",
        "share_ending_well": list(own["ends"].values())[-1]["takes"],
        "seconds_to_compose": own["time"]["processor_median"],
        "bars_returning_in_takes": returns["memory"],
        "bars_returning_without_memory": returns.get("no_memory"),
        "bars_returning_in_held_out_windows": returns["held_out"],
    }
    for name, f in own["structure"].items():
        values |= {f"{name}_of_takes": f["takes"], f"{name}_of_held_out_windows": f["held_out"]}
    return {name: values[name] for name in CARD_NAMES if values.get(name) is not None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", nargs="+", choices=list(RECORDS), default=[], help="which; all that are published")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument("--small", action="store_true", help="a quick, rough version, to see that it runs")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    figures = plain(measured(options.small, tuple(options.styles)))
    print(json.dumps(figures, indent=1) if options.json else rendered(figures))


if __name__ == "__main__":
    main()
