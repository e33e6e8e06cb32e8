"""The Train page in Chromium: a style from twelve files to its end, composed with, changed, given away, deleted."""

import pytest

from musegen.files.midi import read_midi
from musegen.styles.style_file import unpack_style
from tests.chromium import PATIENCE, ROOT, served, settle
from tests.own_styles import small_style, tunes
from tests.test_steer_web import downloaded, drag_bars, few, outside, row

pytestmark = pytest.mark.browser


def test_twelve_files_become_a_style_that_composes_regenerates_and_is_given_away(tmp_path, browser, musegen_home):
    home = tmp_path / "home"
    home.mkdir()
    small_style(home, title="A small style")
    files = tunes(tmp_path / "tunes")
    with served(ROOT, home, MUSEGEN_SOUNDS="asked") as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1600}, accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{address}/train", timeout=PATIENCE)
        page.locator("input[type=file]").first.set_input_files([*files, files[0]])
        page.get_by_text("12 of 13 files can be learned from").wait_for()
        page.get_by_role("combobox", name="It writes as this style does").click()
        page.get_by_role("option", name="A small style").click()
        page.get_by_role("textbox", name="Name of the style").fill("Twelve tunes")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_text("Round ").first.wait_for(timeout=4 * PATIENCE)
        page.reload()  # it goes on without the page
        page.get_by_text("It is done because").wait_for(timeout=4 * PATIENCE)

        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save as a file").last.click()
        given = waiting.value.path().read_bytes()
        page.get_by_role("button", name="Compose with it").first.click()
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
        assert not page.locator("[data-testid=stException]").count()
        context.close()
    assert unpack_style(given).title == "Twelve tunes"
    assert read_midi(files[0].read_bytes()).num_notes == 32
