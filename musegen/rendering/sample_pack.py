"""The file that sounds travel in: "MGS1", length of the index as 32-bit little endian, index (JSON), sound file.

The index holds the sound file's length and checksum, so that a file cut short or damaged is known as such.
"""

import json
import struct
import zlib

import numpy as np

from musegen.rendering.audio import encode_audio


def packed(index: dict, samples: np.ndarray, audio_format: str) -> bytes:
    """Return an index and int16 samples, shape (N, C), as a file; the index gets `bytes` and `crc` of the sound."""
    sound = encode_audio(samples, audio_format)
    whole = {**index, "bytes": len(sound), "crc": zlib.crc32(sound)}
    text = json.dumps(whole, separators=(",", ":")).encode()
    return b"MGS1" + struct.pack("<I", len(text)) + text + sound


def unpacked(data: bytes) -> tuple[dict, bytes]:
    """Return the index of a pack and its sound file.

    Raises:
        ValueError: it is none, is cut short, or is damaged.
    """
    if data[:4] != b"MGS1" or len(data) < 8:
        raise ValueError("not a pack of sounds")
    length = struct.unpack("<I", data[4:8])[0]
    index, sound = json.loads(data[8 : 8 + length]), data[8 + length :]
    if not isinstance(index, dict) or index.get("bytes") != len(sound) or index.get("crc") != zlib.crc32(sound):
        raise ValueError("a pack of sounds that is cut short or damaged")
    return index, sound
