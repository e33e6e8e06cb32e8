"""Scores of the corpus that music21 carries, read onto a grid of sixteenths, voice by voice.

Class: GridScore. Functions: corpus_paths, read_grid_score.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musegen.errors import FileFormatError

if TYPE_CHECKING:
    from music21.stream import Measure, Part

STEPS_PER_QUARTER = 4
VOICES = ("Soprano", "Alto", "Tenor", "Bass")


@dataclass(frozen=True, slots=True)
class GridScore:
    """Four voices as written, one row for each sixteenth.

    Args:
        title: as printed, or the name of the file.
        pitches: MIDI numbers, -1 for silence, shape (T, 4), voices from soprano to bass.
        attacks: True where a note starts (a repeated note, not a tied one), shape (T, 4).
        fermatas: True on the first step of a soprano note (bass, where the soprano has none) under a fermata, (T,).
        bar_phases: steps since the start of the bar, shape (T,); a pickup starts late in its bar.
        meters: numerator and denominator in force, shape (T, 2).
        fifths: sharps of the key signature, negative for flats.
        played: sections (first step, stop step) in the order in which repeat signs have them played.
    """

    title: str
    pitches: np.ndarray
    attacks: np.ndarray
    fermatas: np.ndarray
    bar_phases: np.ndarray
    meters: np.ndarray
    fifths: int
    played: tuple[tuple[int, int], ...]

    def take(self, steps: np.ndarray) -> "GridScore":
        """Return the score made of the rows `steps`, shape (T',), with nothing left to repeat."""
        return GridScore(
            self.title, self.pitches[steps], self.attacks[steps], self.fermatas[steps], self.bar_phases[steps],
            self.meters[steps], self.fifths, ((0, len(steps)),),
        )  # fmt: skip

    def unfolded(self) -> "GridScore":
        """Return the score as played, repeats written out."""
        return self.take(np.concatenate([np.arange(start, stop) for start, stop in self.played]))


def corpus_paths(composer: str) -> list[Path]:
    """Return the MusicXML and kern scores of a composer that music21 carries, sorted by name."""
    from music21 import corpus

    found = {Path(path) for path in corpus.getComposer(composer)}
    return sorted(path for path in found if path.suffix in (".mxl", ".xml", ".krn"))


def read_grid_score(path: Path) -> GridScore:
    """Read a score of four voices; instruments beside a choir are left out, notes shorter than a step are sampled.

    Raises:
        FileFormatError: the file cannot be read, or has no four voices.
    """
    from music21 import converter
    from music21.exceptions21 import Music21Exception

    try:
        score = converter.parse(path)
    except (Music21Exception, OSError, ValueError) as error:
        raise FileFormatError("{name} cannot be read as a score: {error}.", name=path.name, error=error) from error
    parts = _four_parts(list(getattr(score, "parts", ())))
    if parts is None:
        raise FileFormatError("{name} has no parts for soprano, alto, tenor and bass.", name=path.name)
    length = round(max(float(part.highestTime) for part in parts) * STEPS_PER_QUARTER)
    voices = [_read_voice(part, length) for part in parts]
    fermatas = voices[0][2] if voices[0][2].any() else voices[3][2]
    phases, meters = _bars(parts[0], length)
    signatures = list(parts[0].flatten().getElementsByClass("KeySignature"))
    title = (score.metadata.title if score.metadata else None) or path.stem
    return GridScore(
        title=title,
        pitches=np.stack([voice[0] for voice in voices], axis=1),
        attacks=np.stack([voice[1] for voice in voices], axis=1),
        fermatas=fermatas,
        bar_phases=phases,
        meters=meters,
        fifths=signatures[-1].sharps if signatures else 0,
        played=_sections(parts[0], length),
    )


def _four_parts(parts: "list[Part]") -> "list[Part] | None":
    """Return the parts of the choir: all where there are four, else the first of each voice's name."""
    if len(parts) == len(VOICES):
        return parts
    chosen = [next((p for p in parts if (p.partName or "").startswith(name)), None) for name in VOICES]
    found = [part for part in chosen if part is not None]
    return found if len(found) == len(chosen) else None


def _read_voice(part: "Part", length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pitches, attacks and fermatas of one part, each of shape (length,); the highest note of a chord counts."""
    pitches, attacks = np.full(length, -1), np.zeros(length, bool)
    fermatas, first = np.zeros(length, bool), 0
    for element in part.flatten().notes:
        if element.duration.isGrace or not hasattr(element, "pitches"):
            continue
        onset = float(element.offset) * STEPS_PER_QUARTER
        start = math.ceil(onset - 1e-6)
        stop = min(math.ceil(onset + float(element.quarterLength) * STEPS_PER_QUARTER - 1e-6), length)
        if stop <= start:
            continue
        pitches[start:stop] = max(pitch.midi for pitch in element.pitches)
        tied = element.tie is not None and element.tie.type in ("stop", "continue")
        if not (tied and start and pitches[start - 1] == pitches[start]):
            attacks[start], first = True, start
        if any("Fermata" in mark.classes for mark in element.expressions):
            fermatas[first] = True
    return pitches, attacks, fermatas


def _bars(part: "Part", length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the phase in the bar of every step, shape (length,), and its meter, shape (length, 2)."""
    phases, meters = np.zeros(length, int), np.tile([4, 4], (length, 1))
    meter = (4, 4)
    for measure in part.getElementsByClass("Measure"):
        if measure.timeSignature is not None:
            meter = (measure.timeSignature.numerator, measure.timeSignature.denominator)
        start = round(float(measure.offset) * STEPS_PER_QUARTER)
        stop = min(start + round(float(measure.duration.quarterLength) * STEPS_PER_QUARTER), length)
        late = round(float(measure.paddingLeft) * STEPS_PER_QUARTER)
        bar = meter[0] * 4 * STEPS_PER_QUARTER // meter[1]
        phases[start:stop] = (late + np.arange(max(stop - start, 0))) % bar
        meters[start:stop] = meter
    return phases, meters


def _sections(part: "Part", length: int) -> tuple[tuple[int, int], ...]:
    """Return the sections as repeat signs have them played (no endings: no chorale here has any)."""

    def has_sign(measure: "Measure", side: str, direction: str) -> bool:
        sign = getattr(measure, side)
        return getattr(sign, "direction", None) == direction

    played: list[tuple[int, int]] = []
    last = 0
    for measure in part.getElementsByClass("Measure"):
        start = round(float(measure.offset) * STEPS_PER_QUARTER)
        stop = start + round(float(measure.duration.quarterLength) * STEPS_PER_QUARTER)
        if has_sign(measure, "leftBarline", "start") and start > last:
            played.append((last, start))
            last = start
        if has_sign(measure, "rightBarline", "end"):
            played += [(last, stop), (last, stop)]
            last = stop
    if last < length:
        played.append((last, length))
    return tuple(played)
