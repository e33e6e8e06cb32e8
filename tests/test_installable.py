"""The app as one that telephones install: what is added to the page, its files, and what is said without a server."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from musegen.ui.installable import Installable, shell_file

HTML = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"34")]
PAGE = [b"<html><head><title>x</title></he", b"ad><body></body></html>"]


def answered(headers, bodies, asked=((b"accept", b"text/html,*/*"), (b"accept-encoding", b"gzip")), path="/"):
    """What a browser gets of an app that answers with these, and what the app was asked."""
    sent, seen = [], []

    async def app(scope, receive, send):
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        for place, body in enumerate(bodies):
            await send({"type": "http.response.body", "body": body, "more_body": place + 1 < len(bodies)})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "headers": list(asked)}
    with ThreadPoolExecutor(1) as other:  # Playwright's loop may run in this thread
        other.submit(asyncio.run, Installable(app, path)(scope, None, send)).result()
    return dict(sent[0]["headers"]), b"".join(m.get("body", b"") for m in sent[1:]), seen[0]


def test_the_page_names_manifest_and_worker_and_its_length_is_right():
    headers, body, scope = answered(HTML, PAGE, path="/music/")
    assert int(headers[b"content-length"]) == len(body)
    assert b'href="/music/musegen/manifest.webmanifest"' in body and body.count(b"</head>") == 1
    assert b'"/music/musegen/worker.js", { scope: "/music/" }' in body
    assert b"accept-encoding" not in dict(scope["headers"])  # so that the page comes as text


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ([(b"content-type", b"application/json"), (b"content-length", b"55")], ((b"accept", b"text/html"),)),
        ([*HTML, (b"content-encoding", b"gzip")], ((b"accept", b"text/html"),)),
        (HTML, ((b"accept", b"*/*"),)),
    ],
)
def test_all_else_stays_as_it_is(headers, asked):
    got, body, _ = answered(headers, PAGE, asked)
    assert body == b"".join(PAGE) and got == dict(headers)


def test_the_files_of_the_shell():
    manifest = json.loads(shell_file("manifest.webmanifest", "/music/")[0])
    assert manifest["start_url"] == manifest["scope"] == "/music/" and manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        data, media = shell_file(icon["src"].rsplit("/", 1)[1], "/")
        assert media == icon["type"] and data[:4] == b"\x89PNG"
        assert icon["sizes"] == f"{int.from_bytes(data[16:20])}x{int.from_bytes(data[20:24])}"
    away = shell_file("away.html", "/music/")[0].decode()
    assert '"/music/" + "_stcore/health"' in away and "ROOT" not in away
    assert shell_file("worker.js", "/")[1] == "text/javascript"
    assert shell_file("../app.py", "/") is None and shell_file("icon-1.png", "/") is None


@pytest.mark.browser
def test_without_a_server_the_page_says_so(browser, address):
    context = browser.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{address}/start")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller")
    context.set_offline(True)
    page.goto(f"{address}/styles")
    assert page.get_by_role("heading").inner_text() == "Musegen cannot be reached"
    context.set_offline(False)
    page.get_by_role("button", name="Try now").click()
    page.get_by_role("heading", name=re.compile("Bach chorales")).first.wait_for()
    context.close()
