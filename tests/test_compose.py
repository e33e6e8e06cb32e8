"""Composing with the shipped styles: what is promised of every take, whatever the weights are."""

from bisect import bisect_right
from dataclasses import replace

import numpy as np
import pytest

from musegen.composers.request import ComposeRequest
from musegen.composers.style import load_style
from musegen.composers.tune.plan import _choose
from musegen.errors import CancelledError, ConstraintError, MusegenError, StyleError
from musegen.files.typed import read_typed
from musegen.music import KeySignature, Tempo
from musegen.music.theory import scale_pitch_classes
from musegen.music.timing import bar_starts
from musegen.services.making.compose import compose
from musegen.services.seeds.seed import load_example
from musegen.services.styles import get_style
from tests.builders import piece, track

TUNE = [(62, 0, 0.5), (66, 0.5, 0.5), (69, 1, 1), (67, 2, 0.5), (66, 2.5, 0.5), (64, 3, 1), (62, 4, 1.5),
        (64, 5.5, 0.5), (66, 6, 2)]  # fmt: skip
MELODY = piece(TUNE, key="D major", qpm=100)
CHORALE = load_example("chorale").piece
WITH_PICKUP = piece([(62, 0, 1), (67, 1, 1), (69, 2, 1), (71, 3, 2), (69, 5, 1), (67, 6, 3)], key="G major", pickup=1)
IN_THREE = piece([(67, 0, 1), (69, 1, 1), (71, 2, 1), (72, 3, 3)], meter="3/4", key="C major")
JIG = piece([(67 + [0, 2, 4, 5, 4, 2][i % 6], i / 2, 0.5) for i in range(12)], meter="6/8", key="G major")
STYLES = ("folk", "bach-chorales")
WAYS = [("folk", "invent"), ("folk", "continue"), ("bach-chorales", "invent"), ("bach-chorales", "continue")]


def request(style_id="folk", mode="continue", primer=MELODY, **settings):
    return ComposeRequest(style_id, mode, None if mode == "invent" else primer, **({"num_bars": 6} | settings))


def new_notes(take):
    return [n for t, given in zip(take.piece.tracks, take.given, strict=True)
            for i, n in enumerate(t.notes) if i not in given]  # fmt: skip


def given_notes(take, track_index=0):
    notes = take.piece.tracks[track_index].notes
    return [(n.pitch, n.onset_quarter, n.duration_quarter) for i, n in enumerate(notes) if i in take.given[track_index]]


def plain(notes):
    return [(n.pitch, n.onset_quarter, n.duration_quarter) for n in notes]


def is_filled(notes, end, pickup):
    """No silence longer than the music could mean: every bar has a note that sounds in it."""
    starts = [q for q in bar_starts(notes, end) if q < end]
    covered = {bisect_right(starts, n.onset_quarter) for t in notes.tracks for n in t.notes}
    held = [(n.onset_quarter, n.end_quarter) for t in notes.tracks for n in t.notes]
    return all(i + 1 in covered or any(a < q < b for a, b in held) for i, q in enumerate(starts))


def check_shape(take, num_bars):
    """The bars asked for, exactly, with a close on the tonic that reaches the last bar line."""
    music = take.piece
    meter, key = music.time_signatures[0], music.key_signatures[0]
    end = music.pickup_quarter + num_bars * meter.bar_quarters
    assert take.num_bars == num_bars
    assert music.end_quarter == pytest.approx(end)
    assert is_filled(music, end, music.pickup_quarter)
    outer = {0, len(music.tracks) - 1}
    third = {(key.tonic + step) % 12 for step in (0, 3, 4, 7)}
    for index, voice in enumerate(music.tracks):
        last = voice.notes[-1]
        assert last.end_quarter == pytest.approx(end)
        assert last.pitch % 12 in ({key.tonic} if index in outer else third)


# What every take keeps


@pytest.mark.parametrize(("style_id", "mode"), WAYS)
@pytest.mark.parametrize("num_bars", [3, 4, 9])
def test_takes_have_the_bars_asked_for_and_close_on_the_tonic(style_id, mode, num_bars):
    for take in compose(request(style_id, mode, num_bars=num_bars, num_takes=2, temperature=1.5)).takes:
        check_shape(take, num_bars)


@pytest.mark.parametrize("style_id", STYLES)
def test_one_bar_can_be_invented(style_id):
    check_shape(compose(request(style_id, "invent", num_bars=1)).takes[0], 1)


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize("primer", [WITH_PICKUP, IN_THREE, JIG], ids=["pickup", "3/4", "6/8"])
def test_seeds_keep_their_meter_and_pickup(style_id, primer):
    take = compose(request(style_id, primer=primer)).takes[0]
    assert take.piece.pickup_quarter == primer.pickup_quarter
    assert take.piece.time_signatures == primer.time_signatures
    check_shape(take, 6)
    assert given_notes(take) == plain(primer.tracks[0].notes)


@pytest.mark.parametrize("style_id", STYLES)
def test_the_seed_is_kept_note_for_note_and_marked_as_given(style_id):
    for take in compose(request(style_id, num_takes=8, temperature=2.0)).takes:
        assert given_notes(take) == plain(MELODY.tracks[0].notes)
        assert take.piece.tempos[0].qpm == 100
        later = [n for n in new_notes(take) if n.onset_quarter >= MELODY.end_quarter]
        assert later
        assert max(n.end_quarter for n in later) == pytest.approx(24)


def test_a_tune_has_one_voice_without_overlaps_or_loose_ends():
    for take in compose(request(num_takes=4, temperature=2.0, num_bars=8)).takes:
        notes = take.piece.tracks[0].notes
        assert len(take.piece.tracks) == 1
        assert all(a.end_quarter <= b.onset_quarter for a, b in zip(notes, notes[1:], strict=False))


@pytest.mark.parametrize("style_id", STYLES)
def test_the_last_note_of_the_seed_keeps_its_length_inside_a_bar(style_id):
    short = piece(TUNE[:6], key="D major")
    for take in compose(request(style_id, primer=short, num_takes=8, temperature=2.0)).takes:
        assert given_notes(take) == plain(short.tracks[0].notes)


def test_four_voices_are_continued():
    take = compose(request("bach-chorales", primer=CHORALE, num_bars=8)).takes[0]
    end = CHORALE.end_quarter
    assert [t.name for t in take.piece.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    for index, voice in enumerate(CHORALE.tracks):
        assert given_notes(take, index) == plain(voice.notes)
    assert all(n.onset_quarter >= end for n in new_notes(take))
    check_shape(take, 8)


def test_no_new_voice_rests():
    for take in compose(request("bach-chorales", "invent", num_takes=3, temperature=2.0)).takes:
        for voice in take.piece.tracks:
            ends = [0.0, *(n.end_quarter for n in voice.notes)]
            assert [n.onset_quarter for n in voice.notes] == ends[:-1]


def test_other_voices_are_written_to_a_seed_of_one_voice():
    result = compose(request("bach-chorales"))
    assert any("other three" in message for message in result.messages)
    first = [t.notes[0].onset_quarter for t in result.takes[0].piece.tracks]
    assert first == [0, 0, 0, 0]
    assert [len(given) for given in result.takes[0].given] == [len(TUNE), 0, 0, 0]


# Harmonising


def test_harmonising_keeps_the_melody_note_for_note():
    hymn = load_example("hymn").piece
    result = compose(request("bach-chorales", "harmonise", hymn, num_takes=2))
    for take in result.takes:
        assert plain(take.piece.tracks[0].notes) == plain(hymn.tracks[0].notes)
        assert take.given[0] == frozenset(range(len(hymn.tracks[0].notes)))
        assert not any(take.given[1:])
        assert all(t.notes[-1].end_quarter == hymn.end_quarter for t in take.piece.tracks)
        tonic = take.piece.key_signatures[0].tonic
        assert take.piece.tracks[3].notes[-1].pitch % 12 == tonic
        assert set(hymn.fermatas) <= set(take.piece.fermatas)


def test_harmonising_takes_the_highest_voice_and_says_so():
    both = piece(track(TUNE), track([(n - 24, t, d) for n, t, d in TUNE]), key="D major")
    result = compose(request("bach-chorales", "harmonise", both))
    assert plain(result.takes[0].piece.tracks[0].notes) == plain(MELODY.tracks[0].notes)
    assert any("highest notes" in message for message in result.messages)


def test_a_melody_out_of_reach_is_moved_by_octaves():
    low = piece([(n - 24, t, d) for n, t, d in TUNE], key="D major")
    result = compose(request("bach-chorales", "harmonise", low))
    moved = {n.pitch - m.pitch for n, m in zip(result.takes[0].piece.tracks[0].notes, low.tracks[0].notes, strict=True)}
    assert len(moved) == 1
    assert moved.pop() in (12, 24)
    assert any("octave" in message for message in result.messages)


def test_a_very_long_melody_is_cut():
    long = piece([(67 + i % 5, 4 * i, 4) for i in range(130)], key="G major")
    result = compose(request("bach-chorales", "harmonise", long))
    assert result.takes[0].num_bars == 128
    assert any("130 bars" in message and "128" in message for message in result.messages)


# Key, range, length


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize(("key", "random_seed"), [("E major", 1), ("F minor", 3)])
def test_at_strength_one_no_new_note_leaves_the_scale(style_id, key, random_seed):
    settings = {"key": key, "temperature": 2.0, "top_p": 1.0, "random_seed": random_seed, "num_takes": 2}
    locked = compose(request(style_id, "invent", key_strength=1.0, **settings)).takes
    tonic, mode = locked[0].piece.key_signatures[0].tonic, key.split()[1]
    scale = scale_pitch_classes(tonic, mode)
    assert {n.pitch % 12 for take in locked for n in new_notes(take)} <= scale
    assert sum(take.notes_changed for take in locked) > 0
    free = compose(request(style_id, "invent", key_strength=0.0, **settings)).takes
    assert {n.pitch % 12 for take in free for n in new_notes(take)} - scale
    assert [take.notes_changed for take in free] == [0, 0]


@pytest.mark.parametrize("mode", ["minor", "dorian", "mixolydian", "lydian", "phrygian"])
def test_seeds_in_all_modes_keep_within_their_scale_at_strength_one(mode):
    notes = [(62 + step, i, 1) for i, step in enumerate((0, 7, 5, 0))]
    for style_id in STYLES:
        take = compose(request(style_id, primer=piece(notes, key=f"D {mode}"), key_strength=1.0, random_seed=3)).takes[
            0
        ]
        used = take.piece.key_signatures[0]
        assert {n.pitch % 12 for n in new_notes(take)} <= scale_pitch_classes(used.tonic, used.mode)


@pytest.mark.parametrize(
    ("style_id", "low", "high"), [("folk", 60, 76), ("folk", 67, 79), ("bach-chorales", 40, 72), ("folk", 74, 86)]
)
def test_new_notes_stay_within_the_range(style_id, low, high):
    takes = compose(request(style_id, "invent", low_pitch=low, high_pitch=high, temperature=2.0, num_takes=2)).takes
    assert all(low <= n.pitch <= high for take in takes for n in new_notes(take))


@pytest.mark.parametrize("style_id", STYLES)
def test_the_key_asked_for_is_the_key_of_the_take(style_id):
    for key, tonic in (("Bb major", 10), ("F# minor", 6)):
        take = compose(request(style_id, "invent", key=key)).takes[0]
        assert (take.piece.key_signatures[0].tonic, take.piece.key_signatures[0].mode) == (tonic, key.split()[1])
        check_shape(take, 6)


@pytest.mark.parametrize("style_id", STYLES)
def test_a_seed_is_moved_to_the_key_asked_for(style_id):
    result = compose(request(style_id, key="F major"))
    moved = [(pitch + 3, onset, length) for pitch, onset, length in plain(MELODY.tracks[0].notes)]
    assert given_notes(result.takes[0]) == moved
    assert any("from D major to F major" in message for message in result.messages)


@pytest.mark.parametrize("style_id", STYLES)
def test_changes_within_the_seed_are_not_passed_over(style_id):
    changes = {
        "tempos": (Tempo(0.0, 100), Tempo(8.0, 60)),
        "key_signatures": (KeySignature(0.0, 2), KeySignature(8.0, 9)),
    }
    result = compose(request(style_id, primer=replace(MELODY, **changes)))
    assert "The tempo of your music changes; its first, 100, was used throughout." in result.messages
    assert any(message.startswith("The key changes") for message in result.messages)
    assert [t.qpm for t in result.takes[0].piece.tempos] == [100]
    asked = compose(request(style_id, primer=replace(MELODY, **changes), qpm=90))
    assert not any("tempo" in message for message in asked.messages)


def test_another_mode_than_the_seed_s_is_not_passed_over():
    chorale = compose(request("bach-chorales", key="C minor"))
    assert chorale.takes[0].piece.key_signatures[0] == KeySignature(0.0, 0, "major")
    assert "Your music was moved from D major to C major." in chorale.messages
    assert "Your music is major, so the key is C major, not C minor." in chorale.messages
    tune = compose(request("folk", key="D minor"))
    assert tune.takes[0].piece.key_signatures[0] == KeySignature(0.0, 2, "minor")
    assert given_notes(tune.takes[0]) == plain(MELODY.tracks[0].notes)
    assert "Its notes stay major; the music goes on in D minor." in tune.messages


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize(("seconds", "meter", "bars"), [(20, "3/4", 11), (10, "4/4", 4), (1, "4/4", 1)])
def test_seconds_become_the_nearest_bars(style_id, seconds, meter, bars):
    take = compose(request(style_id, "invent", seconds=seconds, num_bars=None, qpm=100, meter=meter)).takes[0]
    assert take.num_bars == bars
    bar_seconds = take.piece.time_signatures[0].bar_quarters * 60 / 100
    assert take.seconds == pytest.approx(bars * bar_seconds)
    assert bars == 1 or abs(take.seconds - seconds) <= bar_seconds / 2 + 1e-9


@pytest.mark.parametrize("style_id", STYLES)
def test_a_long_seed_is_shortened_and_it_says_so(style_id):
    long = piece([(67 + [0, 2, 4, 2][i % 4], i, 1) for i in range(40)], key="G major")
    result = compose(request(style_id, primer=long, num_bars=8))
    assert any("10 bars" in message and "last 6 bars" in message for message in result.messages)
    kept = [(n.pitch, n.onset_quarter - 16, n.duration_quarter) for n in long.tracks[0].notes[16:]]
    assert given_notes(result.takes[0]) == kept
    check_shape(result.takes[0], 8)


@pytest.mark.parametrize("style_id", STYLES)
def test_an_odd_meter_is_replaced_and_it_says_so(style_id):
    odd = piece([(62, 0, 1.25), (64, 1.25, 1.25), (66, 2.5, 2.5)], meter="5/4", key="D major")
    result = compose(request(style_id, primer=odd))
    assert any("5/4" in message and "4/4" in message for message in result.messages)
    check_shape(result.takes[0], 6)


def test_the_meter_of_the_seed_wins_and_it_says_so():
    result = compose(request(primer=JIG, meter="3/4"))
    assert result.takes[0].piece.time_signatures == JIG.time_signatures
    assert "The meter of your music, 6/8, was kept." in result.messages


def test_drums_and_chords_are_left_out_and_it_says_so():
    band = piece(track(TUNE), track([(38, i, 1) for i in range(8)], is_drum=True), track([(50, 0, 8), (54, 0, 8)]),
                 key="D major")  # fmt: skip
    result = compose(request(primer=band))
    assert given_notes(result.takes[0]) == plain(MELODY.tracks[0].notes)
    assert any("2 other notes left out" in message or "10 other notes" in message for message in result.messages)


# The same again


@pytest.mark.parametrize(("style_id", "mode"), WAYS)
def test_the_same_request_gives_the_same_takes_and_another_seed_others(style_id, mode):
    asked = request(style_id, mode, num_takes=3, random_seed=5)
    first, again = compose(asked).takes, compose(asked).takes
    assert first == again
    assert len({take.piece for take in first}) == 3
    other = compose(replace(asked, random_seed=6)).takes
    assert not {take.piece for take in first} & {take.piece for take in other}
    assert [take.index for take in first] == [0, 1, 2]
    assert {take.random_seed for take in first} == {5}


def test_takes_name_what_made_them():
    result = compose(request())
    take = result.takes[0]
    assert take.style_id == "folk"
    assert len(take.style_sha256) == 64
    assert np.isfinite(take.log_likelihood)
    assert take.log_likelihood < 0
    assert set(result.timings_ms) == {"load", "sample"}
    assert take.piece.title


def test_progress_rises_to_the_end_and_composing_can_be_stopped():
    shares = []
    compose(request(), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] >= 0.99
    with pytest.raises(CancelledError):
        compose(request(), cancelled=lambda: True)


# What is refused

METERS_SENTENCE = f'This style does not know the meter "9/9"; it knows {", ".join(get_style("bach-chorales").meters)}.'
RANGE_SENTENCE = "Between Eb4 and F4 there is no D to end on; widen the range or choose another key."
LOW_SENTENCE = (
    "In D major this style plays the pitches 45 to 78, none of them between 0 and 40; choose another range or key."
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"num_bars": 0}, "The number of bars is 0; it must be 1 to 128."),
        ({"num_bars": 129}, "The number of bars is 129; it must be 1 to 128."),
        ({"seconds": 0.5}, "The length in seconds is 0.5; it must be 1 to 600."),
        ({"seconds": float("inf")}, "The length in seconds is inf; it must be 1 to 600."),
        ({"temperature": 0.0}, "The temperature is 0; it must be 0.1 to 2."),
        ({"temperature": float("nan")}, "The temperature is nan; it must be 0.1 to 2."),
        ({"top_p": 0.0}, "top-p is 0; it must be 0.01 to 1."),
        ({"top_k": -1}, "top-k is -1; it must be 0 to 1000."),
        ({"key_strength": 1.5}, "The strength of the key lock is 1.5; it must be 0 to 1."),
        ({"qpm": 1000}, "The tempo is 1000; it must be 20 to 320."),
        ({"low_pitch": -1}, "The lowest pitch is -1; it must be 0 to 127."),
        ({"high_pitch": 128}, "The highest pitch is 128; it must be 0 to 127."),
        ({"random_seed": -1}, "The random number is -1; it must be 0 to 9223372036854775807."),
        ({"random_seed": 10**400}, f"The random number is 1{'0' * 21}...; it must be 0 to 9223372036854775807."),
        ({"num_takes": 9}, "The number of takes is 9; it must be 1 to 8."),
        ({"low_pitch": 80, "high_pitch": 60}, "The lowest pitch (G#5) is above the highest (C4); swap them."),
        ({"primer": None}, "There is no music to continue; give some, or let the style invent."),
        ({"mode": "sing"}, '"sing" is not a way of composing; choose continue, invent, harmonise, arrange, accompany.'),
        ({"key": "H dur"}, '"H dur" is not a key; write for example "D major" or "F# minor".'),
        ({"key": "C lydian"}, "This style does not know lydian keys; it knows major, minor, dorian, mixolydian."),
        ({"style_id": "bach-chorales", "meter": "9/9", "mode": "invent", "primer": None}, METERS_SENTENCE),
        ({"num_bars": 1}, "One bar leaves no room to go on from your music; ask for two bars or more."),
        (
            {"low_pitch": 63, "high_pitch": 65},
            RANGE_SENTENCE,
        ),
        (
            {"low_pitch": 0, "high_pitch": 40},
            LOW_SENTENCE,
        ),
        (
            {"style_id": "bach-chorales", "low_pitch": 60},
            "Between C4 and G9 the bass (D2 to E4) has less than a fifth; widen the range.",
        ),
        ({"mode": "harmonise"}, "Folk tunes cannot harmonise; it can continue and invent."),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(f"{k}={str(v)[:20]}" for k, v in value.items()),
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(changes, sentence):
    asked = replace(request(), **changes)
    with pytest.raises(MusegenError) as caught:
        compose(asked)
    assert str(caught.value) == sentence
    assert isinstance(caught.value, ConstraintError | StyleError)


@pytest.mark.parametrize("style_id", STYLES)
def test_seeds_that_hold_nothing_to_go_on_from_are_refused(style_id):
    drums = piece(track([(38, i, 1) for i in range(4)], is_drum=True))
    with pytest.raises(MusegenError, match="melody"):
        compose(request(style_id, primer=drums))


@pytest.mark.parametrize("key_signatures", [(), (KeySignature(0.0, 0, "major"),)])
@pytest.mark.parametrize("style_id", ["folk", "bach-chorales"])
def test_a_white_note_seed_may_be_in_a_minor(style_id, key_signatures):
    """Asked for A minor, a seed of white notes without a key, or signed C major, stays where it is."""
    seed = replace(read_typed("A4 C5 E5 D5 C5 B4 A4:2"), key_signatures=key_signatures)
    result = compose(ComposeRequest(style_id, "continue", seed, num_bars=4, key="A minor"))
    piece = result.takes[0].piece
    assert [n.pitch for n in piece.tracks[0].notes[:7]] == [69, 72, 76, 74, 72, 71, 69]
    assert (piece.key_signatures[0].tonic, piece.key_signatures[0].mode) == (9, "minor")
    assert not any("moved" in message or "looks like" in message for message in result.messages)


@pytest.mark.parametrize("style_id", STYLES)
def test_a_take_is_the_same_alone_or_among_others(style_id):
    alone = compose(request(style_id, "invent", num_bars=4, random_seed=5)).takes[0]
    among = compose(request(style_id, "invent", num_bars=4, random_seed=5, num_takes=4)).takes[0]
    assert alone.piece == among.piece


def test_the_composer_line_names_style_and_who_made_the_seed():
    def line(mode, primer):
        return compose(request(mode=mode, primer=primer)).takes[0].piece.composer

    title = get_style("folk").title
    assert line("invent", None) == f"Musegen, style {title}"
    assert line("continue", MELODY) == f"Musegen, style {title}, theme by you"
    assert line("continue", replace(MELODY, composer="Anna M.")) == f"Musegen, style {title}, theme by Anna M."
    assert line("continue", replace(MELODY, composer="Musegen, style X", title="Mill")).endswith(f"{title}, after Mill")
    assert line("continue", replace(MELODY, composer="Musegen", title="")) == f"Musegen, style {title}"
    assert line("continue", load_example("jig").piece).endswith(f", after {load_example('jig').title}")


def test_an_invented_tune_has_a_meter_and_a_key_of_its_style():
    card = replace(load_style("folk").card, meters=("2/4",), keys=("dorian",))
    for seed in range(5):
        key, meter = _choose(ComposeRequest("folk", "invent", random_seed=seed), card, None, None)
        assert (key.mode, meter.numerator, meter.denominator) == ("dorian", 2, 4)
    odd = replace(card, meters=("9/8",), keys=("minor",))
    key, meter = _choose(ComposeRequest("folk", "invent"), odd, None, None)
    assert (key.mode, meter.numerator) == ("minor", 9)
