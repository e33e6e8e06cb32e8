"""Playing taken down: rhythms come back from jittered playing, tempo is heard, what is odd is said."""

import math

import numpy as np
import pytest

from musegen.errors import FileFormatError
from musegen.files.midi import midi_bytes, read_midi
from musegen.files.musicxml import read_musicxml
from musegen.files.musicxml.write import musicxml_text
from musegen.music.meter import is_compound
from musegen.music.pulse import estimate_pulse
from musegen.music.quantising import chords, find_places, place_on
from musegen.services.seeds.playing import (
    GRIDS,
    MAX_PLAYED_NOTES,
    PEDALS,
    Reading,
    read_playing,
    take_down_playing,
    to_data,
)
from musegen.services.seeds.seed import describe_seed, list_examples, load_example

THIRD = 1 / 3
SIXTEENTHS = [[0], [0, 0.5], [0, 0.25, 0.5, 0.75], [0, 0.5, 0.75], [0, 0.75]]


def recorded(rows, bpm=120, meter=(4, 4), **more):
    """A recording of (onset, end, pitch) or (..., velocity, pedal) in seconds."""
    return read_playing({"id": "r", "notes": [[*row, *(80,)][:4] if len(row) == 3 else list(row) for row in rows],
                             "bpm": bpm, "meter": list(meter), **more})  # fmt: skip


def seed_of(rows, reading=None, **more):
    return take_down_playing(recorded(rows, **more), reading)


def test_the_same_recording_is_read_once():
    rows = [(i * 0.5, i * 0.5 + 0.4, 60 + i) for i in range(8)]
    assert seed_of(rows, bpm=None) is seed_of(rows, bpm=None)
    assert seed_of(rows, Reading(pace=2.0), bpm=None) is not seed_of(rows, bpm=None)


def notes_of(seed):
    return [(n.onset_quarter, n.duration_quarter, n.pitch) for n in seed.piece.tracks[0].notes]


def rhythm(random, patterns, beats):
    return np.array([b + x for b in range(beats) for x in patterns[random.integers(len(patterns))]])


# ------------------------------------------------------------------------------------------------- the grid


@pytest.mark.parametrize("grid", [name for name in GRIDS if name != "find"])
@pytest.mark.parametrize("bpm", [60, 97, 160])
def test_a_rhythm_played_up_to_a_third_of_the_grid_off_comes_back_exactly(grid, bpm):
    step = GRIDS[grid]
    quarter = max(60 / bpm, 0.11 / step)  # keys closer than 35 ms are a chord
    bpm = 60 / quarter
    for number in range(10):
        random = np.random.default_rng(number)
        places = np.sort(random.choice(np.arange(1, 64), 24, replace=False))
        places[0] = 0
        onsets = places * step + np.append(0, random.uniform(-step / 3, step / 3, len(places) - 1))
        rows = [(t * quarter, t * quarter + 0.9 * step * quarter, 60 + i % 12) for i, t in enumerate(onsets)]
        seed = seed_of(rows, Reading(grid), bpm=bpm)
        got = sorted(n.onset_quarter for n in seed.piece.tracks[0].notes)
        assert np.allclose(got, places * step, atol=1e-4)


@pytest.mark.parametrize(
    ("patterns", "compound", "bpm", "divisions"),
    [
        (SIXTEENTHS, False, 90, {1, 2, 4}),
        (SIXTEENTHS[:2], False, 120, {1, 2}),
        ([[0, THIRD, 2 * THIRD], [0]], False, 90, {1, 3}),
        ([[0]], False, 120, {1}),
        ([[0, THIRD, 2 * THIRD], [0, 2 * THIRD], [0, THIRD / 2, THIRD, 2 * THIRD]], True, 70, {1, 3, 6}),
    ],
)
def test_the_grid_is_found_from_the_playing(patterns, compound, bpm, divisions):
    exact = wrong = total = 0
    for number in range(20):
        random = np.random.default_rng(number)
        places = rhythm(random, patterns, 16)
        played = np.sort(places + random.normal(0, 0.015, len(places)) * bpm / 60)
        placed = find_places(played, 60 / bpm, compound)
        assert set(placed.divisions) <= divisions
        wrong += int((np.abs(placed.beats - places) > 1e-6).sum())
        exact += bool(np.allclose(placed.beats, places))
        total += len(places)
    assert exact >= 19
    assert wrong <= 0.002 * total


def test_triplets_among_sixteenths_are_told_apart():
    places = np.array([b + x for b in range(8) for x in ([0, 0.25, 0.5, 0.75] if b % 2 else [0, THIRD, 2 * THIRD])])
    played = np.sort(places + np.random.default_rng(2).normal(0, 0.015, len(places)))
    assert np.allclose(find_places(played, 1.0).beats, places)


def test_swing_is_no_triplet_but_triplets_are():
    random = np.random.default_rng(0)
    swung = np.array([b + x for b in range(8) for x in (0, 0.64)]) + random.normal(0, 0.01, 16)
    placed = find_places(swung, 0.5)
    assert placed.swing
    assert np.allclose(placed.beats, np.arange(16) / 2)
    assert not find_places(np.arange(24) / 3, 0.5).swing
    assert not find_places(np.array([b + x for b in range(8) for x in (0, 0.75)]), 0.5).swing
    rows = [(t / 2, t / 2 + 0.2, 60 + i % 5) for i, t in enumerate(swung + 0.02)]
    assert any("swing" in m for m in seed_of(rows).messages)


def test_a_grid_of_one_step_goes_to_the_nearest_place():
    assert place_on(np.array([-0.1, 0.26, 0.74, 1.3]), 0.5).beats.tolist() == [0, 0.5, 0.5, 1.5]


def test_notes_within_some_hundredths_are_one_chord():
    assert chords(np.array([0, 0.02, 0.04, 0.2, 0.23, 0.5])).tolist() == [0, 0, 0, 1, 1, 2]
    seed = seed_of([(0, 0.9, 60), (0.02, 0.9, 64), (0.035, 0.95, 67), (1.01, 1.9, 62)], bpm=60)
    assert notes_of(seed) == [(0, 1, 60), (0, 1, 64), (0, 1, 67), (1, 1, 62)]


# ------------------------------------------------------------------------------------------------- the ends


def test_legato_is_closed_overlaps_are_cut_and_staccato_stays_short():
    quarters = [(0, 0.9, 60), (1, 2.08, 62), (2, 2.15, 64), (3, 3.4, 65), (4, 5.9, 67)]
    assert notes_of(seed_of(quarters, bpm=60)) == [(0, 1, 60), (1, 1, 62), (2, 0.5, 64), (3, 0.5, 65), (4, 2, 67)]


def test_a_held_voice_lasts_until_it_is_let_go():
    rows = [(0, 3.95, 48), (0, 0.95, 60), (1, 1.95, 62), (2, 2.95, 64), (3, 3.97, 65), (4, 4.9, 60)]
    assert (0, 4, 48) in notes_of(seed_of(rows, bpm=60))


@pytest.mark.parametrize(("pedal", "lengths"), [("join", [1, 1, 1]), ("ring", [3, 2, 1]), ("ignore", [0.5, 0.5, 1])])
def test_the_pedal_holds_notes(pedal, lengths):
    rows = [(0, 0.3, 60, 80, 3.0), (1, 1.3, 64, 80, 3.0), (2, 2.3, 67, 80, 3.0)]
    made = [n[1] for n in notes_of(seed_of(rows, Reading(pedal=pedal), bpm=60))]
    assert made[:2] == lengths[:2]
    assert set(PEDALS) == {"join", "ring", "ignore"}


def test_a_key_struck_again_ends_the_note_before():
    rows = [(0, 0.2, 60, 80, 2.0), (1, 1.9, 60, 90, 2.0)]
    assert notes_of(seed_of(rows, Reading(pedal="ring"), bpm=60)) == [(0, 1, 60), (1, 1, 60)]


def test_strength_moves_part_of_the_way_and_velocity_is_kept():
    rows = [(0, 0.5, 60, 33), (1.1, 1.6, 62, 101)]
    for strength, onset in ((0, 1.1), (0.5, 1.05), (1, 1.0)):
        seed = seed_of(rows, Reading("1/4", strength), bpm=60)
        assert notes_of(seed)[1][0] == pytest.approx(onset, abs=1 / 64)
        assert [n.velocity for n in seed.piece.tracks[0].notes] == [33, 101]
    assert "No note was moved." in seed_of(rows, Reading("1/4", 0.0)).messages


# ----------------------------------------------------------------------------------------- beginning and bars


def test_an_early_first_note_belongs_to_beat_one():
    seed = seed_of([(-0.06, 0.4, 60), (0.5, 0.9, 62), (1.0, 1.4, 64)], bpm=120)
    assert notes_of(seed)[0][0] == 0
    assert seed.piece.pickup_quarter == 0


def test_notes_of_the_count_in_are_a_pickup():
    seed = seed_of([(-0.5, -0.1, 67), (0, 0.4, 60), (0.5, 0.9, 62), (1.0, 1.4, 64)], bpm=120)
    assert seed.piece.pickup_quarter == 1
    assert [n[0] for n in notes_of(seed)] == [0, 1, 2, 3]
    assert any("pickup of a quarter" in m for m in seed.messages)
    before = seed_of([(-2.0, -1.6, 67), (0, 0.4, 60), (0.5, 0.9, 62)], bpm=120)
    assert before.piece.pickup_quarter == 0  # a whole bar before is a bar
    assert notes_of(before)[1][0] == 4


def test_a_late_start_is_a_pickup_and_empty_bars_go():
    late = [(5.5, 5.9, 67), *((6 + i / 2, 6.4 + i / 2, 60 + i) for i in range(4))]
    seed = seed_of(late, bpm=120)
    assert seed.piece.pickup_quarter == 1
    assert any("Two empty bars" in m for m in seed.messages)
    inside = seed_of([(2.5, 2.9, 60), (3.0, 3.4, 62)], bpm=120)
    assert notes_of(inside)[0][0] == 1  # a rest within the bar stays


def test_bars_asked_for_are_kept_to():
    rows = [(i / 2, i / 2 + 0.45, 60 + i) for i in range(10)]
    seed = seed_of(rows, bpm=120, bars=2)
    assert seed.piece.end_quarter == 8
    assert any("Two notes outside the bars" in m for m in seed.messages)


def test_what_was_moved_far_or_fell_together_is_said():
    seed = seed_of([(0, 0.4, 60), (1.4, 1.8, 62), (2.4, 2.8, 64), (3.42, 3.8, 65)], Reading("1/4"), bpm=60)
    assert any(m == "Three notes were moved by more than a sixteenth." for m in seed.messages)
    seed = seed_of([(0, 0.1, 60), (0.2, 0.3, 60), (1, 1.8, 62)], Reading("1/4"), bpm=60)
    assert any(m.startswith("One note fell on the same spot") for m in seed.messages)


def test_the_key_and_the_tempo_are_the_players():
    scale = [62, 64, 66, 67, 69, 71, 73, 74]
    seed = seed_of([(i * 0.625, i * 0.625 + 0.6, p) for i, p in enumerate(scale)], bpm=96, program=73)
    assert describe_seed(seed.piece).startswith("D major, 4/4, 2 bars, 8 notes")
    assert seed.piece.tempos[0].qpm == 96
    assert seed.piece.tracks[0].program == 73
    jig = seed_of([(i * 0.25, i * 0.25 + 0.24, 62 + i) for i in range(12)], bpm=80, meter=(6, 8))
    assert jig.piece.tempos[0].qpm == 120  # the beat is the dotted quarter
    assert [n[0] for n in notes_of(jig)] == [i / 2 for i in range(12)]


# ----------------------------------------------------------------------------------------------- free playing


@pytest.mark.parametrize("bpm", [60, 75, 92, 110, 128, 150])
def test_the_tempo_of_even_notes_is_heard(bpm):
    for number in range(5):
        onsets = np.arange(24) * 60 / bpm + np.random.default_rng(number).normal(0, 0.02, 24)
        assert estimate_pulse(np.sort(onsets)).bpm == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("example", [e.example_id for e in list_examples()])
@pytest.mark.parametrize("qpm", [96, 120])
def test_the_tempo_of_real_tunes_is_heard_within_two_percent(example, qpm):
    piece = load_example(example).piece
    meter = piece.time_signatures[0]
    compound = is_compound(meter.numerator, meter.denominator)
    beat = 4 / meter.denominator * (3 if compound else 1)
    places = np.array(sorted({n.onset_quarter for n in piece.tracks[0].notes}))
    right = 0
    for number in range(6):
        onsets = places * 60 / qpm + np.random.default_rng(number).normal(0, 0.02, len(places))
        pulse = estimate_pulse(np.sort(onsets), compound)
        right += abs(pulse.bpm * beat / qpm - 1) < 0.02
    assert right == 6


def test_a_tune_played_freely_is_written_as_it_stands_even_where_the_tempo_drifts():
    reel = load_example("reel").piece
    notes = [n for n in reel.tracks[0].notes]
    quarter = 0.55

    def when(place):  # a player who grows 12 % slower
        return quarter * (place + 0.06 * place**2 / 16)

    random = np.random.default_rng(4)
    rows = []
    for note in notes:
        onset = when(note.onset_quarter) + random.uniform(-0.015, 0.015) + 3
        rows.append((onset, onset + 0.85 * (when(note.end_quarter) - when(note.onset_quarter)), note.pitch))
    seed = seed_of(rows, bpm=None)
    assert notes_of(seed) == [(n.onset_quarter, n.duration_quarter, n.pitch) for n in notes]
    assert any(m.startswith("Heard as about") for m in seed.messages)


def test_free_playing_can_be_read_faster_slower_or_from_another_beat():
    rows = [(i * 0.6, i * 0.6 + 0.5, 60 + i) for i in range(8)]
    plain = seed_of(rows, bpm=None)
    assert plain.piece.tempos[0].qpm == 100
    assert [n[0] for n in notes_of(plain)] == list(range(8))
    double = seed_of(rows, Reading(pace=2), bpm=None)
    assert double.piece.tempos[0].qpm == 200
    assert [n[0] for n in notes_of(double)] == [2 * i for i in range(8)]
    half = seed_of(rows, Reading(pace=0.5), bpm=None)
    assert [n[0] for n in notes_of(half)] == [i / 2 for i in range(8)]
    upbeat = seed_of(rows, Reading(first_beat=4), bpm=None)
    assert upbeat.piece.pickup_quarter == 1
    assert [n[0] for n in notes_of(upbeat)] == list(range(8))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_notes_without_a_metronome_are_enough(count):
    seed = seed_of([(5 + i * 0.5, 5.4 + i * 0.5, 60) for i in range(count)], bpm=None)
    assert seed.piece.num_notes == count
    assert notes_of(seed)[0][0] == 0


# ---------------------------------------------------------------------------------------------------- bad data


def test_nothing_played_and_broken_recordings_are_sentences():
    for data, words in [
        ({"id": "a", "notes": [], "bpm": 120, "meter": [4, 4]}, "Nothing was played"),
        ({"id": "a", "notes": [[0, 1, 200, 80]], "bpm": 120, "meter": [4, 4]}, "record it again"),
        ({"id": "a", "notes": [[0, math.nan, 60, 80]], "bpm": 120, "meter": [4, 4]}, "record it again"),
        ({"id": "a", "notes": [[0, 1]], "bpm": 120, "meter": [4, 4]}, "record it again"),
        ({"id": "a", "notes": [[0, 1, 60, 80]], "bpm": 1e9, "meter": [4, 4]}, "record it again"),
        ({"id": "a", "notes": [[0, 1, 60, 80]], "bpm": 120, "meter": [4, 3]}, "record it again"),
        ({"id": "a", "notes": None, "bpm": 120, "meter": [4, 4]}, "record it again"),
        ({}, "record it again"),
    ]:
        with pytest.raises(FileFormatError, match=words):
            read_playing(data)
    with pytest.raises(FileFormatError, match="after the count-in"):
        seed_of([(-30, -29, 60)])
    with pytest.raises(ValueError, match="take music down"):
        Reading("1/5")


def test_ten_minutes_and_five_thousand_notes_are_the_most():
    long = recorded([(i, i + 0.5, 60) for i in range(700)])
    assert len(long.notes) == 600
    assert any("ten minutes" in m for m in long.messages)
    many = recorded([(i * 0.1, i * 0.1 + 0.05, 60 + i % 20) for i in range(MAX_PLAYED_NOTES + 100)])
    assert len(many.notes) == MAX_PLAYED_NOTES
    assert any("5,000 notes" in m for m in many.messages)
    for bpm in (120, None):
        seed = take_down_playing(recorded([(n.onset_sec, n.end_sec, n.pitch) for n in many.notes], bpm=bpm))
        assert seed.piece.num_notes > 4_900


def test_a_recording_survives_the_way_to_the_page_and_back():
    made = recorded([(0, 1, 60, 80, 1.5), (1, 2, 62, 90, 2)], bars=4, program=5)
    assert read_playing(to_data(made)) == made


@pytest.mark.parametrize("meter", [(2, 4), (3, 4), (4, 4), (5, 4), (6, 8), (9, 8), (12, 8)])
def test_whatever_is_played_can_be_printed(meter):
    """Random playing under every reading: pieces are valid, and their sheet and MIDI can be made."""
    random = np.random.default_rng(sum(meter))
    for number in range(8):
        onsets = np.sort(random.uniform(-1, 12, 30))
        rows = [(t, t + random.exponential(0.4) + 0.02, int(random.integers(30, 100)), int(random.integers(1, 128)),
                 t + random.exponential(1)) for t in onsets]  # fmt: skip
        reading = Reading(list(GRIDS)[number % len(GRIDS)], [1.0, 0.5, 0.0][number % 3], PEDALS[number % 3])
        seed = seed_of(rows, reading, bpm=None if number % 2 else 100, meter=meter)
        assert all(m[0].isupper() or m[0].isdigit() for m in seed.messages)
        printed, midi = read_musicxml(musicxml_text(seed.piece).encode()), read_midi(midi_bytes(seed.piece))
        assert midi.num_notes == seed.piece.num_notes
        assert printed.num_notes
