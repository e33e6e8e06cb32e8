"""The options that say over which chords to play."""

import argparse
from pathlib import Path

from musegen.errors import ChartError
from musegen.files.limits import read_bytes
from musegen.music.common_forms import COMMON_FORMS, common_form
from musegen.music.theory import parse_key


def add_chart_options(parser: argparse.ArgumentParser) -> None:
    """Add --chart, --chart-file and --common-form, of which one may be given."""
    chart = parser.add_mutually_exclusive_group()
    chart.add_argument("--chart", metavar="CHORDS", help='chords to play over: "Dm7 | G7 | Cmaj7 | %%"')
    chart.add_argument("--chart-file", type=Path, metavar="FILE", help="a text file with the chords")
    chart.add_argument("--common-form", choices=COMMON_FORMS, metavar="NAME",
                       help=f"a form in the --key given, else in C: {', '.join(COMMON_FORMS)}")  # fmt: skip


def chart_of(arguments: argparse.Namespace) -> str:
    """Return the chart that was asked for as text, empty where none was.

    Raises:
        ChartError: the file is no text, or the key of the form is no key.
        FileFormatError: the file is not there or too large.
    """
    if arguments.chart_file is not None:
        try:
            return read_bytes(arguments.chart_file).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ChartError(f"{arguments.chart_file.name} is no plain text; save the chords as text.") from error
    if arguments.common_form is not None:
        try:
            tonic, _ = parse_key(arguments.key) if arguments.key else (0, "major")
        except ValueError as error:
            raise ChartError(f"{error}.") from error
        return common_form(arguments.common_form, tonic).to_text()
    return arguments.chart or ""


def key_beside_chart(arguments: argparse.Namespace) -> str | None:
    """Return the key to ask for: a form has used the one given up."""
    return None if arguments.common_form is not None else arguments.key
