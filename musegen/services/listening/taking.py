"""A listening test as it is taken: whose turn, what is next, every answer kept, and what was found."""

import csv
import io
import secrets
from hashlib import sha256

import numpy as np

from musegen.errors import StyleError
from musegen.evaluation.listening import (
    HUMAN,
    LEFT,
    NEITHER,
    PREFER,
    RATE,
    RATINGS,
    RIGHT,
    Answer,
    Rated,
    Result,
    Trial,
    comparisons,
    deal,
    judge_answers,
    judge_ratings,
)
from musegen.languages import message
from musegen.library import trials as kept_trials
from musegen.library.trials import Dealt
from musegen.services.listening.excerpts import ListeningTest, load_test

QUESTIONS = {
    HUMAN: message("Which one did a person write?"),
    PREFER: message("Which one do you like better?"),
    RATE: message("How good is it, from 1 (poor) to 5 (very good)?"),
}


def choices(question: str) -> tuple[str, ...]:
    """Return what can be answered to a question."""
    return RATINGS if question == RATE else (LEFT, NEITHER, RIGHT)


def questions_of(test: ListeningTest) -> list[str]:
    """Return the questions that can be asked of a test: who wrote it only where a person wrote one version."""
    systems = next(iter(test.excerpts.values())).systems
    return [
        question for question in QUESTIONS if comparisons(systems, question) and (question != HUMAN or test.has_real)
    ]


def listener_of(browser: str) -> str:
    """Return the listener of a browser: a number from which the browser cannot be told."""
    return sha256(f"listener {browser}".encode()).hexdigest()[:16]


def trials(test_id: str, question: str, listener: str) -> list[Dealt]:
    """Return the trials of a listener, dealt on the first call by numbers that nobody can guess.

    Raises:
        MusegenError: the test is not made, or cannot be kept.
    """
    test = load_test(test_id)
    if question not in questions_of(test):
        raise StyleError("This cannot be asked of this test; choose another question.")
    excerpts = {name: excerpt.systems for name, excerpt in test.excerpts.items()}

    def dealt(heard: dict[tuple[str, frozenset[str]], int]) -> list[tuple[str, str, str, str]]:
        random = np.random.default_rng(secrets.randbits(128))
        return [(t.kind, t.pair, t.left, t.right) for t in deal(excerpts, heard, random, question)]

    return kept_trials.trials_of(answers_name(test_id, question), listener, dealt)


def answer(test_id: str, question: str, listener: str, place: int, choice: str) -> bool:
    """Keep an answer; return whether it counted.

    Raises:
        LibraryError: it cannot be kept.
    """
    if choice not in choices(question):
        return False
    return kept_trials.answer(answers_name(test_id, question), listener, place, choice)


def _answers(test_id: str, question: str) -> list[Answer]:
    rows = kept_trials.answers(answers_name(test_id, question))
    return [Answer(r.listener, Trial(r.kind, r.pair, r.left, r.right), r.choice or "") for r in rows]


def result(test_id: str, question: str) -> Result:
    """Return what all listeners found who compared two.

    Raises:
        LibraryError: the answers cannot be read.
    """
    return judge_answers(_answers(test_id, question))


def ratings(test_id: str) -> Rated:
    """Return what all listeners found who rated one at a time.

    Raises:
        LibraryError: the answers cannot be read.
    """
    return judge_ratings(_answers(test_id, RATE))


def answers_csv(test_id: str, question: str) -> str:
    """Return all answers as CSV.

    Raises:
        LibraryError: the answers cannot be read.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(Dealt._fields)
    writer.writerows(kept_trials.answers(answers_name(test_id, question)))
    return out.getvalue()


def answers_name(test_id: str, question: str) -> str:
    """Return the name under which the answers to one question of a test are kept."""
    return f"{test_id}/{question}"
