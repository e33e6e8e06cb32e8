"""Listening tests made: of one style beside music held out from it, of several styles, of a musician's own files.

make_test, make_own_test, own_tests, remove_test.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from musegen.composers.held_out import HeldOut
from musegen.composers.registry import get_composer
from musegen.errors import MusegenError, StyleError
from musegen.evaluation.listening import REAL
from musegen.evaluation.windows import cut
from musegen.languages import message
from musegen.library import trials
from musegen.music import Piece
from musegen.music.timing import bar_starts, duration_seconds
from musegen.music.transform import slice_bars
from musegen.services.judging.held_out import held_out_pieces
from musegen.services.judging.twins import Made, make_twins
from musegen.services.listening.excerpts import (
    LEAST_EXCERPTS,
    NUM_EXCERPTS,
    Excerpt,
    ListeningTest,
    load_test,
    new_id,
    save_test,
    tests_dir,
)
from musegen.services.listening.taking import QUESTIONS, answers_name
from musegen.services.making.background import Job
from musegen.services.styles import StyleCard, abilities_of, get_style

MOST_BARS = 8
MOST_SECONDS = 20.0
MOST_TESTS = 20
"""Of one owner."""
MOST_STYLES = 4
_PLAYED_BAR = 4.0
_VELOCITY = 80
_log = logging.getLogger(__name__)
_Progress = Callable[[float], None]


def make_test(style_id: str, most: int = NUM_EXCERPTS, progress: _Progress | None = None) -> ListeningTest:
    """Return a style's own test: each excerpt is real music held out from it, and what the style made of its beginning.

    Raises:
        MusegenError: the style or its held-out music cannot be had, or there are too few pieces.
    """
    made = _made([get_style(style_id)], held_out_pieces(style_id, "test"), most, progress, real=True)
    return ListeningTest(style_id, "", "", made)


def make_own_test(
    title: str, owner: str, style_ids: Sequence[str], files: Iterable[tuple[str, Piece]] = (), *,
    real: bool = True, progress: _Progress | None = None,
) -> ListeningTest:  # fmt: skip
    """Return a test of several styles, and of the real music that they go on from, kept under an id of its own.

    Args:
        title: for the page.
        owner: who makes it.
        style_ids: that go on, each from the same seeds.
        files: name and music of the files whose beginnings are gone on from; none for music held out from the first.
        real: whether what the files (or the held-out music) went on with is heard besides.
        progress: called with the share done.

    Raises:
        MusegenError: what was asked for cannot be compared; the message says why.
    """
    cards = [get_style(style_id) for style_id in dict.fromkeys(style_ids)]
    if not cards or len(cards) > MOST_STYLES or len(cards) + real < 2:
        raise StyleError("Choose one to {most} styles, and two systems at least.", most=MOST_STYLES)
    if len({abilities_of(card).bars for card in cards}) > 1:
        raise StyleError(
            "{title} plays freely in time and others in bars, so that they cannot be compared bar by bar; choose "
            "styles of one kind.",
            title=next(card.title for card in cards if not abilities_of(card).bars),
        )
    if len(own_tests(owner)) >= MOST_TESTS:
        raise StyleError("You have {most} tests of your own; throw one away first.", most=MOST_TESTS)
    given = list(files)
    pieces = _as_written(cards[0], given) if given else held_out_pieces(cards[0].style_id, "test")
    made = _made(cards, pieces, NUM_EXCERPTS, progress, real=real)
    test = ListeningTest(new_id(), " ".join(title.split())[:60] or cards[0].title, owner, made)
    try:
        save_test(test)
    except OSError as error:
        raise StyleError("The test cannot be kept ({words}); make room and try again.", words=str(error)) from error
    return test


def _as_written(card: StyleCard, files: Sequence[tuple[str, Piece]]) -> list[HeldOut]:
    """Return pieces as a style would write them; those that it cannot are left out."""
    composer, found = get_composer(card.composer["name"]), []
    codec = composer.open(card.composer["config"])
    for name, piece in files:
        try:
            found.append(HeldOut(name, composer.lesson(codec, piece, card)[0], name=name))
        except MusegenError as error:
            _log.info("left out %s: %s", name, error)
    return found


def own_tests(owner: str) -> list[ListeningTest]:
    """Return the tests that somebody made, the oldest first."""
    found = []
    for path in sorted(tests_dir().glob("own-*.json.gz"), key=lambda path: path.stat().st_mtime_ns):
        try:
            test = load_test(path.name.partition(".")[0])
        except MusegenError:
            continue
        if test.owner == owner:
            found.append(test)
    return found


def remove_test(test_id: str, owner: str) -> None:
    """Remove a test of one's own, and all its answers.

    Raises:
        MusegenError: there is no such test of this owner.
    """
    if load_test(test_id).owner != owner or not owner:
        raise StyleError("This test is not yours.")
    (tests_dir() / f"{test_id}.json.gz").unlink(missing_ok=True)
    for question in QUESTIONS:
        trials.forget(answers_name(test_id, question))


def _made(
    cards: Sequence[StyleCard], pieces: Sequence[HeldOut], most: int, progress: _Progress | None, *, real: bool
) -> dict[str, Excerpt]:
    """Return excerpts that every style went on with; those that one of them cannot go on with are left out."""
    by_style: list[dict[tuple[str, int], Made]] = []
    for number, card in enumerate(cards):

        def step(share: float, done: int = number) -> None:
            if progress is not None:
                progress((done + share) / len(cards))

        twins = make_twins(card.style_id, "test", most, progress=step, pieces=pieces)
        by_style.append({(twin.group, twin.first_bar): twin for twin in twins})
    excerpts: dict[str, Excerpt] = {}
    for place in by_style[0]:
        if all(place in own for own in by_style):
            twins = [own[place] for own in by_style]
            versions = {card.title: twin.composed for card, twin in zip(cards, twins, strict=True)}
            name = f"pair {len(excerpts) + 1}"
            excerpt = _excerpt(name, twins, versions, cards, real=real)
            if len({len(version.tracks) for version in excerpt.versions.values()}) == 1 or len(cards) > 1:
                excerpts[name] = excerpt  # else an instrument that is silent in one of them tells which is which
    if len(excerpts) < LEAST_EXCERPTS:
        raise StyleError(
            "Only {count:# excerpt|# excerpts} can be made for {title}; {least} are needed for a test. Each is "
            "16 bars in one meter that the style can go on from.",
            count=len(excerpts),
            title=", ".join(card.title for card in cards),
            least=LEAST_EXCERPTS,
        )
    return excerpts


def _excerpt(
    name: str, twins: Sequence[Made], versions: dict[str, Piece], cards: Sequence[StyleCard], *, real: bool
) -> Excerpt:
    twin = twins[0]
    played = not abilities_of(cards[0]).bars
    loudness = all(abilities_of(card).loudness for card in cards)
    bars = min(min(each.num_bars for each in twins) - twin.seed_bars - 1, MOST_BARS)
    programs = [(track.program, track.name) for track in twin.real.tracks]
    heard: dict[str, Piece] = {}
    for system, piece in (({REAL: twin.real} if real else {}) | versions).items():
        if played:
            part = cut(piece, twin.seed_bars * _PLAYED_BAR, bars * _PLAYED_BAR)
        else:
            first = twin.seed_bars + (1 if piece.pickup_quarter else 0)
            part = slice_bars(piece, min(first, len(bar_starts(piece)) - 1), bars)
        tracks = [track for track in part.tracks if track.notes and not track.is_drum]
        tracks = tracks[: len(programs)] if len(cards) == 1 else tracks
        heard[system] = replace(part, tempos=twin.real.tempos, title="", composer="", chord_symbols=(), tracks=tuple(
            replace(track, program=programs[min(place, len(programs) - 1)][0],
                    name=programs[min(place, len(programs) - 1)][1],
                    notes=tuple(note if loudness else replace(note, velocity=_VELOCITY) for note in track.notes))
            for place, track in enumerate(tracks)
        ))  # fmt: skip
    return Excerpt(name, heard, min(max(map(duration_seconds, heard.values())), MOST_SECONDS))


class MakeTestJob(Job):
    """A listening test on its way.

    Attributes:
        made: the test, None until it is kept.
    """

    doing = "making excerpts"
    unexpected = message("Something went wrong while the excerpts were made; try another style.")

    def __init__(self, key: str, work: Callable[[_Progress], ListeningTest]) -> None:
        """Make a job of what makes a test; `key` tells whoever waits what it is."""
        super().__init__()
        self.key, self._make = key, work
        self.made: ListeningTest | None = None

    def _work(self) -> None:
        self.made = self._make(self._report)

    def _words(self) -> str:
        return self.key


def style_test_job(style_id: str) -> MakeTestJob:
    """Return a job that makes the test of a style and keeps it."""

    def work(progress: _Progress) -> ListeningTest:
        test = make_test(style_id, progress=progress)
        save_test(test)
        return test

    return MakeTestJob(style_id, work)
