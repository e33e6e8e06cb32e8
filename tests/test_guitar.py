"""One guitar: every bar can be played, the tuning is kept, what no hand holds is said, string and fret are printed."""

import itertools
import re

import pytest

from musegen.composers.request import ComposeRequest, Take
from musegen.composers.steer_request import SteerRequest
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music import Note
from musegen.music.fretboard import TUNINGS, as_held, can_hold, held_with, tuning_of, with_tablature
from musegen.music.timing import bar_starts
from musegen.remarks import code_of
from musegen.rendering.engraving import engrave
from musegen.services.making.compose import compose
from musegen.services.making.steer import steer
from musegen.services.showing.shown import Manner, presented
from tests.builders import piece, track
from tests.stub_network import stub_networks

GUITAR = 24


def guitar(*notes):
    return piece(track(notes, GUITAR, name="Guitar"), key="C major")


def bars_not_playable(made, tuning, since=0.0):
    """Bars with a moment at which what sounds, of notes begun since a quarter, is held by no hand."""
    notes = [n for n in made.tracks[0].notes if n.onset_quarter >= since]
    starts = bar_starts(made)
    found = set()
    for moment in {n.onset_quarter for n in notes}:
        sounding = [n.pitch for n in notes if n.onset_quarter <= moment < n.end_quarter - 1e-6]
        if not can_hold(sounding, tuning):
            found.add(max(start for start in starts if start <= moment))
    return found


def invented(tuning, **settings):
    settings = {"num_bars": 8, "num_takes": 4, "random_seed": 3} | settings
    return compose(ComposeRequest.of("guitar", "invent", None, tuning=tuning, **settings))


@pytest.mark.parametrize("tuning", sorted(TUNINGS))
def test_what_can_sound_beside_others_is_what_a_hand_holds(tuning):
    for others in [(), (40,), (64,), (40, 47), (48, 52, 55), (41, 48, 53, 57, 60), (45, 52, 57, 61, 64)]:
        found = held_with(others, tuning)
        assert [p for p in range(128) if found[p]] == [
            p for p in range(128) if p not in others and can_hold((*others, p), tuning)
        ]


@pytest.mark.parametrize("tuning", sorted(TUNINGS))
def test_every_bar_of_every_take_can_be_played(tuning):
    takes = invented(tuning).takes
    with stub_networks():  # chords of any kind, such as no style would strike
        takes += invented(tuning, temperature=2.0).takes + invented(tuning, key="E minor", key_strength=1.0).takes
    onsets = [[n.onset_quarter for n in take.piece.tracks[0].notes] for take in takes]
    assert max(times.count(time) for times in onsets for time in times) > 2
    for take in takes:
        assert take.piece.title.startswith("Guitar piece in ")
        assert not bars_not_playable(take.piece, tuning)


def test_only_the_lower_tuning_goes_below_its_lowest_string():
    with stub_networks():
        takes = {name: invented(name, temperature=2.0, top_p=1.0, high_pitch=48).takes for name in TUNINGS}
    lowest = {name: min(n.pitch for take in made for n in take.piece.tracks[0].notes) for name, made in takes.items()}
    assert lowest["standard"] >= 40 > lowest["drop-D"] >= 38


def test_a_seed_keeps_what_can_be_struck_and_the_rest_is_said():
    seed = guitar((41, 0, 1), (42, 0, 1), (60, 0, 1), (64, 1, 1), (67, 2, 2))  # F and F sharp on one string
    with stub_networks():
        result = compose(ComposeRequest.of("guitar", "continue", seed, num_bars=4, random_seed=1))
    made = result.takes[0].piece
    assert sum(n.onset_quarter < 4 for n in made.tracks[0].notes) == 4
    assert "unheld_left_out" in [code_of(said) for said in result.messages]
    assert not bars_not_playable(made, "standard", since=4)


def test_a_seed_below_the_lowest_string_tunes_it_lower():
    with stub_networks():
        seed = guitar((38, 0, 2), (62, 2, 2))
        result = compose(ComposeRequest.of("guitar", "continue", seed, num_bars=4, random_seed=1))
    assert "tuned_lower" in [code_of(said) for said in result.messages]
    assert result.takes[0].piece.tracks[0].notes[0].pitch == 38
    assert result.takes[0].piece.title.endswith(", drop-D tuning")


@pytest.mark.parametrize("keep", ["", "rhythm", "pitches"])
def test_bars_composed_again_can_be_played_and_the_rest_stays(keep):
    with stub_networks():
        before = invented("standard", num_takes=1, temperature=1.5).takes[0].piece
        asked = SteerRequest("guitar", "regenerate", before, bars=(3, 5), keep=keep, num_takes=3, temperature=1.5)
        takes = steer(asked).takes
    starts, notes = bar_starts(before), before.tracks[0].notes
    end = max([starts[5], *(n.end_quarter for n in notes if starts[2] <= n.onset_quarter < starts[5])])  # held over
    for take in takes:
        outside = [[n for n in p.tracks[0].notes if not starts[2] <= n.onset_quarter < end]
                   for p in (before, take.piece)]  # fmt: skip
        assert outside[0] == outside[1]
        at_once = itertools.groupby(take.piece.tracks[0].notes, lambda n: n.onset_quarter)
        assert all(can_hold([n.pitch for n in group]) for _, group in at_once)
        if not keep:
            assert not bars_not_playable(take.piece, "standard")


def test_notes_that_are_kept_stay_as_long_as_they_are():
    low, high = Note(0.0, 41, 4.0, 80), Note(1.0, 43, 1.0, 80)  # F, then G on the same string
    assert as_held([low, high], "standard") == (Note(0.0, 41, 1.0, 80), high)
    assert as_held([low, high], "standard", {low}) == (low, high)


def test_string_and_fret_are_printed_for_a_guitar_alone():
    text = musicxml_text(guitar((48, 0, 1), (52, 0, 1), (55, 0, 1), (60, 0, 1), (64, 0, 1)))
    found = re.findall(r"<technical><string>(\d)</string><fret>(\d+)</fret></technical>", text)
    assert found == [("5", "3"), ("4", "2"), ("3", "0"), ("2", "1"), ("1", "0")]
    assert "<technical>" not in musicxml_text(piece([(60, 0, 1)]))
    assert tuning_of([Note(0, 39, 1, 80)]) == "drop-D" and tuning_of([Note(0, 40, 1, 80)]) == "standard"


@pytest.mark.parametrize("low", [40, 38])
def test_tablature_shows_every_note_once_and_comes_back(low):
    music = with_tablature(guitar((low, 0, 6), (55, 0, 1), (60, 1, 0.5), (64, 1.5, 0.5), (59, 2, 1), (67, 5, 3)))
    text = musicxml_text(music)
    heads = dict(re.findall(r'<note id="(f0-\d)">.*?(<string>.*?</fret>)', text))
    above = dict(re.findall(r'<note id="(n0-\d)"[^\n]*?(<string>.*?</fret>)', text))
    assert len(heads) == 6 and heads == {name.replace("n", "f"): place for name, place in above.items()}
    assert ("6 = D" in text) == (low == 38) and text.count("<staff-tuning ") == 6
    lowest = re.search(r'<staff-tuning line="1"><tuning-step>(.)</tuning-step><tuning-octave>(.)<', text)
    assert lowest.groups() == ("D" if low == 38 else "E", "2")
    assert read_musicxml(text.encode()).tracks == music.tracks
    foreign = text.replace("<software>Musegen", "<software>Another")  # what stands twice is read once, by anybody
    (track,) = read_musicxml(foreign.encode()).tracks
    assert [(n.pitch, n.duration_quarter) for n in track.notes] == [
        (n.pitch, n.duration_quarter) for n in music.tracks[0].notes
    ] and track.tablature


def test_a_part_of_tablature_alone_is_read():
    text = musicxml_text(with_tablature(guitar((40, 0, 1), (55, 1, 1), (60, 2, 2))))
    text = text.replace("<software>Musegen", "<software>Another")
    text = re.sub(r'<note id="n.*?</note>\n|<note>.*?</note>\n|<backup>.*?</backup>\n', "", text)
    text = re.sub(r'<staves>2</staves><clef number="1">.*?</clef>', "", text).replace("<staff>2</staff>", "")
    text = text.replace('clef number="2"', "clef").replace("<staff>1</staff>", "")
    assert [n.pitch for n in read_musicxml(text.encode()).tracks[0].notes] == [40, 55, 60]


def test_tablature_is_engraved_below_the_staff_with_one_meter_and_only_for_a_guitar():
    plain = piece(track([(60, 0, 4)], 0))
    assert with_tablature(plain) == plain
    shown = engrave(with_tablature(guitar((40, 0, 1), (55, 1, 1), (60, 2, 2)))).pages[0]
    meters = re.findall(r'class="meterSig[^>]*>\s*<use', shown)  # the other is there and shows nothing
    assert shown.count('class="tabGrp') == 3 and len(meters) == 1
    take = Take(guitar((40, 0, 4)), 0, 1, (frozenset(),), 1, 2.0, 0, 0.0, 1, "guitar")
    assert presented(take, Manner(tablature=True))[0].piece.tracks[0].tablature
    assert not presented(take, Manner(tablature=True, programs={0: 0}))[0].piece.tracks[0].tablature


@pytest.mark.parametrize("tuning", TUNINGS)
@pytest.mark.parametrize("key", ["E minor", "A major", "F minor", "Bb major"])
def test_the_last_chord_has_its_third_and_the_tonic_below(tuning, key):
    settings = {"num_bars": 2, "num_takes": 3, "random_seed": 5, "key": key, "tuning": tuning, "key_strength": 1.0}
    for take in compose(ComposeRequest.of("guitar", "invent", None, **settings)).takes:
        made = take.piece
        sign = made.key_signatures[0]
        last = max(note.onset_quarter for note in made.tracks[0].notes)
        chord = sorted(n.pitch for n in made.tracks[0].notes if n.onset_quarter == last)
        degrees = [(pitch - sign.tonic) % 12 for pitch in chord]
        assert degrees[0] == 0 and (3 if sign.mode == "minor" else 4) in degrees and set(degrees) <= {0, 3, 4, 7}
        assert can_hold(chord, tuning)
