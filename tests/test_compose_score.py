"""Composing for several parts in bars: seed, length, end, what players can play, with weights drawn in the test."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.grid import DURATIONS, NUM_STEPS, ScoreLayout
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.errors import MusegenError
from musegen.music import Piece, TimeSignature
from musegen.music.strings import double_stops, is_double_stop
from musegen.music.timing import bar_starts
from musegen.services.judging.score import score_piece
from musegen.services.making.compose import compose
from musegen.training.publish import refresh
from musegen.training.recipe import load_recipe
from tests.builders import piece, track

QUARTET, PIANO = "string-quartet", "chopin"
CARDS = {name: load_recipe(name).card for name in (QUARTET, PIANO)}
STYLES = pytest.mark.parametrize("style_id", [QUARTET, PIANO])


class SmallNetwork:
    """A random recurrent network of 16 units that prefers short steps, short notes and small pitches' neighbours."""

    def __init__(self, codec):
        random = np.random.default_rng(5)
        layout = codec.layout
        self._in = random.normal(0, 0.1, (len(codec.trunk_columns), 16))
        self._own = random.normal(0, 0.3, (16, 16))
        self._out = random.normal(0, 1, (16, layout.num_events))
        self._head = random.normal(0, 0.02, (len(codec.head_columns), layout.num_events))
        self._bias = np.zeros(layout.num_events)
        self._bias[:NUM_STEPS] = np.where(np.isin(np.arange(NUM_STEPS), (0, 6, 12, 24)), 3.0, -2.0)
        self._bias[layout.first[3] : layout.first[3] + len(DURATIONS)] = np.where(
            np.isin(DURATIONS, (6, 12, 24, 48)), 3, -2
        )

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, 16))]

    def advance(self, trunk, states):
        return [np.tanh(trunk @ self._in / 10 + states[0] @ self._own)]

    def logits(self, trunk, head, states):
        return states[0] @ self._out + head @ self._head + self._bias


@pytest.fixture(autouse=True)
def styles(tmp_path, monkeypatch):
    for style_id, card in CARDS.items():
        folder = tmp_path / style_id
        folder.mkdir()
        for name in ("advance.tflite", "logits.tflite"):
            (folder / name).write_bytes(b"not asked for here")
        refresh(card, folder)
    monkeypatch.setenv("MUSEGEN_CHECKPOINTS", str(tmp_path))
    networks = {name: SmallNetwork(codec_of(name)) for name in CARDS}
    monkeypatch.setattr(Style, "player", property(lambda style: networks[style.card.style_id]))


def codec_of(style_id):
    return ScoreCodec(ScoreLayout.from_config(CARDS[style_id].composer["config"]))


def asked(style_id, mode="invent", primer=None, **wanted):
    return ComposeRequest.of(style_id, mode, primer, **({"num_bars": 8} | wanted))


def assert_playable(take, style_id):
    parts = {part.name: part for part in codec_of(style_id).layout.parts}
    for voice in take.piece.tracks:
        part = parts[voice.name]
        notes = voice.notes
        assert voice.program == part.program
        for note in notes:
            assert part.low <= note.pitch <= part.high
            together = [n for n in notes if n.onset_quarter <= note.onset_quarter < n.end_quarter]
            assert len(together) <= part.most
            assert len({n.pitch for n in together}) == len(together)
            struck = [n.pitch for n in together if n.onset_quarter == note.onset_quarter]
            assert max(struck) - min(struck) <= 16 or part.most == 2
            if part.most == 2 and len(together) == 2:
                assert is_double_stop(part.program, together[0].pitch, together[1].pitch)


def last_chord(take):
    end = take.piece.end_quarter
    return [[n for n in voice.notes if n.end_quarter == end] for voice in take.piece.tracks]


def assert_closes(take, tonic, third=4):
    chords = last_chord(take)
    assert all(chords)
    assert {n.pitch % 12 for n in chords[-1]} == {tonic}
    assert {n.pitch % 12 for chord in chords for n in chord} <= {tonic, (tonic + third) % 12, (tonic + 7) % 12}
    assert max(n.pitch for n in chords[0]) % 12 in {tonic, (tonic + third) % 12, (tonic + 7) % 12}


MELODY = piece(
    [(67, 0, 1), (69, 1, 0.5), (71, 1.5, 0.5), (72, 2, 2), (74, 4, 1), (71, 5, 1), (67, 6, 2)], key="G major"
)
FULL = piece(
    track([(74, 0, 1), (76, 1, 1), (78, 2, 2), (81, 4, 4)], 40, name="Violin I"),
    track([(69, 0, 2), (66, 2, 2), (69, 4, 4)], 40, name="Violin II"),
    track([(57, 0, 4), (54, 4, 4)], 41, name="Viola"),
    track([(50, 0, 4), (50, 4, 2), (45, 6, 2)], 42, name="Cello"),
    key="D major", qpm=90,
)  # fmt: skip
HANDS = piece(
    track([(72, 0.5, 0.5, 90), (76, 1, 1, 70), (79, 2, 2, 60)], 0, name="Right"),
    track([(48, 0, 1), (55, 1, 1), (60, 1, 1), (48, 2, 2)], 0, name="Left"),
    key="C major", meter="3/4", pickup=1.0,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------ takes


@STYLES
@pytest.mark.parametrize(
    ("bars", "meter", "key"), [(1, "4/4", "D minor"), (4, "3/4", "Eb major"), (16, "6/8", "A major")]
)
def test_an_invented_piece_has_its_bars_and_ends_on_the_tonic(style_id, bars, meter, key):
    result = compose(asked(style_id, num_bars=bars, meter=meter, key=key, num_takes=2, random_seed=bars))
    for take in result.takes:
        numerator, denominator = map(int, meter.split("/"))
        assert take.num_bars == bars
        assert take.piece.end_quarter == bars * numerator * 4 / denominator
        assert take.piece.time_signatures == (TimeSignature(0.0, numerator, denominator),)
        assert_playable(take, style_id)
        assert_closes(take, {"D": 2, "E": 3, "A": 9}[key[0]], 3 if "minor" in key else 4)
        assert all(n.duration_quarter == numerator * 4 / denominator for chord in last_chord(take) for n in chord)
        assert min(n.onset_quarter for voice in take.piece.tracks for n in voice.notes) == 0
    assert len({take.piece for take in result.takes}) == 2


@STYLES
def test_the_same_request_gives_the_same_take_alone_or_among_others(style_id):
    alone, others = compose(asked(style_id, random_seed=4)), compose(asked(style_id, random_seed=4, num_takes=3))
    assert alone.takes[0].piece == others.takes[0].piece == compose(asked(style_id, random_seed=4)).takes[0].piece
    assert compose(asked(style_id, random_seed=4, memory=False)).takes[0].piece != alone.takes[0].piece


def test_seconds_become_bars_at_the_tempo_asked_for():
    take = compose(asked(QUARTET, num_bars=None, seconds=20.0, qpm=120)).takes[0]
    assert take.num_bars == 10
    assert take.seconds == pytest.approx(20)


def test_an_uploaded_quartet_goes_on_with_its_notes_and_instruments():
    for take in compose(asked(QUARTET, "continue", FULL, num_takes=2)).takes:
        assert [t.name for t in take.piece.tracks] == ["Violin I", "Violin II", "Viola", "Cello"]
        assert [t.program for t in take.piece.tracks] == [40, 40, 41, 42]
        for voice, source, given in zip(take.piece.tracks, FULL.tracks, take.given, strict=True):
            assert [voice.notes[i] for i in sorted(given)] == list(source.notes)
            assert all(n.onset_quarter >= 8 for i, n in enumerate(voice.notes) if i not in given)
        assert take.num_bars == 8
        assert take.piece.tempos[0].qpm == 90
        assert_playable(take, QUARTET)
        assert_closes(take, 2)


def test_a_trio_stays_a_trio_and_chosen_instruments_alone_play():
    trio = replace(FULL, tracks=FULL.tracks[:1] + FULL.tracks[2:])
    result = compose(asked(QUARTET, "continue", trio))
    assert [t.name for t in result.takes[0].piece.tracks] == ["Violin I", "Viola", "Cello"]
    assert "The instruments of your music play on: Violin I, Viola and Cello." in result.messages
    chosen = compose(asked(QUARTET, instruments=("viola", "Cello"), key="C major")).takes[0]
    assert [t.name for t in chosen.piece.tracks] == ["Viola", "Cello"]
    assert all(t.notes for t in chosen.piece.tracks)
    assert_playable(chosen, QUARTET)
    assert_closes(chosen, 0)
    assert chosen.piece.title == "String duo in C major"
    with pytest.raises(MusegenError, match='"Oboe" does not play in this style; its parts are Violin I'):
        compose(asked(QUARTET, instruments=("Oboe",)))


@pytest.mark.parametrize("instruments", [(), ("Violin II", "Cello"), ("Viola", "Cello"), ("Cello",)])
def test_a_melody_is_arranged_for_any_instruments(instruments):
    result = compose(asked(QUARTET, "arrange", MELODY, num_bars=None, instruments=instruments, num_takes=2))
    for take in result.takes:
        lead = take.piece.tracks[0]
        moved = {a.pitch - b.pitch for a, b in zip(lead.notes, MELODY.tracks[0].notes, strict=True)}
        assert len(moved) == 1
        assert moved.pop() % 12 == 0
        assert [(n.onset_quarter, n.duration_quarter) for n in lead.notes] == [
            (n.onset_quarter, n.duration_quarter) for n in MELODY.tracks[0].notes]  # fmt: skip
        assert take.given[0] == frozenset(range(7))
        assert not any(take.given[1:])
        assert [t.name for t in take.piece.tracks] == list(instruments or ("Violin I", "Violin II", "Viola", "Cello"))
        assert all(voice.notes for voice in take.piece.tracks)
        assert take.piece.end_quarter == 8
        assert_playable(take, QUARTET)
        for voice in take.piece.tracks[1:]:  # nobody plays above the melody
            for note in voice.notes:
                above = [n for n in lead.notes if n.onset_quarter <= note.onset_quarter < n.end_quarter]
                assert all(note.pitch <= n.pitch for n in above)


def test_the_melody_of_a_full_score_is_the_one_that_is_arranged():
    result = compose(asked(QUARTET, "arrange", FULL, num_bars=None))
    assert result.takes[0].piece.tracks[0].notes == FULL.tracks[0].notes
    assert 'The melody, the part of "Violin I", was kept; the rest is new.' in result.messages


def test_a_melody_alone_gets_its_other_voices_and_goes_on():
    for style_id in (QUARTET, PIANO):
        result = compose(asked(style_id, "continue", MELODY))
        take = result.takes[0]
        assert [take.piece.tracks[0].notes[i] for i in sorted(take.given[0])] == list(MELODY.tracks[0].notes)
        assert "Your music has one voice; the others were composed to it." in result.messages
        assert any(n.onset_quarter < 8 for voice in take.piece.tracks[1:] for n in voice.notes)
        assert any(n.onset_quarter >= 8 for n in take.piece.tracks[0].notes)
        assert_closes(take, 7)


def test_piano_keeps_the_pickup_the_hands_and_the_loudness_of_the_seed():
    take = compose(asked(PIANO, "continue", HANDS)).takes[0]
    assert take.piece.pickup_quarter == 1.0
    assert take.num_bars == 8
    assert take.piece.end_quarter == 1 + 8 * 3
    assert [t.name for t in take.piece.tracks] == ["Right hand", "Left hand"]
    for voice, source, given in zip(take.piece.tracks, HANDS.tracks, take.given, strict=True):
        assert [voice.notes[i] for i in sorted(given)] == list(source.notes)
    assert len({n.velocity for n in take.piece.tracks[1].notes}) > 2
    assert_playable(take, PIANO)


def test_a_seed_is_moved_to_the_key_and_of_a_long_one_the_end_is_heard():
    long = piece(*[[(n.pitch, n.onset_quarter + 8 * k, n.duration_quarter) for k in range(6) for n in t.notes]
                   for t in FULL.tracks], key="D major")  # fmt: skip
    result = compose(asked(QUARTET, "continue", long, num_bars=8, key="F major"))
    take = result.takes[0]
    assert "its last 6 bars were used" in " ".join(result.messages)
    assert "moved from D major to F major" in " ".join(result.messages)
    assert [take.piece.tracks[0].notes[i].pitch for i in sorted(take.given[0])] == [77, 79, 81, 84] * 3
    assert_closes(take, 5)


# ------------------------------------------------------------------------------------------------------ bad input


def test_what_does_not_fit_is_adapted_and_said():
    low = piece(*[[(n.pitch - 36, n.onset_quarter, n.duration_quarter) for n in t.notes] for t in FULL.tracks])
    words = " ".join(compose(asked(QUARTET, "continue", low)).messages)
    assert "outside the instruments' ranges and moved by octaves" in words
    fast = piece([(60 + i % 5, i / 40, 1 / 40) for i in range(80)])
    assert "moved onto the grid" in " ".join(compose(asked(QUARTET, "continue", fast)).messages)
    five = compose(asked(QUARTET, "continue", piece([(60 + i, i / 2, 0.5) for i in range(10)], meter="5/8")))
    assert "hardly met the meter 5/8" in " ".join(five.messages)
    assert five.takes[0].piece.end_quarter == 8 * 2.5
    assert five.takes[0].num_bars == 8
    many = piece(*[[(60 + i, j, 1) for j in range(8)] for i in range(6)])
    assert "6 instruments" in " ".join(compose(asked(QUARTET, "continue", many)).messages)
    cello = compose(asked(QUARTET, "continue", piece([(96, i, 1) for i in range(4)]), instruments=("Cello",)))
    assert "octave" in " ".join(cello.messages)
    assert_playable(cello.takes[0], QUARTET)


def test_twenty_minutes_of_music_are_cut_to_what_has_room():
    long = piece(*[[(60 - 7 * t + i % 5, i, 1) for i in range(2400)] for t in range(2)], key="C major")
    take = compose(asked(QUARTET, "continue", long, num_bars=12)).takes[0]
    assert take.num_bars == 12
    assert len(take.given[0]) == 4 * 9
    arranged = compose(asked(QUARTET, "arrange", piece([(72, 4.0 * i, 4) for i in range(200)]), num_bars=None,
                             instruments=("Violin I", "Cello")))  # fmt: skip
    assert arranged.takes[0].num_bars == 128
    assert "The melody has 200 bars; the first 128 were arranged." in arranged.messages


def test_what_cannot_be_is_refused_in_a_sentence():
    drums = Piece((track([(38, 0, 1)], is_drum=True),))
    with pytest.raises(MusegenError, match="no pitched notes in your music"):
        compose(asked(QUARTET, "continue", drums))
    with pytest.raises(MusegenError, match="less than a fifth; widen the range"):
        compose(asked(QUARTET, low_pitch=80))
    with pytest.raises(MusegenError, match="cannot arrange"):
        compose(asked(PIANO, "arrange", MELODY))


@STYLES
def test_range_and_key_lock_hold_for_what_is_new(style_id):
    take = compose(asked(style_id, low_pitch=50, high_pitch=79, key="G major", key_strength=1.0)).takes[0]
    pitches = {note.pitch for voice in take.piece.tracks for note in voice.notes}
    assert 50 <= min(pitches)
    assert max(pitches) <= 79
    assert {p % 12 for p in pitches} <= {7, 9, 11, 0, 2, 4, 6}


def test_music_is_scored():
    scored = score_piece(QUARTET, FULL)
    assert scored.num_notes == 4 + 3 + 2 + 3
    assert 3 < scored.nats_per_note < 60


@settings(deadline=None, max_examples=12)
@drawn(st.integers(0, 10_000), st.sampled_from([QUARTET, PIANO]), st.integers(2, 6), st.floats(0.5, 2.0))
def test_whatever_is_drawn_is_playable_and_ends(seed, style_id, bars, temperature):
    take = compose(asked(style_id, num_bars=bars, random_seed=seed, temperature=temperature, top_p=1.0)).takes[0]
    assert take.num_bars == bars
    assert len(bar_starts(take.piece)) == bars
    assert_playable(take, style_id)
    assert all(last_chord(take))


# ------------------------------------------------------------------------------------------------------ strings, sheet


@pytest.mark.parametrize(("program", "pitches", "possible"), [
    (40, (55, 62), True),  # two open strings
    (40, (55, 56), False),  # both on the G string
    (40, (57, 65), True),  # a sixth, second finger beside the first
    (40, (62, 74), True),  # an octave from the open D
    (40, (64, 76), True),  # an octave with an open string
    (40, (55, 69), True),  # G open and A on the D string
    (40, (55, 90), False),
    (40, (56, 76), False),  # G and E string are not neighbours
    (41, (48, 55), True),
    (42, (36, 43), True),
    (42, (36, 48), True),  # an octave from the open C
    (42, (37, 49), False),  # a stretch of five beyond the cellist's hand
    (0, (21, 108), True),
])  # fmt: skip
def test_double_stops(program, pitches, possible):
    assert is_double_stop(program, *pitches) == possible
    assert is_double_stop(program, *reversed(pitches)) == possible
    if program:
        assert double_stops(program)[pitches] == possible


def test_the_sheet_has_four_staves_with_an_alto_clef_and_the_piano_two(tmp_path, capsys):
    from musegen.cli.command_line import main

    out = tmp_path / "out"
    arguments = ["--style", QUARTET, "--bars", "4", "--high", "72", "--formats", "mid,musicxml", "--out", str(out)]
    assert main(["compose", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["takes"][0]["num_bars"] == 4
    text = next(out.glob("*.musicxml")).read_text()
    assert text.count("<score-part ") == 4
    assert "<part-name>Violin I</part-name>" in text
    first_bars = [part.split("</measure>")[0] for part in text.split("<part id=")[1:]]
    assert "".join(re.findall("<sign>(.)</sign>", bar)[0] for bar in first_bars) == "GGCF"


@pytest.mark.parametrize("seed", [1, 2])
def test_no_part_of_an_arrangement_drones_or_rests_for_bars_and_the_last_chord_is_whole(seed):
    waltz = [(p, 3 * i + b, d) for i, bar in enumerate(WALTZ) for p, b, d in bar]
    made = compose(asked(QUARTET, "arrange", piece(waltz, meter="3/4", key="C major"), num_bars=None,
                         random_seed=seed)).takes[0].piece  # fmt: skip
    assert {track.notes[-1].pitch % 12 for track in made.tracks} >= {0, 4}
    assert made.tracks[-1].notes[-1].pitch % 12 == 0
    for track_ in made.tracks[1:]:
        notes = track_.notes
        runs = [0.0]
        for before, note in zip(notes, notes[1:], strict=False):
            assert note.onset_quarter - before.end_quarter <= 2.5 * 3
            runs.append(runs[-1] + before.duration_quarter if note.pitch == before.pitch else 0.0)
        assert max(runs) <= 2.5 * 3


WALTZ = [[(72, 0, 1), (76, 1, 1), (79, 2, 1)], [(79, 0, 2), (79, 2, 1)], [(79, 0, 2), (76, 2, 1)], [(76, 0, 3)],
         [(74, 0, 1), (77, 1, 1), (81, 2, 1)], [(81, 0, 2), (81, 2, 1)], [(79, 0, 1), (77, 1, 1), (74, 2, 1)],
         [(72, 0, 3)]]  # fmt: skip
