"""The pages, run without a browser; composing is stood in for, so that every case can be made to happen."""

import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from musegen.errors import RenderingError
from musegen.services.styles import style_history
from musegen.ui import stage
from musegen.ui.messages import plain
from tests.fake_composer import SECONDS, captions, result

ROOT = Path(__file__).resolve().parent.parent


def test_the_first_visit_has_takes_of_an_example(page, composer):
    assert not page.exception
    assert [(r.style_id, r.mode, r.num_takes) for r in composer.requests] == [("folk", "continue", 4)]
    assert composer.requests[0].primer.title == "Lamplighter's Reel"
    assert result(page).batch.title == "Lamplighter's Reel"
    assert "Two notes were moved onto the grid" in captions(page).replace("\\", "")


def test_a_slider_moves_the_music_while_live_is_on_and_not_while_it_is_off(page, composer):
    page.slider(key="temperature-folk").set_value(1.5).run()
    assert composer.requests[-1] == replace(composer.requests[0], temperature=1.5)
    page.toggle(key="live").set_value(False).run()
    page.slider(key="temperature-folk").set_value(0.5).run()
    assert len(composer.requests) == 2
    page.button(key="compose").click().run()
    assert composer.requests[-1].temperature == 0.5


def test_composing_again_gives_other_takes_unless_the_number_is_kept(page, composer):
    page.button(key="compose").click().run()
    first, second = (r.random_seed for r in composer.requests)
    assert first != second
    assert page.number_input(key="random_seed").value == second
    page.checkbox(key="keep_seed").check().run()
    page.button(key="compose").click().run()
    assert [r.random_seed for r in composer.requests[1:]] == [second, second]
    page.button(key="die").click().run()
    assert composer.requests[-1].random_seed != second


def test_no_result_is_lost_by_going_back_and_composing_again(page, composer):
    for temperature in (1.1, 1.2):
        page.slider(key="temperature-folk").set_value(temperature).run()
    assert len(result(page).batches) == 3
    page.button(key="back").click().run()
    assert result(page).batch.result.request.temperature == 1.1
    page.button(key="back").click().run()
    assert page.button(key="back").disabled
    page.slider(key="temperature-folk").set_value(1.3).run()
    assert [b.result.request.temperature for b in result(page).batches] == [0.9, 1.1, 1.2, 1.3]
    assert result(page).position == 3
    page.button(key="result-2").click().run()
    assert result(page).batch.result.request.temperature == 1.1
    assert len(composer.requests) == 4


def test_every_setting_reaches_the_request(page, composer):
    page.toggle(key="live").set_value(False).run()
    page.slider(key="takes").set_value(2)
    page.slider(key="bars-folk").set_value(24)
    page.selectbox(key="key-folk-continue").set_value("E minor")
    page.slider(key="lock-folk").set_value(1.0)
    page.number_input(key="tempo-folk").set_value(90)
    page.select_slider(key="range-folk").set_value((55, 88))
    page.slider(key="top_p-folk").set_value(0.8)
    page.slider(key="top_k-folk").set_value(12)
    page.number_input(key="random_seed").set_value(42)
    page.button(key="compose").click().run()
    wanted = dict(num_takes=2, num_bars=24, seconds=None, key="E minor", key_strength=1.0, qpm=90, low_pitch=55,
                  high_pitch=88, top_p=0.8, top_k=12, random_seed=42, meter=None)  # fmt: skip
    assert {name: getattr(composer.requests[-1], name) for name in wanted} == wanted
    assert "The key lock changed 3 notes" in captions(page)
    page.segmented_control(key="length_unit").set_value("seconds").run()
    page.slider(key="seconds-folk").set_value(60)
    page.button(key="compose").click().run()
    assert (composer.requests[-1].num_bars, composer.requests[-1].seconds) == (None, 60)


def test_inventing_needs_no_seed_and_may_choose_a_meter(page, composer):
    page.segmented_control(key="mode-folk").set_value("invent").run()
    assert composer.requests[-1].primer is None
    page.selectbox(key="meter-folk-invent").set_value("6/8").run()
    assert composer.requests[-1].meter == "6/8"


def test_an_example_brings_its_style_and_what_to_do_with_it(page, composer):
    page.pills(key="example").set_value("hymn").run()
    request = composer.requests[-1]
    assert (request.style_id, request.mode, request.num_bars) == ("bach-chorales", "harmonise", None)
    assert request.primer.fermatas
    page.pills(key="example").set_value("ode").run()
    assert composer.requests[-1].style_id == "bach-chorales"


def test_nonsense_is_pointed_at_and_the_last_takes_stay(page, composer):
    page.segmented_control(key="seed_source").set_value("Type").run()
    made = len(composer.requests)
    page.text_area(key="seed_text").set_value("C4 D4\nE4 Q4").run()
    assert len(page.error) == 1 and "Q4" in page.error[0].value
    assert page.code[0].value == "E4 Q4\n   ↑"
    page.button(key="compose").click().run()
    assert any("no music to start from" in warning.value for warning in page.warning)
    assert len(composer.requests) == made and result(page).batch
    page.text_area(key="seed_text").set_value("C4 E4 G4").run()
    assert not page.error
    assert [n.pitch for n in composer.requests[-1].primer.tracks[0].notes] == [60, 64, 67]


def test_a_seed_that_is_changed_is_used_whole(page, composer):
    page.segmented_control(key="seed_source").set_value("Type").run()
    for text, quarters in (("C4:4 D4:4 E4:4 F4:4 G4:4", 20), ("C4 D4 E4 F4 G4", 5), ("C4:4 D4:4 E4 F4 G4", 11)):
        page.text_area(key="seed_text").set_value(text).run()
        assert not page.exception
        assert composer.requests[-1].primer.end_quarter == quarters


def test_an_error_is_said_near_compose_and_the_last_takes_stay(page, composer):
    composer.error = "The lowest pitch (80) is above the highest (60); swap them."
    page.slider(key="temperature-folk").set_value(1.4).run()
    assert page.error[0].value.replace("\\", "") == composer.error
    assert result(page).batch.result.request.temperature == 0.9
    composer.error = None
    page.slider(key="temperature-folk").set_value(1.5).run()
    assert not page.error


def test_composing_shows_progress_and_can_be_stopped(page, composer):
    composer.gate = threading.Event()
    page.slider(key="temperature-folk").set_value(1.4).run()
    assert not page.exception
    assert result(page).job and result(page).job.progress == 0.3
    page.button(key="cancel").click().run()
    assert result(page).job is None
    assert len(result(page).batches) == 1
    made = len(composer.requests)
    page.run()
    assert len(composer.requests) == made  # what was stopped does not start again by itself
    composer.gate.set()
    page.slider(key="temperature-folk").set_value(1.5).run()
    assert len(result(page).batches) == 2


def test_every_control_says_what_it_does(page):
    kinds = ("slider", "select_slider", "selectbox", "number_input", "toggle", "checkbox", "segmented_control", "pills",
             "multiselect", "text_area")  # fmt: skip
    silent = [f"{kind} {w.label}" for kind in kinds for w in getattr(page, kind) if not w.help]
    silent += [f"button {b.label}" for b in page.button if not b.help]
    assert not silent


def test_views_change_without_composing(page, composer):
    for view in ("Sheet", "Roll", "Numbers", "Both"):
        page.session_state["view"] = view
        page.run()
        assert not page.exception
        assert len(page.dataframe) == (view == "Numbers")
        assert len(page.get("plotly_chart")) == 3 * (view == "Numbers")
    assert len(composer.requests) == 1


def test_an_instrument_of_the_mixer_is_that_of_the_files_too(page, composer, monkeypatch):
    made, show = [], stage.show_stage
    monkeypatch.setattr(
        "musegen.ui.stage.show_stage",
        lambda take, composed, tools: made.append((take, composed)) or show(take, composed),
    )
    page.session_state["instruments"] = {"folk": {0: 73}, "bach-chorales": {0: 52}}
    page.run()
    take, composed = made[-1]
    assert (take.piece.tracks[0].program, composed.piece.tracks[0].program) == (73, 0)
    assert take.piece.tracks[0].notes == composed.piece.tracks[0].notes


def test_the_styles_page_tells_of_each_style_and_leads_back(page, composer):
    page.switch_page("pages/styles.py").run()
    assert not page.exception
    text = " ".join(m.value for m in page.markdown)
    assert "Bach chorales" in text and "Folk tunes" in text and "public domain" in text
    page.session_state["curves-bach-chorales"] = True
    page.run()
    rounds = len(style_history("bach-chorales"))
    assert any(re.fullmatch(rf"Trained for \d+ minutes in {rounds} rounds\.", c.value) for c in page.caption)
    page.button(key="use-bach-chorales").click().run()
    assert composer.requests[-1].style_id == "bach-chorales"


def test_text_from_outside_is_no_markup():
    assert plain("a_b*c [x](y) :red[z] $1$") == r"a\_b\*c \[x\]\(y\) \:red\[z\] \$1\$"


def test_a_file_is_made_when_its_button_is_clicked_and_not_before(composer, monkeypatch):
    made = []
    monkeypatch.setattr("musegen.services.showing.downloads.download", lambda *arguments: made.append(arguments))
    page = AppTest.from_file("../app.py", default_timeout=SECONDS).run()
    assert not page.exception
    assert made == []


def test_no_sound_is_made_by_the_server_before_somebody_wants_it(composer, monkeypatch):
    made = []
    monkeypatch.setattr("musegen.services.showing.downloads.wav", lambda music: made.append(music))
    page = AppTest.from_file("../app.py", default_timeout=SECONDS).run()
    assert not page.exception
    assert made == []


def test_without_an_engraver_the_page_says_so_and_still_plays(composer, monkeypatch):
    def unable(*arguments):
        raise RenderingError("Sheet music needs the package verovio.")

    monkeypatch.setattr("musegen.services.showing.downloads.sheet_pages", unable)
    page = AppTest.from_file("../app.py", default_timeout=SECONDS).run()
    assert not page.exception
    assert "Sheet music needs the package verovio." in [w.value.replace("\\", "") for w in page.warning]
    assert len(page.get("bidi_component")) >= 1


def test_the_first_page_composes_and_loads_nothing_heavy():
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "state = page.session_state['musegen']\n"
        "if state.job: state.job.wait(50); page.run()\n"
        "assert not page.exception and state.batch, page.exception\n"
        "heavy = {'tensorflow', 'keras', 'music21', 'matplotlib', 'scipy', 'pretty_midi', 'typst', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)), len(state.batch.result.takes), state.batch.result.takes[0].num_bars)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().endswith("[] 4 16"), done.stdout + done.stderr
