"""ABC out: what is written is what is read again, and what abc2midi hears where it is installed."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.abc_agreement import notes_of, played_by_abc2midi, same
from musegen.files.abc import abc_text, read_abc
from musegen.music import Barline, ChordSymbol, KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.notation import notatable
from musegen.music.transform import unfold_repeats
from musegen.services.showing.downloads import file_bytes
from tests import builders
from tests.test_take_fixtures import recorded

TUNE = Piece(
    (Track((Note(0, 62, 1), Note(1, 66, 1), Note(2, 61, 1), Note(3, 68, 1), Note(4, 69, 2), Note(6, 73, 1 / 3),
            Note(6 + 1 / 3, 74, 1 / 3), Note(6 + 2 / 3, 73, 1 / 3), Note(7, 73, 2)), 73, name="Flute"),),
    (Tempo(0, 96),), (TimeSignature(0, 3, 4),), (KeySignature(0, 2),), (ChordSymbol(0, "D"), ChordSymbol(3, "A7")),
    (Barline(0, "repeat-start"), Barline(6, "repeat-end")), title="A tune", composer="Nobody",
)  # fmt: skip


def test_a_tune_as_it_is_written():
    assert abc_text(TUNE) == (
        "X:1\nT:A tune\nC:Nobody\nM:3/4\nL:1/8\nQ:1/4=96\nK:D\n%%MIDI program 73\n"
        '|: "D"D2 F2 C2 | "A7"^G2 A4 :| (3:2:3c d c c4 |] \n'
    )


def test_what_is_written_is_read_again():
    again = read_abc(abc_text(TUNE))
    assert again.tracks[0].notes == TUNE.tracks[0].notes
    assert (again.title, again.composer, again.tempos) == ("A tune", "Nobody", TUNE.tempos)
    assert (again.key_signatures, again.time_signatures) == (TUNE.key_signatures, TUNE.time_signatures)
    assert (again.chord_symbols, again.tracks[0].program) == (TUNE.chord_symbols, 73)


def takes_of(*styles: str) -> list[Piece]:
    """Takes of the fixtures, tracks of chorales named as voices are."""
    found = []
    for item in recorded():
        if not any(f'"style_id":"{style}"' in item["recipe"].replace(": ", ":") for style in styles):
            continue
        take = item["take"]
        names = ("Soprano", "Alto", "Tenor", "Bass") if len(take["tracks"]) == 4 else ("",) * len(take["tracks"])
        tracks = tuple(
            Track(tuple(Note(*note) for note in notes), program, name=name)
            for name, (program, notes) in zip(names, take["tracks"], strict=True)
        )
        found.append(Piece(tracks, (Tempo(0, take["qpm"][0]),), tuple(TimeSignature(*m) for m in take["meters"]),
                           tuple(KeySignature(*k) for k in take["keys"]), pickup_quarter=take["pickup"]))  # fmt: skip
    return found


def test_takes_of_folk_chorales_and_quartets_come_back_note_for_note():
    pieces = takes_of("folk", "bach-chorales", "string-quartet")
    assert len(pieces) > 40
    for piece in pieces:
        piece = notatable(piece)
        again = read_abc(abc_text(piece))
        assert same(notes_of(piece), notes_of(again)) == ""
        assert len(again.tracks) == len(piece.tracks)


@pytest.mark.skipif(not shutil.which("abc2midi"), reason="abc2midi is not installed")
def test_abc2midi_hears_the_same_notes(tmp_path):
    for piece in (TUNE, *takes_of("folk", "bach-chorales")[::6]):
        piece = notatable(piece)
        heard = played_by_abc2midi(abc_text(piece), tmp_path)
        assert same(heard, notes_of(unfold_repeats(piece))) == ""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(40, 90), st.sampled_from([0.25, 0.5, 0.75, 1, 1.5, 2, 1 / 3])), min_size=1,
                max_size=24), st.integers(0, 11), st.sampled_from(["major", "minor", "dorian"]))  # fmt: skip
def test_any_line_in_any_key_comes_back(line, tonic, mode):
    onset, notes = 0.0, []
    for pitch, length in line:
        notes.append(Note(onset, pitch, length))
        onset += length
    piece = notatable(Piece((Track(tuple(notes)),), key_signatures=(KeySignature(0, tonic, mode),)))
    assert same(notes_of(piece), notes_of(read_abc(abc_text(piece)))) == ""


def test_the_download_is_the_tune():
    assert file_bytes(TUNE, "abc", rights="Yours").decode() == abc_text(TUNE, "Yours")
    assert "Z:Yours" in abc_text(TUNE, "Yours")
    assert read_abc(file_bytes(TUNE, "abc").decode()).num_notes == TUNE.num_notes


def test_chords_are_struck_together_where_abc2midi_would_spread_them():
    line = builders.track([(67, 0, 4)], name="Line")
    chords = builders.track([(48, 0, 2), (52, 0, 2), (50, 2, 2)], name="Chords")
    assert "chordattack" not in abc_text(builders.piece(line))
    lines = abc_text(builders.piece(line, chords)).splitlines()
    assert lines.count("%%MIDI chordattack 0") == 1
    assert lines[lines.index("%%MIDI chordattack 0") - 2] == "V:2"
