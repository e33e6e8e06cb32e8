"""Words under a melody: typed text to syllables, syllables to notes, and back.

Syllables of a word are parted by hyphens ("glo-ri-a"), a syllable that is sung on over more notes is followed by an
underscore for each of them ("a-men _ _"), an asterisk leaves a note without one, verses are parted by an empty line.
The signs are those of ABC (standard 2.1, section 5); "~" joins two words on one note.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from musegen.music.piece import MAX_VERSES, Note, Piece, Syllable, snap

HELD, NOTHING = "_", "*"
_TOLERANCE = 1 / 12
"""Quarters by which the note of a syllable may be off after it was moved onto a printable grid."""
_FARTHEST = 2.0
"""Quarters by which the note that takes over a syllable may be away from the one that had it."""
_NUMBER = re.compile(r"^\s*\d{1,2}\s*[.):]\s*")


@dataclass(frozen=True, slots=True)
class SetWords:
    """A piece with words, and how they fit.

    Args:
        piece: the music, its words those that were typed.
        too_many: syllables for which there was no note, in the longest verse.
        too_few: notes that are left without one, in the first verse; held ones are none of them.
        verses: how many there are.
    """

    piece: Piece
    too_many: int
    too_few: int
    verses: int


def verses_of(text: str, divided: Callable[[str], str] = str) -> list[list[str]]:
    """Return the syllables of each verse: text with "-" where a word goes on, `HELD`, or `NOTHING`.

    Args:
        text: as typed; at most `MAX_VERSES` verses are taken.
        divided: puts hyphens into a word that has none.
    """
    verses = []
    for block in re.split(r"\n\s*\n", text.strip()):
        syllables = list(_syllables(_NUMBER.sub("", block), divided))
        if syllables:
            verses.append(syllables)
    return verses[:MAX_VERSES]


def _syllables(block: str, divided: Callable[[str], str]) -> Iterator[str]:
    for word in block.replace("|", " ").split():
        if set(word) <= {HELD, NOTHING}:
            yield from word
            continue
        held = len(word) - len(word.rstrip(HELD))
        word = word.rstrip(HELD).replace("\xad", "-").replace("\u2010", "-")
        if "-" not in word.strip("-"):
            word = divided(word)
        parts = [part for part in re.split(r"-+", word) if part]
        for index, part in enumerate(parts):
            text = part.replace("~", " ")
            yield text + "-" if index + 1 < len(parts) else text
        yield from HELD * held


def melody_index(piece: Piece) -> int | None:
    """Return the track that is sung: the one on whose notes the words fall, without words the top one with pitches."""
    pitched = [i for i, track in enumerate(piece.tracks) if not track.is_drum and track.notes]
    if not pitched:
        return None
    times = {word.onset_quarter for word in piece.words}
    hits = {i: len(times & {note.onset_quarter for note in piece.tracks[i].notes}) for i in pitched}
    return max(pitched, key=lambda i: (hits[i], -i))


def sung_notes(notes: Sequence[Note]) -> list[int]:
    """Return the indices of the notes that take a syllable: of several that begin together the highest."""
    best: dict[float, int] = {}
    for index, note in enumerate(notes):
        old = best.get(note.onset_quarter)
        if old is None or note.pitch > notes[old].pitch:
            best[note.onset_quarter] = index
    return [best[time] for time in sorted(best)]


def with_words(piece: Piece, verses: Sequence[Sequence[str]]) -> SetWords:
    """Return a piece with words under its melody, a syllable a note; words that it had are gone.

    Args:
        piece: the music.
        verses: see `verses_of`.
    """
    index = melody_index(replace(piece, words=()))
    notes = piece.tracks[index].notes if index is not None else ()
    times = [notes[i].onset_quarter for i in sung_notes(notes)]
    words = [
        Syllable(time, text, number)
        for number, verse in enumerate(verses, start=1)
        for time, text in zip(times, verse, strict=False)
        if text not in (HELD, NOTHING)
    ]
    longest = max(map(len, verses), default=0)
    few = max(len(times) - len(verses[0]), 0) if verses else 0
    return SetWords(replace(piece, words=tuple(words)), max(longest - len(times), 0), few, len(verses))


def words_text(piece: Piece) -> str:
    """Return the words of a piece as they are typed; `with_words` sets them again."""
    index, by_note = notes_of_words(piece)
    if not by_note:
        return ""
    order = sung_notes(piece.tracks[index].notes)
    lines = []
    for verse in sorted({word.verse for word in piece.words}):
        line, before = "", ""
        for note in order[: max(order.index(i) for i in by_note) + 1]:
            found = next((w.text.replace(" ", "~") for w in by_note.get(note, ()) if w.verse == verse), "")
            sign = found or (HELD if before and not before.endswith("-") else NOTHING if not before else HELD)
            line += sign if line.endswith("-") else f" {sign}" if line else sign
            before = found or before
        lines.append(line.rstrip(f" {HELD}{NOTHING}"))
    return "\n\n".join(lines)


def notes_of_words(piece: Piece) -> tuple[int, dict[int, list[Syllable]]]:
    """Return the track that is sung, and by the index of a note its syllables; those that no note has are left out."""
    index = melody_index(piece)
    if index is None or not piece.words:
        return 0, {}
    notes = piece.tracks[index].notes
    order = sung_notes(notes)
    found: dict[int, list[Syllable]] = {}
    times = [notes[i].onset_quarter for i in order]
    for word in piece.words:
        near = min(range(len(times)), key=lambda i: abs(times[i] - word.onset_quarter))
        if abs(times[near] - word.onset_quarter) <= _TOLERANCE:
            found.setdefault(order[near], []).append(word)
    return index, found


def resung(words: Sequence[Syllable], notes: Sequence[Note], later: float = 0.0) -> tuple[Syllable, ...]:
    """Return words on other notes: each on the nearest that comes after that of the syllable before it.

    Args:
        words: sorted.
        notes: that are to carry them.
        later: quarters by which the notes come later than those that had the words.
    """
    times = [notes[i].onset_quarter for i in sung_notes(notes)]
    placed: list[Syllable] = []
    for verse in sorted({word.verse for word in words}):
        own = [word for word in words if word.verse == verse]
        exact = {snap(word.onset_quarter + later) for word in own} & set(times)
        first = 0
        for word in own:
            wanted = snap(word.onset_quarter + later)
            free = [i for i in range(first, len(times)) if wanted in exact or times[i] not in exact]
            near = min(free, key=lambda i: abs(times[i] - wanted), default=None)
            if near is not None and abs(times[near] - wanted) <= _FARTHEST:
                placed.append(replace(word, onset_quarter=times[near]))
                first = near + 1
    return tuple(sorted(placed))
