"""The chords that are guessed: a root and one of five families, as the index root * 5 + family."""

from musegen.music.chord import Chord

GUESSED = ("major", "minor", "dominant", "half-diminished", "diminished")
NUM_CHORDS = 12 * len(GUESSED)
MANNERS = ("plain", "jazz", "popular", "songbook")
"""How chords are used: in folk tunes, in jazz, in pop songs, in songs of the theatre and the parlour until 1930."""
_TRIADS = {"major": "maj", "minor": "min", "dominant": "7", "half-diminished": "m7b5", "diminished": "dim"}
_SEVENTHS = {"major": "maj7", "minor": "min7", "dominant": "7", "half-diminished": "m7b5", "diminished": "dim7"}


def check_manner(manner: str) -> None:
    """Refuse what is no manner.

    Raises:
        ValueError: it is none.
    """
    if manner not in MANNERS:
        raise ValueError(f"manner must be one of {', '.join(MANNERS)}, got {manner!r}")


def chord_index(chord: Chord) -> int:
    """Return root * 5 + family of a chord, -1 for no chord; a triad with its third suspended is to be a major one."""
    family = "major" if chord.quality == "sus" else chord.family
    return -1 if chord.is_no_chord else chord.root * len(GUESSED) + GUESSED.index(family)


def chord_of(index: int, manner: str, fifths: int) -> Chord:
    """Return the chord of an index as it is printed: seventh chords in jazz, else triads and dominants.

    Args:
        index: root * 5 + family.
        manner: of `MANNERS`.
        fifths: sharps of the key that it is spelled in, negative for flats.
    """
    root, family = divmod(int(index), len(GUESSED))
    named = _SEVENTHS if manner == "jazz" else _TRIADS
    return Chord(root, named[GUESSED[family]]).spelled(fifths)
