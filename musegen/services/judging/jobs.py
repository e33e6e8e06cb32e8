"""Measuring in the background, one at a time for everybody: EvaluateJob."""

from collections.abc import Sequence

from musegen.languages import message
from musegen.music import Piece
from musegen.services.judging.evaluate import Evaluation, by_temperature, evaluate, evaluate_pieces
from musegen.services.making.background import Job


class EvaluateJob(Job):
    """Music that is measured beside the real music of styles.

    Attributes:
        found: an evaluation for each style, or for each temperature of each; grows while it runs.
        pieces: name and music of the files that are measured; none where takes are.
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
        self._temperatures, self.pieces = tuple(temperatures), tuple(pieces)

    def _work(self) -> None:
        for number, style_id in enumerate(self._styles):

            def report(share: float, before: int = number) -> None:
                self._report((before + share) / len(self._styles))

            stopped = self._cancelled.is_set
            if self.pieces:
                self.found.append(evaluate_pieces(style_id, self.pieces))
                self._report((number + 1) / len(self._styles))
            elif self._temperatures:
                asked = (style_id, self._temperatures, self._num_takes)
                self.found += self._call(by_temperature, asked, report, stopped)
            else:
                self.found.append(self._call(evaluate, (style_id, self._num_takes), report, stopped))

    def _words(self) -> str:
        return f"{', '.join(self._styles)}, {self._num_takes} takes, {len(self.pieces)} files"
