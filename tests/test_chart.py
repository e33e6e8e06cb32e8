"""Charts: reading, repeats and endings, printing, what sounds when, the forms everybody knows."""

import csv
import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.errors import ChartError
from musegen.music.chart import Chart, parse_chart
from musegen.music.chord import NO_CHORD, QUALITIES, Chord, parse_chord
from musegen.music.common_forms import COMMON_FORMS, common_form

DATA = Path(os.environ.get("MUSEGEN_DATA", "/nonexistent")) / "weimar-jazz" / "meta.csv.gz"


def bars(text):
    """The bars of a chart in short: "Dm7 G7@2"."""
    chart = parse_chart(text)
    return [" ".join(c.text + (f"@{o:g}" if o else "") for o, c in bar) for bar in chart.bars]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dm7 | G7 | Cmaj7 | %", "Dm7, G7, Cmaj7, Cmaj7"),
        ("| C | F |\n| G7 | C |", "C, F, G7, C"),
        ("C | F\nG7 | C", "C, F, G7, C"),
        ("C | | F | |", "C, C, F, F"),
        ("Dm7 G7 | C", "Dm7 G7@2, C"),
        ("Dm7 G7 C | C A F G", "Dm7 G7@2 C@3, C A@1 F@2 G@3"),
        ("Dm7 / / G7 | / C / /", "Dm7 G7@3, G7 C@1"),
        ("3/4 C | F G | C / F", "C, F G@2, C F@2"),
        ("meter: 5/4\nAm7 | D7 G", "Am7, D7 G@3"),
        ("6/8 C F | C / / / G /", "C F@1.5, C G@2"),
        ("12/8 C / / F", "C F@4.5"),
        ("C C | C", "C, C"),
        ("n.c. | N.C. Dm7", "N.C., N.C. Dm7@2"),
        ("C7(b9 b13), F", "C7b9b13 F@2"),
        # repeats
        ("|: C | F :|", "C, F, C, F"),
        ("|: C :| x3 | F", "C, C, C, F"),
        ("C | F :| G", "C, F, C, F, G"),
        ("|: C :|: F :| G", "C, C, F, F, G"),
        ("|: C ::F:|", "C, C, F, F"),
        ("|: C | [1 F :| [2 G | E |] A", "C, F, C, G, E, A"),
        ("|: C [1,2 F :| [3 G", "C, F, C, F, C, G"),
        ("|: C [1-2 F :| [3 G", "C, F, C, F, C, G"),
        ("|: C [1 F :| [2 G :| [3 A", "C, F, C, G, C, A"),
        ("|: C | 1. D :| 2. E", "C, D, C, E"),
        ("|: C | [1 D :| E | F", "C, D, C, E, F"),  # the second ending need not be marked
        ("|: C [1 D :| [2 E || |: F :|", "C, D, C, E, F, F"),
        ("|: C [1 D :| [2 E || F | G :|", "C, D, C, E, F, G, F, G"),
        ("A: C | F\nB: G | A7 :|", "C, F, G, A7, G, A7"),
        ("|: C | [1 % :| [2 % | F", "C, C, C, C, F"),
    ],
)  # fmt: skip
def test_how_charts_are_read(text, expected):
    assert ", ".join(bars(text)) == expected


def test_sections_title_and_meter():
    chart = parse_chart("title: Test tune\n3/4\nA: |: C | F :|\n[Bridge] G7 | %\nA2: C")
    assert (chart.title, chart.meter) == ("Test tune", (3, 4))
    assert chart.sections == ((0, "A"), (2, "A"), (4, "Bridge"), (6, "A2"))
    assert [chart.section_at(3 * bar) for bar in range(8)] == ["A", "A", "A", "A", "Bridge", "Bridge", "A2", "A"]


@pytest.mark.parametrize(
    ("text", "token", "bar", "meant", "words"),
    [
        ("Dm7 | G77 | C", "G77", 2, "G7", 'Bar 2: "G77" is no chord'),
        ("Dm7 | H7", "H7", 2, "B7", "written B here"),
        ("C | Dm7G7", "Dm7G7", 2, "Dm7 G7", "more than one chord"),
        ("C | C Dm7-G7", "Dm7-G7", 2, "Dm7 G7", "more than one chord"),
        ("C | c", "c", 2, "C", "C or Cm"),
        ("C | F F G G A", "F", 2, "", "5 chords; in 4/4 there is room for 4"),
        ("Dm7 / G7", "Dm7", 1, "", "write 4, one for each beat"),
        ("% | C", "%", 1, "", "no bar before"),
        ("C % | C", "%", 1, "", "alone between two bar lines"),
        ("/ / C C", "/", 1, "", "write a chord first"),
        ("C | 3/4 | D", "3/4", 2, "", "one meter"),
        ("7/3 C", "7/3", 1, "", "no meter"),
        ("C | Dm7: F", "Dm7:", 2, "", "a chord with a colon"),
        ("C | D x3", "x3", 2, "", "behind"),
        ("|: C | D", "|:", 3, "", "does not end"),
        ("|: C | |: D :|", "|:", 2, "", "within another"),
        (":| C", ":|", 1, "", "no bars before"),
        ("C | [2 D", "[2", 2, "", "no first ending"),
        ("|: C | [1 D | [2 E", "[2", 3, "", "not closed"),
        ("[1 C", "[1", 1, "", "no bars before the ending"),
        ("", "", 1, "", "no chords yet"),
        ("  \n | | ", "", 1, "", "no chords yet"),
        ("|: C :| x600", "x600", 2, "", "more than 512 bars"),
        ("key: F\nC", "key: F", None, "", "set the key beside it"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_bar(text, token, bar, meant, words):
    with pytest.raises(ChartError) as caught:
        parse_chart(text)
    error = caught.value
    assert (error.token, error.bar, error.meant) == (token, bar, meant)
    assert words in str(error) and str(error)[-1] in ".?"
    assert text[error.position :].startswith(token)


def test_too_long_a_text_is_refused():
    with pytest.raises(ChartError, match="characters"):
        parse_chart("C | " * 6000)


def test_what_sounds_when():
    chart = parse_chart("Dm7 G7 | Cmaj7 | % | Dm7")
    names = [chart.at(quarter).text for quarter in (0, 1.99, 2, 4, 11.9, 12, 15.9, 16, 18)]
    assert names == ["Dm7", "Dm7", "G7", "Cmaj7", "Cmaj7", "Dm7", "Dm7", "Dm7", "G7"]
    after = [(q, c.text) for q, c in map(chart.next_after, (0, 2, 4, 12, 15.9, 16, 30))]
    assert after == [(2, "G7"), (4, "Cmaj7"), (12, "Dm7"), (18, "G7"), (18, "G7"), (18, "G7"), (34, "G7")]
    assert [(o, c.text) for o, c in chart.changes] == [(0, "Dm7"), (2, "G7"), (4, "Cmaj7"), (12, "Dm7")]
    one = parse_chart("C7 | %")
    assert one.next_after(3) == (8, parse_chord("C7"))


def test_rounds_and_lengths():
    chart = parse_chart("A: C | F\nB: G7")
    longer = chart.repeated(7)
    assert [bar[0][1].text for bar in longer.bars] == ["C", "F", "G7", "C", "F", "G7", "C"]
    assert longer.sections == ((0, "A"), (2, "B"), (3, "A"), (5, "B"), (6, "A"))
    assert chart.repeated(2).sections == ((0, "A"),)
    assert (chart.num_bars, chart.bar_quarters, chart.end_quarter) == (3, 4.0, 12.0)
    assert parse_chart("6/8 C").bar_quarters == 3.0


def test_transposed_charts_are_spelled_for_their_key():
    chart = parse_chart("Dm7 | G7 | Cmaj7 | E7/G#")
    assert [bar[0][1].text for bar in chart.transposed(3).bars] == ["Fm7", "Bb7", "Ebmaj7", "G7/B"]
    assert [bar[0][1].text for bar in chart.transposed(-1).bars] == [
        "C#m7",
        "F#7",
        "Bmaj7",
        "D#7/F##".replace("F##", "G"),
    ]
    assert chart.transposed(12) == chart


def test_symbols_to_print():
    chart = parse_chart("A: C | C F\nB: F | G7")
    symbols = [(s.onset_quarter, s.text) for s in chart.chord_symbols(1.0)]
    assert symbols == [(1.0, "C"), (7.0, "F"), (9.0, "F"), (13.0, "G7")]


def test_text_is_four_bars_a_line():
    text = "title: T\nmeter: 3/4\nA:\n| C | % | F G | Am / D7 |\n| G7 | C |\nB:\n| C | F |"
    assert parse_chart(text).to_text() == text.replace("Am / D7", "Am D7")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Dm7 | G7 | Cmaj7 | %", (0, "major")), ("Dm7b5 | G7b9 | Cm6 | %", (0, "minor")),
        ("F7 | Bb7 | F7 | % | Bb7 | % | F7 | % | C7 | Bb7 | F7 | C7", (5, "major")),
        ("C | G | Am | F", (0, "major")),
        ("Am | E7 | Am | Dm | E7 | Am", (9, "minor")),
        ("N.C.", (0, "major")),
    ],
)  # fmt: skip
def test_key_of_a_chart(text, key):
    assert parse_chart(text).key == key


def test_wrong_charts_are_refused():
    chord = parse_chord("C")
    for made in ((), ((),), (((1.0, chord),),), (((0.0, chord), (4.0, chord)),), (((0.0, chord), (0.3, chord)),)):
        with pytest.raises(ValueError, match=r"chart|chords stand"):
            Chart(made)
    with pytest.raises(ValueError, match="sections"):
        Chart((((0.0, chord),),), sections=((1, "A"),))


@pytest.mark.parametrize("form_id", COMMON_FORMS)
def test_common_forms_in_every_key(form_id):
    form = COMMON_FORMS[form_id]
    on_c = common_form(form_id)
    assert on_c.num_bars % 4 == 0 and on_c.title == form.title and form.about.endswith(".")
    for tonic in range(12):
        chart = common_form(form_id, tonic)
        assert parse_chart(chart.to_text()) == chart
        moved = [c.transposed(tonic) for _, c in on_c.changes]
        assert [c for _, c in chart.changes] == moved
        if form_id not in ("ii-v-i-all-keys", "vamp"):
            assert chart.key == (tonic, form.mode)


def test_common_forms_are_what_they_are_called():
    blues = common_form("blues", 5)
    assert bars(blues.to_text()) == ["F7"] * 4 + ["Bb7"] * 2 + ["F7"] * 2 + ["C7", "Bb7"] + ["F7"] * 2
    assert [c.text for _, c in common_form("ii-v-i", 10).changes] == ["Cm7", "F7", "Bbmaj7"]
    rhythm = common_form("rhythm-changes", 10)
    assert (rhythm.num_bars, rhythm.sections) == (32, ((0, "A"), (8, "A"), (16, "B"), (24, "A")))
    assert [c.text for _, c in rhythm.changes][:3] == ["Bb6", "G7", "Cm7"]
    assert common_form("jazz-waltz").meter == (3, 4)
    tonics = {bar[0][1].root for bar in common_form("ii-v-i-all-keys").bars[2::4]}
    assert tonics == set(range(12))
    with pytest.raises(ValueError, match="form_id"):
        common_form("no such form")


def chords():
    made = st.builds(Chord, st.integers(0, 11), st.sampled_from(QUALITIES), st.sampled_from([(), ("b9",), ("9", "13")]))
    return made | st.just(NO_CHORD)


@st.composite
def charts(draw):
    meter = draw(st.sampled_from([(4, 4), (3, 4), (2, 4), (5, 4), (6, 8), (12, 8), (7, 8), (2, 2)]))
    unit = 4 / meter[1]
    made = []
    for _ in range(draw(st.integers(1, 9))):
        places = sorted({0, *draw(st.lists(st.integers(0, meter[0] - 1), max_size=3))})
        made.append(tuple((place * unit, draw(chords())) for place in places))
    firsts = sorted(draw(st.sets(st.integers(0, len(made) - 1), max_size=3)))
    sections = tuple((first, draw(st.sampled_from(["A", "B", "Bridge", "A'", "C2"]))) for first in firsts)
    return Chart(tuple(made), meter, draw(st.sampled_from(["", "A title"])), sections)


@settings(max_examples=60, deadline=None)
@given(charts(), st.integers(0, 40))
def test_every_chart_prints_and_reads(chart, num_bars):
    assert parse_chart(chart.to_text()) == chart
    if num_bars:
        longer = chart.repeated(num_bars)
        assert longer.num_bars == num_bars
        for quarter in range(int(longer.end_quarter)):
            assert longer.at(quarter) == chart.at(quarter)
    quarter, after = chart.next_after(num_bars)
    assert quarter > num_bars and chart.at(quarter) == after


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ABCG7mb# \n|:[]12%/x3NC.", max_size=40))
def test_any_text_is_a_chart_or_a_sentence(text):
    try:
        chart = parse_chart(text)
    except ChartError as error:
        assert str(error)[-1] in ".?"
        assert 0 <= error.position <= len(text)
    else:
        assert parse_chart(chart.to_text()) == chart


@pytest.mark.skipif(not DATA.exists(), reason="needs the Weimar Jazz Database")
def test_charts_of_the_weimar_jazz_database():
    with gzip.open(DATA, "rt") as file:
        rows = list(csv.DictReader(file))
    read = 0
    for row in rows:
        try:
            chart = parse_chart(row["chord_changes"].replace(" // ", "\n"))
        except ChartError as error:  # its charts write four chords in a narrow bar without spaces, and odd meters
            assert (
                "more than one chord" in str(error)
                or "no chord that can be read" in str(error)
                or "in 4/4" in str(error)
            )
            continue
        read += 1
        assert parse_chart(chart.to_text()) == chart
    assert read > 0.75 * len(rows)
