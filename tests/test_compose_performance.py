"""Composing in real time: length, seed, end, masks and sheet, with a network whose weights are drawn in the test."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.performance.codec import PerformanceCodec, PerformanceCursor
from musegen.composers.performance.constraints import PerformanceLimits, reachable
from musegen.composers.performance.grid import (
    DURATION_MS,
    END,
    FIRST_DURATION,
    FIRST_STEP,
    FIRST_WHAT,
    NUM_EVENTS,
    STEP_MS,
    WHAT,
)
from musegen.composers.registry import get_composer, list_composers
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.errors import MusegenError
from musegen.music import Piece, Tempo, TimeSignature
from musegen.music.beat_map import going_on, on_beats
from musegen.music.notation import notatable
from musegen.music.performance import Performance, performance_of, piece_of_performance
from musegen.music.timing import duration_seconds
from musegen.music.timing import num_bars as count_bars
from musegen.music.written_rhythm import as_written, is_free
from musegen.services.judging.score import score_piece
from musegen.services.making.compose import compose
from musegen.services.seeds.seed import voices_taken
from musegen.training.publish import refresh
from musegen.training.recipe import load_recipe
from tests.builders import piece, track

STYLE = "piano-performance"
PIANO, FOLK, BACH = (load_recipe(name).card for name in ("piano-performance", "folk", "bach-chorales"))
ALL = np.ones(NUM_EVENTS, bool)


class SmallNetwork:
    """A random recurrent network of 16 units that prefers steps of 50 to 400 ms and durations around 300 ms."""

    def __init__(self):
        random = np.random.default_rng(5)
        self._in, self._own = random.normal(0, 0.1, (12, 16)), random.normal(0, 0.3, (16, 16))
        self._out, self._head = random.normal(0, 1, (16, NUM_EVENTS)), random.normal(0, 0.05, (7, NUM_EVENTS))
        self._bias = np.zeros(NUM_EVENTS)
        self._bias[FIRST_STEP : FIRST_STEP + len(STEP_MS)] = np.where((STEP_MS >= 50) & (STEP_MS <= 400), 2.0, -1.0)
        near = np.abs(np.log(DURATION_MS / 300)) < 0.7
        self._bias[FIRST_DURATION : FIRST_DURATION + len(DURATION_MS)] = np.where(near, 2.0, -1.0)
        self._bias[FIRST_WHAT + END] = 1.0

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, 16))]

    def advance(self, trunk, states):
        return [np.tanh(trunk @ self._in / 10 + states[0] @ self._own)]

    def logits(self, trunk, head, states):
        return states[0] @ self._out + head @ self._head + self._bias


@pytest.fixture
def style(tmp_path, monkeypatch):
    folder = tmp_path / STYLE
    folder.mkdir()
    for name in ("advance.tflite", "logits.tflite"):
        (folder / name).write_bytes(b"not asked for here")
    monkeypatch.setenv("MUSEGEN_CHECKPOINTS", str(tmp_path))
    network = SmallNetwork()
    monkeypatch.setattr(Style, "player", property(lambda style: network))
    return refresh(PIANO, folder)


def asked(mode="invent", primer=None, **settings):
    return ComposeRequest(STYLE, mode, primer, **({"num_bars": None, "seconds": 12.0} | settings))


SEED = piece(
    track([(76, 0, 1), (79, 1, 1), (84, 2, 1.5), (83, 3.5, 0.5), (81, 4, 2), (79, 6, 2)], name="Right"),
    track([(48, 0, 4), (41, 4, 2), (43, 6, 2)], name="Left"),
    qpm=96,
    key="C major",
)


def played(seed=3, num_notes=60, gap=240):
    """Broken chords by a pianist whose tempo swells by a tenth and whose fingers are 8 ms off."""
    random = np.random.default_rng(seed)
    place = np.arange(num_notes)
    onset = 500 + gap * (place + 0.4 * np.sin(place / 8)) + random.normal(0, 8, num_notes)
    pitch = 48 + np.array([0, 7, 12, 16])[place % 4]
    velocity = np.where(place % 8 == 0, 90, 60)
    return Performance(onset - onset[0], np.full(num_notes, 200.0), pitch, velocity, np.array([[0.0, 900.0]]))


# ------------------------------------------------------------------------------------------------------ takes


@pytest.mark.parametrize("seconds", [3.0, 12.0, 30.0])
def test_a_piece_is_as_long_as_it_was_asked_for_and_ends_with_a_held_chord_and_the_pedal_up(style, seconds):
    for take in compose(asked(seconds=seconds, num_takes=4, random_seed=int(seconds))).takes:
        assert 0.8 * seconds <= take.seconds <= 1.15 * seconds + 0.7  # it may begin within a beat
        performance = performance_of(take.piece)
        last = performance.onset_ms.max()
        lengths = performance.duration_ms[performance.onset_ms >= last - 5]
        assert lengths.max() >= 0.05 * seconds * 1000 - 1 or lengths.max() >= 299
        assert all(down < up for down, up in performance.pedal_ms)
        assert performance.pedal_ms.max(initial=0.0) <= last + 2300


def test_bars_are_counted_at_the_tempo_asked_for(style):
    result = compose(asked(num_bars=8, seconds=None, qpm=120))
    assert 13 <= result.takes[0].seconds <= 19  # 8 bars of 4 quarters at 120 last 16 seconds
    assert "8 bars at the tempo asked for are 16 seconds" in " ".join(result.messages)


def test_the_same_request_gives_the_same_take_alone_or_among_others(style):
    alone, others = compose(asked(random_seed=4)), compose(asked(random_seed=4, num_takes=3))
    assert alone.takes[0].piece == others.takes[0].piece == compose(asked(random_seed=4)).takes[0].piece
    assert len({take.piece for take in others.takes}) == 3


def test_what_is_given_stays_note_for_note_and_the_music_goes_on_after_it(style):
    for take in compose(asked("continue", SEED, random_seed=2, num_takes=3)).takes:
        notes = take.piece.tracks[0].notes
        own = sorted(note for voice in SEED.tracks for note in voice.notes)
        assert [note for i, note in enumerate(notes) if i in take.given[0]] == own
        assert len(notes) > len(own)
        assert min(n.onset_quarter for i, n in enumerate(notes) if i not in take.given[0]) > 6
        assert take.piece.tempos[0] == Tempo(0.0, 96)
        assert take.piece.key_signatures[0].tonic == 0
        assert 9.6 <= take.seconds <= 13.8


def test_a_seed_is_moved_to_the_key_and_played_at_the_tempo_wanted(style):
    take = compose(asked("continue", SEED, key="D major", qpm=120)).takes[0]
    own = sorted((n.onset_quarter, n.pitch + 2) for voice in SEED.tracks for n in voice.notes)
    given_notes = [take.piece.tracks[0].notes[i] for i in sorted(take.given[0])]
    assert [(n.onset_quarter, n.pitch) for n in given_notes] == own
    assert take.piece.tempos[0].qpm == 120


def test_a_seed_played_freely_gets_bars_and_is_heard_as_before(style):
    before = played()
    result = compose(asked("continue", piece_of_performance(before), seconds=30.0))
    take = result.takes[0]
    notes = [note for i, note in enumerate(take.piece.tracks[0].notes) if i in take.given[0]]
    heard = performance_of(replace(take.piece, tracks=(replace(take.piece.tracks[0], notes=tuple(notes)),)))
    assert len(notes) == len(before.pitch)
    assert np.abs(heard.onset_ms - heard.onset_ms[0] - before.onset_ms).max() <= 2
    assert "BPM" in " ".join(result.messages)


def test_of_a_seed_longer_than_the_piece_the_end_is_used(style):
    long = piece([(60 + i % 12, i, 1) for i in range(64)], qpm=120)  # 32 seconds
    result = compose(asked("continue", long, seconds=16.0))
    assert "its last 12 seconds were used" in " ".join(result.messages)
    given_notes = [result.takes[0].piece.tracks[0].notes[i] for i in sorted(result.takes[0].given[0])]
    assert [n.pitch for n in given_notes] == [60 + i % 12 for i in range(40, 64)]


def test_range_and_key_lock_hold_for_what_is_new(style):
    take = compose(asked(low_pitch=48, high_pitch=72, key="G major", key_strength=1.0)).takes[0]
    pitches = {note.pitch for note in take.piece.tracks[0].notes}
    assert min(pitches) >= 48
    assert max(pitches) <= 72
    assert {p % 12 for p in pitches} <= {7, 9, 11, 0, 2, 4, 6}
    narrow = compose(asked(low_pitch=60, high_pitch=60, seconds=5.0)).takes[0]
    assert {note.pitch for note in narrow.piece.tracks[0].notes} == {60}


def test_what_this_style_cannot_do_is_said_in_a_sentence(style):
    with pytest.raises(MusegenError, match="leave out the form"):
        compose(asked(form="A A B A"))
    with pytest.raises(MusegenError, match="A piano plays"):
        compose(asked(low_pitch=110))
    with pytest.raises(MusegenError, match="no notes of a piano"):
        compose(asked("continue", piece([(5, 0, 1)])))


def test_music_is_scored_and_a_temperature_curve_is_followed(style):
    scored = score_piece(STYLE, SEED)
    assert scored.num_notes == 9
    assert 3 < scored.nats_per_note < 60
    calm = compose(asked(temperature_curve=(0.1, 0.1), random_seed=1)).takes[0].piece
    assert calm == compose(asked(temperature=0.1, random_seed=1)).takes[0].piece


def test_a_piano_takes_all_tracks_of_a_seed():
    assert voices_taken(PIANO, "continue") > 10
    assert (voices_taken(FOLK, "continue"), voices_taken(BACH, "continue"), voices_taken(BACH, "harmonise")) == (
        1,
        4,
        1,
    )


def test_the_command_line_composes_and_writes_what_was_played(style, tmp_path, capsys):
    from musegen.cli.command_line import main
    from musegen.files import read

    out = tmp_path / "out"
    assert main(["compose", "--style", STYLE, "--seconds", "8", "--formats", "mid,musicxml", "--out", str(out),
                 "--json"]) == 0  # fmt: skip
    told = json.loads(capsys.readouterr().out)["takes"][0]
    midi = next(out.glob("*.mid"))
    back = read(midi.name, midi.read_bytes())
    assert back.num_notes == told["num_notes"]
    assert duration_seconds(back) == pytest.approx(told["seconds"], abs=0.02)
    assert len(back.tempos) > 1
    assert "<staves>2</staves>" in next(out.glob("*.musicxml")).read_text()


# ------------------------------------------------------------------------------------------------- the masks


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(1500, 40_000), st.integers(21, 108), st.integers(0, 20))
def test_whatever_is_drawn_within_the_course_ends_on_time(seed, length, low, width):
    random = np.random.default_rng(seed)
    in_range = ALL.copy()
    keys = in_range[FIRST_WHAT : FIRST_WHAT + 88]
    keys[:] = False
    keys[low - 21 : low - 21 + width + 1] = True
    course = PerformanceLimits(length, in_range)
    cursor = PerformanceCursor(course.planned_ms)
    while not cursor.done:
        allowed = cursor.allowed() & (ALL if (mask := course.mask(cursor)) is None else mask)
        cursor.push(int(random.choice(np.flatnonzero(allowed))))
    assert not cursor.pedal
    assert course.close_ms - max(0.08 * length, 1) <= cursor.now_ms + 1 <= 1.2 * length + 4500
    assert set(cursor.answers[:, WHAT][cursor.answers[:, WHAT] < 88]) <= set(np.flatnonzero(keys))


def test_two_hands_of_five_fingers_and_a_tenth_reach_no_more():
    keys = reachable([20, 24, 27])  # one hand holds them, the other is anywhere
    assert keys.all()
    low, high = [10, 14, 17, 21, 24], [50, 54, 57, 60]
    assert np.flatnonzero(reachable(low + high)).tolist() == list(range(45, 66))  # 60 - 15 to 50 + 15
    assert np.flatnonzero(reachable([10, 40])).tolist() == list(range(56))
    assert not reachable([*low, *high, 62]).any()
    assert reachable([0, 30, 60]).all()  # nobody can: then it is no constraint


def test_a_take_that_grows_dense_is_held_back_and_a_calm_one_is_not():
    course, cursor = PerformanceLimits(60_000, ALL), PerformanceCursor()
    for index in range(60):  # 30 notes a second, three times what is usual
        cursor_push(cursor, [0 if not index else 3 + index % 2, 30 + index % 40, 5, 12])
    nats = course.logit_bias(cursor)
    assert nats[0] == 0
    assert nats[60] == pytest.approx(3 * np.log(cursor.num_notes / cursor.now_ms * 100), rel=0.1)
    calm = PerformanceCursor()
    for index in range(20):
        cursor_push(calm, [20 if index else 0, 30 + index, 5, 12])
    assert course.logit_bias(calm) is None
    assert PerformanceLimits(60_000, ALL, dense=40.0).logit_bias(cursor) is None


def cursor_push(cursor, answers):
    for event in PerformanceCodec.to_events(np.array([answers])):
        cursor.push(int(event))


# ---------------------------------------------------------------------------------------------- bars and sheet


def test_bars_are_put_under_what_is_played_and_nothing_is_heard_otherwise():
    before = played()
    made, heard = on_beats(before, TimeSignature(0.0, 4, 4))
    after = performance_of(made)
    assert np.abs(after.onset_ms - after.onset_ms[0] - before.onset_ms).max() <= 1
    assert np.abs(after.duration_ms - before.duration_ms).max() <= 2
    assert after.velocity.tolist() == before.velocity.tolist()
    assert heard.steady
    assert heard.bpm == pytest.approx(60_000 / 240 / 2, rel=0.05)  # quarters of two notes
    noise = replace_times(before, np.cumsum(np.random.default_rng(1).exponential(240, 60)))
    assert not on_beats(noise, TimeSignature(0.0, 4, 4))[1].steady


def replace_times(performance, onset):
    return Performance(onset, performance.duration_ms, performance.pitch, performance.velocity, performance.pedal_ms)


def test_the_sheet_reads_what_was_played_as_even_notes_and_grids_stay_as_they_are():
    made, _ = on_beats(played(), TimeSignature(0.0, 4, 4))
    assert is_free(made.tracks[0].notes)
    written = as_written(made)
    onsets = [note.onset_quarter for note in written.tracks[0].notes]
    assert set(np.round(np.diff(onsets), 6)) == {0.5}
    assert [note.pitch for note in written.tracks[0].notes] == [note.pitch for note in made.tracks[0].notes]
    assert notatable(made).num_notes == made.num_notes
    assert as_written(SEED) is SEED


def test_music_that_goes_on_keeps_the_beat_of_what_it_goes_on_from():
    given_piece = piece([(60 + i, i, 1) for i in range(8)], qpm=100)  # the last note begins at 4200 ms
    times = 4200 + 600 * np.arange(1, 13) + np.random.default_rng(0).normal(0, 6, 12)
    new = Performance(times, np.full(12, 500.0), np.full(12, 70), np.full(12, 64), np.zeros((0, 2)))
    whole, heard = going_on(given_piece, new, 4200.0)
    assert whole.tracks[0].notes[:8] == given_piece.tracks[0].notes
    assert [round(n.onset_quarter, 1) for n in whole.tracks[0].notes[8:]] == list(range(8, 20))
    assert heard.steady
    after = performance_of(whole)
    assert np.abs(after.onset_ms[8:] - times).max() <= 1
    assert isinstance(whole, Piece)


def test_the_registry_knows_the_composer():
    assert "performance" in list_composers() and get_composer("performance").name == "performance"


def test_a_take_has_the_bars_that_were_asked_for_and_goes_on_from_bars_to_bars():
    result = compose(ComposeRequest("piano-performance", "invent", num_bars=8, random_seed=2, num_takes=3))
    assert [take.num_bars for take in result.takes] == [8, 8, 8]
    assert [take.num_bars for take in compose(ComposeRequest("piano-performance", "continue", SEED, 12)).takes] == [12]


def test_bars_that_were_asked_for_are_found_and_what_is_heard_stays_to_the_millisecond():
    random = np.random.default_rng(3)
    onset = np.cumsum(random.exponential(180, 90)).round()
    free = Performance(onset - onset[0], np.full(90, 150.0), random.integers(48, 80, 90), np.full(90, 60),
                       np.zeros((0, 2)))  # fmt: skip
    for bars in (4, 8, 12):
        made, _ = on_beats(free, TimeSignature(0.0, 4, 4), bars=bars)
        assert count_bars(made) == bars
        assert np.abs(performance_of(made).onset_ms - free.onset_ms).max() <= 1
        assert np.abs(performance_of(made).duration_ms - free.duration_ms).max() <= 2
