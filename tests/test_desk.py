"""Desks in the library, what lies on them as text, and that every setting of the page is remembered."""

import ast
import json
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.errors import FileFormatError, LibraryError
from musegen.files.hum import Hum, HummedNote
from musegen.files.hum_pitch import PitchTrack
from musegen.library.desks import MAX_DESKS, Desks
from musegen.library.sql_desks import SqlDesks
from musegen.remarks import remark
from musegen.services.keeping import results
from musegen.services.keeping.desk_parts import read_result, read_seed, result_text, seed_text
from musegen.services.seeds import humming
from musegen.services.seeds.seed import seed_from_text
from musegen.ui import desk_contents, state

PIECE = seed_from_text("key: G major\nG4 B4 D5:2 | E5 D5 B4:2").piece
TAKE = Take(PIECE, 1, (frozenset({0, 2}),), 2, 4.0, 3, -12.5, 7, "folk", "abc")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def desks(database):
    return SqlDesks(database())


def test_every_kind_of_desks_that_is_shipped_is_tried():
    from musegen.library import desks

    assert {type(desks)} <= set(Desks.__subclasses__()) == {SqlDesks}


def test_a_part_is_had_by_its_owner_and_its_id_alone(desks):
    desks.save("me", "d", "tab", '{"parts": ["a"]}', {"a": "music"})
    assert desks.part("me", "a") == "music"
    assert desks.part("me", "b") is None
    assert desks.part("you", "a") is None


def test_a_desk_comes_back_with_its_parts(desks):
    body = json.dumps({"parts": ["a", "b"], "x": 1})
    assert desks.save("me", "d", "tab", body, {"a": "ä", "b": "2"}) == "d"
    stored = desks.latest("me")
    assert (stored.desk_id, stored.body, stored.parts) == ("d", body, {"a": "ä", "b": "2"})
    assert desks.latest("another") is None
    assert desks.take("another", "d", "tab") is None


def test_a_visit_whose_desk_is_held_by_another_goes_on_with_a_copy(desks):
    desks.save("me", "d", "first", '{"parts": ["a"]}', {"a": "1"})
    assert desks.take("me", "d", "second").parts == {"a": "1"}
    copy = desks.save("me", "d", "first", '{"parts": ["a", "b"]}', {"b": "2"})
    assert copy != "d"
    assert desks.save("me", copy, "first", '{"parts": ["a", "b"]}', {}) == copy
    assert desks.save("me", "d", "second", '{"parts": ["a", "c"]}', {"c": "3"}) == "d"
    assert desks.take("me", copy, "x").parts == {"a": "1", "b": "2"}
    assert desks.take("me", "d", "x").parts == {"a": "1", "c": "3"}
    # an id that another person has is never written to
    assert desks.save("you", "d", "x", '{"parts": []}', {}) != "d"


def test_only_so_many_desks_are_kept_and_nothing_is_left_of_the_others(desks, database):
    for number in range(MAX_DESKS + 3):
        desks.save("me", f"d{number}", "tab", json.dumps({"parts": [f"p{number}"]}), {f"p{number}": "x"})
    with database().open() as connection:
        left = [row[0] for row in connection.execute("SELECT part_id FROM desk_parts").fetchall()]
    assert sorted(left) == sorted(f"p{number}" for number in range(3, MAX_DESKS + 3))
    assert desks.take("me", "d0", "x") is None


def test_a_visit_without_cookies_has_its_desk_by_its_id_alone(desks):
    desks.save("visit-1", "d", "tab", '{"parts": []}', {})
    assert desks.take("visit-2", "d", "x").owner == "visit-1"
    assert desks.take("me", "d", "x") is None
    assert desks.latest("visit-2") is None


def test_tabs_that_save_at_once_lose_nothing(desks):
    desks.save("me", "d", "tab 0", '{"parts": []}', {})
    found = {}

    def work(tab):
        desk_id = "d"
        for number in range(5):
            parts = [f"{tab}-{i}" for i in range(number + 1)]
            body = json.dumps({"parts": parts})
            desk_id = desks.save("me", desk_id, f"tab {tab}", body, {parts[-1]: parts[-1]})
        found[tab] = desk_id

    threads = [threading.Thread(target=work, args=(tab,)) for tab in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found.values())) == 4
    for tab, desk_id in found.items():
        assert set(desks.take("me", desk_id, "x").parts) == {f"{tab}-{i}" for i in range(5)}


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


_OTHER_PAGES = ("train_", "takes_", "evaluate_", "listen_", "styles_", "jazz_map_", "raw_audio_")


def test_every_setting_of_composing_that_outlives_a_page_outlives_a_reload():
    keys = [(module, key) for module, key in _kept_keys() if not module.startswith(_OTHER_PAGES)]
    assert len(keys) > 30
    assert [row for row in keys if not desk_contents.is_remembered(row[1])] == []


def test_what_the_session_holds_is_the_same_after_a_reload():
    value = {"a": (1, 2.5, None, "x"), 3: [True, {"b": ()}]}
    plain = json.loads(json.dumps(desk_contents._plain(value)))
    assert desk_contents._back(plain) == value


def test_a_result_that_is_kept_is_let_go_and_found_again_by_its_id(desks, monkeypatch):
    monkeypatch.setattr(results, "MAX_TAKES", 2)
    kept = results.Results(desks)
    made = [ComposeResult(ComposeRequest("folk", primer=PIECE, random_seed=i), (TAKE,)) for i in range(3)]
    for number, result in enumerate(made):
        text = {f"p{number}": result_text(result)}
        desks.save("me", "d", "tab", json.dumps({"parts": [f"p{i}" for i in range(number + 1)]}), text)
        kept.note("me", f"p{number}", result)
    assert [list(kept._used)[i][1] for i in range(2)] == ["p1", "p2"]
    assert [kept.get("me", f"p{number}") for number in (0, 1, 2)] == made
    for owner, part_id in (("you", "p0"), ("me", "p9")):
        with pytest.raises(LibraryError, match="compose it again"):
            kept.get(owner, part_id)


def test_a_session_holds_the_ids_of_what_its_desk_keeps_and_says_what_is_gone(desks, monkeypatch):
    shared = SimpleNamespace(results=results.Results(desks))
    monkeypatch.setattr(state, "program", lambda: shared)
    session = state.Session()
    for number in range(3):
        result = ComposeResult(ComposeRequest("folk", primer=PIECE, random_seed=number), (TAKE,))
        session.add(result, "Reel", "folk")
        batch = session.batches[-1]
        if number != 2:
            desks.save("me", "d", "tab", json.dumps({"parts": [b.part_id for b in session.batches]}),
                       {batch.part_id: result_text(batch.held)})  # fmt: skip
            batch.kept_with_desk("me")
    assert [batch.held is None for batch in session.batches] == [True, True, False]
    assert [batch.result.request.random_seed for batch in session.batches] == [0, 1, 2]
    shared.results = results.Results(desks)  # another process
    session.batches[0].part_id = "gone"
    session.show(0)
    assert session.batch.result.request.random_seed == 1 and len(session.batches) == 2
    assert session.error == "A result of earlier is not there any more; compose it again."
