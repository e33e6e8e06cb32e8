"""A listening test as it is taken: whose turn, what is next, every answer kept, and what was found."""

import csv
import io
import secrets
from hashlib import sha256

import numpy as np

from musegen.evaluation.listening import LEFT, NEITHER, REAL, RIGHT, Answer, Result, Trial, deal, judge_answers
from musegen.languages import message
from musegen.library import trials as kept_trials
from musegen.library.trials import Dealt
from musegen.services.listening.excerpts import load_test
from musegen.services.making.background import Job

QUESTIONS = {"human": "Which one did a person write?", "prefer": "Which one do you like better?"}
CHOICES = (LEFT, RIGHT, NEITHER)


def listener_of(browser: str) -> str:
    """Return the listener of a browser: a number from which the browser cannot be told."""
    return sha256(f"listener {browser}".encode()).hexdigest()[:16]


def trials(style_id: str, question: str, listener: str) -> list[Dealt]:
    """Return the trials of a listener, dealt on the first call by numbers that nobody can guess.

    Raises:
        MusegenError: the test is not made, or cannot be kept.
    """
    pairs = {name: (REAL, pair.system) for name, pair in load_test(style_id).items()}

    def dealt(heard: dict[str, int]) -> list[tuple[str, str, str, str]]:
        random = np.random.default_rng(secrets.randbits(128))
        return [(t.kind, t.pair, t.left, t.right) for t in deal(pairs, heard, random)]

    return kept_trials.trials_of(_name(style_id, question), listener, dealt)


def answer(style_id: str, question: str, listener: str, place: int, choice: str) -> bool:
    """Keep an answer; return whether it counted.

    Raises:
        LibraryError: it cannot be kept.
    """
    return choice in CHOICES and kept_trials.answer(_name(style_id, question), listener, place, choice)


def result(style_id: str, question: str) -> Result:
    """Return what all listeners found.

    Raises:
        LibraryError: the answers cannot be read.
    """
    rows = kept_trials.answers(_name(style_id, question))
    return judge_answers([Answer(r.listener, Trial(r.kind, r.pair, r.left, r.right), r.choice or "") for r in rows])


def answers_csv(style_id: str, question: str) -> str:
    """Return all answers as CSV.

    Raises:
        LibraryError: the answers cannot be read.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(Dealt._fields)
    writer.writerows(kept_trials.answers(_name(style_id, question)))
    return out.getvalue()


def _name(style_id: str, question: str) -> str:
    return f"{style_id}/{question}"


class MakeTestJob(Job):
    """The excerpts of a style's test on their way."""

    doing = "making excerpts"
    unexpected = message("Something went wrong while the excerpts were made; try another style.")

    def __init__(self, style_id: str) -> None:
        super().__init__()
        self.style_id = style_id

    def _work(self) -> None:
        from musegen.services.listening.excerpts import make_test

        make_test(self.style_id, progress=self._report)

    def _words(self) -> str:
        return self.style_id
