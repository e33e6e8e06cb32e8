"""Takes, steering and reasons in Chromium on the real page, with the real styles."""

import re
from pathlib import Path

import pytest

from musegen.files.midi import read_midi
from tests.chromium import settle

pytestmark = [pytest.mark.browser]
PLAYER = "window.musegen.transport"
BARS = 16  # of the takes of the first visit, in 4/4


@pytest.fixture
def page(open_page, address):
    """The Compose page with the takes of the first visit."""
    opened = open_page(address, viewport={"width": 1280, "height": 1600})
    opened.wait_for_selector(".stage .pages svg g.note")
    settle(opened)
    return opened


def key(page):
    return page.evaluate(f"{PLAYER}.score.key")


def does_and_hears(page, action):
    """Do something that makes other music, and wait until the player holds it."""
    before = key(page)
    action()
    page.wait_for_function(f"before => {PLAYER}.score.key !== before", arg=before)
    settle(page)


def row(page, name):
    return page.locator(".st-key-steer").get_by_role("button", name=name, exact=True)


def few(page):
    """Ask for one take of each change, which is enough here."""
    row(page, "How").click()
    page.get_by_test_id("stPopoverBody").get_by_label("Takes", exact=True).get_by_role("slider").press("Home")
    settle(page)
    page.keyboard.press("Escape")
    settle(page)


def drag_bars(page, first, last):
    """Drag over the ruler of the roll."""
    box = page.locator(".stage .roll").bounding_box()
    bars = page.evaluate(f"{PLAYER}.score.end") / 4
    places = [box["x"] + 47 + (box["width"] - 48) * (bar - 0.5) / bars for bar in (first, last)]
    page.mouse.move(places[0], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(places[1], box["y"] + 10, steps=5)
    page.mouse.up()


def downloaded(page):
    """Return (onset, duration, pitch) of the notes of the file."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="MIDI", exact=True).click()
    music = read_midi(Path(waiting.value.path()).read_bytes())
    return sorted((n.onset_quarter, n.duration_quarter, n.pitch) for track in music.tracks for n in track.notes)


def outside(notes, first, last):
    return [n for n in notes if not 4 * (first - 1) <= n[0] < 4 * last]


def within(notes, first, last):
    return [n for n in notes if 4 * (first - 1) <= n[0] < 4 * last]


def head(page, note):
    box = page.locator(f".stage .pages g#{note} .notehead").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_bars_are_redone_and_the_rest_stays_then_varied_and_gone_on_with(page):
    few(page)
    before = downloaded(page)
    row(page, "Redo selection").click()
    page.get_by_text("Nothing is selected; choose the bars or notes to compose again.").wait_for()
    drag_bars(page, 5, 8)
    row(page, "Redo bars 5 to 8").wait_for()
    first = key(page)
    page.locator(".stage").evaluate("e => e.dataset.first = 'yes'")
    does_and_hears(page, row(page, "Redo bars 5 to 8").click)
    assert page.locator(".stage[data-first=yes]").count() == 1  # the player stayed where it is
    redone = downloaded(page)
    assert outside(redone, 5, 8) == outside(before, 5, 8)
    assert within(redone, 5, 8) != within(before, 5, 8)
    # kept and new are told apart, in the roll and in the sheet
    marked = page.evaluate(f"{PLAYER}.score.notes.filter(n => n[6]).map(n => [n[3], n[4], n[2]])")
    assert sorted(map(tuple, marked)) == outside(redone, 5, 8)
    assert page.locator(".stage .legend").inner_text().split() == ["kept", "new"]
    drawn = page.locator(".stage .pages g.note.given").evaluate_all("l => l.map(e => e.id.replace(/-\\d+$/, ''))")
    assert drawn

    # the rhythm kept, in the bars that are still selected
    page.locator(".st-key-steer-keep [role=combobox]").click()
    page.get_by_role("option", name="keep the rhythm").click()
    settle(page)
    does_and_hears(page, row(page, "Redo bars 5 to 8").click)
    same_rhythm = downloaded(page)
    assert [n[:2] for n in same_rhythm] == [n[:2] for n in redone]
    assert outside(same_rhythm, 5, 8) == outside(redone, 5, 8)

    # nothing was lost: back twice, forward twice
    does_and_hears(page, page.get_by_role("button", name="Back", exact=True).click)
    does_and_hears(page, page.get_by_role("button", name="Back", exact=True).click)
    assert key(page) == first
    assert downloaded(page) == before
    does_and_hears(page, page.get_by_role("button", name="Forward", exact=True).click)
    assert downloaded(page) == redone

    # varied within the selection, and gone on with from its first bar
    does_and_hears(page, row(page, "Vary").click)
    assert outside(downloaded(page), 5, 8) == outside(before, 5, 8)
    does_and_hears(page, row(page, "Go on from bar 5").click)
    longer = downloaded(page)
    assert within(longer, 1, 4) == within(before, 1, 4)
    assert page.evaluate(f"{PLAYER}.score.end") == 4 * 12
    page.get_by_role("button", name=re.compile("^5 of 5")).click()
    lines = page.get_by_test_id("stPopoverBody").get_by_role("button").all_inner_texts()
    depths = [len(line) - len(line.lstrip("\u2003")) for line in lines]
    assert depths == [0, 1, 2, 2, 3]
    assert "Bars 5 to 8 of take 1 again" in lines[1] and "keep the rhythm" in lines[2]
    assert "varied by 50 %" in lines[3] and "On from bar 5 of take 1, to 12 bars" in lines[4]


def test_takes_play_on_a_click_and_are_chosen_by_arrows_and_sorted(page):
    cards = page.get_by_role("radiogroup", name="Takes").get_by_role("radio")
    assert cards.count() == 4
    words = cards.nth(0).get_attribute("aria-label")
    assert re.fullmatch(r"Take 1: in key \d+ %, range .+, repeats \d+ %, like yours \d+ %, shared \d+ notes", words)
    first = key(page)
    does_and_hears(page, cards.nth(2).click)
    page.wait_for_function(f"{PLAYER}.playing && {PLAYER}.position > 0.2")
    assert cards.nth(2).get_attribute("aria-checked") == "true"
    third = key(page)
    cards.nth(2).click()  # the take that plays: pause
    page.wait_for_function(f"!{PLAYER}.playing")
    cards.nth(2).focus()
    for name in ("Take 2:", "Take 1:"):
        page.keyboard.press("ArrowLeft")
        settle(page)
        assert page.evaluate("""() => { let e = document.activeElement;
            while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; return e.ariaLabel; }""").startswith(
            name
        )
    assert key(page) == first != third
    assert not page.evaluate(f"{PLAYER}.playing")
    page.locator(".st-key-takes-sort [role=combobox]").click()
    page.get_by_role("option", name="Sorted: most repetition").click()
    settle(page)
    labels = [cards.nth(i).get_attribute("aria-label") for i in range(4)]
    shares = [int(re.search(r"repeats (\d+) %", label)[1]) for label in labels]
    assert shares == sorted(shares, reverse=True)
    assert {label[:7] for label in labels} == {"Take 1:", "Take 2:", "Take 3:", "Take 4:"}
    assert key(page) == first  # sorting chooses nothing


def test_notes_are_chosen_by_clicks_and_by_a_box_and_redone(page):
    few(page)
    before = downloaded(page)
    page.get_by_role("button", name="Choose notes").click()
    for note in ("n0-40", "n0-42"):
        page.mouse.click(*head(page, note))
    row(page, "Redo 2 notes").wait_for()
    assert page.locator(".stage .pages g.note.chosen").evaluate_all("l => l.map(e => e.id)") == ["n0-40", "n0-42"]
    assert not page.evaluate(f"{PLAYER}.playing")
    ids = page.evaluate(f"{PLAYER}.score.notes.map(n => [n[3], n[4], n[2]])")
    chosen = {tuple(ids[40]), tuple(ids[42])}
    does_and_hears(page, row(page, "Redo 2 notes").click)
    after = downloaded(page)
    assert [n for n in before if n not in chosen] == [n for n in after if n in before and n not in chosen]
    row(page, "Redo selection").wait_for()  # the new take is other music, nothing of it is chosen
    box = page.locator(".stage .roll").bounding_box()
    left = box["x"] + 47
    page.mouse.move(left + (box["width"] - 48) * 4 / BARS + 2, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(left + (box["width"] - 48) * 6 / BARS - 4, box["y"] + box["height"] - 4, steps=6)
    page.mouse.up()
    count = page.evaluate(f"{PLAYER}.score.notes.filter(n => n[3] < 23.9 && n[3] + n[4] > 16.1).length")
    row(page, f"Redo {count} notes").wait_for()
    page.mouse.click(left + 3, box["y"] + 30)  # an empty place
    row(page, "Redo selection").wait_for()


def test_why_a_note_and_another_one_instead(page):
    few(page)
    page.get_by_role("button", name="Why these notes").click()
    page.locator(".why-legend").wait_for()
    settle(page)
    before = page.evaluate(f"{PLAYER}.score.notes.map(n => [n[0], n[3], n[4], n[2]])")
    for number in range(36, 60):  # a note for which the style had something else in mind
        page.mouse.click(*head(page, f"n0-{number}"))
        page.wait_for_function("n => true", arg=number)
        if page.locator(".why .others li").count():
            break
    words = page.locator(".why-words").inner_text()
    found = re.fullmatch(r"([A-G][#b]?\d) in bar (\d+), beat [\d.]+, was .+: .+ It could also have been:", words)
    assert found, words
    note = next(n for n in before if n[0] == f"n0-{number}")
    assert int(found[2]) == note[1] // 4 + 1
    assert not page.evaluate(f"{PLAYER}.playing")  # asking about a note is not playing from it
    other = page.locator(".why .others li").first
    name = other.locator("b").inner_text()
    shares = [int(re.search(r"(\d+) %", text)[1]) for text in page.locator(".why .others .hear").all_inner_texts()]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 101
    other.locator(".hear").click()
    does_and_hears(page, other.get_by_role("button", name=f"Take {name} and go on from there").click)
    after = page.evaluate(f"{PLAYER}.score.notes.map(n => [n[0], n[3], n[4], n[2]])")
    assert after[:number] == before[:number]
    swapped = after[number]
    assert swapped[1:3] == note[1:3] and swapped[3] != note[3]
    assert page.get_by_text(f"in bar {found[2]} of take 1, and on from there", exact=False).first.is_visible()
    page.get_by_role("button", name="Why these notes").click()
    page.locator(".why-legend").wait_for(state="hidden")


def test_a_form_returns_its_sections_and_the_temperature_is_drawn(page):
    page.get_by_role("button", name="More").click()
    body = page.get_by_test_id("stPopoverBody")
    body.get_by_label("Takes", exact=True).get_by_role("slider").press("Home")
    settle(page)

    def choose():
        body.locator(".st-key-form [role=combobox]").click()
        page.get_by_role("option", name="A A B A", exact=True).click()

    does_and_hears(page, choose)
    notes = downloaded_after_closing(page)
    sections = [[(n[0] - 16 * i, *n[1:]) for n in within(notes, 4 * i + 1, 4 * i + 4)] for i in range(4)]
    assert sections[0] == sections[1] == sections[3] != sections[2]
    page.get_by_role("button", name="More").click()
    body.get_by_text("Temperature over the piece").click()
    page.locator("svg.curve").wait_for()
    settle(page)
    does_and_hears(page, page.get_by_role("button", name="Rising", exact=True).click)
    page.get_by_text("temperature 0.4 to 1.4", exact=False).first.wait_for(state="attached")
    curve = page.locator("svg.curve").bounding_box()
    point = page.get_by_role("slider", name="Temperature at point 5 of 8")  # where B is
    across = curve["x"] + curve["width"] * (14 + 4 * 292 / 7) / 320

    def draw():
        page.mouse.move(across, curve["y"] + curve["height"] / 2)
        page.mouse.down()
        page.mouse.move(across, curve["y"] + curve["height"] + 40, steps=4)
        page.mouse.up()

    does_and_hears(page, draw)
    assert point.get_attribute("aria-valuenow") == "0.1"
    does_and_hears(page, lambda: [point.press("ArrowUp") for _ in range(30)])
    assert point.get_attribute("aria-valuenow") == "1.6"


def downloaded_after_closing(page):
    page.keyboard.press("Escape")
    settle(page)
    return downloaded(page)


def test_on_a_telephone_everything_is_in_reach(open_page, address):
    page = open_page(address, viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    page.wait_for_selector(".stage .pages svg g.note")
    settle(page)
    card = page.get_by_role("radio", name="Take 2:")
    before = key(page)
    card.tap()
    page.wait_for_function(f"before => {PLAYER}.score.key !== before && {PLAYER}.playing", arg=before)
    settle(page)
    page.keyboard.press("Space")
    page.get_by_role("button", name="Why these notes").tap()
    page.locator(".why-legend").wait_for()
    page.get_by_role("button", name="Choose notes").tap()
    settle(page)
    page.locator(".stage .pages g#n0-2 .notehead").first.scroll_into_view_if_needed()
    page.touchscreen.tap(*head(page, "n0-2"))
    redo = row(page, "Redo 1 note")
    redo.wait_for()
    redo.scroll_into_view_if_needed()
    small = page.evaluate("""() => {
        const all = (root) => [...root.querySelectorAll('*')];
        const deep = (root) => all(root).flatMap(e => e.shadowRoot ? [e, ...deep(e.shadowRoot)] : [e]);
        return deep(document.querySelector('.st-key-stage')).filter(e => e.tagName === 'BUTTON' && e.offsetParent
            && e.checkVisibility() && e.getBoundingClientRect().height < 43.5 && !e.closest('[data-baseweb=tooltip]')
            && e.innerText.trim()).map(e => e.innerText);
    }""")
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
