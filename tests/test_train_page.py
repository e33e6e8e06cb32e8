"""The Train page in Chromium: a style from twelve files to its end, composed with, changed, given away, taken in.

Its training is killed on the way: the same one proves that no finished round is lost, and that it goes on by itself.
A notebook's network is trained from nothing on the same files after it, and plays.
"""

import os
import signal
import time
from pathlib import Path

import pytest

from musegen.files.midi import read_midi
from musegen.services.styles import get_style
from musegen.styles.picture import svg_of
from musegen.styles.runs import DONE, LEARNING, list_runs
from musegen.styles.style_file import unpack_style
from tests.chromium import PATIENCE, ROOT, STILL, served, settle
from tests.own_styles import small_style, tunes
from tests.test_steer_web import downloaded, drag_bars, few, outside, row

pytestmark = pytest.mark.browser


def test_twelve_files_become_a_style_though_killed_that_composes_regenerates_and_is_given_away(
    tmp_path, browser, musegen_home
):
    musegen_home.mkdir()
    small_style(musegen_home, title="A small style")
    files = tunes(tmp_path / "tunes")
    with served(ROOT, musegen_home, MUSEGEN_SOUNDS="asked") as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1600}, accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(STILL)
        page = context.new_page()
        page.goto(f"{address}/train", timeout=PATIENCE)
        asked_for(page, files, "A small style", "Twelve tunes")
        (run,) = list_runs()
        kept = killed_after_a_round(run)
        page.reload()  # it goes on without the page
        asked_for(page, files, "Pitch, step and duration network", "A notebook's")
        (teaching,) = (each for each in list_runs() if each.order.run_id != run.order.run_id)
        first = page.locator(f".st-key-training-{run.order.run_id}")
        first.get_by_text("It is done because").wait_for(timeout=4 * PATIENCE)
        history = run.history()
        assert run.standing.state == DONE and history[: len(kept)] == kept, (run.folder / "log").read_text()[-3000:]
        assert [line["epoch"] for line in history] == sorted(run.samples()) == list(range(len(history)))
        check_card(musegen_home)

        mine = page.locator(".st-key-own-twelve-tunes")
        with page.expect_download() as waiting:
            mine.get_by_role("button", name="Save as a file").click()
        given = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(given)
        mine.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Yes, delete it").locator("visible=true").click()
        mine.wait_for(state="detached")
        page.locator("[class*=st-key-own-dropped] input[type=file]").set_input_files(given)
        page.get_by_text("Twelve tunes stands beside the others now.").wait_for()

        mine.get_by_role("button", name="Compose with it").click()
        page.wait_for_selector(".stage .pages svg g.note")
        settle(page)
        page.locator(".st-key-compose button:visible").first.click()
        page.wait_for_function("window.musegen.transport.score.tracks.length === 1")
        settle(page)
        few(page)
        before = downloaded(page)
        drag_bars(page, 2, 3)
        key = page.evaluate("window.musegen.transport.score.key")
        row(page, "Redo bars 2 to 3").click()
        page.wait_for_function("before => window.musegen.transport.score.key !== before", arg=key)
        settle(page)
        assert outside(downloaded(page), 2, 3) == outside(before, 2, 3)
        page.goto(f"{address}/train")
        theirs = page.locator(f".st-key-training-{teaching.order.run_id}")
        theirs.get_by_text("It is done because").wait_for(timeout=4 * PATIENCE)
        theirs.get_by_role("button", name="Compose with it").click()
        page.wait_for_selector(".stage .pages svg g.note")
        settle(page)
        key = page.evaluate("window.musegen.transport.score.key")
        page.locator(".st-key-compose button:visible").first.click()
        page.wait_for_function("before => window.musegen.transport.score.key !== before", arg=key)
        settle(page)
        assert len(downloaded(page)) > 8
        assert not page.locator("[data-testid=stException]").count()
        context.close()
    assert teaching.order.base == "teaching.pitch-step-duration" and teaching.order.way == "new"
    assert get_style(teaching.order.style_id).composer["name"] == "timed_notes"
    assert unpack_style(given.read_bytes()).title == "Twelve tunes"
    assert read_midi(files[0].read_bytes()).num_notes == 32


def asked_for(page, files, base, title):
    """Drop files, one of them twice, and ask for a style of them."""
    page.locator("input[type=file]").first.set_input_files([*files, files[0]])
    page.get_by_text("12 of 13 files can be learned from").wait_for()
    page.get_by_role("combobox", name="It writes as this style does").click()
    page.get_by_role("option", name=base).click()
    page.get_by_role("textbox", name="Name of the style").fill(title)
    page.get_by_role("textbox", name="Rights in the files").fill("Mine.")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("heading", name=title).wait_for()


def killed_after_a_round(run):
    """Kill the process of a training as soon as it has done a round; return the rounds that it had kept by then."""
    for _ in range(12_000):
        if run.standing.epoch:
            break
        time.sleep(0.02)
    pids = [int(path.name) for path in os.scandir("/proc") if path.name.isdigit()
            and run.order.run_id.encode() in command(path.path)]  # fmt: skip
    assert pids and run.standing.state == LEARNING, (run.folder / "log").read_text()[-3000:]
    kept = [line for line in run.history() if line["epoch"] <= run.standing.epoch]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return kept


def command(path):
    try:
        return Path(path, "cmdline").read_bytes()
    except OSError:
        return b""


def check_card(home):
    card = get_style("twelve-tunes")
    assert card.title == "Twelve tunes" and card.data[0]["licence"] == "Mine." and card.licence.startswith("Mine. ")
    assert card.data[0]["name"] == "12 files of your own" and len(card.data) == 2
    assert card.quality["counting_model_nats_per_event"] > 0 and "longest_shared_run_of_takes" in card.quality
    assert svg_of(home / "styles" / "twelve-tunes").count("<rect") > 8
