"""Whose takes are whose: each browser is known by an unguessable id in a cookie that scripts cannot read.

owner, of_browser, is_remembered, owner_in, OwnerCookie.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

import streamlit as st

from musegen.ui.state import session

COOKIE = "musegen_owner"
MAX_AGE = 400 * 24 * 3600
"""Seconds that browsers keep a cookie at most; it is given anew with every page, so that they begin again."""

_ID = re.compile(r"[A-Za-z0-9_-]{32,64}")
Message = MutableMapping[str, Any]


def owner() -> str:
    """Return whose takes this session keeps and sees: the browser's id, or the session's own without cookies."""
    return of_browser() or f"visit-{session().owner}"


def is_remembered() -> bool:
    """Return whether the browser will be known again after this visit."""
    return of_browser() is not None


def of_browser() -> str | None:
    """Return the id of this session's browser, None without cookies."""
    return valid(st.context.cookies.get(COOKIE))


def valid(value: object) -> str | None:
    """Return an id as the cookie holds it, None where it is none of ours."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def owner_in(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the id that a request's headers (names in lower case) bring."""
    for name, value in headers:
        if name == b"cookie":
            try:
                morsel = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                continue
            if morsel and valid(morsel.value):
                return morsel.value
    return None


class OwnerCookie:
    """ASGI middleware: a page that a browser opens comes with its id, the one it has or a new one."""

    def __init__(self, app: Callable[..., Awaitable[None]], path: str = "/") -> None:
        """Wrap an app; `path` is where it is served."""
        self.app, self.path = app, path

    async def __call__(self, scope: Message, receive: Callable, send: Callable) -> None:
        """Answer a request."""
        headers = scope.get("headers", ())
        page = any(name == b"accept" and b"text/html" in value for name, value in headers)
        if scope["type"] != "http" or scope["method"] != "GET" or not page:
            await self.app(scope, receive, send)
            return
        cookie = self._cookie(owner_in(headers) or secrets.token_urlsafe(24), scope.get("scheme") == "https")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"set-cookie", cookie)]}
            await send(message)

        await self.app(scope, receive, send_with_cookie)

    def _cookie(self, value: str, secure: bool) -> bytes:
        parts = [f"{COOKIE}={value}", f"Path={self.path}", f"Max-Age={MAX_AGE}", "HttpOnly", "SameSite=Lax"]
        return "; ".join([*parts, *(["Secure"] if secure else [])]).encode()
