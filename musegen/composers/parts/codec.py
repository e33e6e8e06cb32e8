"""Scores of several parts as events: step, part, pitch, duration (and velocity) of each note, in score time.

An array of R rows is `K R` events, the answers of `score_grid.QUESTIONS` in turn; the last row is END. Bars, keys and
tempo are not among them: they are told to the network (`score_frame.ScoreFrame`) and not asked for, so what is decoded
from events alone is in 4/4 and in no key.
"""

from typing import Any

import numpy as np

from musegen.composers.parts.columns import head_columns, trunk_columns
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.frame import ScoreFrame, frame_of
from musegen.composers.parts.grid import DURATIONS, ScoreLayout
from musegen.composers.parts.part_assignment import assigned_to_parts
from musegen.composers.parts.reading import ScoreReading
from musegen.composers.parts.rows import ScoreRows, answers_of, notes_of, piece_from, whole_rows
from musegen.engine.codec import Codec, Column, Vocabulary
from musegen.errors import CodecError
from musegen.music import Piece
from musegen.remarks import Remark


def _vocabulary(layout: ScoreLayout) -> Vocabulary:
    kinds = ("step", "part", "wait", "end", "pitch", "duration", "velocity", "none")
    of_question = ("step", "part", "pitch", "duration", "velocity")
    kind = np.repeat([kinds.index(name) for name in of_question[: layout.num_questions]], layout.size)
    kind = np.append(kind, kinds.index("none"))
    kind[layout.first[1] + layout.wait], kind[layout.first[1] + layout.end] = 2, 3
    pitch = np.where(kind == 4, np.arange(layout.num_events) - layout.first[2] + layout.low, -1)
    steps = np.zeros(layout.num_events, int)
    steps[layout.first[3] : layout.first[3] + len(DURATIONS)] = DURATIONS
    return Vocabulary(kinds, kind, pitch, steps)


class ScoreCodec(Codec):
    """See the module's docstring.

    Attributes:
        layout: parts, and where each answer lies among the events.

    Args:
        layout: parts and whether there are dynamics; `ScoreLayout.from_config(card.codec["config"])`.
    """

    name = "score"

    def __init__(self, layout: ScoreLayout) -> None:
        self.layout = layout
        self.num_heads = layout.num_questions
        self.vocabulary = _vocabulary(layout)
        self.trunk_columns: tuple[Column, ...] = trunk_columns(layout)
        self.head_columns: tuple[Column, ...] = head_columns(layout)
        self.reading = ScoreReading(layout)

    def to_config(self) -> dict[str, Any]:
        """Return the parts and whether there are dynamics."""
        return self.layout.to_config()

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ScoreCodec":
        """Return the codec of a config.

        Raises:
            ValueError: it is not one.
        """
        return cls(ScoreLayout.from_config(config))

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as the parts of this codec play it, its bars and keys kept, and what was changed.

        Raises:
            CodecError: there are no pitched notes.
        """
        found, messages = assigned_to_parts(piece, self.layout)
        notes, changes = notes_of(found, self.layout)
        return self.piece_of(notes, found), (*messages, *changes.remarks())

    def piece_of(self, notes: ScoreRows, frame: Piece) -> Piece:
        """Return notes or rows as a piece with the bars, keys and tempos of another one."""
        return piece_from(
            notes,
            self.layout,
            tempos=frame.tempos,
            time_signatures=frame.time_signatures,
            key_signatures=frame.key_signatures,
            pickup_quarter=frame.pickup_quarter,
        )

    def normalize(self, piece: Piece) -> Piece:
        """Return the notes of a piece as events keep them: in 4/4, in no key, at the usual tempo."""
        adapted = self.adapt(piece)[0]
        return Piece(adapted.tracks)

    def rows(self, piece: Piece) -> ScoreRows:
        """Return the whole rows of a piece, END included.

        Raises:
            CodecError: there are no pitched notes.
        """
        notes, _ = notes_of(assigned_to_parts(piece, self.layout)[0], self.layout)
        return whole_rows(notes, self.layout, ended=True)

    def to_events(self, answers: np.ndarray) -> np.ndarray:
        """Return the events of answers (R, K), shape (K R,)."""
        answers = answers.astype(np.int64)
        return np.where(answers < 0, self.layout.none, answers + self.layout.first).reshape(-1)

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a piece, shape (K R,)."""
        return self.to_events(answers_of(self.rows(piece), self.layout)).astype(np.int16)

    def cursor(self, frame: ScoreFrame) -> ScoreCursor:
        """Return a cursor at the beginning of a score."""
        return ScoreCursor(self.layout, frame)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of shape (K R,)."""
        events = np.asarray(events).astype(np.int64)
        if events.ndim != 1 or len(events) % self.num_heads or not len(events):
            raise CodecError("This is not a whole number of notes.")
        cursor = self.cursor(frame_of(Piece(), self.layout.num_parts, 1))
        for event in events.tolist():
            cursor.push(event)
        if not cursor.done:
            raise CodecError("The music does not end.")
        return piece_from(cursor.rows(), self.layout)
