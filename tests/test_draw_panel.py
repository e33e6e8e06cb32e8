"""The panel of drawn seeds without a browser: the example, its frame, and music opened in the editor."""

import textwrap
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from musegen.errors import FileFormatError
from musegen.ui import draw_panel
from tests.builders import piece

SCRIPT = """
    import streamlit as st
    from musegen.ui import draw_panel

    asked = st.session_state.pop("asked", None)
    if asked is not None:
        st.session_state["said"] = draw_panel.open_in_editor(asked, "The mill")
    st.session_state["seed"] = draw_panel.drawn_seed()
"""


@pytest.fixture
def panel():
    return AppTest.from_string(textwrap.dedent(SCRIPT), default_timeout=30).run()


def opened(panel, music):
    panel.session_state["asked"] = music
    panel.run()
    assert not panel.exception
    return panel.session_state["seed"]


def test_there_is_something_to_change_at_first_in_the_key_it_is_in(panel):
    seed = panel.session_state["seed"]
    assert (seed.source, seed.piece.num_notes) == ("drawn", 19)
    assert [(k.tonic, k.mode) for k in seed.piece.key_signatures] == [(0, "major")]


def test_meter_tempo_and_key_are_chosen_and_the_notes_stay(panel):
    notes = panel.session_state["seed"].piece.tracks
    panel.selectbox(key="draw_meter").set_value("6/8").run()
    panel.number_input(key="draw_tempo").set_value(132).run()
    panel.selectbox(key="draw_key").set_value("A minor").run()
    music = panel.session_state["seed"].piece
    assert music.tracks == notes
    assert (music.time_signatures[0].numerator, music.tempos[0].qpm) == (6, 132)
    assert [(k.tonic, k.mode) for k in music.key_signatures] == [(9, "minor")]


def test_a_piece_that_is_opened_stays_as_it_is_until_something_is_chosen(panel):
    jig = piece([(62, 0, 0.5), (67, 0.5, 1.5), (71, 2, 1 / 3)], meter="6/8", key="G major", qpm=165.5, pickup=0.5)
    seed = opened(panel, jig)
    assert (seed.piece, seed.title) == (jig, "The mill")
    panel.run()
    assert panel.session_state["seed"].piece == jig
    panel.selectbox(key="draw_meter").set_value("4/4").run()
    changed = panel.session_state["seed"].piece
    assert (changed.pickup_quarter, changed.tempos, changed.tracks) == (0, jig.tempos, jig.tracks)
    panel.button(key="draw_start_over").click().run()
    assert panel.session_state["seed"].piece.num_notes == 19


def test_the_example_is_called_one_until_it_is_changed(panel):
    seed = panel.session_state["seed"]
    assert (seed.title, seed.piece.composer) == ("Short example", "Musegen")
    assert "short example" in " ".join(c.value for c in panel.caption)
    draw(panel, (60, 0, 1))
    seed = panel.session_state["seed"]
    assert (seed.title, seed.piece.composer, seed.piece.num_notes) == ("Your drawing", "", 1)
    assert not panel.caption


def draw(panel, *notes):
    """Do what the browser's message does: other notes are held."""
    editing = panel.session_state["editing-draw"]
    rows = tuple((f"e{i}", 0, pitch, onset, length, 80) for i, (pitch, onset, length) in enumerate(notes))
    editing.drawing, editing.given = replace(editing.drawing, notes=rows), None
    panel.run()
    assert not panel.exception


def pitches(panel):
    return [n.pitch for n in panel.session_state["seed"].piece.tracks[0].notes]


def test_a_drawing_is_had_again_after_other_notes_came_into_the_editor(panel):
    panel.selectbox(key="draw_meter").set_value("3/4").run()
    draw(panel, (60, 0, 1), (62, 1, 1), (64, 2, 1))
    mine = panel.session_state["seed"].piece
    opened(panel, piece([(67, 0, 1), (71, 1, 3)], meter="4/4", key="G major", qpm=90))
    assert pitches(panel) == [67, 71]
    panel.button(key="draw_bring_back").click().run()
    assert not panel.exception
    assert panel.session_state["seed"].piece == mine  # with its meter
    assert [b.key for b in panel.button] == ["draw_start_over"]  # the other was not changed, so nothing is aside
    opened(panel, piece([(67, 0, 1)]))
    draw(panel, (68, 0, 1))
    panel.button(key="draw_start_over").click().run()
    panel.button(key="draw_bring_back").click().run()
    assert pitches(panel) == [68]
    assert panel.session_state["seed"].title == "The mill"


def test_of_long_music_the_first_bars_are_opened(panel):
    seed = opened(panel, piece([(60, i, 1) for i in range(160)], key="C major"))
    assert panel.session_state["said"] == ("The first 32 of 40 bars are in the editor.",)
    assert seed.piece.num_notes == 128


def test_too_many_notes_are_refused_and_what_was_drawn_stays(panel):
    with pytest.raises(FileFormatError, match="at most 4,000"):
        draw_panel.open_in_editor(piece([(60, i / 64, 1 / 64) for i in range(5000)]), "Too much")
    panel.run()
    assert panel.session_state["seed"].piece.num_notes == 19


def test_what_a_browser_gives_back_after_a_reload_is_looked_at():
    panel = AppTest.from_string(textwrap.dedent(SCRIPT), default_timeout=30)
    for name, value in (("draw_meter", "17/3"), ("draw_tempo", 9999), ("draw_key", "H major"), ("draw_opened", "[1]")):
        panel.session_state[name] = value
    panel.run()
    assert not panel.exception
    assert panel.session_state["seed"].piece.num_notes == 19
