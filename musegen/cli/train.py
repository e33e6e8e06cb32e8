"""`train`: a shipped style from nothing."""

import argparse
import logging
import sys
from pathlib import Path

from musegen.cli.options import number
from musegen.cli.output import show
from musegen.errors import MusegenError


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    from musegen.training.recipe import list_recipes  # light, unlike what trains

    parser = commands.add_parser("train", help="train a style from nothing, or go on training", allow_abbrev=False)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("style", nargs="?", choices=list_recipes(), help="a shipped style to train")
    what.add_argument("--recipe", type=Path, metavar="FILE", help="a recipe of your own, a TOML file: see docs")
    parser.add_argument("--run", type=Path, metavar="DIR", dest="folder", help="folder of the run, gone on with")
    parser.add_argument("--hours", type=number, metavar="H", help="stop after so many hours")
    parser.add_argument("--no-publish", action="store_true", help="leave the style under checkpoints/ as it is")
    parser.add_argument("--references", action="store_true",
                        help="do not train: make what its takes are judged by again, from its corpus")  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train, and publish what came out under `checkpoints/`."""
    if arguments.hours is not None and arguments.hours <= 0:
        raise MusegenError(f"The time to train is {arguments.hours:g} hours; it must be above 0.")
    if arguments.references:
        from musegen.training.recall import keep_recall
        from musegen.training.references import keep_references

        for keep in (keep_references, keep_recall):
            keep(arguments.recipe or arguments.style, lambda words: show([words]))
        return
    from musegen.training.train import train_style

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")

    style = arguments.recipe or arguments.style
    folder = train_style(style, arguments.folder, arguments.hours, publish=not arguments.no_publish)
    show([str(folder)])
