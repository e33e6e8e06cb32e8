"""The same seed in every style: what each is asked, what one that fails leaves to the others, the page, the command."""

import json
import re
import threading
from dataclasses import replace

import pytest

from musegen.cli.command_line import main
from musegen.composers.request import ComposeResult
from musegen.errors import CancelledError, CodecError, FileFormatError, StyleError
from musegen.files import read
from musegen.library import library
from musegen.rendering.web_modules import bundle
from musegen.services.making import every_style, jobs
from musegen.services.making.compose import compose
from musegen.services.making.every_style import (
    EveryStyleJob,
    EveryStyleRequest,
    compose_every,
    mode_for,
    request_for,
)
from musegen.services.making.recipe import read_recipe_text
from musegen.services.seeds.seed import Seed, load_example
from musegen.services.styles import get_style, list_styles
from tests.builders import piece, track
from tests.chromium import settle
from tests.fake_composer import captions, result

FOLK, CHORALES = get_style("folk"), get_style("bach-chorales")
ALONE = replace(FOLK, style_id="alone", title="Alone", modes=("invent",))
MELODIES = replace(FOLK, style_id="melodies", title="Melodies", modes=("harmonise", "invent"))
TUNE = track([(72 + i % 3, i, 1) for i in range(48)], name="Flute")
LOW = track([(40, i, 1) for i in range(48)], name="Tuba")
BAND = Seed(piece(TUNE, LOW, key="C major"), "Band", "file", ("Something was left out.",))


@pytest.fixture
def composer(composer, monkeypatch):
    """Stands in for composing in one style and in all."""
    monkeypatch.setattr(every_style, "compose", composer)
    return composer


# --- what a style is asked -------------------------------------------------------------------------------------


def test_each_style_takes_what_it_can_of_the_seed():
    asked = EveryStyleRequest(BAND, num_bars=20, random_seed=5)
    request, words = request_for(FOLK, asked)
    assert (request.style_id, request.mode, request.num_bars, request.random_seed) == ("folk", "continue", 20, 5)
    assert [t.name for t in request.primer.tracks] == ["Flute"]  # of a band a tune takes the melody
    assert request.primer.end_quarter == 32  # and of a long seed the end
    assert words == ("Bars 5 to 12 of 12 are used.", '1 of 2 tracks is used: "Flute".')
    assert (request.temperature, request.top_p) == (FOLK.temperature, FOLK.sampling["top_p"])
    assert [t.name for t in request_for(CHORALES, asked)[0].primer.tracks] == ["Flute", "Tuba"]


def test_chosen_bars_and_seconds_go_for_every_style():
    request, words = request_for(CHORALES, EveryStyleRequest(BAND, bars=(2, 3), seconds=30.0))
    assert request.primer.end_quarter == 8
    assert (request.num_bars, request.seconds) == (None, 30.0)
    assert words == ("Bars 2 to 3 of 12 are used.",)


def test_chords_go_to_the_styles_that_take_them():
    asked = EveryStyleRequest(BAND, chart="Dm7 | G7 | C")
    over_chords = replace(FOLK, composer={"name": "solo", "config": {}})
    assert request_for(over_chords, asked)[0].options["chart"] == "Dm7 | G7 | C"
    assert request_for(FOLK, asked)[0].options == {}


def test_a_style_that_cannot_go_on_harmonises_and_one_that_only_invents_says_so():
    request, _ = request_for(MELODIES, EveryStyleRequest(BAND, num_bars=20))
    assert (request.mode, request.num_bars, request.seconds) == ("harmonise", None, None)
    assert mode_for(ALONE) == ""
    with pytest.raises(StyleError, match="Alone invents from nothing"):
        request_for(ALONE, EveryStyleRequest(BAND))


def test_every_style_there_is_has_a_way_with_a_seed():
    assert all(mode_for(card) for card in list_styles())


# --- composing in all ------------------------------------------------------------------------------------------


def test_one_style_that_fails_loses_nothing_of_the_others(monkeypatch, caplog):
    def make(request, *, progress, cancelled):
        progress(0.5)
        if request.style_id == "melodies":
            raise CodecError("These notes are too low.")
        if request.style_id == "broken":
            raise ZeroDivisionError
        return ComposeResult(request, (), ("Said.",))

    monkeypatch.setattr(every_style, "compose", make)
    broken = replace(FOLK, style_id="broken", title="Broken")
    shares, told = [], []
    outcomes = compose_every(EveryStyleRequest(BAND), cards=[FOLK, MELODIES, broken, ALONE, CHORALES],
                             made=told.append, progress=shares.append)  # fmt: skip
    assert tuple(told) == outcomes
    assert [o.style_id for o in outcomes] == ["folk", "melodies", "broken", "alone", "bach-chorales"]
    assert [o.trouble for o in outcomes] == [
        "", "These notes are too low.", "Something went wrong in Broken; try it alone, or with other music.",
        "Alone invents from nothing and cannot use your music.", ""]  # fmt: skip
    assert [o.result is None for o in outcomes] == [False, True, True, True, False]
    assert outcomes[0].result.messages[-1] == "Said." and "used" in outcomes[0].result.messages[0]
    assert "ZeroDivisionError" in caplog.text and "Flute" not in caplog.text
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert shares[1] == pytest.approx(0.5 / 5)
    with pytest.raises(StyleError, match="no styles"):
        compose_every(EveryStyleRequest(BAND), cards=[])


def test_real_styles_make_the_takes_that_each_makes_alone():
    asked = EveryStyleRequest(load_example("reel"), num_bars=8, random_seed=3)
    cards = [FOLK, CHORALES]
    outcomes = compose_every(asked, cards=cards)
    assert [o.trouble for o in outcomes] == ["", ""]
    for card, outcome in zip(cards, outcomes, strict=True):
        (take,) = outcome.result.takes
        assert take.style_id == card.style_id and take.num_bars == 8
        assert take.piece == compose(request_for(card, asked)[0]).takes[0].piece
        assert sum(map(len, take.given)) >= 16  # the seed is in it


def test_a_job_that_is_stopped_keeps_what_is_done(monkeypatch):
    reached = threading.Event()

    def make(request, *, progress, cancelled):
        if request.style_id == list_styles()[0].style_id:
            return ComposeResult(request, ())
        reached.set()
        for _ in range(2000):
            if cancelled():
                raise CancelledError("Stopped.")
            threading.Event().wait(0.005)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(every_style, "compose", make)
    queue = jobs.ComposeQueue()
    job = EveryStyleJob(EveryStyleRequest(BAND))
    queue.submit(job, "ann", "every style")
    assert reached.wait(10)
    assert not job.finished and 0 < job.progress < 1
    other = queue.start(request_for(FOLK, EveryStyleRequest(BAND))[0], "ann")
    assert not job.cancelled  # composing one style stops no such job
    other.cancel()
    job.cancel()
    assert job.wait(10)
    assert (len(job.outcomes), job.error) == (1, None)
    newer, newest = EveryStyleJob(EveryStyleRequest(BAND)), EveryStyleJob(EveryStyleRequest(BAND))
    queue.submit(newer, "ann", "every style")
    queue.submit(newest, "ann", "every style")
    assert newer.wait(10) and newer.cancelled
    newest.cancel()
    assert newest.wait(10)


# --- the page --------------------------------------------------------------------------------------------------


def pressed(page):
    page.button(key="every-style").click().run()
    for _ in range(100):
        if page.session_state["every_style"].job.finished:
            break
        page.session_state["every_style"].job.wait(0.1)
    page.run()
    assert not page.exception
    return page.session_state["every_style"].job


def test_the_page_shows_all_styles_and_opens_one_as_a_take_like_others(page, composer):
    before = len(result(page).batches)
    job = pressed(page)
    assert [o.style_id for o in job.outcomes] == [card.style_id for card in list_styles()]
    assert all(f"every-style-open-{card.style_id}" in [b.key for b in page.button] for card in list_styles())
    assert len(result(page).batches) == before  # nothing is put among the results unasked
    page.button(key="every-style-open-bach-chorales").click().run()
    batch = result(page).batch
    assert len(result(page).batches) == before + 1
    assert batch.result.request.style_id == "bach-chorales"
    assert batch.made_from == "Bach chorales, go on from your music: Lamplighter's Reel"
    page.button(key="keep").click().run()
    (kept,) = library.list_takes(f"visit-{result(page).owner}")
    recipe, _ = read_recipe_text(library.get_take(f"visit-{result(page).owner}", kept.take_id).recipe)
    assert recipe.request == batch.result.request
    page.button(key="every-style-open-folk").click().run()
    page.button(key="every-style-open-bach-chorales").click().run()
    assert len(result(page).batches) == before + 2  # opened before: gone back to
    assert result(page).batch.number == batch.number
    page.button(key="every-style-close").click().run()
    assert "every_style" not in page.session_state
    assert not page.exception and result(page).batch.number == batch.number


def test_the_page_says_why_a_style_has_none_and_asks_for_the_chosen_length(page, composer):
    page.toggle(key="live").set_value(False).run()
    page.slider(key="bars-folk").set_value(24).run()
    composer.error = "These notes are too low."
    job = pressed(page)
    assert {r.num_bars for r in composer.requests[-len(job.outcomes) :] if r.mode == "continue"} == {24}
    assert captions(page).replace("\\", "").count("These notes are too low.") == len(list_styles())
    assert not [b.key for b in page.button if b.key and b.key.startswith("every-style-open")]


def test_the_page_stops_and_tells_what_is_left(page, composer):
    composer.gate = threading.Event()
    page.button(key="every-style").click().run()
    assert not page.exception
    page.button(key="every-style-stop").click()
    page.session_state["every_style"].job.cancel()
    assert page.session_state["every_style"].job.wait(10)
    composer.gate = None
    page.run()
    count = len(list_styles())
    assert f"Stopped before {count} styles were reached." in captions(page).replace("\\", "")


@pytest.mark.browser
def test_the_little_player_says_what_it_plays_and_shows_what_is_new(open_page):
    page = open_page("about:blank")
    url = "data:text/javascript," + re.sub(r"[%#&]", lambda m: f"%{ord(m[0]):02X}", bundle("seed"))
    told = page.evaluate("""async (url) => {
      const mount = (await import(url)).default;
      const host = document.createElement("div");
      host.innerHTML = '<div class="musegen"></div>';
      document.body.append(host);
      const score = {key: "a", end: 8, notes: [["n0-0", 0, 60, 0, 4, 80, 1], ["n0-1", 0, 67, 4, 4, 80, 0]]};
      const show = (data) => {
        const end = mount({data, parentElement: host});
        const said = host.querySelector("button").getAttribute("aria-label");
        return {said, bars: [...host.querySelectorAll(".roll i")].map((bar) => bar.className), end};
      };
      const seed = show({score});
      const other = show({score: {...score, key: "b"}, owner: "every folk", name: "Folk tunes"});
      const buttons = host.querySelectorAll("button").length;
      other.end();
      return {seed: [seed.said, seed.bars], other: [other.said, other.bars], buttons};
    }""", url)  # fmt: skip
    assert told == {
        "seed": ["Play your music alone", ["", ""]],
        "other": ["Play Folk tunes", ["", "new"]],
        "buttons": 1,
    }


@pytest.mark.browser
def test_in_the_browser_they_are_heard_one_at_a_time_and_opened(open_page, address):
    page = open_page(address, viewport={"width": 1280, "height": 1600})
    page.wait_for_selector(".stage .pages svg g.note")
    settle(page)
    page.locator(".st-key-every-style button:visible").click()
    page.locator(".st-key-every-style-cards .st-key-every-style-card-bach-chorales").wait_for()
    settle(page)
    playing = "() => { const t = window.musegen?.transport; return t && t.playing && !t.loading; }"
    page.get_by_role("button", name="Play Bach chorales").click()
    page.wait_for_function(playing)
    assert page.evaluate("window.musegen.transport.owner") == "every bach-chorales"
    key = page.evaluate("window.musegen.transport.score.key")
    page.get_by_role("button", name="Play Folk tunes").click()
    page.wait_for_function("window.musegen.transport.owner === 'every folk'")
    page.get_by_role("button", name="Play Bach chorales").wait_for()  # no longer "Pause"
    page.get_by_role("button", name="Pause Folk tunes").click()
    colours = page.locator(".st-key-every-style-card-folk .roll i")
    assert page.locator(".st-key-every-style-card-folk .roll i.new").count() in range(1, colours.count())
    page.locator(".st-key-every-style-open-bach-chorales button:visible").click()
    page.wait_for_function("key => window.musegen.transport.owner === 'stage' && "
                           "window.musegen.transport.score.notes.length > 100", arg=key)  # fmt: skip
    settle(page)
    assert page.locator("text=/^Bach chorales, go on from your music/").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


# --- the command -----------------------------------------------------------------------------------------------


def test_the_command_writes_a_take_of_every_style(tmp_path, capsys):
    assert main(["compose", "--style", "all", "--text", "key: G major\nG4 B4 D5 B4", "--bars", "4", "--out",
                 str(tmp_path), "--json"]) == 0  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    made = {style["style"]: style for style in told["styles"]}
    assert list(made) == [card.style_id for card in list_styles()]
    assert "error" not in made["folk"] and made["folk"]["num_bars"] == 4
    for style in told["styles"]:
        if "error" not in style:
            path = style["files"]["mid"]
            assert re.search(style["style"], path)
            assert read(path.split("/")[-1], open(path, "rb").read()).num_notes >= 4  # noqa: SIM115, PTH123
    assert told["timings_ms"]["compose"] > 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "a seed is needed"),
        (["--text", "C4 D4", "--temperature", "1.2"], "leave out --temperature"),
        (["--text", "C4 D4", "--top-p", "0.5"], "leave out --top-p"),
    ],
)
def test_the_command_refuses_what_is_not_for_all(options, words, tmp_path, capsys):
    assert main(["compose", "--style", "all", *options, "--out", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_command_tells_in_lines_and_fails_where_no_style_can(monkeypatch, tmp_path, capsys):
    def refuse(request, **_):
        raise FileFormatError("No.")

    monkeypatch.setattr(every_style, "compose", refuse)
    assert main(["compose", "--style", "all", "--text", "C4 D4", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "Folk tunes: No." in said.err and "No style could use this seed." in said.err
    assert said.out == ""
