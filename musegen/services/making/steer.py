"""Changing a take: composing a selection again, varying it, going on from it, swapping a note.

Everything that is not selected stays, note for note. Many fillings of each gap are drawn as one batch, left to right,
under the constraints of the style; the one is taken after which the network finds what follows likeliest.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from musegen.composers.gaps import Gap, bar_span, following_gaps, selected_gaps, varied_gaps
from musegen.composers.request import Take
from musegen.composers.steer_request import SteerRequest, SteerResult, check_steering
from musegen.composers.style import Style, load_style
from musegen.composers.workpiece import Filling, Workpiece
from musegen.engine.loop import TakeTrace
from musegen.errors import ConstraintError
from musegen.languages import message
from musegen.music import Piece
from musegen.music.timing import duration_seconds, num_bars
from musegen.services.making.words import kept_words


def steer(
    request: SteerRequest,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SteerResult:
    """Return the changed takes. The same request and style give the same takes.

    Args:
        request: what the musician asks for.
        progress: called after each take with the share done, 0 to 1.
        cancelled: polled often; composing stops when it returns True.

    Raises:
        MusegenError: the request cannot be satisfied; the message is a sentence for the musician.
        CancelledError: `cancelled` returned True.
    """
    begun = time.perf_counter()
    check_steering(request)
    style = load_style(request.style_id)
    if request.action not in style.composer.abilities(style.card).actions:
        raise style.composer.refusal("steer", style.card)
    asked = request
    if request.action == "swap":
        assert request.pitch is not None  # `check_steering` saw to it
        request = replace(request, piece=with_pitch(request.piece, request.notes[0], request.pitch))
    held = style.composer.workpiece(request, style)
    start = _lengthened(request, held) if request.action == "extend" else 0.0
    loaded = time.perf_counter()
    takes, changed = [], []
    for index in range(request.num_takes):
        seed = (request.random_seed, index, 1 + len(request.action))  # not the draws of `compose`
        gaps = _gaps(request, held, index, start)
        filling = held.fill(gaps, seed, cancelled) if gaps else Filling(held.piece, TakeTrace(), ())
        takes.append(_take(request, style, index, filling))
        changed.append(_new_notes(held.piece, filling.piece, gaps, request))
        if progress is not None:
            progress((index + 1) / request.num_takes)
        if request.action == "swap" and not gaps:
            break  # the last note alone is another, and every take would be the same
    timings = {"load": (loaded - begun) * 1e3, "sample": (time.perf_counter() - loaded) * 1e3}
    return SteerResult(asked, tuple(takes), tuple(changed), held.messages, timings)


def with_pitch(piece: Piece, place: tuple[int, int], pitch: int) -> Piece:
    """Return the piece with another pitch for one note.

    Args:
        piece: the music.
        place: (track, index) of the note.
        pitch: the new MIDI pitch.

    Raises:
        ConstraintError: there is no such note.
    """
    track, index = place
    if not (0 <= track < len(piece.tracks) and 0 <= index < len(piece.tracks[track].notes)):
        raise ConstraintError(
            "Note {index} of voice {track} was selected, but it is not there.", index=index + 1, track=track + 1
        )
    notes = list(piece.tracks[track].notes)
    notes[index] = replace(notes[index], pitch=pitch)
    tracks = list(piece.tracks)
    tracks[track] = replace(tracks[track], notes=tuple(notes))
    return replace(piece, tracks=tuple(tracks))


def _gaps(request: SteerRequest, held: Workpiece, index: int, start: float) -> list[Gap]:
    """Return what take `index` composes again; music that goes on is new from `start` on."""
    if request.action == "regenerate":
        return selected_gaps(request, held.piece, held.end)
    if request.action == "vary":
        random = np.random.default_rng([request.random_seed, index, 79])
        return varied_gaps(request, held.piece, held.end, random)
    if request.action == "swap":
        return following_gaps(held.piece, _note_end(request, held.piece), held.end)
    gaps = following_gaps(held.piece, start, held.end)
    if not gaps:
        raise ConstraintError("Nothing comes after this place; go on to more bars than the piece has.")
    return gaps


def _lengthened(request: SteerRequest, held: Workpiece) -> float:
    """Give the music the length asked for; return where the new begins, in quarters.

    Raises:
        ConstraintError: there is no room, or nothing would stay.
    """
    start = held.end
    if request.from_bar is not None:
        start = bar_span(held.piece, (request.from_bar, request.from_bar), held.end)[0]
        if not start:
            raise ConstraintError("Everything from bar 1 on would be new; compose a new take instead.")
    assert request.num_bars is not None  # `check_steering` saw to it
    held.lengthen(request.num_bars)
    if start >= held.end:
        raise ConstraintError(
            message(
                "The piece has {piece} bars; to go on from there, ask for more than that.",
                piece=num_bars(request.piece),
            )
            if request.from_bar is None
            else message(
                "Bar {from_bar} is the first new one, so ask for {from_bar} bars or more.", from_bar=request.from_bar
            )
        )
    return start


def _note_end(request: SteerRequest, piece: Piece) -> float:
    track, index = request.notes[0]
    if track >= len(piece.tracks) or index >= len(piece.tracks[track].notes):
        raise ConstraintError("The style holds this music in another way, so the note is not there; choose another.")
    return piece.tracks[track].notes[index].end_quarter


def _take(request: SteerRequest, style: Style, index: int, filling: Filling) -> Take:
    piece = kept_words(filling.piece, request.piece)
    own = [
        {track.notes[i] for i in indices if i < len(track.notes)}
        for track, indices in zip(request.piece.tracks, request.given, strict=False)
    ]
    given = tuple(
        frozenset(i for i, note in enumerate(track.notes) if t < len(own) and note in own[t])
        for t, track in enumerate(piece.tracks)
    )
    return Take(
        piece=piece,
        index=index,
        given=given,
        num_bars=num_bars(piece),
        seconds=duration_seconds(piece),
        notes_changed=filling.trace.notes_changed,
        log_likelihood=filling.trace.log_likelihood,
        random_seed=request.random_seed,
        style_id=request.style_id,
        style_sha256=style.card.sha256,
    )


def _new_notes(held: Piece, piece: Piece, gaps: list[Gap], request: SteerRequest) -> tuple[frozenset[int], ...]:
    """Return for each track the indices of the notes that did not stay, and of a swapped one."""
    new = []
    for index, track in enumerate(piece.tracks):
        own = [gap for gap in gaps if gap.track == index]
        old = held.tracks[index].notes
        stayed = {note for i, note in enumerate(old) if not any(gap.holds(i, note) for gap in own)}
        new.append({i for i, note in enumerate(track.notes) if note not in stayed})
    if request.action == "swap":
        new[request.notes[0][0]].add(request.notes[0][1])
    return tuple(frozenset(indices) for indices in new)
