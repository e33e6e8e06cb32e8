"""**kern piano scores as pieces for two hands: bars made regular, dynamics as printed, by rule.

Functions: piano_piece, printed_velocities.

No performance belongs to these scores, so loudness is a rule over what is printed. A mark (p, ff) holds until the next;
a hairpin leads to the mark after it, or a step up or down. On top of it the highest note of the right hand is louder
than what goes with it, the beginning of a bar a little, and accents much: the voicing that pianists' performances of
scores show most clearly (W. Goebl, Melody lead in piano performance: expressive device or artifact?, JASA 2001).
"""

import re

import numpy as np

from musegen.corpora.kern import KernScore
from musegen.corpora.score_assembly import assembled
from musegen.corpora.score_piece import HANDS, PIANO
from musegen.errors import FileFormatError
from musegen.music import Piece

LEVELS = {"ppp": 30, "pp": 40, "p": 52, "mp": 62, "mf": 70, "f": 84, "ff": 98, "fff": 110}
"""Velocities of the marks."""

_FORCED = re.compile("s?fz|sf")
_UNMARKED = 62
_STEP = 12
_TOP, _UNDER, _LEFT, _BAR, _ACCENT = 6, -6, -8, 3, 12


def piano_piece(score: KernScore, title: str, composer: str) -> Piece:
    """Return a score of two staves, the lower first, as a piece of right and left hand with regular bars.

    Raises:
        FileFormatError: it has not two staves.
    """
    if score.num_staves != len(HANDS):
        raise FileFormatError(f"This score has {score.num_staves} staves; one for two hands is expected.")
    notes = np.column_stack([score.notes[:, :3], 1 - score.notes[:, 3], printed_velocities(score)])
    return assembled(notes, score.measures, PIANO, title, composer)


def printed_velocities(score: KernScore) -> np.ndarray:
    """Return the velocity of each note, 1 to 127, shape (N,)."""
    notes = score.notes
    level = np.interp(notes[:, 0], *_curve(score))
    right = notes[:, 3] == 1
    top = np.zeros(len(notes), bool)
    highest: dict[int, int] = {}
    for index in np.flatnonzero(right):
        now = int(notes[index, 0])
        if now not in highest or notes[index, 2] > notes[highest[now], 2]:
            highest[now] = int(index)
    top[list(highest.values())] = True
    downbeat = np.isin(notes[:, 0], [m.tick for m in score.measures])
    forced = [tick for tick, mark in score.dynamics if _FORCED.search(mark)]
    accent = (notes[:, 4] > 0) | np.isin(notes[:, 0], forced)
    level = level + np.where(top, _TOP, np.where(right, _UNDER, _LEFT)) + _BAR * downbeat + _ACCENT * accent
    return np.clip(np.round(level), 1, 127).astype(int)


def _curve(score: KernScore) -> tuple[list[float], list[float]]:
    """Return times and levels between which loudness is interpolated: steps at marks, slopes at hairpins."""
    times, levels = [0.0], [float(_UNMARKED)]
    now, slope, begun = float(_UNMARKED), 0, 0.0
    for tick, mark in score.dynamics:
        word = "".join(c for c in mark if c.isalpha())
        target = LEVELS.get(word)
        if target is None and slope and ("]" in mark or "[" in mark or "<" in mark or ">" in mark):
            target = int(np.clip(now + slope * _STEP, LEVELS["ppp"], LEVELS["fff"]))
        if target is not None:
            if not times or tick > times[-1]:
                start = begun if slope and begun > times[-1] else float(tick) - 1
                times += [max(start, times[-1]), float(tick)]
                levels += [now, float(target)]
            else:
                levels[-1] = float(target)
            now, slope = float(target), 0
        if "<" in mark or ">" in mark:
            slope, begun = (1 if "<" in mark else -1), float(tick)
        elif "[" in mark or "]" in mark:
            slope = 0
    return times, levels
