"""Composing with a style of the lattice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.fitting.key_lock import locked_scale, scale_words
from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.fitting.length import (
    fit_primer,
    parse_meter,
    parse_request_key,
    sign_as,
    usual_bars,
    wanted_bars,
    wanted_qpm,
)
from musegen.composers.fitting.seed_key import into_key
from musegen.composers.lattice.codec import LatticeCodec
from musegen.composers.lattice.grid import HIGH_PITCH, LOW_PITCH, METERS, NUM_KEYS, STEP_QUARTER, LatticeGrid
from musegen.composers.lattice.reading import NUM_EVENTS, LatticeCursor, LatticePlan, events_of
from musegen.composers.lattice.rules import (
    KINDS,
    CloseOn,
    InRange,
    LetGo,
    Opening,
    goes_on,
    no_drone,
    no_long_silence,
    playable,
)
from musegen.composers.plan import Plan
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.engine.loop import Constraints, Mask
from musegen.errors import ConstraintError
from musegen.music import Barline, KeySignature, Note, Piece, Tempo
from musegen.music.playable_tempo import playable_qpm
from musegen.music.theory import MODES, key_name, pitch_name
from musegen.remarks import Remark, remark

_USUAL_KEYS = ("C major", "G major", "D major", "F major", "Bb major", "Eb major", "A major", "D minor", "G minor",
               "C minor", "A minor", "E minor")  # fmt: skip
USUAL_RANGE = (28, 96)
"""Where piano music of these styles mostly lies; new notes keep to it where no range is asked for."""
_TOP, _RIGHT, _LEFT, _BAR = 84, 74, 66, 4
"""Loudness: of the highest note of the right hand, of the others, of the left hand, and more on the first beat."""


@dataclass(frozen=True, slots=True, eq=False)
class LatticeTakes(Plan[LatticeCursor]):
    """The making of piano pieces.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        codec: the representation.
        plan: what the network is told.
        key: of the takes.
        qpm: quarters a minute.
        own: the musician's own notes by sixteenth and pitch, with the hand that plays each.
        style_title: of the card.
        playable: whether a take that would be too fast to play at that tempo is slower.
    """

    constraints: Constraints[LatticeCursor]
    messages: tuple[Remark, ...]
    codec: LatticeCodec
    plan: LatticePlan
    key: KeySignature
    qpm: float
    own: Mapping[tuple[int, int], tuple[int, Note]]
    style_title: str
    playable: bool

    def cursor(self) -> LatticeCursor:
        """Return a fresh cursor."""
        return LatticeCursor(self.plan)

    def finish(self, cursor: LatticeCursor) -> Piece:
        """Return both hands, signed and titled."""
        grid = cursor.grid()
        piece = self.codec.from_grid(grid, {place: hand for place, (hand, _) in self.own.items()})
        tracks = []
        for hand, track in enumerate(piece.tracks):
            notes = loud(track.notes, hand, grid)
            old = {place: note for place, (own, note) in self.own.items() if own == hand}
            tracks.append(
                replace(track, notes=tuple(replace(n, velocity=old[_place(n)].velocity) if _place(n) in old else n
                                           for n in notes))
            )  # fmt: skip
        made = replace(piece, tracks=tuple(tracks))
        return replace(
            made,
            tempos=(Tempo(0.0, playable_qpm(made, self.qpm) if self.playable else self.qpm),),
            key_signatures=(self.key,),
            barlines=(Barline(piece.end_quarter, "final"),),
            title=f"Piano piece in {key_name(self.key.tonic, self.key.mode)}",
            composer=f"Musegen, style {self.style_title}",
        )

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note stands in the seed."""
        return _place(note) in self.own and self.own[_place(note)][0] == track


def _place(note: Note) -> tuple[int, int]:
    return round(note.onset_quarter / STEP_QUARTER), note.pitch


def loud(notes: Sequence[Note], hand: int, grid: LatticeGrid) -> tuple[Note, ...]:
    """Return notes of a hand as loud as they are played: the right hand's highest sings, first beats are marked."""
    highest: dict[float, int] = {}
    for note in notes:
        highest[note.onset_quarter] = max(note.pitch, highest.get(note.onset_quarter, 0))
    result = []
    for note in notes:
        first = (round(note.onset_quarter / STEP_QUARTER) - grid.pickup) % grid.bar_steps == 0
        level = _LEFT if hand else _TOP if note.pitch == highest[note.onset_quarter] else _RIGHT
        result.append(replace(note, velocity=level + _BAR * first))
    return tuple(result)


def plan_lattice(request: ComposeRequest, style: Style[LatticeCodec]) -> Plan[LatticeCursor]:
    """Return how to make the takes of a request with a style of the lattice.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    codec: LatticeCodec = style.codec
    messages: list[Remark] = []
    wanted = parse_request_key(request.key, style.card.keys) if request.key else None
    inventing = request.mode == "invent" or request.primer is None
    qpm = (request.qpm or style.card.qpm) if inventing else wanted_qpm(request, messages)
    if inventing:
        grid, key, hands = _empty(request, style, wanted)
    else:
        grid, key, hands = _from_seed(request, style, wanted, qpm, messages)
    seed_steps = len(grid.keys)
    seed_bars = -(-(seed_steps - grid.pickup) // grid.bar_steps)
    usual = usual_bars(style.card.num_bars, seed_bars)
    bars = wanted_bars(request, grid.bar_steps * STEP_QUARTER, qpm, usual, None if seed_steps else messages)
    num_steps = grid.pickup + bars * grid.bar_steps
    heard = None
    if seed_steps:
        heard = {int(key_ + LOW_PITCH - key.tonic) % 12 for key_ in np.flatnonzero(grid.keys.any(0))}
    if request.key_strength:
        messages += scale_words(key, heard, leading=True)
    scale = locked_scale(key, heard, leading=True)
    hard, soft = _rules(request, grid, key, num_steps)
    constraints = Constraints(
        hard=hard,
        soft=soft,
        in_scale=codec.vocabulary.in_scale(scale)[:NUM_EVENTS] if request.key_strength else None,
        primer=events_of(grid.keys) if seed_steps else None,
        kinds=KINDS,
    )
    plan = LatticePlan(grid, num_steps, bars)
    free = inventing and not request.qpm and request.seconds is None
    return LatticeTakes(constraints, tuple(messages), codec, plan, key, qpm, hands, style.card.title, free)


def _rules(
    request: ComposeRequest, grid: LatticeGrid, key: KeySignature, num_steps: int
) -> tuple[tuple[Mask[LatticeCursor], ...], tuple[Mask[LatticeCursor], ...]]:
    """Return what must hold and what holds where it can."""
    low, high = low_and_high(request.low_pitch, request.high_pitch)
    seed_steps = len(grid.keys)
    triad = triad_of(key)
    close = max(num_steps - grid.bar_steps, seed_steps)
    hard: list[Mask[LatticeCursor]] = [InRange(low, high), CloseOn(key.tonic, triad, close, low, high)]
    if seed_steps:
        hard.append(LetGo(seed_steps))
    return tuple(hard), (playable, no_long_silence, no_drone, goes_on, *(() if seed_steps else (Opening(triad),)))


def triad_of(key: KeySignature) -> frozenset[int]:
    """Return the pitch classes of the chord on the tonic."""
    return frozenset((key.tonic + step) % 12 for step in (0, MODES[key.mode][2], 7))


def low_and_high(low: int | None, high: int | None) -> tuple[int, int]:
    """Return the range of new notes within the limits asked for.

    Raises:
        ConstraintError: an octave and a half is not left.
    """
    pair = (max(low, LOW_PITCH) if low is not None else USUAL_RANGE[0],
            min(high, HIGH_PITCH) if high is not None else USUAL_RANGE[1])  # fmt: skip
    if low is not None and high is None:
        pair = (pair[0], HIGH_PITCH)
    if high is not None and low is None:
        pair = (LOW_PITCH, pair[1])
    if pair[1] - pair[0] < 12:
        raise ConstraintError(
            "Between {low} and {high} two hands have less than an octave; widen the range.",
            low=pitch_name(max(min(pair[0], 127), 0)),
            high=pitch_name(max(min(pair[1], 127), 0)),
        )
    return pair


# ------------------------------------------------------------------------------------------------- the ground

_Hands = dict[tuple[int, int], tuple[int, Note]]


def _empty(
    request: ComposeRequest, style: Style[LatticeCodec], key: KeySignature | None
) -> tuple[LatticeGrid, KeySignature, _Hands]:
    """Return a lattice without sixteenths, in the meter and key asked for, or in usual ones."""
    random = np.random.default_rng([request.random_seed, 80])
    key = key or parse_request_key(str(random.choice(_USUAL_KEYS)), tuple(MODES))
    meter = parse_meter(request.meter or style.card.meters[0], style.card.meters)
    index = METERS.index((meter.numerator, meter.denominator))
    return LatticeGrid(np.zeros((0, NUM_KEYS), np.int8), index, 0, key_index(key)), key, {}


def _from_seed(
    request: ComposeRequest,
    style: Style[LatticeCodec],
    wanted: KeySignature | None,
    qpm: float,
    messages: list[Remark],
) -> tuple[LatticeGrid, KeySignature, _Hands]:
    """Return as much of the seed's end as leaves room to compose, in the key wanted."""
    assert request.primer is not None
    codec = style.codec
    primer = sign_as(request.primer, wanted)
    codec.adapt(primer)  # refuses what has no notes
    primer = into_key(primer, wanted, messages)
    piece, changed = codec.held(primer)
    messages += changed
    meter = piece.time_signatures[0]
    name = f"{meter.numerator}/{meter.denominator}"
    if request.meter and request.meter != name:
        messages.append(remark("meter_kept", meter=(meter.numerator, meter.denominator)))
    elif name not in style.card.meters:
        messages.append(remark("meter_hardly_met", meter=(meter.numerator, meter.denominator)))
    grid = codec.to_grid(piece)
    seed_bars = -(-(len(grid.keys) - grid.pickup) // grid.bar_steps)
    usual = usual_bars(style.card.num_bars, seed_bars)
    bars = wanted_bars(request, grid.bar_steps * STEP_QUARTER, qpm, usual, messages)
    used = fit_primer(piece, bars, messages)
    if used is not piece:
        piece = used
        grid = codec.to_grid(piece)
    hands = {_place(note): (hand, note) for hand, track in enumerate(piece.tracks) for note in track.notes}
    return grid, primer.key_signatures[0], hands
