"""Recipes of styles: those shipped, those that are damaged, and a small style of ten tunes made from one file."""

import json
from dataclasses import replace

import numpy as np
import pytest

from musegen.composers.style import load_style
from musegen.corpora.folder import read_folder
from musegen.corpora.registry import CORPORA, describe, get_corpus, num_notes, read_corpus
from musegen.errors import DatasetError, StyleError
from musegen.files import write
from musegen.services.styles import get_style, list_styles
from musegen.training.recipe import NUMBERS, TUPLES, WORDS, Recipe, list_recipes, load_recipe, recipes_dir
from tests.builders import piece

TOML = """
style_id = "ten-tunes"
title = "Ten tunes"
description = "Writes tunes like ten of ours."
feed_it = "A bar or more of a melody."
cannot = "Much."
licence = "The tunes are ours, so what you compose with it is yours."
modes = ["continue", "invent"]
voices = ["Melody"]
meters = ["4/4"]
keys = ["major", "minor"]
qpm = 120
temperature = 1.0
num_bars = 4

[composer]
name = "tune"
config = { name = "folk-tune" }

[[data]]
folder = "FOLDER"
name = "Ten tunes of our own"
url = ""
licence = "Ours."
citation = "None."

[network]
units = 16
num_layers = 1
head_units = 16

[[stage]]
batch_size = 4
crop_frames = 64
steps_per_epoch = 2
num_epochs = 1
warmup_steps = 1
jit_compile = false
"""


@pytest.fixture
def tunes(tmp_path):
    """A folder of ten tunes of eight bars, the same every time."""
    folder = tmp_path / "tunes"
    folder.mkdir()
    for index in range(10):
        random = np.random.default_rng(index)
        pitches = [60 + (0, 2, 4, 5, 7, 9, 11, 12)[step] for step in random.integers(0, 8, 31)] + [60]
        write(replace(piece([(pitch, n, 1) for n, pitch in enumerate(pitches)]), title=f"Tune {index}"),
              folder / f"tune-{index}.mid")  # fmt: skip
    return folder


def recipe_file(tmp_path, folder, text=TOML):
    path = tmp_path / "ten-tunes.toml"
    path.write_text(text.replace("FOLDER", str(folder)), encoding="utf-8")
    return path


def test_every_shipped_style_has_its_recipe_and_the_card_says_what_it_says():
    assert set(list_recipes()) == {card.style_id for card in list_styles() if card.style_id in list_recipes()}
    for style_id in list_recipes():
        made, card = load_recipe(style_id).card, get_style(style_id)
        for field in (*WORDS, *TUPLES, *NUMBERS, "sampling", "held_out", "revision"):
            assert getattr(made, field) == getattr(card, field), (style_id, field)
        assert made.composer == json.loads(json.dumps(card.composer))
        assert [d["name"] for d in made.data] == [d["name"] for d in card.data]
        codec = load_recipe(style_id).codec()
        if card.network["name"] == "recurrent":
            assert codec.num_events == card.network["config"]["num_events"]
        else:
            assert card.network["name"] == load_recipe(style_id).kind


def test_every_corpus_of_a_recipe_is_registered_and_can_be_imported():
    from importlib import import_module

    for name, corpus in CORPORA.items():
        module, function = corpus.reader.split(":")
        assert callable(getattr(import_module(f"musegen.corpora.{module}"), function)), name
    with pytest.raises(DatasetError, match='no corpus called "nothing"; choose one of'):
        get_corpus("nothing")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("units = 16", 'units = "many"'), "the field \"network.units\" is 'many'"),
        (("units = 16", "heads = 16"), 'there is no field "network.heads"'),
        (('title = "Ten tunes"', ""), 'the field "title" is missing'),
        (('title = "Ten tunes"', 'title = "Ten tunes"\ncolour = "red"'), 'there is no field "colour"'),
        (("steps_per_epoch = 2", "steps = 2"), r'there is no field "steps" in \[\[stage\]\] 1'),
        (('name = "tune"', 'name = "tarot"'), 'no way of composing called "tarot"'),
        (('folder = "FOLDER"', 'corpus = "nothing"'), 'no corpus called "nothing"'),
        (('folder = "FOLDER"', ""), 'names a "corpus" or a "folder"'),
        (("qpm = 120", "qpm = "), "is no TOML file"),
    ],
)
def test_a_damaged_recipe_names_file_and_field(tmp_path, change, words):
    assert change[0] in TOML
    with pytest.raises(StyleError, match=words) as error:
        load_recipe(recipe_file(tmp_path, tmp_path, TOML.replace(*change)))
    assert str(error.value).startswith("ten-tunes.toml") and str(error.value).endswith(".")


def test_there_is_no_recipe_of_that_name(tmp_path):
    with pytest.raises(StyleError, match="no recipe for"):
        load_recipe("../folk")
    with pytest.raises(StyleError, match="cannot be read"):
        load_recipe(tmp_path / "absent.toml")
    assert recipes_dir().is_dir()


def test_a_folder_is_split_by_content_and_what_cannot_be_read_is_left_out(tunes):
    (tunes / "broken.mid").write_bytes(b"MThd nonsense")
    (tunes / "notes.pdf").write_bytes(b"%PDF")
    write(read_folder(tunes, "train")[0].piece, tunes / "a-copy.mid")
    read_folder.__globals__["_read_all"].cache_clear()
    train, valid = read_folder(tunes, "train"), read_folder(tunes, "valid")
    assert len(train) + len(valid) == 11 and len(valid) >= 1 and read_folder(tunes, "test") == []
    assert not {p.group for p in train} & {p.group for p in valid}
    entry = {"folder": str(tunes)}
    notes = sum(num_notes(item) for item in train)
    assert (
        describe(entry, [train, valid, []])
        == f"{len(train)} pieces, {notes} notes; {len(valid)} to validate, 0 to test"
    )
    with pytest.raises(ValueError, match="split must be one of"):
        read_corpus(entry, "extra")


def test_an_empty_or_absent_folder_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match='In the folder "empty" 0 different pieces'):
        (tmp_path / "empty").mkdir()
        read_folder(tmp_path / "empty", "train")
    with pytest.raises(DatasetError, match='There is no folder "absent"'):
        read_folder(tmp_path / "absent", "train")


def test_a_style_is_one_file_and_a_folder_of_music(tmp_path, tunes, monkeypatch):
    """A style with an existing composer touches one file: from the TOML to takes, without another line of code."""
    from musegen.composers.request import ComposeRequest
    from musegen.services.making.compose import compose
    from musegen.training.train import train_style

    monkeypatch.setenv("MUSEGEN_HOME", str(tmp_path / "home"))
    path = recipe_file(tmp_path, tunes)
    assert isinstance(load_recipe(path), Recipe)
    train_style(path, tmp_path / "run")
    assert "ten-tunes" in {card.style_id for card in list_styles()}
    card = get_style("ten-tunes")
    assert card.data[0]["pieces"].startswith(("8 pieces", "9 pieces"))
    take = compose(ComposeRequest("ten-tunes", "invent", num_bars=4, random_seed=1)).takes[0]
    assert take.num_bars == 4 and take.piece.num_notes > 4
    assert load_style("ten-tunes").folder == tmp_path / "home" / "styles" / "ten-tunes"
