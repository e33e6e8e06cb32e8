"""The drums of a rhythm section: ride and hi-hat, feathered bass drum, comments of the snare, fills, a last crash.

In swing of four beats, but for the fastest, the bars are drawn as real drummers play (`jazz_drummer`), which measured
nearer to others than rules (`benchmarks.jazz_drums`); all else follows rules.

Notes are those of General MIDI percussion. Patterns are written straight, so that they swing with the piece; what the
hands or the feet play lasts until their next stroke, at most to the bar line, so that the staff reads as two voices.
"""

from collections.abc import Callable

import numpy as np

from musegen.band.drum_model import DRUMS
from musegen.band.groove import FAST, Groove
from musegen.band.jazz_drummer import SLOTS, STEPS, draw_swing, drawn_velocity, load_swing
from musegen.music import Note, Track

KICK, STICK, SNARE, SWIRL = 36, 37, 38, 40
CLOSED_HAT, PEDAL_HAT, CRASH, RIDE = 42, 44, 49, 51
HIGH_TOM, LOW_TOM, FLOOR_TOM = 48, 45, 43

_FEET = (KICK, PEDAL_HAT)

STANDARD_KIT, BRUSH_KIT = 0, 40
"""Numbers of drum kits as General MIDI synthesisers know them; those without brushes play the standard kit."""

Stroke = tuple[float, int, float]
"""(quarter from the start of the bar, drum, velocity)."""

_THIRD = 1 / 3
_FILLS: tuple[tuple[Stroke, ...], ...] = (
    ((2.0, SNARE, 70), (2.5, SNARE, 58), (3.0, HIGH_TOM, 74), (3.5, FLOOR_TOM, 78)),
    ((3.0, SNARE, 72), (3 + _THIRD, HIGH_TOM, 74), (3 + 2 * _THIRD, FLOOR_TOM, 80)),
    ((1.5, SNARE, 66), (2.5, SNARE, 72), (3.5, KICK, 80)),
    ((2.0, SNARE, 66), (2 + _THIRD, SNARE, 56), (2 + 2 * _THIRD, LOW_TOM, 70), (3.0, FLOOR_TOM, 76), (3.5, KICK, 74)),
)
"""Last beats of a bar of four before a new section; in other meters they end the bar alike."""
_COMMENT, _BUSY = 0.4, 2.0
_ANSWER, _ROOM = 0.4, -0.5
"""Nats towards comments of the learned drummer in a soloist's rests, and away from them while many notes are played."""
_SKIPS = (0.75, 0.1, 0.1, 0.05)  # both skips of the ride, the first, the last, none


def drum_track(groove: Groove, rng: np.random.Generator, *, by_rules: bool = False) -> Track:
    """Return the drums of all bars; the last is a crash and the bass drum, left to ring.

    Args:
        groove: what is accompanied.
        rng: where chance comes from.
        by_rules: whether swing follows rules, too.
    """
    play = _PLAYERS[groove.feel]
    learned = not by_rules and groove.feel == "swing" and groove.form.meter == (4, 4) and groove.qpm < FAST
    drawn = _learned_swing(groove, rng) if learned else []
    strokes: list[Stroke] = []
    for bar in range(groove.num_bars - 1):
        here = drawn[bar] if learned else play(groove, bar, rng)
        if bar and bar in groove.borders and groove.feel != "ballad":
            here = [s for s in here if s[0] > 0 or s[1] not in (RIDE, CLOSED_HAT, KICK)]
            here += [(0.0, CRASH, 86), (0.0, KICK, 72)]
        if _ends_section(groove, bar) and groove.feel != "ballad":
            here = _with_fill(groove, here, rng)
        strokes += [(groove.start(bar) + at, drum, loud) for at, drum, loud in here]
    last = [(KICK, 58), (SWIRL, 50)] if groove.feel == "ballad" else [(CRASH, 92), (KICK, 80)]
    strokes += [(groove.last_start, drum, loud) for drum, loud in last]
    kit = BRUSH_KIT if groove.feel == "ballad" else STANDARD_KIT
    return Track(_notes(groove, strokes, rng), kit, True, "Drums")


def _notes(groove: Groove, strokes: list[Stroke], rng: np.random.Generator) -> tuple[Note, ...]:
    """Return the strokes as notes, the louder where a drum is struck twice at once."""
    loudest: dict[tuple[float, int], float] = {}
    for at, drum, loud in strokes:
        loudest[at, drum] = max(loud, loudest.get((at, drum), 0.0))
    size = groove.bar_quarters
    ends: dict[tuple[float, bool], float] = {}
    for by_foot in (False, True):
        times = sorted({at for at, drum in loudest if (drum in _FEET) == by_foot})
        for at, following in zip(times, [*times[1:], groove.end], strict=True):
            ends[at, by_foot] = min(following, (at // size + 1) * size)
    return tuple(
        Note(at, drum, ends[at, drum in _FEET] - at, int(np.clip(rng.normal(loud, 3), 12, 120)))
        for (at, drum), loud in sorted(loudest.items())
    )


def _ends_section(groove: Groove, bar: int) -> bool:
    return bar + 1 in groove.borders or bar + 2 == groove.num_bars


def _with_fill(groove: Groove, strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Return a bar whose end is a fill, the pedal going on below."""
    size = groove.bar_quarters
    if groove.form.meter[1] not in (2, 4) or size < 3:
        return [*strokes, (size - 0.5, SNARE, 70)]
    fill = [(at + size - 4, drum, loud) for at, drum, loud in _FILLS[int(rng.integers(len(_FILLS)))]]
    begins = min(at for at, _, _ in fill)
    return [s for s in strokes if s[0] < begins or s[1] == PEDAL_HAT] + fill


# ------------------------------------------------------------------------------------------------------ as is learned


def _learned_swing(groove: Groove, rng: np.random.Generator) -> list[list[Stroke]]:
    """Return the bars but the last as drummers of jazz play them; more comments where the soloist rests.

    The third triplet is written as the second eighth, which swings, the second one as the sixteenth before it.
    """
    counts, loudness = load_swing()
    busy = [groove.busy(groove.start(bar), groove.start(bar + 1)) for bar in range(groove.num_bars - 1)]
    comments = np.array([_ANSWER if groove.solo_onsets and b < 0.5 else _ROOM if b > _BUSY else 0.0 for b in busy])
    hits = draw_swing(counts, groove.num_bars - 1, rng, comments)
    bars: list[list[Stroke]] = [[] for _ in range(groove.num_bars - 1)]
    for step, drum in zip(*np.nonzero(hits), strict=True):
        bar, within = divmod(int(step), STEPS)
        quarter = within // SLOTS + (0.0, 0.25, 0.5)[within % SLOTS]
        bars[bar].append((quarter, DRUMS[drum], drawn_velocity(loudness, int(drum), int(step), rng)))
    return bars


# -------------------------------------------------------------------------------------------------- one bar of a feel


def _swing(groove: Groove, bar: int, rng: np.random.Generator) -> list[Stroke]:
    """Return a bar of ride on every beat with skips before 1 and 3, hi-hat on 2 and 4, the bass drum hardly heard."""
    pulses = groove.pulses
    strokes: list[Stroke] = []
    skips = _skips(groove, rng)
    for i, pulse in enumerate(pulses):
        back = i % 2 == 1 if len(pulses) != 3 else i > 0
        strokes.append((pulse, RIDE, 98 if back else 90))
        if back:
            strokes.append((pulse, PEDAL_HAT, 74))
        if groove.qpm < FAST:
            strokes.append((pulse, KICK, 40))
        if i in skips:
            strokes.append((pulse + 0.5, RIDE, 78))
    return strokes + _comments(groove, bar, rng)


def _skips(groove: Groove, rng: np.random.Generator) -> set[int]:
    """Return the beats after which the ride plays its second eighth: 2 and 4 as a rule, fewer where it is fast."""
    if groove.form.meter[1] not in (2, 4):
        return set()
    count = len(groove.pulses)
    usual = [1] if count == 3 else list(range(1, count, 2))
    chosen = int(rng.choice(4, p=_SKIPS if groove.qpm < FAST else (0.4, 0.25, 0.25, 0.1)))
    kept = (usual, usual[:1], usual[-1:], [])[chosen]
    return set(kept) | ({0} if groove.qpm < FAST and rng.random() < 0.06 else set())


def _comments(groove: Groove, bar: int, rng: np.random.Generator) -> list[Stroke]:
    """Return soft strokes of snare or bass drum off the beat, more and louder where the soloist rests."""
    if groove.form.meter[1] not in (2, 4):
        return []
    start = groove.start(bar)
    busy = groove.busy(start, start + groove.bar_quarters)
    chance = _COMMENT * (1.5 if groove.solo_onsets and busy < 0.5 else 0.6 if busy > _BUSY else 1.0)
    strokes: list[Stroke] = []
    while rng.random() < chance and len(strokes) < 3:
        at = float(rng.choice(groove.pulses)) + 0.5
        drum = SNARE if rng.random() < 0.75 else KICK
        strokes.append((at, drum, rng.uniform(44, 70)))
    return strokes


def _latin(groove: Groove, bar: int, rng: np.random.Generator) -> list[Stroke]:
    """Return a bar of a bossa nova: even hi-hat, bass drum in dotted figures, the stick in its two-bar pattern."""
    size = groove.bar_quarters
    if groove.form.meter[1] not in (2, 4):
        return _even(groove, bar, rng)
    strokes: list[Stroke] = [(at / 2, CLOSED_HAT, 68 if at % 2 == 0 else 50) for at in range(int(size * 2))]
    for half in range(int(size // 2)):
        strokes += [(2.0 * half, KICK, 74), (2.0 * half + 1.5, KICK, 60)]
    sticks = (0.0, 1.5, 3.0) if bar % 2 == 0 else (1.0, 2.5)
    strokes += [(at, STICK, 78) for at in sticks if at < size]
    strokes += [(pulse, PEDAL_HAT, 46) for i, pulse in enumerate(groove.pulses) if i % 2]
    if rng.random() < 0.15:
        strokes.append((size - 0.5, STICK, 54))
    return strokes


def _ballad(groove: Groove, _bar: int, rng: np.random.Generator) -> list[Stroke]:
    """Return a bar of brushes: swirls on the strong beats, taps on the weak ones, a soft bass drum at the start."""
    pulses = groove.pulses
    strokes: list[Stroke] = [(0.0, KICK, 36)]
    for i, pulse in enumerate(pulses):
        weak = i % 2 == 1 or (len(pulses) == 3 and i > 0)
        strokes += [(pulse, SNARE, 58), (pulse, PEDAL_HAT, 60)] if weak else [(pulse, SWIRL, 60)]
    if groove.form.meter[1] in (2, 4) and rng.random() < 0.3:
        strokes.append((float(rng.choice(pulses)) + 0.5, SNARE, 32))
    return strokes


def _even(groove: Groove, bar: int, rng: np.random.Generator) -> list[Stroke]:
    """Return a bar of even eighths on the hi-hat, snare on the weak beats, the bass drum around them."""
    pulses, size = groove.pulses, groove.bar_quarters
    strokes: list[Stroke] = [(at / 2, CLOSED_HAT, 64 if at % 2 == 0 else 50) for at in range(int(size * 2))]
    for i, pulse in enumerate(pulses):
        weak = i % 2 == 1 and (len(pulses) != 3 or i == 2)
        strokes.append((pulse, SNARE if weak else KICK, 76))
    if len(pulses) == 4 and size == 4 and rng.random() < 0.6:
        strokes.append((2.5 if bar % 2 else 1.5, KICK, 64))
    return strokes


_PLAYERS: dict[str, Callable[[Groove, int, np.random.Generator], list[Stroke]]] = {
    "swing": _swing,
    "latin": _latin,
    "ballad": _ballad,
    "even": _even,
}
