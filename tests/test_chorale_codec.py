"""The chorale codec: hand-made arrays, laws, and that the network sees the same from a file and from a cursor."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.chorale.codec import ChoraleCodec
from musegen.composers.chorale.grid import (
    FERMATA,
    FIRST_KEY,
    FIRST_METER,
    FIRST_PICKUP,
    HOLD,
    NO_FERMATA,
    REST,
    VOICE_NAMES,
    ChoraleGrid,
    merge_repeats,
    pitch_event,
    sounding,
)
from musegen.composers.chorale.reading import ChoraleCursor, plan_of, read_example
from musegen.errors import CodecError
from musegen.music import Note, Piece, Track
from tests.builders import piece

CODEC = ChoraleCodec()


@st.composite
def grids(draw):
    num_steps = draw(st.integers(1, 24))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    voices = random.integers(0, 48, (num_steps, 4))
    voices[random.random((num_steps, 4)) < 0.6] = HOLD
    for v in range(4):
        for t in range(num_steps):
            before = REST if t == 0 else sounding(voices[:t, v : v + 1])[-1, 0]
            if voices[t, v] == HOLD and before == REST:
                voices[t, v] = REST
    voices[0, 0] = pitch_event(60)
    voices[1:, 0] = np.where(voices[1:, 0] == REST, HOLD, voices[1:, 0])
    meter = draw(st.integers(0, 5))
    bar = ChoraleGrid(voices, np.zeros(num_steps, bool), meter).bar_steps
    pickup = draw(st.integers(0, min(bar, 24) - 1))
    return ChoraleGrid(voices.astype(np.int16), random.random(num_steps) < 0.2, meter, pickup, draw(st.integers(0, 24)))


def test_literal_array():
    """Soprano C5 quarter then C5 again struck; bass a half note; inner voices silent; a fermata on the second beat."""
    music = piece([(72, 0, 0.25), (72, 0.25, 0.25)], [], [], [(48, 0, 0.5)], fermatas=(0.25,))
    music = Piece(
        tuple(Track(t.notes, name=n) for t, n in zip(music.tracks, VOICE_NAMES, strict=True)),
        fermatas=music.fermatas,
    )
    s, b = pitch_event(72), pitch_event(48)
    expected = [FIRST_METER, FIRST_PICKUP, FIRST_KEY, NO_FERMATA, s, REST, REST, b, FERMATA, s, REST, REST, HOLD]
    assert CODEC.encode(music).tolist() == expected
    assert CODEC.decode(np.array(expected)) == CODEC.normalize(music)


@given(grids())
@settings(max_examples=60, deadline=None)
def test_laws(grid):
    made = CODEC.from_grid(grid)
    events = CODEC.encode(made)
    assert CODEC.decode(events) == made == CODEC.normalize(made)
    assert (CODEC.encode(CODEC.decode(events)) == events).all()


@given(st.lists(st.integers(0, len(CODEC.vocabulary) - 1), max_size=40))
@settings(deadline=None)
def test_any_array_decodes_or_is_refused(events):
    try:
        made = CODEC.decode(np.array(events, int))
    except CodecError:
        return
    assert (CODEC.encode(made) == events).all()


@given(grids(), st.booleans(), st.integers(0, 15))
@settings(max_examples=40, deadline=None)
def test_cursor_sees_what_the_file_shows(grid, known, given_bits):
    given_voices = np.array([bool(given_bits >> v & 1) for v in range(4)])
    shown = grid.voices if known else merge_repeats(grid.voices)
    given = np.where(given_voices, shown, -1) if given_voices.any() else None
    example = read_example(grid, known=known, given=given)
    cursor = ChoraleCursor(plan_of(grid, known=known, given=given), ((36, 81),) * 4)
    for t, events in enumerate(example.target):
        assert (cursor.trunk() == example.trunk[t]).all()
        for v, event in enumerate(events):
            assert (cursor.head() == example.head[t, v]).all()
            assert cursor.allowed()[event]
            cursor.push(int(event))
    assert cursor.done
    assert (cursor.events == example.target.reshape(-1)).all()


@given(grids(), st.integers(1, 23), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_no_look_ahead(grid, cut, voice):
    """What the network sees before an event does not change when everything from that event on does."""
    cut = min(cut, len(grid.voices) - 1)
    other = grid.voices.copy()
    other[cut, voice:] = pitch_event(50)
    other[cut + 1 :] = pitch_event(51)
    seen = read_example(grid, known=False)
    changed = read_example(ChoraleGrid(other, grid.fermata, grid.meter, grid.pickup, grid.key), known=False)
    assert (seen.trunk[: cut + 1] == changed.trunk[: cut + 1]).all()
    assert (seen.head[:cut] == changed.head[:cut]).all()
    assert (seen.head[cut, : voice + 1] == changed.head[cut, : voice + 1]).all()


def test_repeats_are_held_in_the_unknown_reading():
    c = pitch_event(60)
    voices = np.array([[c] * 4, [c] * 4, [REST] * 4, [c] * 4])
    assert merge_repeats(voices)[:, 0].tolist() == [c, HOLD, REST, c]


def test_adapting_says_what_it_changed():
    drums = Track((Note(0, 40),), is_drum=True)
    music = Piece((Track((Note(0.1, 96), Note(1, 60))), drums))
    adapted, messages = CODEC.adapt(music)
    assert [n.pitch for n in adapted.tracks[0].notes] == [72, 60]
    assert [n.onset_quarter for n in adapted.tracks[0].notes] == [0, 1]
    assert messages == (
        "The percussion was left out.",
        "1 note was moved onto the grid of sixteenths.",
        "1 note was outside the singers' range and moved by octaves.",
    )


def test_chords_are_dealt_to_voices():
    adapted, _ = CODEC.adapt(piece([(60, 0, 1), (64, 0, 1), (67, 0, 1), (48, 0, 1)]))
    assert [[n.pitch for n in t.notes] for t in adapted.tracks] == [[67], [64], [60], [48]]


def test_nothing_to_hold_is_refused():
    with pytest.raises(CodecError, match="melody"):
        CODEC.adapt(Piece((Track((Note(0, 40),), is_drum=True),)))


def test_unknown_reading_sees_no_plan():
    random = np.random.default_rng(0)
    grid = ChoraleGrid(random.integers(2, 48, (9, 4)).astype(np.int16), np.ones(9, bool), 1, 3, 5)
    names = [c.name for c in CODEC.trunk_columns]
    trunk = read_example(grid, known=False).trunk
    for column in ("meter", "key", "fermata", "quarters_to_fermata", "quarters_to_end", "given_0_0"):
        assert (trunk[:, names.index(column)] == 0).all()
    assert trunk[:, names.index("position")].tolist() == list(range(9))
