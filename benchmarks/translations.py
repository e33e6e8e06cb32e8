"""Bring the catalogues of the interface's languages up to date: `musegen/languages/catalogues/*.po`.

python -m benchmarks.translations            adds new messages, not yet translated, and takes away those no longer said
python -m benchmarks.translations --check    says what is missing in which language, and fails if anything is

Messages are what stands in `say`, `message`, `msgid` and errors of Python and in `worded` of the page's JavaScript, and
the texts of data: remarks, settings, ways of composing, cards of shipped styles, examples, forms.
"""

import argparse
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from musegen import errors
from musegen.composers.modes import KNOWN
from musegen.composers.request import ComposeRequest
from musegen.composers.settings import settings_of
from musegen.evaluation.metrics import METRICS
from musegen.languages.catalogue import CATALOGUES, LANGUAGES
from musegen.languages.message import AND, MODES, NUMBERS, QUOTED
from musegen.music.common_forms import COMMON_FORMS
from musegen.music.instruments import PROGRAM_NAMES
from musegen.paths import PROJECT_DIR
from musegen.remarks.words import WORDS
from musegen.services.judging.measures import MEASURES
from musegen.services.listening.taking import QUESTIONS
from musegen.services.seeds.seed import list_examples
from musegen.services.styles import abilities_of, list_styles, options_of
from musegen.styles.comparison import COMPARED
from musegen.styles.shelf import list_teaching

_ENGLISH_ROOMS = ("cli", "corpora", "training", "baselines", "networks", "services/serving")
"""Rooms whose sentences are met on the command line alone; it speaks English."""

_ERRORS = [name for name in vars(errors) if name.endswith("Error")]
_KEYWORDS: dict[str, None] = dict.fromkeys(["say", "message", "msgid", *_ERRORS])
_PLURALS = {"de": "(n != 1)", "es": "(n != 1)", "fr": "(n > 1)", "it": "(n != 1)"}


def said_in_code() -> dict[str, list[str]]:
    """Return the messages of Python and JavaScript, each with the files in which they stand."""
    found: dict[str, list[str]] = {}
    ignored = [(f"{room}/**", "ignore") for room in _ENGLISH_ROOMS]
    for folder, methods, keywords in (
        ("musegen", [*ignored, ("**.py", "python")], _KEYWORDS),
        ("pages", [("**.py", "python")], _KEYWORDS),
        (".", [("app.py", "python")], _KEYWORDS),
        ("musegen/ui/web", [("**.js", "javascript")], {"worded": None}),
    ):
        for name, _, message, *_ in extract_from_dir(PROJECT_DIR / folder, methods, keywords=keywords):
            if isinstance(message, str) and any(map(str.isalpha, message)):
                found.setdefault(message, []).append(f"{folder}/{name}".removeprefix("./"))
    return found


def said_by_data() -> Iterator[str]:
    """Return the messages that stand in data."""
    yield from (*WORDS.values(), *MODES, *NUMBERS, AND, QUOTED, *PROGRAM_NAMES)
    for mode in KNOWN.values():
        yield from (mode.label, mode.way)
    for measure in MEASURES.values():
        yield from (measure.title, measure.meaning)
    yield from (metric.title for metric in METRICS.values())
    yield from (figure.title for figure in COMPARED.values())
    yield from QUESTIONS.values()
    yield from (form.title for form in COMMON_FORMS.values())
    for example in list_examples():
        yield example.title
    for card in (*list_styles(), *list_teaching()):
        feed = card.feed_it[0].lower() + card.feed_it[1:]
        yield from (card.title, card.description, card.feed_it, feed, card.cannot, card.licence)
        yield from (*card.voices, *card.keys)
        yield from (abilities_of(card).ending, *abilities_of(card).parts)
        for setting in (*options_of(card).values(), *settings_of(ComposeRequest).values()):
            yield from (setting.label, setting.words, setting.help, *setting.choices)


def messages() -> dict[str, list[str]]:
    """Return all messages, each with where it stands."""
    found = said_in_code()
    for message in said_by_data():
        if message.strip():
            found.setdefault(message, ["data"])
    return found


def read(code: str) -> Catalog:
    """Return the catalogue of a language; an empty one where there is none yet."""
    path = CATALOGUES / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def updated(code: str, translations: dict[str, str] | None = None) -> Catalog:
    """Return the catalogue of a language with all messages and no others.

    Args:
        code: the language.
        translations: new ones, by their messages.
    """
    old = {str(m.id): str(m.string) for m in read(code) if m.id and not m.fuzzy} | (translations or {})
    fresh = Catalog(locale=code, project="Musegen", charset="utf-8", fuzzy=False, header_comment=f"# {LANGUAGES[code]}")
    fresh.mime_headers  # noqa: B018
    for message, places in sorted(messages().items()):
        fresh.add(message, old.get(message, ""), locations=[(name, 0) for name in sorted(set(places))])
    return fresh


def fields(template: str) -> list[str]:
    """Return the names of the values of a template, nested ones too, in order of the alphabet."""
    names: set[str] = set()
    try:
        for _, name, spec, _ in string.Formatter().parse(template):
            if name is not None:
                names |= {name, *fields(spec or "")}
    except ValueError:  # text without values, in which a brace is a brace
        return []
    return sorted(names)


def faults() -> list[str]:
    """Return what is wrong with the catalogues, a line each: missing or fuzzy messages, values that do not agree."""
    wanted, found = messages(), []
    for code in LANGUAGES:
        if code == "en":
            continue
        catalogue = {str(m.id): m for m in read(code) if m.id}
        for message, places in wanted.items():
            entry = catalogue.get(message)
            if entry is None or not entry.string:
                found.append(f"{code}: missing ({places[0]}): {message}")
            elif entry.fuzzy:
                found.append(f"{code}: fuzzy: {message}")
            elif fields(message) != fields(str(entry.string)):
                found.append(f"{code}: other values: {message} -> {entry.string}")
        found += [f"{code}: not said any more: {message}" for message in catalogue if message not in wanted]
    return found


def main() -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args().check:
        for code in LANGUAGES:
            if code != "en":
                write(code, updated(code))
    found = faults()
    print("\n".join(found) or "Every message is in every language.")
    return int(bool(found))


def write(code: str, catalogue: Catalog) -> None:
    """Write a catalogue; what is the same is written the same, so that a change shows what has changed."""
    from io import BytesIO

    out = BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=True)
    head = (
        f"# {LANGUAGES[code]}: what the interface says, by the English messages.\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {code}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: nplurals=2; plural={_PLURALS[code]};\\n"\n\n'
    )
    Path(CATALOGUES / f"{code}.po").write_text(head + out.getvalue().decode(), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
