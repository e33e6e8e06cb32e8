"""Repeated notes, fermatas, bars and keys for chorales known only by their pitches, from scores that match them.

Function: articulate. The result is plain data, one record for each piece, that `jsb_chorales` keeps and reads.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from musegen.corpora.chorale_alignment import (
    agreement,
    align,
    common_transposition,
    harmony_runs,
    melody_runs,
    onsets_from_changes,
    shared_runs,
    transfer_attacks,
)
from musegen.errors import FileFormatError
from musegen.files.grid_score import GridScore, corpus_paths, read_grid_score
from musegen.music.theory import estimate_key, tonic_from_fifths

MIN_AGREEMENT = 0.85
"""Share of the cells (voice, sixteenth) that must agree up to octaves for a score to count as the same piece."""

MAX_SHARED_RUNS = 0.2
"""Two chorales that share more of their soprano and bass runs than this are near duplicates."""

MAX_SILENCE = 0.1
"""Scores with a larger share of rests (a choir waiting for its orchestra) do not count as "extra" chorales."""

_NUM_CANDIDATES = 8

Record = dict[str, Any]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Candidate:
    source: str
    score: GridScore


@dataclass(frozen=True, slots=True)
class _Match:
    candidate: _Candidate
    semitones: int
    partner: np.ndarray
    agreement: float


def articulate(splits: dict[str, list[np.ndarray]]) -> dict[str, list[Record]]:
    """Return the records of every split, and of "extra": scores that are near duplicates of no published piece.

    Args:
        splits: frames of each piece, shape (T, 4), by name of the split.
    """
    scores = _read_scores()
    candidates = [
        _Candidate(source, version)
        for source, score in scores.items()
        for version in ((score,) if len(score.played) == 1 else (score, score.unfolded()))
    ]
    index: dict[tuple[int, ...], list[int]] = {}
    for number, candidate in enumerate(candidates):
        for run in melody_runs(candidate.score.pitches):
            index.setdefault(run, []).append(number)
    records: dict[str, list[Record]] = {}
    for split, pieces in splits.items():
        records[split] = []
        for frames in pieces:
            match = _best_match(frames, candidates, index)
            records[split].append(_from_match(frames, match) if match else _from_frames(frames))
        matched = sum(bool(record["source"]) for record in records[split])
        _log.info("%s: %d of %d chorales matched with a score", split, matched, len(pieces))
    published = [frames for pieces in splits.values() for frames in pieces]
    used = {record["source"] for made in records.values() for record in made}
    records["extra"] = _extra({source: s for source, s in scores.items() if source not in used}, published)
    return records


def _read_scores() -> dict[str, GridScore]:
    scores = {}
    for path in corpus_paths("bach"):
        try:
            scores[path.stem if path.stem not in scores else path.name] = read_grid_score(path)
        except FileFormatError as error:
            _log.info("%s", error)
    return scores


def _best_match(
    frames: np.ndarray, candidates: list[_Candidate], index: dict[tuple[int, ...], list[int]]
) -> _Match | None:
    """Return the best score for a piece among those that share most of its melody, None where none is close."""
    votes = Counter(number for run in melody_runs(frames) for number in index.get(run, ()))
    best: _Match | None = None
    for number, _ in sorted(votes.most_common(_NUM_CANDIDATES)):
        score = candidates[number].score
        semitones = common_transposition(frames, score.pitches)
        moved = np.where(score.pitches >= 0, score.pitches + semitones, -1)
        partner = align(frames, moved)
        value = agreement(frames, moved, partner)
        if value >= MIN_AGREEMENT and (best is None or value > best.agreement):
            best = _Match(candidates[number], semitones, partner, value)
    return best


def _from_match(frames: np.ndarray, match: _Match) -> Record:
    score, partner = match.candidate.score, match.partner
    moved = np.where(score.pitches >= 0, score.pitches + match.semitones, -1)
    attacks = transfer_attacks(frames, moved, score.attacks, partner)
    paired = partner >= 0
    fermatas = np.zeros(len(frames), bool)
    fermatas[paired] = score.fermatas[partner[paired]]
    # Steps without a partner go on counting from the last step that has one (before the first: back from it).
    last = np.maximum.accumulate(np.where(paired, np.arange(len(frames)), -1))
    last = np.where(last < 0, np.flatnonzero(paired)[0], last)
    meters = score.meters[partner[last]]
    phases = score.bar_phases[partner[last]] + np.arange(len(frames)) - last
    phases %= meters[:, 0] * 16 // meters[:, 1]
    tonic, mode = _key(frames, score.fifths + 7 * match.semitones)
    return make_record(frames, attacks, fermatas, phases, meters) | {
        "tonic": tonic, "mode": mode, "source": match.candidate.source,
    }  # fmt: skip


def _from_frames(frames: np.ndarray) -> Record:
    phases = np.arange(len(frames)) % 16
    meters = np.tile([4, 4], (len(frames), 1))
    tonic, mode = estimate_key(frames[frames >= 0])
    record = make_record(frames, onsets_from_changes(frames), np.zeros(len(frames), bool), phases, meters)
    return record | {"tonic": tonic, "mode": mode, "source": ""}


def _from_score(source: str, score: GridScore) -> Record:
    tonic, mode = _key(score.pitches, score.fifths)
    record = make_record(score.pitches, score.attacks, score.fermatas, score.bar_phases, score.meters)
    return record | {"tonic": tonic, "mode": mode, "source": source}


def make_record(
    frames: np.ndarray, attacks: np.ndarray, fermatas: np.ndarray, phases: np.ndarray, meters: np.ndarray
) -> Record:
    """Return a piece as plain data.

    Args:
        frames: pitches, -1 for silence, shape (T, 4).
        attacks: where notes start, shape (T, 4).
        fermatas: steps under a fermata, shape (T,).
        phases: steps since the start of the bar, shape (T,).
        meters: numerator and denominator, shape (T, 2).

    Returns:
        "voices": four lists of [step, length, pitch]; "fermatas": first steps of the soprano notes (the bass's where
        the soprano is silent); "meters": [step, numerator, denominator], given again at the first bar line after
        each irregular bar; "pickup": steps of an incomplete first bar.
    """
    voices = [_notes(frames[:, voice], attacks[:, voice]) for voice in range(frames.shape[1])]
    marked: set[int] = set()
    for step in np.flatnonzero(fermatas).tolist():
        holding = [note for voice in (voices[0], voices[-1]) for note in voice if note[0] <= step < note[0] + note[1]]
        marked.update(note[0] for note in holding[:1])
    bar = meters[:, 0] * 16 // meters[:, 1]
    changes: list[list[int]] = [[0, *meters[0].tolist()]]
    irregular = False
    for step in range(1, len(frames)):
        irregular |= bool(
            phases[step] != (phases[step - 1] + 1) % bar[step] or (meters[step] != meters[step - 1]).any()
        )
        if irregular and phases[step] == 0:
            changes.append([step, *meters[step].tolist()])
            irregular = False
    return {
        "voices": voices, "fermatas": sorted(marked), "meters": changes, "pickup": int(-phases[0] % bar[0]),
    }  # fmt: skip


def _notes(line: np.ndarray, attacks: np.ndarray) -> list[list[int]]:
    bounds = np.flatnonzero(attacks | (np.diff(line, prepend=-2) != 0)).tolist() + [len(line)]
    return [
        [start, stop - start, int(line[start])]
        for start, stop in zip(bounds, bounds[1:], strict=False)
        if line[start] >= 0
    ]


def _key(frames: np.ndarray, fifths: int) -> tuple[int, str]:
    """Return tonic and mode: the mode of this key signature whose tonic the bass ends on, else the likelier of two."""
    bass = frames[:, 3][frames[:, 3] >= 0]
    for mode in ("major", "minor", "dorian", "mixolydian"):
        tonic = tonic_from_fifths(fifths, mode)
        if len(bass) and bass[-1] % 12 == tonic:
            return tonic, mode
    mode = estimate_key(frames[frames >= 0])[1]
    return tonic_from_fifths(fifths, mode), mode


def _extra(scores: dict[str, GridScore], published: Iterable[np.ndarray]) -> list[Record]:
    """Return the records of the scores of whole chorales that share few runs with any published one or one another."""
    known = [harmony_runs(frames) for frames in published]
    records = []
    for source, score in scores.items():
        runs = harmony_runs(score.pitches)
        if (score.pitches < 0).mean() > MAX_SILENCE:
            continue
        if runs and max(shared_runs(runs, other) for other in known) <= MAX_SHARED_RUNS:
            known.append(runs)
            records.append(_from_score(source, score))
    return records
