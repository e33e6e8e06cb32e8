"""The rhythm section: what bass, piano and drums play over a chart, how they end together, and how loud they are."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.rhythm_section import shares
from musegen.band import comping, drums
from musegen.band.bass_line import HIGH, LOW, PITCHES, TABLE_SHAPES, Slots, harmony_logits, sample_line, slots_of
from musegen.band.comping import colours, voicing
from musegen.band.groove import FEELS, groove_of
from musegen.band.jazz_drummer import STEPS, chance, contexts, count, draw_swing, load_swing
from musegen.band.rhythm_section import accompany
from musegen.band.walking_bass import bass_tables, bass_track
from musegen.files.midi import midi_bytes, read_midi
from musegen.music import Note, Piece, Tempo, TimeSignature, Track
from musegen.music.chart import parse_chart
from musegen.music.chord import QUALITIES, Chord, parse_chord
from musegen.paths import assets_dir
from musegen.rendering.audio import unscaled_audio
from musegen.services.showing.sounds import _needs
from musegen.training.bass_table import BassRows, fit, nats, share_of_errors, share_of_roots

BLUES = parse_chart("F7 | Bb7 | F7 | Cm7 F7 | Bb7 | Bdim7 | F7 | Am7b5 D7b9 | Gm7 | C7 | F7 D7 | Gm7 C7")
TWO_FIVE = parse_chart("Dm7 | G7 | Cmaj7 | %")


def in_bar(track, bar, quarters=4.0):
    return [n for n in track.notes if bar * quarters <= n.onset_quarter < (bar + 1) * quarters]


def walked(seed, chart=BLUES, num_bars=25, qpm=160.0, feel="swing"):
    return bass_track(groove_of(chart, num_bars, qpm, feel), np.random.default_rng(seed))


# ------------------------------------------------------------------------------------------------------- the whole


@pytest.mark.parametrize("feel", FEELS)
@pytest.mark.parametrize("meter", ["4/4", "3/4", "5/4", "2/2", "6/8", "7/8"])
def test_three_tracks_fill_the_bars_of_any_meter_and_end_together(meter, feel):
    chart = parse_chart(f"meter: {meter}\nA: Dm7 | G7b9 | Cmaj7 | N.C. | B: Am7/G | D7")
    bass, piano, kit = accompany(chart, 8, 130, feel, 3)
    assert [(t.program, t.is_drum, t.name) for t in (bass, piano)] == [(32, False, "Bass"), (0, False, "Piano")]
    assert kit.is_drum and kit.name == "Drums" and kit.program == (40 if feel == "ballad" else 0)
    last = 7 * chart.bar_quarters
    for track in (bass, piano, kit):
        assert max(n.end_quarter for n in track.notes) == 8 * chart.bar_quarters
        assert {(n.onset_quarter, n.end_quarter) for n in track.notes if n.end_quarter > last} == {
            (last, 8 * chart.bar_quarters)
        }
    assert all(LOW <= n.pitch <= HIGH for n in bass.notes)
    assert all(comping.LOW <= n.pitch <= comping.HIGH for n in piano.notes)
    assert {n.pitch for n in kit.notes} <= {36, 37, 38, 40, 42, 43, 44, 45, 46, 48, 49, 51}
    for bar in range(8):
        silent = bar == 3
        assert bool(in_bar(bass, bar, chart.bar_quarters)) != silent
        assert not (silent and [n for n in in_bar(piano, bar, chart.bar_quarters) if n.onset_quarter % 1 == 0])
        assert in_bar(kit, bar, chart.bar_quarters)
    assert in_bar(bass, 4, chart.bar_quarters)[0].pitch % 12 == 7  # Am7/G


def test_the_bass_is_one_voice_and_the_piano_never_sounds_into_itself():
    for feel in FEELS:
        bass, piano, _ = accompany(BLUES, 13, 120, feel, 1)
        for before, after in pairwise(bass.notes):
            assert before.end_quarter <= after.onset_quarter
        hits = sorted({(n.onset_quarter, n.end_quarter) for n in piano.notes})
        assert all(a[1] <= b[0] for a, b in pairwise(hits))


def test_equal_seeds_play_alike_and_others_differ():
    assert accompany(BLUES, 13, 150, "swing", 5) == accompany(BLUES, 13, 150, "swing", 5)
    for one, other in zip(accompany(BLUES, 13, 150, "swing", 5), accompany(BLUES, 13, 150, "swing", 6), strict=True):
        assert one.notes != other.notes


def test_after_a_pickup_all_begin_with_the_first_whole_bar():
    plain = accompany(TWO_FIVE, 4, 150, "swing", 0)
    later = accompany(TWO_FIVE, 4, 150, "swing", 0, start_quarter=1.5)
    for one, other in zip(plain, later, strict=True):
        assert [n.onset_quarter + 1.5 for n in one.notes] == [n.onset_quarter for n in other.notes]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"feel": "polka"}, "feel"), ({"num_bars": 0}, "num_bars"), ({"qpm": 0}, "qpm"), ({"qpm": float("nan")}, "qpm")],
)
def test_wrong_arguments_are_refused(change, said):
    with pytest.raises(ValueError, match=said):
        accompany(**({"chart": BLUES, "num_bars": 4, "qpm": 120, "feel": "swing", "random_seed": 0} | change))


def test_one_bar_is_one_held_chord():
    bass, piano, kit = accompany(TWO_FIVE, 1, 150, "swing", 0)
    assert [(n.onset_quarter, n.duration_quarter, n.pitch % 12) for n in bass.notes] == [(0, 4, 2)]
    assert {(n.onset_quarter, n.duration_quarter) for n in piano.notes} == {(0, 4)}
    assert {n.pitch for n in kit.notes} == {drums.CRASH, drums.KICK}


# ------------------------------------------------------------------------------------------------------------ the bass


def test_a_walking_bass_walks():
    lines = [walked(seed) for seed in range(6)]
    beats = [n for line in lines for n in line.notes if n.onset_quarter < 96]
    assert {n.onset_quarter for n in beats} >= {float(b) for b in range(96)}  # on every beat
    assert {n.duration_quarter for n in beats} <= {0.5, 1.0}
    assert sum(n.duration_quarter == 0.5 for n in beats) / len(beats) < 0.2
    on_beats = [[n for n in line.notes if n.onset_quarter % 1 == 0] for line in lines]
    steps = np.array([b.pitch - a.pitch for line in on_beats for a, b in pairwise(line)])
    assert (np.abs(steps) <= 4).mean() > 0.6 and (np.abs(steps) > 12).mean() < 0.05
    assert (steps == 0).mean() < 0.15
    assert not any(
        a.pitch == b.pitch == c.pitch for line in on_beats for a, b, c in zip(line, line[1:], line[2:], strict=False)
    )


def test_roots_stand_where_chords_begin_and_semitones_lead_to_them():
    roots, leads, changes = 0, 0, 0
    for seed in range(6):
        at = {n.onset_quarter: n.pitch for n in walked(seed).notes}
        assert at[0.0] % 12 == 5 and at[96.0] % 12 == 5
        for quarter in range(1, 96):
            chord = BLUES.at(quarter)
            if chord != BLUES.at(quarter - 1):
                changes += 1
                roots += at[quarter] % 12 == chord.root
                leads += (at[quarter - 1] - chord.root) % 12 in (1, 11)
    assert roots / changes > 0.7  # real lines, errors taken out: 0.77 and 0.65 within a bar
    assert leads / changes > 0.3  # real lines: 0.41


def test_it_plays_in_two_when_slow_and_the_bass_of_a_slash_chord_first():
    for line in (walked(1, qpm=60.0), walked(1, qpm=60.0, feel="ballad")):
        lengths = [n.duration_quarter for n in line.notes[:-1]]
        assert set(lengths) == {1.0, 2.0} and lengths.count(2.0) > 20
        starts = {n.onset_quarter: n.pitch for n in line.notes}
        assert all(starts[4.0 * bar] % 12 == BLUES.at(4 * bar).root for bar in range(25))
    slash = parse_chart("Dm7/C | G7/F | C/E | Bb/C")
    for seed in range(4):
        starts = {n.onset_quarter: n.pitch % 12 for n in walked(seed, slash, 5).notes}
        assert [starts[4.0 * bar] for bar in range(4)] == [0, 5, 4, 0]


@pytest.mark.parametrize("feel", ["latin", "even"])
def test_figures_hold_roots_fifths_and_what_leads_on(feel):
    line = walked(2, TWO_FIVE, 9, feel=feel)
    for n in line.notes:
        chord = TWO_FIVE.at(n.onset_quarter)
        allowed = {chord.root, (chord.root + 7) % 12} | (
            {max(chord.intervals) + chord.root} if feel == "even" else set()
        )
        leads = n.onset_quarter % 4 == 3.5 and (n.pitch - TWO_FIVE.at(n.end_quarter).root) % 12 in (1, 11)
        assert n.pitch % 12 in {p % 12 for p in allowed} or leads
        if n.onset_quarter % 4 == 0:
            assert n.pitch % 12 == chord.root


def test_slots_say_where_in_its_chord_a_note_stands():
    chords = [parse_chord(c) for c in ["Dm7"] * 6 + ["G7"] * 2 + ["C7sus"]]
    slots = slots_of(chords, [0, 1, 2, 3, 0, 1, 2, 3, 0])
    assert slots.place.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 0]
    assert slots.left.tolist() == [2, 2, 2, 2, 1, 0, 1, 0, 2]
    assert slots.coming.tolist() == [2, 2, 2, 2, 7, 7, 0, 0, 0]
    assert slots.kind.tolist() == [1] * 6 + [2] * 2 + [5] and len(slots) == 9


def test_the_shipped_tables_are_small_and_whole():
    tables = bass_tables()
    assert {name: table.shape for name, table in tables.items()} == TABLE_SHAPES
    assert all(np.isfinite(table).all() for table in tables.values())
    logits = harmony_logits(tables, slots_of([parse_chord("F7")] * 4, [0, 1, 2, 3]))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    roots = chances[:, PITCHES % 12 == 5].sum(axis=1)
    assert roots[0] > 0.4 and all(roots[1:] < roots[0] / 1.5)  # the notes before not counted
    assert (assets_dir() / "walking_bass.npz").stat().st_size < 100_000


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.lists(st.sets(st.integers(0, 27), min_size=1, max_size=28), min_size=1, max_size=9))
def test_a_line_plays_only_what_is_allowed(seed, rows):
    allowed = np.zeros((len(rows), len(PITCHES)), bool)
    for row, places in zip(allowed, rows, strict=True):
        row[sorted(places)] = True
    slots = slots_of([parse_chord("F7")] * len(rows), list(range(len(rows))))
    line = sample_line(bass_tables(), slots, allowed, 0.7, np.random.default_rng(seed))
    assert all(allowed[i, pitch - LOW] for i, pitch in enumerate(line))


def test_a_line_is_led_to_where_it_must_go():
    chords = [parse_chord("F7")] * 4 + [parse_chord("Bb7")]
    allowed = np.ones((5, len(PITCHES)), bool)
    allowed[4] = PITCHES == HIGH - 1  # a high note is reached from near it
    lines = [sample_line(bass_tables(), slots_of(chords, [0, 1, 2, 3, 0]), allowed, 0.5, np.random.default_rng(i))
             for i in range(20)]  # fmt: skip
    assert np.mean([abs(int(line[4]) - int(line[3])) <= 7 for line in lines]) > 0.8
    with pytest.raises(ValueError, match="every slot"):
        sample_line(bass_tables(), slots_of(chords, [0] * 5), np.zeros((5, 28), bool), 1.0, np.random.default_rng(0))


def test_fitting_finds_the_habit_of_a_line_under_errors():
    rng = np.random.default_rng(0)
    roots = rng.integers(0, 12, 1500)
    pitch = 36 + (roots - 36) % 12  # always the root between C2 and B2 ...
    wrong = rng.random(1500) < 0.2
    pitch[wrong] = rng.integers(36, 48, wrong.sum())  # ... but for errors
    zeros = np.zeros(1500, int)
    slots = Slots(zeros, roots, roots, zeros, zeros + 2, zeros)
    rows = BassRows(slots, pitch, np.full(1500, 40), np.full(1500, 40))
    assert share_of_errors(rows) == pytest.approx(0.2, abs=0.06)
    tables, spread = fit(rows, 60, 0.2)
    above = tables["chord"][0, 0] + tables["place"][0, 2]
    assert above.argmax() == 0 and np.sort(above)[-2] < above[0] - 2
    nothing = {name: np.zeros(shape) for name, shape in TABLE_SHAPES.items()}
    assert nats(tables, rows, 0.2, spread) < nats(nothing, rows, 0.2, spread) - 1


def test_habits_of_a_line_are_counted_by_hand():
    chords = [parse_chord(c) for c in ["Dm7"] * 4 + ["G7"] * 2 + ["C"] * 2]
    found = shares(chords, np.array([0, 1, 2, 3, 0, 1, 2, 3]), np.array([38, 41, 45, 44, 43, 37, 36, 0]))
    hits = {name: row[:2] for name, row in found.items()}
    assert hits["root where a bar begins with a new chord"] == (2, 2)
    assert hits["root where a chord begins within a bar"] == (1, 1)
    assert hits["a semitone from the next root before a change"] == (2, 2)  # Ab to G, Db to C
    assert hits["chord tone on beat 4"] == (0, 1)  # the last note is not known
    assert hits["step of 1 or 2"] == (3, 6) and hits["same note again"] == (0, 6)


def test_a_heard_line_is_judged_by_its_roots():
    from musegen.corpora.weimar_jazz import BassLine

    labels = ("C7", "C7", "C7", "C7", "F7", "F7", "F7", "F7") * 6
    pitch = np.array([36, 40, 43, 45, 41, 45, 48, 50] * 6)
    line = BassLine("", 150.0, "SWING", np.arange(48) % 4, pitch, labels)
    assert share_of_roots(line) == 1.0
    assert np.isnan(share_of_roots(BassLine("", 150.0, "SWING", np.arange(8) % 4, pitch[:8], labels[:8])))


# ------------------------------------------------------------------------------------------------------------ the piano


def test_voicings_are_those_of_the_schools():
    names = {chord: colours(parse_chord(chord)) for chord in ("Dm7", "G7", "Cmaj7", "Am7b5", "D7alt", "E7#9", "A7sus")}
    assert names == {"Dm7": (3, 10, 2, 7), "G7": (4, 10, 2, 9), "Cmaj7": (4, 11, 2, 7), "Am7b5": (3, 10, 0, 6),
                     "D7alt": (4, 10, 3, 8), "E7#9": (4, 10, 3, 8), "A7sus": (5, 10, 2, 9)}  # fmt: skip
    first = voicing(parse_chord("Dm7"))
    assert first == (53, 57, 60, 64)  # F A C E
    assert voicing(parse_chord("G7"), first) == (53, 57, 59, 64)  # one voice moves a semitone
    assert voicing(parse_chord("Dm7"), small=True) == (53, 60, 64)


@given(st.sampled_from(QUALITIES), st.integers(0, 11), st.booleans())
def test_every_chord_has_a_voicing_with_its_guide_tones(quality, root, small):
    chord = Chord(root, quality)
    shape = voicing(chord, (53, 57, 60, 64), small=small)
    assert comping.LOW <= shape[0] and shape[-1] <= comping.HIGH and len(set(shape)) == len(shape) <= 4
    assert {p % 12 for p in shape} >= set(chord.guide_tones)
    assert {p % 12 for p in shape} <= chord.scale


def test_voices_move_little():
    changes = [c for _, c in parse_chart("Dm7 | G7 | Cmaj7 | Fmaj7 | Bm7b5 | E7b9 | Am7 | D7 | Gm7 | C7").changes]
    shapes = []
    for chord in changes:
        shapes.append(voicing(chord, shapes[-1] if shapes else ()))
    moves = [abs(a - b) for one, other in pairwise(shapes) for a, b in zip(one, other, strict=True)]
    assert np.mean(moves) < 2.0 and max(moves) <= 5


@pytest.mark.parametrize("feel", FEELS)
def test_what_is_played_belongs_to_the_chord_or_to_the_one_that_is_coming(feel):
    piano = accompany(BLUES, 25, 140, feel, 4)[1]
    for n in piano.notes:
        early = n.duration_quarter == 0.5 and BLUES.next_after(n.onset_quarter)[0] == n.end_quarter
        chord = BLUES.at(n.end_quarter if early else n.onset_quarter)
        if n.onset_quarter < 96:
            assert n.pitch % 12 in {(chord.root + step) % 12 for step in colours(chord)}
            assert early or n.end_quarter <= BLUES.next_after(n.onset_quarter)[0]


def test_the_piano_leaves_room_and_answers():
    # the soloist plays the first and rests the second half of every bar
    solo = Track(tuple(Note(4 * bar + i / 4, 70, 0.25) for bar in range(24) for i in range(8)))
    plays, rests, alone = 0, 0, 0
    for seed in range(8):
        pianos = [accompany(BLUES, 25, 140, "swing", seed, above)[1] for above in (solo, None)]
        times = [{n.onset_quarter for n in piano.notes if n.onset_quarter < 96} for piano in pianos]
        plays += sum(q % 4 < 2 for q in times[0])
        rests += sum(q % 4 >= 2 for q in times[0])
        alone += sum(q % 4 < 2 for q in times[1])
    assert rests > 2 * plays and plays < 0.6 * alone


# ------------------------------------------------------------------------------------------------------------ the drums


def test_ride_on_the_beats_hat_on_two_and_four_crash_at_the_end():
    kit = accompany(BLUES, 25, 240, "swing", 2)[2]  # as fast as this by rules
    at = {}
    for n in kit.notes:
        at.setdefault(n.onset_quarter, {})[n.pitch] = n.velocity
    for bar in range(24):
        fill = bar % 12 == 11
        assert {51, 44} <= set(at[4.0 * bar + 1]) or fill
        assert 44 in at[4.0 * bar + 3]
        assert fill or all(51 in at[4.0 * bar + beat] or 49 in at[4.0 * bar + beat] for beat in range(4))
    assert set(at[48.0]) >= {49, 36} and set(at[96.0]) == {49, 36}
    fills = [n.pitch for n in kit.notes if 44 <= n.onset_quarter < 48]
    assert set(fills) & {38, 43, 45, 48}


def test_slower_swing_is_played_as_real_drummers_do():
    kit = accompany(BLUES, 97, 150, "swing", 2)[2]
    again = accompany(BLUES, 97, 150, "swing", 2)[2]
    assert kit == again
    at = {}
    for n in kit.notes:
        at.setdefault(n.onset_quarter, set()).add(n.pitch)
    bars = [bar for bar in range(96) if bar % 12 not in (0, 11)]
    timekeeping = [len({51, 42, 46} & at.get(4.0 * bar + beat, set())) > 0 for bar in bars for beat in range(4)]
    assert np.mean(timekeeping) > 0.6  # ride or hats on the beats
    assert np.mean([44 in at.get(4.0 * bar + beat, ()) for bar in bars for beat in (1, 3)]) > 3 * np.mean(
        [44 in at.get(4.0 * bar + beat, ()) for bar in bars for beat in (0, 2)]
    )  # the pedal on two and four
    assert all({49, 36} <= at[48.0 * chorus] for chorus in range(1, 9))
    off = [onset % 1 for onset in at if 0 < onset < 384 and onset % 1]
    assert set(np.round(off, 6)) - {0.25, 0.5} <= {0.333333, 0.666667}  # triplets of fills alone
    hands = [{38, 42, 46, 51, 49, 48, 45, 43} & pitches for pitches in at.values()]
    assert max(map(len, hands)) <= 2


def test_the_learned_drummer_leaves_room_and_answers():
    counts, _ = load_swing()
    strokes = {
        nats: sum(
            int(draw_swing(counts, 40, np.random.default_rng(seed), np.full(40, nats))[:, 1].sum()) for seed in range(3)
        )
        for nats in (-0.5, 0.0, 0.4)
    }
    assert strokes[-0.5] < strokes[0.0] < strokes[0.4]


def test_strokes_are_counted_and_drawn_as_often_as_they_were():
    bar = np.zeros((STEPS, 10), np.int8)
    bar[::3, 5] = 1  # the ride on every beat
    bar[[3, 9], 4] = 1
    counts = count([np.tile(bar, (40, 1))] * 2)
    assert counts.asked[0][5, 0] == 80 == counts.struck[0][5, 0] and counts.struck[0][5, 1] == 0
    assert chance(counts, contexts(np.tile(bar, (3, 1)), 24, 5)) > 0.95
    drawn = draw_swing(counts, 20, np.random.default_rng(1)).reshape(20, STEPS, 10)
    assert np.abs(drawn - bar).mean() < 0.01


def test_no_two_bars_of_the_ride_need_be_alike_and_none_lies_over_a_bar_line():
    for feel in FEELS:
        kit = accompany(BLUES, 25, 150, feel, 3)[2]
        assert len({tuple((n.onset_quarter % 4, n.pitch) for n in in_bar(kit, bar)) for bar in range(24)}) > 2
        assert all(n.end_quarter <= (n.onset_quarter // 4 + 1) * 4 for n in kit.notes)


# ------------------------------------------------------------------------------------------------------------ the sound


def test_every_player_is_heard_and_nothing_clips():
    tracks = accompany(TWO_FIVE, 5, 150, "swing", 0)
    whole = Piece(tracks, (Tempo(0, 150),), (TimeSignature(0, 4, 4),), swing=0.65)
    levels = []
    for piece in (whole, *(Piece((t,), whole.tempos, swing=0.65) for t in tracks)):
        sound = unscaled_audio(piece)[0]
        assert np.abs(sound).max() < 1.0
        levels.append(20 * np.log10(np.sqrt((sound[: 44100 * 7] ** 2).mean())))
    together, bass, piano, kit = levels
    assert bass > together - 6 and piano > together - 14 and kit > together - 18


def test_four_tracks_swing_through_a_midi_file():
    solo = Track(tuple(Note(i / 2, 60 + i % 7, 0.5) for i in range(16)), 66, name="Saxophone")
    music = Piece((solo, *accompany(TWO_FIVE, 5, 180, "swing", 1, solo)), (Tempo(0, 180),), swing=0.62)
    again = read_midi(midi_bytes(music))
    assert again.swing == 0.62
    assert [t.notes for t in again.tracks] == [t.notes for t in music.tracks]
    assert [(t.program, t.is_drum, t.name) for t in again.tracks] == [
        (t.program, t.is_drum, t.name) for t in music.tracks
    ]
    assert {name.split("-")[0] for name in _needs(music)} == {"p66", "p32", "p0", "d0"}
