"""A sixth way of composing, one file in a package outside the program: found, used and refused by the one door."""

import argparse
import json
import sys
from dataclasses import replace

import pytest

from musegen import composers
from musegen.cli.flags import add_flags
from musegen.composers.contract import Composer
from musegen.composers.registry import get_composer, list_composers
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import load_style
from musegen.errors import ConstraintError, StyleError
from musegen.services.judging.score import score_piece
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.making.remake import remake
from musegen.services.making.steer import steer
from musegen.services.styles import get_style, list_styles, option_kinds
from musegen.styles.shelf import style_folder
from tests.stub_network import stub_networks

ONE_FILE = '''
"""A line of quarters that goes up or down by a step."""
from dataclasses import dataclass

import numpy as np

from musegen.composers.contract import Abilities, Composer
from musegen.composers.plan import Plan
from musegen.composers.settings import setting
from musegen.engine.codec import CodecWithoutSettings, Column, Cursor, Vocabulary
from musegen.engine.loop import Constraints
from musegen.errors import CodecError
from musegen.music import Note, Piece, Tempo, TimeSignature, Track


@dataclass(frozen=True, slots=True)
class Options:
    first_pitch: int = setting(60, label="First pitch", words="The first pitch", help="Where the line begins.", low=48,
                               high=72, step=1, control="slider", flag="--first-pitch", metavar="P")


class StepsCursor(Cursor):
    def __init__(self, first, length):
        self.pitches, self.length, self._events = [first], length, []

    def trunk(self):
        return np.array([self._events[-1] if self._events else 2])

    def head(self):
        return np.zeros(0, int)

    def allowed(self):
        return np.ones(2, bool)

    def push(self, event):
        self._events.append(event)
        self.pitches.append(self.pitches[-1] + (2 if event else -2))

    @property
    def done(self):
        return len(self.pitches) >= self.length

    def share_done(self):
        return len(self.pitches) / self.length

    @property
    def events(self):
        return np.array(self._events)


class StepsCodec(CodecWithoutSettings):
    name, num_heads = "steps", 1

    def __init__(self):
        self.vocabulary = Vocabulary(("step",), np.zeros(2, int), np.full(2, -1), np.ones(2, int))
        self.trunk_columns, self.head_columns = (Column("last", 3, 2),), ()

    def adapt(self, piece):
        raise CodecError("This way of composing takes no seed.")

    encode = decode = adapt


class StepsPlan(Plan[StepsCursor]):
    def __init__(self, first, length):
        self.constraints, self.messages, self._how = Constraints(), (), (first, length)

    def cursor(self):
        return StepsCursor(*self._how)

    def finish(self, cursor):
        notes = tuple(Note(float(i), pitch, 1.0, 80) for i, pitch in enumerate(cursor.pitches))
        return Piece((Track(notes),), (Tempo(0.0, 120.0),), (TimeSignature(0.0, 4, 4),))

    def is_given(self, track, note):
        return False


class Steps(Composer[StepsCodec]):
    name, Options = "steps", Options

    def abilities(self, card):
        return Abilities(("invent",), ("first_pitch",), actions=frozenset(), form=False, curve=False, why=False)

    def open(self, config):
        return StepsCodec()

    def plan(self, request, style):
        return StepsPlan(self.options(request, style.card).first_pitch, 4 * (request.num_bars or 4))


COMPOSER = Steps()
'''


@pytest.fixture
def steps(tmp_path, musegen_home, monkeypatch):
    """The package outside, found as those of the program are, and a style of it on the musician's own shelf."""
    (tmp_path / "elsewhere" / "steps").mkdir(parents=True)
    (tmp_path / "elsewhere" / "steps" / "__init__.py").touch()
    (tmp_path / "elsewhere" / "steps" / "composer.py").write_text(ONE_FILE)
    monkeypatch.setattr(composers, "__path__", [*composers.__path__, str(tmp_path / "elsewhere")])
    card = json.loads((style_folder("folk") / "card.json").read_text()) | {
        "style_id": "steps", "title": "Steps", "modes": ["invent"], "files": {}, "quality": {}, "held_out": {},
        "composer": {"name": "steps", "config": {}},
    }  # fmt: skip
    folder = musegen_home / "styles" / "steps"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps(card))
    list_composers.cache_clear()
    with stub_networks():
        yield "steps"
    monkeypatch.undo()
    list_composers.cache_clear()
    get_composer.cache_clear()
    for name in [name for name in sys.modules if name.startswith("musegen.composers.steps")]:
        del sys.modules[name]


def test_one_file_is_a_way_of_composing(steps):
    assert steps in list_composers() and steps in {card.style_id for card in list_styles()}
    made = compose(ComposeRequest.of(steps, "invent", num_bars=3, first_pitch=65, num_takes=2))
    first, second = (take.piece.tracks[0].notes for take in made.takes)
    assert (len(first), first[0].pitch, {abs(b.pitch - a.pitch) for a, b in zip(first, first[1:], strict=False)}) == (
        12,
        65,
        {2},
    )
    assert first != second
    recipe = Recipe(made.request, 1, made.takes[1].style_sha256)
    again, said = remake(read_recipe_text(recipe_text(recipe))[0])
    assert again.piece == made.takes[1].piece and said == ()


def test_its_options_and_refusals_come_of_themselves(steps):
    parser = argparse.ArgumentParser()
    add_flags(parser, option_kinds())
    assert parser.parse_args(["--first-pitch", "70"]).first_pitch == 70
    request = ComposeRequest(steps, "invent", num_bars=2)
    for wrong, words in (
        ({"options": {"first_pitch": 99}}, "first pitch"),
        ({"options": {"swing": 0.6}}, "Steps has no use for the option “swing”"),
        ({"form": "A A"}, "Steps cannot repeat sections"),
        ({"temperature_curve": (0.5, 1.0)}, "Steps keeps one temperature"),
    ):
        with pytest.raises(ConstraintError, match=words):
            compose(replace(request, **wrong))
    piece = compose(request).takes[0].piece
    with pytest.raises(StyleError, match="Steps cannot continue"):
        compose(ComposeRequest(steps, "continue", piece, num_bars=4))
    with pytest.raises(StyleError, match="Steps cannot change parts"):
        steer(SteerRequest(steps, "vary", piece))
    with pytest.raises(StyleError, match="Steps cannot tell how likely"):
        score_piece(steps, piece)
    assert isinstance(get_composer(get_style(steps).composer["name"]), Composer)


@pytest.mark.parametrize("name", ["evil", "../../styles/evil", "evil.composer", "os", "", "."])
def test_a_folder_from_a_stranger_cannot_bring_code_along(name, tmp_path, musegen_home):
    folder, ran = musegen_home / "styles" / "evil", tmp_path / "ran"
    folder.mkdir(parents=True)
    for file in ("__init__.py", "composer.py", "card.py"):
        (folder / file).write_text(f"open({str(ran)!r}, 'w')\n")
    card = json.loads((style_folder("folk") / "card.json").read_text())
    card |= {"style_id": "evil", "files": {}, "composer": {"name": name, "config": {}}}
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(StyleError, match=r"no way of composing called .*another version\."):
        load_style("evil")
    with pytest.raises(StyleError, match="no way of composing"):
        compose(ComposeRequest("evil", "invent", num_bars=2))
    assert {card.style_id for card in list_styles()} > {"folk"} and load_style("folk")
    assert not ran.exists()


def test_a_recipe_that_names_an_option_which_there_is_not_is_refused_by_name():
    body = json.loads(recipe_text(Recipe(ComposeRequest("folk", "invent", num_bars=2), 0, "")))
    body["request"]["options"] = {"colour": "blue"}
    recipe, said = read_recipe_text(json.dumps(body))
    assert "changed by hand" in said[0]
    with pytest.raises(ConstraintError, match="Folk tunes has no use for the option “colour”; leave it out"):
        remake(recipe)
