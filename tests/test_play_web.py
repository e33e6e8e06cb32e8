"""Playing a seed in Chromium: letters, fingers and a mocked MIDI keyboard, recorded and on the page as a seed."""

import json

import pytest

from musegen.rendering.web_modules import web_file
from tests.chromium import as_script, settle

pytestmark = [pytest.mark.browser]

SILENT = """() => {
  const log = [];
  window.log = log;
  window.musegen = { sound: {
    unlocked: false, now: () => performance.now() / 1000,
    resume: () => Promise.resolve(), load: () => Promise.resolve(),
    press(program, drum, pitch, velocity) { log.push(["press", pitch, velocity]); return { pitch }; },
    release(handle) { log.push(["release", handle.pitch]); },
  } };
}"""
MOUNT = """data => {
  localStorage.clear();
  document.body.innerHTML = '<input class="field"><div style="width:900px"><div class="musegen"></div></div>';
  window.sent = [];
  const root = document.querySelector(".musegen");
  window.panel = new window.play.PlayPanel(root, (name, value) => window.sent.push([name, value]));
  window.panel.update(data);
}"""
MIDI = """
window.midi = {inputs: new Map(), onstatechange: null, asked: 0};
window.plug = name => {
  midi.inputs.set(name, {id: name, name, state: "connected", onmidimessage: null}); midi.onstatechange?.({}); };
window.unplug = name => { midi.inputs.delete(name); midi.onstatechange?.({}); };
window.midiSends = (name, bytes, stamp) =>
  midi.inputs.get(name).onmidimessage({data: new Uint8Array(bytes), timeStamp: stamp ?? performance.now()});
Object.defineProperty(navigator, "requestMIDIAccess", {configurable: true, value: async () => {
  midi.asked += 1;
  if (window.refuse) throw new DOMException("no", window.refuse);
  return midi;
}});
"""
DATA = {"programs": [[0, "Piano"], [19, "Church organ"]], "base": None, "known": []}


@pytest.fixture
def panel(open_page, address):
    """The component on a page of the app's own address, without Streamlit and without sound."""
    page = open_page(f"{address}/_stcore/health")  # an address, so that the browser keeps things
    page.evaluate(SILENT)
    css = web_file("play", "css").read_text()
    page.evaluate("code => new Function(code)()", as_script("play"))
    page.add_style_tag(content=css)
    page.evaluate(MIDI)
    page.evaluate(MOUNT, DATA)
    return page


def log(page):
    return page.evaluate("window.log.splice(0)")


def said(page):
    return page.locator(".said").inner_text()


def recordings(page):
    return [value for name, value in page.evaluate("window.sent") if name == "recording"]


def state(page, wanted):
    page.wait_for_function("wanted => document.querySelector('.play').dataset.state === wanted", arg=wanted)


def choose(page, name, value):
    page.locator(f".play select[name={name}]").select_option(value)


# ------------------------------------------------------------------------------------------------- pure logic


def test_clock_take_beats_and_midi_messages(blank):
    page = blank("played_take")
    found = page.evaluate("""() => {
      const { HeardClock, Take, Beats, meaning, stampOf } = window.played_take;
      const clock = new HeardClock();
      for (const late of [0, 0.004, -0.003, 0.2, 0.001]) clock.add(5 + late, 1000);
      const take = new Take();
      take.press("a", 60, 80, -0.25);
      take.press("b", 64, 300, 0.5);
      take.release("a", 0.25);
      take.pedal(true, 0.3);
      take.release("b", 0.75);
      take.press("c", 64, 90, 1);      // struck again under the pedal
      take.release("c", 1.5);
      take.press("d", 67, 0.2, 1.6);
      take.pedal(false, 1.75);
      const rows = take.close(2);
      const full = new Take();
      for (let i = 0; i < 5100; i += 1) full.press(i, i % 100, 80, i);
      const beats = new Beats(120, [6, 8]);
      return { at: clock.at(2000), rows, full: full.rows.length, places: [-3, -1, 0, 1, 3].map((i) => beats.place(i)),
        bar: beats.barSeconds, index: [beats.index(-0.1), beats.index(0), beats.index(0.5)],
        meanings: [[0x93, 60, 70], [0x90, 60, 0], [0x81, 60, 64], [0xb0, 64, 127], [0xb0, 64, 0], [0xb0, 123, 0],
                   [0xb0, 7, 100], [0xf8]].map((bytes) => meaning(bytes)),
        stamps: [stampOf({ timeStamp: 1e12 }) <= performance.now(), stampOf({ timeStamp: 0 }) > 0,
                 stampOf({ timeStamp: performance.now() - 40 }) <= performance.now() - 40] };
    }""")
    assert found["at"] == pytest.approx(6.001)
    assert found["rows"] == [[-0.25, 0.25, 60, 80, 0.25], [0.5, 0.75, 64, 127, 1], [1, 1.5, 64, 90, 1.75],
                             [1.6, 2, 67, 1, 2]]  # fmt: skip
    assert found["full"] == 5000
    assert (found["places"], found["bar"], found["index"]) == ([1, 1, 0, 1, 1], 1.0, [-1, 0, 1])
    assert found["meanings"] == [
        {"type": "down", "pitch": 60, "velocity": 70}, {"type": "up", "pitch": 60}, {"type": "up", "pitch": 60},
        {"type": "pedal", "down": True}, {"type": "pedal", "down": False}, {"type": "silence"}, None, None,
    ]  # fmt: skip
    assert found["stamps"] == [True, True, True]


# ---------------------------------------------------------------------------------------------- keys and fingers


def test_letters_play_by_place_and_never_while_typing(panel):
    page = panel
    page.keyboard.down("a")
    page.keyboard.down("w")
    assert page.locator(".key.down").count() == 2
    page.keyboard.up("a")
    page.keyboard.up("w")
    page.keyboard.press("x")  # an octave higher
    page.keyboard.press("a")
    page.keyboard.press("z")
    velocity = 84
    assert log(page) == [["press", 60, velocity], ["press", 61, velocity], ["release", 60], ["release", 61],
                         ["press", 72, velocity], ["release", 72]]  # fmt: skip
    page.locator(".field").click()
    page.keyboard.type("was")
    assert log(page) == []
    assert page.locator(".field").input_value() == "was"
    page.locator(".keys").focus()
    # the same key of a French keyboard prints another letter, which then stands on the key
    page.evaluate("""() => { for (const type of ["keydown", "keyup"]) document.body.dispatchEvent(
        new KeyboardEvent(type, {code: "KeyA", key: "q", bubbles: true, composed: true})); }""")
    assert log(page) == [["press", 60, velocity], ["release", 60]]
    assert page.locator(".key[data-pitch='60'] .letter").inner_text() == "Q"
    page.keyboard.down("s")
    page.keyboard.press("x")  # held over a change of octave, it lets go what it pressed
    page.keyboard.up("s")
    page.keyboard.down("d")
    page.evaluate("window.dispatchEvent(new Event('blur'))")  # the key comes up elsewhere
    assert log(page) == [["press", 62, velocity], ["release", 62], ["press", 76, velocity], ["release", 76]]
    page.keyboard.up("d")
    page.evaluate("window.panel.destroy()")
    page.keyboard.press("a")
    assert log(page) == []


def test_fingers_play_chords_and_a_drag_is_a_glissando(panel):
    page = panel
    box = page.locator(".keys").bounding_box()
    white = box["width"] / 22
    low = box["y"] + box["height"] * 0.95
    page.mouse.move(box["x"] + 7.5 * white, low)
    page.mouse.down()
    page.mouse.move(box["x"] + 11.5 * white, low, steps=12)
    page.mouse.up()
    played = log(page)
    assert [pitch for what, pitch, *_ in played if what == "press"] == [60, 62, 64, 65, 67]
    assert played[-1] == ["release", 67]
    assert all(one[2] > 100 for one in played if one[0] == "press")
    page.mouse.click(box["x"] + 8 * white, box["y"] + 10)  # a black key, touched at its far end
    assert [one[:2] for one in log(page)] == [["press", 61], ["release", 61]]
    page.evaluate("""([x, y, white]) => {
      const keys = document.querySelector(".keys");
      const touch = (type, id, place) => keys.dispatchEvent(new PointerEvent(type, {
        pointerId: id, clientX: x + place * white, clientY: y, pointerType: "touch", bubbles: true, cancelable: true}));
      touch("pointerdown", 11, 7.5); touch("pointerdown", 12, 9.5); touch("pointerdown", 13, 11.5);
      window.down = document.querySelectorAll(".key.down").length;
      touch("pointerup", 12, 9.5); touch("pointercancel", 11, 7.5); touch("pointerup", 13, 11.5);
    }""", [box["x"], low, white])  # fmt: skip
    assert page.evaluate("window.down") == 3
    assert [one[:2] for one in log(page)] == [["press", 60], ["press", 64], ["press", 67], ["release", 64],
                                              ["release", 60], ["release", 67]]  # fmt: skip


# --------------------------------------------------------------------------------------------------------- MIDI


def test_midi_missing_refused_without_device_plugged_and_unplugged(panel):
    page = panel
    sentence = page.locator(".midi-said")
    assert page.evaluate("midi.asked") == 0  # not before the button
    ask = page.get_by_role("button", name="Use a MIDI keyboard")
    page.evaluate("window.refuse = 'NotAllowedError'")
    ask.click()
    sentence.filter(has_text="allow it in the settings").wait_for()
    page.evaluate("window.refuse = 'NotSupportedError'")
    ask.click()
    sentence.filter(has_text="cannot reach MIDI keyboards").wait_for()
    page.evaluate("window.refuse = ''")
    ask.click()
    sentence.filter(has_text="No MIDI keyboard is connected").wait_for()
    page.evaluate("plug('Test Piano')")
    assert sentence.inner_text() == "Connected: Test Piano."
    assert page.locator(".live[role=status]").count() == page.locator("[aria-live]").count() == 1
    page.evaluate("""() => {
      midiSends("Test Piano", [0x90, 60, 33]); midiSends("Test Piano", [0xb0, 64, 127]);
      midiSends("Test Piano", [0x90, 60, 0]); midiSends("Test Piano", [0x90, 64, 99]);
      midiSends("Test Piano", [0xb0, 64, 0]); }""")
    assert log(page) == [["press", 60, 33], ["press", 64, 99], ["release", 60]]  # the pedal held the first
    page.evaluate("midiSends('Test Piano', [0x90, 64, 50])")
    assert log(page) == [["release", 64], ["press", 64, 50]]  # its end was never told, and it is struck again
    page.evaluate("unplug('Test Piano')")
    assert log(page) == [["release", 64]]
    assert sentence.inner_text().startswith("Test Piano is not there any more: its keys were let go")
    assert "No MIDI keyboard is connected" in sentence.inner_text()
    page.evaluate("Object.defineProperty(navigator, 'requestMIDIAccess', {value: undefined})")
    ask.click()
    sentence.filter(has_text="cannot reach MIDI keyboards").wait_for()


# ---------------------------------------------------------------------------------------------------- recording


def test_recording_by_keyboard_alone(panel):
    page = panel
    page.locator(".play input[name=bpm]").fill("240")
    page.locator(".keys").focus()
    page.keyboard.press("Enter")
    state(page, "counting")
    assert said(page).startswith("Count-in")
    page.wait_for_selector(".beats .on.counting")
    state(page, "recording")
    page.keyboard.press("Escape")
    state(page, "idle")
    assert "thrown away" in said(page)
    page.keyboard.press("Enter")
    state(page, "recording")
    page.keyboard.press("Space")
    state(page, "idle")
    assert said(page).startswith("Nothing was played")
    assert page.evaluate("window.sent") == []
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }; }")
    page.keyboard.press("Enter")
    state(page, "recording")
    page.keyboard.down("g")
    page.keyboard.press("Space")  # held until the end
    state(page, "idle")
    page.keyboard.up("g")
    (made,) = recordings(page)
    assert (made["bpm"], made["meter"], made["bars"], len(made["notes"])) == (240, [4, 4], None, 1)
    onset, end, pitch, velocity, pedal = made["notes"][0]
    assert 0 <= onset < end == pedal
    assert (pitch, velocity) == (67, 84)
    assert said(page) == "1 note recorded. This browser has no room to keep recordings; the program keeps this one."


def test_bars_fill_up_earlier_takes_are_kept_below_and_free_playing_waits(panel):
    page = panel
    page.evaluate("plug('P')")
    page.get_by_role("button", name="Use a MIDI keyboard").click()
    page.locator(".midi-said.connected").wait_for()
    page.locator(".play input[name=bpm]").fill("240")
    page.locator(".play input[name=bpm]").press("Tab")
    choose(page, "bars", "2")
    page.locator(".play input[name=countIn]").uncheck()
    page.locator(".record").click()
    state(page, "recording")
    # Sent long after they were played: the time is the event's own, not that of its handling.
    page.wait_for_timeout(1500)
    page.evaluate("""() => { const now = performance.now();
      midiSends("P", [0x90, 60, 50], now - 900); midiSends("P", [0x80, 60, 0], now - 500);
      midiSends("P", [0x90, 62, 60], now - 400); }""")
    state(page, "idle")  # by itself
    (first,) = recordings(page)
    (a, b) = first["notes"]
    assert b[0] - a[0] == pytest.approx(0.5, abs=2e-4)
    assert a[1] - a[0] == pytest.approx(0.4, abs=2e-4)
    assert b[1] == pytest.approx(2.0)  # held to the end of two bars
    assert first["bars"] == 2

    page.evaluate("base => window.panel.update({programs: [[0, 'Piano']], base, known: [base.id]})", first)
    page.locator(".play input[name=over]").check()
    assert page.locator(".play input[name=bpm]").is_disabled()
    page.locator(".record").click()
    state(page, "recording")
    page.evaluate("midiSends('P', [0x90, 72, 70])")
    state(page, "idle")
    second = recordings(page)[1]
    assert [n[2] for n in second["notes"]] in ([72, 60, 62], [60, 72, 62], [60, 62, 72])
    assert all(n in second["notes"] for n in first["notes"])

    choose(page, "free", "true")
    assert page.locator(".play input[name=metronome]").is_hidden()
    page.locator(".record").click()
    state(page, "waiting")
    page.wait_for_timeout(300)
    page.evaluate("""() => { const now = performance.now();
      midiSends("P", [0x90, 60, 50], now - 200); midiSends("P", [0x90, 64, 50], now); }""")
    state(page, "recording")
    page.locator(".record").click()
    state(page, "idle")
    third = recordings(page)[2]
    assert third["bpm"] is None
    assert [n[0] for n in third["notes"]] == [0, pytest.approx(0.2, abs=2e-4)]
    assert len(page.evaluate("JSON.parse(localStorage['musegen.played'])")) == 3

    # who leaves in the middle finds what was played when coming back
    ids = [recording["id"] for recording in recordings(page)]
    page.evaluate("known => window.panel.update({programs: [[0, 'Piano']], base: null, known})", ids)
    back = page.get_by_role("button", name="Bring back my recordings")
    assert back.is_hidden()
    page.locator(".record").click()
    state(page, "waiting")
    page.evaluate("midiSends('P', [0x90, 65, 50], performance.now())")
    state(page, "recording")
    page.evaluate("window.panel.destroy()")
    assert len(recordings(page)) == 3
    page.evaluate("known => window.panel.update({programs: [[0, 'Piano']], base: null, known})", ids)
    assert back.is_visible()
    back.click()
    restored = page.evaluate("window.sent.at(-1)")
    assert (restored[0], [n[2] for n in restored[1][-1]["notes"]]) == ("restored", [65])


# ------------------------------------------------------------------------------------------------- the real page


def test_from_a_midi_keyboard_to_a_seed_that_nothing_loses(open_page, address):
    page = open_page(address, script=MIDI + "plug('Stage Piano');")
    page.locator("[data-testid=stButtonGroup]").get_by_text("Play", exact=True).click()
    page.locator(".play .key").first.wait_for()
    page.get_by_role("button", name="Use a MIDI keyboard").click()
    page.get_by_text("Connected: Stage Piano.", exact=True).first.wait_for()
    page.locator(".play input[name=bpm]").fill("60")
    page.locator(".play input[name=bpm]").press("Tab")
    page.locator(".play input[name=countIn]").uncheck()
    page.locator(".play .record").click()
    page.locator(".play[data-state=recording]").wait_for()
    page.locator(".play .beats .on").wait_for()
    page.evaluate("""async () => {
      const begun = performance.now();
      const wait = (until) => new Promise((resolve) => setTimeout(resolve, Math.max(until - performance.now(), 0)));
      const send = async (milliseconds, bytes) => {
        await wait(begun + milliseconds);
        midiSends("Stage Piano", bytes, begun + milliseconds);
      };
      for (const [i, pitch] of [67, 71, 74, 79].entries()) {
        await send(500 * i, [0x90, pitch, 40 + 20 * i]);
        await send(500 * i + 450, [0x80, pitch, 0]);
      }
    }""")
    page.keyboard.press("Space")
    page.get_by_text("4 notes recorded.").first.wait_for()
    page.locator(".st-key-play-reading").wait_for()
    settle(page)
    (kept,) = json.loads(page.evaluate("localStorage['musegen.played']"))
    assert [n[3] for n in kept["notes"]] == [40, 60, 80, 100]
    gaps = [b[0] - a[0] for a, b in zip(kept["notes"], kept["notes"][1:], strict=False)]
    assert gaps == pytest.approx([0.5, 0.5, 0.5], abs=0.01)  # the audio clock is read anew meanwhile
    facts = page.locator("[class*=st-key-understood]").first
    assert "G major, 4/4" in facts.inner_text()
    assert "4 notes, G4 to G5" in facts.inner_text()

    # taken down in another way, and back: the recording is the same
    page.locator(".st-key-play-reading [data-testid=stSelectbox] input").first.click()
    page.get_by_role("option", name="Quarters").click()
    settle(page)
    page.get_by_text("moved by more than a sixteenth").wait_for()
    page.locator(".st-key-play-reading [data-testid=stSelectbox] input").first.click()
    page.get_by_role("option", name="Find it").click()
    page.get_by_text("The finest notes found are").wait_for()
    settle(page)
    # another page and back
    page.get_by_role("link", name="Styles").click()
    page.get_by_role("heading", name="Bach chorales").wait_for()
    page.get_by_role("link", name="Compose").click()
    page.locator(".st-key-play-reading").wait_for()
    settle(page)
    assert "4 notes" in page.locator("[class*=st-key-understood]").first.inner_text()
    # a reload is a new session to the server; its desk brings the recording back without being asked
    page.reload()
    group = page.locator("[data-testid=stButtonGroup]")
    group.first.wait_for()
    settle(page)
    page.locator(".st-key-play-reading").wait_for()
    settle(page)
    assert "4 notes, G4 to G5" in page.locator("[class*=st-key-understood]").first.inner_text()
