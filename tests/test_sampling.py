"""Sampling: distributions by hand, the key lock, and the loop with a network whose logits are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.composers.chorale.grid import FIRST_PITCH, HOLD, LOW_PITCH, NUM_VOICE_EVENTS, REST, pitch_event
from musegen.composers.chorale.reading import ChoraleCursor, ChoralePlan
from musegen.composers.chorale.rules import close_on, keep_lengths, no_crossing, no_parallels, no_rests
from musegen.engine.codec import Cursor, Example
from musegen.engine.draw import SamplingSettings, draw, kinds_as_learned, log_softmax, pick, probabilities
from musegen.engine.loop import Constraints, sample, score
from musegen.errors import CancelledError, ConstraintError

ALL = np.ones((1, 4), bool)
TENTHS = np.log([[0.1, 0.2, 0.3, 0.4]])

# Distributions


def test_temperature_one_is_the_softmax():
    assert probabilities(TENTHS, ALL, SamplingSettings()) == pytest.approx(np.array([[0.1, 0.2, 0.3, 0.4]]))
    assert log_softmax(TENTHS + 5) == pytest.approx(TENTHS)


def test_temperature_two_takes_roots_and_a_half_squares():
    logits = np.log([[1.0, 4.0, 16.0, 4.0]])
    assert probabilities(logits, ALL, SamplingSettings(temperature=2)) == pytest.approx(np.array([[1, 2, 4, 2]]) / 9)
    squares = np.array([[1, 16, 256, 16]]) / 289
    assert probabilities(logits, ALL, SamplingSettings(temperature=0.5)) == pytest.approx(squares)


def test_top_k_keeps_the_likeliest():
    kept = probabilities(TENTHS, ALL, SamplingSettings(top_k=2))
    assert kept == pytest.approx(np.array([[0, 0, 3 / 7, 4 / 7]]))
    assert probabilities(TENTHS, ALL, SamplingSettings(top_k=100)) == pytest.approx(np.exp(TENTHS))


@pytest.mark.parametrize(("top_p", "kept"), [(0.01, 1), (0.39, 1), (0.41, 2), (0.69, 2), (0.71, 3), (0.91, 4), (1, 4)])
def test_top_p_keeps_the_likeliest_until_they_reach_p(top_p, kept):
    weights = probabilities(TENTHS, ALL, SamplingSettings(top_p=top_p))[0]
    expected = np.where(np.arange(4) >= 4 - kept, np.exp(TENTHS[0]), 0)
    assert weights == pytest.approx(expected / expected.sum())


def test_what_is_not_allowed_is_out_before_top_k_counts():
    allowed = np.array([[True, True, True, False]])
    assert probabilities(TENTHS, allowed, SamplingSettings(top_k=2)) == pytest.approx(np.array([[0, 0.4, 0.6, 0]]))


def test_a_row_without_anything_allowed_is_refused():
    with pytest.raises(ConstraintError, match="loosen"):
        probabilities(np.zeros((2, 3)), np.array([[1, 1, 1], [0, 0, 0]], bool), SamplingSettings())


@given(
    st.lists(st.integers(-300, 300).map(lambda n: n / 10), min_size=6, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6).filter(any),
    st.floats(0.1, 2),
    st.integers(0, 7),
    st.floats(0.01, 1),
)
def test_distributions_sum_to_one_over_what_is_allowed(logits, allowed, temperature, top_k, top_p):
    settings = SamplingSettings(temperature, top_k, top_p)
    weights = probabilities(np.array([logits]), np.array([allowed]), settings)[0]
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert not weights[~np.array(allowed)].any()
    assert np.count_nonzero(weights) <= (top_k or 6)
    best = np.where(allowed, logits, -np.inf).max()
    assert weights[[i for i in range(6) if allowed[i] and logits[i] == best]].max() == weights.max()


@pytest.mark.parametrize(
    ("uniform", "event"), [(0.0, 1), (0.24, 1), (0.26, 2), (0.49, 2), (0.51, 3), (0.999999999999, 3)]
)
def test_pick_inverts_the_distribution_and_never_takes_the_impossible(uniform, event):
    assert pick(np.array([[0.0, 0.25, 0.25, 0.5, 0.0]]), np.array([uniform])).tolist() == [event]


def test_pick_follows_the_distribution():
    uniforms = (np.arange(1000) + 0.5) / 1000
    events = pick(np.tile([0.1, 0.2, 0.3, 0.4], (1000, 1)), uniforms)
    assert np.bincount(events).tolist() == [100, 200, 300, 400]


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": 0}, {"temperature": np.nan}, {"top_k": -1}, {"top_p": 0}, {"top_p": 1.1}, {"key_strength": -0.1}],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SamplingSettings(**wrong)


# The key lock

IN_SCALE = np.array([True, False, True, False])


def locked(strength, first, lock, second=0.5, allowed=ALL):
    events, changed = draw(
        TENTHS, allowed, IN_SCALE, SamplingSettings(key_strength=strength), np.array([[first, lock, second]])
    )
    return int(events[0]), bool(changed[0])


def test_strength_zero_leaves_every_draw():
    assert locked(0, 0.2, 0.0) == (1, False)
    assert locked(0, 0.99, 0.0) == (3, False)


def test_strength_one_draws_again_within_the_scale():
    assert locked(1, 0.2, 0.999, second=0.24) == (0, True)  # in the scale: 0.1 and 0.3, that is 1/4 and 3/4
    assert locked(1, 0.2, 0.999, second=0.26) == (2, True)


def test_a_draw_within_the_scale_is_kept_and_not_counted():
    assert locked(1, 0.05, 0.0, second=0.9) == (0, False)


def test_strength_is_the_chance_of_drawing_again():
    assert locked(0.3, 0.99, 0.29) == (2, True)
    assert locked(0.3, 0.99, 0.31) == (3, False)


def test_the_lock_gives_way_where_nothing_of_the_scale_is_allowed():
    assert locked(1, 0.5, 0.0, allowed=~IN_SCALE[None]) == (3, False)


def test_at_strength_one_events_follow_the_distribution_within_the_scale():
    uniforms = np.random.default_rng(0).random((20000, 3))
    events, changed = draw(
        np.tile(TENTHS, (20000, 1)), np.tile(ALL, (20000, 1)), IN_SCALE, SamplingSettings(key_strength=1), uniforms
    )
    shares = np.bincount(events, minlength=4) / 20000
    assert shares == pytest.approx([0.25, 0, 0.75, 0], abs=0.02)
    assert changed.mean() == pytest.approx(0.6, abs=0.02)


# The loop


class CountingCursor(Cursor):
    """Draws `length` frames of `num_heads` events of 5; event 0 may not come twice in a row."""

    def __init__(self, length=20, num_heads=1):
        self.length, self.num_heads, self._events = length, num_heads, []

    def trunk(self):
        return np.array([self._events[-1] if self._events else 4, len(self._events) % 7])

    def head(self):
        return np.array([len(self._events) % self.num_heads])

    def allowed(self):
        mask = np.ones(5, bool)
        mask[0] = not self._events or self._events[-1] != 0
        return mask

    def push(self, event):
        assert self.allowed()[event] and not self.done
        self._events.append(event)

    @property
    def done(self):
        return len(self._events) >= self.length * self.num_heads

    def share_done(self):
        return len(self._events) / self.length / self.num_heads

    @property
    def events(self):
        return np.array(self._events)


class KnownModel:
    """Logits from the trunk, the head and a state that sums what was heard; rows do not touch each other."""

    num_trunk_columns = 2

    def __init__(self):
        self.num_calls = 0

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, 3), np.float32)]

    def advance(self, trunk, states):
        assert trunk.shape == (len(states[0]), 2)
        return [0.5 * states[0] + trunk.sum(1, keepdims=True).astype(np.float32)]

    def logits(self, trunk, head, states):
        self.num_calls += 1
        tone = states[0][:, :1] * 0.7 + head.sum(1, keepdims=True)
        return np.sin(tone + np.arange(5) * (1 + trunk[:, 1:]))


def test_what_is_drawn_as_learned_knows_no_temperature():
    plain, _ = takes(1)
    cold, _ = takes(1, settings=SamplingSettings(temperature=0.2, top_p=0.5))
    kept, _ = takes(1, settings=SamplingSettings(temperature=0.2, top_p=0.5),
                    constraints=Constraints(as_learned=lambda cursor: True))  # fmt: skip
    assert kept == plain != cold


def takes(count, seed=3, settings=None, constraints=None, **cursor):
    cursors = [CountingCursor(**cursor) for _ in range(count)]
    traces = sample(
        KnownModel(), cursors, settings or SamplingSettings(), constraints or Constraints(),
        [(seed, i) for i in range(count)],
    )  # fmt: skip
    return [c.events.tolist() for c in cursors], traces


def test_the_same_seeds_give_the_same_takes():
    assert takes(3) == takes(3)
    assert takes(3)[0] != takes(3, seed=4)[0]
    assert len({tuple(t) for t in takes(8)[0]}) == 8


@pytest.mark.parametrize("num_heads", [1, 4])
def test_a_take_is_the_same_alone_or_among_eight(num_heads):
    alone, traces = takes(1, num_heads=num_heads)
    together, all_traces = takes(8, num_heads=num_heads)
    assert alone[0] == together[0]
    assert traces[0] == all_traces[0]


def test_takes_may_end_at_different_times():
    cursors = [CountingCursor(5), CountingCursor(30), CountingCursor(12)]
    sample(KnownModel(), cursors, SamplingSettings(), Constraints(), [(3, i) for i in range(3)])
    assert [len(c.events) for c in cursors] == [5, 30, 12]
    assert cursors[1].events[:20].tolist() == takes(2)[0][1]


def test_the_log_likelihood_is_that_of_the_network():
    events, traces = takes(1, length=6)
    model, state, expected, before = KnownModel(), [np.zeros((1, 3), np.float32)], 0.0, 4
    for t, event in enumerate(events[0]):
        trunk = np.array([[before, t % 7]])
        state = model.advance(trunk, state)
        logits = model.logits(trunk, np.array([[0]]), state)[0]
        expected += logits[event] - np.log(np.exp(logits).sum())
        before = event
    assert traces[0].log_likelihood == pytest.approx(expected)
    assert traces[0].num_drawn == 6


def test_the_primer_is_heard_and_not_drawn():
    primer = np.array([0, 3, 0, 1])
    events, traces = takes(2, constraints=Constraints(primer=primer))
    assert [take[:4] for take in events] == [[0, 3, 0, 1]] * 2
    assert traces[0].num_drawn == 16
    assert [take[4:] for take in takes(2, constraints=Constraints(primer=np.array([3, 3, 3, 1])))[0]] != [
        take[4:] for take in events
    ]


def test_hard_constraints_hold_and_soft_ones_where_they_can():
    only_low = np.array([1, 1, 1, 0, 0], bool)
    only_zero = np.array([1, 0, 0, 0, 0], bool)
    hard = Constraints(hard=(lambda cursor: only_low,), soft=(lambda cursor: None, lambda cursor: only_zero))
    events = takes(1, constraints=hard)[0][0]
    assert max(events) <= 2
    assert events[::2] == [0] * 10  # event 0 wherever it may come, which is every other time
    assert 0 not in events[1::2]


def test_soft_constraints_leave_the_last_event_of_the_scale():
    scale = np.array([1, 1, 0, 0, 0], bool)
    above = np.array([0, 0, 1, 1, 1], bool)
    mixed = np.array([0, 1, 1, 0, 0], bool)
    allowed = Constraints(soft=(lambda cursor: above, lambda cursor: mixed), in_scale=scale).allowed(CountingCursor())
    assert allowed.tolist() == [False, True, True, False, False]
    outside = Constraints(hard=(lambda cursor: above,), soft=(lambda cursor: mixed,), in_scale=scale)
    assert outside.allowed(CountingCursor()).tolist() == [False, False, True, False, False]


def test_constraints_that_leave_nothing_are_refused():
    none = Constraints(hard=(lambda cursor: np.zeros(5, bool),))
    with pytest.raises(ConstraintError, match="leave no note"):
        takes(1, constraints=none)


def test_notes_changed_counts_what_the_lock_drew_again():
    scale = np.array([1, 1, 0, 0, 0], bool)
    free, _ = takes(1, length=200)
    events, traces = takes(
        1, length=200, settings=SamplingSettings(key_strength=1), constraints=Constraints(in_scale=scale)
    )
    assert max(free[0]) > 1 >= max(events[0])
    assert 0 < traces[0].notes_changed <= 200


def test_the_network_is_not_asked_where_there_is_no_choice():
    only = np.array([0, 1, 0, 0, 0], bool)
    model, cursor = KnownModel(), CountingCursor()
    traces = sample(model, [cursor], SamplingSettings(), Constraints(hard=(lambda c: only,)), [(1,)])
    assert model.num_calls == 0
    assert cursor.events.tolist() == [1] * 20
    assert (traces[0].num_drawn, traces[0].log_likelihood) == (0, 0.0)


def test_cancelling_stops_at_once_and_progress_rises():
    shares = []
    cursor = CountingCursor(100)
    with pytest.raises(CancelledError):
        sample(KnownModel(), [cursor], SamplingSettings(), Constraints(), [(1,)], progress=shares.append,
               cancelled=lambda: len(cursor.events) >= 10)  # fmt: skip
    assert len(cursor.events) == 10
    assert shares == pytest.approx(np.arange(1, 11) / 100)


# Scoring


def random_example(seed, length, num_heads=2):
    random = np.random.default_rng(seed)
    return Example(
        random.integers(0, 7, (length, 2)),
        random.integers(0, 4, (length, num_heads, 1)),
        random.integers(0, 5, (length, num_heads)),
        random.integers(0, 2, (length, num_heads)).astype(np.float32),
    )


def by_hand(example, masks=None):
    model, state, result = KnownModel(), [np.zeros((1, 3), np.float32)], np.zeros(example.target.shape)
    for t, events in enumerate(example.target):
        state = model.advance(example.trunk[t : t + 1], state)
        for k, event in enumerate(events):
            weights = np.exp(model.logits(example.trunk[t : t + 1], example.head[t, k][None], state)[0])
            if masks is not None:
                weights = weights * masks[t, k]
            result[t, k] = -np.log(weights[event] / weights.sum()) * example.weight[t, k]
    return result


def test_score_by_hand_for_pieces_of_different_lengths():
    examples = [random_example(i, n) for i, n in enumerate((3, 9, 6))]
    for example, nats in zip(examples, score(KnownModel(), examples), strict=True):
        assert nats == pytest.approx(by_hand(example), rel=1e-5)


def test_score_within_a_mask_is_a_distribution_over_what_is_possible():
    example = random_example(5, 8)
    masks = np.random.default_rng(0).random((8, 2, 5)) < 0.5
    np.put_along_axis(masks, example.target[..., None], True, -1)
    nats = score(KnownModel(), [example], lambda e: masks)[0]
    assert nats == pytest.approx(by_hand(example, masks), rel=1e-5)
    assert (nats <= score(KnownModel(), [example])[0] + 1e-9).all()


# The rules of four voices


def cursor_after(before, now=(), num_steps=8):
    """A chorale whose first sixteenth is `before`, and in the second the upper voices sound `now` (MIDI, 0 to hold)."""
    cursor = ChoraleCursor(ChoralePlan(num_steps))
    for pitch in before:
        cursor.push(pitch_event(pitch))
    for pitch in now:
        cursor.push(pitch_event(pitch) if pitch else HOLD)
    return cursor


def pitches(mask):
    return {event - FIRST_PITCH + LOW_PITCH for event in np.flatnonzero(mask) if event >= FIRST_PITCH}


def test_no_rests():
    mask = no_rests(cursor_after((72, 67, 64, 48)))
    assert np.flatnonzero(~mask).tolist() == [REST]


def test_voices_do_not_cross():
    mask = no_crossing(cursor_after((72, 67, 64, 48), (65,)))
    assert max(pitches(mask)) == 65
    assert not mask[HOLD]  # 67 would lie above 65
    assert no_crossing(cursor_after((72, 67, 64, 48), (0,)))[HOLD]
    assert no_crossing(cursor_after((72, 67, 64, 48))) is None


def test_no_parallel_fifths_and_octaves():
    up = no_parallels(cursor_after((72, 65, 60, 48), (74,)))  # F-C moves up to G-D
    assert {p for p in pitches(~up) if p <= 74} == {67}  # not the twelfth below, which would move down
    octave = no_parallels(cursor_after((72, 67, 64, 60), (74, 0, 0)))
    assert pitches(~octave) == {62, 74}
    assert no_parallels(cursor_after((72, 65, 60, 48), (0,))) is None
    down = no_parallels(cursor_after((72, 65, 60, 48), (71,)))
    assert pitches(~down) == {40, 52, 64}


def test_the_close_is_the_tonic_triad_struck_or_held_and_then_held():
    close = close_on(0, third=4, from_step=1)
    soprano = close(cursor_after((72, 67, 64, 48)))
    assert soprano[HOLD]
    assert {p % 12 for p in pitches(soprano)} == {0}
    alto = close(cursor_after((71, 65, 62, 43), (72,)))
    assert not alto[HOLD]
    assert {p % 12 for p in pitches(alto)} == {0, 4, 7}
    cursor = cursor_after((71, 65, 62, 43), (72, 64, 60, 48))
    assert np.flatnonzero(close(cursor)).tolist() == [HOLD]
    assert close(ChoraleCursor(ChoralePlan(8))) is None


def test_given_notes_are_not_prolonged():
    fixed = np.full((4, 4), -1)
    fixed[0] = [pitch_event(p) for p in (72, 67, 64, 48)]
    fixed[1, 1:] = HOLD
    rule = keep_lengths(fixed)
    cursor = ChoraleCursor(ChoralePlan(4), primer=fixed)
    masks = []
    for _ in range(12):
        masks.append(rule(cursor))
        cursor.push(int(np.flatnonzero(cursor.allowed())[0]))
    without = [i for i, mask in enumerate(masks) if mask is not None]
    assert without == [4, 9, 10, 11]  # the soprano after one sixteenth, the others after two
    assert all(np.flatnonzero(~masks[i]).tolist() == [HOLD] for i in without)


def test_given_voices_are_left_alone():
    fixed = np.full((4, 4), -1)
    fixed[:, 1] = REST
    cursor = ChoraleCursor(ChoralePlan(4, given=fixed))
    cursor.push(pitch_event(72))
    assert cursor.is_fixed
    assert all(rule(cursor) is None for rule in (no_rests, no_crossing, close_on(0, third=4, from_step=0)))
    assert len(cursor.allowed()) == NUM_VOICE_EVENTS


def test_kinds_come_as_often_as_learned_whatever_the_temperature():
    probability = np.array([[0.5, 0.3, 0.1, 0.08, 0.02], [0.2, 0.2, 0.2, 0.2, 0.2]])
    allowed = np.array([[True, True, True, True, False], [False, False, True, False, True]])
    kinds = np.array([0, 1, 1, 1, 2])
    settings = SamplingSettings(temperature=0.5)
    wanted = kinds_as_learned(np.log(probability), allowed, kinds, settings.temperature)
    found = probabilities(wanted, allowed, settings)
    whole = 0.5 + 0.3 + 0.1 + 0.08
    squares = np.array([0.3, 0.1, 0.08]) ** 2  # at temperature 1/2 shares are squared within a kind
    inside = squares / squares.sum() * 0.48
    assert found[0] == pytest.approx(np.array([0.5, *inside, 0.0]) / whole)
    assert found[1] == pytest.approx([0, 0, 0.5, 0, 0.5])


def test_kinds_change_nothing_at_temperature_1():
    logits = np.random.default_rng(0).normal(size=(3, 6))
    allowed = np.ones((3, 6), bool)
    wanted = kinds_as_learned(logits, allowed, np.array([0, 0, 1, 1, 2, 2]), 1.0)
    assert wanted == pytest.approx(logits)
