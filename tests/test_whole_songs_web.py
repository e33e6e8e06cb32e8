"""In Chromium: two whole songs as a musician makes them, one from a hummed tune with words, one from a typed chart.

What each becomes is kept in `tests/songs` as a MIDI file with its recipe; `MUSEGEN_RECORD=1` keeps it anew.
"""

import os
from pathlib import Path

import pytest

from musegen.files import read
from musegen.music.timing import num_bars
from musegen.services.making.recipe import changed_style, read_recipe_text, recipe_of_file
from musegen.services.making.remake import remake
from musegen.services.styles import get_style
from tests.chromium import settle
from tests.test_hum_web import choose_hum, heard, recording
from tests.test_names_web import saved

pytestmark = [pytest.mark.browser]

FOLDER = Path(__file__).parent / "songs"
TUNE = (60, 62, 64, 67, 69, 67, 64, 62, 60, 64, 67, 72, 71, 67, 65, 64, 62, 64, 65, 69, 67, 64, 62, 64, 60, 60, 67, 67,
        64, 62, 60, 60)  # fmt: skip
WORDS = (
    "Morn-ing on the har-bour and the boats go out to sea, I will wait un-til the eve-ning comes and brings you home"
)
CHART = "Verse:\n| Am | F | C | G |\n| Am | F | C | E7 |\nChorus:\n| F | G | C | Am |\n| F | G | C | C |"


def style(page, title, mode):
    page.locator(".st-key-style").get_by_text(title, exact=True).click()
    settle(page)
    page.locator(".st-key-step-style").get_by_text(mode, exact=True).first.click()
    settle(page)


def composed(page):
    page.locator(".st-key-compose button").first.click()
    settle(page)
    page.wait_for_selector(".sheet g.note")
    settle(page)


def kept(page, name):
    """Save the MIDI file of the take that is shown; where asked for, keep it for `test_a_whole_song_is_made_again`."""
    _, data = saved(page, "MIDI")
    if os.environ.get("MUSEGEN_RECORD"):
        (FOLDER / f"{name}.mid").write_bytes(data)
    assert recipe_of_file("song.mid", data)
    return read("song.mid", data)


def test_a_song_from_a_hummed_tune_with_words(open_page, address):
    page = open_page(address)
    settle(page)
    choose_hum(page)
    upload = page.get_by_test_id("stFileUploader").locator("input")
    upload.set_input_files({"name": "tune.wav", "mimeType": "audio/wav", "buffer": recording(TUNE)})
    assert "C major" in heard(page)
    page.locator(".st-key-words-opened button").click()
    box = page.get_by_role("textbox", name="Words")
    box.fill(WORDS)
    box.press("Control+Enter")
    settle(page)
    page.keyboard.press("Escape")
    style(page, "Song", "Accompany your melody")
    composed(page)
    song = kept(page, "harbour-morning")
    assert [track.name for track in song.tracks if track.notes] == ["Voice", "Right hand", "Left hand"]
    assert " ".join(word.text for word in song.words).startswith("Morn- ing on the har- bour")
    assert num_bars(song) >= 8


def test_a_song_from_a_typed_chart(open_page, address):
    page = open_page(address)
    settle(page)
    style(page, "Pop band", "Invent freely")
    page.locator(".st-key-chart-own label").first.click()
    settle(page)
    box = page.locator(".st-key-step-chart textarea")
    box.fill(CHART)
    box.press("Control+Enter")
    settle(page)
    composed(page)
    song = kept(page, "evening-chart")
    sheet = read(*saved(page, "MusicXML"))
    assert [symbol.text for symbol in sheet.chord_symbols][:4] == ["Am", "F", "C", "G"]
    assert num_bars(song) == 16
    assert {"Bass", "Drums"} < {track.name for track in song.tracks}


@pytest.mark.parametrize("name", ["harbour-morning", "evening-chart"])
def test_a_whole_song_is_made_again(name):
    data = (FOLDER / f"{name}.mid").read_bytes()
    recipe, messages = read_recipe_text(recipe_of_file(f"{name}.mid", data))
    assert messages == ()
    if changed_style(recipe, get_style(recipe.request.style_id)):
        pytest.skip("the style has been trained again since")
    take, _ = remake(recipe)
    song = read(f"{name}.mid", data)
    for ours, theirs in zip(take.piece.tracks, song.tracks, strict=True):
        assert [n.pitch for n in ours.notes] == [n.pitch for n in theirs.notes]
