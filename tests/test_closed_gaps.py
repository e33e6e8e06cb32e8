"""Ends that come a little too soon are closed on the sheet, and only there."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.files.midi import midi_bytes, read_midi
from musegen.files.musicxml import musicxml_text
from musegen.music import ChordSymbol, Note, Piece, Tempo, Track
from musegen.music.closed_gaps import closed
from musegen.music.notation import notatable
from tests.builders import piece, track


@pytest.mark.parametrize(
    ("rows", "lengths"),
    [
        ([(60, 0, 1.92), (62, 2, 1.92)], [2, 2]),  # halves held for 96 %
        ([(60, 0, 0.9), (62, 1, 0.45), (64, 1.5, 0.46), (65, 2, 1.93)], [1, 0.5, 0.5, 2]),
        ([(60, 0, 0.32), (62, 1 / 3, 0.32), (64, 2 / 3, 0.32)], [1 / 3] * 3),
        ([(60, 0, 3.9), (64, 2, 1.9)], [4, 2]),
        ([(60, 0, 0.5), (62, 1, 0.25), (64, 2, 0.75)], [0.5, 0.25, 0.75]),  # short, and meant
        ([(60, 0, 0.6), (62, 1, 1.3)], [0.6, 1.3]),  # far from the next
        ([(60, 0, 1.875), (62, 2, 1)], [1.875, 1]),  # a 32nd of silence that is on its grid
        ([(60, 0, 0.2), (62, 1, 0.4)], [0.2, 0.4]),  # places of a quintuplet
    ],
)
def test_what_is_closed_and_what_is_not(rows, lengths):
    music = piece(rows)
    assert [n.duration_quarter for n in closed(music).tracks[0].notes] == pytest.approx(lengths)


@pytest.mark.parametrize(
    ("length", "printed"), [(0.3, 0.5), (0.42, 0.5), (0.58, 1), (0.6, 1), (0.7, 1), (0.8, 1), (0.5, 0.5), (0.75, 0.75)]
)
def test_played_staccato_is_printed_as_quarters_and_eighths(length, printed):
    music = piece([(60 + i, i, length) for i in range(8)])
    assert [n.duration_quarter for n in notatable(music).tracks[0].notes] == [printed] * 8


def test_a_track_with_tuplets_means_its_lengths():
    triplets = [(60 + i, i / 3, 0.2) for i in range(9)]
    assert closed(piece(triplets)) == piece(triplets)


@given(st.lists(st.tuples(st.integers(0, 24), st.integers(1, 12), st.integers(50, 70)), min_size=1, max_size=12))
def test_law_music_on_the_grid_stays_as_it_is(rows):
    notes = {(p, a): (p, a / 4, b / 4) for a, b, p in rows}
    music = piece(track(list(notes.values())))
    assert closed(music) == music


def test_a_file_played_at_ninety_six_percent_reads_as_it_was_written():
    right = track([(67 + i % 5, i, 0.967) for i in range(16)], name="Right")
    left = track([(43 + 5 * (i % 2), 2 * i, 1.917) for i in range(8)], name="Left")
    music = read_midi(midi_bytes(piece(right, left)))
    before = music.tracks
    root = ElementTree.fromstring(musicxml_text(music))
    assert {note.findtext("type") for note in root.iter("note")} == {"quarter", "half"}
    assert not list(root.iter("rest"))
    assert not list(root.iter("tie"))
    assert music.tracks == before


def over_chords(notes, qpm=160.0):
    return Piece(
        (Track(tuple(Note(onset, pitch, length) for pitch, onset, length in notes)),),
        (Tempo(0.0, qpm),),
        chord_symbols=(ChordSymbol(0.0, "C7"),),
    )


def test_an_improvised_line_is_written_to_where_a_rest_can_be_read():
    # an eighth let go of early and followed at once; one before a rest; a triplet's note before a rest; a long one
    line = [(60, 0.0, 0.25), (62, 0.5, 0.25), (64, 4 / 3, 1 / 8), (65, 2.0, 1.2), (67, 3.5, 0.5)] * 2
    line = [(p, o + 4 * (i // 5), d) for i, (p, o, d) in enumerate(line)]
    ends = [0.5, 1.0, 5 / 3, 3.5, 4.0]
    written = closed(over_chords(line))
    assert [n.end_quarter for n in written.tracks[0].notes] == pytest.approx(ends + [e + 4 for e in ends])
    assert closed(written) == written
    slow = closed(over_chords(line, qpm=72.0)).tracks[0].notes  # a sixteenth rest can be read there
    assert [n.end_quarter for n in slow[:5]] == pytest.approx([0.25, 0.75, 5 / 3, 3.25, 4.0])
    plain = replace(over_chords(line), chord_symbols=())
    assert [n.end_quarter for n in closed(plain).tracks[0].notes[:2]] == [0.25, 0.75]  # nothing was improvised here
