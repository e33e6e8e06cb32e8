"""Takes kept and handed on: into the library with their recipes, out of it as a zip, and back in.

keep, new_take, take_of, file_stem, export_zip, import_zip.
"""

import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from musegen.composers.request import Take
from musegen.errors import FileFormatError, LibraryError
from musegen.files.limits import check_piece
from musegen.library import library
from musegen.library.takes import MAX_NAME, MAX_REMARK, NewTake, OpenedTake
from musegen.music.plain import piece_from_plain, to_plain
from musegen.music.timing import duration_seconds, num_bars
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.showing import downloads as studio

INDEX = "takes.json"
"""The file in a zip that `import_zip` reads; the others are for people."""

ZIP_VERSION = 1
MAX_ZIP_BYTES = 200 * 2**20
MAX_INDEX_BYTES = 64 * 2**20
"""Of the index, unpacked: reading it takes some twenty times as much memory."""
FILE_FORMATS = ("mid", "musicxml")
_INDEX_FRAME = f'{{"musegen_takes":{ZIP_VERSION},"takes":[%s]}}'


def keep(
    owner: str, take: Take, recipe: Recipe | None, *, made_from: str = "", name: str | None = None, **said: Any
) -> str:
    """Keep a take in the library and return its id there.

    Args:
        owner: whose it is.
        take: the take.
        recipe: how it was made.
        made_from: the same in words.
        name: as it is listed; None for the title of its piece.
        said: tags, rating, remark and parent_id, as `NewTake` takes them.

    Raises:
        LibraryError: the library cannot be written.
    """
    return library.keep_take(owner, new_take(take, recipe, made_from, name, **said))


def new_take(take: Take, recipe: Recipe | None, made_from: str = "", name: str | None = None, **said: Any) -> NewTake:
    """Return a take as a library takes it; the arguments are those of `keep`."""
    return NewTake(
        piece=take.piece,
        given=take.given,
        name=name or take.piece.title,
        style_id=take.style_id,
        made_from=made_from,
        num_bars=take.num_bars,
        seconds=take.seconds,
        recipe=recipe_text(recipe) if recipe else None,
        **said,
    )


def take_of(opened: OpenedTake) -> Take:
    """Return a kept take as one that can be heard, seen and downloaded."""
    recipe = read_recipe_text(opened.recipe)[0] if opened.recipe else None
    return Take(
        piece=replace(opened.piece, title=opened.listed.name),
        index=recipe.index if recipe else 0,
        given=opened.given,
        num_bars=opened.listed.num_bars,
        seconds=opened.listed.seconds,
        notes_changed=0,
        log_likelihood=0.0,
        random_seed=recipe.request.random_seed if recipe else 0,
        style_id=opened.listed.style_id,
        style_sha256=recipe.style_sha256 if recipe else "",
    )


def export_zip(owner: str | None, take_ids: Sequence[str]) -> bytes:
    """Return takes as a zip: MIDI and MusicXML of each, recipes inside, and an index to import them again.

    Raises:
        LibraryError: one is not in the library, or they are more than one zip may hold.
    """
    target, index, size = io.BytesIO(), [], 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, take_id in enumerate(take_ids, 1):
            opened = library.get_take(owner, take_id)
            listed = opened.listed
            index.append(_entry(opened))
            size += len(index[-1]) + 1
            if size > MAX_INDEX_BYTES - len(_INDEX_FRAME):
                raise LibraryError("These takes are more than one zip may hold; choose fewer and export them in parts.")
            stem = file_stem(number, listed.name)
            piece = replace(opened.piece, title=listed.name)
            for file_format in FILE_FORMATS:
                data = studio.file_bytes(piece, file_format, opened.recipe)
                archive.writestr(f"{stem}.{file_format}", data)
        archive.writestr(INDEX, _INDEX_FRAME % ",".join(index))
    return target.getvalue()


def file_stem(number: int, name: str) -> str:
    """Return what the names of a take's files in a zip begin with: "003 Blue Moon"."""
    return f"{number:03d} " + (re.sub(r"[^\w .,-]+", "-", name).strip(" .")[:60] or "take")


def _entry(opened: OpenedTake) -> str:
    """Return what the index says of a take, as JSON in ASCII."""
    listed = opened.listed
    entry = {
        "id": listed.take_id,
        "parent": listed.parent_id,
        "name": listed.name,
        "rating": listed.rating,
        "remark": listed.remark,
        "tags": list(listed.tags),
        "style_id": listed.style_id,
        "made_from": listed.made_from,
        "kept_at": listed.kept_at.isoformat(),
        "recipe": opened.recipe,
        "music": to_plain(opened.piece),
        "given": [sorted(indices) for indices in opened.given],
    }
    return json.dumps(entry, separators=(",", ":"))


def import_zip(owner: str, data: bytes) -> list[str]:
    """Keep the takes of a zip that `export_zip` made, with their dates and what was made from what; return their ids.

    Those that are there already stay as they are, but learn from which take they were made.

    Raises:
        FileFormatError: it is no such zip, or damaged; nothing is kept then.
        LibraryError: the library cannot be written.
    """
    kept = [_new_take(entry) for entry in _entries(data)]
    return library.keep_takes(owner, [take for take, _ in kept], old_ids=[old_id for _, old_id in kept])


def _entries(data: bytes) -> list[Any]:
    if len(data) > MAX_ZIP_BYTES:
        raise FileFormatError(
            "This zip is larger than {max_zip_bytes} MB; import it in parts.", max_zip_bytes=MAX_ZIP_BYTES // 2**20
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.getinfo(INDEX).file_size > MAX_INDEX_BYTES:
                raise FileFormatError("This zip holds more than can be imported at once; import it in parts.")
            body = json.loads(archive.read(INDEX))
        version, entries = body["musegen_takes"], body["takes"]
    except (
        zipfile.BadZipFile,
        KeyError,
        TypeError,
        ValueError,
        EOFError,
        OSError,
        RuntimeError,  # a password, another way of packing, brackets without end
        zlib.error,
        lzma.LZMAError,
    ) as error:
        raise FileFormatError("This is not a zip of takes that Musegen exported, or it is damaged.") from error
    if version != ZIP_VERSION or not isinstance(entries, list):
        raise FileFormatError(
            "This zip was exported by another Musegen (layout {version!r:.20}); update Musegen.", version=version
        )
    return entries


def _new_take(entry: Any) -> tuple[NewTake, str | None]:
    """Return a take of the index and its id in the library where it was."""
    try:
        piece = check_piece(piece_from_plain(entry["music"]))
        recipe = entry["recipe"]
        if recipe is not None:
            read_recipe_text(recipe)
        take = NewTake(
            piece=piece,
            given=tuple(frozenset(map(_whole, indices)) for indices in entry["given"]),
            name=_text(entry["name"])[:MAX_NAME],
            style_id=_text(entry["style_id"]),
            made_from=_text(entry["made_from"]),
            num_bars=num_bars(piece),
            seconds=duration_seconds(piece),
            recipe=recipe,
            tags=tuple(map(_text, entry["tags"])),
            rating=min(max(_whole(entry["rating"]), 0), 5),
            remark=_text(entry["remark"])[:MAX_REMARK],
            parent_id=_id(entry, "parent"),
            kept_at=_date(entry.get("kept_at")),
        )
        return take, _id(entry, "id")
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise FileFormatError("A take of this zip is damaged, so none of them was imported.") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r:.60}")
    value.encode()  # half a surrogate pair cannot be kept: UnicodeEncodeError is a ValueError
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) >= 2**53:
        raise ValueError("expected a whole number")
    return value


def _id(entry: dict[str, Any], name: str) -> str | None:
    """Return an id in the library where the take was; a zip of an older Musegen has none."""
    return None if entry.get(name) is None else _text(entry[name])


def _date(value: Any) -> datetime | None:
    if value is None:
        return None
    when = datetime.fromisoformat(_text(value))
    if when.tzinfo is None:
        raise ValueError("a date without its time zone")
    return min(when.astimezone(UTC), datetime.now(UTC))
