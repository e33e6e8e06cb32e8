"""ABC tunes: a grammar, its reading into voices, and the writing of tunes."""

from musegen.files.abc.read import list_abc_titles, read_abc, read_abc_with_remarks

__all__ = ["list_abc_titles", "read_abc", "read_abc_with_remarks"]
