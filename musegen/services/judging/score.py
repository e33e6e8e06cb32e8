"""How likely music is to a style: nats of a whole piece, each event given what is before it and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musegen.composers.reading import Reading
from musegen.composers.style import Style, load_style
from musegen.engine.codec import Example
from musegen.engine.loop import score
from musegen.errors import FileFormatError, MusegenError
from musegen.files import read
from musegen.music import Piece
from musegen.remarks import Remark

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a piece is to a style.

    Args:
        nll: negative log-likelihood in nats of the whole piece.
        num_notes: notes as the style reads them.
        num_tokens: events counted, each once: of a chorale every sixteenth of every voice, of a tune every event from
            the meter to the end.
        messages: what was changed to read the piece.
    """

    nll: float
    num_notes: int
    num_tokens: int
    messages: tuple[Remark, ...] = ()

    @property
    def nats_per_note(self) -> float:
        """Nats of the whole piece divided by its notes."""
        return self.nll / self.num_notes


def score_files(style_id: str, paths: Sequence[Path]) -> list[Score]:
    """Return the scores of files, in their order.

    Raises:
        MusegenError: there is no such style, or a file cannot be read or is not music for it; the message names it.
    """
    style = load_style(style_id)
    readings = []
    for path in paths:
        try:
            readings.append(style.composer.read(read(path), style))
        except MusegenError as error:
            said = str(error)
            if str(path) in said:
                raise FileFormatError(said) from error
            raise FileFormatError("{path}: {said}", path=path, said=said) from error
    return _scores(style, readings)


def score_piece(style_id: str, piece: Piece) -> Score:
    """Return the score of a piece.

    Raises:
        MusegenError: there is no such style, or the piece is not music for it.
    """
    style = load_style(style_id)
    return _scores(style, [style.composer.read(piece, style)])[0]


def _scores(style: Style, readings: Sequence[Reading]) -> list[Score]:
    """Return the scores of readings, those of about equal length computed together."""
    player = style.player
    order = sorted(range(len(readings)), key=lambda i: len(readings[i].example.target))
    nats: dict[int, float] = {}
    for start in range(0, len(order), _BATCH):
        group = {id(readings[i].example): readings[i] for i in order[start : start + _BATCH]}
        examples = [reading.example for reading in group.values()]
        results = score(player, examples, _possible_in(group), recall=style.recall)
        nats |= {key: float(result.sum()) for key, result in zip(group, results, strict=True)}
    return [Score(nats[id(r.example)], r.num_notes, r.example.target.size, r.messages) for r in readings]


def _possible_in(group: Mapping[int, Reading]) -> Callable[[Example], np.ndarray]:
    """Return what tells which events could come in an example of a group of readings."""
    return lambda example: group[id(example)].possible()
