"""The table of the polyphonic benchmark: Row, rows_of, as_markdown, as_csv.

Each family has a column of its own, so that nobody reads down a column that mixes what cannot be compared.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

from musegen.evaluation.polyphony.systems import (
    AUTOREGRESSIVE,
    COUNTED,
    ESTIMATED,
    FAMILIES,
    INDEPENDENT,
    OURS,
    PUBLISHED,
    PUBLISHED_FIGURES,
    SYSTEMS,
)
from musegen.languages import Message


@dataclass(frozen=True, slots=True)
class Measured:
    """What one fitted model gave.

    Args:
        dataset: name of the data set.
        system: name of a `System` or counting model.
        seed: random seed it was fitted with.
        valid: validation nats a step.
        test: test nats a step.
        spread: standard error of the estimate of `test`, 0.0 where it is exact.
        num_weights: numbers that were learned.
        cpu_seconds: of fitting, on the machine that fitted it.
        steps: of the optimiser.
        history: validation nats at each look.
    """

    dataset: str
    system: str
    valid: float
    test: float
    seed: int = 0
    spread: float = 0.0
    num_weights: int = 0
    cpu_seconds: float = 0.0
    steps: int = 0
    history: tuple[float, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return it as what JSON holds."""
        return asdict(self) | {"history": [round(value, 4) for value in self.history]}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Measured":
        """Return what `as_data` wrote."""
        return cls(**(data | {"history": tuple(data.get("history", ()))}))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of one data set; a figure that is not known is None.

    Args:
        title: the model.
        family: whose column its figure stands in.
        kind: "floor", "ours" or "published".
        test: test nats a step, the mean over seeds.
        valid: validation nats a step, the mean over seeds.
        seeds: how many.
        deviation: standard deviation of `test` over seeds.
        spread: standard error of an estimate.
        num_weights: numbers learned.
        cpu_seconds: of fitting one.
        source: of what is published.
        doubts: about what is published.
    """

    title: str
    family: str
    kind: str
    test: float
    valid: float | None = None
    seeds: int = 0
    deviation: float | None = None
    spread: float | None = None
    num_weights: int | None = None
    cpu_seconds: float | None = None
    source: str = ""
    doubts: tuple[Message, ...] = ()


def rows_of(dataset: str, measured: Iterable[Measured]) -> list[Row]:
    """Return the lines of one data set: by family, in each floors, ours, published, and then by their figure."""
    by_system: dict[str, list[Measured]] = {}
    for each in measured:
        if each.dataset == dataset:
            by_system.setdefault(each.system, []).append(each)
    rows = [_row(name, found) for name, found in by_system.items()]
    rows += [
        Row(p.title, p.family, PUBLISHED, nats, source=p.source, doubts=p.doubts)
        for p in PUBLISHED_FIGURES
        if (nats := p.of(dataset)) is not None
    ]
    kinds, families = ("floor", OURS, PUBLISHED), list(FAMILIES)
    return sorted(rows, key=lambda row: (families.index(row.family), kinds.index(row.kind), -row.test))


def _row(name: str, found: Sequence[Measured]) -> Row:
    system = (SYSTEMS | COUNTED)[name]
    tests = [each.test for each in found]
    counted = name in COUNTED
    return Row(
        title=system.title,
        family=system.family,
        kind=system.kind,
        test=mean(tests),
        valid=mean(each.valid for each in found),
        seeds=0 if counted else len(found),
        deviation=stdev(tests) if len(tests) > 1 else None,
        spread=max(each.spread for each in found) if system.family == ESTIMATED else None,
        num_weights=found[0].num_weights or None,
        cpu_seconds=None if counted else mean(each.cpu_seconds for each in found),
    )


_KINDS = {"floor": "floor", OURS: "ours", PUBLISHED: "published"}
_HEADER = ("model", "", *(str(words) for words in FAMILIES.values()), "validation", "weights", "CPU minutes", "source")


def as_markdown(title: str, rows: Sequence[Row]) -> str:
    """Return the table of a data set, test nats a step, in Markdown."""
    lines = [
        f"**{title}**: test nats a time step, lower is better; families have columns of their own.",
        "",
        f"| {' | '.join(_HEADER)} |",
        "|---|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        figures = [_figure(row) if row.family == family else "" for family in (INDEPENDENT, AUTOREGRESSIVE, ESTIMATED)]
        cells = [
            row.title,
            _KINDS[row.kind],
            *figures,
            "" if row.valid is None else f"{row.valid:.2f}",
            "" if row.num_weights is None else f"{row.num_weights:,}",
            "" if row.cpu_seconds is None else f"{row.cpu_seconds / 60:.1f}",
            "; ".join(words for words in (row.source, *row.doubts) if words),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _figure(row: Row) -> str:
    words = f"{row.test:.2f}"
    if row.deviation is not None:
        words += f" (sd {row.deviation:.2f}, {row.seeds} seeds)"
    if row.spread is not None:
        words += f" (standard error {row.spread:.2f})"
    return f"**{words}**" if row.kind == OURS else words


def as_csv(tables: dict[str, Sequence[Row]]) -> str:
    """Return the tables of data sets as CSV, a line for each model of each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["dataset", "model", "kind", "family", *(f"test_{family}" for family in FAMILIES), "valid", "seeds",
                     "deviation", "standard_error", "weights", "cpu_seconds", "source", "doubt"])  # fmt: skip
    for dataset, rows in tables.items():
        for row in rows:
            tests = [round(row.test, 4) if row.family == family else "" for family in FAMILIES]
            rest = (row.valid, row.seeds or None, row.deviation, row.spread, row.num_weights, row.cpu_seconds)
            writer.writerow([
                dataset, row.title, row.kind, row.family, *tests,
                *("" if value is None else round(value, 4) for value in rest), row.source, "; ".join(row.doubts),
            ])  # fmt: skip
    return out.getvalue()
