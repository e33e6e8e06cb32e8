"""Sheets: the notes of the piece are in the picture, coloured where given, in the page's ink, in any thread."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from xml.etree import ElementTree

import pytest

from musegen.errors import RenderingError
from musegen.music import ChordSymbol, Piece
from musegen.rendering import engraving
from musegen.rendering.engraving import Sheet, _better_breaks, engrave
from tests.builders import piece, track

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def tune(bars=4, **fields):
    return piece([(SCALE[i % 8], i * 1.0, 1.0) for i in range(4 * bars)], key="C major", **fields)


def note_ids(page):
    return re.findall(r'<g id="(n\d+-\d+(?:-\d+)?)" class="note', page)


def test_every_note_is_in_the_picture_under_its_id():
    music = piece([(60, 0, 1), (64, 3, 2)], [(48, 0, 8)])
    pages = engrave(music).pages
    assert sorted(i for page in pages for i in note_ids(page)) == ["n0-0", "n0-1", "n0-1-1", "n1-0", "n1-0-1"]
    for page in pages:
        ElementTree.fromstring(page)


def test_given_notes_alone_are_marked_ties_included():
    page = engrave(piece([(60, 0, 1), (64, 3, 2)]), given={(0, 1)}).pages[0]
    assert re.findall(r'<g id="([^"]*)" class="note given', page) == ["n0-1", "n0-1-1"]
    assert "--musegen-given" in page
    assert "--musegen-given" not in engrave(tune()).pages[0]


def test_ink_is_the_page_s_own():
    page = engrave(tune()).pages[0]
    assert 'color="black"' not in page
    assert "currentColor" in page


def test_no_music_font_is_needed_for_text():
    music = tune(chord_symbols=(ChordSymbol(0.0, "F#m7b5"),), title="A <tune> & more", composer="N. N.")
    page = engrave(music).pages[0]
    assert "Leipzig" not in page
    assert not re.search("[\ue000-\uf8ff]", page)
    assert "♯" in page
    assert "A &lt;tune&gt; &amp; more" in page
    ElementTree.fromstring(page)


def harmonies(page):
    found = re.findall(r'class="harm">(.*?)</g>', page, re.S)
    return ["".join(re.sub(r"<[^>]*>", "", text).split()) for text in found]


def test_chord_symbols_are_printed_as_written_at_one_height():
    texts = ["Cmaj7", "Dm7b5", "G7alt", "F#m7/A", "Ebmaj7#11", "N.C.", "D7b9", "C6/9"]
    page = engrave(tune(2, chord_symbols=tuple(ChordSymbol(float(i), t) for i, t in enumerate(texts)))).pages[0]
    assert harmonies(page) == ["Cmaj7", "Dm7♭5", "G7alt", "F♯m7/A", "E♭maj7♯11", "N.C.", "D7♭9", "C6/9"]
    heights = re.findall(r'class="harm">\s*<text x="\d+" y="(\d+)"', page)
    assert len(heights) == 8
    assert len(set(heights)) == 1


def test_a_given_note_is_drawn_over_another_voice_s_unison():
    names = ("Soprano", "Alto", "Tenor", "Bass")
    voices = [track([(pitch, 0, 1), (62, 1, 1)], name=n) for pitch, n in zip((67, 67, 60, 48), names, strict=True)]
    page = engrave(piece(*voices[:2], *voices[2:]), given={(0, 0)}).pages[0]
    uses = re.findall(r'<use href="#(n\d+-\d+)" pointer', page)
    assert uses == ["n0-0"]
    assert page.index('id="n1-0"') < page.index('href="#n0-0"')
    assert 'href="#n' not in engrave(tune(), given={(0, 0)}).pages[0]
    ElementTree.fromstring(page)


def test_title_makes_the_page_taller():
    def height(page):
        return float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', page)[1])

    assert height(engrave(tune(title="Air")).pages[0]) > height(engrave(tune()).pages[0])
    assert engrave(tune(title="Air"), sheet=Sheet(title=False)).pages == engrave(tune(), sheet=Sheet(title=False)).pages


@pytest.mark.parametrize("width", [400, 700, 1400])
def test_width_decides_the_systems_and_no_bar_stands_alone(width):
    result = engrave(tune(17), sheet=Sheet(width=width))
    assert sum(result.systems) == 17
    assert result.systems[-1] > 1 or max(result.systems) == 1
    box = re.search(r'viewBox="0 0 ([\d.]+) ', result.pages[0])
    assert abs(float(box[1]) - width) < 0.02 * width


@pytest.mark.parametrize(
    ("systems", "pickup", "better"),
    [
        ((5, 5, 5, 1), False, (4, 4, 4, 4)), ((6, 5, 5, 1), True, (5, 4, 4, 4)), ((7, 7, 1), False, (7, 4, 4)),
        ((4, 4, 4, 4), False, (4, 4, 4, 4)), ((3, 3, 2), False, (3, 3, 2)), ((9,), False, (9,)),
        ((9, 8, 5), False, (9, 8, 5)), ((1, 1, 1), False, (1, 1, 1)), ((3, 3, 2, 1), False, (3, 2, 2, 2)),
    ],
)  # fmt: skip
def test_breaks(systems, pickup, better):
    assert _better_breaks(systems, has_pickup=pickup) == better
    assert sum(better) == sum(systems)


def test_print_gives_one_system_each_in_black():
    result = engrave(tune(24), sheet=Sheet(width=700, for_print=True))
    assert len(result.pages) == len(result.systems) > 1
    assert all("var(" not in page for page in result.pages)


def test_same_piece_same_picture_in_many_threads():
    music = tune(8)
    wanted = engrave(music).pages
    with ThreadPoolExecutor(4) as pool:
        assert all(pages == wanted for pages in pool.map(lambda _: engrave(music).pages, range(8)))


def test_verovio_says_nothing(capfd):
    engrave(piece(track([(60, 0, 1 / 3), (62, 1 / 3, 1 / 3), (64, 2 / 3, 1 / 3)]), [(40, 0, 3), (43, 1, 4)]))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_an_empty_piece_is_refused():
    with pytest.raises(RenderingError, match="no notes"):
        engrave(Piece())


def test_a_missing_library_is_named(monkeypatch):
    engraving._toolkit.cache_clear()
    monkeypatch.setitem(sys.modules, "verovio", None)
    with pytest.raises(RenderingError, match="verovio"):
        engrave(tune())


def test_a_silly_size_is_an_error_in_code():
    with pytest.raises(ValueError, match="width"):
        Sheet(width=10)


@pytest.mark.parametrize("width", [330, 1160])
def test_the_line_of_the_composer_is_no_wider_than_the_page(width):
    line = "Musegen, style Folk tunes, after Two Phrases for Four Voices"
    page = engrave(tune(composer=line), sheet=Sheet(width=width)).pages[0]
    inner = int(re.search(r'definition-scale"[^>]*viewBox="0 -?[\d.]+ (\d+) ', page)[1])
    right, size = re.search(r'class="composer" x="(\d+)".*?font-size="(\d+)px"', page).groups()
    # Times italic has 0.44 em to a letter on average
    assert int(right) - 0.46 * int(size) * len(line) > 0
    assert int(right) < inner
    assert int(size) * width / inner > 7  # still to be read


def test_a_toolkit_that_has_gone_wrong_is_replaced(monkeypatch):
    class Broken:
        def __getattr__(self, name):
            return lambda *_: False

    music = piece([(60, 0, 4)])
    wanted, toolkits = engrave(music), [engraving._toolkit.__wrapped__, Broken]
    monkeypatch.setattr(engraving, "_toolkit", lru_cache(maxsize=1)(lambda: toolkits.pop()()))
    assert engrave(music) == wanted and not toolkits
