"""Options of commands drawn from settings: add_flags, chosen, chosen_options."""

import argparse
from collections.abc import Iterable
from typing import Any, get_args, get_origin, get_type_hints

from musegen.cli.options import names, number, numbers, whole_number
from musegen.composers.settings import Setting, settings_of
from musegen.services.styles import option_kinds


def add_flags(parser: argparse.ArgumentParser, kinds: Iterable[type]) -> None:
    """Add the flag of every setting of dataclasses, each flag once; what is not given is None.

    A chart of chords has several ways in, see `cli.chart`, and none here.
    """
    added = set()
    for kind in kinds:
        hints = get_type_hints(kind)
        for name, described in settings_of(kind).items():
            if described.flag and described.flag not in added and described.control != "chart":
                added.add(described.flag)
                _add(parser, name, described, hints[name])


def _add(parser: argparse.ArgumentParser, name: str, described: Setting, hint: Any) -> None:
    words = described.help.replace("%", "%%")
    words = words[:1].lower() + words[1:].rstrip(".") if words else described.label
    if named := [str(choice) for choice in described.choices if choice]:
        words += f" ({', '.join(named)})".replace("%", "%%")
    if hint is bool:
        parser.add_argument(described.flag, action=argparse.BooleanOptionalAction, dest=name, default=None, help=words)
        return
    parser.add_argument(described.flag, type=_kind(hint), dest=name, metavar=described.metavar, help=words)


def _kind(hint: Any) -> Any:
    """Return what reads the text of a value of a type."""
    if get_origin(hint) is tuple:
        return numbers if get_args(hint)[0] is float else names
    plain = next((part for part in get_args(hint) if part is not type(None)), hint)
    return {float: number, int: whole_number}.get(plain, str)


def chosen(arguments: argparse.Namespace, kind: type) -> dict[str, Any]:
    """Return the settings of a dataclass that were given, by name."""
    given = {name: getattr(arguments, name, None) for name in settings_of(kind)}
    return {name: value for name, value in given.items() if value is not None}


def chosen_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options of whatever composer that were given, by name, charts aside."""
    given: dict[str, Any] = {}
    for kind in option_kinds():
        given |= {name: value for name, value in chosen(arguments, kind).items() if name != "chart"}
    return given
