"""How far stretches of a piece return, as the structureness indicator of Wu and Yang has it, on notes.

Wu and Yang, The Jazz Transformer on the Front Line, ISMIR 2020 (arXiv:2008.01307): the highest fitness of any segment
whose length lies between two bounds. The fitness of a segment (Müller, Jiang and Grosche, A robust fitness measure for
capturing repetitions in music recordings, IEEE TASLP 21, 2013) is the harmonic mean of how well its repetitions fit it
and how much of the piece they cover, itself counted in neither. There pitch classes are those of rendered sound; here
they are those of the notes, weighed by how long they sound in each frame. Nothing is smoothed, and no other pitch level
is looked at.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from musegen.music import Piece
from musegen.music.timing import quarters_to_seconds

FRAME_SECONDS, MOST_FRAMES = 0.5, 96
"""Of a frame; longer ones where a piece would have more than so many."""
KEPT, PENALTY = 0.2, -2.0
"""Share of the likenesses that count, from 0 at the least of them to 1 at the highest; all others are a penalty."""
SHORT, MIDDLE, LONG = (3.0, 8.0), (8.0, 15.0), (15.0, math.inf)
"""Seconds of the segments that the paper looks at."""
_STEPS = ((1, 1, 1), (2, 1, 2), (1, 2, 1))
"""(frames of the piece, frames of the segment, frames covered) of each step of a path."""


def chroma(piece: Piece, frame_seconds: float, num_frames: int) -> np.ndarray:
    """Return how long each pitch class sounds in each frame, of length 1 where any does, shape (N, 12); no drums."""
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    found = np.zeros((num_frames, 12))
    if notes:
        begin = quarters_to_seconds(piece, np.array([note.onset_quarter for note in notes]))
        end = quarters_to_seconds(piece, np.array([note.end_quarter for note in notes]))
        edges = np.arange(num_frames) * frame_seconds
        sounding = np.minimum(end[:, None], edges + frame_seconds) - np.maximum(begin[:, None], edges)
        np.add.at(found.T, np.array([note.pitch % 12 for note in notes]), np.maximum(sounding, 0.0))
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def likeness(features: np.ndarray) -> np.ndarray:
    """Return how like each frame is to each, (N, N): at most 1, and `PENALTY` but for the share `KEPT`; 1 to itself."""
    cosines = features @ features.T
    least = np.quantile(cosines, 1 - KEPT)
    scaled = (cosines - least) / (1 - least) if least < 1 - 1e-9 else np.ones_like(cosines)
    matrix = np.where(cosines >= least - 1e-9, scaled, PENALTY)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def fitness(matrix: np.ndarray, length: int) -> np.ndarray:
    """Return the fitness of every segment of a length, by its first frame, shape (N - length + 1,).

    The paths of a segment go through it from end to end, cover stretches of the piece that do not overlap, and are
    chosen to have the highest score together.

    Args:
        matrix: from `likeness`, (N, N).
        length: frames of a segment, 1 to N.
    """
    num_frames = len(matrix)
    rows = sliding_window_view(matrix, length, axis=1)  # (N, segments, length)
    count = rows.shape[1]
    # Of the best way to each place: its score, the cells of its paths, the frames that they cover.
    none = np.stack([np.full((count, length), -np.inf), np.zeros((count, length)), np.zeros((count, length))])
    before, last, between = none, none, np.zeros((3, count))
    for row in rows:
        now = none.copy()
        now[:, :, 0] = between + np.stack([row[:, 0], np.ones(count), np.ones(count)])
        for frames, ahead, covered in _STEPS:
            came = (last if frames == 1 else before)[:, :, : max(length - ahead, 0)]
            to = now[:, :, ahead:]
            score = came[0] + row[:, ahead:]
            better = score > to[0]
            step = np.stack([score, came[1] + 1, came[2] + covered])
            now[:, :, ahead:] = np.where(better, step, to)
        ended = now[:, :, -1]
        before, last = last, now
        between = np.where(ended[0] > between[0], ended, between)
    score, cells, reach = between
    fits = (score - length) / np.maximum(cells, 1)
    covers = (reach - length) / num_frames
    both = np.maximum(fits + covers, 1e-12)
    return np.where((fits > 0) & (covers > 0), 2 * fits * covers / both, 0.0)


def structureness(piece: Piece, bounds: tuple[float, float]) -> float:
    """Return the highest fitness of a segment of a length between two bounds, 0 to 1.

    NaN where the piece is too short for such a segment to return, or has no pitched notes.

    Args:
        piece: the music.
        bounds: seconds, the upper one left out: `SHORT`, `MIDDLE`, `LONG`.
    """
    ends = [note.end_quarter for track in piece.tracks if not track.is_drum for note in track.notes]
    if not ends:
        return math.nan
    seconds = float(quarters_to_seconds(piece, np.array([max(ends)]))[0])
    frame = max(FRAME_SECONDS, seconds / MOST_FRAMES)
    num_frames = max(math.ceil(seconds / frame - 1e-6), 1)
    lengths = [n for n in range(1, num_frames // 2 + 1) if bounds[0] <= n * frame < bounds[1]]
    if not lengths:
        return math.nan
    matrix = likeness(chroma(piece, frame, num_frames))
    return float(max(fitness(matrix, length).max() for length in lengths))
