"""The chart on the page: filled in, corrected, shown; nothing that was typed is lost."""

import pytest
from streamlit.testing.v1 import AppTest

from musegen.composers.request import ComposeRequest
from musegen.errors import ConstraintError
from musegen.music.chart import parse_chart
from musegen.music.common_forms import common_form
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, from_link, read_recipe_text, recipe_text, to_link
from musegen.services.styles import get_style, options_of
from musegen.ui.chart_panel import chart_values, grid_html
from tests.builders import piece

SECONDS = 60


def panel():
    """The panel for a style that takes a chart, or for one that takes none, or no panel, as on another page."""
    from dataclasses import replace

    import streamlit as st

    from musegen.services.seeds import seed as seeds
    from musegen.services.styles import get_style
    from musegen.ui import chart_panel

    st.radio("Page", ["chart", "folk", "elsewhere"], key="page")
    st.checkbox("Seed", True, key="has-seed")
    card = get_style("folk")
    if st.session_state["page"] == "chart":
        card = replace(card, composer={"name": "solo", "config": {}})
    if st.session_state["page"] != "elsewhere":
        seed = seeds.load_example("reel").piece if st.session_state["has-seed"] else None
        st.session_state["told"] = chart_panel.chart_panel(card, seed)


def told(page):
    assert not page.exception
    return page.session_state["told"].get("chart")


def grid(page):
    return next(block.proto.body for block in page.get("html") if "chart-grid" in block.proto.body)


def test_a_chart_is_filled_in_corrected_and_never_lost():
    page = AppTest.from_function(panel, default_timeout=SECONDS).run()
    assert parse_chart(told(page)) == common_form("jazz-blues", 5)  # never empty
    assert grid(page).count('class="chart-row"') == 3

    page.selectbox(key="chart-form").select("rhythm-changes").run()
    assert parse_chart(told(page)) == common_form("rhythm-changes", 5)
    page.selectbox(key="chart-tonic").select(10).run()
    assert parse_chart(told(page)) == common_form("rhythm-changes", 10)
    assert page.selectbox(key="chart-form").value == "rhythm-changes"
    assert [f"<b>{letter}</b>" in grid(page) for letter in "ABC"] == [True, True, False]

    page.text_area(key="chart-text").set_value("Dm7 | G7 | Cmaj7 | %").run()
    assert told(page) == "Dm7 | G7 | Cmaj7 | %"
    assert (page.selectbox(key="chart-form").value, page.selectbox(key="chart-tonic").value) == (None, 0)
    page.selectbox(key="chart-tonic").select(3).run()
    assert [c.text for _, c in parse_chart(told(page)).changes] == ["Fm7", "Bb7", "Ebmaj7"]
    page.button(key="chart-back").click().run()
    assert told(page) == "Dm7 | G7 | Cmaj7 | %"

    page.text_area(key="chart-text").set_value("Dm7 | G77 | Cmaj7").run()
    assert "G77" in page.error[0].value and "Bar 2" in page.error[0].value
    assert told(page) == "Dm7 | G7 | Cmaj7 | %"  # played until it is corrected
    assert page.text_area(key="chart-text").value == "Dm7 | G77 | Cmaj7"
    page.radio(key="page").set_value("elsewhere").run()
    page.radio(key="page").set_value("folk").run()
    assert told(page) is None and not page.text_area
    page.radio(key="page").set_value("chart").run()
    assert page.text_area(key="chart-text").value == "Dm7 | G77 | Cmaj7"
    page.button(key="chart-meant").click().run()
    assert (told(page), len(page.error)) == ("Dm7 | G7 | Cmaj7", 0)

    page.button(key="chart-guess").click().run()
    guessed = parse_chart(told(page))
    assert guessed.num_bars >= 4 and any("guessed from the melody" in caption.value for caption in page.caption)
    page.button(key="chart-back").click().run()
    assert told(page) == "Dm7 | G7 | Cmaj7"
    page.checkbox(key="has-seed").uncheck().run()
    assert page.button(key="chart-guess").disabled


def test_the_grid_shows_bars_as_on_a_lead_sheet():
    html = grid_html(parse_chart("A: Dm7b5 G7b9 | Cm7 / / F7/A | % | % | Bb\nB: N.C. | C#m7b5"))
    rows = html.split('<div class="chart-row">')[1:]
    assert [row.count("chart-bar") for row in rows] == [4, 1, 2]
    assert [row[: row.index("</b>")] for row in rows] == ["<b>A", "<b>", "<b>B"]
    assert "D<small>m7♭5</small>" in rows[0] and "grid-template-columns:2fr 2fr" in rows[0]
    assert "grid-template-columns:3fr 1fr" in rows[0] and "<small>7</small>/A" in rows[0]
    assert rows[0].count("<i>%</i>") == 2
    assert "B♭" in rows[1] and "N.C." in rows[2] and "C♯<small>m7♭5</small>" in rows[2]
    assert 'aria-label="7 bars: Dm7b5 G7b9, Cm7 / / F7/A, Cm7 / / F7/A' in html
    assert "&lt;i&gt;" in grid_html(parse_chart("[V<i>] C"))


def test_a_chart_is_part_of_the_recipe_and_its_link():
    request = ComposeRequest.of("jazz", "continue", piece([(60, 0, 4)]), chart="A: Dm7 | G7\nB: Cmaj7 | %")
    text = recipe_text(Recipe(request, 0, "0" * 64))
    again, words = read_recipe_text(from_link(to_link(text)))
    assert again.request == request and words == ()
    assert "chart" not in recipe_text(Recipe(ComposeRequest("jazz", "invent"), 0, "0" * 64))
    assert chart_values(request.options["chart"])["chart-text"] == request.options["chart"]
    assert chart_values("") == {"chart-own": False}


def test_a_chart_that_cannot_be_read_is_refused_with_its_bar():
    with pytest.raises(ConstraintError, match=r'Bar 2: "H7".*"B7"'):
        compose(ComposeRequest.of("jazz", "invent", chart="C | H7"))
    with pytest.raises(ConstraintError, match="Folk tunes has no use for the option “chart”; leave it out"):
        compose(ComposeRequest.of("folk", "invent", chart="C | G7"))
    compose(ComposeRequest.of("jazz", "invent", num_bars=2, chart="  "))
    assert options_of(get_style("folk")) == {}


def free_panel():
    """The panel of a style that finds chords itself, beside a take that was made."""
    import streamlit as st

    from musegen.composers.request import ComposeRequest
    from musegen.services.making.compose import compose
    from musegen.services.seeds.seed import seed_from_text
    from musegen.services.styles import get_style
    from musegen.ui import chart_panel
    from musegen.ui.state import session

    text = st.text_input("Tune", "C5 E5 G5 E5 | F5 A5 G5:2 | D5 F5 B4 D5 | C5:4", key="tune")
    seed = seed_from_text(text).piece
    if not session().batches:
        request = ComposeRequest.of("hymn", "harmonise", seed, chart="Am | Dm | G | C", random_seed=1)
        session().add(compose(request), "A hymn", "")
    mode = "invent" if st.checkbox("Invent", key="inventing") else "accompany"
    st.session_state["told"] = chart_panel.chart_panel(get_style("song"), None if mode == "invent" else seed, mode)


def test_chords_are_a_choice_where_a_style_finds_them_itself():
    page = AppTest.from_function(free_panel, default_timeout=SECONDS).run()
    assert told(page) is None and not page.text_area
    assert grid(page).count("chart-bar") == 4  # guessed, shown before anything is composed
    assert any("guessed from your music" in caption.value for caption in page.caption)
    page.toggle(key="chart-own").set_value(True).run()
    guessed = parse_chart(told(page))
    assert guessed.num_bars == 4 and guessed.at(0).root == 0
    page.text_input(key="tune").set_value("D5 F#5 A5 F#5 | G5 B5 A5:2 | E5 G5 C#5 E5 | D5:4").run()
    assert parse_chart(told(page)).at(0).root == 2  # another melody, other chords, as long as nobody changed them
    page.text_area(key="chart-text").set_value("C | F | G7 | C").run()
    assert told(page) == "C | F | G7 | C"
    page.button(key="chart-take").click().run()
    assert [chord.text for _, chord in parse_chart(told(page)).changes] == ["Am", "Dm", "G", "C"]
    page.toggle(key="chart-own").set_value(False).run()
    assert told(page) is None
    page.toggle(key="chart-own").set_value(True).run()
    assert [chord.text for _, chord in parse_chart(told(page)).changes] == ["Am", "Dm", "G", "C"]


def test_without_music_some_chords_stand_there_to_begin_with():
    page = AppTest.from_function(free_panel, default_timeout=SECONDS).run()
    page.checkbox(key="inventing").check().run()
    assert told(page) is None and not page.get("html")
    page.toggle(key="chart-own").set_value(True).run()
    assert [chord.text for _, chord in parse_chart(told(page)).changes] == ["C", "Am", "F", "G"]
