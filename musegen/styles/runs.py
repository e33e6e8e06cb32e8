"""A training that a musician asked for, as a folder: what was asked, and where it stands.

Order, Standing, TrainingRun, list_runs, load_run. The page writes the order and what is wanted, the process that trains
writes where it stands; each file is replaced whole, so both can be ended at any moment.

    order.json     what is asked for; never changed
    files/         the music to learn from
    wanted         "run", "pause", "stop": what the musician wants
    standing.json  where it stands, written by the process that trains
    lock           held by that process for as long as it lives
    stage-1/       the run itself, see `training.fit`
    samples/       a short piece after each round
"""

import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from musegen.errors import StyleError
from musegen.paths import home_dir
from musegen.styles.history import history_of
from musegen.styles.locks import is_held

WAYS = ("on", "quick", "new")
"""On from a style with all its weights; the quick way; from nothing."""
CELLS = ("lstm", "gru")
RUN, PAUSE, STOP = "run", "pause", "stop"
"""What can be wanted of a training: that it goes on, rests, or ends with the best so far."""
WAITING, PREPARING, LEARNING, FINISHING = "waiting", "preparing", "learning", "finishing"
PAUSED, DONE, FAILED = "paused", "done", "failed"
ENDED = (DONE, FAILED)
STAGE = "stage-1"


@dataclass(frozen=True, slots=True)
class Order:
    """What a musician asks to be trained.

    Args:
        run_id: name of the folder.
        title: of the style.
        style_id: of the style that comes of it.
        base: id of the style that it goes on from, or whose way of composing it takes where it begins from nothing.
        way: of `WAYS`.
        minutes: of learning at most.
        note: what the musician says of the rights in the files.
        owner: whose it is.
        made_at: seconds since 1970.
        rounds: at most; 0 for as many as are usual.
        cell: of the network where it begins from nothing, of `CELLS`.
    """

    run_id: str
    title: str
    style_id: str
    base: str
    way: str = "on"
    minutes: float = 5.0
    note: str = ""
    owner: str = ""
    made_at: float = 0.0
    rounds: int = 0
    cell: str = "lstm"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a training stands.

    Args:
        state: of "waiting", "preparing", "learning", "finishing", "paused", "done", "failed".
        words: a sentence: why it failed, or why it is done.
        epoch: rounds done.
        step: steps done of the coming round.
        steps: steps of a round.
        notes_per_second: learned from, lately.
        seconds: spent on learning.
        seconds_left: expected, of learning and finishing; None while nothing is known.
        counting_nll: nats an event of a counting model on the pieces held out; None where it was not measured.
        best_nll: of the best round so far on the same.
        best_epoch: that round.
        num_train: pieces learned from.
        num_held_out: pieces held out.
    """

    state: str = WAITING
    words: str = ""
    epoch: int = 0
    step: int = 0
    steps: int = 0
    notes_per_second: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    counting_nll: float | None = None
    best_nll: float | None = None
    best_epoch: int = 0
    num_train: int = 0
    num_held_out: int = 0


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A training that was asked for.

    Args:
        order: what was asked.
        folder: where it is kept.
    """

    order: Order
    folder: Path = field(repr=False)

    @property
    def standing(self) -> Standing:
        """Where it stands, as it was last noted."""
        values = _read(self.folder / "standing.json") or {}
        known = {f.name for f in fields(Standing)}
        return Standing(**{name: value for name, value in values.items() if name in known})

    @property
    def wanted(self) -> str:
        """What the musician wants of it."""
        try:
            words = (self.folder / "wanted").read_text(encoding="utf-8").strip()
        except OSError:
            return RUN
        return words if words in (RUN, PAUSE, STOP) else RUN

    @property
    def is_alive(self) -> bool:
        """Whether a process is at it."""
        return is_held(self.folder / "lock")

    def want(self, what: str) -> None:
        """Note what is wanted."""
        replace_file(self.folder / "wanted", what)

    def note(self, standing: Standing) -> None:
        """Note where it stands."""
        replace_file(self.folder / "standing.json", json.dumps(asdict(standing)))

    def history(self) -> list[dict[str, Any]]:
        """Return a dict a round: epoch, train_nll, valid_nll; epoch 0 is the style that it goes on from."""
        return history_of(self.folder / STAGE)

    def samples(self) -> dict[int, Path]:
        """Return the pieces composed after rounds, as plain data in JSON, by the round."""
        found = sorted((self.folder / "samples").glob("round-*.json"))
        return {int(path.stem.rpartition("-")[2]): path for path in found}


def runs_dir() -> Path:
    """Return the folder of all trainings."""
    return home_dir() / "trainings"


def list_runs() -> list[TrainingRun]:
    """Return all trainings, the oldest first."""
    runs = [run for path in runs_dir().glob("*/order.json") if (run := _load(path.parent)) is not None]
    return sorted(runs, key=lambda run: (run.order.made_at, run.order.run_id))


def load_run(run_id: str) -> TrainingRun:
    """Return a training.

    Raises:
        StyleError: there is none of that name.
    """
    run = _load(runs_dir() / run_id) if run_id and Path(run_id).name == run_id else None
    if run is None:
        raise StyleError("There is no such training any more.")
    return run


def new_run_id() -> str:
    """Return a name that no training has."""
    return secrets.token_hex(8)


def save_order(order: Order, folder: Path) -> TrainingRun:
    """Write an order into its folder, which makes it a training."""
    replace_file(folder / "order.json", json.dumps(asdict(order), indent=1, ensure_ascii=False))
    return TrainingRun(order, folder)


def replace_file(path: Path, content: str) -> None:
    """Write a file beside its place and put it there whole."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(content, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _load(folder: Path) -> TrainingRun | None:
    values = _read(folder / "order.json")
    known = {f.name for f in fields(Order)}
    try:
        return TrainingRun(Order(**{name: value for name, value in (values or {}).items() if name in known}), folder)
    except TypeError:
        return None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None
