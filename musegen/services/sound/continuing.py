"""A clip continued sample by sample: ContinueRequest, Continued, continue_clip, Continuing.

The raw-audio network hears the end of the clip and plays on. A toy, and said to be one: it goes on with what sounds for
a while, and knows nothing of melody. Where its sound dies away or runs into the end of the scale, it hears the end of
the clip again and goes on from there, each time a little bolder, and that is said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musegen.errors import CancelledError, ConstraintError, StyleError
from musegen.files.sound_file import ClipReading, read_clip
from musegen.languages import message
from musegen.music.clip import Clip, loudest_dbfs
from musegen.paths import checkpoints_dir
from musegen.remarks import Remark, remark
from musegen.services.making.background import Job
from musegen.sound import mu_law
from musegen.sound.raw_checkpoint import FOLDER, RawModel, load_raw_model
from musegen.sound.raw_network import RawPlayer

HEARD_SECONDS = 3.0
"""Of the end of a clip: what the network hears, and what is played before the new sound."""

MIN_SECONDS, MAX_SECONDS = 0.5, 10.0
"""Of new sound."""

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.7, 1.2

_PEAK_DBFS = -3.0  # of what is heard: the corpus reaches -1
_STEP_SECONDS = 0.1
_FADE_SECONDS = 0.03
_FAINT_DBFS = -45.0
_CLIPPED = 0.005
_MOST_AGAIN = 60
_AGAIN_STEPS = 3
_BOLDER = 0.02
"""By how much the temperature rises each time that sound died away, up to 1, at which it lives on."""


@dataclass(frozen=True, slots=True)
class ContinueRequest:
    """How a clip is to be continued.

    Args:
        seconds: of new sound, `MIN_SECONDS` to `MAX_SECONDS`.
        temperature: `MIN_TEMPERATURE` to `MAX_TEMPERATURE`; below 1 what is likely becomes likelier.
        random_seed: at least 0; the same gives the same sound.

    Raises:
        ConstraintError: a number is out of its range.
    """

    seconds: float = 3.0
    temperature: float = 1.0
    random_seed: int = 0

    def __post_init__(self) -> None:
        if not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            raise ConstraintError(
                "A clip is continued by {low:g} to {high:g} seconds, not by {seconds:g}; choose a length between them.",
                low=MIN_SECONDS,
                high=MAX_SECONDS,
                seconds=self.seconds,
            )
        if not MIN_TEMPERATURE <= self.temperature <= MAX_TEMPERATURE:
            raise ConstraintError(
                "Raw sound is played at a temperature of {low:g} to {high:g}, not {temperature:g}; choose one between "
                "them.",
                low=MIN_TEMPERATURE,
                high=MAX_TEMPERATURE,
                temperature=self.temperature,
            )
        if self.random_seed < 0:
            raise ConstraintError("The random number must be 0 or more, got {number}.", number=self.random_seed)


@dataclass(frozen=True, slots=True)
class Continued:
    """A clip and how it goes on.

    Args:
        clip: the end of what was given, then what is new, at the network's rate.
        given_sec: where the new sound begins.
        remarks: what a musician should know.
    """

    clip: Clip
    given_sec: float
    remarks: tuple[Remark, ...] = ()

    @property
    def new(self) -> Clip:
        """What is new alone."""
        return self.clip.part(self.given_sec, self.clip.duration_sec)


def read_for_network(data: bytes, folder: Path | None = None) -> ClipReading:
    """Return a sound file as the network hears it: at its rate.

    Raises:
        FileFormatError: see `files.sound_file.read_clip`.
        StyleError: the network is missing.
    """
    return read_clip(data, load_raw_model(folder).network.config.sample_rate)


def example_bytes() -> bytes:
    """Return a sound file to try: two seconds that the network has never heard.

    Raises:
        StyleError: it is missing.
    """
    try:
        return (checkpoints_dir() / FOLDER / "example.ogg").read_bytes()
    except OSError as error:
        raise StyleError("The network over raw samples is missing or damaged; install Musegen again.") from error


def continue_clip(
    clip: Clip,
    request: ContinueRequest,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
    model: RawModel | None = None,
) -> Continued:
    """Return a clip and how it goes on.

    Args:
        clip: of any rate; its last `HEARD_SECONDS` are used.
        request: how far, and how bold.
        progress: is told the share done, 0 to 1.
        cancelled: whether to stop.
        model: the network; the shipped one by default.

    Raises:
        StyleError: the network is missing or damaged.
        CancelledError: asked to stop.
    """
    network = (model or load_raw_model()).network
    rate = network.config.sample_rate
    used = clip.part(clip.duration_sec - HEARD_SECONDS, clip.duration_sec)
    remarks = [] if len(used) == len(clip) else [remark("end_of_clip_used", seconds=HEARD_SECONDS)]
    heard = used.resampled(rate).normalised(_PEAK_DBFS)
    player, random = RawPlayer(network), np.random.default_rng(request.random_seed)
    levels = mu_law.encode(heard.samples)
    step, total = round(_STEP_SECONDS * rate), len(levels) + round(request.seconds * rate)
    done = 0
    for start in range(0, len(levels), step):
        player.hear(levels[start : start + step])
        done = _went_on(done, min(step, len(levels) - start), total, progress, cancelled)
    played: list[np.ndarray] = []
    again = 0
    while done < total:
        bold = max(request.temperature, min(1.0, request.temperature + _BOLDER * again))
        made = player.play(min(step, total - done), bold, random, cancelled)
        faint, harsh = _faint(made, rate), _harsh(made)
        if (faint or harsh) and again < _MOST_AGAIN:
            again += 1
            player.hear(levels[-_AGAIN_STEPS * step :])
            if harsh or len(made) < step or (played and _faint(played[-1], rate)):
                continue  # left out
        played.append(made)
        done = _went_on(done, len(made), total, progress, cancelled)
    if again:
        remarks.append(remark("heard_again", count=again))
    new = mu_law.decode(np.concatenate(played))
    samples = np.concatenate([heard.samples, new])
    whole = Clip(samples, rate).faded(0.0, _FADE_SECONDS)
    return Continued(whole, len(heard.samples) / rate, tuple(remarks))


def _faint(levels: np.ndarray, rate: int) -> bool:
    """Return whether the sound has died away."""
    return loudest_dbfs(mu_law.decode(levels), rate) < _FAINT_DBFS


def _harsh(levels: np.ndarray) -> bool:
    """Return whether the sound stands at the end of the scale, as no clip does that it has heard."""
    return bool(np.mean((levels < 3) | (levels > 253)) > _CLIPPED)


def _went_on(
    done: int, count: int, total: int, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> int:
    """Tell how far it is, and return that; stop where that is asked for."""
    if cancelled():
        raise CancelledError("Stopped.")
    progress((done + count) / total)
    return done + count


class Continuing(Job):
    """A clip that is continued in the background.

    Args:
        clip: what is given.
        request: how far, and how bold.

    Attributes:
        result: the clip and how it goes on, None until then.
    """

    doing = "continuing a clip"
    unexpected = message("Something went wrong while playing on; choose another clip, or try again.")

    def __init__(self, clip: Clip, request: ContinueRequest) -> None:
        super().__init__()
        self.request = request
        self.result: Continued | None = None
        self._clip = clip

    def _work(self) -> None:
        self.result = continue_clip(self._clip, self.request, self._report, self._cancelled.is_set)
