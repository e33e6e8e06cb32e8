"""Bars of a band played again: notes of another run of the rhythm section put where there is a gap."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from musegen.composers.gaps import Gap
from musegen.music import Note, Track


def played_again(track: Track, gaps: Sequence[Gap], starts: Sequence[float], runs: Sequence[Track]) -> Track:
    """Return a track of a band with its gaps played again.

    Args:
        track: as it is.
        gaps: of this track, by time.
        starts: of the bars, in quarters.
        runs: the same instrument over the whole music, several times; the one that leads best over the borders of the
            gaps is taken, of drums the first.
    """
    best = min(range(len(runs)), key=lambda n: (_leaps(track, gaps, runs[n]), n)) if not track.is_drum else 0
    run = runs[best]
    kept = [n for i, n in enumerate(track.notes) if not any(gap.holds(i, n) for gap in gaps)]
    fresh: list[Note] = []
    for gap in gaps:
        old = [n for i, n in enumerate(track.notes) if gap.holds(i, n)]
        if not gap.keep:
            fresh += _within(run.notes, gap)
        elif track.is_drum:
            fresh += old  # strokes have neither pitches nor another rhythm for them
        elif gap.keep == "rhythm":
            fresh += _other_pitches(old, run.notes, kept)
        else:
            fresh += _other_times(old, _within(run.notes, gap), starts)
    return replace(track, notes=tuple(kept + fresh))


def _within(notes: Sequence[Note], gap: Gap) -> list[Note]:
    """Return the notes that begin in a gap, none longer than to its end."""
    inside = [n for n in notes if gap.start <= n.onset_quarter < gap.end]
    return [replace(n, duration_quarter=min(n.duration_quarter, gap.end - n.onset_quarter)) for n in inside]


def _leaps(track: Track, gaps: Sequence[Gap], run: Track) -> int:
    """Return by how many semitones the lowest notes leap over the borders of the gaps, those of a run being in them."""
    leaps = 0
    for gap in gaps:
        inside = [n for n in run.notes if gap.start <= n.onset_quarter < gap.end]
        before = [n for n in track.notes if n.onset_quarter < gap.start]
        after = [n for n in track.notes if n.onset_quarter >= gap.end]
        if inside and before:
            leaps += abs(inside[0].pitch - before[-1].pitch)
        if inside and after:
            leaps += abs(after[0].pitch - inside[-1].pitch)
    return leaps


def _other_pitches(old: Sequence[Note], run: Sequence[Note], kept: Sequence[Note]) -> list[Note]:
    """Return notes with the pitches that another run has nearest to them; their own where all are taken."""
    fresh: list[Note] = []
    for onset, chord in groupby(sorted(old), key=lambda n: n.onset_quarter):
        taken = {n.pitch for n in kept if n.onset_quarter <= onset < n.end_quarter}
        nearest = min((abs(n.onset_quarter - onset) for n in run), default=0.0)
        offered = [n.pitch for n in run if abs(n.onset_quarter - onset) == nearest]
        for note in chord:
            free = [pitch for pitch in offered if pitch not in taken]
            pitch = min(free, key=lambda p: abs(p - note.pitch)) if free else note.pitch
            taken.add(pitch)
            fresh.append(replace(note, pitch=pitch))
    return fresh


def _other_times(old: Sequence[Note], inside: Sequence[Note], starts: Sequence[float]) -> list[Note]:
    """Return the chords of each bar at the times at which another run begins its own there, as they were elsewhere."""

    def bar(note: Note) -> int:
        return sum(start <= note.onset_quarter for start in starts)

    times = {key: sorted({n.onset_quarter for n in group}) for key, group in groupby(sorted(inside), key=bar)}
    ends = {(bar(n), n.onset_quarter): n.end_quarter for n in inside}
    fresh: list[Note] = []
    for key, group in groupby(sorted(old), key=bar):
        chords = [list(chord) for _, chord in groupby(group, key=lambda n: n.onset_quarter)]
        new = times.get(key, [])
        if len(new) < len(chords):
            fresh += [note for chord in chords for note in chord]
            continue
        for chord, onset in zip(chords, new, strict=False):
            length = ends[key, onset] - onset
            fresh += [replace(note, onset_quarter=onset, duration_quarter=length) for note in chord]
    return fresh
