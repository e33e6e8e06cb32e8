"""The desk in Chromium: after a reload, a killed server, or in another tab, everything is there."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.chromium import ROOT, STILL, settle

pytestmark = [pytest.mark.browser]
NOTES = "() => window.musegen.transport.score.notes.map(note => note.slice(1, 5))"  # track, pitch, onset, duration
MADE = "text=/random number \\d+/"


def ready(page):
    page.wait_for_selector("g.note")
    page.wait_for_function("() => new URL(location.href).searchParams.get('desk')")
    settle(page)
    return page


def press(page, key):
    page.locator(f".st-key-{key} button:visible").first.click()
    settle(page)


def slide(page, name, times):
    slider = page.get_by_role("slider", name=name).first
    for _ in range(times):
        slider.press("ArrowRight")
    settle(page)


def choose(page, number):
    page.get_by_role("radiogroup", name="Takes").get_by_role("radio").nth(number).click()
    settle(page)


def seen(page):
    """Return what a musician would miss: notes, the take looked at, how it was made, settings, number of results."""
    chosen = page.get_by_role("radiogroup", name="Takes").get_by_role("radio")
    return {
        "notes": page.evaluate(NOTES),
        "chosen": [chosen.nth(i).get_attribute("aria-checked") for i in range(chosen.count())],
        "made": page.locator(MADE).first.inner_text(),
        "temperature": page.get_by_role("slider", name="emperature").first.input_value(),
        "results": page.locator("text=/^\\d+ of \\d+$/").first.inner_text(),
        "style": page.get_by_role("radiogroup", name="Style").locator("[aria-checked=true]").inner_text(),
        "seed": page.locator(".st-key-seed-line").inner_text(),
    }


@pytest.fixture
def killable(tmp_path):
    """Return (address, kill, start) of a server that can be killed and started again at the same place."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}",
               "--server.address=127.0.0.1", "--server.fileWatcherType=none",
               "--browser.gatherUsageStats=false"]  # fmt: skip
    running = []

    def start():
        known = {**os.environ, "MUSEGEN_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "MUSEGEN_SOUNDS": "shown"}
        running.append(
            subprocess.Popen(command, cwd=ROOT, env=known, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        for _ in range(1200):
            assert running[-1].poll() is None
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill():
        os.kill(running[-1].pid, signal.SIGKILL)
        running[-1].wait()

    start()
    yield f"http://127.0.0.1:{port}", kill, start
    kill()


def test_a_reload_brings_everything_back(open_page, address):
    page = ready(open_page(address))
    page.locator(".st-key-seed_source").get_by_text("Type", exact=True).click()
    box = page.get_by_role("textbox", name="Notes")
    box.fill("A4 C5 E5:2 D5 B4 G4:2")
    box.press("Control+Enter")
    settle(page)
    slide(page, "emperature", 3)
    choose(page, 2)
    before = seen(page)
    where = page.url
    page.reload()
    ready(page)
    assert seen(page) == before
    assert page.get_by_role("textbox", name="Notes").input_value() == "A4 C5 E5:2 D5 B4 G4:2"
    assert page.url == where
    press(page, "back")
    assert page.evaluate(NOTES) != before["notes"]  # earlier results are there with their music
    # the same person at the bare address, in another tab: all of it, on a desk of its own
    other = page.context.new_page()
    other.goto(address)
    ready(other)
    assert other.url != where
    assert seen(other)["results"] == seen(page)["results"]
    slide(other, "emperature", 4)
    assert seen(other)["results"] != seen(page)["results"]
    page.reload()
    ready(page)
    assert seen(page)["temperature"] == before["temperature"]


def test_a_tab_that_is_doubled_takes_nothing_from_its_twin(open_page, address):
    page = ready(open_page(address))
    slide(page, "emperature", 2)
    twin = page.context.new_page()
    twin.goto(page.url)
    ready(twin)
    slide(twin, "emperature", 2)
    theirs = seen(twin)
    slide(page, "emperature", 5)
    page.wait_for_function("was => location.href !== was", arg=twin.url)
    ours = seen(page)
    for tab, what in ((page, ours), (twin, theirs)):
        tab.reload()
        ready(tab)
        assert seen(tab) == what


def test_nobody_else_sees_a_desk(open_page, address):
    page = ready(open_page(address))
    slide(page, "emperature", 2)
    stranger = ready(open_page(page.url))
    assert stranger.locator("text=/^\\d+ of \\d+$/").count() == 0


def test_starting_afresh_is_one_click_and_so_is_going_back(open_page, address):
    page = ready(open_page(address))
    slide(page, "emperature", 3)
    before = seen(page)
    page.get_by_role("link", name="Start afresh").click()
    page.get_by_role("link", name="Bring all back").wait_for()
    ready(page)
    assert page.get_by_role("slider", name="emperature").first.input_value() != before["temperature"]
    assert page.locator("text=/^\\d+ of \\d+$/").count() == 0
    page.get_by_role("link", name="Bring all back").click()
    page.locator("text=/^\\d+ of \\d+$/").first.wait_for()
    ready(page)
    assert seen(page) == before


def test_what_was_drawn_comes_back_where_the_browser_kept_nothing(open_page, address):
    page = ready(open_page(address))
    page.locator(".st-key-seed_source").get_by_text("Draw", exact=True).click()
    page.locator(".editor canvas").first.wait_for()
    settle(page)
    page.locator(".editor").get_by_role("button", name=re.compile("^Clear")).first.click()
    settle(page)
    box = page.locator(".editor canvas").first.bounding_box()
    page.mouse.click(box["x"] + 200, box["y"] + 100)
    settle(page)
    said = page.locator(".st-key-seed-line").inner_text()
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.reload()
    ready(page)
    page.locator(".editor canvas").first.wait_for()
    settle(page)
    assert page.locator(".st-key-seed-line").inner_text() == said


def test_a_killed_server_loses_nothing(browser, killable):
    address, kill, start = killable
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    context.add_init_script(STILL)
    page = context.new_page()
    page.goto(address)
    ready(page)
    slide(page, "emperature", 3)
    choose(page, 1)
    before = seen(page)
    kill()
    start()
    page.reload()
    ready(page)
    assert seen(page) == before
    kill()  # and where nobody reloads, the page comes back by itself
    start()
    page.wait_for_function("() => !document.querySelector('[data-testid=stConnectionStatus]')")
    settle(page)
    assert seen(page) == before
    context.close()
