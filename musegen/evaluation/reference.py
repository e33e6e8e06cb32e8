"""Real music as numbers that a style's takes are compared with, so that nothing needs a corpus later.

summary_of, Reference, save_reference, load_reference_of. Two sets of windows are kept: of the music that was learned
from, and of music held out, which tells how near to the first any other real music comes.
"""

import json
import math
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from musegen.errors import StyleError
from musegen.evaluation.intervals import HISTOGRAMS
from musegen.evaluation.metrics import METRICS, measure_piece
from musegen.evaluation.overlap import Features, features_of
from musegen.music import Piece

WORDS_FILE, FEATURES_FILE = "reference.json", "reference.npz"
VERSION = 2
QUANTILES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}


@dataclass(frozen=True, slots=True)
class Reference:
    """What real music of a style is like.

    Args:
        num_bars: of the windows.
        num_tracks: pitched tracks of the real music, at most.
        played: it is music played freely.
        counts: "training_pieces", "held_out_pieces", "windows" of each side.
        metrics: by name of `METRICS`: mean, sd and quantiles over held-out windows; None where it is not defined.
        histograms: by name of `HISTOGRAMS`, the mean over held-out windows.
        shared: "median", "p90" and "most" notes of the longest run that held-out windows share with training music.
        features: of training windows and of held-out windows, see `overlap.features_of`.
    """

    num_bars: int
    num_tracks: int
    played: bool
    counts: dict[str, int]
    metrics: dict[str, dict[str, float | None]]
    histograms: dict[str, list[float]]
    shared: dict[str, float]
    features: tuple[Features, Features] = field(default=({}, {}))


def summary_of(rows: Sequence[dict[str, float]]) -> dict[str, dict[str, float | None]]:
    """Return mean, standard deviation and quantiles of every figure over pieces, those without it left out."""
    result: dict[str, dict[str, float | None]] = {}
    for name in METRICS:
        values = np.array([row[name] for row in rows if not math.isnan(row[name])])
        if not len(values):
            result[name] = dict.fromkeys(("mean", "sd", *QUANTILES))
            continue
        quantiles = np.quantile(values, list(QUANTILES.values())).tolist()
        figures = {"mean": values.mean(), "sd": values.std(), **dict(zip(QUANTILES, quantiles, strict=True))}
        result[name] = {key: float(f"{value:.5g}") for key, value in figures.items()}
    return result


def histograms_of(pieces: Iterable[Piece]) -> dict[str, list[float]]:
    """Return the mean of every histogram of `HISTOGRAMS` over pieces."""
    pieces = list(pieces)
    return {
        name: [float(f"{v:.4g}") for v in np.mean([function(p) for p in pieces], axis=0)]
        for name, (function, _) in HISTOGRAMS.items()
    }


def reference_of(
    training: Sequence[Piece], held_out: Sequence[Piece], facts: dict[str, Any], shared: Sequence[int]
) -> Reference:
    """Return the reference of windows of real music.

    Args:
        training: windows of the music learned from.
        held_out: windows of music held out.
        facts: "num_bars", "num_tracks", "played" and "counts" of the reference.
        shared: notes of the longest run that each held-out window shares with the music learned from.
    """
    runs = np.array(shared)
    spread = {"median": float(np.median(runs)), "p90": float(np.quantile(runs, 0.9)), "most": float(runs.max())}
    return Reference(
        **facts,
        metrics=summary_of([measure_piece(piece) for piece in held_out]),
        histograms=histograms_of(held_out),
        shared=spread,
        features=(features_of(training), features_of(held_out)),
    )


def save_reference(reference: Reference, folder: Path) -> None:
    """Write the reference of a style into its folder: words and numbers to read, and an array of features."""
    words = {
        "version": VERSION,
        **{name: getattr(reference, name) for name in Reference.__slots__ if name != "features"},
    }
    (folder / WORDS_FILE).write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    sides = zip(("training", "held_out"), reference.features, strict=True)
    arrays: dict[str, Any] = {
        f"{side}.{name}": values.astype(np.float32) for side, own in sides for name, values in own.items()
    }
    np.savez_compressed(folder / FEATURES_FILE, **arrays)


def load_reference_of(folder: Path) -> Reference | None:
    """Return the reference in a style's folder, or None where there is none of this version.

    Raises:
        StyleError: a file of it is damaged.
    """
    path = folder / WORDS_FILE
    if not path.exists() or not (folder / FEATURES_FILE).exists():
        return None
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
        if words.pop("version", None) != VERSION:
            return None
        sides: tuple[Features, Features] = ({}, {})
        with np.load(folder / FEATURES_FILE, allow_pickle=False) as stored:
            for key in stored.files:
                side, _, name = key.partition(".")
                sides[side == "held_out"][name] = stored[key].astype(float)
        return Reference(**words, features=sides)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise StyleError(
            'The reference figures of the style "{name}" are damaged; restore them.', name=folder.name
        ) from error
