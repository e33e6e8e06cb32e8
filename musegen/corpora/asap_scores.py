"""The scores of ASAP: classical piano pieces as printed, two hands, with the dynamics of their performances."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from musegen import paths
from musegen.corpora.archives import read_files
from musegen.corpora.asap import ARCHIVE, ASAP, read_recordings, split_of
from musegen.corpora.base import Dataset, RemoteFile, register
from musegen.corpora.score_bars import regular
from musegen.corpora.score_dynamics import Dynamics, learned_dynamics
from musegen.corpora.score_piece import HANDS, ScorePiece
from musegen.corpora.stored_scores import keep_scores, kept_scores
from musegen.files.midi import read_midi
from musegen.music import KeySignature, Note, Piece, Tempo, Track, note_array, snap
from musegen.music.hands import Key, split_keys
from musegen.music.theory import estimate_key, key_fifths, tonic_from_fifths

CACHE_VERSION = 1
COMPOSER = "Chopin"

TESTED_TOO = frozenset({"Etudes_op_10_4", "Sonata_3_3rd"})
"""Chopin's pieces that are moved from "valid" to "test": by their names alone one of his would be tested, five not."""

MOST_PERFORMANCES = 4
"""Of each piece, the dynamics of so many performances are averaged, taken evenly from all."""

_REVISION = "afc815c75c42"
_GATE = 19 / 20
"""Share of their length that notes of some files sound."""


@lru_cache(maxsize=1)
def _listing() -> list[tuple[str, str, str, str, int]]:
    """Return (composer, title, path, sha256, bytes) of one score of each title, the one without repeats."""
    text = Path(__file__).with_name("asap_scores.json").read_text(encoding="utf-8")
    return [tuple(entry) for entry in json.loads(text)]


ASAP_SCORES = register(
    Dataset(
        name="asap-scores",
        title="ASAP, the scores",
        homepage=ASAP.homepage,
        files=tuple(
            RemoteFile(
                f"https://raw.githubusercontent.com/fosfrancesco/asap-dataset/{_REVISION}/{path}", sha256, path, size
            )
            for _, _, path, sha256, size in _listing()
        ),
        licence=ASAP.licence,
        citation=ASAP.citation,
        notes=f"{len(_listing())} piano pieces as engraved and exported to MIDI, a track for each staff, ornaments "
        "written out.",
    )
)


@dataclass(frozen=True, slots=True)
class ScoreInfo:
    """How the dynamics of a score were found.

    Args:
        composer: family name.
        title: as the corpus has it.
        num_performances: performances averaged; 0 where the dynamics are those of the file.
        matched: share of the score's notes found in a performance, the mean.
        qpm: quarters a minute as performed, 0 where nobody performs it.
    """

    composer: str
    title: str
    num_performances: int
    matched: float
    qpm: float


def score_split(composer: str, title: str) -> str:
    """Return the split of a piece: that of its performances, but for `TESTED_TOO`; no training piece is in another."""
    if composer == COMPOSER and title in TESTED_TOO:
        return "test"
    return split_of(composer, title)


def read_scores(split: str | None = None) -> list[ScorePiece]:
    """Return the scores of a split, or all; the first call aligns 500 performances, which takes some minutes.

    Raises:
        DatasetError: the corpus cannot be had.
    """
    return [piece for piece, _ in _read(split)]


def read_score_infos(split: str | None = None) -> list[ScoreInfo]:
    """Return how the dynamics of the scores of a split were found, in the order of `read_scores`."""
    return [info for _, info in _read(split)]


def _read(split: str | None) -> list[tuple[ScorePiece, ScoreInfo]]:
    cache = paths.home_dir() / "cache" / f"asap-scores-v{CACHE_VERSION}.npz"
    if not cache.is_file():
        keep_scores(cache, _scores())
    wanted = {i: (who, what) for i, (who, what, *_) in enumerate(_listing()) if split in (None, score_split(who, what))}
    found = []
    for (composer, title), (piece, facts) in zip(wanted.values(), kept_scores(cache, wanted), strict=True):
        performances, matched, qpm = facts
        tempos = (Tempo(0.0, round(qpm)),) if qpm else ()
        piece = replace(piece, tempos=tempos, title=title, composer=composer)
        scored = ScorePiece(piece, composer, title, f"{composer}/{title}", composer == COMPOSER)
        found.append((scored, ScoreInfo(composer, title, int(performances), matched, qpm)))
    return found


def _scores() -> Iterator[tuple[np.ndarray, Piece, tuple[float, ...]]]:
    """Yield the scores with the dynamics of their performances."""
    performances: dict[str, list] = {}
    for recording in read_recordings():
        performances.setdefault(str(PurePosixPath(recording.path).parent), []).append(recording.performance)
    for (_, _, path, *_), data in zip(_listing(), _files(), strict=True):
        piece = score_of(data)
        notes = note_array(piece)
        played = performances.get(str(PurePosixPath(path).parent), [])
        dynamics = learned_dynamics(
            notes["onset_quarter"], notes["pitch"].astype(int), notes["track"], _evenly(played, MOST_PERFORMANCES)
        )
        if dynamics:
            notes["velocity"] = dynamics.velocity
        yield notes, piece, _facts(dynamics)


def _facts(dynamics: Dynamics | None) -> tuple[float, float, float]:
    if dynamics is None:
        return 0, 0.0, 0.0
    return dynamics.num_performances, dynamics.matched, dynamics.qpm


def _evenly(items: list, most: int) -> list:
    """Return at most so many items, evenly from all."""
    return [items[i] for i in sorted({int(i) for i in np.linspace(0, len(items) - 1, min(most, len(items)))})]


def score_of(data: bytes) -> Piece:
    """Return an engraved piano score, exported as MIDI, for two hands: bars regular, lengths as written, modes named.

    Velocities are those of the file. Of two staves each is a hand; of more, or one, the notes are divided by what hands
    can do. Where both hands have the same key at the same time, the longer note stays.

    Raises:
        FileFormatError: the file is damaged or has no notes.
    """
    piece = read_midi(data)
    hands = [[_as_written(note) for note in track.notes] for track in piece.tracks]
    if len(hands) != len(HANDS):
        hands = _by_hand(sorted(note for own in hands for note in own))
    longest: dict[tuple[float, int], tuple[float, int]] = {}
    for hand, own in enumerate(hands):
        for note in own:
            place = (note.onset_quarter, note.pitch)
            if place not in longest or note.duration_quarter > longest[place][0]:
                longest[place] = (note.duration_quarter, hand)
    tracks = tuple(
        Track(tuple(n for n in own if longest[n.onset_quarter, n.pitch][1] == hand), 0, False, name)
        for hand, (own, name) in enumerate(zip(hands, HANDS, strict=True))
    )
    return _with_modes(regular(replace(piece, tracks=tracks)))


def _by_hand(notes: list[Note]) -> list[list[Note]]:
    """Return the notes of the right hand and of the left."""
    keys = [Key(round(n.onset_quarter * 480), round(n.end_quarter * 480), n.pitch) for n in notes]
    is_left = split_keys(keys, 480)
    return [[n for n, left in zip(notes, is_left, strict=True) if left is side] for side in (False, True)]


def _as_written(note: Note) -> Note:
    """Return a note as long as it is written: the files end each a 480th of a quarter early, some at 95 %."""
    ticks = round(note.duration_quarter * 480) + 1
    full = ticks / _GATE
    if ticks % 20 and abs(full - round(full / 20) * 20) < 1.0 and round(full / 20) >= 6:
        ticks = round(full / 20) * 20
    return replace(note, duration_quarter=snap(ticks / 480))


def _with_modes(piece: Piece) -> Piece:
    """Return the piece, each key signature major or minor as its notes say: the files call all major."""
    keys = []
    for index, key in enumerate(piece.key_signatures):
        stop = piece.key_signatures[index + 1].onset_quarter if index + 1 < len(piece.key_signatures) else np.inf
        notes = [n for t in piece.tracks for n in t.notes if key.onset_quarter <= n.onset_quarter < stop]
        keys.append(_with_mode(key, notes))
    return replace(piece, key_signatures=tuple(keys))


def _with_mode(key: KeySignature, notes: list[Note]) -> KeySignature:
    fifths = key_fifths(key.tonic, key.mode)
    relatives = {(tonic_from_fifths(fifths, mode), mode) for mode in ("major", "minor")}
    pitches, lengths = np.array([n.pitch for n in notes]), np.array([n.duration_quarter for n in notes])
    found = estimate_key(pitches, lengths) if notes else None
    tonic, mode = found if found in relatives else (tonic_from_fifths(fifths, "major"), "major")
    return KeySignature(key.onset_quarter, tonic, mode)


def _files() -> Iterator[bytes]:
    """Yield the files in the order of the listing, checked."""
    return read_files(ASAP_SCORES, ARCHIVE)
