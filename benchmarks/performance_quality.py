"""How well the piano style predicts performances it has never seen, beside counting models on the same answers.

Of each piece of the test split (pieces are split by name, so no piece is on two sides) the beginning of one performance
is read: of every row its step, what it is, how long and how loud, each in nats under the 8-bit graphs that the app
plays, each given all before it and nothing after; the length is not told. Rows of notes and of the pedal are counted
apart; the step and the kind of a pedal's row, and of the end, are "pedal and end".

The counting models are interpolated Kneser-Ney n-grams of each answer by itself (a 5-gram of the pitch sees the four
pitches before), fitted to one performance of each training piece, their discount chosen on the validation pieces.

The network that the seed of this style describes (one LSTM of 128 over 25 notes, a softmax and two squared errors) is
trained and measured on the same notes by `benchmarks/seed_piano.py`; its rows are read from
`benchmarks/seed_networks.json`. Its step and duration are given the likelihood that suits them best, and velocity,
which it leaves out, the counts of the training pieces.

Where the style is not published only the counting models are measured.
"""

import time

import numpy as np

from benchmarks.networks import nats
from benchmarks.report import Figures, run, table
from benchmarks.seed_figures import seed_figures
from musegen.composers.performance.grid import (
    DURATION,
    NUM_DURATIONS,
    NUM_KEYS,
    NUM_STEPS,
    NUM_VELOCITIES,
    NUM_WHATS,
    STEP,
    VELOCITY,
    WHAT,
    performance_from,
    playable,
    rows_of,
)
from musegen.composers.performance.reading import held_keys, read_example
from musegen.composers.performance.source import beginning
from musegen.composers.request import ComposeRequest
from musegen.composers.style import load_style
from musegen.corpora.asap import Recording, read_recordings
from musegen.evaluation.ngram import fit_ngram
from musegen.evaluation.originality import Line, OriginalityIndex, lines_of
from musegen.music.performance import Performance, performance_of, piece_of_performance
from musegen.paths import checkpoints_dir
from musegen.services.making.compose import compose

STYLE = "piano-performance"
ROWS, TRAIN_ROWS, TAKES, SECONDS = 600, 3000, 30, 30.0
ORDERS = (1, 3, 5)
ANSWERS = {"pitch": WHAT, "step": STEP, "duration": DURATION, "velocity": VELOCITY}
_SIZES = {WHAT: NUM_WHATS, STEP: NUM_STEPS, DURATION: NUM_DURATIONS, VELOCITY: NUM_VELOCITIES}


def one_of_each(split: str) -> list[Recording]:
    """Return one performance of each piece of a split, drawn with the seed 0."""
    found: dict[tuple[str, str], list[Recording]] = {}
    for recording in read_recordings(split):
        found.setdefault((recording.composer, recording.title), []).append(recording)
    random = np.random.default_rng(0)
    return [group[int(random.integers(len(group)))] for _, group in sorted(found.items())]


def answers_of(recordings: list[Recording], rows: int) -> list[np.ndarray]:
    """Return the answers of the beginnings of performances, (R, 4) each."""
    return [playable(rows_of(beginning(r.performance, rows))) for r in recordings]


def _sequence(answers: np.ndarray, answer: int) -> np.ndarray:
    """Return one answer of all notes in a row; pedal and end are left out."""
    return answers[answers[:, WHAT] < NUM_KEYS, answer].astype(int)


def _floors(train: list[np.ndarray], valid: list[np.ndarray], test: list[np.ndarray]) -> Figures:
    """Return the nats a note of each answer under n-grams of the orders."""
    result: Figures = {}
    for order in ORDERS:
        row: Figures = {}
        for name, answer in ANSWERS.items():
            sides = [[_sequence(a, answer) for a in side] for side in (train, valid, test)]
            model = fit_ngram(sides[0], sides[1], _SIZES[answer], order)
            row[name] = model.mean_nll(sides[2])
        result[str(order)] = row | {"sum": sum(row.values())}
    return result


def _network(test: list[np.ndarray]) -> Figures:
    """Return the nats a note of each answer under the style, and the nats a row of pedal and end."""
    model = load_style(STYLE).player
    examples = [read_example(a, held_keys(rows_of(performance_from(a[:-1])))) for a in test]
    values = np.concatenate(nats(model, examples))
    is_key = np.concatenate(test)[:, WHAT] < NUM_KEYS
    row = {name: values[is_key, answer].mean() for name, answer in ANSWERS.items()}
    return row | {"sum": sum(row.values()), "pedal_and_end_per_row": values[~is_key, :DURATION].sum(1).mean()}


def _lines(performance: Performance) -> list[Line]:
    return lines_of(piece_of_performance(performance), played=True)


def _takes(train: list[Recording], test: list[Recording], count: int) -> Figures:
    """Return how takes end, how long they are, how fast they are made, and what they share with training music."""
    card = load_style(STYLE).card
    compose(ComposeRequest(STYLE, "invent", num_bars=None, seconds=3.0))  # loads
    made, seconds = [], []
    for seed in range(count):
        request = ComposeRequest(STYLE, "invent", num_bars=None, seconds=SECONDS, temperature=card.temperature,
                                 random_seed=seed, **card.sampling)  # fmt: skip
        begun = time.perf_counter()
        made.append(compose(request).takes[0])
        seconds.append(time.perf_counter() - begun)
    played = [performance_of(take.piece) for take in made]
    index = OriginalityIndex.of([r.path for r in train], [_lines(r.performance) for r in train], rhythm=False)
    beside = [beginning(r.performance, int(np.median([len(p.pitch) for p in played]))) for r in test[:count]]
    return {
        "takes": count,
        "within_15_percent_of_length": float(np.mean([abs(t.seconds / SECONDS - 1) < 0.15 for t in made])),
        "last_chord_held_half_a_second": float(np.mean([p.duration_ms[p.onset_ms == p.onset_ms.max()].max() >= 500
                                                        for p in played])),
        "notes_a_second": float(np.median([len(p.pitch) / (p.end_ms / 1000) for p in played])),
        "notes_a_second_of_held_out": float(np.median([len(p.pitch) / (p.end_ms / 1000) for p in beside])),
        "median_shared_run": float(np.median([index.longest(_lines(p)).num_notes for p in played])),
        "median_shared_run_of_held_out": float(np.median([index.longest(_lines(p)).num_notes for p in beside])),
        "seconds_to_compose_median": float(np.median(seconds)),
        "seconds_to_compose_most": float(max(seconds)),
    }  # fmt: skip


def measured(small: bool) -> Figures:
    """Return the figures."""
    sides = {split: one_of_each(split) for split in ("train", "valid", "test")}
    if small:
        sides = {split: found[:4] for split, found in sides.items()}
    test = answers_of(sides["test"], ROWS)
    is_key = np.concatenate(test)[:, WHAT] < NUM_KEYS
    figures: Figures = {
        "pieces": len(test),
        "training_pieces": len(sides["train"]),
        "notes": int(is_key.sum()),
        "n_grams": _floors(answers_of(sides["train"], TRAIN_ROWS), answers_of(sides["valid"], ROWS), test),
        "network": None,
        "takes": None,
        "seed": seed_figures("piano"),
    }
    if (checkpoints_dir() / STYLE / "card.json").exists():
        figures["network"] = _network(test)
        figures["takes"] = _takes(sides["train"], sides["test"], 2 if small else TAKES)
    return figures


def _seed_rows(seed: Figures | None, names: tuple[str, ...]) -> list[list]:
    """Return the rows of the seed's network: as it is, and learning from every note of its window."""
    if seed is None:
        return []
    found = {"the seed's network": seed, "the seed's, learning from every note": seed.get("every_step")}
    return [[words, *((own | {"sum": sum(own[n] for n in ANSWERS)})[n] for n in names)]
            for words, own in found.items() if own]  # fmt: skip


def _compared(figures: Figures) -> str:
    """Return how the style stands to the seed's network, in words."""
    own, seed = figures["network"], figures["seed"]
    if seed is None:
        return "The seed's network has not been measured (`python -m benchmarks.seed_networks --write`)."
    words = (
        f"The seed's network learned from {seed['windows']:,} windows of 25 notes. Its step and duration are "
        "calibrated on the validation pieces; with Laplace errors around what it says they cost "
        f"{seed['step_laplace']:.3f} and {seed['duration_laplace']:.3f}."
    )
    if own is None:
        return words
    below = all(own[name] < seed[name] for name in ANSWERS)
    return f"{words} Every answer below the seed's: {below}; pitch at most 2.6: {bool(own['pitch'] <= 2.6)}."


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    names = (*ANSWERS, "sum")
    rows = [[f"{order}-gram" if order != "1" else "counts alone", *(row[n] for n in names)]
            for order, row in figures["n_grams"].items()]  # fmt: skip
    if figures["network"]:
        rows.insert(0, ["the style, as played (8-bit)", *(figures["network"][n] for n in names)])
    rows += _seed_rows(figures["seed"], names)
    parts = [
        (
            f"{figures['pieces']} held-out pieces, {figures['notes']:,} notes; n-grams of {figures['training_pieces']} "
            "training pieces."
        ),
        table(("nats per note", *names), rows),
        _compared(figures),
    ]
    if not figures["network"]:
        return "\n\n".join([*parts, "The style is not published, so it has no row."])
    takes = figures["takes"]
    words = [[name.replace("_", " "), value] for name, value in takes.items()]
    pedal = figures["network"]["pedal_and_end_per_row"]
    return "\n\n".join([
        *parts,
        f"Rows of the pedal and the end cost {pedal:.3f} nats each.",
        table((f"takes of {SECONDS:.0f} seconds", "figure"), words),
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
