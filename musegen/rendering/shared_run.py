"""The picture of a run that two pieces share: its notes, and the bars of both. shared_run_svg."""

from collections.abc import Sequence
from html import escape

from musegen.music import Piece

WIDTH, HEIGHT = 420, 120
_SIDE, _LABELS = 8, 16
_HUE, _GREY = "#d9622b", "#808080"


def shared_run_svg(piece: Piece, places: Sequence[tuple[str, str]]) -> str:
    """Return the notes of a run as SVG: time from left to right, pitch upwards, for light and for dark pages.

    Above stand the bars of the piece, below those of what shares the run, each where its first note of the run begins.

    Args:
        piece: the run alone, its notes in as many tracks as they are of.
        places: bar of each note in the order of their onsets, in the piece and in what shares it.

    Raises:
        ValueError: there are not as many places as notes.
    """
    notes = sorted((note for track in piece.tracks for note in track.notes), key=lambda n: (n.onset_quarter, n.pitch))
    if not notes:
        return ""
    length = max(note.end_quarter for note in notes)
    low, high = min(note.pitch for note in notes), max(note.pitch for note in notes)
    step = (HEIGHT - 2 * _LABELS) / max(high - low + 1, 8)
    scale = (WIDTH - 2 * _SIDE) / length
    drawn, before = [], ("", "")
    for note, (here, there) in zip(notes, places, strict=True):
        left, top = _SIDE + note.onset_quarter * scale, _LABELS + (high - note.pitch) * step
        for words, known, y, end in ((here, before[0], 12, _LABELS), (there, before[1], HEIGHT - 4, HEIGHT - _LABELS)):
            if words != known:
                drawn.append(f'<path d="M{left:.1f} {_LABELS if end == _LABELS else HEIGHT / 2}V'
                             f'{HEIGHT / 2 if end == _LABELS else end}" stroke="{_GREY}" stroke-opacity=".5"/>'
                             f'<text x="{left + 1:.1f}" y="{y}" fill="{_GREY}">{escape(words)}</text>')  # fmt: skip
        before = (here, there)
        drawn.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(note.duration_quarter * scale - 1, 2):.1f}" '
                     f'height="{max(step - 1, 2):.1f}" rx="1.5" fill="{_HUE}"/>')  # fmt: skip
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'font-family="system-ui, sans-serif" font-size="11">{"".join(drawn)}</svg>')  # fmt: skip
