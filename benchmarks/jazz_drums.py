"""The drums of the jazz band as rules have them and as counted from jazz drummers: which are nearer to other drummers?

The swing of the Groove MIDI Dataset (in 4/4, where time is kept) is cut into triplets of eighths. Each drummer in turn
is held out. Counted from the other four: how likely each drum is struck (`band/jazz_drummer`). Counted in the same way
from as many bars that the rules of `band/drums` play at the same tempos: what the rules expect. Of the drummer held
out: the nats a stroke of both (all questions, divided by the strokes). Then sixteen bars at a time are played by both,
and of each feature of a bar the overlap of its histogram with the drummer's is taken.

    python -m benchmarks.jazz_drums
"""

from itertools import pairwise

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.band.drums import drum_track
from musegen.band.groove import groove_of
from musegen.band.jazz_drummer import SLOTS, STEPS, SwingCounts, chance, contexts, count, draw_swing
from musegen.corpora.groove import DRUMS, read_swing, strokes_of
from musegen.music import Piece
from musegen.music.chart import parse_chart
from musegen.music.swing import swung as swing_piece

BARS = 16
_CHART = "C | % | % | % | F | % | C | % | G7 | F7 | C | G7 | C | % | F | G7"
_ORDERS, _TRIPLETS = 3, 2 / 3


def by_rules(qpm: float, seed: int, num_bars: int = BARS) -> np.ndarray:
    """Return what the band's drummer plays for a chart, its last bar left out, swung onto triplets."""
    groove = groove_of(parse_chart(_CHART), num_bars + 1, qpm, "swing")
    track = drum_track(groove, np.random.default_rng(seed), by_rules=True)
    swung = swing_piece(Piece((track,), swing=_TRIPLETS))
    velocity, _ = strokes_of(swung, SLOTS)
    return (velocity[: num_bars * STEPS] > 0).astype(np.int8)


def nats_a_stroke(counts: SwingCounts, plays: list[np.ndarray], order: int = _ORDERS) -> float:
    """Return the mean nats of music a stroke."""
    nats = 0.0
    for hits in plays:
        for step in range(len(hits)):
            for drum in range(len(DRUMS)):
                likely = chance(counts, contexts(hits, step, drum)[:order])
                nats -= np.log(likely if hits[step, drum] else 1 - likely)
    return nats / max(sum(int(hits.sum()) for hits in plays), 1)


def features(plays: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Return numbers of each bar, by name."""
    bars = np.concatenate([hits.reshape(-1, STEPS, len(DRUMS)) for hits in plays]).astype(int)
    pairs = [pair for hits in plays for pair in pairwise(hits.reshape(-1, STEPS * len(DRUMS)).astype(int))]
    same = [1 - np.abs(a - b).sum() / max(a.sum() + b.sum(), 1) for a, b in pairs]
    return {
        "strokes": bars.sum((1, 2)),
        "kick": bars[:, :, 0].sum(1),
        "snare": bars[:, :, 1].sum(1),
        "ride and hats struck": bars[:, :, [2, 3, 5]].sum((1, 2)),
        "pedal": bars[:, :, 4].sum(1),
        "crash and toms": bars[:, :, 6:].sum((1, 2)),
        "off the beat": bars[:, [s for s in range(STEPS) if s % SLOTS]].sum((1, 2)),
        "same as the bar before": np.round(np.array(same) * 10),
    }


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the common share of two histograms of whole numbers."""
    size = int(max(a.max(), b.max())) + 1
    first, second = (np.bincount(x.astype(int), minlength=size) / len(x) for x in (a, b))
    return float(np.minimum(first, second).sum())


def measured(small: bool) -> Figures:
    """Return the figures: by drummer the nats of both, and the mean overlap of each feature."""
    all_clips = read_swing()
    names = sorted({clip.drummer for clip in all_clips})
    own = {name: [clip for clip in all_clips if clip.drummer == name] for name in names}
    struck = {name: [(clip.velocity > 0).astype(np.int8) for clip in own[name]] for name in names}
    counts = {name: count(struck[name]) for name in names}
    figures: Figures = {"drummers": {}, "overlap": {}}
    found: dict[str, dict[str, list[float]]] = {}
    for name in names:
        others = [other for other in names if other != name]
        learned = counts[others[0]]
        for other in others[1:]:
            learned = learned + counts[other]
        tempos = [clip.qpm for other in others for clip in own[other]]
        rules = [by_rules(tempos[i % len(tempos)], i) for i in range(12 if small else 80)]
        plays = struck[name]
        by_count = count(rules)
        figures["drummers"][name] = {
            "bars": sum(len(hits) for hits in plays) // STEPS,
            "rules": nats_a_stroke(by_count, plays),
            "rules, place alone": nats_a_stroke(by_count, plays, 1),
            "learned, place alone": nats_a_stroke(learned, plays, 1),
            "learned": nats_a_stroke(learned, plays),
        }
        qpms = [clip.qpm for clip in own[name]]
        made = {
            "rules": [by_rules(qpms[i % len(qpms)], 1000 + i) for i in range(8 if small else 40)],
            "learned": [draw_swing(learned, BARS, np.random.default_rng(i)) for i in range(8 if small else 40)],
        }
        real = features(plays)
        for kind, music in made.items():
            for feature, values in features(music).items():
                found.setdefault(feature, {}).setdefault(kind, []).append(overlap(values, real[feature]))
        for feature, values in real.items():  # how near the other drummers themselves are
            rest = features([hits for other in others for hits in struck[other]])[feature]
            found[feature].setdefault("other drummers", []).append(overlap(rest, values))
    figures["overlap"] = {
        feature: {kind: float(np.mean(values)) for kind, values in kinds.items()} for feature, kinds in found.items()
    }
    return figures


def rendered(figures: Figures) -> str:
    """Return the two tables."""
    names = ("bars", "rules", "rules, place alone", "learned, place alone", "learned")
    kinds = ("rules", "learned", "other drummers")
    first = table(("nats a stroke of", *names), [[who, *(own[n] for n in names)] for who, own in
                                                 figures["drummers"].items()])  # fmt: skip
    rows = [[feature, *(own[kind] for kind in kinds)] for feature, own in figures["overlap"].items()]
    rows.append(["mean", *(float(np.mean([own[kind] for own in figures["overlap"].values()])) for kind in kinds)])
    return f"{first}\n\n{table(('overlap with the drummer held out', *kinds), rows)}"


if __name__ == "__main__":
    run(measured, rendered)
