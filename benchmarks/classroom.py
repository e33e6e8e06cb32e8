"""How long people wait for a take when several compose at once, by Streamlit's own protocol.

    python -m benchmarks.classroom [--people 1 5 20] [--seconds 30] [--pause 5] [--styles folk ...] [--as-shipped]

Starts the app as the README says, lets each person open the Compose page in a style and press Compose about every
five seconds, and prints for each number of people the seconds from the press to the new take (median and 95th
percentile), the processor seconds of the server a take, and what went wrong. With --as-shipped the server does not
freeze what it has imported, as before it was found that collecting garbage after each rerun is what stops a class.
"""

import argparse
import asyncio
import itertools
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from benchmarks.server import served
from musegen.styles import list_styles

_PATIENCE = 90.0
_SETTLING = 5.0
"""Seconds after which the server has imported in the background what it is to import."""


def used(process: subprocess.Popen) -> tuple[float, float]:
    """Return (processor seconds, megabytes resident) of a process."""
    parts = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(parts[11]) + int(parts[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(parts[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass
class Person:
    """Somebody with the Compose page open.

    Args:
        host: name and port of the server.
        style_id: in which takes are composed.
        waits: seconds from each press to its take.
        errors: what went wrong, in words.
    """

    host: str
    style_id: str
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def compose(self, until: float, pause: float) -> None:
        """Open the page and press Compose again and again, `pause` seconds between two presses, until a time."""
        async with connect(
            f"ws://{self.host}/_stcore/stream", subprotocols=["streamlit"], max_size=None
        ) as self._socket:
            self._ids, self._shown, self._polled = {}, None, ""
            await self._run()
            await self._finish()
            await self._run(style=self.style_id)
            await self._finish()
            while time.monotonic() < until:
                begun, before = time.monotonic(), self._shown
                await self._run(pressed=True)
                if not await self._new_take(before):
                    self.errors.append("no take came")
                    return
                self.waits.append(time.monotonic() - begun)
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

    async def _new_take(self, before: int | None) -> bool:
        """Follow the page until it shows another take; polls what the page polls."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            await self._finish(end - time.monotonic())
            if self._shown != before:
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
            elif kind == "script_finished" and message.script_finished not in (ForwardMsg.FINISHED_EARLY_FOR_RERUN,):
                return

    def _see(self, element) -> None:
        kind = element.WhichOneof("type")
        if kind == "button" and element.button.label == "Compose":
            self._ids["compose"] = element.button.id
        elif kind == "button_group" and element.button_group.label == "Style":
            self._ids["style"] = element.button_group.id
        elif kind == "bidi_component" and element.bidi_component.component_name == "musegen_stage":
            self._shown = hash(element.bidi_component.SerializeToString())
        elif kind == "exception":
            self.errors.append(element.exception.message)


def measure(people: int, seconds: float, pause: float, styles: list[str], *, frozen: bool) -> dict[str, float]:
    """Return the figures of a number of people who compose at once."""
    unsettled = {} if frozen else {"MUSEGEN_UNSETTLED": "1"}
    with served(MUSEGEN_SOUNDS="asked", **unsettled) as (address, process):
        time.sleep(_SETTLING)
        crowd = [
            Person(address.removeprefix("http://"), style)
            for style, _ in zip(itertools.cycle(styles), range(people), strict=False)
        ]

        async def everybody() -> None:
            until = time.monotonic() + seconds
            done = await asyncio.gather(*(person.compose(until, pause) for person in crowd), return_exceptions=True)
            for person, outcome in zip(crowd, done, strict=True):
                if isinstance(outcome, BaseException):
                    person.errors.append(repr(outcome))

        asyncio.run(everybody())
        cpu, memory = used(process)
    waits = np.array([wait for person in crowd for wait in person.waits] or [np.nan])
    errors = [error for person in crowd for error in person.errors]
    if errors:
        print(f"  {len(errors)} errors, the first: {errors[0][:200]}")
    return {
        "people": people,
        "takes": int(np.isfinite(waits).sum()),
        "median_seconds": float(np.median(waits)),
        "percentile_95_seconds": float(np.percentile(waits, 95)),
        "processor_seconds_a_take": cpu / max(int(np.isfinite(waits).sum()), 1),
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
    parser.add_argument("--as-shipped", action="store_true")
    asked = parser.parse_args()
    print("people | takes | median s | 95 % s | processor s a take | MB | errors")
    for people in asked.people:
        found = measure(people, asked.seconds, asked.pause, asked.styles, frozen=not asked.as_shipped)
        seconds = f"{found['median_seconds']:8.2f} | {found['percentile_95_seconds']:6.2f}"
        cost = f"{found['processor_seconds_a_take']:18.2f} | {found['megabytes']:4.0f}"
        print(f"{people:6} | {found['takes']:5} | {seconds} | {cost} | {found['errors']}", flush=True)


if __name__ == "__main__":
    main()
