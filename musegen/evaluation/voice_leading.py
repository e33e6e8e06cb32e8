"""Rules of four-part writing, counted.

Definition. A piece has four voices, soprano to bass, each with at most one note at a time. A *sonority* is what the
four voices sound from one moment at which a note begins or ends to the next. Two voices make a *parallel fifth* where
in two successive sonorities both sound, both change pitch, in the same direction, and the interval between them is a
perfect fifth (7 semitones, octaves added or not) in both; a *parallel octave* likewise with unison or octave (0). A
repeated or held note is no motion, and a rest in between none either. Contrary motion from a fifth to a twelfth is not
counted. All six pairs of voices count. Nothing is forgiven at phrase ends, for Bach or for a network.

*Hidden* fifths and octaves concern soprano and bass alone: both move in the same direction into the interval from
another one, the soprano by a leap (more than two semitones).

The rules are the textbook's (Aldwell and Schachter, Harmony and Voice Leading); counting them to grade chorales follows
Fang et al., Bach or Mock?, 2020.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from musegen.music import Piece

VOICE_RANGES = ((60, 81), (52, 74), (46, 69), (36, 66))
"""Lowest and highest pitch of soprano, alto, tenor and bass in the training split of the JSB chorales."""

FIFTH, OCTAVE = 7, 0
MAX_SPACING = 12
"""Largest interval in semitones between soprano and alto, and alto and tenor."""


@dataclass(frozen=True, slots=True)
class VoiceLeading:
    """What was counted.

    Args:
        num_beats: quarters from 0 to the end of the last note.
        num_notes: notes of all voices.
        parallel_fifths: how many.
        parallel_octaves: how many, unisons included.
        hidden_fifths: between soprano and bass.
        hidden_octaves: between soprano and bass.
        crossed_share: share of the time in which a voice sounds below the next lower one, 0 to 1.
        wide_share: share of the time in which neighbours among the three upper voices are over an octave apart.
        num_out_of_range: notes outside their voice's range.
    """

    num_beats: float
    num_notes: int
    parallel_fifths: int
    parallel_octaves: int
    hidden_fifths: int
    hidden_octaves: int
    crossed_share: float
    wide_share: float
    num_out_of_range: int

    def per_100_beats(self, count: int) -> float:
        """Return a count per 100 quarters, 0 for an empty piece."""
        return 100 * count / self.num_beats if self.num_beats else 0.0


def sonorities(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    """Return what the voices sound, moment by moment.

    Args:
        piece: V tracks; where two notes of a track overlap, the later one sounds.

    Returns:
        times in quarters, shape (N + 1,), where the last is the end of the piece; pitches, -1 for silence, (N, V).
    """
    edges = {0.0} | {q for t in piece.tracks for n in t.notes for q in (n.onset_quarter, n.end_quarter)}
    times = np.array(sorted(edges))
    pitches = np.full((len(times) - 1, len(piece.tracks)), -1)
    for voice, track in enumerate(piece.tracks):
        for note in track.notes:
            first, last = np.searchsorted(times, (note.onset_quarter, note.end_quarter))
            pitches[first:last, voice] = note.pitch
    return times, pitches


def voice_leading(piece: Piece, ranges: tuple[tuple[int, int], ...] = VOICE_RANGES) -> VoiceLeading:
    """Count the rules broken in a piece of four voices.

    Args:
        piece: four tracks, soprano first.
        ranges: lowest and highest pitch of each voice.

    Raises:
        ValueError: the piece has not four tracks.
    """
    if len(piece.tracks) != 4:
        raise ValueError(f"a piece of four voices is needed, this one has {len(piece.tracks)} tracks")
    times, pitches = sonorities(piece)
    pairs = list(combinations(range(4), 2))
    neighbours = [(pitches[:, v], pitches[:, v + 1]) for v in range(3)]
    crossed = [(up >= 0) & (low >= 0) & (up < low) for up, low in neighbours]
    wide = [(up >= 0) & (low >= 0) & (up - low > MAX_SPACING) for up, low in neighbours[:2]]
    return VoiceLeading(
        num_beats=piece.end_quarter,
        num_notes=piece.num_notes,
        parallel_fifths=sum(_parallels(pitches[:, a], pitches[:, b], FIFTH) for a, b in pairs),
        parallel_octaves=sum(_parallels(pitches[:, a], pitches[:, b], OCTAVE) for a, b in pairs),
        hidden_fifths=_hidden(pitches[:, 0], pitches[:, 3], FIFTH),
        hidden_octaves=_hidden(pitches[:, 0], pitches[:, 3], OCTAVE),
        crossed_share=_share(np.any(crossed, axis=0), times),
        wide_share=_share(np.any(wide, axis=0), times),
        num_out_of_range=sum(
            not low <= note.pitch <= high
            for track, (low, high) in zip(piece.tracks, ranges, strict=True)
            for note in track.notes
        ),
    )


def _similar_motion(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return where both voices sound before and after and move in the same direction, shape (N - 1,)."""
    sounding = (upper >= 0) & (lower >= 0)
    return sounding[1:] & sounding[:-1] & (np.sign(np.diff(upper)) * np.sign(np.diff(lower)) == 1)


def _is_interval(upper: np.ndarray, lower: np.ndarray, interval: int) -> np.ndarray:
    return np.abs(upper - lower) % 12 == interval


def _parallels(upper: np.ndarray, lower: np.ndarray, interval: int) -> int:
    kept = _is_interval(upper, lower, interval)
    return int((_similar_motion(upper, lower) & kept[1:] & kept[:-1]).sum())


def _hidden(soprano: np.ndarray, bass: np.ndarray, interval: int) -> int:
    reached = _is_interval(soprano, bass, interval)
    leap = np.abs(np.diff(soprano)) > 2
    return int((_similar_motion(soprano, bass) & leap & reached[1:] & ~reached[:-1]).sum())


def _share(marked: np.ndarray, times: np.ndarray) -> float:
    """Return the share of the time that is marked, 0 for an empty piece."""
    lengths = np.diff(times)
    return float(lengths[marked].sum() / lengths.sum()) if len(lengths) else 0.0
