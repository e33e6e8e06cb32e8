"""Swing: what moves and what stays, what comes back from files, and the page's clock beside ours."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from musegen.files.midi import midi_bytes, read_midi
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music import Note, Piece, Tempo, TimeSignature, Track
from musegen.music.plain import piece_from_plain, to_plain
from musegen.music.swing import OFF_BEATS, swing_clock, swinging_beats, swung, unswung, usual_swing
from musegen.music.timing import quarters_to_seconds
from musegen.rendering.audio import render_audio
from musegen.services.showing import downloads as studio
from musegen.services.showing.stage import score_data
from tests.builders import piece, track

EIGHTHS = [(60 + i, i / 2, 0.5) for i in range(4)]
SOLO = track(
    [*EIGHTHS, (65, 2, 1 / 3), (64, 2 + 1 / 3, 1 / 3), (62, 2 + 2 / 3, 1 / 3), (60, 3, 0.75), (59, 3.75, 0.25)], 66
)
RIDE = track([(51, i, 0.5) for i in range(4)] + [(51, i + 0.5, 0.25) for i in range(4)], is_drum=True)


def onsets(music, index=0):
    return [round(note.onset_quarter, 4) for note in music.tracks[index].notes]


def ends(music, index=0):
    return [round(note.end_quarter, 4) for note in music.tracks[index].notes]


def swinging(music, ratio=0.6):
    return replace(music, swing=ratio)


def test_off_beats_come_later_and_triplets_stay():
    sound = swung(swinging(piece(SOLO, RIDE)))
    assert onsets(sound) == [0, 0.6, 1, 1.6, 2, 2.3333, 2.6667, 3, 3.8]  # the last sixteenth: 0.6 + 0.4 / 2
    assert ends(sound) == [0.6, 1, 1.6, 2, 2.3333, 2.6667, 3, 3.8, 4]
    assert onsets(sound, 1) == [0, 0.6, 1, 1.6, 2, 2.6, 3, 3.6]  # the drums swing through the solo's triplet
    assert ends(sound, 1)[1] == 0.8
    assert sound.swing == 0.5 and swung(sound) == sound


@pytest.mark.parametrize(
    "inside", [[0.25], [0.25, 0.5, 0.75], [0.5, 0.75], [0.25, 0.75], [1 / 3], [2 / 3], [1 / 6, 1 / 3, 0.5], [0.1]]
)
def test_beats_divided_otherwise_are_played_as_written(inside):
    music = swinging(piece([(60, at, 0.05) for at in [0, *inside, 1, 1.5]]), 0.7)
    assert onsets(swung(music)) == [0, *(round(at, 4) for at in inside), 1, 1.7]


def test_a_beat_without_notes_of_its_own_bends_the_end_that_lies_in_it():
    music = swinging(piece([(60, 0, 1.5), (62, 2, 2.25)]))
    assert ends(swung(music)) == [1.6, 4.3]


def test_only_quarters_of_meters_in_quarters_and_halves_swing():
    for meter in ("6/8", "12/8", "5/8"):
        music = swinging(piece([(60, i / 2, 0.5) for i in range(5)], meter=meter))
        assert swung(music).tracks == music.tracks and swing_clock(music) == [(0, 0)]
    for meter in ("2/2", "3/4", "5/4"):
        assert onsets(swung(swinging(piece([(60, 0, 0.5), (62, 0.5, 0.5)], meter=meter)))) == [0, 0.6]


def test_a_pickup_is_counted_from_its_end_and_a_change_of_meter_from_its_bar():
    music = swinging(piece([(60, 0, 0.5), (62, 0.5, 0.5), (64, 1, 0.5)], pickup=0.5))
    assert swinging_beats(music)[:2] == [-0.5, 0.5]
    assert onsets(swung(music)) == [0.1, 0.5, 1.1]
    assert swing_clock(music)[:3] == [(0, 0), (0, 0.1), (0.5, 0.5)]
    odd = replace(swinging(piece([(60, i / 2, 0.5) for i in range(9)])),
                  time_signatures=(TimeSignature(0, 3, 8), TimeSignature(1.5, 3, 4)))  # fmt: skip
    assert onsets(swung(odd)) == [0, 0.5, 1, 1.5, 2.1, 2.5, 3.1, 3.5, 4.1]


def test_the_pedal_swings_with_its_notes():
    held = Track((Note(0, 60, 0.5), Note(0.5, 62, 0.5)), pedals=((0.5, 1.5),))
    assert [(round(a, 4), round(b, 4)) for a, b in swung(Piece((held,), swing=0.7)).tracks[0].pedals] == [(0.7, 1.7)]


@pytest.mark.parametrize("ratio", [0.4999, 0.81, float("nan"), float("inf")])
def test_a_swing_out_of_range_is_refused(ratio):
    with pytest.raises(ValueError, match="swing must be"):
        Piece(swing=ratio)
    with pytest.raises(ValueError, match="ratio must be"):
        swung(Piece(), ratio)


def test_a_piece_remembers_its_swing_as_plain_data():
    assert "swing" not in to_plain(piece(SOLO))
    assert piece_from_plain(to_plain(swinging(piece(SOLO), 0.6167))).swing == 0.6167
    with pytest.raises(ValueError, match="piece"):
        piece_from_plain({"swing": "hot"})


def test_the_usual_swing_follows_the_measured_tempos():
    assert [usual_swing(qpm) for qpm, _ in OFF_BEATS] == [swing for _, swing in OFF_BEATS]
    assert usual_swing(60) == 0.644 and usual_swing(400) == 0.531
    assert usual_swing((211.6 + 243.4) / 2) == pytest.approx((0.616 + 0.588) / 2)


# ---------------------------------------------------------------------------------------------------------- files

PLACES = [0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75]


@st.composite
def swinging_pieces(draw):
    """Notes on eighths, sixteenths and triplets, one after another; lone notes that look swung are left out."""
    ratio = round(draw(st.floats(0.52, 0.75)), 4)
    pickup = draw(st.sampled_from([0.0, 0.5, 1.0]))
    places = sorted(draw(st.sets(st.tuples(st.integers(0, 8), st.sampled_from(PLACES)), min_size=2, max_size=24)))
    times = [beat + place for beat, place in places] + [9.5]
    lengths = draw(st.lists(st.sampled_from([1, 0.5]), min_size=len(places), max_size=len(places)))
    notes = [(60 + i % 12, at, max(round((after - at) * length * 48) / 48, 1 / 48))
             for i, (at, after, length) in enumerate(zip(times, times[1:], lengths, strict=False))]  # fmt: skip
    music = swinging(piece(track(notes, 66, name="Solo"), RIDE, pickup=pickup, qpm=draw(st.integers(60, 300))), ratio)
    looks = (ratio, ratio + (1 - ratio) / 2)
    for start in swinging_beats(music):
        inside = {
            round(n.onset_quarter - start, 4) for n in music.tracks[0].notes if start < n.onset_quarter < start + 1
        }
        lone = len(inside) == 1 and not inside <= {0.5, 0.75}
        assume(not (lone and any(abs(min(inside) - look) < 0.004 for look in looks)))
    return music


@settings(max_examples=40, deadline=None)
@given(swinging_pieces())
def test_swing_comes_back_from_midi(music):
    again = read_midi(midi_bytes(music))
    assert again.swing == music.swing
    for before, after in zip(music.tracks, again.tracks, strict=True):
        assert [n.onset_quarter for n in after.notes] == [n.onset_quarter for n in before.notes]
        assert [n.end_quarter for n in after.notes] == [n.end_quarter for n in before.notes]


@settings(max_examples=60, deadline=None)
@given(swinging_pieces())
def test_swung_notes_keep_order_and_length(music):
    sound = swung(music)
    for before, after in zip(music.tracks, sound.tracks, strict=True):
        assert [n.pitch for n in before.notes] == [n.pitch for n in after.notes]
        assert all(a.onset_quarter < b.onset_quarter for a, b in pairwise(after.notes))
        late = [a.onset_quarter - b.onset_quarter for b, a in zip(before.notes, after.notes, strict=True)]
        assert min(late) >= 0 and max(late) <= 0.3
    assert unswung(sound, 0.5) == sound


def test_a_midi_file_holds_the_times_that_sound():
    straight = replace(swinging(piece(SOLO)), swing=0.5)
    data = midi_bytes(swinging(piece(SOLO)))
    assert read_midi(data.replace(b"musegen-swing:", b"another-swing:")).tracks[0].notes[1].onset_quarter == 0.6
    assert read_midi(midi_bytes(straight)).tracks[0].notes[1].onset_quarter == 0.5
    assert read_midi(data.replace(b"musegen-swing:0.6", b"musegen-swing:9.6")).swing == 0.5


@pytest.mark.parametrize("pickup", [0.0, 1.0])
def test_musicxml_is_straight_and_says_how_it_swings(pickup):
    music = swinging(piece(SOLO, RIDE, pickup=pickup), 0.6167)
    text = musicxml_text(music)
    assert "<first>6167</first><second>3833</second>" in text and text.count(">Swing</words>") == 1
    again = read_musicxml(text.encode())
    assert again.swing == 0.6167 and again.tracks == music.tracks
    foreign = text.replace("<software>Musegen</software>", "").replace("6167", "2").replace("3833", "1")
    assert read_musicxml(foreign.encode()).swing == pytest.approx(2 / 3, abs=1e-4)
    assert "wing" not in musicxml_text(replace(music, swing=0.5))


@pytest.mark.parametrize(
    "mark",
    [
        "<first>9</first><second>1</second>",
        "<first>0</first><second>0</second>",
        "<straight/>",
        "<first>2</first><second>1</second><swing-type>16th</swing-type>",
    ],
)
def test_other_swings_of_musicxml_are_bounded_or_left(mark):
    text = musicxml_text(swinging(piece(SOLO)))
    start, end = text.index("<swing>"), text.index("</swing>")
    again = read_musicxml((text[: start + 7] + mark + text[end:]).encode())
    assert again.swing == (0.8 if ">9<" in mark else 0.5)


# ---------------------------------------------------------------------------------------------------------- sound


def test_sound_swings_and_is_not_mistaken_for_straight():
    music = piece(SOLO)
    heard = render_audio(swinging(music))
    assert np.array_equal(heard, render_audio(swung(swinging(music))))
    assert not np.array_equal(heard, render_audio(music))
    assert studio.what_sounds(music) != studio.what_sounds(swinging(music))
    assert len({score_data(swinging(music, ratio))["key"] for ratio in (0.5, 0.6, 0.61)}) == 3


def test_the_cursor_goes_with_the_first_pitched_track():
    music = swinging(piece(RIDE, SOLO))
    clock = swing_clock(music)
    assert (1.5, 1.6) in clock and all(not 2 < written < 3 for written, _ in clock)
    written, sounded = np.array(clock).T
    sound = swung(music)
    for before, after in zip(music.tracks[1].notes, sound.tracks[1].notes, strict=True):
        assert np.interp(before.onset_quarter, written, sounded) == pytest.approx(after.onset_quarter, abs=1e-4)
    moved = [score_data(music)["notes"][place][1] for place, *_ in score_data(music)["swing"]["moved"]]
    assert moved == [0, 0]  # the ride in the beat of the triplet


def test_straight_music_tells_the_page_nothing_of_swing():
    assert "swing" not in score_data(piece(SOLO))


def test_the_page_plays_what_python_plays_and_its_cursor_finds_the_way_back(blank):
    base = swinging(piece(SOLO, RIDE, track(EIGHTHS[:3], 32), pickup=0.5), 0.63)
    music = replace(base, tempos=(Tempo(0, 90), Tempo(2.5, 180)))
    page = blank("tempo_map")
    notes, back, beat = page.evaluate(
        """score => {
            const map = tempo_map.mapOf(score);
            const onsets = score.notes.map((note) => note[3]);
            return [tempo_map.timed(score, map), onsets.map((q) => map.quarter(map.seconds(q))), map.seconds(3.5)];
        }""",
        score_data(music),
    )
    sound = swung(music)
    ours = sorted(
        (float(a), float(b), index, n.pitch)
        for index, each in enumerate(sound.tracks)
        for n in each.notes
        for a, b in [quarters_to_seconds(music, np.array([n.onset_quarter, n.end_quarter]))]
    )
    theirs = sorted((n["start"], n["end"], n["track"], n["pitch"]) for n in notes)
    assert len(ours) == len(theirs)
    for mine, yours in zip(ours, theirs, strict=True):
        assert mine[2:] == yours[2:] and mine[0] == pytest.approx(yours[0], abs=2e-4)
        assert mine[1] == pytest.approx(yours[1], abs=4e-4)
    assert back == pytest.approx([row[3] for row in score_data(music)["notes"]], abs=1e-6)
    assert beat == pytest.approx(2.5 * 60 / 90 + 60 / 180, abs=1e-6)  # beats stay where they are
