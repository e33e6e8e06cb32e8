"""HAProxy in front of the processes of the app: its configuration, and what it is told while it runs.

Proxy, configuration, find_haproxy. A browser stays with the process that it first came to (a cookie), since a
Streamlit session lives in one; where that process is gone it comes to another. A process that is not well gets nobody
new. The directives are those of the HAProxy configuration manual, https://docs.haproxy.org/2.6/configuration.html.
"""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from musegen.errors import MusegenError

MAX_CONNECTIONS = 2_000
"""Connections at one time over all; further ones wait in the system's queue."""

MAX_CONNECTIONS_A_PERSON = 200
"""From one address: a class behind one router has one address, and a browser keeps at most seven or so open."""

MAX_REQUESTS_A_PERSON = 3_000
"""In ten seconds from one address: thirty people who all open a page at once ask for about 60 files each."""

MAX_BODY_BYTES = 25 * 2**20
"""Largest upload: what `.streamlit/config.toml` lets a recording have, and its envelope."""

_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and the processes behind it.

    Args:
        port: where browsers come to.
        backends: ports of the processes, on this machine alone.
        control: the socket that HAProxy is told things by.
        address: on which the port is open.
    """

    port: int
    backends: tuple[int, ...]
    control: Path
    address: str = "*"

    def tell(self, command: str) -> str:
        """Tell the running proxy something and return its answer.

        Raises:
            MusegenError: it does not answer.
        """
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(_ANSWER_SECONDS)
                line.connect(str(self.control))
                line.sendall(command.encode() + b"\n")
                return b"".join(iter(lambda: line.recv(65_536), b"")).decode()
        except OSError as error:
            raise MusegenError(f"HAProxy does not answer ({error}); start serving again.") from error

    def drain(self, index: int) -> None:
        """Send nobody new to a process; who is there stays."""
        self.tell(f"set server app/p{index} state drain")

    def ready(self, index: int) -> None:
        """Send people to a process again."""
        self.tell(f"set server app/p{index} state ready")

    def people(self, index: int) -> int:
        """Return the number of connections that a process has, an open page keeping one."""
        rows = [row.split(",") for row in self.tell("show stat").splitlines()]
        current = rows[0].index("scur")
        return next(int(row[current]) for row in rows if row[:2] == ["app", f"p{index}"])


def configuration(proxy: Proxy) -> str:
    """Return the text of the proxy's configuration file."""
    servers = "\n".join(
        f"    server p{index} 127.0.0.1:{port} cookie p{index} check inter 2s fall 3 rise 1"
        for index, port in enumerate(proxy.backends)
    )
    return f"""\
global
    maxconn {MAX_CONNECTIONS}
    stats socket {proxy.control} mode 600 level admin

defaults
    mode http
    timeout connect 5s
    timeout http-request 10s
    timeout http-keep-alive 30s
    timeout client 120s
    timeout server 120s
    timeout queue 30s
    timeout tunnel 12h
    option redispatch
    retries 3
    # a process that ends may take a question with it unanswered: another one is asked (what only asks, see below)
    retry-on conn-failure empty-response

frontend people
    bind {proxy.address}:{proxy.port}
    stick-table type ipv6 size 100k expire 1m store conn_cur,http_req_rate(10s)
    http-request track-sc0 src
    http-request deny deny_status 429 if {{ sc0_conn_cur gt {MAX_CONNECTIONS_A_PERSON} }}
    http-request deny deny_status 429 if {{ sc0_http_req_rate gt {MAX_REQUESTS_A_PERSON} }}
    http-request deny deny_status 413 if {{ req.body_size gt {MAX_BODY_BYTES} }}
    default_backend app

backend app
    balance leastconn
    http-request disable-l7-retry unless METH_GET
    option forwardfor
    option httpchk GET /_stcore/health
    http-check expect status 200
    cookie musegen_process insert indirect nocache httponly attr "SameSite=Lax"
{servers}
"""


def find_haproxy() -> str:
    """Return where HAProxy is.

    Raises:
        MusegenError: it is not installed.
    """
    found = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise MusegenError(
            "HAProxy, which stands in front of the processes, is not installed; install your system's package haproxy "
            "(sudo apt install haproxy), or start one process with python3 run.py."
        )
    return found
