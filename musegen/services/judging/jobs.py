"""Measuring in the background, one at a time for everybody: EvaluateJob, start."""

from collections.abc import Sequence

from musegen.languages import message
from musegen.music import Piece
from musegen.services.judging.evaluate import Evaluation, by_temperature, evaluate, evaluate_pieces
from musegen.services.making.background import Job
from musegen.services.making.runner import Runner, ThreadRunner

_runner: Runner = ThreadRunner(1, "evaluate")


class EvaluateJob(Job):
    """Music that is measured beside the real music of styles. Made by `start`.

    Attributes:
        found: an evaluation for each style, or for each temperature of each; grows while it runs.
    """

    doing = "measuring"
    unexpected = message("Something went wrong while measuring; change what is measured and try again.")

    def __init__(
        self,
        styles: Sequence[str],
        num_takes: int,
        temperatures: Sequence[float] = (),
        pieces: Sequence[tuple[str, Piece]] = (),
    ) -> None:
        super().__init__()
        self.found: list[Evaluation] = []
        self._styles, self._num_takes = tuple(styles), num_takes
        self._temperatures, self._pieces = tuple(temperatures), tuple(pieces)

    def _work(self) -> None:
        for number, style_id in enumerate(self._styles):
            ways = {
                "progress": lambda share, n=number: self._report((n + share) / len(self._styles)),
                "cancelled": self._cancelled.is_set,
            }
            if self._pieces:
                self.found.append(evaluate_pieces(style_id, self._pieces))
                self._report((number + 1) / len(self._styles))
            elif self._temperatures:
                self.found += by_temperature(style_id, self._temperatures, self._num_takes, **ways)
            else:
                self.found.append(evaluate(style_id, self._num_takes, **ways))

    def _words(self) -> str:
        return f"{', '.join(self._styles)}, {self._num_takes} takes, {len(self._pieces)} files"


def start(job: EvaluateJob, owner: str) -> None:
    """Have a job run and return at once.

    Args:
        job: what to measure.
        owner: whose it is, for example the id of a browser session.
    """
    _runner.submit(job, owner)
