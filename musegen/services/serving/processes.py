"""One Streamlit process a core behind HAProxy: starting them, keeping them up, starting them anew one by one.

Serving, free_port. A process that ends is started again at once. On SIGHUP each is started anew in turn: nobody new is
sent to it, those who are there get some time to finish, and what they kept is in the library, which all processes
share. The key that Streamlit signs its cookies with is also shared, so that an open page is still trusted by another.
"""

import contextlib
import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from musegen.errors import MusegenError
from musegen.paths import PROJECT_DIR
from musegen.services.serving.addresses import ADDRESS_VARIABLE, public_root
from musegen.services.serving.proxy import Proxy, configuration, find_haproxy

START_SECONDS = 90.0
"""In which a process must be well after it was started."""

DRAIN_SECONDS = 60.0
"""Left to those whose process is about to be started anew."""

_LOOK_SECONDS = 0.5
_END_SECONDS = 10.0
_log = logging.getLogger(__name__)
Command = Callable[[int], list[str]]


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def app_command(port: int) -> list[str]:
    """Return the command that starts one process of the app."""
    return [sys.executable, "-m", "streamlit", "run", str(PROJECT_DIR / "app.py"), "--server.headless=true",
            f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]  # fmt: skip


class Serving:
    """Processes of the app and the proxy before them; a context manager that starts and ends them.

    Args:
        num_processes: how many, 1 or more.
        port: where browsers come to.
        address: on which that port is open; "*" for all of the machine's.
        command: starts a process that listens on a port of this machine and answers /_stcore/health.

    Attributes:
        proxy: what stands in front.
        processes: those running, by their place.

    Raises:
        MusegenError: HAProxy is missing or refuses, the port is taken, or the app does not start.
    """

    def __init__(self, num_processes: int, port: int, *, address: str = "*", command: Command = app_command) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="musegen-serve-")
        self._command = command
        self._environment = {
            "STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32),
            **os.environ,
        }
        told = public_root(f"http://127.0.0.1:{port}/", "" if address == "*" else address)
        if told:  # a process knows its own port alone, which nobody else opens
            self._environment[ADDRESS_VARIABLE] = told
        folder = Path(self._folder.name)
        ports = tuple(free_port() for _ in range(num_processes))
        self.proxy = Proxy(port, ports, folder / "control", address)
        self.processes: list[subprocess.Popen] = []
        self._haproxy: subprocess.Popen | None = None
        self._proxy_command: list[str] = []
        self._ending = threading.Event()

    def __enter__(self) -> "Serving":
        """Start everything and wait until it is well."""
        program = find_haproxy()
        settings = Path(self._folder.name) / "haproxy.cfg"
        settings.write_text(configuration(self.proxy), encoding="utf-8")
        try:
            self.processes = [self._start(index) for index in range(len(self.proxy.backends))]
            for index in range(len(self.processes)):
                self._wait_until_well(index)
            self._proxy_command = [program, "-q", "-db", "-f", str(settings)]
            self._start_proxy()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End everything, the proxy first, so that nobody is sent to a process that ends."""
        self._ending.set()
        for process in (self._haproxy, *self.processes):
            if process is not None:
                _end(process)
        self._folder.cleanup()

    def look_after(self, anew: threading.Event, stop: threading.Event) -> None:
        """Start again what ends, until `stop` is set; set `anew` to have each process started anew in turn.

        Raises:
            MusegenError: the proxy has ended and does not start again.
        """
        while not stop.wait(_LOOK_SECONDS):
            self.start_what_ended()
            if anew.is_set():
                anew.clear()
                self.start_anew(stop)

    def start_what_ended(self) -> list[int]:
        """Start again the processes that have ended, and the proxy; return the places of the processes.

        A browser's cookie says which process it was with, so it comes to the same one through the new proxy.

        Raises:
            MusegenError: the proxy has ended and does not start again.
        """
        if self._haproxy is None or self._haproxy.poll() is not None:
            _log.warning("the proxy has ended and is started again")
            self._start_proxy()
        ended = [index for index, process in enumerate(self.processes) if process.poll() is not None]
        for index in ended:
            _log.warning("process %d has ended (%s) and is started again", index, self.processes[index].returncode)
            self.processes[index] = self._start(index)
        return ended

    def start_anew(self, stop: threading.Event | None = None, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Start each process anew, one after another, so that all but one are there at any time."""
        stop = stop or threading.Event()
        for index in range(len(self.processes)):
            self.proxy.drain(index)
            until = time.monotonic() + drain_seconds
            while self.proxy.people(index) and time.monotonic() < until and not stop.wait(_LOOK_SECONDS):
                pass
            if stop.is_set():
                return
            _end(self.processes[index])
            self.processes[index] = self._start(index)
            self._wait_until_well(index)
            self.proxy.ready(index)

    def _start(self, index: int) -> subprocess.Popen:
        return subprocess.Popen(self._command(self.proxy.backends[index]), cwd=PROJECT_DIR, env=self._environment)

    def _wait_until_well(self, index: int) -> None:
        until = time.monotonic() + START_SECONDS
        while not _answers(self.proxy.backends[index]):
            if self.processes[index].poll() is not None or time.monotonic() > until:
                raise MusegenError("The app does not start; see its messages above.")
            time.sleep(0.1)

    def _start_proxy(self) -> None:
        self._haproxy = subprocess.Popen(self._proxy_command)
        self._wait_for_proxy()

    def _wait_for_proxy(self) -> None:
        until = time.monotonic() + _END_SECONDS
        while not _answers(self.proxy.port):
            if self._haproxy is None or self._haproxy.poll() is not None or time.monotonic() > until:
                raise MusegenError(f"Port {self.proxy.port} cannot be opened; choose another with --port.")
            time.sleep(0.1)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
        return True
    return False


def _end(process: subprocess.Popen) -> None:
    """End a process, by force where it does not end by itself."""
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
