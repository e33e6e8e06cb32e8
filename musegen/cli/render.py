"""`render`: a file of music in other formats."""

import argparse
from pathlib import Path

from musegen.cli.options import add_json_option, add_output_options, add_tablature_option, with_tablatures
from musegen.cli.output import say, show, show_json, write_files
from musegen.errors import FileFormatError
from musegen.files import read
from musegen.harmony.lead_sheet import with_chord_symbols
from musegen.languages.hyphens import LANGUAGES
from musegen.services.making.words import set_words
from musegen.services.showing.downloads import ending, file_bytes


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("render", help="write a file of music in other formats", allow_abbrev=False)
    parser.add_argument("file", type=Path, metavar="FILE", help="a MIDI, MusicXML, ABC or text file")
    parser.add_argument("--words", metavar="TEXT", help="words under its melody, in place of those that it has")
    parser.add_argument("--words-language", choices=LANGUAGES, help="divide words without hyphens as in this language")
    parser.add_argument("--chords", action="store_true", help="chord symbols over it, those that are heard")
    add_tablature_option(parser)
    add_output_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write the music under the file's own name with other endings."""
    source: Path = arguments.file
    names = {file_format: source.stem + ending(file_format) for file_format in arguments.formats}
    for name in names.values():
        if (arguments.out / name).exists() and (arguments.out / name).samefile(source):
            raise FileFormatError(f"{source} would be replaced by itself; choose another folder with --out.")
    piece = read(source)
    if arguments.words is not None:
        piece, said = set_words(piece, arguments.words, arguments.words_language)
        for remark in said:
            say(remark)
    if arguments.chords:
        piece = with_chord_symbols(piece)
    if arguments.tablature:
        (piece,) = with_tablatures([piece])
    paths = write_files(arguments.out, {names[f]: file_bytes(piece, f) for f in arguments.formats})
    files = {file_format: str(paths[name]) for file_format, name in names.items()}
    if arguments.json:
        show_json({"files": files, "num_notes": piece.num_notes})
    else:
        show(list(files.values()))
