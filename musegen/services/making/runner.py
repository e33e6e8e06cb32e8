"""Where jobs run: a port, and threads of this process behind it, fair to all who wait.

Runner, ThreadRunner. What starts a job knows the port alone. Each thread has the work of its job done by a
`cores.Call`: in the thread itself, or on a core of another machine, for which the thread waits then.
"""

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict, deque

from musegen.languages import message
from musegen.services.making.background import Job
from musegen.services.making.cores import Call, here


class Runner(ABC):
    """Runs jobs, some at a time; the others wait for their turn."""

    @abstractmethod
    def submit(self, job: Job, owner: str) -> None:
        """Have a job run and return at once; where too many wait it ends now, with a sentence in its `error`.

        Args:
            job: what to do; its `waits` tells from then on how many begin before it.
            owner: whose it is; who has many jobs waits behind those who have few.
        """

    @abstractmethod
    def place(self, job: Job) -> int:
        """Return how many jobs begin before this one; 0 for the next one, and for one that has begun."""


class ThreadRunner(Runner):
    """Threads of this process, started when they are first needed. Owners take turns, a job each.

    Args:
        num_threads: jobs that run at the same time.
        name: of the threads, for the log.
        max_waiting: jobs that may wait; more are refused.
        max_of_owner: jobs of one owner that may wait, so that nobody fills the places of all others.
        call: where work is done.
    """

    def __init__(
        self, num_threads: int, name: str, max_waiting: int = 200, max_of_owner: int = 8, *, call: Call = here
    ) -> None:
        self._num_threads, self._name, self._max_waiting, self._call = num_threads, name, max_waiting, call
        self._max_of_owner = max_of_owner
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._change = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0

    def submit(self, job: Job, owner: str) -> None:
        """Have a job run, as `Runner.submit`; stopped jobs that wait make room first."""
        with self._change:
            self._drop_stopped()
            if self._num_waiting() >= self._max_waiting:
                job.refuse(
                    message("Too many people have asked for something at this moment; wait a minute and ask again.")
                )
                return
            if len(self._waiting.get(owner, ())) >= self._max_of_owner:
                job.refuse(message("You have asked for many things at once already; wait until some of them are done."))
                return
            job.queued(lambda: self.place(job))
            self._waiting.setdefault(owner, deque()).append(job)
            if self._num_waiting() > self._idle and len(self._threads) < self._num_threads:
                name = f"{self._name} {len(self._threads) + 1}"
                self._threads.append(threading.Thread(target=self._run, name=name, daemon=True))
                self._threads[-1].start()
            self._change.notify()

    def place(self, job: Job) -> int:
        """Return how many jobs begin before this one."""
        with self._change:
            self._drop_stopped()
            queues = list(self._waiting.values())
            for turn, queue in enumerate(queues):
                if job in queue:
                    depth = queue.index(job)
                    return sum(min(len(other), depth + (place < turn)) for place, other in enumerate(queues))
        return 0

    def _num_waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _drop_stopped(self) -> None:
        """Let go of jobs that were stopped while they waited; they end as `Job.run` ends a stopped job."""
        for owner, queue in list(self._waiting.items()):
            for job in [job for job in queue if job.cancelled]:
                queue.remove(job)
                job.run()
            if not queue:
                del self._waiting[owner]

    def _next(self) -> Job:
        with self._change:
            self._idle += 1
            while not self._waiting:
                self._change.wait()
            self._idle -= 1
            owner, queue = self._waiting.popitem(last=False)
            job = queue.popleft()
            if queue:
                self._waiting[owner] = queue  # behind all others
            return job

    def _run(self) -> None:
        while True:
            self._next().run(self._call)
