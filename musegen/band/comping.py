"""The piano of a rhythm section: voicings without the root, led by the least movement, in rhythms that leave room.

Voicings hold third and seventh with two colours of the chord (the A and B shapes of the usual schools, and the two
between them), or third and seventh alone where it is fast. Rhythms are drawn bar by bar from a small book of ours, the
likelier the less they hit where the soloist plays and the more where the soloist rests.
"""

import numpy as np

from musegen.band.groove import FAST, Groove
from musegen.music import Note, Track
from musegen.music.chord import Chord

PIANO_PROGRAM = 0
LOW, HIGH = 48, 72
"""Range of the voicings: C3 to C5."""

Hits = tuple[tuple[float, float], ...]

_MIDDLE = 59.5
_UNHEARD, _AGAIN = 0.2, 0.3  # weight of a bar that leaves a chord out, and of the same bar again
_NINTHS = {"b9": 1, "#9": 3, "9": 2}
_FIFTHS = {"b13": 8, "#5": 8, "13": 9, "b5": 6, "#11": 6, "11": 5}
_OWN_FIFTHS = {"7": 9, "6": 7, "m6": 7, "7sus": 9, "sus": 7, "7alt": 8, "m7b5": 6, "dim": 6, "dim7": 6, "aug": 8}
_SEVENTHS = {"maj": 9, "min": 10, "aug": 10, "sus": 10, "7sus": 10, "m7b5": 10}

SWING: dict[Hits, float] = {
    ((0.0, 0.5), (1.5, 0.5)): 3.0,  # the Charleston
    ((1.5, 0.5), (3.5, 0.5)): 3.0,
    ((3.5, 0.5),): 2.0,
    ((1.5, 1.5),): 2.0,
    ((0.5, 0.5), (2.0, 1.0)): 1.5,
    ((1.0, 0.5), (3.0, 0.5)): 1.5,
    ((0.0, 1.5), (2.5, 1.0)): 1.5,
    ((0.5, 1.0), (3.5, 0.5)): 1.5,
    ((2.5, 0.5), (3.5, 0.5)): 1.0,
    ((1.0, 1.5), (2.5, 0.5), (3.5, 0.5)): 0.7,
    ((0.0, 3.0),): 0.7,
    (): 0.6,
}
"""Bars of comping in swing, (onset, length) in quarters, with their weights."""
LATIN: dict[Hits, float] = {
    ((0.0, 0.5), (1.5, 1.0), (3.0, 0.5)): 2.0,
    ((0.5, 1.0), (2.0, 0.5), (3.5, 0.5)): 2.0,
    ((0.0, 1.0), (1.5, 0.5), (2.5, 1.0)): 1.5,
    ((1.0, 0.5), (2.5, 1.0)): 1.0,
}
EVEN: dict[Hits, float] = {
    ((0.0, 1.5), (1.5, 2.0)): 2.0,
    ((0.0, 1.0), (1.5, 0.5), (2.5, 1.5)): 2.0,
    ((0.5, 1.0), (1.5, 0.5), (3.0, 1.0)): 1.0,
    ((0.0, 4.0),): 1.0,
}
BALLAD: dict[Hits, float] = {
    ((0.0, 4.0),): 2.0,
    ((0.0, 2.0), (2.0, 2.0)): 2.0,
    ((0.0, 2.5), (2.5, 1.5)): 1.0,
    ((0.0, 3.0), (3.0, 1.0)): 1.0,
}
THREE: dict[Hits, float] = {
    ((0.0, 0.5), (1.5, 0.5)): 2.0,
    ((1.0, 1.0), (2.0, 0.5)): 1.5,
    ((1.5, 1.5),): 1.5,
    ((0.0, 1.0), (2.5, 0.5)): 1.0,
    ((0.0, 3.0),): 1.0,
}
"""For bars of three quarters, in any feel."""
_BOOKS = {"swing": SWING, "latin": LATIN, "even": EVEN, "ballad": BALLAD}


def piano_track(groove: Groove, rng: np.random.Generator) -> Track:
    """Return the piano of all bars, the chord of the last bar held.

    Args:
        groove: what is accompanied.
        rng: where chance comes from.
    """
    notes: list[Note] = []
    before: tuple[int, ...] = ()
    for onset, length in _hits(groove, rng):
        chord = groove.chord(onset + (length if _anticipates(groove, onset, length) else 0.0))
        if chord.is_no_chord:
            continue
        before = voicing(chord, before, small=groove.qpm > FAST and groove.feel == "swing")
        held = onset >= groove.last_start
        loud = rng.normal({"ballad": 62, "swing": 74}.get(groove.feel, 70) + 4 * held, 4)
        for i, pitch in enumerate(before):
            notes.append(Note(onset, pitch, length, int(np.clip(loud + 3 * (i == len(before) - 1), 40, 100))))
    return Track(tuple(notes), PIANO_PROGRAM, name="Piano")


# ------------------------------------------------------------------------------------------------------------ voicings


def colours(chord: Chord) -> tuple[int, ...]:
    """Return what a pianist plays of a chord over a bass, in semitones above its root: guide tones and two colours.

    The colours are ninth and fifth or thirteenth as the chord has them; where it has no say, natural ones that its
    scale holds, else the root.
    """
    if chord.quality == "5":
        return (0, 7)
    if chord.quality == "dim7":
        return (3, 9, 0, 6)
    guides = [(pitch - chord.root) % 12 for pitch in chord.guide_tones]
    steps = {(pitch - chord.root) % 12 for pitch in chord.scale}
    ninth = next((_NINTHS[name] for name in chord.extensions if name in _NINTHS), 2)
    if chord.quality == "7alt":
        ninth = 3
    if ninth not in steps or chord.quality in ("m7b5", "dim"):
        ninth = 0
    fifth = next((_FIFTHS[name] for name in chord.extensions if name in _FIFTHS), _OWN_FIFTHS.get(chord.quality, 7))
    if fifth not in steps and fifth != 6:
        fifth = 8 if 8 in steps else 7
    if len(guides) == 1:
        guides.append(_SEVENTHS.get(chord.quality, 0))
    return tuple(dict.fromkeys((*guides, ninth, fifth)))


def voicing(chord: Chord, before: tuple[int, ...] = (), *, small: bool = False) -> tuple[int, ...]:
    """Return pitches from C3 to C5 for a chord, ascending.

    Args:
        chord: a chord, not `NO_CHORD`.
        before: the voicing played last; the nearest to it is chosen, near the middle where there is none.
        small: two guide tones and one colour only.
    """
    steps = colours(chord)
    if small:
        steps = steps[:3]
    classes = sorted((chord.root + step) % 12 for step in steps)
    shapes = []
    for first in range(len(classes)):
        around = classes[first:] + [pitch + 12 for pitch in classes[:first]]
        for octave in range(0, 128, 12):
            shape = tuple(octave + pitch for pitch in around)
            if shape[0] >= LOW and shape[-1] <= HIGH:
                shapes.append(shape)
    guides = {(chord.root + step) % 12 for step in steps[:2]}

    def price(shape: tuple[int, ...]) -> float:
        middle = abs(sum(shape) / len(shape) - _MIDDLE)
        ends_well = 0.0 if shape[0] % 12 in guides else 2.0  # the A and B shapes stand on third or seventh
        crunch = 2.0 * (shape[-1] - shape[-2] == 1)
        return ends_well + crunch + (_movement(before, shape) + 0.15 * middle if before else middle)

    return min(shapes, key=price)


def _movement(before: tuple[int, ...], after: tuple[int, ...]) -> float:
    """Return how far the voices move, each to the nearest note, a voice on average."""
    there = [min(abs(a - b) for b in before) for a in after]
    back = [min(abs(a - b) for a in after) for b in before]
    return sum(there) / len(there) + sum(back) / len(back)


# -------------------------------------------------------------------------------------------------------------- rhythm


def _hits(groove: Groove, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return (onset, length) of all chords played; none sounds into the next or over a change it does not foresee."""
    hits: list[tuple[float, float]] = []
    last: Hits | None = None
    for bar in range(groove.num_bars - 1):
        book = _book(groove)
        weights = np.array([
            weight
            * _room(groove, groove.start(bar), hits_of)
            * _UNHEARD ** _unheard(groove, bar, hits_of)
            * (_AGAIN if hits_of == last else 1.0)
            for hits_of, weight in book.items()
        ])  # fmt: skip
        last = list(book)[int(rng.choice(len(book), p=weights / weights.sum()))]
        chosen = dict(last)
        if groove.feel in ("ballad", "even"):
            for change in groove.changes(bar):
                chosen.setdefault(change - groove.start(bar), 1.0)
        hits += [(groove.start(bar) + onset, length) for onset, length in sorted(chosen.items())]
    hits = [h for h in hits if not (h[0] + h[1] == groove.last_start and h[1] == 0.5)]
    hits.append((groove.last_start, groove.bar_quarters))
    cut = []
    for i, (onset, length) in enumerate(hits):
        if i and _foreseen(groove, hits[i - 1], onset):
            continue
        limit = hits[i + 1][0] if i + 1 < len(hits) else groove.end
        if not _anticipates(groove, onset, length):
            limit = min(limit, groove.change_after(onset))
        cut.append((onset, min(length, limit - onset)))
    return cut


def _book(groove: Groove) -> dict[Hits, float]:
    """Return the bars to choose from, those of other meters made of the bars of three and four quarters."""
    if groove.bar_quarters == 4:
        return _BOOKS[groove.feel]
    if groove.bar_quarters == 3 and groove.form.meter[1] == 4:
        return THREE
    if groove.form.meter[1] not in (2, 4):
        ends = (*groove.pulses[1:], groove.bar_quarters)
        each = tuple((at, end - at) for at, end in zip(groove.pulses, ends, strict=True))
        return {each: 1.0, each[:1]: 1.0, ((0.0, groove.bar_quarters),): 1.0}
    size = groove.bar_quarters
    books: dict[Hits, float] = {}
    for hits, weight in _BOOKS[groove.feel].items():
        more = tuple((onset + 4, length) for onset, length in hits) if size > 4 else ()
        kept = tuple((onset, min(length, size - onset)) for onset, length in (*hits, *more) if onset < size)
        books[kept] = books.get(kept, 0.0) + weight
    return books


def _room(groove: Groove, start: float, hits: Hits) -> float:
    """Return how well a bar of hits leaves room: less for each hit while the soloist plays, more in rests."""
    if not groove.solo_onsets:
        return 1.0
    price = 0.0
    for onset, length in hits:
        price += min(groove.busy(start + onset - 0.25, start + onset + min(length, 1.0)), 3.0) - 0.5
    resting = groove.busy(start, start + groove.bar_quarters) < 0.3
    return float(np.exp(-0.9 * price)) * (0.2 if resting and not hits else 1.0)


def _unheard(groove: Groove, bar: int, hits: Hits) -> int:
    """Return how many chords of a bar of several no hit plays."""
    changes = [change - groove.start(bar) for change in groove.changes(bar)]
    ends = (*changes[1:], groove.bar_quarters)
    spans = zip(changes, ends, strict=True)
    heard = sum(any(begin - 0.5 <= onset < end - 0.5 for onset, _ in hits) for begin, end in spans)
    return len(changes) - heard if len(changes) > 1 else 0


def _anticipates(groove: Groove, onset: float, length: float) -> bool:
    """Whether a short hit on the last eighth before a change plays the chord that is coming."""
    return length == 0.5 and onset + 0.5 == groove.change_after(onset) and onset + 0.5 < groove.end


def _foreseen(groove: Groove, before: tuple[float, float], onset: float) -> bool:
    """Whether a hit on a change repeats what the hit just before has said already."""
    return before[0] + before[1] == onset < groove.last_start and _anticipates(groove, *before)
