"""The networks that the seeds describe, trained here on the same music as ours and measured in the same units.

    KERAS_BACKEND=jax python -m benchmarks.seed_networks             trains and measures both, prints the figures
    ... --write                                                      and keeps them in benchmarks/seed_networks.json
    ... --only piano | chopin                                        one of them

What is measured, and how, is said in `benchmarks/seed_piano.py` and `benchmarks/seed_chopin.py`. Both networks are
given as many steps as a few minutes of two cores hold (the file says how many), and keep the weights that the
validation pieces like best. The pages of the documentation read the file, so that they need no training.
"""

import argparse
import json
import logging
import os

from benchmarks import seed_chopin, seed_piano
from benchmarks.report import Figures, plain, table
from benchmarks.seed_figures import FILE, keep

PARTS = {"piano": seed_piano.measured, "chopin": seed_chopin.measured}


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    parts = []
    if own := figures.get("piano"):
        names = ("pitch", "step", "duration", "velocity")
        rows = [["learning from one note a window", *(own[n] for n in names), own["windows"]],
                ["learning from every note of it", *(own["every_step"][n] for n in names),
                 own["every_step"]["windows"]]]  # fmt: skip
        parts += [
            table(("piano: nats per note", *names, "windows"), rows),
            f"With Laplace residuals: step {own['step_laplace']:.3f}, duration {own['duration_laplace']:.3f}.",
        ]
    if own := figures.get("chopin"):
        rows = [[name, own[key]] for name, key in (("loss on the last step", "last_step"),
                ("loss on every step", "every_step"), ("3-gram of the same symbols", "three_gram"))]  # fmt: skip
        parts += [
            (
                f"{own['pieces']} held-out pieces, {own['events']:,} onsets, {own['notes']:,} notes; "
                f"{100 * own['oov_share']:.0f} % of the onsets are not among the {own['symbols']:,} symbols."
            ),
            table(("Chopin: pitches, nats per note", "nats"), rows),
            (
                f"In the notebook's {own['notebook']['symbols']} symbols: {own['notebook']['nats_per_event']:.3f} nats "
                "an onset, which say nothing of octaves."
            ),
        ]
    return "\n\n".join(parts)


def main() -> None:
    """Be the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=tuple(PARTS), help="one of the networks")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {FILE.name}")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument("--small", action="store_true", help="a quick, rough version, to see that it runs")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.basicConfig(level=logging.INFO if not options.json else logging.WARNING)
    figures: Figures = {}
    for part in [options.only] if options.only else PARTS:
        figures[part] = plain(PARTS[part](options.small))
        if options.write and not options.small:
            keep(figures)
    print(json.dumps(figures, indent=1) if options.json else rendered(figures))


if __name__ == "__main__":
    main()
