"""Classical guitar of the Mutopia project, free for any use with its typesetters named: read_guitar.

Read are pieces for one guitar on one staff (Sor, Giuliani, Carcassi, Horetzky, Aguado and others), rendered to MIDI
from Mutopia's LilyPond sources. Some editions say in no clef that a guitar sounds an octave below what is written:
what lies too high for its strings is read an octave lower. Split by work; repeats are played once.
"""

from collections.abc import Iterator
from dataclasses import replace

from musegen import paths
from musegen.corpora.archives import read_archive
from musegen.corpora.base import Dataset, register
from musegen.corpora.listed_scores import check_split, listing, read_listed, score_of, split_of
from musegen.corpora.score_bars import regular
from musegen.corpora.score_piece import GUITAR, ScorePiece
from musegen.errors import DatasetError
from musegen.files.midi import read_midi
from musegen.music import Piece, Track

CACHE_VERSION = 1
ARCHIVE = "mutopia/guitar-midi.zip"
_LOWEST_WRITTEN, _HIGHEST_SOUNDING = 50, 76
"""A piece that never goes below the first, and beyond the second, is written an octave higher than it sounds."""

MUTOPIA_GUITAR = register(
    Dataset(
        name="mutopia-guitar",
        title="Mutopia, classical guitar",
        homepage="https://github.com/MutopiaProject/MutopiaProject",
        files=(),
        licence="By piece: public domain, CC BY or CC BY-SA; all allow commercial use.",
        citation="The Mutopia Project, https://www.mutopiaproject.org, and its typesetters.",
        notes="LilyPond editions rendered to MIDI. Not downloaded here: guitar-midi.zip is expected in a folder "
        "mutopia.",
    )
)


def read_guitar(split: str | None = None) -> list[ScorePiece]:
    """Return the guitar pieces of a split, or all; the first call reads for some seconds.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or a file of it is not the one listed.
    """
    check_split(split)
    name = MUTOPIA_GUITAR.name
    found = read_listed(
        f"{name}-v{CACHE_VERSION}", listing(name), _pieces, GUITAR, lambda e: split in (None, split_of(name, e.work))
    )
    return [score_of(entry, piece, own=True) for entry, piece in found]


def _pieces() -> Iterator[Piece]:
    local = paths.data_dir()
    if local is None or not (local / ARCHIVE).is_file():
        raise DatasetError("Mutopia's guitar music is not here: put guitar-midi.zip into a folder mutopia and set "
                           "MUSEGEN_DATA to the folder around it.")  # fmt: skip
    entries = listing(MUTOPIA_GUITAR.name)
    for data in read_archive(local / ARCHIVE, ((entry.path, entry.sha256) for entry in entries)):
        yield as_it_sounds(read_midi(data))


def as_it_sounds(piece: Piece) -> Piece:
    """Return a piece as one guitar plays it: one track, in regular bars, at the pitch at which it sounds."""
    notes = tuple(sorted(note for track in piece.tracks if not track.is_drum for note in track.notes))
    one = replace(piece, tracks=(Track(notes, GUITAR[0].program, False, GUITAR[0].name),))
    made = replace(regular(one), tempos=piece.tempos)
    pitches = [note.pitch for note in notes]
    written = min(pitches) >= _LOWEST_WRITTEN and max(pitches) > _HIGHEST_SOUNDING
    if not written:
        return made
    lower = tuple(replace(note, pitch=note.pitch - 12) for note in made.tracks[0].notes)
    return replace(made, tracks=(replace(made.tracks[0], notes=lower),))
