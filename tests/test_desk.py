"""Desks in the library, what lies on them as text, and that every setting of the page is remembered."""

import ast
import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.errors import FileFormatError
from musegen.files.hum import Hum, HummedNote
from musegen.files.hum_pitch import PitchTrack
from musegen.library import desks
from musegen.remarks import remark
from musegen.services.keeping.desk_parts import read_result, read_seed, result_text, seed_text
from musegen.services.seeds import humming
from musegen.services.seeds.seed import seed_from_text
from musegen.ui import desk_contents

PIECE = seed_from_text("key: G major\nG4 B4 D5:2 | E5 D5 B4:2").piece
TAKE = Take(PIECE, 1, (frozenset({0, 2}),), 2, 4.0, 3, -12.5, 7, "folk", "abc")
ROOT = Path(__file__).resolve().parent.parent


def test_a_desk_comes_back_with_its_parts(tmp_path):
    path = tmp_path / "library.sqlite3"
    body = json.dumps({"parts": ["a", "b"], "x": 1})
    assert desks.save_desk("me", "d", "tab", body, {"a": "ä", "b": "2"}, path=path) == "d"
    stored = desks.latest_desk("me", path=path)
    assert (stored.desk_id, stored.body, stored.parts) == ("d", body, {"a": "ä", "b": "2"})
    assert desks.latest_desk("another", path=path) is None
    assert desks.take_desk("another", "d", "tab", path=path) is None


def test_a_visit_whose_desk_is_held_by_another_goes_on_with_a_copy(tmp_path):
    path = tmp_path / "library.sqlite3"
    desks.save_desk("me", "d", "first", '{"parts": ["a"]}', {"a": "1"}, path=path)
    assert desks.take_desk("me", "d", "second", path=path).parts == {"a": "1"}
    copy = desks.save_desk("me", "d", "first", '{"parts": ["a", "b"]}', {"b": "2"}, path=path)
    assert copy != "d"
    assert desks.save_desk("me", copy, "first", '{"parts": ["a", "b"]}', {}, path=path) == copy
    assert desks.save_desk("me", "d", "second", '{"parts": ["a", "c"]}', {"c": "3"}, path=path) == "d"
    assert desks.take_desk("me", copy, "x", path=path).parts == {"a": "1", "b": "2"}
    assert desks.take_desk("me", "d", "x", path=path).parts == {"a": "1", "c": "3"}
    # an id that another person has is never written to
    assert desks.save_desk("you", "d", "x", '{"parts": []}', {}, path=path) != "d"


def test_only_so_many_desks_are_kept_and_nothing_is_left_of_the_others(tmp_path):
    path = tmp_path / "library.sqlite3"
    for number in range(desks.MAX_DESKS + 3):
        desks.save_desk(
            "me", f"d{number}", "tab", json.dumps({"parts": [f"p{number}"]}), {f"p{number}": "x"}, path=path
        )
    with desks.open_library(path) as connection:
        left = [row[0] for row in connection.execute("SELECT part_id FROM desk_parts")]
    assert sorted(left) == sorted(f"p{number}" for number in range(3, desks.MAX_DESKS + 3))
    assert desks.take_desk("me", "d0", "x", path=path) is None


def test_a_visit_without_cookies_has_its_desk_by_its_id_alone(tmp_path):
    path = tmp_path / "library.sqlite3"
    desks.save_desk("visit-1", "d", "tab", '{"parts": []}', {}, path=path)
    assert desks.take_desk("visit-2", "d", "x", path=path).owner == "visit-1"
    assert desks.take_desk("me", "d", "x", path=path) is None
    assert desks.latest_desk("visit-2", path=path) is None


def test_tabs_that_save_at_once_lose_nothing(tmp_path):
    path = tmp_path / "library.sqlite3"
    desks.save_desk("me", "d", "tab 0", '{"parts": []}', {}, path=path)
    found = {}

    def work(tab):
        desk_id = "d"
        for number in range(5):
            parts = [f"{tab}-{i}" for i in range(number + 1)]
            body = json.dumps({"parts": parts})
            desk_id = desks.save_desk("me", desk_id, f"tab {tab}", body, {parts[-1]: parts[-1]}, path=path)
        found[tab] = desk_id

    threads = [threading.Thread(target=work, args=(tab,)) for tab in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found.values())) == 4
    for tab, desk_id in found.items():
        assert set(desks.take_desk("me", desk_id, "x", path=path).parts) == {f"{tab}-{i}" for i in range(5)}


@pytest.mark.parametrize("result", [
    ComposeResult(ComposeRequest("folk", primer=PIECE, num_bars=8, options={"memory": 0.5}),
                  (TAKE, replace(TAKE, index=2)), (remark("tempo_changes", qpm=96.0),)),
    SteerResult(SteerRequest("folk", "vary", PIECE, strength=0.2), (TAKE,), ((frozenset({1}),),)),
])  # fmt: skip
def test_a_result_is_the_same_after_a_reload(result):
    again = read_result(result_text(result))
    assert again == result
    with pytest.raises(FileFormatError):
        read_result('{"takes": []}')


def test_a_result_of_a_request_that_is_known_no_more_keeps_its_music():
    text = result_text(ComposeResult(ComposeRequest("folk", primer=PIECE), (TAKE,)))
    plain = json.loads(text)
    plain["recipe"] = plain["recipe"].replace("num_takes", "x").replace('"kind"', '"sort"')
    again = read_result(json.dumps(plain))
    assert again.takes == (TAKE,)
    assert again.request.style_id == "folk"


def test_seeds_and_recordings_are_the_same_after_a_reload():
    seed = seed_from_text("A4 C5 E5:2")
    assert read_seed(seed_text(seed)) == seed
    track = PitchTrack(
        np.array([60.25, np.nan]), np.array([0.5, 0.0]), np.array([-20.0, -60.0]), np.array([-30.0, -70.0])
    )
    heard = humming.Listening(b"sound", "Mine")
    heard.result = Hum(track, (HummedNote(0.0, 0.5, 60, 80, 0.9, 60.1),), 0.1, 1.0)
    again = humming.read_heard(humming.heard_text(heard))
    assert again.finished
    assert (again.recording_id, again.title, again.result.notes) == (heard.recording_id, "Mine", heard.result.notes)
    assert np.isnan(again.result.track.pitch[1])
    assert again.result.track.pitch[0] == 60.25
    with pytest.raises(FileFormatError):
        read_seed("[1]")
    with pytest.raises(FileFormatError):
        humming.read_heard("{}")


def _kept_keys():
    """Return (module, an example of the key) of each widget that keeps its value over pages, f-strings filled in."""
    for path in sorted((ROOT / "musegen" / "ui").glob("*.py")):
        tree = ast.parse(path.read_text())
        names = {target.id: node.value for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
                 if isinstance(target, ast.Name)}  # fmt: skip
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if "persist_state" not in given or "key" not in given:
                continue
            key = given["key"]
            if isinstance(key, ast.Name):
                key = names.get(key.id, key)
            if isinstance(key, ast.Constant):
                yield path.name, str(key.value)
            elif isinstance(key, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "swing" for part in key.values)
                yield path.name, "".join(parts)


_OTHER_PAGES = ("takes_", "evaluate_", "listen_", "styles_")


def test_every_setting_of_composing_that_outlives_a_page_outlives_a_reload():
    keys = [(module, key) for module, key in _kept_keys() if not module.startswith(_OTHER_PAGES)]
    assert len(keys) > 30
    assert [row for row in keys if not desk_contents.is_remembered(row[1])] == []


def test_what_the_session_holds_is_the_same_after_a_reload():
    value = {"a": (1, 2.5, None, "x"), 3: [True, {"b": ()}]}
    plain = json.loads(json.dumps(desk_contents._plain(value)))
    assert desk_contents._back(plain) == value
