"""`styles`: which styles there are; one given away as a file, taken in, or removed."""

import argparse
from dataclasses import asdict
from pathlib import Path

from musegen.cli.options import add_json_option
from musegen.cli.output import show, show_json, write_files
from musegen.services.styles import list_styles
from musegen.services.training import shelf


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("styles", help="list the styles, give one away, take one in", allow_abbrev=False)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--export", metavar="STYLE", help="write a style as one file into the folder of --out")
    what.add_argument(
        "--import", metavar="FILE", type=Path, dest="taken", help="put a style that is one file on the shelf"
    )
    what.add_argument("--delete", metavar="STYLE", help="remove a style of your own; takes made with it stay")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for --export (this one)")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """List the styles: with --json {"styles": [card, ...]}, each card with its `style_sha256`; or do what is asked."""
    if arguments.export:
        name, data = shelf.export(arguments.export)
        show([str(path) for path in write_files(arguments.out, {name: data}).values()])
        return
    if arguments.taken:
        show([shelf.read_file(arguments.taken).style_id])
        return
    if arguments.delete:
        shelf.remove(arguments.delete)
        return
    cards = list_styles()
    if arguments.json:
        show_json({"styles": [asdict(card) | {"style_sha256": card.sha256} for card in cards]})
    else:
        width = max((len(card.style_id) for card in cards), default=0)
        show([f"{card.style_id:{width}}  {card.description}" for card in cards] or ["There are no styles."])
