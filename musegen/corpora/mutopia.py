"""Music of the Mutopia project, free for any use with its typesetters named: read_guitar, read_keyboard.

Read are pieces for one guitar on one staff (Sor, Giuliani, Carcassi, Horetzky, Aguado and others) and for the keyboard
on two staves (Bach, Schumann, Czerny, Beethoven, Burgmueller and others), rendered to MIDI from Mutopia's LilyPond
sources. Some editions say in no clef that a guitar sounds an octave below what is written: what lies too high for its
strings is read an octave lower. Split by work; repeats are played once. Mutopia's Chopin is left out: the first
editions of `kern_corpora` are the same works.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from musegen import paths
from musegen.corpora.archives import read_archive
from musegen.corpora.base import Dataset, register
from musegen.corpora.listed_scores import check_split, listing, read_listed, score_of, split_of
from musegen.corpora.score_bars import regular
from musegen.corpora.score_piece import GUITAR, PIANO, PartName, ScorePiece
from musegen.errors import DatasetError
from musegen.files.midi import read_midi
from musegen.music import Piece, Track

CACHE_VERSION = 1
ARCHIVE = "mutopia/guitar-midi.zip"
KEYBOARD_ARCHIVE = "mutopia/keyboard-midi.zip"
_LOWEST_WRITTEN, _HIGHEST_SOUNDING = 50, 76
"""A piece that never goes below the first, and beyond the second, is written an octave higher than it sounds."""


def _dataset(name: str, title: str, archive: str) -> Dataset:
    return register(
        Dataset(
            name=name,
            title=title,
            homepage="https://github.com/MutopiaProject/MutopiaProject",
            files=(),
            licence="By piece: public domain, CC BY or CC BY-SA; all allow commercial use.",
            citation="The Mutopia Project, https://www.mutopiaproject.org, and its typesetters.",
            notes=f"LilyPond editions rendered to MIDI. Not downloaded here: {archive} is expected in a folder "
            "mutopia.",
        )
    )


MUTOPIA_GUITAR = _dataset("mutopia-guitar", "Mutopia, classical guitar", "guitar-midi.zip")
MUTOPIA_KEYBOARD = _dataset("mutopia-keyboard", "Mutopia, keyboard", "keyboard-midi.zip")


def read_guitar(split: str | None = None) -> list[ScorePiece]:
    """Return the guitar pieces of a split, or all; the first call reads for some seconds.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or a file of it is not the one listed.
    """
    return _read(MUTOPIA_GUITAR, ARCHIVE, GUITAR, as_it_sounds, split)


def read_keyboard(split: str | None = None) -> list[ScorePiece]:
    """Return the pieces for the keyboard of a split, or all; the first call reads for a minute.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or a file of it is not the one listed.
    """
    return _read(MUTOPIA_KEYBOARD, KEYBOARD_ARCHIVE, PIANO, for_two_hands, split)


def _read(
    dataset: Dataset, archive: str, parts: tuple[PartName, ...], made: Callable[[Piece], Piece], split: str | None
) -> list[ScorePiece]:
    check_split(split)
    name = dataset.name
    found = read_listed(
        f"{name}-v{CACHE_VERSION}",
        listing(name),
        lambda: _pieces(dataset, archive, made),
        parts,
        lambda entry: split in (None, split_of(name, entry.work)),
    )
    return [score_of(entry, piece, own=True) for entry, piece in found]


def _pieces(dataset: Dataset, archive: str, made: Callable[[Piece], Piece]) -> Iterator[Piece]:
    local, file = paths.data_dir(), archive.split("/")[1]
    if local is None or not (local / archive).is_file():
        raise DatasetError(f"{dataset.title}, is not here: put {file} into a folder mutopia and set MUSEGEN_DATA to "
                           "the folder around it.")  # fmt: skip
    entries = listing(dataset.name)
    for data in read_archive(local / archive, ((entry.path, entry.sha256) for entry in entries)):
        yield made(read_midi(data))


def for_two_hands(piece: Piece) -> Piece:
    """Return a piece of two staves, the upper first, as right and left hand in regular bars."""
    staves = [tuple(sorted(track.notes)) for track in piece.tracks if track.notes and not track.is_drum]
    hands = [staves[0] if staves else (), tuple(sorted(note for staff in staves[1:] for note in staff))]
    tracks = tuple(Track(own, part.program, False, part.name) for own, part in zip(hands, PIANO, strict=True))
    return replace(regular(replace(piece, tracks=tracks)), tempos=piece.tempos)


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
