"""How long people wait for a take when several compose at once, by Streamlit's own protocol.

    python -m benchmarks.classroom [--people 1 5 20] [--seconds 30] [--pause 5] [--styles folk ...] [--processes N]
        [--stay SECONDS] [--as-shipped]

Starts the app as the README says, or so many processes behind HAProxy as `python3 run.py serve` does; lets each person
open the Compose page in a style and press Compose about every five seconds, and prints for each number of people the
seconds from the press to the new take (median and 95th percentile), the processor seconds of the server a take, its
memory, and what went wrong. What is measured begins when everybody has the page; what that cost is told first. With
--stay people leave after so many seconds and others come, and the memory is printed minute by minute. Whoever is shown
a take that another was shown as made of something else is an error. With --as-shipped the server does not freeze what
it has imported, as before it was found that collecting garbage after each rerun is what stops a class.
"""

import argparse
import asyncio
import itertools
import json
import math
import os
import re
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from benchmarks.server import served
from musegen.services.serving.processes import Serving, free_port
from musegen.styles import list_styles

_PATIENCE = 90.0
_SETTLING = 5.0
"""Seconds after which the server has imported in the background what it is to import."""


_NUMBER = re.compile(r"random number (\d+)")


def used(processes: list[subprocess.Popen]) -> tuple[float, float]:
    """Return (processor seconds, megabytes resident) of processes together."""
    ticks = pages = 0
    for process in processes:
        parts = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(parts[11]) + int(parts[12])
        pages += int(parts[21])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass
class Shown:
    """What each music was said to be made of (style, seed, length, random number), and whose it was first.

    Args:
        first: (words, person) by the key of the score.
    """

    first: dict[str, tuple[str, int]] = field(default_factory=dict)

    def wrong(self, key: str, words: str, person: int) -> str:
        """Return what is wrong with a take that somebody is shown, "" for nothing."""
        known, other = self.first.setdefault(key, (words, person))
        return "" if known == words else f"person {person} was shown a take of person {other}"


class Begin:
    """Opens when everybody has come, or has failed to.

    Args:
        people: how many are expected.
        processes: whose processor time is noted then.
    """

    def __init__(self, people: int, processes: list[subprocess.Popen]) -> None:
        self._missing, self._processes = set(range(people)), processes
        self.opened = asyncio.Event()
        self.at, self.cpu = math.inf, 0.0

    def come(self, index: int) -> None:
        """Note that somebody is there."""
        self._missing.discard(index)
        if not self._missing and not self.opened.is_set():
            self.at, self.cpu = time.monotonic(), used(self._processes)[0]
            self.opened.set()


@dataclass
class Person:
    """Somebody with the Compose page open.

    Args:
        host: name and port of the server.
        style_id: in which takes are composed.
        index: tells people apart.
        shown: what all people were shown.
        waits: seconds from each press to its take.
        errors: what went wrong, in words.
    """

    host: str
    style_id: str
    index: int = 0
    shown: Shown = field(default_factory=Shown)
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def compose(self, begin: Begin, seconds: float, pause: float, stay: float = float("inf")) -> None:
        """Come, press Compose again and again, leave after `stay` seconds, and come as somebody else.

        Args:
            begin: opens when everybody has come.
            seconds: after that, in which takes are composed.
            pause: seconds between two presses.
            stay: seconds.
        """
        try:
            await self._visit(begin, min(seconds, stay), pause)
            end = begin.at + seconds
            while (left := end - time.monotonic()) > 0:
                await self._visit(begin, min(left, stay), pause)
        finally:
            begin.come(self.index)

    async def _visit(self, begin: Begin, seconds: float, pause: float) -> None:
        known = {"Cookie": f"musegen_owner={secrets.token_urlsafe(24)}"}
        async with connect(
            f"ws://{self.host}/_stcore/stream", subprotocols=["streamlit"], max_size=None, additional_headers=known,
            open_timeout=_PATIENCE,
        ) as self._socket:  # fmt: skip
            self._ids, self._key, self._number, self._words, self._polled = {}, None, "", "", ""
            await self._run()
            await self._finish()
            await self._run(style=self.style_id)
            await self._finish()
            begin.come(self.index)
            await begin.opened.wait()
            await asyncio.sleep(pause * secrets.randbelow(1000) / 1000)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                begun, before = time.monotonic(), self._number
                await self._run(pressed=True)
                if not await self._new_take(before):
                    self.errors.append("no take came")
                    return
                self.waits.append(time.monotonic() - begun)
                wrong = self.shown.wrong(self._key or "", self._words, self.index)
                if wrong:
                    self.errors.append(wrong)
                await asyncio.sleep(max(pause - (time.monotonic() - begun), 0.1))

    async def _run(self, *, style: str = "", pressed: bool = False, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.fragment_id = fragment
        if "style" in self._ids:
            widget = state.widget_states.widgets.add(id=self._ids["style"])
            widget.string_array_value.data.append(style or self.style_id)
        if pressed:
            state.widget_states.widgets.add(id=self._ids["compose"], trigger_value=True)
        await self._socket.send(message.SerializeToString())

    async def _new_take(self, before: str) -> bool:
        """Follow the page until it shows a take of another random number; polls what the page polls."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            await self._finish(end - time.monotonic())
            if self._number != before:
                return True
            await asyncio.sleep(0.25)
            await self._run(fragment=self._polled)
        return False

    async def _finish(self, patience: float = _PATIENCE) -> None:
        """Read what the server sends until the script has run."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(self._socket.recv(), patience))
            kind = message.WhichOneof("type")
            if kind == "auto_rerun":
                self._polled = message.auto_rerun.fragment_id
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._see(message.delta.new_element)
            elif kind == "delta" and message.delta.WhichOneof("type") == "add_block":
                self._see_block(message.delta.add_block)
            elif kind == "script_finished" and message.script_finished not in (ForwardMsg.FINISHED_EARLY_FOR_RERUN,):
                return

    def _see_block(self, block) -> None:
        """See what holds elements; nothing of it is looked at here."""

    def _see(self, element) -> None:
        kind = element.WhichOneof("type")
        if kind == "button" and element.button.label == "Compose":
            self._ids["compose"] = element.button.id
        elif kind == "button_group" and element.button_group.label == "Style":
            self._ids["style"] = element.button_group.id
        elif kind == "bidi_component" and element.bidi_component.component_name.startswith("musegen_stage"):
            self._key = json.loads(element.bidi_component.json)["score"]["key"]
        elif kind == "markdown" and (found := _NUMBER.search(element.markdown.body)):
            self._number, self._words = found[1], element.markdown.body
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.errors.append(element.alert.body)
        elif kind == "exception":
            self.errors.append(element.exception.message)


@contextmanager
def running(num_processes: int, *, frozen: bool) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Serve the app; yield name and port where it is, and its processes (one is not behind a proxy)."""
    known = {"MUSEGEN_SOUNDS": "asked"} | ({} if frozen else {"MUSEGEN_UNSETTLED": "1"})
    if num_processes == 1:
        with served(**known) as (address, process):
            yield address.removeprefix("http://"), [process]
        return
    with tempfile.TemporaryDirectory() as empty:
        os.environ.update(known, MUSEGEN_HOME=empty)
        with Serving(num_processes, free_port(), address="127.0.0.1") as serving:
            yield f"127.0.0.1:{serving.proxy.port}", serving.processes


async def _minutes(processes: list[subprocess.Popen], crowd: list[Person]) -> None:
    """Print the memory and how long people wait, minute by minute."""
    seen = 0
    for minute in itertools.count():
        waits = [wait for person in crowd for wait in person.waits]
        new, seen = sorted(waits)[len(waits) // 2 :][:1], len(waits)
        cpu, memory = used(processes)
        errors = sum(len(person.errors) for person in crowd)
        middle = f"{new[0]:.2f}" if new else "none"
        print(f"  minute {minute}: {memory:.0f} MB, {seen} takes, median wait so far {middle} s, "
              f"{cpu:.0f} processor seconds, {errors} errors", flush=True)  # fmt: skip
        await asyncio.sleep(60)


def measure(
    people: int, seconds: float, pause: float, styles: list[str], *, frozen: bool, num_processes: int = 1,
    stay: float = float("inf"),
) -> dict[str, float]:  # fmt: skip
    """Return the figures of a number of people who compose at once."""
    with running(num_processes, frozen=frozen) as (host, processes):
        time.sleep(_SETTLING)
        shown = Shown()
        crowd = [
            Person(host, style, index, shown)
            for style, index in zip(itertools.cycle(styles), range(people), strict=False)
        ]
        came, before = time.monotonic(), used(processes)[0]

        async def everybody() -> Begin:
            begin = Begin(people, processes)
            watching = asyncio.create_task(_minutes(processes, crowd)) if stay < seconds else None
            done = await asyncio.gather(
                *(person.compose(begin, seconds, pause, stay) for person in crowd), return_exceptions=True
            )
            for person, outcome in zip(crowd, done, strict=True):
                if isinstance(outcome, BaseException):
                    person.errors.append(repr(outcome))
            if watching:
                watching.cancel()
            return begin

        begin = asyncio.run(everybody())
        cpu, memory = used(processes)
    waits = np.array([wait for person in crowd for wait in person.waits] or [np.nan])
    errors = [error for person in crowd for error in person.errors]
    if errors:
        print(f"  {len(errors)} errors, the first: {errors[0][:200]}")
    return {
        "people": people,
        "takes": int(np.isfinite(waits).sum()),
        "median_seconds": float(np.median(waits)),
        "percentile_95_seconds": float(np.percentile(waits, 95)),
        "seconds_to_open": begin.at - came,
        "processor_seconds_a_page": (begin.cpu - before) / people,
        "processor_seconds_a_take": (cpu - begin.cpu) / max(int(np.isfinite(waits).sum()), 1),
        "megabytes": memory,
        "errors": len(errors),
    }


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--pause", type=float, default=5.0)
    parser.add_argument("--styles", nargs="+", default=[card.style_id for card in list_styles()])
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--stay", type=float, default=float("inf"))
    parser.add_argument("--as-shipped", action="store_true")
    asked = parser.parse_args()
    print("people | all there s | processor s a page | takes | median s | 95 % s | processor s a take | MB | errors")
    for people in asked.people:
        found = measure(people, asked.seconds, asked.pause, asked.styles, frozen=not asked.as_shipped,
                        num_processes=asked.processes, stay=asked.stay)  # fmt: skip
        seconds = f"{found['median_seconds']:8.2f} | {found['percentile_95_seconds']:6.2f}"
        cost = f"{found['processor_seconds_a_take']:18.2f} | {found['megabytes']:4.0f}"
        opened = f"{found['seconds_to_open']:11.1f} | {found['processor_seconds_a_page']:18.2f}"
        print(f"{people:6} | {opened} | {found['takes']:5} | {seconds} | {cost} | {found['errors']}", flush=True)


if __name__ == "__main__":
    main()
