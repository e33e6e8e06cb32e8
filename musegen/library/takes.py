"""Takes that are kept, as data, and the rules that hold in every store: NewTake, KeptTake, OpenedTake.

written_music, read_music, content_of, clean_name, clean_tags, check_rating, ORDERS.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from musegen.errors import LibraryError
from musegen.music import Piece
from musegen.music.plain import piece_from_plain, to_plain

MAX_NAME, MAX_REMARK, MAX_TAG, MAX_TAGS = 120, 4000, 40, 20
DAYS_DELETED = 30
"""Days that a deleted take can still be brought back."""

ORDERS = ("newest", "oldest", "best", "name", "longest")
"""Orders of `Store.list_takes`."""


@dataclass(frozen=True, slots=True)
class NewTake:
    """What is kept of a take.

    Args:
        piece: the music.
        given: for each track, the indices of the musician's own notes.
        name: as the musician calls it.
        style_id: the style it was made in.
        made_from: in words, "Folk tunes, go on from the seed: Reel".
        num_bars: bars.
        seconds: length.
        recipe: how to make it again, None where nobody knows.
        parent_id: the kept take that it was made from.
        tags: words to find it by.
        rating: 0 for none, 1 to 5.
        remark: the musician's note.
        kept_at: when it was kept at first, with its time zone; None for now.
    """

    piece: Piece
    given: tuple[frozenset[int], ...]
    name: str
    style_id: str
    made_from: str = ""
    num_bars: int = 0
    seconds: float = 0.0
    recipe: str | None = None
    parent_id: str | None = None
    tags: tuple[str, ...] = ()
    rating: int = 0
    remark: str = ""
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptTake:
    """A take as it stands in a list.

    Args:
        take_id: its id.
        owner: whose it is.
        kept_at: when, in UTC.
        name: as the musician calls it.
        rating: 0 for none, 1 to 5.
        remark: the musician's note.
        style_id: the style it was made in.
        made_from: in words.
        num_bars: bars.
        seconds: length.
        num_notes: notes.
        parent_id: the kept take that it was made from, if any.
        share_key: the unguessable end of its link, None while it is not shared.
        tags: words to find it by, sorted.
    """

    take_id: str
    owner: str
    kept_at: datetime
    name: str
    rating: int
    remark: str
    style_id: str
    made_from: str
    num_bars: int
    seconds: float
    num_notes: int
    parent_id: str | None
    share_key: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedTake:
    """A kept take with its music.

    Args:
        listed: as in a list.
        piece: the music.
        given: for each track, the indices of the musician's own notes.
        recipe: how to make it again, or None.
    """

    listed: KeptTake
    piece: Piece
    given: tuple[frozenset[int], ...]
    recipe: str | None


def written_music(take: NewTake) -> str:
    """Return the music of a take and which notes are the musician's own, as it is stored."""
    return json.dumps([to_plain(take.piece), [sorted(indices) for indices in take.given]], separators=(",", ":"))


def content_of(take: NewTake) -> str:
    """Return what tells one take from another: the checksum of its music and recipe."""
    return hashlib.sha256(f"{written_music(take)}\0{take.recipe or ''}".encode()).hexdigest()


def read_music(packed: bytes, name: str) -> tuple[Piece, tuple[frozenset[int], ...]]:
    """Return the music that was packed with zlib from `written_music`, and the musician's own notes of each track.

    Raises:
        LibraryError: it is damaged; the message names the take.
    """
    try:
        plain, given = json.loads(zlib.decompress(packed))
        return piece_from_plain(plain), tuple(map(frozenset, given))
    except (ValueError, zlib.error) as error:
        raise LibraryError('The take "{name}" is damaged in the library and cannot be opened.', name=name) from error


def clean_name(name: str) -> str:
    """Return a name on one line, not too long, never empty."""
    return " ".join(name.split())[:MAX_NAME] or "Untitled"


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags in small letters, each once, not too long and not too many."""
    words = dict.fromkeys(" ".join(tag.split())[:MAX_TAG].lower() for tag in tags)
    return tuple(word for word in list(words)[:MAX_TAGS] if word)


def check_rating(rating: int) -> int:
    """Return a rating as it is.

    Raises:
        ValueError: it is not 0 to 5.
    """
    if not 0 <= rating <= 5:
        raise ValueError(f"rating must be 0 to 5, got {rating!r}")
    return int(rating)
