"""Hymns for four voices, free for any use: the Open Hymnal (ABC), and settings of Polish libraries (**kern).

read_open_hymnal, read_polish_choir. Of the Polish ones those are read that move together as hymns do: three voices or
all begin 60 % of the notes, and each voice sings four fifths of the time (Gomółka's psalms of 1580, hymns and masses of
the 19th century); polyphony is left out. They are read in halves or quarters of the note values that are written, so
that most notes are quarters. The end of a printed line of the Open Hymnal is the end of a phrase and is read as a
fermata, which is how Bach's chorales mark theirs. Split by work.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from musegen import paths
from musegen.constants import DEFAULT_VELOCITY, TICKS_PER_QUARTER
from musegen.corpora.abc_voices import read_voices
from musegen.corpora.archives import read_archive, read_files
from musegen.corpora.base import Dataset, register
from musegen.corpora.kern import KernScore, read_kern
from musegen.corpora.listed_scores import check_split, listing, nifc_dataset, read_listed, score_of, split_of
from musegen.corpora.score_assembly import assembled
from musegen.corpora.score_piece import CHOIR, ScorePiece
from musegen.errors import DatasetError, FileFormatError
from musegen.files.partwise import Measure
from musegen.music import Piece

CACHE_VERSION = 1
ARCHIVE = "open-hymnal/open-hymnal.zip"

OPEN_HYMNAL = register(
    Dataset(
        name="open-hymnal",
        title="Open Hymnal",
        homepage="https://github.com/mzealey/openhymnal",
        files=(),
        licence="Every hymn that is read says that it is in the public domain.",
        citation="The Open Hymnal Project, http://openhymnal.org",
        notes="Hymns for four voices. Not downloaded here: the ABC files without words and layout are expected in "
        "open-hymnal.zip in the corpus's folder.",
    )
)
POLISH_CHOIR = nifc_dataset(
    "polish-choir",
    "Polish music heritage, settings for four voices",
    "pl-wnifc/humdrum-polish-scores@c0403623c0da",
    "Psalms, hymns and masses in which four voices move together.",
)


def read_open_hymnal(split: str | None = None) -> list[ScorePiece]:
    """Return the hymns of the Open Hymnal of a split, or all.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or a file of it is not the one listed.
    """
    check_split(split)
    local = paths.data_dir()
    if local is None or not (local / ARCHIVE).is_file():
        raise DatasetError("The Open Hymnal is not here: put open-hymnal.zip into a folder open-hymnal and set "
                           "MUSEGEN_DATA to the folder around it.")  # fmt: skip
    wanted = [e for e in listing(OPEN_HYMNAL.name) if split in (None, split_of("hymn", e.work))]
    files = read_archive(local / ARCHIVE, ((entry.path, entry.sha256) for entry in wanted))
    return [
        score_of(entry, replace(hymn(data.decode("latin-1")), title=entry.title, composer=entry.composer), own=True)
        for entry, data in zip(wanted, files, strict=True)
    ]


def hymn(text: str) -> Piece:
    """Return an ABC tune of four voices; the end of each line of the soprano, and its fermatas, are fermatas.

    Raises:
        FileFormatError: it has not four voices of one length, or no meter.
    """
    tune = read_voices(text)
    if len(tune.voices) != len(CHOIR) or len({voice.end for voice in tune.voices}) != 1:
        raise FileFormatError(f"This tune has {len(tune.voices)} voices; four of one length are expected.")
    if tune.meter is None:
        raise FileFormatError("This tune has no meter.")
    rows = [
        (round(onset * TICKS_PER_QUARTER), round(length * TICKS_PER_QUARTER), pitch, part, DEFAULT_VELOCITY)
        for part, voice in enumerate(tune.voices)
        for onset, length, pitch in voice.notes
    ]
    notes = np.array(sorted(rows, key=lambda row: (row[0], row[3])), np.int64)
    starts = [round(bar * TICKS_PER_QUARTER) for bar in tune.voices[0].bars]
    measures = [
        Measure(start, stop - start, str(number), tune.meter, tune.fifths, (), tune.qpm)
        for number, (start, stop) in enumerate(pairwise(starts))
    ]
    piece = assembled(notes, measures, CHOIR, "", "")
    onsets = [onset for onset, _, _ in tune.voices[0].notes]
    held = {max(onset for onset in onsets if onset <= mark) for mark in tune.voices[0].phrase_ends if mark >= onsets[0]}
    return replace(piece, fermatas=tuple(sorted(float(mark) for mark in held)))


def read_polish_choir(split: str | None = None) -> list[ScorePiece]:
    """Return the settings of Polish libraries of a split, or all; the first call reads for some seconds.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    check_split(split)
    name = POLISH_CHOIR.name

    def pieces() -> Iterator[Piece]:
        files = read_files(POLISH_CHOIR, "polish-scores/satb-kern.zip", flat=True)
        for entry, data in zip(listing(name), files, strict=True):
            yield four_voices(read_kern(data.decode("utf-8", "replace")), entry.title, entry.composer)

    found = read_listed(
        f"{name}-v{CACHE_VERSION}", listing(name), pieces, CHOIR, lambda e: split in (None, split_of("hymn", e.work))
    )
    return [score_of(entry, piece, own=True) for entry, piece in found]


def four_voices(score: KernScore, title: str, composer: str) -> Piece:
    """Return a score of four staves, the lowest first, as four voices whose notes are mostly quarters.

    Raises:
        FileFormatError: it has not four staves.
    """
    if score.num_staves != len(CHOIR):
        raise FileFormatError(f"This score has {score.num_staves} staves; four voices are expected.")
    scale = 1 << max(round(float(np.log2(np.median(score.notes[:, 1]) / 10080))), 0)
    onset, end = score.notes[:, 0] // scale, (score.notes[:, 0] + score.notes[:, 1]) // scale
    loud = np.full(len(onset), DEFAULT_VELOCITY)
    notes = np.column_stack([onset, np.maximum(end - onset, 1), score.notes[:, 2], 3 - score.notes[:, 3], loud])
    return assembled(notes, [_shorter(m, scale) for m in score.measures], CHOIR, title, composer)


def _shorter(measure: Measure, scale: int) -> Measure:
    meter = measure.meter
    if meter is not None:
        numerator, denominator = meter[0], meter[1] * scale
        meter = (2 * numerator, 4) if denominator == 2 and numerator % 2 else (numerator, denominator)
        meter = {(2, 2): (4, 4), (6, 4): (3, 2)}.get(meter, meter)
    return replace(measure, tick=measure.tick // scale, length=measure.length // scale, meter=meter)
