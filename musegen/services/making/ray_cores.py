"""Cores of a Ray cluster, for all servers of one program together: RayCores. See https://docs.ray.io/en/latest/.

Each core of each machine of the cluster is an actor (`cores.Core`) that all servers know by its name, so that styles
are open once a core. Machines may come and go: what a lost one was at is done again by another, since the same request
gives the same take; where none is left, or the cluster does not answer, it is done here.
"""

import contextlib
import logging
import secrets
import threading
import time
from collections import Counter
from typing import Any

from musegen.errors import MusegenError
from musegen.services.making.cores import (
    BrokenWorkError,
    Cancelled,
    Core,
    Progress,
    Work,
    answer_of,
    here,
    program_version,
)

TRIES = 4
"""How often a piece of work is given to a core before it is done here."""

PAUSE_SECONDS = 30.0
"""After which a cluster that did not answer is looked for again."""

_LOOK_SECONDS = 5.0  # after which machines that came are seen
_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 30.0  # in which a core that is well says how far it is
_START_SECONDS = 1.0  # in which cores that begin are waited for before machines are looked for again
_log = logging.getLogger(__name__)


class RayCores:
    """The cores of a cluster. Nobody waits for it to be found: what is asked for until then is done here.

    Args:
        address: as Ray writes it: "ray://host:10001" of the machine at the head, or, where this machine is a node
            itself, "host:6379".
        at_once: pieces of work that are done here at one time, where it comes to that.
    """

    def __init__(self, address: str, at_once: int = 2) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._seeking = threading.Lock()
        self._few = threading.Semaphore(at_once)
        self._ray: Any = None
        self._cores: dict[str, Any] = {}
        self._busy: Counter[str] = Counter()
        self._starting: dict[str, tuple[Any, Any]] = {}
        self._refused: set[str] = set()  # machines with another program
        self._look_at = float("-inf")

    def count(self) -> int:
        """Return how many cores are known at this moment."""
        self._look()
        with self._lock:
            return len(self._cores)

    def call(self, work: Work, arguments: tuple[Any, ...], progress: Progress, cancelled: Cancelled) -> Any:
        """Have work done by the core that has least to do; see `cores.Call`."""
        for _ in range(TRIES):
            name, core = self._take()
            if core is None:
                break
            try:
                return answer_of(self._asked(core, work, arguments, progress, cancelled))
            except (MusegenError, BrokenWorkError):
                raise
            except Exception as error:  # whatever a lost machine, core or connection looks like
                _log.warning("%s was lost, what it did is done again: %s", name, type(error).__name__)
                with self._lock:
                    self._cores.pop(name, None)
                    self._look_at = float("-inf")
            finally:
                with self._lock:
                    self._busy[name] -= 1
        with self._few:
            return here(work, arguments, progress, cancelled)

    def busy(self) -> dict[str, int]:
        """Return how much work of this program each core has; its name says the beginning of its node's id."""
        with self._lock:
            return {name: self._busy[name] for name in self._cores}

    def refused(self) -> frozenset[str]:
        """Return the machines that have another program."""
        return frozenset(self._refused)

    def close(self) -> None:
        """Leave the cluster."""
        with self._seeking, self._lock:
            self._look_at = float("inf")
            self._cores.clear()
            if self._ray is not None:
                self._ray.shutdown()
                self._ray = None

    def _asked(
        self, core: Any, work: Work, arguments: tuple[Any, ...], progress: Progress, cancelled: Cancelled
    ) -> tuple[str, Any]:
        ray, key = self._ray, secrets.token_hex(8)
        answer = core.do.remote(key, work, arguments)
        stopped = False
        while not ray.wait([answer], timeout=_POLL_SECONDS)[0]:
            progress(ray.get(core.share.remote(key), timeout=_ANSWER_SECONDS))
            if cancelled() and not stopped:
                stopped = True
                core.stop.remote(key)
        return ray.get(answer, timeout=_ANSWER_SECONDS)

    def _take(self) -> tuple[str, Any]:
        self._look()
        with self._lock:
            if not self._cores:
                return "", None
            name = min(self._cores, key=lambda each: (self._busy[each], secrets.randbelow(1000)))
            self._busy[name] += 1
            return name, self._cores[name]

    def _look(self) -> None:
        """See which machines are there, now and then, while others go on with those that are known."""
        if time.monotonic() >= self._look_at and self._seeking.acquire(blocking=False):
            threading.Thread(target=self._seek, name="cores", daemon=True).start()

    def _seek(self) -> None:
        try:
            if self._ray is None or not self._ray.is_initialized():
                self._ray = _connected(self._address)
            self._see()
            self._look_at = time.monotonic() + (0.0 if self._starting else _LOOK_SECONDS)
        except Exception as error:  # every way in which a cluster is not there
            _log.warning("the Ray cluster does not answer, so work is done here: %s: %s", type(error).__name__, error)
            with self._lock:
                self._cores.clear()
            self._starting.clear()
            self._look_at = time.monotonic() + PAUSE_SECONDS
            if self._ray is not None:
                with contextlib.suppress(Exception):
                    self._ray.shutdown()
                self._ray = None
        finally:
            self._seeking.release()

    def _see(self) -> None:
        there = {
            f"core-{node['NodeID'][:12]}-{number}": node["NodeID"]
            for node in self._ray.nodes()
            if node["Alive"] and node["NodeID"] not in self._refused
            for number in range(int(node["Resources"].get("CPU", 0)))
        }
        with self._lock:
            known = self._cores = {name: core for name, core in self._cores.items() if name in there}
        self._starting = {name: begun for name, begun in self._starting.items() if name in there and name not in known}
        for name in set(there) - set(known) - set(self._starting):
            core = self._started(name, there[name])
            self._starting[name] = core, core.version.remote()
        asked = {answer: name for name, (_, answer) in self._starting.items()}
        ready = self._ray.wait(list(asked), num_returns=len(asked), timeout=_START_SECONDS)[0] if asked else ()
        for answer in ready:  # the others may lie on a machine that is lost: nobody waits for them
            name = asked[answer]
            core, _ = self._starting.pop(name)
            try:
                version = self._ray.get(answer, timeout=_ANSWER_SECONDS)
            except Exception as error:  # it is gone again, or cannot load the program
                _log.warning("%s does not start: %s: %s", name, type(error).__name__, error)
                continue
            if version == program_version():
                with self._lock:
                    self._cores[name] = core
            elif there[name] not in self._refused:
                _log.warning("machine %s has another Musegen and is left alone", there[name])
                self._refused.add(there[name])

    def _started(self, name: str, node: str) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        kind = self._ray.remote(num_cpus=1, max_concurrency=4)(Core)
        strategy = NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        return kind.options(name=name, get_if_exists=True, scheduling_strategy=strategy).remote()


def _connected(address: str) -> Any:
    """Connect to a cluster and return Ray; where Ray is not installed, that is one of the ways not to find one."""
    import ray

    ray.init(address, namespace=f"musegen-{program_version()}", log_to_driver=False, logging_level=logging.ERROR)
    return ray
