"""What was handed in at a table: counted, compared, and all of it as a zip that says whose each note is.

notes_of_each, gallery_zip, LEGEND.
"""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace

from musegen.library import library, tables
from musegen.library.table_store import HandedIn
from musegen.library.takes import OpenedTake
from musegen.services.keeping.library import file_stem
from musegen.services.keeping.listing import readable
from musegen.services.showing import downloads as studio
from musegen.services.tables.setting import read_setting

LIST = "handed-in.csv"
_COLUMNS = ("number", "first name", "title", "handed in (UTC)", "style", "bars", "seconds", "notes of the pupil",
            "notes of the network", "files")  # fmt: skip
_WHOSE = {"yours": "pupil", "new": "network"}


def notes_of_each(opened: OpenedTake) -> tuple[int, int]:
    """Return how many notes of a take the pupil gave, and how many the network composed."""
    given = sum(map(len, opened.given))
    return given, opened.piece.num_notes - given


def gallery_zip(gallery_key: str) -> bytes:
    """Return all that was handed in as a zip.

    Of each take: MIDI in which the pupil's notes have tracks of their own, MusicXML and PDF in which they are blue,
    and a table of all notes that says whose each is. `handed-in.csv` lists the takes.

    Raises:
        LibraryError: there is no such gallery, or a take cannot be read.
        RenderingError: a sheet cannot be made.
    """
    table = tables.get_by_gallery(gallery_key)
    handed = tables.handed_in(gallery_key)
    target, listing = io.BytesIO(), io.StringIO()
    rows = csv.writer(listing)
    rows.writerow(_COLUMNS)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one in enumerate(handed, 1):
            opened = library.get_take(table.gallery, one.take.take_id)
            stem = file_stem(number, f"{one.name} {one.take.name}".strip())
            for ending, data in _files(opened, one):
                archive.writestr(f"{stem}{ending}", data)
            when = one.handed_at.strftime("%Y-%m-%d %H:%M")
            rows.writerow([number, _cell(one.name), _cell(one.take.name), when, one.take.style_id, one.take.num_bars,
                           round(one.take.seconds), *notes_of_each(opened), stem])  # fmt: skip
        archive.writestr(LIST, "\ufeff" + listing.getvalue())  # a mark by which spreadsheets know it for UTF-8
        archive.writestr("task.txt", _task(table.body))
    return target.getvalue()


def _files(opened: OpenedTake, one: HandedIn) -> Sequence[tuple[str, bytes]]:
    opened, take, _ = readable(opened)
    by = f"{one.name} and Musegen" if one.name else take.piece.composer
    piece = replace(take.piece, composer=by)
    return (
        (".mid", studio.marked_file(piece, "mid", opened.given, opened.recipe, ("pupil", "network"))),
        (".musicxml", studio.marked_file(piece, "musicxml", opened.given, opened.recipe)),
        (".pdf", studio.marked_file(piece, "pdf", opened.given)),
        (" notes.csv", _notes(opened)),
    )


def _notes(opened: OpenedTake) -> bytes:
    """Return all notes of a take as CSV, with whose each is."""
    rows = studio.note_rows(readable(opened)[1])
    out = io.StringIO()
    writer = csv.DictWriter(out, [*(name for name in rows[0] if name != "From"), "Whose"] if rows else ["Whose"])
    writer.writeheader()
    for row in rows:
        whose = _WHOSE[row.pop("From")]
        writer.writerow(row | {"Whose": whose})
    return ("\ufeff" + out.getvalue()).encode()


def _task(body: str) -> str:
    setting = read_setting(body)
    return f"{setting.title}\n\n{setting.task}\n"


def _cell(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    return f"'{text}" if re.match(r"[=+\-@\t\r]", text) else text
