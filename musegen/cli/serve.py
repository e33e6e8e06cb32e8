"""`serve`: the app for many people, one process a core behind HAProxy."""

import argparse
import os
import signal
import threading

from musegen.cli.address import say_address
from musegen.cli.output import say
from musegen.errors import MusegenError

MAX_PROCESSES = 64


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "serve",
        help="serve the app to many people",
        description="Serve the app with several processes behind HAProxy; SIGHUP starts them anew one by one.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="of the app; one a core unless said"
    )
    parser.add_argument("--port", type=int, default=8501, metavar="P", help="where browsers come to (8501)")
    parser.add_argument("--address", default="*", metavar="A", help="on which the port is open; all unless said")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Serve until stopped."""
    from musegen.services.serving.processes import Serving

    if not 1 <= arguments.processes <= MAX_PROCESSES:
        raise MusegenError(f"--processes {arguments.processes} is not from 1 to {MAX_PROCESSES}.")
    if not 1 <= arguments.port <= 65_535:
        raise MusegenError(f"--port {arguments.port} is not from 1 to 65535.")
    if not hasattr(signal, "SIGHUP"):
        raise MusegenError("Serving with several processes needs Linux or macOS; start one with python3 run.py.")
    anew, stop = threading.Event(), threading.Event()
    signal.signal(signal.SIGHUP, lambda *_: anew.set())
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    with Serving(arguments.processes, arguments.port, address=arguments.address) as serving:
        say(f"Serving on port {arguments.port} with {arguments.processes} processes.")
        say_address(f"http://127.0.0.1:{arguments.port}/", "" if arguments.address == "*" else arguments.address)
        serving.look_after(anew, stop)
