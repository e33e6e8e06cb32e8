"""Sound: length, level, timing, instruments, and what happens where something is missing."""

import io
import sys
import wave
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from musegen.errors import RenderingError
from musegen.music import Note, Piece, Tempo, Track
from musegen.music.timing import quarter_to_seconds, quarters_to_seconds
from musegen.rendering import audio
from musegen.rendering.audio import MAX_TAIL_SECONDS, audio_bytes, encode_audio, render_audio, wav_bytes, write_wav
from tests.builders import piece, track

RATE = 44_100
WOODBLOCK = 115
TICK = (100, 76, 127)


@pytest.fixture(params=["fluidsynth", "tinysoundfont"])
def synth(request, monkeypatch):
    """Both synthesisers must pass the same tests."""
    pytest.importorskip(request.param, exc_type=ImportError)
    if request.param == "tinysoundfont":
        monkeypatch.setitem(sys.modules, "fluidsynth", None)
    return request.param


def level(samples):
    return np.abs(samples.astype(int)).max()


def onsets(samples, threshold=0.1, rest=0.1):
    """Times in seconds at which the sound rises over `threshold` of its peak after `rest` seconds below it."""
    loud = np.flatnonzero(np.abs(samples.astype(int)).max(axis=1) > threshold * level(samples))
    first = np.concatenate([[True], np.diff(loud) > rest * RATE])
    return loud[first] / RATE


def test_as_long_as_the_music_and_a_short_tail(synth):
    samples = render_audio(piece([(60, 0, 1), (64, 1, 3)], qpm=100))
    seconds = len(samples) / RATE
    assert samples.dtype == np.int16
    assert samples.shape[1] == 2
    assert 2.4 <= seconds <= 2.4 + MAX_TAIL_SECONDS
    assert np.abs(samples[-20:].astype(int)).max() < 40, "the tail must end in silence, not in a cut"


def test_the_peak_is_one_decibel_below_full_scale_for_soft_and_loud_music(synth):
    for notes in ([(60, 0, 1, 1)], [(60, 0, 1, 10)], [(p, 0, 1, 127) for p in range(40, 90)]):
        assert level(render_audio(piece(notes))) == pytest.approx(32767 * 10 ** (-1 / 20), abs=2)


def test_notes_start_within_ten_milliseconds_of_their_time_through_tempo_changes(synth):
    quarters = [0.5, 1.0, 1.75, 2.0 + 1 / 3, 4.0, 5.0]
    ticks = Track(tuple(Note(q, TICK[0], 0.125, 127) for q in quarters), program=WOODBLOCK)
    music = Piece((ticks,), tempos=(Tempo(0, 60), Tempo(2, 37), Tempo(4, 90)))
    # by hand: 2 quarters of 1 s, then 2 of 60/37 s, then 60/90 s each
    slow, fast = 60 / 37, 60 / 90
    expected = [0.5, 1.0, 1.75, 2 + slow / 3, 2 + 2 * slow, 2 + 2 * slow + fast]
    found = onsets(render_audio(music))
    assert found == pytest.approx(expected, abs=0.010)


def test_many_times_at_once_as_one_by_one():
    music = Piece(tempos=(Tempo(0, 60), Tempo(2, 37), Tempo(2, 38), Tempo(4, 90)))
    quarters = np.linspace(0, 9, 37)
    expected = [quarter_to_seconds(music, q) for q in quarters]
    assert quarters_to_seconds(music, quarters) == pytest.approx(expected)
    assert quarters_to_seconds(music, quarters.reshape(-1, 1)).shape == (37, 1)


def test_late_notes_do_not_drift(synth):
    music = piece(track([(TICK[0], 600.5, 0.125, 127)], program=WOODBLOCK), qpm=300)
    assert onsets(render_audio(music)) == pytest.approx([120.1], abs=0.010)


def test_velocity_is_loudness(synth):
    samples = render_audio(piece([(60, 0, 1, 40), (60, 4, 1, 110)]))
    assert level(samples[: 2 * RATE]) * 1.5 < level(samples[2 * RATE :])


def test_a_note_stops_at_its_end(synth):
    organ = 19
    samples = render_audio(piece(track([(60, 0, 1)], program=organ), track([(62, 7.5, 0.5, 40)])))
    assert level(samples[int(0.4 * RATE) : int(0.5 * RATE)]) > 20 * level(samples[int(2.5 * RATE) : int(3.5 * RATE)])


def test_a_key_struck_while_it_sounds_rings_until_its_own_end(synth):
    organ = 19
    samples = render_audio(piece(track([(60, 0, 2), (60, 1, 3)], program=organ)))
    assert level(samples[int(1.7 * RATE) : int(1.9 * RATE)]) > 0.3 * level(samples)


def test_pitch_of_the_sound(synth):
    flute = 73
    samples = render_audio(piece(track([(69, 0, 4)], program=flute)))
    spectrum = np.abs(np.fft.rfft(samples[RATE // 2 : RATE // 2 + RATE, 0].astype(float)))
    assert 436 <= spectrum[300:600].argmax() + 300 <= 444


def test_programs_and_drums_sound_different(synth):
    notes = [(60, 0, 2)]
    sounds = [render_audio(piece(track(notes, program=p))) for p in (0, 56)]
    sounds.append(render_audio(piece(track(notes, is_drum=True))))
    for i in range(3):
        for j in range(i):
            a, b = (s[: RATE // 2, 0].astype(float) for s in (sounds[i], sounds[j]))
            assert abs(np.corrcoef(a, b)[0, 1]) < 0.9


@pytest.mark.parametrize(("count", "is_drum"), [(40, False), (300, False), (20, True)])
def test_every_one_of_many_tracks_is_heard(synth, count, is_drum):
    pitch = 76 if is_drum else TICK[0]
    tracks = [
        Track((Note(i * 0.5 + 0.5, pitch, 0.125, 127),), program=0 if is_drum else WOODBLOCK, is_drum=is_drum)
        for i in range(count)
    ]
    assert len(onsets(render_audio(piece(*tracks)), rest=0.08)) == count


def test_tracks_have_channels_of_their_own_and_drums_the_tenth():
    tracks = [Track(program=i % 128) for i in range(30)] + [Track(is_drum=True)]
    channels = audio._channels(tracks)
    assert len(set(channels)) == 31
    assert channels[30] == 9
    assert all(c % 16 != 9 for c in channels[:30])


def test_more_tracks_than_channels_share_by_program():
    tracks = [Track(program=i % 128) for i in range(500)]
    channels = audio._channels(tracks)
    for track_, channel in zip(tracks, channels, strict=True):
        assert channel == channels[track_.program]
    assert len(set(channels)) == 128


def test_the_same_piece_sounds_the_same_to_the_bit_also_in_threads(synth):
    pieces = [piece([(60 + i, 0, 1), (64, 1, 1)]) for i in range(4)]
    alone = [render_audio(p) for p in pieces]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(render_audio, pieces))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_sound_that_the_kit_does_not_have_is_silence_not_noise(synth):
    samples = render_audio(piece(track([(3, 0, 1)], is_drum=True)))
    assert samples.shape == (RATE // 2, 2)
    assert not samples.any()


def test_wav_is_44100_hertz_16_bit_stereo(tmp_path):
    music = piece([(60, 0, 1)])
    write_wav(music, tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == wav_bytes(music)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (44100, 2, 2)
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert np.array_equal(frames, render_audio(music))


@pytest.mark.parametrize("audio_format", ["ogg", "flac", "mp3"])
def test_small_files_hold_the_same_sound(audio_format):
    soundfile = pytest.importorskip("soundfile")
    music = piece([(60, 0, 1)])
    data = audio_bytes(music, audio_format)
    decoded, rate = soundfile.read(io.BytesIO(data))
    samples = render_audio(music)
    assert rate == 44100
    assert len(decoded) == pytest.approx(len(samples), abs=4000)
    if audio_format == "flac":
        assert np.array_equal((decoded * 32768).astype(np.int16), samples)
    assert len(data) < len(wav_bytes(music)) * (1 if audio_format == "flac" else 0.25)


def test_other_sample_rate():
    music = piece([(60, 0, 2)])
    assert len(render_audio(music, sample_rate=22_050)) / 22_050 == pytest.approx(len(render_audio(music)) / RATE, 0.1)


@pytest.mark.parametrize("rate", [0, -1, 1_000_000])
def test_wrong_arguments(rate):
    with pytest.raises(ValueError, match="sample_rate"):
        render_audio(piece([(60, 0, 1)]), sample_rate=rate)
    with pytest.raises(ValueError, match="audio_format"):
        encode_audio(np.zeros((10, 2), np.int16), "doc")


def test_nothing_to_play_and_too_much_to_play():
    with pytest.raises(RenderingError, match="no notes"):
        render_audio(Piece())
    with pytest.raises(RenderingError, match="180 minutes"):
        render_audio(piece([(60, 0, 3 * 60 * 60)], qpm=60))


def test_without_any_synthesiser_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(RenderingError, match="apt install libfluidsynth3"):
        render_audio(piece([(60, 0, 1)]))


def test_sound_font_of_the_environment_comes_first(monkeypatch, tmp_path):
    font = tmp_path / "mine.sf2"
    font.write_bytes(b"")
    monkeypatch.setenv("MUSEGEN_SOUNDFONT", str(font))
    assert audio.find_sound_font() == font
    with pytest.raises(RenderingError, match="cannot be read"):
        render_audio(piece([(60, 0, 1)]))
    monkeypatch.setenv("MUSEGEN_SOUNDFONT", str(tmp_path / "none.sf2"))
    with pytest.raises(RenderingError, match="MUSEGEN_SOUNDFONT"):
        render_audio(piece([(60, 0, 1)]))


def test_sound_font_order(monkeypatch, tmp_path):
    system = tmp_path / "system.sf2"
    system.write_bytes(b"")
    monkeypatch.delenv("MUSEGEN_SOUNDFONT", raising=False)
    monkeypatch.setattr(audio, "SOUND_FONT_PATHS", (str(tmp_path / "none.sf2"), str(system)))
    assert audio.find_sound_font() == system
    assert audio.find_sound_font(small=True).name == "TimGM6mb.sf2"
    monkeypatch.setattr(audio, "SOUND_FONT_PATHS", ())
    assert audio.find_sound_font().name == "TimGM6mb.sf2"
    monkeypatch.setattr(audio.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RenderingError, match="No sound font"):
        audio.find_sound_font()
