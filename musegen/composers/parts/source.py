"""Scores as training examples: transposed, ends known or not, parts left out, a melody looked ahead at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.frame import ScoreFrame, frame_of
from musegen.composers.parts.grid import DURATION, PITCH, VELOCITIES
from musegen.composers.parts.rows import ScoreRows, notes_of, whole_rows
from musegen.corpora.score_piece import ScorePiece
from musegen.engine.codec import Example

CONTEXT_BARS = 5
"""Bars before a crop that are read so that what looks back finds what it would find in the whole score."""


_AHEAD = 24
"""Notes beyond a crop in which the melody that is looked ahead at is found."""


@dataclass(frozen=True, slots=True)
class ScoreDrawing:
    """How examples are varied; each share is a chance an example.

    Args:
        known_length: the bars left are told.
        memory: the columns that look back one, two and four bars are filled; in the other examples they are empty, so
            that one network can be used, and measured, with and without.
        lead: the melody of the highest part that plays is shown ahead, for arranging.
        fewer_parts: only some of the parts play (never where there are two).
        from_beginning: the crop is the beginning of the score; few would be otherwise, and inventing begins there.
        most_semitones: farthest transposition either way, within the ranges.
        chords: where the codec tells chords and the score has some, they are told.
        most_louder: with dynamics, how many classes of velocity all notes are moved at most.
    """

    known_length: float = 0.5
    memory: float = 0.75
    lead: float = 1 / 3
    fewer_parts: float = 0.2
    from_beginning: float = 0.06
    chords: float = 0.8
    most_semitones: int = 6
    most_louder: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class _Score:
    notes: ScoreRows
    frame: ScoreFrame
    low: int
    high: int


class ScoreSource:
    """Draws crops of scores.

    Args:
        train: to learn from.
        valid: held out; only those that are `own` are looked at.
        codec: of the style.
        own_share: how much of what is drawn, in notes, is `own`; None draws every note alike.
        drawing: how examples are varied.
        valid_rows: of each held-out score so many rows from the beginning are looked at.
    """

    def __init__(
        self,
        train: Sequence[ScorePiece],
        valid: Sequence[ScorePiece],
        codec: ScoreCodec,
        own_share: float | None = None,
        drawing: ScoreDrawing | None = None,
        valid_rows: int = 768,
    ) -> None:
        self._codec, self._drawing, self._valid_rows = codec, drawing or ScoreDrawing(), valid_rows
        self._scores = [score for piece in train if (score := self._score(piece)) is not None]
        weights = np.array([len(score.notes) for score in self._scores], float)
        own = np.array([score.frame.own for score in self._scores])
        if own_share is not None and own.any() and not own.all():
            weights[own] *= own_share / weights[own].sum()
            weights[~own] *= (1 - own_share) / weights[~own].sum()
        self._probabilities = weights / weights.sum()
        self._valid = [score for piece in valid if piece.own and (score := self._score(piece)) is not None]

    def _score(self, piece: ScorePiece) -> _Score | None:
        layout = self._codec.layout
        notes, _ = notes_of(piece.piece, layout)
        if not len(notes):
            return None
        down, up = [-self._drawing.most_semitones], [self._drawing.most_semitones]
        for index, part in enumerate(layout.parts):
            pitches = notes.pitch[notes.part == index]
            if len(pitches):
                down.append(part.low - int(pitches.min()))
                up.append(part.high - int(pitches.max()))
        frame = frame_of(piece.piece, layout.num_parts, int(notes.end_tick.max()), own=piece.own)
        return _Score(notes, frame, max(down), min(up))

    @property
    def num_notes(self) -> int:
        """Notes to learn from."""
        return sum(len(score.notes) for score in self._scores)

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return one random crop of at most `num_frames` rows in a random key."""
        score = self._scores[random.choice(len(self._scores), p=self._probabilities)]
        notes, length = score.notes, len(score.notes)
        # Starts before the beginning count as the beginning, ends after the end as the end: both are seen often.
        start = int(random.integers(-num_frames // 8, max(length - num_frames * 7 // 8, 0) + 1))
        start = 0 if random.random() < self._drawing.from_beginning else start
        start = int(np.clip(start, 0, max(length - num_frames, 0)))
        bars = score.frame.bars
        bar = int(bars.length[bars.index(notes.tick[start])])
        context = int(np.searchsorted(notes.tick, notes.tick[start] - CONTEXT_BARS * bar))
        present = self._present(random)
        farther = _AHEAD if present.all() else num_frames  # with fewer parts the same number of rows reaches farther
        stop = min(start + num_frames + farther, length)
        cut, frame = self._varied(random, notes.take(slice(context, stop)), score)
        before = start - context
        plays = present[cut.part]
        if not plays.all() and np.count_nonzero(plays[before:]) > num_frames // 4:
            frame, before = replace(frame, present=present), int(np.count_nonzero(plays[:before]))
            cut = cut.take(plays)
        since = int(notes.tick[context - 1]) if context else 0
        return self._read(random, cut, frame, (before, since, stop == length), num_frames)

    def _varied(self, random: np.random.Generator, notes: ScoreRows, score: _Score) -> tuple[ScoreRows, ScoreFrame]:
        """Return notes and frame transposed, made louder or softer, with and without what may be told."""
        drawing = self._drawing
        semitones = int(random.integers(score.low, score.high + 1)) if score.low <= score.high else 0
        velocity = notes.velocity
        if self._codec.layout.dynamics and drawing.most_louder:
            louder = int(random.integers(-drawing.most_louder, drawing.most_louder + 1))
            velocity = np.clip(velocity + louder, 0, len(VELOCITIES) - 1)
        frame = replace(
            score.frame.transposed(semitones),
            last_bar=score.frame.last_bar if random.random() < drawing.known_length else None,
            memory=random.random() < drawing.memory,
        )
        if self._codec.layout.chords and random.random() >= drawing.chords:
            frame = replace(frame, chords=None)
        return ScoreRows(notes.tick, notes.part, notes.pitch + semitones, notes.duration, velocity), frame

    def _present(self, random: np.random.Generator) -> np.ndarray:
        """Return which parts play."""
        num_parts = self._codec.layout.num_parts
        present = np.ones(num_parts, bool)
        if num_parts > 2 and random.random() < self._drawing.fewer_parts:
            present[random.choice(num_parts, int(random.integers(1, num_parts)), replace=False)] = False
        return present

    def _read(
        self,
        random: np.random.Generator,
        notes: ScoreRows,
        frame: ScoreFrame,
        place: tuple[int, int, bool],
        num_frames: int,
    ) -> Example:
        """Return the example of notes, of which the first `place[0]` are context."""
        before, since, ended = place
        rows = whole_rows(notes, self._codec.layout, ended=ended, since=since)
        first = int(np.flatnonzero(rows.pitch >= 0)[before - 1]) + 1 if before else 0
        top = int(np.flatnonzero(frame.present)[0])
        led = random.random() < self._drawing.lead
        if led:
            frame = replace(frame, lead=notes.take(notes.part == top))
        rows = rows.take(slice(0, first + num_frames))
        example = self._codec.reading.read(rows, frame, first=first, since=since)
        if led:  # what is shown is not to be learned
            given = rows.part[first:] == top
            example.weight[given, PITCH] = example.weight[given, DURATION] = 0.0
        return example

    def validation(self) -> list[Example]:
        """Return the beginnings of the held-out scores as they are: memory on, no ends told, all parts, no lead."""
        examples = []
        for score in self._valid:
            rows = whole_rows(score.notes, self._codec.layout, ended=True).take(slice(0, self._valid_rows))
            examples.append(self._codec.reading.read(rows, replace(score.frame, last_bar=None)))
        return examples


def nats_a_note(nats: Sequence[np.ndarray], examples: Sequence[Example]) -> np.ndarray:
    """Return the mean nats per note of each question, shape (K,); their sum is the nats of a note.

    The nats of WAIT and END rows count for the notes beside them: all nats are divided by the number of notes.

    Args:
        nats: of each example, (T, K), as `sampling.loop.score` returns them.
        examples: the same examples.
    """
    notes = sum(float(example.weight[:, PITCH].sum()) for example in examples)
    return sum(each.sum(0) for each in nats) / max(notes, 1.0)
