"""Every style x mode x option x action x seed: each works or refuses in one sentence; made from what is declared."""

import os
import pickle
import re
from dataclasses import fields, replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musegen.composers.modes import FROM_MELODY, MODES
from musegen.composers.request import ComposeRequest
from musegen.composers.settings import settings_of
from musegen.composers.steer_request import ACTIONS, KEEPS, SteerRequest
from musegen.composers.style import load_style
from musegen.composers.temperature_curve import sampling_settings
from musegen.engine.loop import sample
from musegen.errors import MusegenError
from musegen.files.midi import midi_bytes
from musegen.files.musicxml import musicxml_text
from musegen.music import Piece
from musegen.remarks import Remark
from musegen.rendering.engraving import engrave
from musegen.services.judging.explain import explain
from musegen.services.judging.score import score_piece
from musegen.services.making.compose import compose
from musegen.services.making.steer import steer
from musegen.services.styles import abilities_of, list_styles, option_kinds, options_of
from tests.builders import piece, track
from tests.stub_network import stub_networks

BARS = 4
STYLES = [card.style_id for card in list_styles()]
CARDS = {card.style_id: card for card in list_styles()}
SEEDS = {
    "none": None,
    "a tune": piece([(62, 0, 1), (66, 1, 1), (69, 2, 1), (67, 3, 1), (69, 4, 2), (66, 6, 2)], key="D major"),
    "a waltz": piece([(67, 0, 1), (71, 1, 1), (74, 2, 1), (72, 3, 3)], meter="3/4"),
    "four voices": piece([(72, 0, 2), (74, 2, 2)], [(67, 0, 4)], [(64, 0, 4)], [(48, 0, 2), (43, 2, 2)]),
    "one note": piece([(60, 0, 1)]),
    "drums alone": Piece((track([(36, 0, 1), (38, 1, 1)], is_drum=True),)),
    "a pickup of a third": piece([(62, 0, 1 / 3), (64, 1 / 3, 1), (66, 4 / 3, 3)], pickup=1 / 3),
}
OPTION_VALUES = {
    "chart": ("Dm7 | G7 | Cmaj7 | %", "3/4\nC | G7", "H7 | |"),
    "instruments": (("Viola", "Cello"), ("Bass",), ("Kazoo",)),
    "memory": (False,),
    "prelude_bars": (2, 9),
    "postlude_bars": (1, 9),
    "swing": (0.6, 0.9),
    "lead": ("Trumpet", "Kazoo"),
    "plan": ("verse chorus", "verse rap"),
    "genre": ("funk", "polka"),
    "density": ("few", "loud"),
    "fills": (False,),
    "on_grid": (False,),
    "tuning": ("drop-D", "open G"),
}
"""What is tried of each option; an option that is new fails the test below until it has values here."""
SETTINGS = {
    "temperature": (0.1, 2.0, 3.0),
    "temperature_curve": ((0.5, 1.5), (9.0,)),
    "top_k": (1, 5),
    "top_p": (0.3,),
    "key_strength": (0.5, 1.0),
    "low_pitch": (60, 100),
    "high_pitch": (72, 20),
    "random_seed": (7,),
    "num_takes": (2, 9),
    "num_bars": (1, None, 0),
    "seconds": (7.0, 0.1),
    "key": ("E minor", "Ab major", "H dur"),
    "qpm": (200.0, 1.0),
    "meter": ("3/4", "7/8"),
    "form": ("A A B A", "A", "nonsense!"),
    "form_variation": (0.5,),
    "longest_copy": (9, 3),
    "recall": (0.0, 2.0, 9.0),
    "blend_with": ("hymn", "nobody"),
    "blend": (0.25, 2.0),
}


def outcome(work):
    """Return "works" or the sentence of the refusal; anything else is an error of the test."""
    try:
        result = work()
    except MusegenError as error:
        words = str(error)
        assert re.fullmatch(r"[^\n]+[.!?]", words), words
        assert not re.search(r"object at 0x|Traceback|<class|Error\(|np\.\w+\(", words), words
        return words
    for take in getattr(result, "takes", ()):
        assert take.piece.num_notes
    assert all(isinstance(said, Remark) for said in getattr(result, "messages", ()))
    return "works"


@pytest.fixture(scope="module", autouse=True)
def stubs():
    with stub_networks():
        yield


def request(style_id, mode="continue", seed="a tune", **values):
    bars = None if mode in FROM_MELODY else BARS
    given = {"num_bars": bars, "random_seed": 3} | values
    if given.get("seconds") is not None:
        given["num_bars"] = None
    return ComposeRequest.of(style_id, mode, None if mode == "invent" else SEEDS[seed], **given)


def test_every_option_and_setting_is_tried():
    assert {name for kind in option_kinds() for name in settings_of(kind)} == set(OPTION_VALUES)
    wanted = {f.name for f in fields(ComposeRequest)} - {"style_id", "mode", "primer", "options"}
    assert wanted == set(SETTINGS)
    assert set(settings_of(ComposeRequest)) <= set(SETTINGS)


@pytest.mark.parametrize("style_id", STYLES)
def test_every_mode_with_every_seed(style_id):
    found = {}
    for mode, seed in product(MODES, SEEDS):
        found[mode, seed] = outcome(lambda mode=mode, seed=seed: compose(request(style_id, mode, seed)))
    for mode in CARDS[style_id].modes:
        assert found[mode, "a tune"] == "works", found[mode, "a tune"]
    assert all(words == "works" for (mode, _), words in found.items() if mode == "invent")


@pytest.mark.parametrize("style_id", STYLES)
def test_every_setting_in_every_mode(style_id):
    abilities = abilities_of(CARDS[style_id])
    for mode in CARDS[style_id].modes:
        for name, values in SETTINGS.items():
            for value in values:
                words = outcome(lambda mode=mode, n=name, v=value: compose(request(style_id, mode, **{n: v})))
                if name == "temperature_curve" and value == (0.5, 1.5):
                    assert (words == "works") == abilities.curve, words
                if name == "form" and value == "A A B A" and mode not in FROM_MELODY:
                    words = outcome(lambda mode=mode: compose(request(style_id, mode, form="A A B A", num_bars=16)))
                    assert (words == "works") == abilities.form, words


@pytest.mark.parametrize("style_id", STYLES)
def test_every_option_works_or_is_refused_by_name(style_id):
    taken = options_of(CARDS[style_id])
    for mode in CARDS[style_id].modes:
        for name, values in OPTION_VALUES.items():
            if name == "instruments":
                values = ((CARDS[style_id].voices[-1],), *values)
            words = [outcome(lambda mode=mode, n=name, v=v: compose(request(style_id, mode, **{n: v}))) for v in values]
            if name in taken:
                assert "works" in words, (name, words)
            else:
                told = (name.replace("_", " "), CARDS[style_id].title)
                assert all(part in word for part in told for word in words), words


@pytest.mark.parametrize("style_id", STYLES)
def test_every_action_on_every_music(style_id):
    actions = abilities_of(CARDS[style_id]).actions
    takes = {"a take": compose(request(style_id, "invent")).takes[0].piece}
    for seed, music in {**SEEDS, **takes}.items():
        if music is None:
            continue
        for action, keep in product(ACTIONS, KEEPS):
            whole = SteerRequest(style_id, action, music, bars=(1, 1), keep=keep, num_bars=BARS + 2, candidates=2)
            notes = replace(whole, bars=None, notes=((0, 0),), pitch=64)
            for asked in (
                whole,
                notes,
                replace(notes, pitch=-1),
                replace(whole, bars=(3, 9)),
                replace(whole, bars=None),
            ):
                words = outcome(lambda asked=asked: steer(asked))
                if action not in actions:
                    assert words != "works"
                elif seed == "a take" and action != "extend" and asked is (notes if action == "swap" else whole):
                    assert words == "works", (action, keep, words)
        for judged in (explain, score_piece):
            words = outcome(lambda judged=judged, music=music: judged(style_id, music))
            if judged is explain and seed == "a take":
                assert (words == "works") == abilities_of(CARDS[style_id]).why, words


@pytest.mark.parametrize("style_id", STYLES)
def test_a_plan_is_data_and_makes_the_same_takes_elsewhere(style_id):
    style = load_style(style_id)
    for mode, lock in product(CARDS[style_id].modes, (0.0, 0.5, 1.0)):
        asked = request(style_id, mode, key_strength=lock, key="D minor" if lock else None)
        plans = [style.composer.plan(asked, style)]
        plans.append(pickle.loads(pickle.dumps(plans[0])))
        pieces = []
        for plan in plans:
            cursor = plan.cursor()
            sample(style.player, [cursor], sampling_settings(asked), plan.constraints, [(3, 0)])
            pieces.append(plan.finish(cursor))
        assert pieces[0] == pieces[1]
        assert {f.name for f in fields(plans[0])} >= {"constraints", "messages"}


def test_takes_of_every_style_can_be_printed_and_written():
    for card, mode in ((each, mode) for each in CARDS.values() for mode in each.modes):
        for seed in ("a tune", "a pickup of a third", "a waltz"):
            try:
                take = compose(request(card.style_id, mode, seed)).takes[0].piece
            except MusegenError:
                continue
            assert midi_bytes(take) and musicxml_text(take) and engrave(take).pages


@settings(
    max_examples=int(os.environ.get("MUSEGEN_MATRIX_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_any_settings_together_work_or_are_refused(data):
    style_id = data.draw(st.sampled_from(STYLES))
    mode = data.draw(st.sampled_from(CARDS[style_id].modes))
    chosen = data.draw(st.lists(st.sampled_from(sorted({**SETTINGS, **OPTION_VALUES})), max_size=6, unique=True))
    values = {name: data.draw(st.sampled_from({**SETTINGS, **OPTION_VALUES}[name])) for name in chosen}
    seed = data.draw(st.sampled_from(sorted(SEEDS)))
    asked = request(style_id, mode, seed, **values)
    words = outcome(lambda: compose(asked))
    if words == "works" and data.draw(st.booleans()):
        made = compose(asked).takes[0].piece
        action = data.draw(st.sampled_from(ACTIONS))
        steered = SteerRequest(
            style_id, action, made, bars=(1, data.draw(st.integers(1, 4))), num_bars=data.draw(st.integers(1, 9)),
            keep=data.draw(st.sampled_from(KEEPS)), strength=data.draw(st.floats(0, 1)), candidates=2,
        )  # fmt: skip
        outcome(lambda: steer(steered))
        outcome(lambda: explain(style_id, made))
        outcome(lambda: explain(style_id, made, (5,)))
        assert midi_bytes(made) and musicxml_text(made)
