"""MusicXML in and out: .musicxml, .xml and compressed .mxl.

`guard` turns bytes into a tree that is safe to walk (encodings, archives, bombs), `read` makes a Piece of it by way of
`part` (one part, times exact), `playing_order` (repeats, endings, D.S. al Coda) and `assembling`; `write` goes back.
"""

from musegen.files.musicxml.read import read_musicxml, read_musicxml_with_remarks, read_recipe
from musegen.files.musicxml.write import musicxml_text, write_musicxml

__all__ = ["musicxml_text", "read_musicxml", "read_musicxml_with_remarks", "read_recipe", "write_musicxml"]
