"""The pages without a browser, with a stand-in for composing.

Composer, SECONDS, result, captions. Fixtures: composer, page.
"""

import pytest
from streamlit.testing.v1 import AppTest

from musegen.composers.request import ComposeResult, Take
from musegen.errors import CancelledError, ConstraintError
from musegen.services.making import jobs
from tests.builders import piece

SECONDS = 30


class Composer:
    """Stands in for `compose`: goes on from the seed with one note whose pitch is the number of the call."""

    def __init__(self):
        self.requests, self.error, self.gate = [], None, None

    def __call__(self, request, *, progress, cancelled):
        self.requests.append(request)
        while self.gate and not self.gate.wait(0.01):
            progress(0.3)
            if cancelled():
                raise CancelledError("Stopped.")
        if self.error:
            raise ConstraintError(self.error)
        takes = []
        for index in range(request.num_takes):
            music = piece([(60, 0, 1), (61 + len(self.requests), 1, 2), (60 + index, 3, 1)], key="C major")
            takes.append(Take(music, index, (frozenset({0}),), 1, 2.0, 3, -1.0, request.random_seed, request.style_id,
                              "0" * 64))  # fmt: skip
        return ComposeResult(request, tuple(takes), ("Two notes were moved onto the grid.",))


@pytest.fixture
def composer(monkeypatch):
    """What composes for the page."""
    made = Composer()
    monkeypatch.setattr(jobs, "compose", made)
    return made


@pytest.fixture
def page(composer):
    """The Compose page, visited for the first time."""
    return AppTest.from_file("../app.py", default_timeout=SECONDS).run()


def result(page):
    return page.session_state["musegen"]


def captions(page):
    return " ".join(caption.value for caption in page.caption)
