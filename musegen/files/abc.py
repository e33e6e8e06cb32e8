"""ABC tunes by music21: the first tune of a text, repeats kept as bar lines."""

from dataclasses import replace
from typing import TYPE_CHECKING

from musegen.errors import FileFormatError
from musegen.files import abc_text
from musegen.files.limits import check_piece
from musegen.files.music21_stream import piece_from_stream
from musegen.music import Piece

if TYPE_CHECKING:
    from music21.stream import Score


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
    title, composer = (abc_text.field_of(found[0], letter) for letter in "TC")
    return check_piece(replace(piece, tracks=tuple(tracks), title=title, composer=composer))


def list_abc_titles(text: str) -> list[str]:
    """Return the titles of all tunes of an ABC text, "" for a tune without one."""
    return [abc_text.field_of(tune, "T") for tune in abc_text.tunes(text)]


def _parsed(text: str) -> "Score":
    """Return a tune as a music21 score without beams: making them takes time in the square of the length."""
    import warnings

    from music21 import abcFormat, stream
    from music21.abcFormat.translate import abcToStreamPart

    class UnbeamedPart(stream.Part):
        def makeBeams(self, **_: object) -> None:  # noqa: N802
            return None

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            head, *voices = abcFormat.ABCFile().readstr(text).splitByVoice()
            handlers = [head + voice for voice in voices] or [head]
            return stream.Score([abcToStreamPart(handler, inputM21=UnbeamedPart()) for handler in handlers])
    except Exception as error:  # music21 documents no set of errors for text that is not ABC
        raise FileFormatError(
            "This ABC tune cannot be read; check its lines M:, L: and K:, and that its notes are written in ABC."
        ) from error
