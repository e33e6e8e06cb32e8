"""What is printed besides notes: loud and soft, short and accented notes, octave lines, words for the tempo.

All of it is read from what the notes are (how loud, how long they sounded beside how they are written, how high), so
that it is the same in every sheet and file and needs no place of its own in a piece. Loudness that only marks the beat
says nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from musegen.constants import TICKS_PER_QUARTER
from musegen.music.meter import is_compound
from musegen.music.notation import Bar, Symbol
from musegen.music.piece import Piece, Track
from musegen.music.score import Part, is_chorale
from musegen.music.timing import quarter_to_seconds

Place = tuple[int, int]
"""A note: (track, index)."""

_LEVELS = ((40, "pp"), (52, "p"), (65, "mp"), (79, "mf"), (95, "f"), (128, "ff"))
"""Dynamics below a velocity."""
_LEAST_RANGE = 14.0
"""Bars whose mean velocities lie nearer than this are all equally loud."""
_HYSTERESIS = 4.0
_SWELL = 2
"""Bars before a new mark over which a hairpin leads to it, where the loudness goes that way in each of them."""
_ACCENT, _NEAR_QUARTER, _RARE = 24, 2.0, 0.06
"""Velocity above the notes around, how near these are, and the largest share of notes that has accents."""
_SHORT, _LONGEST_DOT, _MUCH = 0.5, 1.0, 1e-3
_HIGH, _ALSO_HIGH, _LOW, _ALSO_LOW, _LEAST_OCTAVE = 91, 80, 29, 40, 3
"""Pitches of four ledger lines, down to where notes stay under the octave line, and chords that are worth one."""
_RUBATO_BARS = 2
_WORDS = ((40, "Grave"), (60, "Largo"), (76, "Adagio"), (96, "Andante"), (116, "Moderato"), (132, "Allegretto"),
          (168, "Allegro"), (200, "Presto"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expression:
    """What is printed besides notes; ticks as in `music.notation`.

    Args:
        dynamics: by part, (tick of a bar line, "pp" to "ff").
        hairpins: by part, (first tick, tick after, "crescendo" or "diminuendo").
        staccato: notes with a dot.
        accents: notes with an accent.
    """

    dynamics: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    hairpins: dict[int, tuple[tuple[int, int, str], ...]] = field(default_factory=dict)
    staccato: frozenset[Place] = frozenset()
    accents: frozenset[Place] = frozenset()


def expression(played: Piece, written: Piece, parts: Sequence[Part], bars: Sequence[Bar]) -> Expression:
    """Return what is printed besides the notes of a piece.

    Args:
        played: the music as it sounds.
        written: the same notes as they are printed (`notation.notatable`).
        parts: of the score; two parts in one brace have one loudness, printed between them.
        bars: of the score.
    """
    dynamics, hairpins = {}, {}
    accents: set[Place] = set()
    for index, part in enumerate(parts):
        if part.is_drum or (index and part.group == "brace" == parts[index - 1].group):
            continue
        both = index + 1 < len(parts) and part.group == "brace" == parts[index + 1].group
        tracks = (*part.tracks, *(parts[index + 1].tracks if both else ()))
        tracks = tuple(t for t in tracks if t < len(written.tracks))
        for t in tracks:
            accents |= {(t, i) for i in _accented(written.tracks[t])}
        loudness = _bar_loudness([written.tracks[t] for t in tracks], bars)
        if loudness is None:
            continue
        found = _dynamics(loudness, bars)
        if len(found) > 1:  # one mark for all says nothing
            dynamics[index], hairpins[index] = found, _hairpins(loudness, found, bars)
    return Expression(dynamics, hairpins, frozenset(_staccato(played, written)), frozenset(accents))


def _bar_loudness(tracks: Sequence[Track], bars: Sequence[Bar]) -> np.ndarray | None:
    """Return the mean velocity of each bar, rests as the bar before, shape (B,); None where all are alike."""
    sums, counts = np.zeros(len(bars)), np.zeros(len(bars))
    starts = [bar.start for bar in bars]
    for note in (note for track in tracks for note in track.notes):
        bar = max(bisect_right(starts, round(note.onset_quarter * TICKS_PER_QUARTER)) - 1, 0)
        sums[bar] += note.velocity
        counts[bar] += 1
    sounding = np.flatnonzero(counts)
    if not len(sounding):
        return None
    means = sums[sounding] / counts[sounding]
    if means.max() - means.min() < _LEAST_RANGE:
        return None
    filled = np.maximum(np.searchsorted(sounding, np.arange(len(bars)), side="right") - 1, 0)
    return means[filled]


def _level(velocity: float) -> int:
    return next(i for i, (below, _) in enumerate(_LEVELS) if velocity < below)


def _dynamics(loudness: np.ndarray, bars: Sequence[Bar]) -> tuple[tuple[int, str], ...]:
    smooth = np.convolve(np.pad(loudness, 1, mode="edge"), (0.1, 0.8, 0.1), mode="valid")
    marks: list[tuple[int, str]] = []
    now = -1
    for bar, velocity in zip(bars, smooth.tolist(), strict=True):
        level = _level(velocity)
        if level != now and (now < 0 or _level(velocity + _HYSTERESIS) != now != _level(velocity - _HYSTERESIS)):
            marks.append((bar.start, _LEVELS[level][1]))
            now = level
    return tuple(marks)


def _hairpins(
    loudness: np.ndarray, marks: Sequence[tuple[int, str]], bars: Sequence[Bar]
) -> tuple[tuple[int, int, str], ...]:
    names = [name for _, name in _LEVELS]
    starts = [bar.start for bar in bars]
    found = []
    for (before, old), (tick, new) in zip(marks, marks[1:], strict=False):
        place, first = starts.index(tick), starts.index(before)
        way = 1 if names.index(new) > names.index(old) else -1
        begin = place
        while begin - 1 >= max(first, place - _SWELL) and (loudness[begin] - loudness[begin - 1]) * way > 0:
            begin -= 1
        if begin < place:
            found.append((starts[begin], tick, "crescendo" if way > 0 else "diminuendo"))
    return tuple(found)


def _accented(track: Track) -> list[int]:
    """Return the indices of notes that are much louder than all around, the highest of a chord; none where many are."""
    notes = track.notes
    if not notes:
        return []
    onsets = np.array([note.onset_quarter for note in notes])
    velocities = np.array([note.velocity for note in notes])
    first = np.searchsorted(onsets, onsets - _NEAR_QUARTER)
    after = np.searchsorted(onsets, onsets + _NEAR_QUARTER, side="right")
    found = {}
    for index, (a, b) in enumerate(zip(first, after, strict=True)):
        if velocities[index] >= np.median(velocities[a:b]) + _ACCENT:
            found[notes[index].onset_quarter] = index
    return sorted(found.values()) if len(found) <= _RARE * len(set(onsets.tolist())) else []


def _staccato(played: Piece, written: Piece) -> Iterable[Place]:
    """Yield the notes that sounded for less than half of what is written, no longer than a quarter, unpedalled."""
    for t, (sounding, printed) in enumerate(zip(played.tracks, written.tracks, strict=True)):
        if sounding.is_drum or sounding.notes == printed.notes:
            continue
        downs = [down for down, _ in sounding.pedals]
        for i, (note, sign) in enumerate(zip(sounding.notes, printed.notes, strict=True)):
            length = sign.duration_quarter
            if not note.duration_quarter < _SHORT * length - _MUCH or length > _LONGEST_DOT + _MUCH:
                continue
            press = bisect_right(downs, note.end_quarter) - 1
            if press < 0 or sounding.pedals[press][1] <= note.end_quarter:
                yield t, i


def octave_lines(symbols: Sequence[Sequence[Sequence[Symbol]]], clef_of: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return (first tick, tick after, octaves up or down, 1 or -1) of the octave lines of a staff.

    Only where the staff has one voice: a line would count for the other as well.

    Args:
        symbols: by bar and voice.
        clef_of: the clef in each bar.
    """
    found: list[tuple[int, int, int]] = []
    for way, clef in ((1, "treble"), (-1, "bass")):
        run: list[Symbol] = []
        for bar, voices in enumerate(symbols):
            alone = clef_of[bar] == clef and not any(voices[1:])
            for symbol in voices[0]:
                if alone and _is_far(symbol, way, _ALSO_HIGH, _ALSO_LOW):
                    run.append(symbol)
                else:
                    found += _line(run, way)
                    run = []
        found += _line(run, way)
    return sorted(found)


def _is_far(symbol: Symbol, way: int, high: int, low: int) -> bool:
    if symbol.chord is None:
        return False
    pitches = [member.pitch for member in symbol.chord.members]
    return min(pitches) >= high if way > 0 else max(pitches) <= low


def _line(run: Sequence[Symbol], way: int) -> list[tuple[int, int, int]]:
    far = [
        symbol for symbol in run if symbol.chord
        and (max(m.pitch for m in symbol.chord.members) >= _HIGH if way > 0
             else min(m.pitch for m in symbol.chord.members) <= _LOW)
    ]  # fmt: skip
    worth = len(far) >= _LEAST_OCTAVE or len(far) * 2 > len(run) > 1
    return [(run[0].start, run[-1].end, way)] if worth else []


def is_rubato(piece: Piece, bars: Sequence[Bar]) -> bool:
    """Return whether the tempo changes all the time, as a player's does, so that one mark says it all."""
    return len(piece.tempos) > max(len(bars) // _RUBATO_BARS, 2) and len(piece.tempos) > 3


def mean_qpm(piece: Piece) -> float:
    """Return the quarters a minute of a whole piece, from its first note to its end."""
    end = max(piece.end_quarter, 1.0)
    return end * 60 / quarter_to_seconds(piece, end)


def tempo_words(piece: Piece, qpm: float, *, rubato: bool) -> str:
    """Return the Italian word for a tempo, "" for music that has none by custom (chorales, dance tunes, a band).

    Args:
        piece: the music.
        qpm: quarters a minute.
        rubato: True where it is played freely.
    """
    pitched = [track for track in piece.tracks if not track.is_drum]
    band = len(pitched) < len(piece.tracks) or bool(piece.chord_symbols)
    classical = any(track.program in (*range(8), *range(40, 44)) for track in pitched)
    if not rubato and (band or is_chorale(piece) or not classical or len(pitched) < 2):
        return ""
    meter = piece.time_signatures[0]
    compound = is_compound(meter.numerator, meter.denominator)
    bpm = qpm / 1.5 if compound else qpm
    word = next((word for below, word in _WORDS if bpm < below), "Prestissimo")
    return f"{word}, rubato" if rubato else word
