"""Sentences as data, said in five languages; the country's names of notes, said and typed."""

import pickle
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.translations import faults, fields
from musegen.errors import MusegenError, SeedSyntaxError
from musegen.files.typed import parse_typed, read_typed
from musegen.languages import ENGLISH, LANGUAGES, KeyName, NoteName, language, message, together, told
from musegen.languages.catalogue import preferred
from musegen.languages.note_names import chords_as_named, chords_in_letters, named_chord
from musegen.music.theory import key_name, pitch_name
from musegen.remarks import remark
from musegen.rendering.charts import loss_chart
from musegen.rendering.piano_roll import piano_roll
from tests.builders import piece
from tests.fake_composer import SECONDS


def test_no_message_is_missing_in_any_language_and_values_agree():
    assert faults() == []


def test_values_are_found_inside_the_words_of_a_count_too():
    assert fields("{count:Bar {last}|Bars {first} to {last}} of {n:,}") == ["count", "first", "last", "n"]


def test_a_message_is_its_english_text_and_is_told_in_a_language():
    said = message("{count:# note|# notes}", count=1)
    assert said == "1 note" and said.told(language("de")) == "1 Note"
    assert pickle.loads(pickle.dumps(said)).told(language("it")) == "1 nota"
    assert message("{count:# note|# notes}", count=0).told(language("fr")) == "0 note"  # French: none is singular
    assert message("{count:# note|# notes}", count=0).told(language("de")) == "0 Noten"
    both = together((said, message("{count:# note|# notes}", count=2)))
    assert both == "1 note 2 notes" and both.told(language("es")) == "1 nota 2 notas"


def test_an_error_can_be_told_with_its_cause_inside():
    inner = MusegenError('There is no style "{name}".', name="x{y}")
    outer = MusegenError("The recipe asks for what cannot be. {error}", error=inner)
    assert str(outer) == 'The recipe asks for what cannot be. There is no style "x{y}".'
    assert "x{y}" in told(str(outer), language("de")) and told(str(outer), language("de")) != str(outer)
    assert str(pickle.loads(pickle.dumps(inner))) == str(inner)


def test_text_that_is_no_template_keeps_its_braces():
    assert str(MusegenError("a {brace}")) == "a {brace}" == told(str(MusegenError("a {brace}")), language("fr"))


def test_numbers_are_written_as_in_the_language():
    assert message("{n:,} and {x:.1f}", n=1200, x=2.5).told(language("de")) == "1.200 and 2,5"
    assert message("{n:,}", n=1200).told(ENGLISH) == "1,200"


@pytest.mark.parametrize(
    ("code", "note", "key", "minor"),
    [("en", "Bb3", "B major", "F# minor"), ("de", "B3", "H-Dur", "fis-Moll"), ("fr", "si♭3", "Si majeur", "Fa♯ mineur"),
     ("it", "si♭3", "Si maggiore", "Fa♯ minore"), ("es", "si♭3", "Si mayor", "Fa♯ menor")],
)  # fmt: skip
def test_notes_and_keys_are_called_as_in_the_country(code, note, key, minor):
    spoken = language(code)
    assert told(pitch_name(58, -1), spoken) == note
    assert told(key_name(11, "major"), spoken) == key
    assert told([key_name(6, "minor")], spoken) == [minor]
    assert isinstance(pitch_name(60), NoteName) and isinstance(key_name(0, "major"), KeyName)


def test_remarks_name_keys_as_in_the_country():
    said = remark("key_moved", own=(10, "major"), wanted=(11, "minor"))
    assert said.told(language("de")) == "Die Vorlage wurde von B-Dur nach h-Moll versetzt."
    assert said.told(language("fr")) == "Votre musique a été transposée de Si♭ majeur en Si mineur."


def pitches(text, names):
    return [note.pitch for note in read_typed(text, names).tracks[0].notes]


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [("german", "C4 fis H B4 es4 as4 ces5", [60, 66, 71, 70, 63, 68, 71]),
     ("german", "B4:1/8 Heses4 Cis4e Bb4 eses4 asas4 his4", [70, 69, 61, 70, 62, 67, 72]),
     ("german", "[C4 es g] R H4q.", [60, 63, 67, 71]),
     ("italian", "do4 re mi fa sol la si do", [60, 62, 64, 65, 67, 69, 71, 72]),
     ("italian", "sib4 fa#4e DO4 re:1/8 R solb4 C4", [70, 66, 60, 62, 66, 60]),
     ("french", "ré4 ut4 si♭4 mi4q.", [62, 60, 70, 64]),
     ("english", "B4 Bb4 C4", [71, 70, 60])],
)  # fmt: skip
def test_notes_are_typed_as_they_are_called(names, text, expected):
    assert pitches(text, names) == expected


def test_in_german_h_is_no_surprise_and_in_english_it_is_said():
    assert parse_typed("H4 C5", "german").messages == ()
    assert [said.code for said in parse_typed("H4 C5").messages] == ["h_is_b"]
    with pytest.raises(SeedSyntaxError):
        read_typed("do re mi")
    assert len(read_typed("do re mi rest", "italian").tracks[0].notes) == 3


def test_every_name_of_a_pitch_is_read_back():
    for code in LANGUAGES:
        spoken = language(code)
        for pitch in range(36, 96):
            for fifths in (-5, 0, 5):
                name = told(pitch_name(pitch, fifths), spoken)
                assert pitches(f"{name} {name}", spoken.names) == [pitch, pitch], name


def test_german_chords_are_read_and_written():
    assert chords_in_letters("H7 | B7 B:maj7 | Em7/H Bm7b5 Bb6", "german").startswith("B7 | Bb7")
    assert chords_in_letters("Em7/H | Bm7b5 | Bb6 | C", "german") == "Em7/B | Bbm7b5 | Bb6 | C"
    assert chords_in_letters("H7", "english") == "H7"
    typed = "title: H B\nB: Em7/H | Bm7b5 | C H7 | Bb5"
    letters = chords_in_letters(typed, "german")
    assert letters == "title: H B\nB: Em7/B | Bbm7b5 | C B7 | Bbb5"
    assert chords_as_named(letters, "german") == typed.replace("Bb5", "Bb5")
    assert [named_chord(text, "german") for text in ("Bb7", "B7", "Em7/B", "C7")] == ["B7", "H7", "Em7/H", "C7"]


@pytest.mark.parametrize(
    ("accepted", "code"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("pt-BR,it;q=0.5,en;q=0.4", "it"), ("ja", "en"), ("", "en"), ("fr_CA", "fr"),
     ("en;q=0.1,es;q=0.9", "es"), ("de;q=x,fr", "fr"), ("*", "en")],
)  # fmt: skip
def test_the_language_is_the_one_that_the_browser_likes_most(accepted, code):
    assert preferred(accepted) == code


def test_english_reads_no_catalogue():
    code = "import sys; from musegen.remarks import remark; remark('h_is_b'); assert 'babel' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["demo", "compose", "takes", "styles", "evaluate", "listen", "train", "benchmark"])
def test_every_page_is_drawn_in_german(name, composer):
    page = AppTest.from_file("../app.py", default_timeout=SECONDS)
    page.session_state["spoken"] = language("de")
    if name != "compose":
        page.switch_page(f"pages/{name}.py")
    page.run()
    assert not page.exception
    if name == "compose":  # the first page is drawn within the app, others alone
        assert page.selectbox(key="language").options == list(LANGUAGES.values())
    labels = {element.label for kind in ("button", "selectbox", "slider") for element in getattr(page, kind)}
    english = {"Compose", "Language", "Names of notes", "Measure", "Make a piece", "Compose with it", "Temperature"}
    assert not labels & english


def test_charts_and_their_hovers_are_worded():
    history = [{"epoch": 1, "train_nll": 1.5, "valid_nll": 1.25}]
    figure = told(loss_chart(history), language("de"))
    assert figure["layout"]["xaxis"]["title"]["text"] == "Runde des Trainings"
    assert [line["name"] for line in figure["data"]] == [
        "Stücke, aus denen er lernt", "nie gesehene Stücke", "die Fassung, die spielt",
    ]  # fmt: skip
    assert figure["data"][0]["hovertemplate"] == "Runde %{x}: %{y:.3f}<extra></extra>"
    roll = piano_roll(
        piece([(71, 0, 1.5)], key="G major"), (frozenset({0}),), say=lambda said: told(said, language("de"))
    )
    assert roll.layout.xaxis.title.text == "Takt"
    hover = "<b>H4</b>  punktierte Viertel<br>Takt 1, Schlag 1<br>Anschlag 80<br>deine Vorlage"
    assert roll.data[0].hovertext[0] == hover
