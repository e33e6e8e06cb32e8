"""How well the quartet style predicts quartets it has never seen, beside counting models of the same answers.

Of each movement of the test split (works are split by name, so no quartet is on two sides) the first 1,200 rows are
read as the app plays it, with the 8-bit graphs: of every note how long after the note before, in which part, which
pitch, how long; each in nats, given all notes before and nothing after, the bars and the key of the score being told
and the length not. END and waiting count for the notes beside them. "Without memory" the network is not shown what was
played one, two and four bars before.

The counting models are interpolated Kneser-Ney n-grams, fitted to all training movements, their discount and order
chosen on the validation works. Each answer has two: of the pitch, all notes in a row and those of each part by itself
(which the part, answered before, allows); of the length likewise; of the step, by itself and with the parts between; of
the part, by itself and with the steps between. The sum is of the better of each two. "All answers in a row" is one
n-gram of the stream that the network reads.

The interval holds the difference in 95 of 100 draws of works with replacement. Where the style is not published only
the counting models are measured.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.networks import nats
from benchmarks.report import Figures, run, table
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.frame import frame_of
from musegen.composers.parts.grid import DURATION, PART, PITCH, QUARTET, STEP, ScoreLayout
from musegen.composers.parts.rows import ScoreRows, answers_of, notes_of, whole_rows
from musegen.composers.style import load_style
from musegen.corpora.openscore_quartets import read_quartets
from musegen.corpora.quartet_scores import read_more_quartets
from musegen.corpora.score_piece import ScorePiece
from musegen.engine.codec import Example
from musegen.evaluation.ngram import KneserNeyNgram, fit_ngram
from musegen.paths import checkpoints_dir

STYLE, ROWS, VALID_ROWS, RESAMPLES, AIM = "string-quartet", 1200, 400, 2000, 0.2
DISCOUNTS = (0.7, 0.8, 0.9, 0.95)
NAMES = {"step": STEP, "part": PART, "pitch": PITCH, "duration": DURATION}
_LAYOUT = ScoreLayout(QUARTET, dynamics=False)
_STEPS, _PARTS = int(_LAYOUT.size[STEP]), int(_LAYOUT.size[PART])


@dataclass(frozen=True, slots=True)
class _Stream:
    """What a counting model reads.

    Args:
        answer: which answer it is a model of.
        size: of its alphabet.
        orders: tried.
        sequences: from the answers of a movement, (R, 4), to sequences and which of their events are that answer.
    """

    answer: int
    size: int
    orders: tuple[int, ...]
    sequences: Callable[[np.ndarray], list[tuple[np.ndarray, np.ndarray]]]


def _all(events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return events, np.ones(len(events), bool)


def _step_and_part(answers: np.ndarray, wanted: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return steps and parts in turn, as the network is asked for them."""
    events = np.column_stack([answers[:, STEP], _STEPS + answers[:, PART]]).reshape(-1)
    return [(events, np.tile(np.array([STEP, PART]) == wanted, len(answers)))]


def _notes(answers: np.ndarray, answer: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [_all(answers[answers[:, PITCH] >= 0, answer])]


def _by_part(answers: np.ndarray, answer: int) -> list[tuple[np.ndarray, np.ndarray]]:
    parts = [answers[answers[:, PART] == part, answer] for part in range(_LAYOUT.num_parts)]
    return [_all(events) for events in parts if len(events)]


def _stream_of_codec(answers: np.ndarray, answer: int) -> list[tuple[np.ndarray, np.ndarray]]:
    events = np.where(answers < 0, _LAYOUT.none, answers + _LAYOUT.first)
    return [(events.reshape(-1), (answers >= 0).reshape(-1))]


_PITCHES, _DURATIONS = int(_LAYOUT.size[PITCH]), int(_LAYOUT.size[DURATION])
STREAMS = {
    "step by itself": _Stream(STEP, _STEPS, (8,), lambda a: [_all(a[:, STEP])]),
    "step, parts between": _Stream(STEP, _STEPS + _PARTS, (8, 12), lambda a: _step_and_part(a, STEP)),
    "part by itself": _Stream(PART, _PARTS, (8,), lambda a: [_all(a[:, PART])]),
    "part, steps between": _Stream(PART, _STEPS + _PARTS, (8, 12), lambda a: _step_and_part(a, PART)),
    "pitch, all in a row": _Stream(PITCH, _PITCHES, (5,), lambda a: _notes(a, PITCH)),
    "pitch in its part": _Stream(PITCH, _PITCHES, (3, 5, 8), lambda a: _by_part(a, PITCH)),
    "duration, all in a row": _Stream(DURATION, _DURATIONS, (5,), lambda a: _notes(a, DURATION)),
    "duration in its part": _Stream(DURATION, _DURATIONS, (5, 8, 12), lambda a: _by_part(a, DURATION)),
}
ALL_IN_A_ROW = _Stream(-1, _LAYOUT.num_events, (8,), lambda a: _stream_of_codec(a, -1))


def _movements(split: str) -> list[ScorePiece]:
    return [*read_quartets(split), *read_more_quartets(split)]


def _rows(piece: ScorePiece, num_rows: int | None) -> ScoreRows:
    return whole_rows(notes_of(piece.piece, _LAYOUT)[0], _LAYOUT, ended=True).take(slice(0, num_rows))


def _examples(pieces: list[ScorePiece], *, memory: bool) -> list[Example]:
    """Return the beginnings of movements as the network reads them, their lengths not told."""
    codec = ScoreCodec(_LAYOUT)
    examples = []
    for piece in pieces:
        end = max(round(piece.piece.end_quarter * 24), 1)
        frame = frame_of(piece.piece, _LAYOUT.num_parts, end, own=piece.own, memory=memory)
        examples.append(codec.reading.read(_rows(piece, ROWS), replace(frame, last_bar=None)))
    return examples


def _counted(stream: _Stream, sides: dict[str, list[np.ndarray]]) -> tuple[Figures, np.ndarray]:
    """Return the order chosen, and the nats of each test movement under it; chosen on the validation movements."""
    sequences = {side: [s for answers in found for s, _ in stream.sequences(answers)] for side, found in sides.items()}
    best: tuple[float, int, KneserNeyNgram] | None = None
    for order in stream.orders:
        model = fit_ngram(sequences["train"], sequences["valid"], stream.size, order, DISCOUNTS)
        value = _nats_of(model, stream, sides["valid"]).sum()
        if best is None or value < best[0]:
            best = (value, order, model)
    test = _nats_of(best[2], stream, sides["test"])
    valid = best[0] / sum(int((answers[:, PITCH] >= 0).sum()) for answers in sides["valid"])
    return {"order": best[1], "discount": best[2].discount, "valid": float(valid)}, test


def _nats_of(model: KneserNeyNgram, stream: _Stream, side: list[np.ndarray]) -> np.ndarray:
    return np.array([sum(model.nll(s)[asked].sum() for s, asked in stream.sequences(a)) for a in side])


def _per_note(values: np.ndarray, notes: np.ndarray, groups: list[str]) -> Figures:
    """Return the mean of nats of movements, a note, and the interval that works drawn with replacement give it."""
    names = sorted(set(groups))
    member = np.array([[group == name for group in groups] for name in names], float)
    drawn = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    means = (member @ values)[drawn].sum(1) / (member @ notes)[drawn].sum(1)
    return {
        "mean": float(values.sum() / notes.sum()),
        "interval": [float(q) for q in np.quantile(means, (0.025, 0.975))],
    }


def _floors(sides: dict[str, list[np.ndarray]], *, whole: bool) -> tuple[Figures, np.ndarray]:
    """Return the figures of all counting models, and the nats (M, 4) of the better of each answer's two."""
    notes = sum(int((answers[:, PITCH] >= 0).sum()) for answers in sides["test"])
    figures: Figures = {}
    best: dict[int, tuple[float, np.ndarray]] = {}
    streams = STREAMS | ({"all answers in a row": ALL_IN_A_ROW} if whole else {})
    for name, stream in streams.items():
        chosen, values = _counted(stream, sides)
        figures[name] = chosen | {"test": float(values.sum() / notes)}
        if stream.answer >= 0 and (stream.answer not in best or chosen["valid"] < best[stream.answer][0]):
            best[stream.answer] = (chosen["valid"], values)
    return figures, np.column_stack([best[answer][1] for answer in NAMES.values()])


def measured(small: bool) -> Figures:
    """Return the figures."""
    pieces = {split: _movements(split) for split in ("train", "valid", "test")}
    if small:
        pieces = {split: side[:6] for split, side in pieces.items()}
    lengths = {"train": None, "valid": VALID_ROWS, "test": ROWS}
    sides = {
        split: [answers_of(_rows(p, lengths[split]), _LAYOUT).astype(int) for p in side]
        for split, side in pieces.items()
    }
    test, groups = pieces["test"], [piece.group for piece in pieces["test"]]
    notes = np.array([(answers[:, PITCH] >= 0).sum() for answers in sides["test"]], float)
    own = np.array([piece.own for piece in test])
    floors, counted = _floors(sides, whole=not small)
    figures: Figures = {
        "works": len(set(groups)),
        "movements": len(test),
        "notes": int(notes.sum()),
        "training_movements": len(sides["train"]),
        "training_notes": sum(int((answers[:, PITCH] >= 0).sum()) for answers in sides["train"]),
        "n_grams": floors,
        "counted": _figures(counted, notes, groups, own),
        "network": None,
        "without_memory": None,
    }
    if (checkpoints_dir() / STYLE / "card.json").exists():
        model = load_style(STYLE).player
        for name, memory in (("network", True), ("without_memory", False)):
            found = np.array([each.sum(0) for each in nats(model, _examples(test, memory=memory))])
            better = counted.sum(1) - found.sum(1)
            figures[name] = _figures(found, notes, groups, own) | {
                "better_than_counted": _per_note(better, notes, groups),
                "works_better": _works_better(better, groups),
            }
    return figures


def _figures(values: np.ndarray, notes: np.ndarray, groups: list[str], own: np.ndarray) -> Figures:
    """Return the nats a note of each answer, of all, and of all in the style's own music and in the rest."""
    row = {name: float(values[:, index].sum() / notes.sum()) for index, name in enumerate(NAMES)}
    total = _per_note(values.sum(1), notes, groups)
    sides = {"classical": own, "later": ~own}
    parts = {name: float(values[side].sum() / max(notes[side].sum(), 1)) for name, side in sides.items()}
    return row | {"sum": total["mean"], "interval": total["interval"]} | parts


def _works_better(better: np.ndarray, groups: list[str]) -> float:
    return float(np.mean([better[[g == name for g in groups]].sum() > 0 for name in sorted(set(groups))]))


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    columns = (*NAMES, "sum", "classical", "later")
    rows = [
        [words, *(figures[key][n] for n in columns)]
        for key, words in (
            ("network", "the style, as played (8-bit)"),
            ("without_memory", "without memory"),
            ("counted", "n-grams, the better of each two"),
        )
        if figures[key]
    ]
    counted = [
        [name, row["order"], row["discount"], row["valid"], row["test"]] for name, row in figures["n_grams"].items()
    ]
    parts = [
        (
            f"{figures['works']} held-out works, {figures['movements']} movements, {figures['notes']:,} notes; n-grams "
            f"of {figures['training_movements']} movements, {figures['training_notes']:,} notes. Classical is Haydn to "
            "Schumann."
        ),
        table(("nats per note", *columns), rows),
    ]
    if figures["network"]:
        parts += [
            _comparison(figures[key], words) for key, words in (("network", ""), ("without_memory", " without memory"))
        ]
    else:
        parts.append("The style is not published, so it has no row.")
    return "\n\n".join([*parts, table(("n-gram", "order", "discount", "validation", "test"), counted)])


def _comparison(row: Figures, words: str) -> str:
    low, high = row["better_than_counted"]["interval"]
    return (
        f"The style{words} is better than the n-grams by {row['better_than_counted']['mean']:.3f} nats a note (95 % "
        f"interval over works {low:.3f} to {high:.3f}; aim {AIM}), in {100 * row['works_better']:.0f} % of the works."
    )


if __name__ == "__main__":
    run(measured, rendered)
