"""Options that several composers take, described once: chart_option, read_chart, instruments_option, memory_option."""

from typing import Any

from musegen.composers.settings import setting
from musegen.errors import ChartError, ConstraintError
from musegen.music.chart import Chart, parse_chart


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


def chart_option() -> Any:
    """Return the field of the chords to play over, as typed; "" for the style's own choice."""
    return setting(
        "",
        label="Chords",
        words="The chart",
        help="The chords to play over, as typed: Dm7 | G7 | Cmaj7 | %.",
        control="chart",
        flag="--chart",
        metavar="CHORDS",
    )


def read_chart(text: str) -> Chart:
    """Return the chart of a text.

    Raises:
        ConstraintError: it cannot be read; the message says why.
    """
    try:
        return parse_chart(text)
    except ChartError as error:
        raise ConstraintError("The chart cannot be read. {error}", error=error) from error
