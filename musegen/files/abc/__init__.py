"""ABC tunes: a grammar, its reading into voices, and the writing of tunes."""

from musegen.files.abc.read import list_abc_titles, read_abc, read_abc_with_remarks
from musegen.files.abc.write import abc_text

__all__ = ["abc_text", "list_abc_titles", "read_abc", "read_abc_with_remarks"]
