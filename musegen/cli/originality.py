"""`originality`: what files share with the music that a style learned from, and where."""

import argparse
from pathlib import Path

from musegen.cli.options import add_json_option
from musegen.cli.output import show, show_json
from musegen.errors import StyleError
from musegen.files import read
from musegen.services.judging.originality import originality_of


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "originality", help="tell what files share with the music a style learned from", allow_abbrev=False
    )
    parser.add_argument("--style", required=True, metavar="S", help="a style of `styles`")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="music")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Tell the longest run of each file, where it stands, and what is usual."""
    rows = []
    for path in arguments.files:
        found = originality_of(arguments.style, read(path))
        if found is None:
            raise StyleError(f'What the style "{arguments.style}" learned from is not kept with it, so copies cannot '
                             "be told.")  # fmt: skip
        run_of = found.run
        rows.append({"file": str(path), "num_notes": run_of.num_notes, "bars": list(run_of.bars),
                     "source": run_of.source, "source_bars": list(run_of.source_bars),
                     "num_sources": run_of.num_sources, "words": " ".join(found.sentences())})  # fmt: skip
    if arguments.json:
        show_json({"files": rows})
    else:
        show([f"{row['file']}: {row['words']}" for row in rows])
