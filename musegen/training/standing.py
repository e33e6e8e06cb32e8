"""How far the trainings of shipped styles are, read from the folders of their runs: Standing, standing_of, sentence."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musegen.styles.history import history_of
from musegen.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a training is.

    Args:
        style_id: of the style.
        stage: the one that is going on or comes next, from 1; one more than `num_stages` where all are done.
        num_stages: of the recipe.
        epoch: epochs done of that stage.
        num_epochs: of that stage at most; 0 where all are done.
        best_nll: lowest validation nats an event so far, None before the first epoch.
        seconds: of training so far.
        seconds_left: till the end of the stage at the pace so far; None where there is no pace yet.
    """

    style_id: str
    stage: int
    num_stages: int
    epoch: int
    num_epochs: int
    best_nll: float | None
    seconds: float
    seconds_left: float | None

    @property
    def done(self) -> bool:
        """Whether every stage is."""
        return self.stage > self.num_stages


def standing_of(recipe: Recipe, run: Path) -> Standing:
    """Return how far the run of a recipe is; its folder need not be there yet."""
    best, seconds = None, 0.0
    for number, stage in enumerate(recipe.stages, 1):
        lines = history_of(run / f"stage-{number}")
        learned = [line for line in lines if line["epoch"]]
        seconds += lines[-1]["seconds"] if lines else 0.0
        best = min([line["valid_nll"] for line in learned] + ([best] if best is not None else []), default=None)
        epochs, epoch = stage.training.stop_epoch or stage.training.num_epochs, len(learned)
        if epoch < epochs and not _early(learned, stage.training.patience):
            left = (epochs - epoch) * learned[-1]["seconds"] / epoch if learned else None
            return Standing(recipe.card.style_id, number, len(recipe.stages), epoch, epochs, best, seconds, left)
    stages = len(recipe.stages)
    return Standing(recipe.card.style_id, stages + 1, stages, 0, 0, best, seconds, None)


def sentence(standing: Standing) -> str:
    """Return how far a training is, in words."""
    best = f", best {standing.best_nll:.4f} nats an event" if standing.best_nll is not None else ""
    spent = f"{standing.seconds / 60:.0f} minutes so far"
    if standing.done:
        return f"{standing.style_id}: done{best}, {spent}"
    if not standing.epoch and standing.best_nll is None:
        return f"{standing.style_id}: not begun, {standing.num_stages} stage{'s' * (standing.num_stages != 1)}"
    left = f", {standing.seconds_left / 60:.0f} to go in this stage" if standing.seconds_left is not None else ""
    return (
        f"{standing.style_id}: stage {standing.stage} of {standing.num_stages}, epoch {standing.epoch} of "
        f"{standing.num_epochs}{best}, {spent}{left}"
    )


def _early(learned: list[dict[str, Any]], patience: int) -> bool:
    if not learned:
        return False
    best = min(learned, key=lambda line: line["valid_nll"])["epoch"]
    return learned[-1]["epoch"] - best >= patience
