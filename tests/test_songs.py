"""Songs: a voice and two staves of a piano are read apart, kept, split by work, and written as they are sung."""

import numpy as np
import pytest

from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.grid import ScoreLayout
from musegen.composers.parts.part_assignment import assigned_to_parts
from musegen.composers.parts.rows import notes_of
from musegen.composers.request import ComposeRequest
from musegen.composers.style import open_style
from musegen.corpora import listed_scores
from musegen.corpora.kern import read_kern
from musegen.corpora.listed_scores import Entry, listing, read_listed, split_of
from musegen.corpora.score_piece import SONG
from musegen.corpora.songs import kern_song, lied
from musegen.errors import FileFormatError
from musegen.files.partwise import read_partwise
from musegen.music import Note, Piece, Track
from musegen.music.score import layout as layout_of_score
from musegen.paths import PROJECT_DIR
from musegen.remarks import code_of
from musegen.services.making import whole
from musegen.services.making.compose import compose
from musegen.training.recipe import load_recipe
from tests import builders
from tests.stub_network import stub_networks

RECIPE = PROJECT_DIR / "recipes" / "song.toml"
KERN = """**kern\t**kern\t**kern
*staff3\t*staff2\t*staff1
*k[]\t*k[]\t*k[]
*M2/4\t*M2/4\t*M2/4
=1\t=1\t=1
2C\t4e 4g\t4cc
.\t4f\t4dd
=2\t=2\t=2
2C\t2e\t[4cc
.\t.\t4cc]
==\t==\t==
*-\t*-\t*-
"""


def note(step, octave, quarters, staff, extra=""):
    return (
        f"<note>{extra}<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        f"<duration>{quarters}</duration><staff>{staff}</staff></note>"
    )


def sheet(voice, piano):
    attributes = (
        "<attributes><divisions>1</divisions><time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
    )
    parts = "".join(
        f'<part id="P{number}"><measure number="1">{attributes}{content}</measure></part>'
        for number, content in enumerate((voice, piano))
    )
    names = "".join(
        f'<score-part id="P{i}"><part-name>{name}</part-name></score-part>' for i, name in enumerate(("Voice", "Piano"))
    )
    return f'<?xml version="1.0"?><score-partwise><part-list>{names}</part-list>{parts}</score-partwise>'.encode()


def lines(piece):
    return [[(n.onset_quarter, n.pitch, n.duration_quarter) for n in track.notes] for track in piece.tracks]


def test_three_staves_of_kern_are_a_voice_and_two_hands():
    song = kern_song(read_kern(KERN), "Song", "Nobody")
    assert [(t.name, t.program) for t in song.tracks] == [("Voice", 52), ("Right hand", 0), ("Left hand", 0)]
    assert lines(song) == [
        [(0, 72, 1), (1, 74, 1), (2, 72, 2)],
        [(0, 64, 1), (0, 67, 1), (1, 65, 1), (2, 64, 2)],
        [(0, 48, 2), (2, 48, 2)],
    ]


def test_the_staves_of_a_piano_part_are_its_hands():
    piano = note("E", 4, 2, 1) + "<backup><duration>2</duration></backup>" + note("C", 3, 1, 2) + note("G", 4, 1, 2)
    song = lied(read_partwise(sheet(note("C", 5, 2, 1), piano)), "Song", "Nobody")
    assert lines(song) == [[(0, 72, 2)], [(0, 64, 2)], [(0, 48, 1), (1, 67, 1)]]


def test_what_two_voices_of_the_piano_write_together_stands_in_the_upper_hand_once():
    piano = (
        note("E", 4, 2, 1)
        + "<backup><duration>2</duration></backup>"
        + note("E", 4, 2, 2)
        + note("C", 3, 2, 2, "<chord/>")
    )
    song = lied(read_partwise(sheet(note("C", 5, 2, 1), piano)), "Song", "Nobody")
    assert lines(song)[1:] == [[(0, 64, 2)], [(0, 48, 2)]]


def test_other_scores_are_refused():
    with pytest.raises(FileFormatError, match="silent throughout"):
        lied(read_partwise(sheet(note("C", 5, 2, 1), note("E", 4, 2, 1))), "", "")
    with pytest.raises(FileFormatError, match="A voice and a piano"):
        lied(read_partwise(sheet(note("C", 5, 2, 2), note("E", 4, 2, 1))), "", "")
    two = "**kern\t**kern\n*M2/4\t*M2/4\n2C\t2e\n=\t=\n*-\t*-\n"
    with pytest.raises(FileFormatError, match="2 staves"):
        kern_song(read_kern(two), "", "")


def test_no_work_is_on_two_sides_of_either_corpus():
    entries = [*listing("openscore-lieder"), *listing("polish-songs")]
    assert len({entry.path for entry in entries}) == len(entries) > 1500
    sides: dict[str, list[str]] = {}
    for entry in entries:
        sides.setdefault(split_of("song", entry.work), []).append(entry.work)
    assert set(sides) == {"train", "valid", "test"}
    assert 0.75 < len(sides["train"]) / len(entries) < 0.85


def test_what_is_read_once_is_kept_for_the_parts_it_has(tmp_path, monkeypatch):
    monkeypatch.setattr(listed_scores.paths, "home_dir", lambda: tmp_path)
    entries = [Entry(f"{name}.krn", name, "Nobody", name.title(), "0" * 64, 1) for name in "abc"]
    calls = []

    def pieces():
        calls.append(1)
        for entry in entries:
            yield kern_song(read_kern(KERN), entry.title, entry.composer)

    for _ in range(2):
        found = read_listed("kept-v1", entries, pieces, SONG, lambda entry: entry.work != "b")
        assert [(entry.work, piece.title) for entry, piece in found] == [("a", "A"), ("c", "C")]
        assert lines(found[0][1]) == lines(kern_song(read_kern(KERN), "", ""))
        assert [t.program for t in found[0][1].tracks] == [52, 0, 0]
    assert calls == [1]


# ---------------------------------------------------------------------------------------- somebody else's songs


@pytest.fixture(scope="module")
def parts() -> ScoreLayout:
    return load_recipe(RECIPE).codec().layout


def track(name, *notes, program=0):
    return Track(tuple(Note(onset, pitch, 1) for onset, pitch in notes), program, False, name)


def test_a_piano_on_one_track_beside_a_voice_is_dealt_to_two_hands(parts):
    melody, piano = track("", (0, 60), (1, 62)), track("", (0, 72), (0, 76), (0, 36), (1, 71), (1, 43))
    found, _ = assigned_to_parts(Piece((melody, piano)), parts)
    assert [t.name for t in found.tracks] == ["Voice", "Right hand", "Left hand"]
    assert [[n.pitch for n in t.notes] for t in found.tracks] == [[60, 62], [72, 76, 71], [36, 43]]


def test_a_voice_is_known_by_its_name_where_the_piano_lies_higher(parts):
    tracks = (track("Piano", (0, 84), (1, 86)), track("Gesang", (0, 60), (1, 62)), track("Piano", (0, 36), (1, 43)))
    found, _ = assigned_to_parts(Piece(tracks), parts)
    assert [[n.pitch for n in t.notes] for t in found.tracks] == [[60, 62], [84, 86], [36, 43]]


def test_a_piano_alone_is_two_hands_and_nobody_sings(parts):
    found, _ = assigned_to_parts(Piece((track("", (0, 72), (0, 76), (0, 36), (1, 71), (1, 43)),)), parts)
    assert [[n.pitch for n in t.notes] for t in found.tracks] == [[], [72, 76, 71], [36, 43]]


def test_of_two_notes_at_once_a_voice_sings_the_upper(parts):
    song = Piece((track("Voice", (0, 60), (0, 67)), track("Right hand", (0, 64)), track("Left hand", (0, 48))))
    rows, changes = notes_of(song, parts)
    assert np.array_equal(rows.pitch[rows.part == 0], [67])
    assert changes.left_out == 1


def test_a_song_goes_through_the_codec_unchanged(parts):
    codec = ScoreCodec(parts)
    song = kern_song(read_kern(KERN), "", "")
    assert lines(codec.decode(codec.encode(song))) == lines(codec.normalize(song)) == lines(song)


def test_a_song_is_printed_as_a_staff_above_a_grand_staff():
    printed = layout_of_score(kern_song(read_kern(KERN), "", ""))
    assert [(part.name, part.group, [staff.clef for staff in part.staves]) for part in printed] == [
        ("Voice", "voices", ["treble"]),
        ("Right hand", "brace", ["treble"]),
        ("Left hand", "brace", ["bass"]),
    ]


# ---------------------------------------------------------------------------------------- around a melody


@pytest.fixture
def accompanied(monkeypatch, tmp_path):
    """Accompanies a melody of four bars with a pickup; returns the take of a stub network and what is said."""
    style = open_style(load_recipe(RECIPE).card, tmp_path)
    monkeypatch.setattr(whole, "load_style", lambda _: style)
    notes = [(67, 0, 1), *((60 + i % 5, 1 + i, 1) for i in range(9)), (60, 10, 3)]

    def made(mode="accompany", **around):
        seed = builders.piece(notes, meter="3/4", key="C major", pickup=1)
        bars = None if mode == "accompany" else 8
        with stub_networks():
            result = compose(ComposeRequest.of("song", mode, seed, num_bars=bars, random_seed=2, **around))
        return result.takes[0].piece, result.messages

    return made


@pytest.mark.parametrize(
    ("around", "first", "end", "pickup"),
    [
        ({}, 0, 13, 1),
        ({"prelude_bars": 2}, 5, 18, 0),  # the pickup falls into the second bar of the prelude
        ({"postlude_bars": 2}, 0, 19, 1),
        ({"prelude_bars": 1, "postlude_bars": 1}, 2, 18, 0),
    ],
)
def test_the_piano_plays_before_and_after_the_melody_that_it_accompanies(accompanied, around, first, end, pickup):
    piece, messages = accompanied(**around)
    voice, right, left = piece.tracks
    assert [n.pitch for n in voice.notes] == [67, 60, 61, 62, 63, 64, 60, 61, 62, 63, 60]
    assert (voice.notes[0].onset_quarter, piece.end_quarter, piece.pickup_quarter) == (first, end, pickup)
    assert voice.notes[-1].onset_quarter == first + 10
    assert min(right.notes[0].onset_quarter, left.notes[0].onset_quarter) < max(first, 1)
    assert left.notes[-1].end_quarter == end and left.notes[-1].pitch % 12 == 0
    assert messages == ()


def test_a_prelude_is_only_for_a_melody(accompanied):
    _, messages = accompanied("continue", prelude_bars=2)
    assert "around_melody_only" in [code_of(said) for said in messages]
