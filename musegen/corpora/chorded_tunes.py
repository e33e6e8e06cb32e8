"""Melodies with chord symbols as corpora have them, and how they are kept once read."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from musegen import paths
from musegen.music import Piece
from musegen.music.plain import piece_from_plain, to_plain


@dataclass(frozen=True, slots=True)
class ChordedTune:
    """A tune with chord symbols: its id ("jigs/12") and its music."""

    tune_id: str
    piece: Piece


def kept_tunes(cache: str, read: Callable[[], Iterable[ChordedTune]]) -> list[ChordedTune]:
    """Return tunes from what is kept under a name, else read and kept.

    Args:
        cache: name of what is kept, with its version.
        read: reads them.
    """
    path = paths.home_dir() / "cache" / f"{cache}.json"
    if not path.is_file():
        rows = [[tune.tune_id, to_plain(tune.piece)] for tune in read()]
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(rows), encoding="utf-8")
        partial.replace(path)
    return [ChordedTune(name, piece_from_plain(plain)) for name, plain in json.loads(path.read_text("utf-8"))]


def plain_title(title: str) -> str:
    """Return a title by which a tune is known in several corpora: letters and digits, without its article."""
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    folded = re.sub(r"\(.*?\)|^(the|an|a|la|le|el)\s+|,\s*(the|an|a)\s*$", "", folded.strip())
    return re.sub(r"[^a-z0-9]", "", folded) or title.strip().lower()


def tenth_of(name: str) -> int:
    """Return one of ten parts, 0 to 9, that a name falls into, always the same."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10
