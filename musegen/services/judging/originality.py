"""How much of a take its style's music has already: the longest run, where it stands, and what is usual.

originality_of, Originality, run_alone, has_index.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from musegen.evaluation.originality import LEAST, OriginalityIndex, SharedRun, lines_of
from musegen.evaluation.originality_file import FILE, load_index
from musegen.evaluation.reference import Reference, load_reference_of
from musegen.evaluation.windows import PLAYED_BAR_QUARTERS
from musegen.languages import together
from musegen.music import Piece, Tempo, Track
from musegen.music.performance import QPM
from musegen.music.timing import quarters_to_seconds
from musegen.remarks import Remark, remark
from musegen.remarks.words import NAMELESS, place_words
from musegen.services.styles import abilities_of, get_style
from musegen.styles.shelf import style_folder

_SECONDS_A_BAR = PLAYED_BAR_QUARTERS * 60 / QPM


@dataclass(frozen=True, slots=True)
class Originality:
    """What a piece shares with the music that a style learned from.

    Args:
        run: the longest run of notes that both have; none where it is shorter than `LEAST` notes.
        usual: notes of the run that music held out shares, in the middle; NaN where it was not measured.
        seldom: notes that nine of ten pieces held out do not exceed.
        played: places are seconds and not bars.
    """

    run: SharedRun
    usual: float
    seldom: float
    played: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether real music shares as much as often."""
        return not self.run.num_notes > self.seldom

    @property
    def where(self) -> str:
        """Where the run stands in the piece: "bars 3 to 4"."""
        return place_words(self._begin(*self.run.bars))

    @property
    def source(self) -> str:
        """Where the run stands in what was learned from: "Haydn, Quartet in D, bar 12"."""
        return together((self.run.source or NAMELESS, place_words(self._begin(*self.run.source_bars))), ", ")

    @property
    def note_places(self) -> list[tuple[str, str]]:
        """Where each note of the run stands, in the piece and in what was learned from: "12", or "1:05" of a second."""
        return [(self._place(here), self._place(there)) for here, there in self.run.note_bars]

    def _place(self, bar: int) -> str:
        second = round((bar - 1) * _SECONDS_A_BAR)
        return f"{second // 60}:{second % 60:02d}" if self.played else str(bar)

    def _begin(self, first: int, last: int) -> tuple[int, int] | int:
        """Return where a run stands: its first and last bar, or the second at which it begins."""
        return round((first - 1) * _SECONDS_A_BAR) if self.played else (first, last)

    def sentences(self) -> list[Remark]:
        """Return what was found, two sentences or three."""
        said = [remark("no_run_shared", least=LEAST)]
        if self.run.num_notes:
            said = [
                remark(
                    "run_shared",
                    count=self.run.num_notes,
                    place=self._begin(*self.run.bars),
                    source=self.run.source,
                    source_place=self._begin(*self.run.source_bars),
                    others=self.run.num_sources - 1,
                )
            ]
        if not math.isnan(self.usual):
            code = "run_usual" if self.usual >= LEAST else "run_usual_rare"
            if self.seldom < LEAST:
                code = "run_usual_none"
            said.append(remark(code, usual=self.usual, seldom=self.seldom, least=LEAST))
            if not self.is_usual:
                said.append(remark("run_unusual"))
        return said


def has_index(style_id: str) -> bool:
    """Return whether what a style learned from can be looked up.

    Raises:
        StyleError: there is no such style.
    """
    return (style_folder(style_id) / FILE).exists()


def has_references(style_id: str) -> bool:
    """Return whether a style has figures of real music to be measured beside.

    Raises:
        StyleError: there is no such style, or its figures are damaged.
    """
    return reference_in(style_folder(style_id)) is not None


def originality_of(style_id: str, piece: Piece, given: Sequence[frozenset[int]] = ()) -> Originality | None:
    """Return what a piece shares with the music that a style learned from; None where that cannot be looked up.

    Args:
        style_id: the style.
        piece: a take, or any music.
        given: for each track the notes that the musician gave, which are not asked about.

    Raises:
        StyleError: there is no such style, or its index is damaged.
    """
    folder = style_folder(style_id)
    index = index_of(folder)
    if index is None:
        return None
    reference = reference_in(folder)
    played = not abilities_of(get_style(style_id)).bars
    lines = lines_of(piece, played=played, num_tracks=reference.num_tracks if reference else None)
    run = index.longest(lines, given)
    shared = reference.shared if reference else {}
    nothing = float("nan")
    return Originality(run, shared.get("median", nothing), shared.get("p90", nothing), played)


def run_alone(piece: Piece, run: SharedRun) -> Piece:
    """Return the notes of a run alone, as they sound in a piece, from its first note on; 120 quarters a minute."""
    tracks = []
    onsets = quarters_to_seconds(piece, np.array([piece.tracks[t].notes[i].onset_quarter for t, i in run.notes], float))
    ends = quarters_to_seconds(piece, np.array([piece.tracks[t].notes[i].end_quarter for t, i in run.notes], float))
    begin = float(onsets.min(initial=np.inf))
    for number, track in enumerate(piece.tracks):
        own = [
            replace(track.notes[i], onset_quarter=2 * float(on - begin), duration_quarter=max(2 * float(off - on), 0.1))
            for (t, i), on, off in zip(run.notes, onsets, ends, strict=True)
            if t == number
        ]
        if own:
            tracks.append(Track(tuple(own), track.program, name=track.name))
    return Piece(tuple(tracks), tempos=(Tempo(0.0, 120.0),))


def index_of(folder: Path) -> OriginalityIndex | None:
    """Return the index in a style's folder, read once; None where there is none."""
    path = folder / FILE
    return _index(folder, path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=8)
def _index(folder: Path, stamp: int) -> OriginalityIndex | None:
    return load_index(folder)


def reference_in(folder: Path) -> Reference | None:
    """Return the reference figures in a style's folder, read once; None where there are none."""
    path = folder / "reference.json"
    return _reference(folder, path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=16)
def _reference(folder: Path, stamp: int) -> Reference | None:
    return load_reference_of(folder)
