"""Humdrum **kern read straight: staves, measures and dynamics of engraved scores, splits and joins of spines followed.

Function: read_kern. For corpora of known files; music21's reader loses notes where a staff splits. Left out are grace
notes (q), hidden notes (yy) and rests; tied notes are one; repeats are not written out; ornaments are not read.
The representation: https://www.humdrum.org/rep/kern/ and https://www.humdrum.org/guide/ch05/ (spine paths).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from musegen.constants import TICKS_PER_QUARTER
from musegen.errors import FileFormatError
from musegen.files.partwise import Measure

_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_PITCH = re.compile(r"([a-gA-G])\1*")
_RECIP = re.compile(r"(\d+)(?:%(\d+))?(\.*)")
_METER = re.compile(r"\*M(\d+)/(\d+)")
_TEMPO = re.compile(r"\*MM(\d+(?:\.\d+)?)")
_SIGNATURE = re.compile(r"\*k\[([a-g#n-]*)\]")
_PATHS = frozenset(("*^", "*v", "*-", "*+", "*x"))
_ZERO_RECIP = {"0": Fraction(8), "00": Fraction(16), "000": Fraction(32)}


@dataclass(frozen=True, slots=True)
class KernScore:
    """What was read.

    Args:
        num_staves: from the lowest, as the file has its spines.
        notes: onset and duration in ticks (10080 a quarter), pitch, staff, accent (1 where one is printed), sorted;
            shape (N, 5).
        measures: in order.
        dynamics: (tick, mark) as printed in the **dynam spines: "p", "ff", "<", "[" and so on.
        num_raw: notes in the tokens, grace notes, hidden notes and later parts of ties not counted.
        misaligned: tokens that begin before the note before them in their spine has ended.
    """

    num_staves: int
    notes: np.ndarray
    measures: tuple[Measure, ...]
    dynamics: tuple[tuple[int, str], ...]
    num_raw: int
    misaligned: int


@dataclass(slots=True)
class _Column:
    kind: str
    staff: int
    end: Fraction = Fraction(0)


@dataclass(slots=True)
class _Reading:
    columns: list[_Column] = field(default_factory=list)
    time: Fraction = Fraction(0)
    notes: list[list] = field(default_factory=list)
    open_ties: dict[tuple[int, int], list] = field(default_factory=dict)
    bars: list[Fraction] = field(default_factory=list)
    meters: dict[Fraction, tuple[int, int]] = field(default_factory=dict)
    fifths: dict[Fraction, int] = field(default_factory=dict)
    tempos: dict[Fraction, float] = field(default_factory=dict)
    dynamics: list[tuple[Fraction, str]] = field(default_factory=list)
    num_raw: int = 0
    misaligned: int = 0

    def interpretation(self, tokens: list[str]) -> None:
        if not self.columns:
            staff = -1
            for token in tokens:
                staff += token == "**kern"
                self.columns.append(_Column(token, staff if token == "**kern" else -1))
            return
        if _PATHS & set(tokens):
            self._split_and_join(tokens)
            return
        for token, column in zip(tokens, self.columns, strict=False):
            if column.kind != "**kern":
                continue
            if found := _METER.fullmatch(token):
                self.meters[self.time] = (int(found[1]), int(found[2]))
            elif found := _SIGNATURE.fullmatch(token):
                self.fifths[self.time] = found[1].count("#") - found[1].count("-")
            elif found := _TEMPO.match(token):
                self.tempos[self.time] = float(found[1])

    def _split_and_join(self, tokens: list[str]) -> None:
        made: list[_Column] = []
        joining = False
        for token, column in zip(tokens, self.columns, strict=False):
            if token == "*v":
                if joining and made[-1].staff == column.staff and made[-1].kind == column.kind:
                    made[-1].end = max(made[-1].end, column.end)
                else:
                    made.append(column)
                joining = True
                continue
            joining = False
            if token == "*^":
                made += [column, replace(column)]
            elif token == "*+":
                made += [column, _Column(column.kind, column.staff, column.end)]
            elif token != "*-":
                made.append(column)
        swapped = [index for index, token in enumerate(tokens) if token == "*x"]
        if len(swapped) == 2 and len(made) == len(self.columns):
            first, second = swapped
            made[first], made[second] = made[second], made[first]
        self.columns = made

    def data(self, tokens: list[str]) -> None:
        for token, column in zip(tokens, self.columns, strict=False):
            if token == "." or not token:
                continue
            if column.kind == "**kern":
                self._chord(token, column)
            elif column.kind == "**dynam":
                self.dynamics.append((self.time, token))
        later = [column.end for column in self.columns if column.kind == "**kern" and column.end > self.time]
        self.time = min(later, default=self.time)

    def _chord(self, token: str, column: _Column) -> None:
        length: Fraction | None = None
        for sub in token.split(" "):
            if "q" in sub:
                continue
            found = _RECIP.search(sub)
            if found:
                length = _quarters(found)
            pitch = _PITCH.search(sub)
            if length is None or pitch is None or "r" in sub or "yy" in sub:
                continue
            self._note(sub, _midi(pitch[0], sub), length, column.staff)
        if length is not None:
            self.misaligned += column.end > self.time
            column.end = self.time + length

    def _note(self, sub: str, pitch: int, length: Fraction, staff: int) -> None:
        place, end = (staff, pitch), self.time + length
        if "_" in sub or "]" in sub:
            before = self.open_ties.get(place)
            if before is not None and before[1] == self.time:
                before[1] = end
                if "]" in sub:
                    del self.open_ties[place]
                return
        note = [self.time, end, pitch, staff, int("^" in sub or "z" in sub)]
        self.num_raw += 1
        self.notes.append(note)
        if "[" in sub or "_" in sub:
            self.open_ties[place] = note


def read_kern(text: str) -> KernScore:
    """Return the notes, measures and dynamics of a **kern file.

    Raises:
        FileFormatError: there are no **kern spines, no notes or no bars in it.
    """
    reading = _Reading()
    for tokens in _records(text):
        if tokens[0].startswith("*"):
            reading.interpretation(tokens)
        elif tokens[0].startswith("="):
            if not reading.bars or reading.bars[-1] != reading.time:
                reading.bars.append(reading.time)
        else:
            reading.data(tokens)
    if not reading.notes:
        raise FileFormatError("There are no notes in **kern spines in this file.")
    notes = _unison_once(reading.notes)
    rows = [(_ticks(a), max(_ticks(b) - _ticks(a), 1), p, s, x) for a, b, p, s, x in notes]
    table = np.array(sorted(rows, key=lambda row: (row[0], row[3], row[2])), np.int64)
    stop = max(note[1] for note in reading.notes)
    return KernScore(
        1 + max(note[3] for note in reading.notes),
        table,
        tuple(_measures(reading, max(stop, reading.time))),
        tuple((_ticks(time), mark) for time, mark in reading.dynamics),
        reading.num_raw,
        reading.misaligned,
    )


def _records(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line and not line.startswith("!"):
            yield line.split("\t")


def _quarters(found: re.Match) -> Fraction:
    number, over, dots = found.groups()
    plain = _ZERO_RECIP.get(number) or Fraction(4 * int(over or 1), int(number))
    return plain * (2 - Fraction(1, 2 ** len(dots)))


def _midi(letters: str, sub: str) -> int:
    low = letters[0].lower()
    octave = 4 + len(letters) - 1 if letters[0].islower() else 3 - (len(letters) - 1)
    return 12 * (octave + 1) + _STEPS[low] + sub.count("#") - sub.count("-")


def _ticks(quarters: Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _unison_once(notes: list[list]) -> list[list]:
    """Return the notes with unisons of two voices of a staff as one, the longer."""
    best: dict[tuple, list] = {}
    for note in notes:
        place = (note[0], note[2], note[3])
        if place not in best or note[1] > best[place][1]:
            best[place] = note
    return list(best.values())


def _measures(reading: _Reading, stop: Fraction) -> Iterator[Measure]:
    starts = sorted({Fraction(0), *(bar for bar in reading.bars if bar < stop)})
    meter: tuple[int, int] | None = None
    fifths = 0
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], stop], strict=True)):
        # A meter, key or tempo of the middle of a bar holds from the next bar line on.
        for time in sorted(t for t in reading.meters if t <= start):
            meter = reading.meters.pop(time)
        for time in sorted(t for t in reading.fifths if t <= start):
            fifths = reading.fifths.pop(time)
        tempos = [reading.tempos.pop(t) for t in sorted(reading.tempos) if t <= start]
        tick = _ticks(start)
        yield Measure(tick, _ticks(end) - tick, str(number), meter, fifths, (), tempos[-1] if tempos else None)
