"""The laws that every codec keeps (`engine.codec.Codec`), tried on the codec of each style; new ones are in it too.

What is special to one codec stands in its own tests.
"""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.registry import get_composer, list_composers
from musegen.composers.style import load_style
from musegen.errors import CodecError
from musegen.music import Barline, KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.services.styles import list_styles

LAWS = settings(max_examples=30, deadline=None)
STYLES = [card.style_id for card in list_styles()]
METERS = ("4/4", "3/4", "6/8", "2/4", "2/2", "9/8", "3/2", "5/8")


@cache
def codec_of(style_id):
    return load_style(style_id).codec


def meter(text, onset=0.0):
    return TimeSignature(onset, *map(int, text.split("/")))


@st.composite
def pieces(draw):
    """Music as it comes: off the grid, out of range, in several voices, with drums, meters and keys that change."""
    lengths = st.sampled_from([1 / 8, 0.24, 1 / 3, 0.5, 0.75, 1.0, 1.37, 2.0, 6.0])
    tracks = []
    for index in range(draw(st.integers(1, 6))):
        time, notes = draw(st.sampled_from([0.0, 0.5, 4.0])), []
        for _ in range(draw(st.integers(0 if index else 1, 12))):
            time += draw(st.sampled_from([0.0, 0.25, 1 / 3, 0.49, 0.5, 1.0, 3.0]))
            notes.append(Note(time, draw(st.integers(0, 127)), draw(lengths), draw(st.integers(1, 127))))
        notes = list({(note.onset_quarter, note.pitch): note for note in notes}.values())
        tracks.append(Track(tuple(notes), draw(st.sampled_from([0, 40, 73])), draw(st.booleans()) and index > 1))
    first, second = draw(st.sampled_from(METERS)), draw(st.sampled_from(METERS))
    change = draw(st.sampled_from([0, 1, 3])) * meter(first).bar_quarters
    modes = st.sampled_from(["major", "minor", "dorian", "lydian"])
    keys = draw(st.lists(st.tuples(st.integers(0, 11), modes), max_size=2))
    return Piece(
        tuple(tracks),
        tempos=(Tempo(0.0, draw(st.sampled_from([30.0, 100.0, 251.5]))),),
        time_signatures=(meter(first), *([meter(second, change)] if change else [])),
        key_signatures=tuple(KeySignature(4.0 * index, *key) for index, key in enumerate(keys)),
        barlines=draw(st.sampled_from([(), (Barline(2.0, "double"),), (Barline(4.0, "repeat-end"),)])),
        fermatas=draw(st.sampled_from([(), (3.0,)])),
        pickup_quarter=draw(st.sampled_from([0.0, 0.0, 0.5, 1 / 3])) if not change else 0.0,
    )


def test_every_way_of_composing_is_tried():
    by_files = {
        "notebook",
        "timed_notes",
    }  # learned from a learner's files, tried by themselves
    assert {card.composer["name"] for card in list_styles()} == set(list_composers()) - by_files


@pytest.mark.parametrize("style_id", STYLES)
def test_a_codec_is_made_again_from_its_config(style_id):
    codec, composer = codec_of(style_id), get_composer(load_style(style_id).card.composer["name"])
    again = composer.open(codec.to_config())
    assert (again.name, again.num_heads, again.num_events) == (codec.name, codec.num_heads, codec.num_events)
    assert again.to_config() == codec.to_config()


@pytest.mark.parametrize("style_id", STYLES)
@LAWS
@given(music=pieces())
def test_what_is_encoded_comes_back_as_it_is_held(style_id, music):
    codec = codec_of(style_id)
    try:
        held = codec.normalize(music)
    except CodecError as error:
        assert str(error).endswith(".")
        return
    events = codec.encode(music)
    assert codec.decode(events) == held
    assert codec.normalize(held) == held
    assert codec.adapt(held)[1] == ()
    np.testing.assert_array_equal(codec.encode(held), events)
    np.testing.assert_array_equal(codec.encode(codec.decode(events)), events)
    assert 0 <= events.min() and events.max() < len(codec.vocabulary)


@pytest.mark.parametrize("style_id", STYLES)
@LAWS
@given(data=st.data())
def test_any_numbers_are_music_or_refused(style_id, data):
    codec = codec_of(style_id)
    drawn = st.integers(0, len(codec.vocabulary) - 1)
    events = np.array(data.draw(st.lists(drawn, max_size=24)), np.int32)
    start = data.draw(st.integers(0, 3))
    if start:  # what begins well and goes on anyhow
        known = codec.encode(Piece((Track((Note(0.0, 62), Note(1.0, 64, 2.0))),)))
        cut = data.draw(st.integers(0, len(known)))
        events = np.concatenate([known[:cut], events]).astype(np.int32)
    try:
        piece = codec.decode(events)
    except CodecError as error:
        assert str(error).endswith(".")
        return
    np.testing.assert_array_equal(codec.encode(piece), events)
