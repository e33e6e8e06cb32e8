"""What a musician asks of a take that is there already, and what comes back: SteerRequest, SteerResult."""

from dataclasses import dataclass, field

from musegen.composers.request import MAX_BARS, Sampling, Take
from musegen.composers.settings import check_range, check_settings
from musegen.composers.temperature_curve import check_curve
from musegen.errors import ConstraintError
from musegen.music import Piece
from musegen.remarks import Remark

ACTIONS = ("regenerate", "vary", "extend", "swap")
KEEPS = ("", "pitches", "rhythm")
MAX_CANDIDATES = 64


@dataclass(frozen=True)
class SteerRequest(Sampling):
    """Everything needed to change a take the same way again: the same request and style give the same takes.

    Args:
        style_id: folder name of the style.
        action: "regenerate" composes a selection again; "vary" redraws a share of it; "extend" goes on from the end or
            from a bar; "swap" gives one note another pitch and composes what begins after it again.
        piece: the music; all of it that is not selected stays, note for note.
        bars: first and last bar of the selection, from 1, both included; a pickup goes with bar 1. A note belongs to
            the bar it begins in. None with `notes`, or to vary everything.
        voices: tracks of the selection, empty for all.
        notes: (track, index) of single notes, instead of bars.
        keep: of what is composed again: "" nothing, "pitches" (another rhythm, each bar keeps its notes in order) or
            "rhythm" (other pitches).
        strength: of "vary", 0 (nothing) to 1 (all of it): the share of half bars that are redrawn, the chance that a
            redrawn one has another rhythm too, and how far its pitches go.
        from_bar: of "extend", the first bar that is new; None goes on from the end.
        num_bars: of "extend", the length in bars of the whole.
        pitch: of "swap", the new MIDI pitch of the one note.
        candidates: how many fillings of a gap are tried; the one that joins best to what follows is taken (in a
            chorale, of those with the fewest parallels into it).
        given: for each track, the indices of the notes that the musician gave; they are named again in the takes.
    """

    style_id: str
    action: str
    piece: Piece
    bars: tuple[int, int] | None = None
    voices: tuple[int, ...] = ()
    notes: tuple[tuple[int, int], ...] = ()
    keep: str = ""
    strength: float = 0.5
    from_bar: int | None = None
    num_bars: int | None = None
    pitch: int | None = None
    candidates: int = 16
    given: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, slots=True)
class SteerResult:
    """What `steer` returns.

    Args:
        request: what was asked for.
        takes: the takes, in order.
        changed: for each take and track, the indices of the notes that are new.
        messages: what was changed to fit the style, in plain words.
        timings_ms: "load" and "sample" in milliseconds.
    """

    request: SteerRequest
    takes: tuple[Take, ...]
    changed: tuple[tuple[frozenset[int], ...], ...]
    messages: tuple[Remark, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)


def check_steering(request: SteerRequest) -> None:
    """Refuse settings outside their ranges and actions that lack what they need.

    Raises:
        ConstraintError: the message is a sentence that says which.
    """
    if request.action not in ACTIONS:
        raise ConstraintError(
            '"{action}" is not a way to change a take; choose {actions}.',
            action=request.action,
            actions=", ".join(ACTIONS),
        )
    if request.keep not in KEEPS:
        raise ConstraintError('"{keep}" cannot be kept; keep the pitches, the rhythm, or nothing.', keep=request.keep)
    check_range("The strength", request.strength, 0.0, 1.0)
    check_range("The number of bars", request.num_bars, 1, MAX_BARS)
    check_range("The pitch", request.pitch, 0, 127)
    check_range("The number of candidates", request.candidates, 1, MAX_CANDIDATES)
    check_settings(request)
    check_curve(request.temperature_curve)
    if not any(track.notes and not track.is_drum for track in request.piece.tracks):
        raise ConstraintError("There are no notes in this piece; compose one first.")
    if request.bars is not None and request.notes:
        raise ConstraintError("Bars and single notes are both selected; choose one of them.")
    if request.action == "regenerate" and request.bars is None and not request.notes:
        raise ConstraintError("Nothing is selected; choose the bars or notes to compose again.")
    if request.action == "extend" and request.num_bars is None:
        raise ConstraintError("How long the piece is to be is missing; give its number of bars.")
    if request.action == "swap" and (len(request.notes) != 1 or request.pitch is None):
        raise ConstraintError("Choose one note, and the pitch it is to have.")
