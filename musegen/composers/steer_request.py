"""What a musician asks of a take that is there already, and what comes back: SteerRequest, SteerResult."""

from dataclasses import dataclass, field

from musegen.composers.request import MAX_BARS, MAX_TAKES, Take
from musegen.composers.temperature_curve import check_curve
from musegen.errors import ConstraintError
from musegen.music import Piece

ACTIONS = ("regenerate", "vary", "extend", "swap")
KEEPS = ("", "pitches", "rhythm")
MAX_CANDIDATES = 64


@dataclass(frozen=True, slots=True)
class SteerRequest:
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
        temperature: 0.1 (calm) to 2.0 (wild).
        temperature_curve: temperatures spread evenly over the bars of the piece, straight lines between them, instead
            of `temperature`; as many as bars gives each bar its own.
        top_k: keep the k likeliest events, 0 for all.
        top_p: keep the likeliest events whose probability adds up to p, 1.0 for all.
        key_strength: 0 (no lock) to 1 (new notes never leave the scale).
        low_pitch: lowest pitch of new notes, None for about what the piece has.
        high_pitch: highest pitch of new notes.
        random_seed: integer >= 0.
        num_takes: 1 to 8.
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
    temperature: float = 1.0
    temperature_curve: tuple[float, ...] = ()
    top_k: int = 0
    top_p: float = 0.95
    key_strength: float = 0.0
    low_pitch: int | None = None
    high_pitch: int | None = None
    random_seed: int = 0
    num_takes: int = 1
    candidates: int = 16
    given: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, slots=True)
class SteerResult:
    """What `steer` returns.

    Args:
        request: what was asked for.
        takes: the takes, in order.
        changed: for each take and track, the indices of the notes that are new.
        messages: what was changed to fit the style, in plain words, one sentence each.
        timings_ms: "load" and "sample" in milliseconds.
    """

    request: SteerRequest
    takes: tuple[Take, ...]
    changed: tuple[tuple[frozenset[int], ...], ...]
    messages: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)


def check_steering(request: SteerRequest) -> None:
    """Refuse settings outside their ranges and actions that lack what they need.

    Raises:
        ConstraintError: the message is a sentence that says which.
    """
    if request.action not in ACTIONS:
        raise ConstraintError(f'"{request.action}" is not a way to change a take; choose {", ".join(ACTIONS)}.')
    if request.keep not in KEEPS:
        raise ConstraintError(f'"{request.keep}" cannot be kept; keep the pitches, the rhythm, or nothing.')
    ranges = (
        ("The strength", request.strength, 0.0, 1.0),
        ("The number of bars", request.num_bars, 1, MAX_BARS),
        ("The pitch", request.pitch, 0, 127),
        ("The temperature", request.temperature, 0.1, 2.0),
        ("top-p", request.top_p, 0.01, 1.0),
        ("top-k", request.top_k, 0, 1000),
        ("The strength of the key lock", request.key_strength, 0.0, 1.0),
        ("The lowest pitch", request.low_pitch, 0, 127),
        ("The highest pitch", request.high_pitch, 0, 127),
        ("The random seed", request.random_seed, 0, 2**63 - 1),
        ("The number of takes", request.num_takes, 1, MAX_TAKES),
        ("The number of candidates", request.candidates, 1, MAX_CANDIDATES),
    )
    for name, value, low, high in ranges:
        if value is not None and not low <= value <= high:
            raise ConstraintError(f"{name} is {value:g}; it must be {low:g} to {high:g}.")
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
