"""The pages that judge, driven in Chromium: a style is measured, a blind test is taken, styles stand side by side."""

import csv
import gzip
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from musegen.files.midi import write_midi
from musegen.library.sql_trials import SqlTrials
from musegen.library.sqlite_database import SqliteDatabase, trials_layout
from musegen.music import Tempo
from musegen.music.plain import to_plain
from tests.builders import piece
from tests.chromium import PATIENCE, ROOT, served, settle

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The app with the excerpts of a test made beforehand: twelve pairs of two seconds."""
    home = tmp_path_factory.mktemp("judging")
    rows = [
        {"name": f"pair {n}", "system": "Folk tunes", "seconds": 2.0,
         "real": to_plain(piece([(60 + (n + i) % 12, i * 0.5, 0.5) for i in range(8)])),
         "composed": to_plain(piece([(72 - (n + i) % 12, i * 0.5, 0.5) for i in range(8)]))}
        for n in range(12)
    ]  # fmt: skip
    (home / "listening").mkdir()
    (home / "listening" / "folk.json.gz").write_bytes(gzip.compress(json.dumps(rows).encode()))
    with served(ROOT, home, MUSEGEN_SOUNDS="asked") as address:
        yield address, home


@pytest.fixture
def visit(browser):
    """Return a function that opens a page by its own address; nothing may have failed there at the end.

    Streamlit first looks for its files below such an address, so the console is not asked.
    """
    contexts = []

    def opener(url):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.goto(url, timeout=PATIENCE)
        return page

    yield opener
    for page in (page for context in contexts for page in context.pages):
        assert not page.locator("[data-testid=stException]").count()
    for context in contexts:
        context.close()


def hear(page, side):
    page.locator(".side").nth(side).click()
    page.locator(".side").nth(side).get_by_text("heard", exact=True).wait_for()  # to its end


def answer(page, number):
    """Hear both sides, which alone makes the answers ready, and give one; the page may still be at drawing them."""
    button = page.locator(".answer").nth(number)
    assert button.is_disabled()
    hear(page, 0)
    assert button.is_disabled()
    hear(page, 1)
    page.locator(".answer:not([disabled])").nth(number).click()


def test_a_blind_test_is_taken_and_gone_on_with_after_a_reload(visit, here):
    address, home = here
    page = visit(f"{address}/listen?style=folk")
    for number, words in enumerate(("Practice 1 of 2", "Practice 2 of 2", "1 of 10")):
        page.get_by_text(words, exact=True).wait_for()
        answer(page, number)
    page.get_by_text("2 of 10", exact=True).wait_for()
    page.reload()
    page.get_by_text("2 of 10", exact=True).wait_for()
    kept = SqlTrials(SqliteDatabase(home / "listening.sqlite3", trials_layout)).answers("folk/human")
    assert [row.choice for row in kept] == ["left", "neither", "right"]
    page.get_by_text("What all listeners found").click()
    page.get_by_text("This is told when you have answered all").wait_for()


LISTENING = """
  document.body.innerHTML = '<div data-testid="stApp" data-test-script-state="notRunning"></div><main></main>';
  const drawing = (state) => document.body.firstChild.setAttribute("data-test-script-state", state);
  const heard = [];
  HTMLMediaElement.prototype.play = function () {
    heard.push(this.getAttribute("src"));
    this.begun = true;
    return new Promise((done, failed) => { this.failed = failed; });
  };
  HTMLMediaElement.prototype.pause = function () { // as in a browser: the promise of a press that is ended fails
    if (this.begun) this.failed?.(new DOMException("ended", "AbortError"));
    this.begun = false;
  };
  Object.defineProperty(HTMLMediaElement.prototype, "paused", { get() { return !this.begun; } });
  const one = new listen.Listening(document.querySelector("main")), told = [];
  const show = (key) => one.update({ key, sounds: [key + "A", key + "B"], question: "?", names: ["A", "B"],
    answers: [["left", "A"], ["right", "B"]] }, (name, value) => told.push(value));
  const press = (side) => document.querySelectorAll(".side")[side].click();
  const later = () => new Promise((done) => setTimeout(done));
  const pressed = () => [...document.querySelectorAll(".side")].map((side) => side.getAttribute("aria-pressed"));
"""


def test_a_press_counts_for_the_excerpts_that_it_is_meant_for(blank):
    page = blank("listen")
    found = page.evaluate(f"""async () => {{ {LISTENING}
      show("1");
      press(0);
      press(1); // at once: what began is ended, and the other goes on
      await later();
      const quick = [[...heard], pressed()];
      one.answer("left");
      press(1); // the next two are on their way
      show("1"); // the page is drawn once more before
      const between = heard.length;
      show("2");
      const after = [heard.slice(2), pressed(), between];
      drawing("running"); // another test was chosen
      press(0);
      show("3");
      drawing("notRunning");
      press(1);
      show("4"); // nobody pressed for these
      return [quick, told.map((value) => value.choice), after, heard.slice(3), pressed()];
    }}""")
    quick, told, after, then, last = found
    assert quick == [["1A", "1B"], ["false", "true"]] and told == ["left"]
    assert after == [["2B"], ["false", "true"], 2]
    assert then == ["2A", "3A", "3B"] and last == ["false", "false"]


def test_takes_of_a_style_are_measured_and_its_figures_downloaded(visit, here):
    page = visit(f"{here[0]}/evaluate")
    page.get_by_role("slider").first.press("Home")
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_text("8 takes of Bach chorales, temperature 1").wait_for()
    page.get_by_text("Where each figure lies among real music").wait_for()
    page.locator(".js-plotly-plot").nth(4).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="All figures as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert {"scale_consistency", "overlap_pitch_range", "note_lengths: quarter", "accuracy_at_onsets", "diversity"} <= {
        row["figure"] for row in rows
    }
    assert all(row["style"] == "bach-chorales" for row in rows)


def test_styles_stand_in_one_table_and_can_be_heard(visit, here):
    page = visit(f"{here[0]}/styles")
    page.get_by_text("All styles side by side").wait_for()
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.locator(".st-key-hear-folk").get_by_role("button").first.click()
    page.locator("audio").wait_for(state="attached")
    page.wait_for_function("3 < (document.querySelector('audio').duration || 0)")
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert {row["Style"] for row in rows} >= {"Folk tunes", "Bach chorales"}
    assert {row["May I sell it?"] for row in rows} == {"yes", "not without asking"}


def test_a_test_of_ones_own_is_made_of_ones_own_files_and_taken(visit, here, tmp_path):
    files = [midi_of(number, tmp_path) for number in range(8)]
    page = visit(f"{here[0]}/listen")
    page.get_by_text("Make a test of your own").click()
    settle(page, composing=False)  # what is typed while the page is drawn anew is lost
    page.get_by_role("combobox", name="Styles that go on").fill("Folk")
    page.get_by_role("option", name="Folk tunes").click()
    page.keyboard.press("Escape")
    page.get_by_text("My files", exact=True).click()
    page.locator(".st-key-listen-own-files input[type=file]").set_input_files(files)
    page.get_by_role("textbox", name="Title").fill("Mine or not")
    page.keyboard.press("Enter")
    page.locator(".st-key-listen-own-make button:not([disabled])").click()
    page.get_by_text("The test is ready").wait_for()
    page.get_by_role("combobox", name="Music", exact=True).click()
    page.get_by_role("option", name="Mine or not").click()
    page.get_by_text("Practice 1 of 2", exact=True).wait_for()
    settle(page, composing=False)  # how far the test is taken is shown as progress
    for side in (0, 1):  # of each a little more than is asked for, not all of it
        page.locator(".side").nth(side).click()
        page.locator("audio").nth(side).evaluate(
            "player => new Promise(done => player.addEventListener('timeupdate', () => player.played.length &&"
            " player.played.end(0) - player.played.start(0) > 2.2 && done()))"
        )
    page.locator(".answer:not([disabled])").first.click()
    page.get_by_text("Practice 2 of 2", exact=True).wait_for()
    (kept,) = (here[1] / "listening").glob("own-*.json.gz")
    data = json.loads(gzip.decompress(kept.read_bytes()))
    assert data["title"] == "Mine or not" and len(data["excerpts"]) >= 8


def midi_of(number, folder):
    """Write a tune of sixteen bars that goes up and down by its own steps, quick, so that its excerpts are short."""
    steps = np.cumsum(np.random.default_rng(number).choice([-2, -1, 1, 2], 63))
    tune = piece([(67 + int(np.clip(step, -7, 12)), at, 1) for at, step in enumerate([0, *steps])])
    path = folder / f"tune {number}.mid"
    write_midi(replace(tune, tempos=(Tempo(0.0, 240.0),)), path)
    return path
