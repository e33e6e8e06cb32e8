"""Piano performances as events: what is played comes back, and a performance being made is read as a whole one is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.performance import grid as grid
from musegen.composers.performance.codec import PerformanceCodec, PerformanceCursor
from musegen.composers.performance.reading import held_keys, read_example, transposed
from musegen.errors import CodecError
from musegen.music.performance import Performance, performance_of

CODEC = PerformanceCodec()


def performance(notes, pedals=()):
    onset, duration, pitch, velocity = (np.array(column, float) for column in zip(*sorted(notes), strict=True))
    return Performance(onset, duration, pitch.astype(int), velocity.astype(int), np.array(pedals, float).reshape(-1, 2))


NOTES = st.lists(
    st.tuples(st.integers(0, 9000), st.integers(1, 12_000), st.integers(15, 115), st.integers(1, 127)),
    min_size=1, max_size=40, unique_by=lambda n: (n[0], n[2]),
).filter(lambda notes: any(21 <= n[2] <= 108 for n in notes))  # fmt: skip
PEDALS = st.lists(st.integers(0, 9000), max_size=8, unique=True).map(
    lambda times: [(a, b) for a, b in zip(*[iter(sorted(times))] * 2, strict=False)]
)
PERFORMANCES = st.builds(performance, NOTES, PEDALS)


def read_back(answers):
    return grid.rows_of(grid.performance_from(answers))


@settings(deadline=None)
@given(PERFORMANCES)
def test_what_a_piano_can_play_is_played_again_exactly(played):
    answers = grid.playable(grid.rows_of(played))
    assert (grid.playable(read_back(answers)) == answers).all()
    assert (grid.quantised(read_back(answers)) == answers).all()


@settings(deadline=None)
@given(PERFORMANCES, st.one_of(st.none(), st.integers(0, 100_000)))
def test_a_performance_being_made_is_seen_as_a_whole_one(played, length):
    answers = grid.playable(grid.rows_of(played))
    rows = read_back(answers)
    left = None if length is None else length - np.concatenate([[0.0], rows.time_ms[:-1]])
    example = read_example(answers, held_keys(rows), left)
    cursor = PerformanceCursor(length)
    for row in range(len(answers)):
        assert cursor.trunk().tolist() == example.trunk[row].tolist()
        for question in range(4):
            assert cursor.head().tolist() == example.head[row, question].tolist() or not example.weight[row, question]
            assert cursor.allowed()[example.target[row, question]]
            cursor.push(int(example.target[row, question]))
    assert cursor.done
    assert cursor.events.tolist() == example.target.reshape(-1).tolist()


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_whatever_may_be_played_decodes_and_encodes_to_itself(seed, num_rows):
    random, cursor = np.random.default_rng(seed), PerformanceCursor()
    while not cursor.done:
        allowed = cursor.allowed()
        end = grid.FIRST_WHAT + grid.END
        late = cursor.num_notes >= num_rows
        if late and allowed[end]:
            cursor.push(end)
        elif late and allowed[grid.FIRST_STEP]:
            cursor.push(grid.FIRST_STEP)
        else:
            allowed[end] = False
            cursor.push(int(random.choice(np.flatnonzero(allowed if allowed.any() else cursor.allowed()))))
    events = cursor.events
    assert CODEC.encode(CODEC.decode(events)).tolist() == events.tolist()


def test_a_chord_with_pedal_by_hand():
    played = performance([(1000, 500, 60, 80), (1003, 480, 64, 70), (1012, 470, 67, 75), (2000, 200, 72, 100)],
                         [(1100, 1900)])  # fmt: skip
    answers = grid.playable(grid.rows_of(played))
    assert answers[:, grid.WHAT].tolist() == [39, 43, 46, grid.PEDAL_DOWN, grid.PEDAL_UP, 51, grid.END]
    steps = grid.STEP_MS[answers[:, grid.STEP]]
    assert np.abs(np.cumsum(steps)[:6] - [0, 0, 12, 100, 900, 1000]).max() < 40
    assert answers[answers[:, grid.WHAT] < 88, grid.VELOCITY].tolist() == [20, 17, 18, 25]


def test_a_key_struck_while_it_is_held_ends_its_first_note():
    answers = grid.playable(grid.rows_of(performance([(0, 3000, 60, 64), (500, 100, 60, 64)])))
    first = grid.DURATION_MS[answers[0, grid.DURATION]]
    assert 400 < first <= 500


def test_transposing_an_example_is_reading_what_is_transposed():
    notes = [(0, 300, 60, 64), (200, 300, 64, 50), (200, 900, 67, 50), (700, 80, 40, 90)]
    low, high = performance(notes, [(100, 600)]), performance([(a, b, p + 3, v) for a, b, p, v in notes], [(100, 600)])

    def example(played):
        rows = grid.rows_of(played)
        return read_example(grid.quantised(rows), held_keys(rows))

    for moved, expected in zip(
        (transposed(example(low), 3).trunk, transposed(example(low), 3).head, transposed(example(low), 3).target),
        (example(high).trunk, example(high).head, example(high).target),
        strict=True,
    ):
        assert (moved == expected).all()


@pytest.mark.parametrize("events", [[], [0, 1], [0, 0, 0, 0], [grid.NUM_EVENTS] * 4, [-1] * 4])
def test_what_is_no_performance_is_refused(events):
    with pytest.raises(CodecError):
        CODEC.decode(np.array(events))


def test_a_piece_is_played_at_its_own_tempo():
    from builders import piece

    slow = piece([(60, 0, 1), (62, 1, 1)], qpm=60)
    assert performance_of(slow).onset_ms.tolist() == [0, 1000]
    assert [n.pitch for n in CODEC.normalize(slow).tracks[0].notes] == [60, 62]
