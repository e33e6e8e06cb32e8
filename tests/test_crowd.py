"""A process takes so many open pages and no more, and says so in a sentence."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from musegen.ui.crowd import Crowd
from musegen.ui.owner import COOKIE

ANN, BOB, EVE = "a" * 32, "b" * 32, "e" * 32


class House:
    """A crowd of at most three pages, two of a browser, whose pages live until they are closed."""

    def __init__(self):
        self.crowd = Crowd(self.app, most=3, most_of_browser=2)
        self.closing = {}

    async def app(self, scope, receive, send):
        if scope["type"] == "websocket":
            await self.closing[scope["page"]].wait()
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"page"})

    async def ask(self, kind, browser, page=0, accept=b"text/html", wish=b"en"):
        """Return what is sent."""
        sent = []
        headers = [(b"accept", accept), (b"accept-language", wish)]
        headers += [(b"cookie", f"{COOKIE}={browser}".encode())] if browser else []
        path = "/_stcore/stream" if kind == "websocket" else "/"
        scope = {"type": kind, "path": path, "method": "GET", "headers": headers, "page": page}

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await self.crowd(scope, receive, send)
        return sent

    async def open(self, browser, page):
        self.closing[page] = asyncio.Event()
        task = asyncio.create_task(self.ask("websocket", browser, page))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return task


async def _a_day():
    house = House()
    first, second = await house.open(ANN, 1), await house.open(ANN, 2)
    refused = await (await house.open(ANN, 3))
    assert refused == [{"type": "websocket.close", "code": 1013}]
    start, body = await house.ask("http", ANN)
    assert start["status"] == 503 and b"This browser has too many" in body["body"]
    assert (await house.ask("http", BOB))[0]["status"] == 200
    third = await house.open(None, 4)  # without cookies
    assert not third.done()
    assert (await (await house.open(BOB, 5)))[0]["type"] == "websocket.close"
    start, body = await house.ask("http", BOB, wish=b"de")
    assert start["status"] == 503 and dict(start["headers"])[b"retry-after"] == b"60"
    assert body["body"].decode().startswith("Gerade sind zu viele hier")
    assert (await house.ask("http", BOB, accept=b"application/json"))[0]["status"] == 200  # a sound is no page
    for page in (1, 4):
        house.closing[page].set()
    await first
    await third
    assert not (await house.open(ANN, 6)).done() and not (await house.open(EVE, 7)).done()
    assert house.crowd._of_browser == {ANN: 2, EVE: 1}
    for closing in house.closing.values():
        closing.set()
    await second
    await asyncio.sleep(0.01)
    assert house.crowd._num_open == 0 and not house.crowd._of_browser  # nothing is remembered of who has left


def test_there_is_room_for_so_many_and_again_when_somebody_leaves():
    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop already, the browser's
        pool.submit(lambda: asyncio.run(_a_day())).result()
