"""`evaluate`: whether what a style composes can be told from real music."""

import argparse

from musegen.cli.options import add_json_option, number, whole_number
from musegen.cli.output import say, show, show_json
from musegen.services.judging.twins import judged


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "evaluate", help="tell whether a style's music can be told from real music", allow_abbrev=False
    )
    parser.add_argument("--twins", required=True, metavar="STYLE", help="a style of `styles`")
    parser.add_argument(
        "--split", choices=("valid", "test"), default="valid", help="choose by valid, report test once (valid)"
    )
    parser.add_argument("--pairs", type=whole_number, default=80, metavar="N", help="most seeds (80)")
    parser.add_argument("--temperature", type=number, metavar="T", help="instead of the style's own")
    parser.add_argument("--top-p", type=number, metavar="P", help="instead of the style's own")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Make the twins and say how well a judge tells them apart, and by what."""
    settings = {"temperature": arguments.temperature, "top_p": arguments.top_p}
    settings = {name: value for name, value in settings.items() if value is not None}
    shown = [0]

    def progress(share: float) -> None:
        if share >= shown[0] / 10:
            say(f"{share:.0%} of the twins are made.")
            shown[0] = int(share * 10) + 1

    verdict = judged(arguments.twins, arguments.split, arguments.pairs, settings, progress)
    if arguments.json:
        show_json(verdict.as_data())
    else:
        show(verdict.sentences())
