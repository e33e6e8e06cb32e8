"""Counts what drummers play: ``python -m musegen.training.drum_table assets/drums.npz``; says how well it tells others.

Of the clips of the Groove MIDI Dataset that are held out it prints the nats a hit (all questions, divided by the
strokes) of the model and of its narrower contexts alone.
"""

import argparse
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from musegen.band.drum_model import DECILES, DRUMS, GENRES, STEPS, DrumTables, chance, contexts, empty_counts
from musegen.corpora.groove import DrumClip, read_clips

_LEAST = 20
_log = logging.getLogger(__name__)


def count(clips: Iterable[DrumClip]) -> DrumTables:
    """Return what is counted in clips."""
    struck, asked = empty_counts(), empty_counts()
    velocities: list[np.ndarray] = []
    lates: list[list[list[float]]] = [[[] for _ in range(STEPS)] for _ in DRUMS]
    for clip in clips:
        velocities.append(clip.velocity)
        hits, genre = (clip.velocity > 0).astype(np.int8), GENRES.index(clip.genre)
        for step in range(len(hits)):
            for drum in range(len(DRUMS)):
                for number, context in enumerate(contexts(hits, step, drum, genre, is_fill=clip.is_fill)):
                    asked[number][context] += 1
                    struck[number][context] += hits[step, drum]
                if hits[step, drum]:
                    lates[drum][step % STEPS].append(float(clip.offset[step, drum]))
    late, spread = np.zeros((len(DRUMS), STEPS)), np.zeros((len(DRUMS), STEPS))
    for drum in range(len(DRUMS)):
        for place in range(STEPS):
            if len(lates[drum][place]) >= _LEAST:
                late[drum, place], spread[drum, place] = np.mean(lates[drum][place]), np.std(lates[drum][place])
    return DrumTables(tuple(map(np.asarray, struck)), tuple(map(np.asarray, asked)),
                      loudness_of(velocities, STEPS), late, spread)  # fmt: skip


def loudness_of(velocities: Sequence[np.ndarray], steps: int) -> np.ndarray:
    """Return velocities at the deciles of each drum and place, shape (10, steps, 11); rare places have their drum's.

    Args:
        velocities: of each clip, 0 for no stroke, shape (T, 10).
        steps: places in a bar, at whose beginning each clip begins.
    """
    found = np.zeros((len(DRUMS), steps, len(DECILES)))
    for drum in range(len(DRUMS)):
        by_place = [np.concatenate([each[place::steps, drum] for each in velocities]) for place in range(steps)]
        struck = [here[here > 0] for here in by_place]
        every = np.concatenate(struck)
        for place, here in enumerate(struck):
            chosen = here if len(here) >= _LEAST else every if len(every) else np.array([80])
            found[drum, place] = np.quantile(chosen, DECILES)
    return found


def nats_a_hit(tables: DrumTables, clips: Iterable[DrumClip], order: int) -> float:
    """Return the mean nats of clips a stroke, by the first `order` contexts."""
    nats = strokes = 0.0
    for clip in clips:
        hits, genre = (clip.velocity > 0).astype(np.int8), GENRES.index(clip.genre)
        for step in range(len(hits)):
            for drum in range(len(DRUMS)):
                likely = chance(tables, contexts(hits, step, drum, genre, is_fill=clip.is_fill), order)
                nats -= np.log(likely if hits[step, drum] else 1 - likely)
        strokes += clip.num_hits
    return nats / max(strokes, 1)


def main() -> None:
    """Count, write the tables, and log how well they tell held-out clips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="where the tables go (.npz)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train, test = read_clips("train"), read_clips("test")
    tables = count(train)
    arrays = {f"struck_{n}": each.astype(np.uint16) for n, each in enumerate(tables.struck)}
    arrays |= {f"asked_{n}": each.astype(np.uint16) for n, each in enumerate(tables.asked)}
    arrays |= {"loudness": tables.loudness.round().astype(np.uint8)}
    arrays |= {name: getattr(tables, name).astype(np.float16) for name in ("late", "spread")}
    np.savez_compressed(arguments.path, **arrays)  # type: ignore[arg-type]
    hits = sum(clip.num_hits for clip in train), sum(clip.num_hits for clip in test)
    _log.info("%d clips with %d hits learned from, %d with %d held out", len(train), hits[0], len(test), hits[1])
    for order, words in ((1, "by place alone"), (2, "and genre"), (3, "and the bars before"), (5, "the model")):
        _log.info("%s: %.4f nats a hit", words, nats_a_hit(tables, test, order))


if __name__ == "__main__":
    main()
