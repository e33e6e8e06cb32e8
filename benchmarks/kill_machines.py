"""What many people's machines run on, killed with -9 while takes are composed and kept: what is lost, what is seen.

    python -m benchmarks.kill_machines [--what worker proxy postgres ray] [--kills 30] [--minutes M] [--people 3]
        [--seed 0]

Serves the app as `python3 run.py serve` does, two processes behind HAProxy, and lets people compose and keep folk takes
one after another by Streamlit's own protocol. At random moments something is killed: a process of the app, the proxy,
all of PostgreSQL (which then holds what is kept and is started again), or a node of a Ray cluster (which then composes,
and to which another node comes). Whoever loses the connection comes again with the same cookie, as a browser does.
After each kill everybody must have kept a new take before the next one comes; at last every take whose Keep was
answered by Kept must be in the library, with notes. What people were shown as an error must be words of the program,
no exception.

PostgreSQL is Debian's (package postgresql), Ray is requirements-ray.txt.
"""

import argparse
import asyncio
import logging
import os
import random
import re
import secrets
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from streamlit.proto.Block_pb2 import Block
from streamlit.proto.Element_pb2 import Element
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from benchmarks.classroom import Person
from musegen.services.serving.processes import Serving, free_port

WHAT = ("worker", "proxy", "postgres", "ray")
_GIVE_UP_SECONDS = 300.0
_AGAIN_SECONDS = 0.5
_NOT_WORDS = re.compile(r"Traceback|\w(Error|Exception)\b|psycopg|ray\.|File \"")
_KEPT = re.compile(r"-kept-([0-9a-f]{16,})")


@dataclass
class Keeper(Person):
    """Somebody who composes and keeps one take after another, and comes again when the connection is gone.

    Args:
        kept: ids of takes that the page showed as kept.
        said: what was shown as an error, how often.
        exceptions: what was shown as an exception.
        lost: how often the connection was lost.
        away: seconds from each loss to the page being there again.
    """

    owner: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    kept: list[str] = field(default_factory=list)
    said: Counter = field(default_factory=Counter)
    exceptions: list[str] = field(default_factory=list)
    lost: int = 0
    away: list[float] = field(default_factory=list)

    async def go_on(self, stop: threading.Event) -> None:
        """Compose and keep until `stop` is set."""
        gone = 0.0
        while not stop.is_set():
            try:
                known = {"Cookie": f"musegen_owner={self.owner}"}
                async with connect(
                    f"ws://{self.host}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
                    additional_headers=known, open_timeout=30,
                ) as self._socket:  # fmt: skip
                    self._ids, self._key, self._number, self._words, self._polled = {}, None, "", "", ""
                    await self._turn()
                    await self._turn(style=self.style_id)
                    if gone:
                        self.away.append(time.monotonic() - gone)
                        gone = 0.0
                    while not stop.is_set():
                        await self._compose_and_keep()
            except (OSError, WebSocketException, TimeoutError):
                self.lost += not gone
                gone = gone or time.monotonic()
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _compose_and_keep(self) -> None:
        before = self._number
        await self._run(pressed=True)
        if await self._new_take(before) and "keep" in self._ids:
            known, self._now = set(self.kept), ""
            await self._turn(press="keep")
            if self._now and self._now not in known:
                self.kept.append(self._now)

    async def _turn(self, *, style: str = "", press: str = "") -> None:
        """Let the script run, with a button pressed or a style chosen, and read what it shows."""
        if press:
            self._ids, kept = {"compose": self._ids[press], "style": self._ids["style"]}, self._ids
            await self._run(pressed=True)
            self._ids = kept
        else:
            await self._run(style=style)
        await self._finish()

    def _see_block(self, block: Block) -> None:
        if found := _KEPT.search(block.popover.id):
            self._now = found[1]

    def _see(self, element: Element) -> None:
        kind = element.WhichOneof("type")
        if kind == "button" and element.button.id.endswith("-keep"):
            self._ids["keep"] = element.button.id
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self._told(element.alert.body)
        elif kind == "exception":
            self.exceptions.append(element.exception.message)
        else:
            super()._see(element)

    def _told(self, words: str) -> None:
        self.said[words] += 1
        if _NOT_WORDS.search(words):
            self.exceptions.append(words)


class People:
    """People who compose and keep in a thread of their own until they are let go.

    Args:
        host: name and port of the server.
        count: how many.
    """

    def __init__(self, host: str, count: int) -> None:
        self.people = [Keeper(host, "folk", index) for index in range(count)]
        self._stop = threading.Event()
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(person.go_on(self._stop) for person in self.people))

        try:
            asyncio.run(all_of_them())
        except BaseException as error:  # told by whoever waits for them
            self._failed.append(error)

    def everybody_keeps_one_more(self) -> None:
        """Wait until each has kept another take.

        Raises:
            AssertionError: somebody has not for five minutes, or has failed.
        """
        before = [len(person.kept) for person in self.people]
        until = time.monotonic() + _GIVE_UP_SECONDS
        while any(len(person.kept) <= known for person, known in zip(self.people, before, strict=True)):
            said = [(person.said, person.exceptions) for person in self.people]
            assert not self._failed and time.monotonic() < until, f"somebody cannot go on: {self._failed} {said}"
            time.sleep(0.05)

    def leave(self) -> None:
        """Let them finish what they do."""
        self._stop.set()
        self._thread.join()


def found_after(what: str, kills: int, minutes: float, count: int, draw: random.Random) -> dict:
    """Kill something while people compose and keep, so often and so long at most; return what was found."""
    from musegen.library import library

    backing, kill = _begun(what, draw)
    times = 0
    try:
        with Serving(2, free_port(), address="127.0.0.1") as serving:
            stop = threading.Event()
            looking = threading.Thread(target=serving.look_after, args=(threading.Event(), stop))
            looking.start()
            people = People(f"127.0.0.1:{serving.proxy.port}", count)
            try:
                people.everybody_keeps_one_more()
                until = time.monotonic() + 60 * minutes
                while times < kills and time.monotonic() < until:
                    time.sleep(draw.uniform(0, 3))
                    kill(serving)
                    people.everybody_keeps_one_more()
                    times += 1
            finally:
                people.leave()
                stop.set()
                looking.join()
        kept = [(person.owner, take_id) for person in people.people for take_id in person.kept]
        lost = [take_id for owner, take_id in kept if not _is_whole(library, owner, take_id)]
    finally:
        backing()
    away = [seconds for person in people.people for seconds in person.away]
    return {
        "killed": what,
        "times": times,
        "kept": len(kept),
        "lost": len(lost),
        "connections": sum(person.lost for person in people.people),
        "away": f"{median(away):.1f} / {max(away):.1f}" if away else "",
        "sentences": sum(sum(person.said.values()) for person in people.people),
        "no_sentences": [words for person in people.people for words in person.exceptions],
        "said": {words for person in people.people for words in person.said},
    }


def _is_whole(library: object, owner: str, take_id: str) -> bool:
    from musegen.errors import LibraryError

    try:
        return any(track.notes for track in library.get_take(owner, take_id).piece.tracks)
    except LibraryError:
        return False


def _begun(what: str, draw: random.Random) -> tuple[Callable[[], None], Callable[[Serving], None]]:
    """Start what stands behind the app; return what ends it and what kills."""
    if what == "postgres":
        from tests.postgres import Postgres

        server = Postgres()
        os.environ["MUSEGEN_STORE"] = server.address

        def restart(serving: Serving) -> None:
            server.kill()
            time.sleep(draw.uniform(0, 2))
            server.start()

        return server.end, restart
    if what == "ray":
        from tests.ray_cluster import RayNodes

        nodes = RayNodes()
        os.environ["MUSEGEN_RUNNER"] = nodes.attached

        def another(serving: Serving) -> None:
            nodes.kill(draw.choice(nodes.nodes).node_id)
            nodes.add()

        return nodes.end, another
    if what == "proxy":
        return lambda: None, lambda serving: serving._haproxy.kill()
    return lambda: None, lambda serving: os.kill(draw.choice(serving.processes).pid, signal.SIGKILL)


def main() -> None:
    """Print what was found as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", nargs="+", choices=WHAT, default=list(WHAT))
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of killing one thing, at most")
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    logging.getLogger("musegen").setLevel(logging.ERROR)  # that something ended and is started again is what is wanted
    print("| killed | times | takes kept | lost | connections lost | seconds away, median / most | sentences shown | "
          "no sentence |\n|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)  # fmt: skip
    for what in asked.what:
        with tempfile.TemporaryDirectory() as home:
            os.environ.update(MUSEGEN_HOME=home, MUSEGEN_SOUNDS="asked", STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE="true")
            for name in ("MUSEGEN_STORE", "MUSEGEN_RUNNER"):
                os.environ.pop(name, None)
            found = found_after(what, asked.kills, asked.minutes, asked.people, random.Random(asked.seed))
        print(f"| {found['killed']} | {found['times']} | {found['kept']} | {found['lost']} | {found['connections']} | "
              f"{found['away']} | {found['sentences']} | {len(found['no_sentences'])} |", flush=True)  # fmt: skip
        for words in sorted(found["said"] | set(found["no_sentences"])):
            print(f"  said: {words}", flush=True)


if __name__ == "__main__":
    main()
