"""The Takes page and recipes on the Compose page, without a browser: kept, found, changed, compared, made again."""

import io
import json
import random
import secrets
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from musegen.composers.modes import FROM_MELODY
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.errors import LibraryError
from musegen.files.midi import midi_bytes
from musegen.library import library
from musegen.library.sqlite_database import SqliteDatabase
from musegen.library.takes import NewTake
from musegen.music.theory import key_name
from musegen.services.keeping import library as keeping
from musegen.services.keeping import listing as kept
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text, to_link
from musegen.services.making.steer import steer
from musegen.services.seeds.seed import load_example, seed_from_file
from musegen.services.showing import downloads as studio
from musegen.services.styles import abilities_of, defaults_of, get_style, list_styles, options_of
from musegen.ui import keep_panel, take_cards, take_import
from musegen.ui import owner as owners
from musegen.ui.take_rows import arranged
from tests.builders import piece
from tests.fake_composer import SECONDS, captions, result

SEED = piece([(60 + i, i, 1) for i in range(8)], key="D major", title="My seed")


def mine(page):
    """Return the owner that a session without cookies has."""
    return f"visit-{result(page).owner}"


def names(page):
    return [take.name for take in library.list_takes(mine(page))]


def on_takes(page):
    page.switch_page("pages/takes.py").run()
    assert not page.exception
    return page


def text(page):
    return " ".join([*(m.value for m in page.markdown), *(c.value for c in page.caption)]).replace("\\", "")


def keep(owner, number=0, **said):
    music = piece([(60 + number, 0, 1), (64, 1, 2)], key="C major", title=f"Tune {number}")
    said = {"name": f"Tune {number}", "style_id": "folk", "num_bars": 1, "seconds": 1.5} | said
    return library.keep_take(owner, NewTake(music, (frozenset({0}),), **said))


# ------------------------------------------------------------------------------------------------------- keeping


def test_a_take_is_kept_with_its_recipe_and_said_to_be_kept(page):
    page.button(key="keep").click().run()
    assert not page.exception
    (listed,) = library.list_takes(mine(page))
    batch = result(page).batch
    assert (listed.name, listed.made_from) == ("Lamplighter's Reel, Folk tunes, take 1", batch.made_from)
    recipe, words = read_recipe_text(library.get_take(mine(page), listed.take_id).recipe)
    assert words == ()
    assert (recipe.request, recipe.index, recipe.title) == (batch.result.request, 0, batch.title)
    assert batch.kept == {0: listed.take_id}
    assert "keep" not in [button.key for button in page.button]
    on_takes(page)
    assert "Lamplighter's Reel, Folk tunes, take 1" in text(page)
    library.delete_take(mine(page), listed.take_id)
    page.switch_page("pages/compose.py").run()
    page.button(key="keep").click().run()  # the same take comes back
    assert [take.take_id for take in library.list_takes(mine(page))] == [listed.take_id]


def test_other_instruments_are_kept_and_the_recipe_makes_the_notes(page):
    page.session_state["instruments"] = {"folk": {0: 40}}
    page.run()
    page.button(key="keep").click().run()
    (listed,) = library.list_takes(mine(page))
    opened = library.get_take(mine(page), listed.take_id)
    assert opened.piece.tracks[0].program == 40
    composed = result(page).batch.result.takes[0]
    assert opened.piece.tracks[0].notes == composed.piece.tracks[0].notes


def test_a_kept_take_with_other_instruments_can_be_kept_again(page):
    page.button(key="keep").click().run()
    assert "keep" not in [button.key for button in page.button]
    page.session_state["instruments"] = {"folk": {0: 40}}
    page.run()
    page.button(key="keep").click().run()
    assert "keep" not in [button.key for button in page.button]
    kept_programs = {library.get_take(mine(page), t.take_id).piece.tracks[0].program
                     for t in library.list_takes(mine(page))}  # fmt: skip
    assert len(kept_programs) == 2 and 40 in kept_programs


def test_a_take_that_is_opened_leaves_the_instruments_of_earlier_results(page):
    page.session_state["instruments"] = {"folk": {0: 40}}
    take_id = keep(mine(page), 4)
    on_takes(page).button(key=f"open-{take_id}").click().run()
    page.switch_page("pages/compose.py").run()
    own = result(page).batch.instruments
    assert stage_programs(page) == {"folk": {0: 40}, own: {}}
    assert keep_panel._kept_programs(mine(page), take_id) == (0,)
    assert "keep" not in [button.key for button in page.button]  # it sounds as it was kept
    page.session_state["instruments"] = {"folk": {0: 40}, own: {0: 73}}
    page.run()
    page.button(key="keep").click().run()
    assert library.get_take(mine(page), library.list_takes(mine(page))[0].take_id).piece.tracks[0].program == 73


def stage_programs(page):
    return page.session_state["instruments"]


def test_a_library_that_cannot_be_written_is_a_sentence_and_nothing_is_lost(page, monkeypatch):
    def full(*_, **__):
        raise LibraryError("The disk of the library is full.")

    monkeypatch.setattr(library, "keep_take", full)
    page.button(key="keep").click().run()
    assert not page.exception
    assert [e.value.replace("\\", "") for e in page.error] == ["The take is not kept: The disk of the library is full."]
    assert result(page).batch is not None
    page.run()
    assert not page.error


def test_what_is_made_from_a_kept_take_stands_below_it(page, composer):
    page.button(key="keep").click().run()
    parent = library.list_takes(mine(page))[0]
    music = library.get_take(mine(page), parent.take_id).piece
    result(page).upload = seed_from_file("mine.mid", midi_bytes(music))
    page.segmented_control(key="seed_source").set_value("Upload").run()
    page.button(key="keep").click().run()
    child = library.list_takes(mine(page))[0]
    assert (child.parent_id, parent.parent_id) == (parent.take_id, None)
    on_takes(page)
    assert f'made from "{parent.name}"' in text(page)
    library.delete_take(mine(page), parent.take_id)
    page.run()
    assert "made from a take that is not here any more" in text(page)


def test_what_a_kept_take_became_in_two_steps_is_made_from_it(page):
    page.button(key="keep").click().run()
    state = result(page)
    made = state.batch.result
    first = state.batch.kept[0]
    state.add(made, "A", "varied", parent=(state.batch.number, 0))
    state.add(made, "B", "gone on with", parent=(state.batch.number, 1))
    state.batch.held = replace(made, takes=(replace(made.takes[0], piece=SEED),))
    page.run()
    page.button(key="keep").click().run()
    newest = library.list_takes(mine(page))[0]
    assert (newest.name, newest.parent_id) == ("B, Folk tunes, take 1", first)


def test_rows_of_a_tree():
    def row(name, parent=None):
        return SimpleNamespace(take_id=name, parent_id=parent)

    rows = [row("d", "b"), row("c", "a"), row("b", "a"), row("a"), row("x", "gone"), row("s", "s")]
    assert [(take.take_id, depth) for take, depth in arranged(rows)] == [
        ("a", 0), ("c", 1), ("b", 1), ("d", 2), ("x", 0), ("s", 0)]  # fmt: skip
    circle = [row("p", "q"), row("q", "p"), row("o")]
    assert sorted(take.take_id for take, _ in arranged(circle)) == ["o", "p", "q"]


# --------------------------------------------------------------------------------------------------- the page


def test_an_id_may_hold_what_streamlit_takes_for_a_mark(page, monkeypatch):
    made = SimpleNamespace(token_hex=lambda _: "a__b-_c__", token_urlsafe=secrets.token_urlsafe)
    monkeypatch.setattr("musegen.library.sql_store.secrets", made)
    take_id = keep(mine(page), 1)
    assert take_id == "a__b-_c__"
    library.share_take(mine(page), take_id)
    page.session_state[f"more-{take_id}"] = True
    on_takes(page)
    page.checkbox(key=f"choose-{take_id}").check().run()
    assert not page.exception and "1 chosen" in text(page)


def test_an_empty_library_leads_to_compose(page):
    on_takes(page)
    assert "Nothing is kept yet." in text(page)
    assert "takes-export-all" not in str(page)


def test_takes_are_found_ordered_and_turned(page):
    for number in range(25):
        keep(mine(page), number, rating=number % 6, tags=("dance",) if number % 2 else ("slow",))
    on_takes(page)
    assert text(page).count("**Tune") == 20 and "1 to 20 of 25" in text(page)
    page.button(key="takes-next").click().run()
    assert text(page).count("**Tune") == 5 and page.button(key="takes-next").disabled
    page.text_input(key="takes-search").set_value("tune 7").run()
    assert text(page).count("**Tune") == 2  # Tune 7 and Tune 17
    page.text_input(key="takes-search").set_value("nothing like it").run()
    assert "No take has all of these words and tags." in text(page)
    page.text_input(key="takes-search").set_value("").run()
    page.pills(key="takes-tags").set_value(["slow"]).run()
    assert text(page).count("**Tune") == 13
    page.selectbox(key="takes-order").set_value("best").run()
    assert text(page).index("**Tune 22") < text(page).index("**Tune 12") < text(page).index("**Tune 0")
    assert not page.exception


def test_what_is_said_of_a_take_is_changed_at_once(page):
    take_id = keep(mine(page), 1)
    page.session_state[f"more-{take_id}"] = True
    on_takes(page)
    page.text_input(key=f"more-name-{take_id}").set_value("A better *name*").run()
    page.multiselect(key=f"more-tags-{take_id}").set_value(["Dance", "fast"]).run()
    page.text_area(key=f"more-remark-{take_id}").set_value("bar 5").run()
    page.feedback(key=f"more-stars-{take_id}").set_value(4).run()
    assert not page.exception
    listed = library.get_listed(mine(page), take_id)
    assert (listed.name, listed.tags, listed.remark, listed.rating) == (
        "A better *name*",
        ("dance", "fast"),
        "bar 5",
        5,
    )
    page.button(key=f"share-{take_id}").click().run()
    assert library.get_shared_take(library.get_listed(mine(page), take_id).share_key).listed.take_id == take_id
    page.button(key=f"unshare-{take_id}").click().run()
    assert library.get_listed(mine(page), take_id).share_key is None
    assert not page.exception


def test_a_remark_that_cannot_be_kept_stays_as_it_was_typed(page, monkeypatch):
    take_id = keep(mine(page), 1, remark="old")
    page.session_state[f"more-{take_id}"] = True
    on_takes(page)
    change = library.change_take

    def full(*_, **__):
        raise LibraryError("The disk of the library is full.")

    monkeypatch.setattr(library, "change_take", full)
    page.text_area(key=f"more-remark-{take_id}").set_value("long words").run()
    assert "disk of the library is full" in page.error[0].value
    page.run()
    assert page.text_area(key=f"more-remark-{take_id}").value == "long words"
    monkeypatch.setattr(library, "change_take", change)
    page.text_area(key=f"more-remark-{take_id}").set_value("long words indeed").run()
    assert library.get_listed(mine(page), take_id).remark == "long words indeed"
    library.change_take(mine(page), take_id, remark="from another tab")
    page.run()
    assert page.text_area(key=f"more-remark-{take_id}").value == "from another tab"


def test_stars_and_deleting_with_undo(page):
    first, second = keep(mine(page), 1), keep(mine(page), 2)
    on_takes(page)
    page.feedback(key=f"row-stars-{first}").set_value(3).run()
    assert library.get_listed(mine(page), first).rating == 4
    page.feedback(key=f"row-stars-{first}").set_value(None).run()
    assert library.get_listed(mine(page), first).rating == 0
    for take_id in (first, second):
        page.checkbox(key=f"choose-{take_id}").check().run()
    assert "2 chosen" in text(page)
    page.button(key="takes-delete-chosen").click().run()
    assert names(page) == [] and "2 takes are deleted." in text(page)
    page.button(key="takes-undo").click().run()
    assert sorted(names(page)) == ["Tune 1", "Tune 2"]
    assert "takes-undo" not in [button.key for button in page.button]
    assert not page.exception


def test_two_takes_side_by_side(page):
    for number in (3, 5):
        page_id = keep(mine(page), number)
        on_takes(page).checkbox(key=f"choose-{page_id}").check().run()
    page.button(key="takes-compare-button").click().run()
    assert not page.exception
    assert "Side by side" in text(page)
    table = page.table[0].value
    assert list(table.columns) == ["Measured", "1. Tune 3", "2. Tune 5", "Meaning"]
    ranges = dict(zip(table["Measured"], table["1. Tune 3"], strict=True))
    assert (ranges["Notes"], ranges["Range"]) == ("2", "1 semitones")
    page.button(key="takes-compare-close").click().run()
    assert "Side by side" not in text(page)


def test_a_take_is_opened_on_the_compose_page_and_composed_nothing_again(page, composer):
    request = ComposeRequest("bach-chorales", primer=load_example("hymn").piece, num_bars=12, temperature=0.7,
                             random_seed=5, num_takes=3)  # fmt: skip
    take_id = keep(mine(page), 4, style_id="bach-chorales", made_from="Bach chorales, x",
                   recipe=recipe_text(Recipe(request, 2, get_style("bach-chorales").sha256)))  # fmt: skip
    made = len(composer.requests)
    on_takes(page).button(key=f"open-{take_id}").click().run()
    assert not page.exception
    batch = result(page).batch
    assert batch.result.takes[0].piece == library.get_take(mine(page), take_id).piece
    assert batch.kept == {2: take_id} and batch.words == ()
    assert len(composer.requests) == made
    assert page.segmented_control(key="style").value == "bach-chorales"
    page.switch_page("pages/compose.py").run()  # the test still stands where the click was
    assert len(composer.requests) == made
    page.slider(key="temperature-bach-chorales").set_value(1.0).run()
    assert composer.requests[-1] == replace(request, temperature=1.0)


@pytest.mark.parametrize("shared", [False, True])
def test_the_third_take_of_a_change_is_opened_as_the_take_looked_at(page, monkeypatch, shared):
    cards = []
    monkeypatch.setattr(take_cards, "component", lambda _: lambda **given: cards.append(given["data"]))
    request = SteerRequest("folk", "vary", SEED, num_takes=4)
    owner = "somebody-else" if shared else mine(page)
    take_id = keep(owner, 4, recipe=recipe_text(Recipe(request, 2, get_style("folk").sha256)))
    if shared:
        page.query_params["take"] = library.share_take(owner, take_id)
    on_takes(page).button(key="shared-open" if shared else f"open-{take_id}").click().run()
    page.query_params.clear()
    page.switch_page("pages/compose.py").run()
    assert not page.exception
    batch = result(page).batch
    assert (batch.result.takes[0].index, batch.kept) == (2, {} if shared else {2: take_id})
    (card,) = cards[-1]["takes"]
    assert (card["index"], card["number"], cards[-1]["chosen"]) == (0, 3, 0)


@pytest.mark.parametrize("shared", [False, True])
def test_a_recipe_that_cannot_be_read_is_a_sentence_and_the_music_is_there(page, shared):
    owner = "somebody-else" if shared else mine(page)
    take_id = keep(owner, 4, recipe='{"musegen_recipe": 7}')
    page.session_state[f"more-{take_id}"] = not shared
    if shared:
        page.query_params["take"] = library.share_take(owner, take_id)
    on_takes(page)
    assert "Tune 4" in text(page)
    assert any("of version 7" in warning.value.replace("\\", "") for warning in page.warning)
    page.button(key="shared-open" if shared else f"open-{take_id}").click().run()
    assert not page.exception
    page.query_params.clear()
    page.switch_page("pages/compose.py").run()
    assert not page.exception
    assert result(page).batch.title == "Tune 4" and "of version 7" in result(page).batch.words[0]


def test_a_take_without_a_recipe_and_one_of_an_absent_style_open_too(page, composer):
    for number, style in enumerate(("folk", "gamelan")):
        take_id = keep(mine(page), number, style_id=style)
        on_takes(page).button(key=f"open-{take_id}").click().run()
        assert not page.exception
        batch = result(page).batch
        assert batch.title == f"Tune {number}" and not batch.recipe
    assert "gamelan" in text(page)
    assert len(composer.requests) == 1


@pytest.mark.parametrize("where", ["pages/takes.py", "pages/compose.py"])
def test_a_library_that_is_none_is_a_sentence_and_the_page_stays(page, where):
    SqliteDatabase().path.write_bytes(b"Dear diary, " * 500)
    page.switch_page(where).run()
    if where == "pages/compose.py":
        page.button(key="keep").click().run()
    assert not page.exception
    assert "is not a Musegen library or is damaged" in page.error[0].value.replace("\\", "")


def test_a_shared_take_is_seen_and_copied_and_cannot_be_changed(page, composer):
    take_id = keep("somebody-else", 9, remark="private", tags=("secret",))
    key = library.share_take("somebody-else", take_id)
    page.query_params["take"] = key
    on_takes(page)
    assert "Tune 9" in text(page) and "private" not in text(page) and "secret" not in text(page)
    assert take_id not in str(page)
    page.button(key="shared-keep").click().run()
    (copy,) = library.list_takes(mine(page))
    assert (copy.name, copy.share_key, copy.tags, copy.remark) == ("Tune 9", None, (), "")
    assert "A copy is kept." in text(page)
    library.stop_sharing("somebody-else", take_id)
    page.run()
    assert not page.exception and "not in the library" in page.error[0].value


# ------------------------------------------------------------------------------------------------ in and out


def test_a_zip_comes_back_in_another_library_and_bad_files_keep_nothing_out(page, monkeypatch):
    ids = [keep("them", number, tags=("x",)) for number in range(2)]
    archive = keeping.export_zip("them", ids)
    assert len(zipfile.ZipFile(io.BytesIO(archive)).namelist()) == 5
    plain_file = midi_bytes(SEED)
    monkeypatch.setattr(take_import, "owner", lambda: "me")
    given = [("a.zip", archive), ("b.zip", b"PK no"), ("c.mid", plain_file)]
    files = [SimpleNamespace(name=name, getvalue=lambda data=data: data) for name, data in given]
    state = {"files": files, "takes-import-turn": 0}
    monkeypatch.setattr(take_import.st, "session_state", state)
    take_import._take_in("files")
    said, faults = state["takes-imported"]
    assert said == ["2 takes are imported."]
    assert [fault.split(":")[0] for fault in faults] == ["b.zip", "c.mid"]
    assert "carries no recipe" in faults[1]
    take_import._take_in("files")
    assert state["takes-imported"][0] == ["2 were here already."]
    assert sorted(take.name for take in library.list_takes("me")) == ["Tune 0", "Tune 1"]


def test_a_library_that_fails_after_an_import_is_a_sentence(monkeypatch):
    archive = keeping.export_zip("them", [keep("them", 1)])
    monkeypatch.setattr(take_import, "owner", lambda: "me")
    state = {"files": [SimpleNamespace(name="a.zip", getvalue=lambda: archive)], "takes-import-turn": 0}
    monkeypatch.setattr(take_import.st, "session_state", state)
    counts = iter([0])

    def count(_):
        for number in counts:
            return number
        raise LibraryError("The library is busy.")

    monkeypatch.setattr(library, "count_takes", count)
    take_import._take_in("files")
    assert state["takes-imported"] == ([], ["The library is busy."])


@pytest.mark.parametrize("file_format", ["mid", "musicxml"])
def test_a_file_whose_rhythm_was_edited_is_said_to_differ(file_format):
    request = ComposeRequest("folk", primer=load_example("reel").piece, num_bars=8, random_seed=3)
    made = compose(request).takes[0]
    recipe = recipe_text(Recipe(request, 0, made.style_sha256))
    notes = made.piece.tracks[0].notes
    shorter = (*notes[:-1], replace(notes[-1], duration_quarter=notes[-1].duration_quarter / 2))
    for changed, differs in ((notes, False), (shorter, True)):
        music = replace(made.piece, tracks=(replace(made.piece.tracks[0], notes=changed),))
        _, _, words = kept.file_take(f"x.{file_format}", studio.file_bytes(music, file_format, recipe))
        assert any("differ" in word for word in words) == differs


def test_an_exported_file_comes_back_as_the_take_it_was():
    request = ComposeRequest("folk", primer=load_example("reel").piece, num_bars=8, random_seed=3, num_takes=2)
    made = compose(request).takes[1]
    recipe = Recipe(request, 1, made.style_sha256, "My reel")
    other = studio.with_programs(made, {0: 73})
    for file_format in ("mid", "musicxml"):
        file = studio.download(other, file_format, recipe_text(recipe))
        take, again, words = kept.file_take(file.file_name, file.data)
        assert [t.notes for t in take.piece.tracks] == [t.notes for t in made.piece.tracks]
        assert take.given == made.given and again == recipe
        assert not any("differ" in word for word in words)
        assert take.piece.tracks[0].program == 73
    changed = replace(made.piece, tracks=(replace(made.piece.tracks[0], notes=made.piece.tracks[0].notes[:-1]),))
    _, _, words = kept.file_take("x.mid", midi_bytes(changed, recipe=recipe_text(recipe)))
    assert any("differ" in word for word in words)


def test_a_picture_has_every_note_once_and_the_musicians_own_apart():
    music = piece([(60, 0, 1), (72, 1, 1), (66, 2, 2)])
    opened = SimpleNamespace(piece=music, given=(frozenset({1}),))
    picture = kept.picture(opened)
    assert (picture.new, picture.given, picture.end) == ("M0 92h248M500 50h498", "M250 8h248", 4)
    many = SimpleNamespace(piece=piece([(60, i, 1) for i in range(2000)]), given=())
    assert kept.picture(many).new.count("M") == 500


# -------------------------------------------------------------------------------------------------- recipes


def link(request, index=0, sha256=None):
    return to_link(recipe_text(Recipe(request, index, sha256 or get_style(request.style_id).sha256, "A tune")))


def opened_by_link(letters):
    page = AppTest.from_file("../app.py", default_timeout=SECONDS)
    page.query_params["recipe"] = letters
    page.run()
    assert not page.exception
    return page


def test_a_link_composes_the_take_and_sets_the_controls(composer):
    request = ComposeRequest("folk", primer=SEED, num_bars=24, temperature=0.6, key="G major", random_seed=99,
                             num_takes=3)  # fmt: skip
    page = opened_by_link(link(request, 2))
    assert composer.requests == [request]
    batch = result(page).batch
    assert (batch.title, batch.chosen) == ("A tune", 2)
    assert "Made again from its recipe." in captions(page).replace("\\", "")
    assert page.slider(key="temperature-folk").value == 0.6
    page.run()
    assert composer.requests == [request]
    page.slider(key="temperature-folk").set_value(0.7).run()
    assert composer.requests[-1] == replace(request, temperature=0.7)


def test_what_controls_do_not_hold_is_said_and_composed_all_the_same(composer):
    request = ComposeRequest("folk", primer=SEED, num_bars=100, random_seed=5_000_000)
    page = opened_by_link(link(request, sha256="0" * 64))
    assert composer.requests == [request]
    said = captions(page).replace("\\", "")
    assert "do not hold the random number and the length of the recipe" in said
    assert "Folk tunes has changed since this was composed (it was 00000000" in said


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ("half", "The link is not whole"),
        (to_link('{"musegen_recipe": 7}'), "of version 7"),
        (to_link(recipe_text(Recipe(ComposeRequest("gamelan", "invent"), 0, "0" * 64))), "gamelan"),
        (to_link(recipe_text(Recipe(ComposeRequest("folk", "invent"), 4, "0" * 64))), "take 5 of 1"),
    ],
)
def test_a_link_that_cannot_be_followed_is_a_sentence(composer, letters, words):
    page = opened_by_link(letters)
    assert any(words in error.value.replace("\\", "") for error in page.error)
    assert len(composer.requests) == 1 and result(page).batch  # the first visit's own takes


def test_a_recipe_changed_by_hand_is_said(composer):
    body = json.loads(recipe_text(Recipe(ComposeRequest("folk", primer=SEED), 0, get_style("folk").sha256)))
    body["request"]["temperature"] = 1.3
    page = opened_by_link(to_link(json.dumps(body)))
    assert composer.requests[-1].temperature == 1.3
    assert "changed by hand" in captions(page)


def test_a_file_offers_its_recipe_and_makes_the_very_take_again():
    request = ComposeRequest("folk", primer=load_example("reel").piece, num_bars=8, random_seed=11, num_takes=3)
    made = compose(request).takes[1]
    file = studio.download(made, "mid", recipe_text(Recipe(request, 1, made.style_sha256, "Reel")))
    page = AppTest.from_file("../app.py", default_timeout=2 * SECONDS).run()
    page.segmented_control(key="seed_source").set_value("Upload").run()
    page.file_uploader(key="seed_file").upload(file.file_name, file.data, "audio/midi").run()
    assert not page.exception and "This file carries the recipe of a take." in text(page)
    page.button(key="make-again").click().run()
    for _ in range(50):
        if not result(page).job:
            break
        page.run()
    batch = result(page).batch
    assert batch.result.request == request
    assert batch.result.takes[batch.chosen].piece.tracks == made.piece.tracks
    assert page.pills(key="example").value == "reel"
    assert "make-again" not in [button.key for button in page.button]


def test_a_changed_take_is_made_again_too():
    made = compose(ComposeRequest("folk", primer=load_example("reel").piece, num_bars=8)).takes[0]
    request = SteerRequest("folk", "regenerate", made.piece, bars=(5, 6), num_takes=2, candidates=2)
    wanted = steer(request).takes[1]
    page = opened_by_link(link(request, 1))
    for _ in range(50):
        if not result(page).job:
            break
        page.run()
    batch = result(page).batch
    assert batch.result.takes[1].piece == wanted.piece and batch.chosen == 1
    assert batch.made_from.startswith("Folk tunes, composed again in part")
    page.button(key="keep").click().run()
    recipe, _ = read_recipe_text(library.get_take(mine(page), library.list_takes(mine(page))[0].take_id).recipe)
    assert recipe.request == request and not page.exception


def controls():
    """The style and the settings alone, set to a request; what they make is left in the session."""
    import streamlit as st

    from musegen.services.seeds.seed import Seed
    from musegen.services.styles import get_style, list_styles
    from musegen.ui import chart_panel, settings_panel

    request = st.session_state["wanted"]
    if st.session_state["restore"]:
        st.session_state["missing"] = settings_panel.set_controls(request, get_style(request.style_id))
        st.session_state["restore"] = False
    card, mode = settings_panel.style_panel(list_styles())
    seed = Seed(request.primer, "x", "text") if request.primer else None
    chart = chart_panel.chart_panel(card, seed.piece if seed else None)
    settings, _ = settings_panel.settings_panel(card, mode, 4, chart)
    st.session_state["built"] = settings_panel.build_request(card, mode, seed, settings)


def random_options(draw, card):
    """Values of all the options that a style has controls for; a chart always, since the page begins with one."""
    parts, values = abilities_of(card).parts, {}
    for name, described in options_of(card).items():
        kinds = {
            "toggle": (True, False), "choice": described.choices, "swing": (None, 0.5, 0.57, 0.75),
            "parts": ((), parts[:1], parts[1:]), "chart": ("Dm7 | G7 | Cmaj7 | %", "C | F G7"),
            "slider": (described.low, described.high), "text": ("", "intro verse chorus"),
        }  # fmt: skip
        values[name] = draw.choice(kinds[described.control])
    return {name: value for name, value in values.items() if value != defaults_of(card)[name]}


def random_request(draw, card):
    mode = draw.choice(card.modes)
    seconds = float(5 * draw.randint(1, 36)) if draw.random() < 0.3 and mode not in FROM_MELODY else None
    bars = None if seconds or mode in FROM_MELODY else draw.randint(2, 64)
    formless = mode in FROM_MELODY or not abilities_of(card).form
    keys = [key_name(tonic, key_mode) for key_mode in card.keys for tonic in range(12)]
    top_k = draw.choice([0, 0, 2, 17, 50])
    return ComposeRequest(
        card.style_id, mode, None if mode == "invent" else SEED, num_bars=bars, seconds=seconds,
        temperature=draw.choice([0.1, 0.35, 0.9, 1.23, 2.0]), top_k=top_k, top_p=draw.choice([0.1, 0.55, 0.95, 1.0]),
        key=draw.choice([None, *keys]), key_strength=draw.choice([0.0, 0.25, 1.0]),
        qpm=draw.choice([None, 96.0, 131.5]), meter=draw.choice([None, *card.meters]) if mode == "invent" else None,
        low_pitch=draw.choice([None, 40, 55]), high_pitch=draw.choice([None, 84, 90]),
        random_seed=draw.randrange(1_000_000), num_takes=draw.randint(1, 8),
        form=(form := "" if formless else draw.choice(["", "A A B A", "A B A C"])),
        form_variation=draw.choice([0.0, 0.35]) if form else 0.0, longest_copy=draw.choice([0, 7, 20]),
        temperature_curve=draw.choice([(), (0.5, 1.0, 1.5), (0.8,) * 8]), options=random_options(draw, card),
    )  # fmt: skip


def test_controls_set_to_a_request_make_it_again():
    draw, tried = random.Random(1), set()
    page = AppTest.from_function(controls, default_timeout=SECONDS)
    for card in 3 * list_styles():
        request = random_request(draw, card)
        tried |= set(request.options)
        page.session_state["wanted"], page.session_state["restore"] = request, True
        page.run()
        assert not page.exception
        assert page.session_state["missing"] == ()
        assert page.session_state["built"] == request
        page.run()
        assert page.session_state["built"] == request
    assert tried == {name for card in list_styles() for name in options_of(card)}


def test_controls_say_what_they_do_not_hold():
    page = AppTest.from_function(controls, default_timeout=SECONDS)
    request = ComposeRequest("folk", "continue", SEED, num_bars=128, temperature=3.0, key="H major", meter="6/8",
                             temperature_curve=(1.0, 2.0))  # fmt: skip
    page.session_state["wanted"], page.session_state["restore"] = request, True
    page.run()
    assert not page.exception
    assert set(page.session_state["missing"]) == {
        "the temperature", "the key", "the length", "the meter"}  # fmt: skip


# ------------------------------------------------------------------------------------------------------ whose


def test_ids_in_cookies():
    good = "A" * 32
    header = [(b"host", b"x"), (b"cookie", f"other=1; {owners.COOKIE}={good}; _xsrf=2|3".encode())]
    assert owners.owner_in(header) == good
    for bad in (b"", b"musegen_owner=short", b"musegen_owner=" + b"a" * 65, b"musegen_owner=../../etc/passwd" * 2,
                b"musegen_owner=\xff\xfe", b"musegen_owner=visit-0123456789abcdef"):  # fmt: skip
        assert owners.owner_in([(b"cookie", bad)]) is None
