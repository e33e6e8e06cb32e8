"""The network of the Chopin notebook (`networks/note_chord_lstm.py`) on the scores of `asap`, one symbol an onset.

The symbol is the exact set of pitches, so that nats a note can be compared: of pitches that begin together, which begin
together being given; neither length nor loudness nor hand. Symbols that come less than four times in training are one
escape, after which the pitches are spelled from the lowest by a counting model. The notebook's own symbols (note names,
and pitch classes in normal order) are measured beside it, in nats an onset.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.report import Figures
from benchmarks.seed_figures import training_figures
from musegen.composers.notebook.symbols import ESCAPE, NoteChordVocabulary, PitchSet, onset_sets
from musegen.composers.performance.grid import LOW_PITCH, NUM_KEYS
from musegen.corpora.asap_scores import read_scores
from musegen.evaluation.ngram import fit_ngram

if TYPE_CHECKING:
    from musegen.baselines.training import Budget

LEAST, NOTEBOOK_LEAST = 4, 20
"""Symbols that come less often in training are the escape; the notebook's hundred leaves out a fifth of this music."""

_END = NUM_KEYS


class Spelling:
    """What an escape costs: its pitches one by one from the lowest, and the end, counted on rare sets of training.

    Args:
        train: sets that are escapes in the training pieces.
        valid: the same of the validation pieces; they choose the discount.
    """

    def __init__(self, train: Sequence[PitchSet], valid: Sequence[PitchSet]) -> None:
        self._model = fit_ngram([_spelled(s) for s in train], [_spelled(s) for s in valid], _END + 1, 3)

    def nats(self, pitches: PitchSet) -> float:
        """Return the nats of a set."""
        return float(self._model.nll(_spelled(pitches)).sum())


def _spelled(pitches: PitchSet) -> list[int]:
    return [*(min(max(p - LOW_PITCH, 0), NUM_KEYS - 1) for p in pitches), _END]


def chopin_sides() -> dict[str, list[list[PitchSet]]]:
    """Return what begins at each onset of Chopin's scores, by split."""
    return {
        split: [onset_sets(found.piece) for found in read_scores(split) if found.own]
        for split in ("train", "valid", "test")
    }


def _chopin(
    sides: dict[str, list[list[PitchSet]]], vocabulary: NoteChordVocabulary, budget: "Budget", **options: Any
) -> Figures:
    """Train one network and return its nats an onset, the spelling of escapes not counted, and how it was trained."""
    from musegen.baselines.note_chord_lstm import build_note_chord_lstm
    from musegen.baselines.training import fit_note_chord, score_symbols, seeded

    coded = {split: [vocabulary.encode(sequence) for sequence in side] for split, side in sides.items()}
    model = seeded(build_note_chord_lstm, budget.random_seed, num_symbols=len(vocabulary), **options)
    fitted = fit_note_chord(model, coded["train"], coded["valid"], budget)
    nats = float(np.concatenate([score_symbols(model, sequence) for sequence in coded["test"]]).sum())
    return {"nats": nats} | training_figures(fitted, budget, model)


def escapes(side: list[list[PitchSet]], vocabulary: NoteChordVocabulary) -> list[PitchSet]:
    """Return the sets of a side that are not in the vocabulary."""
    return [
        pitches
        for sequence in side
        for pitches, symbol in zip(sequence, vocabulary.encode(sequence), strict=True)
        if symbol == ESCAPE
    ]


def measured(small: bool) -> Figures:
    """Return the figures of the notebook's network: as it is, and learning from every symbol of the window."""
    from musegen.baselines.training import Budget

    sides = chopin_sides()
    if small:
        sides = {split: [sequence[:200] for sequence in side[:2]] for split, side in sides.items()}
    exact = NoteChordVocabulary.of(sides["train"], "exact", LEAST)
    rare = {split: escapes(side, exact) for split, side in sides.items()}
    spelling = Spelling(rare["train"], rare["valid"])
    spelled = sum(spelling.nats(pitches) for pitches in rare["test"])
    events = sum(len(sequence) for sequence in sides["test"])
    notes = sum(len(pitches) for sequence in sides["test"] for pitches in sequence)
    coded = {split: [exact.encode(sequence) for sequence in side] for split, side in sides.items()}
    ngram = fit_ngram(coded["train"], coded["valid"], len(exact), 3)
    counted = sum(float(ngram.nll(sequence).sum()) for sequence in coded["test"])
    figures: Figures = {
        "pieces": len(sides["test"]), "training_pieces": len(sides["train"]), "events": events, "notes": notes,
        "oov_share": len(rare["test"]) / events, "symbols": len(exact), "spelling": spelled / notes,
        "three_gram": (counted + spelled) / notes,
    }  # fmt: skip
    budgets = {"last_step": Budget(64, 2 if small else 50, 1 if small else 5),
               "every_step": Budget(32, 2 if small else 50, 1 if small else 6)}  # fmt: skip
    for name, budget in budgets.items():
        found = _chopin(sides, exact, budget, every_step=name == "every_step")
        figures[name] = (found.pop("nats") + spelled) / notes
        figures[f"{name}_training"] = found
    names = NoteChordVocabulary.of(sides["train"], "notebook", NOTEBOOK_LEAST)
    found = _chopin(sides, names, Budget(32, 2 if small else 50, 1 if small else 4), every_step=True)
    figures["notebook"] = {"symbols": len(names), "nats_per_event": found.pop("nats") / events, "training": found,
                           "oov_share": len(escapes(sides["test"], names)) / events}  # fmt: skip
    return figures
