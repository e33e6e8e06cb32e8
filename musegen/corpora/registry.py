"""Which corpora a recipe can name, and how each is read: Corpus, get_corpus, read_corpus, describe.

A reader is a function of a split ("train", "valid", "test") that returns items: Pieces, or what holds one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from musegen.errors import DatasetError

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus that recipes can name.

    Args:
        reader: "module:function" under `musegen.corpora`; the function takes a split.
        unit: what its items are called, in the plural.
    """

    reader: str
    unit: str


CORPORA = {
    "folk-tunes": Corpus("folk_tunes:read_split", "tunes"),
    "jsb-chorales": Corpus("jsb_chorales:read_pieces", "chorales"),
    "asap-performances": Corpus("asap:read_recordings", "performances"),
    "asap-scores": Corpus("asap_scores:read_scores", "pieces"),
    "maestro": Corpus("maestro:read_maestro", "performances"),
    "chopin-first-editions": Corpus("kern_corpora:read_first_editions", "pieces"),
    "polish-piano": Corpus("kern_corpora:read_polish_piano", "pieces"),
    "openscore-quartets": Corpus("openscore_quartets:read_quartets", "movements"),
    "music21-quartets": Corpus("quartet_scores:read_more_quartets", "movements"),
    "openscore-lieder": Corpus("songs:read_lieder", "songs"),
    "mutopia-guitar": Corpus("mutopia:read_guitar", "pieces"),
    "mutopia-keyboard": Corpus("mutopia:read_keyboard", "pieces"),
    "pop909": Corpus("pop_scores:read_pop", "songs"),
    "open-hymnal": Corpus("hymns:read_open_hymnal", "hymns"),
    "polish-choir": Corpus("hymns:read_polish_choir", "settings"),
    "polish-songs": Corpus("songs:read_polish_songs", "songs"),
    "weimar-jazz": Corpus("weimar_jazz:read_solos", "solos"),
}


def get_corpus(name: str) -> Corpus:
    """Return a corpus by name.

    Raises:
        DatasetError: there is none; the message names those there are.
    """
    if name not in CORPORA:
        raise DatasetError(f'There is no corpus called "{name:.40}"; choose one of: {", ".join(sorted(CORPORA))}.')
    return CORPORA[name]


def read_corpus(entry: dict[str, Any], split: str) -> list[Any]:
    """Return the items of a split of what an entry of a recipe names.

    Args:
        entry: {"corpus": name} or {"folder": path of a musician's own files}; "train", "valid" and "test" may name
            splits of the corpus itself that stand for ours, for example {"train": ["train", "extra"]}.
        split: one of `SPLITS`.

    Raises:
        DatasetError: there is no such corpus, or it cannot be had.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    if "folder" in entry:
        from musegen.corpora.folder import read_folder

        return list(read_folder(Path(entry["folder"]), split))
    module, function = get_corpus(entry["corpus"]).reader.split(":")
    read = getattr(import_module(f"musegen.corpora.{module}"), function)
    return [item for own in entry.get(split, [split]) for item in read(own)]


def num_notes(item: Any) -> int:
    """Return the notes of an item of any corpus."""
    for name in ("piece", "performance"):
        item = getattr(item, name, item)
    return item.num_notes if hasattr(item, "num_notes") else len(item.pitch)


def name_of(item: Any) -> str:
    """Return what a musician calls an item of any corpus: "Haydn, Quartet in D"; "" where nothing is known."""
    piece = getattr(item, "piece", item)
    who = next(
        (w for name in ("performer", "composer") if (w := getattr(item, name, ""))), getattr(piece, "composer", "")
    )
    title = getattr(item, "title", "") or getattr(piece, "title", "") or getattr(item, "tune_id", "")
    return ", ".join(part for part in (who, title) if part).replace("_", " ")


def group_of(item: Any, number: int) -> str:
    """Return what all items of one work share; where nothing is known, an item is a work of its own."""
    return getattr(item, "group", "") or getattr(item, "tune_id", "") or str(number)


def describe(entry: dict[str, Any], counts: Sequence[Sequence[Any]]) -> str:
    """Return how much was learned from an entry: "240 chorales, 51,234 notes; 76 to validate, 77 to test".

    Args:
        entry: of a recipe.
        counts: the items of "train", "valid" and "test".
    """
    train, valid, test = counts
    unit = "pieces" if "folder" in entry else get_corpus(entry["corpus"]).unit
    notes = sum(num_notes(item) for item in train)
    return f"{len(train):,} {unit}, {notes:,} notes; {len(valid)} to validate, {len(test)} to test"
