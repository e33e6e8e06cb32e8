"""Raw sound on the real page in Chromium: a sound is chosen, played on, heard, kept and taken to Compose."""

import numpy as np
import pytest

from musegen.files.sound_file import read_clip
from musegen.music.clip import Clip
from musegen.rendering.audio import clip_bytes
from tests.chromium import settle

pytestmark = [pytest.mark.browser]

RATE = 16_000


def melody():
    """Return a WAV of four clear notes, two seconds."""
    time = np.arange(RATE // 2) / RATE
    notes = [0.5 * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time) * np.hanning(len(time))
             for pitch in (60, 64, 67, 72)]  # fmt: skip
    return clip_bytes(Clip(np.concatenate(notes), RATE))


def raw_sound(address, open_page, **options):
    """Open the page by the navigation, as at its own address Streamlit first asks for two files in vain."""
    page = open_page(address, **options)
    settle(page)
    page.locator("a[href$='raw-sound']:visible").first.click()
    button(page, "raw-go").wait_for()
    settle(page)
    return page


def button(page, key):
    return page.locator(f".st-key-{key} button:visible").first


def press(page, key):
    button(page, key).click()


def seconds(page, text):
    """Set how long it plays on."""
    slider = page.locator(".st-key-raw_seconds").get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home" if text == "least" else "End")
    settle(page, composing=False)


@pytest.mark.parametrize("width", [390, 1920])
def test_a_sound_is_played_on_heard_and_kept(address, open_page, width, tmp_path):
    page = raw_sound(address, open_page, viewport={"width": width, "height": 1000})
    assert button(page, "raw-go").is_disabled()
    if width == 390:
        page.locator(".st-key-raw_file input[type=file]").set_input_files(
            {"name": "tune.wav", "mimeType": "audio/wav", "buffer": melody()}
        )
        page.get_by_text("Chosen: tune.wav").wait_for()
    else:
        press(page, "raw-example")
        page.get_by_text("Chosen: The example").wait_for()
    seconds(page, "least")
    press(page, "raw-go")
    audio = page.locator("audio[src]").first
    audio.wait_for(state="attached")
    settle(page)
    page.wait_for_function("() => document.querySelector('audio[src]').duration > 0")
    shown = audio.evaluate("element => element.duration")
    with page.expect_download() as kept:
        press(page, "raw-wav")
    assert kept.value.suggested_filename == "musegen-raw.wav"
    clip = read_clip(kept.value.path().read_bytes()).clip
    assert clip.sample_rate == 8_000 and clip.duration_sec == pytest.approx(shown, abs=0.01)
    assert clip.duration_sec == pytest.approx(2.5, abs=0.05)
    new = clip.part(clip.duration_sec - 0.5, clip.duration_sec)
    assert new.loudest_dbfs > -45 and clip.peak < 1
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    wave, picture = (
        page.locator(f".st-key-{key} .nsewdrag").bounding_box() for key in ("raw-waveform", "raw-spectrogram")
    )
    assert (wave["x"], wave["width"]) == pytest.approx((picture["x"], picture["width"]), abs=1)  # second under second
    page.screenshot(path=tmp_path / "page.png", full_page=True)


def test_it_can_be_stopped_and_what_was_made_goes_to_compose(address, open_page, tmp_path):
    page = raw_sound(address, open_page, viewport={"width": 1920, "height": 1000})
    page.locator(".st-key-raw_file input[type=file]").set_input_files(
        {"name": "tune.wav", "mimeType": "audio/wav", "buffer": melody()}
    )
    page.get_by_text("Chosen: tune.wav").wait_for()
    seconds(page, "most")
    press(page, "raw-go")
    press(page, "raw-cancel")
    page.locator(".st-key-raw-cancel").wait_for(state="detached")
    settle(page)
    assert page.locator("audio[src]").count() == 0 and button(page, "raw-go").is_enabled()
    seconds(page, "least")
    press(page, "raw-go")
    press(page, "raw-notes")
    page.wait_for_url(lambda url: "raw-sound" not in url)
    page.get_by_test_id("stPlotlyChart").first.wait_for()
    settle(page)
    words = " ".join(page.locator("[data-testid=stCaptionContainer]").all_inner_texts())
    assert "C major" in words and "BPM" in words
    page.screenshot(path=tmp_path / "compose.png", full_page=True)
