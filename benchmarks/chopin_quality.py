"""How well the Chopin style predicts pieces of Chopin it has never seen, beside counting models and the seed's network.

Two sets of pieces: the works of the first editions that are held out, whose loudness is read from the marks of the
score, and the three scores of ASAP on which the notebook's network was measured, whose loudness is that of
performances. Works are split by name over all corpora, so none is on two sides. Every note is read as the app plays
it, with the 8-bit graphs: how long after the note before, in which hand, which pitch, how long, how
loud; each in nats, given all notes before and nothing after, the bars and the key of the score being told and the
length not. END and waiting count for the notes beside them. "Without memory" the network is not shown what was played
one, two and four bars before.

The counting models are interpolated Kneser-Ney n-grams of each answer by itself (a 5-gram of the pitch sees the four
pitches before; "pitch in its hand" sees those of the same hand), fitted to the training pieces of all composers of the
same corpora, their discount chosen on Chopin's validation pieces. For the sum each counting model has the better of its
two pitches.

"Which notes" is what can be compared with the notebook's network (windows of 40 symbols, LSTM 512 and 256;
`benchmarks/seed_chopin.py` trains and measures it on the same pieces): at each moment at which something begins, what
begins, in nats of the whole set of pitches, divided by the notes. For ours that is the nats of hand and pitch of its
notes, and of whether the chord has another note or ends; when the moment comes, ours has been told, and the notebook's
network knows neither before nor after; which hand, ours must say besides. The rows of the notebook's network are read
from `benchmarks/seed_networks.json`. Beside it stand n-grams of its symbols, in which rare sets are spelled note by
note.

Where the style is not published only the counting models are measured.
"""

from dataclasses import replace

import numpy as np

from benchmarks.networks import nats
from benchmarks.report import Figures, run, table
from benchmarks.seed_chopin import LEAST, Spelling, chopin_sides, escapes
from benchmarks.seed_figures import seed_figures
from musegen.composers.notebook.symbols import NoteChordVocabulary
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.frame import frame_of
from musegen.composers.parts.grid import PART, PIANO_HANDS, PITCH, STEP, ScoreLayout
from musegen.composers.parts.rows import ScoreRows, answers_of, notes_of, whole_rows
from musegen.composers.style import load_style
from musegen.corpora.asap_scores import read_score_infos, read_scores
from musegen.corpora.registry import read_corpus
from musegen.corpora.score_piece import ScorePiece
from musegen.engine.codec import Example
from musegen.engine.players.recurrent import RecurrentPlayer
from musegen.evaluation.ngram import fit_ngram
from musegen.paths import checkpoints_dir

STYLE = "chopin"
FIRST_EDITIONS, POLISH_PIANO = "chopin-first-editions", "polish-piano"
ORDERS = (1, 3, 5, 8)
NAMES = dict(zip(("step", "hand", "pitch", "duration", "velocity"), range(5), strict=True))
IN_HAND = "pitch in its hand"
_LAYOUT = ScoreLayout(PIANO_HANDS, dynamics=True)


def _rows(pieces: list[ScorePiece]) -> list[ScoreRows]:
    return [whole_rows(notes_of(p.piece, _LAYOUT)[0], _LAYOUT, ended=True) for p in pieces]


def _examples(pieces: list[ScorePiece], *, memory: bool) -> list[Example]:
    """Return whole pieces as the network reads them, their lengths not told."""
    codec = ScoreCodec(_LAYOUT)
    examples = []
    for piece, rows in zip(pieces, _rows(pieces), strict=True):
        frame = frame_of(piece.piece, _LAYOUT.num_parts, int(rows.end_tick.max()), own=piece.own, memory=memory)
        examples.append(codec.reading.read(rows, replace(frame, last_bar=None)))
    return examples


def _network(model: RecurrentPlayer, examples: list[Example]) -> Figures:
    """Return the nats a note of each answer and of which notes begin at each moment."""
    found = nats(model, examples)
    notes = sum(example.weight[:, PITCH].sum() for example in examples)
    row = {name: sum(each[:, index].sum() for each in found) / notes for name, index in NAMES.items()}
    same = [replace(e, target=_with_step_zero(e.target), weight=np.ones_like(e.weight)) for e in examples]
    which = 0.0
    for example, own, at_once in zip(examples, found, nats(model, same), strict=True):
        which += _nats_of_sets(example, own, np.exp(-at_once[:, STEP]))
    return row | {"sum": sum(row.values()), "which": which / notes}


def _with_step_zero(target: np.ndarray) -> np.ndarray:
    target = target.copy()
    target[:, STEP] = _LAYOUT.first[STEP]
    return target


def _nats_of_sets(example: Example, found: np.ndarray, at_once: np.ndarray) -> float:
    """Return the nats of what begins at all moments of a piece, when they come being given.

    Args:
        example: the piece.
        found: the nats of every answer, (R, 5).
        at_once: the probability of each row that it comes at the moment of the one before, (R,).
    """
    is_note = example.weight[:, PITCH] > 0
    again = example.target[:, STEP] == _LAYOUT.first[STEP]
    again[0] = False
    total = found[is_note][:, [PART, PITCH]].sum() + found[is_note & again, STEP].sum()
    begins = is_note & ~again
    begins[0] = False
    return float(total - np.log1p(-np.minimum(at_once[begins], 1 - 1e-9)).sum())


def _sequences(rows: list[ScoreRows], name: str) -> list[np.ndarray]:
    """Return the sequences that a counting model of an answer reads."""
    sequences = []
    for piece in rows:
        answers = answers_of(piece, _LAYOUT)
        is_note = piece.pitch >= 0
        if name == IN_HAND:
            sequences += [answers[piece.part == hand, PITCH] for hand in range(_LAYOUT.num_parts)]
        else:
            sequences.append(answers[is_note, NAMES[name]])
    return [sequence.astype(int) for sequence in sequences if len(sequence)]


def _floors(sides: dict[str, list[ScoreRows]]) -> Figures:
    """Return the nats a note of each answer under n-grams of the orders."""
    result: Figures = {}
    for order in ORDERS:
        row: Figures = {}
        for name in (*NAMES, IN_HAND):
            train, valid, test = (_sequences(sides[split], name) for split in ("train", "valid", "test"))
            size = int(_LAYOUT.size[PITCH if name == IN_HAND else NAMES[name]])
            row[name] = fit_ngram(train, valid, size, order).mean_nll(test)
        best = min(row["pitch"], row[IN_HAND])
        result[str(order)] = row | {"sum": best + sum(row[n] for n in NAMES if n != "pitch")}
    return result


def _symbols() -> Figures:
    """Return the nats a note of which notes begin together under n-grams of note and chord symbols, by order."""
    sides = chopin_sides()
    vocabulary = NoteChordVocabulary.of(sides["train"], "exact", LEAST)
    rare = {split: escapes(side, vocabulary) for split, side in sides.items()}
    spelling = Spelling(rare["train"], rare["valid"])
    spelled = sum(spelling.nats(pitches) for pitches in rare["test"])
    notes = sum(len(pitches) for sequence in sides["test"] for pitches in sequence)
    coded = {split: [vocabulary.encode(sequence) for sequence in side] for split, side in sides.items()}
    result: Figures = {}
    for order in (2, 3, 5):
        model = fit_ngram(coded["train"], coded["valid"], len(vocabulary), order)
        result[str(order)] = (sum(float(model.nll(sequence).sum()) for sequence in coded["test"]) + spelled) / notes
    return result


def measured(small: bool) -> Figures:
    """Return the figures."""
    pieces = {split: read_scores(split) for split in ("train", "valid", "test")}
    own = {split: [piece for piece in side if piece.own] for split, side in pieces.items()}
    counted = {"train": pieces["train"][: 6 if small else None], "valid": own["valid"], "test": own["test"]}
    infos = [info for info in read_score_infos() if info.composer == "Chopin"]
    figures: Figures = {
        "pieces": len(own["test"]),
        "notes": sum(int((rows.pitch >= 0).sum()) for rows in _rows(own["test"])),
        "training_pieces": len(pieces["train"]),
        "training_pieces_of_chopin": len(own["train"]),
        "performances_averaged": float(np.mean([info.num_performances for info in infos])),
        "share_of_notes_matched": float(np.mean([info.matched for info in infos])),
        "n_grams": _floors({split: _rows(side) for split, side in counted.items()}),
        "symbols": _symbols(),
        "seed": seed_figures(STYLE),
        **_networks(own["test"][: 1 if small else None]),
    }
    wider = {split: read_corpus({"corpus": FIRST_EDITIONS}, split) for split in ("train", "valid", "test")}
    if small:
        wider = {split: side[:2] for split, side in wider.items()}
    else:
        wider["train"] = [*wider["train"], *read_corpus({"corpus": POLISH_PIANO}, "train")]
    figures["wider"] = {
        "pieces": len(wider["test"]),
        "notes": sum(int((rows.pitch >= 0).sum()) for rows in _rows(wider["test"])),
        "training_pieces": len(wider["train"]),
        "n_grams": _floors({split: _rows(side) for split, side in wider.items()}),
        **_networks(wider["test"]),
    }
    return figures


def _networks(test: list[ScorePiece]) -> Figures:
    """Return the network's figures on pieces, with and without its memory; None where the style is not published."""
    if not (checkpoints_dir() / STYLE / "card.json").exists():
        return {"network": None, "without_memory": None}
    model = load_style(STYLE).player
    return {
        "network": _network(model, _examples(test, memory=True)),
        "without_memory": _network(model, _examples(test, memory=False)),
    }


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    wider = figures["wider"]
    parts = [
        (
            f"{wider['pieces']} held-out works of the first editions, {wider['notes']:,} notes; the n-grams learned "
            f"from {wider['training_pieces']} pieces of them and of Polish libraries."
        ),
        _nats_table(wider),
        (
            f"{figures['pieces']} held-out pieces of Chopin, {figures['notes']:,} notes; the n-grams learned from "
            f"{figures['training_pieces']} pieces, {figures['training_pieces_of_chopin']} of them Chopin's. Loudness "
            f"is the mean of {figures['performances_averaged']:.1f} performances a piece, in which "
            f"{100 * figures['share_of_notes_matched']:.1f} % of the notes of the score were found."
        ),
        _nats_table(figures),
    ]
    if not figures["network"]:
        parts.append("The style is not published, so it has no row.")
    if which := _which(figures):
        parts.append(table(("which notes begin at each moment", "nats per note"), which))
    return "\n\n".join(parts)


def _nats_table(figures: Figures) -> str:
    names = (*NAMES, IN_HAND, "sum")
    rows = [[f"{order}-gram" if order != "1" else "counts alone", *(row[n] for n in names)]
            for order, row in figures["n_grams"].items()]  # fmt: skip
    for key, words in (("without_memory", "without memory"), ("network", "the style, as played (8-bit)")):
        if row := figures[key]:
            rows.insert(0, [words, *(row.get(n) for n in names)])
    return table(("nats per note", *names), rows)


def _which(figures: Figures) -> list[list]:
    ours = (("network", "the style, as played (8-bit)"), ("without_memory", "without memory"))
    rows = [[words, figures[key]["which"]] for key, words in ours if figures[key]]
    seed = figures["seed"] or {}
    for key, words in (
        ("every_step", "the notebook's network, loss on every step"),
        ("last_step", "the notebook's network, loss on the last step"),
    ):
        if key in seed:
            rows.append([words, seed[key]])
    return rows + [[f"{order}-gram of its symbols", value] for order, value in figures["symbols"].items()]


if __name__ == "__main__":
    run(measured, rendered)
