"""`score`: how likely files are to a style."""

import argparse
from pathlib import Path

from musegen.cli.options import add_json_option
from musegen.cli.output import say, show, show_json
from musegen.services.judging.score import score_files


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("score", help="tell how likely files are to a style", allow_abbrev=False)
    parser.add_argument("--style", required=True, metavar="S", help="a style of `styles`")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="music; chorales have four tracks")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Score the files: nats in all, and per note."""
    scores = score_files(arguments.style, arguments.files)
    for path, score in zip(arguments.files, scores, strict=True):
        for message in score.messages:
            say(f"{path}: {message}")
    names = ("nll", "num_notes", "num_tokens", "nats_per_note")
    rows = [
        {"file": str(path)} | {name: getattr(score, name) for name in names}
        for path, score in zip(arguments.files, scores, strict=True)
    ]
    if arguments.json:
        show_json({"files": rows})
    else:
        show([f"{row['file']}: {row['nats_per_note']:.3f} nats a note, {row['num_notes']} notes" for row in rows])
