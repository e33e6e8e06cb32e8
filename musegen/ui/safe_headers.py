"""What every answer tells a browser for safety's sake: SafeHeaders, an ASGI middleware. Why each: docs/security.md."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self), midi=(self)",
}
"""Headers of every answer; an answer that has one of them already keeps its own."""

_ENCODED = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())


class SafeHeaders:
    """ASGI middleware: every answer by HTTP has `HEADERS`."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Callable, send: Callable) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told = list(message.get("headers", ()))
                names = {name.lower() for name, _ in told}
                told += [
                    (n.lower().encode(), v.encode()) for n, v in HEADERS.items() if n.lower().encode() not in names
                ]
                message = {**message, "headers": told}
            await send(message)

        await self.app(scope, receive, send_with_headers)
