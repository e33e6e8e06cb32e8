"""Options that several composers take, described once: instruments_option, memory_option."""

from typing import Any

from musegen.composers.settings import setting


def instruments_option() -> Any:
    """Return the field of the parts that play, by name; () for all of them."""
    return setting(
        (),
        label="Instruments",
        words="The choice of instruments",
        help="Who plays. A part that is left out is silent, and the others are composed without it.",
        control="parts",
        flag="--instruments",
        metavar="N,N",
    )


def memory_option() -> Any:
    """Return the field that says whether the network sees what was played bars ago, so that motifs return."""
    return setting(
        True,
        label="Let motifs return",
        words="The melodic memory",
        help="On: it listens back to what was played one, two and four bars ago, so that ideas come again. Off: it "
        "goes by the last notes alone.",
        control="toggle",
        flag="--memory",
    )
