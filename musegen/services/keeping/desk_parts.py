"""What lies on a desk, as text and back: results, seeds, and recordings of voices.

result_text, read_result, seed_text, read_seed. Results are kept with all their notes, so that they are there at once
and stay as they are when a style is trained anew.
"""

import json
from typing import Any

from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.errors import FileFormatError, MusegenError
from musegen.music import KeySignature
from musegen.music.plain import piece_from_plain, to_plain
from musegen.remarks import as_rows, of_rows
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.seeds.seed import Seed

_TAKE = ("index", "num_bars", "seconds", "notes_changed", "log_likelihood", "random_seed", "style_id", "style_sha256")
Result = ComposeResult | SteerResult


def result_text(result: Result) -> str:
    """Return a result as text: what was asked for, and all that came of it."""
    plain: dict[str, Any] = {
        "recipe": recipe_text(Recipe(result.request, 0, "")),
        "takes": [_plain_take(take) for take in result.takes],
        "messages": as_rows(result.messages),
    }
    if isinstance(result, SteerResult):
        plain["changed"] = [[sorted(notes) for notes in tracks] for tracks in result.changed]
    return json.dumps(plain, separators=(",", ":"))


def read_result(text: str) -> Result:
    """Return the result of `result_text`.

    Where what was asked for cannot be read by this version of the program any more, the takes are of no request but
    for their style and their music.

    Raises:
        FileFormatError: it is no result.
    """
    try:
        plain = json.loads(text)
        takes = tuple(_take(values) for values in plain["takes"])
        messages = of_rows(plain["messages"])
        changed = tuple(tuple(map(frozenset, tracks)) for tracks in plain.get("changed", ()))
        request = _request(plain["recipe"], takes[0])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise FileFormatError("A result could not be read.") from error
    if isinstance(request, SteerRequest):
        return SteerResult(request, takes, changed, messages)
    return ComposeResult(request, takes, messages)


def seed_text(seed: Seed) -> str:
    """Return a seed as text."""
    declared = to_plain(seed.declared) if seed.declared else None
    return json.dumps([to_plain(seed.piece), seed.title, seed.source, as_rows(seed.messages), declared],
                      separators=(",", ":"))  # fmt: skip


def read_seed(text: str) -> Seed:
    """Return the seed of `seed_text`.

    Raises:
        FileFormatError: it is no seed.
    """
    try:
        piece, title, source, messages, declared = json.loads(text)
        key = KeySignature(*declared) if declared else None
        return Seed(piece_from_plain(piece), str(title), str(source), of_rows(messages), key)
    except (ValueError, TypeError, KeyError) as error:
        raise FileFormatError("Music to start from could not be read.") from error


def _plain_take(take: Take) -> dict[str, Any]:
    values = {name: getattr(take, name) for name in _TAKE}
    return values | {"piece": to_plain(take.piece), "given": [sorted(notes) for notes in take.given]}


def _take(values: dict[str, Any]) -> Take:
    piece, given = piece_from_plain(values["piece"]), tuple(map(frozenset, values["given"]))
    return Take(piece=piece, given=given, **{name: values[name] for name in _TAKE})


def _request(recipe: str, take: Take) -> ComposeRequest | SteerRequest:
    try:
        return read_recipe_text(recipe)[0].request
    except MusegenError:
        return ComposeRequest(take.style_id, primer=take.piece, random_seed=take.random_seed)
