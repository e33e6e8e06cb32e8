"""A class in Chromium: a table set by a link, worked at on a telephone, handed in, and seen by who set it."""

import zipfile

import pytest

from tests.chromium import settle

pytestmark = [pytest.mark.browser]

NAME = "<b>Zoë</b>"


def test_a_table_from_its_link_to_the_gallery(open_page, address):
    teacher = open_page(f"{address}/", color_scheme="dark")
    teacher.locator("g.note").first.wait_for()
    settle(teacher)
    teacher.locator(".st-key-example").get_by_text("Hymn", exact=True).click()
    teacher.locator(".st-key-understood").get_by_text("Hymn without a Bass").wait_for()
    settle(teacher)
    teacher.get_by_role("link", name="Class").first.click()
    teacher.get_by_label("Title", exact=True).fill("Chorale <i>in F</i>")
    teacher.get_by_label("Task", exact=True).fill("Harmonise this; stay in F.")
    teacher.get_by_role("button", name="Make the link").click()
    link = teacher.get_by_role("link", name="Gallery")
    link.wait_for()
    gallery = f"{address}/?{link.get_attribute('href').split('?')[1]}"
    teacher.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    teacher.get_by_role("button", name="Copy link", exact=True).click()
    teacher.wait_for_function("window.copied")
    table = teacher.evaluate("window.copied")
    assert table.startswith(f"{address}/?table=")

    pupil = open_page(table, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    pupil.locator(".st-key-table-task").get_by_text("Harmonise this; stay in F.").wait_for()
    pupil.locator("g.note").first.wait_for()
    settle(pupil)
    assert pupil.locator(".st-key-table-task b, .st-key-table-task i").count() == 0
    assert pupil.locator(".st-key-seed_source, .st-key-style").count() == 0  # what is set cannot be chosen
    assert pupil.evaluate("document.documentElement.scrollWidth") <= 390
    pupil.locator(".st-key-hand-in button:visible").click()
    pupil.get_by_label("First name", exact=True).fill(NAME)
    pupil.get_by_role("button", name="Hand in this take").click()
    pupil.get_by_text("is handed in.").wait_for()
    pupil.reload()
    pupil.locator(".st-key-table-task").wait_for()  # the table is there after a reload, and what was handed in

    teacher.goto(gallery)
    teacher.get_by_text(NAME).locator("visible=true").first.wait_for()
    teacher.get_by_text("28 notes of the pupil").first.wait_for()  # what is below the name is drawn after it
    assert teacher.get_by_text("28 notes of the pupil").count() == 1
    with teacher.expect_download() as saved:
        teacher.get_by_role("button", name="All as a zip").click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".musicxml")]) == 1
    pupil.goto(gallery[:-1])
    pupil.get_by_text("This link leads to no gallery").wait_for()

    teacher.get_by_role("button", name="Your tables").click()
    teacher.get_by_role("heading", name="Your tables").wait_for()
    settle(teacher)
    if not teacher.get_by_role("button", name="Withdraw").is_visible():
        teacher.get_by_text("Chorale <i>in F</i>").click()
    teacher.get_by_role("button", name="Withdraw").click()
    teacher.get_by_role("button", name="Let it be used again").wait_for()
    late = open_page(table)
    late.get_by_text("This table was withdrawn").wait_for()
    late.locator("g.note").first.wait_for()  # and everything else works
