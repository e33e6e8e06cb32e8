"""The chart that a solo is played over: which there are, in which key, how it ends, and how the network reads it.

The network reads beats in frames of four, whatever the meter: in 3/4 and 5/4 a frame is no bar. It hears the right
chord on every beat, and knows how far the piece has come; the band plays the meter.
"""

from dataclasses import replace

import numpy as np

from musegen.composers.fitting.length import wanted_bars
from musegen.composers.request import MAX_BARS, ComposeRequest
from musegen.composers.solo.context import SoloContext, context_of
from musegen.composers.solo.grid import BEATS_PER_BAR
from musegen.errors import ConstraintError
from musegen.music import KeySignature, TimeSignature
from musegen.music.chart import Chart
from musegen.music.chord import NO_CHORD, Chord
from musegen.music.common_forms import common_form
from musegen.music.theory import key_fifths, minor_or_major
from musegen.remarks import Remark, remark

METERS = ((3, 4), (4, 4), (5, 4), (2, 2))
"""Meters of a chart that are played."""
_USUAL_TONICS = (5, 10, 0, 3, 7)
"""Of the blues that is played over where no chart is given: F, Bb, C, Eb, G."""
_ROUND = 8
"""A shorter chart is read as a form of this many bars or more: several rounds of it."""
_TONICS = {"major": ("maj7", "6", "maj", "7"), "minor": ("min7", "m6", "min")}
"""Qualities of a last chord, the one that the chart itself has first."""


def frames(beats: float) -> int:
    """Return in how many frames of four beats so many beats lie."""
    return -int(-beats // BEATS_PER_BAR)


def playable(chart: Chart) -> Chart:
    """Return the chart if its meter can be played.

    Raises:
        ConstraintError: it cannot.
    """
    if chart.meter not in METERS:
        raise ConstraintError(
            "The chart is in {meter}/{meter_2}, and this style plays in 4/4, 3/4 and 5/4; write it in one of these.",
            meter=chart.meter[0],
            meter_2=chart.meter[1],
        )
    return chart


def chart_context(chart: Chart, num_bars: int, qpm: float | None, pickup_frames: int = 0) -> SoloContext:
    """Return a chart played round and round as the network reads it.

    Args:
        chart: one chorus.
        num_bars: whole bars.
        qpm: tempo.
        pickup_frames: frames of four beats before the first bar, without chords.
    """
    per_bar = round(chart.bar_quarters)
    total = num_bars * per_bar
    form_bars = chart.num_bars * -(-_ROUND // chart.num_bars)
    begins = {first: index for index, (first, _) in enumerate(chart.sections)} if chart.num_bars >= _ROUND else {}
    sections = [("I", 0)] * pickup_frames
    section = 0
    for frame in range(frames(total)):
        bar = frame * BEATS_PER_BAR // per_bar
        place = bar % form_bars
        started = [index for first, index in begins.items() if first <= place]
        section = max(started, default=0) if place else begins.get(0, 0)
        sections.append((f"A{section}", 1 + bar // form_bars))
    chords = [NO_CHORD] * (BEATS_PER_BAR * pickup_frames)
    chords += [chart.at(float(min(beat, total - 1))) for beat in range(frames(total) * BEATS_PER_BAR)]
    returns, rest = divmod(form_bars * per_bar, BEATS_PER_BAR)
    return context_of(chords, sections, qpm, 0 if rest else returns)


def usual_chart(
    request: ComposeRequest, wanted: KeySignature | None, meter: TimeSignature | None, messages: list[Remark]
) -> Chart:
    """Return what is played over where there is no chart: a blues in the key and meter asked for."""
    if wanted is None:
        tonic, mode = int(np.random.default_rng([request.random_seed, 77]).choice(_USUAL_TONICS)), "major"
    else:
        tonic, mode = wanted.tonic, wanted.mode
    chart = common_form("minor-blues" if mode == "minor" else "jazz-blues", tonic)
    messages.append(remark("blues_played", key=(tonic, mode)))
    return chart if meter is None else in_bars_of(chart, meter.numerator)


def in_bars_of(chart: Chart, beats: int) -> Chart:
    """Return a chart of four quarters a bar in bars of three or five: the second of two chords on the last beats."""
    if beats == round(chart.bar_quarters):
        return chart
    late = {2.0: float(beats - 1 if beats == 3 else 3)}
    bars = tuple(
        tuple((late.get(onset, min(onset, beats - 1.0)), chord) for onset, chord in bar if onset in (0.0, 2.0))
        for bar in chart.bars
    )
    return replace(chart, bars=bars, meter=(beats, 4))


def in_key(chart: Chart, wanted: KeySignature | None, messages: list[Remark]) -> tuple[Chart, int]:
    """Return the chart in the key wanted, and by how many semitones, -5 to 6, it was moved."""
    tonic, mode = chart.key
    if wanted is None or not (move := (wanted.tonic - tonic) % 12):
        return chart, 0
    messages.append(remark("chords_moved", own=(tonic, mode), wanted=(wanted.tonic, mode)))
    return chart.transposed(move), move if move <= 6 else move - 12


def say_key(chart: Chart, seed: KeySignature | None, messages: list[Remark]) -> None:
    """Say that the chords are in another key than the seed, where neither is the other's relative."""
    if seed is None:
        return
    tonic, mode = chart.key
    seed_mode = minor_or_major(seed.mode)
    if key_fifths(tonic, mode) != key_fifths(seed.tonic, seed_mode) and tonic != seed.tonic:
        messages.append(remark("chords_in_other_key", chords=(tonic, mode), own=(seed.tonic, seed_mode)))


def solo_bars(request: ComposeRequest, chart: Chart, qpm: float, usual: int, messages: list[Remark]) -> int:
    """Return the length in bars: as asked for, else whole choruses of about the usual length."""
    choruses = max(-(-usual // chart.num_bars), 1)
    return wanted_bars(request, chart.bar_quarters, qpm, min(choruses * chart.num_bars, MAX_BARS), messages)


def with_end(chart: Chart, num_bars: int) -> Chart:
    """Return a chart played round and round for so many bars, the tonic in its last one.

    A form ends with what leads back to its beginning; a piece does not. Where the last bar holds the tonic already, or
    where its chord is led to by its own dominant, it stays.

    Args:
        chart: one chorus.
        num_bars: of the piece.
    """
    begins = dict(chart.sections) or {0: ""}
    rounds = range(-(-num_bars // chart.num_bars))
    sections = [(r * chart.num_bars + first, label) for r in rounds for first, label in begins.items()]
    played = replace(chart.repeated(num_bars), sections=tuple(s for s in sections if s[0] < num_bars))
    tonic, mode = chart.key
    _, last = played.bars[-1][0]
    before = [chord for bar in played.bars[:-1] for _, chord in bar if chord != last]
    led = bool(before) and (before[-1].root - last.root) % 12 == 7 and last.family in ("major", "minor")
    if last.is_no_chord or len(played.bars[-1]) == 1 and (last.root == tonic or led):
        return played
    return replace(played, bars=(*played.bars[:-1], ((0.0, tonic_chord(chart, tonic, mode)),)))


def tonic_chord(chart: Chart, tonic: int, mode: str) -> Chord:
    """Return the chord on the tonic that a chart has, else the usual one of its mode."""
    own = (chord for _, chord in chart.changes if chord.root == tonic and not chord.is_no_chord)
    return next(own, Chord(tonic, _TONICS[mode][0]).spelled(key_fifths(tonic, mode)))


def say_rounds(chart: Chart, num_bars: int, messages: list[Remark]) -> None:
    """Say where a piece does not end with its form."""
    whole, rest = divmod(num_bars, chart.num_bars)
    if not rest:
        return
    if whole:
        messages.append(remark("chart_goes_round", bars=chart.num_bars, times=whole, rest=rest))
    else:
        messages.append(remark("chart_cut", bars=chart.num_bars, used=rest))
