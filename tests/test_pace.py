"""The tempo at which so many notes can be played."""

import pytest

from musegen.music import Note, Piece, Track
from musegen.music.playable_tempo import playable_qpm


def steady(per_quarter: int, quarters: int = 16) -> Track:
    return Track(tuple(Note(i / per_quarter, 60, 1 / per_quarter) for i in range(per_quarter * quarters)))


@pytest.mark.parametrize(("per_quarter", "qpm"), [(1, 96), (4, 96), (6, 90), (8, 68)])
def test_thirty_seconds_are_slower_and_sixteenths_are_not(per_quarter: int, qpm: float) -> None:
    assert playable_qpm(Piece((steady(1), steady(per_quarter))), 96) == qpm


def test_a_single_run_and_chords_slow_nothing_down() -> None:
    run = Track((*steady(1, 24).notes, *(Note(20 + i / 12, 72 - i, 1 / 12) for i in range(12))))
    assert playable_qpm(Piece((run,)), 120) == 120
    chords = Track(tuple(Note(q / 4, 60 + p, 0.25) for q in range(32) for p in (0, 4, 7)))
    assert playable_qpm(Piece((chords,)), 120) == 120
    assert playable_qpm(Piece(), 120) == 120
