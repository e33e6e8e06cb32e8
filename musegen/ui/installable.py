"""What makes the app one that telephones install: manifest, icons, service worker. shell_file, Installable.

The page itself is Streamlit's; `Installable` adds a few lines to its head. Browsers run a service worker on https with
a certificate that they trust, and on the computer itself.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from musegen.languages import LANGUAGES, language, message, told
from musegen.paths import assets_dir

Message = MutableMapping[str, Any]
_AWAY = (
    message("Musegen cannot be reached"),
    message(
        "The computer that it runs on is off or asleep, or this device is in another network. What you made is kept "
        "there. This page looks every five seconds and goes on by itself."
    ),
    message("Try now"),
)
"""What `away.html` says, in its order."""

_FOLDER = Path(__file__).with_name("shell")
_THEME, _GROUND = "#b9501d", "#ffffff"
_SIZES = (192, 512)
_MEDIA = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".png": "image/png"}


def shell_file(name: str, root: str) -> tuple[bytes, str] | None:
    """Return a file of the shell and its media type; None where there is none of that name.

    Args:
        name: "manifest.webmanifest", "worker.js", "away.html", "icon-192.png", "icon-512.png" or "icon-180.png".
        root: the path that the app is served under, "/" or "/music/".
    """
    if name == "manifest.webmanifest":
        return json.dumps(_manifest(root)).encode(), "application/manifest+json"
    if name in ("worker.js", "away.html"):
        text = (_FOLDER / name).read_text(encoding="utf-8").replace("ROOT + ", f"{json.dumps(root)} + ")
        text = text.replace("WORDS", json.dumps(_away_words()).replace("<", "\\u003c"))
        return text.encode(), _MEDIA[Path(name).suffix]
    if name in {f"icon-{size}.png" for size in (180, *_SIZES)}:
        return (assets_dir() / "icons" / name).read_bytes(), _MEDIA[".png"]
    return None


def _away_words() -> dict[str, list[str]]:
    """Return what the page that needs no server says, by language."""
    return {code: [told(words, language(code)) for words in _AWAY] for code in LANGUAGES if code != "en"}


def _manifest(root: str) -> dict[str, Any]:
    return {
        "name": "Musegen",
        "short_name": "Musegen",
        "description": "Give it four bars; hear, see and download a piece a second later.",
        "id": root,
        "start_url": root,
        "scope": root,
        "display": "standalone",
        "background_color": _GROUND,
        "theme_color": _THEME,
        "icons": [
            {
                "src": f"{root}musegen/icon-{size}.png",
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in _SIZES
            for purpose in ("any", "maskable")
        ],
    }


def head(root: str) -> bytes:
    """Return what is added to the head of the page."""
    return (
        f'<link rel="manifest" href="{root}musegen/manifest.webmanifest">'
        f'<link rel="apple-touch-icon" href="{root}musegen/icon-180.png">'
        f'<meta name="theme-color" content="{_THEME}">'
        '<meta name="mobile-web-app-capable" content="yes"><meta name="apple-mobile-web-app-capable" content="yes">'
        '<script>if ("serviceWorker" in navigator) addEventListener("load", () => navigator.serviceWorker.register('
        f'"{root}musegen/worker.js", {{ scope: "{root}" }}).catch(() => {{}}));</script>'
    ).encode()


class Installable:
    """ASGI middleware: the page that a browser opens names manifest, icons and service worker in its head."""

    def __init__(self, app: Callable[..., Awaitable[None]], path: str = "/") -> None:
        """Wrap an app; `path` is where it is served."""
        self.app, self._head = app, head(path)

    async def __call__(self, scope: Message, receive: Callable, send: Callable) -> None:
        """Answer a request."""
        headers = scope.get("headers", ())
        page = any(name == b"accept" and b"text/html" in value for name, value in headers)
        if scope["type"] != "http" or scope["method"] != "GET" or not page:
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in headers if name != b"accept-encoding"]  # text, to be added to
        start: Message | None = None
        body = b""

        async def send_with_head(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is None or message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            whole = body.replace(b"</head>", self._head + b"</head>", 1)
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", str(len(whole)).encode())]})
            await send({**message, "body": whole})

        await self.app({**scope, "headers": plain}, receive, send_with_head)


def _is_page(message: Message) -> bool:
    told = {name.lower(): value for name, value in message.get("headers", ())}
    return (
        message["status"] == 200
        and told.get(b"content-type", b"").startswith(b"text/html")
        and b"content-encoding" not in told
    )
