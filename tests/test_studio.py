"""The studio: what is heard, seen and downloaded of a take agrees note for note, and is made once."""

import io
import re
import threading
import time
import wave
from dataclasses import replace

import numpy as np
import pypdf
import pytest

from musegen.composers.request import Take
from musegen.files.midi import read_midi
from musegen.files.musicxml import read_musicxml
from musegen.music.instruments import PROGRAM_NAMES
from musegen.services.showing import downloads as studio
from tests.builders import piece, track

TUNE = [(67, 0, 1), (71, 1, 0.5), (74, 1.5, 0.5), (72, 2, 2), (69, 4, 1.5), (66, 5.5, 0.5), (67, 6, 2)]
BASS = [(43, 0, 4), (50, 4, 2), (43, 6, 2)]


def take(**changes):
    music = piece(track(TUNE, 0, name="Right"), track(BASS, 0, name="Left"), key="G major", qpm=120)
    made = Take(music, 0, (frozenset({0, 1, 2}), frozenset()), 2, 4.0, 0, -10.0, 7, "folk", "0" * 64)
    return replace(made, **changes)


def sounding(music):
    return sorted((n.onset_quarter, n.duration_quarter, n.pitch) for t in music.tracks for n in t.notes)


@pytest.fixture(autouse=True)
def fresh_cache(monkeypatch):
    monkeypatch.setattr(studio, "_cache", studio._Cache(64 * 2**20))


def test_midi_and_musicxml_hold_the_notes_of_the_take():
    wanted = sounding(take().piece)
    assert sounding(read_midi(studio.download(take(), "mid").data)) == wanted
    assert sounding(read_musicxml(studio.download(take(), "musicxml").data)) == wanted


def loudness(samples, rate, pitch, start, length):
    """Energy of a pitch in a stretch of sound: the Fourier sum at its frequency."""
    part = samples[int(start * rate) : int((start + length) * rate)]
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    phase = np.exp(-2j * np.pi * frequency * np.arange(len(part)) / rate)
    return abs(np.sum(part * phase * np.hanning(len(part)))) / max(len(part), 1)


def test_the_sound_holds_every_note_at_its_time():
    with wave.open(io.BytesIO(studio.download(take(), "wav").data)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (44100, 2, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2).mean(1)
    assert 4.0 <= len(samples) / 44100 <= 6.1
    for pitch, onset, duration in TUNE:
        here = loudness(samples, 44100, pitch, onset / 2, max(duration / 2, 0.25))
        others = [loudness(samples, 44100, pitch + step, onset / 2, max(duration / 2, 0.25)) for step in (-1, 1)]
        assert here > 3 * max(others), (pitch, onset)


def test_the_pdf_is_a_page_of_paper_with_its_fonts():
    reader = pypdf.PdfReader(io.BytesIO(studio.download(studio.titled(take(), "A Small Tune"), "pdf").data))
    assert len(reader.pages) == 1
    assert "A Small Tune" in reader.pages[0].extract_text()


def test_the_parts_are_the_score_and_a_page_for_each_player():
    parts = studio.download(take(), "parts")
    assert (parts.file_name, parts.mime) == ("folk-G-major-seed7-take1-parts.pdf", "application/pdf")
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(parts.data)).pages]
    assert len(texts) == 3
    assert ["Right" in texts[1], "Left" in texts[1], "Left" in texts[2]] == [True, False, True]


def test_the_sheet_has_every_note_and_marks_the_seed():
    (page,) = studio.sheet_pages(take().piece, take().given)
    assert len(set(re.findall(r'id="n(\d+-\d+)"', page))) == len(TUNE) + len(BASS)
    assert "--musegen-given" in page
    assert "--musegen-given" not in studio.sheet_pages(take().piece)[0]


def test_the_roll_shows_every_note():
    figure = studio.roll_figure(take())
    assert sum(len(trace.y) for trace in figure.data) == len(TUNE) + len(BASS)


def test_the_table_says_bar_beat_note_and_where_it_is_from():
    rows = studio.note_rows(take())
    assert len(rows) == len(TUNE) + len(BASS)
    first, second = rows[:2]
    assert (first["Bar"], first["Beat"], first["Note"], first["From"]) == (1, 1, "G4", "yours")
    assert (second["Note"], second["From"], second["Seconds"]) == ("G2", "new", 2.0)
    leading = next(row for row in rows if row["MIDI"] == 66)
    assert (leading["Note"], leading["Bar"], leading["Beat"], leading["Start (s)"]) == ("F#4", 2, 2.5, 2.75)
    assert {row["Voice"] for row in rows} == {"Right", "Left"}


def test_file_names_tell_title_style_and_take_or_else_key_and_seed():
    assert (
        studio.file_name(studio.titled(take(), 'Sligo Maid\'s "Fünf" / 2'), "mid")
        == "Sligo-Maids-Fünf-2-folk-take1.mid"
    )
    assert studio.file_name(studio.titled(take(), "???"), "mid") == "folk-G-major-seed7-take1.mid"
    assert studio.file_name(take(), "mid") == "folk-G-major-seed7-take1.mid"
    flat = take(piece=piece(TUNE, key="F# minor"), index=2)
    assert studio.file_name(flat, "wav") == "folk-F-sharp-minor-seed7-take3.wav"
    assert studio.file_name(take(piece=piece(TUNE)), "pdf") == "folk-seed7-take1.pdf"
    assert studio.download(take(), "mid").file_name == "folk-G-major-seed7-take1.mid"


def test_the_charts_show_every_note():
    music = piece(track([(60, 0, 1, 70), (62, 1, 0.5, 90), (64, 1.5, 0.5, 100)]), track([(48, 0, 2)], name="Bass"),
                  track([(36, 0, 1)], is_drum=True))  # fmt: skip
    durations, loudness = studio.number_charts(take(piece=music)).values()
    (bars,) = durations["data"]
    assert list(zip(bars["x"], bars["y"], strict=True)) == [("eighth", 2), ("quarter", 2), ("half", 1)]
    assert [(trace["name"], trace["x"], trace["y"]) for trace in loudness["data"]] == [
        ("Track 1", [60, 62, 64], [70, 90, 100]), ("Bass", [48], [80])]  # fmt: skip
    assert PROGRAM_NAMES[73] == "Flute"


def test_the_contour_rises_with_the_melody():
    rising = take(piece=piece([(60 + q, q, 1) for q in range(8)]))
    assert studio.contour(rising) == "▁▂▃▄▅▆▇█"
    assert studio.contour(take(piece=piece())) == ""
    assert len(studio.contour(take(), 12)) == 12


def test_the_contour_of_a_harmonised_melody_is_that_of_the_bass():
    falling = track([(67 - q, q, 1) for q in range(8)])
    music = piece(track([(60 + q, q, 1) for q in range(8)]), falling)
    assert studio.contour(take(piece=music, given=(frozenset(range(8)), frozenset()))) == "█▇▆▅▄▃▂▁"


def test_an_unknown_format_is_a_mistake_in_code():
    with pytest.raises(ValueError, match="mid, musicxml, wav, pdf"):
        studio.download(take(), "mp4")


def test_equal_music_is_rendered_once(monkeypatch):
    made = []
    monkeypatch.setattr("musegen.rendering.audio.wav_bytes", lambda music: made.append(music) or b"sound")
    assert studio.wav(take().piece) == studio.wav(take().piece) == b"sound"
    studio.download(studio.titled(take(index=3), "Another title"), "wav")
    assert len(made) == 1
    studio.wav(studio.with_programs(take(), {0: 6}).piece)
    assert len(made) == 2


def test_the_cache_keeps_to_its_bound_and_drops_what_was_used_longest_ago():
    cache, made = studio._Cache(100), []

    def get(name):
        return cache.get(name, lambda: made.append(name) or bytes(40), len)

    get("a"), get("b"), get("a"), get("c")  # b goes
    get("a"), get("c")
    assert made == ["a", "b", "c"]
    get("b")
    assert made == ["a", "b", "c", "b"]
    assert cache._bytes <= 100
    cache.get("huge", lambda: bytes(1000), len)
    get("b")
    assert cache._bytes <= 100


def test_two_who_ask_at_once_wait_for_one_rendering_and_an_error_is_not_kept():
    cache, made, gate = studio._Cache(100), [], threading.Event()

    def make():
        gate.wait(5)
        made.append(1)
        return b"x"

    threads = [threading.Thread(target=lambda: cache.get("k", make, len)) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    gate.set()
    for thread in threads:
        thread.join(5)
    assert made == [1]

    def fail():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.get("other", fail, len)
    assert cache.get("other", lambda: b"fine", len) == b"fine"


def test_what_was_just_made_is_not_made_again():
    cache, made, over = studio._Cache(100), [], threading.Event()

    class Making(dict):
        def pop(self, *arguments):
            over.set()
            return super().pop(*arguments)

    class SlowLock:
        def __init__(self):
            self.lock = threading.Lock()

        def __enter__(self):
            self.lock.acquire()

        def __exit__(self, *error):
            self.lock.release()
            if threading.current_thread() is not late:
                time.sleep(0.05)  # whoever waits comes in now

    def make():
        made.append(1)
        return "made"

    cache._making, cache._lock = Making(), SlowLock()
    late = threading.Thread(target=lambda: (over.wait(5), cache.get("k", make, len)))
    late.start()
    cache.get("k", make, len)
    late.join(5)
    assert len(made) == 1
    assert cache._bytes == len("made")
