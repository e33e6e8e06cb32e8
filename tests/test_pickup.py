"""Pickups of any length: printed, and gone on from in every style."""

from fractions import Fraction

import pytest
from builders import piece
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.request import ComposeRequest
from musegen.files.midi import midi_bytes
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music.pickup import with_counted_pickup
from musegen.remarks import code_of
from musegen.services.making.compose import compose

ODD = (Fraction(1, 3), Fraction(1, 5), Fraction(1, 6), Fraction(1, 16), Fraction(1, 64), Fraction(11, 6))


def beginning_with(pickup, meter="4/4"):
    bar = {"4/4": 4, "3/4": 3, "6/8": 3}[meter]
    rows = [(67, 0, float(pickup))]
    rows += [((72, 76, 74, 71, 67)[i % 5], float(pickup) + i, 1.0) for i in range(4 * bar)]
    return piece(rows, meter=meter, key="C major", pickup=float(pickup))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10080 * 2), st.sampled_from(("4/4", "3/4", "6/8")))
def test_law_any_pickup_is_printed(ticks, meter):
    music = beginning_with(Fraction(ticks, 10080), meter)
    again = read_musicxml(musicxml_text(music).encode())
    assert again.num_notes == music.num_notes
    assert abs(again.pickup_quarter - music.pickup_quarter) <= 1 / 32


@pytest.mark.parametrize("pickup", ODD)
@pytest.mark.parametrize("style", ["folk", "jazz", "string-quartet", "chopin", "piano-performance", "bach-chorales"])
def test_any_pickup_gives_a_take_in_every_style(style, pickup):
    options = {"chart": "C | G7"} if style == "jazz" else {}
    result = compose(ComposeRequest(style_id=style, primer=beginning_with(pickup), num_bars=6, options=options))
    take = result.takes[0].piece
    assert take.num_notes > 0
    assert read_musicxml(musicxml_text(take).encode()).num_notes == take.num_notes
    assert midi_bytes(take)
    moved = "pickup_moved" in map(code_of, result.messages)
    assert moved == (pickup in (Fraction(1, 5), Fraction(1, 16), Fraction(1, 64)))


def test_a_moved_pickup_keeps_its_notes_and_what_follows():
    moved = with_counted_pickup(beginning_with(Fraction(1, 5)))
    assert moved.pickup_quarter == pytest.approx(1 / 6)
    assert [round(n.onset_quarter, 4) for n in moved.tracks[0].notes[:3]] == [0.0, 0.1667, 1.1667]
    assert with_counted_pickup(moved) is moved
    counted = beginning_with(Fraction(1, 8))
    assert with_counted_pickup(counted) is counted
