"""Chromium for tests: the app started once, a browser opened once, and a page that nothing complains of.

Fixtures: address, browser, visitors, open_page, blank. Functions: served, settle.
"""

import functools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from musegen.rendering.web_modules import bundle

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream", "--autoplay-policy=user-gesture-required",
]  # fmt: skip
PATIENCE = 60_000  # milliseconds, for a busy machine
LOOKS = 60
"""Milliseconds between two looks at whether what is waited for is there: looking at every frame, as Playwright does
unless told otherwise, takes a tenth of a core."""
STILL = """addEventListener("DOMContentLoaded", () => document.head.append(Object.assign(
  document.createElement("style"), {textContent: "[data-testid=stSkeleton] { animation: none !important; }"})));"""
"""What stands in for a page to come does not pulse: drawn without a graphics card, that took half the time."""


@contextmanager
def served(folder, home, **environment):
    """The address of the app.py of a folder, started as the README says; when it ends, nothing has failed there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}",
               "--server.address=127.0.0.1", "--server.fileWatcherType=none",
               "--browser.gatherUsageStats=false"]  # fmt: skip
    with (home / "log").open("w") as log:
        known = {**os.environ, "MUSEGEN_HOME": str(home), "PYTHONPATH": str(ROOT), **environment}
        server = subprocess.Popen(command, cwd=folder, env=known, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(240):
            if server.poll() is not None:
                pytest.fail((home / "log").read_text())
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
        assert "Traceback" not in (home / "log").read_text()
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Where the app runs, with an empty home folder."""
    with served(ROOT, tmp_path_factory.mktemp("home"), MUSEGEN_SOUNDS="shown") as where:
        yield where


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    if os.environ.get("MUSEGEN_WITHOUT_CHROMIUM"):
        pytest.skip("MUSEGEN_WITHOUT_CHROMIUM is set")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Visitors:
    """Visitors of earlier tests, of whom nothing is left but what Chromium has fetched and compiled for them."""

    def __init__(self, browser):
        self._browser, self._free, self._origins = browser, {}, set()

    def come(self, script=None, **options):
        """Return a page in a context of its own that has been nowhere, as far as a page can tell.

        Args:
            script: runs in each page before its own.
            options: of the context.
        """
        known = repr((script, sorted(options.items())))
        if self._free.get(known):
            context = self._free[known].pop()
            page = context.new_page()
            chromium = context.new_cdp_session(page)
            for origin in self._origins:
                chromium.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
            chromium.detach()
        else:
            context = self._browser.new_context(**options)
            context.set_default_timeout(PATIENCE)
            context.add_init_script(STILL + (script or ""))
            page = context.new_page()
        context.musegen_kind = known
        page.wait_for_function = functools.partial(page.wait_for_function, polling=LOOKS)
        return page

    def go(self, context):
        """Take a context back, without its pages, cookies and rights."""
        for page in context.pages:
            if page.url.startswith("http"):
                self._origins.add("/".join(page.url.split("/")[:3]))
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        self._free.setdefault(context.musegen_kind, []).append(context)


@pytest.fixture(scope="session")
def visitors(browser):
    """Who opens pages: a browser that is used again costs half a page's loading less."""
    return Visitors(browser)


@pytest.fixture
def open_page(visitors):
    """Return a function that opens an address; at the end nothing was complained of or fetched elsewhere."""
    contexts, complaints, hosts = [], [], set()

    def opener(url, *, script=None, **options):
        options = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True, "service_workers": "block",
                   **options}  # fmt: skip
        page = visitors.come(script, **options)
        contexts.append(page.context)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if "://" in request.url else None)
        page.goto(url)
        return page

    yield opener
    shown = [page for context in contexts for page in context.pages]
    broken = [page.url for page in shown if page.locator("[data-testid=stException]").count()]
    for context in contexts:
        visitors.go(context)
    assert broken == []
    assert complaints == [], complaints
    assert {host for host in hosts if host and not host.startswith("127.0.0.1")} == set()


@pytest.fixture
def blank(open_page):
    """Return a function that opens an empty page with modules of ``musegen/ui/web`` loaded, without Streamlit.

    ``blank("roll_view")`` puts what the module exports on ``window.roll_view``.
    """

    def opener(*modules, **options):
        page = open_page("about:blank", **options)
        page.set_content("<!doctype html><html><body></body></html>")
        for module in modules:
            page.evaluate("code => new Function(code)()", as_script(module))
        return page

    return opener


def as_script(module):
    """Return a module and what it imports as a script that puts its exports on ``window.<module>``."""
    return f"window.{module} = (() => {{\n{bundle(module, exports=True)}\n}})();"


def settle(page, *, composing=True):
    """Wait until the script has run and, unless told otherwise, nothing is being composed."""
    page.wait_for_timeout(300)
    page.wait_for_function(
        """composing => !document.querySelector('[data-testid=stApp][data-test-script-state=running]')
              && !(composing && document.querySelector('[data-testid=stProgress]'))
              && !document.querySelector('[data-stale=true]')""",
        arg=composing,
        polling=LOOKS,
    )
    page.wait_for_timeout(200)
