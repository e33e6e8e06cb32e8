"""Pieces that grow side by side from one past: forked, drawn on under constraints, or made to hear given music."""

from collections.abc import Callable, Sequence
from typing import Generic

import numpy as np

from musegen.engine.codec import C
from musegen.engine.draw import SamplingSettings, log_softmax
from musegen.engine.loop import Batch, Constraints, TakeTrace, Uniforms
from musegen.engine.players import Player
from musegen.errors import CancelledError


class Branches(Generic[C]):
    """B pieces being made, each with what the network remembers of it. They stand at the start of a frame.

    Attributes:
        cursors: where each stands.

    Args:
        model: the network.
        cursors: one a piece; moved on.
        states: the network's states, (B, U) each; None at the beginning of the music.
    """

    def __init__(self, model: Player, cursors: Sequence[C], states: list[np.ndarray] | None = None) -> None:
        self._model = model
        self.cursors = list(cursors)
        self._states = model.initial_states(len(self.cursors)) if states is None else states

    def fork(self, row: int, count: int) -> "Branches[C]":
        """Return `count` pieces that each go on by themselves from where one stands."""
        return self.take([row] * count)

    def take(self, rows: Sequence[int]) -> "Branches[C]":
        """Return some of the pieces, some perhaps several times, each to go on by itself."""
        cursors = [self.cursors[row].copy() for row in rows]
        return Branches(self._model, cursors, [state[list(rows)] for state in self._states])

    def copy(self) -> "Branches[C]":
        """Return the same pieces, to go on by themselves."""
        return self.take(range(len(self.cursors)))

    def draw(
        self,
        settings: SamplingSettings,
        constraints: Constraints[C],
        seeds: Sequence[tuple[int, ...]],
        until: Callable[[C], bool],
        cancelled: Callable[[], bool] | None = None,
        *,
        weighed: bool = False,
    ) -> list[TakeTrace]:
        """Draw events until each piece is where it should be; a piece is the same whatever is drawn beside it.

        Args:
            settings: how to draw.
            constraints: what every piece satisfies; its primer is not used.
            seeds: of the random numbers of each piece.
            until: True where a piece is to stop, asked before every frame.
            cancelled: polled every frame.
            weighed: whether the traces tell the weight of the constraints (`TakeTrace.log_mass`).

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the constraints contradict each other.
        """
        uniforms = [Uniforms(seed) for seed in seeds]
        traces = [TakeTrace() for _ in self.cursors]
        batch = Batch(self._model, self.cursors, settings, constraints, uniforms, traces, weighed)
        while alive := [i for i, cursor in enumerate(self.cursors) if not (cursor.done or until(cursor))]:
            if cancelled is not None and cancelled():
                raise CancelledError("Composing was stopped.")
            trunk, states = self._advance(alive)
            for _ in range(self.cursors[0].num_heads):
                batch.draw(alive, trunk, states)
        return traces

    def hear(self, events: Sequence[Sequence[int]], *, scored: bool = False) -> list[np.ndarray]:
        """Push given events, whole frames of them; return the nats of each event under the network alone.

        Args:
            events: for each piece what it hears; they may differ in length.
            scored: False leaves the network unasked and returns empty arrays.
        """
        heads = self.cursors[0].num_heads
        nats: list[list[float]] = [[] for _ in self.cursors]
        for start in range(0, max(map(len, events), default=0), heads):
            alive = [i for i, heard in enumerate(events) if start < len(heard)]
            trunk, states = self._advance(alive)
            for place in range(start, start + heads):
                if scored:
                    head = np.array([self.cursors[i].head() for i in alive], np.int32)
                    gained = log_softmax(self._model.logits(trunk, head, states))
                    for row, i in enumerate(alive):
                        nats[i].append(-float(gained[row, events[i][place]]))
                for i in alive:
                    self.cursors[i].push(int(events[i][place]))
        return [np.array(each) for each in nats]

    def _advance(self, alive: list[int]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Take the network one frame on for some pieces; return their trunk inputs and states."""
        trunk = np.array([self.cursors[i].trunk() for i in alive], np.int32)
        whole = len(alive) == len(self.cursors)
        states = self._model.advance(trunk, self._states if whole else [state[alive] for state in self._states])
        if whole:
            self._states = list(states)
        else:
            for state, new in zip(self._states, states, strict=True):
                state[alive] = new
        return trunk, states
