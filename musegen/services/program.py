"""What one running program has for all who use it, made once and handed down: Program.

Nothing else of a process outlives a call, but for what can be worked out again (caches of pure functions) and the
stores of `musegen.library`; a rule of the architecture test sees to it.
"""

from collections.abc import Callable

from musegen import files
from musegen.files.confined import ConfinedReader
from musegen.library import desks
from musegen.services.keeping.results import Results
from musegen.services.making.jobs import ComposeQueue
from musegen.services.making.live import LiveLoop
from musegen.services.making.runner import Runner, ThreadRunner
from musegen.services.showing.files_offered import OfferedFiles
from musegen.services.showing.sounds import Sounds
from musegen.services.training.runs import Trainings


class Program:
    """The machinery behind all sessions of this process.

    Attributes:
        composing: the queue of what is composed.
        live: the sessions whose pages ask for takes themselves.
        listening: where recordings are listened to; each job holds its recording, up to 24 MB.
        measuring: where music is measured, one at a time.
        trainings: the queue of what is trained.
        checking: where files to learn from are looked at, one musician's at a time.
        excerpting: where the excerpts of listening tests are made, one at a time.
        results: what was composed, by id.
        sounds: what pages play with.
        files: what can be downloaded.
        read: reads strangers' files, given name and content, as `files.read_with_remarks`.
    """

    def __init__(self) -> None:
        self.composing = ComposeQueue()
        self.live = LiveLoop(self.composing)
        self.listening: Runner = ThreadRunner(2, "listen", max_waiting=20)
        self.measuring: Runner = ThreadRunner(1, "evaluate")
        self.trainings = Trainings()
        self.checking: Runner = ThreadRunner(1, "check")
        self.excerpting: Runner = ThreadRunner(1, "listening")
        self.results = Results(desks)
        self.sounds = Sounds()
        self.files = OfferedFiles()
        self.read: Callable[[str, bytes], files.Reading] = files.read_with_remarks

    def confine(self) -> None:
        """Read strangers' files in a process of its own from now on, that can be ended."""
        self.read = ConfinedReader().read
