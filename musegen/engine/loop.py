"""The loop that makes takes: network, constraints, draws, one event after the other for a batch of takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic

import numpy as np

from musegen.engine.codec import C, Example
from musegen.engine.draw import SamplingSettings, draw, kinds_as_learned, log_softmax
from musegen.engine.players import Player
from musegen.engine.recall import Recall, RecallTable, mixed
from musegen.errors import CancelledError, ConstraintError

Mask = Callable[[C], np.ndarray | None]
"""A constraint: which events may come next, boolean (V,), or None where it has nothing to say."""


@dataclass(frozen=True, slots=True)
class Constraints(Generic[C]):
    """What takes must satisfy.

    Args:
        hard: always hold, all of them.
        soft: hold wherever at least one event satisfies them together with the hard ones; earlier ones first. They
            give way to the key lock: none takes away the last event of the scale.
        in_scale: boolean (V,) for the key lock, or None.
        primer: the first events of every take, shape (N,): heard by the network, not drawn; None without.
        logit_bias: returns nats added to the network's logits (V,) where draws should lean somewhere, else None.
        as_learned: returns True where an event is drawn at temperature 1 and without top-p, whatever was asked for:
            the calm end of a distribution of *times* is not calm but hasty. All cursors of a batch agree on it.
        as_expected: returns True where the likeliest event is taken and none is drawn, as `as_learned` does.
        recall: how far each take goes on as it went on before; None for not at all.
        kinds: the kind of each event, ints (V,), where the temperature chooses among events of a kind alone and kinds
            come as often as learned: calm is then which keys are struck, not how few. None for all of one kind.
    """

    hard: tuple[Mask[C], ...] = ()
    soft: tuple[Mask[C], ...] = ()
    in_scale: np.ndarray | None = None
    primer: np.ndarray | None = None
    logit_bias: Callable[[C], np.ndarray | None] | None = None
    as_learned: Callable[[C], bool] | None = None
    as_expected: Callable[[C], bool] | None = None
    recall: RecallTable | None = None
    kinds: np.ndarray | None = None

    def allowed(self, cursor: C) -> np.ndarray:
        """Return which events may come next, boolean (V,).

        Raises:
            ConstraintError: the hard ones contradict each other.
        """
        allowed = cursor.allowed()
        for mask in self.hard:
            table = mask(cursor)
            if table is not None:
                allowed = allowed & table
        if not allowed.any():
            raise ConstraintError("The range, the key and the length leave no note to choose; widen the range.")
        for mask in self.soft:
            table = mask(cursor)
            if table is not None and self._leaves_choice(allowed, narrowed := allowed & table):
                allowed = narrowed
        return allowed

    def _leaves_choice(self, allowed: np.ndarray, narrowed: np.ndarray) -> bool:
        if self.in_scale is None:
            return bool(narrowed.any())
        return bool((narrowed & self.in_scale).any() or (narrowed.any() and not (allowed & self.in_scale).any()))


@dataclass(slots=True)
class TakeTrace:
    """What happened while one take was made.

    Args:
        notes_changed: events the key lock drew again.
        log_likelihood: nats of the drawn events under the network alone.
        num_drawn: events drawn (not given).
        log_mass: nats of all that was allowed together, under the network alone: the logarithm of the take's importance
            weight, by which what fits the constraints is told from what was forced into them. 0 where not weighed.
    """

    notes_changed: int = 0
    log_likelihood: float = 0.0
    num_drawn: int = 0
    log_mass: float = 0.0


def sample(
    model: Player,
    cursors: Sequence[C],
    settings: SamplingSettings,
    constraints: Constraints[C],
    seeds: Sequence[tuple[int, ...]],
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[TakeTrace]:
    """Fill the cursors until each is done.

    Args:
        model: the network.
        cursors: one a take; moved to their ends. All have the same number of events a frame.
        settings: how to draw.
        constraints: what every take satisfies.
        seeds: of the random numbers of each take.
        progress: called now and then with the share done, 0 to 1 (as far as it is known).
        cancelled: polled every frame.

    Raises:
        CancelledError: `cancelled` returned True.
        ConstraintError: the constraints contradict each other.
    """
    uniforms = [Uniforms(seed) for seed in seeds]
    batch = Batch(model, cursors, settings, constraints, uniforms, [TakeTrace() for _ in cursors])
    if constraints.recall is not None:
        batch.remember(constraints.recall)
    states = model.initial_states(len(cursors))
    primer = constraints.primer if constraints.primer is not None else ()
    position, alive = 0, [i for i, cursor in enumerate(cursors) if not cursor.done]
    while alive:
        if cancelled is not None and cancelled():
            raise CancelledError("Composing was stopped.")
        trunk = np.array([cursors[i].trunk() for i in alive], np.int32)
        states = model.advance(trunk, states)
        for _ in range(cursors[0].num_heads):
            if position < len(primer):
                for i in alive:
                    batch.push(i, int(primer[position]))
            else:
                batch.draw(alive, trunk, states)
            position += 1
        if progress is not None:
            progress(min(cursor.share_done() for cursor in cursors))
        if any(cursors[i].done for i in alive):  # finished takes leave the batch
            rows = [row for row, i in enumerate(alive) if not cursors[i].done]
            alive, states = [alive[row] for row in rows], [state[rows] for state in states]
    return batch.traces


class Uniforms:
    """Random numbers of a take, three an event, made in blocks; the same whatever takes are made beside it."""

    def __init__(self, seed: tuple[int, ...]) -> None:
        self._random = np.random.default_rng(seed)
        self._block, self._next = self._random.random((512, 3)), 0

    def next(self) -> np.ndarray:
        """Return the next three."""
        if self._next == len(self._block):
            self._block, self._next = self._random.random((512, 3)), 0
        self._next += 1
        return self._block[self._next - 1]


_UNUSED = np.zeros(3)


@dataclass(slots=True)
class Batch(Generic[C]):
    """The takes being made together.

    Args:
        model: the network.
        cursors: one a take.
        settings: how to draw.
        constraints: what every take satisfies.
        uniforms: random numbers of each take.
        traces: what happened to each take, added to.
        weighed: whether the network is asked for the weight of the constraints, also where they leave no choice.
        table: how far to trust what takes have done before; None for not at all.
        recalls: what each take has done; [] where there is no table.
    """

    model: Player
    cursors: Sequence[C]
    settings: SamplingSettings
    constraints: Constraints[C]
    uniforms: list[Uniforms]
    traces: list[TakeTrace]
    weighed: bool = False
    table: RecallTable | None = None
    recalls: list[Recall] = field(default_factory=list)

    def remember(self, table: RecallTable) -> None:
        """Draw with what each take has done before, from its beginning on."""
        self.table, self.recalls = table, [Recall(cursor.num_heads) for cursor in self.cursors]

    def push(self, take: int, event: int) -> None:
        """Give a take its next event."""
        self.cursors[take].push(event)
        if self.recalls:
            self.recalls[take].push(event)

    def draw(self, alive: list[int], trunk: np.ndarray, states: list[np.ndarray]) -> None:
        """Draw one event for every living take; trunk and states have a row for each of them."""
        masks = [self.constraints.allowed(self.cursors[i]) for i in alive]
        counts = [np.count_nonzero(mask) for mask in masks]
        if max(counts) == 1 and not self.weighed:  # nothing to ask the network
            for i, mask in zip(alive, masks, strict=True):
                self.push(i, int(mask.argmax()))
            return
        head = np.array([self.cursors[i].head() for i in alive], np.int32)
        logits = self.model.logits(trunk, head, states)
        if self.table is not None:
            logits = mixed([self.recalls[i] for i in alive], logits, self.table)
        # Where there is no choice no random number is used, so that a take is the same alone and in a batch.
        uniforms = np.array([self.uniforms[i].next() if n > 1 else _UNUSED for i, n in zip(alive, counts, strict=True)])
        settings = self._settings(self.cursors[alive[0]])
        wanted = self._leaning(logits, alive, settings)
        allowed = np.array(masks)
        if self.constraints.kinds is not None:
            wanted = kinds_as_learned(wanted, allowed, self.constraints.kinds, settings.temperature)
        events, changed = draw(wanted, allowed, self.constraints.in_scale, settings, uniforms)
        known = log_softmax(logits)
        gained = known[np.arange(len(events)), events].tolist()
        masses = np.logaddexp.reduce(np.where(masks, known, -np.inf), -1).tolist() if self.weighed else None
        for row, (i, event) in enumerate(zip(alive, events.tolist(), strict=True)):
            if counts[row] > 1:
                trace = self.traces[i]
                trace.log_likelihood += gained[row]
                trace.num_drawn += 1
                trace.notes_changed += int(changed[row])
            if masses is not None:
                self.traces[i].log_mass += masses[row]
            self.push(i, event)

    def _settings(self, cursor: C) -> SamplingSettings:
        as_learned, as_expected = self.constraints.as_learned, self.constraints.as_expected
        if as_expected is not None and as_expected(cursor):
            return replace(self.settings, temperature=1.0, top_k=1, top_p=1.0, temperature_at=None)
        if as_learned is None or not as_learned(cursor):
            return self.settings
        return replace(self.settings, temperature=1.0, top_p=1.0, temperature_at=None)

    def _leaning(self, logits: np.ndarray, alive: list[int], settings: SamplingSettings) -> np.ndarray:
        """Return the logits to draw from: leaning as the constraints want, at the temperature of each place."""
        lean, temperature_at = self.constraints.logit_bias, settings.temperature_at
        if lean is not None:
            leans = [lean(self.cursors[i]) for i in alive]
            if any(each is not None for each in leans):
                logits = logits + np.array([np.zeros(logits.shape[-1]) if each is None else each for each in leans])
        if temperature_at is not None:  # `draw` divides by the one temperature of the settings
            places = np.array([temperature_at(self.cursors[i]) for i in alive])
            logits = logits * (settings.temperature / places)[:, None]
        return logits


def score(
    model: Player,
    examples: Sequence[Example],
    allowed: Callable[[Example], np.ndarray] | None = None,
    *,
    recall: RecallTable | None = None,
) -> list[np.ndarray]:
    """Return the negative log-likelihood in nats of every event, an array (T, K) a piece, weight 0 events as 0.

    Args:
        model: the network.
        examples: pieces as the network reads them; each event sees only what is before it.
        allowed: returns for a piece which events could come, boolean (T, K, V); None for all.
        recall: how far each piece is expected to go on as it went on before; None for not at all.
    """
    recalls = [Recall(examples[0].target.shape[-1]) for _ in examples]
    lengths = [len(e.target) for e in examples]
    num_heads = examples[0].target.shape[-1]
    states = model.initial_states(len(examples))
    results = [np.zeros((n, num_heads)) for n in lengths]
    masks = [allowed(e) for e in examples] if allowed else None
    for t in range(max(lengths)):
        rows = [min(t, n - 1) for n in lengths]
        trunk = np.stack([e.trunk[r] for e, r in zip(examples, rows, strict=True)]).astype(np.int32)
        states = model.advance(trunk, states)
        for k in range(num_heads):
            head = np.stack([e.head[r, k] for e, r in zip(examples, rows, strict=True)]).astype(np.int32)
            logits = model.logits(trunk, head, states)
            for i, n in enumerate(lengths):
                if t < n:
                    row, event = logits[i], int(examples[i].target[t, k])
                    if recall is not None:
                        row = mixed([recalls[i]], row[None], recall)[0]
                        recalls[i].push(event)
                    row = row if masks is None else np.where(masks[i][t, k], row, -np.inf)
                    results[i][t, k] = -log_softmax(row)[event]
    return [r * e.weight for r, e in zip(results, examples, strict=True)]


def log_probabilities(
    model: Player, example: Example, allowed: np.ndarray, recall: RecallTable | None = None
) -> np.ndarray:
    """Return the log probability of everything that could have come at every place of a piece, (T, K, V).

    Args:
        model: the network.
        example: the piece as the network reads it.
        allowed: which events could come, boolean (T, K, V); all others get -inf.
        recall: how far the piece is expected to go on as it went on before; None for not at all.
    """
    done = Recall(example.target.shape[-1])
    result = np.full(allowed.shape, -np.inf)
    states = model.initial_states(1)
    for t in range(len(example.target)):
        trunk = example.trunk[t : t + 1].astype(np.int32)
        states = model.advance(trunk, states)
        for k in range(example.target.shape[-1]):
            logits = model.logits(trunk, example.head[t : t + 1, k].astype(np.int32), states)
            if recall is not None:
                logits = mixed([done], logits, recall)
                done.push(int(example.target[t, k]))
            result[t, k] = log_softmax(np.where(allowed[t, k], logits[0], -np.inf))
    return result
