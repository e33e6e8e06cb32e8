"""A take as one HTML file: opened from disk, with the network cut."""

import html
import io
import json
import re
from dataclasses import replace

import mido
import pytest
from playwright.sync_api import expect

from musegen.cli.command_line import main
from musegen.composers.request import Take
from musegen.music import Tempo
from musegen.services.showing.downloads import download, rights_of
from musegen.services.showing.take_page import html_page
from musegen.services.styles import get_style
from tests.builders import piece

TUNE = [(60, 0, 1), (62, 1, 1), (64, 2, 1), (65, 3, 1), (67, 4, 2), (60, 6, 2)]


@pytest.fixture(scope="module")
def text():
    music = piece(TUNE, title='<b>Tom & "Jerry"</b></script>', tempos=(Tempo(0, 120), Tempo(4, 60)))
    return html_page(music, "Yours to use & sell.")


def test_nothing_in_the_file_points_elsewhere_or_ends_its_scripts(text):
    assert set(re.findall(r"""https?://[^"'\\\s<]+""", text)) <= {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/xmlns/"
    }  # fmt: skip
    assert not re.search(r"<(?:link|img|iframe)\b|\bimport\s*\(|^\s*import ", text, re.M)
    assert text.count("</script>") == 2
    assert "default-src 'none'" in text
    held = json.loads(re.search(r'id="take">(.*?)</script>', text, re.S)[1])
    assert [note[2] for note in held["score"]["notes"]] == [60, 62, 64, 65, 67, 60]


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1920])
def test_it_plays_from_disk_without_a_network(browser, tmp_path, text, width):
    path = tmp_path / "take.html"
    path.write_text(text, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
    complaints, asked = [], []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert page.locator("h1").inner_text() == '<b>Tom & "Jerry"</b></script>'
    assert page.locator("footer").inner_text() == "Yours to use & sell."
    assert page.locator("g.note").count() == 6
    # Waiting by a function would be polled with eval, which the page's own policy forbids.
    expect(page.locator(".time")).to_have_text(re.compile("0:06$"))  # 2 s at 120, 4 s at 60
    page.get_by_role("button", name="Play").click()
    page.locator("g.note.lit").first.wait_for()
    page.locator(".cursor:not([hidden])").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.locator("g.note[id^=n0-4] .notehead").first.click(force=True)  # at quarter 4, second 2
    expect(page.locator(".time")).to_have_text(re.compile("^0:0[2-6]"))
    page.locator("g.note.lit[id^=n0-4]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    context.close()


def test_the_command_line_writes_it(tmp_path, capsys):
    source = tmp_path / "tune.txt"
    source.write_text("C D E F | G2 C2")
    main(["render", str(source), "--out", str(tmp_path), "--formats", "html"])
    assert (tmp_path / "tune.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_may_be_done_with_a_take_is_in_its_files():
    take = Take(piece(TUNE), 0, (), 1, 2.0, 3, -1.0, 1, "piano-performance", "0" * 64)
    rights = get_style("piano-performance").licence
    assert "non-commercial" in rights
    midi = mido.MidiFile(file=io.BytesIO(download(take, "mid").data))
    assert [m.text for m in midi.tracks[0] if m.type == "copyright"] == [rights]
    assert f"<rights>{rights}</rights>" in download(take, "musicxml").data.decode()
    assert f"<footer>{html.escape(rights)}</footer>" in download(take, "html").data.decode()
    assert rights_of("no-such-style") == ""
    assert b"<rights>" not in download(replace(take, style_id="no-such-style"), "musicxml").data
