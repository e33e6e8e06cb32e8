"""The editor's notes: a Piece there and back, and everything that a browser might send instead."""

import json
import random
from dataclasses import replace

import pytest

from musegen.errors import FileFormatError
from musegen.music import TimeSignature
from musegen.services.seeds import drawing
from tests.builders import piece, track


def data(notes, tracks=1, bars=4):
    return {"notes": notes, "tracks": [{"name": "", "program": 0, "drum": False}] * tracks, "bars": bars}


def rows(read):
    return [(pitch, onset, duration, velocity) for _, _, pitch, onset, duration, velocity in read.notes]


def test_a_piece_comes_back_as_it_was():
    chance = random.Random(5)
    for _ in range(50):
        voices = []
        for _voice in range(chance.randint(1, 4)):
            at, notes = 0.0, []
            for _note in range(chance.randint(0, 12)):
                length = chance.choice([1 / 3, 1 / 6, 0.25, 0.5, 1.5, 2 / 7])
                notes.append((chance.randint(30, 90), at, length, chance.randint(1, 127)))
                at += length + chance.choice([0, 0.5, 1 / 3])
            voices.append(track(notes, chance.randint(0, 127), False, "Voice" if notes else ""))
        music = piece(*[v for v in voices if v.notes] or [track([(60, 0, 1)])], meter="3/4", key="D minor", qpm=90)
        sent = json.loads(json.dumps(drawing.drawing_of(music).to_data()))
        back, messages = drawing.piece_of(drawing.read_drawing(sent), music, 64)
        assert back == music
        assert messages == ()


def test_the_pedal_stays_with_its_instrument_and_ends_with_the_music():
    pedalled = replace(track([(60, 0, 1), (64, 7, 1)]), pedals=((0.0, 2.0), (6.0, 9.0), (12.0, 13.0)))
    music = piece(pedalled, meter="4/4")
    drawn = drawing.drawing_of(music)
    assert drawing.piece_of(drawn, music, 2)[0].tracks[0].pedals == ((0.0, 2.0), (6.0, 8.0))
    other = replace(drawn, tracks=(("", 40, False),))
    assert drawing.piece_of(other, music, 2)[0].tracks[0].pedals == ()


def test_of_two_notes_on_one_spot_the_later_in_the_list_cuts_the_other():
    read = drawing.read_drawing(data([["a", 0, 60, 0, 4, 80], ["b", 0, 60, 1, 1, 90], ["c", 0, 64, 1, 1, 90]]))
    assert rows(read) == [(60, 0, 1, 80), (60, 1, 1, 90), (64, 1, 1, 90)]
    read = drawing.read_drawing(data([["b", 0, 60, 1, 2, 90], ["a", 0, 60, 0, 2, 80]]))
    assert sorted(rows(read)) == [(60, 0, 2, 80), (60, 2, 1, 90)]
    read = drawing.read_drawing(data([["a", 0, 60, 0, 1, 80], ["b", 0, 60, 0, 1, 90]]))
    assert rows(read) == [(60, 0, 1, 90)]
    both = drawing.read_drawing(data([["a", 0, 60, 0, 2, 80], ["b", 1, 60, 0, 2, 90]], tracks=2))
    assert len(both.notes) == 2


def test_cut_notes_never_overlap_and_nothing_sounds_where_nothing_was_drawn():
    chance = random.Random(1)
    for _ in range(200):
        sent = [[f"e{i}", 0, chance.randint(60, 62), chance.randint(0, 16) / 4, chance.randint(1, 9) / 4, 80]
                for i in range(12)]  # fmt: skip
        read = drawing.read_drawing(data(sent))
        for pitch in range(60, 63):
            spans = sorted((o, o + d) for p, o, d, _ in rows(read) if p == pitch)
            assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))
            drawn = {q / 4 for q in range(100) for _, _, p, o, d, _ in sent if p == pitch and o <= q / 4 < o + d}
            heard = {q / 4 for q in range(100) if any(a <= q / 4 < b for a, b in spans)}
            assert heard <= drawn
        last = sent[-1]
        assert (last[2], last[3], last[4], 80) in rows(read)


GOOD = ["a", 0, 60, 0, 1, 80]


@pytest.mark.parametrize(
    "sent",
    [
        None, [], "notes", 7, {}, {"notes": []}, {"notes": {}, "tracks": [], "bars": 1},
        data([GOOD], tracks=0), data([GOOD], tracks=9), data([GOOD], bars=0), data([GOOD], bars="4"),
        data([GOOD], bars=True), data([GOOD, GOOD]), data([GOOD[:5]]), data([None]), data(["abcdef"]),
        *(data([[*GOOD[:i], bad, *GOOD[i + 1 :]]]) for i, bad in [
            (0, ""), (0, 3), (0, "x" * 99), (1, 1), (1, -1), (1, True), (2, 128), (2, -1), (2, 60.5), (2, "60"),
            (3, -1), (3, float("nan")), (3, float("inf")), (3, "0"), (3, None), (4, 0), (4, -1), (4, 1e12),
            (5, 0), (5, 128), (5, None)]),
        data([GOOD]) | {"tracks": [{"name": 3, "program": 0}]},
        data([GOOD]) | {"tracks": [{"name": "", "program": 128}]},
        data([GOOD]) | {"tracks": ["Piano"]},
    ],
)  # fmt: skip
def test_what_is_no_music_is_refused_in_a_sentence(sent):
    with pytest.raises(FileFormatError) as caught:
        drawing.read_drawing(sent)
    assert str(caught.value).endswith(".")


def test_five_thousand_notes_are_refused_with_both_numbers():
    with pytest.raises(FileFormatError, match="5,000 notes, and at most 4,000"):
        drawing.read_drawing(data([[f"e{i}", 0, 60, i / 4, 0.25, 80] for i in range(5000)]))
    with pytest.raises(FileFormatError, match="5,000"):
        drawing.drawing_of(piece([(60, i, 1) for i in range(5000)]))
    with pytest.raises(FileFormatError, match="9 tracks"):
        drawing.drawing_of(piece(*[[(60, 0, 1)]] * 9))


def test_notes_after_the_last_bar_are_left_out_and_long_ones_end_with_it():
    frame = piece([(60, 0, 1)], meter="3/4")
    read = drawing.read_drawing(data([["a", 0, 60, 5, 9, 80], ["b", 0, 62, 6, 1, 80]]))
    music, messages = drawing.piece_of(read, frame, 2)
    assert [(n.onset_quarter, n.duration_quarter) for n in music.tracks[0].notes] == [(5, 1)]
    assert messages == ("1 note begins after bar 2 and is left out.",)


def test_nothing_drawn_is_a_piece_without_notes():
    frame = piece([(60, 0, 1)])
    music, messages = drawing.piece_of(drawing.read_drawing(data([])), frame, 4)
    assert (music.num_notes, messages) == (0, ())
    two = drawing.read_drawing(data([["a", 1, 60, 0, 1, 80]], tracks=2))
    assert len(drawing.piece_of(two, frame, 4)[0].tracks) == 1


@pytest.mark.parametrize(
    ("frame", "max_bars", "bars", "limit"),
    [
        (piece([(60, 0, 1)]), 2, [[0, 1], [4, 2]], 8),
        (piece([(60, 0, 1)], meter="6/8", pickup=0.5), 2, [[0, 0], [0.5, 1], [3.5, 2]], 6.5),
        (piece([(60, 0, 8)], time_signatures=(TimeSignature(0, 4, 4), TimeSignature(4, 3, 4))), 3,
         [[0, 1], [4, 2], [7, 3]], 10),
    ],
)  # fmt: skip
def test_the_grid_has_as_many_bars_as_wanted(frame, max_bars, bars, limit):
    grid = drawing.grid_of(frame, max_bars)
    assert grid["bars"] == bars
    assert grid["limit"] == limit
    assert [q for q, strength in grid["beats"] if strength == 0] == [q for q, number in bars if number]
    assert max(q for q, _ in grid["beats"]) < limit


def test_meter_tempo_and_key_are_set_or_left():
    music = piece([(62, 0, 1), (66, 1, 1), (69, 2, 1)], meter="6/8", pickup=0.5, key="E minor", qpm=77)
    assert drawing.set_frame(music, None, None, None) == music
    other = drawing.set_frame(music, (3, 4), 90, drawing.find_key(music))
    assert (other.time_signatures[0].numerator, other.pickup_quarter, other.tempos[0].qpm) == (3, 0, 90)
    assert (other.key_signatures[0].tonic, other.key_signatures[0].mode) == (2, "major")
    assert other.tracks == music.tracks
    assert drawing.find_key(piece([])) is None
    with pytest.raises(ValueError, match="qpm"):
        drawing.set_frame(music, None, 1000, None)


def test_equal_notes_have_equal_keys_whatever_they_are_called():
    first = drawing.read_drawing(data([GOOD]))
    assert drawing.content_key(first) == drawing.content_key(drawing.read_drawing(data([["z", *GOOD[1:]]], bars=8)))
    assert drawing.content_key(first) != drawing.content_key(drawing.read_drawing(data([[*GOOD[:5], 81]])))
