"""Voices of a staff: which chords follow each other on one stem, two voices to a staff at most.

Chords that overlap need a voice each, or have to be tied: a bass that lasts under two tenor notes is a chord of both,
tied to a chord with the second. Where more than two sound at once, notes are dealt to two voices by dynamic
programming, kept to the likeliest few at each onset (a beam), so that as few note heads as can be are tied on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product

_TIE, _CROSS, _LEAP = 1.0, 0.4, 0.02
"""What a tied note head costs, a voice above the other, and a semitone that a voice moves."""
_UNISON = 1e3
"""A note twice in one chord: its ties could not be told apart."""
_BEAM = 6
_ANY = 4
"""Chords of one onset that are dealt in every way there is."""


@dataclass(frozen=True, slots=True)
class Member:
    """One note of a chord: note `index` of track `track` of the piece.

    Args:
        pitch: MIDI number.
        track: of the piece.
        index: within the track.
        velocity: 1 to 127.
        tied_from: True where it began in the chord before.
        tied_on: True where it goes on in the chord after.
    """

    pitch: int
    track: int
    index: int
    velocity: int
    tied_from: bool = False
    tied_on: bool = False


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes that are written together in one voice.

    Args:
        start: first tick.
        end: first tick after.
        members: from low to high.
        stem: "up", "down", or "" where the engraver chooses.
    """

    start: int
    end: int
    members: tuple[Member, ...]
    stem: str = ""

    @property
    def pitch(self) -> float:
        """Mean pitch."""
        return sum(m.pitch for m in self.members) / len(self.members)


Line = list[Chord]
"""Chords of one voice in order of time."""


def assign_voices(chords: Sequence[Chord], most: int = 2) -> tuple[tuple[Chord, ...], ...]:
    """Return chords spread over as few voices as can be read; the higher voice is the first.

    Chords that overlap more often than `most` allows are cut and tied (`Member.tied_on`). Only where one voice would
    have to hold a note twice at once there are more voices. Where several voices sound together, the first and third
    have stems up, the others down.

    Args:
        chords: whole ones, in any order.
        most: voices wanted at most, 1 or 2.
    """
    voices: list[Line] = [[]]
    for region in _regions(sorted(chords, key=lambda c: (c.start, -c.pitch))):
        lines = _lines(region)
        if len(lines) > most:
            lines = _fewer(region, lines, most)
        while len(voices) < len(lines):
            voices.append([])
        for number, line in enumerate(lines):
            stem = "" if len(lines) == 1 else ("up", "down")[number % 2]
            voices[number].extend(replace(c, stem=stem) for c in line)
    return tuple(tuple(voice) for voice in voices)


def _regions(chords: Line) -> list[Line]:
    """Return chords grouped so that nothing sounds from one group into the next."""
    regions: list[Line] = []
    end = -1
    for chord in chords:
        if chord.start >= end:
            regions.append([])
        regions[-1].append(chord)
        end = max(end, chord.end)
    return regions


def _lines(region: Line) -> list[Line]:
    """Return whole chords in as few lines as do not overlap, the highest first."""
    lines: list[Line] = []
    for chord in region:
        free = [line for line in lines if line[-1].end <= chord.start]
        if free:
            nearest = min(free, key=lambda line: abs(line[-1].pitch - chord.pitch) + (line[-1].end < chord.start))
            nearest.append(chord)
        else:
            lines.append([chord])
    return sorted(lines, key=lambda line: -sum(c.pitch for c in line) / len(line))


def _fewer(region: Line, lines: list[Line], most: int) -> list[Line]:
    """Return a region in at most `most` lines with ties; `lines` where a line would hold a note twice at once."""
    dealt = [line for line in (_deal(region) if most == 2 else [region]) if line]
    return lines if any(_has_unison(line) for line in dealt) else [_tied(line) for line in dealt]


def _tied(line: Line) -> Line:
    """Return chords that may overlap as chords that follow each other, their notes tied."""
    edges = sorted({tick for c in line for tick in (c.start, c.end)})
    result: Line = []
    for start, end in zip(edges, edges[1:], strict=False):
        members = [
            replace(m, tied_from=c.start < start, tied_on=c.end > end)
            for c in line
            if c.start < end and c.end > start
            for m in c.members
        ]
        if members:
            result.append(Chord(start, end, tuple(sorted(members, key=lambda m: m.pitch))))
    return result


def _has_unison(line: Line) -> bool:
    ends: dict[int, int] = {}
    for chord in sorted(line, key=lambda c: c.start):
        for member in chord.members:
            if ends.get(member.pitch, chord.start) > chord.start:
                return True
            ends[member.pitch] = chord.end
    return False


_Held = tuple[tuple[int, tuple[int, ...]], ...]
"""What a voice holds: (end, pitches) of its chords."""
_Voice = tuple[_Held, float]
"""What a voice holds, and the mean pitch that it played last, 0 at first."""
_State = tuple[float, _Voice, _Voice, tuple]
"""Cost, upper and lower voice, and which chords went up at each onset so far, as a chain."""


def _play(voice: _Voice, chords: Sequence[Chord], start: int) -> tuple[_Voice, float]:
    """Return a voice after it has begun chords at a tick, and what that costs."""
    (held, before), cost = voice, 0.0
    if held:
        for end in {end for end, _ in held}:
            if end < start or (end == start and not chords):
                cost += _TIE * sum(len(pitches) for other, pitches in held if other > end)
        held = tuple(one for one in held if one[0] > start)
    if not chords:
        return (held, before), cost
    cost += _TIE * sum(len(pitches) for _, pitches in held)
    held = (*held, *((c.end, tuple(m.pitch for m in c.members)) for c in chords))
    together = _pitches(held)
    cost += _UNISON * (len(together) - len(set(together)))
    pitch = sum(c.pitch for c in chords) / len(chords)
    return (held, pitch), cost + (_LEAP * abs(pitch - before) if before else 0.0)


def _pitches(held: _Held) -> list[int]:
    return [pitch for _, pitches in held for pitch in pitches]


def _deal(region: Line) -> tuple[Line, Line]:
    """Return the chords of a region for an upper and a lower voice, with few ties and few crossings."""
    slices = [list(group) for _, group in groupby(region, key=lambda c: c.start)]
    end = max(c.end for c in region)
    states: list[_State] = [(0.0, ((), 0.0), ((), 0.0), ())]
    for chords in slices:
        following: dict[tuple[_Voice, _Voice], _State] = {}
        for choice in _choices(len(chords)):
            up = [c for c, is_upper in zip(chords, choice, strict=True) if is_upper]
            down = [c for c, is_upper in zip(chords, choice, strict=True) if not is_upper]
            for cost, upper, lower, chain in states:
                first, more = _play(upper, up, chords[0].start)
                second, most = _play(lower, down, chords[0].start)
                cost += more + most
                if first[0] and second[0]:
                    cost += _CROSS * (max(_pitches(second[0])) > min(_pitches(first[0])))
                if (first, second) not in following or cost < following[first, second][0]:
                    following[first, second] = (cost, first, second, (chain, choice))
        states = sorted(following.values(), key=lambda s: s[0])[:_BEAM]
    chain = min(states, key=lambda s: s[0] + _play(s[1], (), end)[1] + _play(s[2], (), end)[1])[3]
    lines: tuple[Line, Line] = ([], [])
    for chords in reversed(slices):
        chain, choice = chain
        for chord, is_upper in zip(chords, choice, strict=True):
            lines[not is_upper].append(chord)
    return lines


def _choices(count: int) -> list[tuple[bool, ...]]:
    """Return which of the chords of one onset, the highest first, may go up: any of few, the upper ones of many."""
    if count <= _ANY:
        return list(product((True, False), repeat=count))
    return [(True,) * upper + (False,) * (count - upper) for upper in range(count + 1)]
