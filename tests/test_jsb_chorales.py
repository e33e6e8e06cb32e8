"""Chorales: alignment of editions, articulation, bars, near duplicates; the published file where it is at hand."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.corpora import chorale_scores, jsb_chorales
from musegen.corpora.chorale_alignment import (
    agreement,
    align,
    common_transposition,
    harmony_runs,
    melody_runs,
    onsets_from_changes,
    shared_runs,
    transfer_attacks,
)
from musegen.files.grid_score import GridScore, corpus_paths, read_grid_score

DATA = os.environ.get("MUSEGEN_DATA")


def frames_of(*chords):
    """Frames of (steps, S, A, T, B) tuples."""
    return np.concatenate([np.tile(pitches, (steps, 1)) for steps, *pitches in chords])


PHRASE = frames_of(
    (4, 72, 67, 64, 48), (2, 74, 67, 59, 55), (2, 76, 67, 60, 48), (4, 77, 69, 60, 53), (4, 74, 67, 59, 55),
    (4, 72, 67, 64, 48),
)  # fmt: skip


@st.composite
def random_frames(draw, steps=60):
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    return np.repeat(rng.integers(36, 82, (steps // 2, 4)), 2, axis=0)


def test_align_same_piece_is_identity():
    assert align(PHRASE, PHRASE).tolist() == list(range(20))


@given(random_frames(), st.integers(8, 50), st.integers(1, 8))
def test_align_finds_inserted_steps(frames, where, count):
    longer = np.concatenate([frames[:where], np.repeat(frames[where - 1 : where], count, axis=0), frames[where:]])
    partner = align(longer, frames)
    assert (partner < 0).sum() == count
    paired = partner[partner >= 0]
    assert (np.diff(paired) == 1).all()
    assert agreement(longer, frames, partner) == pytest.approx(len(frames) / len(longer))


@given(random_frames(), st.integers(4, 40), st.integers(2, 12))
def test_align_finds_missing_steps(frames, where, count):
    shorter = np.delete(frames, np.arange(where, where + count), axis=0)
    partner = align(shorter, frames)
    assert (partner >= 0).all()
    assert agreement(shorter, frames, partner) == 1.0


def test_agreement_ignores_octaves_and_counts_cells():
    other = PHRASE.copy()
    other[:, 3] -= 12
    partner = np.arange(20)
    assert agreement(PHRASE, other, partner) == 1.0
    other[:10, 1] += 1
    assert agreement(PHRASE, other, partner) == pytest.approx(70 / 80)
    other[:, 0] = -1
    assert agreement(PHRASE, other, partner) == pytest.approx(50 / 80)


def test_common_transposition():
    assert common_transposition(PHRASE + 3, PHRASE) == 3
    silent = np.full_like(PHRASE, -1)
    assert common_transposition(PHRASE, silent) == 0


def test_transfer_takes_repetitions_but_not_other_rhythms():
    attacks = onsets_from_changes(PHRASE)
    attacks[2, 0] = True  # the first soprano note is struck twice
    attacks[6, 1] = True  # and the alto's G inside its long note
    assert (transfer_attacks(PHRASE, PHRASE, attacks, np.arange(20)) == attacks).all()
    other = PHRASE.copy()
    other[0:2, 0] = 71  # the other edition has B C where this one has a long C: no repetition here
    result = transfer_attacks(PHRASE, other, attacks, np.arange(20))
    assert not result[2, 0]
    assert result[6, 1]


def test_transfer_without_partner_only_sees_changes():
    assert (
        transfer_attacks(PHRASE, PHRASE, np.ones_like(PHRASE, bool), np.full(20, -1)) == onsets_from_changes(PHRASE)
    ).all()


def test_melody_runs_leave_out_holds_and_rests():
    line = frames_of((3, 60, 1, 1, 1), (1, -1, 1, 1, 1), (2, 62, 1, 1, 1), (9, 64, 1, 1, 1))
    assert melody_runs(line, 2) == {(2, 2)}
    assert melody_runs(line, 3) == set()


@given(st.integers(-12, 12), st.integers(1, 4))
def test_harmony_runs_know_neither_key_nor_tempo(semitones, slower):
    runs = harmony_runs(PHRASE, 3)
    assert (1, 5, 2, 7, 2, 9, 1) in runs  # alto: C over G, up 2; D over G, up 2; E over G, up 1
    assert harmony_runs(np.repeat(PHRASE + semitones, slower, axis=0), 3) == runs
    assert shared_runs(runs, runs) == 1.0


def test_shared_runs_finds_one_equal_lower_voice():
    other = PHRASE.copy()
    other[:, 2:] = np.random.default_rng(0).integers(40, 60, (20, 2))
    assert shared_runs(harmony_runs(PHRASE, 3), harmony_runs(other, 3)) == 1.0
    other[:, 1] += np.arange(20) % 5
    assert shared_runs(harmony_runs(PHRASE, 3), harmony_runs(other, 3)) < 1.0
    assert shared_runs(set(), harmony_runs(PHRASE, 3)) == 0.0


def score_of(frames, phases, attacks=None, fermatas=(), meter=(4, 4), played=None, fifths=0):
    marks = np.zeros(len(frames), bool)
    marks[list(fermatas)] = True
    return GridScore(
        "t", frames, onsets_from_changes(frames) if attacks is None else attacks, marks, np.asarray(phases),
        np.tile(meter, (len(frames), 1)), fifths, played or ((0, len(frames)),),
    )  # fmt: skip


def test_unfolded_plays_sections_twice():
    score = score_of(PHRASE, (np.arange(20) + 12) % 16, played=((0, 4), (0, 4), (4, 20)))
    unfolded = score.unfolded()
    assert (unfolded.pitches == np.concatenate([PHRASE[:4], PHRASE])).all()
    assert unfolded.played == ((0, 24),)


def record_of(frames, phases, meter=(4, 4), fermatas=()):
    marks = np.zeros(len(frames), bool)
    marks[list(fermatas)] = True
    meters = np.tile(meter, (len(frames), 1))
    return chorale_scores.make_record(frames, onsets_from_changes(frames), marks, np.asarray(phases), meters)


def test_record_of_a_pickup():
    record = record_of(PHRASE, (np.arange(20) + 12) % 16, fermatas=[17])
    assert record["pickup"] == 4
    assert record["meters"] == [[0, 4, 4]]
    assert record["fermatas"] == [16]  # where the soprano note under it starts
    assert record["voices"][0] == [[0, 4, 72], [4, 2, 74], [6, 2, 76], [8, 4, 77], [12, 4, 74], [16, 4, 72]]
    assert record["voices"][1][0] == [0, 8, 67]


def test_record_gives_the_meter_again_after_an_irregular_bar():
    phases = np.concatenate([np.arange(16), np.arange(4), np.arange(16), np.arange(4)])
    record = record_of(np.concatenate([PHRASE, PHRASE]), phases)
    assert record["meters"] == [[0, 4, 4], [20, 4, 4]]
    assert record["pickup"] == 0


def test_key_prefers_the_last_bass_note_over_the_profile():
    ending = {"major": 48, "minor": 45, "dorian": 50, "mixolydian": 43}
    for mode, bass in ending.items():
        frames = np.concatenate([PHRASE, frames_of((4, 72, 67, 64, bass))])
        assert chorale_scores._key(frames, 0) == (bass % 12, mode)
    assert chorale_scores._key(np.concatenate([PHRASE, frames_of((4, 71, 68, 64, 40))]), 0) == (0, "major")


def test_articulate_matches_by_content_and_keeps_the_published_pitches(monkeypatch):
    rng = np.random.default_rng(5)

    def made(seed_steps):
        chords = rng.integers((60, 52, 48, 36), (81, 70, 64, 55), (seed_steps, 4))
        return np.repeat(chords, 4, axis=0)

    one, two, three = made(24), made(24), made(24)
    attacks = onsets_from_changes(one)
    attacks[2] = True  # everything is struck again
    edition = score_of(one - 2, (np.arange(96) + 12) % 16, attacks, fermatas=[20], fifths=-2)
    scores = {
        "bwv1": edition, "bwv2": score_of(two, np.arange(96) % 16), "bwv3": score_of(three + 1, np.arange(96) % 16),
        "bwv4": score_of(np.full_like(one, -1), np.arange(96) % 16),
    }  # fmt: skip
    monkeypatch.setattr(chorale_scores, "_read_scores", lambda: scores)
    longer = np.concatenate([one, one[-4:]])  # the published piece holds its last chord longer
    copy = np.repeat(three, 2, axis=0)  # twice as slow as the score: no match, but still a near duplicate
    records = chorale_scores.articulate({"train": [longer], "test": [copy]})
    first = records["train"][0]
    assert first["source"] == "bwv1"
    assert first["pickup"] == 4
    assert first["fermatas"] == [20]
    assert first["voices"][0][:2] == [[0, 2, one[0, 0]], [2, 2, one[0, 0]]]
    assert records["test"][0]["source"] == ""
    assert records["test"][0]["fermatas"] == []
    assert [record["source"] for record in records["extra"]] == ["bwv2"]


def test_pieces_from_the_cache(musegen_home):
    record = record_of(PHRASE, (np.arange(20) + 12) % 16, fermatas=[16])
    record |= {"tonic": 0, "mode": "major", "source": "bwv1.6"}
    cache = musegen_home / "cache" / f"jsb-chorales-v{jsb_chorales.CACHE_VERSION}.json"
    cache.parent.mkdir(parents=True)
    cache.write_text(json.dumps({"train": [record], "valid": [], "test": [], "extra": []}))
    (piece,) = jsb_chorales.read_pieces("train")
    assert [track.name for track in piece.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert piece.pickup_quarter == 1.0
    assert piece.fermatas == (4.0,)
    assert piece.end_quarter == 5.0
    assert piece.tracks[0].notes[1].pitch == 74
    assert piece.tracks[0].notes[1].duration_quarter == 0.5
    assert piece.title == "BWV 1.6"
    assert jsb_chorales.read_sources("train") == ["bwv1.6"]


@pytest.mark.parametrize("read", [jsb_chorales.read_frames, jsb_chorales.read_pieces, jsb_chorales.read_sources])
def test_unknown_split(read):
    with pytest.raises(ValueError, match="split must be one of train, valid, test"):
        read("dev")


def test_a_score_of_the_corpus():
    (path,) = [path for path in corpus_paths("bach") if path.name == "bwv269.mxl"]
    score = read_grid_score(path)
    assert score.pitches.shape == (252, 4)
    assert score.pitches[0].tolist() == [67, 62, 59, 43]
    assert score.played == ((0, 84), (0, 84), (84, 252))
    assert score.bar_phases[:6].tolist() == [8, 9, 10, 11, 0, 1]
    assert score.meters[0].tolist() == [3, 4]
    assert np.flatnonzero(score.fermatas).tolist() == [40, 76, 112, 160, 208, 244]
    assert score.fifths == 1
    assert len(score.unfolded().pitches) == 336


@pytest.mark.skipif(
    not (DATA and (Path(DATA) / "jsb-chorales" / "Jsb16thSeparated.json").is_file()), reason="no local corpus"
)
def test_the_published_file():
    sizes = {split: jsb_chorales.read_frames(split) for split in jsb_chorales.SPLITS}
    assert {split: len(pieces) for split, pieces in sizes.items()} == {"train": 229, "valid": 76, "test": 77}
    assert [sum(len(p) for p in sizes[s]) for s in jsb_chorales.SPLITS] == [55_228, 18_408, 18_900]
    assert all(piece.shape[1] == 4 for pieces in sizes.values() for piece in pieces)
    everything = np.concatenate([piece for pieces in sizes.values() for piece in pieces])
    assert (everything == -1).sum() == 1_284
    assert everything.max() == 81
    assert everything[everything >= 0].min() == 36
