"""Bach's four-part chorales: the published split on a sixteenth grid, and the same pieces as scores.

The published file gives four pitches for every sixteenth and nothing else. `read_frames` returns just that.
`read_pieces` adds what the file cannot tell, repeated notes, fermatas, bars and keys, from the scores that music21
carries, matched by content; the pitches stay those of the published file.
"""

import json
from typing import Any

import numpy as np

from musegen import paths
from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track

SPLITS = ("train", "valid", "test")
VOICES = ("Soprano", "Alto", "Tenor", "Bass")
STEP_QUARTER = 0.25
CACHE_VERSION = 1
_FILE = "Jsb16thSeparated.json"
_CHOIR_PROGRAM = 52
_QPM = 80.0

JSB_CHORALES = register(
    Dataset(
        name="jsb-chorales",
        title="JSB Chorales, sixteenth-note version",
        homepage="https://github.com/czhuang/JSB-Chorales-dataset",
        files=(
            RemoteFile(
                url=f"https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4e/{_FILE}",
                sha256="79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7",
                path=_FILE,
                num_bytes=1_666_444,
            ),
        ),
        licence="None stated by the repository; the music is public domain, the rights in the encoding unstated.",
        citation=(
            "N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, Modeling Temporal Dependencies in High-Dimensional "
            "Sequences, ICML 2012 (split); C.-Z. A. Huang et al., Counterpoint by Convolution, ISMIR 2017 (file)."
        ),
        notes=(
            "229 train, 76 valid and 77 test chorales in their original keys; soprano, alto, tenor and bass per "
            "sixteenth, -1 for silence. Held and repeated notes look the same; no fermatas, bars or keys."
        ),
    )
)


def read_frames(split: str) -> list[np.ndarray]:
    """Return the pieces of a published split as they are: integer arrays (T, 4), S A T B pitches, -1 for silence.

    Args:
        split: "train", "valid" or "test".

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    text = (fetch(JSB_CHORALES) / _FILE).read_text(encoding="utf-8")
    return [np.array(piece, dtype=int) for piece in json.loads(text)[split]]


def read_pieces(split: str) -> list[Piece]:
    """Return the pieces of a split with repeated notes, fermatas, meter, pickup and key where a score was found.

    The pitches of every sixteenth equal `read_frames`. A piece without a score has its equal neighbours merged into
    held notes, no fermatas, 4/4 and an estimated key. The first call reads 400 scores, which takes about a minute;
    the result is kept in the home folder.

    Args:
        split: "train", "valid", "test", or "extra": chorales that music21 carries beyond the published ones, none of
            them a near duplicate of a published piece.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return [_piece(record) for record in _records(split)]


def read_sources(split: str) -> list[str]:
    """Return for each piece of `read_pieces(split)` the name of the score it was matched with, "" where none was."""
    return [record["source"] for record in _records(split)]


def _records(split: str) -> list[dict[str, Any]]:
    if split not in (*SPLITS, "extra"):
        raise ValueError(f"split must be one of {', '.join((*SPLITS, 'extra'))}, got {split!r}")
    cache = paths.home_dir() / "cache" / f"jsb-chorales-v{CACHE_VERSION}.json"
    if not cache.is_file():
        from musegen.corpora.chorale_scores import articulate

        records = articulate({name: read_frames(name) for name in SPLITS})
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial = cache.with_suffix(".part")
        partial.write_text(json.dumps(records, separators=(",", ":")), encoding="utf-8")
        partial.replace(cache)
    return json.loads(cache.read_text(encoding="utf-8"))[split]


def _piece(record: dict[str, Any]) -> Piece:
    """Return the piece of one record of the cache (see `chorale_scores.make_record`)."""
    tracks = tuple(
        Track(
            tuple(Note(on * STEP_QUARTER, pitch, length * STEP_QUARTER) for on, length, pitch in notes),
            _CHOIR_PROGRAM,
            name=name,
        )
        for name, notes in zip(VOICES, record["voices"], strict=True)
    )
    return Piece(
        tracks,
        tempos=(Tempo(0.0, _QPM),),
        time_signatures=tuple(TimeSignature(step * STEP_QUARTER, n, d) for step, n, d in record["meters"]),
        key_signatures=(KeySignature(0.0, record["tonic"], record["mode"]),),
        fermatas=tuple(step * STEP_QUARTER for step in record["fermatas"]),
        pickup_quarter=record["pickup"] * STEP_QUARTER,
        title=record["source"].replace("bwv", "BWV "),
        composer="Johann Sebastian Bach",
    )
