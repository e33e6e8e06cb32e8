"""Bass, piano and drums over a chart, with room for a solo."""

from dataclasses import replace

import numpy as np

from musegen.band.comping import piano_track
from musegen.band.drums import drum_track
from musegen.band.groove import FEELS, groove_of
from musegen.band.walking_bass import bass_track
from musegen.music import Track
from musegen.music.chart import Chart

__all__ = ["FEELS", "accompany"]


def accompany(
    chart: Chart,
    num_bars: int,
    qpm: float,
    feel: str,
    random_seed: int,
    solo: Track | None = None,
    start_quarter: float = 0.0,
) -> tuple[Track, Track, Track]:
    """Return a rhythm section: bass, piano and drums.

    All is written straight; `Piece.swing` lets it swing. In the last bar all three hold the chord with which it begins.
    The same arguments give the same notes, and each player has a chance of its own.

    Args:
        chart: the chords of one chorus, played round and round.
        num_bars: whole bars to play, at least 1.
        qpm: quarters a minute; swing is played in two when slow, with smaller chords and fewer strokes when fast.
        feel: one of `FEELS`: "swing", "latin" (bossa nova), "ballad" (in two, with brushes) or "even".
        random_seed: where chance comes from, at least 0.
        solo: what is played above, so that piano and drums leave room for it and answer in its rests.
        start_quarter: where the first whole bar begins, after a pickup.

    Raises:
        ValueError: an argument is out of its range.
    """
    groove = groove_of(chart, num_bars, qpm, feel, solo, start_quarter)
    players = (bass_track, piano_track, drum_track)
    tracks = [play(groove, np.random.default_rng([random_seed, i])) for i, play in enumerate(players)]
    bass, piano, drums = (_moved(track, start_quarter) for track in tracks)
    return bass, piano, drums


def _moved(track: Track, quarters: float) -> Track:
    notes = (replace(note, onset_quarter=note.onset_quarter + quarters) for note in track.notes)
    return replace(track, notes=tuple(notes)) if quarters else track
