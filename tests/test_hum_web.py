"""Humming on the real page in Chromium: a recording as microphone, an upload, no microphone."""

import io

import numpy as np
import pytest
import soundfile

from benchmarks.hum_voices import RATE, Singer, sing
from tests.chromium import CHROMIUM, FLAGS, PATIENCE, STILL, settle

TUNE = (60, 62, 64, 64, 65, 64, 62, 60)
BEAT = 0.6


def recording(pitches=TUNE, seed=1, **how):
    """Return a WAV of somebody who sings "la" on each pitch, a quarter each at 100 beats a minute, 20 cents flat."""
    notes = [(0.5 + BEAT * i, 0.5 + BEAT * (i + 1), pitch) for i, pitch in enumerate(pitches)]
    singer = Singer("la", "a", 57, tuning=-0.2, vibrato=0.2, scoops=0.3, sloppiness=0.05, snr_db=30, **how)
    file = io.BytesIO()
    soundfile.write(file, sing(notes, singer, np.random.default_rng(seed)).samples, RATE, format="WAV")
    return file.getvalue()


@pytest.fixture
def singing(tmp_path, browser):
    """Return a function that opens a page in a Chromium whose microphone hears a recording."""
    wav = tmp_path / "voice.wav"
    wav.write_bytes(recording())
    complaints = []
    # The same Playwright as the other tests', which allows no second one beside it.
    opened = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*FLAGS, f"--use-file-for-fake-audio-capture={wav}"]
    )

    def opener(url):
        context = opened.new_context(viewport={"width": 1280, "height": 1400}, permissions=["microphone"])
        context.set_default_timeout(PATIENCE)
        context.add_init_script(STILL)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        settle(page)
        return page

    yield opener
    opened.close()
    assert complaints == []


def heard(page):
    """Return the words beside the picture of what was heard, once they are there."""
    picture = page.get_by_test_id("stPlotlyChart").first
    picture.wait_for()
    settle(page)
    return " ".join(page.locator("[data-testid=stCaptionContainer]").all_inner_texts())


def choose_hum(page):
    page.get_by_role("radio", name="Hum").or_(page.get_by_role("button", name="Hum")).first.click()
    settle(page)


def test_what_is_hummed_into_the_microphone_becomes_the_seed(address, singing):
    page = singing(address)
    choose_hum(page)
    page.get_by_role("button", name="Record").first.click()
    page.wait_for_timeout(6500)
    page.get_by_role("button", name="Stop recording").click()
    words = heard(page)
    assert "flat" in words and "C major" in words and "Moved" not in words  # in the octave it was sung in
    assert "BPM" in words
    # nothing is lost by going to another page and back, though the recording itself is gone from the widget
    page.get_by_role("link", name="Styles").click()
    settle(page)
    page.get_by_role("link", name="Compose").click()
    settle(page)
    assert heard(page) == words


def test_an_upload_is_heard_and_one_without_a_tune_leaves_its_notes(address, open_page):
    page = open_page(address)
    settle(page)
    choose_hum(page)
    upload = page.get_by_test_id("stFileUploader").locator("input")
    upload.set_input_files({"name": "tune.wav", "mimeType": "audio/wav", "buffer": recording((60, 64, 67, 72))})
    assert "C major" in heard(page)
    silence = io.BytesIO()
    soundfile.write(silence, np.zeros(2 * RATE), RATE, format="WAV")
    upload.set_input_files({"name": "silence.wav", "mimeType": "audio/wav", "buffer": silence.getvalue()})
    page.get_by_text("Nothing can be heard in this recording").wait_for()
    assert "still those of Hum 1" in page.get_by_test_id("stAlert").first.inner_text()
    assert "C major" in heard(page)
