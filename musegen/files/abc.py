"""ABC tunes by music21: the first tune of a text, repeats kept as bar lines."""

from dataclasses import replace

from musegen.errors import FileFormatError
from musegen.files import abc_text
from musegen.files.limits import check_piece
from musegen.files.music21_stream import piece_from_stream
from musegen.music import Piece


def read_abc(text: str, *, endings: str = "unfold") -> Piece:
    """Return the first tune of an ABC text.

    Args:
        text: the content of an .abc file.
        endings: what happens to first and second endings, see `piece_from_stream`.

    Raises:
        FileFormatError: there is no tune, it cannot be read, or it is too long.
    """
    found = abc_text.tunes(text)
    if not found:
        raise FileFormatError(
            'This is not an ABC tune: it needs a line "K:" with the key (for example "K:D") and the notes after it.'
        )
    prepared, names = abc_text.prepared(found[0])
    piece = piece_from_stream(_parsed(prepared), endings=endings)
    tracks = [track for track in piece.tracks if track.notes]
    if len(names) == len(tracks):
        tracks = [replace(track, name=name) for track, name in zip(tracks, names, strict=True)]
    return check_piece(replace(piece, tracks=tuple(tracks)))


def list_abc_titles(text: str) -> list[str]:
    """Return the titles of all tunes of an ABC text, "" for a tune without one."""
    return [abc_text.title_of(tune) for tune in abc_text.tunes(text)]


def _parsed(text: str) -> object:
    import warnings

    from music21 import converter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return converter.parseData(text, format="abc")
    except Exception as error:  # music21 documents no set of errors for text that is not ABC
        raise FileFormatError(
            "This ABC tune cannot be read; check its lines M:, L: and K:, and that its notes are written in ABC."
        ) from error
