"""Keys that files declare against what their notes say, and the bars of an upload in which its melody sounds."""

from dataclasses import replace

import pytest
from builders import piece, track

from musegen.files.midi import midi_bytes
from musegen.music import KeySignature, TimeSignature
from musegen.music.key_reading import doubted_key, mode_of_signature
from musegen.services.seeds import seed as seeds

A_MINOR = [69, 71, 72, 76, 69, 68, 69, 72, 74, 72, 71, 69, 68, 71, 76, 69, 72, 71, 69, 68, 69]
C_MAJOR = [60, 64, 67, 72, 65, 69, 67, 64, 62, 65, 67, 71, 72, 67, 64, 62, 60, 67, 64, 62, 60]


def tune(pitches, move=0, key="C major"):
    return piece([(p + move, float(i), 1.0) for i, p in enumerate(pitches)], key=key)


@pytest.mark.parametrize("move", range(0, 12, 3))
def test_minor_music_signed_as_its_relative_major_is_minor(move):
    names = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    key = doubted_key(tune(A_MINOR, move, f"{names[move]} major"))
    assert (key.tonic, key.mode) == ((9 + move) % 12, "minor")


def test_what_every_daw_writes_is_not_believed_over_music_in_another_key():
    key = doubted_key(tune(C_MAJOR, 6))
    assert (key.tonic, key.mode) == (6, "major")


@pytest.mark.parametrize("move", [2, 5, 7, 10])
def test_minor_music_in_a_file_that_says_c_is_in_its_own_minor(move):
    key = doubted_key(tune(A_MINOR, move))
    assert (key.tonic, key.mode) == ((9 + move) % 12, "minor")


@pytest.mark.parametrize("key", ["C major", "A minor", "D dorian"])
def test_major_music_stays_major_and_what_is_not_signed_major_is_believed(key):
    assert doubted_key(tune(C_MAJOR, key=key)) is None
    assert doubted_key(tune(A_MINOR[:8])) is None


def test_a_signature_without_a_mode():
    assert mode_of_signature(0, tune(A_MINOR).tracks[0].notes) == "minor"
    assert mode_of_signature(0, tune(C_MAJOR).tracks[0].notes) == "major"
    assert mode_of_signature(0, ()) == "major"


def test_a_seed_says_what_it_overruled_and_goes_back():
    seed = seeds.seed_from_file("elise.mid", midi_bytes(tune(A_MINOR)))
    assert seed.piece.key_signatures == (KeySignature(0.0, 9, "minor"),)
    assert seed.messages[-1] == "The file says C major, the notes say A minor."
    back = seeds.in_declared_key(seed)
    assert back.piece.key_signatures == (KeySignature(0.0, 0, "major"),)
    assert back.messages == seed.messages[:-1]
    assert seeds.in_declared_key(back) == back


def test_the_last_bars_are_those_in_which_the_chosen_track_sounds():
    melody = track([(72, 4.0 * bar, 4.0) for bar in range(10)], name="MELODY")
    chords = track([(48, 4.0 * bar, 4.0) for bar in range(40)], name="PIANO")
    music = piece(melody, chords)
    assert seeds.suggest_bars(music, "continue") == (33, 40)
    assert seeds.suggest_bars(music, "continue", (0,)) == (3, 10)
    used = seeds.excerpt(seeds.Seed(music, "", "file"), (0,), 3, 10)
    assert used.piece.num_notes == 8


def test_a_last_short_bar_is_no_meter_and_one_beat_a_bar_is_four_four():
    waltz = [(60 + i % 5, 1.5 * i, 1.5) for i in range(8)]
    music = replace(piece([*waltz, (60, 12.0, 1.0)], meter="3/8"), time_signatures=(
        TimeSignature(0.0, 3, 8), TimeSignature(12.0, 2, 8)))  # fmt: skip
    seed = seeds.seed_from_file("bagatelle.mid", midi_bytes(music))
    assert [(m.numerator, m.denominator) for m in seed.piece.time_signatures] == [(3, 8)]
    seed = seeds.seed_from_file("ticks.mid", midi_bytes(piece([(60, i, 1) for i in range(8)], meter="1/4")))
    assert [(m.numerator, m.denominator) for m in seed.piece.time_signatures] == [(4, 4)]
    assert "4/4" in seed.messages[0]


def test_a_file_without_a_title_is_called_by_its_name():
    assert seeds.seed_from_file("k_545.mid", midi_bytes(tune(C_MAJOR))).piece.title == "k 545"


def test_the_name_of_a_track_is_no_instrument():
    band = piece(track([(72, 0, 4)], 73, name="MELODY"), track([(60, 0, 4)], 0, name="Verse 2"),
                 track([(48, 0, 4)], 42, name="Violoncello I"), track([(50, 0, 4)], 0, name="Track 4"))  # fmt: skip
    assert seeds.describe_seed(band).split("4 notes, ")[1] == "C3 to C5, Flute, Piano, Violoncello I, 2 s"


def test_of_five_strings_a_quartet_takes_all_and_of_a_band_the_melody():
    voices = [track([(60 + i, i, 1) for i in range(8)], p) for p in (40, 40, 41, 42, 43)]
    assert seeds.suggest_tracks(piece(*voices), 4) == (0, 1, 2, 3, 4)
    assert len(seeds.suggest_tracks(piece(*voices), 1)) == 1
    band = [track([(60 + i, i, 1) for i in range(8)], p) for p in (73, 0, 25, 33, 48)]
    assert len(seeds.suggest_tracks(piece(*band), 4)) == 1
