"""Performances of a corpus kept in one file of arrays, so that its MIDI files are read once."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from musegen.files.midi_performance import read_performance
from musegen.music.performance import Performance

_COLUMNS = ("onset_ms", "duration_ms", "pitch", "velocity")


def stored_performances(cache: Path, files: Callable[[], Iterable[bytes]]) -> list[Performance]:
    """Return the performances of MIDI files, in their order.

    Args:
        cache: file that keeps them; made where it is not there.
        files: the contents of the MIDI files, asked for where there is no cache.
    """
    if not cache.is_file():
        _fill(cache, files())
    with np.load(cache, allow_pickle=False) as stored:
        tables = {name: stored[name] for name in (*_COLUMNS, "pedal_ms", "notes", "pedals")}
    notes, pedals = np.cumsum(tables["notes"])[:-1], np.cumsum(tables["pedals"])[:-1]
    columns = [np.split(tables[name], notes) for name in _COLUMNS]
    return [Performance(*row) for row in zip(*columns, np.split(tables["pedal_ms"], pedals), strict=True)]


def _fill(cache: Path, files: Iterable[bytes]) -> None:
    performances = [read_performance(data) for data in files]
    tables = {name: np.concatenate([getattr(p, name) for p in performances]) for name in (*_COLUMNS, "pedal_ms")}
    counts = {"notes": [len(p.pitch) for p in performances], "pedals": [len(p.pedal_ms) for p in performances]}
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".part.npz")
    everything: dict[str, Any] = {**tables, **counts}
    np.savez_compressed(partial, **everything)
    partial.replace(cache)
