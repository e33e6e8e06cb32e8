"""What was hummed, and the seed that it makes: tempo, grid, key and octave; listening in the background.

Listening, heard_text, read_heard, HumReading, take_down, seed_of_clip, find_key, RANGES. The grid is found as for what
is played (`playing`).
"""

import hashlib
import json
from dataclasses import astuple, dataclass, replace

import numpy as np

from musegen.errors import FileFormatError
from musegen.files.hum import Hum, HummedNote, read_hum
from musegen.files.hum_pitch import PitchTrack
from musegen.languages import message
from musegen.music import KeySignature
from musegen.music.clip import Clip
from musegen.music.theory import MODES, estimate_key, scale_pitch_classes
from musegen.remarks import Remark, as_rows, of_rows, remark
from musegen.services.making.background import Job
from musegen.services.seeds.playing import PlayedNote, Playing, Reading, take_down_playing
from musegen.services.seeds.seed import Seed

RANGES = {"fiddle": 71, "viola": 62, "cello": 53, "bass": 43}
"""Where a hummed tune may be moved to by octaves: the MIDI pitch that its middle comes nearest to."""

AS_SUNG, FIND = "as sung", "find"


class Listening(Job):
    """One recording that is listened to: a sound file, or a clip that was made.

    Attributes:
        recording_id: the same for the same recording.
        title: for people.
        result: what was heard, None until then.
    """

    doing = "listening"
    unexpected = message("Something went wrong while listening; record again, or choose another file.")

    def __init__(self, data: bytes | Clip, title: str) -> None:
        super().__init__()
        content = data.samples.tobytes() if isinstance(data, Clip) else data
        self.recording_id = hashlib.sha256(content).hexdigest()[:12]
        self.title = title
        self.result: Hum | None = None
        self._data: bytes | Clip | None = data

    @property
    def heard(self) -> Hum:
        """What was heard, once it has ended well."""
        assert self.result is not None
        return self.result

    def _work(self) -> None:
        data, self._data = self._data or b"", None  # what was heard is kept for a session, the sound is not
        self.result = self._have_done(read_hum, data)


def heard_text(listening: Listening) -> str:
    """Return what was heard in a recording as text, the sound itself left out; `read_heard` is the way back."""
    hum = listening.result
    assert hum is not None
    track = [np.round(np.nan_to_num(values, nan=-1.0), 3).tolist() for values in
             (hum.track.pitch, hum.track.confidence, hum.track.level_db, hum.track.bright_db)]  # fmt: skip
    rows = [astuple(note) for note in hum.notes]
    return json.dumps([listening.recording_id, listening.title, track, rows, hum.tuning, hum.seconds,
                       as_rows(hum.messages)], separators=(",", ":"))  # fmt: skip


def read_heard(text: str) -> Listening:
    """Return what was heard in a recording as a job that has ended.

    Raises:
        FileFormatError: it is no such text.
    """
    try:
        recording_id, title, track, rows, tuning, seconds, messages = json.loads(text)
        pitch, *others = (np.array(values, float) for values in track)
        pitch[pitch < 0] = np.nan
        notes = tuple(HummedNote(*row) for row in rows)
        done = Listening(b"", str(title))
        done.recording_id = str(recording_id)
        done.result = Hum(PitchTrack(pitch, *others), notes, float(tuning), float(seconds), of_rows(messages))
    except (ValueError, TypeError, KeyError) as error:
        raise FileFormatError("A recording could not be read.") from error
    done.end()
    return done


@dataclass(frozen=True, slots=True)
class HumReading:
    """How a hum is taken down.

    Args:
        bpm: beats a minute that were hummed to, None to find the tempo.
        meter: (numerator, denominator).
        grid: one of `playing.GRIDS`.
        pace: 0.5 or 2 where the tempo was found twice as fast or half as fast as it was meant.
        first_beat: beat of the bar, from 1, on which it begins.
        key: `AS_SUNG` leaves each note, `FIND` snaps to the likeliest key, (tonic, mode) to that one.
        range_name: one of `RANGES`, or `AS_SUNG`.
    """

    bpm: float | None = None
    meter: tuple[int, int] = (4, 4)
    grid: str = "find"
    pace: float = 1.0
    first_beat: int = 1
    key: str | tuple[int, str] = FIND
    range_name: str = "fiddle"

    def __post_init__(self) -> None:
        known = self.key in (AS_SUNG, FIND) or (isinstance(self.key, tuple) and self.key[1] in MODES)
        if not known or self.range_name not in (AS_SUNG, *RANGES):
            raise ValueError(f"not a way to take a hum down: {self}")


def find_key(notes: tuple[HummedNote, ...]) -> tuple[int, str]:
    """Return (tonic, mode) that fits the notes best, long and sure ones counting most."""
    weights = np.array([min(n.end_sec - n.onset_sec, 1.0) * (0.2 + n.confidence) for n in notes])
    return estimate_key(np.array([n.pitch for n in notes]), weights)


def take_down(hum: Hum, recording_id: str, reading: HumReading | None = None) -> Seed:
    """Return the seed that a hum makes; its messages say what was found and changed.

    Raises:
        FileFormatError: no note is left.
    """
    reading = reading or HumReading()
    messages = list(hum.messages)
    key = find_key(hum.notes) if isinstance(reading.key, str) else reading.key
    pitches = [note.pitch for note in hum.notes]
    if reading.key != AS_SUNG:
        pitches, words = _snapped(hum.notes, key)
        messages += words
    octaves = _octaves(hum.notes, pitches, reading.range_name)
    if octaves:
        messages.append(remark("hum_moved_up" if octaves > 0 else "hum_moved_down", octaves=abs(octaves)))
    first = hum.notes[0].onset_sec if reading.bpm is None else _beat_one(hum.notes, 60 / reading.bpm)
    played = tuple(
        PlayedNote(n.onset_sec - first, n.end_sec - first, pitch + 12 * octaves, n.velocity, n.end_sec - first)
        for n, pitch in zip(hum.notes, pitches, strict=True)
    )
    if reading.bpm is not None and reading.first_beat > 1:
        late = (reading.first_beat - 1) * 60 / reading.bpm
        played = tuple(replace(n, onset_sec=n.onset_sec + late, end_sec=n.end_sec + late, pedal_sec=n.end_sec + late)
                       for n in played)  # fmt: skip
    made = Playing(recording_id, played, reading.bpm, reading.meter)
    seed = take_down_playing(made, Reading(reading.grid, pace=reading.pace, first_beat=reading.first_beat, sung=True))
    piece = replace(seed.piece, key_signatures=(KeySignature(0.0, *key),))
    return Seed(piece, message("Hummed tune"), "hum", (*messages, *seed.messages))


def seed_of_clip(clip: Clip, reading: HumReading | None = None) -> Seed:
    """Return the seed that the melody of a clip makes: a point of a map, or what a network played on.

    Raises:
        FileFormatError: no tune is heard in it.
    """
    return take_down(read_hum(clip), "clip", reading)


def _snapped(notes: tuple[HummedNote, ...], key: tuple[int, str]) -> tuple[list[int], list[Remark]]:
    """Return the pitches moved to the nearest of the key's as they were sung, and a sentence on how many."""
    scale = scale_pitch_classes(*key)
    pitches = []
    for note in notes:
        inside = [p for p in range(note.pitch - 2, note.pitch + 3) if p % 12 in scale and 0 <= p <= 127]
        at_home = note.pitch % 12 in scale
        pitches.append(note.pitch if at_home else _nearest(inside, note.tone))
    moved = sum(pitch != note.pitch for pitch, note in zip(pitches, notes, strict=True))
    return pitches, [remark("moved_into_key", count=moved, key=key) if moved else remark("all_in_key", key=key)]


def _nearest(pitches: list[int], tone: float) -> int:
    return min(pitches, key=lambda pitch: abs(pitch - tone))


def _octaves(notes: tuple[HummedNote, ...], pitches: list[int], range_name: str) -> int:
    """Return by how many octaves to move the notes so that their middle is nearest to that of the range."""
    if range_name == AS_SUNG:
        return 0
    lengths = np.array([min(n.end_sec - n.onset_sec, 1.0) for n in notes])
    octaves = round((RANGES[range_name] - float(np.average(pitches, weights=lengths))) / 12)
    while octaves and not (0 <= min(pitches) + 12 * octaves and max(pitches) + 12 * octaves <= 127):
        octaves -= int(np.sign(octaves))
    return octaves


def _beat_one(notes: tuple[HummedNote, ...], beat_sec: float) -> float:
    """Return the time of the beat on which the first note begins, so that all notes lie nearest to half beats."""
    onsets = np.array([n.onset_sec for n in notes]) - notes[0].onset_sec
    angle = np.angle(np.mean(np.exp(2j * np.pi * onsets / (beat_sec / 2))))
    return notes[0].onset_sec + float(angle) / (2 * np.pi) * beat_sec / 2
