"""From a request to whole bars, keys and meters, with the sentences that refuse what cannot be."""

from dataclasses import replace

from musegen.composers.modes import MODES
from musegen.composers.request import MAX_BARS, MAX_SECONDS, ComposeRequest
from musegen.composers.settings import check_range, check_settings
from musegen.composers.temperature_curve import check_curve
from musegen.constants import MAX_QPM, MIN_QPM
from musegen.errors import ConstraintError
from musegen.evaluation.originality import LEAST
from musegen.music import KeySignature, Piece, TimeSignature
from musegen.music.theory import key_fifths, parse_key, pitch_name, scale_pitch_classes
from musegen.music.timing import bar_starts
from musegen.music.transform import slice_bars
from musegen.remarks import Remark, code_of, remark

MAX_NOTES_SHARED = 64
"""The longest run that takes can be kept from sharing; longer ones are none that anybody overlooks."""
NEW_BARS = 8
"""Bars that are new at least where no length is asked for."""


def check_request(request: ComposeRequest) -> None:
    """Refuse settings outside their ranges.

    Raises:
        ConstraintError: one is; the message names it, its value and its range.
    """
    if request.mode not in MODES:
        raise ConstraintError(
            '"{mode}" is not a way of composing; choose {modes}.', mode=request.mode, modes=", ".join(MODES)
        )
    check_range("The number of bars", request.num_bars, 1, MAX_BARS)
    check_range("The length in seconds", request.seconds, 1, MAX_SECONDS)
    check_range("The tempo", request.qpm, MIN_QPM, MAX_QPM)
    check_range("The variation of the form", request.form_variation, 0.0, 1.0)
    if request.longest_copy:
        check_range("The longest run that may be shared", request.longest_copy, LEAST, MAX_NOTES_SHARED)
    check_settings(request)
    check_curve(request.temperature_curve)
    low, high = request.low_pitch or 0, 127 if request.high_pitch is None else request.high_pitch
    if low > high:
        raise ConstraintError(
            "The lowest pitch ({low}) is above the highest ({high}); swap them.",
            low=pitch_name(low),
            high=pitch_name(high),
        )
    if request.mode != "invent" and request.primer is None:
        raise ConstraintError("There is no music to {mode}; give some, or let the style invent.", mode=request.mode)


def parse_meter(text: str, known: tuple[str, ...]) -> TimeSignature:
    """Return the meter of "6/8".

    Raises:
        ConstraintError: the style does not know it; the message lists those it knows.
    """
    if text not in known:
        raise ConstraintError(
            'This style does not know the meter "{text}"; it knows {known}.', text=text, known=", ".join(known)
        )
    numerator, denominator = text.split("/")
    return TimeSignature(0.0, int(numerator), int(denominator))


def parse_request_key(text: str, known: tuple[str, ...]) -> KeySignature:
    """Return the key of "D major".

    Raises:
        ConstraintError: it is no key, or the style does not know its mode.
    """
    try:
        tonic, mode = parse_key(text)
    except ValueError as error:
        raise ConstraintError("{error}.", error=error) from error
    if mode not in known:
        raise ConstraintError(
            "This style does not know {mode} keys; it knows {known}.", mode=mode, known=", ".join(known)
        )
    return KeySignature(0.0, tonic, mode)


def sign_as(primer: Piece, wanted: KeySignature | None) -> Piece:
    """Return the seed signed with the key wanted where it may be in it already, else as it is.

    It may be where it has no key and only notes of the wanted scale, or where it is signed with the relative key: many
    programs write C major into the file of a tune in A minor.
    """
    if wanted is None:
        return primer
    if primer.key_signatures:
        signed = primer.key_signatures[0]
        fits = key_fifths(signed.tonic, signed.mode) == key_fifths(wanted.tonic, wanted.mode)
    else:
        notes = {n.pitch % 12 for track in primer.tracks if not track.is_drum for n in track.notes}
        fits = notes <= scale_pitch_classes(wanted.tonic, wanted.mode)
    return replace(primer, key_signatures=(wanted,)) if fits else primer


def move_to_key(own: KeySignature, wanted: KeySignature, messages: list[Remark]) -> int:
    """Return the semitones, -5 to 6, from the seed's own tonic to the one wanted; its mode stays as it is."""
    move = (wanted.tonic - own.tonic) % 12
    if move:
        messages.append(remark("key_moved", own=(own.tonic, own.mode), wanted=(wanted.tonic, own.mode)))
    return move if move <= 6 else move - 12


def wanted_qpm(request: ComposeRequest, messages: list[Remark]) -> float:
    """Return the tempo of takes that begin with a seed: as asked for, or the seed's first."""
    if request.qpm:
        return request.qpm
    assert request.primer is not None
    tempos = request.primer.tempos
    if len(tempos) > 1:
        messages.append(remark("tempo_changes", qpm=tempos[0].qpm))
    return tempos[0].qpm


def usual_bars(style_bars: int, seed_bars: int) -> int:
    """Return the length in bars where none is asked for: at least `NEW_BARS` beyond the seed, in fours.

    Args:
        style_bars: the usual length of the style.
        seed_bars: bars of the seed, 0 without one.
    """
    if seed_bars + NEW_BARS <= style_bars or not seed_bars:
        return style_bars
    return min(-(-(seed_bars + NEW_BARS) // 4) * 4, MAX_BARS)


def wanted_bars(
    request: ComposeRequest, bar_quarters: float, qpm: float, default: int, messages: list[Remark] | None = None
) -> int:
    """Return the length in bars: as asked for, or the number of bars nearest to the seconds asked for."""
    if request.seconds is None:
        return request.num_bars if request.num_bars is not None else default
    bar_seconds = bar_quarters * 60 / qpm
    bars = round(request.seconds / bar_seconds)
    if messages is not None and bars > MAX_BARS:
        lasts = MAX_BARS * bar_seconds
        messages.append(remark("too_many_seconds", seconds=request.seconds, bars=bars, most=MAX_BARS, lasts=lasts))
    return min(max(bars, 1), MAX_BARS)


def fit_primer(primer: Piece, num_bars: int, messages: list[Remark]) -> Piece:
    """Return as much of the seed's end as leaves room to compose: at most three quarters of the bars, whole bars.

    Raises:
        ConstraintError: one bar is asked for, which the seed fills.
    """
    starts = bar_starts(primer)
    pickup = 1 if primer.pickup_quarter else 0
    whole = len(starts) - pickup
    most = num_bars - max(1, num_bars // 4)
    if whole <= most:
        return primer
    if most < 1:
        raise ConstraintError("One bar leaves no room to go on from your music; ask for two bars or more.")
    messages.append(remark("seed_cut", whole=whole, asked=num_bars, used=most))
    return slice_bars(primer, len(starts) - most, most)


def about_sections(messages: list[Remark]) -> list[Remark]:
    """Return messages of `fit_primer` for a piece that is one section of a form."""
    return [remark("seed_cut_for_section", **m.values) if code_of(m) == "seed_cut" else m for m in messages]
