"""`regenerate`, `vary`, `extend` and `swap`: music that is there already changed in part, as files."""

import argparse
import re
from pathlib import Path
from typing import Any

from musegen.cli.flags import add_flags, chosen
from musegen.cli.options import add_json_option, add_output_options, number, whole_number
from musegen.cli.output import say, show, show_json, write_files
from musegen.composers.request import Sampling
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.files.limits import read_bytes
from musegen.services.making.recipe import Recipe, recipe_text
from musegen.services.making.steer import steer
from musegen.services.seeds import seed as seeds
from musegen.services.showing import downloads as studio
from musegen.services.showing.downloads import ending
from musegen.services.styles import get_style


def bars(text: str) -> tuple[int, int]:
    """Return the first and last bar of "5-8" or "5"."""
    match = re.fullmatch(r"\s*(\d+)\s*(?:[-\u2013]\s*(\d+)\s*)?", text)
    if not match:
        raise argparse.ArgumentTypeError(f'"{text}" is not bars; write for example 5-8')
    return int(match[1]), int(match[2] or match[1])


def voices(text: str) -> tuple[int, ...]:
    """Return the voices of "1,4", counted from 0."""
    if not re.fullmatch(r"\s*[1-9]\d*\s*(,\s*[1-9]\d*\s*)*", text):
        raise argparse.ArgumentTypeError(f'"{text}" is not voices; write for example 1,4')
    return tuple(sorted({int(part) - 1 for part in text.split(",")}))


def note(text: str) -> tuple[int, int]:
    """Return the voice and the note of "1:7", counted from 0."""
    match = re.fullmatch(r"\s*([1-9]\d*)\s*:\s*([1-9]\d*)\s*", text)
    if not match:
        raise argparse.ArgumentTypeError(f'"{text}" is no note; write voice and number, for example 1:7')
    return int(match[1]) - 1, int(match[2]) - 1


def notes(text: str) -> tuple[tuple[int, int], ...]:
    """Return the notes of "1:7,1:8"."""
    return tuple(note(part) for part in text.split(","))


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the commands to the parser."""
    again = commands.add_parser("regenerate", help="compose some bars or notes of a file again", allow_abbrev=False)
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("--bars", type=bars, metavar="A-B", help="first and last bar")
    which.add_argument("--notes", type=notes, metavar="V:N,V:N", help="single notes, each by its voice and number")
    vary = commands.add_parser("vary", help="vary a file a little or a lot", allow_abbrev=False)
    vary.add_argument("--strength", type=number, default=0.5, metavar="S", help="0 nothing to 1 everything")
    vary.add_argument("--bars", type=bars, metavar="A-B", help="only these bars")
    extend = commands.add_parser("extend", help="go on from the end of a file, or from a bar", allow_abbrev=False)
    extend.add_argument("--to", type=whole_number, required=True, metavar="N", help="length of the whole in bars")
    extend.add_argument("--from-bar", type=whole_number, metavar="N", help="first new bar; the end by default")
    swap = commands.add_parser("swap", help="give one note another pitch, and go on from there", allow_abbrev=False)
    swap.add_argument("--note", type=note, required=True, metavar="V:N", help="the note by its voice and number: 1:7")
    swap.add_argument("--pitch", type=whole_number, required=True, metavar="P", help="its new MIDI pitch")
    for name, parser in (("regenerate", again), ("vary", vary), ("extend", extend), ("swap", swap)):
        parser.add_argument("file", type=Path, metavar="FILE", help="a MIDI, MusicXML, ABC or text file")
        parser.add_argument("--style", required=True, metavar="S", help="a style of `styles`")
        if name in ("regenerate", "vary"):
            parser.add_argument("--voices", type=voices, default=(), metavar="V,V", help="only these voices, 1 on top")
            parser.add_argument(
                "--keep", choices=("pitches", "rhythm"), default="", help="what stays of the old notes there"
            )
        parser.add_argument("--candidates", type=whole_number, default=16, metavar="N",
                            help="how many fillings are tried; the one that joins best is taken")  # fmt: skip
        add_flags(parser, [Sampling])
        add_output_options(parser)
        add_json_option(parser)
        parser.set_defaults(run=run, action=name)


def run(arguments: argparse.Namespace) -> None:
    """Change the music, write the files, and tell about each take."""
    card = get_style(arguments.style)
    seed = seeds.seed_from_file(arguments.file.name, read_bytes(arguments.file))
    how: dict[str, Any] = {name: card.sampling[name] for name in ("top_p", "top_k") if name in card.sampling}
    how |= {"temperature": card.temperature} | chosen(arguments, Sampling) | _own(arguments)
    request = SteerRequest(
        style_id=arguments.style,
        action=arguments.action,
        piece=seed.piece,
        **how,
    )
    result = steer(request)
    for message in (*seed.messages, *result.messages):
        say(message)
    recipes = [
        recipe_text(Recipe(result.request, take.index, take.style_sha256, take.piece.title)) for take in result.takes
    ]
    downloads = [
        {f: studio.download(take, f, recipe=text) for f in arguments.formats}
        for take, text in zip(result.takes, recipes, strict=True)
    ]
    names = [
        {f: f"{arguments.file.stem}-{arguments.action}-take{take.index + 1}{ending(f)}" for f in arguments.formats}
        for take in result.takes
    ]
    paths = write_files(
        arguments.out, {n[f]: d[f].data for n, d in zip(names, downloads, strict=True) for f in arguments.formats}
    )
    files = [{f: str(paths[name]) for f, name in by_format.items()} for by_format in names]
    if arguments.json:
        show_json(_as_data(result, files))
    else:
        counts = [sum(map(len, changed)) for changed in result.changed]
        lines = enumerate(zip(counts, files, strict=True), 1)
        show([f"{i}. {count} new notes: {', '.join(written.values())}" for i, (count, written) in lines])


def _own(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what an action takes beyond the settings of all."""
    own: dict[str, Any] = {"candidates": arguments.candidates}
    if arguments.action == "extend":
        return own | {"num_bars": arguments.to, "from_bar": arguments.from_bar}
    if arguments.action == "swap":
        return own | {"notes": (arguments.note,), "pitch": arguments.pitch}
    own |= {"bars": arguments.bars, "voices": arguments.voices, "keep": arguments.keep}
    if arguments.action == "vary":
        return own | {"strength": arguments.strength}
    return own | {"notes": arguments.notes or ()}


def _as_data(result: SteerResult, files: list[dict[str, str]]) -> dict[str, Any]:
    takes = [
        {
            "files": written,
            "num_notes": take.piece.num_notes,
            "new_notes": sum(map(len, changed)),
            "num_bars": take.num_bars,
            "random_seed": take.random_seed,
            "style_sha256": take.style_sha256,
        }
        for take, changed, written in zip(result.takes, result.changed, files, strict=True)
    ]
    timings = {name: round(value, 3) for name, value in result.timings_ms.items()}
    return {"takes": takes, "messages": list(result.messages), "timings_ms": timings}
