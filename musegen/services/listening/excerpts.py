"""What is heard in a listening test: versions of one going on, real and composed, made once and kept.

Excerpt, ListeningTest, has_test, load_test, sound_of. All versions of an excerpt go on from the same seed, in the same
key, meter and tempo, by the same instruments, and are as long; they begin at a bar line after the seed and stop before
the bar in which a take prepares its end. The tests of some styles come with the program (`assets/listening`), of real
music that is free for any use; others are made here, see `making`.
"""

import gzip
import json
import re
import secrets
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from musegen.errors import FileFormatError
from musegen.evaluation.listening import BROKEN, CATCHES, PRACTICE, REAL
from musegen.music import Piece
from musegen.music.plain import piece_from_plain, to_plain
from musegen.paths import assets_dir, home_dir
from musegen.rendering.loudness import matched_sound

NUM_EXCERPTS = 24
LEAST_EXCERPTS = PRACTICE + len(CATCHES) + 4
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Versions of one going on, of as many bars each.

    Args:
        name: of the excerpt.
        versions: the music by the system that made it: `REAL`, or the title of a style.
        seconds: length of all as they are heard.
    """

    name: str
    versions: dict[str, Piece]
    seconds: float

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems, real music first."""
        return tuple(sorted(self.versions, key=lambda system: (system != REAL, system)))


@dataclass(frozen=True, slots=True)
class ListeningTest:
    """A test that listeners take.

    Args:
        test_id: the id of a style whose own test it is, or an id that nobody can guess.
        title: for the page; "" for the test of a style.
        owner: who made it; "" for the test of a style.
        excerpts: by name.
    """

    test_id: str
    title: str
    owner: str
    excerpts: dict[str, Excerpt]

    @property
    def has_real(self) -> bool:
        """Whether every excerpt has a version that a person wrote."""
        return all(REAL in excerpt.versions for excerpt in self.excerpts.values())


def tests_dir() -> Path:
    """Folder of the tests that were made here; it need not exist."""
    return home_dir() / "listening"


def new_id() -> str:
    """Return an id for a test of a musician's own, which nobody can guess."""
    return f"own-{secrets.token_hex(12)}"


def _path(test_id: str) -> Path:
    if not _ID.fullmatch(test_id):
        raise FileFormatError("There is no such listening test.")
    own = tests_dir() / f"{test_id}.json.gz"
    shipped = assets_dir() / "listening" / f"{test_id}.json.gz"
    return own if own.exists() or not shipped.exists() else shipped


def has_test(test_id: str) -> bool:
    """Return whether the excerpts of a test are there."""
    return bool(_ID.fullmatch(test_id)) and _path(test_id).exists()


def save_test(test: ListeningTest, folder: Path | None = None) -> Path:
    """Keep a test, whole or not at all; return its file. The same test gives the same bytes."""
    rows = [
        {"name": e.name, "seconds": e.seconds, "versions": {name: to_plain(e.versions[name]) for name in e.systems}}
        for e in test.excerpts.values()
    ]  # fmt: skip
    data = {"title": test.title, "owner": test.owner, "excerpts": rows}
    path = (folder or tests_dir()) / f"{test.test_id}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0))
    partial.replace(path)
    return path


def load_test(test_id: str) -> ListeningTest:
    """Return a test.

    Raises:
        FileFormatError: it was not made, or its file is damaged.
    """
    path = _path(test_id)
    if not path.exists():
        raise FileFormatError("The excerpts of this test are not made yet.")
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _load(path: Path, stamp: int) -> ListeningTest:
    try:
        data = json.loads(gzip.decompress(path.read_bytes()))
        if isinstance(data, list):  # as they were kept when a test compared one style with real music
            rows = [row | {"versions": {REAL: row["real"], row["system"]: row["composed"]}} for row in data]
            data = {"title": "", "owner": "", "excerpts": rows}
        excerpts = {
            row["name"]: Excerpt(
                row["name"],
                {system: piece_from_plain(plain) for system, plain in row["versions"].items()},
                float(row["seconds"]),
            )
            for row in data["excerpts"]
        }
        return ListeningTest(path.name.partition(".")[0], str(data["title"]), str(data["owner"]), excerpts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise FileFormatError("The excerpts of this test are damaged; have them made again.") from error


@lru_cache(maxsize=64)
def sound_of(test_id: str, name: str, system: str) -> bytes:
    """Return the sound of one excerpt, as loud as all others, as an Ogg file.

    Args:
        test_id: of the test.
        name: of the excerpt.
        system: `REAL`, "broken", or the title of a style.

    Raises:
        MusegenError: there is no such test, or no sound can be made.
    """
    excerpt = load_test(test_id).excerpts.get(name)
    if excerpt is None:  # the test was made again since this was dealt
        raise FileFormatError("This excerpt is not in the test any more; have the test made again.")
    base = excerpt.versions[excerpt.systems[0]]
    piece = broken(base) if system == BROKEN else excerpt.versions.get(system, base)
    return matched_sound(piece, excerpt.seconds)


def broken(piece: Piece) -> Piece:
    """Return a piece whose pitches are thrown together: nobody who listens takes it for the real one."""
    random = np.random.default_rng(0)
    tracks = []
    for track in piece.tracks:
        pitches = [note.pitch for note in track.notes]
        moved = [int(np.clip(p + random.integers(-11, 12), 0, 127)) for p in random.permutation(pitches)]
        notes = tuple(replace(note, pitch=pitch) for note, pitch in zip(track.notes, moved, strict=True))
        tracks.append(replace(track, notes=notes))
    return replace(piece, tracks=tuple(tracks))
