"""The real page in Chromium: a musician uploads, chooses, slides, listens, looks and downloads."""

import io
import re
import urllib.parse
import urllib.request
import wave
from pathlib import Path

import numpy as np
import pypdf
import pytest

from musegen.files.midi import midi_bytes, read_midi
from musegen.files.musicxml import read_musicxml
from tests.builders import piece, track
from tests.chromium import settle

MELODY = [67, 69, 71, 72, 74, 72, 71, 69, 67, 69, 71, 74, 72, 71, 69, 67]
pytestmark = [pytest.mark.browser]


@pytest.fixture
def page(open_page, address):
    """The Compose page with the takes of the first visit."""
    opened = open_page(address)
    opened.wait_for_selector(".sheet svg g.note")
    settle(opened)
    return opened


def source(page):
    """Names the music that the player holds."""
    return page.evaluate("window.musegen.transport.score.key")


def does_and_hears(page, action):
    """Do something that composes, and wait until the player holds other music."""
    before = source(page)
    action()
    page.wait_for_function("before => window.musegen.transport.score.key !== before", arg=before)
    settle(page)


def upload(page, name, data):
    if not page.locator("[data-testid=stFileUploaderDropzoneInput]").count():
        choose(page, "Upload")
    page.wait_for_selector("[data-testid=stFileUploaderDropzoneInput]", state="attached")
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]",
                         {"name": name, "mimeType": "audio/midi", "buffer": data})  # fmt: skip


def choose(page, name):
    page.locator("[data-testid=stButtonGroup]").get_by_text(name, exact=True).click()


def download(page, name):
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def sounding(music):
    return sorted((n.onset_quarter, n.duration_quarter, n.pitch) for t in music.tracks for n in t.notes)


def test_from_a_midi_file_to_four_downloads_that_agree(page):
    tune = piece(track([(pitch, i, 1) for i, pitch in enumerate(MELODY)], 73, name="Flute"), key="G major", qpm=100)
    does_and_hears(page, lambda: upload(page, "my tune.mid", midi_bytes(tune)))
    assert "G major, 4/4, 4 bars, 16 notes" in page.locator(".st-key-understood").inner_text()
    does_and_hears(page, lambda: choose(page, "Bach chorales"))
    does_and_hears(page, lambda: choose(page, "Harmonise your melody"))
    # far enough: a step of 0.05 alone may leave the same notes
    does_and_hears(page, lambda: [page.get_by_role("slider").first.press("ArrowRight") for _ in range(10)])
    does_and_hears(page, lambda: page.locator(".st-key-compose button").first.click())

    # seen: the melody's sixteen notes, marked, higher on the staff where the pitch is higher
    notes = page.locator(".sheet svg g.note")
    marked = page.locator(".sheet svg g.note.given").evaluate_all("notes => notes.map(note => note.id)")
    numbers = {re.match(r"n0-(\d+)", name).group(1) for name in marked}
    assert numbers == {str(i) for i in range(len(MELODY))}
    assert notes.count() > 3 * len(MELODY)

    # downloaded
    took = source(page)
    files = {label: download(page, label) for label in ("MIDI", "MusicXML", "WAV", "PDF")}
    assert source(page) == took
    midi, printed = read_midi(files["MIDI"][1]), read_musicxml(files["MusicXML"][1])
    assert sounding(midi) == sounding(printed)
    assert [n.pitch for n in midi.tracks[0].notes] == MELODY
    with wave.open(io.BytesIO(files["WAV"][1])) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        rate = sound.getframerate()
    assert np.sqrt(np.mean((samples / 32768.0) ** 2)) > 0.005
    assert len(samples) / 2 / rate > 16 * 60 / 100
    recording = page.evaluate("window.musegen.transport.score.wav")
    assert urllib.request.urlopen(urllib.parse.urljoin(page.url, recording)).read() == files["WAV"][1]
    played = page.evaluate("window.musegen.transport.score.notes.map(n => [n[3], n[4], n[2]])")
    assert sorted(map(tuple, played)) == sounding(midi)
    pdf = pypdf.PdfReader(io.BytesIO(files["PDF"][1]))
    assert len(pdf.pages) >= 1
    assert any("/Font" in (p["/Resources"] or {}) for p in pdf.pages)
    for name, ending in zip((files[k][0] for k in files), ("mid", "musicxml", "wav", "pdf"), strict=True):
        assert name == f"my-tune-bach-chorales-take1.{ending}"


def test_bad_uploads_are_explained_and_nothing_is_lost(page):
    before = source(page)
    bad = {
        "letter.mid": b"Dear musician, this is no music.",
        "cut.mid": midi_bytes(piece([(60 + i, i, 1) for i in range(12)]))[:60],
        "drums.mid": midi_bytes(piece(track([(36, i, 1) for i in range(4)], is_drum=True))),
        "bomb.musicxml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        b"<score-partwise>&b;</score-partwise>",
    }
    for name, data in bad.items():
        upload(page, name, data)
        alert = page.locator("[data-testid=stAlert]").filter(has_text=name)
        alert.wait_for()
        sentence = alert.inner_text().strip()
        assert sentence.endswith(".") and "Error" not in sentence, sentence
        assert source(page) == before
        page.locator("[data-testid=stFileChipDeleteBtn] button").first.click()
        alert.wait_for(state="detached")
    does_and_hears(page, lambda: upload(page, "good.mid", midi_bytes(piece([(60 + i, i, 1) for i in range(8)]))))
    assert not page.locator("[data-testid=stAlert]").count()


def test_takes_views_and_pages_change_without_losing_anything(page):
    first = source(page)
    does_and_hears(page, lambda: page.get_by_role("radio", name="Take 2:").click())
    page.wait_for_function("window.musegen.transport.playing")  # a take that is clicked on is heard
    page.keyboard.press("Space")
    page.wait_for_function("!window.musegen.transport.playing")
    second = source(page)
    for view, appears in (
        ("Roll", ".roll canvas"),
        ("Numbers", "[data-testid=stDataFrame]"),
        ("Sheet", ".sheet svg g.note"),
    ):
        page.get_by_role("radio", name=view, exact=True).click()
        page.wait_for_selector(appears)
    page.get_by_role("link", name="Styles").click()
    page.get_by_role("heading", name="Bach chorales").wait_for()
    page.get_by_role("link", name="Compose").click()
    page.wait_for_selector(".sheet svg g.note")
    settle(page)
    assert source(page) == second != first
    # far enough, as a step of 0.05 alone may leave the same notes, and at once, so that it is one step back
    does_and_hears(page, lambda: page.get_by_role("slider").first.press("End"))
    does_and_hears(page, lambda: page.locator(".st-key-back button").first.click())
    assert source(page) == second


def test_the_page_fits_a_telephone(open_page, address):
    page = open_page(address, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.wait_for_selector(".sheet svg g.note")
    page.wait_for_function("""() => { const s = document.querySelectorAll('*');
        return [...s].some(e => e.shadowRoot && e.shadowRoot.querySelectorAll('.sheet svg g.system').length > 6); }""")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate("""() => [...document.querySelectorAll('.stMainBlockContainer button')]
        .filter(b => b.offsetParent && b.innerText.trim() && b.getBoundingClientRect().height < 43.5)
        .map(b => b.innerText)""")
    assert small == []
    ink = page.locator(".sheet").first.evaluate("e => getComputedStyle(e).color")
    assert min(map(int, re.findall(r"\d+", ink)[:3])) > 180  # light on dark
