"""Words of a song as MIDI lyric events: a syllable each, "-" where its word goes on, a space where it ends.

As the Standard MIDI File specification has it (RP-017, 1998); read are also files that write neither, and line ends.
"""

from collections.abc import Iterator, Sequence

from musegen.music.piece import Piece, Syllable

MOST_SYLLABLES = 20_000
_MOST_CHARACTERS = 80


def read_words(events: Sequence[tuple[float, str]]) -> tuple[Syllable, ...]:
    """Return the syllables of lyric events, (quarter, text) each.

    Words end at spaces where a file has any; else at each syllable without a hyphen. Several at a time are joined.
    """
    events = sorted(events[:MOST_SYLLABLES], key=lambda event: event[0])
    by_space = sum(text[-1:].isspace() or text[:1].isspace() for _, text in events if text.strip()) > 0
    found: dict[float, str] = {}
    ended = True
    for index, (quarter, raw) in enumerate(events):
        text = raw.strip().strip("/\\")[:_MOST_CHARACTERS].strip()
        if not text or text in ("_", "*"):
            continue
        following = next((t for _, t in events[index + 1 :] if t.strip()), " ")
        parted = raw[-1:].isspace() or following[:1].isspace() or following.startswith(("/", "\\"))
        if by_space and not parted and not text.endswith("-"):
            text += "-"
        found[quarter] = f"{found[quarter].rstrip('-')} {text}" if quarter in found else text
        ended = not text.endswith("-")
    words = tuple(Syllable(quarter, text) for quarter, text in sorted(found.items()))
    if words and not ended:
        words = (*words[:-1], Syllable(words[-1].onset_quarter, words[-1].text.rstrip("-")))
    return tuple(word for word in words if word.text)


def karaoke(events: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return the words of a karaoke file among its texts: those of them where some begin a line or a page."""
    sung = [(quarter, text) for quarter, text in events if text and not text.startswith(("@", "musegen-"))]
    begins = sum(text.startswith(("/", "\\")) for _, text in sung)
    return sung if begins >= 2 and any(quarter > 0 for quarter, _ in sung) else []


def words_to_write(piece: Piece) -> Iterator[tuple[float, str]]:
    """Yield (quarter, text) of the first verse; MIDI has no place for more."""
    for word in piece.words:
        if word.verse == 1:
            yield word.onset_quarter, word.text if word.text.endswith("-") else f"{word.text} "
