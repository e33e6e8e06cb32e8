"""The picture of a style that a musician trained: a few bars of its music as bars of colour. picture_of, svg_of.

It is kept as numbers, since a drawing from a stranger's file could hold a script; the drawing is made here.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from musegen.music import Piece
from musegen.styles.card import PICTURE_FILE

WIDTH, HEIGHT = 240, 96
_QUARTERS = 24.0
_MOST_NOTES = 160


def picture_of(pieces: Sequence[Piece], title: str) -> dict[str, Any]:
    """Return the picture of a style: a hue from its title, and notes as [left, top, width] in thousandths.

    Args:
        pieces: music of the style, of which the first is shown.
        title: of the style.
    """
    hue = int(hashlib.sha256(title.encode()).hexdigest()[:4], 16) % 360
    notes = [note for piece in pieces[:1] for track in piece.tracks if not track.is_drum for note in track.notes]
    first = min((note.onset_quarter for note in notes), default=0.0)
    shown = [note for note in notes if note.onset_quarter < first + _QUARTERS][:_MOST_NOTES]
    low, high = min((n.pitch for n in shown), default=60), max((n.pitch for n in shown), default=72)
    span = max(high - low, 12) + 1
    bars = [
        [round(1000 * (n.onset_quarter - first) / _QUARTERS), round(1000 * (high - n.pitch) / span),
         max(round(1000 * min(n.duration_quarter, _QUARTERS) / _QUARTERS), 4)]
        for n in shown
    ]  # fmt: skip
    return {"hue": hue, "span": span, "notes": bars}


def save_picture(picture: dict[str, Any], folder: Path) -> None:
    """Write the picture of a style into its folder."""
    (folder / PICTURE_FILE).write_text(json.dumps(picture, separators=(",", ":")) + "\n", encoding="utf-8")


def svg_of(folder: Path) -> str:
    """Return the picture of a style as SVG, "" where it has none that can be read."""
    try:
        picture = json.loads((folder / PICTURE_FILE).read_text(encoding="utf-8"))
        hue, span = int(picture["hue"]) % 360, max(int(picture["span"]), 1)
        notes = [tuple(float(value) for value in note) for note in picture["notes"][:_MOST_NOTES]]
        height = (HEIGHT - 12) / span
        bars = "".join(
            f'<rect x="{6 + left * (WIDTH - 12) / 1000:.1f}" y="{6 + top * (HEIGHT - 12) / 1000:.1f}" '
            f'width="{max(width * (WIDTH - 12) / 1000 - 0.8, 1):.1f}" height="{max(height, 1.5):.1f}" rx="1"/>'
            for left, top, width in notes
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}"><rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="hsl({hue},45%,16%)"/>'
            f'<g fill="hsl({hue},80%,68%)">{bars}</g></svg>')  # fmt: skip
