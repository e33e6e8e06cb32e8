"""Scores of a corpus for the same parts kept in one file of arrays, so that its files are read once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from musegen.corpora.score_piece import PIANO, PartName
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.music.piece import ChordSymbol
from musegen.music.theory import MODES

_NOTES = ("onset", "duration", "pitch", "velocity", "hand")
_MARKS = ("meters", "keys")
_SYMBOLS = ("symbol_onset", "symbol_text")
_FIELDS = ("onset_quarter", "duration_quarter", "pitch", "velocity", "track")


def keep_scores(cache: Path, scores: Iterable[tuple[np.ndarray, Piece, tuple[float, ...]]]) -> None:
    """Write the scores of a corpus.

    Args:
        cache: the file; replaced when all is written.
        scores: of each its notes (see `musegen.music.note_array`; the track is the part), the piece, of which meters,
            keys, pickup and chord symbols are kept, and further facts about it, as many for every score.
    """
    tables: dict[str, list] = {name: [] for name in (*_NOTES, *_MARKS, "facts", *_SYMBOLS)}
    num_symbols: list[int] = []
    for notes, piece, facts in scores:
        for name, field in zip(_NOTES, _FIELDS, strict=True):
            tables[name].append(notes[field])
        tables["meters"].append([(m.onset_quarter, m.numerator, m.denominator) for m in piece.time_signatures])
        tables["keys"].append([(k.onset_quarter, k.tonic, list(MODES).index(k.mode)) for k in piece.key_signatures])
        for name, field in zip(_SYMBOLS, ("onset_quarter", "text"), strict=True):
            tables[name] += [getattr(symbol, field) for symbol in piece.chord_symbols]
        num_symbols.append(len(piece.chord_symbols))
        tables["facts"].append((piece.pickup_quarter, *facts))
    counts = {f"num_{kind}": [len(t) for t in tables[key]] for kind, key in
              (("notes", "onset"), ("meters", "meters"), ("keys", "keys"))}  # fmt: skip
    arrays = {name: np.concatenate(tables[name]) for name in _NOTES}
    arrays |= {name: np.concatenate([np.reshape(np.array(t, float), (-1, 3)) for t in tables[name]]) for name in _MARKS}
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".part.npz")
    everything: dict[str, Any] = {**arrays, **counts, "facts": np.array(tables["facts"])}
    if any(num_symbols):
        everything |= {name: np.array(tables[name]) for name in _SYMBOLS} | {"num_symbols": num_symbols}
    np.savez_compressed(partial, **everything)
    partial.replace(cache)


def kept_scores(
    cache: Path, which: Iterable[int], parts: Sequence[PartName] = PIANO
) -> Iterator[tuple[Piece, list[float]]]:
    """Yield scores that `keep_scores` wrote, by their places: for the parts, without a tempo; and the facts of each."""
    with np.load(cache, allow_pickle=False) as stored:
        tables = {name: stored[name] for name in stored.files}
    ends = {kind: np.cumsum(tables[f"num_{kind}"])[:-1] for kind in ("notes", *_MARKS)}
    columns = [np.split(tables[name], ends["notes"]) for name in _NOTES]
    marks = [np.split(tables[name], ends[name]) for name in _MARKS]
    facts, symbols = tables["facts"].tolist(), _symbols(tables)
    for index in which:
        notes, (meters, keys) = [column[index] for column in columns], [mark[index] for mark in marks]
        piece = _piece(notes, meters, keys, facts[index][0], parts)
        yield replace(piece, chord_symbols=symbols[index]) if symbols else piece, facts[index][1:]


def _symbols(tables: dict[str, np.ndarray]) -> list[tuple[ChordSymbol, ...]]:
    """Return the chord symbols of each score, nothing where none has any."""
    if "num_symbols" not in tables:
        return []
    onsets, texts = (tables[name].tolist() for name in _SYMBOLS)
    every = [ChordSymbol(onset, text) for onset, text in zip(onsets, texts, strict=True)]
    ends = np.cumsum(tables["num_symbols"]).tolist()
    return [tuple(every[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _piece(
    notes: list[np.ndarray], meters: np.ndarray, keys: np.ndarray, pickup: float, parts: Sequence[PartName]
) -> Piece:
    lines: list[list[Note]] = [[] for _ in parts]
    for onset, duration, pitch, velocity, part in zip(*(column.tolist() for column in notes), strict=True):
        lines[part].append(Note(onset, pitch, duration, velocity))
    return Piece(
        tracks=tuple(Track(tuple(own), part.program, False, part.name) for own, part in zip(lines, parts, strict=True)),
        time_signatures=tuple(TimeSignature(q, int(n), int(d)) for q, n, d in meters.tolist()),
        key_signatures=tuple(KeySignature(q, int(tonic), list(MODES)[int(mode)]) for q, tonic, mode in keys.tolist()),
        pickup_quarter=pickup,
    )
