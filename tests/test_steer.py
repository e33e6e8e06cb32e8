"""Changing takes: what is locked stays, bars add up, and the same request gives the same take."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.regenerate_quality import after_gap, share_closed
from musegen.cli.command_line import main
from musegen.composers.chorale.gap import ChoraleGap, GapRules, above_fixed, parallels_into, runs_of
from musegen.composers.chorale.grid import FIRST_PITCH, HOLD, pitch_event
from musegen.composers.chorale.reading import ChoraleCursor, ChoralePlan
from musegen.composers.gaps import Gap, bar_span, selected_gaps
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import load_style
from musegen.composers.temperature_curve import curve_at, temperature_of
from musegen.composers.tune.codec import FolkTuneCodec
from musegen.composers.tune.gap import TuneGap, gap_mask
from musegen.composers.tune.line import Line, line_of_piece, spell_line
from musegen.engine.branches import Branches
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import Constraints, sample, score
from musegen.errors import CancelledError, ConstraintError, MusegenError
from musegen.evaluation.structure import run_repetition
from musegen.files import read, write
from musegen.music import Barline
from musegen.music.theory import scale_pitch_classes
from musegen.music.timing import bar_starts, num_bars
from musegen.services.judging.explain import explain
from musegen.services.judging.measures import MEASURES, in_key, likeness, measure
from musegen.services.judging.score import score_piece
from musegen.services.making.compose import compose
from musegen.services.making.form import parse_form
from musegen.services.making.steer import steer, with_pitch
from musegen.services.seeds.seed import load_example
from tests.builders import piece, track
from tests.test_sampling import CountingCursor, KnownModel

STYLES = ("folk", "bach-chorales")
PICKUP_TUNE = piece([(62, 0, 1), (67, 1, 1), (69, 2, 1), (71, 3, 2), (69, 5, 2), (67, 7, 2), (66, 9, 1), (64, 10, 1),
                     (62, 11, 2), (67, 13, 4)], key="G major", pickup=1)  # fmt: skip
TIED = piece([(67, 0, 3), (69, 3, 2), (71, 5, 3), (72, 8, 3.5), (71, 11.5, 1.5), (69, 13, 3), (67, 16, 4)],
             key="G major")  # fmt: skip


@pytest.fixture(scope="module")
def takes():
    """A take of each style: 8 bars of 4/4."""
    made = {}
    for style_id in STYLES:
        asked = ComposeRequest(style_id, "invent", num_bars=8, meter="4/4", temperature=0.9, random_seed=3)
        made[style_id] = compose(asked).takes[0]
    return made


def request(style_id, music, action="regenerate", **settings):
    return SteerRequest(style_id, action, music, **({"candidates": 4} | settings))


def locked(music, changed):
    return [{n for i, n in enumerate(t.notes) if i not in new} for t, new in zip(music.tracks, changed, strict=True)]


def check_locked(before, result, gaps):
    """All notes that begin outside the gaps are the very same, and nothing sounds over them."""
    for take, changed in zip(result.takes, result.changed, strict=True):
        for index, (old, new) in enumerate(zip(before.tracks, take.piece.tracks, strict=True)):
            spans = [(g.start, g.end) for g in gaps if g.track == index]
            outside = {n for n in old.notes if not any(a <= n.onset_quarter < b for a, b in spans)}
            inside = [n for n in new.notes if any(a <= n.onset_quarter < b for a, b in spans)]
            assert {n for n in new.notes if n not in inside} == outside
            assert {new.notes.index(n) for n in inside} == changed[index]
            for a, b in zip(new.notes, new.notes[1:], strict=False):
                assert a.end_quarter <= b.onset_quarter
            for note in inside:
                assert any(a <= note.onset_quarter and note.end_quarter <= b for a, b in spans)
        assert take.piece.end_quarter == before.end_quarter
        assert take.piece.barlines == before.barlines
        assert take.num_bars == num_bars(before)


def gaps_of(asked):
    return selected_gaps(asked, asked.piece, asked.piece.end_quarter)


# What is locked stays


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize("seed", range(6))
def test_random_selections_leave_everything_else_as_it_is(style_id, seed, takes):
    random = np.random.default_rng(seed)
    music = takes[style_id].piece
    if seed % 2:
        first = int(random.integers(1, 9))
        last = int(random.integers(first, 9))
        chosen = {"bars": (first, last) if (first, last) != (1, 8) else (2, 7)}
        if style_id != "folk" and seed != 1:
            chosen["voices"] = tuple(random.choice(4, int(random.integers(1, 4)), replace=False).tolist())
    else:
        everything = [(t, i) for t, each in enumerate(music.tracks) for i in range(len(each.notes))]
        picked = random.choice(len(everything), int(random.integers(1, len(everything) // 2)), replace=False)
        chosen = {"notes": tuple(everything[i] for i in picked)}
    keep = ("", "rhythm", "pitches")[seed % 3]
    asked = request(style_id, music, **chosen, keep=keep, temperature=1.4, random_seed=seed)
    check_locked(music, steer(asked), gaps_of(asked))


@pytest.mark.parametrize("music", [PICKUP_TUNE, TIED, load_example("reel").piece, load_example("jig").piece],
                         ids=["pickup", "tied", "reel", "jig"])  # fmt: skip
@pytest.mark.parametrize("bars", [(1, 1), (2, 2), (3, 4)])
def test_pickups_and_notes_over_bar_lines(music, bars):
    asked = request("folk", music, bars=bars, temperature=1.3)
    result = steer(asked)
    assert result.messages == ()
    end = max(bar_starts(music)[-1] + music.time_signatures[0].bar_quarters, music.end_quarter)
    if music.pickup_quarter:
        end = music.end_quarter
    gaps = selected_gaps(asked, music, end)
    new = result.takes[0].piece
    outside = {n for n in music.tracks[0].notes if not gaps[0].start <= n.onset_quarter < gaps[0].end}
    assert outside <= set(new.tracks[0].notes)
    assert new.pickup_quarter == music.pickup_quarter


@pytest.mark.parametrize("style_id", STYLES)
def test_a_gap_at_the_end_closes_on_the_tonic(style_id, takes):
    music = takes[style_id].piece
    key = music.key_signatures[0]
    result = steer(request(style_id, music, bars=(6, 8), temperature=1.8, top_p=1.0, num_takes=3))
    for take in result.takes:
        assert take.piece.end_quarter == music.end_quarter
        for index in {0, len(music.tracks) - 1}:
            last = take.piece.tracks[index].notes[-1]
            assert (last.pitch % 12, last.end_quarter) == (key.tonic, music.end_quarter)


def test_repeats_and_parts_stay():
    music = load_example("reel").piece
    bar = music.time_signatures[0].bar_quarters
    middle = music.pickup_quarter + 2 * bar
    marks = replace(music, barlines=(Barline(middle, "repeat-both"),))
    result = steer(request("folk", marks, bars=(2, 3)))
    assert result.takes[0].piece.barlines == marks.barlines
    notes = result.takes[0].piece.tracks[0].notes
    assert not any(n.onset_quarter < middle < n.end_quarter for n in notes)


def test_a_voice_between_others_neither_crosses_nor_moves_them(takes):
    music = takes["bach-chorales"].piece
    result = steer(request("bach-chorales", music, bars=(3, 6), voices=(1,), temperature=1.2))
    new = result.takes[0].piece
    assert [new.tracks[i].notes for i in (0, 2, 3)] == [music.tracks[i].notes for i in (0, 2, 3)]
    assert new.tracks[1].notes != music.tracks[1].notes


# Pitch alone, rhythm alone


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize("bars", [(1, 4), (3, 6), (5, 8)])
def test_a_kept_rhythm_keeps_onsets_and_lengths_exactly(style_id, bars, takes):
    music = takes[style_id].piece
    new = steer(request(style_id, music, bars=bars, keep="rhythm", temperature=1.5)).takes[0].piece
    for old, made in zip(music.tracks, new.tracks, strict=True):
        assert [(n.onset_quarter, n.duration_quarter) for n in made.notes] == [
            (n.onset_quarter, n.duration_quarter) for n in old.notes
        ]
    assert [n.pitch for t in new.tracks for n in t.notes] != [n.pitch for t in music.tracks for n in t.notes]


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize("bars", [(1, 4), (3, 6), (5, 8)])
def test_kept_pitches_stay_in_order_and_in_their_bars(style_id, bars, takes):
    music = takes[style_id].piece
    new = steer(request(style_id, music, bars=bars, keep="pitches", temperature=1.5)).takes[0].piece
    for old, made in zip(music.tracks, new.tracks, strict=True):
        assert [(int(n.onset_quarter // 4), n.pitch) for n in made.notes] == [
            (int(n.onset_quarter // 4), n.pitch) for n in old.notes
        ]
    assert [n.onset_quarter for t in new.tracks for n in t.notes] != [
        n.onset_quarter for t in music.tracks for n in t.notes
    ]
    assert new.end_quarter == music.end_quarter


def test_everything_may_get_other_pitches():
    result = steer(request("folk", load_example("reel").piece, bars=(1, 4), keep="rhythm"))
    assert result.takes[0].piece.num_notes == load_example("reel").piece.num_notes


# The same again


@pytest.mark.parametrize("style_id", STYLES)
@pytest.mark.parametrize(
    ("action", "settings"),
    [
        ("regenerate", {"bars": (3, 5)}),
        ("vary", {"strength": 0.4}),
        ("extend", {"num_bars": 10}),
        ("swap", {"notes": ((0, 4),), "pitch": 72}),
    ],
)
def test_the_same_request_gives_the_same_takes_alone_and_together(style_id, action, settings, takes):
    asked = request(style_id, takes[style_id].piece, action, **settings, num_takes=2, random_seed=5)
    assert hash(asked) == hash(replace(asked))
    together = steer(asked).takes
    assert [t.piece for t in steer(asked).takes] == [t.piece for t in together]
    assert steer(replace(asked, num_takes=1)).takes[0].piece == together[0].piece
    assert len({t.piece for t in together}) > 1
    assert [t.index for t in together] == [0, 1]


@pytest.mark.parametrize("style_id", STYLES)
def test_candidates_do_not_depend_on_how_many_there_are(style_id, takes):

    style = load_style(style_id)
    asked = request(style_id, takes[style_id].piece, bars=(3, 4), candidates=12)
    ground = style.composer.workpiece(asked, style)
    few = style.composer.workpiece(replace(asked, candidates=3), style)
    all_nats, some = ground.fill(gaps_of(asked), (1,)).joins[0], few.fill(gaps_of(asked), (1,)).joins[0]
    assert all_nats[:3] == pytest.approx(some)
    assert len(all_nats) == 12
    assert min(all_nats) <= min(some) <= np.mean(all_nats)
    assert np.ptp(all_nats) > 0.5


@pytest.mark.parametrize("style_id", STYLES)
def test_what_follows_is_likelier_than_after_a_naive_fill(style_id, takes):
    music = takes[style_id].piece
    asked = request(style_id, music, bars=(5, 6), candidates=12, temperature=1.2)
    after = max(gap.end for gap in gaps_of(asked))

    def bits(filled):
        """Bits of the ten notes after the gap, without when the first begins, which hangs on the gap's last note."""
        reasons = explain(style_id, filled).notes
        later = [(filled.tracks[r.track].notes[r.index].onset_quarter, r) for r in reasons]
        later = sorted((pair for pair in later if pair[0] >= after), key=lambda pair: pair[0])[:10]
        return sum(r.surprise_bits + r.timing_bits for _, r in later) - later[0][1].timing_bits

    naive = [bits(steer(replace(asked, candidates=1, random_seed=s)).takes[0].piece) for s in range(5)]
    assert bits(steer(asked).takes[0].piece) < np.mean(naive)


def test_steering_can_be_stopped(takes):
    with pytest.raises(CancelledError):
        steer(request("folk", takes["folk"].piece, bars=(2, 3)), cancelled=lambda: True)


# Vary, extend, swap


@pytest.mark.parametrize("style_id", STYLES)
def test_a_variation_redraws_its_share(style_id, takes):
    music = takes[style_id].piece
    assert steer(request(style_id, music, "vary", strength=0.0)).takes[0].piece == music
    shares = []
    for strength in (0.2, 0.6, 1.0):
        result = steer(request(style_id, music, "vary", strength=strength))
        kept = locked(result.takes[0].piece, result.changed[0])
        assert all(notes <= set(t.notes) for notes, t in zip(kept, music.tracks, strict=True))
        assert result.takes[0].piece.end_quarter == music.end_quarter
        shares.append(1 - sum(map(len, kept)) / music.num_notes)
    assert 0.05 < shares[0] < 0.4 < shares[1] < 0.85 < shares[2] == 1


def test_a_slight_variation_stays_near_in_pitch(takes):
    music = takes["folk"].piece

    def distance(strength):
        new = steer(request("folk", music, "vary", strength=strength, keep="rhythm", num_takes=4))
        moved = [
            abs(a.pitch - b.pitch)
            for take, changed in zip(new.takes, new.changed, strict=True)
            for i, (a, b) in enumerate(zip(take.piece.tracks[0].notes, music.tracks[0].notes, strict=True))
            if i in changed[0]
        ]
        return np.mean(moved)

    assert distance(0.2) < distance(0.99)


@pytest.mark.parametrize("style_id", STYLES)
def test_going_on_keeps_what_is_there_and_closes_anew(style_id, takes):
    music = takes[style_id].piece
    longer = steer(request(style_id, music, "extend", num_bars=11)).takes[0]
    assert longer.num_bars == 11
    assert longer.piece.end_quarter == 44
    assert all(set(a.notes) <= set(b.notes) for a, b in zip(music.tracks, longer.piece.tracks, strict=True))
    assert longer.piece.tracks[-1].notes[-1].pitch % 12 == music.key_signatures[0].tonic
    again = steer(request(style_id, music, "extend", from_bar=5, num_bars=6)).takes[0]
    assert again.num_bars == 6
    for old, new in zip(music.tracks, again.piece.tracks, strict=True):
        begun = {n for n in old.notes if n.onset_quarter < 16}
        assert begun == {n for n in new.notes if n.onset_quarter < 16}
        assert new.notes[-1].end_quarter == 24
    assert again.piece.barlines[-1].onset_quarter == 24


def test_a_swapped_note_is_followed_by_new_ones(takes):
    music = takes["folk"].piece
    place = 10
    result = steer(request("folk", music, "swap", notes=((0, place),), pitch=74))
    new = result.takes[0].piece.tracks[0].notes
    assert new[:place] == music.tracks[0].notes[:place]
    assert new[place] == replace(music.tracks[0].notes[place], pitch=74)
    assert result.changed[0][0] == frozenset(range(place, len(new)))
    assert result.takes[0].piece.end_quarter == music.end_quarter
    assert with_pitch(music, (0, place), 74).tracks[0].notes[place + 1 :] == music.tracks[0].notes[place + 1 :]


def test_the_last_note_is_swapped_alone_and_nothing_goes_on():
    music = piece([(67 + i % 3, i, 1) for i in range(16)], key="G major", meter="4/4")
    result = steer(request("folk", music, "swap", notes=((0, 15),), pitch=74, num_takes=3))
    (only,) = result.takes
    assert only.piece.tracks[0].notes == with_pitch(music, (0, 15), 74).tracks[0].notes
    assert result.changed == ((frozenset({15}),),)


def test_notes_of_the_musician_are_named_again():
    seed = load_example("reel").piece
    first = compose(ComposeRequest("folk", "continue", seed, num_bars=10)).takes[0]
    asked = request("folk", first.piece, bars=(7, 8), given=first.given)
    take = steer(asked).takes[0]
    assert [take.piece.tracks[0].notes[i] for i in sorted(take.given[0])] == [
        first.piece.tracks[0].notes[i] for i in sorted(first.given[0])
    ]


# Key, range, temperature


@pytest.mark.parametrize("style_id", STYLES)
def test_at_strength_one_new_notes_stay_in_key_and_range(style_id, takes):
    music = takes[style_id].piece
    key = music.key_signatures[0]
    limits = {"low_pitch": 64, "high_pitch": 80} if style_id == "folk" else {"low_pitch": 41, "high_pitch": 76}
    result = steer(request(style_id, music, bars=(2, 7), key_strength=1.0, temperature=2.0, top_p=1.0, **limits))
    scale = scale_pitch_classes(key.tonic, key.mode)
    for voice, changed in zip(result.takes[0].piece.tracks, result.changed[0], strict=True):
        new = [voice.notes[i].pitch for i in changed]
        assert {pitch % 12 for pitch in new} <= scale
        assert all(limits["low_pitch"] <= pitch <= limits["high_pitch"] for pitch in new)


def test_a_curve_runs_straight_from_point_to_point():
    assert [curve_at((0.5, 1.5), bar, 5) for bar in range(5)] == pytest.approx([0.5, 0.75, 1.0, 1.25, 1.5])
    assert [curve_at((0.5, 1.0, 0.7), bar, 3) for bar in range(-1, 4)] == pytest.approx([0.5, 0.5, 1.0, 0.7, 0.7])
    assert curve_at((0.8,), 3, 9) == 0.8
    cursor = ChoraleCursor(ChoralePlan(4 + 32, pickup=4))
    assert temperature_of((0.2, 1.2))(cursor) == pytest.approx(0.2)
    cursor.step = 4 + 16
    assert temperature_of((0.2, 1.2))(cursor) == pytest.approx(1.2)
    assert temperature_of(()) is None


@pytest.mark.parametrize("style_id", STYLES)
def test_a_level_curve_is_the_temperature_and_calm_bars_agree(style_id):
    asked = ComposeRequest(style_id, "invent", num_bars=4, meter="4/4", temperature=1.3, random_seed=2)
    level = compose(replace(asked, temperature=0.7, temperature_curve=(1.3, 1.3)))
    assert level.takes[0].piece == compose(asked).takes[0].piece
    calm = replace(asked, key="C major", num_takes=4, temperature_curve=(0.1, 0.1, 2.0, 2.0), top_p=1.0)
    openings, ends = set(), set()
    for take in compose(calm).takes:
        notes = [(n.onset_quarter, n.pitch) for t in take.piece.tracks for n in t.notes]
        openings.add(tuple(n for n in notes if n[0] < 4))
        ends.add(tuple(n for n in notes if n[0] >= 8))
    assert len(ends) == 4
    assert len(openings) < 4


def test_temperature_of_a_place_scales_the_draw():
    """At a temperature of almost nothing the likeliest event is drawn, whatever the settings say."""
    cold = SamplingSettings(temperature=2.0, temperature_at=lambda cursor: 1e-4)
    cursors = [CountingCursor() for _ in range(4)]
    sample(KnownModel(), cursors, cold, Constraints(), [(i,) for i in range(4)])
    assert len({tuple(c.events.tolist()) for c in cursors}) == 1


# Form


@pytest.mark.parametrize("style_id", STYLES)
def test_sections_return_as_they_were(style_id):
    asked = ComposeRequest(style_id, "invent", num_bars=8, meter="4/4", form="A A B A", random_seed=4)
    result = compose(asked)
    music, again = result.takes[0].piece, compose(asked).takes[0].piece
    assert music == again
    assert (result.takes[0].num_bars, music.end_quarter) == (8, 32)
    sections = [section_of(music, i, 8) for i in range(4)]
    assert sections[0] == sections[1] == sections[3] != sections[2]
    assert music.tracks[-1].notes[-1].pitch % 12 == music.key_signatures[0].tonic
    assert [b.onset_quarter for b in music.barlines] == [8, 16, 24, 32]


def section_of(music, index, size):
    return [
        [(n.onset_quarter - index * size, n.pitch, n.duration_quarter) for n in t.notes
         if index * size <= n.onset_quarter < (index + 1) * size]
        for t in music.tracks
    ]  # fmt: skip


def test_returning_sections_are_varied_and_primes_always():
    asked = ComposeRequest("folk", "invent", num_bars=12, meter="4/4", form="AA'A", random_seed=5)
    music = compose(asked).takes[0].piece
    first, second, third = (section_of(music, i, 16)[0] for i in range(3))
    assert first == third != second
    assert set(first) & set(second)
    varied = compose(replace(asked, form_variation=0.5)).takes[0].piece
    assert section_of(varied, 0, 16)[0] == first
    assert section_of(varied, 2, 16)[0] != first


@pytest.mark.parametrize("random_seed", range(6))
def test_a_prime_differs_from_its_model_whatever_the_random_seed(random_seed):
    asked = ComposeRequest("folk", "invent", num_bars=6, meter="4/4", form="AA'A''", random_seed=random_seed, top_k=2)
    music = compose(asked).takes[0].piece
    model, *primed = (section_of(music, i, 8)[0] for i in range(3))
    assert model not in primed


def test_a_seed_opens_the_form_and_uneven_lengths_are_said():
    seed = load_example("reel").piece
    result = compose(ComposeRequest("folk", "continue", seed, num_bars=19, form="ABA", num_takes=2))
    assert [take.num_bars for take in result.takes] == [18, 18]
    assert "3 sections of 6 bars make 18 bars, not 19." in result.messages
    given = [result.takes[0].piece.tracks[0].notes[i] for i in sorted(result.takes[0].given[0])]
    assert [n.pitch for n in given] == [n.pitch for n in seed.tracks[0].notes][: len(given)]
    assert len(given) >= 8
    assert result.takes[0].piece != result.takes[1].piece


def test_a_seed_too_long_for_a_section_is_said_to_be_so():
    seed = piece([(67 + i % 3, i, 1) for i in range(16)], key="G major", meter="4/4")
    result = compose(ComposeRequest("folk", "continue", seed, num_bars=8, form="AB"))
    said = "Your music has 4 bars and each section is to have 4; its last 3 bars were used."
    assert said in result.messages


def test_forms_are_read():
    letters = [(s.letter, s.primes) for s in parse_form("a A' b-A''")]
    assert letters == [("A", 0), ("A", 1), ("B", 0), ("A", 2)]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"form": "A1"}, '"A1" is not a form; write letters, for example A A B A or A A\' B A.'),
        ({"form": "A"}, "The form has 1 section; it may have 2 to 16."),
        ({"form": "A" * 17}, "The form has 17 sections; it may have 2 to 16."),
        (
            {"form": "A A' B A", "num_bars": 3},
            "The form A A' B A has 4 sections and the piece 3 bars; ask for 4 bars or more, or a shorter form.",
        ),
        ({"form": "AB", "form_variation": 2.0}, "The variation of the form is 2; it must be 0 to 1."),
        ({"temperature_curve": (1.0, 3.0)}, "A temperature of the curve is 3; each must be 0.1 to 2."),
        (
            {"style_id": "bach-chorales", "mode": "harmonise", "primer": PICKUP_TUNE, "form": "AB"},
            "A harmony has the form of its melody; choose a form to continue or to invent.",
        ),
    ],
)
def test_forms_that_cannot_be_are_refused(settings, sentence):
    with pytest.raises(ConstraintError) as caught:
        compose(ComposeRequest(**({"style_id": "folk", "mode": "invent", "num_bars": 8} | settings)))
    assert str(caught.value) == sentence


# What is refused


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "Nothing is selected; choose the bars or notes to compose again."),
        ({"bars": (1, 8)}, "Everything is selected, so nothing would stay; compose a new take instead."),
        ({"bars": (7, 10)}, "Bars 7 to 10 were selected, but the piece has bars 1 to 8."),
        ({"bars": (0, 0)}, "Bar 0 was selected, but the piece has bars 1 to 8."),
        ({"bars": (5, 3)}, "Bar 5 comes after bar 3; give the first bar first."),
        ({"bars": (1, 2), "notes": ((0, 1),)}, "Bars and single notes are both selected; choose one of them."),
        ({"notes": ((0, 9999),)}, "Note 10000 of voice 1 was selected, but it is not there."),
        ({"notes": ((7, 0),)}, "Note 1 of voice 8 was selected, but it is not there."),
        ({"bars": (1, 2), "voices": (4,)}, "Voice 5 was selected, but the piece has 4."),
        ({"bars": (1, 2), "keep": "words"}, '"words" cannot be kept; keep the pitches, the rhythm, or nothing.'),
        ({"bars": (1, 2), "temperature": 0.0}, "The temperature is 0; it must be 0.1 to 2."),
        ({"bars": (1, 2), "candidates": 65}, "The number of candidates is 65; it must be 1 to 64."),
        ({"action": "sing"}, '"sing" is not a way to change a take; choose regenerate, vary, extend, swap.'),
        ({"action": "vary", "strength": 1.5}, "The strength is 1.5; it must be 0 to 1."),
        ({"action": "extend"}, "How long the piece is to be is missing; give its number of bars."),
        (
            {"action": "extend", "num_bars": 8},
            "The piece has 8 bars; to go on from there, ask for more than that.",
        ),
        (
            {"action": "extend", "from_bar": 5, "num_bars": 4},
            "Bar 5 is the first new one, so ask for 5 bars or more.",
        ),
        (
            {"action": "extend", "from_bar": 1, "num_bars": 8},
            "Everything from bar 1 on would be new; compose a new take instead.",
        ),
        ({"action": "swap", "pitch": 60}, "Choose one note, and the pitch it is to have."),
        (
            {"action": "swap", "pitch": 60, "notes": ((0, 9999),)},
            "Note 10000 of voice 1 was selected, but it is not there.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_refused_in_one_sentence(settings, sentence, takes):
    asked = {"style_id": "bach-chorales", "action": "regenerate", "piece": takes["bach-chorales"].piece}
    with pytest.raises(ConstraintError) as caught:
        steer(SteerRequest(**(asked | settings)))
    assert str(caught.value) == sentence


def test_a_piece_without_notes_is_refused():
    with pytest.raises(ConstraintError, match="no notes"):
        steer(request("folk", piece(track([(38, 0, 1)], is_drum=True)), bars=(1, 1)))


def test_music_that_a_style_cannot_hold_is_adapted_and_it_says_so(takes):
    result = steer(request("folk", takes["bach-chorales"].piece, bars=(3, 4)))
    assert any("other notes left out" in message for message in result.messages)
    assert len(result.takes[0].piece.tracks) == 1


def test_a_range_without_a_tonic_is_refused(takes):
    tonic = takes["folk"].piece.key_signatures[0].tonic
    low = 60 + (tonic + 1) % 12
    with pytest.raises(MusegenError, match="tonic"):
        steer(request("folk", takes["folk"].piece, bars=(7, 8), low_pitch=low, high_pitch=low + 2))


# Gaps by hand


def test_gaps_begin_after_what_sounds_in_and_end_after_what_sounds_on():
    asked = request("folk", TIED, bars=(2, 2))
    assert selected_gaps(asked, TIED, 20) == [Gap(5.0, 8.0)]
    assert selected_gaps(replace(asked, bars=(1, 1)), TIED, 20) == [Gap(0.0, 5.0)]
    assert selected_gaps(replace(asked, bars=(1, 1), keep="rhythm"), TIED, 20) == [Gap(0.0, 5.0, keep="rhythm")]
    assert selected_gaps(request("folk", TIED, notes=((0, 2), (0, 1), (0, 5))), TIED, 20) == [
        Gap(3.0, 8.0), Gap(13.0, 16.0)
    ]  # fmt: skip
    assert bar_span(PICKUP_TUNE, (1, 2), 17) == (0.0, 9.0)
    assert bar_span(PICKUP_TUNE, (2, 4), 17) == (5.0, 17.0)


def test_a_bar_under_one_long_note_has_nothing_to_compose():
    long = piece([(67, 0, 8), (69, 8, 4)], key="G major")
    with pytest.raises(ConstraintError, match="Nothing begins"):
        selected_gaps(request("folk", long, bars=(2, 2)), long, 12)


def test_the_rules_of_a_chorale_s_gap_by_hand():
    e = [pitch_event(60), HOLD, pitch_event(62), HOLD]
    voices = np.array([[x, x, x, x] for x in e], np.int16)
    gaps = [ChoraleGap(0, 2, 4), ChoraleGap(1, 0, 4, "rhythm"), ChoraleGap(2, 0, 4, "pitches")]
    rules = GapRules(voices, gaps, 4, 0)
    assert rules.free.tolist() == [
        [False, True, True, False], [False, False, True, False], [True, True, True, False], [True, False, True, False],
    ]  # fmt: skip
    fixed = np.where(rules.free, -1, voices).astype(np.int16)
    cursor = ChoraleCursor(ChoralePlan(4), primer=fixed)

    def may():
        table = rules.mask(cursor)
        return None if table is None else np.flatnonzero(table).tolist()

    strikes = list(range(FIRST_PITCH, 48))
    assert may() is None
    cursor.push(e[0])
    assert may() == strikes  # the rhythm is kept: a note begins here
    cursor.push(e[0])
    assert may() == [e[0]]  # the pitches are kept: the first of them begins
    cursor.push(e[0])
    cursor.push(e[0])
    for _ in range(2):
        cursor.push(HOLD)
    assert may() == [HOLD, e[2]]
    cursor.push(HOLD)
    cursor.push(HOLD)
    assert may() == [x for x in range(48) if x != HOLD]  # the note before the gap keeps its length
    for event in (e[2], e[2]):
        cursor.push(event)
    assert may() == [HOLD, e[2]]
    cursor.push(HOLD)
    cursor.push(e[2])
    cursor.push(HOLD)
    cursor.push(HOLD)
    assert may() == [e[2]]  # the last sixteenth of the bar: the note that is left must begin


def test_what_may_stand_in_a_tune_s_gap_by_hand():
    codec = FolkTuneCodec()
    music = piece([(60, 0, 1), (62, 1, 1), (64, 3, 1), (60, 4, 4)], key="C major")  # a rest on the third quarter
    line = line_of_piece(codec.normalize(music))
    cursor = codec.cursor(2)
    for event in spell_line(replace_notes(line, line.notes[:1]), 24):
        cursor.push(event)
    mask = gap_mask(line, TuneGap(24, 48), np.ones(len(codec.vocabulary), bool))

    def may(kind):
        return np.flatnonzero(mask(cursor) & codec.vocabulary.is_kind(kind)).tolist()

    steps = codec.vocabulary.steps
    assert {int(steps[e]) for e in may("duration")} == {3, 4, 6, 8, 9, 12, 18}  # now 24: no more than is left
    assert len(may("pitch")) == 34
    assert may("tie") == may("rest") == may("end") == may("bar") == may("repeat") == []
    cursor.push(next(e for e in may("duration") if steps[e] == 12))
    cursor.push(may("pitch")[0])
    assert (
        len(may("tie")) + len(may("rest")) + len(may("pitch")) == 34
    )  # two silences would meet, two ties are one note
    kept = gap_mask(line, TuneGap(24, 48, "rhythm"), np.ones(len(codec.vocabulary), bool))
    again = codec.cursor(2)
    for event in spell_line(replace_notes(line, line.notes[:1]), 24):
        again.push(event)
    assert {bool(codec.vocabulary.is_kind("pitch")[e]) for e in np.flatnonzero(kept(again))} == {True}


def test_a_note_before_a_gap_is_not_tied_into_it():
    codec = FolkTuneCodec()
    music = piece([(60, 0, 2), (62, 2, 0.5), (64, 2.5, 1.5), (60, 4, 4)], key="C major")
    line = line_of_piece(codec.normalize(music))
    cursor = codec.cursor(2)
    for event in spell_line(replace_notes(line, line.notes[:1]), 48):
        cursor.push(event)
    mask = gap_mask(line, TuneGap(48, 60), np.ones(len(codec.vocabulary), bool))
    tie = codec.vocabulary.is_kind("tie")
    cursor.push(next(e for e in np.flatnonzero(mask(cursor)) if codec.vocabulary.steps[e] == 12))
    assert (cursor.allowed() & tie).any()
    assert not (mask(cursor) & tie).any()


def replace_notes(line, notes):
    return Line(line.meter, line.mode, line.pickup, notes, line.signs)


def test_voices_stay_above_fixed_ones_and_runs_are_joined():
    fixed = np.full((2, 4), -1, np.int16)
    fixed[:, 2] = [pitch_event(65), HOLD]
    cursor = ChoraleCursor(ChoralePlan(2), primer=fixed)
    lowest = np.flatnonzero(above_fixed(fixed)(cursor))
    assert lowest.min() == pitch_event(65)
    free = np.zeros((20, 4), bool)
    free[[2, 3, 6, 15], [0, 1, 2, 3]] = True
    assert runs_of(free, 4) == [(2, 7), (15, 16)]
    assert runs_of(free, 1) == [(2, 4), (6, 7), (15, 16)]


def test_parallels_by_hand():
    chord = [pitch_event(p) for p in (72, 67, 60, 48)]
    assert parallels_into(chord, [pitch_event(p) for p in (74, 69, 62, 50)]) == 5  # C-G-C-C: three octaves, two fifths
    assert parallels_into(chord, [HOLD, pitch_event(69), pitch_event(62), HOLD]) == 1  # G over C to A over D
    assert parallels_into(chord, [pitch_event(74), HOLD, HOLD, pitch_event(47)]) == 0
    assert parallels_into(chord, [HOLD] * 4) == 0


def test_branches_go_on_by_themselves():
    model, cursor = KnownModel(), CountingCursor(12)
    whole = CountingCursor(12)
    sample(model, [whole], SamplingSettings(), Constraints(), [(7, 0)])
    past = Branches(model, [cursor])
    nats = past.hear([whole.events[:5].tolist()], scored=True)[0]
    assert (nats > 0).all()
    forked = past.fork(0, 3)
    seeds = [(1, i) for i in range(3)]
    forked.draw(SamplingSettings(), Constraints(), seeds, lambda c: len(c.events) >= 9)
    assert [c.events[:5].tolist() for c in forked.cursors] == [whole.events[:5].tolist()] * 3
    assert {len(c.events) for c in forked.cursors} == {9}
    alone = past.fork(0, 1)
    alone.draw(SamplingSettings(), Constraints(), seeds[:1], lambda c: len(c.events) >= 9)
    assert alone.cursors[0].events.tolist() == forked.cursors[0].events.tolist()
    assert len(cursor.events) == 5
    again = Branches(KnownModel(), [CountingCursor(12)])
    assert again.hear([whole.events.tolist()], scored=True)[0][:5] == pytest.approx(nats)


# Why this note


@pytest.mark.parametrize("style_id", STYLES)
def test_every_note_has_a_reason_and_reasons_add_up(style_id, takes):
    music = takes[style_id].piece
    told = explain(style_id, music)
    assert told.piece == music
    assert [(r.track, r.index) for r in told.notes] == [
        (t, i) for t, voice in enumerate(music.tracks) for i in range(len(voice.notes))
    ]
    for reason in told.notes:
        assert reason.probability == pytest.approx(2**-reason.surprise_bits)
        own = music.tracks[reason.track].notes[reason.index].pitch
        others = [a.probability for a in reason.alternatives]
        assert others == sorted(others, reverse=True)
        assert own not in [a.pitch for a in reason.alternatives]
        assert reason.probability + sum(others) <= 1 + 1e-6
        assert all(a.probability >= 0.01 and a.name[0] in "ABCDEFG" for a in reason.alternatives)


def test_reasons_are_the_likelihood_of_the_tune(takes):
    """All bits of all notes are the nats of the tune up to its last note, its length told."""

    style, codec = load_style("folk"), FolkTuneCodec()
    events = codec.encode(takes["folk"].piece)
    cursor, rows = codec.cursor(), []
    for event in events.tolist():
        rows.append(cursor.allowed())
        cursor.push(event)
    nats = score(style.player, [codec.example(events)], lambda e: np.array(rows)[:, None], recall=style.recall)[0][:, 0]
    last = int(np.flatnonzero(codec.vocabulary.is_kind("pitch")[events])[-1])
    bits = sum(r.surprise_bits + r.timing_bits for r in explain("folk", takes["folk"].piece).notes)
    assert bits * np.log(2) == pytest.approx(nats[2 : last + 1].sum(), rel=1e-6)


def test_a_wrong_note_is_a_surprise(takes):
    music = takes["folk"].piece
    place = 20
    wrong = with_pitch(music, (0, place), music.tracks[0].notes[place].pitch + 13)
    before, after = (explain("folk", m).notes[place] for m in (music, wrong))
    assert after.surprise_bits > before.surprise_bits + 2
    assert after.timing_bits == pytest.approx(before.timing_bits)
    assert score_piece("folk", wrong).nll > score_piece("folk", music).nll


def test_given_voices_have_no_reasons(takes):
    told = explain("bach-chorales", takes["bach-chorales"].piece, given_voices=(0,))
    assert {r.track for r in told.notes} == {1, 2, 3}


# Measures


def test_measures_by_hand():
    scale = [(60 + p, i, 1) for i, p in enumerate((0, 2, 4, 5, 7, 9, 11, 12))]
    music = piece(scale, key="C major")
    assert in_key(music) == 1.0
    assert in_key(piece([*scale, (61, 8, 1), (66, 9, 1)], key="C major")) == 0.8
    assert in_key(piece([(69, 0, 1), (68, 1, 1), (61, 2, 1), (69, 3, 1)], key="A minor")) == 0.75
    repeated = [(60 + p, i, 1) for i, p in enumerate((0, 2, 4, 5, 0, 2, 4, 5))]
    assert run_repetition([piece(repeated).tracks[0].notes]) == pytest.approx(1 / 5)
    raised = [(60 + p, i, 1) for i, p in enumerate((0, 2, 4, 5, 7, 9, 11, 12))]
    assert run_repetition([piece(raised).tracks[0].notes]) == pytest.approx(1 / 5)  # G A B C as C D E F
    assert np.isnan(run_repetition([piece(scale[:3]).tracks[0].notes]))
    both = piece([*repeated[:4], (40, 4, 1), *((67 + p, 5 + i, 1) for i, p in enumerate((0, 2, 4, 5)))])
    assert likeness(both, [frozenset(range(4))]) == pytest.approx(4 / 5)
    assert np.isnan(likeness(both, [frozenset()]))


@pytest.mark.parametrize("style_id", STYLES)
def test_takes_are_measured(style_id, takes):
    values = measure(takes[style_id])
    assert set(values) == set(MEASURES)
    assert 0.7 < values["in_key"] <= 1
    assert 5 < values["range"] < 60
    assert 0 <= values["repetition"] <= 1
    assert np.isnan(values["likeness"])
    assert values["density"] > 0.3
    assert 0 < values["surprise"] < 10


# The command line


def test_the_command_line_changes_files(tmp_path, capsys, takes):
    source = tmp_path / "tune.musicxml"
    write(takes["folk"].piece, source)
    common = ["--style", "folk", "--out", str(tmp_path / "out"), "--json"]
    assert main(["regenerate", str(source), "--bars", "3-4", "--formats", "mid,musicxml", *common]) == 0
    told = json.loads(capsys.readouterr().out)["takes"][0]
    assert Path(told["files"]["mid"]).name == "tune-regenerate-take1.mid"
    made = read(Path(told["files"]["musicxml"]))
    kept = [(n.onset_quarter, n.pitch) for n in made.tracks[0].notes if not 8 <= n.onset_quarter < 16]
    assert kept == [
        (n.onset_quarter, n.pitch) for n in takes["folk"].piece.tracks[0].notes if not 8 <= n.onset_quarter < 16
    ]
    assert made.num_notes - len(kept) == told["new_notes"] > 0
    assert main(["vary", str(source), "--strength", "0.2", "--takes", "2", *common]) == 0
    assert len(json.loads(capsys.readouterr().out)["takes"]) == 2
    assert main(["extend", str(source), "--to", "10", *common]) == 0
    assert json.loads(capsys.readouterr().out)["takes"][0]["num_bars"] == 10


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--bars", "7-12"], "Bars 7 to 12 were selected, but the piece has bars 1 to 8."),
        (["--bars", "x"], 'Argument --bars: "x" is not bars; write for example 5-8; see'),
        (["--bars", "1-2", "--voices", "0"], 'Argument --voices: "0" is not voices; write for example 1,4; see'),
    ],
)
def test_the_command_line_refuses_in_a_sentence(words, sentence, tmp_path, capsys, takes):
    source = tmp_path / "tune.musicxml"
    write(takes["folk"].piece, source)
    try:
        code = main(["regenerate", str(source), "--style", "folk", "--out", str(tmp_path / "out"), *words])
    except SystemExit as left:
        code = left.code
    assert code == 2
    assert capsys.readouterr().err.startswith(sentence)
    assert not (tmp_path / "out").exists()


# The benchmark's arithmetic


def test_what_is_counted_after_a_gap():
    codec = FolkTuneCodec()
    music = codec.normalize(piece([(60 + i % 5, i, 1) for i in range(16)], key="C major"))
    example, counted, allowed = after_gap(codec, music, 6.0)
    events = example.target[counted]
    struck = events[codec.vocabulary.is_kind("pitch")[events]]
    assert [int(codec.vocabulary.pitch[e]) for e in struck] == [60 + i % 5 for i in range(6, 14)]
    assert allowed[counted, example.target[counted]].all()
    chorale = load_example("chorale").piece
    style = load_style("bach-chorales")
    example, counted, _ = after_gap(style.codec, chorale, 4.0)
    steps = np.flatnonzero(counted.any(1))
    struck = (example.target[steps] >= FIRST_PITCH).sum(1)
    assert (steps[0], counted[steps].all()) == (16, True)
    assert struck[:-1].sum() < 8 <= struck.sum()


def test_the_share_of_the_way_that_is_gone():
    real, naive, taken = np.array([10.0, 12.0]), np.array([14.0, 20.0]), np.array([11.0, 15.0])
    assert share_closed(real, naive, taken) == pytest.approx(8 / 12)
    assert share_closed(real, naive, naive) == 0
    assert share_closed(real, naive, real) == 1


def test_forms_and_curves_on_the_command_line(tmp_path, capsys):
    common = ["compose", "--style", "folk", "--bars", "6", "--out", str(tmp_path), "--json"]
    assert main([*common, "--form", "ABA", "--curve", "0.5,1.0", "--variation", "0", "--formats", "musicxml"]) == 0
    told = json.loads(capsys.readouterr().out)["takes"][0]
    music = read(Path(told["files"]["musicxml"]))
    size = 2 * music.time_signatures[0].bar_quarters
    assert section_of(music, 0, size) == section_of(music, 2, size) != section_of(music, 1, size)
