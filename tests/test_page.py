"""The Compose page without a browser: sources, what is said beside the seed, lengths, and the results in words."""

from dataclasses import replace
from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.errors import CodecError
from musegen.files.midi import midi_bytes
from musegen.services.making import jobs
from musegen.services.seeds.seed import seed_from_file
from musegen.ui import history
from musegen.ui.state import Batch
from tests.builders import piece, track
from tests.fake_composer import SECONDS, captions, result

LONG = piece([(60 + q % 12, q, 1) for q in range(80)], key="C major")


def upload(page, music, name="song.mid"):
    result(page).upload = seed_from_file(name, midi_bytes(music))
    return page.segmented_control(key="seed_source").set_value("Upload").run()


def said(page):
    return captions(page).replace("\\", "")


def test_a_source_and_an_example_exclude_each_other_and_neither_is_ever_missing(page, composer):
    assert page.pills(key="example").value == "reel" and page.segmented_control(key="seed_source").value is None
    page.segmented_control(key="seed_source").set_value("Type").run()
    assert page.pills(key="example").value is None
    page.segmented_control(key="seed_source").set_value(None).run()
    assert page.pills(key="example").value == "reel"
    page.pills(key="example").set_value(None).run()
    assert page.pills(key="example").value == "reel"
    assert composer.requests[-1].primer.title == "Lamplighter's Reel"


def test_switching_the_source_loses_nothing_of_any(page, composer):
    upload(page, LONG)
    page.segmented_control(key="seed_source").set_value("Type").run()
    page.text_area(key="seed_text").set_value("C4 E4 G4").run()
    page.pills(key="example").set_value("jig").run()
    page.segmented_control(key="seed_source").set_value("Type").run()
    assert [n.pitch for n in composer.requests[-1].primer.tracks[0].notes] == [60, 64, 67]
    page.segmented_control(key="seed_source").set_value("Upload").run()
    assert composer.requests[-1].primer.end_quarter == 32
    page.switch_page("pages/styles.py").run()
    page.switch_page("pages/compose.py").run()
    assert page.segmented_control(key="seed_source").value == "Upload"
    assert composer.requests[-1].primer.end_quarter == 32


def test_any_seed_can_be_taken_into_the_editor(page, composer):
    page.segmented_control(key="seed_source").set_value("Type").run()
    page.text_area(key="seed_text").set_value("C4 E4 G4:2").run()
    page.button(key="edit-seed").click().run()
    assert not page.exception
    assert page.segmented_control(key="seed_source").value == "Draw"
    assert [n.pitch for n in composer.requests[-1].primer.tracks[0].notes] == [60, 64, 67]
    assert "edit-seed" not in [b.key for b in page.button]


def test_a_long_upload_is_gone_on_from_its_end_and_the_whole_can_be_chosen(page, composer):
    upload(page, LONG)
    primer = composer.requests[-1].primer
    assert [n.pitch for n in primer.tracks[0].notes] == [n.pitch for n in LONG.tracks[0].notes[48:]]
    assert "Bars 13 to 20 of 20 are used." in said(page)
    bars = next(s for s in page.slider if s.label == "Bars used")
    bars.set_value((1, 20)).run()
    assert composer.requests[-1].primer.end_quarter == 80
    assert composer.requests[-1].num_bars == 28  # eight new ones


def test_the_length_leaves_room_until_it_is_moved(page, composer):
    page.segmented_control(key="style").set_value("bach-chorales").run()
    upload(page, piece([(60 + q % 12, q, 1) for q in range(24)], key="C major"))
    assert composer.requests[-1].num_bars == 16
    page.slider(key="bars-bach-chorales").set_value(9).run()
    page.segmented_control(key="seed_source").set_value("Type").run()
    assert composer.requests[-1].num_bars == 9


def test_inventing_speaks_of_no_seed_in_the_length(page):
    labels = [s.label for s in page.slider]
    assert "Length in bars, your music included" in labels
    page.segmented_control(key="mode-folk").set_value("invent").run()
    labels = [s.label for s in page.slider]
    assert "Length in bars" in labels and not any("included" in label for label in labels)


def test_one_take_where_chance_has_no_say(page, composer):
    page.slider(key="top_k-folk").set_value(1).run()
    assert composer.requests[-1].num_takes == 1
    assert "composing again gives the same" in said(page)


def test_messages_of_composing_stand_beside_the_seed_and_once(page):
    assert said(page).count("Two notes were moved onto the grid.") == 1
    page.slider(key="temperature-folk").set_value(1.2).run()
    assert said(page).count("Two notes were moved onto the grid.") == 1
    page.segmented_control(key="seed_source").set_value("Upload").run()  # no file: the takes' own messages stay
    assert said(page).count("Two notes were moved onto the grid.") == 1
    assert 'The takes shown are still those from "Lamplighter\'s Reel".' in said(page)


def test_what_is_wrong_with_the_seed_is_known_from_what_is_wrong_with_the_settings(monkeypatch):
    def refuse(request, **_):
        raise CodecError("There are no pitched notes in the seed.")

    monkeypatch.setattr(jobs, "compose", refuse)
    page = AppTest.from_file("../app.py", default_timeout=SECONDS).run()
    assert not page.exception and len(page.error) == 1
    assert result(page).error_is_about_seed


def test_choosing_no_track_is_a_sentence_and_the_takes_stay(page, composer):
    band = piece(
        track([(60, q, 1) for q in range(8)], 0, name="A"), track([(48, q, 1) for q in range(8)], 33, name="B")
    )
    upload(page, band)
    made = len(composer.requests)
    page.multiselect[0].set_value([]).run()
    assert [w.value for w in page.warning] == ["No track is chosen; choose at least one to start from."]
    assert len(composer.requests) == made and result(page).batch


BASE = ComposeRequest("folk", "continue", LONG, num_bars=16, temperature=0.9)


def test_what_was_chosen_of_a_file_stays_when_the_style_changes(page, composer):
    band = piece(*(track([(60 + 5 * i + q % 4, q, 1) for q in range(64)], name=f"Voice {i}") for i in range(3)))
    upload(page, band)
    page.button_group(key="style").set_value("folk").run()
    tracks = next(m for m in page.multiselect if m.label == "Tracks used")
    tracks.set_value([0, 1]).run()
    next(s for s in page.slider if s.label == "Bars used").set_range(2, 5).run()
    page.button_group(key="style").set_value("string-quartet").run()
    assert next(m for m in page.multiselect if m.label == "Tracks used").value == [0, 1]
    assert next(s for s in page.slider if s.label == "Bars used").value == (2, 5)


def batch(number, request, made_from="Folk tunes, go on from your music: Reel"):
    return Batch(ComposeResult(request, ()), "Reel", made_from, datetime(2026, 1, 2, 14, 5), number)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"temperature": 1.2}, ["temperature 1.2"]),
        ({"num_bars": 24, "key": "D minor"}, ["24 bars", "D minor"]),
        ({"num_bars": None, "seconds": 40.0}, ["40 seconds"]),
        ({"key_strength": 0.5, "low_pitch": 60}, ["key lock 0.5", "range from C4"]),
        ({"random_seed": 5}, ["other takes"]),
        ({}, ["the same again"]),
        ({"primer": piece([(60, 0, 1)])}, ["other music"]),
    ],
)
def test_a_result_says_what_was_changed_for_it(changed, words):
    assert history.changes(batch(1, BASE), batch(2, replace(BASE, **changed))) == words


def test_lines_of_the_history_differ():
    rows = [batch(1, BASE), batch(2, replace(BASE, temperature=1.2)), batch(3, replace(BASE, temperature=1.2))]
    lines = [history.entry(rows, index) for index in range(3)]
    assert lines[0] == "1. Folk tunes, go on from your music: Reel · 14:05"
    assert lines[1] == "2. Folk tunes, go on from your music: Reel · temperature 1.2 · 14:05"
    assert len({line.split(". ", 1)[1] for line in lines}) == 3
