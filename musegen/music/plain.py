"""A Piece as plain data (numbers, strings, lists and dicts, as JSON holds them) and back, exactly."""

from dataclasses import MISSING, Field, fields
from typing import Any

from musegen.music.piece import (
    Barline,
    ChordSymbol,
    KeySignature,
    Note,
    Piece,
    Syllable,
    Tempo,
    TimeSignature,
    Track,
)

_PARTS: dict[tuple[type, str], type] = {
    (Piece, "tracks"): Track,
    (Piece, "tempos"): Tempo,
    (Piece, "time_signatures"): TimeSignature,
    (Piece, "key_signatures"): KeySignature,
    (Piece, "chord_symbols"): ChordSymbol,
    (Piece, "words"): Syllable,
    (Piece, "barlines"): Barline,
    (Track, "notes"): Note,
}
_ROWS = (Note, Tempo, TimeSignature, KeySignature, ChordSymbol, Syllable, Barline)
"""Written as lists, without the values at the end that are as by default; pieces and tracks are dicts."""


def to_plain(value: Piece | Track | Any) -> Any:
    """Return a piece, or a part of one, as plain data; what is as by default is left out."""
    if isinstance(value, _ROWS):
        row = [getattr(value, field.name) for field in fields(value)]
        while row and row[-1] == _default(fields(value)[len(row) - 1]):
            row.pop()
        return row
    if isinstance(value, Piece | Track):
        named = {field.name: (getattr(value, field.name), _default(field)) for field in fields(value)}
        return {name: to_plain(found) for name, (found, default) in named.items() if found != default}
    if isinstance(value, tuple | list):
        return [to_plain(part) for part in value]
    return value


def piece_from_plain(data: Any) -> Piece:
    """Return the piece that `to_plain` wrote.

    Raises:
        ValueError: the data are not a piece; the message says where.
    """
    return _make(Piece, data, "piece")


def _make(kind: type, data: Any, where: str) -> Any:
    known = {field.name: field for field in fields(kind)}
    if kind in _ROWS:
        if not isinstance(data, list) or len(data) > len(known):
            raise ValueError(f"{where}: expected a list of at most {len(known)}, got {data!r:.60}")
        named = dict(zip(known, data, strict=False))
    elif isinstance(data, dict):
        named = data
    else:
        raise ValueError(f"{where}: expected a dict, got {data!r:.60}")
    unknown = set(named) - set(known)
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(sorted(map(str, unknown)))}")
    values = {}
    for name, value in named.items():
        part = _PARTS.get((kind, name))
        if part and not isinstance(value, list):
            raise ValueError(f"{where}.{name}: expected a list, got {value!r:.60}")
        _check_type(known[name].type, value, f"{where}.{name}")
        values[name] = (
            tuple(_make(part, each, f"{where}.{name}[{i}]") for i, each in enumerate(value)) if part else _frozen(value)
        )
    try:
        return kind(**values)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{where}: {error}") from error


def _check_type(kind: Any, value: Any, where: str) -> None:
    """Refuse what is no text or no truth where one belongs; numbers are checked by the parts themselves."""
    if kind in (str, bool) and type(value) is not kind:
        raise ValueError(f"{where}: expected {kind.__name__}, got {value!r:.60}")
    if kind is str:
        value.encode()  # half a surrogate pair is in no file: UnicodeEncodeError is a ValueError


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _default(field: Field) -> Any:
    return MISSING if field.default is MISSING else field.default
