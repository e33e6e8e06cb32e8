"""The data model: hand-computed times, keys, spellings and transformations."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.music import (
    Barline,
    ChordSymbol,
    KeySignature,
    Note,
    Piece,
    Tempo,
    TimeSignature,
    Track,
    note_array,
    snap,
    theory,
    timing,
    transform,
)


def piece(*notes: Note, **marks) -> Piece:
    return Piece((Track(notes),), **marks)


def line(count: int, length: float = 1.0, start: float = 0.0) -> tuple[Note, ...]:
    return tuple(Note(start + i * length, 60 + i, length) for i in range(count))


def onsets(music: Piece) -> list[float]:
    return [n.onset_quarter for n in music.tracks[0].notes]


# ---------------------------------------------------------------------------------------------------- model


def test_triplets_add_up_exactly():
    assert snap(1 / 3) + snap(1 / 3) + snap(1 / 3) == 1.0
    assert Note(2 / 3, 60, 1 / 3).end_quarter == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Note(-1, 60), lambda: Note(0, 128), lambda: Note(0, 60, 0), lambda: Note(0, 60, 1, 0),
        lambda: Note(float("nan"), 60), lambda: Track(program=128), lambda: Tempo(0, 0),
        lambda: TimeSignature(0, 0, 4), lambda: TimeSignature(0, 4, 3), lambda: KeySignature(0, 12),
        lambda: KeySignature(0, 0, "blue"), lambda: Barline(0, "dotted"), lambda: Piece(pickup_quarter=4.0),
    ],
)  # fmt: skip
def test_wrong_values_are_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


def test_piece_fills_in_tempo_and_meter():
    music = piece(Note(0, 60), tempos=(Tempo(4, 90),))
    assert music.tempos == (Tempo(0, 120), Tempo(4, 90))
    assert music.time_signatures == (TimeSignature(0, 4, 4),)


def test_note_array_is_sorted_by_onset_then_track():
    music = Piece((Track((Note(1, 60), Note(0, 72))), Track((Note(0, 48),))))
    array = note_array(music)
    assert array["pitch"].tolist() == [72, 48, 60]
    assert array["track"].tolist() == [0, 1, 0]


# --------------------------------------------------------------------------------------------------- timing

CHANGING = piece(Note(0, 60, 8), tempos=(Tempo(0, 60), Tempo(2, 120), Tempo(4, 30)))


@pytest.mark.parametrize(("quarter", "seconds"), [(0, 0), (1, 1), (2, 2), (3, 2.5), (4, 3), (5, 5), (8, 11)])
def test_seconds_follow_tempo_changes(quarter, seconds):
    assert timing.quarter_to_seconds(CHANGING, quarter) == pytest.approx(seconds)
    assert timing.seconds_to_quarter(CHANGING, seconds) == pytest.approx(quarter)


def test_duration():
    assert timing.duration_seconds(CHANGING) == pytest.approx(11)


@given(st.floats(0, 100))
def test_seconds_and_back(quarter):
    seconds = timing.quarter_to_seconds(CHANGING, quarter)
    assert timing.seconds_to_quarter(CHANGING, seconds) == pytest.approx(quarter, abs=1e-6)


def test_bars_with_pickup_and_meter_change():
    music = piece(
        *line(12), time_signatures=(TimeSignature(0, 3, 4), TimeSignature(7, 2, 4)), pickup_quarter=1.0
    )  # fmt: skip
    assert timing.bar_starts(music) == [0, 1, 4, 7, 9, 11]
    assert timing.num_bars(music) == 5
    assert timing.bar_and_beat(music, 0) == (0, 3)
    assert timing.bar_and_beat(music, 1) == (1, 1)
    assert timing.bar_and_beat(music, 8) == (3, 2)


def test_bars_of_six_eight_and_a_cut_bar():
    music = piece(Note(0, 60, 9), time_signatures=(TimeSignature(0, 6, 8), TimeSignature(4, 6, 8)))
    assert timing.bar_starts(music) == [0, 3, 4, 7]
    assert timing.bar_and_beat(music, 4.5) == (3, 2)
    assert timing.meter_at(music, 3.9).onset_quarter == 0


def test_piece_without_notes_has_one_empty_bar():
    assert timing.bar_starts(Piece()) == [0.0]
    assert timing.num_bars(Piece()) == 1


# --------------------------------------------------------------------------------------------------- theory


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("D major", (2, "major")), ("F# minor", (6, "minor")), ("Bb", (10, "major")), ("a", (9, "minor")),
        ("E dorian", (4, "dorian")), ("Em", (4, "minor")), ("CM", (0, "major")), ("Ab mix", (8, "mixolydian")),
        ("G♭ Major", (6, "major")),
    ],
)  # fmt: skip
def test_parse_key(text, key):
    assert theory.parse_key(text) == key


@pytest.mark.parametrize("text", ["", "H minor", "C# blue", "major"])
def test_no_key(text):
    with pytest.raises(ValueError):
        theory.parse_key(text)


@pytest.mark.parametrize(
    ("tonic", "mode", "fifths", "name"),
    [
        (0, "major", 0, "C major"), (7, "major", 1, "G major"), (5, "major", -1, "F major"),
        (6, "major", 6, "F# major"),
        (1, "major", -5, "Db major"), (9, "minor", 0, "A minor"), (4, "dorian", 2, "E dorian"),
        (10, "minor", -5, "Bb minor"), (8, "minor", 5, "G# minor"), (9, "mixolydian", 2, "A mixolydian"),
        (5, "lydian", 0, "F lydian"), (11, "locrian", 0, "B locrian"), (4, "phrygian", 0, "E phrygian"),
    ],
)  # fmt: skip
def test_key_signatures(tonic, mode, fifths, name):
    assert theory.key_fifths(tonic, mode) == fifths
    assert theory.tonic_from_fifths(fifths, mode) == tonic
    assert theory.key_name(tonic, mode) == name
    assert theory.parse_key(name) == (tonic, mode)


@given(st.integers(0, 127), st.integers(-7, 7))
def test_spelling_is_the_same_pitch(pitch, fifths):
    step, alter, octave = theory.spell(pitch, fifths)
    assert theory.STEP_PITCH_CLASSES[step] + alter + 12 * (octave + 1) == pitch


@pytest.mark.parametrize(
    ("pitch", "fifths", "name"),
    [(60, 0, "C4"), (61, 2, "C#4"), (61, -5, "Db4"), (68, 0, "G#4"), (63, 0, "Eb4"), (60, 7, "B#3"), (71, -6, "Cb5"),
     (70, 1, "Bb4"), (75, 1, "D#5"), (66, -2, "F#4"), (0, 0, "C-1"), (127, 0, "G9")],
)  # fmt: skip
def test_pitch_names(pitch, fifths, name):
    assert theory.pitch_name(pitch, fifths) == name


def test_minor_scale_has_both_sixths_and_sevenths():
    assert theory.scale_pitch_classes(9, "minor") == {9, 11, 0, 2, 4, 5, 7, 6, 8}
    assert theory.scale_pitch_classes(2, "dorian") == {2, 4, 5, 7, 9, 11, 0}


def test_estimate_key():
    g_major = np.array([67, 69, 71, 72, 74, 76, 78, 79])
    assert theory.estimate_key(g_major, np.array([2, 1, 1, 1, 2, 1, 1, 2])) == (7, "major")
    a_minor = np.array([69, 71, 72, 74, 76, 77, 80, 81, 76, 72, 69])
    assert theory.estimate_key(a_minor) == (9, "minor")
    assert theory.estimate_key(np.arange(60, 72)) == (11, "major")


@pytest.mark.parametrize(
    ("text", "semitones", "fifths", "result"),
    [("Am7", 2, 2, "Bm7"), ("Bb", 2, 0, "C"), ("G/B", 5, 0, "C/E"), ("F#m7b5", -1, -1, "Fm7b5"), ("C", 1, -5, "Db"),
     ("C6/9", 2, 2, "D6/9"), ("N.C.", 3, 0, "N.C.")],
)  # fmt: skip
def test_chord_symbols_move(text, semitones, fifths, result):
    assert theory.transpose_chord_text(text, semitones, fifths) == result


# ------------------------------------------------------------------------------------------------ transform


def test_transpose_moves_keys_and_chords_but_not_drums():
    music = Piece(
        (Track((Note(0, 60),)), Track((Note(0, 36),), is_drum=True)),
        key_signatures=(KeySignature(0, 9, "minor"),),
        chord_symbols=(ChordSymbol(0, "Am"),),
    )
    up = transform.transpose(music, 3)
    assert [t.notes[0].pitch for t in up.tracks] == [63, 36]
    assert up.key_signatures == (KeySignature(0, 0, "minor"),)
    assert up.chord_symbols == (ChordSymbol(0, "Cm"),)
    assert transform.transpose(up, -3) == music
    with pytest.raises(ValueError):
        transform.transpose(music, 70)


def test_quantize_does_not_tell_of_a_files_rounding_or_of_short_ends():
    rounded = piece(Note(0, 60, 0.94), Note(1 + 1 / 220, 62, 0.95), Note(2.03, 64, 1))
    result, moved = transform.quantize(rounded, 0.25)
    assert [(n.onset_quarter, n.duration_quarter) for n in result.tracks[0].notes] == [(0, 1), (1, 1), (2, 1)]
    assert moved == 1


def test_quantize_counts_moved_notes_and_keeps_one_step():
    music = piece(Note(0.02, 60, 0.25), Note(0.5, 62, 0.5), Note(1.0, 64, 0.01))
    result, moved = transform.quantize(music, 0.25)
    assert [(n.onset_quarter, n.duration_quarter) for n in result.tracks[0].notes] == [(0, 0.25), (0.5, 0.5), (1, 0.25)]
    assert moved == 2
    assert transform.quantize(result, 0.25) == (result, 0)


def test_slice_cuts_notes_and_carries_marks():
    music = piece(
        Note(0, 60, 6), Note(6, 62, 4),
        tempos=(Tempo(0, 100), Tempo(2, 50)),
        key_signatures=(KeySignature(0, 7),),
        barlines=(Barline(8, "double"),),
        fermatas=(6,),
    )  # fmt: skip
    cut = transform.slice_quarters(music, 4, 8)
    assert [(n.onset_quarter, n.pitch, n.duration_quarter) for n in cut.tracks[0].notes] == [(0, 60, 2), (2, 62, 2)]
    assert cut.tempos == (Tempo(0, 50),)
    assert cut.key_signatures == (KeySignature(0, 7),)
    assert cut.barlines == (Barline(4, "double"),)
    assert cut.fermatas == (2,)
    assert cut.pickup_quarter == 0


def test_a_slice_from_inside_a_bar_keeps_the_bar_lines():
    music = piece(*line(12), time_signatures=(TimeSignature(0, 3, 4),), pickup_quarter=1.0)
    assert timing.bar_starts(transform.slice_quarters(music, 0, 12)) == [0, 1, 4, 7, 10]
    assert timing.bar_starts(transform.slice_quarters(music, 0.5, 12)) == [0, 0.5, 3.5, 6.5, 9.5]
    assert timing.bar_starts(transform.slice_quarters(music, 2, 12)) == [0, 2, 5, 8]
    assert timing.bar_starts(transform.slice_quarters(music, 4, 12)) == [0, 3, 6]


def test_slice_bars():
    music = piece(*line(13), time_signatures=(TimeSignature(0, 3, 4),), pickup_quarter=1.0)
    assert onsets(transform.slice_bars(music, 0, 2)) == [0, 1, 2, 3]
    assert transform.slice_bars(music, 0, 2).pickup_quarter == 1
    assert [n.pitch for n in transform.slice_bars(music, 1, 1).tracks[0].notes] == [61, 62, 63]
    assert [n.pitch for n in transform.slice_bars(music, 4, 9).tracks[0].notes] == [70, 71, 72]
    with pytest.raises(ValueError):
        transform.slice_bars(music, 5, 1)


def test_melody_is_the_upper_voice():
    music = Piece((
        Track((Note(0, 48, 4), Note(2, 72, 1)), program=32, name="low"),
        Track((Note(0, 60, 1), Note(1, 64, 2), Note(3, 62, 1)), program=40, name="high"),
        Track((Note(0, 90, 4),), is_drum=True),
    ))  # fmt: skip
    melody = transform.melody_of(music)
    assert [(n.onset_quarter, n.pitch, n.duration_quarter) for n in melody.notes] == [
        (0, 60, 1), (1, 64, 1), (2, 72, 1), (3, 62, 1)
    ]  # fmt: skip
    assert (melody.program, melody.name) == (40, "high")
    assert transform.melody_of(Piece()) == Track()


def test_unfold_a_plain_repeat():
    music = piece(*line(8), barlines=(Barline(4, "repeat-start"), Barline(8, "repeat-end")))
    unfolded = transform.unfold_repeats(music)
    assert [n.pitch for n in unfolded.tracks[0].notes] == [60, 61, 62, 63, 64, 65, 66, 67, 64, 65, 66, 67]
    assert unfolded.barlines == (Barline(4, "double"), Barline(12, "final"))


def test_unfold_takes_the_pickup_along_where_the_last_bar_leaves_room():
    short = piece(*line(8), pickup_quarter=1.0, barlines=(Barline(8, "repeat-end"),))
    assert onsets(transform.unfold_repeats(short)) == list(range(16))
    full = piece(*line(9), pickup_quarter=1.0, barlines=(Barline(9, "repeat-end"),))
    assert [n.pitch for n in transform.unfold_repeats(full).tracks[0].notes] == [*range(60, 69), *range(61, 69)]
    assert timing.bar_starts(transform.unfold_repeats(full)) == [0, 1, 5, 9, 13]


def test_unfold_two_repeated_parts_and_their_marks():
    music = piece(
        *line(8),
        barlines=(Barline(4, "repeat-both"), Barline(8, "repeat-end")),
        tempos=(Tempo(0, 100), Tempo(2, 80)),
        chord_symbols=(ChordSymbol(0, "C"), ChordSymbol(4, "G")),
        fermatas=(7,),
    )
    unfolded = transform.unfold_repeats(music)
    assert [n.pitch - 60 for n in unfolded.tracks[0].notes] == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7]
    assert unfolded.tempos == (Tempo(0, 100), Tempo(2, 80), Tempo(4, 100), Tempo(6, 80))
    assert [c.onset_quarter for c in unfolded.chord_symbols] == [0, 4, 8, 12]
    assert unfolded.fermatas == (11, 15)
    assert unfolded.barlines == (Barline(8, "double"), Barline(16, "final"))


def test_unfold_without_repeats_changes_only_the_last_bar_line():
    music = piece(*line(4))
    assert transform.unfold_repeats(music) == replace(music, barlines=(Barline(4, "final"),))


def test_main_key():
    music = piece(Note(0, 60), key_signatures=(KeySignature(0, 2),))
    assert transform.main_key(music) == KeySignature(0, 2)
    assert transform.main_key(piece()) is None


def test_a_short_seed_is_in_the_scale_of_its_notes():
    seed = [62, 64, 66, 67, 69, 66]  # D E F# G A F#: F# minor fits the proportions, but has no G
    assert theory.estimate_key(np.array(seed)) == (2, "major")
