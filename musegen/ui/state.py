"""What a browser session remembers: the results so far, the job under way, the uploaded seed.

Batch, Session, session. Widgets keep their own values (`persist_state="session"`); this is everything else.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import streamlit as st

from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.errors import LibraryError
from musegen.services.keeping.desk_parts import Result
from musegen.services.making.demo import DemoPiece
from musegen.services.making.jobs import ComposeJob
from musegen.services.making.live import LiveDesk
from musegen.services.seeds.seed import Seed
from musegen.services.tables.setting import Setting
from musegen.ui.program import program

MAX_BATCHES = 100
MAX_TAKES = 200
"""Of all results of a session together: a page left open for a day must not fill the server."""

MAX_RANDOM_SEED = 999_999


@dataclass(slots=True)
class Batch:
    """The takes of one request, and which of them is looked at.

    Attributes:
        held: the takes themselves until they are kept with the desk; None afterwards (see `result`).
        words: what else there is to say of them, one sentence each.
        kept: ids of those that are in the library, by their index.
        names: titles that the musician gave them, by their index.
        composers: names that stand at the right of their sheets instead of the seed's, by their index.
        parent: number of the result and index of the take that it was made from; None for what was composed anew.
        instruments: whose choice in the mixer it is heard with; "" for that of its style.
        recipe: whether `result.request` makes them again; not so for music that came without its recipe.
        part_id: id of the takes on the desk.
        owner: whose desk they are kept with, "" before.
        num_takes: how many they are.
        composed: whether they were composed anew, not changed.
        line: what the list of results says of them, "" until it was worked out.
        demo: names the request of the start page that made them.
    """

    held: Result | None
    title: str
    made_from: str
    made_at: datetime
    number: int
    seed_title: str | None = None
    chosen: int = 0
    words: tuple[str, ...] = ()
    kept: dict[int, str] = field(default_factory=dict)
    recipe: bool = True
    parent: tuple[int, int] | None = None
    instruments: str = ""
    names: dict[int, str] = field(default_factory=dict)
    composers: dict[int, str] = field(default_factory=dict)
    part_id: str = field(default_factory=lambda: secrets.token_hex(8))
    owner: str = ""
    num_takes: int = 0
    composed: bool = True
    line: str = ""
    demo: str = ""

    def __post_init__(self) -> None:
        if self.held is not None:
            self.num_takes, self.composed = len(self.held.takes), isinstance(self.held.request, ComposeRequest)

    @property
    def result(self) -> Result:
        """The takes and what was asked for.

        Raises:
            LibraryError: they are not there any more, or cannot be read now.
        """
        return self.held or program().results.get(self.owner, self.part_id)

    def kept_with_desk(self, owner: str) -> None:
        """Let go of the takes, which are kept with a desk of an owner now."""
        if self.held is not None:
            program().results.note(owner, self.part_id, self.held)
        self.held, self.owner = None, owner

    def name_of(self, index: int) -> str:
        """Return the title of a take."""
        return self.names.get(index) or self.title


@dataclass(slots=True)
class Session:
    """Everything of one browser session.

    Attributes:
        owner: names the session to the job queue.
        batches: all results, oldest first; none is lost by composing again or by going back. Their takes are kept with
            the desk, and are here only until then.
        position: index of the batch that is shown, -1 for none.
        job: what is being composed.
        job_title: title, origin and title of the seed of what is being composed.
        job_more: other fields of its `Batch`.
        requested: the last request started, so that nothing is composed twice.
        standing: what the Compose page would ask for as it was drawn last.
        adopt: whether the request that the Compose page arrives at has its takes already.
        said_beside_seed: number of the batch whose messages stand beside the seed, so that they are not said twice.
        error: why the last request gave nothing.
        error_is_about_seed: whether it is the seed that cannot be used.
        steering: whether the job, or the error, is about changing a take that is shown.
        upload: the uploaded seed.
        upload_error: why the last upload gave nothing.
        upload_recipe: the recipe inside the uploaded file.
        link_used: the recipe or take of the page's address that was taken over.
        recipe_error: why the last recipe gave nothing.
        kept_from: ids of kept takes by the checksum of their notes, to know what another take was made from.
        demo: what the start page composed last.
        desk: by which the page asks for takes itself, None until it may (see `live`).
        table: what lies on the table that this visit sits at, and its id.
        table_id: see `table`.
        table_error: why a table cannot be sat at.
        demo_asked: names that request.
    """

    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    batches: list[Batch] = field(default_factory=list)
    position: int = -1
    job: ComposeJob | None = None
    job_title: tuple[str, str, str | None] = ("", "", None)
    job_more: dict[str, Any] = field(default_factory=dict)
    requested: ComposeRequest | SteerRequest | None = None
    standing: ComposeRequest | None = None
    adopt: bool = False
    said_beside_seed: int = 0
    error: str | None = None
    error_is_about_seed: bool = False
    steering: bool = False
    upload: Seed | None = None
    upload_error: str | None = None
    upload_recipe: str | None = None
    link_used: str | None = None
    recipe_error: str | None = None
    kept_from: dict[str, str] = field(default_factory=dict)
    demo: DemoPiece | None = None
    table: Setting | None = None
    table_id: str | None = None
    table_error: str | None = None
    demo_asked: str = ""
    desk: LiveDesk | None = None

    @property
    def live(self) -> LiveDesk:
        """What the page asks for takes by, without a run of its script."""
        if self.desk is None:
            self.desk = program().live.desk(self.owner)
        return self.desk

    @property
    def batch(self) -> Batch | None:
        """The result that is shown; one that is not there any more is left out, and said."""
        while self.batches:
            try:
                shown = self.batches[self.position]
                _ = shown.result
                return shown
            except LibraryError as error:
                del self.batches[self.position]
                self.position = min(self.position, len(self.batches) - 1)
                self.error, self.error_is_about_seed = str(error), False
        return None

    def start(
        self,
        request: ComposeRequest | SteerRequest,
        title: str,
        made_from: str,
        seed_title: str | None = None,
        **more: Any,
    ) -> None:
        """Start composing; a job of this session under way is replaced. `more` are other fields of its `Batch`."""
        self.requested, self.error, self.recipe_error = request, None, None
        self.job, self.job_title = program().composing.start(request, self.owner), (title, made_from, seed_title)
        self.job_more, self.steering = more, more.get("parent") is not None

    def stop(self) -> None:
        """Stop composing; what was there before stays."""
        if self.job:
            self.job.cancel()
        self.job = None

    def collect(self) -> None:
        """Take over the result or the error of a job that has ended."""
        job = self.job
        if job is None or not job.finished:
            return
        self.job = None
        self.live.take_over(job)
        self.error, self.error_is_about_seed = job.error, job.error_is_about_seed
        if job.result:
            title, made_from, seed_title = self.job_title
            self.add(job.result, title, made_from, seed_title=seed_title, **self.job_more)

    def add(self, result: Result, title: str, made_from: str, **more: Any) -> None:
        """Put a result beside the others and show it; `more` are other fields of its `Batch`."""
        number = self.batches[-1].number + 1 if self.batches else 1
        self.batches.append(Batch(result, title, made_from, datetime.now(), number, **more))
        del self.batches[:-MAX_BATCHES]
        while len(self.batches) > 1 and sum(batch.num_takes for batch in self.batches) > MAX_TAKES:
            del self.batches[0]
        self.position = len(self.batches) - 1

    def show(self, position: int) -> None:
        """Show an earlier or later result; positions beyond the ends show the first or the last."""
        self.position = min(max(position, 0), len(self.batches) - 1)


def session() -> Session:
    """Return the state of this browser session, made on its first visit."""
    if "musegen" not in st.session_state:
        st.session_state["musegen"] = Session()
    return st.session_state["musegen"]


def new_random_seed() -> int:
    """Return a random seed to compose with, short enough to be read out."""
    return secrets.randbelow(MAX_RANDOM_SEED + 1)
