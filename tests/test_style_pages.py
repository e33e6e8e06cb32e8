"""What the documentation says of styles is what their cards say."""

from dataclasses import replace

from benchmarks.style_pages import stale
from musegen.styles import list_styles
from musegen.styles.comparison import COMPARED, compared, comparison_table, style_page


def test_the_pages_are_as_the_cards_are():
    assert stale() == [], "run: python -m benchmarks.style_pages"


def test_figures_of_different_names_are_compared_by_one():
    card = list_styles()[0]
    summed = {f"test_{part}_nats_per_note": value for part, value in
              (("pitch", 1.0), ("step", 0.5), ("duration", 0.25), ("velocity", 2.0))}  # fmt: skip
    assert compared(replace(card, quality=summed))["nats_per_note"] == 3.75
    assert compared(replace(card, quality=summed | {"test_sum_nats_per_note": 9.0}))["nats_per_note"] == 9.0
    assert compared(replace(card, quality={}))["nats_per_note"] is None
    del summed["test_step_nats_per_note"]
    assert compared(replace(card, quality=summed))["nats_per_note"] is None


def test_every_shipped_style_can_be_compared():
    for card in list_styles():
        figures = compared(card)
        assert set(figures) == set(COMPARED)
        for name in ("overlap", "overlap_held_out", "share_ending_well", "seconds_to_compose", "groove"):
            assert figures[name] is not None, (card.style_id, name)
    table = comparison_table(list_styles())
    assert len({line.count("|") for line in table.splitlines()}) == 1


def test_a_page_says_what_may_be_done_with_the_music():
    for card in list_styles():
        page = style_page(card)
        assert card.licence in page and card.cannot in page and all(d["name"] in page for d in card.data)
