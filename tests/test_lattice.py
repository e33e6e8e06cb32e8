"""The lattice: what is held and repeated, the events of a chord, the player beside sums by hand, redone bars."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.lattice.codec import LatticeCodec
from musegen.composers.lattice.grid import METERS, NUM_KEYS, LatticeGrid, notes_of, on_grid, transposed
from musegen.composers.lattice.reading import (
    FIRST_STRIKE,
    NEXT,
    NUM_EVENTS,
    START,
    LatticeCursor,
    LatticePlan,
    events_of,
    hold_event,
    keys_from,
    read_example,
    strike_event,
)
from musegen.composers.lattice.rules import CloseOn, playable, reach
from musegen.composers.lattice.source import LatticeSource, clock_of
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.corpora.score_piece import ScorePiece
from musegen.engine.players.lattice import LatticePlayer
from musegen.errors import CodecError, ConstraintError
from musegen.files.midi import read_midi, write_midi
from musegen.files.musicxml import read_musicxml, write_musicxml
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.services.making.compose import compose
from musegen.services.making.steer import steer
from tests.stub_network import stub_networks

STYLE = "classical-piano"


def hands(right, left, meter=(4, 4), **marks):
    tracks = (Track(tuple(right), 0, False, "Right hand"), Track(tuple(left), 0, False, "Left hand"))
    return Piece(tracks, time_signatures=(TimeSignature(0.0, *meter),), **marks)


REPEATED = hands([Note(0.0, 72, 0.5), Note(0.5, 72, 0.5), Note(1.0, 72, 1.0)], [Note(0.0, 48, 2.0)])


def plain(piece):
    return [[(n.onset_quarter, n.pitch, n.duration_quarter) for n in track.notes] for track in piece.tracks]


# ------------------------------------------------------------------------------------------------- the events


def test_a_chord_is_named_from_the_lowest_key_up_and_what_is_held_is_not_struck_again():
    piece = hands([Note(0.0, 72, 0.25), Note(0.25, 72, 0.25)], [Note(0.0, 48, 0.5)])
    events = LatticeCodec().encode(piece)[3:].tolist()
    assert events == [strike_event(48), strike_event(72), NEXT, hold_event(48), strike_event(72), NEXT]
    assert strike_event(21) == FIRST_STRIKE and hold_event(108) == FIRST_STRIKE - 1


@pytest.mark.parametrize("way", ["midi", "musicxml"])
def test_held_and_repeated_notes_differ_all_the_way_to_midi_and_sheet(way, tmp_path):
    codec = LatticeCodec()
    made = codec.decode(codec.encode(REPEATED))
    assert plain(made) == plain(REPEATED)
    path = tmp_path / f"piece.{'mid' if way == 'midi' else 'musicxml'}"
    (write_midi if way == "midi" else write_musicxml)(made, path)
    assert plain((read_midi if way == "midi" else read_musicxml)(path)) == plain(REPEATED)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.floats(0.0, 0.3))
def test_events_and_lattice_tell_the_same(seed, num_steps, density):
    random = np.random.default_rng(seed)
    keys = np.zeros((num_steps, NUM_KEYS), np.int8)
    for step in range(num_steps):
        keys[step] = np.where(random.random(NUM_KEYS) < density, 2, 0)
        if step:
            keys[step] = np.where(
                (keys[step] == 0) & (keys[step - 1] > 0) & (random.random(NUM_KEYS) < 0.5), 1, keys[step]
            )
    events = events_of(keys)
    np.testing.assert_array_equal(keys_from(events), keys)
    assert np.count_nonzero(events == NEXT) == num_steps
    assert len(notes_of(keys)) == np.count_nonzero(keys == 2)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([strike_event(60), strike_event(48), NEXT], "not named from the lowest up"),
        ([strike_event(60), strike_event(60), NEXT], "not named from the lowest up"),
        ([hold_event(60), NEXT], "held that was never struck"),
        ([strike_event(60)], "The last sixteenth has no end"),
        ([NUM_EVENTS], "not in their places"),
    ],
)
def test_what_no_hand_can_do_is_refused(events, words):
    with pytest.raises(CodecError, match=words):
        keys_from(np.array(events))


@pytest.mark.parametrize("piece", [Piece((Track(()),)), Piece((Track((Note(0.0, 60),), 0, True),))])
def test_music_without_pitches_is_refused_in_a_sentence(piece):
    with pytest.raises(CodecError, match="no pitched notes in this music"):
        LatticeCodec().adapt(piece)


def test_one_voice_an_unknown_meter_and_notes_outside_the_keyboard_are_taken_and_said():
    line = Piece((Track((Note(0.0, 12), Note(1.0, 120), Note(2.0, 60))),), time_signatures=(TimeSignature(0.0, 5, 8),))
    held, said = LatticeCodec().adapt(line)
    assert sorted(n.pitch for t in held.tracks for n in t.notes) == [24, 60, 108]
    assert held.time_signatures[0].numerator == 4 and {m.code for m in said} == {"meter_unknown", "folded"}


# ------------------------------------------------------------------------------------------------- cursor and clock


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, len(METERS) - 1), st.integers(0, 5))
def test_a_cursor_shows_what_the_reading_of_the_whole_shows(seed, meter, pickup):
    random = np.random.default_rng(seed)
    keys = np.where(random.random((30, NUM_KEYS)) < 0.03, 2, 0).astype(np.int8)
    keys[-1, 40] = 2
    grid = LatticeGrid(keys, meter, pickup, int(random.integers(0, 25)))
    example = read_example(grid, 3)
    cursor = LatticeCursor(LatticePlan(grid, len(keys), 3))
    for row, event in enumerate(example.target[:, 0].tolist()):
        np.testing.assert_array_equal(cursor.trunk(), example.trunk[row])
        assert cursor.allowed()[event]
        cursor.push(event)
    assert cursor.done
    np.testing.assert_array_equal(cursor.grid().keys, keys)


def test_the_clock_of_a_score_counts_pickups_short_bars_and_bars_left():
    piece = Piece(
        (Track((Note(0.0, 60, 9.5),)),),
        time_signatures=(TimeSignature(0.0, 3, 4), TimeSignature(3.5, 1, 4), TimeSignature(4.5, 3, 4)),
        key_signatures=(KeySignature(0.0, 7, "major"), KeySignature(4.5, 4, "minor")),
        pickup_quarter=0.5,
    )
    clock = clock_of(piece, 38)
    assert clock.sixteenth[:3].tolist() == [10, 11, 0]  # an upbeat of an eighth
    assert clock.sixteenth[14:20].tolist() == [0, 1, 2, 3, 0, 1]  # a bar of a quarter, by its own
    assert set(clock.meter.tolist()) == {METERS.index((3, 4))}
    assert clock.key[[0, 17, 18]].tolist() == [15, 15, 10]
    assert clock.left[[0, 2, 14, 18, 37]].tolist() == [5, 4, 3, 2, 1]


def test_a_transposed_grid_and_back_is_the_same_and_its_key_goes_with_it():
    grid = LatticeGrid(keys_from(events_of(np.eye(NUM_KEYS, dtype=np.int8)[[40, 44]] * 2)), 0, 0, 1)
    moved = transposed(grid, 5)
    assert moved.key == 11 and notes_of(moved.keys)[0][2] == notes_of(grid.keys)[0][2] + 5
    np.testing.assert_array_equal(transposed(moved, -5).keys, grid.keys)


def test_training_hears_what_comes_before_a_crop_and_leaves_triplets_out():
    even = ScorePiece(hands([Note(q / 4, 60 + q % 5, 0.25) for q in range(160)], []), "A", "even", "a")
    triplets = ScorePiece(hands([Note(q / 3, 60 + q % 5, 1 / 3) for q in range(60)], []), "B", "triplets", "b")
    assert (on_grid(even.piece), on_grid(triplets.piece)) == (1.0, pytest.approx(1 / 3))
    source = LatticeSource([even, triplets], [even])
    assert source.num_steps == 160
    random = np.random.default_rng(0)
    for _ in range(20):
        example = source.draw(random, 48)
        assert example.head.shape == (48, NUM_KEYS, 1) and example.trunk.shape == (48, 7)
        np.testing.assert_array_equal(example.head[..., 0], example.target)
        assert not (example.target[0] == 1).any()
        assert set(example.weight[16:].ravel()) == {1.0}
    assert len(source.validation()) == 1


# ------------------------------------------------------------------------------------------------- the player

CONFIG = LatticeCodec().lattice() | {"time_units": 3, "frame_units": 4, "note_units": 5}


@cache
def random_player():
    random, c = np.random.default_rng(4), CONFIG
    clock, notes, time, frame = sum(w for *_, w in c["columns"]), 5, 3, 4
    shapes = {
        "time_in": (103, 9), "time_clock": (clock, 9), "time_bias": (9,), "time_kernel": (3, 9),
        "time_recurrent_bias": (9,), "frame_in": (176 + clock, 12), "frame_bias": (12,), "frame_kernel": (4, 12),
        "frame_recurrent_bias": (12,), "from_time": (time, notes), "from_frame": (frame, notes),
        "from_clock": (clock, notes), "from_below": (62, notes), "note_bias": (notes,), "deepen": (notes, notes),
        "deepen_bias": (notes,), "answer": (notes, 2), "by_key": (frame, 176), "key_bias": (2, 88),
    }  # fmt: skip
    weights = {name: random.normal(size=shape) * 0.3 for name, shape in shapes.items()}
    weights |= {name: random.normal(size=(size, width)) for name, size, width in c["columns"]}
    return LatticePlayer(weights, c)


def ask(player, example, until):
    states = player.initial_states(1)
    for row in range(until):
        trunk = example.trunk[row : row + 1].astype(np.int32)
        states = player.advance(trunk, states)
    return player.logits(trunk, np.zeros((1, 0)), states)[0]


def test_what_may_come_adds_up_to_one_and_naming_a_key_costs_the_silence_of_those_passed_over():
    keys = np.zeros((3, NUM_KEYS), np.int8)
    keys[0, [30, 50]], keys[1, [30, 52]], keys[2, 40] = 2, (1, 2), 2
    example = read_example(LatticeGrid(keys), None)
    player = random_player()
    first = ask(player, example, 1)
    assert math.isclose(np.exp(first).sum(), 1.0, rel_tol=1e-5)
    assert (first[:FIRST_STRIKE] < -1e8).all()  # nothing sounds yet that could be held
    after = ask(player, example, 2)  # key 30 was struck
    assert (after[FIRST_STRIKE : FIRST_STRIKE + 31] < -1e8).all()
    assert math.isclose(np.exp(after).sum(), 1.0, rel_tol=1e-5)
    second = ask(player, example, 4)  # the second sixteenth, where 30 and 50 may be held
    assert set(np.flatnonzero(second[:FIRST_STRIKE] > -1e8)) == {30, 50}


def test_takes_played_side_by_side_are_those_played_alone():
    player, random = random_player(), np.random.default_rng(1)
    grids = [np.where(random.random((6, NUM_KEYS)) < share, 2, 0).astype(np.int8) for share in (0.02, 0.08)]
    examples = [read_example(LatticeGrid(keys, meter), 2) for keys, meter in zip(grids, (0, 1), strict=True)]
    count = min(len(example.target) for example in examples)
    states = player.initial_states(2)
    for row in range(count):
        trunk = np.stack([example.trunk[row] for example in examples]).astype(np.int32)
        states = player.advance(trunk, states)
    both = player.logits(trunk, np.zeros((2, 0)), states)
    for row, example in enumerate(examples):
        np.testing.assert_allclose(both[row], ask(player, example, count), rtol=1e-4, atol=1e-4)
    assert examples[0].trunk[0, 0] == START


def test_a_transposed_piece_sounds_alike_to_the_layer_along_time():
    """Weights are shared along the keys: what knows no key by its place knows a chord of its transposition."""
    player = random_player()
    first, last = player._w["time_in"][:87], player._w["time_in"][89:]
    blind = LatticePlayer(
        player._w | {name: np.zeros_like(player._w[name]) for name in ("frame_in", "by_key", "key_bias", "key")}
        | {"time_in": np.vstack([first, np.zeros((2, first.shape[1])), last])},
        CONFIG,
    )  # fmt: skip
    keys = np.zeros((2, NUM_KEYS), np.int8)
    keys[0, [40, 44, 47]] = 2
    low, high = (ask(blind, read_example(LatticeGrid(k), None), 5) for k in (keys, np.roll(keys, 12, 1)))
    for key in (40, 44, 47):  # whether it is held or struck again, as log odds
        assert low[key] - low[FIRST_STRIKE + key] == pytest.approx(
            high[key + 12] - high[FIRST_STRIKE + key + 12], abs=1e-3
        )


# ------------------------------------------------------------------------------------------------- what two hands do


def test_two_hands_reach_what_they_reach():
    assert reach([10]) == NUM_KEYS - 1
    assert reach([10, 30]) == 46  # the right hand has 30, and a tenth above
    assert reach([10, 12, 14, 16, 18]) == NUM_KEYS - 1  # the left hand is full, the right one free
    assert reach([10, 12, 14, 30, 32, 34, 36, 38]) == -1
    cursor = LatticeCursor(LatticePlan(LatticeGrid(np.zeros((0, 88), np.int8)), 4, 1))
    for key in (10, 30):
        cursor.push(FIRST_STRIKE + key)
    allowed = cursor.allowed() & playable(cursor)
    assert allowed[FIRST_STRIKE + 46] and not allowed[FIRST_STRIKE + 47] and allowed[NEXT]


def test_the_close_is_a_whole_chord_of_the_tonic_held_to_the_end():
    random = np.random.default_rng(2)
    close = CloseOn(2, frozenset({2, 6, 9}), 2, 28, 96)
    cursor = LatticeCursor(LatticePlan(LatticeGrid(np.zeros((0, 88), np.int8)), 6, 1))
    while not cursor.done:
        allowed = cursor.allowed()
        told = close(cursor)
        allowed = allowed if told is None else allowed & told
        cursor.push(int(random.choice(np.flatnonzero(allowed))))
    last = [key + 21 for key in np.flatnonzero(cursor.keys[2])]
    assert len(last) >= 3 and last[0] % 12 == 2 and {p % 12 for p in last} <= {2, 6, 9}
    for step in (3, 4, 5):
        np.testing.assert_array_equal(cursor.keys[step] > 0, cursor.keys[2] > 0)
        assert (cursor.keys[step] < 2).all()


@pytest.mark.parametrize("key_and_meter", [("D major", "4/4"), ("G minor", "6/8"), ("Eb major", "3/4")])
def test_takes_end_on_the_tonic_in_any_key_and_meter(key_and_meter):
    key, meter = key_and_meter
    with stub_networks():
        take = compose(ComposeRequest.of(STYLE, "invent", key=key, meter=meter, num_bars=4, num_takes=1)).takes[0]
    piece, signed = take.piece, take.piece.key_signatures[0]
    last = [n.pitch for t in piece.tracks for n in t.notes if n.end_quarter == piece.end_quarter]
    assert min(last) % 12 == signed.tonic and take.num_bars == 4
    assert piece.end_quarter == 4 * piece.time_signatures[0].bar_quarters
    assert [t.name for t in piece.tracks] == ["Right hand", "Left hand"]


def test_a_range_of_less_than_an_octave_is_refused():
    with pytest.raises(ConstraintError, match="two hands have less than an octave"):
        compose(ComposeRequest.of(STYLE, "invent", low_pitch=60, high_pitch=65, num_bars=2))


MUSIC = hands(
    [Note(q / 2, 72 + (0, 2, 4, 5, 7, 5, 4, 2)[q % 8], 0.5) for q in range(32)],
    [Note(float(q), 48 + (0, 7, 4, 7)[q % 4], 1.0) for q in range(16)],
    key_signatures=(KeySignature(0.0, 0, "major"),),
)


def test_a_seed_stays_in_its_hands_and_ends_where_it_ended():
    with stub_networks():
        take = compose(ComposeRequest.of(STYLE, "continue", MUSIC, num_bars=8, num_takes=1)).takes[0]
    for hand in (0, 1):
        given_notes = [take.piece.tracks[hand].notes[i] for i in sorted(take.given[hand])]
        assert [(n.onset_quarter, n.pitch, n.duration_quarter) for n in given_notes] == plain(MUSIC)[hand]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("keep", ["", "rhythm", "pitches"])
def test_redone_bars_of_one_hand_leave_all_else_note_for_note(keep, seed):
    with stub_networks():
        made = steer(
            SteerRequest(STYLE, "regenerate", MUSIC, bars=(2, 3), voices=(0,), keep=keep, random_seed=seed)
        ).takes[0].piece  # fmt: skip
    assert plain(made)[1] == plain(MUSIC)[1]
    before, after = plain(MUSIC)[0], plain(made)[0]
    outside = [note for note in before if not 4.0 <= note[0] < 12.0]
    assert [note for note in after if not 4.0 <= note[0] < 12.0] == outside
    inside = [note for note in after if 4.0 <= note[0] < 12.0]
    old = [note for note in before if 4.0 <= note[0] < 12.0]
    assert all(note[0] + note[2] <= 12.0 for note in inside)
    if keep == "rhythm":
        assert [(n[0], n[2]) for n in inside] == [(n[0], n[2]) for n in old]
    if keep == "pitches":
        assert [n[1] for n in inside] == [n[1] for n in old]


def test_both_hands_keep_their_rhythm_together():
    with stub_networks():
        made = steer(SteerRequest(STYLE, "regenerate", MUSIC, bars=(2, 2), keep="rhythm")).takes[0].piece
    for hand in (0, 1):
        assert [(n[0], n[2]) for n in plain(made)[hand]] == [(n[0], n[2]) for n in plain(MUSIC)[hand]]
    assert plain(made) != plain(MUSIC)
