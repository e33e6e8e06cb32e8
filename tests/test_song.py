"""A whole song, made through the page alone and made again from its own file.

Typed four bars, continued as folk in the form A A B A over 32 bars, the bridge (bars 17 to 24) composed again, kept,
exported, dropped back in. Its MIDI file and the recipe inside are kept here.
"""

from pathlib import Path

import pytest

from musegen.files.midi import read_midi
from musegen.music.timing import num_bars
from musegen.services.making.recipe import changed_style, read_recipe_text, recipe_of_file
from musegen.services.making.remake import remake
from musegen.services.styles import get_style

FOLDER = Path(__file__).parent / "songs"
SONG = FOLDER / "harbour-lights.mid"
SECTION = 32.0  # quarters: eight bars of 4/4


def notes(piece, first=0.0, last=float("inf")):
    return [
        (n.onset_quarter - first, n.duration_quarter, n.pitch)
        for track in piece.tracks
        for n in track.notes
        if first <= n.onset_quarter < last
    ]


@pytest.fixture(scope="module")
def recipe():
    text = recipe_of_file(SONG.name, SONG.read_bytes())
    assert text == (FOLDER / "harbour-lights.recipe.json").read_text(encoding="utf-8").strip()
    found, messages = read_recipe_text(text)
    assert messages == ()
    return found


def test_it_is_what_it_was_made_to_be(recipe):
    song = read_midi(SONG)
    assert (song.title, num_bars(song)) == ("Harbour Lights at Four", 32)
    a = notes(song, 0, SECTION)
    assert a == notes(song, SECTION, 2 * SECTION) == notes(song, 3 * SECTION)
    assert notes(song, 2 * SECTION, 3 * SECTION) != a
    assert [pitch for _, _, pitch in a][:6] == [62, 67, 69, 71, 74, 71]  # as typed
    # the bridge alone was composed again
    before = recipe.request.piece
    assert (recipe.request.action, recipe.request.bars) == ("regenerate", (17, 24))
    assert notes(before, 0, 2 * SECTION) == notes(song, 0, 2 * SECTION)
    assert notes(before, 2 * SECTION, 3 * SECTION) != notes(song, 2 * SECTION, 3 * SECTION)


def test_it_is_made_again_to_the_note(recipe):
    if changed_style(recipe, get_style("folk")):
        pytest.skip("the style has been trained again since")
    take, messages = remake(recipe)
    assert notes(take.piece) == notes(read_midi(SONG))
    assert not any("has changed" in message for message in messages)
