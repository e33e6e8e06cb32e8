"""Scores as events: what can be played comes back, and a score being made is read as a whole one is."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.codecs.score_columns import head_columns, trunk_columns
from musegen.codecs.score_events import ScoreCodec
from musegen.codecs.score_frame import frame_of
from musegen.codecs.score_grid import MAX_STEP, PIANO_HANDS, QUARTET, Part, ScoreLayout
from musegen.codecs.score_rows import answers_of
from musegen.errors import CodecError
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track

FOUR = ScoreCodec(ScoreLayout(QUARTET, dynamics=False))
HANDS = ScoreCodec(ScoreLayout(PIANO_HANDS, dynamics=True))
ONE = ScoreCodec(ScoreLayout((Part("Flute", 60, 72, 73, "treble", 1),), dynamics=False))
CODECS = pytest.mark.parametrize("codec", [FOUR, HANDS, ONE], ids=["quartet", "piano", "one"])

NOTE = st.builds(
    Note,
    st.one_of(st.integers(0, 96 * 3).map(lambda t: t / 24), st.integers(0, 40).map(lambda t: t / 2), st.floats(0, 9)),
    st.integers(30, 100),
    st.one_of(st.integers(1, 60).map(lambda t: t / 24), st.floats(0.01, 40)),
    st.integers(1, 127),
)
METERS = st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8), (2, 2)])


@st.composite
def pieces(draw, num_tracks=None):
    tracks = draw(st.lists(st.lists(NOTE, max_size=12), min_size=num_tracks or 1, max_size=num_tracks or 5))
    if not any(tracks):
        tracks[0] = [Note(0.0, 62)]
    first, second = draw(METERS), draw(METERS)
    start = TimeSignature(0.0, *first)
    pickup = draw(st.sampled_from([0.0, 0.5, 1.0]))
    change = pickup + draw(st.integers(1, 4)) * start.bar_quarters
    keys = draw(st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["major", "minor"])), max_size=2))
    return Piece(
        tuple(Track(tuple(notes)) for notes in tracks),
        time_signatures=(start, TimeSignature(change, *second)),
        key_signatures=tuple(KeySignature(4.0 * i, *key) for i, key in enumerate(keys)),
        pickup_quarter=pickup,
    )


# ------------------------------------------------------------------------------------------------------ the laws


@CODECS
@settings(deadline=None, max_examples=40)
@given(music=pieces())
def test_what_is_encoded_comes_back_as_it_can_be_played(codec, music):
    normal = codec.normalize(music)
    assert codec.decode(codec.encode(music)) == normal
    assert codec.normalize(normal) == normal
    assert codec.encode(normal).tolist() == codec.encode(music).tolist()


def random_rows(codec, seed, num_notes):
    """Events drawn among those allowed, ended after so many notes."""
    random = np.random.default_rng(seed)
    layout = codec.layout
    cursor = codec.cursor(frame_of(Piece(), layout.num_parts, 1))
    while not cursor.done:
        allowed = cursor.allowed()
        end = layout.first[1] + layout.end
        late = cursor.num_notes >= num_notes
        if late and allowed[end]:
            cursor.push(end)
        elif late and allowed[0]:
            cursor.push(0)
        else:
            allowed[end] = False
            if allowed[0] and random.random() < 0.4:
                allowed[1 : MAX_STEP + 1] = False  # chords, else they would be rare
            choice = np.flatnonzero(allowed if allowed.any() else cursor.allowed())
            cursor.push(int(random.choice(choice)))
    return cursor


@CODECS
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), num_notes=st.integers(1, 40))
def test_whatever_may_be_written_decodes_and_encodes_to_itself(codec, seed, num_notes):
    cursor = random_rows(codec, seed, num_notes)
    events = cursor.events
    assert codec.encode(codec.decode(events)).tolist() == events.tolist()
    for track_notes, part in zip(codec.decode(events).tracks, codec.layout.parts, strict=True):
        for note in track_notes.notes:
            at_once = [n for n in track_notes.notes if n.onset_quarter <= note.onset_quarter < n.end_quarter]
            assert len(at_once) <= part.most
            assert len({n.pitch for n in at_once}) == len(at_once)
            assert part.low <= note.pitch <= part.high


@CODECS
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_numbers_decode_or_are_refused(codec, data):
    size = codec.layout.num_events
    length = data.draw(st.integers(0, 4)) * codec.num_heads
    events = data.draw(st.lists(st.integers(-1, size), min_size=length, max_size=length))
    with suppress(CodecError):
        assert codec.decode(np.array(events, int)).num_notes


# ------------------------------------------------------------------------------------------------------ the columns


@st.composite
def frames(draw, codec, music):
    rows = codec.rows(music)
    frame = frame_of(music, codec.layout.num_parts, int(rows.end_tick.max()), own=draw(st.booleans()))
    present = np.array([(rows.part == index).any() or draw(st.booleans()) for index in range(codec.layout.num_parts)])
    lead = rows.take(rows.part == int(np.flatnonzero(present)[0])) if draw(st.booleans()) else None
    last = frame.last_bar if draw(st.booleans()) else None
    return rows, replace(frame, present=present, lead=lead, last_bar=last, memory=draw(st.integers(0, 3)) > 0)


@CODECS
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_score_being_made_is_seen_as_a_whole_one(codec, data):
    music = data.draw(pieces())
    if data.draw(st.booleans()):  # something that returns, for what looks back
        bar = music.time_signatures[0].bar_quarters
        music = replace(music, time_signatures=music.time_signatures[:1], tracks=tuple(
            replace(t, notes=tuple(Note(n.onset_quarter + k * bar, n.pitch, 0.5) for n in t.notes for k in range(4)))
            for t in music.tracks))  # fmt: skip
    rows, frame = data.draw(frames(codec, music))
    example = codec.reading.read(rows, frame)
    assert (example.trunk >= 0).all()
    assert (example.trunk < [column.size for column in trunk_columns(codec.layout)]).all()
    assert (example.head >= 0).all()
    assert (example.head < [column.size for column in head_columns(codec.layout)]).all()
    cursor = codec.cursor(frame)
    for row in range(len(rows)):
        assert cursor.trunk().tolist() == example.trunk[row].tolist()
        for question in range(codec.num_heads):
            head = cursor.head().tolist()
            assert head == example.head[row, question].tolist() or not example.weight[row, question]
            assert cursor.allowed()[example.target[row, question]]
            other = cursor.copy()
            cursor.push(int(example.target[row, question]))
            assert other.question == question
    assert cursor.done
    assert cursor.events.tolist() == codec.to_events(answers_of(rows, codec.layout)).tolist()
