"""What is heard in a listening test: pairs of real and composed music gone on from the same seed, made once and kept.

Excerpt pairs: make_test, load_test, sound_of, has_test. Both of a pair have the same key, meter, tempo, instruments and
length; they begin at a bar line after the seed and stop before the bar in which a take prepares its end.
"""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from musegen.errors import FileFormatError, StyleError
from musegen.evaluation.listening import CATCHES, PRACTICE, REAL
from musegen.evaluation.windows import cut
from musegen.music import Piece
from musegen.music.plain import piece_from_plain, to_plain
from musegen.music.timing import bar_starts, duration_seconds
from musegen.music.transform import slice_bars
from musegen.paths import home_dir
from musegen.rendering.loudness import matched_sound
from musegen.services.judging.twins import Made, make_twins
from musegen.services.styles import abilities_of, get_style

NUM_PAIRS = 24
LEAST_PAIRS = PRACTICE + len(CATCHES) + 4
MOST_BARS = 8
MOST_SECONDS = 20.0
_PLAYED_BAR = 4.0
_VELOCITY = 80


@dataclass(frozen=True, slots=True)
class Pair:
    """Two excerpts of as many bars.

    Args:
        name: of the pair.
        system: what composed the one that is not real: the title of a style.
        real: the real music.
        composed: the composed.
        seconds: length of both as they are heard.
    """

    name: str
    system: str
    real: Piece
    composed: Piece
    seconds: float


def _folder() -> Path:
    return home_dir() / "listening"


def has_test(style_id: str) -> bool:
    """Return whether the excerpts of a style's test are made."""
    return (_folder() / f"{style_id}.json.gz").exists()


def make_test(style_id: str, most: int = NUM_PAIRS, progress: Callable[[float], None] | None = None) -> int:
    """Make the excerpts of a style's test and keep them; return how many pairs there are.

    Raises:
        MusegenError: the style or its held-out music cannot be had, or there are too few pieces.
    """
    card = get_style(style_id)
    can = abilities_of(card)
    pairs = [
        _pair(number, card.title, twin, played=not can.bars, loudness=can.loudness)
        for number, twin in enumerate(make_twins(style_id, "test", most, progress=progress))
    ]
    if len(pairs) < LEAST_PAIRS:
        raise StyleError(
            "Only {num_pairs} pairs can be made for {title}; {least_pairs} are needed for a test.",
            num_pairs=len(pairs),
            title=card.title,
            least_pairs=LEAST_PAIRS,
        )
    data = [
        {"name": p.name, "system": p.system, "real": to_plain(p.real), "composed": to_plain(p.composed),
         "seconds": p.seconds}
        for p in pairs
    ]  # fmt: skip
    path = _folder() / f"{style_id}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(gzip.compress(json.dumps(data).encode()))
    partial.replace(path)
    return len(pairs)


def load_test(style_id: str) -> dict[str, Pair]:
    """Return the pairs of a style's test by name.

    Raises:
        FileFormatError: it was not made, or its file is damaged.
    """
    path = _folder() / f"{style_id}.json.gz"
    if not path.exists():
        raise FileFormatError("The excerpts of this test are not made yet.")
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, stamp: int) -> dict[str, Pair]:
    try:
        rows = json.loads(gzip.decompress(path.read_bytes()))
        return {
            row["name"]: Pair(row["name"], row["system"], piece_from_plain(row["real"]),
                              piece_from_plain(row["composed"]), float(row["seconds"]))
            for row in rows
        }  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise FileFormatError("The excerpts of this test are damaged; have them made again.") from error


@lru_cache(maxsize=64)
def sound_of(style_id: str, name: str, system: str) -> bytes:
    """Return the sound of one excerpt, as loud as all others, as an Ogg file.

    Args:
        style_id: whose test.
        name: of the pair.
        system: `REAL`, "broken", or the composer of the other.

    Raises:
        MusegenError: there is no such test, or no sound can be made.
    """
    pair = load_test(style_id)[name]
    piece = {REAL: pair.real, "broken": broken(pair.real)}.get(system, pair.composed)
    return matched_sound(piece, pair.seconds)


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


def _pair(number: int, system: str, twin: Made, *, played: bool, loudness: bool) -> Pair:
    bars = min(twin.num_bars - twin.seed_bars - 1, MOST_BARS)
    programs = [(track.program, track.name) for track in twin.real.tracks]
    sides = []
    for piece in (twin.real, twin.composed):
        if played:
            heard = cut(piece, twin.seed_bars * _PLAYED_BAR, bars * _PLAYED_BAR)
        else:
            first = twin.seed_bars + (1 if piece.pickup_quarter else 0)
            heard = slice_bars(piece, min(first, len(bar_starts(piece)) - 1), bars)
        tracks = [track for track in heard.tracks if not track.is_drum][: len(programs)]
        sides.append(replace(heard, tempos=twin.real.tempos, title="", composer="", chord_symbols=(), tracks=tuple(
            replace(track, program=program, name=name, notes=tuple(
                note if loudness else replace(note, velocity=_VELOCITY) for note in track.notes))
            for track, (program, name) in zip(tracks, programs, strict=False)
        )))  # fmt: skip
    seconds = min(max(map(duration_seconds, sides)), MOST_SECONDS)
    return Pair(f"pair {number + 1}", system, sides[0], sides[1], seconds)
