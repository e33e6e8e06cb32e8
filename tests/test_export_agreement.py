"""Every bar adds up and every format holds the same notes: real takes, and pieces made to be hard to write."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchmarks.export_agreement import (
    midi_agrees,
    music21_notes,
    musicxml_agrees,
    print_agrees,
    random_takes,
    sound_onsets,
    sounding,
    wrong_bars,
)
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music.notation import notatable
from tests.builders import piece, track

METERS = ("2/4", "3/4", "4/4", "6/8", "9/8", "12/8", "5/4", "7/8")
BEATS = {  # ways to fill a quarter, and a dotted quarter
    "4": [("1",), ("1/2", "1/2"), ("1/4",) * 4, ("3/4", "1/4"), ("1/3",) * 3, ("2/3", "1/3"), ("1/6",) * 6,
          ("1/12",) * 12, ("1/5",) * 5, ("1/4", "1/4", "1/6", "1/6", "1/6")],
    "8": [("3/2",), ("1/2",) * 3, ("1", "1/2"), ("1/4",) * 6, ("3/4", "3/4"), ("3/8",) * 4,
          ("1/2", "1/6", "1/6", "1/6", "1/2")],
}  # fmt: skip


@st.composite
def voices(draw, meter, num_beats):
    """Notes (pitch, onset, length) of beats filled in different ways, some tied over the beat, some chords, rests."""
    numerator, denominator = meter.split("/")
    compound = denominator == "8" and int(numerator) % 3 == 0
    ways = BEATS["8"] if compound else BEATS["4"] if denominator == "4" else [("1/2",), ("1/4", "1/4"), ("1/6",) * 3]
    position, rows = Fraction(0), []
    centre = draw(st.integers(42, 80))
    for _ in range(num_beats):
        for length in map(Fraction, draw(st.sampled_from(ways))):
            kind = draw(st.sampled_from("nnnnnrtc"))
            if kind == "t" and rows and rows[-1][1] + rows[-1][2] == position:
                rows[-1] = (rows[-1][0], rows[-1][1], rows[-1][2] + length)
            elif kind != "r":
                pitch = centre + draw(st.integers(-7, 7))
                rows += [(pitch + extra, position, length) for extra in ((0, 15) if kind == "c" else (0,))]
            position += length
    return [(p, float(a), float(d)) for p, a, d in rows]


@st.composite
def hard_pieces(draw, lines):
    meter = draw(st.sampled_from(METERS))
    beats = draw(st.integers(2, 7))
    tracks = []
    for _ in range(draw(st.integers(1, 2))):
        rows = [row for _ in range(lines) for row in draw(voices(meter, beats))]
        kept, last = [], {}  # the same pitch twice at once in one track has no single notation
        for pitch, onset, length in sorted(rows, key=lambda r: (r[1], r[0])):
            if onset >= last.get(pitch, 0):
                kept.append((pitch, onset, length))
                last[pitch] = onset + length
        tracks.append(track(kept, program=draw(st.sampled_from((0, 0, 40, 73)))))
    assume(any(made.notes for made in tracks))
    key = draw(st.sampled_from(("C major", "D minor", "F# minor", "Eb major", "B dorian")))
    return piece(*tracks, meter=meter, key=key, pickup=draw(st.sampled_from((0.0, 1.0))) if meter[-1] == "4" else 0.0)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(hard_pieces(lines=1))
def test_law_bars_add_up_and_both_readers_find_the_same_notes(music):
    text = musicxml_text(music)
    assert wrong_bars(text, music) == []
    assert read_musicxml(text.encode()).tracks == music.tracks
    assert music21_notes(text) == sounding(music)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(hard_pieces(lines=2))
def test_law_several_voices_on_a_staff(music):
    """A beat that two voices divide in ways no one tuplet holds is moved to a grid first; nothing else is."""
    text, written = musicxml_text(music), notatable(music)
    assert wrong_bars(text, music) == []
    assert read_musicxml(text.encode()).tracks == written.tracks
    assert music21_notes(text) == sounding(written)


@pytest.mark.parametrize("seed", [1, 2])
def test_takes_with_random_settings_agree_in_files_and_print(seed):
    for number, take in enumerate(random_takes(10, seed)):
        assert midi_agrees(take)
        assert musicxml_agrees(take)
        if number < 3:
            assert print_agrees(take)


def test_a_bar_that_does_not_add_up_is_found():
    music = piece([(60, q, 1) for q in range(8)])
    text = musicxml_text(music)
    assert wrong_bars(text, music) == []
    assert wrong_bars(text.replace("<duration>1<", "<duration>2<", 1), music)
    assert wrong_bars(text, piece([(60, q, 1) for q in range(12)]))


def test_a_note_that_differs_is_found():
    music, other = (piece([(60, 0, 1), (pitch, 1, 2)]) for pitch in (64, 65))
    assert music21_notes(musicxml_text(music)) != sounding(other)
    assert print_agrees(music)


def test_onsets_are_heard_where_they_are():
    pytest.importorskip("librosa")
    music = piece([(60 + 4 * i, i, 1) for i in range(6)], qpm=100)
    there, heard, _ = sound_onsets(music)
    assert there == heard == 6
