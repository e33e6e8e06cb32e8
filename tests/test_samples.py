"""Packs of sounds: each key has its pitch, is heard, is not clipped, and its loop cannot be heard as one."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from musegen.errors import RenderingError
from musegen.rendering import samples
from musegen.rendering.audio import Keys, Stroke, render_strokes, synth_identity
from musegen.rendering.reverb import make_room, room_response, send_gain
from musegen.rendering.sample_pack import packed, unpacked
from musegen.services.showing import sound_packs
from musegen.services.showing import sounds as sounds_module
from musegen.services.showing.sound_packs import ASKED, SHOWN, STOCK, PackMaker, Place
from musegen.services.showing.sounds import Sounds, stock_names
from tests.builders import piece, track

RATE = 44_100
PIANO, ORGAN, STRINGS, FLUTE = 0, 19, 48, 73


@pytest.fixture
def sounds():
    """The sounds of a program that has just begun."""
    return Sounds()


def opened(data):
    """The index of a pack and its samples, shape (N, C)."""
    soundfile = pytest.importorskip("soundfile")
    index, file = unpacked(data)
    decoded, rate = soundfile.read(io.BytesIO(file), always_2d=True)
    assert rate == index["rate"] == RATE
    assert decoded.shape[1] == index["channels"]
    return index, decoded


def part(decoded, sound):
    return decoded[sound["start"] : sound["start"] + sound["length"]]


def sounding_pitch(wave):
    """MIDI pitch by autocorrelation of half a second, to a few hundredths of a semitone."""
    wave = wave - wave.mean()
    spectrum = np.abs(np.fft.rfft(wave, 2 * len(wave))) ** 2
    likeness = np.fft.irfft(spectrum)[: len(wave) // 2]
    low, high = int(RATE / 2200), int(RATE / 60)
    peaks = [i for i in range(low, high) if likeness[i - 1] < likeness[i] >= likeness[i + 1]]
    best = max(likeness[i] for i in peaks)
    lag = next(i for i in peaks if likeness[i] > 0.9 * best)
    before, at, after = likeness[lag - 1 : lag + 2]
    period = lag + 0.5 * (before - after) / (before - 2 * at + after)
    return 69 + 12 * np.log2(RATE / period / 440)


@pytest.mark.parametrize(("program", "octave"), [(PIANO, 4), (STRINGS, 5), (FLUTE, 6)])
def test_every_key_of_an_octave_sounds_at_its_pitch_unclipped(program, octave):
    index, decoded = opened(samples.make_pack(program, False, octave))
    served = [p for s in index["sounds"] if s["velocity"] == samples.LOUD for p in range(s["low"], s["high"] + 1)]
    assert served == list(range(12 * octave, 12 * octave + 12))
    assert np.abs(decoded).max() < 0.99
    for sound in index["sounds"]:
        wave = part(decoded, sound)
        assert np.abs(wave).max() > 0.5
        assert sound["low"] <= sound["pitch"] <= sound["high"]
        assert sound["high"] - sound["low"] < samples.MAX_SHARED
        # left and right of the strings are tuned apart to sound broad, so their sum may waver
        found = sounding_pitch(wave[RATE // 4 : RATE // 4 + RATE // 2, 0])
        assert found == pytest.approx(sound["pitch"], abs=0.25)


@pytest.mark.parametrize(("program", "decays"), [(ORGAN, False), (STRINGS, False), (PIANO, True)])
def test_a_loop_is_seamless_and_keeps_its_loudness(program, decays):
    index, decoded = opened(samples.make_pack(program, False, 5, "flac"))
    for sound in index["sounds"]:
        wave = part(decoded, sound)
        begin, end = sound["loop"]
        assert 0.3 * RATE <= end - begin
        around = np.concatenate([wave[end - 600 : end], wave[begin : begin + 600]])
        steps = np.abs(np.diff(around, axis=0)).max(axis=1)
        assert steps[599] <= np.percentile(np.abs(np.diff(wave[begin:end], axis=0)).max(axis=1), 99.9)
        bend = np.abs(np.diff(around, 2, axis=0)).max(axis=1)[597:601].max()
        assert bend <= 1.2 * np.abs(np.diff(wave[begin:end], 2, axis=0)).max()
        power = (wave[end - RATE : end] ** 2).mean(axis=1)  # the last second; its end is where the loop was joined
        levels = 10 * np.log10(power[: 22 * 2000].reshape(22, 2000).mean(axis=1))
        assert levels[:18].min() - 3 < levels[18:].min() <= levels[18:].max() < levels[:18].max() + 3
        assert bool(sound["decay"]) or not decays
        assert sound["decay"] is None or sound["decay"] > 0.2


def test_played_back_a_held_key_is_as_loud_as_the_synthesiser_for_as_long_as_it_is_held():
    index, decoded = opened(samples.make_pack(PIANO, False, 4, "flac"))
    for sound in index["sounds"]:
        real = render_strokes(PIANO, False, [Stroke(sound["pitch"], 110, 6.0, 6.0)])[0]
        wave, (begin, end) = part(decoded, sound), sound["loop"]
        place = np.arange(6 * RATE)
        inside = np.where(place < end, place, begin + (place - begin) % (end - begin))
        fall = np.exp(-np.maximum(place - begin, 0) / RATE / sound["decay"])
        copy = wave[inside] * fall[:, np.newaxis] * sound["gain"]
        for second in range(6):
            window = slice(second * RATE, (second + 1) * RATE)
            level = [10 * np.log10((x[window] ** 2).mean()) for x in (real, copy)]
            assert level[1] == pytest.approx(level[0], abs=1 if second < 3 else 6)


def test_drums_have_each_key_of_its_own_and_end_by_themselves():
    index, decoded = opened(samples.make_pack(0, True, 3))
    assert [s["pitch"] for s in index["sounds"]] == list(range(36, 48))
    assert index["release"] is None
    for sound in index["sounds"]:
        assert sound["loop"] is None and sound["low"] == sound["high"]
        wave = part(decoded, sound)
        assert np.abs(wave[-20:]).max() < 0.02 < np.abs(wave).max()
    kick, hat = (part(decoded, index["sounds"][i]).mean(axis=1) for i in (0, 6))
    centre = [(np.abs(np.fft.rfft(w)) * np.fft.rfftfreq(len(w), 1 / RATE)).sum() / np.abs(np.fft.rfft(w)).sum()
              for w in (kick, hat)]  # fmt: skip
    assert centre[0] * 2 < centre[1]


def test_loudness_by_velocity_is_that_of_the_synthesiser():
    index, _ = opened(samples.make_pack(PIANO, False, 5))
    velocities, gains = zip(*index["curve"], strict=True)
    assert velocities == samples.VELOCITIES
    assert list(gains) == sorted(gains) and gains[-1] == 1
    soft, loud = (
        np.sqrt((s**2).mean()) for s in render_strokes(PIANO, False, [Stroke(67, v, 1, 1) for v in (40, 100)])
    )
    assert gains[3] / gains[6] == pytest.approx(soft / loud, rel=0.1)


def test_keys_share_a_sound_only_where_they_sound_alike():
    for program in (PIANO, ORGAN):
        zones = samples.key_zones(program, 5)
        assert [p for low, _, high in zones for p in range(low, high + 1)] == list(range(60, 72))
        assert all(low <= root <= high for low, root, high in zones)
        assert 3 <= len(zones) < 12


def test_the_room_dies_away_and_is_as_loud_as_heard():
    response = room_response()
    if not len(response):
        pytest.skip("this synthesiser has no room")
    assert 0.2 * RATE < len(response) < 2 * RATE
    levels = [np.abs(response[i : i + RATE // 10]).max() for i in range(0, len(response), RATE // 10)]
    assert levels[-1] < levels[0] / 100
    assert 0.02 < send_gain(PIANO, False) < 1
    index, file = unpacked(make_room("flac"))
    decoded = pytest.importorskip("soundfile").read(io.BytesIO(file))[0]
    assert decoded * index["gain"] == pytest.approx(response, abs=2e-4)


def test_a_synthesiser_that_is_kept_plays_each_instrument_as_a_new_one_does():
    strokes = [Stroke(60, 100, 0.5, 1.0), Stroke(67, 50, 0.3, 0.5)]
    with closing(Keys()) as keys:
        for program, drum in [(PIANO, False), (STRINGS, False), (0, True), (PIANO, False)]:
            afresh = render_strokes(program, drum, strokes)
            for kept, new in zip(keys.play(program, drum, strokes), afresh, strict=True):
                assert np.abs(new).max() > 1e-3
                assert np.abs(kept - new).max() < 0.02 * np.abs(new).max()


def test_a_stroke_leaves_nothing_in_the_next():
    alone = render_strokes(STRINGS, False, [Stroke(60, 40, 0.5, 0.5)])[0]
    after = render_strokes(STRINGS, False, [Stroke(72, 127, 1.0, 1.0), Stroke(60, 40, 0.5, 0.5)])[1]
    assert np.abs(after - alone).max() < 0.1 * np.abs(alone).max()


@pytest.mark.parametrize(
    "wrong", [(128, False, 5, "ogg"), (0, False, 11, "ogg"), (0, False, 5, "doc"), (-1, True, 3, "ogg")]
)
def test_no_such_pack(wrong):
    with pytest.raises(ValueError, match="no such pack"):
        samples.make_pack(*wrong)


def test_a_pack_opens_as_it_was_closed_and_nothing_else_does():
    data = packed({"a": [1, 2]}, np.zeros((300, 1), np.int16), "wav")
    index, file = unpacked(data)
    assert index["a"] == [1, 2] and file[:4] == b"RIFF"
    for wrong in (b"", b"MGS1", b"RIFF" + data, data[:15], data[:-1], data + b"x", data[:-1] + b"x"):
        with pytest.raises(ValueError):
            unpacked(wrong)


# ------------------------------------------------------------------------------------------------------- the service


@pytest.fixture
def made(monkeypatch):
    """Packs are made at once, of silence; the list of those that were."""
    names = []

    def make(program, is_drum, octave, audio_format, *, keys):
        names.append((program, is_drum, octave, audio_format))
        return packed({}, np.zeros((9, 1), np.int16), "wav")

    monkeypatch.setattr(samples, "make_pack", make)
    return names


@pytest.mark.parametrize("damage", [
    lambda data: data[:5],
    lambda data: data[:-1],
    lambda data: data[: len(data) // 2],
    lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:],
    lambda data: b"",
], ids=["in the index", "by a byte", "in the midst", "a bit is wrong", "empty"])  # fmt: skip
def test_packs_are_kept_on_disk_and_one_cut_short_or_damaged_is_made_again(musegen_home, made, damage, sounds):
    version = sounds.index()["version"]
    first = sounds.pack(version, "p0-5", "ogg")
    assert sounds.pack(version, "p00-5", "ogg") == first and made == [(0, False, 5, "ogg")]
    sounds.forget_packs()
    assert sounds.pack(version, "p0-5", "ogg") == first and len(made) == 1
    kept = list(musegen_home.rglob("*.pack"))
    assert len(kept) == 1
    kept[0].write_bytes(damage(first))
    sounds.forget_packs()
    assert sounds.pack(version, "p0-5", "ogg") == first and len(made) == 2
    assert kept[0].read_bytes() == first
    assert not list(musegen_home.rglob("*.new"))


def test_a_full_disk_costs_nothing_but_time(musegen_home, made, monkeypatch, sounds):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sound_packs.os, "fdopen", full)
    assert sounds.pack(sounds.version(), "d0-3", "flac")[:4] == b"MGS1"
    assert not [path for path in musegen_home.rglob("*") if path.is_file()]
    monkeypatch.setenv("MUSEGEN_SOUNDS", "all")
    sounds.make_in_advance(delay_seconds=0).join(60)
    assert len(made) == len(set(made)) > 10
    assert sounds.pack(sounds.version(), "p0-5", "ogg") and len(made) == len(set(made))


def test_a_home_that_cannot_be_made_costs_nothing_but_time(tmp_path, made, monkeypatch, sounds):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MUSEGEN_HOME", str(tmp_path / "file" / "home"))
    assert sounds.pack(sounds.version(), "d0-3", "flac")[:4] == b"MGS1"


def test_two_at_once_make_a_pack_once(made, sounds):
    version = sounds.version()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sounds.pack(version, "p1-5", "ogg"), range(6)))
    assert len(set(answers)) == len(made) == 1


class Bench:
    """A workshop whose packs are finished one by one, when the test says so."""

    def __init__(self):
        self.begun, self.go, self.most, self._busy = [], threading.Semaphore(0), 0, 0
        self._lock = threading.Lock()
        self.workshop = PackMaker(self.make, num_threads=2)

    def make(self, place, keys):
        with self._lock:
            self.begun.append(place.name)
            self._busy += 1
            self.most = max(self.most, self._busy)
        assert self.go.acquire(timeout=30)
        with self._lock:
            self._busy -= 1
        if place.name == "broken":
            raise RenderingError("No sound.")
        return packed({"name": place.name}, np.zeros((9, 1), np.int16), "wav")

    def wait_until(self, condition):
        for _ in range(3000):
            if condition():
                return
            time.sleep(0.01)
        raise AssertionError(self.begun)

    def all_wait(self, *names):
        """Whether somebody waits for each of these packs."""
        jobs = [self.workshop._jobs.get(at(name)) for name in names]
        return all(job is not None and job._condition._waiters for job in jobs)

    def somebody_waits(self):
        """Whether a pack that somebody waits for is not begun."""
        shop = self.workshop
        return any(wanted == ASKED and place not in shop._begun for wanted, _, place in list(shop._waiting))


def at(name):
    return Place("version", name, "ogg")


def test_what_somebody_waits_for_comes_first_and_waits_for_what_is_being_made():
    bench = Bench()
    ahead = [bench.workshop.ahead(at("a"), STOCK)]
    bench.wait_until(lambda: bench.begun == ["a"])
    ahead += [bench.workshop.ahead(at(name), STOCK) for name in ("b", "c")]
    shown = bench.workshop.ahead(at("shown"), SHOWN)
    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(bench.workshop.get, at(name)) for name in ("a", "c", "asked")]
        # the first of them is made beside the one made in advance, the other waits
        bench.wait_until(lambda: len(bench.begun) == 2 and bench.somebody_waits())
        bench.wait_until(lambda: bench.all_wait("a", "c", "asked"))
        assert bench.begun[1] in ("c", "asked")
        for _ in range(5):
            bench.go.release()
        answers = [wait.result(30) for wait in waits]
    assert [unpacked(answer)[0]["name"] for answer in answers] == ["a", "c", "asked"]
    assert [unpacked(job.result(30))[0]["name"] for job in (*ahead, shown)] == ["a", "b", "c", "shown"]
    assert sorted(bench.begun[1:3]) == ["asked", "c"] and bench.begun[3:] == ["shown", "b"]
    assert bench.most == 2
    assert bench.workshop.ahead(at("a"), ASKED) is None


def test_a_pack_that_cannot_be_made_is_told_to_all_who_wait_and_tried_again():
    bench = Bench()
    for count in (1, 2):
        ahead = bench.workshop.ahead(at("broken"), SHOWN)
        with ThreadPoolExecutor(1) as pool:
            bench.wait_until(lambda count=count: len(bench.begun) == count)
            wait = pool.submit(bench.workshop.get, at("broken"))
            bench.wait_until(wait.running)
            time.sleep(0.1)
            bench.go.release()
            for job in (ahead, wait):
                with pytest.raises(RenderingError, match="No sound"):
                    job.result(30)
    assert bench.begun == ["broken", "broken"]


def test_music_that_is_shown_has_its_packs_made_before_anybody_asks(made, monkeypatch, sounds):
    music = piece(track([(60, 0, 1), (47, 1, 1), (62, 2, 1)], 40), track([(36, 0, 1)], 0, is_drum=True))
    monkeypatch.setenv("MUSEGEN_SOUNDS", "asked")
    sounds.offer(music)
    time.sleep(0.2)
    assert made == []
    monkeypatch.setenv("MUSEGEN_SOUNDS", "shown")
    assert sounds.make_in_advance(0) is None
    sounds = Sounds()
    sounds.offer(music)
    for _ in range(1000):
        if len(made) == 3:
            break
        time.sleep(0.01)
    assert sorted(made) == [(0, True, 3, "ogg"), (40, False, 3, "ogg"), (40, False, 5, "ogg")]
    for name in ("p40-5", "p40-3", "d0-3"):
        assert sounds.pack(sounds.version(), name, "ogg")
    assert len(made) == 3


def test_the_stock_has_what_examples_and_styles_play(made, monkeypatch, sounds):
    from musegen.composers.chorale.grid import VOICE_PROGRAM
    from musegen.composers.tune.plan import _PROGRAM as TUNE_PROGRAM

    monkeypatch.setattr(sounds_module.time, "sleep", lambda seconds: None)
    names = stock_names()
    assert names[0] == "room" and {"p0-5", f"p{VOICE_PROGRAM}-5", f"p{TUNE_PROGRAM}-5"} < set(names)
    monkeypatch.setenv("MUSEGEN_SOUNDS", "all")
    thread = sounds.make_in_advance(0)
    assert thread is sounds.make_in_advance(0)
    thread.join(60)
    assert {f"p{program}-{octave}" for program, _, octave, _ in made} == set(names) - {"room"}
    made.clear()
    Sounds().make_in_advance(0).join(60)
    assert made == []  # they are on the disk


def test_without_a_synthesiser_the_stock_stays_empty_and_nothing_breaks(monkeypatch, sounds):
    import sys

    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    monkeypatch.setenv("MUSEGEN_SOUNDS", "all")
    thread = sounds.make_in_advance(0)
    thread.join(30)
    assert not thread.is_alive()
    assert sounds.offer(piece([(60, 0, 1)])).startswith("musegen/take/")


@pytest.mark.parametrize(
    ("name", "audio_format"),
    [("p128-5", "ogg"), ("p0-11", "ogg"), ("x0-5", "ogg"), ("p0-5", "wav"), ("", "ogg"), ("../p0-5", "ogg")],
)
def test_there_is_no_other_pack(name, audio_format, sounds):
    assert sounds.pack(sounds.version(), name, audio_format) is None
    assert sounds.pack("another", "p0-5", "ogg") is None


def test_another_sound_font_is_another_version(monkeypatch, tmp_path, sounds):
    before = sounds.version()
    from musegen.rendering.audio import find_sound_font

    font = tmp_path / "mine.sf2"
    font.write_bytes(find_sound_font(small=True).read_bytes())
    monkeypatch.setenv("MUSEGEN_SOUNDFONT", str(font))
    assert str(font) in synth_identity()
    assert Sounds().version() != before


def test_without_a_synthesiser_the_error_is_a_sentence(monkeypatch, sounds):
    import sys

    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(RenderingError, match="Sound needs FluidSynth"):
        sounds.index()


def test_a_wav_is_had_by_its_key_alone_and_old_ones_are_forgotten(monkeypatch, sounds):
    monkeypatch.setattr(sounds_module.studio, "wav", lambda music: b"RIFF" + bytes([music.tracks[0].notes[0].pitch]))
    monkeypatch.setattr(sounds_module, "MAX_OFFERS", 3)
    tunes = [piece([(60 + i, 0, 1)]) for i in range(5)]
    addresses = [sounds.offer(tune) for tune in tunes]
    assert sounds.offer(piece([(64, 0, 1)])) == addresses[4]
    keys = [address.removeprefix("musegen/take/").removesuffix(".wav") for address in addresses]
    assert len(set(keys)) == 5 and min(map(len, keys)) >= 20
    assert [sounds.wav(key) for key in keys] == [None, None, b"RIFF\x3e", b"RIFF\x3f", b"RIFF\x40"]
    assert sounds.wav("") is None


def test_the_other_synthesiser_makes_packs_too(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    pytest.importorskip("tinysoundfont")
    room_response.cache_clear()
    send_gain.cache_clear()
    try:
        index, decoded = opened(samples.make_pack(FLUTE, False, 5))
        assert index["send"] == 0
        sound = index["sounds"][0]
        assert sounding_pitch(part(decoded, sound)[RATE // 2 : RATE, 0]) == pytest.approx(sound["pitch"], abs=0.25)
    finally:
        room_response.cache_clear()
        send_gain.cache_clear()
