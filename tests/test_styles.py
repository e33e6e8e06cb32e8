"""Styles: what is listed, what is checked when one is loaded, and what is said of a damaged one."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from musegen.composers.modes import MODES
from musegen.composers.style import load_style
from musegen.errors import StyleError
from musegen.paths import PROJECT_DIR, checkpoints_dir
from musegen.services import styles as service
from musegen.styles import list_styles, load_card, save_card

SHIPPED = (
    "bach-chorales",
    "chopin",
    "classical-piano",
    "folk",
    "guitar",
    "hymn",
    "jazz",
    "piano-performance",
    "pop",
    "song",
    "string-quartet",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the folk style, the only one there is."""
    copy = tmp_path / "styles" / "folk"
    copy.mkdir(parents=True)
    for name in ("card.json", "advance.tflite", "logits.tflite"):
        shutil.copy(checkpoints_dir() / "folk" / name, copy / name)
    monkeypatch.setenv("MUSEGEN_CHECKPOINTS", str(copy.parent))
    return copy


def change_card(folder, **changes):
    data = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    for name, value in changes.items():
        if value is None:
            del data[name]
        else:
            data[name] = value
    (folder / "card.json").write_text(json.dumps(data), encoding="utf-8")


def test_the_shipped_styles_are_listed_and_load():
    titles = [card.title for card in list_styles()]
    assert titles == sorted(titles)
    assert {path.parent.name for path in checkpoints_dir().glob("*/card.json")} == set(SHIPPED)
    assert {card.style_id for card in list_styles()} >= set(SHIPPED)
    for style_id in SHIPPED:
        style = load_style(style_id)
        assert style.card == service.get_style(style_id)
        assert len(style.card.sha256) == 64
        assert style.codec.to_config().items() <= style.card.composer["config"].items()


def load_card_of(style_id):
    return load_card(checkpoints_dir() / style_id)


@pytest.mark.parametrize("style_id", SHIPPED)
def test_cards_tell_a_musician_what_they_need(style_id):
    card = load_card_of(style_id)
    for text in (card.title, card.description, card.feed_it, card.cannot, card.licence):
        assert text.strip()
        assert not any(word in text.lower() for word in ("token", "logit", "checkpoint", "inference", "!"))
    assert set(card.modes) <= set(MODES)
    assert {entry["licence"] and entry["citation"] and entry["name"] for entry in card.data}
    played = {"recurrent": {"advance.tflite", "logits.tflite"}, "lattice": {"lattice.npz"}}
    assert played[card.network["name"]] <= set(card.files)


def test_the_columns_of_the_codec_are_those_the_network_was_trained_on():
    for style_id in SHIPPED:
        style = load_style(style_id)
        config = style.card.network["config"]
        if style.card.network["name"] == "lattice":
            told = json.loads(json.dumps(style.codec.lattice()))
            assert {name: config[name] for name in told} == told
            continue
        sizes = [[column[1] for column in config[name]] for name in ("trunk_columns", "head_columns")]
        assert sizes[0] == [c.size for c in style.codec.trunk_columns]
        assert sizes[1] == [c.size for c in style.codec.head_columns]
        assert config["num_heads"] == style.codec.num_heads


def test_a_saved_card_is_the_same_when_loaded(folder):
    card = load_card(folder)
    save_card(replace(card, title="Ünïcode tunes"), folder)
    assert load_card(folder) == replace(card, title="Ünïcode tunes")


def test_the_sha_changes_with_the_played_network_only(folder):
    card = load_card(folder)
    assert replace(card, title="x", files=card.files | {"history.jsonl": "0"}).sha256 == card.sha256
    assert replace(card, files=card.files | {"logits.tflite": "0"}).sha256 != card.sha256
    assert replace(card, revision=card.revision + 1).sha256 != card.sha256


@pytest.mark.parametrize("style_id", ["polka", "", "..", "folk/../folk", "."])
def test_a_style_that_is_not_there_is_refused_naming_those_that_are(style_id):
    with pytest.raises(StyleError, match=r"the styles are: .*folk"):
        load_style(style_id)
    with pytest.raises(StyleError, match="no style"):
        service.get_style(style_id)


def test_where_there_are_no_styles_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSEGEN_CHECKPOINTS", str(tmp_path / "nowhere"))
    assert list_styles() == []
    with pytest.raises(StyleError, match="none are installed"):
        load_style("folk")


def test_a_changed_network_is_refused_with_both_sums(folder):
    with (folder / "logits.tflite").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    said = load_card(folder).files["logits.tflite"][:12]
    with pytest.raises(StyleError, match=rf"damaged: logits\.tflite is [0-9a-f]{{12}}, the card says {said}"):
        load_style("folk")


def test_a_network_that_changes_after_it_was_loaded_is_noticed(folder):
    load_style("folk")
    (folder / "advance.tflite").write_bytes(b"no network")
    with pytest.raises(StyleError, match="damaged"):
        load_style("folk")


def test_a_missing_network_is_refused(folder):
    (folder / "advance.tflite").unlink()
    with pytest.raises(StyleError, match=r"incomplete: advance\.tflite is missing"):
        load_style("folk")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"schema_version": 99}, "is of version 99, this program reads version 2"),
        ({"schema_version": None}, "is of version None"),
        ({"title": None}, 'lacks the field: "title"'),
        ({"extra": 1}, 'field that is not known: "extra"'),
        ({"modes": 3}, 'the field "modes" is 3'),
        ({"composer": {"name": "tarot", "config": {}}}, 'no way of composing called "tarot"'),
        ({"composer": {"name": "chorale", "config": {"voices": 5}}}, "does not fit this program"),
    ],
)
def test_a_card_of_another_kind_is_refused(folder, changes, sentence):
    change_card(folder, **changes)
    with pytest.raises(StyleError, match=sentence):
        load_style("folk")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe\x00", b"", b"null", b'"folk"'])
def test_a_damaged_card_is_refused_and_left_out_of_the_list(folder, content):
    (folder / "card.json").write_bytes(content)
    with pytest.raises(StyleError, match="card of the style"):
        load_style("folk")
    assert list_styles() == []


def test_history_and_reference_are_empty_where_none_were_kept(folder):
    assert service.style_history("folk") == []
    assert service.style_reference("folk") == {}
    (folder / "history.jsonl").write_text('{"epoch": 1}\n\n{"epoch": 2}\n')
    assert [row["epoch"] for row in service.style_history("folk")] == [1, 2]


def test_listing_and_loading_need_no_tensorflow():
    code = (
        "import sys\n"
        "from musegen.services.styles import list_styles\n"
        "assert len(list_styles()) >= 2\n"
        "from musegen.composers.style import load_style\n"
        "load_style('folk')\n"
        "print([name for name in ('tensorflow', 'keras', 'ai_edge_litert', 'music21') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
