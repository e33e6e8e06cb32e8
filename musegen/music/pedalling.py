"""Where a pianist would put the pedal in music that has none: down on the harmony, changed where the harmony changes.

The rule is that of the schools of piano playing (legato pedalling, as in J. Banowetz, "The Pianist's Guide to
Pedaling", 1985), on beats: the pedal is changed where a new bass is struck, at the latest at the next bar line, and
where notes that are not high would blur with what still sounds. It stays up where the left hand rests and where low
notes run by steps.
"""

from collections.abc import Sequence
from dataclasses import replace

from musegen.music.meter import is_compound
from musegen.music.piece import Note, Piece, snap
from musegen.music.timing import bar_starts, meter_at

CLEAR_PITCH = 67
"""From this pitch on neighbouring notes do not blur."""

_LINE_GAP = 0.25
"""Quarters between the lines of two presses."""
_LEAST_QUARTER = 0.5
"""Shorter than this a foot does not go down."""

Press = tuple[float, float]


def pedalled(piece: Piece) -> tuple[Press, ...]:
    """Return when the sustain pedal is down: (onset, end) in quarters, in order, none reaching into the next.

    Args:
        piece: piano music; the last of its tracks with notes is the left hand.
    """
    hands = [track.notes for track in piece.tracks if track.notes and not track.is_drum]
    if not hands:
        return ()
    beats = _beats(piece)
    struck = _by_beat([note for hand in hands for note in hand], beats)
    low = _by_beat(list(hands[-1]), beats)
    bars = set(bar_starts(piece))
    presses: list[Press] = []
    down: float | None = None
    held: list[Note] = []
    for index, beat in enumerate(beats[:-1]):
        bass = [note for note in low[index] if note.onset_quarter == beat]
        rests = not low[index] and not any(n.end_quarter > beat for n in held if n.pitch < CLEAR_PITCH)
        changes = beat in bars or _is_new_bass(bass, held) or _blurs(held, struck[index])
        if down is not None and (changes or rests):
            _press(presses, down, beat)
            down, held = None, []
        runs = _runs(struck[index])
        if down is not None and runs:
            _press(presses, down, beat)
            down, held = None, []
        if down is None and low[index] and not runs:
            down = min(note.onset_quarter for note in low[index])
        if down is not None:
            held += struck[index]
    if down is not None:
        _press(presses, down, piece.end_quarter)
    return tuple(presses)


def releases_apart(piece: Piece) -> Piece:
    """Return the piece as its pedal is printed: where it is changed, the release stands a little earlier.

    A line that begins where the one before ends would be lost.
    """
    tracks = tuple(replace(track, pedals=_apart(track.pedals)) if track.pedals else track for track in piece.tracks)
    return replace(piece, tracks=tracks)


def _apart(pedals: Sequence[Press]) -> tuple[Press, ...]:
    following = [down for down, _ in pedals[1:]] + [-1.0]
    return tuple(
        (down, up - min(_LINE_GAP, (up - down) / 2)) if then - up < _LINE_GAP and then > 0 else (down, up)
        for (down, up), then in zip(pedals, following, strict=True)
    )


def _press(presses: list[Press], down: float, up: float) -> None:
    if up - down >= _LEAST_QUARTER:
        presses.append((down, up))


def _beats(piece: Piece) -> list[float]:
    """Return the beats of a piece and its end; in compound meters three eighths are a beat."""
    beats: list[float] = []
    starts = [*bar_starts(piece), piece.end_quarter]
    for start, stop in zip(starts, starts[1:], strict=False):
        meter = meter_at(piece, start)
        beat = (12 if is_compound(meter.numerator, meter.denominator) else 4) / meter.denominator
        count = 0
        while start + count * beat < stop - 1e-6:
            beats.append(snap(start + count * beat))
            count += 1
    return [*beats, piece.end_quarter]


def _by_beat(notes: Sequence[Note], beats: list[float]) -> list[list[Note]]:
    """Return the notes that begin in each beat."""
    found: list[list[Note]] = [[] for _ in beats]
    index = 0
    for note in sorted(notes):
        while index + 1 < len(beats) and note.onset_quarter >= beats[index + 1]:
            index += 1
        found[index].append(note)
    return found


def _is_new_bass(bass: list[Note], held: list[Note]) -> bool:
    """Return whether another bass than the one that sounds is struck: lower than all, or of another name than it."""
    if not bass or not held:
        return bool(bass)
    lowest, before = min(note.pitch for note in bass), min(note.pitch for note in held)
    return lowest < before or (lowest - before) % 12 not in (0, 3, 4, 7, 8, 9)


def _blurs(held: list[Note], struck: list[Note]) -> bool:
    """Return whether something struck is a second away from something held, the lower of the two not being high."""
    return any(0 < abs(a.pitch - b.pitch) <= 2 and min(a.pitch, b.pitch) < CLEAR_PITCH for a in held for b in struck)


def _runs(struck: list[Note]) -> bool:
    """Return whether notes of one beat that are not high go by steps: three and more, mostly seconds."""
    low = [note for note in struck if note.pitch < CLEAR_PITCH]
    onsets: dict[float, int] = {}
    for note in low:
        onsets[note.onset_quarter] = min(note.pitch, onsets.get(note.onset_quarter, 127))
    line = [pitch for _, pitch in sorted(onsets.items())]
    seconds = sum(0 < abs(b - a) <= 2 for a, b in zip(line, line[1:], strict=False))
    return seconds >= 2 and seconds * 2 > len(line) - 1
