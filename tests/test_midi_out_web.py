"""Playing to a synthesiser: the real page with a mocked MIDI port; the tempo by keys."""

import urllib.request

import pytest

from tests.chromium import settle

pytestmark = pytest.mark.browser

MOCK = """
window.sent = [];
const port = { id: "synth", name: "Little Synth", type: "output", state: "connected",
  send: (bytes, time) => {
    if (port.state === "disconnected") throw new DOMException("gone", "InvalidStateError");
    window.sent.push([time ?? performance.now(), ...bytes]);
  } };
const access = { inputs: new Map(), outputs: new Map([[port.id, port]]), onstatechange: null };
Object.defineProperty(navigator, "requestMIDIAccess", { value: async () => access });
window.unplug = () => { port.state = "disconnected"; access.outputs.delete(port.id); access.onstatechange({ port }); };
window.hanging = () => {
  const held = new Set();
  for (const [, status, pitch] of window.sent.map((row, i) => [row, i]).sort((a, b) => a[0][0] - b[0][0] || a[1] - b[1])
    .map(([row]) => row)) {
    if ((status & 0xf0) === 0x90) held.add(`${status & 15} ${pitch}`);
    if ((status & 0xf0) === 0x80) held.delete(`${status & 15} ${pitch}`);
  }
  return [...held];
};
"""
NOTES = "window.sent.filter(([, status]) => (status & 0xf0) === 0x90)"


@pytest.fixture
def page(open_page, address):
    page = open_page(address, script=MOCK)
    settle(page)
    page.get_by_role("button", name="Mixer").click()
    page.get_by_role("button", name="Play to a synthesiser or DAW").click()
    page.get_by_label("MIDI port").select_option("Little Synth")
    page.locator(".midi-said", has_text="Playing to Little Synth").wait_for()
    return page


def test_the_take_is_played_to_the_port_and_nothing_hangs_when_it_is_paused(page):
    page.get_by_label("Clock").check()
    page.locator(".stage button.play").click()
    page.wait_for_function(f"{NOTES}.length >= 4")
    first = page.evaluate("window.musegen.transport.score.notes[0][2]")
    assert page.evaluate(f"{NOTES}[0][2]") == first
    assert page.evaluate("window.musegen.transport.silent")  # and the metronome still ticks
    page.locator(".stage button.play").click()
    page.wait_for_function("window.sent.at(-1)[1] === 0xfc")
    assert page.evaluate("window.hanging()") == []
    assert page.evaluate("window.sent.filter(([, status]) => status === 0xf8).length") > 10
    assert 0xFA in page.evaluate("window.sent.map((row) => row[1])")
    page.get_by_label("MIDI port").select_option("This page sounds")
    assert not page.evaluate("window.musegen.transport.silent")


def test_the_seed_goes_to_the_port_too(page):
    page.get_by_role("button", name="Play your music alone").click()
    page.wait_for_function(f"{NOTES}.length >= 2")
    page.get_by_role("button", name="Pause your music").click()
    page.wait_for_function("!window.musegen.transport.playing")
    assert page.evaluate("window.hanging()") == []


def test_a_port_that_disappears_while_it_plays_is_said_and_the_page_plays_on(page):
    page.locator(".stage button.play").click()
    page.wait_for_function(f"{NOTES}.length >= 2")
    page.evaluate("window.unplug()")
    page.locator(".midi-said", has_text="No synthesiser is connected").or_(
        page.locator(".midi-said", has_text="Little Synth is not there any more; this page sounds itself again.")
    ).wait_for()
    assert "Little Synth is not there any more" in page.locator(".midi-said").inner_text()
    assert not page.evaluate("window.musegen.transport.silent")
    assert page.evaluate("window.musegen.transport.playing")
    page.locator(".stage button.play").click()


def test_arrow_keys_move_the_tempo_by_one_and_cards_keep_their_words_inside(open_page, address):
    page = open_page(address, viewport={"width": 1920, "height": 1080})
    settle(page)
    shown = page.locator(".stage .tempo-value")
    before = int(shown.inner_text().split("=")[1])
    page.get_by_role("slider", name="Tempo").focus()
    for key, wanted in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("Shift+ArrowLeft", -9)):
        page.keyboard.press(key)
        assert int(shown.inner_text().split("=")[1]) == before + wanted
    outside = page.locator(".card").evaluate_all(
        """cards => cards.filter(card => [...card.querySelectorAll("b, .label")].some(
            word => word.getBoundingClientRect().right > card.getBoundingClientRect().right)).length"""
    )
    assert outside == 0
    assert page.locator(".card").count() == 4


def test_each_round_of_a_loop_is_faster_up_to_the_goal(open_page, address):
    page = open_page(address)
    settle(page)
    page.get_by_role("button", name="Loop", exact=True).click()
    page.get_by_label("Last bar of the loop").fill("1")
    page.get_by_label("Last bar of the loop").press("Enter")
    page.get_by_label("each round faster, up to").check()
    page.get_by_label("Goal in per cent").fill("110")
    page.get_by_label("Goal in per cent").press("Enter")
    page.locator(".stage button.play").click()
    page.wait_for_function("Math.abs(window.musegen.transport.rate - 1.1) < 1e-6")
    page.locator(".stage button.play").click()


def test_a_take_is_dragged_out_of_its_card_as_a_file(open_page, address):
    page = open_page(address)
    settle(page)
    told = page.locator(".card").nth(1).evaluate(
        """card => [false, true].map(altKey => {
            const dataTransfer = new DataTransfer();
            card.dispatchEvent(new DragEvent("dragstart", { dataTransfer, altKey, bubbles: true }));
            return dataTransfer.getData("DownloadURL"); })"""
    )  # fmt: skip
    kinds = []
    for text in told:
        kind, name, url = text.split(":", 2)
        with urllib.request.urlopen(url) as answer:
            kinds.append((kind, name.rpartition(".")[2], answer.read(4)))
    assert kinds == [("audio/midi", "mid", b"MThd"), ("audio/wav", "wav", b"RIFF")]
    assert page.locator(".card[aria-checked=true]").get_attribute("data-take") == "0"  # a drag chooses nothing
