"""PDF: A4 pages, embedded fonts, the titles as text, music as vectors."""

import io
import sys

import pypdf
import pytest

from musegen.errors import RenderingError
from musegen.music import ChordSymbol, Piece
from musegen.music.notation import bars_of
from musegen.rendering import pdf
from musegen.rendering.engraving import engrave
from musegen.rendering.pdf import page_breaks, parts_pdf, pdf_bytes
from tests.builders import piece, track


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


def test_parts_have_pages_of_their_own_after_the_score():
    names = ("Soprano", "Alto", "Tenor", "Bass")
    voices = [track([(72 - 7 * i, q, 1) for q in range(16)], name=name) for i, name in enumerate(names)]
    pages = reader(parts_pdf(piece(*voices, title="Hymn", composer="N. N."))).pages
    assert len(pages) == 5
    for page, name in zip(pages[1:], names, strict=True):
        text = page.extract_text()
        assert "Hymn" in text
        assert "N. N." in text
        assert name in text


def test_the_part_of_a_player_who_ends_first_has_all_bars(monkeypatch):
    seen = []
    monkeypatch.setattr(pdf, "engrave", lambda piece, **options: seen.append(piece) or engrave(piece, **options))
    music = piece(track([(72, 0.5 + q, 1) for q in range(23)], 40), track([(48, 0.5, 4)], 42), pickup=0.5)
    parts_pdf(music)
    assert [len(bars_of(p)) for p in seen] == [7, 7, 7]
    assert [bars_of(p)[-1].end for p in seen] == [bars_of(music)[-1].end] * 3


def test_a_clarinet_reads_in_b_flat_and_equal_players_are_numbered(monkeypatch):
    seen = []
    monkeypatch.setattr(pdf, "engrave", lambda piece, **options: seen.append(piece) or engrave(piece, **options))
    clarinets = [track([(60 + i, 0, 4)], program=71, name="Clarinet") for i in range(2)]
    pages = reader(parts_pdf(piece(*clarinets, track([(38, 0, 1)], is_drum=True), key="C major"))).pages
    assert [[t.notes[0].pitch for t in p.tracks] for p in seen] == [[60, 61, 38], [62], [63], [38]]
    assert [p.key_signatures[0].tonic for p in seen[:3]] == [0, 2, 2]
    assert ["Clarinet (1) in B♭" in pages[1].extract_text(), "Clarinet (2)" in pages[2].extract_text()] == [True, True]
    assert "Drums" in pages[3].extract_text()


def test_each_section_counts_its_own_pages():
    pages = reader(parts_pdf(piece([(60, q, 1) for q in range(600)], [(48, q, 1) for q in range(600)]))).pages
    numbers = [page.extract_text().split()[-1] for page in pages]
    firsts = [i for i, n in enumerate(numbers) if n == "1"]
    assert len(firsts) == 3  # the score and two parts
    for a, b in zip(firsts, [*firsts[1:], len(pages)], strict=True):
        assert numbers[a:b] == [str(i + 1) for i in range(b - a)]


@pytest.mark.parametrize(
    ("count", "rests", "pages"),
    [
        (3, {}, [3]),
        (9, {}, [9]),  # 9 * 20 + 8 * 7 = 236 mm
        (10, {}, [8, 2]),  # nobody likes one system alone
        (14, {7: 2.0}, [8, 6]),  # pages turn where there is a rest
        (24, {6: 1.0}, [7, 10, 7]),
    ],
)
def test_pages_are_full_and_turned_at_rests(count, rests, pages):
    found = page_breaks((20.0,) * count, tuple(rests.get(i, 0.0) for i in range(count)), 240.0)
    assert [len(page) for page in found] == pages
    assert [i for page in found for i in page] == list(range(count))


def test_a_system_taller_than_the_page_still_has_one():
    assert page_breaks((400.0, 400.0), (0.0, 0.0), 240.0) == [[0], [1]]


def test_an_empty_piece_is_refused():
    with pytest.raises(RenderingError, match="no notes"):
        pdf_bytes(Piece())


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    pdf._typst.cache_clear()
    with pytest.raises(RenderingError, match="typst"):
        pdf_bytes(tune(1))
