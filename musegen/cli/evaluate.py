"""`evaluate`: how a style's takes, or files, stand beside real music, and whether they can be told from it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from musegen.cli.options import add_json_option, number, numbers, whole_number
from musegen.cli.output import say, show, show_json
from musegen.errors import ConstraintError

if TYPE_CHECKING:  # what judges is imported when it is asked for: other commands start without it
    from musegen.services.judging.evaluate import Evaluation


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "evaluate", help="measure a style's music beside real music, or tell them apart", allow_abbrev=False
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--style", metavar="STYLE", help="measure takes of this style beside its music")
    what.add_argument("--twins", metavar="STYLE", help="let a judge tell this style's music from real music")
    parser.add_argument("--files", type=Path, metavar="DIR", help="measure these files instead of takes")
    parser.add_argument("--takes", type=whole_number, default=50, metavar="N", help="how many takes to measure (50)")
    parser.add_argument("--temperatures", type=numbers, metavar="T,T", help="measure at each of these temperatures")
    parser.add_argument(
        "--split",
        choices=("valid", "test"),
        default="valid",
        help="of twins: choose by valid, report test (valid)",
    )
    parser.add_argument("--pairs", type=whole_number, default=80, metavar="N", help="of twins: most seeds (80)")
    parser.add_argument("--temperature", type=number, metavar="T", help="instead of the style's own")
    parser.add_argument("--top-p", type=number, metavar="P", help="instead of the style's own")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Measure, or make twins and say how well a judge tells them apart."""
    settings = {"temperature": arguments.temperature, "top_p": arguments.top_p}
    settings = {name: value for name, value in settings.items() if value is not None}
    if arguments.twins:
        from musegen.services.judging.twins import judged

        verdict = judged(arguments.twins, arguments.split, arguments.pairs, settings, _progress("twins"))
        if arguments.json:
            show_json(verdict.as_data())
        else:
            show(verdict.sentences())
        return
    found = _measured(arguments, settings)
    for words in (words for each in found for words in each.left_out):
        say(words)
    if arguments.json:
        show_json(found[0].as_data() if len(found) == 1 else {"temperatures": [each.as_data() for each in found]})
    else:
        show([line for each in found for line in (*lines(each), "")][:-1])


def _progress(words: str) -> Callable[[float], None]:
    shown = [0]

    def progress(share: float) -> None:
        if share >= shown[0] / 10:
            say(f"{share:.0%} of the {words} are made.")
            shown[0] = int(share * 10) + 1

    return progress


def _measured(arguments: argparse.Namespace, settings: dict[str, float]) -> list[Evaluation]:
    from musegen.corpora.folder import files_of
    from musegen.services.judging.evaluate import by_temperature, evaluate, evaluate_files

    if arguments.files:
        if arguments.temperatures or settings:
            raise ConstraintError("Files have no temperature and no top-p; leave these out.")
        return [evaluate_files(arguments.style, files_of(arguments.files))]
    if arguments.temperatures:
        if arguments.temperature is not None:
            raise ConstraintError("Give --temperature or --temperatures, not both.")
        return by_temperature(arguments.style, arguments.temperatures, arguments.takes, progress=_progress("takes"))
    return [evaluate(arguments.style, arguments.takes, settings, progress=_progress("takes"))]


def lines(found: Evaluation) -> list[str]:
    """Return an evaluation as a table and sentences."""
    header = f"{'':28} {'mean':>8} {'95 %':>17}   {'real':>8} {'its middle 80 %':>17}  inside"
    rows = [
        f"{row.title:28} {_n(row.mean)} {_n(row.low)} {_n(row.high)}   {_n(row.real)} {_n(row.real_low)} "
        f"{_n(row.real_high)}  {'-' if row.inside is None else f'{row.inside:.0%}'}"
        for row in found.rows
    ]
    nats = found.likelihood
    known = [f"{words} {nats[name]:.2f}" for name, words in _LIKELIHOOD.items() if nats[name] is not None]
    areas = " ".join(f"{name.replace('_', ' ')} {own:.2f} ({real:.2f});" for name, (own, real) in found.overlap.items())
    result = [
        f"{found.what}, beside windows of real music held out.",
        header,
        *rows,
        f"Overlap with the music learned from, held-out music's in brackets: {areas.rstrip(';')}.",
        f"That is {found.adherence:.0%} of held-out music's; diversity {found.diversity:.2f} (1: as real music).",
    ]
    if known:
        result.append(f"Nats a note: {', '.join(known)}.")
    for name, words in _FORESEEN.items():
        if (accuracy := found.onsets[f"{name}accuracy"]) is not None:
            result.append(f"Pitches foreseen where notes begin, {words}: {accuracy:.0%}, "
                          f"{found.onsets[f'{name}nats']:.2f} nats a pitch.")  # fmt: skip
    if shared := found.shared:
        result.append(
            f"Longest run shared with the music learned from: {shared['median']:.0f} notes in the middle, at most "
            f"{shared['most']:.0f}; held-out music {shared['real_median']:.0f} and {shared['real_most']:.0f}."
        )
    if twins := found.twins:
        result.append(
            f"Told from real music by a judge of {twins['seeds']} pairs of twins: {twins['accuracy']:.0%} right (95 % "
            f"from {twins['low']:.0%} to {twins['high']:.0%}; 50 % is chance)."
        )
    for name, own in found.copied:
        result.append(f"{name}: {own.sentences()[0]}")
    return result


_LIKELIHOOD = {"takes": "of its takes", "held_out": "of music it never saw", "counting_model": "of a counting model"}


_FORESEEN = {"": "in what is judged", "held_out_": "in music it never saw", "counting_": "by a counting model there"}


def _n(value: float | None) -> str:
    return f"{'-' if value is None else f'{value:.3g}':>8}"
