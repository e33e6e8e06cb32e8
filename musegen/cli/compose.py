"""`compose`: takes from a seed and a style, as files."""

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from musegen.cli.chart import add_chart_options, chart_of, key_beside_chart
from musegen.cli.every_style import ALL, compose_in_all
from musegen.cli.flags import add_flags, chosen, chosen_options
from musegen.cli.options import (
    add_json_option,
    add_output_options,
    add_tablature_option,
    number,
    whole_number,
    with_tablatures,
)
from musegen.cli.output import say, show, show_json, write_files
from musegen.cli.takes import OWNER
from musegen.composers.modes import FROM_MELODY, MODES
from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.errors import FileFormatError
from musegen.files.limits import read_bytes
from musegen.harmony.lead_sheet import with_chord_symbols
from musegen.languages.hyphens import LANGUAGES
from musegen.music.timing import num_bars
from musegen.remarks import Remark, remark
from musegen.services.judging.originality import originality_of
from musegen.services.keeping.library import keep
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_of_file, recipe_text
from musegen.services.making.remake import remake
from musegen.services.making.words import set_words
from musegen.services.seeds import seed as seeds
from musegen.services.seeds.seed import Seed
from musegen.services.showing import downloads as studio
from musegen.services.styles import StyleCard, get_style, option_kinds


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("compose", help="compose takes from a seed and a style", allow_abbrev=False)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--style", metavar="S", help=f'a style of `styles`; "{ALL}" for the seed in every one')
    what.add_argument("--recipe", type=Path, metavar="FILE",
                      help="make a take again: a recipe, or a MIDI or MusicXML file that has one inside")  # fmt: skip
    seed = parser.add_mutually_exclusive_group()
    seed.add_argument("--primer", type=Path, metavar="FILE", help="the seed: a MIDI, MusicXML, ABC or text file")
    seed.add_argument("--text", metavar="NOTES", help='the seed as typed notes: "C4 D4 E4:2"')
    parser.add_argument("--words", metavar="TEXT", help='words under the seed: "A-ma-zing grace, how sweet_ the sound"')
    parser.add_argument("--words-language", choices=LANGUAGES, help="divide words without hyphens as in this language")
    parser.add_argument("--chords", action="store_true", help="chord symbols over the takes in what is written")
    add_tablature_option(parser)
    parser.add_argument("--mode", choices=MODES, help="default: continue where a seed is given, else invent")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--bars", type=whole_number, metavar="N", help="length in bars, the seed included")
    length.add_argument("--seconds", type=number, metavar="X", help="length in seconds, to the nearest bar")
    add_flags(parser, [ComposeRequest, *option_kinds()])
    parser.add_argument("--form", metavar="LETTERS", help='sections that return: "A A B A", "A A\' B A"')
    parser.add_argument("--variation", type=number, metavar="V", help="how much they are varied then, 0 to 1")
    parser.add_argument("--longest-copy", type=whole_number, metavar="N",
                        help="compose again what shares more notes in a row with what the style knows")  # fmt: skip
    add_chart_options(parser)
    parser.add_argument("--key", metavar="KEY", help='"D major"')
    parser.add_argument("--file-key", action="store_true", help="believe the key a seed's file says, not its notes")
    parser.add_argument("--qpm", type=number, metavar="Q", help="tempo in quarters a minute")
    parser.add_argument("--meter", metavar="M", help='"6/8", where nothing else decides it')
    parser.add_argument("--keep", action="store_true", help="keep the takes in the library, see `takes`")
    add_output_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Compose, write the files, and tell about each take."""
    if arguments.style == ALL:
        compose_in_all(arguments, _seed(arguments), lambda result: _written(arguments, result, []))
        return
    result, messages = _again(arguments) if arguments.recipe else _composed(arguments)
    for message in messages:
        say(message)
    data, lines = _written(arguments, result, messages)
    if arguments.json:
        show_json(data)
    else:
        show(lines)


def _written(
    arguments: argparse.Namespace, result: ComposeResult | SteerResult, messages: Sequence[str]
) -> tuple[dict, list[str]]:
    """Write the files of a result, and keep it where that was asked; return it as plain data and in lines."""
    begun = time.perf_counter()
    recipes = [Recipe(result.request, take.index, take.style_sha256, take.piece.title) for take in result.takes]
    if arguments.keep:
        for take, recipe in zip(result.takes, recipes, strict=True):
            keep(OWNER, take, recipe, made_from=f"{get_style(take.style_id).title}, command line")
    texts = [recipe_text(recipe) for recipe in recipes]
    takes = [replace(t, piece=with_chord_symbols(t.piece)) if arguments.chords else t for t in result.takes]
    if arguments.tablature:
        fretted = with_tablatures([take.piece for take in takes])
        takes = [replace(take, piece=piece) for take, piece in zip(takes, fretted, strict=True)]
    downloads = [
        {f: studio.download(take, f, recipe=text) for f in arguments.formats}
        for take, text in zip(takes, texts, strict=True)
    ]
    rendered = (time.perf_counter() - begun) * 1e3
    contents = {d.file_name: d.data for files in downloads for d in files.values()}
    paths = write_files(arguments.out, contents)
    files = [{f: str(paths[d.file_name]) for f, d in by_format.items()} for by_format in downloads]
    lines = [_line(take, written) for take, written in zip(result.takes, files, strict=True)]
    return _as_data(result, files, messages, rendered), lines


def _again(arguments: argparse.Namespace) -> tuple[ComposeResult | SteerResult, list[Remark]]:
    """Make the take of a recipe again."""
    text = recipe_of_file(arguments.recipe.name, read_bytes(arguments.recipe))
    if text is None:
        raise FileFormatError(f"There is no recipe in {arguments.recipe.name}; it was not exported by Musegen.")
    recipe, messages = read_recipe_text(text)
    begun = time.perf_counter()
    take, more = remake(recipe)
    timings = {"load": 0.0, "sample": (time.perf_counter() - begun) * 1e3}
    result: ComposeResult | SteerResult
    if isinstance(recipe.request, SteerRequest):
        result = SteerResult(recipe.request, (take,), (), timings_ms=timings)
    else:
        result = ComposeResult(recipe.request, (take,), timings_ms=timings)
    return result, [*messages, *more]


def _composed(arguments: argparse.Namespace) -> tuple[ComposeResult | SteerResult, list[Remark]]:
    """Compose what was asked for."""
    card = get_style(arguments.style)
    seed = _seed(arguments)
    mode = arguments.mode or ("invent" if seed is None else "continue")
    messages: list[Remark] = []
    if seed is not None and mode == "invent":
        messages.append(remark("seed_not_used"))
    elif seed is not None:
        seed = _used(seed, seeds.voices_taken(card, mode))
        messages += seed.messages
        if arguments.words is not None:
            piece, said = set_words(seed.piece, arguments.words, arguments.words_language)
            seed, messages = replace(seed, piece=piece), [*messages, *said]
    if mode in FROM_MELODY and (arguments.bars or arguments.seconds):
        messages.append(remark("as_long_as_melody"))
    result = compose(_request(arguments, card, mode, seed))
    return result, [*messages, *result.messages]


def _seed(arguments: argparse.Namespace) -> Seed | None:
    """Return the seed that was given, or None."""
    if arguments.text is not None:
        return seeds.seed_from_text(arguments.text)
    if arguments.primer is not None:
        seed = seeds.seed_from_file(arguments.primer.name, read_bytes(arguments.primer))
        return seeds.in_declared_key(seed) if arguments.file_key else seed
    return None


def _used(seed: Seed, num_voices: int) -> Seed:
    """Return what is used of a seed: all its bars, and the tracks that the page would suggest."""
    tracks = seeds.suggest_tracks(seed.piece, num_voices)
    return seeds.excerpt(seed, tracks, 1, max(num_bars(seed.piece), 1))


def _request(arguments: argparse.Namespace, card: StyleCard, mode: str, seed: Seed | None) -> ComposeRequest:
    """Return the request: what was not asked for is as the style's card has it."""
    asked = chosen(arguments, ComposeRequest) | {"form": arguments.form, "form_variation": arguments.variation}
    asked |= {"longest_copy": arguments.longest_copy}
    options = chosen_options(arguments)
    if chart := chart_of(arguments):
        options["chart"] = chart
    usual = {"temperature": card.temperature} | {k: v for k, v in card.sampling.items() if k in ("top_p", "top_k")}
    return ComposeRequest(
        style_id=arguments.style,
        mode=mode,
        primer=None if seed is None or mode == "invent" else seed.piece,
        num_bars=arguments.bars,
        seconds=arguments.seconds,
        key=key_beside_chart(arguments),
        qpm=arguments.qpm,
        meter=arguments.meter,
        options=options,
        **usual | {name: value for name, value in asked.items() if value is not None},
    )


def _as_data(
    result: ComposeResult | SteerResult, files: list[dict[str, str]], messages: Sequence[str], rendered_ms: float
) -> dict[str, Any]:
    takes = [
        {
            "files": written,
            "num_notes": take.piece.num_notes,
            "num_bars": take.num_bars,
            "seconds": round(take.seconds, 3),
            "random_seed": take.random_seed,
            "style_sha256": take.style_sha256,
            "notes_changed": take.notes_changed,
            "shared_run": _shared_run(take),
        }
        for take, written in zip(result.takes, files, strict=True)
    ]
    timings = {name: round(value, 3) for name, value in (result.timings_ms | {"render": rendered_ms}).items()}
    return {"takes": takes, "messages": messages, "timings_ms": timings}


def _shared_run(take: Take) -> dict[str, Any] | None:
    """Return the longest run that a take shares with what its style learned from, None where it cannot be told."""
    found = originality_of(take.style_id, take.piece, take.given)
    if found is None:
        return None
    usual = None if math.isnan(found.usual) else found.usual
    where = {"where": found.where, "source": found.source} if found.run.num_notes else {}
    return {"num_notes": found.run.num_notes, "usual": usual, **where}


def _line(take: Take, files: dict[str, str]) -> str:
    bars = f"{take.num_bars} bar{'s' * (take.num_bars != 1)}"
    what = f"{take.piece.title}, {bars}, {take.piece.num_notes} notes, {take.seconds:.0f} s"
    return f"{take.index + 1}. {what}: {', '.join(files.values())}"
