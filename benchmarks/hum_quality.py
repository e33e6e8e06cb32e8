"""Humming: how many notes are right, on synthetic singers and a speech synthesiser that sings; how long it takes.

A note is right where its pitch is exact and its onset lies within 50 (or 100) ms of the one that was sung; each note
found counts for one note sung at most. Precision, recall and F1 are over all notes of all recordings together.

- 20 singers (`hum_voices`) with vibrato, slides, scoops and drifting tuning, each without noise, with moderate and with
  loud noise (voice 20 and 10 dB above it). While this was built other random numbers were used: the first is 1000.
  "Lengths right" is the share of notes that are as long on paper as they were meant, to one factor for the whole tune
  since the tempo is free; a recording with a note too many or too few counts as all wrong.
- Three melodies sung by Festival's singing mode (`apt-get install festival festvox-kallpc16k`), on the syllables la, da
  and na. Festival's own labels run about 70 ms ahead of its sound, so the onset of a note is the largest rise of
  loudness between two blocks of 10 ms from 20 ms before to 140 ms after its vowel's label. Its octaves count one lower.
- Comparison: the same notes found in the pitch by `librosa.pyin`, where librosa is installed, on the quiet recordings.
- Seconds to listen, by the length of the recording, and the first call in a fresh process.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hum_voices import RATE, Sung, random_melody, random_singer, sing
from benchmarks.report import Figures, measure, run, table
from musegen.files.hum import read_hum
from musegen.files.hum_notes import HummedNote, find_notes
from musegen.files.hum_pitch import HOP, HOP_SECONDS, MAX_HERTZ, MIN_HERTZ, PitchTrack, pitch_track
from musegen.files.hum_sound import read_sound
from musegen.services.seeds.humming import take_down

NUM_SINGERS, FIRST_SEED = 20, 1000
NOISES = {"no noise": None, "moderate noise (20 dB)": 20.0, "loud noise (10 dB)": 10.0}
LENGTHS = (10, 30, 60, 120)
TOLERANCES = (0.05, 0.1)

MELODIES = {
    "Ode to Joy, la": ("la", "64:1 64:1 65:1 67:1 67:1 65:1 64:1 62:1 60:1 60:1 62:1 64:1 64:1.5 62:0.5 62:2"),
    "Frere Jacques, da": ("dah", "60:1 62:1 64:1 60:1 60:1 62:1 64:1 60:1 64:1 65:1 67:2 64:1 65:1 67:2"),
    "Twinkle, na": ("nah", "60:1 60:1 67:1 67:1 69:1 69:1 67:2 65:1 65:1 64:1 64:1 62:1 62:1 60:2"),
}


def wav_of(samples: np.ndarray, rate: int = RATE) -> bytes:
    """Return a 16-bit WAV of mono samples."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def hits(sung: np.ndarray, found: tuple[HummedNote, ...], tolerance: float) -> int:
    """Return how many of the notes sung, rows (onset, end, pitch), were found; each found note counts once."""
    used: set[int] = set()
    for onset, _, pitch in sung:
        near = [(abs(note.onset_sec - onset), i) for i, note in enumerate(found)
                if i not in used and note.pitch == pitch and abs(note.onset_sec - onset) <= tolerance]  # fmt: skip
        if near:
            used.add(min(near)[1])
    return len(used)


class Score:
    """Counts of notes over several recordings."""

    def __init__(self) -> None:
        self.sung, self.found, self.right = 0, 0, dict.fromkeys(TOLERANCES, 0)

    def add(self, sung: np.ndarray, found: tuple[HummedNote, ...]) -> None:
        """Count one recording."""
        self.sung += len(sung)
        self.found += len(found)
        for tolerance in TOLERANCES:
            self.right[tolerance] += hits(sung, found, tolerance)

    def to_figures(self) -> Figures:
        """Return notes sung and found, precision, recall and F1 within 50 ms, and F1 within 100 ms."""
        within, wide = (self.right[t] for t in TOLERANCES)
        total = max(self.sung + self.found, 1)
        return {
            "sung": self.sung,
            "found": self.found,
            "precision": within / max(self.found, 1),
            "recall": within / max(self.sung, 1),
            "f1": 2 * within / total,
            "f1_100ms": 2 * wide / total,
        }


def singers(snr_db: float | None, count: int) -> list[Sung]:
    """Return recordings of singers; the same singers and melodies at every loudness of noise."""
    recordings = []
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        random = np.random.default_rng(seed)
        singer = random_singer(random, snr_db)
        recordings.append(sing(random_melody(random, singer.low), singer, random))
    return recordings


def _heard(data: bytes) -> tuple[HummedNote, ...]:
    return read_hum(data).notes


def _with_librosa(data: bytes) -> tuple[HummedNote, ...]:
    """Return the notes found in the pitch of `librosa.pyin`, all else being the same."""
    import librosa

    samples = read_sound(data).samples
    pitch, _, sure = librosa.pyin(samples, sr=RATE, fmin=MIN_HERTZ, fmax=MAX_HERTZ, hop_length=HOP)
    own = pitch_track(samples)
    size = min(len(pitch), len(own.pitch))
    midi = 69 + 12 * np.log2(pitch[:size] / 440)
    return find_notes(PitchTrack(midi, sure[:size], own.level_db[:size], own.bright_db[:size]))[0]


def _paper(recordings: list[Sung]) -> float:
    """Return the share of notes whose length on paper is right, to a common factor: the tempo is free."""
    right = total = 0
    for sung in recordings:
        notes = read_hum(wav_of(sung.samples)).notes
        if len(notes) != len(sung.notes):
            total += len(sung.notes)
            continue
        written = sorted(n.onset_quarter for n in take_down(read_hum(wav_of(sung.samples)), "x").piece.tracks[0].notes)
        gaps, meant = np.diff(written), np.diff(sung.notes[:, 0])
        if len(gaps) == len(meant):
            factor = np.median(gaps / meant)
            right += int(np.sum(np.abs(gaps - meant * factor) < 0.13 * factor * np.maximum(meant, 0.3)))
        total += len(sung.notes)
    return right / max(total, 1)


# ------------------------------------------------------------------------------------------------ Festival


def festival_sings(melody: str, syllable: str) -> tuple[bytes, np.ndarray] | None:
    """Return a WAV and rows (vowel onset, end, pitch) of a melody sung by Festival, None where it is not installed."""
    festival = shutil.which("festival")
    if festival is None:
        return None
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    notes = [(int(p), float(b)) for p, b in (word.split(":") for word in melody.split())]
    rows = "".join(f'<PITCH NOTE="{names[p % 12]}{p // 12 - 1}"><DURATION BEATS="{b}">{syllable}</DURATION></PITCH>\n'
                   for p, b in notes)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        song, labels, wav, script = (Path(folder) / name for name in ("song.xml", "labels", "song.wav", "sing.scm"))
        song.write_text(
            '<?xml version="1.0"?>\n<!DOCTYPE SINGING PUBLIC "-//SINGING//DTD SINGING mark up//EN" '
            f'"Singing.v0_1.dtd" []>\n<SINGING BPM="90">\n{rows}</SINGING>\n'
        )
        script.write_text(
            f'(set! tts_hooks (list utt.synth (lambda (utt) (utt.save.segs utt "{labels}") '
            f'(utt.save.wave utt "{wav}") utt)))\n(tts_file "{song}" \'singing)\n'
        )
        subprocess.run([festival, "-b", str(script)], check=True, capture_output=True, timeout=120)
        ends = [(float(line.split()[0]), line.split()[2]) for line in labels.read_text().splitlines()[1:]]
        data = wav.read_bytes()
        vowels = [(_rise(data, ends[i - 1][0]), end) for i, (end, phone) in enumerate(ends) if phone[0] in "aeiou"]
        truth = np.array([(start, end, pitch - 12) for (start, end), (pitch, _) in zip(vowels, notes, strict=True)])
        return data, truth


def _rise(data: bytes, label_sec: float) -> float:
    """Return the time of the largest rise of loudness near a vowel's label."""
    import soundfile

    samples, rate = soundfile.read(io.BytesIO(data))
    first = max(label_sec - 0.02, 0.01)
    block = rate // 100
    blocks = samples[int(first * rate) - block : int((label_sec + 0.14) * rate)]
    blocks = blocks[: len(blocks) // block * block].reshape(-1, block)
    loud = 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-7)
    return first + 0.01 * int(np.argmax(np.diff(loud)))


# ------------------------------------------------------------------------------------------------ measuring


def measured(small: bool) -> Figures:
    """Return all figures."""
    count = 3 if small else NUM_SINGERS
    figures: Figures = {"singers": count, "quality": {}, "festival": {}, "speed": {}}
    for name, snr_db in NOISES.items():
        recordings = singers(snr_db, count)
        figures["quality"][name] = _scored(recordings, _heard)
        figures["quality"][name]["lengths_right"] = _paper(recordings)
        if snr_db is None and not small and _installed("librosa"):
            figures["quality"]["no noise, librosa.pyin's pitch"] = _scored(recordings, _with_librosa)
    for name, (syllable, melody) in MELODIES.items():
        sung = festival_sings(melody, syllable)
        if sung is None:
            figures["festival"] = None
            break
        score = Score()
        score.add(sung[1], _heard(sung[0]))
        figures["festival"][name] = score.to_figures()
    figures["speed"] = _speed(small)
    return figures


def _installed(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def _scored(recordings: list[Sung], heard: Callable[[bytes], tuple[HummedNote, ...]]) -> Figures:
    score = Score()
    for sung in recordings:
        score.add(sung.notes, heard(wav_of(sung.samples)))
    return score.to_figures()


def _speed(small: bool) -> Figures:
    long = np.concatenate([sung.samples for sung in singers(20.0, 4 if small else 12)])
    figures: Figures = {}
    for seconds in LENGTHS[:1] if small else LENGTHS:
        data = wav_of(np.resize(long, seconds * RATE))
        figures[f"{seconds} s"] = measure(lambda data=data: read_hum(data), 3 if small else 5).to_figures()
    data = wav_of(long[: 10 * RATE])
    figures["first 10 s in a fresh process"] = _fresh("from musegen.files.hum import read_hum as f", data)
    if not small and _installed("librosa"):
        samples = read_sound(data).samples
        figures["librosa.pyin alone, 10 s"] = measure(lambda: _pyin(samples), 3).to_figures()
        code = (
            "import librosa, numpy\nfrom musegen.files.hum_sound import read_sound\n"
            f"def f(d): librosa.pyin(read_sound(d).samples, sr={RATE}, fmin={MIN_HERTZ}, fmax={MAX_HERTZ}, "
            f"hop_length={HOP})"
        )
        figures["librosa.pyin, first in a fresh process"] = _fresh(code, data)
    return figures


def _pyin(samples: np.ndarray) -> Any:
    import librosa

    return librosa.pyin(samples, sr=RATE, fmin=MIN_HERTZ, fmax=MAX_HERTZ, hop_length=HOP)


def _fresh(setup: str, data: bytes) -> Figures:
    """Return the milliseconds from before the import to the result, in a process of its own."""
    code = f"import sys, time\nbegun = time.perf_counter()\n{setup}\nf(sys.stdin.buffer.read())\n"
    seconds = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code + "print(time.perf_counter() - begun)"], input=data,
                              capture_output=True, check=True)  # fmt: skip
        seconds.append(float(done.stdout.split()[-1]))
    seconds.sort()
    return {"runs": 3, "min_ms": 1e3 * seconds[0], "median_ms": 1e3 * seconds[1], "max_ms": 1e3 * seconds[2]}


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    columns = ("sung", "found", "precision", "recall", "f1", "f1_100ms", "lengths_right")
    header = ("notes", "sung", "found", "precision", "recall", "F1 50 ms", "F1 100 ms", "lengths right")
    rows = [[name, *(row.get(c) for c in columns)] for name, row in figures["quality"].items()]
    festival = figures["festival"]
    if festival:
        rows += [[f"Festival: {name}", *(row.get(c) for c in columns)] for name, row in festival.items()]
    speed = [[name, *(row[k] for k in ("runs", "min_ms", "median_ms", "max_ms"))]
             for name, row in figures["speed"].items()]  # fmt: skip
    text = [f"{figures['singers']} singers; frames of {1e3 * HOP_SECONDS:.1f} ms.", table(header, rows)]
    if not festival:
        text.append("Festival is not installed: its three melodies were left out.")
    return "\n\n".join([*text, table(("milliseconds", "runs", "min", "median", "max"), speed)])


if __name__ == "__main__":
    run(measured, rendered)
