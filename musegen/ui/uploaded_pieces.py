"""Files that were dropped on a page to be judged, read: read_pieces."""

from collections.abc import Sequence

from musegen.errors import MusegenError
from musegen.music import Piece
from musegen.ui.language import say
from musegen.ui.program import program


def read_pieces(files: Sequence) -> tuple[list[tuple[str, Piece]], list[str]]:
    """Return name and music of each file that can be read, and a sentence for each that cannot."""
    pieces, trouble = [], []
    for file in files:
        try:
            pieces.append((file.name, program().read(file.name, file.getvalue()).piece))
        except MusegenError as error:
            trouble.append(say("{name} was left out. {error}", name=file.name, error=error))
    return pieces, trouble
