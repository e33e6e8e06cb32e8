"""What one running program has for all who use it, made once and handed down: Program.

Nothing else of a process outlives a call, but for what can be worked out again (caches of pure functions) and the
stores of `musegen.library`; a rule of the architecture test sees to it.
"""

import os
from collections.abc import Callable

from musegen import files
from musegen.files.confined import ConfinedReader
from musegen.library import desks
from musegen.services.keeping.results import Results
from musegen.services.making.cores import Call, here
from musegen.services.making.jobs import MAX_AT_ONCE, ComposeQueue
from musegen.services.making.live import LiveLoop
from musegen.services.making.ray_cores import RayCores
from musegen.services.making.runner import Runner, ThreadRunner
from musegen.services.showing.files_offered import OfferedFiles
from musegen.services.showing.sounds import Sounds
from musegen.services.training.runs import Trainings

RUNNER_VARIABLE = "MUSEGEN_RUNNER"
"""Names a Ray cluster, "ray://host:10001"; where it is not set, work is done in threads of this process."""

AT_ONCE_ELSEWHERE = 32
"""Jobs of one server that a cluster is given at the same time."""


def _cores() -> tuple[Call, int]:
    """Return where work is done, and how much of it at a time; 0 for as much as is usual here."""
    address = os.environ.get(RUNNER_VARIABLE, "")
    return (RayCores(address, MAX_AT_ONCE).call, AT_ONCE_ELSEWHERE) if address else (here, 0)


class Program:
    """The machinery behind all sessions of this process.

    Attributes:
        cores: where work is done: here, or on a cluster that MUSEGEN_RUNNER names.
        composing: the queue of what is composed.
        live: the sessions whose pages ask for takes themselves.
        listening: where recordings are listened to; each job holds its recording, up to 24 MB.
        measuring: where music is measured, one at a time.
        trainings: the queue of what is trained.
        checking: where files to learn from are looked at, one musician's at a time.
        excerpting: where the excerpts of listening tests are made, one at a time.
        sounding: where sound is made sample by sample, one at a time.
        results: what was composed, by id.
        sounds: what pages play with.
        files: what can be downloaded.
        read: reads strangers' files, given name and content, as `files.read_with_remarks`.
    """

    def __init__(self) -> None:
        self.cores, at_once = _cores()
        self.composing = ComposeQueue(ThreadRunner(at_once or MAX_AT_ONCE, "compose", call=self.cores))
        self.live = LiveLoop(self.composing)
        self.listening: Runner = ThreadRunner(at_once or 2, "listen", max_waiting=20, call=self.cores)
        self.measuring: Runner = ThreadRunner(1, "evaluate", call=self.cores)
        self.trainings = Trainings()
        self.checking: Runner = ThreadRunner(1, "check")
        self.excerpting: Runner = ThreadRunner(1, "listening")
        self.sounding: Runner = ThreadRunner(1, "sound", max_waiting=20)
        self.results = Results(desks)
        self.sounds = Sounds()
        self.files = OfferedFiles()
        self.read: Callable[[str, bytes], files.Reading] = files.read_with_remarks

    def confine(self) -> None:
        """Read strangers' files in a process of its own from now on, that can be ended."""
        self.read = ConfinedReader().read
