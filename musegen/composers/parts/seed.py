"""A seed made ready for a style of several parts: who plays what, in which key, how much of it."""

from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.fitting.length import move_to_key, sign_as
from musegen.composers.fitting.seed_key import in_reach
from musegen.composers.modes import FROM_MELODY
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.grid import ScoreLayout
from musegen.composers.parts.part_assignment import assigned_to_parts
from musegen.composers.parts.rows import notes_of
from musegen.composers.request import MAX_BARS, ComposeRequest, Sampling
from musegen.composers.style import Style
from musegen.errors import CodecError, ConstraintError
from musegen.music import KeySignature, Piece, Track
from musegen.music.theory import estimate_key, minor_or_major, pitch_name
from musegen.music.timing import bar_starts
from musegen.music.transform import map_notes, melody_of, slice_bars, transpose
from musegen.music.written_rhythm import as_written
from musegen.remarks import Remark, remark

_COMFORT = 7
"""Semitones at both ends of a range where a melody lies less well."""

_USUAL = {"Right hand": (52, 103), "Left hand": (26, 74)}
"""Where 96 % of the notes of each hand lie in Chopin's scores; without it takes sink into the depth of both."""


@dataclass(frozen=True, slots=True)
class ScoreSeed:
    """A seed as the parts of a style.

    Args:
        piece: one track for each part of the codec, bars and keys as they are; notes as they can be played.
        key: of the takes.
        present: which parts play in the takes, boolean a part.
        alone: the part of a single melody that the others are composed to, None where the seed is more than that.
    """

    piece: Piece
    key: KeySignature
    present: tuple[bool, ...]
    alone: int | None


def chosen_parts(instruments: tuple[str, ...], codec: ScoreCodec) -> tuple[bool, ...] | None:
    """Return which parts are named, None where none is.

    Raises:
        ConstraintError: a name is none of the style's.
    """
    if not instruments:
        return None
    names = [part.name for part in codec.layout.parts]
    chosen = [False] * len(names)
    for wanted in instruments:
        found = [i for i, name in enumerate(names) if name.casefold() == wanted.strip().casefold()]
        if not found:
            raise ConstraintError(
                '"{wanted}" does not play in this style; its parts are {names}.', wanted=wanted, names=", ".join(names)
            )
        chosen[found[0]] = True
    return tuple(chosen)


def read_seed(
    request: ComposeRequest,
    instruments: tuple[str, ...],
    style: Style[ScoreCodec],
    wanted: KeySignature | None,
    messages: list[Remark],
) -> ScoreSeed:
    """Return the seed of a request as the parts of the style, in the key wanted.

    Raises:
        CodecError: there is nothing in it that can be played.
        ConstraintError: an instrument is named that the style has not.
    """
    codec: ScoreCodec = style.codec
    chosen = chosen_parts(instruments, codec)
    given = request.primer
    assert given is not None
    primer = as_written(sign_as(given, wanted))
    tracks = [track for track in primer.tracks if track.notes and not track.is_drum]
    if not tracks:
        raise CodecError("There are no pitched notes in your music; this style needs at least a melody.")
    if primer is not given and any(a.notes != b.notes for a, b in zip(primer.tracks, given.tracks,
                                                                               strict=True)):  # fmt: skip
        messages.append(remark("put_where_written"))
    if request.mode in FROM_MELODY:
        melody = _melody(primer, tracks, codec.layout, messages)
        primer = replace(primer, tracks=(melody,))
    own = _own_key(primer, messages)
    key = KeySignature(0.0, wanted.tonic if wanted else own.tonic, own.mode)
    if move := move_to_key(own, key, messages):
        primer = transpose(in_reach(primer), move)
    if wanted and wanted.mode != own.mode:
        messages.append(remark("mode_of_seed_kept", mode=own.mode, key=(key.tonic, key.mode)))
    present = chosen or (True,) * codec.layout.num_parts
    piece, alone = _seats(primer, codec.layout, present, messages)
    if chosen is None and request.mode == "continue" and alone is None:
        present = _kept(piece, given, codec.layout, messages)
    return ScoreSeed(piece, key, present, alone)


def _melody(piece: Piece, tracks: list[Track], layout: ScoreLayout, messages: list[Remark]) -> Track:
    """Return the melody: the part that is named as the highest of the style, else the highest notes of all."""
    top = layout.parts[0].name
    named = [track for track in tracks if track.name.strip().casefold() == top.casefold()]
    if len(tracks) > 1:
        messages.append(remark("named_part_kept", part=top) if len(named) == 1 else remark("highest_notes_kept"))
    line = melody_of(replace(piece, tracks=(named[0],) if len(named) == 1 else piece.tracks))
    if len(tracks) == 1 and len(line.notes) < len(tracks[0].notes):  # two voices in one part
        messages.append(remark("highest_notes_kept"))
    return Track(line.notes, line.program, False, "")


def _own_key(piece: Piece, messages: list[Remark]) -> KeySignature:
    """Return the last key that the seed is signed with, else the one it seems to be in."""
    if piece.key_signatures:
        if len({(key.tonic, key.mode) for key in piece.key_signatures}) > 1:
            messages.append(remark("key_changes_last_used"))
        return replace(piece.key_signatures[-1], onset_quarter=0.0, mode=minor_or_major(piece.key_signatures[-1].mode))
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    weights = np.array([min(note.duration_quarter, 4.0) for note in notes])
    tonic, mode = estimate_key(np.array([note.pitch for note in notes]), weights)
    messages.append(remark("key_found", key=(tonic, mode)))
    return KeySignature(0.0, tonic, mode)


def _seats(
    primer: Piece, layout: ScoreLayout, present: tuple[bool, ...], messages: list[Remark]
) -> tuple[Piece, int | None]:
    """Return the seed as all parts, only those that play having notes, and the part of a single melody."""
    playing = [index for index, plays in enumerate(present) if plays]
    smaller = ScoreLayout(tuple(layout.parts[index] for index in playing), layout.dynamics)
    found, words = assigned_to_parts(primer, smaller)
    messages += words
    sounding = [index for index, track in enumerate(found.tracks) if track.notes]
    alone = None
    if len(sounding) == 1 and _is_line(found.tracks[sounding[0]]):
        # A melody by itself goes to the highest part that plays, wherever it lay.
        track = _in_range(found.tracks[sounding[0]], smaller, messages)
        tracks = [replace(t, notes=track.notes if i == 0 else ()) for i, t in enumerate(found.tracks)]
        found, alone = replace(found, tracks=tuple(tracks)), playing[0]
    notes, changes = notes_of(found, smaller)
    messages += changes.remarks()
    played = ScoreCodec(smaller).piece_of(notes, found)
    by_part = dict(zip(playing, _loud_as_before(played, found), strict=True))
    tracks = [by_part.get(i, Track((), part.program, False, part.name)) for i, part in enumerate(layout.parts)]
    return replace(played, tracks=tuple(tracks)), alone


def _loud_as_before(played: Piece, before: Piece) -> list[Track]:
    """Return the tracks of what is played with the loudness that the notes had."""
    tracks = []
    for track, source in zip(played.tracks, before.tracks, strict=True):
        loud = {(round(n.onset_quarter * 24), n.pitch % 12): n.velocity for n in source.notes}
        notes = [replace(n, velocity=loud.get((round(n.onset_quarter * 24), n.pitch % 12), n.velocity))
                 for n in track.notes]  # fmt: skip
        tracks.append(replace(track, notes=tuple(notes)))
    return tracks


def _is_line(track: Track) -> bool:
    onsets = [note.onset_quarter for note in track.notes]
    return len(set(onsets)) == len(onsets)


def _in_range(track: Track, layout: ScoreLayout, messages: list[Remark]) -> Track:
    """Return a melody moved by octaves to where the highest part plays well."""
    part = layout.parts[0]
    pitches = [note.pitch for note in track.notes]

    def cost(shift: int) -> tuple[int, int, int]:
        moved = [pitch + shift for pitch in pitches]
        outside = sum(max(part.low - p, p - part.high, 0) for p in moved)
        tense = sum(max(part.low + _COMFORT - p, p - part.high + _COMFORT, 0) for p in moved)
        return outside, tense if abs(shift) > 0 or outside else 0, abs(shift)

    best = min((12 * k for k in range(-5, 6)), key=cost)
    if best:
        code = "melody_moved_up_for" if best > 0 else "melody_moved_down_for"
        messages.append(remark(code, octaves=abs(best) // 12, instrument=part.name.lower()))
    moved = map_notes(Piece((track,)), lambda n: replace(n, pitch=min(max(n.pitch + best, 0), 127)))
    return moved.tracks[0]


def _kept(piece: Piece, given: Piece, layout: ScoreLayout, messages: list[Remark]) -> tuple[bool, ...]:
    """Return which parts play on: those of the seed where they are several, also one that is silent there.

    All play where there is a band, and where only the piano of a song is given: that is an introduction.
    """
    sounding = tuple(bool(track.notes) for track in piece.tracks)
    named = {track.name.strip().casefold() for track in given.tracks}
    present = tuple(plays or part.name.casefold() in named for plays, part in zip(sounding, layout.parts, strict=True))
    introduction = all(part in layout.keyboard for part, plays in enumerate(sounding) if plays)
    if sum(sounding) < 2 or all(present) or introduction or layout.chords:
        return (True,) * layout.num_parts
    names = [part.name for part, plays in zip(layout.parts, present, strict=True) if plays]
    messages.append(remark("instruments_play_on", names=names))
    return present


def first_bars(piece: Piece, messages: list[Remark]) -> Piece:
    """Return a melody up to the greatest length that is composed.

    Raises:
        ConstraintError: there is no note in it.
    """
    pickup = 1 if piece.pickup_quarter else 0
    bars = len(bar_starts(piece)) - pickup
    if bars <= MAX_BARS:
        return piece
    cut = slice_bars(piece, 0, MAX_BARS + pickup)
    if not cut.num_notes:
        raise ConstraintError("The melody begins with {max_bars} silent bars; leave them out.", max_bars=MAX_BARS)
    messages.append(remark("melody_cut_to_arrange", bars=bars, used=MAX_BARS))
    return cut


def with_bars_before(piece: Piece, bars: int) -> Piece:
    """Return a melody after silent bars of its first meter; a pickup falls into the last of them."""
    if not bars:
        return piece
    later = bars * piece.time_signatures[0].bar_quarters - piece.pickup_quarter
    moved = map_notes(piece, lambda note: replace(note, onset_quarter=note.onset_quarter + later))
    first, *others = piece.time_signatures
    meters = (first, *(replace(meter, onset_quarter=meter.onset_quarter + later) for meter in others))
    return replace(moved, time_signatures=meters, key_signatures=piece.key_signatures[:1], pickup_quarter=0.0)


def low_and_high(request: Sampling, layout: ScoreLayout, present: tuple[bool, ...]) -> tuple[tuple[int, int], ...]:
    """Return the ranges of the parts within the limits asked for; hands keep to where they mostly lie where none is.

    Raises:
        ConstraintError: a part that plays has less than a fifth left.
    """
    low, high = request.low_pitch or 0, 127 if request.high_pitch is None else request.high_pitch
    ranges = []
    for part, plays in zip(layout.parts, present, strict=True):
        usual = _USUAL.get(part.name, (part.low, part.high))
        pair = (
            max(part.low, low) if request.low_pitch is not None else usual[0],
            min(part.high, high) if request.high_pitch is not None else usual[1],
        )
        if plays and pair[1] - pair[0] < 7:
            raise ConstraintError(
                "Between {low} and {high} the {name} ({low_2} to {high_2}) has less than a fifth; widen the range.",
                low=pitch_name(low),
                high=pitch_name(high),
                name=part.name.lower(),
                low_2=pitch_name(part.low),
                high_2=pitch_name(part.high),
            )
        ranges.append(pair if plays else (part.low, part.high))
    return tuple(ranges)
