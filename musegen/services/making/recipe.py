"""Recipes: how a take was made, as text that a file, a link or the library carries, and the way back to the request.

Recipe, recipe_text, read_recipe_text, recipe_of_file, changed_style, to_link, from_link. A recipe holds the whole
request, the seed's notes included: the take can be made again from it alone, on any computer with the same style.
"""

import base64
import binascii
import hashlib
import json
import types
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from musegen.composers.fitting.length import check_request
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest, check_steering
from musegen.errors import ConstraintError, FileFormatError, MusegenError
from musegen.files.limits import check_piece
from musegen.music import Piece
from musegen.music.plain import piece_from_plain, to_plain
from musegen.remarks import Remark, remark
from musegen.services.styles import StyleCard

VERSION = 3
READ_VERSIONS = (1, 2, 3)
V1_OPTIONS = ("chart", "instruments", "memory", "swing", "lead")
"""What stood beside the other settings of a request in version 1, and is among its options since."""
MAX_TEXT = 4_000_000
"""Characters of the longest recipe that is read."""
MAX_OPTIONS = 64
MAX_NUMBER = 2**64
"""Numbers in recipes are smaller; Python reads far longer ones, which no float holds."""

REQUESTS: dict[str, type] = {"compose": ComposeRequest, "steer": SteerRequest}
"""Kinds of requests by the name that a recipe calls them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a take was made.

    Args:
        request: what was asked for.
        index: which of the request's takes, from 0.
        style_sha256: of the style's weights when it was made.
        title: of the take.
    """

    request: ComposeRequest | SteerRequest
    index: int
    style_sha256: str
    title: str = ""


def recipe_text(recipe: Recipe) -> str:
    """Return the recipe as text: JSON on one line, with a checksum by which changes are noticed."""
    kind = next(name for name, cls in REQUESTS.items() if isinstance(recipe.request, cls))
    body = {
        "musegen_recipe": VERSION,
        "kind": kind,
        "request": _plain(recipe.request),
        "index": recipe.index,
        "style_sha256": recipe.style_sha256,
        "title": recipe.title,
    }
    return json.dumps(body | {"check": _check(body)}, separators=(",", ":"))


def read_recipe_text(text: str) -> tuple[Recipe, tuple[Remark, ...]]:
    """Return the recipe of a text, and what the musician should know of it.

    Raises:
        FileFormatError: it is no recipe, is damaged, asks for what is out of range, or was written by a newer program;
            the message says which.
    """
    if len(text) > MAX_TEXT:
        raise FileFormatError("This is not a recipe of Musegen: it is too long.")
    try:
        body = json.loads(text)
        for part in (text, json.dumps(body, ensure_ascii=False)):
            part.encode()  # half a surrogate pair, plain or escaped, is in no file
        version = body.pop("musegen_recipe")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise FileFormatError("This is not a recipe of Musegen, or it is damaged.") from error
    if version not in READ_VERSIONS:
        raise FileFormatError(
            "This recipe is of version {version!r:.20}, and this Musegen reads 1 to {version_2}: update Musegen.",
            version=version,
            version_2=VERSION,
        )
    check = body.pop("check", None)
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in REQUESTS:
        raise FileFormatError("This is not a recipe of Musegen: it does not say what was done.")
    try:
        request = _request(REQUESTS[kind], _as_now(kind, version, body["request"]))
        recipe = Recipe(
            request,
            _converted(body["index"], int, "index"),
            _converted(body["style_sha256"], str, "style_sha256"),
            _converted(body.get("title", ""), str, "title"),
        )
        _check_ranges(recipe)
    except (KeyError, ValueError, ArithmeticError) as error:
        raise FileFormatError("The recipe is damaged: {error}.", error=error) from error
    except ConstraintError as error:
        raise FileFormatError("The recipe asks for what cannot be. {error}", error=error) from error
    changed = check != _check({"musegen_recipe": version, **body})
    return recipe, (remark("recipe_changed_by_hand"),) * changed


def _check_ranges(recipe: Recipe) -> None:
    """Refuse a request or an index that no control could have made.

    Raises:
        ConstraintError: a setting is out of range.
        FileFormatError: the request has no take of this index.
    """
    request = recipe.request
    if isinstance(request, SteerRequest):
        check_steering(request)
    else:
        check_request(request)
    if not 0 <= recipe.index < request.num_takes:
        raise FileFormatError(
            "The recipe asks for take {index:.20} of {num_takes}.",
            index=str(recipe.index + 1),
            num_takes=request.num_takes,
        )


def recipe_of_file(name: str, data: bytes) -> str | None:
    """Return the text of the recipe inside an exported file, None where there is none.

    Args:
        name: of the file; MIDI, MusicXML and plain text or JSON may carry recipes.
        data: its content.
    """
    ending = Path(name).suffix.lower()
    try:
        if data[:4] == b"MThd":
            from musegen.files.midi import read_recipe

            return read_recipe(data)
        if ending in (".musicxml", ".xml", ".mxl"):
            from musegen.files.musicxml import read_recipe as read_recipe_of_sheet

            return read_recipe_of_sheet(data)
        text = data[: MAX_TEXT + 1].decode()
    except (MusegenError, UnicodeDecodeError):
        return None
    return text.strip() if text.lstrip().startswith("{") and "musegen_recipe" in text else None


def changed_style(recipe: Recipe, card: StyleCard) -> Remark | None:
    """Return what to say where the style has changed since the recipe was written, None where it is the same."""
    if recipe.style_sha256 == card.sha256:
        return None
    return remark("style_changed", style=card.title, was=recipe.style_sha256[:8], now=card.sha256[:8])


def to_link(text: str) -> str:
    """Return a recipe as letters, digits, "-" and "_" alone, for the address of a page."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def from_link(letters: str) -> str:
    """Return the recipe's text of `to_link`.

    Raises:
        FileFormatError: the letters are no recipe.
    """
    try:
        packed = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
        text = zlib.decompressobj().decompress(packed, MAX_TEXT)
        return text.decode()
    except (ValueError, binascii.Error, zlib.error) as error:
        raise FileFormatError("The link is not whole: copy all of it.") from error


# ----------------------------------------------------------------------------------------- requests as plain data


def _check(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(request: Any) -> dict[str, Any]:
    """Return a request without what is as by default."""
    values = {}
    for field in fields(request):
        value = getattr(request, field.name)
        if field.default is MISSING or value != field.default:
            values[field.name] = _plain_value(value)
    return values


def _plain_value(value: Any) -> Any:
    if isinstance(value, Piece):
        return to_plain(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {name: _plain_value(part) for name, part in value.items()}
    return [_plain_value(part) for part in value] if isinstance(value, tuple) else value


def _as_now(kind: str, version: int, values: Any) -> Any:
    """Return the plain request of an older version as it is written now."""
    if kind != "compose" or not isinstance(values, dict):
        return values
    if version < 3:  # takes did not go back to what they had played
        values = {"recall": 0.0} | values
    if version > 1:
        return values
    options = {name: values[name] for name in V1_OPTIONS if name in values}
    kept = {name: value for name, value in values.items() if name not in V1_OPTIONS}
    return kept | ({"options": options} if options else {})


def _request(kind: type, values: Any) -> Any:
    if not isinstance(values, dict):
        raise ValueError("its request is no list of settings")
    hints = get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise ValueError(f"it has settings that are not known ({', '.join(unknown)})")
    try:
        return kind(**{name: _converted(value, hints[name], name) for name, value in values.items()})
    except TypeError as error:
        raise ValueError("a setting is missing") from error


def _options(values: Any, name: str) -> dict[str, Any]:
    """Return options by name: texts, numbers, truth values and lists of them; the style says which it takes.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(values, dict) or len(values) > MAX_OPTIONS:
        raise ValueError(f"{name} should be settings by name")
    for option, value in values.items():
        for part in value if isinstance(value, list) else [value]:
            too_large = isinstance(part, int | float) and not abs(part) < MAX_NUMBER
            if not isinstance(part, str | bool | None | int | float) or too_large:
                raise ValueError(f"{option:.40} is {part!r:.40}, which it cannot be")
    return values


def _converted(value: Any, hint: Any, name: str) -> Any:
    """Return a plain value as what a type hint asks for.

    Raises:
        ValueError: it is something else.
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in parts:
            return None
        return _converted(value, next(part for part in parts if part is not type(None)), name)
    if origin is Mapping:
        return _options(value, name)
    if hint is Piece:
        return check_piece(piece_from_plain(value))
    if origin in (tuple, frozenset):
        if not isinstance(value, list):
            raise ValueError(f"{name} should be a list")
        kinds = [parts[0]] * len(value) if origin is frozenset or parts[-1] is Ellipsis else list(parts)
        if len(kinds) != len(value):
            raise ValueError(f"{name} should have {len(kinds)} parts")
        return origin(_converted(part, kind, name) for part, kind in zip(value, kinds, strict=True))
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < MAX_NUMBER:  # also refuses what is not a number
            return float(value)
        raise ValueError(f"{name} is not a number that can be used")
    if hint is int and type(value) is int and abs(value) < MAX_NUMBER:
        return value
    if hint in (str, bool) and type(value) is hint:
        return value
    if type(value) is int and abs(value) >= MAX_NUMBER:  # too long to be written out
        raise ValueError(f"{name} is larger than any number that can be used")
    raise ValueError(f"{name} is {value!r:.40}, which it cannot be")
