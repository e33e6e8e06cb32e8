"""The kept figures of the networks that the seeds describe; `benchmarks.seed_networks` measures and keeps them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Figures

if TYPE_CHECKING:
    import keras

    from musegen.baselines.training import Budget, Fitted

FILE = Path(__file__).with_name("seed_networks.json")


def seed_figures(part: str) -> Figures | None:
    """Return the kept figures of "piano" or "chopin"; None where nothing was kept."""
    return _kept().get(part)


def keep(figures: Figures) -> None:
    """Put figures, by part, in place of those kept before."""
    FILE.write_text(json.dumps(_kept() | figures, indent=1) + "\n", encoding="utf-8")


def _kept() -> Figures:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def training_figures(fitted: "Fitted", budget: "Budget", model: "keras.Model") -> Figures:
    """Return how a network was trained."""
    return {
        "parameters": int(model.count_params()),
        "windows": fitted.steps * budget.batch_size,
        "steps": fitted.steps,
        "best_step": fitted.best_step,
        "seconds": round(fitted.seconds),
        "validation": [round(value, 4) for value in fitted.history],
    }
