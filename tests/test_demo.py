"""The start page: what it chooses, what it says, and how it leads on to Compose."""

import pytest
from streamlit.testing.v1 import AppTest

from musegen.composers.request import ComposeResult
from musegen.services.making import demo
from musegen.services.making.compose import compose
from musegen.services.seeds.seed import list_examples, load_example
from musegen.services.styles import list_styles

SECONDS = 60
PIECES = [demo.new_piece(number) for number in range(60)]


@pytest.fixture
def page():
    opened = AppTest.from_file("../app.py", default_timeout=SECONDS)
    return opened.switch_page("pages/demo.py").run()


def press(page, key):
    page.button(key=key).click().run()
    for _ in range(200):
        if page.session_state["musegen"].job is None:
            break
        page.session_state["musegen"].job.wait(0.1)
        page.run()
    assert not page.exception
    return page.session_state["musegen"]


def said(page):
    return [m.value.replace("\\", "") for m in page.markdown if "composed in" in m.value]


def test_every_style_and_way_of_composing_comes_up_and_every_choice_fits():
    cards = {card.style_id: card for card in list_styles()}
    examples = {example.example_id: example for example in list_examples()}
    assert {p.request.style_id for p in PIECES} == set(cards)
    assert {p.request.mode for p in PIECES} == {mode for card in cards.values() for mode in card.modes}
    assert len({p.example_id for p in PIECES}) >= 6
    for piece in PIECES:
        request, card = piece.request, cards[piece.request.style_id]
        assert request.mode in card.modes and request.num_takes == 1
        assert (request.primer is None) == (request.mode == "invent") == (piece.example_id is None)
        if piece.example_id:
            assert request.style_id in examples[piece.example_id].styles
            assert request.primer == load_example(piece.example_id).piece
    assert demo.new_piece(7) == demo.new_piece(7)


def test_calmer_and_wilder_move_the_temperature_within_bounds_and_nothing_else():
    piece = PIECES[0]
    wilder = demo.in_mood(piece, "wilder")
    assert wilder.request.temperature == pytest.approx(piece.request.temperature + demo.MOOD_STEP)
    assert wilder.request.random_seed == piece.request.random_seed
    for mood, bound in (("wilder", demo.WILD), ("calmer", demo.CALM)):
        moved = piece
        for _ in range(8):
            moved = demo.in_mood(moved, mood)
        assert moved.request.temperature == bound
        assert moved.request.primer == piece.request.primer


def test_the_sentence_says_from_what_in_which_style_how_long_and_how_fast():
    piece = next(p for p in PIECES if p.example_id == "reel" and p.request.style_id == "folk")
    takes = compose(piece.request).takes
    result = ComposeResult(piece.request, takes, (), {"load": 20.0, "sample": 130.0})
    assert demo.what_happened(piece, result) == (
        'Went on from Lamplighter\'s Reel in the style "Folk tunes": 16 bars, composed in 0.1 s on this computer.'
    )
    invented = next(p for p in PIECES if p.request.mode == "invent")
    assert demo.what_happened(demo.in_mood(invented, "wilder"), result).startswith(
        f'Invented a piece in the style "{invented.style_title}", wilder than before: 16 bars'
    )


def test_three_sentences_and_one_button_before_anything_is_made(page):
    assert not page.exception
    assert [b.label for b in page.button] == ["Make a piece"]
    assert page.session_state["musegen"].batches == []


def test_each_press_makes_another_piece_and_says_what_happened(page):
    first = press(page, "demo-make").batches[-1].result
    assert len(said(page)) == 1 and said(page)[0].endswith("on this computer.")
    second = press(page, "demo-make").batches[-1].result
    assert second.request.random_seed != first.request.random_seed
    wilder = press(page, "demo-wilder").batches[-1].result
    assert wilder.request.temperature > second.request.temperature
    assert wilder.request.random_seed == second.request.random_seed
    assert "wilder than before" in said(page)[0]
    assert len(page.session_state["musegen"].batches) == 3


@pytest.mark.parametrize("chosen", ["continue", "harmonise", "invent"])
def test_compose_opens_with_the_same_take_its_seed_and_settings(page, chosen, monkeypatch):
    wanted = next(p for p in PIECES if p.request.mode == chosen)
    monkeypatch.setattr(demo, "new_piece", lambda random_seed: wanted)
    press(page, "demo-make")
    press(page, "demo-calmer")
    page.button(key="demo-compose").click().run()
    page.switch_page("pages/compose.py").run()
    assert not page.exception
    state, request = page.session_state["musegen"], demo.in_mood(wanted, "calmer").request
    assert len(state.batches) == 2 and state.job is None  # nothing was composed again
    assert state.batch.result.request == request
    asked = state.requested
    assert (asked.style_id, asked.mode, asked.primer) == (request.style_id, request.mode, request.primer)
    assert (asked.temperature, asked.random_seed) == (request.temperature, request.random_seed)
    assert asked.num_bars == request.num_bars
    page.slider(key=f"temperature-{request.style_id}").set_value(1.0).run()
    assert state.requested.temperature == 1.0  # from here on a change composes, as ever


def test_without_a_style_it_says_so(page, monkeypatch):
    monkeypatch.setattr(demo, "list_styles", lambda: [])
    page.button(key="demo-make").click().run()
    assert not page.exception
    assert "no styles yet" in page.error[0].value
