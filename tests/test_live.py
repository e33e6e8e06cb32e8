"""The live loop behind the page: what may be asked for, by whom, and that nothing is composed twice."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.routing import Router

from musegen.composers.request import ComposeRequest
from musegen.errors import CancelledError, ConstraintError
from musegen.languages import language
from musegen.services.making import jobs
from musegen.services.making.compose import compose
from musegen.services.making.jobs import ComposeQueue
from musegen.services.making.live import BROKEN, WHOLE, LiveLoop, changed
from musegen.services.showing.shown import Manner
from musegen.services.showing.stage import score_data
from musegen.ui.owner import COOKIE
from musegen.ui.program import program
from musegen.ui.routes import MAX_WISH_BYTES, routes

ANN, BOB = "a" * 32, "b" * 32
TUNE = ComposeRequest("folk", "invent", num_bars=8, num_takes=2, random_seed=3)


@given(some.dictionaries(some.sampled_from((*WHOLE, *BROKEN)), some.integers(1, 64)))
def test_what_is_changed_is_as_asked_for_and_the_rest_as_it_was(changes):
    found = changed(TUNE, changes)
    for name in TUNE.__dataclass_fields__:
        assert getattr(found, name) == changes.get(name, getattr(TUNE, name))


@pytest.mark.parametrize(
    "changes",
    [{"style_id": 3}, {"num_bars": 2.5}, {"temperature": "1"}, {"temperature": True}, {"temperature": float("nan")},
     {"top_k": float("inf")}, {"primer": None}],
)  # fmt: skip
def test_what_no_slider_says_is_refused(changes):
    with pytest.raises(ValueError):
        changed(TUNE, changes)


@pytest.fixture
def counted(monkeypatch):
    """How often composing began."""
    begun = []

    def count(request, **more):
        begun.append(request)
        return compose(request, **more)

    monkeypatch.setattr(jobs, "compose", count)
    return begun


def test_the_run_of_the_script_takes_over_what_the_page_asked_for(counted):
    queue = ComposeQueue()
    loop = LiveLoop(queue)
    desk = loop.desk("ann")
    desk.stands(TUNE, "A tune", ANN)
    desk.shown_as("folk", Manner())
    found, job = loop.ask(desk.token, ANN, 1, {"temperature": 0.5, "num_bars": 6})
    assert found is desk
    wanted = changed(TUNE, {"temperature": 0.5, "num_bars": 6})
    assert queue.start(wanted, "ann") is job
    assert job.wait(60) and job.result.request == wanted
    assert queue.start(wanted, "ann") is job  # done, and still the same
    assert counted == [wanted]
    others = queue.start(wanted, "bob"), queue.start(TUNE, "ann")
    assert job not in others and all(other.wait(60) for other in others)
    assert len(counted) == 3


def test_a_newer_wish_stops_the_one_before_and_an_older_one_that_comes_late_is_not_begun(monkeypatch):
    gate = threading.Event()

    def waits(request, *, progress, cancelled):
        while not gate.wait(0.005):
            if cancelled():
                raise CancelledError("Composing was stopped.")
        raise ConstraintError("No.")

    monkeypatch.setattr(jobs, "compose", waits)
    loop = LiveLoop(ComposeQueue())
    desk = loop.desk("ann")
    desk.stands(TUNE, "A tune", None)
    desk.shown_as("folk", Manner())
    first = loop.ask(desk.token, None, 1, {"temperature": 0.5})[1]
    second = loop.ask(desk.token, None, 3, {"temperature": 0.6})[1]
    assert first.wait(5) and first.cancelled
    with pytest.raises(CancelledError):
        loop.ask(desk.token, None, 2, {"temperature": 0.7})
    assert not second.cancelled
    waiting = threading.Thread(target=desk.settle, args=(30,))
    waiting.start()
    desk.end(1)  # the answer to an old wish sets nobody free
    waiting.join(0.1)
    assert waiting.is_alive()
    gate.set()
    desk.end(3)
    waiting.join(5)
    assert not waiting.is_alive()


def test_nobody_else_and_no_page_that_may_not_asks():
    loop = LiveLoop(ComposeQueue())
    desk = loop.desk("ann")
    desk.stands(TUNE, "A tune", ANN)
    desk.shown_as("hymn", Manner())  # the take that is looked at is of another style: instruments are not known
    refused = [(desk.token, ANN), ("x" * 32, ANN)]
    for token, browser in refused:
        with pytest.raises(CancelledError):
            loop.ask(token, browser, 1, {})
    desk.shown_as("folk", Manner())
    for token, browser in [(desk.token, BOB), (desk.token, None)]:
        with pytest.raises(CancelledError):
            loop.ask(token, browser, 1, {})
    desk.stands(None, "")
    with pytest.raises(CancelledError):
        loop.ask(desk.token, None, 1, {})
    token = desk.token
    del desk  # the session is gone
    with pytest.raises(CancelledError):
        loop.ask(token, ANN, 1, {})


# ------------------------------------------------------------------------------------------------------- by HTTP


def asked(body, method="POST", browser=ANN):
    """Return (status, text) of the live loop's route for a body."""
    scope = {"type": "http", "method": method, "path": "/musegen/live", "query_string": b"", "root_path": "",
             "headers": [(b"cookie", f"{COOKIE}={browser}".encode())]}  # fmt: skip
    sent, more = [], [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if more:
            return more.pop()
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop already, the browser's
        pool.submit(lambda: asyncio.run(Router(routes=routes())(scope, receive, send))).result()
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()


def wish(desk, changes, number=1, browser=ANN):
    return asked(json.dumps({"token": desk.token, "number": number, "changes": changes}).encode(), browser=browser)


def test_the_route_answers_what_the_script_would_show():
    desk = program().live.desk("ann of the route")
    desk.stands(TUNE, "A tune", ANN, language("de"))
    desk.shown_as("folk", Manner(width=900.0))
    status, text = wish(desk, {"temperature": 0.4})
    assert status == 200
    heard, drawn = [part for line in text.splitlines() if "progress" not in (part := json.loads(line))]
    take = compose(changed(TUNE, {"temperature": 0.4})).takes[0]
    assert heard["score"]["key"] == score_data(take.piece)["key"]
    assert heard["score"]["title"] == "A tune"
    assert heard["words"][0].startswith("Takt 1")
    assert drawn["width"] == 900 and all(page.startswith("<svg") for page in drawn["pages"])
    assert wish(desk, {}, browser=BOB)[0] == 204
    assert wish(desk, {}, number=1)[0] == 204  # an old one
    desk.shown_as("folk", Manner(sheet=False))
    (alone,) = wish(desk, {"num_takes": 1}, number=2)[1].splitlines()
    assert "score" in json.loads(alone)
    assert wish(desk, {"num_bars": 5000}, number=3) == (200, "")  # the script's own run says what is the matter


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"1", b'{"token": "x"}', b'{"token": "x", "number": "1e9", "changes": {}}', b"[" * 3000,
     b'{"token": "x", "number": 1, "changes": 7}', b'{"token": "x", "number": 1e999, "changes": {}}', b"\xff"],
)  # fmt: skip
def test_a_wish_that_cannot_be_read_is_refused_in_a_sentence(body):
    assert asked(body) == (400, "This cannot be read.")


def test_a_wish_that_is_too_long_is_refused():
    assert asked(b" " * (MAX_WISH_BYTES + 1)) == (413, "This is too long.")


# ------------------------------------------------------------------------------------------------- on the page


def test_what_the_page_would_ask_for_is_what_the_script_asks_for(page, composer):
    state = page.session_state["musegen"]
    for style, key, value in [
        ("folk", "temperature-folk", 1.35),
        ("folk", "bars-folk", 24),
        ("folk", "top_p-folk", 0.85),
        ("bach-chorales", "takes", 2),
        ("bach-chorales", "lock-bach-chorales", 0.55),
        ("jazz", "bars-jazz", 24),
    ]:
        page.segmented_control(key="style").set_value(style).run()
        before, name = state.live.request, SLIDERS[key.split("-")[0]]
        page.slider(key=key).set_value(value).run()
        assert composer.requests[-1] == changed(before, {name: value})
        assert state.live.request == composer.requests[-1] and state.live.manner is not None
    page.toggle(key="live").set_value(False).run()
    assert state.live.request is None


SLIDERS = {"temperature": "temperature", "bars": "num_bars", "top_p": "top_p", "takes": "num_takes",
           "lock": "key_strength"}  # fmt: skip
