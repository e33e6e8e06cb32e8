"""Jazz solos: how playing becomes writing, and how the tables of the database are read."""

import gzip
import hashlib
import os
from dataclasses import replace

import numpy as np
import pytest

from musegen.corpora import fetch, weimar_jazz
from musegen.corpora.base import RemoteFile
from musegen.corpora.jazz_timing import PLACES, Timing, measure, written_ticks
from musegen.corpora.weimar_jazz import WEIMAR, left_out, read_bass_lines, read_solos, split_of
from musegen.errors import DatasetError

SWINGING = Timing(0.64, 0.05, 0.63)
STRAIGHT = Timing(0.5, 0.0, 0.5)


def written(phases, timing, seconds=0.4):
    """Return the ticks of notes given as phases in beats from beat 0."""
    phases = np.array(phases, float)
    beat = np.floor(phases + 0.12).astype(int)
    return written_ticks(beat, phases - beat, np.full(len(phases), seconds), timing).tolist()


def test_swung_pairs_are_two_eighths_and_triplets_stay():
    swung = [0.05, 0.68, 1.05, 1.69, 2.06, 2.66, 3.05]
    assert written(swung, SWINGING) == [0, 12, 24, 36, 48, 60, 72]
    assert written([0.05, 0.38, 0.72, 1.05], SWINGING) == [0, 8, 16, 24]


def test_a_solo_that_does_not_swing_keeps_its_sixteenths():
    assert written([0.0, 0.25, 0.5, 0.76, 1.0], STRAIGHT) == [0, 6, 12, 18, 24]
    assert written([0.0, 0.74, 1.0], STRAIGHT) == [0, 18, 24]


def test_playing_behind_the_beat_changes_nothing():
    late = [p + 0.1 for p in (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)]
    assert written(late, Timing(0.5, 0.1, 0.5)) == [0, 12, 24, 36, 48, 60, 72, 84]


def test_a_note_just_before_a_beat_is_on_it_unless_another_is():
    assert written([0.0, 0.95], STRAIGHT) == [0, 24]
    ticks = written([0.0, 0.86, 1.0, 1.5], STRAIGHT)
    assert ticks[2:] == [24, 36]
    assert 12 < ticks[1] < 24


def test_runs_faster_than_the_grid_take_places_one_each():
    ticks = written_ticks(np.zeros(15, int), np.linspace(0, 0.92, 15), np.full(15, 1.5), STRAIGHT).tolist()
    assert len(set(ticks)) == 15
    assert set(ticks) <= set(PLACES)
    with pytest.raises(ValueError, match="more than 16"):
        written_ticks(np.zeros(17, int), np.linspace(0, 0.9, 17), np.ones(17), STRAIGHT)


def test_the_swing_ratio_is_that_between_notes():
    beat = np.repeat(np.arange(30), 2)
    phase = np.tile([0.08, 0.70], 30)
    found = measure(beat, phase)
    assert found.swing == pytest.approx(0.62)
    assert found.lateness == pytest.approx(0.08)
    assert found.middle == pytest.approx(0.62)
    assert np.isnan(measure(np.arange(5), np.zeros(5)).swing)


# ------------------------------------------------------------------------------------------------- reading

META = "melid,performer,title,instrument,style,rhythmfeel,key,signature,avgtempo\n"
BEATS = "melid,onset,duration,bar,beat,period,signature,chord,bass,form,chorus_id\n"
EVENTS = "melid,event_id,onset,pitch,duration,bar,beat\n"


@pytest.fixture
def corpus(tmp_path, monkeypatch, musegen_home):
    """Two solos, one of them in 3/4."""
    meta = META + "7,Ann,Blue Tune,ts,COOL,SWING,F-maj,4/4,120\n8,Bob,Waltz,tp,COOL,SWING,C-maj,3/4,120\n"
    beats, events = BEATS, EVENTS
    for number in range(12):  # bars 0 (from its third beat) to 3
        bar, beat = divmod(number + 2, 4)
        chord = "F7" if bar < 2 else "Bb7"
        bass = "" if number == 3 else 41
        form = "I1" if bar < 1 else "A1"
        beats += f"7,{number * 0.5},0.5,{bar},{beat + 1},4,4/4,{chord},{bass},{form},{int(bar > 0)}\n"
        beats += f"8,{number * 0.5},0.5,{number // 3},{number % 3 + 1},3,3/4,C,36,A1,1\n"
    for index, (bar, beat, onset, duration) in enumerate([(1, 1, 1.0, 0.2), (1, 1, 1.25, 0.1), (2, 3, 4.02, "")]):
        events += f"7,{index},{onset},{60 + index},{duration},{bar},{beat}\n"
    events += "8,0,0.0,60,0.4,0,1\n"
    folder = tmp_path / "local" / "weimar-jazz"
    folder.mkdir(parents=True)
    files = []
    for file, text in zip(WEIMAR.files, (meta, beats, events), strict=True):
        data = gzip.compress(text.encode())
        (folder / file.path).write_bytes(data)
        files.append(RemoteFile(file.url, hashlib.sha256(data).hexdigest(), file.path, len(data)))
    monkeypatch.setattr(weimar_jazz, "WEIMAR", replace(WEIMAR, files=tuple(files)))
    monkeypatch.setenv("MUSEGEN_DATA", str(tmp_path / "local"))
    return folder


def test_solos_are_read_as_they_would_be_written(corpus):
    (solo,) = read_solos()
    assert (solo.performer, solo.title, solo.qpm, solo.first_bar, solo.num_bars) == ("Ann", "Blue Tune", 120.0, 0, 4)
    assert solo.onset_tick.tolist() == [96, 108, 96 * 2 + 48]
    assert solo.length_tick.tolist() == [10, 5, 24]
    assert solo.pitch.tolist() == [60, 61, 62]
    assert solo.chords == ("F7",) * 8 + ("Bb7",) * 8
    assert solo.sections == (("I1", 0), ("A1", 1), ("A1", 1), ("A1", 1))
    assert left_out() == {"not in 4/4 throughout": 1}
    (bass,) = read_bass_lines()
    assert bass.pitch.tolist() == [41] * 5 + [0] + [41] * 10
    assert bass.beat.tolist() == [0, 1, 2, 3] * 4


def test_the_second_reading_comes_from_the_cache(corpus, monkeypatch):
    first = read_solos()
    monkeypatch.setattr(weimar_jazz, "_tables", None)
    again = read_solos()
    assert [solo.chords for solo in again] == [solo.chords for solo in first]
    np.testing.assert_array_equal(again[0].onset_tick, first[0].onset_tick)


def test_a_tune_is_on_one_side_whatever_its_spelling():
    assert split_of("Anthropology") == split_of(" anthropology ")
    sides = [split_of(f"tune {number}") for number in range(600)]
    assert 0.05 < sides.count("test") / 600 < 0.15
    assert 0.05 < sides.count("valid") / 600 < 0.15
    with pytest.raises(ValueError, match="split must be one of"):
        read_solos("half")


def test_without_the_tables_it_is_said_what_to_do(tmp_path, monkeypatch, musegen_home):
    monkeypatch.setenv("MUSEGEN_DATA", str(tmp_path))
    with pytest.raises(DatasetError, match="published as R data.*MUSEGEN_DATA"):
        read_solos()


@pytest.mark.skipif("MUSEGEN_DATA" not in os.environ, reason="needs the corpora")
def test_the_tables_are_those_that_the_checksums_name():
    folder = fetch(WEIMAR)
    assert {path.name for path in folder.glob("*.gz")} >= {file.path for file in WEIMAR.files}
