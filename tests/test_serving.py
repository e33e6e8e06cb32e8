"""Serving many people: the proxy keeps people with their process, and nobody notices that one ends.

The processes here are small web servers that say which one they are, in place of the app.
"""

import http.cookiejar
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import run
from musegen.cli.command_line import main
from musegen.errors import MusegenError
from musegen.services.serving import processes, proxy
from musegen.services.serving.processes import Serving, free_port
from musegen.services.serving.proxy import MAX_BODY_BYTES, Proxy, configuration, find_haproxy

PROCESS = """
import http.server, os, sys

class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = f"{sys.argv[1]} {os.getpid()} {os.environ['STREAMLIT_SERVER_COOKIE_SECRET']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def has_haproxy():
    return shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") is not None


needs_haproxy = pytest.mark.skipif(not has_haproxy(), reason="HAProxy is not installed (packages-serve.txt)")


def command(port):
    return [sys.executable, "-c", PROCESS, str(port)]


class Browser:
    """Somebody with cookies."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}/"
        self.cookies = http.cookiejar.CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies)).open

    def ask(self):
        with self.open(self.address, timeout=20) as answer:
            port, pid, secret = answer.read().decode().split()
        return int(port), int(pid), secret


@pytest.fixture(scope="module")
def serving():
    with Serving(2, free_port(), address="127.0.0.1", command=command) as running:
        yield running


@needs_haproxy
def test_haproxy_accepts_the_configuration(tmp_path):
    settings = tmp_path / "haproxy.cfg"
    settings.write_text(configuration(Proxy(free_port(), (free_port(), free_port()), tmp_path / "control")))
    done = subprocess.run([find_haproxy(), "-c", "-f", str(settings)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_haproxy
def test_a_browser_stays_with_its_process_and_browsers_are_spread(serving):
    browsers = [Browser(serving.proxy.port) for _ in range(4)]
    first = [browser.ask() for browser in browsers]
    assert {port for port, _, _ in first} == set(serving.proxy.backends)
    for _ in range(3):
        assert [browser.ask() for browser in browsers] == first
    assert len({secret for _, _, secret in first}) == 1  # a page of one process is trusted by the other
    assert all(cookie.has_nonstandard_attr("HttpOnly") for browser in browsers for cookie in browser.cookies)


@needs_haproxy
def test_a_killed_process_costs_nobody_more_than_another_process(serving):
    browser = Browser(serving.proxy.port)
    port, pid, _ = browser.ask()
    os.kill(pid, signal.SIGKILL)
    serving.processes[serving.proxy.backends.index(port)].wait(10)
    assert browser.ask()[0] != port
    assert serving.start_what_ended() == [serving.proxy.backends.index(port)]
    assert serving.start_what_ended() == []
    until = time.monotonic() + 60
    while {Browser(serving.proxy.port).ask()[0] for _ in range(4)} != set(serving.proxy.backends):
        assert time.monotonic() < until, "the process that was started again gets nobody"
        time.sleep(0.2)


@needs_haproxy
def test_a_killed_proxy_is_started_again_and_browsers_come_to_the_process_they_were_with(serving):
    browsers = [Browser(serving.proxy.port) for _ in range(3)]
    first = [browser.ask() for browser in browsers]
    for _ in range(2):
        serving._haproxy.kill()
        serving._haproxy.wait(10)
        assert serving.start_what_ended() == []
        assert [browser.ask() for browser in browsers] == first


@needs_haproxy
def test_all_processes_are_started_anew_and_everybody_is_answered_meanwhile(serving):
    before = {process.pid for process in serving.processes}
    browsers, failed, done = [Browser(serving.proxy.port) for _ in range(4)], [], threading.Event()

    def ask():
        while not done.is_set():
            for browser in browsers:
                try:
                    browser.ask()
                except OSError as error:
                    failed.append(repr(error))
            time.sleep(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        serving.start_anew(drain_seconds=2)
    finally:
        done.set()
        asking.join()
    assert failed == []
    assert before.isdisjoint(process.pid for process in serving.processes)


@needs_haproxy
def test_more_than_an_upload_may_have_is_refused_before_it_is_read(serving):
    request = urllib.request.Request(f"http://127.0.0.1:{serving.proxy.port}/", b"x", method="POST")
    request.add_unredirected_header("Content-Length", str(MAX_BODY_BYTES + 1))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.code == 413


@needs_haproxy
def test_everything_ends_with_serving_also_when_the_app_does_not_start():
    def dies(port):
        return [sys.executable, "-c", "raise SystemExit(3)"]

    serving = Serving(2, free_port(), command=dies)
    with pytest.raises(MusegenError, match="does not start"), serving:
        pass
    assert all(process.poll() is not None for process in serving.processes)


@needs_haproxy
def test_a_port_that_is_taken_is_said(monkeypatch):
    monkeypatch.setattr(processes, "_answers", lambda port: port != taken)
    with processes.socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(MusegenError, match=f"Port {taken} cannot be opened"):
            Serving(1, taken, address="127.0.0.1", command=command).__enter__()


def test_without_haproxy_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(proxy.shutil, "which", lambda *_, **__: None)
    with pytest.raises(MusegenError, match="haproxy") as refused:
        find_haproxy()
    assert "python3 run.py" in str(refused.value)


@pytest.mark.parametrize("flags", [["--processes", "0"], ["--processes", "1000"], ["--port", "0"]])
def test_numbers_that_cannot_be_are_refused_in_a_sentence(flags, capsys):
    assert main(["serve", *flags]) == 2
    assert flags[1] in capsys.readouterr().err


def test_the_package_is_listed_where_the_set_up_reads_it():
    assert "haproxy" in run.system_packages("serve")
    assert "haproxy" in run.system_packages("dev")
    assert "haproxy" not in run.system_packages("app")
    assert Path(run.ROOT / "packages-serve.txt").exists()
