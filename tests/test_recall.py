"""What a piece has done already as a guess at what it does next."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.composers.request import ComposeRequest
from musegen.engine.recall import LENGTHS, MOST_ROUNDS, NUM_CASES, Recall, RecallTable, fit_shares, mixed
from musegen.errors import StyleError
from musegen.services.making.compose import compose
from musegen.services.making.recipe import read_recipe_text
from tests.test_take_fixtures import recorded


def table(share, num_heads=1):
    return RecallTable(np.full((num_heads, len(LENGTHS), NUM_CASES), share))


def heard(events, num_heads=1):
    recall = Recall(num_heads)
    for event in events:
        recall.push(event)
    return recall


def test_the_longest_run_that_stood_there_before_tells_what_followed():
    # 1 2 3 | 9 2 3 | 1 2 3 -> after "1 2 3" came 9; after "2 3" came 9 and 1
    met = heard([1, 2, 3, 9, 2, 3, 1, 2, 3]).met()
    assert (LENGTHS[met.index], dict(met.following)) == (3, {9: 1})
    met = heard([1, 2, 3, 9, 2, 3, 1, 5, 2, 3]).met()
    assert (LENGTHS[met.index], dict(met.following)) == (2, {9: 1, 1: 1})
    assert heard([1, 2, 3]).met() is None
    assert heard([]).met() is None


def test_a_run_is_met_at_the_same_question_of_a_frame_only():
    # frames (4, 7), (4, 7): what followed a 4 as the first event is no answer after a 7 as the second
    assert heard([4, 7, 7], num_heads=2).met() is None
    met = heard([4, 7, 5, 7], num_heads=2).met()
    assert (LENGTHS[met.index], dict(met.following)) == (1, {5: 1})


def test_rounds_are_counted_and_how_far_back_they_go():
    figure = [1, 2, 3]
    for rounds in range(6):  # the figure, and then so many times again
        met = heard([9, *figure * (rounds + 1)]).met()
        assert (met.case if met else 0) == min(rounds, MOST_ROUNDS)
    phrase = list(range(20))
    assert heard([*phrase, *phrase[:10]]).met().case == MOST_ROUNDS + 1  # far, not yet round
    assert heard([*phrase * 3]).met().case == MOST_ROUNDS + 1 + 2


def test_what_followed_is_mixed_into_what_the_network_says():
    pieces = [heard([0, 1, 0, 2, 0]), heard([3])]  # after 0 came 1 and 2, once each; after 3 nothing yet
    chances = np.exp(mixed(pieces, np.zeros((2, 4)), table(0.5)))
    assert chances[0] == pytest.approx([0.125, 0.375, 0.375, 0.125])
    assert chances[1] == pytest.approx([0.25] * 4)
    assert np.exp(mixed(pieces, np.zeros((2, 4)), table(0.0))) == pytest.approx(np.full((2, 4), 0.25))


def test_a_long_piece_finds_more_room():
    events = list(np.random.default_rng(0).integers(0, 50, 1500))
    met = heard([*events, *events[200:300]]).met()
    assert (LENGTHS[met.index], dict(met.following)) == (64, {events[300]: 1})


@given(st.lists(st.integers(0, 3), max_size=40), st.floats(0, 0.95), st.integers(1, 4))
def test_a_mixture_is_a_distribution_and_the_longest_run_is_really_there(events, share, num_heads):
    recall = heard(events, num_heads)
    assert np.exp(mixed([recall], np.arange(4.0)[None], table(share, num_heads))).sum() == pytest.approx(1.0)
    ends = [
        (length, events[i])
        for length in LENGTHS
        for i in range(length, len(events))
        if events[i - length : i] == events[len(events) - length :] and i % num_heads == len(events) % num_heads
    ]
    found = recall.met()
    longest = max((length for length, _ in ends), default=None)
    assert (None if found is None else LENGTHS[found.index]) == longest
    if found is not None:
        assert sorted(found.following.elements()) == sorted(event for length, event in ends if length == longest)


def test_odds_are_multiplied():
    assert table(0.5).scaled(1.0).shares == pytest.approx(0.5)
    assert table(0.5).scaled(2.0).shares == pytest.approx(2 / 3)
    assert table(0.5).scaled(0.0).shares == pytest.approx(0.0)


def test_a_style_composes_with_its_strength_and_keeps_it():
    strong = replace(table(0.5), strength=2.0)
    assert strong.composing(1.0).shares == pytest.approx(2 / 3)
    assert strong.composing(0.5).shares == pytest.approx(0.5)
    assert RecallTable.from_json(strong.to_json()).strength == 2.0
    assert "strength" not in table(0.5).to_json()
    with pytest.raises(ValueError, match="strength"):
        replace(table(0.5), strength=0.0)


def test_shares_make_held_out_music_likeliest():
    random = np.random.default_rng(0)
    # what followed is right three times in ten; the network gives every one of ten events the same
    right = random.random(20_000) < 0.3
    chance = np.where(right, 1.0, random.random(20_000) < 0.1)  # it may also be right by chance
    rows = np.stack([np.full(20_000, 0.1), chance, np.full(20_000, 4), np.full(20_000, 3), np.zeros(20_000)], -1)
    shares = fit_shares(rows, 1).shares
    assert shares[0, 4, 3] == pytest.approx(0.3, abs=0.02)
    assert shares[0, 5, 3] == shares[0, 4, 3]  # rarer: as the nearest shorter run
    assert not shares[0, :4].any()


def test_a_table_comes_back_from_plain_data_and_others_are_refused():
    values = table(0.25, 3).to_json()
    assert (RecallTable.from_json(values).shares == 0.25).all()
    for wrong in (
        None,
        [],
        {},
        values | {"lengths": [1, 2]},
        values | {"shares": [[[2.0]]]},
        values | {"shares": "no"},
    ):
        with pytest.raises(ValueError):
            RecallTable.from_json(wrong)


def test_takes_go_back_more_to_what_they_have_played_the_more_is_asked_for():
    def shared(strength):
        request = ComposeRequest("folk", "invent", num_bars=16, num_takes=8, random_seed=5, recall=strength)
        takes = compose(request).takes
        return np.mean([_returning([n.pitch for n in take.piece.tracks[0].notes]) for take in takes])

    never, usual, often = shared(0.0), shared(1.0), shared(4.0)
    assert never < usual < often


def _returning(pitches):
    runs = [tuple(pitches[i : i + 4]) for i in range(len(pitches) - 3)]
    return 1 - len(set(runs)) / len(runs)


def test_a_style_that_has_not_learned_it_refuses_more_of_it_by_name():
    request = ComposeRequest("piano-performance", "invent", num_bars=None, seconds=4.0, recall=2.0)
    with pytest.raises(StyleError, match="Piano performance has not learned"):
        compose(request)


def test_recipes_of_earlier_versions_go_back_to_nothing():
    for item in recorded():
        recipe, _ = read_recipe_text(item["recipe"])
        if '"musegen_recipe":3' not in item["recipe"] and hasattr(recipe.request, "recall"):
            assert recipe.request.recall == 0.0
