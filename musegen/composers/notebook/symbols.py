"""Notes and chords as symbols: the vocabulary of the Chopin notebook, and an exact one beside it.

At each onset stands one symbol for all that begins there. In the notebook's spelling a single note is its name with
the octave ("C#4"), several are the pitch classes of their normal order ("8.0.3"): neither octave nor doubling nor
length is kept. In the exact spelling the symbol is the set of pitches ("56.60.63"), so that a likelihood can be
compared with that of a network that writes every note.

Normal order (Forte 1973, as in music21's `Chord.normalOrder`): of all rotations of the ascending pitch classes the one
whose last lies nearest above its first; between equals the one whose second does, then whose third, and so on.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from musegen.music import Piece

PitchSet = tuple[int, ...]
"""Pitches that begin together, ascending, each once."""

START, ESCAPE = 0, 1
"""Indices of what is before the beginning, and of every symbol that is not in the vocabulary."""

TICKS = 24
"""Onsets to the quarter: what lies nearer together begins together."""

_NAMES = ("C", "C#", "D", "E-", "E", "F", "F#", "G", "G#", "A", "B-", "B")  # music21's for a number


def onset_sets(piece: Piece) -> list[PitchSet]:
    """Return what begins at each onset of the pitched tracks, in order."""
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    found: dict[int, set[int]] = {}
    for note in notes:
        found.setdefault(round(note.onset_quarter * TICKS), set()).add(note.pitch)
    return [tuple(sorted(found[tick])) for tick in sorted(found)]


def normal_order(pitches: Iterable[int]) -> tuple[int, ...]:
    """Return the pitch classes in normal order, see the module's docstring."""
    classes = sorted({pitch % 12 for pitch in pitches})
    rotations = [classes[i:] + classes[:i] for i in range(len(classes))]

    def packed(rotation: list[int]) -> list[int]:
        above = [(c - rotation[0]) % 12 for c in rotation]
        return [above[-1], *above[1:-1]]

    packed_best: list[int] = min(rotations, key=packed, default=[])
    return tuple(packed_best)


def notebook_name(pitches: PitchSet) -> str:
    """Return the symbol of the notebook: "C#4" for a note, "8.0.3" for a chord."""
    if len(pitches) == 1:
        return f"{_NAMES[pitches[0] % 12]}{pitches[0] // 12 - 1}"
    return ".".join(map(str, normal_order(pitches)))


def exact_name(pitches: PitchSet) -> str:
    """Return the symbol that keeps every pitch: "56.60.63"."""
    return ".".join(map(str, pitches))


def played_name(pitches: PitchSet) -> str:
    """Return the symbol as a style plays it: as in the notebook, but octaves of one note are its lowest."""
    return notebook_name(pitches if len({pitch % 12 for pitch in pitches}) > 1 else pitches[:1])


def pitches_of(name: str) -> PitchSet:
    """Return the pitches that a symbol of the notebook is played as: a chord in the octave from C4.

    Raises:
        ValueError: it is no such symbol.
    """
    if "." in name:
        classes = {int(each) for each in name.split(".")}
        if not all(0 <= each < 12 for each in classes):
            raise ValueError(f"{name!r} is no chord")
        return tuple(sorted(_CHORD_OCTAVE + each for each in classes))
    if name not in _PITCHES:
        raise ValueError(f"{name!r} is no note")
    return (_PITCHES[name],)


LOWEST = 12
"""Lowest pitch that is played, C0: below it "E-1" would be two notes."""
_CHORD_OCTAVE = 60
_PITCHES = {notebook_name((pitch,)): pitch for pitch in range(LOWEST, 128)}

SPELLINGS = {"notebook": notebook_name, "played": played_name, "exact": exact_name}


@dataclass(frozen=True, slots=True)
class NoteChordVocabulary:
    """The symbols that a corpus uses often enough; `START` and `ESCAPE` come before them.

    Args:
        spelling: one of `SPELLINGS`.
        names: of the symbols, the first has the index 2.
    """

    spelling: str
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names) + 2

    @classmethod
    def of(
        cls, sequences: Sequence[Sequence[PitchSet]], spelling: str = "notebook", least: int = 100
    ) -> "NoteChordVocabulary":
        """Return the vocabulary of a corpus.

        Args:
            sequences: from `onset_sets`.
            spelling: one of `SPELLINGS`.
            least: rarer symbols are left out; the notebook leaves out what comes less than a hundred times.
        """
        counts = Counter(SPELLINGS[spelling](pitches) for sequence in sequences for pitches in sequence)
        return cls(spelling, tuple(sorted(name for name, count in counts.items() if count >= least)))

    def encode(self, sequence: Sequence[PitchSet]) -> np.ndarray:
        """Return the indices of a sequence, `ESCAPE` for what is not in the vocabulary, shape (T,)."""
        index = {name: number for number, name in enumerate(self.names, 2)}
        spell = SPELLINGS[self.spelling]
        return np.array([index.get(spell(pitches), ESCAPE) for pitches in sequence], np.int32)
