"""PDF: A4 pages, embedded fonts, the titles as text, music as vectors."""

import io
import sys

import pypdf
import pytest
from builders import piece

from musegen.errors import RenderingError
from musegen.music import ChordSymbol, Piece
from musegen.rendering import pdf
from musegen.rendering.pdf import pdf_bytes


def tune(bars, **fields):
    return piece([(60 + i % 12, i * 0.5, 0.5) for i in range(8 * bars)], key="G major", **fields)


def reader(data):
    return pypdf.PdfReader(io.BytesIO(data))


def test_one_a4_page_with_title_and_composer_as_text():
    document = reader(pdf_bytes(tune(4, title='Air "#1" \\ $x$', composer="Anna M.")))
    assert len(document.pages) == 1
    width, height = (float(v) for v in document.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)
    text = document.pages[0].extract_text()
    assert "$x$" in text
    assert "Anna M." in text
    assert document.metadata.title == 'Air "#1" \\ $x$'


def test_the_same_piece_gives_the_same_file_at_any_time():
    data = pdf_bytes(tune(1))
    assert b"CreationDate" not in data
    assert reader(data).metadata.creation_date is None
    assert pdf_bytes(tune(1)) == data


def test_given_title_wins_over_the_piece_s():
    text = reader(pdf_bytes(tune(1, title="Old"), title="New", composer="C")).pages[0].extract_text()
    assert "New" in text
    assert "Old" not in text


def test_long_music_takes_more_pages_with_numbers():
    document = reader(pdf_bytes(tune(80)))
    assert len(document.pages) > 1
    assert document.pages[1].extract_text().strip().endswith("2")


def test_all_fonts_are_embedded_and_nothing_is_a_bitmap():
    document = reader(pdf_bytes(tune(4, title="Air", chord_symbols=(ChordSymbol(0.0, "F#m"),))))
    found = 0
    for page in document.pages:
        assert not page.images
        for font in _fonts(page["/Resources"]):
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
            found += 1
    assert found


def _fonts(resources):
    resources = resources.get_object()
    for font in resources.get("/Font", {}).values():
        yield font.get_object()
    for inner in resources.get("/XObject", {}).values():
        if "/Resources" in inner.get_object():
            yield from _fonts(inner.get_object()["/Resources"])


def test_an_empty_piece_is_refused():
    with pytest.raises(RenderingError, match="no notes"):
        pdf_bytes(Piece())


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    pdf._typst.cache_clear()
    with pytest.raises(RenderingError, match="typst"):
        pdf_bytes(tune(1))
