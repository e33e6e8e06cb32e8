"""Words of a seed, or of a take that is changed, under the music that was made of it; words typed for a melody."""

from collections.abc import Sequence
from dataclasses import replace

from musegen.languages.hyphens import divider
from musegen.music import Piece
from musegen.music.words import melody_index, resung, sung_notes, verses_of, with_words
from musegen.remarks import Remark, remark


def set_words(piece: Piece, text: str, language: str | None = None) -> tuple[Piece, tuple[Remark, ...]]:
    """Return a piece with typed words under its melody (see `music.words`), and what is to be said of them.

    Args:
        piece: the music; words that it has are replaced, by none where the text is empty.
        text: as typed.
        language: of `languages.hyphens.LANGUAGES`, by which words without hyphens are divided; None leaves them whole.
    """
    found = with_words(piece, verses_of(text, divider(language)))
    said = []
    if found.too_many:
        said.append(remark("words_too_many", count=found.too_many))
    if found.verses and found.too_few:
        said.append(remark("words_too_few", count=found.too_few))
    return found.piece, tuple(said)


def sung_again(piece: Piece, primer: Piece, given: Sequence[frozenset[int]]) -> tuple[Piece, int]:
    """Return a take with the words of its seed under the seed's notes in it, and how many syllables found no note.

    Args:
        piece: the take.
        primer: the seed, with words.
        given: for each track of the take, the indices of notes that are the seed's.
    """
    index = melody_index(primer)
    if index is None:
        return piece, 0
    sung = [primer.tracks[index].notes[i] for i in sung_notes(primer.tracks[index].notes)]
    pitches = [note.pitch for note in sung]

    def likeness(track: int) -> tuple[int, int]:
        own = [piece.tracks[track].notes[i].pitch for i in sorted(given[track])]
        steps = set(zip(own, own[1:], strict=False))
        return sum(pair in steps for pair in zip(pitches, pitches[1:], strict=False)), -track

    own_tracks = [i for i, indices in enumerate(given) if indices]
    if not own_tracks or not sung:
        return piece, len(primer.words)
    track = max(own_tracks, key=likeness)
    notes = [piece.tracks[track].notes[i] for i in sorted(given[track])]
    words = resung(primer.words, notes, notes[0].onset_quarter - sung[0].onset_quarter)
    return replace(piece, words=words), len(primer.words) - len(words)


def kept_words(piece: Piece, before: Piece) -> Piece:
    """Return a changed take with the words that it had, each under the note that stands at its place now."""
    index = melody_index(before)
    if index is None or index >= len(piece.tracks) or not before.words:
        return piece
    return replace(piece, words=resung(before.words, piece.tracks[index].notes))
