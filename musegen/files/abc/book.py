"""An ABC file as tunes: what stands before the first one, each tune's head and body, comments left out.

Tune, tunes, split_tunes, before_tunes, field_of. Source: the ABC music standard 2.1, section 2.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FIELD = re.compile(r"[A-Za-z+]:(?![|:])")
_SHARED = "CLMOQRZP"
"""Fields before the first tune that count for all."""


@dataclass(frozen=True, slots=True)
class Tune:
    """One tune.

    Args:
        head: (letter, value) of the fields up to the key, the key last; "%" for directives.
        body: lines of music, fields and directives after it, without comments.
    """

    head: tuple[tuple[str, str], ...]
    body: tuple[str, ...]

    def field(self, letter: str) -> str:
        """Return the first value of a field of the head, "" where there is none."""
        return next((value for name, value in self.head if name == letter), "")

    @property
    def has_notes(self) -> bool:
        """Whether a line of the body may hold notes."""
        return any(not FIELD.match(line) and re.search(r"[A-Ga-g]", line) for line in self.body)


def split_tunes(text: str) -> list[str]:
    """Return the texts of the tunes of an ABC file, each from its X: line to the blank line after its music."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [m.start() for m in re.finditer(r"^X:", text, re.MULTILINE)] or [0]
    found = []
    for begin, end in zip(starts, [*starts[1:], len(text)], strict=True):
        tune = text[begin:end]
        if key := re.search(r"^K:.*$", tune, re.MULTILINE):
            body = tune[key.end() :].lstrip("\n")
            found.append(tune[: key.end()] + "\n" + re.split(r"\n[ \t]*\n", body, maxsplit=1)[0])
    return found


def tunes(text: str) -> list[Tune]:
    """Return the tunes of an ABC file; fields before the first one count for those that do not say otherwise."""
    shared = [(name, value) for name, value in _lines(before_tunes(text)) if name and name in _SHARED + "%"]
    return [_tune(text, shared) for text in split_tunes(text)]


def before_tunes(text: str) -> str:
    """Return what stands before the first X: line of an ABC file, "" where there is none."""
    match = re.search(r"^X:", text, re.MULTILINE)
    return text[: match.start()] if match else ""


def field_of(tune: str, letter: str) -> str:
    """Return the first line of a field of a tune's text ("T": title), "" where there is none."""
    match = re.search(rf"^{letter}:(.*)$", tune, re.MULTILINE)
    return _without_comment(match.group(1)).strip() if match else ""


def _tune(text: str, shared: list[tuple[str, str]]) -> Tune:
    head: list[tuple[str, str]] = []
    body: list[str] = []
    rows = iter(text.split("\n"))
    for name, value in _lines_of(rows):
        if name == "+" and head:
            head[-1] = (head[-1][0], f"{head[-1][1]} {value}")
        elif name:
            head.append((name, value))
        if name == "K":
            break
    for row in rows:
        line = row if row.startswith(("%%", "I:")) else _without_comment(row)
        if line.strip():
            body.append(line.strip())
    own = {name for name, _ in head}
    return Tune((*((n, v) for n, v in shared if n == "%" or n not in own), *head), tuple(body))


def _lines(text: str) -> list[tuple[str, str]]:
    return list(_lines_of(iter(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))))


def _lines_of(rows: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Yield (letter, value) of each field, ("%", text) of directives, ("", line) of all else."""
    for row in rows:
        if row.startswith("%%"):
            yield "%", row[2:].strip()
            continue
        line = _without_comment(row)
        if FIELD.match(line):
            yield line[0], line[2:].strip()
        elif line.strip():
            yield "", line


def _without_comment(line: str) -> str:
    if "%" not in line:
        return line
    return re.sub(r'^((?:[^"%\\]|\\.|"[^"]*")*)%.*', r"\1", line)
