"""The room that FluidSynth adds to its sounds, for those who add it themselves.

The room is heard by playing a sound font whose only sound is a single sample. FluidSynth lets the room waver a little,
so that what is heard is the room of one moment; how loud it is, and how long, stays.
"""

import struct
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from musegen.constants import SAMPLE_RATE
from musegen.rendering.audio import Stroke, render_strokes
from musegen.rendering.sample_pack import packed

_QUIET = 1e-3  # of the loudest 20 ms: where the room is cut
_PITCHES = (48, 55, 62, 69)
_DRUMS = (36, 38, 42, 49)
_SEND = 1000  # how much of the sound goes to the room, in tenths of a percent: all
_ROOT = 60
_NUM_SAMPLES = 64
_AT = 16  # where in the sound the sample stands that is not zero


@lru_cache(maxsize=1)
def room_response() -> np.ndarray:
    """Return the room's answer to a single sample of 1.0 on the mean of both channels.

    Returns:
        float32, shape (N, 2), at `SAMPLE_RATE`; N is 0 where the synthesiser has no room.

    Raises:
        RenderingError: no synthesiser is installed.
    """
    stroke = [Stroke(_ROOT, 127, 2.0, 2.0)]
    with tempfile.TemporaryDirectory() as folder:
        font = Path(folder) / "impulse.sf2"
        font.write_bytes(_impulse_font())
        dry, wet = (render_strokes(0, False, stroke, font=font, reverb=reverb)[0] for reverb in (False, True))
    place = int(np.abs(dry).max(axis=1).argmax())
    response = ((wet - dry) / dry[place].mean())[place:]
    size = SAMPLE_RATE // 50
    levels = np.abs(response[: len(response) // size * size]).reshape(-1, size * 2).max(axis=1)
    loud = np.flatnonzero(levels > levels.max() * _QUIET)
    if levels.max() < 1e-4:
        return np.zeros((0, 2), dtype=np.float32)
    response = response[: (int(loud[-1]) + 1) * size].copy()
    fade = min(SAMPLE_RATE // 10, len(response))
    response[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, np.newaxis]
    return response.astype(np.float32)


def make_room(audio_format: str = "ogg") -> bytes:
    """Return `room_response` as a pack whose index ``{rate, gain}`` says how loud it is to be played.

    Raises:
        RenderingError: no synthesiser is installed.
    """
    response = room_response()
    peak = float(np.abs(response).max()) if len(response) else 0.0
    samples = np.rint(response * (32000 / peak)) if peak else np.zeros((64, 2))
    index = {"rate": SAMPLE_RATE, "gain": peak / (32000 / 32768)}
    return packed(index, samples.astype(np.int16), audio_format)


@lru_cache(maxsize=256)
def send_gain(program: int, is_drum: bool) -> float:
    """Return the gain from the dry sound of an instrument to the room, so that as much comes back as there.

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    room = room_response()
    if not len(room):
        return 0.0
    size = 1 << 17
    strokes = [Stroke(pitch, 110, 0.5, 1.2) for pitch in (_DRUMS if is_drum else _PITCHES)]
    dry, wet = (render_strokes(program, is_drum, strokes, reverb=reverb) for reverb in (False, True))
    answer = np.fft.rfft(room, size, axis=0)
    heard = expected = 0.0
    for without, with_room in zip(dry, wet, strict=True):
        energy = float((without.astype(np.float64) ** 2).sum()) or 1.0  # each key counts alike
        predicted = np.fft.irfft(np.fft.rfft(without.mean(axis=1), size)[:, np.newaxis] * answer, size, axis=0)
        heard += float(((with_room - without) ** 2).sum()) / energy
        expected += float((predicted[: len(without)] ** 2).sum()) / energy
    return round(float(np.sqrt(heard / expected)), 4) if expected > 1e-12 else 0.0


def _impulse_font() -> bytes:
    """Return a sound font, an .sf2 file, whose program 0 plays on key 60 a single sample of full scale."""
    samples = [0] * (_NUM_SAMPLES + 46)  # the format asks for 46 zeros after each sound
    samples[_AT] = 32767
    info = _list("INFO", _chunk("ifil", struct.pack("<HH", 2, 1)) + _chunk("isng", b"EMU8000\0")
                 + _chunk("INAM", b"impulse\0"))  # fmt: skip
    sdta = _list("sdta", _chunk("smpl", struct.pack(f"<{len(samples)}h", *samples)))
    reverb, root, sample, instrument = 16, 58, 53, 41  # numbers of the generators
    header = "<20sIIIIIBbHH"
    pdta = _list("pdta", b"".join([
        _chunk("phdr", _preset("impulse", 0) + _preset("EOP", 1)),
        _chunk("pbag", struct.pack("<4H", 0, 0, 1, 0)),
        _chunk("pmod", bytes(10)),
        _chunk("pgen", struct.pack("<4H", instrument, 0, 0, 0)),
        _chunk("inst", struct.pack("<20sH20sH", b"impulse", 0, b"EOI", 1)),
        _chunk("ibag", struct.pack("<4H", 0, 0, 3, 0)),
        _chunk("imod", bytes(10)),
        _chunk("igen", struct.pack("<8H", reverb, _SEND, root, _ROOT, sample, 0, 0, 0)),
        _chunk("shdr", struct.pack(header, b"impulse", 0, _NUM_SAMPLES, 8, _NUM_SAMPLES - 8, SAMPLE_RATE, _ROOT, 0,
                                   0, 1)
               + struct.pack(header, b"EOS", *([0] * 9))),
    ]))  # fmt: skip
    return _chunk("RIFF", b"sfbk" + info + sdta + pdta)


def _chunk(name: str, data: bytes) -> bytes:
    return name.encode() + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _list(kind: str, data: bytes) -> bytes:
    return _chunk("LIST", kind.encode() + data)


def _preset(name: str, bag: int) -> bytes:
    return struct.pack("<20sHHHIII", name.encode(), 0, 0, bag, 0, 0, 0)
