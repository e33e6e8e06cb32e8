"""Trainings as a musician has them: begun, paused, gone on with, ended, thrown away; `styles.runs` has the folder.

Trainings, TrainJob, runs_of, free_style_id, check_base. Nothing here imports what trains: that is a process of its own,
which goes on when the page or the server ends.
"""

import contextlib
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

from musegen.composers.registry import get_composer
from musegen.errors import MusegenError, StyleError
from musegen.languages import message
from musegen.paths import PROJECT_DIR
from musegen.services.making.background import Job
from musegen.services.making.runner import Runner, ThreadRunner
from musegen.services.styles import abilities_of, get_style, list_styles
from musegen.services.training.check import Check
from musegen.services.training.estimate import keep_pace
from musegen.styles.runs import (
    DONE,
    ENDED,
    PAUSE,
    PAUSED,
    RUN,
    STOP,
    WAITING,
    WAYS,
    Order,
    Standing,
    TrainingRun,
    list_runs,
    load_run,
    new_run_id,
    runs_dir,
    save_order,
)
from musegen.styles.shelf import is_teaching

MOST_MINUTES = 24 * 60
MOST_TITLE = 60
INTERRUPTED = "interrupted"
"""Nobody is at it, and it is not at its end: the machine stopped, or there was no room on the disk."""
_TRIES = 2
"""How often a process that was ended from outside is started again before the musician is asked."""
_LOOK_SECONDS = 0.5
_DISK_FULL = 28
_log = logging.getLogger(__name__)


class TrainJob(Job):
    """A training on its way: starts the process that trains, and again where it was ended from outside.

    Args:
        run: the training.

    Attributes:
        begun: whether its turn has come, some seconds before the process that trains is at it.
    """

    doing = "training"
    unexpected = message("Something went wrong with the training; press Resume to go on from its last round.")

    def __init__(self, run: TrainingRun) -> None:
        super().__init__()
        self.run_of, self.begun = run, False

    def _work(self) -> None:
        self.begun = True
        for _ in range(_TRIES):
            while self.run_of.is_alive:  # begun by a server before this one
                time.sleep(_LOOK_SECONDS)
            if self._is_over():
                return
            code = self._train()
            if code == _DISK_FULL:
                raise MusegenError("The disk is full. Make room and press Resume; nothing that was finished is lost.")
            if code == 0 or self._is_over():
                self._keep_pace()
                return
        raise MusegenError("The training ended by itself; press Resume to go on from its last round.")

    def _keep_pace(self) -> None:
        standing = self.run_of.standing
        if standing.state == DONE and standing.notes_per_second:
            with contextlib.suppress(MusegenError):  # the style that it went on from may be gone
                keep_pace(get_style(self.run_of.order.base), standing.notes_per_second)

    def _is_over(self) -> bool:
        if not self.run_of.folder.exists():  # thrown away while its process began
            return True
        standing = self.run_of.standing
        return standing.state in ENDED or (self.run_of.wanted == PAUSE and standing.state == PAUSED)

    def _train(self) -> int:
        environment = os.environ | {
            "KERAS_BACKEND": "tensorflow",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(PROJECT_DIR), os.environ.get("PYTHONPATH")))),
        }
        command = [sys.executable, "-m", "musegen.training.own_style", str(self.run_of.folder)]
        with (self.run_of.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
            return process.wait()

    def _words(self) -> str:
        return self.run_of.order.run_id


class Trainings:
    """The trainings that this process takes care of, one at a time; the others wait for their turn.

    Args:
        runner: where the jobs run; a thread of this process by default.
    """

    def __init__(self, runner: Runner | None = None) -> None:
        self._runner = runner or ThreadRunner(1, "train", max_of_owner=200)
        self._jobs: dict[str, TrainJob] = {}
        self._lock, self._beginning = threading.Lock(), threading.Lock()

    def begin(self, check: Check, title: str, way: str = "on", *, minutes: float = 5.0, owner: str = "", **more: Any
              ) -> TrainingRun:  # fmt: skip
        """Ask for a training and return at once; the files are copied, so that they may be moved or changed.

        Args:
            check: of the files; names the style to go on from.
            title: of the style that will be.
            way: of `styles.runs.WAYS`.
            minutes: of learning at most.
            owner: whose it is.
            more: of the `Order`: `note`, `rounds`, `cell`.

        Raises:
            MusegenError: there is too little music, the title is empty, or the disk is full.
        """
        if not check.is_enough:
            raise StyleError(check.expectation())
        if way not in WAYS:
            raise StyleError('There is no way of training "{way}"; choose one of {ways:list}.', way=way, ways=WAYS)
        if is_teaching(check.base) and way != "new":
            raise StyleError(
                "{title} has learned nothing that could be gone on from; let it begin from nothing.",
                title=get_style(check.base).title,
            )
        title = _tidy(title)[:MOST_TITLE]
        if not title:
            raise StyleError("Give the style a name, so that you find it again.")
        if not 0 < minutes <= MOST_MINUTES:
            raise StyleError(
                "The time to learn is {minutes:g} minutes; it must be above 0 and at most {most}.",
                minutes=minutes, most=MOST_MINUTES,
            )  # fmt: skip
        more["note"] = _tidy(more.get("note", ""))[:300]
        order = Order(new_run_id(), title, free_style_id(title), check.base, way, minutes, owner=owner,
                      made_at=time.time(), **more)  # fmt: skip
        folder = runs_dir() / order.run_id
        try:
            (folder / "files").mkdir(parents=True)
            for number, file in enumerate(check.used):
                (folder / "files" / f"{number:03d} {_safe(file.name)}").write_bytes(file.data)
            run = save_order(order, folder)
            run.note(Standing())
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            words = (error.strerror or str(error)).lower()
            raise StyleError(
                "The files cannot be kept ({words}); make room and press Start again.", words=words
            ) from error
        self._submit(run)
        return run

    def same_as(self, check: Check, title: str, way: str, owner: str) -> TrainingRun | None:
        """Return a training of the same files under the same title that has not ended, None where there is none.

        Two windows that press Start, or a command that is given again, then have one training and not two.
        """
        wanted = sorted(file.data for file in check.used)
        for run in runs_of(owner):
            order = run.order
            if (order.title, order.way, order.base) == (_tidy(title)[:MOST_TITLE], way, check.base):
                kept = sorted(path.read_bytes() for path in (run.folder / "files").iterdir())
                if self.state_of(run) not in ENDED and kept == wanted:
                    return run
        return None

    def begin_once(self, check: Check, title: str, way: str = "on", *, minutes: float = 5.0, owner: str = "",
                   **more: Any) -> TrainingRun:  # fmt: skip
        """Ask for a training as `begin`, or return the same one that is on its way already; see `same_as`.

        Two windows that press Start at the same moment wait for each other here.
        """
        with self._beginning:
            found = self.same_as(check, title, way, owner)
            return found or self.begin(check, title, way, minutes=minutes, owner=owner, **more)

    def pause(self, run_id: str) -> None:
        """Let a training rest after its last round; its place on the machine is free then.

        Raises:
            MusegenError: there is no such training.
        """
        run = load_run(run_id)
        if self.state_of(run) in ENDED:
            return
        run.want(PAUSE)
        self._leave_queue(run)

    def stop(self, run_id: str) -> None:
        """End a training with the best that it has learned so far.

        Raises:
            MusegenError: there is no such training.
        """
        run = load_run(run_id)
        if self.state_of(run) in ENDED:
            return
        resting = self.state_of(run) in (PAUSED, INTERRUPTED)
        run.want(STOP)
        if resting:
            run.note(replace(run.standing, state=WAITING))
            self._submit(run)  # it is gone on with, only to be finished

    def go_on(self, run_id: str) -> None:
        """Go on with a training that rests, was interrupted or failed.

        Raises:
            MusegenError: there is no such training.
        """
        run = load_run(run_id)
        run.want(RUN)
        run.note(replace(run.standing, state=WAITING, words=""))
        self._submit(run)

    def throw_away(self, run_id: str) -> None:
        """Forget a training, with its copies of the files; the style that came of it stays.

        Raises:
            MusegenError: there is no such training, or it is being trained and does not stop.
        """
        run = load_run(run_id)
        run.want(PAUSE)
        self._leave_queue(run)
        for _ in range(60):
            if not run.is_alive:
                break
            time.sleep(_LOOK_SECONDS)
        else:
            raise StyleError("The training has not stopped yet; try again in a moment.")
        shutil.rmtree(run.folder, ignore_errors=True)

    def state_of(self, run: TrainingRun) -> str:
        """Return where a training stands: a state of `styles.runs`, or `INTERRUPTED`."""
        state = run.standing.state
        if state in (*ENDED, PAUSED) or run.is_alive:
            return state
        job = self._jobs.get(run.order.run_id)
        return WAITING if job is not None and not job.finished else INTERRUPTED

    def trouble_of(self, run: TrainingRun) -> str:
        """Return why a training was interrupted, a sentence."""
        job = self._jobs.get(run.order.run_id)
        return (job.error if job else None) or message("It was interrupted; press Resume to go on from its last round.")

    def place_of(self, run: TrainingRun) -> int:
        """Return how many trainings end before this one begins; 0 for one that has begun."""
        job = self._jobs.get(run.order.run_id)
        before = job.waits if job is not None else 0
        others = [other for other in list_runs() if other.order.run_id != run.order.run_id]
        return before + any(other.is_alive or self._has_begun(other) for other in others)

    def _has_begun(self, run: TrainingRun) -> bool:
        job = self._jobs.get(run.order.run_id)
        return job is not None and job.begun and not job.finished

    def go_on_with_all(self) -> None:
        """Go on with all trainings that were on their way when the server ended; those that rest go on resting."""
        for run in list_runs():
            if run.standing.state not in (*ENDED, PAUSED) and run.wanted != PAUSE:
                self._submit(run)

    def job_of(self, run: TrainingRun) -> TrainJob | None:
        """Return the job of a training that this process takes care of."""
        return self._jobs.get(run.order.run_id)

    def _submit(self, run: TrainingRun) -> None:
        with self._lock:
            before = self._jobs.get(run.order.run_id)
            if before is not None and not before.finished and not before.cancelled:
                return
            job = self._jobs[run.order.run_id] = TrainJob(run)
        self._runner.submit(job, run.order.owner)

    def _leave_queue(self, run: TrainingRun) -> None:
        """Let a training that only waits for its turn rest at once."""
        job = self._jobs.get(run.order.run_id)
        if not run.is_alive and run.standing.state not in ENDED:
            if job is not None:
                job.cancel()
            with contextlib.suppress(OSError):
                run.note(replace(run.standing, state=PAUSED))


def runs_of(owner: str | None = None) -> list[TrainingRun]:
    """Return the trainings of an owner, or of all, the oldest first."""
    return [run for run in list_runs() if owner is None or run.order.owner == owner]


def free_style_id(title: str) -> str:
    """Return an id for a style of a title that no style and no training has: "my-tunes", "my-tunes-2"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "style"
    taken = {card.style_id for card in list_styles()} | {run.order.style_id for run in list_runs()}
    return next(name for n in range(1, 10_000) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)


def check_base(style_id: str) -> None:
    """Refuse a style that cannot be gone on from.

    Raises:
        StyleError: there is no such style, or it cannot learn from files.
    """
    card = get_style(style_id)
    if not abilities_of(card).own_files:
        raise get_composer(card.composer["name"]).refusal("train", card)


def _tidy(text: str) -> str:
    """Return a text of the musician's as a card may have it: one line, and no braces, which are values elsewhere."""
    return " ".join(text.split()).replace("{", "(").replace("}", ")")


def _safe(name: str) -> str:
    """Return a name of a file as every system takes it, its ending kept."""
    path = Path(name)
    return re.sub(r"[^\w .()-]", "_", path.stem)[:60] + path.suffix.lower()
