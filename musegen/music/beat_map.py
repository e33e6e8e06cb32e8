"""Bars and beats put under music that was played freely; what is heard stays as it was.

A tempo a beat follows the player, so that each note keeps its time to the millisecond and yet stands somewhere in a
bar: `on_beats` for a whole performance, `going_on` for one that goes on from music that has bars.
"""

from dataclasses import dataclass, replace

import numpy as np

from musegen.constants import MAX_QPM, MIN_QPM
from musegen.music.meter import is_compound
from musegen.music.performance import Performance
from musegen.music.piece import Note, Piece, Tempo, TimeSignature, Track
from musegen.music.pulse import Pulse, estimate_pulse, follow_pulse
from musegen.music.quantising import chords
from musegen.music.timing import bar_starts, num_bars, quarter_to_seconds

_STEADY_MISFIT = 0.42
"""Misfit from which on no beat is believed: most performances of the test split lie at 0.1 to 0.4, chords at random at
0.41 to 0.77 (median 0.58)."""
_FAST_BPM = 140.0
"""Faster beats are taken for halves of beats: pages of short notes are easier to read than pages of bars."""
_LEAST_HEARD = 12
"""Notes in which a beat can be heard."""
_LEAST_LAST = 0.25
"""The shortest beat after the last chord, as a share of those before."""
_JITTER_SEC, _JITTER_SHARE = 0.035, 0.03
_SHORTEST, _LONGEST = 60 / MAX_QPM, 60 / MIN_QPM


@dataclass(frozen=True, slots=True)
class Heard:
    """The beat that was found.

    Args:
        bpm: beats a minute, over the whole.
        misfit: nats by which times between chords differ from those of a steady player, mean of all.
    """

    bpm: float
    misfit: float

    @property
    def steady(self) -> bool:
        """Whether chords come where beats and their parts are, rather than anywhere."""
        return self.misfit < _STEADY_MISFIT


def on_beats(
    performance: Performance, meter: TimeSignature, program: int = 0, name: str = "Piano", bars: int | None = None
) -> tuple[Piece, Heard]:
    """Return a performance as a piece with bars, and the beat that was found.

    Args:
        performance: at least one note.
        meter: of the piece; the bar line is put where low, loud and long notes fall.
        program: General MIDI instrument.
        name: of the track.
        bars: how many there should be, where that is known: the beat is looked for among those that make so many, and
            the last chord, after which nothing is counted, lasts until the last of them ends.
    """
    compound, unit = _beat(meter)
    times, weights = _chords(performance)
    per_bar = max(round(meter.bar_quarters / unit), 1)
    least = 0 if bars is None else (bars - 1) * per_bar
    room = None if bars is None else (float(least), float((bars + 1) * per_bar - 2))  # the first may be a pickup
    pulse = _unhurried(estimate_pulse(times, compound, room), weights, room)
    is_even = room is not None and not room[0] <= np.floor(pulse.places[-1]) - np.floor(pulse.places[0]) <= room[1]
    if is_even:
        pulse = _even(times, max(least, 1))
    first = int(np.floor(pulse.places[0]))
    pickup = (_down_beat(pulse.places, weights, per_bar) - first) % per_bar
    last = int(np.floor(pulse.places[-1])) - first
    if bars is not None and not least <= last - pickup < least + per_bar:
        pickup = 0 if last < least + per_bar else last - least - per_bar + 1
    beats = np.arange(first, int(np.ceil(pulse.places[-1])) + 2)
    if bars is not None:
        beats = np.arange(first, first + pickup + bars * per_bar + 1)
    seconds = _beat_seconds(pulse, times, beats)
    seconds[0] = min(seconds[0], performance.onset_ms.min() / 1000)  # a first chord may be struck a little early
    if bars is not None:
        seconds = _until_the_end(seconds, pulse, performance.end_ms / 1000, beats, per_bar)
    tempos = _tempos(seconds, 0.0, unit)
    empty = Piece((), tempos, (replace(meter, onset_quarter=0.0),), pickup_quarter=pickup * unit)
    heard = replace(_heard(pulse, times), misfit=_STEADY_MISFIT) if is_even else _heard(pulse, times)
    return _with_notes(empty, performance, seconds[0], program, name), heard


def _even(times: np.ndarray, beats: float) -> Pulse:
    """Return beats that come evenly, so many from the first chord to the last: where none can be heard.

    Args:
        times: seconds of the chords, shape (N,).
        beats: how many.
    """
    beat = max((times[-1] - times[0]) / beats, 1e-3)
    places = (times - times[0]) / beat
    places[-1] = np.rint(places[-1])
    return Pulse(60 / beat, places, np.full(len(times), beat), places)


def last_bar_ms(performance: Performance, meter: TimeSignature, bars: int) -> float | None:
    """Return when the last of so many bars begins, going on from what has been played at its beat; None without one.

    Args:
        performance: what has been played, from its first note.
        meter: of the piece.
        bars: of the whole piece.
    """
    if len(performance.pitch) < _LEAST_HEARD:
        return None
    compound, unit = _beat(meter)
    times, weights = _chords(performance)
    pulse = _unhurried(estimate_pulse(times, compound), weights)
    done = pulse.places[-1] - np.floor(pulse.places[0])
    whole = (bars - 1) * max(round(meter.bar_quarters / unit), 1)
    return float(times[-1] + (whole - done) * pulse.beat_sec[-1]) * 1000


def _until_the_end(seconds: np.ndarray, pulse: Pulse, end: float, beats: np.ndarray, per_bar: int) -> np.ndarray:
    """Return when beats come, those after the last chord so that the last bar holds until the last note ends.

    Args:
        seconds: of the beats, shape (N,).
        pulse: the beat that was found.
        end: second at which the last note ends.
        beats: their numbers, shape (N,); the last one is the end of the last bar.
        per_bar: beats of a bar.
    """
    late = int(np.searchsorted(beats, pulse.places[-1], side="right"))  # the first beat after the last chord
    left = len(beats) - late
    begin = seconds[late - 1]
    width = max((end - begin) / max(len(beats) - late - 1 + 1, 1), _LEAST_LAST * pulse.beat_sec[-1])
    if end > seconds[-1] or left > per_bar:  # longer than the bar, or a bar that only sounds on
        seconds = seconds.copy()
        seconds[late:] = begin + width * np.arange(1, left + 1)
    return seconds


def going_on(given: Piece, performance: Performance, seam_ms: float, bars: int | None = None) -> tuple[Piece, Heard]:
    """Return a piece that goes on with a performance; what is given stays note for note, new bars follow its beat.

    Args:
        given: one track with notes, its bars and tempo meant.
        performance: what is new, in milliseconds from the start of the piece, at least one note; its pedal begins
            with the one that is down at the seam, if one is.
        seam_ms: when the last chord of what is given begins.
        bars: how many the whole should have, where that is known; as in `on_beats`.
    """
    compound, unit = _beat(given.time_signatures[-1])
    last = given.tracks[0].notes[-1].onset_quarter
    zero = max(given.time_signatures[-1].onset_quarter, given.pickup_quarter)
    place = (last - zero) / unit
    tempo = [t for t in given.tempos if t.onset_quarter <= last][-1]
    times, _ = _chords(performance)
    times = np.concatenate([[seam_ms / 1000], times])
    base = np.floor(place)
    per_bar = max(round(given.time_signatures[-1].bar_quarters / unit), 1)
    last_bar = 0.0 if bars is None else (bars - num_bars(given)) * per_bar + _bar_begin(given, unit) - base
    room = (last_bar, last_bar + per_bar - 1e-6) if last_bar > 1 else None
    pulse = follow_pulse(times, 60 / tempo.qpm * unit, place % 1.0, compound, room)
    is_even = room is not None and not room[0] <= pulse.places[-1] < room[1]
    if is_even:
        even = _even(times, max(last_bar - place % 1.0, 1))
        pulse = replace(even, places=even.places + place % 1.0, positions=even.positions + place % 1.0)
    beats = np.arange(1, int(np.ceil(pulse.places[-1])) + 2)
    if room is not None:
        beats = np.arange(1, round(last_bar) + per_bar + 1)
    seconds = _beat_seconds(pulse, times, beats)
    if room is not None:
        seconds = _until_the_end(seconds, pulse, performance.end_ms / 1000, beats, per_bar)
    edges = np.concatenate([times[:1], np.maximum(seconds, times[0] + 0.02)])
    quarters = np.concatenate([[last], zero + (base + beats) * unit])
    new = _tempos(edges, last, unit, np.diff(quarters))
    kept = tuple(t for t in given.tempos if t.onset_quarter < last)
    whole = replace(given, tempos=(*kept, *new))
    added = _with_notes(whole, performance, 0.0, 0, "").tracks[0]
    track = given.tracks[0]
    pedals = tuple(pedal for pedal in track.pedals if pedal[1] <= last)
    track = replace(track, notes=track.notes + added.notes, pedals=pedals + added.pedals)
    heard = replace(_heard(pulse, times), misfit=_STEADY_MISFIT) if is_even else _heard(pulse, times)
    return replace(whole, tracks=(track,)), heard


def _bar_begin(piece: Piece, unit: float) -> float:
    """Return at which beat the last bar of a piece begins, counted as places of `going_on` are."""
    zero = max(piece.time_signatures[-1].onset_quarter, piece.pickup_quarter)
    return (bar_starts(piece)[-1] - zero) / unit


def _beat(meter: TimeSignature) -> tuple[bool, float]:
    """Return whether the beat divides into three, and its quarters."""
    compound = is_compound(meter.numerator, meter.denominator)
    return compound, 4 / meter.denominator * 3 if compound else 1.0


def _chords(performance: Performance) -> tuple[np.ndarray, np.ndarray]:
    """Return the seconds of each chord, and how much it weighs as a first beat: low, loud, long."""
    seconds = performance.onset_ms / 1000
    labels = chords(seconds)
    counts = np.bincount(labels)
    lowest = np.full(len(counts), 127.0)
    np.minimum.at(lowest, labels, performance.pitch)
    loud = np.zeros(len(counts))
    np.maximum.at(loud, labels, performance.velocity)
    long = np.zeros(len(counts))
    np.maximum.at(long, labels, performance.duration_ms)
    weights = np.clip((60 - lowest) / 24, 0, 1.5) + loud / 64 + np.clip(long / 1000, 0, 1) + 0.1 * counts
    return np.bincount(labels, seconds) / counts, weights


def _unhurried(pulse: Pulse, weights: np.ndarray, room: tuple[float, float] | None = None) -> Pulse:
    """Return the pulse with two beats taken for one while they are fast; the heavier of two begins the new one.

    Args:
        pulse: as found.
        weights: of the chords as first beats, shape (N,).
        room: beats that there should be; a pulse of so many stays.
    """
    while pulse.bpm > _FAST_BPM and not (room and room[0] <= pulse.places[-1] - np.floor(pulse.places[0]) <= room[1]):
        first = _down_beat(pulse.places, weights, 2)
        places, positions = (pulse.places - first) / 2, (pulse.positions - first) / 2
        pulse = Pulse(pulse.bpm / 2, positions, pulse.beat_sec * 2, places)
    return pulse


def _down_beat(places: np.ndarray, weights: np.ndarray, period: int) -> int:
    """Return which beat, 0 to period - 1, is the heaviest of each so many; beat 0 where none stands out."""
    if len(places) <= 2 * period:
        return 0
    near = np.rint(places)
    on_beat = np.abs(places - near) < 0.01
    sums = np.array([weights[on_beat & (near % period == phase)].sum() for phase in range(period)])
    sums[0] *= 1.08
    return int(sums.argmax())


def _beat_seconds(pulse: Pulse, times: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Return when beats come: with the chords that belong to them, between chords in proportion."""
    seconds = np.interp(beats, pulse.places, times)
    early, late = beats < pulse.places[0], beats > pulse.places[-1]
    seconds[early] = times[0] + (beats[early] - pulse.places[0]) * pulse.beat_sec[0]
    seconds[late] = times[-1] + (beats[late] - pulse.places[-1]) * pulse.beat_sec[-1]
    return seconds


def _tempos(seconds: np.ndarray, quarter: float, unit: float, widths: np.ndarray | None = None) -> tuple[Tempo, ...]:
    """Return a tempo for each stretch between beats, whole microseconds a quarter as MIDI holds them.

    What rounding and the slowest and fastest tempo take away is made up for in the next.

    Args:
        seconds: of the beats, shape (N + 1,).
        quarter: of the first.
        unit: quarters of a beat.
        widths: quarters between the beats, shape (N,), where they are not all `unit`.
    """
    widths = np.full(len(seconds) - 1, unit) if widths is None else widths
    tempos: list[Tempo] = []
    now = seconds[0]
    for width, target in zip(widths.tolist(), seconds[1:].tolist(), strict=True):
        if width <= 0:  # two beats at one time: nothing lies between them
            continue
        pace = min(max((target - now) / width, _SHORTEST), _LONGEST)
        pace = round(pace * 1e6) / 1e6
        if not tempos or abs(60 / pace - tempos[-1].qpm) > 1e-9:
            tempos.append(Tempo(quarter, 60 / pace))
        quarter, now = quarter + width, now + width * pace
    return tuple(tempos)


def _with_notes(piece: Piece, performance: Performance, start: float, program: int, name: str) -> Piece:
    """Return a piece with a track of the performance, whose times are seconds after `start`."""
    onsets = np.array([tempo.onset_quarter for tempo in piece.tempos])
    paces = np.array([60 / tempo.qpm for tempo in piece.tempos])
    begins = np.array([quarter_to_seconds(piece, quarter) for quarter in onsets.tolist()])

    def quarters(milliseconds: np.ndarray) -> np.ndarray:
        seconds = np.maximum(milliseconds / 1000 - start, 0.0)
        index = np.maximum(np.searchsorted(begins, seconds, side="right") - 1, 0)
        return onsets[index] + (seconds - begins[index]) / paces[index]

    begun, ended = quarters(performance.onset_ms), quarters(performance.onset_ms + performance.duration_ms)
    rows = zip(begun.tolist(), performance.pitch.tolist(), (ended - begun).tolist(), performance.velocity.tolist(),
               strict=True)  # fmt: skip
    notes = tuple(Note(onset, pitch, max(length, 1e-4), velocity) for onset, pitch, length, velocity in rows)
    pedals = tuple((float(a), float(b)) for a, b in quarters(performance.pedal_ms).reshape(-1, 2))
    return replace(piece, tracks=(Track(notes, program, False, name, pedals=pedals),))


def _heard(pulse: Pulse, times: np.ndarray) -> Heard:
    if len(times) < 2:
        return Heard(pulse.bpm, 0.0)
    gaps, beat_sec = np.diff(times), (pulse.beat_sec[1:] + pulse.beat_sec[:-1]) / 2
    missed = (gaps - np.diff(pulse.places) * beat_sec) / np.hypot(_JITTER_SEC, _JITTER_SHARE * gaps)
    return Heard(pulse.bpm, float(np.mean(np.minimum(missed**2 / 2, 6.0))))
