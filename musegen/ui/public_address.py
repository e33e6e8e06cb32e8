"""The address of the app that others can open, for links and QR codes: root."""

from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from musegen.services.serving.addresses import public_root


def root() -> str | None:
    """Return the address of the app that others in the network can open, ending in "/"; None where there is none."""
    seen = urlsplit(st.context.url or "")
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    place = seen.netloc or f"127.0.0.1:{st.get_option('server.port')}"
    here = urlunsplit((seen.scheme or "http", place, f"/{base}/" if base else "/", "", ""))
    return public_root(here, str(st.get_option("server.address") or ""))
