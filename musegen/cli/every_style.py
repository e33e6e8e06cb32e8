"""`compose --style all`: one take of the seed in every style, as files."""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

from musegen.cli.chart import chart_of
from musegen.cli.output import say, show, show_json
from musegen.composers.request import ComposeResult
from musegen.errors import ConstraintError
from musegen.music.timing import num_bars
from musegen.services.making.every_style import EveryStyleRequest, StyleOutcome, compose_every
from musegen.services.seeds.seed import Seed

ALL = "all"
"""The name that stands for every style."""

_FOR_ALL = frozenset(("command", "run", "style", "recipe", "primer", "text", "bars", "seconds", "random_seed", "keep",
                      "chart", "chart_file", "common_form", "out", "formats", "json"))  # fmt: skip
"""What goes for every style; all other options are for one."""

Write = Callable[[ComposeResult], tuple[dict[str, Any], list[str]]]
"""Writes the files of a result and returns it as plain data and in lines."""


def compose_in_all(arguments: argparse.Namespace, seed: Seed | None, write: Write) -> None:
    """Compose the seed in every style, write the files, and tell about each.

    Raises:
        ConstraintError: there is no seed, an option goes with one style only, or no style could compose.
    """
    others = {name: value for name, value in vars(arguments).items() if name not in _FOR_ALL}
    given = [name for name, value in others.items() if value is not None and value is not False and value != ()]
    if given:
        option = given[0].replace("_", "-")
        raise ConstraintError(f"With --style {ALL} each style has its own settings; leave out --{option}.")
    if seed is None:
        raise ConstraintError(f"With --style {ALL} a seed is needed; give --primer or --text.")
    for message in seed.messages:
        say(message)
    whole = (1, max(num_bars(seed.piece), 1))
    asked = EveryStyleRequest(
        seed, whole, arguments.bars, arguments.seconds, arguments.random_seed or 0, chart_of(arguments)
    )
    begun = time.perf_counter()
    outcomes = compose_every(asked)
    composed = (time.perf_counter() - begun) * 1e3
    told = [(outcome, write(outcome.result) if outcome.result else None) for outcome in outcomes]
    if arguments.json:
        styles = [_as_data(outcome, written[0] if written else None) for outcome, written in told]
        show_json({"styles": styles, "timings_ms": {"compose": round(composed, 3)}})
    else:
        _show(told)
    if not any(outcome.result for outcome in outcomes):
        raise ConstraintError("No style could use this seed.")


def _show(told: Sequence[tuple[StyleOutcome, tuple[dict[str, Any], list[str]] | None]]) -> None:
    for outcome, written in told:
        if written is None or outcome.result is None:
            say(f"{outcome.title}: {outcome.trouble}")
            continue
        for message in outcome.result.messages:
            say(f"{outcome.title}: {message}")
        show([f"{outcome.title}: {line}" for line in written[1]])


def _as_data(outcome: StyleOutcome, written: dict[str, Any] | None) -> dict[str, Any]:
    if written is None or outcome.result is None:
        return {"style": outcome.style_id, "error": outcome.trouble}
    (take,) = written["takes"]
    return {"style": outcome.style_id, "mode": outcome.mode, **take, "messages": list(outcome.result.messages)}
