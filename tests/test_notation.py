"""Bars, note values, voices, hands, clefs, beams and accidentals, against cases worked out by hand."""

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from musegen.music import Barline
from musegen.music.accidentals import key_alter, spell_staff
from musegen.music.beams import beam_groups, beam_states
from musegen.music.meter import QUARTER, beats_of, find_tuplets, meter_tree, plain_value, split_ticks
from musegen.music.notation import bars_of, notatable, notate, number_segments
from musegen.music.score import _chords, assign_voices, choose_clef, is_chorale, layout, split_hands
from musegen.music.spelling import spell_piece
from tests.builders import piece, track


def t(quarter):
    return round(quarter * QUARTER)


def cut(meter, start, end, **options):
    pairs = split_ticks(meter_tree(*meter), t(start), t(end), **options)
    return [(a / QUARTER, b / QUARTER) for a, b in pairs]


def bar_of(notes, meter="4/4", **fields):
    """Symbols of the first voice in the first bar of one track, with the bar."""
    music = piece(track(notes, program=73), meter=meter, **fields)
    bars = bars_of(music)
    return bars[0], number_segments(notate(layout(music)[0].staves[0], bars))[0][0]


@pytest.mark.parametrize(
    ("meter", "span", "pieces"),
    [
        ((4, 4), (0, 4), [(0, 4)]),
        ((4, 4), (0.5, 1.5), [(0.5, 1.5)]),  # eighth quarter eighth
        ((4, 4), (1, 3), [(1, 3)]),  # quarter half quarter
        ((4, 4), (1.5, 2.5), [(1.5, 2), (2, 2.5)]),  # the half bar stays visible
        ((4, 4), (0, 2.5), [(0, 2), (2, 2.5)]),
        ((4, 4), (0.5, 4), [(0.5, 2), (2, 4)]),
        ((4, 4), (0.75, 1.25), [(0.75, 1), (1, 1.25)]),
        ((3, 4), (0, 2.5), [(0, 2), (2, 2.5)]),
        ((3, 4), (0.5, 2.5), [(0.5, 1), (1, 2.5)]),
        ((6, 8), (0, 3), [(0, 3)]),
        ((6, 8), (0, 2), [(0, 1.5), (1.5, 2)]),  # dotted quarter tied to eighth
        ((6, 8), (1, 2), [(1, 1.5), (1.5, 2)]),
        ((9, 8), (0, 4.5), [(0, 3), (3, 4.5)]),
        ((5, 4), (0, 5), [(0, 3), (3, 5)]),
        ((7, 8), (0, 3.5), [(0, 2), (2, 3.5)]),
    ],
)
def test_notes_are_cut_where_the_meter_must_show(meter, span, pieces):
    assert cut(meter, *span) == pieces


@pytest.mark.parametrize(
    ("meter", "span", "pieces"),
    [
        ((4, 4), (1, 3), [(1, 2), (2, 3)]),
        ((4, 4), (0, 1.5), [(0, 1), (1, 1.5)]),
        ((3, 4), (1, 3), [(1, 2), (2, 3)]),
        ((6, 8), (0, 1), [(0, 1)]),
        ((6, 8), (0.5, 1.5), [(0.5, 1), (1, 1.5)]),
    ],
)
def test_rests_are_cut_at_every_beat(meter, span, pieces):
    assert cut(meter, *span, is_rest=True) == pieces


@given(
    st.sampled_from([(4, 4), (3, 4), (6, 8), (9, 8), (12, 8), (5, 8), (7, 8), (2, 2), (3, 2), (13, 16), (1, 4)]),
    st.integers(0, 10_000), st.integers(1, 10_000), st.booleans(),
)  # fmt: skip
def test_cut_stretches_join_and_are_single_note_values(meter, start, length, is_rest):
    tree = meter_tree(*meter)
    step = QUARTER // 32
    count = tree.length // step
    a = start % count
    b = a + 1 + length % (count - a)
    pairs = split_ticks(tree, a * step, b * step, is_rest=is_rest)
    assert pairs[0][0] == a * step
    assert pairs[-1][1] == b * step
    assert all(x[1] == y[0] for x, y in zip(pairs, pairs[1:], strict=False))
    assert all(plain_value(y - x) for x, y in pairs)


@pytest.mark.parametrize(("meter", "lengths"), [((6, 8), [1.5] * 2), ((5, 8), [0.5] * 5), ((3, 8), [1.5]),
                                                ((2, 2), [2, 2]), ((12, 8), [1.5] * 4)])  # fmt: skip
def test_beats(meter, lengths):
    assert [b.length / QUARTER for b in beats_of(meter_tree(*meter))] == lengths


@pytest.mark.parametrize(
    ("meter", "times", "tuplets"),
    [
        ((4, 4), ["0", "1/3", "2/3", "1"], [("0", "1", 3, 2)]),
        ((4, 4), ["0", "2/3", "4/3", "2"], [("0", "2", 3, 2)]),  # quarter triplet
        ((4, 4), ["0", "4/3", "8/3", "4"], [("0", "4", 3, 2)]),  # half-note triplet
        ((4, 4), ["0", "1/6", "1/3", "1/2", "2/3", "5/6", "1"], [("0", "1/2", 3, 2), ("1/2", "1/2", 3, 2)]),
        ((6, 8), ["0", "1/6", "1/3", "1/2", "1"], [("0", "1/2", 3, 2)]),
        ((4, 4), ["0", "1/5", "2/5", "3/5", "4/5", "1"], [("0", "1", 5, 4)]),
        ((4, 4), ["0", "1/4", "3/4", "1", "3/2", "2"], []),
    ],
)
def test_tuplets(meter, times, tuplets):
    ticks = [round(Fraction(x) * QUARTER) for x in times]
    found = find_tuplets(meter_tree(*meter), list(zip(ticks, ticks[1:], strict=False)))
    assert [(Fraction(x.start, QUARTER), Fraction(x.length, QUARTER), x.actual, x.normal) for x in found] == [
        (Fraction(a), Fraction(b), c, d) for a, b, c, d in tuplets
    ]


def test_a_time_on_no_grid_is_refused():
    with pytest.raises(ValueError, match="cannot be written"):
        find_tuplets(meter_tree(4, 4), [(0, 1234)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0.01, 5), st.integers(40, 80)), min_size=1, max_size=12),
       st.sampled_from(["4/4", "6/8", "7/8"]))  # fmt: skip
@example([(1.28515625, 0.625, 40)], "7/8")  # moved to a triplet first, and closed to a dotted note then
def test_any_performance_can_be_written(rows, meter):
    music = piece([(p, a, d) for a, d, p in rows], meter=meter)
    written = notatable(music)
    assert notatable(written) == written
    assert [len(x.notes) for x in written.tracks] == [len(x.notes) for x in music.tracks]
    for before, after in zip(music.tracks[0].notes, sorted(written.tracks[0].notes), strict=True):
        assert abs(before.onset_quarter - after.onset_quarter) < 0.26
    bars = bars_of(written)
    for part in layout(written):
        for staff in part.staves:
            for bar, lines in zip(bars, notate(staff, bars), strict=True):
                assert {sum(s.ticks for s in line) for line in lines if line} == {bar.length}


def test_music_on_a_grid_is_left_alone():
    music = piece([(60, 0, 1 / 3), (62, 1 / 3, 2 / 3), (64, 1, 0.2), (65, 1.2, 0.8), (66, 2, 1 / 7)])
    assert notatable(music) is music


def test_rests_fill_bars_and_an_empty_bar_has_a_bar_rest():
    _, line = bar_of([(60, 1, 1)])
    assert [(s.kind, s.chord is None) for s in line] == [("quarter", True), ("quarter", False), ("half", True)]
    music = piece(track([(60, 8, 4)], program=73))
    bars = bars_of(music)
    first = notate(layout(music)[0].staves[0], bars)[0][0]
    assert [s.whole_bar for s in first] == [True]


def test_ties_over_the_bar_line_count_their_segments():
    music = piece(track([(60, 3, 6)], program=73))
    bars = bars_of(music)
    symbols = [s for voices in number_segments(notate(layout(music)[0].staves[0], bars)) for s in voices[0] if s.chord]
    assert [(s.kind, *s.segments, s.tied_on) for s in symbols] == [
        ("quarter", 0, True), ("whole", 1, True), ("quarter", 2, False)
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------ staves, voices


def chords(notes, program=0):
    music = piece(track(notes, program))
    return [c for staff in layout(music)[0].staves for voice in staff.voices for c in voice]


def test_overlapping_lengths_make_two_voices_the_higher_with_stems_up():
    staff = layout(piece(track([(76, 0, 2), (60, 0, 1), (62, 1, 1), (64, 2, 1)], program=73)))[0].staves[0]
    assert [[(m.pitch, c.stem) for c in voice for m in c.members] for voice in staff.voices] == [
        [(76, "up"), (64, "")], [(60, "down"), (62, "down")]
    ]  # fmt: skip


def test_notes_together_of_one_length_are_a_chord():
    staff = layout(piece(track([(60, 0, 1), (64, 0, 1), (67, 0, 1)], program=73)))[0].staves[0]
    assert [len(c.members) for c in staff.voices[0]] == [3]


def joined(voices):
    """(start, end, number of pieces) of each note by index, its tied pieces joined; checks that they belong."""
    found = {}
    for voice in voices:
        assert all(a.end <= b.start for a, b in zip(voice, voice[1:], strict=False))
        for chord in voice:
            for m in chord.members:
                assert m.tied_from == (m.index in found)
                start, end, count = found.get(m.index, (chord.start, chord.start, 0))
                assert end == chord.start, "a tie leads over a gap"
                found[m.index] = (start, chord.end, count + 1)
        assert all(found[m.index][1] > c.end for c in voice for m in c.members if m.tied_on)
    return found


@given(st.lists(st.tuples(st.integers(40, 90), st.integers(0, 20), st.integers(1, 8)), max_size=20), st.integers(1, 2))
def test_voices_never_overlap_and_lose_nothing(rows, most):
    made = _chords(0, track([(p, a / 2, d / 2) for p, a, d in rows]))
    whole = {m.index: (c.start, c.end) for c in made for m in c.members}
    assert {i: (a, b) for i, (a, b, _) in joined(assign_voices(made, most)).items()} == whole


def spread(notes, program=73):
    staff = layout(piece(track(notes, program=program)))[0].staves[0]
    return [[(c.start / 10080, *[(m.pitch, m.tied_on) for m in c.members]) for c in voice] for voice in staff.voices]


def test_three_lengths_at_once_are_two_voices_with_one_tie():
    assert spread([(76, 0, 1), (77, 1, 1), (79, 2, 1), (76, 3, 1), (60, 0, 4), (67, 0, 2), (65, 2, 2)]) == [
        [(0, (76, False)), (1, (77, False)), (2, (79, False)), (3, (76, False))],
        [(0, (60, True), (67, False)), (2, (60, False), (65, False))],
    ]


def test_what_is_held_above_and_below_is_kept_from_moving_notes_between():
    moving, held = spread([(50, 0, 4), (85, 0.25, 3.5), *((60 + i % 5, i / 2, 0.5) for i in range(8))])
    assert [members for _, *members in moving] == [[(60 + i % 5, False)] for i in range(8)]
    assert held == [(0, (50, True)), (0.25, (50, True), (85, False)), (3.75, (50, False))]


@given(st.lists(st.tuples(st.integers(40, 90), st.integers(0, 20), st.integers(1, 8)), max_size=20))
def test_two_voices_suffice_unless_a_note_is_doubled(rows):
    notes, free = [], {}
    for pitch, start, length in sorted(rows, key=lambda row: row[1]):
        if start >= free.get(pitch, 0):
            notes.append((pitch, start / 2, length / 2))
            free[pitch] = start + length
    assert len(spread(notes)) <= 2
    drums = layout(piece(track(notes, is_drum=True)))[0].staves[0].voices
    assert len(drums) <= 2


def test_a_doubled_note_is_never_twice_in_one_chord():
    for voice in spread([(60, 0, 4), (60, 0, 2), (60, 0, 1)]):
        assert all(len({pitch for pitch, _ in members}) == len(members) for _, *members in voice)


def test_hands_keep_an_octave_bass_and_a_melody_apart():
    notes = [(76, 0, 1), (72, 0, 1), (48, 0, 1), (36, 0, 1), (77, 1, 1), (55, 1, 1), (59, 2, 1), (79, 2, 1)]
    right, left = split_hands(sorted(chords(notes), key=lambda c: c.start))
    assert sorted(m.pitch for c in right for m in c.members) == [72, 76, 77, 79]
    assert sorted(m.pitch for c in left for m in c.members) == [36, 48, 55, 59]


@pytest.mark.parametrize(
    ("pitches", "program", "name", "clef"),
    [
        ([72, 74], 73, "", "treble"), ([40, 43], 42, "", "bass"), ([60, 62], 41, "Viola", "alto"),
        ([55, 59], 0, "Tenor", "treble-8vb"), ([40, 52], 25, "", "treble-8vb"), ([100, 104], 72, "", "treble-8va"),
    ],
)  # fmt: skip
def test_clef_follows_range_and_instrument(pitches, program, name, clef):
    made = chords([(p, i, 1) for i, p in enumerate(pitches)], program=73)
    assert choose_clef(made, program=program, name=name) == clef


def test_chorale_needs_its_four_names_and_one_voice_each():
    names = ("Soprano", "Alto", "Tenor", "Bass")
    voices = [track([(60 - 7 * i, 0, 1)], name=n) for i, n in enumerate(names)]
    assert is_chorale(piece(*voices))
    assert not is_chorale(piece(*voices[:3]))
    assert not is_chorale(piece(*voices[:3], track([(40, 0, 1), (43, 0, 1)], name="Bass")))


# ---------------------------------------------------------------------------------------------- beams, accidentals


def beamed(notes, meter):
    bar, line = bar_of(notes, meter)
    return beam_groups(bar, line)


def run(length, count, start=0.0):
    return [(70 + i % 3, start + i * length, length) for i in range(count)]


@pytest.mark.parametrize(
    ("notes", "meter", "groups"),
    [
        (run(0.5, 8), "4/4", [[0, 1, 2, 3], [4, 5, 6, 7]]),
        (run(0.25, 8), "4/4", [[0, 1, 2, 3], [4, 5, 6, 7]]),
        (run(0.5, 6), "3/4", [[0, 1, 2, 3, 4, 5]]),
        (run(0.5, 6), "6/8", [[0, 1, 2], [3, 4, 5]]),
        (run(0.5, 7), "7/8", [[0, 1], [2, 3], [4, 5, 6]]),
        (run(1, 1) + run(0.5, 4, 1.0), "3/4", [[1, 2], [3, 4]]),
        (run(0.5, 1) + run(0.5, 1, 1.0), "6/8", []),  # a rest between
        (run(1, 4), "4/4", []),
    ],
)
def test_beams_follow_the_beats(notes, meter, groups):
    assert beamed(notes, meter) == groups


def test_dotted_eighth_and_16th_has_a_hook_backward():
    bar, line = bar_of([(70, 0, 0.75), (72, 0.75, 0.25), (74, 1, 0.25), (75, 1.25, 0.75), (76, 2, 2)])
    states = beam_states(bar, line)
    assert states[0] == ("begin",)
    assert states[1] == ("end", "backward hook")
    assert states[2] == ("begin", "forward hook")


@pytest.mark.parametrize(("step", "fifths", "alter"), [("F", 1, 1), ("C", 1, 0), ("B", -1, -1), ("E", -2, -1),
                                                       ("E", -1, 0), ("B", 7, 1), ("F", -7, -1)])  # fmt: skip
def test_key_signature(step, fifths, alter):
    assert key_alter(step, fifths) == alter


def printed(pitches, key, **fields):
    music = piece(track([(p, float(i), 1.0) for i, p in enumerate(pitches)], program=73), key=key, **fields)
    bars = bars_of(music)
    spelled = spell_staff(bars, number_segments(notate(layout(music)[0].staves[0], bars)), spell_piece(music))
    return [spelled[(0, i, 0)].accidental for i in range(len(pitches))]


def test_an_accidental_holds_for_its_bar_and_is_recalled_in_the_next():
    assert printed([66, 67, 65, 67, 65, 66, 67, 65], "C major") == [
        "sharp",
        "",
        "natural",
        "",
        "",
        "sharp",
        "",
        "natural",
    ]
    assert printed([66, 67, 69, 71, 65, 67, 69, 71], "C major")[4] == "natural"  # a courtesy after the bar line


def test_notes_of_the_key_carry_no_sign():
    assert printed([62, 66, 69, 73], "D major") == [""] * 4
    assert printed([57, 68, 69, 60], "A minor") == ["", "sharp", "", ""]


def test_a_tied_note_needs_no_second_accidental():
    music = piece(track([(66, 3, 2)], program=73), key="C major")
    bars = bars_of(music)
    spelled = spell_staff(bars, number_segments(notate(layout(music)[0].staves[0], bars)), spell_piece(music))
    assert [spelled[(0, 0, k)].accidental for k in (0, 1)] == ["sharp", ""]


def test_a_part_that_rests_to_a_last_bar_line_within_a_triplet_is_printed():
    music = piece([(60, 0, 1 / 3), (62, 1 / 3, 11 / 3)], [], [(48, 1 / 3, 3 + 5 / 16)], pickup=1 / 3,
                  barlines=(Barline(4.0, "final"),))  # fmt: skip
    bars = bars_of(notatable(music))
    assert [bar.length for bar in bars] == [QUARTER // 3, 4 * QUARTER - QUARTER // 3]
    for part in layout(notatable(music)):
        for staff in part.staves:
            for bar, voices in zip(bars, notate(staff, bars), strict=True):
                assert all(sum(symbol.ticks for symbol in voice) == bar.length for voice in voices if voice)
