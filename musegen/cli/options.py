"""Kinds of values that commands take."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from musegen.cli.output import say
from musegen.music import Piece
from musegen.music.fretboard import is_guitar, with_tablature
from musegen.music.transposing import TRANSPOSING
from musegen.services.showing.downloads import FORMATS, is_format


def formats(text: str) -> tuple[str, ...]:
    """Return the formats of "mid,pdf"."""
    names = tuple(dict.fromkeys(name.strip().lower().lstrip(".") for name in text.split(",") if name.strip()))
    unknown = [name for name in names if not is_format(name)]
    if unknown or not names:
        wrong = f'"{unknown[0]}" is not a format' if unknown else "no format is named"
        instruments = f"pdf@ or musicxml@ with {', '.join(TRANSPOSING)}, and .2 for the second part"
        raise argparse.ArgumentTypeError(f"{wrong}; choose from {', '.join(FORMATS)}, or {instruments}")
    return names


def whole_number(text: str) -> int:
    """Return the integer of a text."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number') from error


def number(text: str) -> float:
    """Return the finite number of a text."""
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number') from error
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f'"{text}" is not a finite number')
    return value


def numbers(text: str) -> tuple[float, ...]:
    """Return the finite numbers of "0.7,1.2,0.8"."""
    return tuple(number(part.strip()) for part in text.split(","))


def names(text: str) -> tuple[str, ...]:
    """Return the names of "Viola, Cello"."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def add_output_options(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add --out and --formats."""
    parser.add_argument(
        "--out", type=Path, required=required, metavar="DIR", help="folder for the files, made if absent"
    )
    parser.add_argument(
        "--formats",
        type=formats,
        default=("mid",),
        metavar="F,F",
        help=f"which files to write: {', '.join(FORMATS)} (default mid); pdf@bb and musicxml@eb.2 are sheets for "
        f"instruments ({', '.join(TRANSPOSING)}), the second of the part 2 alone",
    )


def add_tablature_option(parser: argparse.ArgumentParser) -> None:
    """Add --tablature."""
    parser.add_argument("--tablature", action="store_true", help="string and fret below the staff of a guitar")


def with_tablatures(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces with tablature below their guitars; that there is no guitar in any is said."""
    if not any(is_guitar(track) for piece in pieces for track in piece.tracks):
        say("There is no guitar with six strings in this music; it has no tablature.")
    return [with_tablature(piece) for piece in pieces]


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
