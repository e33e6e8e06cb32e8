"""A whole file at a glance: overview says which track sounds in which bar, offers which stretches may be meant."""

from bisect import bisect_right
from dataclasses import replace
from typing import Any

from musegen.music import Piece
from musegen.music.theme import theme_bars
from musegen.music.timing import bar_starts, num_bars
from musegen.services.seeds.seed import LONGEST_SUGGESTED_BARS, first_bars, last_bars, track_label

LEVELS = 9
"""A bar is as dark as it has notes, from 0 for none to this for the fullest of its track."""


def overview(piece: Piece) -> dict[str, Any]:
    """Return the bars of a piece (a pickup counted with bar 1) and its tracks, as plain data.

    Returns:
        {"bars": count, "tracks": [{"label", "notes", "levels"}]}; levels is a text of one digit a bar, 0 to `LEVELS`.
    """
    total = max(num_bars(piece), 1)
    starts = bar_starts(piece)
    shift = 1 if piece.pickup_quarter else 0
    tracks = []
    for track in piece.tracks:
        counts = [0] * total
        for note in track.notes:
            first = min(max(bisect_right(starts, note.onset_quarter) - shift, 1), total)
            last = min(max(bisect_right(starts, note.end_quarter - 1e-6) - shift, first), total)
            for bar in range(first, last + 1):
                counts[bar - 1] += 1
        most = max(counts)
        levels = "".join(str(-(-count * LEVELS // most) if count else 0) for count in counts)
        tracks.append({"label": track_label(track)[:40], "notes": len(track.notes), "levels": levels})
    return {"bars": total, "tracks": tracks}


def offers(piece: Piece, tracks: tuple[int, ...] = ()) -> dict[str, tuple[int, int]]:
    """Return the bars that are offered at a press: the first and last of "theme", "beginning", "end" and "all".

    Args:
        piece: the music.
        tracks: which of its tracks are looked at; () for all.
    """
    chosen = replace(piece, tracks=tuple(piece.tracks[index] for index in tracks)) if tracks else piece
    return {
        "theme": theme_bars(chosen, LONGEST_SUGGESTED_BARS),
        "beginning": first_bars(chosen),
        "end": last_bars(chosen),
        "all": (1, max(num_bars(piece), 1)),
    }
