"""Every setting of a request can be given on the command line, in a recipe and on the page, and comes back the same."""

import argparse
from dataclasses import MISSING, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.cli import compose as compose_command
from musegen.cli import steer as steer_command
from musegen.composers.request import ComposeRequest, Sampling
from musegen.composers.settings import settings_of
from musegen.composers.steer_request import ACTIONS, KEEPS, SteerRequest
from musegen.errors import MusegenError
from musegen.services.making.recipe import Recipe, from_link, read_recipe_text, recipe_text, to_link
from musegen.services.seeds.seed import seed_from_text
from musegen.services.styles import get_style, list_styles, option_kinds, options_of
from tests.builders import piece

SEED = seed_from_text("D4 E4 F#4 G4").piece
FLOAT = st.floats(0.2, 0.9).map(lambda value: round(value, 3))
VALUES = {
    "temperature": FLOAT,
    "temperature_curve": st.lists(FLOAT, min_size=1, max_size=4).map(tuple),
    "top_k": st.integers(0, 50),
    "top_p": FLOAT,
    "key_strength": FLOAT,
    "low_pitch": st.integers(30, 50),
    "high_pitch": st.integers(70, 100),
    "random_seed": st.integers(0, 2**40),
    "num_takes": st.integers(1, 8),
    "num_bars": st.integers(1, 64),
    "seconds": st.integers(2, 100).map(float),
    "key": st.sampled_from(["D major", "E minor"]),
    "qpm": st.integers(40, 240).map(float),
    "meter": st.sampled_from(["3/4", "4/4"]),
    "form": st.sampled_from(["A A B A", "A B A"]),
    "form_variation": FLOAT,
    "longest_copy": st.integers(7, 30),
    "recall": st.floats(0, 4).map(lambda value: round(value, 2)),
    "blend_with": st.sampled_from(["hymn", "bach-chorales"]),
    "blend": FLOAT,
    "chart": st.sampled_from(["Dm7 | G7 | Cmaj7 | %", "C"]),
    "instruments": st.sampled_from([("Bass",), ("Solo", "Drums")]),
    "memory": st.just(False),
    "prelude_bars": st.integers(1, 8),
    "postlude_bars": st.integers(1, 8),
    "swing": st.floats(0.5, 0.8).map(lambda value: round(value, 2)),
    "lead": st.sampled_from(["Trumpet", "Flute"]),
    "plan": st.sampled_from(["verse chorus verse", "I V C"]),
    "genre": st.sampled_from(["funk", "rock"]),
    "density": st.sampled_from(["few", "many"]),
    "fills": st.just(False),
    "on_grid": st.just(False),
    "tuning": st.just("drop-D"),
}
FLAGS = {"num_bars": "--bars", "form_variation": "--variation", "seconds": "--seconds", "key": "--key", "qpm": "--qpm",
         "meter": "--meter", "form": "--form", "chart": "--chart", "longest_copy": "--longest-copy"}  # fmt: skip
FLAGS |= {
    n: s.flag for kind in (ComposeRequest, *option_kinds()) for n, s in settings_of(kind).items() if n not in FLAGS
}
OF_STEERING = {"action", "piece", "bars", "voices", "notes", "keep", "strength", "from_bar", "num_bars", "pitch",
               "candidates", "given", "style_id"}  # fmt: skip


def test_every_setting_is_tried_and_has_a_flag():
    names = {f.name for f in fields(ComposeRequest)} - {"style_id", "mode", "primer", "options"}
    names |= {name for kind in option_kinds() for name in settings_of(kind)}
    assert names == set(VALUES) == set(FLAGS)
    assert all(FLAGS.values())
    assert {f.name for f in fields(SteerRequest)} == OF_STEERING | set(settings_of(Sampling))


@st.composite
def requests(draw):
    """Any request of a style, all its settings drawn."""
    card = draw(st.sampled_from(list_styles()))
    mode = draw(st.sampled_from([mode for mode in card.modes if mode in ("continue", "invent")]))
    names = [n for n in VALUES if n not in {o for k in option_kinds() for o in settings_of(k)} or n in options_of(card)]
    chosen = draw(st.lists(st.sampled_from(names), unique=True))
    values = {name: draw(VALUES[name]) for name in chosen}
    values.setdefault("temperature", card.temperature)
    for name in ("top_p", "top_k"):
        values.setdefault(name, card.sampling.get(name, {"top_p": 0.95, "top_k": 0}[name]))
    if "seconds" in values:
        values["num_bars"] = None
    values.setdefault("num_bars", None)
    return ComposeRequest.of(card.style_id, mode, SEED if mode == "continue" else None, **values)


@settings(max_examples=60, deadline=None)
@given(requests())
def test_a_recipe_and_a_link_bring_a_request_back(request):
    text = recipe_text(Recipe(request, 0, "0" * 64))
    for again in (text, from_link(to_link(text))):
        try:
            recipe, words = read_recipe_text(again)
        except MusegenError as error:
            assert "lowest pitch" in str(error) or "highest" in str(error)
            return
        assert recipe.request == request and words == ()


@settings(max_examples=60, deadline=None)
@given(requests())
def test_the_command_line_says_all_that_a_request_holds(request):
    words = ["compose", "--style", request.style_id, "--out", "out", "--mode", request.mode]
    words += ["--text", "D4 E4 F#4 G4"] if request.primer is not None else []
    for f in fields(ComposeRequest):
        if f.name in FLAGS and getattr(request, f.name) is not None:
            usual = f.default if f.default is not MISSING else None
            if getattr(request, f.name) != usual or f.name == "num_bars":  # left out, it is as the style likes
                words += flag(f.name, getattr(request, f.name))
    for name, value in request.options.items():
        words += flag(name, value)
    parser = argparse.ArgumentParser()
    compose_command.add_command(parser.add_subparsers())
    arguments = parser.parse_args(words)
    seed = compose_command._seed(arguments)
    made = compose_command._request(arguments, get_style(request.style_id), request.mode, seed)
    usual = ComposeRequest(request.style_id)
    for name in ("temperature", "top_p", "top_k"):  # a default of the request that the card has otherwise
        if getattr(request, name) == getattr(usual, name):
            made = replace(made, **{name: getattr(request, name)})
    assert made == replace(request, primer=made.primer)
    assert (made.primer is None) == (request.primer is None)


def flag(name, value):
    if value is False:
        return ["--no-" + FLAGS[name].removeprefix("--")]
    parts = value if isinstance(value, tuple) else (value,)
    return [FLAGS[name], ",".join(repr(part) if isinstance(part, float) else str(part) for part in parts)]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_recipe_of_steering_comes_back(data):
    music = piece([(62 + i % 5, i, 1) for i in range(16)])
    action = data.draw(st.sampled_from(ACTIONS))
    chosen = data.draw(st.lists(st.sampled_from(sorted(settings_of(Sampling))), unique=True))
    values = {name: data.draw(VALUES[name]) for name in chosen}
    request = SteerRequest(
        "folk", action, music, keep=data.draw(st.sampled_from(KEEPS)), strength=data.draw(FLOAT), from_bar=2,
        num_bars=9, pitch=60, given=(frozenset({0, 3}),), candidates=3, voices=(0,),
        **({"notes": ((0, 1),)} if action == "swap" else {"bars": (1, 2)}), **values,
    )  # fmt: skip
    recipe, _ = read_recipe_text(recipe_text(Recipe(request, 0, "0" * 64)))
    assert recipe.request == request


@pytest.mark.parametrize("action", ["regenerate", "vary", "extend", "swap"])
def test_every_action_and_its_settings_are_on_the_command_line(action):
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command")
    steer_command.add_command(commands)
    helped = commands.choices[action].format_help()
    for described in settings_of(Sampling).values():
        assert described.flag in helped
    own = {
        "regenerate": ("--bars", "--notes", "--voices", "--keep", "--candidates"),
        "vary": ("--bars", "--voices", "--strength", "--keep", "--candidates"),
        "extend": ("--to", "--from-bar", "--candidates"),
        "swap": ("--note", "--pitch", "--candidates"),
    }
    for wanted in own[action]:
        assert wanted in helped
