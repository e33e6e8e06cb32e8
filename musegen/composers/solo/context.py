"""What an improviser has before the eyes: the chords of every beat and the form.

SoloContext, context_of, transposed_context. Pitch classes are 0 (C) to 11 (B), -1 where no chord is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.solo.grid import BEATS_PER_BAR
from musegen.music.chord import QUALITIES, Chord

QUALITY_CLASS = {quality: index + 1 for index, quality in enumerate(QUALITIES)}
"""1 up by `QUALITIES`; 0 stands for no chord, or none that is known."""

NUM_QUALITIES = len(QUALITIES) + 1
MAX_UNTIL = 16
TEMPO_BOUNDS = (90, 120, 150, 180, 210, 240, 280)
"""Boundaries of the classes of tempo, quarters per minute."""


@dataclass(frozen=True, slots=True)
class SoloContext:
    """The chart of one solo, a value a beat or a bar.

    Args:
        root: of the chord at each beat, one a beat.
        quality: class of its quality, one a beat.
        next_root: of the next other chord, one a beat.
        next_quality: of the next other chord, one a beat.
        until: beats until it, 1 to `MAX_UNTIL`, one a beat.
        bar_of_section: 0 up, one a bar.
        bars_left: of the section, this bar counted, one a bar.
        chorus: 0 up, one a bar.
        chorus_bars: length of a chorus, 0 where none returns.
        tempo: class, 1 to 8; 0 unknown.
    """

    root: tuple[int, ...]
    quality: tuple[int, ...]
    next_root: tuple[int, ...]
    next_quality: tuple[int, ...]
    until: tuple[int, ...]
    bar_of_section: tuple[int, ...]
    bars_left: tuple[int, ...]
    chorus: tuple[int, ...]
    chorus_bars: int = 0
    tempo: int = 0

    @property
    def num_bars(self) -> int:
        """Bars of the chart."""
        return len(self.chorus)


def tempo_class(qpm: float | None) -> int:
    """Return the class of a tempo, 0 where it is not known."""
    return 0 if qpm is None else 1 + int(np.searchsorted(TEMPO_BOUNDS, qpm, side="right"))


def context_of(
    chords: Sequence[Chord], sections: Sequence[tuple[str, int]], qpm: float | None, chorus_bars: int = 0
) -> SoloContext:
    """Return the chart as the network reads it.

    Args:
        chords: of every beat, `NO_CHORD` where there is none; four to a bar.
        sections: (name, chorus) of every bar; a section begins where either changes.
        qpm: tempo.
        chorus_bars: bars after which the form begins again, 0 where it does not.

    Raises:
        ValueError: the chords are not four to each bar of the sections, or there are none.
    """
    if not sections or len(chords) != BEATS_PER_BAR * len(sections):
        raise ValueError(f"{len(chords)} beats of chords for {len(sections)} bars")
    root = [-1 if chord.is_no_chord else chord.root for chord in chords]
    quality = [QUALITY_CLASS.get(chord.quality, 0) for chord in chords]
    following = [len(root)] * len(root)  # the beat on which another chord begins
    for i in range(len(root) - 2, -1, -1):
        same = root[i] == root[i + 1] and quality[i] == quality[i + 1]
        following[i] = following[i + 1] if same else i + 1
    begins = [i for i, section in enumerate(sections) if i == 0 or section != sections[i - 1]]
    lengths = np.diff([*begins, len(sections)]).tolist()
    first = max(sections[0][1], 1)
    return SoloContext(
        root=tuple(root),
        quality=tuple(quality),
        next_root=tuple(root[i] if i < len(root) else -1 for i in following),
        next_quality=tuple(quality[i] if i < len(root) else 0 for i in following),
        until=tuple(min(i - beat, MAX_UNTIL) for beat, i in enumerate(following)),
        bar_of_section=tuple(bar for n in lengths for bar in range(n)),
        bars_left=tuple(left for n in lengths for left in range(n, 0, -1)),
        chorus=tuple(max(chorus - first, 0) for _, chorus in sections),
        chorus_bars=chorus_bars,
        tempo=tempo_class(qpm),
    )


def transposed_context(context: SoloContext, semitones: int) -> SoloContext:
    """Return the chart `semitones` higher."""

    def moved(roots: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(-1 if root < 0 else (root + semitones) % 12 for root in roots)

    return replace(context, root=moved(context.root), next_root=moved(context.next_root))
