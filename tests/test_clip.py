"""Clips: their laws, and sound files of every kind, damaged ones among them, read into one."""

import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.errors import FileFormatError, MusegenError
from musegen.files import sound_file
from musegen.files.hum import read_hum
from musegen.files.sound_file import MAX_BYTES, read_clip, sound_bytes
from musegen.music.clip import Clip
from musegen.rendering.audio import clip_bytes

RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100, 44_101])


def tone(seconds=1.0, rate=16_000, hertz=440.0, peak=0.5):
    return peak * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def sound(samples, rate=16_000, kind="WAV", **options):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, **options)
    return file.getvalue()


def codes(reading):
    return [said.code for said in reading.remarks]


@st.composite
def clips(draw):
    values = draw(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=400))
    return Clip(np.array(values), draw(RATES))


# ------------------------------------------------------------------------------------------------------- a clip


@pytest.mark.parametrize(
    ("samples", "rate", "words"),
    [
        (np.zeros(0), 8_000, "shape"),
        (np.zeros((4, 2)), 8_000, "shape"),
        (np.array([0.0, np.nan]), 8_000, "finite"),
        (np.array([0.0, -1.5]), 8_000, "between -1 and 1"),
        (np.zeros(4), 10, "sample_rate"),
    ],
)
def test_what_is_no_clip_is_refused(samples, rate, words):
    with pytest.raises(ValueError, match=words):
        Clip(samples, rate)


def test_a_clip_is_a_value_that_nobody_changes():
    samples = np.array([0.25, -0.5], np.float32)
    clip = Clip(samples, 8_000)
    samples[0] = 1
    assert clip == Clip(np.array([0.25, -0.5]), 8_000) and hash(clip) == hash(Clip(np.array([0.25, -0.5]), 8_000))
    assert clip != Clip(np.array([0.25, -0.5]), 16_000)
    assert (clip.peak, clip.duration_sec, len(clip)) == (0.5, 2 / 8_000, 2)
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 0


@settings(max_examples=60, deadline=None)
@given(clips(), RATES, st.floats(0, 0.1), st.floats(-30, 0))
def test_whatever_is_done_with_a_clip_it_stays_within_full_scale(clip, rate, seconds, peak_dbfs):
    resampled = clip.resampled(rate)
    assert resampled.peak <= 1 and len(resampled) == max(round(len(clip) * rate / clip.sample_rate), 1)
    faded = clip.faded(seconds, seconds)
    assert (np.abs(faded.samples) <= np.abs(clip.samples)).all()
    loud = clip.normalised(peak_dbfs)
    assert loud.peak == pytest.approx(10 ** (peak_dbfs / 20) if clip.peak else 0, rel=1e-5) and loud.peak <= 1
    assert clip.part(0, clip.duration_sec) == clip and 1 <= len(clip.part(seconds, 2 * seconds)) <= len(clip)
    assert len(clip.then(clip)) == 2 * len(clip)


@pytest.mark.parametrize(("old", "new"), [(44_100, 8_000), (8_000, 44_100), (96_000, 16_000), (22_050, 16_000)])
def test_a_tone_is_the_same_at_another_rate(old, new):
    resampled = Clip(tone(rate=old), old).resampled(new).samples
    middle = slice(new // 10, -new // 10)
    assert np.abs(resampled[middle] - tone(rate=new)[middle]).max() < 2e-3


def test_what_the_lower_rate_cannot_hold_does_not_come_back_as_another_tone():
    high = Clip(tone(rate=44_100, hertz=5_000), 44_100).resampled(8_000)
    assert np.abs(high.samples[400:-400]).max() < 1e-3


def test_samples_beyond_full_scale_are_made_quieter_not_cut():
    clip = Clip.of(np.array([2.0, -1.0, 0.5]), 8_000)
    assert clip.samples.tolist() == [1.0, -0.5, 0.25]


def test_the_level_of_a_tone():
    assert Clip(tone(peak=1.0), 16_000).loudest_dbfs == pytest.approx(-3.01, abs=0.02)
    assert Clip(np.zeros(10), 8_000).loudest_dbfs == pytest.approx(-200)


# --------------------------------------------------------------------------------------------------- sound files


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_wav_of_any_width_is_the_same_sound(subtype):
    clip = read_clip(sound(tone(), subtype=subtype)).clip
    assert clip.sample_rate == 16_000 and len(clip) == 16_000
    assert np.abs(clip.samples - tone()).max() < {"PCM_U8": 0.008, "ULAW": 0.02}.get(subtype, 1e-4)


@pytest.mark.parametrize(
    ("kind", "rate", "channels"),
    [("WAV", 96_000, 2), ("FLAC", 44_100, 2), ("OGG", 44_100, 1), ("MP3", 44_100, 2), ("WAV", 8_000, 6)],
)
def test_any_format_is_resampled_and_mixed_and_said(kind, rate, channels):
    reading = read_clip(sound(np.stack([tone(rate=rate)] * channels, 1), rate, kind), 16_000)
    assert codes(reading) == ["channels_mixed"] * (channels > 1) + ["resampled"]
    heard = reading.clip.samples[1600:14_400]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert reading.clip.sample_rate == 16_000
    assert np.argmax(spectrum) * 16_000 / len(heard) == pytest.approx(440, abs=2)
    assert np.abs(heard).max() == pytest.approx(0.5, abs=0.03)


def test_a_clip_as_it_is_wanted_has_nothing_to_be_said():
    assert codes(read_clip(sound(tone()), 16_000)) == []


def test_what_is_loud_or_quiet_is_said_and_kept():
    beyond = read_clip(sound(2 * tone(peak=1.0), subtype="FLOAT"))
    assert "beyond_full_scale" in codes(beyond) and beyond.clip.peak == 1.0
    assert "overdriven_clip" in codes(read_clip(sound(np.clip(9 * tone(), -1, 1))))
    assert codes(read_clip(sound(tone(peak=0.004), subtype="PCM_24"))) == ["quiet_clip"]


def header_says(data, frames):
    """Return an MP3 whose first frame, which is no sound, says how many frames follow."""
    at = max(data.find(b"Xing"), data.find(b"Info"))
    assert at > 0
    return data[: at + 8] + struct.pack(">I", frames) + data[at + 12 :]


def test_an_mp3_that_lies_about_its_length_is_read_or_refused():
    data = sound(tone(3.0, 44_100), 44_100, "MP3")
    assert read_clip(data).clip.duration_sec == pytest.approx(3, abs=0.1)
    longer = read_clip(header_says(data, 1_000)).clip  # 26 s
    assert longer.duration_sec == pytest.approx(3, abs=0.1)
    assert 0.25 <= read_clip(header_says(data, 30)).clip.duration_sec <= 3.1
    with pytest.raises(FileFormatError, match="at most 2 minutes"):
        read_clip(header_says(data, 60_000))


def test_a_header_with_size_0_or_the_most_that_fits_is_mended():
    data = sound(tone())
    at = data.index(b"data") + 4
    for size in (0, 0xFFFFFFFF):
        assert read_clip(data[:at] + struct.pack("<I", size) + data[at + 4 :]).clip == read_clip(data).clip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"just some words, but named .wav", "not a sound file"),
        (sound(np.zeros(16_000)), "Nothing can be heard"),
        (sound(tone(hertz=20_000, rate=96_000) * np.hanning(96_000), 96_000), "Nothing can be heard"),
        (sound(np.where(np.arange(16_000) == 77, np.nan, tone()), subtype="FLOAT"), "damaged"),
        (sound(np.zeros(1200 * 8_000), 8_000, "FLAC"), "lasts 20 minutes, and at most 2 minutes"),
        (sound(tone(0.1)), "too short"),
        (bytes(MAX_BYTES + 1), "at most 24 MB"),
    ],
    ids=["empty", "text", "silence", "ultrasound", "nan", "20 minutes", "short", "big"],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(data, words):
    with pytest.raises(FileFormatError, match=words):
        read_clip(data, 16_000)


def test_a_small_file_that_unpacks_to_much_is_unpacked_no_further(monkeypatch):
    monkeypatch.setattr(sound_file, "_MAX_VALUES", 100_000)
    read = soundfile.SoundFile.read
    asked = []
    monkeypatch.setattr(
        soundfile.SoundFile, "read", lambda self, frames, **kw: asked.append(frames) or read(self, frames, **kw)
    )
    with pytest.raises(FileFormatError, match="too many channels"):
        read_clip(sound(np.zeros((20_000, 8), np.int16), 16_000, "FLAC"))
    assert asked == [12_501]


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "big.wav"
    with path.open("wb") as file:
        file.truncate(2**40)  # a hole: a terabyte that takes no room
    with pytest.raises(FileFormatError, match="at most 24 MB"):
        sound_bytes(path)
    with pytest.raises(FileFormatError, match="There is no file"):
        sound_bytes(tmp_path / "none.wav")
    with pytest.raises(FileFormatError, match="cannot be read"):
        sound_bytes(tmp_path)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_a_clip_written_as_a_file_is_read_back(kind):
    clip = Clip(tone(peak=1.0), 16_000)
    again = read_clip(clip_bytes(clip, kind)).clip
    assert again.sample_rate == 16_000 and again.duration_sec == pytest.approx(1, abs=0.1)
    if kind in ("wav", "flac"):
        assert np.abs(again.samples - clip.samples).max() < 1e-4


SMALL = {
    "wav": sound(tone(0.4, 8_000), 8_000),
    "float": sound(tone(0.4, 8_000), 8_000, subtype="FLOAT"),
    "flac": sound(tone(0.4, 8_000), 8_000, "FLAC"),
    "ogg": sound(tone(0.4, 8_000), 8_000, "OGG"),
    "mp3": sound(tone(0.4, 16_000), 16_000, "MP3"),
}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(SMALL)),
    st.lists(st.tuples(st.one_of(st.integers(0, 80), st.integers(0, 20_000)), st.integers(0, 255)), max_size=6),
    st.one_of(st.none(), st.integers(0, 2_000)),
)
def test_damaged_files_give_a_clip_or_a_sentence(kind, changes, cut):
    data = bytearray(SMALL[kind])
    for place, value in changes:
        data[place % len(data)] = value
    try:
        clip = read_clip(bytes(data[:cut]), 16_000).clip
    except MusegenError as error:
        assert str(error).endswith(".")
    else:
        assert clip.sample_rate == 16_000 and 0 < clip.peak <= 1


def test_a_clip_is_heard_as_a_file_of_it_is():
    notes = np.concatenate([tone(0.4, 22_050, hertz) * np.hanning(8_820) for hertz in (220, 262, 330)])
    clip = Clip(notes, 22_050)
    assert [n.pitch for n in read_hum(clip).notes] == [57, 60, 64]
