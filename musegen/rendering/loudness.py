"""Sound made equally loud (ITU-R BS.1770, by pyloudnorm) and cut without a click: matched_sound."""

import numpy as np

from musegen.music import Piece
from musegen.rendering.audio import SAMPLE_RATE, encode_audio, unscaled_audio

TARGET_LUFS = -23.0
FADE_SECONDS = 0.4
_LEAST_SECONDS = 0.4
_PEAK = 0.97


def matched_sound(piece: Piece, seconds: float, audio_format: str = "ogg") -> bytes:
    """Return the beginning of a piece as a sound file, as loud as every other, faded at its end.

    Args:
        piece: the music.
        seconds: length of the sound, whatever the music's; it does not tell where the music would have ended.
        audio_format: one of `audio.AUDIO_FORMATS`.

    Raises:
        RenderingError: see `audio.render_audio`.
    """
    import pyloudnorm  # scipy takes a moment to import

    sound, _ = unscaled_audio(piece)
    wanted = round(seconds * SAMPLE_RATE)
    sound = np.concatenate([sound, np.zeros((max(wanted - len(sound), 0), 2), sound.dtype)])[:wanted]
    if seconds >= _LEAST_SECONDS:
        loudness = pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(sound.astype(float))
        if np.isfinite(loudness):
            sound = sound * 10 ** ((TARGET_LUFS - loudness) / 20)
    fade = min(round(FADE_SECONDS * SAMPLE_RATE), len(sound))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade)[:, None]
    most = np.abs(sound).max(initial=0.0)
    if most > _PEAK:  # seldom at this level, so both stay as loud
        sound = sound * (_PEAK / most)
    return encode_audio((sound * 32767).astype(np.int16), audio_format)
