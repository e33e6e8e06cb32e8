"""A style as one file, to give to somebody else: pack_style, unpack_style, remove_style.

A zip archive of the card and the files that it names, all of them data: JSON, lines of JSON, arrays of numbers, and
graphs that LiteRT plays. What is not exactly that is refused before anything of it is used.
"""

import hashlib
import io
import json
import re
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from musegen.errors import StyleError
from musegen.files.bounded_zip import ZipDamaged, ZipTooLarge, zip_entries
from musegen.paths import checkpoints_dir, own_styles_dir
from musegen.styles.card import LATTICE_FILE, PICTURE_FILE, RECALL_FILE, StyleCard, load_card, save_card
from musegen.styles.shelf import list_styles, style_folder

ENDING = ".musegen-style"
MOST_BYTES = 60 << 20
"""Of all files of a style together; shipped ones have at most 20 MB."""
CARD = "card.json"
_DATED = (1980, 1, 1, 0, 0, 0)

GRAPHS = ("advance.tflite", "logits.tflite")
ARRAYS = (LATTICE_FILE, "weights.npz", "reference.npz", "originality.npz")
WORDS = ("history.jsonl", "reference.json", RECALL_FILE, PICTURE_FILE)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def pack_style(style_id: str) -> bytes:
    """Return a style as one file; the same style gives the same bytes.

    Raises:
        StyleError: there is no such style, or a file of it is missing.
    """
    folder = style_folder(style_id)
    card, out = load_card(folder), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (CARD, *sorted(card.files)):
            try:
                content = (folder / name).read_bytes()
            except OSError as error:
                raise StyleError(
                    'The style "{title}" is incomplete: {name} is missing.', title=card.title, name=name
                ) from error
            archive.writestr(zipfile.ZipInfo(name, _DATED), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack_style(data: bytes) -> StyleCard:
    """Put a style that came as one file on the musician's shelf; return its card.

    A style that is there under the same id stays: the new one gets an id of its own.

    Raises:
        StyleError: it is no file of a style, holds anything but data, or a file is not the one its card names.
    """
    files = _files_of(data)
    shelf = own_styles_dir()
    shelf.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=shelf.parent, prefix=".unpacking-") as scratch:
            made = Path(scratch) / "style"
            made.mkdir()
            for name, content in files.items():
                (made / name).write_bytes(content)
            card = load_card(made)
            _check(card, files)
            card = replace(card, style_id=_free_id(card.style_id))
            save_card(card, made)
            made.rename(shelf / card.style_id)
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        raise StyleError("The style cannot be kept ({words}); make room and try again.", words=words) from error
    return card


def is_own(style_id: str) -> bool:
    """Return whether a style stands on the musician's shelf alone, and so can be removed."""
    return (own_styles_dir() / style_id).is_dir() and not (checkpoints_dir() / style_id).is_dir()


def remove_style(style_id: str) -> None:
    """Remove a style from the musician's shelf.

    Raises:
        StyleError: it is not there, or is one of those shipped.
    """
    folder = style_folder(style_id)
    if not is_own(style_id):
        raise StyleError('"{title}" came with the program and stays.', title=load_card(folder).title)
    with tempfile.TemporaryDirectory(dir=folder.parent.parent, prefix=".removing-") as scratch:
        gone = Path(scratch) / "style"
        folder.rename(gone)  # at once, so that nobody meets half a style
        shutil.rmtree(gone, ignore_errors=True)


def _files_of(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name.

    Raises:
        StyleError: it is none, or holds what no style has.
    """
    known = {CARD, *GRAPHS, *ARRAYS, *WORDS}
    files: dict[str, bytes] = {}
    try:
        for name, content in zip_entries(data, MOST_BYTES):
            if name not in known or name in files or content is None:
                raise StyleError("This is refused as a style: it holds {name}, which no style has.", name=name[:60])
            files[name] = content
    except ZipTooLarge as error:
        raise StyleError("This is refused as a style: it is larger than {most} MB.", most=MOST_BYTES >> 20) from error
    except ZipDamaged as error:
        raise StyleError(
            "This is no file of a style, or it is damaged; choose one that ends in {ending}.", ending=ENDING
        ) from error
    played = (LATTICE_FILE,) if LATTICE_FILE in files else GRAPHS
    if missing := [name for name in (CARD, *played) if name not in files]:
        raise StyleError("This is refused as a style: {name} is missing in it.", name=missing[0])
    return files


def _check(card: StyleCard, files: dict[str, bytes]) -> None:
    """Refuse files that are not those the card names, or hold more than data.

    Raises:
        StyleError: one is.
    """
    if not _ID.fullmatch(card.style_id) or len(card.style_id) > 60:
        raise StyleError("This is refused as a style: its id is none.")
    texts = [card.title, card.description, card.feed_it, card.cannot, card.licence, *card.voices]
    if any(not isinstance(text, str) or "{" in text or "}" in text for text in texts):
        raise StyleError("This is refused as a style: its card holds words that no card has.")
    if set(card.files) != set(files) - {CARD}:
        name = sorted(set(card.files) ^ (set(files) - {CARD}))[0]
        raise StyleError(
            "This is refused as a style: its card and its files do not agree about {name}.", name=name[:60]
        )
    for name, content in files.items():
        if name != CARD and hashlib.sha256(content).hexdigest() != card.files[name]:
            raise StyleError("This is refused as a style: {name} is not the file that its card names.", name=name)
        try:
            _check_data(name, content)
        except (ValueError, OSError, zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            raise StyleError("This is refused as a style: {name} holds something else than data.", name=name) from error


def _check_data(name: str, content: bytes) -> None:
    """Raise ValueError where a file is not of its kind."""
    if name in GRAPHS:
        if content[4:8] != b"TFL3":
            raise ValueError("no LiteRT graph")
    elif name in ARRAYS:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:  # np.load would read a pickle where it is no archive
            sizes = [entry.file_size for entry in archive.infolist()]
            if sum(sizes) > 4 * MOST_BYTES or not all(e.filename.endswith(".npy") for e in archive.infolist()):
                raise ValueError("no arrays")
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            for key in stored.files:
                if stored[key].dtype.kind not in "biuf":
                    raise ValueError("no numbers")
    else:
        text = content.decode("utf-8")
        for line in text.splitlines() if name.endswith(".jsonl") else (text,):
            if line.strip():
                json.loads(line)


def _free_id(style_id: str) -> str:
    taken = {card.style_id for card in list_styles()} | {path.name for path in own_styles_dir().glob("*")}
    return next(name for n in range(1, 10_000) if (name := style_id if n == 1 else f"{style_id}-{n}") not in taken)
