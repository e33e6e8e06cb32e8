"""Takes of every style as they were made when their recipes were written: the same to the note."""

import gzip
import json
import os
from pathlib import Path

import pytest

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


def record():
    """Write the takes of all recorded recipes again, as the styles make them now."""
    items = []
    for item in recorded():
        recipe, _ = read_recipe_text(item["recipe"])
        take, _ = remake(recipe)
        body = json.loads(item["recipe"])
        body["style_sha256"] = take.style_sha256
        body.pop("check", None)
        body |= {"check": recipes._check(body)}
        items.append({"recipe": json.dumps(body, separators=(",", ":")), "take": plain(take)})
    RECORDED.write_bytes(gzip.compress(json.dumps(items, separators=(",", ":")).encode(), mtime=0))


if os.environ.get("MUSEGEN_RECORD"):
    record()
