"""The piano roll: every note where it belongs, seed and new told apart, few traces, readable in both themes."""

import json

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.music.note_value import note_value_name
from musegen.music.timing import bar_and_beat
from musegen.rendering.piano_roll import PIANO_ROLL_CONFIG, SEED_HUE, TRACK_HUES, _Grid, piano_roll
from tests.builders import piece, track

MELODY = [(66, 0, 1), (69, 1, 0.5), (73, 1.5, 1.5), (74, 4, 2)]


def bars_of(figure):
    """(onset, pitch, name of the trace) of every note drawn."""
    return sorted(
        (float(b), int(y), trace.name) for trace in figure.data for b, y in zip(trace.base, trace.y, strict=True)
    )


def hover_of(figure):
    return {(float(b), int(y)): text for t in figure.data for b, y, text in zip(t.base, t.y, t.hovertext, strict=True)}


def test_every_note_is_drawn_once_at_its_time_and_pitch():
    figure = piano_roll(piece(MELODY), (frozenset({0, 1}),))
    assert bars_of(figure) == [(0, 66, "Your music"), (1, 69, "Your music"), (1.5, 73, "New"), (4, 74, "New")]
    for trace in figure.data:
        ends = dict(zip(trace.base.tolist(), (trace.base + trace.x).tolist(), strict=True))
        for _, onset, duration in MELODY:
            if onset in ends:
                assert onset + 0.8 * duration < ends[onset] < onset + duration


def test_seed_and_new_differ_in_colour_shade_and_pattern():
    seed, new = sorted(piano_roll(piece(MELODY), (frozenset({0}),)).data, key=lambda trace: trace.legendrank or 1000)
    assert (seed.name, new.name) == ("Your music", "New")
    assert seed.marker.pattern.shape == "/"
    assert new.marker.pattern.shape is None
    assert new.marker.color == TRACK_HUES[0]
    assert seed.marker.color.startswith("rgba") and seed.marker.line.color == SEED_HUE


def test_voices_have_hues_and_the_seed_one_legend_entry():
    voices = [track(MELODY, name=name) for name in ("Soprano", "Alto", "Tenor", "Bass")]
    figure = piano_roll(piece(*voices), (frozenset(range(4)), frozenset({0}), frozenset()))
    solid = {t.name: t.marker.color for t in figure.data if t.name != "Your music"}
    assert list(solid) == ["Alto", "Tenor", "Bass"]
    assert len(set(solid.values())) == 3
    seeds = [t for t in figure.data if t.name == "Your music"]
    assert [t.showlegend for t in seeds] == [None, False]
    assert seeds[1].marker.line.color == solid["Alto"]
    assert "Alto, your music" in seeds[1].hovertext[0]


def test_hover_says_name_length_bar_beat_velocity_and_voice():
    music = piece(track([(61, 0, 0.5), (61, 2.5, 1.5, 99), (70, 3 + 1 / 3, 1 / 3)], name="Fiddle"),
                  meter="3/4", key="D major", pickup=1)  # fmt: skip
    hover = hover_of(piano_roll(music, (frozenset({0}),)))
    assert hover[0, 61] == "<b>C♯4</b>  eighth<br>bar 0, beat 3<br>velocity 80<br>Fiddle, your music"
    assert hover[2.5, 61] == "<b>C♯4</b>  dotted quarter<br>bar 1, beat 2½<br>velocity 99<br>Fiddle, new"
    assert "<b>A♯4</b>  eighth triplet<br>bar 1, beat 3⅓<br>" in hover[3 + 1 / 3, 70]


def test_spelling_follows_the_key_and_its_changes():
    music = piece([(70, 0, 1), (66, 0, 1), (66, 4, 1)],
                  key_signatures=(KeySignature(0, 5, "major"), KeySignature(4, 6, "major")))  # fmt: skip
    hover = hover_of(piano_roll(music))
    assert "<b>B♭4</b>" in hover[0, 70]
    assert "<b>F♯4</b>" in hover[0, 66]
    assert "<b>F♯4</b>" in hover[4, 66]


def test_notes_are_called_what_the_sheet_calls_them():
    music = piece([(69, 0, 1), (68, 1, 1), (67, 2, 1), (68, 3, 1), (69, 4, 1)], key="C major")
    hover = hover_of(piano_roll(music))
    assert "<b>A♭4</b>" in hover[1, 68]
    assert "<b>G♯4</b>" in hover[3, 68]


def test_drums_are_named_by_key_not_by_pitch():
    assert "<b>snare drum</b>" in piano_roll(piece(track([(38, 0, 1)], is_drum=True))).data[0].hovertext[0]


def test_bars_and_octaves_are_labelled():
    figure = piano_roll(piece([(55, 0, 4), (76, 4, 7)], meter="3/4"))
    axis = figure.layout.xaxis
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True)) == {0: "1", 3: "2", 6: "3", 9: "4", 12: ""}
    assert list(axis.minor.tickvals) == [1, 2, 4, 5, 7, 8, 10, 11]
    assert axis.title.text == "Bar"
    assert list(axis.range) == [0, 12]
    vertical = figure.layout.yaxis
    assert dict(zip(vertical.tickvals, vertical.ticktext, strict=True)) == {60: "C4", 72: "C5"}


def test_beats_of_compound_meters_pickups_and_changes():
    changing = Piece((track([(60, 0, 11)]),), pickup_quarter=0.5,
                     time_signatures=(TimeSignature(0, 6, 8), TimeSignature(6.5, 2, 4)))  # fmt: skip
    axis = piano_roll(changing).layout.xaxis
    assert list(axis.tickvals) == [0, 0.5, 3.5, 6.5, 8.5, 10.5, 12.5]
    assert list(axis.ticktext) == ["0", "1", "2", "3", "4", "5", ""]
    assert list(axis.minor.tickvals) == [1, 1.5, 2, 2.5, 3, 4, 4.5, 5, 5.5, 6, 7.5, 9.5, 11.5]


def test_bar_numbers_thin_out_in_long_pieces():
    shown = [text for text in piano_roll(piece([(60, 0, 4 * 200)])).layout.xaxis.ticktext if text]
    assert shown[:3] == ["1", "17", "33"]
    assert len(shown) <= 26


def test_piano_keys_are_shaded():
    layout = piano_roll(piece([(60, 0, 1), (71, 1, 1)])).layout
    rows = {shape.y0 + 0.5 for shape in layout.shapes if shape.type == "rect"}
    low, high = layout.yaxis.range
    assert rows == {p for p in range(128) if low < p < high and p % 12 in (1, 3, 6, 8, 10)}


def test_nothing_opaque_behind_and_no_lettering_of_its_own():
    layout = piano_roll(piece(MELODY)).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None
    assert layout.xaxis.showgrid is True, "the page's theme hides the grid unless told"


def test_many_notes_take_few_traces_and_little_text():
    rng = np.random.default_rng(0)
    voices = [track([(int(p), i / 4, 0.25) for i, p in enumerate(rng.integers(40, 80, 1250))]) for _ in range(4)]
    figure = piano_roll(piece(*voices), (frozenset(range(100)),) * 4)
    assert len(figure.data) == 8
    assert sum(len(t.y) for t in figure.data) == 5000
    assert len(figure.to_json()) < 1_000_000


@pytest.mark.parametrize("music", [Piece(), Piece((Track(), Track())), piece([(0, 0, 1), (127, 0, 1)]),
                                   piece([(60, 0.5, 0.25)], pickup=1)])  # fmt: skip
def test_extremes_are_drawn(music):
    figure = piano_roll(music)
    low, high = figure.layout.yaxis.range
    assert -1 <= low < high <= 128
    assert json.loads(figure.to_json())["layout"]["xaxis"]["range"][1] > 0


def test_more_tracks_than_hues():
    figure = piano_roll(piece(*[[(60 + i, 0, 1)] for i in range(12)]))
    assert [t.name for t in figure.data][:2] == ["Track 1", "Track 2"]
    assert figure.data[8].marker.color == figure.data[0].marker.color


@settings(max_examples=60, deadline=None)
@for_all(
    st.lists(st.integers(0, 400), min_size=1, max_size=8),
    st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8), (2, 2)]),
    st.integers(0, 5),
)
def test_positions_agree_with_the_data_model(eighths, meter, pickup):
    notes = tuple(Note(e / 2, 60, 0.5) for e in eighths)
    pickup_quarter = pickup / 2 if pickup / 2 < meter[0] * 4 / meter[1] else 0.0
    music = Piece((Track(notes),), time_signatures=(TimeSignature(0, *meter),), pickup_quarter=pickup_quarter)
    grid = _Grid.of(music)
    for note in notes:
        assert grid.position(note.onset_quarter) == pytest.approx(bar_and_beat(music, note.onset_quarter))


@pytest.mark.parametrize(
    ("quarters", "name"),
    [(4, "whole"), (1, "quarter"), (1.5, "dotted quarter"), (0.25, "16th"), (1 / 3, "eighth triplet"),
     (0.2, "16th quintuplet"), (2 / 3, "quarter triplet"), (3.5, "double-dotted half"), (2.5, "half + eighth"),
     (5, "whole + quarter"),
     (1 / 7, "0.143 quarters"), (100, "100 quarters")],
)  # fmt: skip
def test_names_of_note_values(quarters, name):
    assert note_value_name(quarters) == name


def test_the_tool_bar_is_small():
    assert PIANO_ROLL_CONFIG["displaylogo"] is False
    assert sum(map(len, PIANO_ROLL_CONFIG["modeBarButtons"])) <= 3
