"""A PostgreSQL server for tests, in a temporary folder, under a user without rights, killed where a test asks."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

LEFT_OUT = "PostgreSQL is not installed (package postgresql): what many machines share is tried on SQLite alone"


def folder_of_programs():
    """Where initdb and postgres are; None where they are not."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = versions[-1] if versions else Path(on_path).resolve() if on_path else None
    return found.parent if found else None


def is_there():
    """Whether a server can be started here."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return False
    return folder_of_programs() is not None and (os.geteuid() != 0 or _user() is not None)


def _user():
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


class Postgres:
    """A server of its own, reached by a socket in its folder alone.

    It does not wait for the disk: what its processes have written outlives them, whatever kills them.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="musegen-pg-"))
        self._as = {}
        if os.geteuid() == 0:
            user = _user()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._programs, self._process = folder_of_programs(), None
        data = str(self.folder / "data")
        subprocess.run(
            [str(self._programs / "initdb"), "-D", data, "-A", "trust", "-U", "musegen", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd="/", **self._as,
        )  # fmt: skip
        self.start()

    @property
    def address(self):
        return f"postgresql://musegen@/postgres?host={self.folder}"

    def start(self):
        """Start it and wait until it answers."""
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder),
             "-c", "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "fsync=off"],
            stdout=log, stderr=log, cwd="/", **self._as,
        )  # fmt: skip
        until = time.monotonic() + 60
        while subprocess.run([str(self._programs / "pg_isready"), "-q", "-h", str(self.folder)]).returncode:
            assert self._process.poll() is None and time.monotonic() < until, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self):
        """End the server and all its processes at once, as a machine does that loses its power."""
        self._process.kill()
        self._process.wait()
        for pid in self._of_this_folder():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self._of_this_folder():
            time.sleep(0.01)

    def _of_this_folder(self):
        """The processes of this server: each has a session of its own, and all work in its folder."""
        found = []
        for link in Path("/proc").glob("[0-9]*/cwd"):
            try:
                if link.readlink() == self.folder / "data":  # none of a process that is dead already
                    found.append(int(link.parts[2]))
            except OSError:
                continue
        return found

    def end(self):
        """Kill it and delete what it had."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def empty(self):
        """Forget all that Musegen laid out in it."""
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS musegen CASCADE")
