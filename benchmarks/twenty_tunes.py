"""Twenty tunes that a musician has: how long a style takes to learn on from them, and what it has learned then.

    python -m benchmarks.twenty_tunes [--ways on quick]      in a home of its own

Waltzes of the Nottingham collection of which *Folk tunes* knows no long run: twenty are learned from as on the Train
page, thirty others are judged by the network alone, before and after. The interval draws those thirty with replacement.
Needs the collection (`MUSEGEN_DATA`).
"""

import argparse
import json
import os
import tempfile
import time

import numpy as np

from benchmarks.own_styles import STYLE, unknown
from benchmarks.report import Figures, plain, table

NUM_LEARNED, NUM_JUDGED, MINUTES = 20, 30, 5.0
DRAWS = 4000


def tunes() -> tuple[list, list]:
    """Return the pieces to learn from, and those to judge by."""
    from musegen.corpora.nottingham import SPLITS, read_chorded_tunes

    waltzes = [tune for split in SPLITS for tune in read_chorded_tunes(split) if tune.tune_id.startswith("waltzes/")]
    found = unknown(waltzes, NUM_LEARNED + NUM_JUDGED, np.random.default_rng(7))
    return [tune.piece for tune in found[:NUM_LEARNED]], [tune.piece for tune in found[NUM_LEARNED:]]


def nats(style_id: str, pieces: list) -> tuple[np.ndarray, np.ndarray]:
    """Return the nats and the events of each piece, by the network of a style alone."""
    from musegen.composers.style import load_style
    from musegen.engine.loop import score

    style = load_style(style_id)
    examples = [style.composer.read(piece, style).example for piece in pieces]
    values = [float(own.sum()) for own in score(style.player, examples)]
    return np.array(values), np.array([float(example.weight.sum()) for example in examples])


def trained(way: str, learned: list) -> Figures:
    """Train a style as the page does; return its id, the seconds it took, its rounds and its figures."""
    from musegen.files.midi import midi_bytes
    from musegen.services.styles import get_style
    from musegen.services.training.check import check_files
    from musegen.services.training.runs import Trainings
    from musegen.styles.runs import DONE

    begun, trainings = time.monotonic(), Trainings()
    check = check_files([(f"waltz {n:02d}.mid", midi_bytes(piece)) for n, piece in enumerate(learned)], STYLE)
    run = trainings.begin(check, f"Waltzes, {way}", way, minutes=MINUTES)
    job = trainings.job_of(run)
    assert job is not None
    job.wait(3600)
    assert run.standing.state == DONE, (run.folder / "log").read_text()[-3000:]
    quality = get_style(run.order.style_id).quality
    return {
        "style_id": run.order.style_id,
        "seconds": time.monotonic() - begun,
        "learning_seconds": run.standing.seconds,
        "rounds": run.standing.epoch,
        "ended": run.standing.words,
        "shared_median": quality["longest_shared_run_of_takes_median"],
        "shared_most": quality["longest_shared_run_of_takes"],
    }


def measured(ways: list[str]) -> Figures:
    """Return the figures of each way."""
    learned, judged = tunes()
    before, events = nats(STYLE, judged)
    draws = np.random.default_rng(0).integers(len(judged), size=(DRAWS, len(judged)))
    found: Figures = {"cores": len(os.sched_getaffinity(0)), "judged": len(judged),
                      "untouched": before.sum() / events.sum()}  # fmt: skip
    for way in ways:
        own = trained(way, learned)
        after = nats(own["style_id"], judged)[0]
        less = (before - after)[draws].sum(1) / events[draws].sum(1)
        low, high = np.quantile(less, (0.025, 0.975))
        found[way] = own | {"nats": after.sum() / events.sum(), "less": (before - after).sum() / events.sum(),
                            "low": low, "high": high}  # fmt: skip
    return found


def rendered(figures: Figures) -> str:
    """Return the table."""
    rows = [
        [way, f"{own['seconds']:.0f}", own["rounds"], f"{own['nats']:.3f}",
         f"{own['less']:.3f} ({own['low']:.3f} to {own['high']:.3f})",
         f"{own['shared_median']:g}; {own['shared_most']:g}"]
        for way, own in figures.items() if isinstance(own, dict)
    ]  # fmt: skip
    head = ["way", "seconds in all", "rounds", f"nats an event (untouched {figures['untouched']:.3f})",
            "less by (95 % over tunes)", "longest shared run of takes: middle; most"]  # fmt: skip
    return table(head, rows)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", nargs="*", choices=("on", "quick"), default=["on", "quick"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["MUSEGEN_HOME"] = home
        figures = plain(measured(options.ways))
    print(json.dumps(figures, indent=1) if options.json else rendered(figures))


if __name__ == "__main__":
    main()
