"""Pieces as plain data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.music import Barline, ChordSymbol, KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.plain import piece_from_plain, to_plain

NOTES = st.builds(
    Note,
    st.floats(0, 200, allow_nan=False),
    st.integers(0, 127),
    st.floats(0.01, 30, allow_nan=False),
    st.integers(1, 127),
)
TRACKS = st.builds(
    Track, st.lists(NOTES, max_size=8).map(tuple), st.integers(0, 127), st.booleans(), st.text(max_size=8)
)
PIECES = st.builds(
    Piece,
    st.lists(TRACKS, max_size=3).map(tuple),
    st.lists(st.builds(Tempo, st.floats(0, 9), st.floats(20, 300)), max_size=2).map(tuple),
    st.just((TimeSignature(0.0, 6, 8),)),
    st.lists(
        st.builds(KeySignature, st.just(0.0), st.integers(0, 11), st.sampled_from(["minor", "major"])), max_size=1
    ).map(tuple),  # fmt: skip
    st.just((ChordSymbol(1.0, "Am7"),)),
    st.just((Barline(3.0, "double"),)),
    st.just((2.0,)),
    pickup_quarter=st.sampled_from([0.0, 0.5]),
    sections=st.just(((0.0, "A"), (3.0, "B"))),
    title=st.text(max_size=9),
)


@given(PIECES)
def test_what_is_written_is_read_again_exactly(piece):
    assert piece_from_plain(json.loads(json.dumps(to_plain(piece)))) == piece


def test_what_is_usual_is_left_out():
    assert to_plain(
        Piece(
            (
                Track(
                    (Note(0, 60), Note(1, 62, 2.0)),
                ),
            )
        )
    ) == {
        "tracks": [{"notes": [[0.0, 60], [1.0, 62, 2.0]]}],
        "tempos": [[0.0, 120.0]],
        "time_signatures": [[0.0, 4, 4]],
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "piece: expected a dict"),
        ({"trakcs": []}, "unknown trakcs"),
        ({"tracks": 3}, "piece.tracks: expected a list"),
        ({"tracks": [{"notes": [[0, 300]]}]}, r"tracks\[0\].notes\[0\]: pitch must be"),
        ({"tracks": [{"notes": [[0, "C"]]}]}, r"notes\[0\]"),
        ({"tracks": [{"notes": [[]]}]}, r"notes\[0\]"),
        ({"tracks": [{"notes": [[0, 60, 1, 64, 5]]}]}, "at most 4"),
        ({"pickup_quarter": "x"}, "piece"),
        ({"title": 5}, "piece.title: expected str, got 5"),
        ({"composer": None}, "piece.composer: expected str"),
        ({"title": "\ud800"}, "surrogates"),
        ({"tracks": [{"name": ["a"]}]}, r"tracks\[0\].name: expected str"),
        ({"tracks": [{"is_drum": 1}]}, r"tracks\[0\].is_drum: expected bool"),
        ({"chord_symbols": [[0, 7]]}, r"chord_symbols\[0\].text: expected str"),
        ({"key_signatures": [[0, 0, 1]]}, r"key_signatures\[0\].mode: expected str"),
        ({"barlines": [[0, 1]]}, r"barlines\[0\].kind: expected str"),
        ({"barlines": [[10**400, "final"]]}, r"barlines\[0\]"),
        ({"tracks": [{"notes": [[10**400, 60]]}]}, r"notes\[0\]"),
        ({"tempos": [[None, 120]]}, r"tempos\[0\]"),
    ],
)
def test_what_is_no_piece_is_refused_and_said_where(data, words):
    with pytest.raises(ValueError, match=words):
        piece_from_plain(data)
