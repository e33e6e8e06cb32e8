"""The sustain pedal: kept apart, through every change and file, in print and in sound."""

import io
import re
from dataclasses import replace

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.files.midi import midi_bytes, read_midi
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music import Barline, Track
from musegen.music.plain import piece_from_plain, to_plain
from musegen.music.transform import slice_bars, sounding, transpose, unfold_repeats
from musegen.rendering.audio import render_audio
from musegen.rendering.engraving import engrave
from tests.builders import piece, track

PEDALS = ((0.0, 4.0), (4.0, 7.5), (8.0, 12.0))


def pedalled(notes=None, pedals=PEDALS, **fields):
    notes = notes or [(48 + 4 * i, i, 1) for i in range(12)]
    return piece(replace(track(notes, name="Piano"), pedals=pedals), **fields)


def pedals_of(music):
    return [t.pedals for t in music.tracks]


@pytest.mark.parametrize(
    ("given_pedals", "kept"),
    [
        (((4, 8), (0, 4)), ((0, 4), (4, 8))),
        (((0, 6), (4, 8)), ((0, 4), (4, 8))),  # changed at 4
        (((0, 8), (2, 4)), ((0, 2), (2, 8))),
        (((0, 4), (0, 6)), ((0, 6),)),
        (((1, 1), (2, 3)), ((2, 3),)),
    ],
)
def test_presses_are_sorted_and_apart(given_pedals, kept):
    assert Track(pedals=given_pedals).pedals == kept


def test_a_pedal_before_the_start_is_refused():
    with pytest.raises(ValueError, match="pedal"):
        Track(pedals=((-1, 2),))


def test_transforms_keep_it():
    music = pedalled()
    assert pedals_of(transpose(music, 2)) == [PEDALS]
    assert pedals_of(slice_bars(music, 1, 2)) == [((0, 3.5), (4, 8))]
    assert pedals_of(slice_bars(pedalled(pedals=((2, 6),)), 1, 1)) == [((0, 2),)]
    repeated = pedalled([(60, 0, 4), (62, 4, 4)], pedals=((2, 6),), barlines=(Barline(4.0, "repeat-end"),))
    assert pedals_of(unfold_repeats(repeated)) == [((2, 4), (6, 8), (8, 10))]
    assert piece_from_plain(to_plain(music)) == music


def test_files_keep_it():
    music = pedalled()
    assert pedals_of(read_midi(midi_bytes(music))) == [PEDALS]
    text = musicxml_text(music)
    assert pedals_of(read_musicxml(text.encode())) == [PEDALS]
    signs = re.findall(r'<pedal type="(\w+)"', text)
    assert signs == ["start", "stop"] * 3
    # Another program's file: the marks alone say it.
    foreign = read_musicxml(text.replace("Musegen", "Other").encode())
    assert pedals_of(foreign) == [PEDALS] * 2  # right and left hand


def test_midi_pedals_of_other_programs():
    file = mido.MidiFile(ticks_per_beat=480)
    hand, other = mido.MidiTrack(), mido.MidiTrack()
    messages = [("cc", 100, 0), ("cc", 127, 10), ("on", 60, 0), ("cc", 30, 470), ("off", 60, 0), ("cc", 70, 480),
                ("on", 62, 0), ("off", 62, 960)]  # fmt: skip
    for kind, value, time in messages:
        if kind == "cc":
            hand.append(mido.Message("control_change", control=64, value=value, time=time))
        else:
            hand.append(mido.Message(f"note_{kind}", note=value, velocity=80, time=time))
    other += [mido.Message("note_on", note=40, velocity=80), mido.Message("note_off", note=40, time=480)]
    file.tracks += [hand, other]
    buffer = io.BytesIO()
    file.save(file=buffer)
    # down again while down is nothing; left down it ends with the last note; the other hand shares the channel
    assert pedals_of(read_midi(buffer.getvalue())) == [((0, 1), (2, 4))] * 2


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 32), st.integers(1, 16)), max_size=6))
def test_any_pedals_go_through_both_files(rows):
    music = pedalled([(60, 0, 24), (62, 24, 26)], pedals=tuple((a / 4, (a + b) / 4) for a, b in rows))
    assert pedals_of(read_midi(midi_bytes(music))) == pedals_of(music)
    assert pedals_of(read_musicxml(musicxml_text(music).encode())) == pedals_of(music)


def test_notes_ring_to_the_end_of_the_pedal_or_the_next_stroke():
    music = pedalled([(60, 0, 1), (64, 0, 5), (60, 2, 1), (67, 3, 1), (70, 4.5, 0.5)], pedals=((0, 4), (4, 6)))
    notes = {(n.pitch, n.onset_quarter): n.end_quarter for n in sounding(music).tracks[0].notes}
    assert notes == {(60, 0): 2, (60, 2): 4, (67, 3): 4, (64, 0): 6, (70, 4.5): 6}
    assert sounding(pedalled(pedals=())) == pedalled(pedals=())


def test_it_is_heard():
    def level(music, start, stop):
        samples = render_audio(music)[int(start * 44100) : int(stop * 44100)].astype(float)
        return np.sqrt((samples**2).mean())

    notes = [(60, 0, 0.5), (72, 6, 1)]
    dry, wet = pedalled(notes, pedals=()), pedalled(notes, pedals=((0, 6),))
    assert level(wet, 1, 2) > 5 * level(dry, 1, 2)


def test_it_is_printed_once_for_two_tracks_in_one_brace():
    right, left = ([(p, i, 1) for i in range(8)] for p in (72, 48))
    two = piece(replace(track(right), pedals=PEDALS[:2]), replace(track(left), pedals=PEDALS[:2]))
    assert musicxml_text(two).count('<pedal type="start"') == 2
    assert pedals_of(read_musicxml(musicxml_text(two).encode())) == [PEDALS[:2]] * 2
    page = engrave(pedalled()).pages[0]
    assert len(re.findall(r'class="pedal', page)) == 6


def test_off_the_grid_it_is_printed_near_and_kept_exactly():
    music = pedalled(pedals=((0.013, 3.987), (4.02, 4.03), (5.01, 60.0)))
    text = musicxml_text(music)
    assert int(re.search(r"<divisions>(\d+)<", text)[1]) <= 12
    assert text.count('<pedal type="start"') == 2
    assert pedals_of(read_musicxml(text.encode())) == pedals_of(music)
