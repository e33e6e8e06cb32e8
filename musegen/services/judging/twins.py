"""Twins: of music a style never saw, four bars are the seed; the style goes on; a judge tells which going on is real.

make_twins, judged, windows_in, Made. Both twins have the seed's key, meter, length and tempo (a solo its chords
besides), and both are heard without the seed and without the last bar, in which a take prepares its end.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from musegen.composers.held_out import HeldOut
from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError, StyleError
from musegen.evaluation.twins.features import describe
from musegen.evaluation.windows import PLAYED_BAR_QUARTERS, cut
from musegen.music import Piece, Track
from musegen.music.performance import performance_of, piece_of_performance
from musegen.music.theory import estimate_key
from musegen.music.timing import bar_starts, meter_at
from musegen.music.transform import main_key, slice_bars
from musegen.services.judging.held_out import chart_of, held_out_pieces
from musegen.services.making.compose import compose
from musegen.services.styles import abilities_of, get_style

if TYPE_CHECKING:
    from musegen.evaluation.twins.judge import Verdict

SEED_BARS = 4
LEAST_PIECES = 8
NUM_BARS = 16
"""Where the card says nothing else."""
_LEAST_NOTES = 8
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One pair of twins.

    Args:
        group: the piece that the seed is of.
        real: seed and real going on.
        composed: seed and composed going on.
        seed_bars: bars of the seed.
        num_bars: bars in all.
        tonic: pitch class of the key.
        first_bar: of the piece at which the seed begins.
    """

    group: str
    real: Piece
    composed: Piece
    seed_bars: int
    num_bars: int
    tonic: int
    first_bar: int = 0


def make_twins(
    style_id: str,
    split: str = "valid",
    most: int = 80,
    settings: dict | None = None,
    progress: Callable[[float], None] | None = None,
    pieces: Sequence[HeldOut] | None = None,
) -> list[Made]:
    """Return pairs of real and composed music from the same seeds.

    Args:
        style_id: a style.
        split: "valid" to choose by, "test" to report.
        most: pairs; as many seeds of each piece as it takes, from its beginning on.
        settings: of the request, instead of those of the style's card: {"temperature": 1.0, "top_p": 1.0}.
        progress: called with the share done.
        pieces: real music to take seeds of, in place of the style's own that was held out.

    Raises:
        MusegenError: the style or its held-out music cannot be had.
    """
    card = get_style(style_id)
    wanted = {"temperature": card.temperature, **card.sampling, **(settings or {})}
    played = not abilities_of(card).bars
    num_bars = card.held_out.get("num_bars", NUM_BARS)
    made: list[Made] = []
    real = held_out_pieces(style_id, split) if pieces is None else list(pieces)
    for number, (held, window) in enumerate(windows_in(real, most, num_bars, played)):
        try:
            made.append(_twin(style_id, held, (window, num_bars), wanted, number, played=played))
        except MusegenError as error:
            _log.info("left out %s: %s", held.group, error)
        if progress is not None:
            progress(min((number + 1) / most, 1.0))
    return made


def windows_in(pieces: list[HeldOut], most: int, num_bars: int, played: bool) -> Iterator[tuple[HeldOut, int]]:
    """Yield pieces and the first bars of seeds: the first of every piece, then the second of every piece, and so on."""
    rooms = []
    for held in pieces:
        pickup = 1 if held.piece.pickup_quarter else 0
        count = len(_starts(held.piece, played)) - held.first_bar - pickup
        rooms.append([held.first_bar + pickup + i * num_bars for i in range(count // num_bars)])
    yielded = 0
    for turn in range(max(map(len, rooms), default=0)):
        for held, starts in zip(pieces, rooms, strict=True):
            if turn < len(starts) and yielded < most and _fits(held.piece, starts[turn], num_bars, played):
                yielded += 1
                yield held, starts[turn]


def _starts(piece: Piece, played: bool) -> list[float]:
    if played:
        return list(np.arange(0.0, piece.end_quarter - PLAYED_BAR_QUARTERS, PLAYED_BAR_QUARTERS))
    return bar_starts(piece)


def _fits(piece: Piece, first: int, num_bars: int, played: bool) -> bool:
    """Return whether a stretch is in one meter, and both its seed and the rest have notes."""
    if played:
        return True
    starts = bar_starts(piece)
    begin = starts[first]
    bar = meter_at(piece, begin).bar_quarters
    stop = begin + num_bars * bar
    regular = all(abs(starts[first + i] - begin - i * bar) < 1e-6 for i in range(num_bars))
    middle = begin + SEED_BARS * bar
    notes = [n.onset_quarter for t in piece.tracks for n in t.notes if begin <= n.onset_quarter < stop]
    seed = sum(at < middle for at in notes)
    return regular and seed >= _LEAST_NOTES // 2 and len(notes) - seed >= _LEAST_NOTES


def _twin(style_id: str, held: HeldOut, window: tuple[int, int], wanted: dict, number: int, *, played: bool) -> Made:
    first, num_bars = window
    if played:
        real = cut(held.piece, first * PLAYED_BAR_QUARTERS, num_bars * PLAYED_BAR_QUARTERS)
        seed = cut(real, 0.0, SEED_BARS * PLAYED_BAR_QUARTERS)
    else:
        real = slice_bars(held.piece, first, num_bars)
        seed = slice_bars(held.piece, first, SEED_BARS)
    key = main_key(real)
    notes = [n for t in seed.tracks for n in t.notes]
    tonic = (
        key.tonic
        if key is not None
        else estimate_key(np.array([n.pitch for n in notes]), np.array([n.duration_quarter for n in notes]))[0]
    )
    options = {}
    if held.chords:
        options["chart"] = chart_of(held.chords[4 * first : 4 * (first + num_bars)])
    length: dict = {"num_bars": num_bars}
    if played:
        length = {"num_bars": None, "seconds": num_bars * PLAYED_BAR_QUARTERS * 0.48}
    request = ComposeRequest(style_id, "continue", seed, random_seed=number, options=options, **length, **wanted)
    composed = compose(request).takes[0].piece
    if played:
        composed = piece_of_performance(performance_of(composed))
    return Made(held.group, real, composed, SEED_BARS, num_bars, tonic, first)


def _as_in(real: Piece, piece: Piece) -> list[Track]:
    """Return the tracks of a piece that are parts of the real music too: no rhythm section, which only takes have."""
    names = {track.name.casefold() for track in real.tracks if track.name}
    pitched = [track for track in piece.tracks if not track.is_drum]
    if len(names) == len(real.tracks) and any(track.name.casefold() in names for track in pitched):
        return [track for track in pitched if track.name.casefold() in names]
    return pitched[: len(real.tracks)]


def judged(
    style_id: str,
    split: str = "valid",
    most: int = 80,
    settings: dict | None = None,
    progress: Callable[[float], None] | None = None,
) -> "Verdict":
    """Return how well a judge tells a style's going on from the real one; see `make_twins` for what is asked.

    Raises:
        MusegenError: the style or its held-out music cannot be had, or seeds of too few pieces can be used.
    """
    from musegen.evaluation.twins.judge import judge  # scikit-learn takes a second to import

    made = make_twins(style_id, split, most, settings, progress)
    groups = [twin.group for twin in made]
    if len(set(groups)) < LEAST_PIECES:
        raise StyleError(
            "Only {num_groups:# held-out piece|# held-out pieces} can be gone on from; {least_pieces} are needed.",
            num_groups=len(set(groups)),
            least_pieces=LEAST_PIECES,
        )
    can = abilities_of(get_style(style_id))
    real, composed, words = table_of(made, played=not can.bars, loudness=can.loudness)
    return judge(real, composed, groups, words)


def table_of(made: list[Made], *, played: bool = False, loudness: bool = False
             ) -> tuple[np.ndarray, np.ndarray, list[str]]:  # fmt: skip
    """Return the features (N, F) of the real and of the composed stretches, and what each feature is in words.

    Args:
        made: the pairs.
        played: they have no bars.
        loudness: real loudness is known, so that it may be compared.
    """
    rows: tuple[list, list] = ([], [])
    words: list[str] = []
    for twin in made:
        for piece, side in zip((twin.real, twin.composed), rows, strict=True):
            bar = PLAYED_BAR_QUARTERS if played else meter_at(twin.real, 0.0).bar_quarters
            first = 0.0 if played else piece.pickup_quarter
            start = first + twin.seed_bars * bar
            voices = [t.notes for t in _as_in(twin.real, piece)]
            found = describe(voices, start, bar, twin.num_bars - twin.seed_bars - 1, twin.tonic)
            found = found if loudness else [f for f in found if not f[0].startswith("loud")]
            side.append([value for _, _, value in found])
            words = [text for _, text, _ in found]
    return np.array(rows[0]), np.array(rows[1]), words
