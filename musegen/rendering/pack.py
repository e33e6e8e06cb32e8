"""The file that sounds travel in: "MGS1", length of the index as 32-bit little endian, index (JSON), sound file."""

import json
import struct

import numpy as np

from musegen.rendering.audio import encode_audio


def packed(index: dict, samples: np.ndarray, audio_format: str) -> bytes:
    """Return an index and int16 samples, shape (N, C), as a file."""
    text = json.dumps(index, separators=(",", ":")).encode()
    return b"MGS1" + struct.pack("<I", len(text)) + text + encode_audio(samples, audio_format)


def unpacked(data: bytes) -> tuple[dict, bytes]:
    """Return the index of a pack and its sound file.

    Raises:
        ValueError: it is none.
    """
    if data[:4] != b"MGS1" or len(data) < 8:
        raise ValueError("not a pack of sounds")
    length = struct.unpack("<I", data[4:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]
