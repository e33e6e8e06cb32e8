"""What was played on a keyboard, and the seed that it makes: notes onto a grid, tempo and pickup found, in words.

PlayedNote, Playing, Reading, read_playing, to_data, take_down_playing, GRIDS, PEDALS.
A playing is kept as it was recorded; another `Reading` of it can be had at any time.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from musegen.constants import MAX_QPM, MIN_QPM
from musegen.errors import FileFormatError
from musegen.languages import message
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.instruments import program_name
from musegen.music.meter import is_compound
from musegen.music.note_lengths import written_ends
from musegen.music.pulse import estimate_pulse
from musegen.music.quantising import Placed, chords, find_places, place_on
from musegen.music.theory import estimate_key
from musegen.remarks import Remark, remark
from musegen.services.seeds.seed import Seed

MAX_SECONDS = 600.0
MAX_PLAYED_NOTES = 5_000

GRIDS = {"find": 0.0, "1/4": 1.0, "1/8": 0.5, "1/16": 0.25, "1/8 triplets": 1 / 3, "1/16 triplets": 1 / 6}
"""Grids by name, with their step in quarters; "find" looks for the one that suits."""
PEDALS = ("join", "ring", "ignore")
"""What the pedal does: holds notes until the next one, until it comes up, or nothing."""

_FAR_MOVE = 0.25  # quarters
_FINEST = 1 / 32
"""Quarters of the grid of notes moved only in part: fine enough to keep the feeling, and it can be printed."""
_SIMPLE_WORDS = {1: "quarters", 2: "eighths", 3: "triplets", 4: "sixteenths"}
_COMPOUND_WORDS = {1: "beats", 2: "duplets", 3: "eighths", 4: "quadruplets", 6: "sixteenths"}


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A key as it was pressed; seconds from beat one (of free playing: from the first key).

    Args:
        onset_sec: when it was pressed; before beat one it is negative.
        end_sec: when it was let go, after the onset.
        pitch: MIDI number, 0 to 127.
        velocity: 1 to 127.
        pedal_sec: when the pedal let it go, not before `end_sec`.
    """

    onset_sec: float
    end_sec: float
    pitch: int
    velocity: int
    pedal_sec: float


@dataclass(frozen=True, slots=True)
class Playing:
    """What somebody played, as it was recorded.

    Args:
        recording_id: names it.
        notes: by onset.
        bpm: beats a minute of the metronome (the beat of 6/8 is the dotted quarter), None for free playing.
        meter: (numerator, denominator).
        program: General MIDI instrument it was heard with.
        num_bars: bars asked for, None where it was stopped by hand.
        messages: what befell it.
    """

    recording_id: str
    notes: tuple[PlayedNote, ...]
    bpm: float | None
    meter: tuple[int, int] = (4, 4)
    program: int = 0
    num_bars: int | None = None
    messages: tuple[Remark, ...] = ()

    @property
    def compound(self) -> bool:
        """Whether the beat divides into three."""
        return is_compound(*self.meter)

    @property
    def beat_quarters(self) -> float:
        """Quarters of a beat."""
        return 4 / self.meter[1] * (3 if self.compound else 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a playing is taken down.

    Args:
        grid: one of `GRIDS`.
        strength: how far notes are moved towards the grid, 0 to 1.
        pedal: one of `PEDALS`.
        pace: 0.5 or 2 where free playing was heard twice as fast or half as fast as it was meant.
        first_beat: beat of the bar, from 1, on which free playing begins.
        sung: whether it was a voice, which takes its breath from the note before a pause.
    """

    grid: str = "find"
    strength: float = 1.0
    pedal: str = "join"
    pace: float = 1.0
    first_beat: int = 1
    sung: bool = False

    def __post_init__(self) -> None:
        if self.grid not in GRIDS or self.pedal not in PEDALS or not 0 <= self.strength <= 1:
            raise ValueError(f"not a way to take music down: {self}")


# ---------------------------------------------------------------------------------------- from the browser


def read_playing(data: Mapping[str, Any]) -> Playing:
    """Return the playing that the page's recorder sent.

    Args:
        data: {"id", "notes": [[onset, end, pitch, velocity, pedal], ...] in seconds, "bpm" or null, "meter": [4, 4],
            "program", "bars" or null}.

    Raises:
        FileFormatError: nothing was played, or this is no recording.
    """
    try:
        notes = [_note(*row) for row in data["notes"]]
        bpm = None if data.get("bpm") is None else float(data["bpm"])
        numerator, denominator = (int(n) for n in data["meter"])
        TimeSignature(0.0, numerator, denominator)
        bars = None if data.get("bars") is None else int(data["bars"])
        program = int(data.get("program") or 0)
        whole = Playing(str(data["id"]), (), bpm, (numerator, denominator), program, bars)
        known = bpm is None or MIN_QPM <= bpm * whole.beat_quarters <= MAX_QPM
        if not (known and 0 <= program <= 127 and (bars is None or 1 <= bars <= 1000)):
            raise ValueError("out of range")
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise FileFormatError("The recording did not arrive whole; record it again.") from None
    notes.sort(key=lambda n: (n.onset_sec, n.pitch))
    messages = []
    kept = [n for n in notes if n.onset_sec < MAX_SECONDS]
    if len(kept) < len(notes) or any(n.end_sec > MAX_SECONDS - 0.05 for n in kept):
        messages.append(remark("recording_too_long"))
    if len(kept) > MAX_PLAYED_NOTES:
        kept = kept[:MAX_PLAYED_NOTES]
        messages.append(remark("recording_full", most=MAX_PLAYED_NOTES))
    elif len(kept) == MAX_PLAYED_NOTES:
        messages.append(remark("recording_stopped", most=MAX_PLAYED_NOTES))
    if not kept:
        raise FileFormatError("Nothing was played; press Record and play some notes.")
    return replace(whole, notes=tuple(kept), messages=tuple(messages))


def _note(onset: float, end: float, pitch: int, velocity: int, pedal: float | None = None) -> PlayedNote:
    onset, end = float(onset), float(end)
    pedal = end if pedal is None else float(pedal)
    if not all(map(math.isfinite, (onset, end, pedal))) or not (0 <= pitch <= 127 and 1 <= velocity <= 127):
        raise ValueError("not a note")
    end = min(max(end, onset + 0.005), MAX_SECONDS + 60)
    return PlayedNote(onset, end, int(pitch), int(velocity), min(max(pedal, end), MAX_SECONDS + 60))


def to_data(playing: Playing) -> dict[str, Any]:
    """Return a playing as the page's recorder sends it; `read_playing` is the way back."""
    rows = [[n.onset_sec, n.end_sec, n.pitch, n.velocity, n.pedal_sec] for n in playing.notes]
    return {"id": playing.recording_id, "notes": rows, "bpm": playing.bpm, "meter": list(playing.meter),
            "program": playing.program, "bars": playing.num_bars}  # fmt: skip


def playing_text(playing: Playing) -> str:
    """Return a playing as text; `read_playing_text` is the way back."""
    return json.dumps(to_data(playing), separators=(",", ":"))


def read_playing_text(text: str) -> Playing:
    """Return the playing of a text.

    Raises:
        FileFormatError: this is no recording.
    """
    try:
        return read_playing(json.loads(text))
    except ValueError as error:
        raise FileFormatError("A recording could not be read.") from error


# ----------------------------------------------------------------------------------------------- onto a grid


@lru_cache(maxsize=32)
def take_down_playing(playing: Playing, reading: Reading | None = None) -> Seed:
    """Return the seed that a playing makes.

    Its messages say what was moved, found and left out. Raises FileFormatError where no note is left. What was made
    lately is kept: the page asks again at every touch, and free playing of ten minutes takes seconds to read.
    """
    reading = reading or Reading()
    played, messages = playing.notes, list(playing.messages)
    onsets = np.array([n.onset_sec for n in played])
    labels = chords(onsets)
    times = np.array([onsets[labels == g].mean() for g in range(labels[-1] + 1)])
    beat_quarters = playing.beat_quarters
    beats, beat_sec, bpm = _beats(playing, reading, times)
    if playing.bpm is None:
        messages.append(remark("tempo_heard", bpm=round(bpm)))
    placed = _placed(beats, 60 / bpm, playing.compound, reading, beat_quarters)
    messages += _grid_words(placed, playing.compound, reading)

    pace = beat_sec[labels] / beat_quarters  # seconds of a quarter at each note
    raw = beats[labels] * beat_quarters + (onsets - times[labels]) / pace
    on_grid = placed.beats[labels] * beat_quarters
    lasted = _lasting(played, onsets, reading.pedal) / pace
    steps = placed.steps[labels] * beat_quarters
    ends = written_ends(on_grid, raw, lasted, steps)
    if reading.sung:
        ends = _breathed(on_grid, ends, lasted, steps)
    messages += _move_words(raw - on_grid, reading)
    keep = np.ones(len(played), bool)
    bar = 4 * playing.meter[0] / playing.meter[1]
    if playing.bpm is not None:
        keep &= on_grid >= -bar - 1e-6
    if playing.num_bars:
        keep &= on_grid < playing.num_bars * bar - 1e-6
        ends = np.minimum(ends, playing.num_bars * bar)
    if not keep.any():
        raise FileFormatError("Nothing was played after the count-in; press Record and play some notes.")
    strength = reading.strength
    starts = raw + strength * (on_grid - raw)
    lengths = lasted + strength * (ends - on_grid - lasted)
    first = on_grid[keep].min()
    if strength < 1:
        starts, lengths = np.round(starts / _FINEST) * _FINEST, np.round(lengths / _FINEST) * _FINEST
        first = math.floor(first * 4 + 1e-6) / 4
    shift, pickup, words = _first_bar(first, bar, on_grid[keep].max(), playing.bpm is None)
    messages += words
    notes, doubled = _notes(played, keep, starts + shift, lengths)
    messages += doubled
    return Seed(_piece(playing, notes, bpm * beat_quarters, pickup), message("Played notes"), "play", tuple(messages))


def _beats(playing: Playing, reading: Reading, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return where the chords stand in beats as played, seconds of a beat at each, and beats a minute."""
    if playing.bpm is not None:
        beat_sec = 60 / playing.bpm
        return times / beat_sec, np.full(len(times), beat_sec), playing.bpm
    pulse = estimate_pulse(times, playing.compound)
    first = reading.first_beat - 1
    # Twice as slow on paper: an even number of beats before must stay even, so count from the first beat
    bpm = min(max(pulse.bpm * reading.pace, MIN_QPM / playing.beat_quarters), MAX_QPM / playing.beat_quarters)
    return pulse.positions * reading.pace + first, pulse.beat_sec / reading.pace, float(round(bpm))


def _placed(beats: np.ndarray, beat_sec: float, compound: bool, reading: Reading, beat_quarters: float) -> Placed:
    if reading.grid == "find":
        return find_places(beats, beat_sec, compound)
    return place_on(beats, GRIDS[reading.grid] / beat_quarters)


def _breathed(on_grid: np.ndarray, ends: np.ndarray, lasted: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the ends of notes of one voice, in quarters: before a pause one lasts the whole step it filled half of."""
    following = np.append(on_grid, np.inf)[np.searchsorted(on_grid, on_grid, side="right")]
    whole = on_grid + np.floor(lasted / steps + 0.5) * steps
    return np.where(ends < following - 1e-6, np.minimum(np.maximum(ends, whole), following), ends)


def _lasting(played: Sequence[PlayedNote], onsets: np.ndarray, pedal: str) -> np.ndarray:
    """Return the seconds that each note sounds, shape (N,), cut where its key is struck again."""
    ends = np.array([n.end_sec for n in played])
    if pedal != "ignore":
        let_go = np.array([n.pedal_sec for n in played])
        if pedal == "join":
            following = np.searchsorted(onsets, ends - 1e-9)
            next_onsets = np.append(onsets, np.inf)[following]
            let_go = np.where(let_go > ends, np.maximum(np.minimum(let_go, next_onsets), ends), ends)
        ends = np.maximum(ends, let_go)
    again: dict[int, float] = {}
    for i in reversed(range(len(played))):
        ends[i] = min(ends[i], again.get(played[i].pitch, math.inf))
        again[played[i].pitch] = onsets[i]
    return np.maximum(ends - onsets, 0.005)


def _first_bar(first: float, bar: float, last: float, free: bool) -> tuple[float, float, list[Remark]]:
    """Return (quarters to move all notes by, length of the pickup, sentences) from the first and last onset."""
    words = []
    before = math.floor(first / bar + 1e-9) * bar  # the bar line before the first note
    offset = first - before
    pickup = 0.0
    if offset > 1e-6 and (first < -1e-6 or (offset >= bar / 2 and last >= before + bar - 1e-6)):
        pickup = bar - offset
        words.append(remark("pickup_heard", quarters=pickup))
    empty = round(before / bar)
    if empty > 0 and not free:
        words.append(remark("empty_bars_left_out", count=empty))
    return (-(before + offset) if pickup else -before), pickup, words


def _notes(
    played: Sequence[PlayedNote], keep: np.ndarray, starts: np.ndarray, lengths: np.ndarray
) -> tuple[list[Note], list[Remark]]:
    """Return the notes, at most one of a pitch on one spot (the longer), and a sentence on those left out."""
    made: dict[tuple[int, int], Note] = {}
    for i in np.flatnonzero(keep).tolist():
        note = Note(max(float(starts[i]), 0.0), played[i].pitch, max(float(lengths[i]), _FINEST), played[i].velocity)
        spot = (round(note.onset_quarter * 96), note.pitch)
        if spot not in made or made[spot].duration_quarter < note.duration_quarter:
            made[spot] = note
    lost = int(keep.sum()) - len(made)
    words = [remark("same_spot_left_out", count=lost)] if lost else []
    gone = int((~keep).sum())
    if gone:
        words.append(remark("outside_bars_left_out", count=gone))
    return list(made.values()), words


def _piece(playing: Playing, notes: list[Note], qpm: float, pickup: float) -> Piece:
    weights = np.array([n.duration_quarter for n in notes])
    tonic, mode = estimate_key(np.array([n.pitch for n in notes]), weights)
    return Piece(
        (Track(tuple(notes), playing.program, False, program_name(playing.program)),),
        (Tempo(0.0, min(max(round(qpm, 2), MIN_QPM), MAX_QPM)),),
        (TimeSignature(0.0, *playing.meter),),
        (KeySignature(0.0, tonic, mode),),
        pickup_quarter=pickup,
    )


# -------------------------------------------------------------------------------------------------- in words


def _grid_words(placed: Placed, compound: bool, reading: Reading) -> list[Remark]:
    if reading.grid != "find" or not reading.strength:
        return []
    names = _COMPOUND_WORDS if compound else _SIMPLE_WORDS
    foreign = {2, 4} if compound else {3}
    finest = max((d for d in placed.divisions if d not in foreign), default=1)
    parts = [names[finest], *(names[d] for d in sorted(placed.divisions) if d in foreign)]
    if finest == 1 and len(parts) > 1:
        parts = parts[1:]
    words = [remark("finest_notes", values=parts)]
    if placed.swing:
        words.append(remark("played_with_swing"))
    return words


def _move_words(moves: np.ndarray, reading: Reading) -> list[Remark]:
    """Return what to say of how far notes were moved, from the moves at full strength in quarters."""
    if not reading.strength:
        return [remark("nothing_moved")]
    far = int((np.abs(moves) * reading.strength > _FAR_MOVE + 1e-9).sum())
    return [remark("moved_far", count=far)] if far else []
