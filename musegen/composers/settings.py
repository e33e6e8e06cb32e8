"""Settings: what a musician can choose, described once for the page, the command line, recipes and refusals.

A setting is a field of a frozen dataclass (`Sampling`, or the `Options` of a composer) whose metadata says how it is
called, what it does, which values it takes and how it is chosen: Setting, setting, settings_of, check_settings.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from musegen.errors import ConstraintError

CONTROLS = ("slider", "toggle", "choice", "parts", "number", "text", "chart", "swing", "curve", "hidden")
"""How a setting is chosen on a page; "hidden" ones have no control of their own."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is named, explained, limited and chosen.

    Args:
        label: above its control ("Swing").
        words: as the subject of a sentence ("The swing").
        help: what it does to the music, for a musician.
        low: least value, None for no limit.
        high: greatest value.
        step: of a slider.
        choices: the values there are, () for any.
        control: one of `CONTROLS`.
        flag: on the command line, "" for none.
        metavar: what stands for the value in the command line's help.
    """

    label: str
    words: str
    help: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    control: str = "hidden"
    flag: str = ""
    metavar: str = ""

    def __post_init__(self) -> None:
        if self.control not in CONTROLS:
            raise ValueError(f"control must be one of {', '.join(CONTROLS)}, got {self.control!r}")


def setting(default: Any, **described: Any) -> Any:
    """Return the dataclass field of a setting: its default, and the arguments of `Setting`."""
    return field(default=default, metadata={"setting": Setting(**described)})


def settings_of(kind: type) -> dict[str, Setting]:
    """Return the settings of a dataclass by the name of their field, in order; other fields are left out."""
    return {f.name: f.metadata["setting"] for f in fields(kind) if "setting" in f.metadata}


def check_settings(values: Any) -> None:
    """Refuse values outside their ranges or choices.

    Args:
        values: an instance of a dataclass with settings.

    Raises:
        ConstraintError: one is; the message names it, its value and what it may be.
    """
    for name, described in settings_of(type(values)).items():
        value = getattr(values, name)
        if value is None:
            continue
        if described.low is not None and described.high is not None:
            check_range(described.words, value, described.low, described.high)
        if described.choices and value not in described.choices:
            allowed = ", ".join(choice for choice in described.choices if choice)
            raise ConstraintError(
                '{words} is "{value}"; it must be one of: {allowed}.',
                words=described.words,
                value=plain_number(value),
                allowed=allowed,
            )


def check_range(words: str, value: float | None, low: float, high: float) -> None:
    """Refuse a value outside its range, also one that is no number; None is let pass.

    Raises:
        ConstraintError: it is; the message names it, its value and its range.
    """
    if value is not None and not low <= value <= high:
        raise ConstraintError(
            "{words} is {value}; it must be {low} to {high}.",
            words=words,
            value=plain_number(value),
            low=plain_number(low),
            high=plain_number(high),
        )


def plain_number(value: Any) -> str:
    """Return a value as a sentence says it, cut where it is very long."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 25 else f"{text[:22]}..."
