"""Takes, steering and reasons on the Compose page, run without a browser; what composes is stood in for."""

import math
import threading
from dataclasses import replace
from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from musegen.composers.contract import Abilities
from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.errors import CancelledError, ConstraintError
from musegen.services.judging.explain import Alternative, Explanation, NoteReason
from musegen.services.making import jobs
from musegen.services.showing.stage import score_data
from musegen.ui import history, stage, steer_panel, take_cards, why_panel
from musegen.ui.state import Batch
from tests.builders import piece

SECONDS = 30
BARS = 8


def music(first=60):
    return piece([(first + i % 5, i, 1) for i in range(4 * BARS)], key="C major", meter="4/4")


def take(index=0, first=60, **changes):
    made = Take(music(first), index, (frozenset(range(8)),), BARS, 16.0, 0, -60.0 - index, 7, "folk", "0" * 64)
    return replace(made, **changes)


def composed(request, *, progress, cancelled):
    return ComposeResult(request, tuple(take(i, 60 + i) for i in range(request.num_takes)))


class Steerer:
    """Stands in for `steer`: the last note of each take is another."""

    def __init__(self):
        self.requests, self.error, self.gate = [], None, None

    def __call__(self, request, *, progress, cancelled):
        self.requests.append(request)
        while self.gate and not self.gate.wait(0.01):
            progress(0.4)
            if cancelled():
                raise CancelledError("Stopped.")
        if self.error:
            raise ConstraintError(self.error)
        notes = request.piece.tracks[0].notes
        changed = replace(notes[-1], pitch=80 + len(self.requests))
        track = replace(request.piece.tracks[0], notes=(*notes[:-1], changed))
        made = replace(request.piece, tracks=(track,))
        takes = tuple(take(i, piece=made, random_seed=request.random_seed) for i in range(request.num_takes))
        return SteerResult(request, takes, ((frozenset({len(notes) - 1}),),) * len(takes), ("One note is new.",))


@pytest.fixture
def steerer(monkeypatch):
    made = Steerer()
    monkeypatch.setattr(jobs, "steer", made)
    monkeypatch.setattr(jobs, "compose", composed)
    return made


@pytest.fixture
def page(steerer):
    return AppTest.from_file("../app.py", default_timeout=SECONDS).run()


def state(page):
    return page.session_state["musegen"]


def select(page, **what):
    page.session_state["selection"] = what
    return page.run()


def captions(page):
    return " ".join(caption.value for caption in page.caption).replace("\\", "")


# ------------------------------------------------------------------------------------------------------ the row


def test_bars_that_are_selected_are_composed_again_from_the_take_looked_at(page, steerer):
    state(page).batch.chosen = 2
    select(page, **{"from": 4, "to": 12})
    assert page.button(key="redo").label == "Redo bars 2 to 3"
    assert page.button(key="go-on").label == "Go on from bar 2"
    page.selectbox(key="steer-keep").set_value("rhythm")
    page.button(key="redo").click().run()
    request = steerer.requests[-1]
    assert (request.action, request.bars, request.notes, request.keep) == ("regenerate", (2, 3), (), "rhythm")
    assert request.piece.tracks == state(page).batches[0].result.takes[2].piece.tracks
    assert request.given == (frozenset(range(8)),)
    assert (request.num_takes, request.temperature) == (4, 0.9)
    batch = state(page).batch
    assert (batch.parent, batch.made_from) == ((1, 2), "Bars 2 to 3 of take 3 again, keep the rhythm")
    assert "Bars 2 to 3 of take 3 again, keep the rhythm · 8 bars" in captions(page)
    assert "One note is new." in captions(page)
    assert page.button(key="redo").label == "Redo bars 2 to 3"  # still selected, in the new take
    page.run()
    assert len(state(page).batches) == 2 and len(steerer.requests) == 1  # the controls above do not compose over it
    page.button(key="back").click().run()
    assert state(page).batch.number == 1 and state(page).batch.chosen == 2
    page.button(key="forward").click().run()
    assert state(page).batch.number == 2


def test_notes_that_are_selected_belong_to_one_take_alone(page, steerer):
    shown = state(page).batch.result.takes[0]
    key = score_data(shown.piece, shown.given)["key"]
    select(page, notes=["n0-3", "n0-1", "nonsense"], key=key)
    assert page.button(key="redo").label == "Redo 2 notes"
    page.button(key="redo").click().run()
    assert steerer.requests[-1].notes == ((0, 1), (0, 3)) and steerer.requests[-1].bars is None
    assert state(page).batch.made_from == "2 notes of take 1 again"
    assert page.button(key="redo").label == "Redo selection"  # the new takes are other music


def test_nothing_selected_is_a_sentence_beside_the_row_and_nothing_is_lost(page, steerer):
    page.button(key="redo").click().run()
    assert [e.value.replace("\\", "") for e in page.error] == [
        "Nothing is selected; choose the bars or notes to compose again."
    ]
    assert not steerer.requests and len(state(page).batches) == 1
    steerer.error = "Everything is selected, so nothing would stay; compose a new take instead."
    select(page, **{"from": 0, "to": 32})
    assert not page.error
    page.button(key="redo").click().run()
    assert [e.value.replace("\\", "") for e in page.error] == [steerer.error]
    assert len(state(page).batches) == 1
    steerer.error = None
    page.button(key="redo").click().run()
    assert not page.error and len(state(page).batches) == 2


def test_selections_that_do_not_fit_the_take_are_none():
    score = score_data(music())
    for told in ({"from": 1, "to": 8}, {"from": 4, "to": 40}, {"from": 8, "to": 4}, {"from": "x", "to": 8}, {}, None,
                 {"notes": ["n0-1"], "key": "other"}):  # fmt: skip
        assert selection_of(told, score) == stage.Selection(), told
    assert selection_of({"from": 0, "to": 4}, score) == stage.Selection(bars=(1, 1))
    pickup = score_data(piece([(60, 0, 1), *((62, 1 + i, 1) for i in range(8))], pickup=1.0))
    assert selection_of({"from": 0, "to": 1}, pickup) == stage.Selection(bars=(1, 1))
    assert selection_of({"from": 0, "to": 9}, pickup) == stage.Selection(bars=(1, 2))


def selection_of(told, score):
    def ask():
        import streamlit as st

        from musegen.ui import stage

        st.session_state["found"] = stage.selection(st.session_state["score"])

    page = AppTest.from_function(ask, default_timeout=SECONDS)
    page.session_state["selection"], page.session_state["score"] = told, score
    page.run()
    assert not page.exception
    return page.session_state["found"]


def test_vary_and_go_on_say_what_they_did(page, steerer):
    page.slider(key="steer-strength").set_value(25)
    page.slider(key="steer-takes").set_value(2)
    page.button(key="vary").click().run()
    request = steerer.requests[-1]
    assert (request.action, request.bars, request.strength, request.num_takes) == ("vary", None, 0.25, 2)
    assert state(page).batch.made_from == "Take 1 varied by 25 %"
    page.number_input(key="steer-bars").set_value(4)
    page.button(key="go-on").click().run()
    request = steerer.requests[-1]
    assert (request.action, request.from_bar, request.num_bars) == ("extend", None, BARS + 4)
    select(page, **{"from": 16, "to": 20})
    page.button(key="go-on").click().run()
    request = steerer.requests[-1]
    assert (request.from_bar, request.num_bars) == (5, 8)
    assert state(page).batch.made_from == "On from bar 5 of take 1, to 8 bars"
    page.button(key="vary").click().run()
    assert steerer.requests[-1].bars == (5, 5)
    assert [b.parent for b in state(page).batches] == [None, (1, 0), (2, 0), (3, 0), (4, 0)]


def test_how_begins_as_the_take_was_made_and_may_draw_the_temperature(page, steerer):
    page.toggle(key="live").set_value(False)
    page.slider(key="temperature-folk").set_value(1.4)
    page.slider(key="lock-folk").set_value(0.5)
    page.button(key="compose").click().run()
    assert page.slider(key="steer-temperature-2").value == 1.4
    page.toggle(key="curve-on-steer-2").set_value(True).run()
    page.session_state["curve-steer-2"] = ((1.4,) * 8, (0.5,) * 7 + (2.0,))
    page.button(key="vary").click().run()
    request = steerer.requests[-1]
    assert (request.temperature, request.key_strength) == (1.4, 0.5)
    assert request.temperature_curve == (0.5,) * 7 + (2.0,)
    assert "temperature 0.5 to 2 " in captions(page)


def test_a_change_under_way_shows_progress_below_and_can_be_stopped(page, steerer):
    steerer.gate = threading.Event()
    page.button(key="vary").click().run()
    job = state(page).job
    assert job and not page.exception
    assert [b.key for b in page.button].count("cancel") == 1
    page.button(key="cancel").click().run()
    assert state(page).job is None and job.cancelled and len(state(page).batches) == 1
    steerer.gate.set()
    page.run()
    assert len(state(page).batches) == 1


def test_one_note_is_swapped_and_composed_on_from(page, steerer):
    shown = state(page).batch.result.takes[0]
    key = score_data(shown.piece, shown.given)["key"]
    page.session_state["swap"] = {"id": "n0-5", "pitch": 67, "key": "of another score"}
    page.run()
    assert not steerer.requests
    page.session_state["swap"] = {"id": "n0-5", "pitch": 67, "key": key}
    page.run()
    request = steerer.requests[-1]
    assert (request.action, request.notes, request.pitch) == ("swap", ((0, 5),), 67)
    assert state(page).batch.made_from == "G4 for C4 in bar 2 of take 1, and on from there"
    page.run()
    assert len(steerer.requests) == 1


def test_a_style_that_cannot_be_changed_in_parts_says_so(steerer, monkeypatch):
    monkeypatch.setattr(steer_panel, "abilities_of", lambda card: Abilities(card.modes, actions=frozenset()))
    page = AppTest.from_file("../app.py", default_timeout=SECONDS)
    page.session_state["why"] = True
    page.run()
    assert not page.exception
    assert "composed anew, not changed in parts" in captions(page)
    assert why_panel_of(page) == {"said": "This style does not say why: it works in another way."}


def why_panel_of(page):
    found = []
    show, stage.show_stage = stage.show_stage, lambda *args: found.append(args[2].why) or show(*args)
    try:
        page.run()
    finally:
        stage.show_stage = show
    assert not page.exception
    return found[-1]


# ------------------------------------------------------------------------------------------ form and temperature


def test_form_and_temperature_over_the_piece_reach_the_request(page):
    page.selectbox(key="form").set_value("A A B A").run()
    page.slider(key="form-variation").set_value(30).run()
    request = state(page).batch.result.request
    assert (request.form, request.form_variation) == ("A A B A", 0.3)
    assert "form A A B A" in captions(page)
    assert history.entry(state(page).batches, 1).startswith(
        "2. Folk tunes, go on from your music: Lamplighter's Reel · "
    )
    assert "form A A B A" in history.entry(state(page).batches, 1)
    page.toggle(key="curve-on-compose").set_value(True).run()
    assert state(page).batch.result.request.temperature_curve == (0.9,) * 8
    page.session_state["curve-compose"] = ((0.9,) * 8, (0.5,) * 8)
    page.run()
    assert state(page).batch.result.request.temperature_curve == (0.5,) * 8


def test_what_is_no_form_is_a_sentence_beside_it_and_composed_without(steerer):
    page = AppTest.from_file("../app.py", default_timeout=SECONDS)
    page.session_state["form"] = "A 1 B"
    page.run()
    assert not page.exception
    assert [e.value.replace("\\", "") for e in page.error] == [
        '"A 1 B" is not a form; write letters, for example A A B A or A A\' B A.'
    ]
    assert state(page).batch.result.request.form == ""


def test_settings_of_changes_begin_inside_their_sliders(page):
    shown = state(page).batch
    shown.held = replace(shown.result, request=replace(shown.result.request, key_strength=3.0, temperature=9.0))
    shown.number = 50  # sliders of its own
    page.run()
    assert not page.exception
    assert page.slider(key="steer-lock-50").value == 1.0
    assert page.slider(key="steer-temperature-50").value == 2.0


# ------------------------------------------------------------------------------------------------ history as a tree


def batch(number, parent=None, chosen_from=0):
    made = SteerResult(SteerRequest("folk", "vary", music()), (take(),), ((frozenset(),),)) if parent else (
        ComposeResult(ComposeRequest("folk", "invent"), (take(),)))  # fmt: skip
    words = f"take {chosen_from + 1} varied" if parent else "Folk tunes, invent freely"
    return Batch(
        made, "x", words, datetime(2026, 1, 1, 14, 2), number, parent=(parent, chosen_from) if parent else None
    )


def test_results_stand_below_what_they_came_from():
    batches = [batch(1), batch(2, 1), batch(3), batch(4, 2), batch(5, 1, 3), batch(6, 99)]
    assert history.tree(batches) == [(5, 0), (2, 0), (0, 0), (1, 1), (3, 2), (4, 1)]
    assert history.tree([]) == []
    assert history.entry(batches, 4) == "5. take 4 varied · 14:02"
    again = [*batches, batch(7)]
    assert (
        history.entry(again, 6) == "7. Folk tunes, invent freely · the same again · 14:02"
    )  # as the one composed last


# --------------------------------------------------------------------------------------------------- takes as cards


def test_takes_are_sorted_by_what_is_measured(monkeypatch):
    values = {"in_key": [0.5, 1.0, 0.75], "range": [5, 7, 12], "repetition": [0.2, math.nan, 0.9],
              "likeness": [math.nan] * 3, "surprise": [2.0, 1.0, 3.0]}  # fmt: skip
    monkeypatch.setattr(take_cards, "_measured", lambda t: {name: row[t.index] for name, row in values.items()})
    shown = Batch(ComposeResult(ComposeRequest("folk", "invent"), tuple(take(i) for i in range(3))), "x", "", None, 1)
    orders = {name: take_cards.order(shown, name) for name in take_cards.SORTS}
    assert orders == {"made": [0, 1, 2], "in_key": [1, 2, 0], "range": [2, 1, 0], "repetition": [2, 0, 1],
                      "likeness": [0, 1, 2], "surprise": [1, 0, 2]}  # fmt: skip


def test_a_card_draws_every_note_and_says_its_measures():
    card = take_cards._card(take(first=60), None)
    picture = card["picture"]
    assert picture["marked"].count("M") == 8 and picture["plain"].count("M") == 4 * BARS - 8
    assert picture["marked"].startswith("M0.0 ") and card["index"] == 0
    measures = {row[0]: row[1:3] for row in card["measures"]}
    # C, C#, D, D#, E over and over: C, D and E are in C major, 20 of 32 notes (the last run is C, C#)
    assert measures["in key"] == ["59 %", 19 / 32]
    assert measures["range"][0] == "4 st"
    assert set(measures) == {"in key", "range", "repeats", "like yours", "shared"}
    assert all(row[4].endswith(".") for row in card["measures"])
    assert "like yours" not in {row[0] for row in take_cards._card(take(given=(frozenset(),)), None)["measures"]}


def test_kept_notes_of_a_changed_take_are_marked():
    changed = SteerResult(SteerRequest("folk", "vary", music()), (take(),), ((frozenset({3, 4}),),))
    shown = Batch(changed, "x", "", None, 2)
    marked, legend = steer_panel.marks(shown, 0)
    assert marked == (frozenset(range(32)) - {3, 4},) and legend == ("kept", "new")
    same = Batch(replace(changed, changed=((frozenset(),),)), "x", "", None, 2)
    assert steer_panel.marks(same, 0) == (None, ("your music", "new"))


def test_a_take_that_stands_alone_is_marked_whatever_its_number():
    alone = SteerResult(SteerRequest("folk", "vary", music()), (take(2),), ((frozenset({3}),),))
    marked, _ = steer_panel.marks(Batch(alone, "x", "", None, 1), 0)
    assert marked == (frozenset(range(32)) - {3},)


# ---------------------------------------------------------------------------------------------------- why this note


def test_reasons_in_words_for_the_notes_shown(monkeypatch):
    asked = []

    def explain(style_id, music_of, given_voices):
        asked.append(given_voices)
        others = (Alternative(62, "D4", 0.25), Alternative(67, "G4", 0.02))
        return Explanation(music_of, (NoteReason(0, 0, 0.62, 0.69, 0.0, others),
                                      NoteReason(0, 5, 0.002, 8.97, 0.0, ())))  # fmt: skip

    monkeypatch.setattr(why_panel, "explain", explain)
    why_panel._reasons.cache_clear()
    told = why_panel._reasons("folk", music(), ())["notes"]
    assert set(told) == {"n0-0", "n0-5"}
    assert told["n0-0"] == {"shade": 0.138, "others": [[62, "D4", 0.25], [67, "G4", 0.02]], "words":
                            "C4 in bar 1, beat 1, was just what the style expected: 62 %. It could also have "
                            "been:"}  # fmt: skip
    assert told["n0-5"] == {"shade": 1.0, "others": [],
                            "words": "C4 in bar 2, beat 2, was a great surprise: less than 1 %."}  # fmt: skip
    assert asked == [()]
    why_panel._reasons.cache_clear()


def test_reasons_are_asked_only_when_wanted_and_of_the_real_style(page):
    assert why_panel_of(page) is None
    page.session_state["why"] = True
    page.run()
    told = why_panel_of(page)["notes"]
    assert set(told) == {f"n0-{i}" for i in range(4 * BARS)}
    assert all(0 <= reason["shade"] <= 1 for reason in told.values())
    assert any(reason["others"] for reason in told.values())
