"""Chord progressions of pop songs, by section: counted from real ones, and drawn from. section_chords, chords_after.

A progression is two chords a bar, each a degree above the tonic and a quality. How likely a chord is was counted by
section, by place in four bars, by the chords before, and by what stood four bars ago, each context the prior of the
next. Counts: `musegen.training.progression_table`, from the McGill Billboard corpus and the songs of POP909.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musegen.music.chord import Chord
from musegen.paths import assets_dir

SECTIONS = ("intro", "verse", "chorus", "bridge")
QUALITIES = ("maj", "min", "7", "maj7", "min7", "dim", "sus")
_CLASS = {"maj": 0, "6": 0, "5": 0, "aug": 0, "sus2": 6, "min": 1, "m6": 1, "mmaj7": 1, "7": 2, "7alt": 2, "maj7": 3,
          "min7": 4, "dim": 5, "dim7": 5, "m7b5": 5, "sus": 6, "7sus": 6}  # fmt: skip
NONE = -1
PHRASE = 8
"""Half bars of a phrase of four bars."""
PRIOR = 10.0
_NUM = 12 * len(QUALITIES)

Counts = Mapping[str, Mapping[int, int]]
"""How often each chord was met in each context."""


@dataclass(frozen=True, slots=True, eq=False)
class ProgressionTables:
    """What was counted, by mode ("major", "minor")."""

    counts: Mapping[str, Counts]


@lru_cache(maxsize=1)
def load_progressions() -> ProgressionTables:
    """Return what was counted in the corpus."""
    stored = json.loads((assets_dir() / "progressions.json").read_text(encoding="utf-8"))
    return ProgressionTables(
        {mode: {c: {int(k): n for k, n in row.items()} for c, row in rows.items()} for mode, rows in stored.items()}
    )


def symbol_of(chord: Chord, tonic: int) -> int:
    """Return the number of a chord in a key, `NONE` for no chord."""
    return NONE if chord.is_no_chord else (chord.root - tonic) % 12 * len(QUALITIES) + _CLASS[chord.quality]


def chord_of(symbol: int, tonic: int) -> Chord:
    """Return the chord of a number in a key."""
    degree, quality = divmod(symbol, len(QUALITIES))
    return Chord((degree + tonic) % 12, QUALITIES[quality])


def contexts(before: Sequence[int], section: str, place: int) -> tuple[str, ...]:
    """Return the contexts of the next chord, from wide to narrow.

    Args:
        before: the chords of the section so far, a half bar each.
        section: one of `SECTIONS`.
        place: half bars since the section began.
    """
    last = before[-1] if before else NONE
    ago = before[-PHRASE] if len(before) >= PHRASE else NONE
    same = int(len(before) > PHRASE and before[-1] == before[-PHRASE - 1])
    where = place % PHRASE
    return (
        "",
        f"s{section}{where}" if not before else f"l{last}",
        f"p{where}/{last}",
        f"a{where}/{last}/{ago}/{same}",
    )


def chances(counts: Counts, met: Sequence[str]) -> np.ndarray:
    """Return how likely each chord is, shape (84,)."""
    likely = np.full(_NUM, 1 / _NUM)
    for context in met:
        row = counts.get(context)
        if row:
            total = sum(row.values())
            own = np.zeros(_NUM)
            own[list(row)] = list(row.values())
            likely = (own + PRIOR * likely) / (total + PRIOR)
    return likely


def section_chords(
    section: str, num_bars: int, tonic: int, mode: str, rng: np.random.Generator, *, closes: bool = False,
    temperature: float = 0.95,
) -> tuple[Chord, ...]:  # fmt: skip
    """Return the chords of a section, two a bar.

    Args:
        section: one of `SECTIONS`.
        num_bars: at least 1.
        tonic: pitch class.
        mode: "major" or "minor".
        rng: where chance comes from.
        closes: whether the section ends on the tonic.
        temperature: above 0; below 1 the likelier is preferred.
    """
    counts = load_progressions().counts[mode]
    home = int(mode == "minor")
    found: list[int] = []
    for place in range(2 * num_bars):
        if closes and place >= 2 * num_bars - 2:
            found.append(home)
            continue
        likely = chances(counts, contexts(found, section, place)) ** (1 / temperature)
        if place == 0 and section == "verse":
            likely[home] *= 2
        if closes and place == 2 * num_bars - 3:  # what leads home
            likely *= np.where(np.isin(np.arange(_NUM) // len(QUALITIES), (7, 5, 10)), 6.0, 1.0)
            likely[home] = 0
        found.append(_one(likely, found, rng))
    return tuple(chord_of(symbol, tonic) for symbol in found)


def chords_after(
    before: Sequence[Chord],
    num_bars: int,
    tonic: int,
    mode: str,
    rng: np.random.Generator,
    *,
    temperature: float = 0.95,
) -> tuple[Chord, ...]:
    """Return the chords that go on from others as a song goes on, two a bar.

    Args:
        before: two a bar, from the first of a section on.
        num_bars: how many more.
        tonic: pitch class.
        mode: "major" or "minor".
        rng: where chance comes from.
        temperature: above 0; below 1 the likelier is preferred.
    """
    counts = load_progressions().counts[mode]
    found = [symbol_of(chord, tonic) for chord in before]
    for place in range(len(before), len(before) + 2 * num_bars):
        likely = chances(counts, contexts(found, "verse", place)) ** (1 / temperature)
        found.append(_one(likely, found, rng))
    return tuple(chord_of(symbol, tonic) for symbol in found[len(before) :])


def _one(likely: np.ndarray, found: Sequence[int], rng: np.random.Generator) -> int:
    """Return a chord drawn; after four bars of one chord, another."""
    if len(found) >= PHRASE and len(set(found[-PHRASE:])) == 1 and found[-1] != NONE:
        likely[found[-1]] = 0
    return int(rng.choice(_NUM, p=likely / likely.sum()))
