"""A style from one's own files: what is said of them, a training that is killed and gone on with, and the shelf."""

import io
import json
import threading
import zipfile

import numpy as np
import pytest

from musegen.composers.request import ComposeRequest
from musegen.corpora.folder import read_folder
from musegen.errors import StyleError
from musegen.evaluation.originality import OriginalityIndex, lines_of
from musegen.files import read
from musegen.files.bounded_zip import ZipDamaged, ZipTooLarge, zip_entries
from musegen.files.midi import midi_bytes
from musegen.services.making.compose import compose
from musegen.services.training import runs, shelf
from musegen.services.training.check import check_files
from musegen.services.training.kinds import proposed, trainable
from musegen.services.training.told import done_sentences, span
from musegen.services.training.uploads import MOST_FILE_BYTES, unpacked
from musegen.styles.locks import Lock, is_held
from musegen.styles.picture import svg_of
from musegen.styles.runs import DONE, LEARNING, PAUSED, Order, Standing, load_run
from musegen.styles.style_file import pack_style, unpack_style
from tests.builders import piece, track


def midi(*voices, **fields):
    return midi_bytes(piece(*voices, **fields))


LINE = [(60 + (n * 7) % 12, n, 1) for n in range(32)]


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


# ------------------------------------------------------------------------------------------------ what is dropped


def test_archives_are_opened_and_nothing_in_them_leads_elsewhere():
    archive = zipped({"../../etc/a.mid": b"one", "folder/b.abc": b"two", "__MACOSX/._b.abc": b"no", "notes.pdf": b"no"})
    found, trouble = unpacked([("mine.zip", archive), ("c.mid", b"three"), ("d.pdf", b"no")])
    assert [(each.name, each.data) for each in found] == [("a.mid", b"one"), ("b.abc", b"two"), ("c.mid", b"three")]
    assert trouble == ["1 file holds no music and was left out."]


def test_a_book_of_tunes_is_as_many_pieces(tmp_path):
    book = "%abc-2.1\nM:2/4\nX:1\nT:Clare\nK:G\nGABc|d2d2|\n\nX:2\nT:Kerry\nK:D\nDFAd|f2f2|\n"
    found, trouble = unpacked([("polkas.abc", book.encode())])
    assert [each.name for each in found] == ["polkas 1 Clare.abc", "polkas 2 Kerry.abc"]
    assert trouble == []
    pieces = [read(each.name, each.data) for each in found]
    assert [(p.title, p.time_signatures[0].numerator, p.num_notes) for p in pieces] == [
        ("Clare", 2, 6),
        ("Kerry", 2, 6),
    ]
    (tmp_path / "polkas.abc").write_text(book, encoding="utf-8")
    assert {p.title for split in ("train", "valid") for p in read_folder(tmp_path, split)} == {e.name for e in found}


def test_an_archive_that_swells_and_one_that_is_none_are_said_and_left_out():
    bomb = zipped({f"{n}.mid": b"\0" * (MOST_FILE_BYTES + 1) for n in range(6)} | {"good.mid": b"good"})
    found, trouble = unpacked([("bomb.zip", bomb), ("none.zip", b"PK\3\4 nonsense")])
    assert [each.name for each in found] in ([], ["good.mid"])
    assert len(trouble) == 5  # four of the bomb, then nobody goes on with it
    assert trouble[0] == "0.mid in bomb.zip is larger than a file of music may be (5 MB) and was left out."
    assert trouble[-1].startswith("none.zip is damaged")


def test_no_more_comes_out_of_an_archive_than_may():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, size in (("../a", 10), ("b", 30), ("c", 10), ("folder/", 0)):
            archive.writestr(name, b"x" * size)
    data = out.getvalue()
    assert [(n, len(c)) for n, c in zip_entries(data, 50)] == [("../a", 10), ("b", 30), ("c", 10)]
    assert [(n, c and len(c)) for n, c in zip_entries(data, 50, 20)] == [("../a", 10), ("b", None), ("c", 10)]
    assert [n for n, _ in zip_entries(data, 50, wanted="c".__eq__)] == ["c"]
    taken = []
    with pytest.raises(ZipTooLarge):
        for name, _ in zip_entries(data, 39):
            taken.append(name)
    assert taken == ["../a"]
    for wrong in (b"", b"PK", data[:-30], data.replace(b"x", b"y")[:40]):
        with pytest.raises(ZipDamaged):
            list(zip_entries(wrong, 50))


def test_what_each_file_holds_is_said_before_anything_runs():
    files = [
        ("good.mid", midi(LINE)),
        ("higher.mid", midi([(pitch + 5, at, length) for pitch, at, length in LINE])),
        ("other.mid", midi([(72 - n % 9, n, 1) for n in range(24)])),
        ("three.mid", midi(LINE[:3])),
        ("drums.mid", midi(track([(36, n, 0.5) for n in range(32)], is_drum=True))),
        ("broken.mid", b"MThd nonsense"),
    ]
    check = check_files(files, "folk")
    assert [file.used for file in check.files] == [True, False, True, False, False, False]
    assert check.files[1].why == "It is the same music as good.mid."
    assert check.files[3].why == "Only 3 notes of it can be learned from; 16 are needed."
    assert "drums" in check.files[4].why.lower() or "pitched" in check.files[4].why
    assert check.files[5].why and check.files[5].holds == ""
    assert check.num_notes == 56 and check.is_enough
    assert check.sentences()[0] == "2 of 6 files can be learned from: 56 notes."
    assert "very little" in check.expectation()


def test_too_little_and_all_the_same_are_refused_in_a_sentence():
    same = check_files([(f"{n}.mid", midi(LINE)) for n in range(5)], "folk")
    assert len(same.used) == 1 and not same.is_enough
    with pytest.raises(StyleError, match="At least 2 different pieces are needed"):
        runs.Trainings().begin(same, "Mine")
    with pytest.raises(StyleError, match="which files do not hold"):
        check_files([("a.mid", midi(LINE))], "jazz")


def test_music_that_a_style_knows_already_is_found_in_any_key(monkeypatch):
    from musegen.services.training import check as module

    planted = piece([(pitch + 3, at, length) for pitch, at, length in LINE])
    index = OriginalityIndex.of(["The plant"], [lines_of(planted)])
    monkeypatch.setattr(module, "index_of", lambda folder: index)
    found = check_files([("a.mid", midi(LINE)), ("b.mid", midi([(72 - n % 9, n, 1) for n in range(24)]))], "folk")
    assert found.files[0].known == "32 notes in a row, from The plant"
    assert found.files[1].known == ""
    assert any("1 of them is known to the style already" in words for words in found.sentences())


def test_the_kind_is_proposed_by_tracks_chords_and_instruments():
    chords = [(pitch, n, 1) for n in range(16) for pitch in (60, 64, 67)]
    strings = [track([(pitch, n, 1) for n in range(16)], 40 + i) for i, pitch in enumerate((76, 69, 60, 48))]
    played = [(60 + n % 12, n * 0.517 + 0.013, 0.4) for n in range(60)]
    asked = {
        "folk": piece(LINE), "string-quartet": piece(*strings), "piano-performance": piece(played),
        "chopin": piece(chords, [(48, n, 1) for n in range(16)]),
    }  # fmt: skip
    for wanted, music in asked.items():
        assert proposed([music], trainable())[0].style_id == wanted
    assert "jazz" not in {card.style_id for card in trainable()}


# ----------------------------------------------------------------------------------------------- runs as folders


def test_a_lock_is_let_go_when_its_holder_ends(tmp_path):
    path = tmp_path / "lock"
    assert not is_held(path)
    with Lock(path) as lock:
        assert lock.take() and is_held(path)
    assert not is_held(path)


def test_ids_are_free_and_the_same_files_are_one_training(monkeypatch):
    trainings = runs.Trainings()
    monkeypatch.setattr(trainings, "_submit", lambda run: None)
    assert [runs.free_style_id(title) for title in ("Folk!", "Ünser Chor", "日本")] == ["folk-2", "unser-chor", "style"]
    check = check_files([("a.mid", midi(LINE)), ("b.mid", midi(LINE[:20]))], "folk")
    first = trainings.begin(check, "Unser  Chor", owner="me", note="Ours.")
    assert first.order.style_id == "unser-chor" and first.order.title == "Unser Chor"
    assert runs.free_style_id("Unser Chor") == "unser-chor-2"
    assert trainings.same_as(check, "Unser Chor", "on", "me").order == first.order
    assert trainings.same_as(check, "Unser Chor", "quick", "me") is None
    assert trainings.same_as(check, "Unser Chor", "on", "you") is None
    assert len(list((first.folder / "files").iterdir())) == 2
    trainings.pause(first.order.run_id)
    assert trainings.state_of(first) == PAUSED
    trainings.throw_away(first.order.run_id)
    assert runs.runs_of() == []
    for title, words in (("  ", "Give the style a name"), ("x", "must be above 0")):
        with pytest.raises(StyleError, match=words):
            trainings.begin(check, title, minutes=0)


def test_two_windows_that_press_start_at_once_have_one_training(monkeypatch):
    check = check_files([("a.mid", midi(LINE)), ("b.mid", midi(LINE[:20]))], "folk")
    trainings, together = runs.Trainings(), threading.Barrier(4)
    monkeypatch.setattr(runs.TrainJob, "_train", lambda job: 0)
    monkeypatch.setattr(trainings, "_submit", lambda run: None)
    found = []

    def press():
        together.wait()
        found.append(trainings.begin_once(check, "Twice", owner="me").order.run_id)

    windows = [threading.Thread(target=press) for _ in range(4)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert len(found) == 4 and len(set(found)) == 1 and len(runs.runs_of("me")) == 1


def test_a_full_disk_and_a_process_that_ends_by_itself_are_said_and_can_be_gone_on_with(monkeypatch):
    check = check_files([("a.mid", midi(LINE)), ("b.mid", midi(LINE[:20]))], "folk")
    trainings = runs.Trainings()
    codes = {"Full": [28], "Ended": [-9, -9], "Again": [-9, 0]}
    monkeypatch.setattr(runs.TrainJob, "_train", lambda job: codes[job.run_of.order.title].pop(0))
    said = {}
    for title in list(codes):
        run = trainings.begin(check, title)
        assert trainings.job_of(run).wait(20)
        said[title] = trainings.job_of(run).error
        if title != "Again":
            assert trainings.state_of(run) == runs.INTERRUPTED and trainings.trouble_of(run) == said[title]
    assert said["Full"].startswith("The disk is full. Make room and press Resume")
    assert said["Ended"].startswith("The training ended by itself; press Resume")
    assert said["Again"] is None and codes == {"Full": [], "Ended": [], "Again": []}


def test_a_second_training_has_its_place_from_the_moment_the_first_has_its_turn(monkeypatch):
    begun, end = threading.Event(), threading.Event()

    def training(job):
        begun.set()
        end.wait(60)
        job.run_of.note(Standing(DONE))
        return 0

    monkeypatch.setattr(runs.TrainJob, "_train", training)
    trainings = runs.Trainings()
    check = check_files([("a.mid", midi(LINE)), ("b.mid", midi(LINE[:20]))], "folk")
    first, second, third = (trainings.begin(check, title) for title in ("One", "Two", "Three"))
    assert begun.wait(60)  # no process holds the lock of a training yet
    assert [trainings.place_of(run) for run in (first, second, third)] == [0, 1, 2]
    trainings.pause(second.order.run_id)
    assert (trainings.state_of(second), trainings.place_of(third)) == (PAUSED, 1)
    end.set()
    assert trainings.job_of(third).wait(60) and trainings.state_of(third) == DONE


def test_what_rests_goes_on_resting_after_a_server_ended_and_what_was_on_its_way_goes_on(monkeypatch):
    begun = []
    trainings = runs.Trainings()
    monkeypatch.setattr(trainings, "_submit", lambda run: begun.append(run.order.title))
    check = check_files([("a.mid", midi(LINE)), ("b.mid", midi(LINE[:20]))], "folk")
    on_its_way, resting, done = (trainings.begin(check, title) for title in ("On its way", "Resting", "Done"))
    on_its_way.note(Standing(LEARNING, epoch=2))
    trainings.pause(resting.order.run_id)
    done.note(Standing(DONE))
    begun.clear()
    assert trainings.state_of(on_its_way) == runs.INTERRUPTED
    trainings.go_on_with_all()
    assert begun == ["On its way"]
    trainings.stop(resting.order.run_id)
    assert begun == ["On its way", "Resting"] and load_run(resting.order.run_id).wanted == "stop"


def test_why_it_is_done_is_a_sentence():
    order, standing = Order("1", "Mine", "mine", "folk"), Standing(DONE, "early stopping", best_epoch=4, best_nll=1.1,
                                                                   num_held_out=3)  # fmt: skip
    said = " ".join(done_sentences(order, standing, 1.25, "Folk tunes"))
    assert said.startswith("It is done because the pieces it never saw have not become easier")
    assert "best was round 4" in said and "1.100 nats, Folk tunes untouched by 1.250" in said
    assert "has not learned" in done_sentences(order, standing, 1.05, "Folk tunes")[1]
    assert [span(s) for s in (3, 44, 200, 7200)] == ["10 seconds", "40 seconds", "3 minutes", "2.0 hours"]


# ------------------------------------------------------------------------------------------------ the shelf, a file


def repacked(data, change):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return zipped(change(files))


def with_card(files, /, **fields):
    card = json.loads(files["card.json"])
    return files | {"card.json": json.dumps(card | fields).encode()}


def pickled(files):
    import hashlib

    out = io.BytesIO()
    np.savez(out, evil=np.array([{"a": 1}], dtype=object))
    card = json.loads(files["card.json"])
    sums = card["files"] | {"weights.npz": hashlib.sha256(out.getvalue()).hexdigest()}
    return with_card(files | {"weights.npz": out.getvalue()}, files=sums)


def test_a_style_goes_through_one_file_and_plays_the_same():
    data = pack_style("folk")
    assert data == pack_style("folk")
    card = shelf.take_in(data)
    assert card.style_id == "folk-2"
    asked = {"mode": "invent", "num_bars": 4, "random_seed": 3}
    one, two = (compose(ComposeRequest(style_id, **asked)).takes[0].piece for style_id in ("folk", "folk-2"))
    assert one.tracks == two.tracks
    assert [own.style_id for own in shelf.own_styles()] == ["folk-2"]
    shelf.remove("folk-2")
    assert shelf.own_styles() == []
    with pytest.raises(StyleError, match="came with the program"):
        shelf.remove("folk")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files | {"weights.npz": files["weights.npz"][:-1] + b"x"}, "not the file that its card names"),
        (lambda files: files | {"run.py": b"print(1)"}, "holds run.py, which no style has"),
        (lambda files: files | {"../card.json": b"{}"}, "which no style has"),
        (lambda files: {name: files[name] for name in files if name != "logits.tflite"}, "logits.tflite is missing"),
        (lambda files: {name: files[name] for name in files if name != "history.jsonl"}, "do not agree"),
        (pickled, "weights.npz holds something else than data"),
        (lambda files: with_card(files, style_id="../up"), "its id is none"),
        (lambda files: with_card(files, schema_version=9), "version 9"),
        (lambda files: with_card(files, title="{values}"), "words that no card has"),
        (lambda files: with_card(files, network={"name": "other", "config": {}}), "cannot play"),
        (lambda files: with_card(files, composer={"name": "tarot", "config": {}}), "no way of composing"),
    ],
)
def test_a_file_that_is_not_exactly_a_style_is_refused_and_nothing_of_it_stays(change, words, musegen_home):
    with pytest.raises(StyleError, match=words):
        shelf.take_in(repacked(pack_style("folk"), change))
    assert list((musegen_home / "styles").glob("*")) == []


def test_what_is_no_archive_is_refused():
    with pytest.raises(StyleError, match="no file of a style"):
        unpack_style(b"\x80\x04 pickle")


def test_a_picture_is_numbers_and_never_a_script(tmp_path):
    (tmp_path / "picture.json").write_text('{"hue": 20, "span": 13, "notes": [[0, 0, 100], [100, 500, 50]]}')
    assert svg_of(tmp_path).count("<rect") == 3
    (tmp_path / "picture.json").write_text('{"hue": "<script>", "span": 13, "notes": []}')
    assert svg_of(tmp_path) == ""


# ---------------------------------------------------------------------------------------------------- what is drawn


def test_curves_stand_beside_what_others_reach():
    from musegen.rendering.training_chart import training_chart

    history = [{"epoch": 0, "train_nll": None, "valid_nll": 1.5}, {"epoch": 1, "train_nll": 1.4, "valid_nll": 1.2}]
    lines = {
        line["name"]: line for line in training_chart(history, {"a counting model": 3.0, "untouched": None})["data"]
    }
    assert lines["a counting model"]["y"] == [3.0, 3.0] and "untouched" not in lines
    assert lines["pieces it has never seen"]["x"] == [1]
    assert training_chart(history[:1], {})["data"] == []


def test_pitch_and_loudness_are_two_maps_of_the_same_scale():
    from musegen.rendering.judging_charts import pitch_velocity_map

    judged = [0.0] * 64
    judged[3 * 8 + 5] = 0.5  # pitches 48 to 63, velocities 80 to 95
    first, second = pitch_velocity_map(judged, [1 / 64] * 64)["data"]
    assert first["z"][5][3] == 0.5 and sum(map(sum, first["z"])) == 0.5
    assert second["zmax"] == first["zmax"] == 0.5
