"""What taking up what was played is worth: held-out music under each style's network alone, and with recall.

The test pieces of the corpora that a card says its style is judged by, read as `score` reads a file, each piece's first
`MOST_FRAMES` frames. The shares were learned from the validation pieces; no test piece told anything.
"""

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.composers.style import load_style
from musegen.errors import MusegenError
from musegen.services.judging.held_out import held_out_pieces
from musegen.services.styles import list_styles
from musegen.training.recall import MOST_FRAMES, nats, rows_of

_HOW = ("without", "with")


def of_style(style_id: str, most: int = 200) -> Figures:
    """Return nats an event and a note of the test pieces of a style, without recall and with it."""
    style = load_style(style_id)
    rows, notes, pieces = [], 0, 0
    for held in held_out_pieces(style_id, "test")[:most]:
        try:
            reading = style.composer.read(held.piece, style)
        except MusegenError:
            continue
        found = rows_of(reading.example, style.player)
        share = min(len(reading.example.target), MOST_FRAMES) / len(reading.example.target)
        rows.append(found)
        notes += round(reading.num_notes * share)
        pieces += 1
    every = np.concatenate(rows)
    alone, recalled = nats(every, None), nats(every, style.recall)
    return {
        "recall_test_pieces": pieces,
        "recall_test_events": len(every),
        "test_nats_per_event_without_recall": alone,
        "test_nats_per_event_with_recall": recalled,
        "test_nats_per_note_without_recall": alone * len(every) / notes,
        "test_nats_per_note_with_recall": recalled * len(every) / notes,
    }


def measured(small: bool = False, names: tuple[str, ...] = ()) -> Figures:
    """Return the figures of styles, or of all that recall."""
    styles = names or tuple(card.style_id for card in list_styles() if card.recalls)
    return {name: of_style(name, 2 if small else 200) for name in (styles[:1] if small else styles)}


def rendered(figures: Figures) -> str:
    """Return the table."""
    rows = []
    for name, found in figures.items():
        nats_of = [found[f"test_nats_per_{unit}_{how}_recall"] for unit in ("event", "note") for how in _HOW]
        rows.append([name, found["recall_test_pieces"], found["recall_test_events"], *(f"{n:.3f}" for n in nats_of)])
    head = ["style", "test pieces", "events", "nats an event, network alone", "with recall"]
    return table([*head, "nats a note, network alone", "with recall"], rows)


if __name__ == "__main__":
    run(measured, rendered)
