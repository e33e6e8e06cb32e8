"""A browser that is used again for another test: nobody can tell, but it need not fetch everything anew."""

import http.server
import threading

import pytest

pytestmark = pytest.mark.browser

KEPT = """async () => {
  const databases = (await indexedDB.databases()).map((found) => found.name);
  return [document.cookie, { ...localStorage }, { ...sessionStorage }, databases, await caches.keys(),
    (await navigator.permissions.query({ name: "clipboard-read" })).state, Boolean(window.marked)];
}"""
KEEP = """async () => {
  document.cookie = "who=me; max-age=9999";
  localStorage.who = sessionStorage.who = "me";
  await caches.open("mine");
  await new Promise((done) => {
    const asked = indexedDB.open("mine");
    asked.onsuccess = () => { asked.result.close(); done(); };
  });
}"""


@pytest.fixture
def site():
    """A small site, and what was asked of it."""
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            script = self.path == "/script.js"
            body = (
                b"window.script = true"
                if script
                else b"<!doctype html><title>a</title><script src=/script.js></script>"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if script else "text/html")
            self.send_header("Cache-Control", "max-age=9999" if script else "no-store")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_browser_that_is_used_again_remembers_nothing_but_what_it_has_fetched(visitors, site):
    address, asked = site
    options = {"viewport": {"width": 412, "height": 300}}
    page = visitors.come(**options)
    page.goto(address)
    nothing = page.evaluate(KEPT)
    page.context.grant_permissions(["clipboard-read"])
    page.evaluate(KEEP)
    assert page.evaluate(KEPT) != nothing
    first = page.context
    visitors.go(first)

    page = visitors.come(**options)
    assert page.context is first
    page.goto(address)
    assert page.evaluate("window.script") and page.evaluate(KEPT) == nothing
    assert [asked.count("/"), asked.count("/script.js")] == [2, 1]
    other = visitors.come(**options)  # while the first is in use
    marked = visitors.come("window.marked = true;", **options)
    marked.goto(address)
    assert marked.evaluate(KEPT) == [*nothing[:-1], True]
    assert len({first, other.context, marked.context}) == 3
    for used in (page, other, marked):
        used.context.close()
