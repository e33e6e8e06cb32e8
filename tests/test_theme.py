"""The theme of a finished piece, by hand."""

from musegen.music.theme import is_finished, theme_bars
from musegen.services.seeds import seed as seeds
from tests.builders import piece, track

THEME = [(67, 0), (65, 1), (64, 2), (62, 3), (64, 4), (67, 6), (72, 8), (71, 9), (69, 10), (67, 12)]


def finished():
    """Four bars of introduction, four of theme, eight of running quarters, the theme a fourth higher, a long tonic."""
    notes = [(48, 4.0 * bar, 4.0) for bar in range(4)]
    notes += [(pitch, 16.0 + at, 1.0) for pitch, at in THEME]
    notes += [(60 + (7 * i * i) % 11, 32.0 + i, 1.0) for i in range(32)]
    notes += [(pitch + 5, 64.0 + at, 1.0) for pitch, at in THEME]
    return piece([*notes, (48, 80.0, 4.0)], key="C major")


def test_the_theme_is_what_comes_back():
    assert is_finished(finished())
    assert theme_bars(finished(), 4) == (5, 8)
    assert seeds.suggest_bars(finished(), "continue") == (5, 12)


def test_what_is_not_finished_goes_on_from_its_end():
    music = finished()
    loop = piece([(n.pitch, n.onset_quarter, n.duration_quarter) for n in music.tracks[0].notes if n.pitch != 48])
    assert not is_finished(loop)
    assert seeds.suggest_bars(loop, "continue")[1] == 20
    assert not is_finished(piece([(60, 0, 1), (48, 1, 3)], key="C major"))  # a few bars are an opening


def test_where_nothing_returns_it_is_the_beginning_that_sounds():
    rows = [(60 + i * i % 37, 8.0 + 4 * i + (i % 3), 1.0 + i / 8) for i in range(20)]
    assert theme_bars(piece(track(rows)), 8) == (3, 10)
    assert theme_bars(piece(track([])), 8) == (1, 1)
