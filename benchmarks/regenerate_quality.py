"""How well a part that is composed again joins what follows it, and how long it takes.

Of held-out music of each style, the first 16 bars (the whole of a chorale of 10 to 15), the middle four bars are
composed again, the rest locked. The join is the nats of the 8 notes after the gap (of a chorale: of the sixteenths up
to the eighth note struck), each event given all that is before it: after the real bars, after a naive fill drawn left
to right without a look at what follows (the mean of several), and after the one that `steer` takes out of its batch.
Share closed is how much of the way from naive to real that goes, (naive - taken) / (naive - real) of the means.

The judge of the first figures is the same network that composes, so they say how well the choice works, not how good
the music is; they are given for folk and chorales. A 5-gram of the training tunes, which has no part in the choice,
judges the folk tunes a second time. All styles are judged by counts of how the lines of their training music move
(`benchmarks.line_judge`), which chose nothing either: the nats of the first notes of each line after the gap.

    python -m benchmarks.regenerate_quality                            all styles
    python -m benchmarks.regenerate_quality --small                    a few pieces of each
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.line_judge import LineJudge
from benchmarks.networks import nats
from benchmarks.report import Figures, run, table
from benchmarks.takes import read_corpus
from musegen.composers.chorale.grid import FIRST_PITCH
from musegen.composers.chorale.reading import read_example
from musegen.composers.gaps import selected_gaps
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style, load_style
from musegen.composers.tune.codec import TICKS_PER_QUARTER, FolkTuneCodec
from musegen.composers.tune.cursor import PITCH
from musegen.engine.codec import Codec, Example
from musegen.errors import MusegenError
from musegen.evaluation.ngram import KneserNeyNgram, fit_ngram
from musegen.music import Piece
from musegen.music.timing import num_bars
from musegen.music.transform import slice_bars
from musegen.services.judging.held_out import held_out_pieces
from musegen.services.making.steer import steer
from musegen.services.styles import abilities_of, list_styles

NUM_BARS, GAP_BARS, NOTES_AFTER, NAIVE_FILLS = 16, 4, 8, 3
LEAST_BARS = {"folk": 16, "bach-chorales": 10}
MOST_PIECES = {"folk": 100, "bach-chorales": 80}
MOST_OTHERS, MOST_COUNTED, WINDOWS = 60, 200, 4
"""Cases of the other styles, training pieces that the judge of lines counts, and cases of one piece at most."""
AIM = 0.5
JUDGES = {"lines": "counts of lines", "join": "its network", "five_gram": "a 5-gram"}
ORDER, DISCOUNTS = 5, (0.7, 0.8, 0.85, 0.9, 0.93)


@dataclass(frozen=True, slots=True)
class Case:
    """A piece with bars to compose again: the request, and where what follows begins, in quarters."""

    request: SteerRequest
    after: float


def cases(style: Style, pieces: dict[str, Piece], most: int) -> list[Case]:
    """Return the cases of held-out pieces, in their order."""
    result = []
    for piece in pieces.values():
        try:
            piece = style.composer.workpiece(SteerRequest(style.card.style_id, "vary", piece), style).piece
            if num_bars(piece) < LEAST_BARS.get(style.card.style_id, NUM_BARS):
                continue
            bars = min(NUM_BARS, num_bars(piece))
            piece = slice_bars(piece, 0, bars + (piece.pickup_quarter > 0))
            first = (bars - GAP_BARS) // 2 + 1
            request = SteerRequest(
                style.card.style_id,
                "regenerate",
                piece,
                bars=(first, first + GAP_BARS - 1),
                temperature=style.card.temperature,
                **style.card.sampling,
            )
            ground = style.composer.workpiece(request, style)
            after = max(gap.end for gap in selected_gaps(request, ground.piece, ground.end))
        except MusegenError:
            continue
        result.append(Case(replace(request, piece=ground.piece), after))
        if len(result) == most:
            break
    return result


def after_gap(codec: Codec, piece: Piece, after: float) -> tuple[Example, np.ndarray, np.ndarray]:
    """Return a piece as read, the events of the notes after a gap, boolean (T, K), and which could come, (T, K, V)."""
    if isinstance(codec, FolkTuneCodec):
        events = codec.encode(piece)
        cursor, counted, allowed, notes = codec.cursor(), [], [], 0
        for event in events.tolist():
            counted.append(cursor.now >= round(after * TICKS_PER_QUARTER) and notes < NOTES_AFTER)
            notes += counted[-1] and event >= PITCH
            allowed.append(cursor.allowed())
            cursor.push(event)
        return codec.example(events), np.array(counted)[:, None], np.array(allowed)[:, None]
    example = read_example(codec.to_grid(piece), known=True)
    step = round(after * 4)
    struck = np.cumsum((example.target[step:] >= FIRST_PITCH).sum(1))
    stop = step + int(np.searchsorted(struck, NOTES_AFTER)) + 1
    counted = np.zeros(example.target.shape, bool)
    counted[step:stop] = True
    return example, counted, np.ones((*counted.shape, 48), bool)


def joins(style: Style, pieces: list[Piece], afters: list[float]) -> np.ndarray:
    """Return the nats of the notes after the gap of each piece."""
    read = [after_gap(style.codec, piece, after) for piece, after in zip(pieces, afters, strict=True)]
    masks = {id(example): allowed for example, _, allowed in read}
    values = nats(style.player, [example for example, _, _ in read], lambda example: masks[id(example)])
    return np.array([float(v[counted].sum()) for v, (_, counted, _) in zip(values, read, strict=True)])


def judged(model: KneserNeyNgram, codec: FolkTuneCodec, pieces: list[Piece], afters: list[float]) -> np.ndarray:
    """Return the same of an n-gram."""
    result = []
    for piece, after in zip(pieces, afters, strict=True):
        example, counted, _ = after_gap(codec, piece, after)
        result.append(float(model.nll(example.target[:, 0])[counted[:, 0]].sum()))
    return np.array(result)


def fit_judge(codec: FolkTuneCodec, corpus: dict[str, dict[str, Piece]], small: bool) -> KneserNeyNgram:
    """Return the 5-gram of the training tunes."""
    train, valid = ([codec.encode(p) for p in list(corpus[side].values())[: 100 if small else None]]
                    for side in ("train", "valid"))  # fmt: skip
    return fit_ngram(train, valid[:100], len(codec.vocabulary), ORDER, DISCOUNTS)


def share_closed(real: np.ndarray, naive: np.ndarray, taken: np.ndarray) -> float:
    """Return how much of the way from naive to real is gone, of the means."""
    return float((naive.mean() - taken.mean()) / (naive.mean() - real.mean()))


def windows(pieces: dict[str, Piece]) -> dict[str, Piece]:
    """Return stretches of 16 bars of pieces, some of each, where they are long enough."""
    found = {}
    for name, piece in pieces.items():
        pickup = int(piece.pickup_quarter > 0)
        for number in range(min(num_bars(piece) // NUM_BARS, WINDOWS)):
            begin = number * NUM_BARS
            found[f"{name}/{number}"] = slice_bars(piece, begin + pickup * (begin > 0), NUM_BARS + pickup * (not begin))
    return found


def _by_lines(style: Style, own: list[Case], taken: list[Piece], naive: list[list[Piece]], small: bool) -> Figures:
    """Return how the join is judged by counts of lines."""
    train, valid = (
        [item.piece for item in held_out_pieces(style.card.style_id, split)][: 40 if small else MOST_COUNTED]
        for split in ("train", "valid")
    )
    judge = LineJudge(train, valid[:40])

    def nats_of(pieces: list[Piece]) -> np.ndarray:
        return np.array([judge.nats(p, case.after, NOTES_AFTER) for p, case in zip(pieces, own, strict=True)])

    alone = np.mean([nats_of(fills) for fills in naive], axis=0)
    return _compared(nats_of([case.request.piece for case in own]), alone, nats_of(taken))


def _compared(real: np.ndarray, naive: np.ndarray, taken: np.ndarray) -> Figures:
    spread = np.random.default_rng(0).integers(len(real), size=(2000, len(real)))  # bootstrap over pieces
    closed = [share_closed(real[rows], naive[rows], taken[rows]) for rows in spread]
    return {
        "real_nats": real.mean(),
        "naive_nats": naive.mean(),
        "taken_nats": taken.mean(),
        "share_closed": share_closed(real, naive, taken),
        "share_closed_95_percent_interval": [float(q) for q in np.quantile(closed, (0.025, 0.975))],
        "pieces_better_than_naive_share": float((taken < naive).mean()),
    }


def measured(small: bool) -> Figures:
    """Return the figures of all styles that can be changed in parts."""
    return {card.style_id: _measured(card.style_id, small) for card in list_styles() if abilities_of(card).actions}


def _measured(style_id: str, small: bool) -> Figures:
    """Return the figures of one style."""
    style, by_network = load_style(style_id), style_id in LEAST_BARS
    if by_network:
        corpus = read_corpus(style_id)
        own = cases(style, corpus["test"], 4 if small else MOST_PIECES[style_id])
    else:
        pieces = {str(index): item.piece for index, item in enumerate(held_out_pieces(style_id, "test"))}
        own = cases(style, windows(pieces), 4 if small else MOST_OTHERS)
    afters = [case.after for case in own]
    real = [case.request.piece for case in own]
    taken, seconds = [], []
    for case in own:
        begun = time.process_time()
        taken.append(steer(case.request).takes[0].piece)
        seconds.append(time.process_time() - begun)
    naive = [
        [steer(replace(case.request, candidates=1, random_seed=seed)).takes[0].piece for case in own]
        for seed in range(1, NAIVE_FILLS + 1)
    ]
    figures: Figures = {
        "pieces": len(own),
        "candidates": own[0].request.candidates,
        "milliseconds": {
            "min": min(seconds) * 1e3, "median": float(np.median(seconds)) * 1e3, "max": max(seconds) * 1e3
        },
        "lines": _by_lines(style, own, taken, naive, small),
    }  # fmt: skip
    if by_network:
        alone = np.mean([joins(style, fills, afters) for fills in naive], axis=0)
        figures["join"] = _compared(joins(style, real, afters), alone, joins(style, taken, afters))
    if style_id == "folk":
        judge = fit_judge(style.codec, corpus, small)
        alone = np.mean([judged(judge, style.codec, fills, afters) for fills in naive], axis=0)
        figures["five_gram"] = _compared(
            judged(judge, style.codec, real, afters), alone, judged(judge, style.codec, taken, afters)
        )
    figures["met"] = bool(figures["lines"]["share_closed"] >= AIM)
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    rows, parts = [], []
    for style_id, own in figures.items():
        for judge in JUDGES:
            if judge in own:
                f = own[judge]
                low, high = f["share_closed_95_percent_interval"]
                name = f"{style_id}, judged by {JUDGES[judge]}"
                values = [f[k] for k in ("real_nats", "naive_nats", "taken_nats", "share_closed")]
                rows.append([name, *values, f"{low:.2f} to {high:.2f}", f["pieces_better_than_naive_share"]])
        times = own["milliseconds"]
        parts.append(
            f"{style_id}: {own['pieces']} pieces, {own['candidates']} candidates; {times['median']:.0f} ms of the "
            f"processor ({times['min']:.0f} to {times['max']:.0f}) for four bars. "
            f"Met (at least {AIM} closed): {own['met']}"
        )
    header = ("nats of 8 notes after", "real", "naive", "taken", "share closed", "95 %", "better than naive")
    return "\n\n".join([table(header, rows), *parts])


if __name__ == "__main__":
    run(measured, rendered)
