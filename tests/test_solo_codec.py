"""The codec of improvised lines: its grid, its laws, and what the network sees of a chart and of what was played."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.solo.codec import SoloCodec, read_example
from musegen.composers.solo.context import context_of, transposed_context
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import (
    END,
    FIRST_PITCH,
    FIRST_STEP,
    FULL,
    HIGH_PITCH,
    LENGTHS,
    LOW_PITCH,
    NONE,
    NUM_EVENTS,
    NUM_PLACES,
    PITCH,
    PLACES,
    WAIT,
    nearest_place,
    rows_of,
    written_length,
)
from musegen.composers.solo.reading import HEAD, MEMORY, TRUNK, interval_class, narrowed, transposed
from musegen.errors import CodecError
from musegen.music import Note, Piece, Track
from musegen.music.chord import NO_CHORD, parse_chord

CODEC = SoloCodec()
BLUES = [parse_chord(c) for c in ("F7", "F7", "F7", "F7", "Bb7", "Bb7", "Bb7", "Bb7")]


def line(*notes):
    return Piece(tracks=(Track(tuple(Note(*note) for note in notes)),))


@st.composite
def pieces(draw):
    count = draw(st.integers(1, 25))
    tick, notes = draw(st.integers(0, 600)), []
    for _ in range(count):
        ticks = draw(st.sampled_from([1, 2, 3, 6, 8, 12, 24, 48, 100, 150, 400, 900]))
        notes.append(Note(tick / 24, draw(st.integers(20, 115)), draw(st.integers(1, 500)) / 24))
        tick += ticks
    return Piece(tracks=(Track(tuple(notes)),))


@st.composite
def grammatical(draw):
    """Events drawn from what the cursor allows."""
    cursor = SoloCursor()
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    for _ in range(draw(st.integers(3, 90))):
        if cursor.done:
            break
        cursor.push(int(random.choice(np.flatnonzero(cursor.allowed()))))
    while not cursor.done:
        allowed = cursor.allowed()
        events = np.flatnonzero(allowed)
        cursor.push(END if allowed[END] else int(events[-1] if cursor.question else events[0]))
    return cursor.events


@settings(max_examples=25, deadline=None)
@given(pieces())
def test_decoding_what_was_encoded_gives_the_piece_as_it_is_held(piece):
    held = CODEC.normalize(piece)
    assert CODEC.decode(CODEC.encode(piece)) == held
    assert CODEC.normalize(held) == held


@settings(max_examples=25, deadline=None)
@given(grammatical())
def test_every_grammatical_array_comes_back(events):
    np.testing.assert_array_equal(CODEC.encode(CODEC.decode(events)), events)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, NUM_EVENTS - 1), max_size=30))
def test_any_array_decodes_or_is_refused(events):
    try:
        piece = CODEC.decode(np.array(events, int))
    except CodecError:
        return
    assert piece.num_notes


def test_a_phrase_by_hand():
    piece = line((0, 60, 0.5), (0.5, 62, 0.25), (1.5, 65, 1.0))
    rows = CODEC.answers(piece)
    eighth = PLACES.index(12)
    assert rows.tolist() == [
        [0, -1, 60 - LOW_PITCH],
        [eighth, FULL, 62 - LOW_PITCH],
        [NUM_PLACES + eighth, LENGTHS.index(6), 65 - LOW_PITCH],
        [END, LENGTHS.index(24), -1],
    ]
    assert CODEC.decode(CODEC.to_events(rows)).tracks[0].notes == piece.tracks[0].notes


def test_long_rests_are_waited_through():
    rows = CODEC.answers(line((0, 60, 1.0), (40, 62, 1.0)))
    assert [row[0] for row in rows.tolist()] == [0, WAIT, WAIT, 8 * NUM_PLACES, END]
    assert CODEC.decode(CODEC.to_events(rows)).tracks[0].notes[1].onset_quarter == 40


def test_articulation_is_no_rest_but_half_a_beat_of_silence_is():
    assert written_length(10, 0, 12) == FULL
    assert LENGTHS[written_length(24, 0, 48)] == 24
    assert written_length(20, 0, 24) == FULL
    assert LENGTHS[written_length(5, 0, 12)] == 6


def test_places_of_a_beat():
    assert [nearest_place(t) for t in (0, 1.2, 5, 7.4, 12, 23.5, 30.1)] == [0, 2, 4, 8, 12, 24, 30]


def test_what_cannot_be_held_is_said():
    two_hands = Piece(tracks=(Track((Note(0, 60, 1.0), Note(0.01, 76, 1.0))), Track((Note(0, 40, 1.0),))))
    assert any("melody" in message for message in CODEC.adapt(two_hands)[1])
    low, messages = CODEC.adapt(line((0, 21, 1.0), (1, 60, 1.0)))
    assert low.tracks[0].notes[0].pitch == 45
    assert messages == ("1 note lies beyond what this style plays and was moved by octaves.",)
    fast = line(*((i / 64, 60 + i, 1 / 64) for i in range(8)))
    assert "faster than thirty-seconds" in " ".join(CODEC.adapt(fast)[1])
    with pytest.raises(CodecError, match="no notes of a melody"):
        CODEC.encode(Piece())
    with pytest.raises(ValueError, match="no settings"):
        SoloCodec.from_config({"parts": 4})


# ------------------------------------------------------------------------------------------------- what is seen


def two_bars():
    return context_of(BLUES, [("A1", 1), ("A1", 1)], 180.0, 1)


def test_the_chart_beat_by_beat():
    context = context_of(
        [parse_chord(c) for c in ("Dm7", "Dm7", "G7", "G7", "Cmaj7", "Cmaj7", "NC", "NC")], [("A1", 1), ("B1", 1)], 100
    )
    assert context.root == (2, 2, 7, 7, 0, 0, -1, -1)
    assert context.next_root == (7, 7, 0, 0, -1, -1, -1, -1)
    assert context.until == (2, 1, 2, 1, 2, 1, 2, 1)
    assert context.bar_of_section == (0, 0)
    assert context.tempo == 2
    assert transposed_context(context, 3).root == (5, 5, 10, 10, 3, 3, -1, -1)
    with pytest.raises(ValueError, match="beats of chords"):
        context_of(BLUES, [("A1", 1)], 100)


def test_pitches_are_seen_from_the_root_of_the_chord_at_the_new_note():
    cursor = SoloCursor(two_bars())
    for event in CODEC.to_events(rows_of([0, 12], [65, 69], [FULL, FULL])[:-1]).reshape(-1).tolist():
        cursor.push(event)
    cursor.push(FIRST_STEP + 4 * NUM_PLACES)  # the first beat of the bar of Bb7
    cursor.push(int(np.flatnonzero(cursor.allowed())[0]))
    head = cursor.head()
    assert cursor.question == PITCH
    assert head[HEAD["last_above_root"]] == 1 + (69 - 10) % 12
    assert head[HEAD["last_2_above_root"]] == 1 + (65 - 10) % 12
    assert head[HEAD["from_root"]] == 1 + 10
    assert head[HEAD["from_last"]] == 1 + 69 - LOW_PITCH
    assert head[HEAD["one_bar_ago"]] == interval_class(65 - 69)
    assert cursor.trunk()[TRUNK["above_root"]] == 1 + (69 - 5) % 12


def test_what_followed_the_same_intervals_is_remembered():
    onsets = [12 * i for i in range(9)]
    pitches = [60, 62, 64, 67, 72, 60, 62, 64, 64]
    example = read_example(rows_of(onsets, pitches, [FULL] * 9), two_bars())
    due = example.head[8, PITCH]  # after 60 62 64 for the second time: 67 came then
    assert due[HEAD["match_interval"]] == interval_class(3)
    assert due[HEAD["match"]] == 1  # two intervals are the same, three are not
    off = SoloCursor(two_bars(), memory=False)
    for event in example.target[:8].reshape(-1).tolist():
        off.push(int(event))
    for event in example.target[8, :PITCH].tolist():
        off.push(event)
    assert not off.head()[MEMORY].any()


def solo_example(semitones=0):
    rows = rows_of([0, 8, 16, 24, 36, 72, 110 - 110 % 24 + 12], [60, 64, 67, 70, 69, 65, 62], [FULL] * 6 + [6])
    rows[:-1, PITCH] += semitones
    context = transposed_context(two_bars(), semitones)
    return read_example(rows, context, total_bars=2)


@pytest.mark.parametrize("semitones", [-5, 1, 6])
def test_the_same_line_in_another_key_is_the_same_but_for_the_register(semitones):
    made, read = transposed(solo_example(), semitones), solo_example(semitones)
    for name in ("trunk", "head", "target", "weight"):
        np.testing.assert_array_equal(getattr(made, name), getattr(read, name))
    same = [i for name, i in HEAD.items() if not name.startswith("from_")]
    np.testing.assert_array_equal(read.head[..., same], solo_example().head[..., same])


def test_nothing_of_the_chords_is_left_without_them():
    bare = narrowed(solo_example(), chords=False, memory=True, left=True)
    rows = rows_of([0, 8, 16, 24, 36, 72, 110 - 110 % 24 + 12], [60, 64, 67, 70, 69, 65, 62], [FULL] * 6 + [6])
    nothing = context_of([NO_CHORD] * 8, [("A1", 1), ("A1", 1)], 180.0, 1)
    unknown = read_example(rows, nothing, total_bars=2)
    until = HEAD["until"]
    unknown.head[..., until] = 0
    np.testing.assert_array_equal(bare.head, unknown.head)
    np.testing.assert_array_equal(bare.trunk, unknown.trunk)


def test_the_cursor_sees_what_was_read_at_once():
    example = solo_example()
    cursor = SoloCursor(two_bars(), total_bars=2)
    for index, row in enumerate(example.target.tolist()):
        np.testing.assert_array_equal(cursor.trunk(), example.trunk[index])
        for question, event in enumerate(row):
            np.testing.assert_array_equal(cursor.head(), example.head[index, question])
            assert cursor.allowed()[event]
            cursor.push(event)
    assert cursor.done
    assert cursor.share_done() == 1.0
    for columns, values in ((CODEC.trunk_columns, example.trunk), (CODEC.head_columns, example.head)):
        for i, column in enumerate(columns):
            assert 0 <= values[..., i].min() <= values[..., i].max() < column.size, column.name
    assert set(np.unique(example.weight[-1])) == {0.0, 1.0}
    assert (example.target[:-1, PITCH] >= FIRST_PITCH).all()
    assert example.target[-1, PITCH] == NONE
    assert CODEC.vocabulary.pitch[FIRST_PITCH] == LOW_PITCH
    assert CODEC.vocabulary.pitch[NONE - 1] == HIGH_PITCH
