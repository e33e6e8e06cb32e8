"""The chords that sound in music, beat by beat."""

import numpy as np

from musegen.harmony.frames import sounding_frames
from musegen.harmony.model import load_model
from musegen.harmony.segments import beats_of
from musegen.harmony.vocabulary import chord_of
from musegen.music import ChordSymbol, Piece
from musegen.music.theory import estimate_key, key_fifths, minor_or_major
from musegen.music.transform import melody_of

_ALONE = 0.1
"""Share of notes that sound with another up to which music is one voice."""


def is_one_voice(piece: Piece) -> bool:
    """Return whether hardly any note sounds together with another."""
    notes = sorted((n for t in piece.tracks if not t.is_drum for n in t.notes), key=lambda n: n.onset_quarter)
    pairs = zip(notes, notes[1:], strict=False)
    together = sum(after.onset_quarter < note.end_quarter - 0.02 for note, after in pairs)
    return together <= _ALONE * len(notes)


def key_of(piece: Piece) -> tuple[int, str]:
    """Return the key as written, its mode taken as major or minor; else as estimated from the melody."""
    if piece.key_signatures:
        key = piece.key_signatures[0]
        return key.tonic, minor_or_major(key.mode)
    notes = melody_of(piece).notes
    durations = np.array([note.duration_quarter for note in notes])
    return estimate_key(np.array([note.pitch for note in notes]), durations)


def heard_symbols(piece: Piece, manner: str = "songbook") -> tuple[ChordSymbol, ...]:
    """Return the chords that sound in a piece where they change, on beats; none over beats of silence.

    Args:
        piece: the music; it has pitched notes.
        manner: of `vocabulary.MANNERS`, how the chords are printed.

    Raises:
        StyleError: the network is missing or damaged.
    """
    cut = beats_of(piece)
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    frames = sounding_frames(
        np.array([note.onset_quarter for note in notes]),
        np.array([note.end_quarter for note in notes]),
        np.array([note.pitch for note in notes]),
        cut,
    )
    key = key_of(piece)
    found = load_model("sounding").chain(frames, key).likeliest()
    silent = frames.weights.sum(axis=1) == 0
    fifths = key_fifths(*key)
    symbols, before = [], -1
    for start, index, nothing in zip(cut.edges, found.tolist(), silent, strict=False):
        if index != before and not nothing:
            symbols.append(ChordSymbol(float(start), chord_of(index, manner, fifths).text))
            before = index
    return tuple(symbols)
