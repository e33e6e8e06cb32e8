"""Timing, tables and the command line that every benchmark shares."""

import argparse
import json
import logging
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of several runs of one thing."""

    runs: int
    min: float
    median: float
    max: float

    def to_figures(self) -> Figures:
        """Return the timing as plain data, in milliseconds."""
        return {"runs": self.runs, **{f"{n}_ms": 1e3 * getattr(self, n) for n in ("min", "median", "max")}}


def measure(call: Callable[[], Any], runs: int, *, warmup: int = 1, repeats: int = 1) -> Timing:
    """Return how long a call takes.

    Args:
        call: what is timed.
        runs: times it is timed.
        warmup: untimed calls before.
        repeats: calls a run; the time of one is their mean.
    """
    for _ in range(warmup):
        call()
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        for _ in range(repeats):
            call()
        seconds.append((time.perf_counter() - begun) / repeats)
    return Timing(runs, min(seconds), statistics.median(seconds), max(seconds))


def measure_in_turn(calls: dict[str, Callable[[], Any]], runs: int, *, warmup: int = 1) -> dict[str, Timing]:
    """Return how long each call takes, timed in turn, so that the machine's load falls on all of them alike."""
    for call in calls.values():
        for _ in range(warmup):
            call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            begun = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - begun)
    return {n: Timing(runs, min(s), statistics.median(s), max(s)) for n, s in seconds.items()}


def number(value: Any, digits: int = 3) -> str:
    """Return a value as printed in a table."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.{digits}f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], digits: int = 3) -> str:
    """Return a Markdown table."""
    cells = [[number(value, digits) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(header), *cells]) for i in range(len(header))]

    def line(values: Sequence[str]) -> str:
        first, rest = values[0].ljust(widths[0]), (v.rjust(w) for v, w in zip(values[1:], widths[1:], strict=True))
        return "| " + " | ".join([first, *rest]) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    return "\n".join([line(list(header)), rule, *map(line, cells)])


def timing_rows(figures: Figures, names: Sequence[str]) -> list[list[Any]]:
    """Return rows (name, runs, min, median, max) of the timings in the figures."""
    return [[n.replace("_", " "), *(figures[n][k] for k in ("runs", "min_ms", "median_ms", "max_ms"))] for n in names]


TIMING_HEADER = ("milliseconds", "runs", "min", "median", "max")


def plain(value: Any) -> Any:
    """Return the figures with NaN as None and numpy numbers as Python's, ready for JSON."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def run(measured: Callable[[bool], Figures], rendered: Callable[[Figures], str]) -> None:
    """Be the command line of a benchmark.

    Args:
        measured: takes `small` and returns the figures.
        rendered: returns them as text.
    """
    module = sys.modules[measured.__module__]
    parser = argparse.ArgumentParser(description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument("--small", action="store_true", help="a quick, rough version, to see that it runs")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    figures = plain(measured(options.small))
    print(json.dumps(figures, indent=1) if options.json else rendered(figures))
