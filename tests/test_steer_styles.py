"""Steering in the styles of several notes at once, over a network that costs nothing: what is locked stays."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from musegen.composers.gaps import Gap, following_gaps, selected_gaps
from musegen.composers.particles import Stretch, fill_stretch
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.composers.style import load_style
from musegen.engine.branches import Branches
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import Constraints
from musegen.errors import ConstraintError
from musegen.music.chord import parse_chord
from musegen.music.timing import bar_starts, duration_seconds, num_bars, quarter_to_seconds
from musegen.services.judging.explain import explain
from musegen.services.making import form
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.making.remake import remake
from musegen.services.making.steer import steer
from musegen.services.styles import abilities_of, list_styles
from tests.builders import piece
from tests.stub_network import stub_networks
from tests.test_sampling import CountingCursor, KnownModel

IN_PARTS = ("string-quartet", "chopin")
STYLES = (*IN_PARTS, "jazz", "piano-performance")
SEEDS = 8


@pytest.fixture(scope="module", autouse=True)
def stubs():
    with stub_networks():
        yield


@cache
def take(style_id, seed=3):
    return compose(ComposeRequest(style_id, "invent", num_bars=6, random_seed=seed)).takes[0]


def asked(style_id, action="regenerate", **settings):
    return SteerRequest(style_id, action, take(style_id).piece, **({"candidates": 3, "random_seed": 5} | settings))


def locked(request):
    """Return for each track the notes that are not composed again."""
    style = load_style(request.style_id)
    held = style.composer.workpiece(request, style)
    assert held.piece == request.piece
    gaps = selected_gaps(request, held.piece, held.end)
    return [[n for i, n in enumerate(t.notes) if not any(g.track == index and g.holds(i, n) for g in gaps)]
            for index, t in enumerate(held.piece.tracks)]  # fmt: skip


def check_locked(request, result):
    """All notes outside what was asked for are the very same, and the bars add up."""
    stays = locked(request)
    for made, changed in zip(result.takes, result.changed, strict=True):
        kept = [[n for i, n in enumerate(t.notes) if i not in new]
                for t, new in zip(made.piece.tracks, changed, strict=True)]  # fmt: skip
        assert kept == stays
        assert made.piece.tempos == request.piece.tempos
        if request.style_id == "piano-performance":  # its last note may ring on, so its last bar may be another
            continue
        assert made.piece.end_quarter == request.piece.end_quarter
        assert num_bars(made.piece) == num_bars(request.piece)
        assert made.piece.barlines == request.piece.barlines


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_selections_leave_everything_else_as_it_is(style_id, seed):
    random = np.random.default_rng(seed)
    music = take(style_id).piece
    keep = ("", "rhythm", "pitches")[seed % 3]
    if seed % 2:
        first = int(random.integers(1, 6))
        chosen = {"bars": (first, int(random.integers(first, 6)))}
        if style_id == "piano-performance":  # what is new at the end has bars of its own
            chosen = {"bars": (1 + first % 3, 3)}
        if seed > 3:
            chosen["voices"] = (int(random.integers(len(music.tracks))),)
    else:
        everything = [(t, i) for t, each in enumerate(music.tracks) for i in range(len(each.notes))]
        keep = "rhythm" if keep == "pitches" else keep
        picked = random.choice(len(everything), max(len(everything) // 6, 1), replace=False)
        chosen = {"notes": tuple(everything[i] for i in picked)}
    request = asked(style_id, **chosen, keep=keep, temperature=1.4)
    check_locked(request, steer(request))


@pytest.mark.parametrize("style_id", STYLES)
def test_rhythm_and_pitches_are_kept(style_id):
    music = take(style_id).piece
    edges = bar_starts(music)[bool(music.pickup_quarter) :][1:4:2]  # a pickup is no bar of the count

    def inside(each):
        return [[n for n in t.notes if edges[0] <= n.onset_quarter < edges[1]] for t in each.tracks]

    rhythm = steer(asked(style_id, bars=(2, 3), keep="rhythm", temperature=1.5)).takes[0].piece
    times = [[[(n.onset_quarter, n.duration_quarter) for n in notes] for notes in inside(p)] for p in (music, rhythm)]
    assert times[0] == times[1]
    assert inside(music) != inside(rhythm)
    moved = steer(asked(style_id, bars=(2, 3), keep="pitches", temperature=1.5)).takes[0].piece
    if style_id == "piano-performance":
        assert sorted(n.pitch for n in inside(music)[0]) == sorted(n.pitch for n in inside(moved)[0])
        return
    for first, last in ((2, 3), (3, 4)):
        for old, new in zip(music.tracks, moved.tracks, strict=True):
            start, stop = bar_starts(music)[first - 1 : last]
            of_bar = [[n.pitch for n in sorted(t.notes, key=lambda n: (n.onset_quarter, -n.pitch))
                       if start <= n.onset_quarter < stop] for t in (old, new)]  # fmt: skip
            assert of_bar[0] == of_bar[1]


@pytest.mark.parametrize("style_id", IN_PARTS)
def test_it_goes_on_from_the_end_and_from_a_bar_and_closes(style_id):
    music = take(style_id).piece
    longer = steer(asked(style_id, "extend", num_bars=9)).takes[0]
    assert longer.num_bars == 9
    for old, new in zip(music.tracks, longer.piece.tracks, strict=True):
        assert [n for n in new.notes if n.onset_quarter < music.end_quarter] == list(old.notes)
    again = steer(asked(style_id, "extend", from_bar=3, num_bars=5)).takes[0]
    assert again.num_bars == 5
    begin = bar_starts(music)[2]
    for old, new in zip(music.tracks, again.piece.tracks, strict=True):
        before = [n for n in old.notes if n.onset_quarter < begin]
        assert list(new.notes)[: len(before)] == before
    for made in (longer, again):
        lowest = made.piece.tracks[-1].notes[-1]
        assert lowest.pitch % 12 == music.key_signatures[0].tonic
        assert lowest.end_quarter == made.piece.end_quarter


@pytest.mark.parametrize("style_id", IN_PARTS)
def test_one_part_alone_at_the_end_still_closes_on_the_tonic(style_id):
    music = take(style_id).piece
    last = len(music.tracks) - 1
    request = asked(style_id, bars=(5, 6), voices=(last,), temperature=1.6)
    result = steer(request)
    check_locked(request, result)
    lowest = result.takes[0].piece.tracks[last].notes[-1]
    assert lowest.pitch % 12 == music.key_signatures[0].tonic
    assert lowest.end_quarter == music.end_quarter


@pytest.mark.parametrize("style_id", STYLES)
def test_a_swapped_note_stays_swapped_and_what_follows_is_new(style_id):
    music = take(style_id).piece
    note = music.tracks[0].notes[1]
    result = steer(asked(style_id, "swap", notes=((0, 1),), pitch=note.pitch + 1))
    made = result.takes[0].piece
    assert replace(note, pitch=note.pitch + 1) in made.tracks[0].notes
    for old, new in zip(music.tracks, made.tracks, strict=True):
        before = [n for n in old.notes if n.onset_quarter < note.onset_quarter]
        assert list(new.notes)[: len(before)] == before


@pytest.mark.parametrize("style_id", STYLES)
def test_the_same_request_gives_the_same_take_and_its_recipe_does(style_id):
    request = asked(style_id, bars=(2, 3), num_takes=2, temperature_curve=(0.5, 1.5))
    first, second = steer(request), steer(request)
    assert first.takes == second.takes
    assert first.takes[0].piece != first.takes[1].piece
    text = recipe_text(Recipe(request, 1, first.takes[1].style_sha256, first.takes[1].piece.title))
    recipe, messages = read_recipe_text(json.dumps(json.loads(text), separators=(",", ":")))
    assert messages == ()
    assert remake(recipe)[0].piece == first.takes[1].piece


@pytest.mark.parametrize("style_id", STYLES)
def test_every_note_has_a_reason(style_id):
    music = take(style_id).piece
    told = explain(style_id, music)
    assert told.piece == music
    own = music.tracks[:1] if style_id == "jazz" else music.tracks  # a band has rules, not reasons
    places = {(t, i) for t, each in enumerate(own) for i in range(len(each.notes))}
    assert {(r.track, r.index) for r in told.notes} == places
    for reason in told.notes:
        assert 0 < reason.probability <= 1
        assert all(a.pitch != music.tracks[reason.track].notes[reason.index].pitch for a in reason.alternatives)
    if style_id in IN_PARTS:
        given = explain(style_id, music, (0,))
        assert {r.track for r in given.notes} == set(range(1, len(music.tracks)))


@pytest.mark.parametrize("style_id", IN_PARTS)
def test_a_form_returns_what_it_says(style_id):
    made = compose(ComposeRequest(style_id, "invent", num_bars=8, form="A B A", random_seed=4)).takes[0].piece
    size = 2 * made.time_signatures[0].bar_quarters

    def section(times, number):
        start = number * size
        return [(round(first - start, 6), second) for first, second in times if start <= first < start + size]

    for track in made.tracks:
        notes = [(n.onset_quarter, n.pitch) for n in track.notes]
        assert section(notes, 0) == section(notes, 2)
        lengths = [(down, round(up - down, 6)) for down, up in track.pedals]
        assert section(lengths, 0) == section(lengths, 2)


WITH_FORM = [card.style_id for card in list_styles() if abilities_of(card).form]


@pytest.mark.parametrize("nothing_is_varied", [False, True], ids=["as it is drawn", "where nothing is varied"])
@pytest.mark.parametrize("style_id", WITH_FORM)
def test_a_prime_differs_from_its_model(style_id, nothing_is_varied, monkeypatch):
    if nothing_is_varied:
        monkeypatch.setattr(form, "steer", lambda request, **how: (
            SteerResult(request, (replace(take("chopin"), piece=request.piece),), ()) if request.action == "vary"
            else steer(request, **how)))  # fmt: skip
    for random_seed in range(2):
        asked = ComposeRequest(style_id, "invent", num_bars=4, form="A A'", random_seed=random_seed)
        made = compose(asked).takes[0].piece
        size = 2 * made.time_signatures[0].bar_quarters
        model, primed = (
            [(t, round(n.onset_quarter - start, 6), n.duration_quarter, n.pitch) for t, track in enumerate(made.tracks)
             for n in track.notes if start <= n.onset_quarter < start + size] for start in (0.0, size)
        )  # fmt: skip
        assert model != primed
        assert len(set(model) & set(primed)) >= (len(model) - 1 if nothing_is_varied else 0)


# A solo and its band


def test_each_player_of_the_band_is_composed_again_alone():
    music = take("jazz").piece
    for voice in range(1, len(music.tracks)):
        made = steer(asked("jazz", bars=(2, 5), voices=(voice,))).takes[0].piece
        assert [made.tracks[t] for t in range(len(music.tracks)) if t != voice] == [
            music.tracks[t] for t in range(len(music.tracks)) if t != voice
        ]
        assert made.tracks[voice] != music.tracks[voice]
    made = steer(asked("jazz", bars=(2, 5), voices=(0,))).takes[0].piece
    assert made.tracks[1:] == music.tracks[1:]


def test_a_solo_goes_on_over_its_chart_and_ends_on_a_tone_of_its_last_chord():
    music = take("jazz").piece
    made = steer(asked("jazz", "extend", num_bars=9)).takes[0]
    assert made.num_bars == 9
    for old, new in zip(music.tracks, made.piece.tracks, strict=True):
        assert [n for n in new.notes if n.onset_quarter < music.end_quarter] == list(old.notes)
    assert max(n.end_quarter for n in made.piece.tracks[1].notes) == 36.0
    last = parse_chord(made.piece.chord_symbols[-1].text)
    assert made.piece.tracks[0].notes[-1].pitch % 12 in last.pitch_classes
    assert made.piece.chord_symbols[: len(music.chord_symbols)] == music.chord_symbols


# A performance in its own time


def seconds(music, notes):
    return [(round(quarter_to_seconds(music, n.onset_quarter), 6), n.pitch, n.velocity) for n in notes]


def test_what_stays_of_a_performance_keeps_its_time_in_seconds():
    music = take("piano-performance").piece
    result = steer(asked("piano-performance", bars=(2, 3)))
    made, new = result.takes[0].piece, result.changed[0][0]
    kept = [n for i, n in enumerate(made.tracks[0].notes) if i not in new]
    assert set(seconds(made, kept)) <= set(seconds(music, music.tracks[0].notes))
    held = load_style("piano-performance").composer.workpiece(result.request, load_style("piano-performance"))
    (gap,) = selected_gaps(result.request, music, held.end)
    start, stop = (quarter_to_seconds(music, q) for q in (gap.start, gap.end))
    for i in new:
        assert start - 1e-6 <= quarter_to_seconds(made, made.tracks[0].notes[i].onset_quarter) <= stop
    for down, up in made.tracks[0].pedals:
        assert down < up


@pytest.mark.parametrize("from_bar", [None, 3])
def test_a_performance_goes_on_in_time_and_keeps_what_was_there(from_bar):
    music = take("piano-performance").piece
    bars = num_bars(music) + 3
    result = steer(asked("piano-performance", "extend", num_bars=bars, from_bar=from_bar))
    made = result.takes[0].piece
    begin = music.end_quarter if from_bar is None else bar_starts(music)[from_bar - 1 + bool(music.pickup_quarter)]
    before = [n for n in music.tracks[0].notes if n.onset_quarter < begin]
    assert before
    assert seconds(made, made.tracks[0].notes[: len(before)]) == seconds(music, before)
    assert duration_seconds(made) > quarter_to_seconds(music, begin)


# Gaps where several notes sound


def test_a_held_note_of_a_hand_does_not_keep_others_from_being_new():
    hand = piece([(48, 0, 6), (60, 0, 1), (64, 1, 1), (60, 2, 1), (64, 3, 1), (60, 4, 1), (64, 5, 3)])
    request = SteerRequest("chopin", "regenerate", hand, bars=(2, 2))
    gap = selected_gaps(request, hand, 8.0)[0]
    assert (gap.start, gap.end) == (4.0, 8.0)
    line = piece([(48, 0, 6), (60, 6, 2)])
    assert selected_gaps(replace(request, piece=line), line, 8.0)[0] == Gap(6.0, 8.0)
    assert following_gaps(line, 4.0, 8.0) == [Gap(6.0, 8.0)]
    assert following_gaps(hand, 4.0, 8.0) == [Gap(4.0, 8.0)]


def test_a_note_of_a_chord_keeps_its_rhythm_and_the_others():
    chords = piece([(60, 0, 2), (64, 0, 2), (67, 0, 2), (65, 2, 2), (62, 4, 4)])
    request = SteerRequest("chopin", "regenerate", chords, notes=((0, 1),))
    (gap,) = selected_gaps(request, chords, 8.0)
    assert (gap.start, gap.end, gap.keep, gap.notes) == (0.0, 2.0, "rhythm", (1,))
    whole = replace(request, notes=((0, 0), (0, 1), (0, 2)))
    assert selected_gaps(whole, chords, 8.0) == [Gap(0.0, 2.0)]
    with pytest.raises(ConstraintError, match="keep their rhythm"):
        selected_gaps(replace(request, keep="pitches"), chords, 8.0)


# Particles


class LeadingModel:
    """Event 1 is likely after event 2 and after nothing else; all else is alike."""

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, 1), np.float32)]

    def advance(self, trunk, states):
        return states

    def logits(self, trunk, head, states):
        logits = np.zeros((len(trunk), 5))
        logits[:, 1] = np.where(trunk[:, 0] == 2, 6.0, -6.0)
        return logits


def one_at_the_end(cursor):
    """Event 1 comes fifth and nowhere else, event 0 never."""
    fifth = len(cursor.events) == 4
    return np.array([False, fifth, not fifth, not fifth, not fifth])


def filled(model, count, future=(), seed=(7,)):
    past = Branches(model, [CountingCursor(12)])
    stretch = Stretch([lambda c: len(c.events) >= 3, lambda c: len(c.events) >= 5], future, count)
    return fill_stretch(past, stretch, SamplingSettings(), Constraints((one_at_the_end,)), seed)


def test_the_filling_is_taken_that_leads_to_what_is_forced():
    ends = [filled(LeadingModel(), 16, seed=(n,)).branch.cursors[0].events.tolist() for n in range(12)]
    assert all(events[3:] == [2, 1] for events in ends)
    alone = [filled(LeadingModel(), 1, seed=(n,)).branch.cursors[0].events.tolist() for n in range(12)]
    assert any(events[3] != 2 for events in alone)
    assert ends == [filled(LeadingModel(), 16, seed=(n,)).branch.cursors[0].events.tolist() for n in range(12)]


def test_a_filling_weighs_as_much_as_what_was_allowed():
    even = KnownModel()
    even.logits = lambda trunk, head, states: np.zeros((len(trunk), 5))
    # After the milestone one draw among three of five alike, and one that is forced; before it they were not weighed
    # anew, since all weigh the same: three draws more.
    weights = 4 * np.log(5 / 3) + np.log(5)
    assert filled(even, 4).joins == pytest.approx([weights] * 4)
    assert filled(even, 4, future=[2, 3]).joins == pytest.approx([weights + 2 * np.log(5)] * 4)
    assert filled(even, 1).joins == (0.0,)
