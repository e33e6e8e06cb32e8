"""Scores of ASAP: bars made regular, lengths as written, hands, dynamics aligned from performances, the split."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.corpora import asap_scores
from musegen.corpora.asap import _listing as performances_listed
from musegen.corpora.asap_scores import COMPOSER, TESTED_TOO, score_of, score_split
from musegen.corpora.score_bars import regular
from musegen.corpora.score_dynamics import align, learned_dynamics
from musegen.files.midi import midi_bytes
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.music.performance import Performance
from musegen.music.timing import bar_starts

NO_PEDAL = np.zeros((0, 2))


def played(notes: list[tuple[float, int, int]]) -> Performance:
    """Return (onset ms, pitch, velocity) as a performance."""
    notes = sorted(notes)
    onset, pitch, velocity = (np.array(column) for column in zip(*notes, strict=True))
    return Performance(onset.astype(float), np.full(len(notes), 100.0), pitch, velocity, NO_PEDAL)


def meters(piece: Piece) -> list[tuple[float, int, int]]:
    return [(m.onset_quarter, m.numerator, m.denominator) for m in piece.time_signatures]


def scored(marks: list[tuple[float, int, int]], end: float, pickup: float = 0.0) -> Piece:
    notes = tuple(Note(float(q), 60, 1.0) for q in np.arange(0.0, end))
    return Piece((Track(notes),), time_signatures=tuple(TimeSignature(*m) for m in marks), pickup_quarter=pickup)


# ------------------------------------------------------------------------------------------------ bars


def test_halves_of_a_bar_around_a_repeat_sign_are_one_bar() -> None:
    piece = scored([(0, 3, 4), (22, 2, 4), (24, 1, 4), (25, 3, 4)], 49, pickup=1)
    assert meters(regular(piece)) == [(0, 3, 4)]
    assert regular(piece).tracks == piece.tracks


def test_a_cadenza_becomes_bars_and_a_shorter_one() -> None:
    piece = scored([(0, 3, 4), (12, 17, 4), (29, 3, 4)], 41)
    assert meters(regular(piece)) == [(0, 3, 4), (27, 2, 4), (29, 3, 4)]


def test_a_bar_a_hair_too_long_is_made_right_and_what_follows_moves_back() -> None:
    piece = Piece(
        (Track((Note(0.0, 60), Note(12.0, 60), Note(18.0625, 62), Note(24.0625, 64))),),
        time_signatures=(TimeSignature(0, 12, 8), TimeSignature(12, 97, 4), TimeSignature(18.0625, 12, 8)),
        key_signatures=(KeySignature(0, 6), KeySignature(18.09, 9)),
    )
    found = regular(piece)
    assert meters(found) == [(0, 12, 8)]
    assert [n.onset_quarter for n in found.tracks[0].notes] == [0, 12, 18, 24]
    assert [k.onset_quarter for k in found.key_signatures] == [0, 18]


def test_an_incomplete_last_bar_needs_no_meter_of_its_own() -> None:
    assert meters(regular(scored([(0, 2, 4), (40, 3, 8)], 41))) == [(0, 2, 4)]


def test_real_changes_of_meter_stay() -> None:
    marks = [(0, 4, 4), (28, 6, 4), (40, 4, 4), (48, 10, 8), (63, 4, 4)]
    assert meters(regular(scored(marks, 80))) == [(float(q), n, d) for q, n, d in marks]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([(4, 4), (3, 4), (1, 8), (13, 16), (97, 4), (5, 8)]),
                          st.integers(1, 5)), min_size=1, max_size=6))  # fmt: skip
def test_any_marks_become_bars_of_whole_sixteenths_in_order(stretches: list) -> None:
    marks, now = [], 0.0
    for (numerator, denominator), count in stretches:
        marks.append((now, numerator, denominator))
        now += count * (6.0625 if numerator == 97 else numerator * 4 / denominator)
    piece = scored(marks, now)
    found = regular(piece)
    starts = bar_starts(found)
    assert all((b - a) * 4 == round((b - a) * 4) for a, b in zip(starts, starts[1:], strict=False))
    onsets = [n.onset_quarter for n in found.tracks[0].notes]
    assert onsets == sorted(onsets) and len(onsets) == len(piece.tracks[0].notes)
    assert len(starts) <= len(bar_starts(piece)) + 6 * 6


# ------------------------------------------------------------------------------------------------ files


def test_lengths_are_as_written_and_a_key_on_both_staves_is_one_note() -> None:
    right = Track((Note(0, 67, 479 / 480), Note(1, 65, 227 / 480), Note(2, 60, 479 / 480)), name="upper")
    left = Track((Note(0, 48, 959 / 480), Note(2, 60, 239 / 480)), name="lower")
    piece = score_of(midi_bytes(Piece((right, left), key_signatures=(KeySignature(0, 10),))))
    assert [track.name for track in piece.tracks] == ["Right hand", "Left hand"]
    assert [(n.onset_quarter, n.pitch, n.duration_quarter) for n in piece.tracks[0].notes] == [
        (0, 67, 1), (1, 65, 0.5), (2, 60, 1),
    ]  # fmt: skip
    assert [(n.pitch, n.duration_quarter) for n in piece.tracks[1].notes] == [(48, 2)]


def test_a_signature_of_two_flats_is_g_minor_where_the_notes_say_so() -> None:
    minor = [67, 70, 74, 67, 66, 67, 62, 67]
    notes = tuple(Note(float(i), pitch) for i, pitch in enumerate(minor))
    low = Track((Note(0, 43, 8.0),))
    piece = score_of(midi_bytes(Piece((Track(notes), low), key_signatures=(KeySignature(0, 10, "major"),))))
    assert [(k.tonic, k.mode) for k in piece.key_signatures] == [(7, "minor")]


def test_three_staves_are_divided_between_two_hands() -> None:
    staves = tuple(Track((Note(0, pitch), Note(1, pitch + 2))) for pitch in (79, 62, 40))
    piece = score_of(midi_bytes(Piece(staves)))
    assert len(piece.tracks) == 2
    assert {n.pitch for n in piece.tracks[0].notes} >= {79, 81}
    assert {n.pitch for n in piece.tracks[1].notes} >= {40, 42}
    assert piece.num_notes == 6


# ------------------------------------------------------------------------------------------------ dynamics


SCORE = [(0, 60), (0, 64), (0, 67), (1, 72), (1.5, 71), (2, 69), (2, 53), (3, 67), (4, 60), (4, 48)]


def aligned(notes: list[tuple[float, int, int]]) -> list[int]:
    onset, pitch = (np.array(column) for column in zip(*SCORE, strict=True))
    performance = played(notes)
    found, _ = align(onset.astype(float), pitch, performance)
    assert all(performance.pitch[i] == p for i, p in zip(found, pitch, strict=True) if i >= 0)
    return [round(performance.onset_ms[i]) if i >= 0 else -1 for i in found]


def test_alignment_follows_rubato_a_rolled_chord_a_wrong_note_and_an_ornament() -> None:
    performed = [
        (100, 60, 50), (160, 64, 50), (230, 67, 50),  # rolled
        (900, 72, 80), (950, 74, 60), (1000, 72, 60),  # with an ornament, twice the pitch
        (1300, 71, 70), (1800, 68, 60), (1810, 53, 40),  # 68 for 69
        (2900, 67, 60), (4400, 60, 50), (4410, 48, 45),  # held back
    ]  # fmt: skip
    assert aligned(performed) == [100, 160, 230, 900, 1300, -1, 1810, 2900, 4400, 4410]


def test_velocities_are_those_of_the_notes_and_neighbours_fill_gaps() -> None:
    onset, pitch = (np.array(column) for column in zip(*SCORE, strict=True))
    hand = np.array([0] * 6 + [1] + [0] * 2 + [1])
    performed = [(500 * q, p, 90 if p in (72, 71) else 40) for q, p in SCORE if p != 69]
    found = learned_dynamics(onset.astype(float), pitch, hand, [played(performed)])
    assert found.num_performances == 1 and found.matched == pytest.approx(0.9)
    assert found.qpm == pytest.approx(120)
    by_note = dict(zip(zip(onset, pitch, strict=True), found.velocity, strict=True))
    assert by_note[1.0, 72] == by_note[1.5, 71] == 90
    assert by_note[0.0, 60] == by_note[4.0, 48] == 40
    between = (40 - 90) / 1.5 * 0.5 + 90  # in the same hand from 71 at 1.5 to 67 at 3
    assert abs(by_note[2.0, 69] - between) <= 1


def test_the_mean_over_performances_forgets_who_plays_louder() -> None:
    onset, pitch = (np.array(column) for column in zip(*SCORE, strict=True))
    shape = {p: 40 + i for i, (_, p) in enumerate(SCORE)}
    soft = played([(500 * q, p, shape[p]) for q, p in SCORE])
    loud = played([(400 * q, p, shape[p] + 50) for q, p in SCORE])
    alone = learned_dynamics(onset.astype(float), pitch, np.zeros(len(pitch)), [soft]).velocity
    both = learned_dynamics(onset.astype(float), pitch, np.zeros(len(pitch)), [soft, loud]).velocity
    assert np.abs(both - alone - 25).max() <= 1


def test_a_performance_of_something_else_tells_nothing() -> None:
    onset, pitch = (np.array(column) for column in zip(*SCORE, strict=True))
    other = played([(500 * q, p + 23, 60) for q, p in SCORE])
    assert learned_dynamics(onset.astype(float), pitch, np.zeros(len(pitch)), [other]) is None


# ------------------------------------------------------------------------------------------------ the corpus


def test_each_title_is_listed_once_and_no_piece_is_in_two_splits() -> None:
    names = [(composer, title) for composer, title, *_ in asap_scores._listing()]
    assert len(names) == len(set(names))
    assert set(names) == {(composer, title) for composer, title, *_ in performances_listed()}
    chopin = {title: score_split(COMPOSER, title) for composer, title in names if composer == COMPOSER}
    assert {title for title, split in chopin.items() if split == "test"} == TESTED_TOO | {"Etudes_op_25_1"}
    assert list(chopin.values()).count("train") > 20
    assert score_split("Bach", "Sonata_3_3rd") == asap_scores.split_of("Bach", "Sonata_3_3rd")


def test_what_is_kept_is_what_was_read(tmp_path, monkeypatch) -> None:
    right = Track((Note(0, 67, 1, 90), Note(1.5, 65, 0.5, 50)), name="Right hand")
    left = Track((Note(0, 48, 2, 30),), name="Left hand")
    key = KeySignature(0, 0, "major")
    piece = Piece((right, left), (), (TimeSignature(0, 6, 8),), (key,), pickup_quarter=0.5)
    listing = [("Chopin", "Waltz", "Chopin/Waltz/midi_score.mid", "0" * 64, 1)]
    monkeypatch.setattr(asap_scores, "_listing", lambda: listing)
    monkeypatch.setattr(asap_scores, "_files", lambda: iter([midi_bytes(piece)]))
    monkeypatch.setattr(asap_scores, "read_recordings", list)
    monkeypatch.setenv("MUSEGEN_HOME", str(tmp_path))
    for _ in range(2):
        (found,) = asap_scores.read_scores()
        expected = replace(piece, title="Waltz", composer="Chopin")
        assert replace(found.piece, tracks=()) == replace(expected, tracks=())
        assert [t.name for t in found.piece.tracks] == ["Right hand", "Left hand"]
        assert [(n.onset_quarter, n.pitch, n.velocity) for t in found.piece.tracks for n in t.notes] == [
            (0, 67, 90), (1.5, 65, 50), (0, 48, 30),
        ]  # fmt: skip
        assert found.own and found.group == "Chopin/Waltz"
        (info,) = asap_scores.read_score_infos()
        assert info.num_performances == 0
