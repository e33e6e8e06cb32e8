"""Two corpora of **kern scores that may be sold, read as piano scores: Chopin's first editions, and salon music.

read_first_editions, read_polish_piano. Both were encoded for the Fryderyk Chopin Institute, Warsaw. Of each of Chopin's
works one edition is read. Split by work: what the scores of ASAP hold out is held out here too (found by the runs of
eight notes that top voices share), of the other works a tenth each by name. No work of the second corpus shares
5 % of its runs with one of the first, but for a rondo that quotes one.
"""

import hashlib
import json
import logging
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import numpy as np

from musegen import paths
from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.kern import read_kern
from musegen.corpora.kern_scores import HANDS, piano_piece
from musegen.corpora.score_piece import ScorePiece
from musegen.errors import DatasetError
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.theory import MODES

CACHE_VERSION = 1
SPLITS = ("train", "valid", "test")
COMPOSER = "Chopin"
HELD_OUT = {
    "025-1b-LE-002.krn": "valid",
    "025-1b-LE-011.krn": "valid",
    "010-1b-Sm-004.krn": "test",
    "025-1b-LE-001.krn": "test",
    "058-1-BH-003.krn": "test",
}
"""Works that the scores of ASAP validate or test with."""

_NOTES = ("onset", "duration", "pitch", "velocity", "hand")
_MARKS = ("meters", "keys")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    work: str
    composer: str
    title: str
    sha256: str
    num_bytes: int


@lru_cache(maxsize=2)
def _listing(name: str) -> tuple[_Entry, ...]:
    text = Path(__file__).with_name(f"{name.replace('-', '_')}_files.json").read_text(encoding="utf-8")
    return tuple(_Entry(*entry) for entry in json.loads(text))


def _dataset(name: str, title: str, repository: str, notes: str) -> Dataset:
    homepage, revision = f"https://github.com/{repository.split('@')[0]}", repository.split("@")[1]
    raw = homepage.replace("https://github.com", "https://raw.githubusercontent.com")
    return register(
        Dataset(
            name=name,
            title=title,
            homepage=homepage,
            files=tuple(
                RemoteFile(f"{raw}/{revision}/{quote(e.path)}", e.sha256, e.path, e.num_bytes) for e in _listing(name)
            ),
            licence="CC BY 4.0: free for any use, also commercial, with the source named.",
            citation="The Fryderyk Chopin Institute (NIFC), Warsaw; encodings in Humdrum **kern.",
            notes=notes,
        )
    )


CHOPIN_EDITIONS = _dataset(
    "chopin-first-editions",
    "Chopin's first editions",
    "pl-wnifc/humdrum-chopin-first-editions@95dfb105c166",
    "Works for piano alone on two staves, one edition each, with printed dynamics; misprints are kept.",
)
POLISH_PIANO = _dataset(
    "polish-scores",
    "Polish music heritage, piano",
    "pl-wnifc/humdrum-polish-scores@c0403623c0da",
    "Piano pieces on two staves, mostly dances and salon music of the 18th to early 20th century.",
)


def read_first_editions(split: str | None = None) -> list[ScorePiece]:
    """Return Chopin's works for piano of a split, or all; the first call reads for some seconds.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return _read(CHOPIN_EDITIONS, "chopin-kern.zip", split)


def read_polish_piano(split: str | None = None) -> list[ScorePiece]:
    """Return the piano pieces of Polish libraries of a split, or all; the first call reads for half a minute.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return _read(POLISH_PIANO, "piano-kern.zip", split)


def split_of(corpus: str, work: str) -> str:
    """Return the split of a work."""
    if work in HELD_OUT:
        return HELD_OUT[work]
    number = int(hashlib.sha256(f"{corpus}/{work}".encode()).hexdigest(), 16) % 10
    return {0: "valid", 1: "test"}.get(number, "train")


def _read(dataset: Dataset, archive: str, split: str | None) -> list[ScorePiece]:
    if split is not None and split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    cache = paths.home_dir() / "cache" / f"{dataset.name}-v{CACHE_VERSION}.npz"
    if not cache.is_file():
        _fill(dataset, archive, cache)
    with np.load(cache, allow_pickle=False) as stored:
        tables = {name: stored[name] for name in stored.files}
    ends = {kind: np.cumsum(tables[f"num_{kind}"])[:-1] for kind in ("notes", *_MARKS)}
    columns = [np.split(tables[name], ends["notes"]) for name in _NOTES]
    marks = [np.split(tables[name], ends[name]) for name in _MARKS]
    found = []
    for index, entry in enumerate(_listing(dataset.name)):
        if split not in (None, split_of(dataset.name, entry.work)):
            continue
        pickup, qpm = tables["facts"][index].tolist()
        piece = _piece([c[index] for c in columns], [m[index] for m in marks], pickup, qpm)
        piece = replace(piece, title=entry.title, composer=entry.composer)
        own = entry.composer == COMPOSER
        found.append(ScorePiece(piece, entry.composer, entry.title, f"{entry.composer}/{entry.work}", own))
    return found


def _piece(notes: list[np.ndarray], marks: list[np.ndarray], pickup: float, qpm: float) -> Piece:
    hands: tuple[list[Note], list[Note]] = ([], [])
    for onset, duration, pitch, velocity, hand in zip(*(column.tolist() for column in notes), strict=True):
        hands[hand].append(Note(onset, pitch, duration, velocity))
    meters, keys = marks
    return Piece(
        tracks=tuple(Track(tuple(own), 0, False, name) for own, name in zip(hands, HANDS, strict=True)),
        tempos=(Tempo(0.0, qpm),) if qpm else (),
        time_signatures=tuple(TimeSignature(q, int(n), int(d)) for q, n, d in meters.tolist()),
        key_signatures=tuple(KeySignature(q, int(tonic), list(MODES)[int(mode)]) for q, tonic, mode in keys.tolist()),
        pickup_quarter=pickup,
    )


def _fill(dataset: Dataset, archive: str, cache: Path) -> None:
    tables: dict[str, list] = {name: [] for name in (*_NOTES, *_MARKS, "facts")}
    for entry, data in zip(_listing(dataset.name), _files(dataset, archive), strict=True):
        piece = piano_piece(read_kern(data.decode("utf-8", "replace")), entry.title, entry.composer)
        notes = [(n, hand) for hand, track in enumerate(piece.tracks) for n in track.notes]
        tables["onset"].append([n.onset_quarter for n, _ in notes])
        tables["duration"].append([n.duration_quarter for n, _ in notes])
        tables["pitch"].append([n.pitch for n, _ in notes])
        tables["velocity"].append([n.velocity for n, _ in notes])
        tables["hand"].append([hand for _, hand in notes])
        tables["meters"].append([(m.onset_quarter, m.numerator, m.denominator) for m in piece.time_signatures])
        tables["keys"].append([(k.onset_quarter, k.tonic, list(MODES).index(k.mode)) for k in piece.key_signatures])
        tables["facts"].append((piece.pickup_quarter, piece.tempos[0].qpm if piece.tempos else 0.0))
    counts = {f"num_{kind}": [len(t) for t in tables[key]] for kind, key in
              (("notes", "onset"), ("meters", "meters"), ("keys", "keys"))}  # fmt: skip
    arrays = {name: np.concatenate([np.array(t) for t in tables[name]]) for name in _NOTES}
    arrays |= {name: np.array(arrays[name], int) for name in ("pitch", "velocity", "hand")}
    arrays |= {name: np.concatenate([np.reshape(np.array(t, float), (-1, 3)) for t in tables[name]]) for name in _MARKS}
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".part.npz")
    np.savez_compressed(partial, **arrays, **counts, facts=np.array(tables["facts"]))
    partial.replace(cache)


def _files(dataset: Dataset, archive: str) -> list[bytes]:
    """Return the files in the order of the listing, checked; from the archive where a local folder has it."""
    local = paths.data_dir()
    path = local / dataset.name / archive if local else None
    if path is None or not path.is_file():
        folder = fetch(dataset)
        return [(folder / file.path).read_bytes() for file in dataset.files]
    try:
        with zipfile.ZipFile(path) as stored:
            found = []
            for file in dataset.files:
                data = stored.read(file.path.rsplit("/", 1)[-1])
                if hashlib.sha256(data).hexdigest() != file.sha256:
                    raise DatasetError(f"{file.path} in {path} is not the one expected; get the archive again.")
                found.append(data)
            return found
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DatasetError(f"The archive {path} cannot be read ({error}); get it again.") from error
