"""What a musician drops as files of music: files, and the music in zip archives. unpacked, Dropped."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from musegen.files import READABLE_EXTENSIONS, single_pieces
from musegen.files.bounded_zip import ZipDamaged, ZipTooLarge, zip_entries
from musegen.languages import message

MOST_FILES = 500
MOST_FILE_BYTES = 5 << 20
"""Of one file of music."""
MOST_BYTES = 200 << 20
"""Of all files together, as they come out of their archives."""


class Dropped(NamedTuple):
    """A file of music as it was dropped."""

    name: str
    data: bytes


def unpacked(files: Iterable[tuple[str, bytes]]) -> tuple[list[Dropped], list[str]]:
    """Return the files of music among files and in zip archives among them, and a sentence for what was left out.

    Nothing is written anywhere, so that what an archive calls its files does not matter. No more is taken out of an
    archive than it may hold, whatever it says of itself.

    Args:
        files: name and content of each.
    """
    found: list[Dropped] = []
    trouble: list[str] = []
    room, others = MOST_BYTES, 0
    for name, data in files:
        if name.lower().endswith(".zip"):
            if len(found) >= MOST_FILES:
                break
            taken, said = _from_zip(name, data, room, MOST_FILES - len(found))
            found += taken
            trouble += said
            room -= sum(len(each.data) for each in taken)
        elif not _is_music(name):
            others += 1
        elif len(found) < MOST_FILES:
            found += _pieces(PurePosixPath(name).name, data)
            room -= len(data)
        else:
            others += 1
    found = found[:MOST_FILES]
    if len(found) >= MOST_FILES:
        trouble.append(message("{most} files are taken at most; the others were left out.", most=MOST_FILES))
    elif others:
        trouble.append(
            message("{count:# file holds|# files hold} no music and {count:was|were} left out.", count=others)
        )
    return found, trouble


def _pieces(name: str, data: bytes) -> list[Dropped]:
    """Return a file, or the tunes of a book of ABC tunes."""
    return [Dropped(*each) for each in single_pieces(name, data)]


def _is_music(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in READABLE_EXTENSIONS and not path.name.startswith(".") and "__MACOSX" not in path.parts


def _from_zip(name: str, data: bytes, room: int, places: int) -> tuple[list[Dropped], list[str]]:
    found: list[Dropped] = []
    trouble: list[str] = []
    try:
        for inside, content in zip_entries(data, max(room, 0), MOST_FILE_BYTES, _is_music):
            file = PurePosixPath(inside.replace("\\", "/")).name
            if content is not None:
                found += _pieces(file, content)
                if len(found) >= places:
                    break
                continue
            trouble.append(
                message(
                    "{file} in {name} is larger than a file of music may be ({most} MB) and was left out.",
                    file=file,
                    name=name,
                    most=MOST_FILE_BYTES >> 20,
                )
            )
            if len(trouble) > 3:  # an archive that is made to fill the machine
                break
    except ZipTooLarge:
        trouble.append(
            message("{name} holds more than {most} MB of music; the rest was left out.", name=name,
                    most=MOST_BYTES >> 20)
        )  # fmt: skip
    except ZipDamaged:
        trouble.append(
            message(
                "{name} is damaged, locked with a password or no zip archive, and what could not be read "
                "of it was left out.",
                name=name,
            )
        )
    if not found and not trouble:
        trouble.append(message("{name} holds no MIDI, MusicXML or ABC files.", name=name))
    return found, trouble
