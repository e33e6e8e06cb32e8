"""What docs/security.md says of the running app: headers, cookies, who may open its line, what it takes at most."""

import http.client
import re
import secrets
import socket
from urllib.parse import urlsplit

import pytest

from musegen.ui.safe_headers import HEADERS


@pytest.fixture
def ask(address):
    """What asks the running app for something, without a browser."""

    def asked(path, method="GET", body=None, **headers):
        line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
        try:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            line.close()

    return asked


@pytest.mark.parametrize("path", ["/", "/musegen/nothing/here", "/musegen/sound/index.json", "/_stcore/health"])
def test_every_answer_has_the_headers(ask, path):
    _, headers, _ = ask(path, Accept="text/html")
    assert {name: headers.get(name.lower()) for name in HEADERS} == HEADERS


def test_the_cookie_of_an_owner_is_for_no_script_and_no_other_site(ask):
    _, headers, _ = ask("/", Accept="text/html")
    cookie = next(part for part in headers["set-cookie"].split(", ") if part.startswith("musegen_owner="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert len(re.match(r"musegen_owner=([^;]+)", cookie)[1]) >= 32


def shaken(address, origin):
    """Ask for the line of a session, as a page of `origin` would; return the status."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as line:
        line.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {place.netloc}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: streamlit\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        return int(line.recv(4096).split(b" ")[1])


def test_no_other_site_opens_the_line_of_a_session(address):
    assert shaken(address, f"http://{urlsplit(address).netloc}") == 101
    assert shaken(address, "https://elsewhere.example") == 403


def test_nothing_is_uploaded_without_a_session(ask):
    status, _, _ = ask(f"/_stcore/upload_file/{secrets.token_hex(8)}/{secrets.token_hex(8)}", "PUT", b"x" * 1000)
    assert status >= 400


@pytest.mark.parametrize("key", ["0123456789abcdef01234567", "..%2f..%2fetc%2fpasswd", "a" * 4000, "%00"])
@pytest.mark.parametrize("route", ["kept/{}.json", "take/{}.wav", "take/{}.mid", "file/{}/mid"])
def test_a_key_that_is_none_leads_nowhere_and_says_nothing(ask, route, key):
    status, headers, body = ask("/musegen/" + route.format(key))
    assert status in (400, 404) and b"Traceback" not in body and b"/etc" not in body
