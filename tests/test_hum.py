"""Humming: sound files of all kinds, pitch, notes of synthetic singers, tempo and key; figures worked out by hand."""

import io

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from benchmarks.hum_voices import RATE, Singer, random_melody, random_singer, sing
from musegen.errors import CancelledError, FileFormatError
from musegen.files.hum import Hum, read_hum
from musegen.files.hum_notes import HummedNote, find_notes
from musegen.files.hum_pitch import HOP_SECONDS, PitchTrack, pitch_track
from musegen.files.hum_sound import RATE as HEARD_RATE
from musegen.files.hum_sound import read_sound
from musegen.files.sound_file import MAX_BYTES, MAX_SECONDS
from musegen.rendering.hum_chart import hum_chart
from musegen.services.seeds import humming
from musegen.services.seeds.humming import AS_SUNG, HumReading, Listening, take_down
from musegen.ui.program import program

TUNE = (60, 62, 64, 64, 65, 67, 67, 60)


def wav(samples, rate=RATE, kind="WAV", **options):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, **options)
    return file.getvalue()


def tones(pitches, seconds=0.4, rate=RATE, harmonics=6):
    """Return plain tones with pauses of 0.1 s between them."""
    parts = []
    for pitch in pitches:
        time = np.arange(int(seconds * rate)) / rate
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * k * hertz * time) / k for k in range(1, harmonics + 1))
        parts += [0.2 * tone * np.minimum(1, np.minimum(time, time[::-1]) / 0.02), np.zeros(int(0.1 * rate))]
    return np.concatenate(parts)


def sung(pitches=TUNE, beat=0.5, seed=3, **how):
    notes = [(0.4 + beat * i, 0.4 + beat * (i + 1), pitch) for i, pitch in enumerate(pitches)]
    how = {"syllable": "la", "vowel": "a", "low": 57, **how}
    return sing(notes, Singer(**how), np.random.default_rng(seed))


def heard(recording):
    return read_hum(wav(recording.samples))


def pitches(hum):
    return [note.pitch for note in hum.notes]


# ------------------------------------------------------------------------------------------- sound files


@pytest.mark.parametrize(
    ("rate", "channels", "kind", "options"),
    [
        (8_000, 1, "WAV", {"subtype": "PCM_U8"}),
        (22_050, 1, "WAV", {}),
        (44_100, 2, "WAV", {"subtype": "FLOAT"}),
        (48_000, 2, "FLAC", {}),
        (96_000, 1, "WAV", {"subtype": "PCM_24"}),
        (44_100, 1, "OGG", {}),
        (44_100, 2, "MP3", {}),
    ],
)
def test_any_rate_number_of_channels_and_format_gives_the_same_notes(rate, channels, kind, options):
    samples = tones((57, 60, 64), rate=rate)
    hum = read_hum(wav(np.stack([samples] * channels, 1), rate, kind, **options))
    assert pitches(hum) == [57, 60, 64]
    assert [n.onset_sec for n in hum.notes] == pytest.approx([0, 0.5, 1.0], abs=0.06)
    assert abs(hum.tuning) < 0.05


def test_resampling_keeps_a_tone_and_drops_what_lies_outside_the_band():
    time = np.arange(48_000) / 48_000
    sound = read_sound(wav(0.5 * np.sin(2 * np.pi * 440 * time) + 0.3 * np.sin(2 * np.pi * 9_000 * time), 48_000))
    assert len(sound.samples) == HEARD_RATE and sound.seconds == 1.0
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(HEARD_RATE) / HEARD_RATE)
    middle = slice(2000, -2000)
    assert np.abs(sound.samples[middle] - expected[middle]).max() < 0.01


def test_channels_in_opposite_phase_are_heard():
    samples = tones((60, 64))
    assert pitches(read_hum(wav(np.stack([samples, -samples], 1)))) == [60, 64]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"MThd not a sound", "not a sound file"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "not a sound file"),
        (bytes(MAX_BYTES + 1), "at most 24 MB"),
        (wav(np.zeros(0)), "empty"),
        (wav(np.zeros(RATE // 10)), "too short"),
        (wav(np.zeros(2 * RATE)), "Nothing can be heard"),
        (wav(1e-5 * tones((60, 64)), subtype="FLOAT"), "Nothing can be heard"),
        (wav(np.full(RATE, np.nan), subtype="FLOAT"), "damaged"),
        (wav(0.2 * np.random.default_rng(0).standard_normal(3 * RATE)), "No tune was heard"),
        (wav(0.5 * np.random.default_rng(0).standard_normal(RATE), subtype="FLOAT")[:-50_000], "No tune|sound file"),
    ],
    ids=["empty", "other", "header", "big", "none", "short", "silence", "faint", "nan", "noise", "cut"],
)
def test_what_is_no_hum_is_refused_in_a_sentence(data, words):
    with pytest.raises(FileFormatError, match=words):
        read_hum(data)


def test_ten_minutes_are_refused_before_anything_is_decoded(monkeypatch):
    data = wav(np.zeros(600 * 8_000), 8_000, "FLAC")
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_, **__: pytest.fail("decoded"))
    with pytest.raises(FileFormatError, match="lasts 10 minutes, and at most 2 minutes"):
        read_hum(data)
    assert MAX_SECONDS == 120


def test_overdriven_and_very_quiet_recordings_are_read_and_said():
    loud = read_hum(wav(np.clip(20 * tones(TUNE), -1, 1)))
    assert pitches(loud) == list(TUNE) and any("overdriven" in words for words in loud.messages)
    quiet = read_hum(wav(0.015 * tones(TUNE), subtype="PCM_24"))
    assert pitches(quiet) == list(TUNE) and any("quiet" in words for words in quiet.messages)


# ------------------------------------------------------------------------------------------------- pitch


@pytest.mark.parametrize("pitch", [38, 45, 57, 69.3, 81, 93, 100])
def test_the_pitch_of_a_tone_is_right_to_three_cents(pitch):
    track = pitch_track(tones((pitch,), 0.6, harmonics=1 if pitch > 90 else 6).astype(np.float32))
    middle = track.pitch[15:45]
    assert np.abs(middle - pitch).max() < 0.03


def test_the_frame_of_a_pitch_stands_where_the_pitch_is():
    time = np.arange(2 * RATE) / RATE
    hertz = 200 * 2 ** (time / 2)  # an octave in two seconds: 6 semitones a second
    track = pitch_track((0.3 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE)).astype(np.float32))
    frames = np.arange(20, 180)
    meant = 69 + 12 * np.log2(200 * 2 ** (frames * HOP_SECONDS / 2) / 440)
    assert np.abs(track.pitch[frames] - meant).max() < 6 * 0.012  # within 12 ms


def test_progress_rises_to_one_and_a_stop_is_heeded():
    samples = np.resize(tones(TUNE), 30 * RATE).astype(np.float32)
    shares = []
    pitch_track(samples, shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 3
    with pytest.raises(CancelledError):
        pitch_track(samples, None, lambda: True)


# ------------------------------------------------------------------------------------------------- notes


def drawn(curve, level=None):
    """Return a track with this pitch in every frame, loud where there is a pitch."""
    curve = np.asarray(curve, float)
    loud = np.where(np.isfinite(curve), -20.0, -70.0) if level is None else np.asarray(level, float)
    return PitchTrack(curve, np.where(np.isfinite(curve), 0.9, 0.0), loud, loud - 6)


REST = [np.nan] * 20


def test_two_plain_notes_with_their_times():
    notes, tuning = find_notes(drawn([*REST, *[60.0] * 40, *[64.0] * 40, *REST]))
    assert [(n.pitch, n.velocity) for n in notes] == [(60, 80), (64, 80)]
    assert [n.onset_sec for n in notes] == pytest.approx([20 * HOP_SECONDS, 60 * HOP_SECONDS], abs=0.02)
    assert notes[1].end_sec == pytest.approx(100 * HOP_SECONDS, abs=0.03)
    assert tuning == pytest.approx(0.0, abs=1e-6)


def test_vibrato_of_a_semitone_either_way_is_one_note():
    wave = 67 + 0.9 * np.sin(2 * np.pi * 5.5 * np.arange(120) * HOP_SECONDS)
    assert [n.pitch for n in find_notes(drawn([*REST, *wave, *REST]))[0]] == [67]


def test_a_scoop_belongs_to_the_note_that_it_leads_to():
    curve = [*REST, *np.linspace(58, 62, 12), *[62.0] * 40, *REST]
    notes, _ = find_notes(drawn(curve))
    assert [n.pitch for n in notes] == [62]
    assert notes[0].onset_sec == pytest.approx(20 * HOP_SECONDS, abs=0.05)


def test_a_slide_is_shared_by_its_notes():
    curve = [*REST, *[60.0] * 30, *np.linspace(60, 67, 12), *[67.0] * 30, *REST]
    notes, _ = find_notes(drawn(curve))
    assert [n.pitch for n in notes] == [60, 67]
    assert notes[1].onset_sec == pytest.approx(56 * HOP_SECONDS, abs=0.03)


def test_a_repeated_note_is_told_by_the_dip_between():
    level = [*[-70.0] * 20, *[-20.0] * 30, -26, -32, -32, -26, *[-20.0] * 30, *[-70.0] * 20]
    curve = [*REST, *[60.0] * 64, *REST]
    assert [n.pitch for n in find_notes(drawn(curve, level))[0]] == [60, 60]
    assert [n.pitch for n in find_notes(drawn(curve))[0]] == [60]


@pytest.mark.parametrize("octave", [-12, 12])
def test_a_short_stray_octave_is_mended(octave):
    curve = [*REST, *[57.0] * 20, *[57.0 + octave] * 8, *[57.0] * 20, *REST]
    assert [n.pitch for n in find_notes(drawn(curve))[0]] == [57]


@pytest.mark.parametrize("off", [-0.4, -0.3, 0.2, 0.4])
def test_the_singers_tuning_is_taken_off(off):
    curve = [*REST, *np.repeat(np.array(TUNE) + off, 30), *REST]
    notes, tuning = find_notes(drawn(curve))
    assert [n.pitch for n in notes] == [60, 62, 64, 65, 67, 60]  # repeated notes without a dip are one
    assert tuning == pytest.approx(off, abs=0.06)


def test_louder_notes_have_more_velocity():
    level = np.repeat([-70.0, -26, -20, -14, -70], 30)
    notes, _ = find_notes(drawn(np.repeat([np.nan, 60, 64, 67, np.nan], 30), level))
    assert [n.velocity for n in notes] == [67, 80, 93]  # 2.2 a decibel


# ------------------------------------------------------------------------------------------------ singers


@pytest.mark.parametrize("syllable", ["la", "ma", "da", "ta", "mm", "oo", "whistle"])
def test_a_tune_is_heard_on_every_syllable(syllable):
    vowel = {"mm": "hum", "oo": "u"}.get(syllable, "a")
    tune = [pitch + 24 for pitch in TUNE] if syllable == "whistle" else list(TUNE)
    hum = heard(sung(tune, syllable=syllable, vowel=vowel, tuning=-0.3, vibrato=0.25, snr_db=25))
    assert pitches(hum) == tune
    assert [n.onset_sec for n in hum.notes] == pytest.approx([0.4 + 0.5 * i for i in range(8)], abs=0.1)
    assert hum.tuning == pytest.approx(-0.3, abs=0.08)
    assert any("30 cents flat" in words or "25 cents flat" in words for words in hum.messages)


@pytest.mark.parametrize(("snr_db", "least"), [(None, 0.95), (20.0, 0.93), (10.0, 0.9)])
def test_nearly_all_notes_of_sloppy_singers_are_right(snr_db, least):
    right = total = 0
    for seed in range(500, 503):
        random = np.random.default_rng(seed)
        singer = random_singer(random, snr_db)
        recording = sing(random_melody(random, singer.low, 16), singer, random)
        notes = heard(recording).notes
        meant = [(onset, pitch) for onset, _, pitch in recording.notes]
        right += sum(any(n.pitch == p and abs(n.onset_sec - t) < 0.1 for n in notes) for t, p in meant)
        total += max(len(meant), len(notes))
    assert right / total >= least


# ----------------------------------------------------------------------------------------- tempo and key


def hummed(rows, tuning=0.0):
    """Return a Hum of rows (onset, end, pitch, tone)."""
    notes = tuple(HummedNote(a, b, pitch, 80, 0.9, tone) for a, b, pitch, tone in rows)
    return Hum(drawn([60.0] * 10), notes, tuning, 9.0)


def line(found, beat=0.5, start=0.3):
    return hummed([(start + beat * i, start + beat * (i + 0.9), p, float(p)) for i, p in enumerate(found)])


def written(seed):
    return [(n.onset_quarter, n.pitch) for n in seed.piece.tracks[0].notes]


def test_hummed_to_a_tempo_the_notes_stand_on_its_beats():
    seed = take_down(line((72, 74, 76, 77)), "x", HumReading(bpm=120, key=AS_SUNG))
    assert written(seed) == [(0, 72), (1, 74), (2, 76), (3, 77)]
    assert seed.piece.tempos[0].qpm == 120 and seed.source == "hum"


def test_the_tempo_is_found_and_the_first_beat_chosen():
    seed = take_down(line((72, 74, 76, 77, 79, 77, 76, 72)), "x", HumReading(first_beat=4))
    assert seed.piece.tempos[0].qpm in (60, 120)
    assert seed.piece.pickup_quarter > 0


@pytest.mark.parametrize(("share", "length"), [(0.9, 1), (0.55, 1), (0.4, 0.5)])
def test_a_note_before_a_pause_lasts_the_step_that_it_filled_half_of(share, length):
    rows = [(0.6 * beat, 0.6 * (beat + share), 72 + i, 72.0 + i) for i, beat in enumerate([0, 1, 2, 5, 6, 7])]
    seed = take_down(hummed(rows), "x", HumReading(bpm=100, grid="1/4", key=AS_SUNG))
    assert [(n.onset_quarter, n.duration_quarter) for n in seed.piece.tracks[0].notes][2] == (2, length)


def test_notes_outside_the_key_go_to_the_side_they_were_sung_on():
    rows = [(0.5 * i, 0.5 * i + 0.4, p, t) for i, (p, t) in enumerate([(72, 72.0), (73, 73.3), (73, 72.7), (76, 76.0)])]
    seed = take_down(hummed(rows), "x", HumReading(bpm=120, key=(0, "major")))
    assert [p for _, p in written(seed)] == [72, 74, 72, 76]
    assert any("2 notes were moved into C major" in words for words in seed.messages)
    left = take_down(hummed(rows), "x", HumReading(bpm=120, key=AS_SUNG))
    assert [p for _, p in written(left)] == [72, 73, 73, 76]


def test_a_deep_voice_is_moved_up_by_octaves_and_so_it_says():
    seed = take_down(line((48, 50, 52, 48)), "x", HumReading(bpm=120))
    assert [p for _, p in written(seed)] == [72, 74, 76, 72]
    assert "Moved up 2 octaves." in seed.messages
    where = take_down(line((48, 50, 52, 48)), "x", HumReading(bpm=120, range_name=AS_SUNG))
    assert [p for _, p in written(where)] == [48, 50, 52, 48]


def test_a_reading_that_there_is_not_is_wrong_code():
    with pytest.raises(ValueError, match="not a way"):
        HumReading(range_name="tuba")


# ---------------------------------------------------------------------------------- background and panel


def listen(data, title):
    job = Listening(data, title)
    program().listening.submit(job, job.recording_id)
    return job


def test_listening_in_the_background_ends_with_notes_or_a_sentence():
    job, bad = listen(wav(tones(TUNE)), "a"), listen(b"nothing", "b")
    assert job.wait(60) and bad.wait(60)
    assert pitches(job.result) == list(TUNE) and job.error is None and job.progress == 1.0
    assert bad.result is None and "not a sound file" in bad.error


def test_a_fault_in_the_program_is_a_sentence_too(monkeypatch):
    monkeypatch.setattr(humming, "read_hum", lambda *_: 1 / 0)
    job = listen(b"x", "a")
    assert job.wait(60)
    assert "Something went wrong" in job.error


def test_the_chart_holds_the_voice_and_pale_bars_for_unsure_notes():
    chart = hum_chart(np.arange(4) * 0.01, np.array([60.0, np.nan, 62, 62]), [(0, 0.4, 60, 0.9), (0.5, 0.9, 62, 0.3)])
    sure, unsure, voice = chart["data"]
    assert (sure["base"], sure["x"], sure["y"]) == ([0], [0.4], [60])
    assert unsure["y"] == [62] and unsure["marker"]["opacity"] < sure["marker"]["opacity"]
    assert voice["y"] == [60.0, None, 62.0, 62.0]
    assert chart["layout"]["yaxis"]["ticktext"] == ["C4", "D4"]
    assert len(hum_chart(np.arange(12_000) * 0.01, np.full(12_000, 60.0), [])["data"][2]["x"]) <= 2_400


PAGE = """
import streamlit as st
from musegen.ui.hum_panel import hummed_seed
seed = hummed_seed()
st.session_state["seed"] = seed
"""


def test_the_panel_keeps_the_notes_when_a_later_recording_has_none():
    page = AppTest.from_string(PAGE, default_timeout=60).run()
    assert not page.exception and page.session_state["seed"] is None
    page.file_uploader(key="hum_file").set_value(("tune.wav", wav(tones(TUNE, 0.4)), "audio/wav")).run()
    for _ in range(50):
        if page.session_state["seed"]:
            break
        page.run()
    seed = page.session_state["seed"]
    assert not page.exception and seed.title == "Hum 1"
    assert [n.pitch for n in seed.piece.tracks[0].notes] == list(TUNE)  # where it was sung
    page.selectbox(key="hum_range").set_value(AS_SUNG).run()
    assert [n.pitch for n in page.session_state["seed"].piece.tracks[0].notes] == list(TUNE)
    page.file_uploader(key="hum_file").set_value(("bad.wav", b"no sound", "audio/wav")).run()
    assert "not a sound file" in page.error[0].value.replace("\\", "")
    assert "Hum 1" in page.error[0].value
    assert page.session_state["seed"].piece.num_notes == 8


def test_without_a_secure_address_the_upload_remains_and_a_sentence_says_why(monkeypatch):
    from musegen.ui import hum_panel

    monkeypatch.setattr(hum_panel, "has_microphone", lambda: False)
    page = AppTest.from_string(PAGE, default_timeout=60).run()
    assert "microphone only to a page on this computer" in page.info[0].value
    assert page.file_uploader(key="hum_file") is not None


@pytest.mark.parametrize("lowest", [36, 41])
def test_clean_low_tones_without_partials_are_one_note_each(lowest):
    """A sine bass has nothing above 650 Hz but rounding, which dips all the time."""
    seconds = np.arange(int(0.4 * RATE)) / RATE
    envelope = np.minimum(1, np.minimum(seconds, seconds[::-1]) / 0.02)
    tones = [envelope * np.sin(2 * np.pi * 440 * 2 ** ((p - 69) / 12) * seconds) for p in range(lowest, lowest + 9, 2)]
    sound = 0.5 * np.concatenate([part for tone in tones for part in (tone, np.zeros(int(0.08 * RATE)))])
    assert [note.pitch for note in read_hum(_wav(sound)).notes] == list(range(lowest, lowest + 9, 2))


def _wav(samples):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 10**7])
def test_headers_with_a_size_that_is_not_true(size):
    """Recorders write the header first and do not always come back to it."""
    data = _wav(0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE))
    place = data.index(b"data") + 4
    untrue = data[:4] + bytes(4) + data[8:place] + size.to_bytes(4, "little") + data[place + 4 :]
    assert read_sound(untrue).seconds == read_sound(data).seconds


def test_a_voice_memo_of_a_telephone_is_one_sentence():
    with pytest.raises(FileFormatError, match="M4A.*WAV or MP3"):
        read_sound(b"\0\0\0\x20ftypM4A " + bytes(2000))
