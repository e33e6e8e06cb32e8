"""How long it takes to look a take up in the music that its style learned from, and how large the index is.

Takes are invented with the settings of the style and the random seeds 0 on; the index is read once before.
"""

from statistics import median

from benchmarks.report import Figures, measure, run, table
from benchmarks.takes import request_of
from musegen.evaluation.originality_file import FILE
from musegen.services.judging.originality import index_of, originality_of
from musegen.services.making.compose import compose
from musegen.services.styles import list_styles
from musegen.styles.shelf import style_folder

NUM_TAKES = 8


def measured(small: bool) -> Figures:
    """Return the figures of every style that has an index."""
    result: Figures = {}
    for card in list_styles():
        folder = style_folder(card.style_id)
        index = index_of(folder)
        if index is None:
            continue
        takes = [compose(request_of(card, seed, 16)).takes[0] for seed in range(2 if small else NUM_TAKES)]
        timings = [measure(lambda t=take: originality_of(t.style_id, t.piece, t.given), 3) for take in takes]
        result[card.style_id] = {
            "pieces": len(index.names),
            "notes": len(index.hashes),
            "kilobytes": (folder / FILE).stat().st_size / 1000,
            "notes_of_a_take": median(take.piece.num_notes for take in takes),
            "median_ms": 1e3 * median(t.median for t in timings),
            "most_ms": 1e3 * max(t.median for t in timings),
        }
    return result


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    rows = [[style_id, *own.values()] for style_id, own in figures.items()]
    return table(("style", "pieces", "notes", "index, kB", "notes of a take", "look-up, ms", "most, ms"), rows, 0)


if __name__ == "__main__":
    run(measured, rendered)
