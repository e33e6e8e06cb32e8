"""`takes`: what was kept in the library, of all browsers of this computer."""

import argparse
import re
from pathlib import Path

from musegen.cli.options import add_json_option, add_output_options, whole_number
from musegen.cli.output import show, show_json, write_files
from musegen.library import library
from musegen.library.takes import ORDERS, KeptTake
from musegen.remarks import remark
from musegen.services.keeping.library import export_zip, import_zip
from musegen.services.showing import downloads as studio

OWNER = "command-line"
"""Whose the takes are that are imported here."""

_OLD_ID = re.compile(r"-[\w-]{15}")


def with_old_ids(words: list[str]) -> list[str]:
    """Return a command line with ids that begin with a dash, as one in 64 once did, last and after "--"."""
    ids = [word for word in words if _OLD_ID.fullmatch(word)]
    if words[:1] != ["takes"] or "--" in words or not ids:
        return words
    return [*(word for word in words if word not in ids), "--", *ids]


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("takes", help="list, show, export and import kept takes", allow_abbrev=False)
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list takes", allow_abbrev=False)
    listing.add_argument("--search", default="", metavar="WORDS", help="words that must all be found")
    listing.add_argument("--tag", action="append", default=[], metavar="T", help="a tag it must have; may be repeated")
    listing.add_argument("--order", choices=list(ORDERS), default="newest")
    listing.add_argument("--limit", type=whole_number, default=50, metavar="N")
    add_json_option(listing)
    listing.set_defaults(run=run_list)
    showing = actions.add_parser("show", help="show a take, its recipe included", allow_abbrev=False)
    showing.add_argument("take", metavar="ID")
    showing.set_defaults(run=run_show)
    exporting = actions.add_parser("export", help="write a take as files, or several as a zip", allow_abbrev=False)
    exporting.add_argument("takes", nargs="*", metavar="ID", help="which; all of them where none is named")
    exporting.add_argument("--zip", type=Path, metavar="FILE", help="one zip with all, to import elsewhere")
    add_output_options(exporting, required=False)
    exporting.set_defaults(run=run_export)
    importing = actions.add_parser("import", help="keep the takes of an exported zip", allow_abbrev=False)
    importing.add_argument("zip", type=Path, metavar="FILE")
    importing.set_defaults(run=run_import)


def run_list(arguments: argparse.Namespace) -> None:
    """List takes."""
    found = library.list_takes(
        None, search=arguments.search, tags=arguments.tag, order=arguments.order, limit=max(arguments.limit, 0)
    )
    if arguments.json:
        show_json({"takes": [_as_data(take) for take in found]})
    else:
        show([_line(take) for take in found] or ["No takes are kept."])


def run_show(arguments: argparse.Namespace) -> None:
    """Show one take as JSON."""
    opened = library.get_take(None, arguments.take)
    show_json(_as_data(opened.listed) | {"recipe": opened.recipe})


def run_export(arguments: argparse.Namespace) -> None:
    """Write takes as files or as one zip."""
    ids = arguments.takes or [take.take_id for take in library.list_takes(None, order="oldest", limit=1_000_000)]
    written: list[Path] = []
    if arguments.zip:
        data = export_zip(None, ids)
        written += write_files(arguments.zip.parent, {arguments.zip.name: data}).values()
    if arguments.out or not arguments.zip:
        contents = {}
        for take_id in ids:
            opened = library.get_take(None, take_id)
            for file_format in arguments.formats:
                data = studio.file_bytes(opened.piece, file_format, opened.recipe)
                contents[f"{take_id}.{file_format}"] = data
        written += write_files(arguments.out or Path(), contents).values()
    show([str(path) for path in written])


def run_import(arguments: argparse.Namespace) -> None:
    """Keep the takes of a zip."""
    kept = import_zip(OWNER, arguments.zip.read_bytes())
    show([remark("takes_imported", count=len(kept))])


def _as_data(take: KeptTake) -> dict:
    return {
        "id": take.take_id,
        "name": take.name,
        "style": take.style_id,
        "made_from": take.made_from,
        "bars": take.num_bars,
        "seconds": round(take.seconds, 3),
        "notes": take.num_notes,
        "rating": take.rating,
        "tags": list(take.tags),
        "remark": take.remark,
        "kept_at": take.kept_at.isoformat(),
        "parent": take.parent_id,
    }


def _line(take: KeptTake) -> str:
    stars = "*" * take.rating
    tags = " ".join(f"#{tag}" for tag in take.tags)
    facts = f"{take.style_id}, {take.num_bars} bars, {take.seconds:.0f} s, {take.kept_at:%Y-%m-%d %H:%M}"
    return "  ".join(part for part in (take.take_id, take.name, facts, stars, tags) if part)
