"""How fast a library of 10,000 takes is, and that nothing kept is lost by kill -9.

- list, search, count, tags, open, keep: calls of the store of takes, and the first page of the Takes page's list
  with its pictures, made anew and known.
- kill: a process keeps takes one after another and says the id of each when it is kept; it is killed at a random
  moment, fifty times over; then every id that was said must be in the library, which must be whole.
"""

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import TIMING_HEADER, Figures, measure, run, table, timing_rows
from musegen.library.sql_store import SqlStore
from musegen.library.sqlite_database import SqliteDatabase
from musegen.library.takes import NewTake
from musegen.music import Note, Piece, Track
from musegen.services.keeping import listing as kept

OWNER = "benchmark"
LIMIT_MS = 100.0
_WORDS = ("morning", "evening", "harbour", "lantern", "river", "hollow", "heather", "miller", "salt", "thistle",
          "winter", "ferry", "orchard", "market")  # fmt: skip
_TAGS = ("dance", "slow", "fast", "hymn", "for the band", "unfinished", "best")
_NOTES = 120

_KEEPER = """
import sys
from pathlib import Path
from benchmarks.library_speed import OWNER, new_take
from musegen.library.sql_store import SqlStore
from musegen.library.sqlite_database import SqliteDatabase
library = SqlStore(SqliteDatabase(Path(sys.argv[1])))
for number in range(int(sys.argv[2]), 10**9):
    print(library.keep_take(OWNER, new_take(number)), flush=True)
"""


def new_take(number: int) -> NewTake:
    """Return a take of about a hundred notes; the number decides which."""
    draw = random.Random(number)
    notes = tuple(Note(i / 2, draw.randint(55, 84), 0.5, 80) for i in range(_NOTES))
    return NewTake(
        Piece((Track(notes, 40, False, "Fiddle"),)),
        (frozenset(range(16)),),
        name=f"The {draw.choice(_WORDS)} {draw.choice(_WORDS)} {number}",
        style_id=draw.choice(("folk", "bach-chorales")),
        made_from=f"Folk tunes, go on from the seed: {draw.choice(_WORDS)}",
        num_bars=15,
        seconds=30.0,
        recipe="{}",
        tags=tuple(draw.sample(_TAGS, draw.randint(0, 3))),
        rating=draw.randint(0, 5),
        remark=" ".join(draw.choices(_WORDS, k=draw.randint(0, 30))),
    )


def _speed(path: Path, number: int, runs: int) -> Figures:
    library = SqlStore(SqliteDatabase(path))
    begun = time.perf_counter()
    ids = []
    for first in range(0, number, 1000):
        batch = [new_take(n) for n in range(first, min(first + 1000, number))]
        ids += library.keep_takes(OWNER, batch)
    filled = time.perf_counter() - begun
    library.keep_takes("another", [new_take(number + n) for n in range(200)])
    draw = random.Random(1)
    fresh = iter(range(10**6, 2 * 10**6))

    def pictures() -> None:
        for listed in library.list_takes(OWNER, limit=50):
            kept.picture(library.get_take(OWNER, listed.take_id))

    calls = {
        "list": lambda: library.list_takes(OWNER),
        "list_last_page": lambda: library.list_takes(OWNER, offset=number - 50),
        "list_most_stars": lambda: library.list_takes(OWNER, order="best"),
        "list_by_name": lambda: library.list_takes(OWNER, order="name"),
        "list_two_tags": lambda: library.list_takes(OWNER, tags=_TAGS[:2]),
        "search": lambda: library.list_takes(OWNER, search="harbour lantern"),
        "search_nothing": lambda: library.list_takes(OWNER, search="zither"),
        "count": lambda: library.count_takes(OWNER),
        "count_search": lambda: library.count_takes(OWNER, search="harbour lantern"),
        "tags": lambda: library.list_tags(OWNER),
        "open": lambda: library.get_take(OWNER, draw.choice(ids)),
        "keep": lambda: library.keep_take(OWNER, new_take(next(fresh))),
        "fifty_pictures": pictures,
    }
    timings = {name: measure(call, runs).to_figures() for name, call in calls.items()}
    asked = [name for name in timings if name.startswith(("list", "search", "count", "tags", "open"))]
    within = all(timings[name]["max_ms"] <= LIMIT_MS for name in asked)
    return {"takes": number, "mib": path.stat().st_size / 2**20, "fill_seconds": filled, "within": within} | timings


def _kills(path: Path, rounds: int) -> Figures:
    library = SqlStore(SqliteDatabase(path))
    said: list[str] = []
    draw, lost, whole = random.Random(2), 0, True
    for number in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-c", _KEEPER, str(path), str(number * 10_000)], stdout=subprocess.PIPE, text=True
        )
        said.append(process.stdout.readline().strip())
        time.sleep(draw.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.wait()
        said += rest.split("\n")[:-1]  # what follows the last line break was cut off in the saying
        there = {take.take_id for take in library.list_takes(OWNER, limit=10**6)}
        lost += len(set(said) - there)
        with SqliteDatabase(path).open() as connection:
            whole &= connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    opened = [library.get_take(OWNER, take_id) for take_id in there]
    with sqlite3.connect(path) as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return {"rounds": rounds, "said": len(set(said)), "kept": len(opened), "lost": lost, "whole": whole, "mode": mode}


def measured(small: bool) -> Figures:
    """Return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        speed = _speed(Path(folder) / "speed.sqlite3", 300 if small else 10_000, 3 if small else 30)
        kills = _kills(Path(folder) / "kills.sqlite3", 2 if small else 50)
    return {"speed": speed, "kill": kills}


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    speed, kill = figures["speed"], figures["kill"]
    names = [name for name, value in speed.items() if isinstance(value, dict)]
    return "\n\n".join([
        (f"A library of {speed['takes']:,} takes of {_NOTES} notes ({speed['mib']:.1f} MiB, filled in "
        f"{speed['fill_seconds']:.1f} s); pages of fifty."),
        table(TIMING_HEADER, timing_rows(speed, names), 1),
        f"Every list, search, count and opening under {LIMIT_MS:.0f} ms: {'yes' if speed['within'] else 'no'}.",
        (f"Killed {kill['rounds']} times while saving: {kill['said']:,} takes were said to be kept, {kill['lost']} of "
        f"them are lost, {kill['kept']:,} open; the library is {'whole' if kill['whole'] else 'damaged'} "
        f"({kill['mode']})."),
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
