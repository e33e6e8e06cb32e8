"""Sound made in the page, in Chromium on the app's own routes: as the server's, in time, and under control."""

import base64
import json
import re
import urllib.error
import urllib.request
from dataclasses import replace

import numpy as np
import pytest

from musegen.music import Tempo
from musegen.music.timing import quarter_to_seconds
from musegen.music.transform import sounding
from musegen.rendering.audio import render_audio
from musegen.services.showing.stage import score_data
from tests.builders import piece, track
from tests.chromium import as_script

pytestmark = [pytest.mark.browser]
RATE = 44_100

OFFLINE = """async ({ program, drum, notes, seconds }) => {
  const engine = sound.sound();
  await engine.load([{ program, drum, pitches: notes.map((note) => note[0]) }]);
  const context = new OfflineAudioContext(2, Math.round(seconds * 44100), 44100);
  const graph = new sound.Graph(context);
  await engine.furnish(graph);
  const bus = new sound.Bus(graph, 1);
  for (const [pitch, when, duration, velocity] of notes) {
    engine.voice({ program, drum, pitch, velocity, bus, when, graph }).release(when + duration);
  }
  const heard = await context.startRendering();
  const both = new Int16Array(heard.length * 2);
  for (const side of [0, 1]) heard.getChannelData(side).forEach((x, i) => { both[2 * i + side] = x * 32767; });
  let text = "";
  const bytes = new Uint8Array(both.buffer);
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}"""

LISTEN = """(milliseconds) => new Promise((done) => {
  const { context, master } = window.musegen.sound.graph;
  const ear = new AnalyserNode(context, { fftSize: 4096 });
  master.connect(ear);
  const wave = new Float32Array(4096);
  let peak = 0;
  const watch = setInterval(() => {
    ear.getFloatTimeDomainData(wave);
    for (const x of wave) peak = Math.max(peak, Math.abs(x));
  }, 20);
  setTimeout(() => { clearInterval(watch); master.disconnect(ear); done(peak); }, milliseconds);
})"""

START = """(score) => {
  window.player = transport.transport();
  window.told = [];
  for (const event of ["state", "load", "error", "mix"]) {
    player.on(event, (detail) => told.push([event, typeof detail === "string" ? detail : ""]));
  }
  player.load(score, { owner: "test" });
  document.body.innerHTML = "<button id=play style='width:90px;height:44px'>play</button>";
  document.getElementById("play").onclick = () => player.toggle();
}"""


@pytest.fixture
def stage(open_page, address):
    """A page of the app's address, empty but for the modules sound and transport."""
    page = open_page(f"{address}/musegen/sound/index.json")
    for module in ("sound", "transport"):
        page.evaluate("code => new Function(code)()", as_script(module))
    return page


def tune(**options):
    return piece(track([(60 + 2 * (i % 5), i * 0.5, 0.5, 90) for i in range(48)], 0), track([(43, 0, 24, 90)], 48),
                 **options)  # fmt: skip


def start(page, music, wav=None):
    page.evaluate(START, score_data(music) | {"wav": wav})
    page.click("#play")
    page.wait_for_function("player.playing && !player.loading && player.position > 0")


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


# ---------------------------------------------------------------------------------------------------------- routes


def test_the_routes_serve_sounds_to_keep_and_refuse_the_rest_in_a_sentence(address):
    status, headers, body = get(f"{address}/musegen/sound/index.json")
    assert (status, headers["cache-control"]) == (200, "no-cache")
    version = json.loads(body)["version"]
    status, headers, body = get(f"{address}/musegen/sound/{version}/p0-5.ogg.pack", **{"Accept-Encoding": "gzip"})
    assert status == 200 and body[:4] == b"MGS1" and b"OggS" in body
    assert "immutable" in headers["cache-control"] and headers["content-encoding"] is None
    assert 50_000 < len(body) < 600_000
    for path in ("sound/x/p0-5.ogg.pack", f"sound/{version}/p0-50.ogg.pack", f"sound/{version}/p0-5.exe.pack",
                 f"sound/{version}/..%2f..%2fapp.py", "take/none.wav", "", "x"):  # fmt: skip
        status, _, body = get(f"{address}/musegen/{path}")
        assert status in (400, 404), path
        assert b"Traceback" not in body and len(body) < 200


# --------------------------------------------------------------------------------------------- like the server's sound


@pytest.mark.parametrize("program", [0, 48, "drums"])
def test_the_page_sounds_as_the_wav_does(stage, program):
    drum = program == "drums"
    keys = [36, 38, 42, 46, 49, 51] if drum else [45, 52, 60, 64, 67, 72, 76, 79]
    velocities = [100, 40, 110, 64, 90, 25, 127, 80]
    notes, at = [], 0.2
    for i, (key, velocity) in enumerate(zip(keys, velocities, strict=False)):
        length = 0.25 if drum else (0.5, 1.0, 3.0)[i % 3]
        notes.append((key, at, length, velocity))
        at += length + 2
    rows = [(key, when, length, velocity) for key, when, length, velocity in notes]
    music = piece(track(rows, 0 if drum else program, is_drum=drum), qpm=60)
    wanted = render_audio(music) / 32768
    heard = stage.evaluate(
        OFFLINE, {"program": 0 if drum else program, "drum": drum, "notes": notes, "seconds": at + 1}
    )
    heard = np.frombuffer(base64.b64decode(heard), "<i2").reshape(-1, 2) / 32768
    levels, starts = [], []
    for _, when, length, _ in notes:
        begin, end = int(when * RATE), int((when + length) * RATE)
        pair = [10 * np.log10((sound[begin + 200 : end] ** 2).mean()) for sound in (wanted, heard)]
        levels.append(pair[1] - pair[0])
        edge = [np.abs(sound[begin - 2000 : end]).max(axis=1) for sound in (wanted, heard)]
        starts.append([(e > 0.05 * e.max()).argmax() for e in edge])
    assert np.abs(levels - np.median(levels)).max() < 2.0
    early = np.diff(np.array(starts), axis=1) / RATE
    assert np.abs(early).max() < (0.02 if program == 48 else 0.01)  # the strings begin softly


# --------------------------------------------------------------------------------------------------------- the clock


def test_quarters_and_seconds_convert_both_ways_as_in_python(blank):
    page = blank("tempo_map")
    music = piece([(60, 0, 40)], tempos=tuple(Tempo(*t) for t in [(0, 60), (2, 37), (9.5, 200), (10, 120)]))
    quarters = [0, 1, 2, 2.5, 9.5, 9.75, 10, 33.3]
    pairs = page.evaluate(
        """([tempos, quarters]) => { const map = new tempo_map.TempoMap(tempos);
           return quarters.map((q) => [map.seconds(q), map.quarter(map.seconds(q))]); }""",
        [[[t.onset_quarter, t.qpm] for t in music.tempos], quarters],
    )
    assert [p[0] for p in pairs] == pytest.approx([quarter_to_seconds(music, q) for q in quarters])
    assert [p[1] for p in pairs] == pytest.approx(quarters)


def test_pedals_and_restruck_keys_hold_notes_as_in_the_wav(blank):
    page = blank("tempo_map")
    rows = [(60, 0, 1), (64, 1, 1), (60, 2, 1), (67, 3, 1), (60, 4.5, 0.5), (60, 4.75, 1), (72, 6, 1), (74, 7, 1)]
    pedalled = replace(track(rows), pedals=((0.5, 3.0), (3.0, 5.5), (7.0, 9.0)))
    music = piece(pedalled, qpm=60)
    notes = page.evaluate("score => tempo_map.timed(score, new tempo_map.TempoMap(score.tempos))", score_data(music))
    expected = sounding(music).tracks[0].notes
    ends = {(n.onset_quarter, n.pitch): n.end_quarter for n in expected} | {(4.5, 60): 4.75}  # struck again there
    assert {(n["start"], n["pitch"]): n["end"] for n in notes} == pytest.approx(ends)
    assert ends[1, 64] == 3.0 and ends[0, 60] == 2.0 and ends[6, 72] == 7.0


def test_it_plays_seeks_loops_and_changes_pace_in_time(stage):
    start(stage, tune(qpm=120))
    assert stage.evaluate(LISTEN, 400) > 0.05
    pace = """async () => { const a = player.position, t = window.musegen.sound.now();
      await new Promise((done) => setTimeout(done, 1500));
      return (player.position - a) / (window.musegen.sound.now() - t); }"""
    assert stage.evaluate(pace) == pytest.approx(2.0, rel=0.1)  # 120 quarters a minute
    stage.evaluate("player.rate = 0.5")
    stage.wait_for_timeout(100)
    assert stage.evaluate(pace) == pytest.approx(1.0, rel=0.1)
    stage.evaluate("player.rate = 2; player.loop = { from: 8, to: 9.5 }; player.seek(8)")
    seen = stage.evaluate("""async () => { const seen = []; for (let i = 0; i < 60; i += 1) {
      await new Promise((done) => setTimeout(done, 25)); seen.push(player.position); } return seen; }""")
    assert 8 <= min(seen) < max(seen) <= 9.5 + 0.2
    assert sum(b < a for a, b in zip(seen, seen[1:], strict=False)) >= 2  # it went round
    stage.evaluate("player.loop = null; player.rate = 1; player.seek(4)")
    assert stage.evaluate("player.position") == pytest.approx(4, abs=0.3)
    stage.evaluate("player.pause()")
    rest = stage.evaluate("player.position")
    stage.wait_for_timeout(900)
    assert stage.evaluate(LISTEN, 200) < 0.02  # all notes were let go
    assert stage.evaluate("[player.position, player.playing]") == [rest, False]
    stage.evaluate("player.seek(23.5); player.play()")
    stage.wait_for_function("!player.playing")
    assert stage.evaluate("player.position") == 0
    assert not [event for event in stage.evaluate("told") if event[0] == "error"]


def test_tracks_are_muted_soloed_and_played_by_others_while_it_goes_on(stage):
    start(stage, tune(qpm=120))
    assert stage.evaluate("player.mix(0)") == {"muted": False, "solo": False, "volume": 1, "program": 0, "drum": False}
    stage.evaluate("player.mix(0, { muted: true }); player.mix(1, { muted: true })")
    stage.wait_for_timeout(1200)  # the room rings on
    assert stage.evaluate(LISTEN, 300) < 0.02
    stage.evaluate("player.mix(0, { muted: false }); player.mix(1, { muted: false, volume: 0 })")
    assert stage.evaluate(LISTEN, 600) > 0.05
    stage.evaluate("player.mix(1, { solo: true })")
    stage.wait_for_timeout(1200)
    assert stage.evaluate(LISTEN, 300) < 0.02
    stage.evaluate("player.seek(0)")
    before = stage.evaluate("player.position")
    held_back = []
    stage.route("**/p73-*", lambda route: held_back.append(route))
    stage.evaluate("player.mix(1, { solo: false }); player.mix(0, { program: 73 })")
    stage.wait_for_timeout(2500)
    assert stage.evaluate(LISTEN, 500) > 0.05  # the instrument before, until the other is there
    assert stage.evaluate("told.filter(([event]) => event === 'load').length") == 1
    for route in held_back:
        route.continue_()
    stage.wait_for_function("told.filter(([event]) => event === 'load').length >= 2")
    assert stage.evaluate(LISTEN, 600) > 0.05
    assert stage.evaluate("player.position") > before
    stage.evaluate("player.pause()")
    stage.wait_for_timeout(900)
    stage.evaluate(
        "player.metronome = true; player.mix(0, { muted: true }); player.mix(1, { muted: true }); player.play()"
    )
    assert stage.evaluate(LISTEN, 1200) > 0.05  # the beats alone


HIDE = """() => {
  window.begun = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when, ...rest) {
    begun.push([when, this.context.currentTime]);
    return start.call(this, when, ...rest);
  };
  const every = window.setInterval;
  window.woken = 0;
  window.setInterval = (call, pause) => {
    let last = 0;
    return every(() => {
      if (document.hidden && performance.now() - last < 2500) return;
      last = performance.now();
      if (document.hidden) window.woken += 1;
      call();
    }, pause);
  };
  window.hide = (hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  };
}"""


def test_in_a_hidden_tab_the_music_goes_on_without_a_gap(stage):
    """As behind another tab on a busy machine: the page's timers run every two and a half seconds."""
    stage.evaluate(HIDE)
    start(stage, tune(qpm=120))
    stage.evaluate("hide(true)")
    stage.wait_for_timeout(6500)
    assert stage.evaluate("woken") <= 3
    here = stage.evaluate("[player.position, player.playing, window.musegen.sound.now()]")
    stage.evaluate("hide(false)")
    stage.wait_for_function("player.position > 16")
    begun = stage.evaluate("begun")
    assert here[1] and here[0] > 10
    assert all(when >= now - 1e-6 for when, now in begun)  # each was scheduled in time
    melody = sorted({round(when, 4) for when, _ in begun})
    gaps = np.diff(melody)
    assert len(melody) > 32 and gaps == pytest.approx(0.25, abs=0.002)  # and none was left out or came twice
    assert len(begun) == len(melody) + 1  # the long note of the other track begins with the first
    assert max(when for when, now in begun if now <= here[2]) > here[2] + 0.4


def test_another_score_goes_on_at_the_same_place_and_another_owner_stops_it(stage):
    start(stage, tune(qpm=120))
    stage.wait_for_function("player.position > 2")
    other = score_data(tune(qpm=60))
    stage.evaluate(
        "score => { window.was = player.position; player.load(score, { owner: 'test', keep: true }); }", other
    )
    stage.wait_for_function("player.playing && !player.loading && player.position > was + 0.2")
    assert stage.evaluate("player.position - was") < 4
    again = stage.evaluate("score => { player.load(score, { owner: 'test' }); return player.playing; }", other)
    assert again  # a rerun brings the same score once more
    assert stage.evaluate(
        "score => { player.load(score, { owner: 'seed' }); return [player.playing, player.position, player.owner]; }",
        other,
    ) == [False, 0, "seed"]


def test_keys_sound_when_pressed_and_stop_when_released(stage):
    stage.evaluate("document.body.innerHTML = '<button id=key>key</button>'")
    stage.evaluate(
        "void (document.getElementById('key').onclick = () => { window.held = sound.sound().press(19, 0, 64, 90); })"
    )
    stage.click("#key")
    stage.wait_for_function("held.voice")
    assert stage.evaluate(LISTEN, 500) > 0.05
    stage.wait_for_timeout(3500)
    assert stage.evaluate(LISTEN, 300) > 0.05  # longer than its sound: the loop goes on
    stage.evaluate("sound.sound().release(held)")
    stage.wait_for_timeout(1800)
    assert stage.evaluate(LISTEN, 200) < 0.01
    stage.evaluate("sound.sound().click(0)")
    assert stage.evaluate(LISTEN, 200) > 0.05


def test_where_the_sounds_cannot_be_had_the_recording_plays(browser, address):
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{address}/musegen/sound/index.json")
        wave = np.zeros((44_100 * 3, 2), np.int16)
        wave[::50] = 9000
        from musegen.rendering.audio import encode_audio

        page.route(re.compile(r".*/musegen/sound/.*"), lambda route: route.fulfill(status=503, body="No sound font."))
        page.route("**/take.wav", lambda route: route.fulfill(body=encode_audio(wave), content_type="audio/wav"))
        page.evaluate("code => new Function(code)()", as_script("transport"))
        start(page, tune(qpm=120), "take.wav")
        errors = [words for event, words in page.evaluate("told") if event == "error"]
        assert len(errors) == 1 and errors[0].endswith(".") and "recording" in errors[0]
        assert page.evaluate("[player.recorded, player.playing]") == [True, True]
        page.evaluate("player.pause()")
        assert page.evaluate("player.playing") is False
        page.evaluate(START, score_data(tune(qpm=100)) | {"wav": None})
        page.evaluate("player.play()")
        page.wait_for_function("told.some(([event]) => event === 'error') && !player.playing")
    finally:
        context.close()


def test_sounds_are_there_before_the_click(open_page, address):
    page = open_page(f"{address}/musegen/sound/index.json")
    page.evaluate("code => new Function(code)()", as_script("transport"))
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    page.evaluate(START, score_data(tune(qpm=120)))
    page.wait_for_function("told.some(([event]) => event === 'load')")
    assert page.evaluate("window.musegen.sound.unlocked") is False
    before = list(fetched)
    assert {"p0-5.ogg.pack", "p48-3.ogg.pack", "room.ogg.pack"} <= set(before)
    page.click("#play")
    page.wait_for_function("player.playing && !player.loading && player.position > 0")
    assert fetched == before


def test_an_instrument_that_cannot_be_had_while_it_plays_leaves_the_recording(browser, address):
    from musegen.rendering.audio import encode_audio

    wave = np.zeros((44_100 * 15, 2), np.int16)
    wave[::50] = 9000
    context = browser.new_context()
    context.set_default_timeout(60_000)
    try:
        page = context.new_page()
        page.goto(f"{address}/musegen/sound/index.json")
        page.evaluate("code => new Function(code)()", as_script("transport"))
        page.route("**/p73-*", lambda route: route.abort())
        page.route("**/take.wav", lambda route: route.fulfill(body=encode_audio(wave), content_type="audio/wav"))
        start(page, tune(qpm=120), "take.wav")
        page.wait_for_function("player.position > 2")
        before = page.evaluate("player.position")
        page.evaluate("player.mix(0, { program: 73 })")
        page.wait_for_function("player.recorded && player.playing && player.position > 3")
        assert page.evaluate("player.position") >= before
        assert len([event for event in page.evaluate("told") if event[0] == "error"]) == 1
    finally:
        context.close()
