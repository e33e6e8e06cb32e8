"""Under which address others in the network open the app: network_address, public_root, is_of_this_computer, qr_svg.

A browser on the computer itself opens 127.0.0.1, which is another computer for everybody else.
"""

import io
import ipaddress
import os
import socket
from urllib.parse import urlsplit, urlunsplit

import segno

ADDRESS_VARIABLE = "MUSEGEN_ADDRESS"
"""Environment variable: the address that people open, where it is not that of this computer (a proxy, a name)."""

_ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): asking the system for the way there sends nothing."""


def network_address() -> str | None:
    """Return this computer's address in its network, such as "192.168.1.20"; None where it is in none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.connect(_ELSEWHERE)
            found = way.getsockname()[0]
    except OSError:
        return None
    return None if ipaddress.ip_address(found).is_loopback or found == "0.0.0.0" else found


def is_of_this_computer(host: str | None) -> bool:
    """Return whether a host name is one that only the computer itself can open."""
    if not host:
        return True
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def public_root(seen: str, listens_on: str = "") -> str | None:
    """Return the address of the app that others in the network can open, ending in "/".

    Args:
        seen: the address under which this browser has opened the app.
        listens_on: the address of this computer that the app listens on; "" for all of them.

    Returns:
        None where nobody else can open it: it listens to this computer alone, or the computer is in no network.
    """
    if told := os.environ.get(ADDRESS_VARIABLE, "").strip():
        return told.rstrip("/") + "/"
    parts = urlsplit(seen)
    path = parts.path if parts.path.endswith("/") else parts.path + "/"
    if not is_of_this_computer(parts.hostname):
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    if listens_on and is_of_this_computer(listens_on) and listens_on not in ("0.0.0.0", "::"):
        return None
    host = network_address()
    if host is None:
        return None
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme or "http", host + port, path, "", ""))


def qr_svg(address: str) -> str:
    """Return an address as a QR code: SVG, black on white with its quiet zone, as wide as its place."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgclass="qr", lineclass=None,
                                                      omitsize=True, light="#fff", dark="#000")  # fmt: skip
    return out.getvalue().decode()


def qr_text(address: str) -> str:
    """Return an address as a QR code of half blocks, for a terminal."""
    out = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(out, compact=True)
    return out.getvalue()
