"""The listening test: intervals that cover, strengths by hand, order that nobody can guess, answers that stay."""

import threading
from collections import Counter

import numpy as np
import pytest

from musegen.errors import FileFormatError, StyleError
from musegen.evaluation.listening import (
    CATCHES,
    HUMAN,
    LEFT,
    MOST_TRIALS,
    NEITHER,
    PRACTICE,
    PREFER,
    RATE,
    REAL,
    RIGHT,
    Answer,
    Trial,
    answers_needed,
    bradley_terry,
    comparisons,
    deal,
    judge_answers,
    judge_ratings,
    wilson,
)
from musegen.library import trials as kept_trials
from musegen.library.sql_trials import SqlTrials
from musegen.services.listening import excerpts
from musegen.services.listening.excerpts import broken
from musegen.services.listening.making import own_tests, remove_test
from musegen.services.listening.taking import answer, questions_of, trials
from musegen.services.styles import get_style
from musegen.styles.comparison import may_be_sold
from musegen.ui.listen_found import rating_sentences, sentences
from tests.builders import piece

PAIRS = {f"pair {i}": (REAL, "style") for i in range(24)}


def test_wilsons_interval_by_hand():
    low, high = wilson(8, 10)  # the values of Agresti and Coull's table
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == pytest.approx(0, abs=1e-12) and wilson(10, 10)[1] == pytest.approx(1)


def test_wilsons_interval_covers():
    random = np.random.default_rng(0)
    for share in (0.5, 0.7, 0.9):
        counts = random.binomial(60, share, 2000)
        covered = np.mean([wilson(c, 60)[0] <= share <= wilson(c, 60)[1] for c in counts])
        assert 0.92 < covered < 0.98


def test_how_many_more_answers_would_settle():
    assert answers_needed(0, 0) is None
    assert answers_needed(10, 20) is None  # as many more of the same never do
    assert answers_needed(19, 20) == 0
    more = answers_needed(12, 20)
    count = 20 + more
    assert wilson(0.6 * count, count)[0] > 0.5 >= wilson(0.6 * (count - 1), count - 1)[0]


def test_strengths_of_two_systems_are_their_shares_with_half_a_win_each():
    strengths = bradley_terry({("a", "b"): 7, ("b", "a"): 2})
    assert strengths["a"] == pytest.approx(7.5 / 10)
    assert sum(strengths.values()) == pytest.approx(1)
    assert bradley_terry({}) == {}


def test_strengths_that_made_the_answers_are_found_again():
    true = {"a": 0.6, "b": 0.3, "c": 0.1}
    wins = {(i, j): 20_000 * true[i] / (true[i] + true[j]) for i in true for j in true if i != j}
    assert bradley_terry(wins) == pytest.approx(true, abs=1e-3)


# --- who hears what ----------------------------------------------------------------------------------------------


def test_what_is_dealt_to_one_listener():
    trials = deal(PAIRS, {}, np.random.default_rng(1))
    assert len(trials) == MOST_TRIALS
    assert [t.kind for t in trials[:PRACTICE]] == ["practice"] * PRACTICE
    kinds = Counter(t.kind for t in trials)
    assert kinds == {"practice": PRACTICE, "pair": MOST_TRIALS - PRACTICE - len(CATCHES), "same": 1, "broken": 1}
    assert len({t.pair for t in trials}) == MOST_TRIALS  # nothing is heard twice
    with pytest.raises(ValueError, match="5 excerpts and trials are needed, got 4 excerpts"):
        deal(dict(list(PAIRS.items())[:4]), {}, np.random.default_rng(0))


def test_sides_places_and_pairs_are_by_chance():
    deals = [deal(PAIRS, {}, np.random.default_rng(seed)) for seed in range(3000)]
    left = np.mean([[t.left == REAL for t in trials if t.kind == "pair"] for trials in deals])
    assert abs(left - 0.5) < 0.01
    first = Counter(t.pair for trials in deals for t in trials if t.kind == "pair")
    expected = 3000 * 11 / 24
    assert all(abs(count - expected) < 5 * expected**0.5 for count in first.values())
    for kind in CATCHES:
        places = Counter(i for trials in deals for i, t in enumerate(trials) if t.kind == kind)
        assert set(places) == set(range(PRACTICE, MOST_TRIALS))
        assert all(abs(count - 3000 / 13) < 5 * (3000 / 13) ** 0.5 for count in places.values())
    sides = [tuple(t.left == REAL for t in trials if t.kind == "pair") for trials in deals]
    assert max(Counter(sides).values()) < 30  # no order is everybody's
    after = [(a, b) for own in sides for a, b in zip(own, own[1:], strict=False)]
    assert abs(np.mean([a == b for a, b in after]) - 0.5) < 0.06  # nor does one trial tell the next


def test_pairs_that_few_heard_come_first():
    heard = {(name, frozenset(PAIRS[name])): 5 for name in list(PAIRS)[:13]}
    trials = deal(PAIRS, heard, np.random.default_rng(3))
    assert {t.pair for t in trials if t.kind == "pair"} == set(list(PAIRS)[13:])


def listeners(count, choose, seed=0):
    random = np.random.default_rng(seed)
    for number in range(count):
        for trial in deal(PAIRS, {}, np.random.default_rng([seed, number])):
            yield Answer(str(number), trial, choose(trial, random))


def coin(trial, random):
    return LEFT if random.random() < 0.5 else RIGHT


def perfect(trial, random):
    if trial.left == trial.right:
        return NEITHER
    return LEFT if trial.left == REAL else RIGHT


def test_a_coin_ends_at_one_half_and_who_knows_at_one():
    tossed = judge_answers(list(listeners(200, coin)))
    assert abs(tossed.share - 0.5) < 0.03
    assert tossed.wilson[0] <= 0.5 <= tossed.wilson[1]
    assert abs(tossed.strengths[REAL] - 0.5) < 0.03
    known = judge_answers(list(listeners(4, perfect)))
    assert known.share == 1 and known.catches == {"same": 1.0, "broken": 1.0} and known.needed == 0
    assert (known.num_listeners, known.num_answers, known.num_no_difference) == (4, 44, 0)
    assert sentences(known)[-3] == "That is no chance."
    assert judge_answers([]).share is None and sentences(judge_answers([]))[0].startswith("Nobody")


def test_the_interval_by_listeners_covers_where_listeners_differ():
    random, covered = np.random.default_rng(1), []
    for run in range(120):
        skill = np.clip(random.normal(0.7, 0.2, 20), 0, 1)

        def choose(trial, own, skill=skill):
            return LEFT if (trial.left == REAL) == (own.random() < skill[choose.who]) else RIGHT

        answers = []
        for who in range(20):
            choose.who = who
            for trial in deal(PAIRS, {}, np.random.default_rng([run, who])):
                answers.append(Answer(str(who), trial, choose(trial, random)))
        low, high = judge_answers(answers, draws=300).bootstrap
        covered.append(low <= np.clip(np.random.default_rng(9).normal(0.7, 0.2, 100_000), 0, 1).mean() <= high)
    assert 0.85 < np.mean(covered) <= 1


def test_no_difference_counts_apart():
    trial = Trial("pair", "one", REAL, "style")
    found = judge_answers([Answer("a", trial, NEITHER), Answer("a", trial, LEFT), Answer("b", trial, RIGHT)])
    assert (found.num_answers, found.num_no_difference, found.real_offered, found.share) == (3, 1, 2, 0.5)
    assert found.against == {"style": (1, 2)} and set(found.ranges) == {REAL, "style"}


# --- several systems, and ratings ---------------------------------------------------------------------------------

THREE = {f"pair {i}": (REAL, "a", "b") for i in range(24)}


def test_what_is_compared_of_three_systems():
    assert comparisons((REAL, "a", "b"), HUMAN) == [(REAL, "a"), (REAL, "b")]
    assert comparisons((REAL, "a", "b"), PREFER) == [(REAL, "a"), (REAL, "b"), ("a", "b")]
    assert comparisons(("a", "b"), RATE) == [("a",), ("b",)] and comparisons(("a", "b"), HUMAN) == []


@pytest.mark.parametrize(("question", "kind", "combinations"), [(PREFER, "pair", 3), (RATE, "single", 3)])
def test_systems_are_heard_equally_often(question, kind, combinations):
    heard = Counter()
    for seed in range(40):
        trials = deal(THREE, heard, np.random.default_rng(seed), question)
        assert len(trials) == MOST_TRIALS and [t.kind for t in trials[:PRACTICE]] == ["practice"] * PRACTICE
        own = [(t.pair, frozenset(filter(None, (t.left, t.right)))) for t in trials if t.kind == kind]
        assert len({name for name, _ in own}) == len(own)  # no excerpt twice
        heard.update(own)
    by_systems, by_name = Counter(), Counter()
    for (name, systems), count in heard.items():
        by_systems[systems] += count
        by_name[name] += count
    assert len(by_systems) == combinations
    assert max(by_systems.values()) - min(by_systems.values()) <= 40  # practice, which is not counted, takes one each
    assert max(by_name.values()) - min(by_name.values()) <= 1


def test_ratings_by_hand():
    def rated(listener, system, choice, kind="single"):
        return Answer(listener, Trial(kind, "x", system, ""), choice)

    found = judge_ratings([
        rated("a", REAL, "5"), rated("a", "style", "3"), rated("b", REAL, "4"), rated("b", "style", "1"),
        rated("a", REAL, "2", "same"), rated("a", REAL, "3", "same"), rated("b", REAL, "1", "same"),
        rated("a", "broken", "2", "broken"), rated("b", "broken", "4", "broken"), rated("b", REAL, "1", "practice"),
    ])  # fmt: skip
    assert found.means == {REAL: 4.5, "style": 2.0} and found.counts == {REAL: 2, "style": 2}
    assert (found.num_listeners, found.num_answers) == (2, 4)
    assert found.ranges[REAL] == (4.0, 5.0) and found.ranges["style"] == (1.0, 3.0)
    assert found.catches == {"same": 1.0, "broken": 0.5}
    # variances 0.5 and 2, halves of the ratings each: (2 * 0.5 + 2 * 2) * (1.96 / 2.5)^2 = 3.07, four are there
    assert found.needed == 0
    assert rating_sentences(found)[0].startswith("2 listeners gave 4 ratings")
    assert judge_ratings([]).means == {} and judge_ratings([]).needed is None


def test_a_system_that_is_no_better_is_not_found_to_be():
    random, covered = np.random.default_rng(5), 0
    for run in range(60):
        answers = [
            Answer(str(who), t, str(random.integers(1, 6)))
            for who in range(12)
            for t in deal(THREE, {}, np.random.default_rng([run, who]), RATE)
        ]
        covered += sum(low <= 3 <= high for low, high in judge_ratings(answers, draws=300).ranges.values())
    assert 0.85 < covered / 180 <= 1


# --- kept --------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(database):
    return SqlTrials(database("trials"))


def test_answers_are_there_at_once_and_the_first_counts(store):
    def ask(heard):
        return [(t.kind, t.pair, t.left, t.right) for t in deal(PAIRS, heard, np.random.default_rng(0))]

    dealt = store.trials_of("folk/human", "me", ask)
    assert store.trials_of("folk/human", "me", lambda heard: 1 / 0) == dealt  # the same when one comes back
    assert store.answer("folk/human", "me", 3, LEFT)
    assert not store.answer("folk/human", "me", 3, RIGHT)
    assert not store.answer("folk/human", "nobody", 3, RIGHT)
    assert [(a.place, a.choice) for a in store.answers("folk/human")] == [(3, LEFT)]
    assert store.answers("folk/prefer") == []


def test_twenty_listeners_at_a_time_hear_pairs_equally_often(store):
    trouble = []

    def listen(number):
        try:
            mine = store.trials_of(
                "t", str(number),
                lambda heard: [(t.kind, t.pair, t.left, t.right) for t in deal(PAIRS, heard, np.random.default_rng())],
            )  # fmt: skip
            for trial in mine:
                assert store.answer("t", str(number), trial.place, NEITHER)
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=listen, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not trouble
    rows = store.answers("t")
    assert len(rows) == 20 * MOST_TRIALS
    heard = Counter(row.pair for row in rows if row.kind == "pair")
    assert max(heard.values()) - min(heard.values()) <= 1


@pytest.mark.parametrize("style_id", ["bach-chorales", "folk", "hymn", "song", "string-quartet"])
def test_the_tests_that_come_with_the_program_do_not_betray_themselves(style_id):
    test = excerpts.load_test(style_id)
    assert len(test.excerpts) >= excerpts.LEAST_EXCERPTS and questions_of(test) == [HUMAN, PREFER, RATE]
    title = get_style(style_id).title
    for excerpt in test.excerpts.values():
        real, composed = excerpt.versions[REAL], excerpt.versions[title]
        assert excerpt.systems == (REAL, title) and 3 < excerpt.seconds <= 20
        assert not real.title and not real.composer and not composed.title and not composed.composer
        assert real.tempos == composed.tempos
        assert [t.program for t in real.tracks] == [t.program for t in composed.tracks]
        velocities = {n.velocity for piece in (real, composed) for t in piece.tracks for n in t.notes}
        assert len(velocities) == 1
        assert all(t.notes for piece in (real, composed) for t in piece.tracks)
    assert may_be_sold(get_style(style_id))  # so the real music may be handed on


def test_a_test_is_kept_whole_and_is_its_owners(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSEGEN_HOME", str(tmp_path))
    music = {name: piece([(60 + i, i, 1) for i in range(8)]) for name in ("a", "b")}
    made = {f"pair {n}": excerpts.Excerpt(f"pair {n}", music, 4.0) for n in range(excerpts.LEAST_EXCERPTS)}
    test = excerpts.ListeningTest(excerpts.new_id(), "Mine", "me", made)
    excerpts.save_test(test)
    assert excerpts.load_test(test.test_id) == test and own_tests("me") == [test] and own_tests("you") == []
    assert questions_of(test) == [PREFER, RATE]  # nobody wrote one of them
    dealt = trials(test.test_id, RATE, "x")
    assert answer(test.test_id, RATE, "x", 0, "4") and not answer(test.test_id, RATE, "x", 1, LEFT)
    assert [t.pair for t in trials(test.test_id, RATE, "x")] == [t.pair for t in dealt]
    with pytest.raises(StyleError, match="not yours"):
        remove_test(test.test_id, "you")
    remove_test(test.test_id, "me")
    assert own_tests("me") == [] and not excerpts.has_test(test.test_id)
    assert kept_trials.answers(f"{test.test_id}/{RATE}") == []
    for wrong in ("../folk", "own-0", ""):
        with pytest.raises(FileFormatError):
            excerpts.load_test(wrong)


def test_a_broken_excerpt_keeps_its_rhythm_and_nothing_else():
    real = piece([(60 + i % 5, float(i), 1.0) for i in range(16)])
    spoiled = broken(real)
    assert [n.onset_quarter for n in spoiled.tracks[0].notes] == [n.onset_quarter for n in real.tracks[0].notes]
    assert sum(a.pitch != b.pitch for a, b in zip(spoiled.tracks[0].notes, real.tracks[0].notes, strict=True)) > 12
