"""Seeds: the examples that come with the program, files and text, and what is said and used of them."""

import numpy as np
import pytest

from musegen.constants import MAX_UPLOAD_BYTES
from musegen.errors import FileFormatError, SeedSyntaxError
from musegen.evaluation.voice_leading import voice_leading
from musegen.files.midi import midi_bytes
from musegen.music import Note, Piece, Track
from musegen.music.theory import estimate_key, scale_pitch_classes
from musegen.music.timing import num_bars, quarters_to_seconds
from musegen.remarks import code_of
from musegen.services.seeds import seed as seeds
from tests.builders import piece, track

IDS = [example.example_id for example in seeds.list_examples()]


def test_there_are_at_least_six_examples_with_a_line_and_a_style_each():
    examples = seeds.list_examples()
    assert len(examples) >= 6
    assert len({example.example_id for example in examples}) == len(examples)
    for example in examples:
        assert example.line.endswith(".")
        assert example.styles
        assert example.mode in ("continue", "harmonise")
        assert seeds.seed_from_text(example.text).piece.num_notes


@pytest.mark.parametrize("example_id", IDS)
def test_an_example_fills_four_to_eight_bars_and_stays_near_its_key(example_id):
    music = seeds.load_example(example_id).piece
    assert 4 <= num_bars(music) <= 8
    meter, key = music.time_signatures[0], music.key_signatures[0]
    for voice in music.tracks:
        end = max(note.end_quarter for note in voice.notes)
        whole = (end - music.pickup_quarter) % meter.bar_quarters
        assert whole in (0, meter.bar_quarters - music.pickup_quarter)  # the last bar gives the pickup its time
        onsets = sorted((n.onset_quarter, n.end_quarter) for n in voice.notes)
        assert all(a[1] == b[0] for a, b in zip(onsets, onsets[1:], strict=False))
    pitches = np.array([n.pitch for t in music.tracks for n in t.notes])
    assert set(pitches % 12) <= scale_pitch_classes(key.tonic, key.mode)


def test_the_keys_of_the_chorale_and_the_hymn_are_those_the_notes_say():
    for example_id in ("chorale", "hymn"):
        music = seeds.load_example(example_id).piece
        notes = [n for t in music.tracks for n in t.notes]
        found = estimate_key(np.array([n.pitch for n in notes]), np.array([n.duration_quarter for n in notes]))
        assert found == (music.key_signatures[0].tonic, music.key_signatures[0].mode)


def test_the_chorale_breaks_no_rule_of_voice_leading():
    found = voice_leading(seeds.load_example("chorale").piece)
    assert found.parallel_fifths == found.parallel_octaves == 0
    assert found.hidden_fifths == found.hidden_octaves == 0
    assert found.crossed_share == found.wide_share == found.num_out_of_range == 0
    assert found.num_beats == 16


@pytest.mark.parametrize("example_id", ["chorale", "hymn"])
def test_fermatas_stand_on_notes_of_the_melody(example_id):
    music = seeds.load_example(example_id).piece
    assert music.fermatas
    assert set(music.fermatas) <= {note.onset_quarter for note in music.tracks[0].notes}


def test_an_unknown_example_is_a_mistake_in_code():
    with pytest.raises(ValueError, match="reel"):
        seeds.load_example("polka")


def test_a_seed_is_described_in_a_musicians_words():
    tune = piece(track([(62, 0, 1), (66, 1, 1), (69, 2, 1), (74, 3, 5)], program=73), qpm=120, key="D major")
    assert seeds.describe_seed(tune) == "D major, 4/4, 2 bars, 4 notes, D4 to D5, Flute, 4 s"
    pickup = piece(track([(67, 0, 1), (72, 1, 3)], name="Lead"), meter="3/4", pickup=1.0, qpm=60)
    assert seeds.describe_seed(pickup) == "no key given, 3/4, 1 bar and a pickup, 2 notes, G4 to C5, Piano, 4 s"


def test_an_uploaded_file_gives_its_pitched_tracks_and_says_what_is_left_out():
    band = piece(
        track([(60, 0, 1), (62, 1, 1)], program=24, name="Guitar"),
        track([(36, 0, 1), (38, 1, 1)], is_drum=True, name="Kit"),
    )
    seed = seeds.seed_from_file("my_band.mid", midi_bytes(band))
    assert [t.name for t in seed.piece.tracks] == ["Guitar"]
    assert seed.title == "my band"
    assert seed.messages == ("The drums are left out.",)
    assert seed.source == "file"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.mid", b"this is not music", "MIDI"),
        ("a.mid", b"", "empty"),
        ("a.mid", b"MThd" + b"\0" * (MAX_UPLOAD_BYTES + 1), "5 MB"),
        ("a.mid", midi_bytes(piece(track([(36, 0, 1)], is_drum=True))), "drums alone"),
        ("a.pdf", b"%PDF-1.7 hello", "choose"),
    ],
)
def test_a_file_that_is_no_seed_is_refused_in_a_sentence(name, data, words):
    with pytest.raises(FileFormatError, match=words) as caught:
        seeds.seed_from_file(name, data)
    assert str(caught.value).endswith(".")


def test_typed_text_is_a_seed_and_nonsense_is_pointed_at():
    seed = seeds.seed_from_text("title: Little thing\nC4 D4 E4:2")
    assert (seed.title, seed.source, seed.piece.num_notes) == ("Little thing", "text", 3)
    with pytest.raises(SeedSyntaxError) as caught:
        seeds.seed_from_text("C4 D4 Q4")
    assert caught.value.position == 6


def band():
    low = track([(40, q, 1) for q in range(16)], program=33, name="Bass")
    tune = track([(72, q, 1) for q in range(4, 16)], program=73, name="Tune")
    bell = track([(100, 0, 1)], program=14, name="Bell")
    pad = track([(60, q, 4) for q in range(0, 16, 4)] * 2, program=48, name="Pad")
    return piece(low, tune, bell, pad)


def test_the_likeliest_melody_is_the_highest_with_its_share_of_notes_or_the_one_called_so():
    assert seeds.suggest_tracks(band(), 1) == (1,)
    named = piece(*(track([(50, 0, 1)], name=name) for name in ("Piano", "Lead vocal", "Strings")))
    assert seeds.suggest_tracks(named, 1) == (1,)
    assert seeds.suggest_tracks(band(), 4) == (0, 1, 2, 3)


def test_going_on_from_a_long_file_starts_with_the_last_eight_bars_that_sound():
    long = piece([(60, q, 1) for q in range(12, 160)])
    assert seeds.suggest_bars(long, "continue") == (33, 40)
    assert seeds.suggest_bars(long, "harmonise") == (1, 32)
    assert seeds.suggest_bars(piece([(60, 0, 4)]), "continue") == (1, 1)
    assert seeds.suggest_bars(piece([(60, 0, 4), (62, 52, 4)]), "continue") == (14, 14)  # twelve silent bars before
    upbeat = piece([(60, q, 1) for q in range(41)], pickup=1.0)
    assert seeds.suggest_bars(upbeat, "continue") == (3, 10)
    assert seeds.suggest_bars(piece([(60, 0, 12)]), "continue") == (1, 3)  # one note that sounds through
    assert seeds.suggest_bars(piece([(60, 0, 40)]), "continue") == (3, 10)


def test_an_excerpt_keeps_the_tracks_and_bars_asked_for_and_says_so():
    whole = seeds.Seed(band(), "Band", "file")
    part = seeds.excerpt(whole, (1,), 2, 3)
    assert part.messages == ("Bars 2 to 3 of 4 are used.", '1 of 4 tracks is used: "Tune".')
    assert [(n.onset_quarter, n.pitch) for n in part.piece.tracks[0].notes] == [(q, 72) for q in range(8)]
    assert seeds.excerpt(whole, (0, 1, 2, 3), 1, 4).piece == whole.piece
    with pytest.raises(FileFormatError, match="no notes in these bars"):
        seeds.excerpt(whole, (1,), 1, 1)
    with pytest.raises(ValueError, match="bars"):
        seeds.excerpt(whole, (1,), 0, 9)


def test_a_pickup_goes_with_the_first_bar():
    whole = seeds.Seed(piece([(60, q, 1) for q in range(9)], pickup=1.0), "Song", "text")
    assert seeds.excerpt(whole, (0,), 1, 1).piece.end_quarter == 5
    second = seeds.excerpt(whole, (0,), 2, 2).piece
    assert (second.pickup_quarter, second.end_quarter) == (0, 4)


def test_what_was_played_freely_on_a_piano_gets_the_bars_that_are_heard_in_it_and_keeps_its_times():
    random = np.random.default_rng(4)
    played = np.cumsum(random.normal(0.31, 0.012, 48)).round(3)
    notes = tuple(Note(float(2 * t), 60 + (3 * i) % 17, 0.3) for i, t in enumerate(played))
    seed = seeds.seed_from_file("played.mid", midi_bytes(Piece((Track(notes),))))
    piece = seed.piece
    assert "beat_heard" in [code_of(each) for each in seed.messages]
    assert len(piece.tempos) > 1
    onsets = quarters_to_seconds(piece, np.array([note.onset_quarter for note in piece.tracks[0].notes]))
    assert np.abs(onsets - onsets[0] - (played - played[0])).max() < 0.004
    even = tuple(Note(float(i), 60, 1.0) for i in range(16))
    assert len(seeds.seed_from_file("even.mid", midi_bytes(Piece((Track(even),)))).piece.tempos) == 1
