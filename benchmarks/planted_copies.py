"""Copies of twelve notes, in another key, planted in notes drawn by chance: are they found, in their piece and bar?

    python -m benchmarks.planted_copies [--styles folk hymn]

Of each style a hundred stretches of what it learned from, put at most a tritone higher or lower, are looked up in the
index that comes with the style. Where several pieces have the stretch, the first of them is told, so its place counts
where the twelve notes stand there. Needs the corpora (`MUSEGEN_DATA`).
"""

import argparse
from dataclasses import replace

import numpy as np

from benchmarks.report import table
from musegen.composers.registry import get_composer
from musegen.evaluation.originality import Line, lines_of
from musegen.evaluation.originality_file import load_index
from musegen.music import Note, Piece, Tempo, TimeSignature, Track
from musegen.styles.shelf import style_folder
from musegen.training.recipe import load_recipe

NUM_NOTES, NUM_COPIES, AROUND = 12, 100, 40


def planted(style_id: str) -> list:
    """Return the row of a style: copies, those found, those told in a piece and bars that have them."""
    recipe, index = load_recipe(style_id), load_index(style_folder(style_id))
    assert index is not None
    composer, random = get_composer(recipe.card.composer["name"]), np.random.default_rng(0)
    items = [replace(item, own=True) if hasattr(item, "own") else item for item in recipe.items("train")]
    lines: dict[str, list[Line]] = {}
    for held in composer.held_out(items):
        lines.setdefault(held.name or held.group, []).extend(lines_of(held.piece))
    long = [line for own in lines.values() for line in own if len(line.pitch) >= NUM_NOTES]
    found = placed = 0
    for number in random.choice(len(long), NUM_COPIES, replace=False):
        line = long[number]
        first = int(random.integers(len(line.pitch) - NUM_NOTES + 1))
        stop = first + NUM_NOTES
        key = (np.diff(line.pitch[first:stop]).tolist(), line.length_tick[first:stop].tolist())
        run = index.longest(lines_of(_among_others(line, first, random)))
        found += run.num_notes >= NUM_NOTES
        placed += run.num_notes >= NUM_NOTES and any(_has(own, key, run.source_bars) for own in lines[run.source])
    return [style_id, NUM_COPIES, found, placed]


def _among_others(line: Line, first: int, random: np.random.Generator) -> Piece:
    """Return twelve notes of a line, at another pitch, between others that go up and down by chance."""
    copied = line.pitch[first : first + NUM_NOTES]
    by = int(random.choice([step for step in (*range(-6, 0), *range(1, 7))
                            if copied.min() + step >= 0 and copied.max() + step <= 127]))  # fmt: skip
    before, after = (random.integers(40, 90, AROUND) for _ in range(2))
    pitches = [*before, *(copied + by), *after]
    others = random.choice([2520, 5040, 10080], AROUND)
    lengths = np.array([*others, *line.length_tick[first : first + NUM_NOTES], *others]) / 10080
    onsets = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    notes = [Note(float(at), int(p), float(n)) for at, p, n in zip(onsets, pitches, lengths, strict=True)]
    return Piece((Track(tuple(notes)),), tempos=(Tempo(0.0, 120.0),), time_signatures=(TimeSignature(0.0, 4, 4),))


def _has(line: Line, key: tuple[list[int], list[int]], bars: tuple[int, int]) -> bool:
    """Return whether a line has a stretch between two bars."""
    steps, lengths = key
    for first in np.flatnonzero((line.bar >= bars[0]) & (line.bar <= bars[1])):
        stop = first + NUM_NOTES
        whole = stop <= len(line.pitch) and line.bar[stop - 1] <= bars[1]
        same = np.diff(line.pitch[first:stop]).tolist() == steps and line.length_tick[first:stop].tolist() == lengths
        if whole and same:
            return True
    return False


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", nargs="*", default=["folk", "hymn"])
    rows = [planted(style_id) for style_id in parser.parse_args().styles]
    print(table(("style", "copies", "found", "in a piece and bars that have them"), rows))


if __name__ == "__main__":
    main()
