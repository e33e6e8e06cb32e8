"""Scores as events: what can be played comes back, and a score being made is read as a whole one is."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.columns import head_columns, trunk_columns
from musegen.composers.parts.frame import bars_of, frame_of
from musegen.composers.parts.grid import DURATIONS, MAX_STEP, PIANO_HANDS, QUARTET, Part, ScoreLayout
from musegen.composers.parts.rows import answers_of, notes_of
from musegen.composers.parts.source import ScoreDrawing, ScoreSource, nats_a_note
from musegen.corpora.score_piece import ScorePiece
from musegen.errors import CodecError
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from tests.builders import piece, track

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


def column(codec, example, name):
    """The values of a trunk column, or of a head column at the last question."""
    trunk, head = [[c.name for c in columns(codec.layout)] for columns in (trunk_columns, head_columns)]
    return example.trunk[:, trunk.index(name)] if name in trunk else example.head[:, -1, head.index(name)]


def pitch_of(codec, values):
    return [int(value) - 1 + codec.layout.low if value else 0 for value in values]


def test_what_returns_is_seen_coming_by_hand():
    first, second = [(72, 0, 1), (74, 1, 2), (76, 3, 1)], [(72, 4, 1), (74, 5, 2), (77, 7, 1)]
    rows = ONE.rows(piece([(p - 12, *rest) for p, *rest in first + second], meter="4/4"))
    example = ONE.reading.read(rows, frame_of(piece([]), 1, 192))
    assert pitch_of(ONE, column(ONE, example, "pitch")) == [0, 60, 62, 64, 60, 62, 65]
    # As of the row before: what followed one bar ago; after 65, at its own moment, the 64 below it.
    assert pitch_of(ONE, column(ONE, example, "back_pitch_1")) == [0, 0, 0, 0, 62, 64, 64]
    assert column(ONE, example, "back_step_1").tolist() == [0, 0, 0, 0, 1 + 24, 1 + 48, 1 + 0]
    assert column(ONE, example, "run_1").tolist() == [0, 0, 0, 0, 1, 2, 0]
    # At the moment of the row itself, for its part: the same place one bar ago, and where its interval leads.
    assert pitch_of(ONE, column(ONE, example, "back_now_1")[3:6]) == [60, 62, 64]
    assert column(ONE, example, "back_duration_1").tolist()[3:6] == [1 + 23, 1 + 47, 1 + 23]
    assert pitch_of(ONE, column(ONE, example, "sequence_1")[4:6]) == [62, 64]  # from the same pitch to the same


def test_a_sequence_leads_where_the_same_movement_goes_from_here():
    rows = ONE.rows(piece([(60, 0, 1), (64, 1, 1), (62, 4, 1), (66, 5, 1)]))
    example = ONE.reading.read(rows, frame_of(piece([]), 1, 192))
    assert pitch_of(ONE, column(ONE, example, "sequence_1")[3:4]) == [66]


def test_memory_rests_where_the_music_goes_round():
    music = piece([(60 + 2 * (n % 4), n, 1) for n in range(24)], meter="4/4")  # six bars, all alike
    events, frame = ONE.encode(music), frame_of(music, 1, 24 * 24)
    plain, tiring = ONE.cursor(frame), ONE.cursor(replace(frame, most_unchanged_bars=2.0))
    place = [c.name for c in trunk_columns(ONE.layout)].index("back_pitch_1")
    rests = []
    for number, event in enumerate(events.tolist()):
        if number % ONE.num_heads == 0:
            same = plain.trunk()[place] == tiring.trunk()[place]
            rests.append(not same)
        plain.push(event), tiring.push(event)
    assert not any(rests[:12])  # two bars that are as the one before
    assert all(rests[14:24])


def test_a_long_silence_is_waited_through():
    music = piece([(60, 0, 1), (62, 13.5, 1)])
    rows = ONE.rows(music)
    assert rows.tick.tolist() == [0, 96, 192, 288, 324, 324]
    assert rows.part.tolist() == [0, 1, 1, 1, 0, 2]
    assert ONE.decode(ONE.encode(music)).tracks[0].notes[1].onset_quarter == 13.5


def test_what_a_player_cannot_play_is_made_playable():
    chord = piece([(55, 0, 4), (62, 0, 4), (69, 0, 4), (76, 2, 1)], [(40, 0, 1)], [], [])
    notes, changes = notes_of(chord, FOUR.layout)
    first = [(int(t), int(p), int(DURATIONS[d])) for t, p, d, part in
             zip(notes.tick, notes.pitch, notes.duration, notes.part, strict=True) if part == 0]  # fmt: skip
    assert first == [(0, 69, 48), (0, 55, 96), (48, 76, 24)]  # the inner note goes, one of two ends for a third
    assert notes.pitch[notes.part == 1].tolist() == [64]  # two octaves up, onto the violin
    assert (changes.moved, changes.octaves, changes.left_out, changes.cut) == (0, 1, 1, 1)
    assert changes.remarks()[0] == "1 note was outside the instruments' ranges and moved by octaves."


def test_bars_and_pickup_are_counted():
    music = replace(piece([(60, 0, 1)], meter="3/4", pickup=1.0), time_signatures=(
        TimeSignature(0.0, 3, 4), TimeSignature(4.0, 6, 8)))  # fmt: skip
    bars = bars_of(music, 24 * 9)
    assert bars.start.tolist() == [-48, 24, 96, 168]
    assert bars.length.tolist() == [72, 72, 72, 72]
    assert bars.meter.tolist() == [4, 4, 6, 6]
    assert bars.index(np.array([0, 23, 24, 95, 96, 1000])).tolist() == [0, 0, 1, 1, 2, 3]


# ------------------------------------------------------------------------------------------------------ seats


def test_instruments_take_their_parts():
    low, high, middle = track([(45, 0, 1)], 42), track([(80, 0, 1)], 40), track([(60, 0, 1)], 41)
    adapted, messages = FOUR.adapt(Piece((low, high, middle)))
    assert [[n.pitch for n in t.notes] for t in adapted.tracks] == [[80], [], [60], [45]]
    assert not messages
    named = Piece((track([(60, 0, 1)], name="Viola"), track([(62, 0, 1)], name="Violin II")))
    assert [[n.pitch for n in t.notes] for t in FOUR.normalize(named).tracks] == [[], [62], [60], []]
    keys = Piece((track([(36, 0, 4), (60, 0, 1), (64, 0, 1), (67, 0, 1)]),))
    assert [len(t.notes) for t in FOUR.normalize(keys).tracks] == [1, 1, 1, 1]
    assert [[n.pitch for n in t.notes] for t in HANDS.normalize(keys).tracks] == [[60, 64, 67], [36]]


def test_of_too_many_instruments_those_with_most_notes_play_and_it_is_said():
    many = Piece(tuple(track([(60 + 2 * i, j, 1) for j in range(i + 1)]) for i in range(5)))
    adapted, messages = FOUR.adapt(many)
    assert [len(t.notes) for t in adapted.tracks] == [5, 4, 3, 2]
    assert "5 instruments" in messages[0]


# ------------------------------------------------------------------------------------------------------ learning


def long_score(seed=0, num_notes=300):
    random = np.random.default_rng(seed)
    tracks = []
    for part in QUARTET:
        onsets = np.cumsum(random.choice([0.25, 0.5, 1, 1 / 3, 6], num_notes, p=[0.3, 0.3, 0.2, 0.19, 0.01]))
        lengths = random.choice([0.25, 0.5, 1, 3], num_notes)
        pitches = random.integers(part.low + 8, part.high - 8, num_notes)
        tracks.append(track(list(zip(pitches.tolist(), onsets.tolist(), lengths.tolist(), strict=True))))
    return ScorePiece(piece(*tracks, key="D minor", meter="3/4"), "Nobody", "Study", "study")


PLAIN = ScoreDrawing(known_length=1.0, memory=1.0, lead=0.0, fewer_parts=0.0, most_semitones=0)


def test_a_crop_is_read_as_the_same_rows_of_the_whole_are():
    score = long_score()
    source = ScoreSource([score], [score], FOUR, drawing=PLAIN)
    rows = FOUR.rows(score.piece)
    whole = FOUR.reading.read(rows, frame_of(score.piece, 4, int(rows.end_tick.max())))
    runs = [c.name.startswith("run_") for c in trunk_columns(FOUR.layout)]
    for seed in range(12):
        crop = source.draw(np.random.default_rng(seed), 64)
        start = next(i for i in range(len(rows)) if (whole.target[i : i + 64] == crop.target).all())
        assert (crop.trunk[:, ~np.array(runs)] == whole.trunk[start : start + 64][:, ~np.array(runs)]).all()
        assert (crop.head == whole.head[start : start + 64]).all()
    beginning = source.validation()[0]
    left = [c.name for c in trunk_columns(FOUR.layout)].index("left")
    assert (np.delete(beginning.trunk, left, 1) == np.delete(whole.trunk[:768], left, 1)).all()
    assert not beginning.trunk[:, left].any()


def test_examples_stay_in_the_ranges_and_leave_out_parts_and_memory_as_often_as_asked():
    score = long_score()
    source = ScoreSource([score], [], FOUR, drawing=ScoreDrawing(fewer_parts=0.5))
    examples = [source.draw(np.random.default_rng(seed), 64) for seed in range(120)]
    names = [c.name for c in trunk_columns(FOUR.layout)]
    for example in examples:
        assert 16 < len(example.target) <= 64
        for row in example.target:
            part = row[1] - FOUR.layout.first[1]
            if part < 4:
                assert QUARTET[part].low <= row[2] - FOUR.layout.first[2] + FOUR.layout.low <= QUARTET[part].high
    fewer = np.mean([e.trunk[0, names.index("present")] < 15 for e in examples])
    silent = np.mean([not e.trunk[:, [n.startswith("back_pitch") for n in names]].any() for e in examples])
    led = np.mean([e.trunk[:, names.index("lead")].any() for e in examples])
    known = np.mean([e.trunk[0, names.index("left")] > 0 for e in examples])
    keys = {int(e.trunk[0, names.index("key")]) for e in examples}
    assert 0.3 < fewer < 0.6
    assert 0.12 < silent < 0.4
    assert 0.2 < led < 0.47
    assert 0.35 < known < 0.65
    assert len(keys) > 8
    assert all(key % 2 == 0 for key in keys)  # minor stays minor


def test_own_music_is_drawn_as_often_as_asked():
    own, other = long_score(0, 30), replace(long_score(1, 300), own=False)
    source = ScoreSource([own, other], [own, other], FOUR, own_share=0.5)
    names = [c.name for c in trunk_columns(FOUR.layout)]
    told = [source.draw(np.random.default_rng(s), 32).trunk[0, names.index("own")] for s in range(200)]
    assert 0.4 < np.mean(told) < 0.6
    assert len(source.validation()) == 1
    assert source.num_notes == 4 * 330


def test_nats_are_counted_a_note():
    example = FOUR.reading.read(FOUR.rows(piece([(60, 0, 1)], [], [], [])), frame_of(piece([]), 4, 96))
    assert nats_a_note([np.ones((2, 4)) * example.weight], [example]).tolist() == [2, 2, 1, 1]


@pytest.mark.parametrize("config", [{}, {"parts": [], "dynamics": False}, FOUR.to_config() | {"more": 1},
                                    {"parts": [{"name": "x"}], "dynamics": False}])  # fmt: skip
def test_what_is_no_config_is_refused(config):
    with pytest.raises(ValueError, match="."):
        ScoreCodec.from_config(config)
    assert ScoreCodec.from_config(HANDS.to_config()).to_config() == HANDS.to_config()


def test_how_often_a_voice_was_doubled_is_told_before_the_moment():
    parts = (Part("Voice", 43, 86, 52, "treble", 1), *PIANO_HANDS)
    codec = ScoreCodec(ScoreLayout(parts, False))
    music = piece(
        track([(67, 0, 1), (69, 1, 1), (71, 2, 1), (72, 3, 1), (74, 4, 1)], 52, name="Voice"),
        track([(67, 0, 1), (64, 1, 1), (71, 2, 1), (72, 3, 1), (60, 3, 1), (65, 4, 1)], 0, name="Right hand"),
        track([(43, 0, 5)], 0, name="Left hand"),
    )
    cursor = codec.cursor(frame_of(music, 3, 1))
    assert cursor.doubled(0, 8) == 0.5  # nothing yet
    told = {}
    for event in codec.encode(music).tolist():
        cursor.push(event)
        if cursor.question == 0:
            told[cursor.now // 24] = cursor.doubled(0, 8), cursor.doubled(0, 2)
    assert told[1] == (1.0, 1.0) and told[2] == (0.5, 0.5) and told[4] == (0.75, 1.0)
