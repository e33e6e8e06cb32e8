"""A Streamlit script served for a benchmark: on a free port, with an empty home folder, until the benchmark is done."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from musegen.paths import PROJECT_DIR


@contextmanager
def served(script: str = "app.py", **environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Serve a script of the project; yield its address and its process.

    Args:
        script: "app.py", or one of the benchmarks' own.
        environment: of the server, beside this process's.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true", f"--server.port={port}",
               "--server.address=127.0.0.1", "--server.fileWatcherType=none"]  # fmt: skip
    with tempfile.TemporaryDirectory() as empty:
        known = {**os.environ, "MUSEGEN_HOME": empty, **environment}
        process = subprocess.Popen(command, cwd=PROJECT_DIR, env=known, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                    break
                except OSError:
                    time.sleep(0.25)
            yield address, process
        finally:
            process.terminate()
            process.wait(30)
