"""The address of the app that others can open, for links and QR codes: own, root."""

from urllib.parse import urlsplit

import streamlit as st

from musegen.services.serving.addresses import public_root


def own() -> str:
    """Return the address of the app on this computer, ending in "/", before anybody has opened it."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://127.0.0.1:{st.get_option('server.port')}/{base + '/' if base else ''}"


def root() -> str | None:
    """Return the address of the app that others in the network can open, ending in "/"; None where there is none."""
    seen, here = urlsplit(st.context.url or ""), urlsplit(own())
    if seen.netloc:
        here = here._replace(scheme=seen.scheme, netloc=seen.netloc)
    return public_root(here.geturl(), str(st.get_option("server.address") or ""))
