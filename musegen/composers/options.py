"""What a style can be asked for beyond what every style takes: a chart, swing, instruments, who leads, memory."""

from musegen.services.styles import StyleCard

_OPTIONS = {
    "solo": frozenset({"chart", "swing", "memory", "instruments", "lead"}),
    "score": frozenset({"instruments", "memory"}),
}
"""By codec."""


def options_of(card: StyleCard) -> frozenset[str]:
    """Return which of "chart", "swing", "instruments", "lead" and "memory" a style takes.

    Instruments can be chosen where there are more than the two hands of one.
    """
    options = _OPTIONS.get(card.codec["name"], frozenset())
    return options - {"instruments"} if len(parts_of(card)) <= 2 else options


def parts_of(card: StyleCard) -> tuple[str, ...]:
    """Return the names of the parts that a style writes for, from the top; empty where it has no such parts."""
    if card.codec["name"] == "solo":
        return card.voices
    return tuple(part["name"] for part in card.codec.get("config", {}).get("parts", ()))
