"""Sound of a Piece: stereo samples, WAV, and small files for the page. No audio device is touched.

FluidSynth plays the notes where its library is installed, TinySoundFont (a wheel with nothing beside it) where
it is not. Both play into memory, many times faster than real time, in blocks of 64 samples: a note starts within
0.8 ms of its time. After the last note the sound rings on for at most `MAX_TAIL_SECONDS`, less where it dies away
earlier, and the whole is scaled so that its peak lies at `PEAK_DBFS`.
"""

import importlib.util
import io
import os
import wave
from collections.abc import Sequence
from contextlib import closing, redirect_stdout
from ctypes import c_int, c_void_p
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np

from musegen.constants import SAMPLE_RATE
from musegen.errors import RenderingError
from musegen.languages import message
from musegen.music import Piece, Track
from musegen.music.clip import Clip
from musegen.music.swing import swung
from musegen.music.timing import duration_seconds, quarters_to_seconds
from musegen.music.transform import sounding

MAX_TAIL_SECONDS = 2.0
"""Longest ringing after the end of the last note."""

PEAK_DBFS = -1.0
"""Loudest sample, in decibels below the largest number that 16 bits hold."""

MAX_SECONDS = 30 * 60.0
"""Longest piece rendered; half an hour takes about a gigabyte of memory."""

AUDIO_FORMATS = {"wav": "audio/wav", "ogg": "audio/ogg", "flac": "audio/flac", "mp3": "audio/mpeg"}
"""Formats of `encode_audio` with their media types."""

SOUND_FONT_PATHS = (
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/usr/share/sounds/sf3/MuseScore_General.sf3",
    "/usr/share/sounds/sf2/MuseScore_General.sf2",
    "/opt/homebrew/share/soundfonts/default.sf2",
    "/usr/local/share/soundfonts/default.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/soundfonts/default.sf2",
)
"""Where systems keep a free General MIDI sound font, best first."""

BLOCK = 64
"""Samples between two moments at which notes can start or stop."""

_MELODIC_CHANNELS = tuple(channel for channel in range(256) if channel % 16 != 9)
_DRUM_CHANNELS = tuple(channel for channel in range(256) if channel % 16 == 9)
_SILENCE = 10 ** (-66 / 20)  # of the peak: where the tail is cut
_INAUDIBLE = 1e-6  # of full scale, -120 dB: the softest note is louder, reverberation of nothing 30 dB softer
_FADE_SECONDS = 0.03
_NO_SYNTH = message(
    "Sound needs FluidSynth or TinySoundFont and neither is installed: install FluidSynth "
    '(Debian and Ubuntu: "apt install libfluidsynth3"; macOS: "brew install fluid-synth") '
    'or run "pip install --no-deps tinysoundfont".'
)


def render_audio(piece: Piece, *, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Return the sound of a piece.

    Args:
        piece: the music; every track plays with its own program, drum tracks with the drum kit.
        sample_rate: samples per second, 8000 to 96000.

    Returns:
        int16 samples, shape (N, 2), left and right; N / sample_rate is the length of the music plus a tail of at
        most `MAX_TAIL_SECONDS`.

    Raises:
        RenderingError: there are no notes, the piece is too long, or no synthesiser or sound font is installed.
    """
    sound, num_music = unscaled_audio(piece, sample_rate=sample_rate)
    return _normalised(sound, num_music, sample_rate)


def unscaled_audio(piece: Piece, *, sample_rate: int = SAMPLE_RATE) -> tuple[np.ndarray, int]:
    """Return the sound of a piece as loud as the synthesiser plays it, and where the tail after the music begins.

    Args:
        piece: as for `render_audio`.
        sample_rate: samples per second, 8000 to 96000.

    Returns:
        float32 samples, shape (N, 2), 1.0 being full scale, and the index of the first sample after the last note.

    Raises:
        RenderingError: as `render_audio`.
    """
    if not 8_000 <= sample_rate <= 96_000:
        raise ValueError(f"sample_rate must be 8000 to 96000, got {sample_rate!r}")
    if piece.num_notes == 0:
        raise RenderingError("The piece has no notes, so there is nothing to play: add at least one note.")
    piece = swung(sounding(piece))
    seconds = duration_seconds(piece)
    if seconds > MAX_SECONDS:
        raise RenderingError(
            "The piece lasts {seconds:.0f} minutes and sound is made for at most "
            "{max_seconds:.0f}: shorten it or raise its tempo.",
            seconds=seconds / 60,
            max_seconds=MAX_SECONDS / 60,
        )
    num_music = int(np.ceil(seconds * sample_rate))
    num_blocks = -(-(num_music + int(MAX_TAIL_SECONDS * sample_rate)) // BLOCK)
    sound = np.zeros((num_blocks * BLOCK, 2), dtype=np.float32)
    _play(piece, sample_rate, sound)
    return sound, num_music


def wav_bytes(piece: Piece) -> bytes:
    """Return a WAV file of the piece: 44.1 kHz, 16 bit, stereo."""
    return encode_audio(render_audio(piece))


def write_wav(piece: Piece, path: Path | str) -> None:
    """Write a WAV file of the piece: 44.1 kHz, 16 bit, stereo."""
    Path(path).write_bytes(wav_bytes(piece))


def audio_bytes(piece: Piece, audio_format: str = "ogg") -> bytes:
    """Return the piece as a sound file of one of `AUDIO_FORMATS`; "ogg" is about a fifteenth of "wav"."""
    return encode_audio(render_audio(piece), audio_format)


def encode_audio(samples: np.ndarray, audio_format: str = "wav", *, sample_rate: int = SAMPLE_RATE) -> bytes:
    """Return samples as a sound file.

    Args:
        samples: int16, shape (N, 1) or (N, 2).
        audio_format: one of `AUDIO_FORMATS`.
        sample_rate: samples per second.
    """
    if audio_format not in AUDIO_FORMATS:
        raise ValueError(f"audio_format must be one of {', '.join(AUDIO_FORMATS)}, got {audio_format!r}")
    target = io.BytesIO()
    channels = samples.shape[1]
    if audio_format == "wav":
        with wave.open(target, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(sample_rate)
            file.writeframes(samples.astype("<i2", copy=False).tobytes())
        return target.getvalue()
    import soundfile

    with soundfile.SoundFile(target, "w", sample_rate, channels, format=audio_format.upper()) as file:
        for start in range(0, len(samples), sample_rate):  # in blocks: libsndfile overflows its stack on long OGGs
            file.write(samples[start : start + sample_rate])
    return target.getvalue()


def clip_bytes(clip: Clip, audio_format: str = "wav") -> bytes:
    """Return a clip as a sound file of one of `AUDIO_FORMATS`, mono with 16 bits at its own rate."""
    samples = np.rint(clip.samples * np.float32(32767)).astype(np.int16)
    return encode_audio(samples[:, np.newaxis], audio_format, sample_rate=clip.sample_rate)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key pressed at 0, held for `hold_seconds` and listened to for `seconds`."""

    pitch: int
    velocity: int
    hold_seconds: float
    seconds: float


class Keys:
    """Single keys, each alone and as loud as the synthesiser plays it, of a synthesiser that is kept until closed.

    Where a key has not died away within four seconds, a new synthesiser takes over, so that no key sounds into the
    next. One thread at a time.
    """

    def __init__(self, *, reverb: bool = False, font: Path | None = None) -> None:
        """Make none yet.

        Args:
            reverb: whether the room is heard, too (TinySoundFont has none).
            font: a sound font; that of `find_sound_font` by default.
        """
        self._reverb, self._font = reverb, font
        self._synth: _Synth | None = None
        self._selected: tuple[int, bool] | None = None

    def play(self, program: int, is_drum: bool, strokes: Sequence[Stroke]) -> list[np.ndarray]:
        """Return the sound of keys of one instrument.

        Args:
            program: General MIDI program, 0 to 127, or the number of the drum kit.
            is_drum: whether it is a drum kit.
            strokes: the keys.

        Returns:
            For each stroke float32 samples, shape (N, 2), at `SAMPLE_RATE`; 1.0 is full scale.

        Raises:
            RenderingError: no synthesiser or sound font is installed.
        """
        channel = _DRUM_CHANNELS[0] if is_drum else _MELODIC_CHANNELS[0]
        return [self._stroke(channel, program, is_drum, stroke) for stroke in strokes]

    def _stroke(self, channel: int, program: int, is_drum: bool, stroke: Stroke) -> np.ndarray:
        if self._synth is not None and not _dies_away(self._synth):
            self.close()
        if self._synth is None:
            self._synth, self._selected = _new_synth(SAMPLE_RATE, reverb=self._reverb, font=self._font), None
        if self._selected != (program, is_drum):
            self._synth.select(channel, program, is_drum)
            self._selected = (program, is_drum)
        sound = np.zeros((-(-int(stroke.seconds * SAMPLE_RATE) // BLOCK) * BLOCK, 2), dtype=np.float32)
        held = min(max(int(stroke.hold_seconds * SAMPLE_RATE) // BLOCK, 1) * BLOCK, len(sound))
        self._synth.press(channel, stroke.pitch, stroke.velocity)
        self._synth.fill(sound[:held])
        self._synth.release(channel, stroke.pitch)
        if held < len(sound):
            self._synth.fill(sound[held:])
        return sound

    def close(self) -> None:
        """Free the synthesiser; another is made when more is played."""
        if self._synth is not None:
            self._synth.close()
        self._synth = None


def render_strokes(program: int, is_drum: bool, strokes: Sequence[Stroke], *, reverb: bool = False,
                   font: Path | None = None) -> list[np.ndarray]:  # fmt: skip
    """Return the sound of single keys of one instrument; see `Keys`, which keeps its synthesiser for more."""
    with closing(Keys(reverb=reverb, font=font)) as keys:
        return keys.play(program, is_drum, strokes)


def _dies_away(synth: "_Synth", seconds: float = 4.0) -> bool:
    """Play on until nothing sounds any more; whether that came about."""
    rest = np.zeros((SAMPLE_RATE // 8 // BLOCK * BLOCK, 2), dtype=np.float32)
    for _ in range(int(seconds * 8)):
        synth.fill(rest)
        if np.abs(rest).max() < _INAUDIBLE:
            return True
    return False


def synth_identity() -> str:
    """Return what decides how notes sound: the synthesiser and the sound font with its size and date.

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    with closing(_new_synth(SAMPLE_RATE)) as synth:
        font = find_sound_font(small=isinstance(synth, _TinySynth))
        facts = font.stat()
        return f"{type(synth).__name__} {font} {facts.st_size} {facts.st_mtime_ns}"


def find_sound_font(*, small: bool = False) -> Path:
    """Return the sound font to play with.

    ``MUSEGEN_SOUNDFONT`` comes first, then the fonts of `SOUND_FONT_PATHS`, then the small one that comes with
    pretty_midi.

    Args:
        small: True to prefer the small one to those of the system (for a synthesiser that loads all of a font).

    Raises:
        RenderingError: no font is there, or ``MUSEGEN_SOUNDFONT`` names none.
    """
    named = os.environ.get("MUSEGEN_SOUNDFONT")
    if named:
        if not Path(named).is_file():
            raise RenderingError(
                'MUSEGEN_SOUNDFONT names the sound font "{named}", which is not there: correct the '
                "path or unset the variable.",
                named=named,
            )
        return Path(named)
    found = [path for path in map(Path, SOUND_FONT_PATHS) if path.is_file()]
    package = importlib.util.find_spec("pretty_midi")  # located, not imported
    shipped = [path for folder in (package.submodule_search_locations or () if package else ())
               if (path := Path(folder) / "TimGM6mb.sf2").is_file()]  # fmt: skip
    candidates = shipped + found if small else found + shipped
    if not candidates:
        raise RenderingError(
            'No sound font is installed: install one (Debian and Ubuntu: "apt install fluid-soundfont-gm") '
            "or set MUSEGEN_SOUNDFONT to the path of an .sf2 file."
        )
    return candidates[0]


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """A key pressed (velocity 1 to 127) or released (velocity 0) at the start of a block."""

    block: int
    velocity: int
    channel: int
    pitch: int


def _channels(tracks: Sequence[Track]) -> list[int]:
    """Return a channel for each track: drums on 9, 25, ..., the others on the rest.

    Each track has its own; where there are more tracks than channels, those of one program share one.
    """
    channels = [0] * len(tracks)
    for is_drum, pool in ((False, _MELODIC_CHANNELS), (True, _DRUM_CHANNELS)):
        members = [index for index, track in enumerate(tracks) if track.is_drum == is_drum]
        places: dict[int, int] = {}
        for index in members:
            key = index if len(members) <= len(pool) else tracks[index].program
            channels[index] = pool[places.setdefault(key, len(places)) % len(pool)]
    return channels


def _events(piece: Piece, sample_rate: int) -> list[_Event]:
    """Return key presses and releases in playing order; a key struck again while it sounds is released first."""
    notes = [(channel, note) for channel, track in zip(_channels(piece.tracks), piece.tracks, strict=True)
             for note in track.notes]  # fmt: skip
    quarters = np.array([(note.onset_quarter, note.end_quarter) for _, note in notes])
    blocks = np.rint(quarters_to_seconds(piece, quarters) * sample_rate / BLOCK).astype(int).tolist()
    strokes: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for (channel, note), (begin, end) in zip(notes, blocks, strict=True):
        strokes.setdefault((channel, note.pitch), []).append((begin, max(end, begin + 1), note.velocity))
    events: list[_Event] = []
    for (channel, pitch), presses in strokes.items():
        presses.sort()
        for index, (begin, end, velocity) in enumerate(presses):
            following = presses[index + 1][0] if index + 1 < len(presses) else end
            events.append(_Event(begin, velocity, channel, pitch))
            events.append(_Event(min(end, following), 0, channel, pitch))
    events.sort()  # releases (velocity 0) before presses in the same block
    return events


def _normalised(sound: np.ndarray, num_music: int, sample_rate: int) -> np.ndarray:
    """Return the sound as int16 with its peak at `PEAK_DBFS` and its tail cut where it has died away."""
    peak = float(np.abs(sound).max())
    if peak < _INAUDIBLE:
        return np.zeros((num_music, 2), dtype=np.int16)
    tail = np.abs(sound[num_music:]).max(axis=1) > peak * _SILENCE
    num_fade = int(_FADE_SECONDS * sample_rate)
    num_samples = min(num_music + (int(tail.nonzero()[0][-1]) + 1 if tail.any() else 0) + num_fade, len(sound))
    sound = sound[:num_samples]
    faded = min(num_fade, num_samples - num_music)
    sound[num_samples - faded :] *= np.linspace(1, 0, faded, dtype=np.float32)[:, np.newaxis]
    sound *= 10 ** (PEAK_DBFS / 20) * 32767 / peak
    return np.rint(sound, out=sound).astype(np.int16)


class _Synth(Protocol):
    """Something that plays keys into memory.

    Each rendering makes its own: that costs about 10 ms (of a sound font only what plays is read), and the same
    piece sounds the same to the last bit, whatever was played before or is played in another thread.
    """

    def select(self, channel: int, program: int, is_drum: bool) -> None:
        """Choose the instrument of a channel; the first of its kind where the font lacks the program."""

    def press(self, channel: int, pitch: int, velocity: int) -> None:
        """Press a key."""

    def release(self, channel: int, pitch: int) -> None:
        """Release a key."""

    def fill(self, sound: np.ndarray) -> None:
        """Play on into `sound`, float32, shape (N, 2) with N a multiple of `BLOCK`, N > 0."""

    def close(self) -> None:
        """Free what it holds."""


def _play(piece: Piece, sample_rate: int, sound: np.ndarray) -> None:
    """Fill `sound` with the piece, one stretch of samples from each moment to the next."""
    with closing(_new_synth(sample_rate)) as synth:
        for channel, track in zip(_channels(piece.tracks), piece.tracks, strict=True):
            synth.select(channel, track.program, track.is_drum)
        done = 0
        for event in _events(piece, sample_rate):
            if event.block > done:
                synth.fill(sound[done * BLOCK : event.block * BLOCK])
                done = event.block
            if event.velocity:
                synth.press(event.channel, event.pitch, event.velocity)
            else:
                synth.release(event.channel, event.pitch)
        synth.fill(sound[done * BLOCK :])


def _import_fluidsynth() -> ModuleType:
    """Import the library; where the environment has CI set, it says on standard output where it was found."""
    with redirect_stdout(io.StringIO()):
        import fluidsynth
    return fluidsynth


class _FluidSynth:
    """FluidSynth, loading of the sound font only the instruments that play."""

    def __init__(self, sample_rate: int, reverb: bool, font: Path | None) -> None:
        fluidsynth = _import_fluidsynth()
        settings = {"synth.dynamic-sample-loading": 1, "synth.chorus.active": 0, "synth.polyphony": 512,
                    "synth.reverb.active": int(reverb)}  # fmt: skip
        font = font or find_sound_font()
        self._synth = fluidsynth.Synth(gain=0.5, samplerate=sample_rate, channels=256, **settings)
        self._write = fluidsynth.cfunc(
            "fluid_synth_write_float", c_int, ("synth", c_void_p, 1), ("len", c_int, 1),
            ("lout", c_void_p, 1), ("loff", c_int, 1), ("lincr", c_int, 1),
            ("rout", c_void_p, 1), ("roff", c_int, 1), ("rincr", c_int, 1),
        )  # fmt: skip
        self._font = self._synth.sfload(str(font))
        if self._font < 0:
            self._synth.delete()
            raise RenderingError(
                'The sound font "{font}" cannot be read: install another one (.sf2 or .sf3).', font=font
            )

    def select(self, channel: int, program: int, is_drum: bool) -> None:
        bank = 128 if is_drum else 0
        if self._synth.program_select(channel, self._font, bank, program) != 0:
            self._synth.program_select(channel, self._font, bank, 0)

    def press(self, channel: int, pitch: int, velocity: int) -> None:
        self._synth.noteon(channel, pitch, velocity)

    def release(self, channel: int, pitch: int) -> None:
        self._synth.noteoff(channel, pitch)

    def fill(self, sound: np.ndarray) -> None:
        address = sound.ctypes.data
        self._write(self._synth.synth, len(sound), address, 0, 2, address, 1, 2)

    def close(self) -> None:
        self._synth.delete()


class _TinySynth:
    """TinySoundFont: no system library needed, no reverberation."""

    def __init__(self, sample_rate: int, reverb: bool, font: Path | None) -> None:
        import tinysoundfont

        font = font or find_sound_font(small=True)
        self._synth = tinysoundfont.Synth(samplerate=sample_rate)
        try:
            self._font = self._synth.sfload(str(font), max_voices=512)
        except (RuntimeError, OSError) as error:
            raise RenderingError(
                'The sound font "{font}" cannot be read: install another one (.sf2).', font=font
            ) from error

    def select(self, channel: int, program: int, is_drum: bool) -> None:
        self._synth.channel[channel] = self._font
        try:
            self._synth.program_select(channel, self._font, 0, program, is_drum)
        except RuntimeError:
            self._synth.program_select(channel, self._font, 0, 0, is_drum)

    def press(self, channel: int, pitch: int, velocity: int) -> None:
        self._synth.noteon(channel, pitch, velocity)

    def release(self, channel: int, pitch: int) -> None:
        self._synth.noteoff(channel, pitch)

    def fill(self, sound: np.ndarray) -> None:
        self._synth.generate_simple(len(sound), sound.reshape(-1).data.cast("B"))

    def close(self) -> None:
        self._synth.sfunload(self._font)


def _new_synth(sample_rate: int, *, reverb: bool = True, font: Path | None = None) -> _Synth:
    for kind in (_FluidSynth, _TinySynth):
        try:
            return kind(sample_rate, reverb, font)
        except (ImportError, OSError):  # the package or the library that it needs is not installed
            continue
    raise RenderingError(_NO_SYNTH)
