"""`library`: all that is kept, moved from one place to another."""

import argparse

from musegen.cli.options import add_json_option
from musegen.cli.output import show, show_json
from musegen.library.moving import move


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("library", help="move all that is kept to another place", allow_abbrev=False)
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    moving = actions.add_parser("move", help="copy takes, desks, tables and answers; the source stays",
                                allow_abbrev=False)  # fmt: skip
    place = 'a folder as MUSEGEN_HOME, or an address such as "postgresql://user@host/name"'
    moving.add_argument("--from", dest="source", required=True, metavar="PLACE", help=f"where they lie: {place}")
    moving.add_argument("--to", dest="destination", required=True, metavar="PLACE", help="where they shall lie too")
    add_json_option(moving)
    moving.set_defaults(run=run_move)


def run_move(arguments: argparse.Namespace) -> None:
    """Copy everything and say how much of it was new there."""
    moved = move(arguments.source, arguments.destination)
    if arguments.json:
        show_json({"moved": moved})
    else:
        show([f"{count:>8} {table}" for table, count in moved.items()] + ["Set MUSEGEN_STORE to use it from there."])
