import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.tune import cursor as g
from musegen.composers.tune.codec import FolkTuneCodec, FolkTuneCursor, ending_mask
from musegen.errors import CodecError
from musegen.music import Barline, KeySignature, Note, Piece, TimeSignature, Track

CODEC = FolkTuneCodec()


def tune(notes, meter=(4, 4), key=(0, "major"), **rest):
    """A piece from (onset, pitch, duration) in quarters."""
    return Piece(
        tracks=(Track(tuple(Note(a, p, d) for a, p, d in notes)),),
        time_signatures=(TimeSignature(0.0, *meter),),
        key_signatures=(KeySignature(0.0, *key),),
        **rest,
    )


def words(events):
    """Events as text: 4/4 major D24 C..."""
    names = []
    for event in np.asarray(events).tolist():
        kind = CODEC.vocabulary.kinds[CODEC.vocabulary.kind[event]]
        if kind == "meter":
            names.append("/".join(map(str, g.METERS[event - g.METER])))
        elif kind == "mode":
            names.append(g.MODES[event - g.MODE])
        elif kind in ("bar", "double", "repeat"):
            names.append(g.SIGNS[event - g.SIGN])
        elif kind == "pitch":
            names.append(str(CODEC.vocabulary.pitch[event]))
        elif kind in ("pickup", "duration"):
            names.append(f"{kind[0].upper()}{CODEC.vocabulary.steps[event]}")
        else:
            names.append(kind)
    return " ".join(names)


def walk(rng, num_events, cursor=None, *, mask=None):
    """Random grammatical events, uniform over what is allowed; ends when the end is drawn or events run out."""
    cursor = cursor or FolkTuneCursor()
    while not cursor.done and len(cursor.events) < num_events:
        allowed = cursor.allowed() if mask is None else mask(cursor)
        assert allowed.any()
        if allowed[g.END] and mask is None and rng.random() < 0.3:
            cursor.push(g.END)
        else:
            cursor.push(rng.choice(np.flatnonzero(allowed)))
    return cursor


def test_a_bar_of_eighths_and_a_closing_half():
    piece = tune([(0, 62, 0.5), (0.5, 64, 0.5), (1, 66, 1), (2, 62, 2)], key=(2, "major"))
    assert words(CODEC.encode(piece)) == "4/4 major 72 74 D24 76 D48 72 | end"


def test_triplets_are_exact():
    piece = tune([(0, 72, 1 / 3), (1 / 3, 74, 1 / 3), (2 / 3, 76, 1 / 3), (1, 72, 1)], (2, 4))
    assert words(CODEC.encode(piece)) == "2/4 major D8 72 74 76 D24 72 | end"
    assert CODEC.decode(CODEC.encode(piece)).tracks[0].notes[1].onset_quarter == pytest.approx(1 / 3, abs=1e-4)


def test_a_note_over_the_bar_line_is_tied_and_a_rest_fills_the_bar():
    piece = tune([(0, 60, 1), (1, 64, 2), (3, 60, 0.5)], (2, 4))
    assert words(CODEC.encode(piece)) == "2/4 major D24 60 64 | tie D12 60 rest | end"


def test_a_length_without_an_event_is_spelled_largest_first():
    piece = tune([(0, 60, 2.5), (2.5, 62, 0.5), (3, 60, 1)])
    assert words(CODEC.encode(piece)) == "4/4 major D48 60 D12 tie 62 D24 60 | end"


def test_pickup_and_repeat_inside_a_bar():
    piece = tune(
        [(0, 67, 0.5), (0.5, 72, 1.5), (2, 67, 0.5), (2.5, 72, 1.5)],
        (2, 4),
        pickup_quarter=0.5,
        barlines=(Barline(2.0, "repeat-both"), Barline(4.0, "repeat-end")),
    )
    assert words(CODEC.encode(piece)) == "2/4 major P12 67 | D36 72 :: D12 67 | D36 72 :| end"
    assert CODEC.decode(CODEC.encode(piece)).barlines == piece.barlines


def test_a_shortened_last_bar_completes_the_pickup():
    piece = tune([(0, 67, 0.5), (0.5, 72, 2), (2.5, 72, 1.5)], (2, 4), pickup_quarter=0.5)
    assert words(CODEC.encode(piece)) == "2/4 major P12 67 | D48 72 | D36 72 end"


def test_changes_are_told_in_words():
    notes = [Note(0, 69, 1.02), Note(1, 57, 1), Note(1, 76, 1), Note(2, 69, 2)]
    piece = Piece(tracks=(Track(tuple(notes)),), key_signatures=(KeySignature(0, 9, "minor"),))
    adapted = CODEC.normalize_with_notes(piece)
    told = " ".join(CODEC.adapt(piece)[1])
    assert "A minor" in told and "1 other note left out" in told
    assert adapted.piece.tracks[0].notes[0].pitch == 69 + adapted.semitones
    assert (69 + adapted.semitones) % 12 == 0


def test_a_sign_inside_a_note_is_left_out_and_said():
    piece = tune([(0, 60, 4), (4, 60, 4)], barlines=(Barline(1.0, "repeat-end"),))
    normal, messages = CODEC.adapt(piece)
    assert normal.barlines == () and any("middle of a note" in m for m in messages)


def test_a_piece_without_notes_is_refused():
    with pytest.raises(CodecError, match="melody"):
        CODEC.encode(Piece())


def test_notes_out_of_range_are_folded():
    pitches = [n.pitch for n in CODEC.normalize(tune([(0, 24, 1), (1, 60, 1), (2, 115, 2)])).tracks[0].notes]
    assert [p % 12 for p in pitches] == [0, 0, 7] and g.LOW <= min(pitches) <= max(pitches) <= g.HIGH


def test_open_encoding_stops_after_the_last_note():
    piece = tune([(0, 60, 1), (1, 62, 1)])
    assert words(CODEC.encode_open(piece)) == "4/4 major D24 60 62"
    whole = tune([(0, 60, 4)])
    assert words(CODEC.encode_open(whole)) == "4/4 major D96 60"
    cursor = FolkTuneCursor()
    for event in CODEC.encode_open(whole):
        cursor.push(event)
    assert cursor.allowed()[g.SIGN : g.PITCH].all() and cursor.allowed().sum() == 5


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(5, 120))
def test_every_grammatical_tune_is_its_own_spelling(seed, length):
    rng = np.random.default_rng(seed)
    cursor = walk(rng, length)
    if not cursor.done:
        num_bars = cursor.bar_index + 2
        cursor = walk(rng, 10**6, cursor, mask=lambda c: ending_mask(c, num_bars))
    events = cursor.events
    assert np.array_equal(CODEC.encode(CODEC.decode(events)), events)


times = st.one_of(
    st.integers(0, 400).map(lambda n: n / 24),
    st.floats(0, 16, allow_nan=False),
    st.integers(0, 64).map(lambda n: n / 4),
)


@st.composite
def pieces(draw):
    rows = draw(st.lists(st.tuples(times, st.integers(0, 127), st.floats(0.02, 5)), min_size=1, max_size=12))
    meter = draw(st.sampled_from([*g.METERS, (5, 4), (6, 4), (7, 8), (4, 8)]))
    bar = meter[0] * 4 / meter[1]
    keys = draw(st.one_of(st.none(), st.tuples(st.integers(0, 11), st.sampled_from(["major", "minor", "lydian"]))))
    marks = draw(
        st.lists(st.tuples(times, st.sampled_from(["double", "final", "repeat-start", "repeat-end"])), max_size=4)
    )
    return Piece(
        tracks=(Track(tuple(Note(a, p, d) for a, p, d in rows)),),
        time_signatures=(TimeSignature(0.0, *meter),),
        key_signatures=(KeySignature(0.0, *keys),) if keys else (),
        barlines=tuple(Barline(a, k) for a, k in marks),
        pickup_quarter=draw(st.sampled_from([0, 0.5, 0.25, 1.0, 0.3, 1.4])) % bar,
    )


@settings(max_examples=300, deadline=None)
@given(pieces())
def test_decode_of_encode_is_normalize_and_normalize_is_idempotent(piece):
    normal = CODEC.normalize(piece)
    assert CODEC.decode(CODEC.encode(piece)) == normal
    again, messages = CODEC.adapt(normal)
    assert again == normal and messages == ()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, g.SIZE - 1), max_size=20))
def test_any_array_decodes_or_is_refused(events):
    try:
        piece = CODEC.decode(np.array(events, int))
    except CodecError:
        return
    assert np.array_equal(CODEC.encode(piece), events)


@pytest.mark.parametrize("events", [[-1], [g.SIZE], [g.METER], [], [g.METER, g.MODE, g.END]])
def test_broken_arrays_are_refused(events):
    with pytest.raises(CodecError):
        CODEC.decode(np.array(events, int))


@pytest.mark.parametrize("meter", range(len(g.METERS)))
@pytest.mark.parametrize("complement", [False, True])
def test_under_the_ending_mask_every_walk_closes_on_the_tonic(meter, complement):
    rng = np.random.default_rng(meter)
    for num_bars in (1, 2, 5, 8):
        for _ in range(6):
            cursor = FolkTuneCursor(num_bars)
            cursor.push(g.METER + meter)
            walk(rng, 10**6, cursor, mask=lambda c, n=num_bars: ending_mask(c, n, complement_pickup=complement))
            last = CODEC.decode(cursor.events).tracks[0].notes[-1]
            assert last.pitch % 12 == 0
            bars = (cursor.now - cursor.pickup) / cursor.bar_ticks
            cut = cursor.pickup / cursor.bar_ticks if complement else 0
            assert bars == pytest.approx(num_bars - cut)
            assert last.end_quarter * 24 == pytest.approx(cursor.now)
            assert last.duration_quarter >= min(1, (cursor.bar_ticks - cursor.pickup * complement) / 24 / 2)


def test_the_ending_mask_refuses_a_tune_that_is_too_long():
    cursor = FolkTuneCursor()
    for event in CODEC.encode_open(tune([(0, 60, 4), (4, 60, 4), (8, 62, 1)])):
        cursor.push(event)
    with pytest.raises(ValueError, match="already"):
        ending_mask(cursor, 2)


def test_features_are_what_a_cursor_sees():
    events = walk(np.random.default_rng(3), 200, mask=lambda c: ending_mask(c, 12)).events
    rows = CODEC.features(events, 12)
    cursor = CODEC.cursor(12)
    for row, event in zip(rows, events, strict=True):
        assert np.array_equal(row, cursor.trunk())
        cursor.push(event)
    assert rows.dtype == np.int16 and (rows >= 0).all()
    assert (rows < [column.size for column in CODEC.trunk_columns]).all()
    blind = CODEC.features(events)
    assert (blind[:, :-1] == rows[:, :-1]).all() and not blind[:, -1].any() and rows[:, -1].any()


def test_the_lookback_tells_what_sounded_a_bar_ago():
    names = [column.name for column in CODEC.trunk_columns]
    events = CODEC.encode(tune([(0, 60, 1), (1, 64, 1), (2, 67, 1), (3, 72, 1)], (2, 4)))
    rows = CODEC.features(events)
    place = words(events).split().index("67")
    assert rows[place, names.index("pitch_1_bars_ago")] == 2 + (60 - g.LOW) + (g.HIGH - g.LOW + 1)
    assert rows[place, names.index("pitch_2_bars_ago")] == 0
    assert g.DURATIONS[rows[place, names.index("duration_1_bars_ago")] - 1] == 24


def test_example_has_one_head_and_tells_the_length():
    events = CODEC.encode(tune([(0, 60, 4), (4, 67, 4), (8, 60, 4)]))
    example = CODEC.example(events)
    assert example.trunk.shape == (len(events), len(CODEC.trunk_columns)) and example.head.shape == (len(events), 1, 0)
    assert example.target[:, 0].tolist() == events.tolist() and CODEC.count_bars(events) == 3
    assert example.trunk[0, -1] == 3 and CODEC.example(events, tell_length=False).trunk[:, -1].max() == 0


def test_config_round_trip():
    assert isinstance(FolkTuneCodec.from_config(CODEC.to_config()), FolkTuneCodec)
    with pytest.raises(ValueError, match="chorale"):
        FolkTuneCodec.from_config({"name": "chorale"})
