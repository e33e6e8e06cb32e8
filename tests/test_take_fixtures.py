"""Takes of every style as they were made when their recipes were written: the same to the note."""

import gzip
import json
import os
from pathlib import Path

import pytest

from musegen.composers.modes import FROM_MELODY
from musegen.composers.request import ComposeRequest
from musegen.remarks import Remark
from musegen.services.making import recipe as recipes
from musegen.services.making.recipe import read_recipe_text
from musegen.services.making.remake import remake
from musegen.services.styles import get_style, list_styles

RECORDED = Path(__file__).parent / "fixtures" / "takes.json.gz"


def plain(take):
    piece = take.piece
    return {
        "title": piece.title,
        "qpm": [t.qpm for t in piece.tempos],
        "meters": [[m.onset_quarter, m.numerator, m.denominator] for m in piece.time_signatures],
        "keys": [[k.onset_quarter, k.tonic, k.mode] for k in piece.key_signatures],
        "pickup": piece.pickup_quarter,
        "bars": take.num_bars,
        "given": [sorted(given) for given in take.given],
        "changed": take.notes_changed,
        "tracks": [
            [t.program, [[n.onset_quarter, n.pitch, n.duration_quarter, n.velocity] for n in t.notes]]
            for t in piece.tracks
        ],
    }


def recorded():
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


def test_every_style_and_mode_is_recorded():
    requests = [json.loads(item["recipe"])["request"] for item in recorded()]
    found = {(request["style_id"], request.get("mode", "continue")) for request in requests if "action" not in request}
    assert found == {(card.style_id, mode) for card in list_styles() for mode in card.modes}


@pytest.mark.parametrize("item", recorded(), ids=lambda item: item["recipe"][70:110])
def test_a_recipe_makes_the_take_it_was_written_with(item):
    """Where a network was trained on, `MUSEGEN_RECORD=1 pytest tests/test_take_fixtures.py` records its takes anew."""
    recipe, messages = read_recipe_text(item["recipe"])
    assert messages == ()
    take, said = remake(recipe)
    assert all(isinstance(each, Remark) for each in said)
    assert get_style(recipe.request.style_id).sha256 == recipe.style_sha256, "the style has changed; record again"
    assert json.loads(json.dumps(plain(take))) == item["take"]


def of_new_styles(known):
    """Recipes for what a style does that was never recorded: as it is, with a key that is kept, with other settings."""
    done = {(recipe.request.style_id, recipe.request.mode) for recipe in known if hasattr(recipe.request, "mode")}
    primer = next(recipe.request.primer for recipe in known if getattr(recipe.request, "primer", None))
    settings = (
        {"random_seed": 5, "num_takes": 2},
        {"random_seed": 6, "key": "E minor", "key_strength": 1.0, "qpm": 132.0},
        {"random_seed": 7, "top_k": 12, "top_p": 0.9},
    )
    for card in list_styles():
        for mode in (mode for mode in card.modes if (card.style_id, mode) not in done):
            usual = {"num_bars": None if mode in FROM_MELODY else 8, "temperature": 0.95}
            for chosen in settings:
                given = None if mode == "invent" else primer
                request = ComposeRequest(card.style_id, mode, given, **usual, **chosen)
                yield recipes.Recipe(request, 0, card.sha256)


def record(*, only_new):
    """Write the takes of all recorded recipes again, as the styles make them now, and some of styles that are new."""
    items = recorded() if only_new else []
    known = [item["recipe"] for item in recorded()]
    new = [recipes.recipe_text(each) for each in of_new_styles([read_recipe_text(text)[0] for text in known])]
    for text in new if only_new else [*known, *new]:
        recipe, _ = read_recipe_text(text)
        take, _ = remake(recipe)
        body = json.loads(text)
        body["style_sha256"] = take.style_sha256
        body.pop("check", None)
        body |= {"check": recipes._check(body)}
        items.append({"recipe": json.dumps(body, separators=(",", ":")), "take": plain(take)})
    RECORDED.write_bytes(gzip.compress(json.dumps(items, separators=(",", ":")).encode(), mtime=0))


if os.environ.get("MUSEGEN_RECORD"):  # "new" for the takes of styles that are new alone
    record(only_new=os.environ["MUSEGEN_RECORD"] == "new")
