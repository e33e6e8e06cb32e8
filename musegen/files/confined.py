"""Strangers' files are read in a process of their own, which may use so much time and memory and is ended beyond that.

ConfinedReader, processor_seconds. A file of a few hundred bytes can make a reader count
for minutes, and a thread cannot be ended, a process can. The server confines; the command line and the
corpora read in their own process. The reading process is kept for the next file, and started anew after one was ended.
"""

import contextlib
import logging
import os
import pickle
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from musegen import files
from musegen.errors import FileFormatError, MusegenError
from musegen.paths import PROJECT_DIR

MAX_PROCESSES = 2
"""Files read at the same time; further ones wait."""

BASE_SECONDS, SECONDS_A_MEGABYTE = 5, 20
"""Processor seconds that a file may take, several times what the slowest of our readers needs."""

WALL_FACTOR = 4
"""Seconds by the clock for each processor second, since a busy machine gives a process only a share of a core."""

EXTRA_BYTES = 2**30
"""Memory that reading may take beyond what the process has when it starts."""

_LENGTH = struct.Struct("!Q")
_log = logging.getLogger(__name__)


def processor_seconds(num_bytes: int) -> int:
    """Return the processor seconds that a file of a size may take."""
    return BASE_SECONDS + SECONDS_A_MEGABYTE * num_bytes // 2**20


class ConfinedReader:
    """Processes that read files, at most `MAX_PROCESSES` at a time; they end with this one.

    Args:
        command: that starts one.
    """

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "musegen.files.confined")) -> None:
        self._command = command
        self._places = threading.BoundedSemaphore(MAX_PROCESSES)
        self._idle: list[subprocess.Popen] = []

    def read(self, name: str, data: bytes, seconds: int | None = None) -> files.Reading:
        """Return the music of a file and what was left out of it.

        Typed notes are read by a small reader of our own and in place, since its errors say where in the text they are.

        Args:
            name: of the file.
            data: its content.
            seconds: of the processor that it may take; None for as long as its size allows.

        Raises:
            FileFormatError: as `files.read_with_remarks`, and where it takes too long or too much memory.
        """
        if Path(name).suffix.lower() == ".txt":
            return files.read_with_remarks(name, data)
        seconds = processor_seconds(len(data)) if seconds is None else seconds
        with self._places:
            process = self._take()
            assert process.stdin is not None and process.stdout is not None  # pipes, see `_take`
            timer = threading.Timer(seconds * WALL_FACTOR, process.kill)
            timer.start()
            try:
                _send(process.stdin, (name, data, seconds))
                kind, value = _receive(process.stdout)
            except (OSError, EOFError) as error:
                process.kill()
                _log.warning("the process that read a file of %d bytes was ended (%s)", len(data), process.wait())
                raise FileFormatError(
                    "This file takes too long to read, as damaged files do; export it again from the program it comes "
                    "from, or choose a shorter one."
                ) from error
            finally:
                timer.cancel()
            self._idle.append(process)
        if kind == "refused":
            raise FileFormatError(value)
        return value

    def close(self) -> None:
        """End the processes that wait for a file."""
        while self._idle:
            process = self._idle.pop()
            process.kill()
            process.wait()

    def _take(self) -> subprocess.Popen:
        """Return a process that waits for a file, started where there is none."""
        while self._idle:
            with contextlib.suppress(IndexError):
                process = self._idle.pop()
                if process.poll() is None:
                    return process
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT_DIR,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )


# ------------------------------------------------------------------------------------------------ the reading process


def _send(stream: IO[bytes], value: object) -> None:
    content = pickle.dumps(value)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def _receive(stream: IO[bytes]) -> tuple:
    """Return what the other process sent, one of ours; EOFError where it has ended."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    content = stream.read(size := _LENGTH.unpack(head)[0])
    if len(content) < size:
        raise EOFError
    return pickle.loads(content)


def _limit_memory() -> None:
    """Let this process take `EXTRA_BYTES` more than it has; Linux alone knows how much that is."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (has + EXTRA_BYTES, resource.RLIM_INFINITY))


def _limit_time(seconds: int) -> None:
    """Let this process use so many more seconds of the processor; then the system ends it (not on Windows)."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def serve() -> None:
    """Read the files that come in, one after another, until the other process ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not stand between answers
    _limit_memory()
    with contextlib.suppress(EOFError):
        while True:
            name, data, seconds = _receive(sys.stdin.buffer)
            _limit_time(seconds)
            answer: tuple[str, Any]
            try:
                answer = "read", files.read_with_remarks(name, data)
            except MusegenError as error:
                answer = "refused", str(error)
            try:
                _send(answers, answer)
            except BrokenPipeError:  # the other process was killed meanwhile
                os._exit(0)


if __name__ == "__main__":
    serve()
