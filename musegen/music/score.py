"""From tracks to a printed score: parts, staves, hands, voices and clefs. Times are integer ticks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from musegen.constants import TICKS_PER_QUARTER
from musegen.music.piece import Note, Piece, Track

CHORALE_NAMES = ("soprano", "alto", "tenor", "bass")
_KEYBOARDS = frozenset((*range(8), *range(16, 21), 46))
_FEET = frozenset((35, 36, 44))
_CENTRES = {"treble": 71, "bass": 50, "alto": 60, "treble-8vb": 59, "bass-8vb": 38, "treble-8va": 83}
_HAND_SPAN = 14
"""Semitones a hand reaches without effort."""


@dataclass(frozen=True, slots=True)
class Member:
    """One note of a chord: note `index` of track `track` of the piece."""

    pitch: int
    track: int
    index: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes that start and end together in one voice.

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


@dataclass(frozen=True, slots=True)
class Staff:
    """Five lines.

    Args:
        clef: "treble", "bass", "alto", "treble-8vb", "bass-8vb", "treble-8va" or "percussion".
        voices: chords of each voice in time order, the top voice first.
        independent: True where the voices are real ones, whose rests are all written.
    """

    clef: str
    voices: tuple[tuple[Chord, ...], ...]
    independent: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One name at the left of the score, with one staff or two.

    Args:
        name: as printed; empty for none.
        tracks: indices of the piece's tracks in it.
        staves: top first.
        program: General MIDI program.
        is_drum: True for percussion.
        group: parts next to each other with the same group share a bracket; "" for none.
    """

    name: str
    tracks: tuple[int, ...]
    staves: tuple[Staff, ...]
    program: int = 0
    is_drum: bool = False
    group: str = ""


def to_ticks(quarter: float) -> int:
    """Return a time in quarters as ticks."""
    return round(quarter * TICKS_PER_QUARTER)


def is_chorale(piece: Piece) -> bool:
    """Return whether the piece has four tracks Soprano, Alto, Tenor, Bass, each of one voice, unpedalled."""
    names = tuple(track.name.strip().lower() for track in piece.tracks)
    if names not in (CHORALE_NAMES, tuple(name[0] for name in CHORALE_NAMES)):
        return False
    return not any(track.is_drum or track.pedals or _overlaps(track.notes) for track in piece.tracks)


def _overlaps(notes: Sequence[Note]) -> bool:
    return any(b.onset_quarter < a.end_quarter for a, b in zip(notes, notes[1:], strict=False))


def layout(piece: Piece) -> tuple[Part, ...]:
    """Return the parts of the score of a piece, top first; at least one."""
    if is_chorale(piece):
        return _closed_score(piece)
    tracks = piece.tracks or (Track(),)
    parts = tuple(_part(index, track) for index, track in enumerate(tracks))
    if len(parts) == 2 and all(p.program in range(8) and len(p.staves) == 1 and not p.is_drum for p in parts):
        return tuple(replace(p, group="brace") for p in parts)
    return parts


def _closed_score(piece: Piece) -> tuple[Part, ...]:
    parts = []
    for clef, pair in (("treble", (0, 1)), ("bass", (2, 3))):
        voices = tuple(
            tuple(replace(c, stem=stem) for c in _chords(i, piece.tracks[i]))
            for i, stem in zip(pair, ("up", "down"), strict=True)
        )
        name = ", ".join(piece.tracks[i].name for i in pair)
        parts.append(Part(name, pair, (Staff(clef, voices, True),), piece.tracks[pair[0]].program, group="chorale"))
    return tuple(parts)


def _part(index: int, track: Track) -> Part:
    chords = _chords(index, track)
    name = track.name.strip()
    if track.is_drum:
        return Part(name, (index,), (Staff("percussion", _drum_voices(chords)),), 0, True)
    pitches = [n.pitch for n in track.notes]
    if track.program in _KEYBOARDS and pitches and min(pitches) < 55 and max(pitches) > 64:
        hands = split_hands(chords)
        staves = tuple(Staff(choose_clef(hand, default=clef), assign_voices(hand))
                       for hand, clef in zip(hands, ("treble", "bass"), strict=True))  # fmt: skip
        return Part(name, (index,), staves, track.program)
    clef = choose_clef(chords, program=track.program, name=name)
    return Part(name, (index,), (Staff(clef, assign_voices(chords)),), track.program, False, _family(track.program))


def _family(program: int) -> str:
    for family, programs in (("strings", range(40, 52)), ("voices", range(52, 55)), ("brass", range(56, 64)),
                             ("woodwinds", range(64, 80))):  # fmt: skip
        if program in programs:
            return family
    return ""


def _chords(index: int, track: Track) -> list[Chord]:
    """Return the notes of a track as chords; a note doubled at the unison starts a chord of its own."""
    rows = [
        (to_ticks(n.onset_quarter), to_ticks(n.end_quarter), Member(n.pitch, index, i, n.velocity))
        for i, n in enumerate(track.notes)
    ]
    rows.sort(key=lambda row: (row[0], row[1], row[2].pitch))
    chords: list[Chord] = []
    for (start, end), group in groupby(rows, key=lambda row: row[:2]):
        members: list[Member] = []
        for _, _, member in group:
            if members and members[-1].pitch == member.pitch:
                chords.append(Chord(start, end, (member,)))
            else:
                members.append(member)
        chords.append(Chord(start, end, tuple(members)))
    return chords


def choose_clef(chords: Iterable[Chord], *, program: int = 0, name: str = "", default: str = "treble") -> str:
    """Return the clef with the fewest ledger lines among those usual for an instrument.

    Args:
        chords: what is to be written.
        program: General MIDI program.
        name: of the part; a tenor voice may have an octave clef.
        default: clef without notes, and where two serve equally.
    """
    choices = [default, "bass" if default == "treble" else "treble"]
    if program == 41:
        choices = ["alto", "treble"]
    elif program in range(24, 32):
        choices = ["treble-8vb"]
    elif program in (*range(32, 40), 43):
        choices = ["bass-8vb"]
    elif "tenor" in name.lower():
        choices = ["treble-8vb", "bass"]
    weights = [(m.pitch, c.end - c.start) for c in chords for m in c.members]
    if not weights:
        return choices[0]
    if len(choices) > 1:
        mean = sum(pitch * weight for pitch, weight in weights) / sum(weight for _, weight in weights)
        choices += ["treble-8va"] * (mean > 90) + ["bass-8vb"] * (mean < 34)
    costs = [sum(w * max(0, abs(p - _CENTRES[clef]) - 8) for p, w in weights) for clef in choices]
    return choices[costs.index(min(costs))]


def split_hands(chords: list[Chord]) -> tuple[list[Chord], list[Chord]]:
    """Return the chords of a keyboard track for the right and the left hand.

    At each onset the lowest k notes go left; the k are chosen together (Viterbi) so that hands stay in reach, move
    little and keep to their side of middle C.
    """
    slices = [
        sorted(((m, c) for c in group for m in c.members), key=lambda pair: pair[0].pitch)
        for _, group in groupby(chords, key=lambda c: c.start)
    ]
    # Each state: (cost, mean of left, mean of right, how many notes went left at each slice so far, as a chain)
    states: list[tuple[float, float, float, tuple]] = [(0.0, 48.0, 72.0, ())]
    for notes in slices:
        pitches = [m.pitch for m, _ in notes]
        best = []
        for k in range(len(pitches) + 1):
            low, high = pitches[:k], pitches[k:]
            fixed = _reach(low) + _reach(high)
            fixed += sum(max(0, p - 60) for p in low) * 0.35 + sum(max(0, 60 - p) for p in high) * 0.35
            left = sum(low) / k if low else None
            right = sum(high) / len(high) if high else None
            options = (
                (
                    cost + fixed + _move(low, was_left) + _move(high, was_right),
                    was_left if left is None else left,
                    was_right if right is None else right,
                    (chain, k),
                )
                for cost, was_left, was_right, chain in states
            )
            best.append(min(options, key=lambda state: state[0]))
        states = best
    chain = min(states, key=lambda state: state[0])[3]
    counts: list[int] = []
    while chain:
        chain, k = chain
        counts.append(k)
    hands: tuple[list[Chord], list[Chord]] = ([], [])
    for notes, k in zip(slices, reversed(counts), strict=True):
        for hand, part in ((1, notes[:k]), (0, notes[k:])):
            of_chord: dict[Chord, list[Member]] = {}
            for member, chord in part:
                of_chord.setdefault(chord, []).append(member)
            hands[hand].extend(replace(c, members=tuple(ms)) for c, ms in of_chord.items())
    return hands


def _reach(pitches: list[int]) -> float:
    return 3.0 * max(0, pitches[-1] - pitches[0] - _HAND_SPAN) if pitches else 0.0


def _move(pitches: list[int], before: float) -> float:
    return 0.12 * sum(abs(p - before) for p in pitches)


def assign_voices(chords: list[Chord]) -> tuple[tuple[Chord, ...], ...]:
    """Return chords spread over as few voices as do not overlap; the higher voice is the first.

    Where several voices sound together, the first and third have stems up, the others down.
    """
    voices: list[list[Chord]] = [[]]
    ordered = sorted(chords, key=lambda c: (c.start, -c.pitch))
    for region in _regions(ordered):
        lines: list[list[Chord]] = []
        for chord in region:
            free = [line for line in lines if line[-1].end <= chord.start]
            if free:
                nearest = min(free, key=lambda line: abs(line[-1].pitch - chord.pitch) + (line[-1].end < chord.start))
                nearest.append(chord)
            else:
                lines.append([chord])
        lines.sort(key=lambda line: -sum(c.pitch for c in line) / len(line))
        while len(voices) < len(lines):
            voices.append([])
        for number, line in enumerate(lines):
            stem = "" if len(lines) == 1 else ("up", "down")[number % 2]
            voices[number].extend(replace(c, stem=stem) for c in line)
    return tuple(tuple(voice) for voice in voices)


def _regions(chords: list[Chord]) -> list[list[Chord]]:
    """Return chords grouped so that nothing sounds from one group into the next."""
    regions: list[list[Chord]] = []
    end = -1
    for chord in chords:
        if chord.start >= end:
            regions.append([])
        regions[-1].append(chord)
        end = max(end, chord.end)
    return regions


def _drum_voices(chords: list[Chord]) -> tuple[tuple[Chord, ...], ...]:
    """Return hands (stems up) and feet (stems down)."""
    voices: list[tuple[Chord, ...]] = []
    has_feet = any(m.pitch in _FEET for c in chords for m in c.members)
    for stem, wanted in (("up", False), ("down", True)):
        kept = [
            replace(c, members=members)
            for c in chords
            if (members := tuple(m for m in c.members if (m.pitch in _FEET) == wanted))
        ]
        if kept or not wanted:
            lines = assign_voices(kept)
            voices += [tuple(replace(c, stem=stem if has_feet else c.stem) for c in line) for line in lines]
    return tuple(voices)
