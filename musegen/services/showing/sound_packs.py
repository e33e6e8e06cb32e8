"""Packs of sounds: made once, by threads of their own, the most wanted first; kept in memory and among the blobs.

Place, ASKED, SHOWN, STOCK, PackMaker.
"""

import heapq
import itertools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from typing import NamedTuple

from musegen.library import blobs
from musegen.library.blob_store import Blobs
from musegen.rendering.audio import Keys
from musegen.rendering.sample_pack import unpacked

MAX_PACK_BYTES = 48 * 2**20
"""Memory for packs; an octave of a piano takes about 180 kB."""

ASKED, SHOWN, STOCK = 0, 1, 2
"""How much a pack is wanted: somebody waits for it, music with its notes is on a page, or it may come in useful."""

_IDLE_SECONDS = 5.0  # for which a thread waits for more to make before it frees its synthesiser


class Place(NamedTuple):
    """Which pack: of which version of the sounds, its name ("p0-5"), and the format of its sound file."""

    version: str
    name: str
    audio_format: str


class PackMaker:
    """Makes and keeps packs; threads may share it. Two who want a pack never make it twice."""

    def __init__(
        self, make: Callable[[Place, Keys], bytes], num_threads: int | None = None, kept: Blobs = blobs
    ) -> None:
        """Start no thread yet.

        Args:
            make: makes a pack with a synthesiser that is kept for the next.
            num_threads: how many packs that somebody waits for are made at once; by default as many as there are
                processors, 2 to 4. Of the others one is made at a time, and only while nobody waits.
            kept: where packs are kept when the program ends.
        """
        self._make, self._kept = make, kept
        self._num_threads = num_threads or max(2, min(os.cpu_count() or 2, 4))
        self._packs: OrderedDict[Place, bytes] = OrderedDict()
        self._changed = threading.Condition()
        self._jobs: dict[Place, Future[bytes]] = {}  # waiting or being made
        self._begun: set[Place] = set()  # being made
        self._waiting: list[tuple[int, int, Place]] = []  # a heap; what has begun since is passed over
        self._numbers = itertools.count()
        self._threads = self._resting = 0

    def get(self, place: Place) -> bytes:
        """Return a pack from memory, from disk, or made now, before all that nobody waits for.

        Raises:
            RenderingError: no synthesiser or sound font is installed.
        """
        return self._known(place) or self._known(place, self._read(place)) or self._want(place, ASKED).result()

    def ahead(self, place: Place, wanted: int) -> "Future[bytes] | None":
        """Have a pack made if there is none; return None where there is, else what comes of it."""
        if self._known(place):
            return None
        return None if self._kept.has(_name(place)) else self._want(place, wanted)

    def forget(self) -> None:
        """Forget the packs kept in memory."""
        with self._changed:
            self._packs.clear()

    def _read(self, place: Place) -> bytes | None:
        """Return a pack that was kept, None where there is none or it is damaged."""
        data = self._kept.get(_name(place))
        try:
            unpacked(data or b"")
        except ValueError:
            return None
        return data

    def _known(self, place: Place, found: bytes | None = None) -> bytes | None:
        """Return a pack from memory, where it is put if it was found elsewhere."""
        with self._changed:
            if found is not None:
                self._packs[place] = found
                while sum(map(len, self._packs.values())) > MAX_PACK_BYTES and len(self._packs) > 1:
                    self._packs.popitem(last=False)
            if place in self._packs:
                self._packs.move_to_end(place)
            return self._packs.get(place)

    def _want(self, place: Place, wanted: int) -> "Future[bytes]":
        with self._changed:
            job = self._jobs.get(place)
            if job is None:
                job = self._jobs[place] = Future()
                if place in self._packs:  # it has come meanwhile
                    job.set_result(self._packs[place])
                    return self._jobs.pop(place)
            if place not in self._begun:
                heapq.heappush(self._waiting, (wanted, next(self._numbers), place))
                if len(self._jobs) - len(self._begun) > self._resting and self._threads < self._num_threads:
                    self._threads += 1
                    threading.Thread(target=self._work, name="sounds", daemon=True).start()
                self._changed.notify_all()
            return job

    def _due(self) -> Place | None:
        """Return what is to be made now, or None; with the lock held."""
        while self._waiting:
            wanted, _, place = self._waiting[0]
            if place in self._jobs and place not in self._begun:
                return place if wanted == ASKED or not self._begun else None
            heapq.heappop(self._waiting)  # it was wanted twice
        return None

    def _work(self) -> None:
        """Make what is wanted until nothing is for a while."""
        with closing(Keys()) as keys:
            version = None
            while True:
                with self._changed:
                    self._resting += 1
                    place = self._changed.wait_for(self._due, _IDLE_SECONDS)
                    self._resting -= 1
                    if not place:
                        self._threads -= 1
                        return
                    self._begun.add(place)
                if place.version != version:  # of another sound font, perhaps
                    keys.close()
                    version = place.version
                self._fill(place, keys)

    def _fill(self, place: Place, keys: Keys) -> None:
        data: bytes | None = None
        trouble: Exception | None = None
        try:
            data = self._make(place, keys)
        except Exception as error:  # it is theirs who wait
            trouble = error
            keys.close()
        if data is not None:
            self._known(place, data)
            self._kept.put(_name(place), data)
        with self._changed:
            job = self._jobs.pop(place)
            self._begun.remove(place)
            self._changed.notify_all()
        if data is not None:
            job.set_result(data)
        else:
            job.set_exception(trouble)


# ------------------------------------------------------------------------------------------------------- kept


def _name(place: Place) -> str:
    return f"sounds/{place.version}/{place.name}.{place.audio_format}.pack"
