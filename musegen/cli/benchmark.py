"""`benchmark`: networks measured as papers measure theirs."""

import argparse
from dataclasses import asdict
from pathlib import Path

from musegen.cli.options import add_json_option, names, whole_number
from musegen.cli.output import say, show, show_json, write_files
from musegen.corpora.poly_benchmark import ROLLS
from musegen.errors import ConstraintError
from musegen.evaluation.polyphony.systems import SYSTEMS
from musegen.evaluation.polyphony.table import Measured, as_markdown, rows_of
from musegen.services.judging.polyphony import files_of_tables


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("benchmark", help="measure networks as papers measure theirs", allow_abbrev=False)
    parser.add_argument("what", choices=["polyphony"], help="likelihood of piano rolls, a frame at a time")
    parser.add_argument("--dataset", type=names, default=("jsb",), metavar="A,B", help=f"of {','.join(ROLLS)} (jsb)")
    parser.add_argument("--models", type=names, metavar="A,B", help=f"of {','.join(SYSTEMS)} (all that are kept)")
    parser.add_argument("--seeds", type=whole_number, default=1, metavar="N", help="fit each so many times (1)")
    parser.add_argument("--train", action="store_true", help="fit anew, also where weights are kept; without, only "
                        "what is named by --models and has no weights is fitted")  # fmt: skip
    parser.add_argument(
        "--samples", action="store_true", help="let each model go on from the same opening, and keep it"
    )
    parser.add_argument(
        "--ship", action="store_true", help="put what was fitted here among what the program comes with"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the tables: Markdown, CSV and a page of charts")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Measure, and print and write the table of each data set."""
    for given, known, what in ((arguments.dataset, ROLLS, "data set"), (arguments.models or (), SYSTEMS, "model")):
        if unknown := [name for name in given if name not in known]:
            raise ConstraintError(
                f'There is no {what} "{unknown[0]}" in this benchmark; choose from: {", ".join(known)}.'
            )
    if not arguments.dataset:
        raise ConstraintError(f"No data set is named; choose from: {', '.join(ROLLS)}.")
    if arguments.seeds < 1:
        raise ConstraintError(f"--seeds is {arguments.seeds}; it must be at least 1.")
    measured = [each for name in arguments.dataset for each in _measured(name, arguments)]
    tables = {name: rows_of(name, measured) for name in dict.fromkeys(arguments.dataset)}
    if arguments.json:
        show_json({name: [asdict(row) for row in rows] for name, rows in tables.items()})
    else:
        show([as_markdown(ROLLS[name].title, rows) for name, rows in tables.items()])
    if arguments.out:
        for path in write_files(arguments.out, files_of_tables(tables)).values():
            say(str(path))


def _measured(dataset: str, arguments: argparse.Namespace) -> list[Measured]:
    from musegen.evaluation.polyphony.shelf import fitted_here, shipped
    from musegen.training.polyphony.run import Data, fitted, measure_counting, sample_roll

    data, places = Data(dataset), (shipped(), fitted_here())
    say(f"{ROLLS[dataset].title}: {len(data.train)} training pieces.")
    found = measure_counting(data)
    for each in found:
        fitted_here().keep_figure(each)
        if arguments.ship:
            shipped().take(fitted_here(), dataset, each.system)
    wanted = [(name, seed) for name in arguments.models or SYSTEMS for seed in range(arguments.seeds)]
    if not arguments.models and not arguments.train:  # what is kept, and nothing that would have to be fitted
        kept = {(each.dataset, each.system, each.seed) for place in places for each in place.figures()}
        wanted = [
            (name, seed) for name in SYSTEMS for its, system, seed in sorted(kept) if (its, system) == (dataset, name)
        ]
    for name, seed in wanted:
        say(f"{SYSTEMS[name].title}, seed {seed} ...")
        one, model = fitted(data, name, seed, () if arguments.train else places, fitted_here())
        say(f"  validation {one.valid:.3f}, test {one.test:.3f} nats a step, {one.cpu_seconds:.0f} s to fit.")
        found.append(one)
        if arguments.samples and seed == 0:
            fitted_here().keep_sample(dataset, name, sample_roll(model, data, name))
        if arguments.ship:
            shipped().take(fitted_here(), dataset, name)
    return found
