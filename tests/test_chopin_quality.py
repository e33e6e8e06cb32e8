"""What the Chopin benchmark counts, on a case worked out by hand."""

import numpy as np
import pytest

from benchmarks.chopin_quality import _LAYOUT, IN_HAND, _nats_of_sets, _sequences
from musegen.composers.parts.grid import PART, PITCH, STEP
from musegen.composers.parts.rows import notes_of, whole_rows
from musegen.engine.codec import Example
from musegen.music import Note, Piece, Track

RIGHT = Track((Note(0, 72), Note(0, 67), Note(1, 74)), name="Right hand")
LEFT = Track((Note(0, 48), Note(1, 47)), name="Left hand")


def test_which_notes_are_hand_and_pitch_and_whether_the_chord_goes_on() -> None:
    rows = whole_rows(notes_of(Piece((RIGHT, LEFT)), _LAYOUT)[0], _LAYOUT, ended=True)
    assert rows.pitch.tolist() == [72, 67, 48, 74, 47, -1]
    target = np.zeros((6, 5), int)
    target[:, STEP] = np.diff(rows.tick, prepend=0) + _LAYOUT.first[STEP]
    weight = np.ones((6, 5))
    weight[5, PITCH:] = 0
    found = np.zeros((6, 5))
    found[:, STEP], found[:, PART], found[:, PITCH] = 0.25, 0.5, 2.0
    at_once = np.full(6, np.exp(-0.25))
    at_once[3] = 0.25
    expected = 5 * 2.5 + 3 * 0.25 - np.log(0.75)  # five notes, three times another note at once, one chord ended
    example = Example(np.zeros((6, 1)), np.zeros((6, 5, 1)), target, weight)
    assert _nats_of_sets(example, found, at_once) == pytest.approx(expected)


def test_counting_models_read_notes_alone_and_each_hand_by_itself() -> None:
    rows = whole_rows(notes_of(Piece((RIGHT, LEFT)), _LAYOUT)[0], _LAYOUT, ended=True)
    low = _LAYOUT.low
    assert [s.tolist() for s in _sequences([rows], "hand")] == [[0, 0, 1, 0, 1]]
    assert [s.tolist() for s in _sequences([rows], "step")] == [[0, 0, 0, 24, 0]]
    assert [(s + low).tolist() for s in _sequences([rows], IN_HAND)] == [[72, 67, 74], [48, 47]]
