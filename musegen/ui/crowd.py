"""How many people a process takes: pages that are open at one time, of all and of one browser. Crowd.

Each open page keeps a connection, and with it a session. One more than there is room for is answered in a sentence
instead of a page that never comes.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from musegen.languages import language, message, told
from musegen.languages.catalogue import preferred
from musegen.ui.owner import owner_in

MAX_PAGES = 500
"""Open at one time; fewer are slow before, see docs/serving.md."""

MAX_PAGES_OF_BROWSER = 40

_FULL = message("Too many people are here at this moment; wait a minute and open the page again.")
_TABS = message("This browser has too many of our pages open; close some and open the page again.")
_STREAM = "_stcore/stream"
Message = MutableMapping[str, Any]


class Crowd:
    """ASGI middleware: counts the open pages and takes no more than there is room for.

    Args:
        app: what answers.
        path: where it is served.
        most: pages of all together.
        most_of_browser: pages of one.
    """

    def __init__(
        self, app: Callable[..., Awaitable[None]], path: str = "/", most: int = MAX_PAGES,
        most_of_browser: int = MAX_PAGES_OF_BROWSER,
    ) -> None:  # fmt: skip
        self.app, self._stream, self._most, self._most_of_browser = app, path + _STREAM, most, most_of_browser
        self._num_open = 0
        self._of_browser: Counter[str] = Counter()

    async def __call__(self, scope: Message, receive: Callable, send: Callable) -> None:
        """Answer a request."""
        if scope["type"] == "websocket" and scope["path"] == self._stream:
            await self._page(scope, receive, send)
            return
        full = self._full(owner_in(scope["headers"])) if scope["type"] == "http" and _asks_for_page(scope) else None
        if full is None:
            await self.app(scope, receive, send)
            return
        wishes = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        body = str(told(full, language(preferred(wishes)))).encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"60"),
                   (b"cache-control", b"no-store")]  # fmt: skip
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _page(self, scope: Message, receive: Callable, send: Callable) -> None:
        """Let an open page live, or close it at once where there is no room."""
        browser = owner_in(scope["headers"])
        if self._full(browser) is not None:
            await receive()
            await send({"type": "websocket.close", "code": 1013})  # try again later
            return
        self._num_open += 1
        if browser:
            self._of_browser[browser] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._num_open -= 1
            if browser:
                self._of_browser[browser] -= 1
                if not self._of_browser[browser]:
                    del self._of_browser[browser]

    def _full(self, browser: str | None) -> str | None:
        """Return why there is no room for one more page of a browser, None where there is."""
        if self._num_open >= self._most:
            return _FULL
        if browser and self._of_browser.get(browser, 0) >= self._most_of_browser:
            return _TABS
        return None


def _asks_for_page(scope: Message) -> bool:
    return scope["method"] == "GET" and any(n == b"accept" and b"text/html" in value for n, value in scope["headers"])
