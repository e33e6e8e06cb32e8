"""Recipes: a take can be made again from what its files carry."""

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.errors import FileFormatError
from musegen.services.making import recipe as recipes
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe
from musegen.services.seeds.seed import load_example
from musegen.services.showing import downloads as studio
from musegen.services.styles import get_style
from tests.builders import piece

SEED = piece([(60 + i, i, 1 / 3 if i % 2 else 0.5) for i in range(8)], key="D minor")
REQUESTS = (
    ComposeRequest("folk", primer=SEED, temperature=0.7, key="G major", qpm=100.0, num_takes=3),
    ComposeRequest("folk", mode="invent", num_bars=None, seconds=30.0, meter="6/8", low_pitch=60, num_takes=3),
    SteerRequest("folk", "regenerate", SEED, notes=((0, 1), (0, 3)), temperature_curve=(0.5, 1.5), num_takes=3,
                 given=(frozenset({0, 2}),)),
    SteerRequest("folk", "vary", SEED, bars=(1, 2), voices=(0,), num_takes=3),
)  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_recipe_is_read_as_it_was_written(request_):
    recipe = Recipe(request_, 2, "ab" * 32, "A tune")
    text = recipes.recipe_text(recipe)
    assert "\n" not in text
    assert recipes.read_recipe_text(text) == (recipe, ())
    assert recipes.from_link(recipes.to_link(text)) == text
    assert set(recipes.to_link(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("file_format", ["mid", "musicxml"])
def test_the_take_is_made_again_from_its_own_file(file_format):
    request = ComposeRequest("folk", primer=load_example("reel").piece, num_bars=8, random_seed=11, num_takes=3)
    take = compose(request).takes[1]
    text = recipes.recipe_text(Recipe(request, 1, take.style_sha256, "Reel"))
    file = studio.download(take, file_format, recipe=text)
    recipe, messages = recipes.read_recipe_text(recipes.recipe_of_file(file.file_name, file.data))
    assert messages == ()
    assert compose(recipe.request).takes[recipe.index].piece == take.piece
    assert recipes.changed_style(recipe, get_style("folk")) is None
    assert "has changed since" in recipes.changed_style(replace(recipe, style_sha256="0" * 64), get_style("folk"))


def test_a_file_without_a_recipe_has_none():
    take = compose(ComposeRequest("folk", mode="invent", num_bars=2)).takes[0]
    for file_format in ("mid", "musicxml"):
        file = studio.download(take, file_format)
        assert recipes.recipe_of_file(file.file_name, file.data) is None
    assert recipes.recipe_of_file("a.txt", b"C4 D4 E4") is None
    assert recipes.recipe_of_file("a.bin", b"\xff\xfe\x00") is None


def test_a_change_by_hand_is_noticed_and_used():
    body = json.loads(recipes.recipe_text(Recipe(REQUESTS[0], 0, "0" * 64)))
    body["request"]["temperature"] = 1.5
    recipe, messages = recipes.read_recipe_text(json.dumps(body))
    assert recipe.request.temperature == 1.5
    assert "changed by hand" in messages[0]


def edited(request=0, /, **changes):
    body = json.loads(recipes.recipe_text(Recipe(REQUESTS[request], 0, "0" * 64)))
    for name, value in changes.items():
        place = body if name in body else body["request"]
        place[name] = value
    return json.dumps(body)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a recipe"),
        ("[1, 2]", "not a recipe"),
        ('{"musegen": 1}', "not a recipe"),
        ("[" * 100_000, "not a recipe"),
        ("x" * (recipes.MAX_TEXT + 1), "too long"),
        (edited(musegen_recipe=4), "of version 4, and this Musegen reads 1 to 3"),
        (edited(kind="bake"), "what was done"),
        (edited(kind=["bake"]), "what was done"),
        (edited(request=7), "damaged"),
        (edited(temperature="hot"), "temperature is 'hot'"),
        (edited(temperature=True), "temperature is True"),
        (edited(num_bars=1.5), "num_bars is 1.5"),
        (edited(flavour="salt"), "flavour"),
        (edited(primer={"tracks": [{"notes": [[0, 200]]}]}), "pitch must be"),
        (edited(index="first"), "index"),
        (edited(temperature=10**400), "temperature is"),
        (edited(temperature=float("inf")), "temperature is"),
        (edited(random_seed=10**400), "random_seed is"),
        (edited(key=10**400), "key is"),
        (edited(primer={"tracks": [{"notes": [[10**400, 60]]}]}), "damaged"),
        (edited(title="\ud800"), "damaged"),
        (edited(title="a").replace('"a"', '"\ud800"'), "damaged"),
        (edited(primer={"title": "\udfff", "tracks": [{"notes": [[0, 60]]}]}), "damaged"),
        (edited(key_strength=5.0), "strength of the key lock is 5; it must be 0 to 1"),
        (edited(mode="guess"), "not a way of composing"),
        (edited(primer=None), "no music"),
        (edited(num_takes=2**63), "number of takes"),
        (edited(index=3), "take 4 of 3"),
        (edited(index=-1), "take 0 of 3"),
        (edited(3, strength=1.5), "strength is 1.5; it must be 0 to 1"),
        (edited(3, action="bake"), "not a way to change"),
        (edited(3, notes=[[0, 1]]), "both selected"),
        (edited(3, index=5), "take 6 of 3"),
    ],
)
def test_what_is_no_recipe_is_refused_in_a_sentence(text, words):
    with pytest.raises(FileFormatError, match=words) as error:
        recipes.read_recipe_text(text)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("letters", ["", "abc", "!!!", recipes.to_link("{}")[:5]])
def test_half_a_link_is_refused(letters):
    with pytest.raises(FileFormatError, match="link is not whole|not a recipe"):
        recipes.read_recipe_text(recipes.from_link(letters))


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                    max_leaves=8),
       st.sampled_from(["primer", "temperature", "request", "index", "kind", "num_takes", "key"]))  # fmt: skip
def test_nothing_written_by_hand_ends_in_a_traceback(value, name):
    with contextlib.suppress(FileFormatError):
        recipes.read_recipe_text(edited(**{name: value}))
