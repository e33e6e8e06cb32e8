"""The same seed in every style: each composes one take of it as it best can, or says why it cannot.

EveryStyleRequest, StyleOutcome, request_for, compose_every, EveryStyleJob.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from musegen.composers.modes import FROM_MELODY
from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.errors import CancelledError, MusegenError, StyleError
from musegen.languages import message
from musegen.remarks import Remark
from musegen.services.making.background import Job
from musegen.services.making.compose import compose
from musegen.services.seeds.seed import Seed, excerpt, suggest_bars, suggest_tracks, voices_taken
from musegen.services.styles import StyleCard, abilities_of, list_styles

_MODES = ("continue", *FROM_MELODY)
"""What is done with a seed: the first of these that a style can."""

_SAMPLING = ("top_p", "top_k")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EveryStyleRequest:
    """What is asked of every style; all else is as each style's card has it.

    Args:
        seed: the music, all of it; each style takes as many of its tracks as it has voices.
        bars: the first and last bar of it to use, from 1; None for what suits how each style uses it.
        num_bars: length wanted in bars, the seed included; None for each style's usual one.
        seconds: length wanted in seconds instead.
        random_seed: of every take.
        chart: chords for the styles that play over chords; "" for those that the seed has or suggests.
    """

    seed: Seed
    bars: tuple[int, int] | None = None
    num_bars: int | None = None
    seconds: float | None = None
    random_seed: int = 0
    chart: str = ""


@dataclass(frozen=True, slots=True)
class StyleOutcome:
    """What a style made of the seed.

    Args:
        style_id: the style.
        title: of the style.
        mode: what it did with it, "continue" for example; "" where it can do nothing with a seed.
        result: its one take; None where it has none.
        trouble: why it has none, a sentence; "" where it has.
    """

    style_id: str
    title: str
    mode: str
    result: ComposeResult | None
    trouble: str = ""


def mode_for(card: StyleCard) -> str:
    """Return what a style does with a seed, "" where it can do nothing with one."""
    return next((mode for mode in _MODES if mode in card.modes), "")


def request_for(card: StyleCard, asked: EveryStyleRequest) -> tuple[ComposeRequest, tuple[Remark, ...]]:
    """Return the request of one style, and what was left out of the seed for it, a sentence each.

    Raises:
        StyleError: the style does nothing with a seed.
        FileFormatError: there is nothing in these bars of the tracks that it would take.
    """
    mode = mode_for(card)
    if not mode:
        raise StyleError("{title} invents from nothing and cannot use your music.", title=card.title)
    piece = asked.seed.piece
    tracks = suggest_tracks(piece, voices_taken(card, mode))
    used = excerpt(replace(asked.seed, messages=()), tracks, *(asked.bars or suggest_bars(piece, mode, tracks)))
    free = mode not in FROM_MELODY  # what is written to a melody is as long as it is
    request = ComposeRequest(
        style_id=card.style_id,
        mode=mode,
        primer=used.piece,
        num_bars=asked.num_bars if free else None,
        seconds=asked.seconds if free else None,
        temperature=card.temperature,
        random_seed=asked.random_seed,
        options={"chart": asked.chart} if asked.chart and abilities_of(card).chord_chart else {},
        **{name: card.sampling[name] for name in _SAMPLING if name in card.sampling},
    )
    return request, used.messages


def compose_every(
    asked: EveryStyleRequest,
    *,
    cards: Sequence[StyleCard] | None = None,
    made: Callable[[StyleOutcome], None] | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    make: Callable[..., ComposeResult] | None = None,
) -> tuple[StyleOutcome, ...]:
    """Return what each style makes of a seed, in the order of their titles; one that fails spoils no other.

    Args:
        asked: the seed and what goes for all.
        cards: the styles; None for all there are.
        made: called with each outcome as soon as it is there.
        progress: called now and then with the share done of all, 0 to 1.
        cancelled: polled often; composing stops when it returns True.
        make: composes one request; None for `compose`.

    Raises:
        CancelledError: `cancelled` returned True; what was there before has been told to `made`.
        StyleError: there are no styles.
    """
    cards = list_styles() if cards is None else cards
    if not cards:
        raise StyleError("There are no styles yet; run: python -m musegen train folk")
    outcomes = []
    for index, card in enumerate(cards):

        def report(share: float, before: int = index) -> None:
            if progress is not None:
                progress((before + share) / len(cards))

        report(0.0)
        outcomes.append(_outcome(card, asked, partial(make or compose, progress=report, cancelled=cancelled)))
        if made is not None:
            made(outcomes[-1])
    if progress is not None:
        progress(1.0)
    return tuple(outcomes)


def _outcome(
    card: StyleCard, asked: EveryStyleRequest, make: Callable[[ComposeRequest], ComposeResult]
) -> StyleOutcome:
    mode, result, trouble = mode_for(card), None, ""
    try:
        request, words = request_for(card, asked)
        result = make(request)
        result = replace(result, messages=words + result.messages)
    except CancelledError:
        raise
    except MusegenError as error:
        trouble = str(error)
    except Exception:  # a defect of one style is logged, without the musician's music, and the others go on
        _log.exception("composing failed: %s, %s", card.style_id, mode)
        trouble = message(
            "Something went wrong in {title}; try it alone, or with other music.", title=message(card.title)
        )
    return StyleOutcome(card.style_id, card.title, mode, result, trouble)


class EveryStyleJob(Job):
    """A seed on its way through every style.

    Attributes:
        request: what was asked for.
        outcomes: what is there so far, in order; kept when it is stopped.
    """

    def __init__(self, request: EveryStyleRequest) -> None:
        super().__init__()
        self.request = request
        self.outcomes: list[StyleOutcome] = []

    def _work(self) -> None:
        compose_every(
            self.request,
            made=self.outcomes.append,
            progress=self._report,
            cancelled=lambda: self.cancelled,
            make=lambda request, progress, cancelled: self._call(compose, (request,), progress, cancelled),
        )
