"""`audio`: sound itself; the jazz map heard at points and along paths, a clip continued."""

import argparse

from musegen.cli.audio_continue import add_continue_command
from musegen.cli.audio_map import add_map_commands


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the group to the parser."""
    parser = commands.add_parser(
        "audio", help="sound itself: points of the jazz map, morphs, a clip continued", allow_abbrev=False
    )
    doing = parser.add_subparsers(title="what to do", dest="doing", required=True, metavar="WHAT")
    add_map_commands(doing)
    add_continue_command(doing)
