"""The sound of a piece track by track: files of one length that lie under each other in any program.

stems_zip, stem_samples. Each track is as loud as it is in the whole, so that the stems together are the whole. Beside
each lies everything but it, to play along with.
"""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np

from musegen.errors import RenderingError
from musegen.music import Piece
from musegen.rendering.audio import PEAK_DBFS, encode_audio, unscaled_audio

MAX_TRACKS = 24


def stem_samples(piece: Piece) -> list[np.ndarray]:
    """Return the sound of each track that has notes, all of one length and one scale.

    Returns:
        int16 arrays of shape (N, 2); their sum does not exceed the peak of a whole file.

    Raises:
        RenderingError: as `render_audio`, and where there are more than `MAX_TRACKS` tracks.
    """
    tracks = [track for track in piece.tracks if track.notes]
    if len(tracks) > MAX_TRACKS:
        raise RenderingError(
            "This piece has {num_tracks} tracks, and at most {max_tracks} are made into files of "
            "their own; download the whole instead.",
            num_tracks=len(tracks),
            max_tracks=MAX_TRACKS,
        )
    sounds = [unscaled_audio(replace(piece, tracks=(track,)))[0] for track in tracks]
    length = max((len(sound) for sound in sounds), default=0)
    sounds = [np.pad(sound, ((0, length - len(sound)), (0, 0))) for sound in sounds]
    peak = float(np.abs(sum(sounds)).max()) if sounds else 0.0
    peak = max([peak, *(float(np.abs(sound).max()) for sound in sounds)])
    gain = 10 ** (PEAK_DBFS / 20) * 32767 / peak if peak else 0.0
    return [np.round(sound * gain).astype(np.int16) for sound in sounds]


def stems_zip(piece: Piece) -> bytes:
    """Return an archive of a WAV for each track, and where there are several of all tracks but it.

    Raises:
        RenderingError: as `stem_samples`.
    """
    samples = stem_samples(piece)
    names = [track.name for track in piece.tracks if track.notes]
    whole = sum(part.astype(np.int32) for part in samples)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, (name, part) in enumerate(zip(names, samples, strict=True), 1):
            label = f"{number:02d}-{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-') or 'track'}"
            archive.writestr(f"{label}.wav", encode_audio(part))
            if len(samples) > 1:
                rest = np.clip(whole - part, -32768, 32767).astype(np.int16)
                archive.writestr(f"without/{label}.wav", encode_audio(rest))
    return buffer.getvalue()
