"""The stage in Chromium: on an empty page with the real modules, and on the real page with real takes."""

import json
import re
from pathlib import Path

import pytest

from musegen.files.midi import read_midi
from musegen.rendering.engraving import Sheet, engrave
from musegen.services.showing.stage import score_data
from tests.builders import piece, track
from tests.chromium import settle

pytestmark = [pytest.mark.browser]

TUNE = piece(
    track([(60 + (i * 5) % 12, i, 1) for i in range(23)] + [(67, 23, 3)], 73, name="Flute"),
    track([(48, i * 4, 4) for i in range(6)], 42, name="Cello"),
    qpm=120, key="C major",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ what sounds when


@pytest.fixture
def index(blank):
    """A function that asks the index of a score in the page: index("moment(2)", score)."""
    page = blank("score_index")

    def ask(expression, score):
        return page.evaluate(
            f"score => {{ const index = new score_index.ScoreIndex(score); return {expression}; }}", score
        )

    return ask


def test_what_sounds_bars_and_steps_by_hand(index):
    music = piece([(60, 0, 1), (64, 0, 2), (62, 1, 1), (65, 3, 3)], pickup=1.0, meter="3/4", qpm=60)
    score = score_data(music)
    assert score["bars"] == [[0, 0], [1, 1], [4, 2]]
    lit = "[-1, 0, 0.99, 1, 1.5, 2, 3, 5.9, 6].map(q => [...index.sounding(index.moment(q))].sort())"
    assert index(lit, score) == [
        [], ["n0-0", "n0-1"], ["n0-0", "n0-1"], ["n0-1", "n0-2"], ["n0-1", "n0-2"], [], ["n0-3"], ["n0-3"], [],
    ]  # fmt: skip
    assert index("[0, 0.5, 1, 3.99, 4].map(q => index.number(q))", score) == [0, 0, 1, 1, 2]
    assert index("[index.bars(0.5, 0.7), index.bars(4.5, 1.2)]", score) == [{"from": 0, "to": 1}, {"from": 1, "to": 7}]
    steps = "[[0, 1], [0.3, 1], [3, 1], [6, 1], [1, -1], [1.5, -1], [0, -1]]"
    assert index(f"{steps}.map(([q, w]) => index.step(q, w, 'beat', t => t))", score) == [1, 1, 4, 7, 0, 1, 0]
    assert index(f"{steps}.map(([q, w]) => index.step(q, w, 'bar', t => t))", score) == [1, 1, 4, 7, 0, 1, 0]
    assert index("[0, 1, 2, 9].map(n => index.ofNumber(n))", score) == [0, 1, 4, 4]


def test_beats_of_a_fast_jig_are_its_dotted_quarters(index):
    score = score_data(piece([(60, i / 2, 0.5) for i in range(12)], meter="6/8"))
    walk = (
        "{ const out = []; let q = 0; while (q < 6) { q = index.step(q, 1, 'beat', PACE); out.push(q); } return out; }"
    )
    fast = "(() => " + walk.replace("PACE", "t => t / 3") + ")()"
    slow = "(() => " + walk.replace("PACE", "t => t") + ")()"
    assert index(fast, score) == [1.5, 3, 4.5, 6]
    assert index(slow, score) == [0.5 * i for i in range(1, 13)]


def test_the_metronome_counts_dotted_quarters_unless_they_are_slow(index):
    def counted(meter, pace):
        score = score_data(piece([(60, i / 2, 0.5) for i in range(12)], meter=meter))
        beats = index(f"score_index.pulses(score.beats, quarter => quarter * {pace})", score)
        return [quarter for quarter, _ in beats]

    assert counted("6/8", 0.5) == [0, 1.5, 3, 4.5]  # quarters of half a second: eighths would tick four times in it
    assert counted("9/8", 0.5)[:4] == [0, 1.5, 3, 4.5]
    assert counted("6/8", 1.0) == [i / 2 for i in range(12)]
    assert counted("3/4", 0.5) == list(range(6))
    assert counted("4/4", 0.2)[:4] == [0, 2, 4, 6]
    assert counted("7/8", 0.6)[:7] == [i / 2 for i in range(7)]


# ------------------------------------------------------------------------------------------------------- the sheet


@pytest.fixture
def sheet(blank):
    """A page with a sheet of TUNE on `window.view`, 700 pixels wide, whose listener writes into `window.told`."""
    page = blank("sheet_view")
    page.add_style_tag(content=".sheet { width: 700px; height: 300px; overflow: auto; position: relative }"
                       ".paper { position: relative } svg { display: block; width: 100%; height: auto }"
                       ".cursor { position: absolute; left: 0; top: 0; width: 2px; background: red }"
                       ".marks, .range { position: absolute; top: 0; left: 0 }")  # fmt: skip
    pages = engrave(TUNE, sheet=Sheet(width=700)).pages
    page.evaluate(
        """([pages, score]) => {
        const host = document.body.appendChild(document.createElement("div"));
        host.className = "sheet";
        window.told = [];
        window.view = new sheet_view.SheetView(host, {
          note: (id) => told.push(["note", id]),
          place: (quarter, event) => told.push(["place", quarter, event.shiftKey]),
          range: (range, done) => told.push(["range", range.from, range.to, done]),
        });
        view.setPages(pages, "Sheet");
        view.setScore(score);
        view.place();
    }""",
        [list(pages), score_data(TUNE)],
    )
    page.wait_for_function("view.systems.length && view.systems[0].width > 0")
    return page


def box_of(page, note):
    return page.locator(f"#{note} .notehead").first.evaluate(
        "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }"
    )


def test_the_cursor_of_the_sheet_stands_on_the_note_that_sounds(sheet):
    assert sheet.evaluate("view.systems.length") >= 2
    assert sheet.evaluate("view.bars.length") == len(score_data(TUNE)["bars"])
    for number in (0, 3, 7, 12, 22):
        sheet.evaluate("q => view.setCursor(q)", number)
        left, top, right, bottom = box_of(sheet, f"n0-{number}")
        line = sheet.locator(".cursor").evaluate(
            "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.bottom]; }"
        )
        assert left - 2 <= line[0] <= right + 2, number
        assert line[1] < top and line[2] > bottom
    places = [sheet.evaluate("q => { const s = view.spot(q); return [view.systems.indexOf(s.system), s.x]; }", q / 4)
              for q in range(96)]  # fmt: skip
    assert places == sorted(places)  # it never runs backwards within a system
    sheet.evaluate("view.setCursor(null)")
    assert sheet.locator(".cursor").is_hidden()


def test_lit_notes_of_the_sheet_and_their_tied_parts(sheet):
    parts = sheet.locator("g.note[id^='n0-23']")
    assert parts.count() == 2  # a dotted half over the bar line
    sheet.evaluate("view.setLit(new Set(['n0-23', 'n1-5']))")
    assert sorted(sheet.locator("g.note.lit").evaluate_all("l => l.map(e => e.id)")) == ["n0-23", "n0-23-1", *(
        sorted(sheet.locator("g.note[id^='n1-5']").evaluate_all("l => l.map(e => e.id)")))]  # fmt: skip
    sheet.evaluate("view.setLit(new Set(['n0-1']))")
    assert sheet.locator("g.note.lit").evaluate_all("l => l.map(e => e.id)") == ["n0-1"]


def test_the_sheet_turns_to_the_cursor_unless_a_hand_scrolls(sheet):
    scrolled = "document.querySelector('.sheet').scrollTop"
    sheet.evaluate("document.querySelector('.sheet').style.height = '150px'")
    sheet.evaluate("view.setCursor(22, true)")
    sheet.wait_for_function(f"{scrolled} > 50")
    down = sheet.evaluate(scrolled)
    sheet.wait_for_timeout(900)
    sheet.locator(".sheet").hover()
    sheet.mouse.wheel(0, -1000)
    sheet.wait_for_function(f"{scrolled} < {down} - 20")
    here = sheet.evaluate(scrolled)
    for quarter in (22.1, 22.2, 22.3):
        sheet.evaluate("q => view.setCursor(q, true)", quarter)
    sheet.wait_for_timeout(300)
    assert sheet.evaluate(scrolled) <= here


def test_what_the_sheet_says_of_clicks_and_drags(sheet):
    left, top, right, bottom = box_of(sheet, "n0-5")
    sheet.mouse.click((left + right) / 2, (top + bottom) / 2)
    assert sheet.evaluate("told") == [["note", "n0-5"]]
    first, last = box_of(sheet, "n0-1"), box_of(sheet, "n0-6")
    sheet.evaluate("told.length = 0")
    sheet.mouse.move(first[0], first[1])
    sheet.mouse.down()
    sheet.mouse.move(last[0], last[1], steps=4)
    sheet.mouse.up()
    told = sheet.evaluate("told")
    assert told[-1] == ["range", 0, 8, True]
    assert all(one[0] == "range" for one in told)
    sheet.evaluate("told.length = 0")
    sheet.keyboard.down("Shift")
    sheet.mouse.click((left + right) / 2, (top + bottom) / 2)
    sheet.keyboard.up("Shift")
    assert sheet.evaluate("told") == [["place", 5, True]]
    sheet.evaluate("view.setRange({from: 4, to: 8})")
    assert sheet.locator(".range").count() == 1


# ------------------------------------------------------------------------------------------------------ the real page


PLAYER = "window.musegen.transport"


@pytest.fixture
def page(open_page, address):
    """The Compose page with the takes of the first visit."""
    opened = open_page(address)
    opened.wait_for_selector(".pages svg g.note")
    settle(opened)
    opened.locator(".stage").evaluate("e => e.scrollIntoView()")
    return opened


def state(page):
    return page.evaluate(f"({{playing: {PLAYER}.playing && !{PLAYER}.loading, at: {PLAYER}.position,"
                         f" key: {PLAYER}.score.key, end: {PLAYER}.score.end, loop: {PLAYER}.loop}})")  # fmt: skip


def wait_playing(page, after=0.0):
    page.wait_for_function(f"after => {PLAYER}.playing && !{PLAYER}.loading && {PLAYER}.position > after", arg=after)


def press_play(page):
    page.locator(".stage").get_by_role("button", name="Play", exact=True).click()
    wait_playing(page)


def head(page, note):
    """Where the head of a note of the sheet is on the screen."""
    box = page.locator(f".pages g#{note} .notehead").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# All that is checked of one moment is read in one go, just after the page has drawn it, since time goes on.
MOMENT = """async () => {
  await new Promise(requestAnimationFrame);
  const player = window.musegen.transport;
  const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.stage')).shadowRoot;
  const cursor = root.querySelector('.stage .cursor');
  const lit = [...root.querySelectorAll('.pages g.note.lit')].map(e => e.id.split('-').slice(0, 2).join('-'));
  return {
    at: player.position, playing: player.playing, hidden: cursor.hidden, where: cursor.style.transform,
    lit: [...new Set(lit)].sort(), time: root.querySelector('.time').textContent,
    bar: root.querySelector('.bar-number').textContent, seek: Number(root.querySelector('.seek').value),
    notes: player.score.notes,
  };
}"""


def sounding(notes, quarter):
    return sorted(n[0] for n in notes if n[3] <= quarter < n[3] + n[4])


def test_play_moves_cursor_and_lights_through_roll_and_sheet(page):
    assert page.evaluate(MOMENT)["hidden"]
    press_play(page)
    page.wait_for_function(f"{PLAYER}.position > 1")
    moments = []
    for _ in range(12):
        page.wait_for_timeout(120)
        moments.append(page.evaluate(MOMENT))
    places = [m["where"] for m in moments]
    assert len(set(places)) >= 10
    assert [m["at"] for m in moments] == sorted(m["at"] for m in moments)
    # between the drawing and the reading of the clock the music goes on by a few milliseconds
    right = [m["lit"] in (sounding(m["notes"], m["at"]), sounding(m["notes"], m["at"] - 0.06)) for m in moments]
    assert all(right), [(m["at"], m["lit"]) for m in moments]
    assert re.fullmatch(r"0:\d\d / 0:\d\d", moments[-1]["time"])
    assert abs(moments[-1]["seek"] - moments[-1]["at"]) < 1
    page.keyboard.press("Space")  # the play button was clicked, and space still means play and pause
    page.wait_for_function(f"!{PLAYER}.playing")
    stopped = state(page)["at"]
    page.wait_for_timeout(200)
    assert state(page)["at"] == stopped
    assert page.locator(".pages g.note.lit").count() == 0
    assert page.locator(".stage .cursor").is_visible()


def test_a_click_on_a_note_plays_from_there(page):
    notes = {n[0]: n for n in page.evaluate(f"{PLAYER}.score.notes")}
    page.mouse.click(*head(page, "n0-9"))
    wait_playing(page, notes["n0-9"][3] - 0.01)
    assert notes["n0-9"][3] <= state(page)["at"] < notes["n0-9"][3] + 6
    page.locator(".stage").get_by_role("button", name="Pause", exact=True).click()

    page.evaluate("""() => {
        const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.stage')).shadowRoot;
        window.rollBox = () => root.querySelector('.roll').getBoundingClientRect();
    }""")
    box = page.evaluate("({x: rollBox().x, y: rollBox().y, w: rollBox().width, h: rollBox().height})")
    # the roll shows the whole take: find a note by looking for the cursor that pointing at a note brings
    wanted = notes["n0-20"]
    score = page.evaluate(f"({{end: {PLAYER}.score.end}})")
    pitches = [n[2] for n in notes.values()]
    x = box["x"] + 46 + (box["w"] - 48) * (wanted[3] + wanted[4] / 2) / score["end"]
    rows = max(max(pitches) - min(pitches) + 1 + 4, 12)
    row = min(max((box["h"] - 2 - 26) / rows, 4), 18)
    middle = box["y"] + 1 + 26 + (box["h"] - 28) / 2
    y = middle + ((max(pitches) + min(pitches)) / 2 - wanted[2]) * row
    page.mouse.click(x, y)
    wait_playing(page, wanted[3] - 0.01)
    assert wanted[3] <= state(page)["at"] < wanted[3] + 6


def test_loop_of_a_selection_mute_and_tempo(page):
    first, last = head(page, "n0-1"), head(page, "n0-10")
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last, steps=5)
    page.mouse.up()
    page.wait_for_function(f"{PLAYER}.loop !== null")
    loop = state(page)["loop"]
    bars = [b[0] for b in page.evaluate(f"{PLAYER}.score.bars")]
    assert loop["from"] == 0 and loop["to"] in bars
    settle(page)  # Python was told, and nothing was lost by the run that follows
    assert state(page)["loop"] == loop
    page.get_by_label("Tempo", exact=True).locator("input").fill("2")
    assert page.evaluate(f"{PLAYER}.rate") == 2
    qpm = page.evaluate(f"{PLAYER}.score.tempos[0][1]")
    assert page.locator(".tempo-value").inner_text() == f"♩ = {round(2 * qpm)}"
    press_play(page)
    seen = []
    for _ in range(40):
        page.wait_for_timeout(60)
        seen.append(state(page)["at"])
    assert max(seen) <= loop["to"] + 0.05
    assert any(b < a for a, b in zip(seen, seen[1:], strict=False))  # it went back
    page.get_by_role("button", name="Mixer").click()
    page.get_by_role("button", name=re.compile("^Mute ")).first.click()
    assert page.evaluate(f"{PLAYER}.mix(0).muted") is True
    page.get_by_role("button", name="No loop").click()
    page.wait_for_function(f"{PLAYER}.loop === null")
    page.wait_for_function(f"to => {PLAYER}.position > to", arg=loop["to"])
    assert page.evaluate(f"{PLAYER}.mix(0).muted") is True


def test_an_instrument_of_the_mixer_is_heard_and_written(page):
    page.get_by_label("Tempo", exact=True).locator("input").fill("0.25")
    press_play(page)
    before = state(page)
    page.get_by_role("button", name="Mixer").click()
    page.get_by_label(re.compile("^Instrument of")).first.select_option("73")
    assert page.evaluate(f"{PLAYER}.mix(0).program") == 73
    page.wait_for_function(f"{PLAYER}.score.tracks[0].program === 73")
    settle(page)
    after = state(page)
    assert after["playing"] and after["key"] == before["key"] and after["at"] > before["at"]
    with page.expect_download() as waiting:
        page.get_by_role("link", name="MIDI", exact=True).click()
    assert read_midi(Path(waiting.value.path()).read_bytes()).tracks[0].program == 73


def test_keys_seek_and_leave_typing_alone(page):
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    beats = [b[0] for b in page.evaluate(f"{PLAYER}.score.beats")]
    bars = [b[0] for b in page.evaluate(f"{PLAYER}.score.bars")]
    assert state(page)["at"] in (beats[2], beats[4])
    page.keyboard.press("Shift+ArrowRight")
    assert state(page)["at"] == bars[1]
    page.keyboard.press("ArrowLeft")
    assert bars[0] < state(page)["at"] < bars[1]
    page.get_by_role("button", name="To the beginning").click()
    assert state(page)["at"] == 0
    # a button reached by Tab is pressed by space, one that was clicked is not
    page.get_by_role("button", name="To the beginning").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert not page.evaluate(f"{PLAYER}.playing")
    page.get_by_role("radio", name="Take 2:").click()
    wait_playing(page)
    settle(page)
    page.keyboard.press("Space")  # the take that was clicked on is paused, and not pressed again
    page.wait_for_function(f"!{PLAYER}.playing")
    page.keyboard.press("Space")
    wait_playing(page)
    page.keyboard.press("Space")
    page.locator("[data-testid=stButtonGroup]").get_by_text("Type", exact=True).click()
    text = page.locator("[data-testid=stTextArea] textarea").first
    text.click()
    text.press("Space")
    assert not page.evaluate(f"{PLAYER}.playing")
    assert " " in text.input_value()


def test_another_take_while_it_plays_goes_on_with_it_and_one_when_stopped_waits(page):
    press_play(page)
    before = state(page)
    page.locator(".stage").evaluate("e => e.dataset.first = 'yes'")
    page.get_by_role("slider", name="emperature").first.press("ArrowRight")
    page.wait_for_function(f"key => {PLAYER}.score.key !== key", arg=before["key"])
    page.wait_for_function(f"at => {PLAYER}.position > at", arg=before["at"])
    assert state(page)["playing"]
    settle(page)
    wait_playing(page, before["at"])
    page.wait_for_timeout(200)
    assert page.locator(".stage[data-first=yes]").count() == 1  # Streamlit kept the stage, mixer and zoom with it
    moment = page.evaluate(MOMENT)
    shown = set(page.locator(".pages g.note").evaluate_all("l => l.map(e => e.id.split('-').slice(0, 2).join('-'))"))
    assert shown == {n[0] for n in moment["notes"]}  # the sheet is that of what is heard
    page.keyboard.press("Space")
    page.wait_for_function(f"!{PLAYER}.playing")
    page.get_by_role("radio", name="Take 1:").focus()
    stopped = state(page)["key"]
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"key => {PLAYER}.score.key !== key", arg=stopped)
    settle(page)
    assert not page.evaluate(f"{PLAYER}.playing")
    page.get_by_role("link", name="Styles").click()
    page.get_by_role("heading", name="Bach chorales").wait_for()
    assert not page.evaluate(f"{PLAYER}.playing")


def test_everything_has_a_name_a_size_and_a_list(page):
    unnamed = page.evaluate("""() => {
        const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.stage')).shadowRoot;
        const shown = [...root.querySelectorAll('button, input, select')].filter(e => e.offsetParent);
        const bad = shown.filter(e => !(e.getAttribute('aria-label') || e.innerText.trim()));
        const small = shown.filter(e => e.getBoundingClientRect().height < 43.5);
        return [...bad, ...small].map(e => e.outerHTML.slice(0, 90));
    }""")
    assert unnamed == []
    words = page.locator(".spoken li").all_inner_texts()
    notes = json.loads(json.dumps(page.evaluate(f"{PLAYER}.score.notes")))
    said = [each for line in words for each in line.split(":", 1)[1].split(",") if "rest" not in each]
    assert len(said) == len(notes)
    assert words[0].startswith("Bar ")


NO_SOUNDS = """
const before = window.fetch;
window.fetch = (address, ...rest) =>
  String(address).includes("musegen/sound/") ? Promise.reject(new Error("no sounds")) : before(address, ...rest);
"""


def test_without_sounds_the_recording_plays_and_a_sentence_says_so(open_page, address):
    page = open_page(address, script=NO_SOUNDS)
    page.wait_for_selector(".pages svg g.note")
    settle(page)
    press_play(page)
    assert page.evaluate(f"{PLAYER}.recorded")
    said = page.locator(".stage .said")
    said.wait_for()
    assert "a recording plays instead" in said.inner_text()
    page.wait_for_function(f"{PLAYER}.position > 1")
    moment = page.evaluate(MOMENT)
    assert not moment["hidden"] and moment["lit"]
    page.keyboard.press("Space")
    page.wait_for_function(f"!{PLAYER}.playing")


def test_numbers_leave_the_full_screen_and_another_take_begins_at_its_top(page):
    stage = page.locator(".stage")
    stage.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement")
    stage.get_by_role("radio", name="Numbers").click()
    page.wait_for_function("!document.fullscreenElement")
    stage.get_by_role("radio", name="Both").click()
    sheet = page.locator(".stage .sheet")
    page.wait_for_function("""() => { const root = [...document.querySelectorAll('*')]
      .find(e => e.shadowRoot?.querySelector('.stage')).shadowRoot, sheet = root.querySelector('.sheet');
      sheet.scrollTop = 60; return sheet.scrollTop > 0; }""")
    before = state(page)["key"]
    page.get_by_role("slider", name="emperature").first.press("ArrowRight")
    page.wait_for_function(f"key => {PLAYER}.score.key !== key", arg=before)
    settle(page)
    assert sheet.evaluate("e => e.scrollTop") == 0
    # a telephone's browser that keeps the page in its window
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("delete Element.prototype.requestFullscreen")
    stage.get_by_role("button", name="Full screen").click()
    page.locator(".stage.whole").wait_for()
    boxes = [stage.locator(part).bounding_box() for part in (".sheet", ".roll")]
    assert sum(box["height"] for box in boxes) > 0.75 * 844
    page.keyboard.press("Escape")
    assert page.locator(".stage.whole").count() == 0
