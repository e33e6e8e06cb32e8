"""From tracks to a printed score: parts, staves, hands, voices and clefs. Times are integer ticks."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from musegen.constants import TICKS_PER_QUARTER
from musegen.music.fretboard import is_guitar, tuning_of
from musegen.music.hands import Key, split_keys
from musegen.music.piece import Note, Piece, Track
from musegen.music.timing import bar_starts
from musegen.music.voices import Chord, Member, assign_voices

CHORALE_NAMES = ("soprano", "alto", "tenor", "bass")
HAND_NAMES = ("right hand", "left hand")
_KEYBOARDS = frozenset((*range(8), *range(16, 21), 46))
_FEET = frozenset((35, 36, 44))
_CENTRES = {"treble": 71, "bass": 50, "alto": 60, "treble-8vb": 59, "bass-8vb": 38, "treble-8va": 83}
_ONE_VOICE_SPAN = 31
"""Semitones beyond which a single voice on a keyboard is divided between the hands."""
_CLEF_CHANGE = 24.0
"""What a new clef costs, in semitones beyond one ledger line times quarters."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Five lines.

    Args:
        clef: "treble", "bass", "alto", "treble-8vb", "bass-8vb", "treble-8va" or "percussion".
        voices: chords of each voice in time order, the top voice first.
        independent: True where the voices are real ones, whose rests are all written.
        changes: (tick of a bar line, clef) of each change of clef.
    """

    clef: str
    voices: tuple[tuple[Chord, ...], ...]
    independent: bool = False
    changes: tuple[tuple[int, str], ...] = ()


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
        tuning: of the strings whose frets are printed below its one staff; "" for none.
    """

    name: str
    tracks: tuple[int, ...]
    staves: tuple[Staff, ...]
    program: int = 0
    is_drum: bool = False
    group: str = ""
    tuning: str = ""


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
    bar_ticks = [to_ticks(q) for q in bar_starts(piece)]
    clefs: dict[int, str] = {}
    for index in range(len(tracks) - 1):
        if _are_hands(tracks[index : index + 2]):
            clefs |= {index: "treble", index + 1: "bass"}
    parts = tuple(
        _hand(index, track, bar_ticks, clefs[index]) if index in clefs else _part(index, track, bar_ticks)
        for index, track in enumerate(tracks)
    )
    if len(parts) == 2 and all(p.program in range(8) and len(p.staves) == 1 and not p.is_drum for p in parts):
        return tuple(replace(p, group="brace") for p in parts)
    return parts


def _are_hands(tracks: Sequence[Track]) -> bool:
    """Return whether the tracks are the two hands of a keyboard, by their names."""
    if tuple(track.name.strip().lower() for track in tracks) != HAND_NAMES:
        return False
    return all(track.program in _KEYBOARDS and not track.is_drum for track in tracks)


def _hand(index: int, track: Track, bar_ticks: list[int], clef: str) -> Part:
    """Return the part of one hand: its own staff, however far it reaches."""
    chords = _chords(index, track)
    (_, clef), *changes = choose_clefs(chords, bar_ticks, clef)
    staff = Staff(clef, assign_voices(chords), changes=tuple(changes))
    return Part(track.name.strip(), (index,), (staff,), track.program, group="brace")


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


def _needs_two_hands(track: Track) -> bool:
    """Return whether a keyboard track is written on two staves: several voices below and above middle C."""
    pitches = [n.pitch for n in track.notes]
    if not pitches or min(pitches) >= 55 or max(pitches) <= 64:
        return False
    return _overlaps(track.notes) or max(pitches) - min(pitches) > _ONE_VOICE_SPAN


def _part(index: int, track: Track, bar_ticks: list[int]) -> Part:
    chords = _chords(index, track)
    name = track.name.strip()
    if track.is_drum:
        return Part(name, (index,), (Staff("percussion", _drum_voices(chords)),), 0, True)
    if track.program in _KEYBOARDS and _needs_two_hands(track):
        staves = []
        for hand, default in zip(split_hands(chords), ("treble", "bass"), strict=True):
            (_, clef), *changes = choose_clefs(hand, bar_ticks, default)
            staves.append(Staff(clef, assign_voices(hand), changes=tuple(changes)))
        return Part(name, (index,), tuple(staves), track.program)
    clef = choose_clef(chords, program=track.program, name=name)
    tuning = tuning_of(track.notes) if track.tablature and is_guitar(track) else ""
    staff = Staff(clef, assign_voices(chords))
    return Part(name, (index,), (staff,), track.program, group=_family(track.program), tuning=tuning)


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


_VIOLIN_LOW = 55
"""Nothing a violin can play is written in any clef but the treble."""


def choose_clef(chords: Iterable[Chord], *, program: int = 0, name: str = "", default: str = "treble") -> str:
    """Return the clef with the fewest ledger lines among those usual for an instrument.

    Args:
        chords: what is to be written.
        program: General MIDI program.
        name: of the part; a tenor voice may have an octave clef.
        default: clef without notes, and where two serve equally.
    """
    weights = [(m.pitch, c.end - c.start) for c in chords for m in c.members]
    choices = [default, "bass" if default == "treble" else "treble"]
    if program == 40 and all(pitch >= _VIOLIN_LOW for pitch, _ in weights):
        return "treble"
    if program == 41:
        choices = ["alto", "treble"]
    elif program == 42:
        choices = ["bass", "treble"]
    elif program in range(24, 32):
        choices = ["treble-8vb"]
    elif program in (*range(32, 40), 43):
        choices = ["bass-8vb"]
    elif "tenor" in name.lower():
        choices = ["treble-8vb", "bass"]
    if not weights:
        return choices[0]
    if len(choices) > 1:
        mean = sum(pitch * weight for pitch, weight in weights) / sum(weight for _, weight in weights)
        choices += ["treble-8va"] * (mean > 90) + ["bass-8vb"] * (mean < 34)
    costs = [sum(w * max(0, abs(p - _CENTRES[clef]) - 8) for p, w in weights) for clef in choices]
    return choices[costs.index(min(costs))]


def choose_clefs(chords: Sequence[Chord], bar_ticks: Sequence[int], default: str) -> list[tuple[int, str]]:
    """Return (tick, clef) of the clefs of one hand: treble or bass, changed at a bar line where that saves much.

    Args:
        chords: of the hand.
        bar_ticks: where bars begin.
        default: the clef where both serve.
    """
    clefs = (default, "bass" if default == "treble" else "treble")
    costs = [[0.0, 0.0] for _ in bar_ticks]
    for chord in chords:
        bar = costs[max(bisect_right(bar_ticks, chord.start) - 1, 0)]
        quarters = (chord.end - chord.start) / TICKS_PER_QUARTER
        for place, clef in enumerate(clefs):
            bar[place] += quarters * sum(max(0, abs(m.pitch - _CENTRES[clef]) - 8) for m in chord.members)
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, (0,)), (_CLEF_CHANGE, (1,))]
    for number, bar in enumerate(costs):
        if number:
            best = [min((cost + _CLEF_CHANGE * (chain[-1] != place), (*chain, place)) for cost, chain in best)
                    for place in (0, 1)]  # fmt: skip
        best = [(cost + bar[place], chain) for place, (cost, chain) in enumerate(best)]
    chain = min(best)[1]
    return [(tick, clefs[place]) for i, (tick, place) in enumerate(zip(bar_ticks, chain, strict=True))
            if i == 0 or place != chain[i - 1]]  # fmt: skip


def split_hands(chords: list[Chord]) -> tuple[list[Chord], list[Chord]]:
    """Return the chords of a keyboard track for the right and the left hand (see `music.hands`)."""
    rows = sorted(((m, c) for c in chords for m in c.members), key=lambda row: (row[1].start, row[0].pitch))
    is_left = split_keys([Key(c.start, c.end, m.pitch) for m, c in rows], TICKS_PER_QUARTER)
    hands: tuple[list[Chord], list[Chord]] = ([], [])
    for _, group in groupby(zip(rows, is_left, strict=True), key=lambda row: row[0][1].start):
        of_chord: dict[tuple[Chord, bool], list[Member]] = {}
        for (member, chord), left in group:
            of_chord.setdefault((chord, left), []).append(member)
        for (chord, left), members in of_chord.items():
            hands[left].append(replace(chord, members=tuple(members)))
    return hands


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
            lines = assign_voices(kept, most=1 if has_feet else 2)
            voices += [tuple(replace(c, stem=stem if has_feet else c.stem) for c in line) for line in lines]
    return tuple(voices)
