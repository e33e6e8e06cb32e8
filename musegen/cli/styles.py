"""`styles`: which styles there are."""

import argparse
from dataclasses import asdict

from musegen.cli.options import add_json_option
from musegen.cli.output import show, show_json
from musegen.services.styles import list_styles


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("styles", help="list the styles", allow_abbrev=False)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """List the styles: with --json {"styles": [card, ...]}, each card with its `style_sha256`."""
    cards = list_styles()
    if arguments.json:
        show_json({"styles": [asdict(card) | {"style_sha256": card.sha256} for card in cards]})
    else:
        width = max((len(card.style_id) for card in cards), default=0)
        show([f"{card.style_id:{width}}  {card.description}" for card in cards] or ["There are no styles."])
