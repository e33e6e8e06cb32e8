"""Takes beside their music: which windows are compared, what is drawn, and the words, on music made here."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import style_quality
from benchmarks.style_quality import CARD_NAMES, on_card, overlaps, style_text
from benchmarks.style_records import (
    CHORALES,
    FOLK,
    RECORDS,
    blanked,
    count_windows,
    ends_on_chord_tone,
    solo_alone,
)
from benchmarks.takes import compose_changed_cursor, request_of
from benchmarks.update_cards import QUALITY_PAGE, between_markers
from musegen.composers.solo.held_out import held_out_solo
from musegen.composers.style import load_style
from musegen.evaluation.overlap import FEATURES
from musegen.evaluation.windows import windows
from musegen.music import ChordSymbol
from musegen.music.chart import parse_chart
from musegen.music.timing import num_bars
from musegen.services.judging.held_out import chart_of
from musegen.services.making.compose import compose
from tests.builders import piece, track


def tune(bars, pitch=60, pickup=0.0):
    """Quarters up a scale, in 4/4."""
    notes = [(pitch + i % 5, i, 1) for i in range(int(4 * bars + pickup))]
    return piece(notes, pickup=pickup, key="C major")


def random_tune(random, bars=4, low=60, steps=(-2, -1, 1, 2)):
    pitch, notes = low, []
    for i in range(4 * bars):
        pitch += int(random.choice(steps)) if 24 < pitch < 100 else int(np.sign(62 - pitch)) * max(map(abs, steps))
        notes.append((pitch, i, float(random.choice([0.5, 1.0]))))
    return piece(notes, key="C major")


def test_windows_follow_one_another_and_the_first_has_the_pickup():
    assert [w.num_notes for w in windows(tune(10), 4)] == [16, 16]  # the last two bars are no window
    first, second = windows(tune(8, pickup=1), 4)
    assert (first.num_notes, first.pickup_quarter) == (17, 1)
    assert (second.num_notes, second.pickup_quarter, num_bars(second)) == (16, 0, 4)
    assert second.tracks[0].notes[0].pitch == 60 + 17 % 5
    for music in (tune(10), tune(8, pickup=1), tune(3)):
        assert count_windows(music, 4) == len(list(windows(music, 4)))


def test_further_windows_are_used_only_where_pieces_are_few():
    corpus = {"long": tune(40), "short": tune(4), "none": tune(3)}
    assert style_quality._rounds(corpus, 4, 2) == 1
    assert style_quality._rounds(corpus, 4, 5) == 4  # 1 + 1, then three more of the long one
    assert style_quality._rounds(corpus, 4, 100) == 10
    assert style_quality.pool(corpus, 4, 2) == [("long", 0), ("long", 1), ("short", 0)]
    drawn = style_quality._Windows(corpus, 4, 2).draw(9, np.random.default_rng(0))
    assert sorted(w.num_notes for w in drawn) == [16, 16, 16]


def test_takes_like_the_music_overlap_as_held_out_music_does_and_others_do_not():
    random = np.random.default_rng(1)
    train, held_out = (style_quality._Windows({str(i): random_tune(random) for i in range(30)}, 4, 1) for _ in range(2))
    alike = overlaps([random_tune(random) for _ in range(20)], train, held_out, 3)
    assert alike["windows"] == 20 and set(alike["features"]) == set(FEATURES)
    assert alike["features_reached"] >= 8 and alike["met"]
    strange = overlaps([random_tune(random, steps=(-12, 12), low=64) for _ in range(20)], train, held_out, 3)
    assert strange["features"]["average_pitch_shift"]["share_of_real"] < 0.2
    assert strange["features"]["note_length_histogram"]["share_of_real"] > 0.8
    same = overlaps([random_tune(random) for _ in range(20)], train, held_out, 3)
    assert same["features"]["note_count"] == pytest.approx(
        {"area": 1, "real_area": 1, "share_of_real": 1, "share_lowest": 1, "divergence": 0, "real_divergence": 0}
    )  # always sixteen notes


def test_an_interval_holds_the_mean_it_is_of():
    random = np.random.default_rng(2)
    real = [random_tune(random) for _ in range(40)]
    found = style_quality._structure(real, real)
    for own in found.values():
        assert own["takes"] == own["held_out"]
        assert own["low"] < own["held_out"] < own["high"] or own["low"] == own["high"]


def test_memory_off_blanks_the_bars_before_and_nothing_else():
    style = load_style("folk")
    names = np.array([column.name for column in style.codec.trunk_columns])
    back = np.char.endswith(names, "_bars_ago")
    cursors = [style.codec.cursor(8), blanked(style.codec.cursor(8), np.flatnonzero(back).tolist())]
    for event in style.codec.encode(tune(4)).tolist()[:30]:
        for cursor in cursors:
            cursor.push(event)
    rows = np.array([cursor.trunk() for cursor in cursors])
    assert back.sum() == 8 and rows[0, back].any() and not rows[1, back].any()
    assert (rows[0, ~back] == rows[1, ~back]).all()
    assert (blanked(style.codec.cursor(8), []).trunk() == style.codec.cursor(8).trunk()).all()
    request = replace(request_of(style.card, 4, 8), recall=0.0)
    assert compose_changed_cursor(request, lambda cursor: cursor) == compose(request).takes[0].piece
    without = FOLK.memory_off(request)
    assert num_bars(without) == 8 and without != compose(request).takes[0].piece


def test_a_solo_ends_in_its_chord_or_not():
    solo = SimpleNamespace(onset_tick=np.array([0, 30, 96]), length_tick=np.array([24, 12, 24]),
                           pitch=np.array([62, 65, 67]), chords=("D-7", "D-7", "", "NC", "G7", "G7"),
                           qpm=120.0, title="Tune", performer="Player", first_bar=1)  # fmt: skip
    music = held_out_solo(solo).piece
    assert [(n.onset_quarter, n.pitch, n.duration_quarter) for n in music.tracks[0].notes] == [
        (0, 62, 1.25), (1.25, 65, 0.5), (4, 67, 1)]  # fmt: skip
    assert [(c.onset_quarter, c.text) for c in music.chord_symbols] == [(0, "D-7"), (3, "NC"), (4, "G7")]
    assert ends_on_chord_tone(music)
    assert ends_on_chord_tone(replace(music, tracks=(track([(60, 0, 1)]),)))  # C is the seventh of D-7
    assert not ends_on_chord_tone(replace(music, tracks=(track([(60, 4, 1)]),)))  # and not in G7
    assert not ends_on_chord_tone(replace(music, tracks=(track([(67, 3, 1)]),)))  # without a chord
    assert not ends_on_chord_tone(replace(music, tracks=()))
    assert not ends_on_chord_tone(replace(music, chord_symbols=(ChordSymbol(0.0, "H??"),)))
    assert solo_alone(piece([(60, 0, 1)], [(40, 0, 1)])) == piece([(60, 0, 1)])


def test_chords_of_beats_become_a_chart():
    labels = ["D-7", "", "", "", "G7", "G7", "C7", "", "", "", "", "F7", "F7", "F7"]
    assert chart_of(labels) == "D-7 | G7 C7 | C7 C7 C7 F7"
    read = parse_chart(chart_of(labels))
    assert len(read.bars) == 3
    assert [read.at(quarter).root for quarter in (0, 4, 6, 8, 10, 11)] == [2, 7, 0, 0, 0, 5]


FIGURES = {
    "takes": 50,
    "settings": {"temperature": 0.9, "top_p": 0.95},
    "num_bars": 16,
    "training_pieces": 100,
    "held_out_pieces": 60,
    "overlap": {
        "windows": 50, "splits": 5, "features_reached": 7, "met": True,
        "features": {name: {"area": 0.8, "real_area": 0.9, "share_of_real": 0.889, "share_lowest": 0.8,
                            "divergence": 0.1, "real_divergence": 0.02} for name in FEATURES},
    },
    "structure": {name: {"takes": 1.5, "held_out": 1.6, "low": 1.4, "high": 1.8} for name in style_quality.STRUCTURE},
    "repetition": {"bars_returning": {"memory": 0.2, "held_out": 0.3, "no_memory": 0.1}},
    "ends": {"on the tonic": {"takes": 1.0, "held_out": 0.85}},
    "shared_runs": {side: {"median": 8.0, "p90": 11.0, "max": 15} for side in ("takes", "held_out")},
    "time": {"length": "16 bars", "takes": 10, "processor_median": 0.25, "processor_most": 0.5,
             "waited_median": 0.3},
}  # fmt: skip


def test_the_words_and_what_goes_on_the_card():
    text = style_text("folk", FIGURES)
    assert "on 7 of 9 features (aim 6): met." in text and "16 bars take 0.25 s of one processor" in text
    assert "memory off" in text and FOLK.words in text
    card = on_card(FIGURES)
    assert set(card) <= set(CARD_NAMES)
    assert card["overlap_with_training_music"] == pytest.approx(0.8)
    assert card["features_where_that_is_0.8_of_held_out_music"] == "7 of 9"
    assert card["bars_returning_without_memory"] == 0.1
    plain = {**FIGURES, "repetition": {"bars_returning": {"memory": 0.2, "held_out": 0.3}}}
    assert "memory off" not in style_text("bach-chorales", plain)
    assert "bars_returning_without_memory" not in on_card(plain)


def test_every_record_has_its_place_in_the_documentation():
    text = QUALITY_PAGE.read_text(encoding="utf-8")
    for style_id, record in RECORDS.items():
        assert record.style_id == style_id
        between_markers(text, f"style {style_id}", "")
    closes = CHORALES.ends["on the tonic at a bar line"]
    assert closes(tune(4)) and not closes(tune(3))  # on C and on C sharp
