"""The **kern reader, its dynamics, and the two corpora, on scores a page long."""

import numpy as np
import pytest

from musegen.corpora.kern import read_kern
from musegen.corpora.kern_corpora import HELD_OUT, split_of
from musegen.corpora.kern_scores import LEVELS, piano_piece, printed_velocities
from musegen.corpora.listed_scores import listing
from musegen.corpora.maestro import _listing as maestro_listing
from musegen.corpora.maestro import split_of_path
from musegen.errors import FileFormatError

SCORE = """!!!COM: Nobody
**kern\t**kern\t**dynam
*staff2\t*staff1\t*
*k[b-]\t*k[b-]\t*
*M3/4\t*M3/4\t*
*MM90\t*MM90\t*
4r\t[4cc\tp
=1\t=1\t=1
*\t*^\t*
4F\t4cc]\t8a\t.
.\t.\t8b-\t.
.\tqgg\t.\t.
8A 8c\t2ff^\t4a\tf
8A 8c\t.\t.\t.
4r\t.\t4cyy\t.
*\t*v\t*v\t*
=2\t=2\t=2
6F\t2.f\t.
6A\t.\t.
6c\t.\t.
4F\t.\t.
==\t==\t==
*-\t*-\t*-
"""

QUARTER = 10080


def test_notes_ties_splits_and_tuplets_as_counted_by_hand():
    score = read_kern(SCORE)
    notes = [(round(a / QUARTER, 4), round(d / QUARTER, 4), p, s) for a, d, p, s, _ in score.notes.tolist()]
    assert notes == [
        (0.0, 2.0, 72, 1),  # tied over the bar line
        (1.0, 1.0, 53, 0),
        (1.0, 0.5, 69, 1),
        (1.5, 0.5, 70, 1),
        (2.0, 0.5, 57, 0),
        (2.0, 0.5, 60, 0),
        (2.0, 1.0, 69, 1),
        (2.0, 2.0, 77, 1),
        (2.5, 0.5, 57, 0),
        (2.5, 0.5, 60, 0),
        (4.0, 0.6667, 53, 0),
        (4.0, 3.0, 65, 1),
        (4.6667, 0.6667, 57, 0),
        (5.3333, 0.6667, 60, 0),
        (6.0, 1.0, 53, 0),
    ]
    assert (score.num_staves, score.num_raw, score.misaligned) == (
        2,
        15,
        0,
    )  # the hidden c and the tie's end not counted
    assert [m.length / QUARTER for m in score.measures] == [1.0, 3.0, 3.0]
    assert all(m.meter == (3, 4) and m.fifths == -1 for m in score.measures)


def test_a_piece_for_two_hands_with_its_pickup_key_and_tempo():
    piece = piano_piece(read_kern(SCORE), "Page", "Nobody")
    assert [track.name for track in piece.tracks] == ["Right hand", "Left hand"]
    assert [len(track.notes) for track in piece.tracks] == [6, 9]
    assert piece.pickup_quarter == 1.0
    assert piece.tempos[0].qpm == 90.0
    assert (piece.key_signatures[0].tonic, piece.key_signatures[0].mode) == (5, "major")


def test_loudness_follows_the_marks_voices_and_accents():
    score = read_kern(SCORE)
    loud = {
        (a / QUARTER, p): v for (a, _, p, _, _), v in zip(score.notes.tolist(), printed_velocities(score), strict=True)
    }
    assert loud[0.0, 72] < loud[2.0, 77]  # p, then f with an accent
    assert loud[2.0, 77] - loud[2.0, 69] >= 12  # the melody above its own hand
    assert loud[4.0, 65] > loud[4.0, 53]
    assert abs(loud[6.0, 53] - LEVELS["f"]) <= 12


def test_a_hairpin_climbs_to_the_mark_after_it():
    lines = [
        "**kern\t**kern\t**dynam",
        "*M4/4\t*M4/4\t*",
        "4C\t4cc\tp",
        "4C\t4cc\t<",
        "4C\t4cc\t.",
        "4C\t4cc\t[",
        "=1\t=1\t=1",
    ]
    lines += ["4C\t4cc\tff", "*-\t*-\t*-"]
    score = read_kern("\n".join(lines))
    low = printed_velocities(score)[score.notes[:, 3] == 0]
    assert low[1] <= low[2] < low[3] < low[4]


@pytest.mark.parametrize("text", ["", "!!!COM: x", "**kern\n*-\n", "**kern\n4r\n*-\n"])
def test_nothing_to_read_is_refused(text):
    with pytest.raises(FileFormatError, match=r"no notes"):
        read_kern(text)


def test_three_staves_are_no_piano_score():
    text = "**kern\t**kern\t**kern\n*M2/4\t*M2/4\t*M2/4\n2C\t2e\t2g\n=\t=\t=\n*-\t*-\t*-\n"
    with pytest.raises(FileFormatError, match="3 staves"):
        piano_piece(read_kern(text), "", "")


def test_no_work_is_on_two_sides():
    for corpus in ("chopin-first-editions", "polish-scores"):
        entries = listing(corpus)
        sides = {entry.work: split_of(corpus, entry.work) for entry in entries}
        assert {"train", "valid", "test"} == set(sides.values())
        assert len({entry.path for entry in entries}) == len(entries)
    assert all(split_of("chopin-first-editions", work) == side for work, side in HELD_OUT.items())


def test_maestro_keeps_works_together_but_for_what_holds_several():
    sides: dict[int, set[str]] = {}
    for _, _, work, side, path, sha256, size in maestro_listing():
        sides.setdefault(work, set()).add(side)
        assert len(sha256) == 64 and size > 0 and split_of_path(path) == side
    mixed = [work for work, found in sides.items() if len(found) > 1]
    assert len(mixed) <= 3  # sets and sonatas of which ASAP holds out single pieces
    assert np.mean([s == {"train"} for s in sides.values()]) > 0.5
