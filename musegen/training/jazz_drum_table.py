"""Counts what drummers of jazz play: ``python -m musegen.training.jazz_drum_table assets/jazz_drums.npz``.

How well the counts tell a drummer who is held out, beside the rules of `band/drums`: `benchmarks.jazz_drums`.
"""

import argparse
import logging
from pathlib import Path

import numpy as np

from musegen.band.jazz_drummer import STEPS, count
from musegen.corpora.groove import read_swing
from musegen.training.drum_table import loudness_of

_log = logging.getLogger(__name__)


def main() -> None:
    """Count, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="where the tables go (.npz)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    clips = read_swing("train")
    counts = count([(clip.velocity > 0).astype(np.int8) for clip in clips])
    arrays = {f"struck_{n}": each.astype(np.uint16) for n, each in enumerate(counts.struck)}
    arrays |= {f"asked_{n}": each.astype(np.uint16) for n, each in enumerate(counts.asked)}
    loudness = loudness_of([clip.velocity for clip in clips], STEPS).round().astype(np.uint8)
    np.savez_compressed(arguments.path, **arrays, loudness=loudness)  # type: ignore[arg-type]
    bars = sum(len(clip.velocity) for clip in clips) // STEPS
    _log.info("%d clips with %d bars learned from", len(clips), bars)


if __name__ == "__main__":
    main()
