"""From the pitch of a voice over time to the notes that were meant.

find_notes, HummedNote. A note is a stretch that stays near one pitch of the singer's own scale (a Viterbi search in
which each new note has its price, so that vibrato makes none), begun anew where the voice attacks again. Slides belong
to the notes that they join, scoops to the note they lead to; short stray octaves are taken back; the singer's tuning
is followed through the recording and taken off before pitches are rounded.
"""

from dataclasses import dataclass, replace

import numpy as np

from musegen.files.hum_pitch import HOP_SECONDS, PitchTrack

MIN_NOTE_SECONDS = 0.07
"""Shortest note kept."""

_NOTE_COST = 3.2  # a new note, in semitones times frames
_ATTACK_BONUS = 2.4  # less of it where the voice attacks
_FAR = 2.0  # semitones: farther off costs no more
_VOICED_SILENCE, _UNVOICED_NOTE = 0.9, 0.9  # a frame with a voice in a rest, and one without in a note
_REST_COST = 1.0
_STEADY = 11.0  # semitones a second at which a frame counts half: slides are faster
_HEARD_DB = 60.0
"""What lies farther below the loudest tone is not heard, in decibels."""
_DIP_DB, _BRIGHT_DIP_DB = 4.0, 6.5
_REACH = 14  # frames on either side in which a dip must be framed by louder ones
_VIBRATO_FRAMES = 18
_SHORT = 11  # frames: shorter stretches may be consonants, scoops and slides
_CONSONANT = 17  # frames: longer ones are notes
_FAINT_DB = 24.0  # notes softer than the usual one by this, and short ones by half of it, are none
_CONSONANT_DB = 3.5  # a first note begins where it comes this near to its loudness
_SWING_DB = 6.0  # decibels a semitone at most that are put down to vibrato
_TUNING_SECONDS = 4.0  # the singer's tuning is a mean over about this long


@dataclass(frozen=True, slots=True)
class HummedNote:
    """One note that was heard.

    Args:
        onset_sec: start in seconds.
        end_sec: end in seconds, exclusive.
        pitch: MIDI number in the singer's own tuning.
        velocity: 1 to 127, from the loudness beside the other notes'.
        confidence: 0 to 1; near 0 where the pitch lies between two or is hardly a tone.
        tone: MIDI pitch with fraction in the singer's own tuning.
    """

    onset_sec: float
    end_sec: float
    pitch: int
    velocity: int
    confidence: float
    tone: float


@dataclass(slots=True)
class _Voice:
    """What the decisions about notes rest on, each of shape (T,): the mended pitch, its steadiness, attacks, tuning."""

    pitch: np.ndarray
    steady: np.ndarray
    attacks: np.ndarray
    tuning: np.ndarray

    def attacked(self, frame: int) -> bool:
        """Whether the voice attacks within 30 ms of a frame."""
        return bool(self.attacks[max(frame - 3, 0) : frame + 4].any())

    def tone(self, span: "_Span") -> float:
        """Return the pitch of a stretch: the weighted median of its frames, middle and steady ones counting most."""
        values = self.pitch[span.start : span.end]
        place = (np.arange(len(values)) + 0.5) / max(len(values), 1)
        weights = np.where(np.isfinite(values), self.steady[span.start : span.end] + 0.02, 0.0)
        weights = weights * np.where((place < 0.25) | (place > 0.85), 0.35, 1.0)
        if weights.sum() == 0:
            return np.nan
        order = np.argsort(values)
        total = np.cumsum(weights[order])
        return float(values[order[np.searchsorted(total, total[-1] / 2)]])

    def is_slide(self, span: "_Span") -> bool:
        """Return whether a stretch moves all the way through, without a place where it stays."""
        return int(np.sum(self.steady[span.start : span.end] > 0.5)) < 3


@dataclass(slots=True)
class _Span:
    """Frames [start, end) of one note; `tone` is its pitch with fraction."""

    start: int
    end: int
    tone: float = 0.0


def find_notes(track: PitchTrack) -> tuple[tuple[HummedNote, ...], float]:
    """Return the notes and the singer's tuning in semitones above concert pitch, -0.5 to 0.5.

    Args:
        track: pitch and loudness over time.
    """
    voiced = np.isfinite(track.pitch)
    if voiced.sum() * HOP_SECONDS < MIN_NOTE_SECONDS:
        return (), 0.0
    pitch = _without_stray_octaves(track.pitch)
    steady = _steadiness(pitch)
    smooth = _without_vibrato(pitch)
    tuning = np.full(len(pitch), _circular_mean(smooth[voiced], _steadiness(smooth)[voiced]))
    voice = _Voice(pitch, steady, _attacks(track), tuning)
    spans: list[_Span] = []
    for _ in range(2):
        spans = _joined_slides(_spans(_best_states(voice), voice.attacks), track, voice)
        voice.tuning = tuning = _followed_tuning(spans, len(pitch)) if spans else tuning
    notes = _to_notes(spans, track, tuning)
    offset = float(np.mean(tuning[voiced]))
    return notes, offset - round(offset)


def _without_stray_octaves(pitch: np.ndarray) -> np.ndarray:
    """Return the pitch with stretches shorter than 120 ms that stand an octave off both their neighbours moved back."""
    mended = pitch.copy()
    index = np.flatnonzero(np.isfinite(pitch))
    if len(index) < 3:
        return mended
    values = pitch[index]
    cuts = np.flatnonzero((np.abs(np.diff(values)) > 6) | (np.diff(index) > 8)) + 1
    runs = np.split(np.arange(len(values)), cuts)
    for before, here, after in zip([None, *runs], runs, [*runs[1:], None], strict=False):
        if len(here) > 12:
            continue
        sides = [values[run[edge]] for run, edge in ((before, -1), (after, 0)) if run is not None]
        level = float(np.median(values[here]))
        octaves = {round((side - level) / 12) for side in sides if abs((side - level + 6) % 12 - 6) < 1.5}
        if len(sides) == 2 and len(octaves) == 1 and 0 not in octaves:
            mended[index[here]] += 12 * octaves.pop()
    return mended


def _without_vibrato(pitch: np.ndarray) -> np.ndarray:
    """Return the pitch as a mean over `_VIBRATO_FRAMES`, about one wave of a vibrato, within 1.5 semitones around."""
    half = _VIBRATO_FRAMES // 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(pitch, half, constant_values=np.nan), 2 * half + 1)
    near = np.abs(windows - pitch[:, None]) < 1.5
    return np.where(near, windows, 0.0).sum(1) / np.where(near.any(1), near.sum(1), np.nan)


def _steadiness(pitch: np.ndarray) -> np.ndarray:
    """Return how little the pitch moves, 0 to 1: low in slides, shape (T,)."""
    slope = np.full(len(pitch), np.nan)
    slope[2:-2] = (pitch[4:] - pitch[:-4]) / (4 * HOP_SECONDS)
    near = np.full(len(pitch), np.nan)
    near[1:-1] = (pitch[2:] - pitch[:-2]) / (2 * HOP_SECONDS)
    slope = np.where(np.isfinite(slope), slope, near)
    steady = 1 / (1 + (slope / _STEADY) ** 2)
    return np.where(np.isfinite(pitch), np.nan_to_num(steady, nan=0.3), 0.0)


def _circular_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the mean of the fractions of pitches, -0.5 to 0.5."""
    return float(np.angle(np.sum(weights * np.exp(2j * np.pi * values))) / (2 * np.pi))


# ------------------------------------------------------------------------------------------------ attacks


def _attacks(track: PitchTrack) -> np.ndarray:
    """Return how surely the voice attacks anew at each frame, 0 to 1, zero where it does not, shape (T,)."""
    strength = np.zeros(len(track.pitch))
    for curve, threshold in ((track.level_db, _DIP_DB), (track.bright_db, _BRIGHT_DIP_DB)):
        # Far below the tone there is only rounding: a clean low tone has nothing bright that could dip.
        floor = max(np.percentile(curve, 10), track.level_db.max() - _HEARD_DB)
        curve = np.maximum(curve, floor)
        for frame, depth in _dips(curve - _swing(curve, track.pitch), threshold):
            strength[frame] = max(strength[frame], min(depth / threshold / 2, 1.0))
    # two marks of one attack, from loudness and from brightness: the earlier is nearer to the vowel's beginning
    marks = np.flatnonzero(strength)
    for group in np.split(marks, np.flatnonzero(np.diff(marks) > 6) + 1) if len(marks) else ():
        surest = strength[group].max()
        strength[group] = 0
        strength[group[0]] = surest
    return strength


def _swing(curve: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """Return what of a loudness goes up and down with the pitch, as it does in vibrato, shape (T,).

    Harmonics that swing across a formant change the loudness as much as an attack does.
    """
    bend = np.nan_to_num(np.clip(pitch - _without_vibrato(pitch), -1, 1))
    flat = curve - _moving_mean(curve, _VIBRATO_FRAMES)
    span = 2 * _VIBRATO_FRAMES
    together, alone = _moving_mean(bend * flat, span), _moving_mean(bend * bend, span)
    return np.clip(together / (alone + 0.005), -_SWING_DB, _SWING_DB) * bend


def _moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    half = width // 2
    padded = np.pad(values, half, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).mean(1)


def _dips(curve: np.ndarray, threshold: float) -> list[tuple[int, float]]:
    """Return (frame where it has half risen again, depth in dB) of each dip between two louder places."""
    found = []
    padded = np.pad(curve, _REACH, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _REACH + 1)
    left, right = windows[: len(curve)].max(1), windows[_REACH : _REACH + len(curve)].max(1)
    depth = np.minimum(left, right) - curve
    lowest = np.lib.stride_tricks.sliding_window_view(np.pad(curve, 4, mode="edge"), 9).min(1)
    for frame in np.flatnonzero((depth >= threshold) & (curve == lowest)):
        top = right[frame]
        rising = curve[frame : frame + _REACH + 1] >= (curve[frame] + top) / 2
        found.append((int(frame + np.argmax(rising)), float(depth[frame])))
    return found


# ------------------------------------------------------------------------------------------------ segments


def _best_states(voice: _Voice) -> np.ndarray:
    """Return the MIDI pitch of each frame, -1 in rests, by the cheapest way through all frames, shape (T,)."""
    pitch, steady = voice.pitch - voice.tuning, voice.steady
    voiced = np.isfinite(pitch)
    low, high = int(np.floor(np.nanmin(pitch))), int(np.ceil(np.nanmax(pitch)))
    grid = np.arange(low, high + 1)
    distance = np.abs(np.where(voiced, pitch, 0.0)[:, None] - grid)
    cost = np.where(voiced[:, None], steady[:, None] * np.minimum(distance, _FAR), _UNVOICED_NOTE)
    rest = np.where(voiced, _VOICED_SILENCE, 0.0)
    change = _NOTE_COST - _ATTACK_BONUS * voice.attacks
    count, width = cost.shape
    back = np.empty((count, width), dtype=np.int32)
    rest_back = np.empty(count, dtype=np.int32)
    notes, silence = cost[0] + _NOTE_COST, rest[0]
    stay = np.arange(width, dtype=np.int32)
    for index in range(1, count):
        best = int(notes.argmin())
        enter, source = notes[best] + change[index], best
        if silence + _NOTE_COST - _REST_COST < enter:
            enter, source = silence + _NOTE_COST - _REST_COST, -1
        leave = notes[best] + _REST_COST
        keep = notes <= enter
        back[index] = np.where(keep, stay, source)
        rest_back[index] = best if leave < silence else -1
        silence = min(silence, leave) + rest[index]
        notes = np.where(keep, notes, enter) + cost[index]
    states = np.empty(count, dtype=np.int64)
    state = int(notes.argmin()) if notes.min() < silence else -1
    for index in range(count - 1, -1, -1):
        states[index] = grid[state] if state >= 0 else -1
        if index:
            state = int(back[index, state]) if state >= 0 else int(rest_back[index])
    return states


def _spans(states: np.ndarray, attacks: np.ndarray) -> list[_Span]:
    """Return the stretches of one pitch, cut where the voice attacks again."""
    edges = np.flatnonzero(np.diff(states)) + 1
    shortest = round(MIN_NOTE_SECONDS / HOP_SECONDS)
    spans = []
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(states)], strict=True):
        if states[start] < 0:
            continue
        begin = start
        for frame in np.flatnonzero(attacks[start:end]) + start:
            if frame - begin >= shortest and end - frame >= shortest:
                spans.append(_Span(begin, int(frame)))
                begin = int(frame)
        spans.append(_Span(begin, end))
    return spans


def _joined_slides(spans: list[_Span], track: PitchTrack, voice: _Voice) -> list[_Span]:
    """Return the spans with slides, scoops, consonants and splinters joined to the notes that they belong to."""
    shortest = round(MIN_NOTE_SECONDS / HOP_SECONDS)
    kept: list[_Span] = []
    for span in spans:
        span.tone = voice.tone(span)
    spans = [span for span in spans if np.isfinite(span.tone)]
    for span, after in zip(spans, [*spans[1:], None], strict=True):
        length = span.end - span.start
        before = kept[-1] if kept and span.start - kept[-1].end <= 2 else None
        if after is not None and after.start - span.end > 2:
            after = None
        attacked, attacked_next = voice.attacked(span.start), voice.attacked(span.end)
        fresh = before is None or attacked
        if after and attacked_next and length <= _CONSONANT and _is_softer(span, after, track, length > _SHORT):
            continue  # a consonant: the note begins with its vowel
        if length > _SHORT or (length >= shortest and not voice.is_slide(span) and not after):
            kept.append(span)
        elif after and not attacked_next and fresh and after.end - after.start > length:
            after.start = span.start  # a scoop
        elif length >= shortest and not voice.is_slide(span):
            kept.append(span)
        elif before and after and not attacked_next and not attacked:
            before.end = after.start = (span.start + span.end) // 2  # a slide: half to each
        elif before and not attacked:
            before.end = span.end
        elif after and not attacked_next:
            after.start = span.start
    for span in kept:
        span.tone = voice.tone(span)
    return _merged([span for span in kept if np.isfinite(span.tone)], voice)


def _is_softer(span: _Span, after: _Span, track: PitchTrack, surely: bool) -> bool:
    """Return whether a stretch is soft or dark beside the beginning of the next, as a consonant is.

    Args:
        span: the stretch.
        after: the next one.
        track: gives loudness and brightness.
        surely: both must be, not one.
    """
    later = slice(after.start, min(after.start + 15, after.end))
    softer = [
        float(np.percentile(curve[later], 80) - np.median(curve[span.start : span.end])) > least
        for curve, least in ((track.level_db, 3.0), (track.bright_db, 6.0))
    ]
    return all(softer) if surely else any(softer)


def _merged(spans: list[_Span], voice: _Voice) -> list[_Span]:
    """Return the spans with neighbours of one pitch and no attack between them made one."""
    merged: list[_Span] = []
    for span in spans:
        before = merged[-1] if merged else None
        if before and span.start - before.end <= 2 and not voice.attacked(span.start):
            tuning = voice.tuning
            if round(before.tone - tuning[before.start]) == round(span.tone - tuning[span.start]):
                before.end = span.end
                before.tone = voice.tone(before)
                continue
        merged.append(span)
    return merged


def _followed_tuning(spans: list[_Span], num_frames: int) -> np.ndarray:
    """Return the singer's tuning at each frame: what the notes nearby are sharp of the nearest semitone."""
    middles = np.array([(span.start + span.end) / 2 for span in spans])
    lengths = np.minimum(np.array([span.end - span.start for span in spans]) * HOP_SECONDS, 0.6)
    tones = np.array([span.tone for span in spans])
    whole = _circular_mean(tones, lengths)
    off = (tones - whole + 0.5) % 1 - 0.5
    grid = np.arange(0, num_frames, 20)
    weights = np.exp(-0.5 * ((grid[:, None] - middles) * HOP_SECONDS / _TUNING_SECONDS) ** 2) * lengths
    # a prior of 2 s of notes in tune with the whole keeps a few odd notes from turning the tuning
    local = np.array([_circular_mean(off, row) if row.sum() > 0 else 0.0 for row in weights])
    share = weights.sum(1) / (weights.sum(1) + 1.0)
    return whole + np.interp(np.arange(num_frames), grid, local * share)


# --------------------------------------------------------------------------------------------------- notes


def _to_notes(spans: list[_Span], track: PitchTrack, tuning: np.ndarray) -> tuple[HummedNote, ...]:
    notes = []
    shortest = round(MIN_NOTE_SECONDS / HOP_SECONDS)
    for index, span in enumerate(spans):
        if span.end - span.start < shortest:
            continue
        previous_end = spans[index - 1].end if index else 0
        start = _attack_frame(span, track, span.start - previous_end > 2)
        own = span.tone - tuning[(span.start + span.end) // 2]
        rounded = int(np.clip(round(own), 0, 127))
        sure = float(np.median(track.confidence[span.start : span.end]))
        confidence = sure * (1 - 1.6 * max(abs(own - rounded) - 0.15, 0))
        level = float(np.percentile(track.level_db[span.start : span.end], 80))
        notes.append((HummedNote(start * HOP_SECONDS, span.end * HOP_SECONDS, rounded, 80,
                                 round(float(np.clip(confidence, 0, 1)), 3), own), level))  # fmt: skip
    if not notes:
        return ()
    usual = float(np.median([level for _, level in notes]))
    notes = [(note, level) for note, level in notes if level > usual - _FAINT_DB
             and (note.end_sec - note.onset_sec > 0.12 or level > usual - _FAINT_DB / 2)]  # fmt: skip
    return tuple(
        replace(note, velocity=int(np.clip(round(80 + 2.2 * (level - usual)), 35, 120))) for note, level in notes
    )


def _attack_frame(span: _Span, track: PitchTrack, after_rest: bool) -> int:
    """Return the frame at which a note begins: where the vowel sets in after a voiced consonant."""
    reach = min(span.start + 13, span.end - 3)
    if reach <= span.start + 3 or not after_rest:
        return span.start
    usual = float(np.median(track.level_db[span.start : min(span.start + 25, span.end)]))
    soft = np.flatnonzero(track.level_db[span.start : reach] < usual - _CONSONANT_DB)
    return span.start + int(soft[-1]) + 1 if len(soft) else span.start
