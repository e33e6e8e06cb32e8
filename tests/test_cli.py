"""The command line as a program runs it: one JSON object on stdout, sentences on stderr, exit codes, files."""

import json
import os
import signal
import subprocess
import sys
import time
import types
import wave
from pathlib import Path

import pypdf
import pytest

from musegen.cli.command_line import main
from musegen.cli.output import write_files
from musegen.composers.request import ComposeRequest
from musegen.files import read, write
from musegen.paths import PROJECT_DIR
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, recipe_text
from musegen.services.seeds.seed import load_example, seed_from_text
from musegen.services.showing import downloads as studio
from musegen.services.styles import get_style
from tests.builders import piece, track

TEXT = "key: D major  D4 E4 F#4 G4 | A4:2 F#4:2"


def run(*arguments):
    """Run in this process: what is under test is what it prints, and how it ends."""
    return main([str(a) for a in arguments])


def run_alone(*arguments, **options):
    command = [sys.executable, "-m", "musegen", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, timeout=60, **options)


def notes_of(music):
    return sorted((n.onset_quarter, n.duration_quarter, n.pitch) for t in music.tracks for n in t.notes)


def refused(capsys, *arguments):
    """Run what must fail; return the one sentence it says."""
    try:
        code = run(*arguments)
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(".")
    assert "Traceback" not in lines[0]
    return lines[0]


# A whole process


def test_compose_writes_files_that_agree_and_prints_one_object(tmp_path):
    out = tmp_path / "new" / "folder"
    done = run_alone("compose", "--style", "folk", "--text", TEXT, "--bars", 6, "--takes", 2, "--random-seed", 7,
                     "--out", out, "--formats", "mid,musicxml,wav,pdf", "--json")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert set(told) == {"takes", "messages", "timings_ms"}
    assert set(told["timings_ms"]) == {"load", "sample", "render"}
    assert all(value > 0 for value in told["timings_ms"].values())
    assert len(told["takes"]) == 2
    for index, take in enumerate(told["takes"], 1):
        assert set(take) == {
            "files", "num_notes", "num_bars", "seconds", "random_seed", "style_sha256", "notes_changed", "shared_run"
        }  # fmt: skip
        assert {k: Path(v).name.split("-in-D-major-")[1] for k, v in take["files"].items()} == {
            f: f"folk-take{index}.{f}" for f in ("mid", "musicxml", "wav", "pdf")
        }
        music = read(Path(take["files"]["mid"]))
        assert notes_of(music) == notes_of(read(Path(take["files"]["musicxml"])))
        assert notes_of(music)[:4] == [(0, 1, 62), (1, 1, 64), (2, 1, 66), (3, 1, 67)]
        assert (take["num_notes"], take["num_bars"], take["random_seed"]) == (music.num_notes, 6, 7)
        assert take["seconds"] == pytest.approx(music.end_quarter * 60 / music.tempos[0].qpm, abs=0.01)
        assert (take["notes_changed"], take["style_sha256"]) == (0, get_style("folk").sha256)
        with wave.open(take["files"]["wav"]) as sound:
            assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (44100, 2, 2)
            assert sound.getnframes() / 44100 >= take["seconds"]
            assert len(set(sound.readframes(44100))) > 16
        assert len(pypdf.PdfReader(take["files"]["pdf"]).pages) == 1
    assert sorted(p.name for p in out.iterdir()) == sorted(
        Path(v).name for t in told["takes"] for v in t["files"].values()
    )


def test_the_program_loads_no_tensorflow(tmp_path):
    code = (
        "import sys, pathlib\n"
        "from musegen.cli.command_line import main\n"
        "out = sys.argv[1]\n"
        "codes = [main(['styles', '--json'])]\n"
        "codes += [main(['compose', '--style', 'folk', '--out', out, '--text', 'C4 D4 E4 C4', '--bars', '2',\n"
        "                '--formats', 'mid,musicxml', '--json'])]\n"
        "codes += [main(['score', '--style', 'folk', *map(str, pathlib.Path(out).glob('*.mid'))])]\n"
        "heavy = {'tensorflow', 'keras', 'jax', 'torch', 'streamlit', 'music21', 'plotly'}\n"
        "print(codes, sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=PROJECT_DIR, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "[0, 0, 0] []"
    assert "XNNPACK" not in done.stderr


def test_what_goes_wrong_in_a_process_is_a_sentence_and_exit_code_two(tmp_path):
    done = run_alone("compose", "--style", "nope", "--out", tmp_path, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith('There is no style "nope"; the styles are: bach-chorales, ')
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_a_sentence():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "musegen", "styles", "--json"], cwd=PROJECT_DIR, stdout=full,
                              stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no space left" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_ctrl_c_leaves_quietly(tmp_path):
    pipe = tmp_path / "never.mid"
    os.mkfifo(pipe)  # reading it waits for ever
    process = subprocess.Popen(
        [sys.executable, "-m", "musegen", "render", str(pipe), "--out", str(tmp_path / "out")],
        cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where the tests run in background
    )  # fmt: skip
    deadline, writing = time.monotonic() + 30, None
    while writing is None and time.monotonic() < deadline and process.poll() is None:
        try:
            writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)  # possible as soon as somebody reads
        except OSError:
            time.sleep(0.02)
    for _ in range(10):  # a signal that comes between its opening and its reading the pipe is only seen at the next
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=2)
            break
        except subprocess.TimeoutExpired:
            continue
    assert writing is not None
    os.close(writing)
    assert (process.returncode, out, err) == (130, "", "")


# In this process


def test_styles_are_one_object(capsys):
    assert run("styles", "--json") == 0
    cards = json.loads(capsys.readouterr().out)["styles"]
    assert {card["style_id"] for card in cards} >= {"folk", "bach-chorales"}
    assert all(card["style_sha256"] == get_style(card["style_id"]).sha256 for card in cards)
    assert all({"title", "description", "modes", "meters", "keys", "licence"} <= set(card) for card in cards)
    assert run("styles") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(cards)


def test_the_command_line_and_the_page_make_the_same_files(tmp_path, capsys):
    assert run("compose", "--style", "bach-chorales", "--text", TEXT, "--mode", "harmonise", "--temperature", 0.7,
               "--top-p", 0.9, "--random-seed", 3, "--out", tmp_path, "--json") == 0  # fmt: skip
    request = ComposeRequest("bach-chorales", "harmonise", seed_from_text(TEXT).piece, num_bars=None, temperature=0.7,
                             top_p=0.9, random_seed=3)  # fmt: skip
    take = compose(request).takes[0]
    recipe = recipe_text(Recipe(request, 0, take.style_sha256, take.piece.title))
    told = json.loads(capsys.readouterr().out)
    download = studio.download(take, "mid", recipe=recipe)
    assert told["takes"][0]["files"] == {"mid": str(tmp_path / download.file_name)}
    assert (tmp_path / download.file_name).read_bytes() == download.data


def test_what_is_not_asked_for_is_as_on_the_card(tmp_path, capsys):
    assert run("compose", "--style", "folk", "--out", tmp_path, "--json") == 0
    card = get_style("folk")
    usual = ComposeRequest("folk", "invent", num_bars=card.num_bars, temperature=card.temperature,
                           top_p=card.sampling["top_p"])  # fmt: skip
    take = json.loads(capsys.readouterr().out)["takes"][0]
    assert take["num_bars"] == card.num_bars
    assert notes_of(read(Path(take["files"]["mid"]))) == notes_of(compose(usual).takes[0].piece)


def test_a_seed_file_is_continued_and_what_was_changed_goes_to_stderr(tmp_path, capsys):
    band = piece(track([(74, i, 1) for i in range(4)], 73, name="Flute"), track([(50, i, 1) for i in range(4)], 32),
                 track([(38, i, 1) for i in range(4)], is_drum=True), key="D major")  # fmt: skip
    write(band, tmp_path / "band.mid")
    assert run("compose", "--style", "folk", "--primer", tmp_path / "band.mid", "--bars", 4, "--out", tmp_path / "out",
               "--json") == 0  # fmt: skip
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert said.err.splitlines() == told["messages"]
    assert any("drums" in message for message in told["messages"])
    assert any("1 of 2 tracks" in message and "Flute" in message for message in told["messages"])
    assert notes_of(read(Path(told["takes"][0]["files"]["mid"])))[:4] == [(i, 1, 74) for i in range(4)]


def test_every_setting_reaches_the_request(tmp_path, capsys):
    assert run("compose", "--style", "folk", "--seconds", 20, "--qpm", 100, "--meter", "3/4", "--key", "F minor",
               "--key-strength", 1, "--low", 60, "--high", 80, "--top-k", 5, "--top-p", 1, "--temperature", 2,
               "--takes", 3, "--out", tmp_path, "--json") == 0  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert len(told["takes"]) == 3
    for take in told["takes"]:
        music = read(Path(take["files"]["mid"]))
        assert (take["num_bars"], music.tempos[0].qpm, music.time_signatures[0].numerator) == (11, 100, 3)
        assert (music.key_signatures[0].tonic, music.key_signatures[0].mode) == (5, "minor")
        assert all(60 <= n.pitch <= 80 for t in music.tracks for n in t.notes)


def test_a_seed_that_is_not_needed_and_a_length_that_is_not_used_are_said(tmp_path, capsys):
    assert run("compose", "--style", "folk", "--mode", "invent", "--text", TEXT, "--out", tmp_path) == 0
    said = capsys.readouterr()
    assert "Your music was not used" in said.err
    assert len(said.out.splitlines()) == 1
    assert run("compose", "--style", "bach-chorales", "--mode", "harmonise", "--text", TEXT, "--bars", 9, "--out",
               tmp_path) == 0  # fmt: skip
    assert "as long as its melody" in capsys.readouterr().err


def test_score_tells_the_nats_of_each_file(tmp_path, capsys):
    paths = [tmp_path / name for name in ("a.mid", "b.musicxml")]
    for path in paths:
        write(load_example("chorale").piece, path)
    assert run("score", "--style", "bach-chorales", *paths, "--json") == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert [row["file"] for row in files] == [str(path) for path in paths]
    for row in files:
        assert set(row) == {"file", "nll", "num_notes", "num_tokens", "nats_per_note"}
        assert row["nll"] == pytest.approx(files[0]["nll"], rel=1e-2)
        assert row["num_tokens"] == 4 * 4 * load_example("chorale").piece.end_quarter
        assert row["nats_per_note"] == pytest.approx(row["nll"] / row["num_notes"])


def test_render_writes_other_formats_under_the_files_name(tmp_path, capsys):
    source = tmp_path / "tune.abc"
    source.write_text("X:1\nT:A tune\nM:4/4\nL:1/4\nK:G\nGABc|d2G2|]\n")
    assert run("render", source, "--out", tmp_path / "out", "--formats", "mid,musicxml,pdf,wav,parts", "--json") == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert Path(files.pop("parts")).name == "tune-parts.pdf"
    assert {k: Path(v).name for k, v in files.items()} == {f: f"tune.{f}" for f in ("mid", "musicxml", "pdf", "wav")}
    assert notes_of(read(Path(files["mid"]))) == notes_of(read(source)) == notes_of(read(Path(files["musicxml"])))
    assert Path(files["pdf"]).read_bytes().startswith(b"%PDF")


def test_render_prints_tablature_for_a_guitar_and_says_where_there_is_none(tmp_path, capsys):
    for name, program in (("guitar", 24), ("flute", 73)):
        write(piece(track([(60, 0, 4)], program)), tmp_path / f"{name}.mid")
        how = ("--tablature", "--formats", "musicxml", "--out", tmp_path)
        assert run("render", tmp_path / f"{name}.mid", *how) == 0
        text = (tmp_path / f"{name}.musicxml").read_text()
        assert ("<sign>TAB</sign>" in text) == (name == "guitar")
        assert ("no guitar" in capsys.readouterr().err) == (name == "flute")


def test_render_keeps_the_drums(tmp_path):
    band = piece(track([(60, 0, 1)]), track([(38, 0, 1), (42, 1, 1)], is_drum=True))
    write(band, tmp_path / "band.mid")
    assert run("render", tmp_path / "band.mid", "--out", tmp_path / "out", "--formats", "mid") == 0
    assert notes_of(read(tmp_path / "out" / "band.mid")) == notes_of(band)


def test_render_never_replaces_its_own_source(tmp_path, capsys):
    source = tmp_path / "tune.mid"
    write(piece([(60, 0, 1)]), source)
    before = source.read_bytes()
    assert "choose another folder" in refused(capsys, "render", source, "--out", tmp_path, "--formats", "wav,mid")
    assert source.read_bytes() == before
    assert list(tmp_path.iterdir()) == [source]


def test_train_passes_on_what_it_is_told(tmp_path, monkeypatch, capsys):
    calls = []

    def train_style(style_id, run, hours, *, publish):
        calls.append((style_id, run, hours, publish))
        return run or Path("runs")

    fake = types.ModuleType("musegen.training.train")
    fake.train_style = train_style
    monkeypatch.setitem(sys.modules, "musegen.training.train", fake)
    assert run("train", "folk") == 0
    assert run("train", "bach-chorales", "--run", tmp_path, "--hours", 0.5, "--no-publish") == 0
    assert calls == [("folk", None, None, True), ("bach-chorales", tmp_path, pytest.approx(0.5, abs=1e-3), False)]
    assert capsys.readouterr().out == f"runs\n{tmp_path}\n"
    assert run("train", "jazz", "folk") == 0
    assert [call[0] for call in calls[2:]] == ["jazz", "folk"]


def test_an_old_id_that_begins_with_a_dash_is_found(capsys, monkeypatch):
    monkeypatch.setattr("musegen.library.sql_store.secrets.token_hex", lambda size: "-aB_34567890123x")
    from musegen.library import library
    from musegen.library.takes import NewTake

    take_id = library.keep_take("somebody", NewTake(load_example("reel").piece, (), "Reel", "folk", "tried", 8, 9.0))
    assert take_id == "-aB_34567890123x"
    assert run("takes", "show", take_id) == 0
    assert json.loads(capsys.readouterr().out)["id"] == take_id
    assert run("takes", "show", "--", take_id) == 0


# What is refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["sing"], "invalid choice: 'sing'"),
        (["compose", "--out", "OUT"], "--style"),
        (["compose", "--style", "folk"], "--out"),
        (["compose", "--style", "folk", "--out", "OUT", "--bars", "x"], '"x" is not a whole number'),
        (["compose", "--style", "folk", "--out", "OUT", "--bars", "2", "--seconds", "3"], "not allowed with"),
        (["compose", "--style", "folk", "--out", "OUT", "--text", "C4", "--primer", "x.mid"], "not allowed with"),
        (["compose", "--style", "folk", "--out", "OUT", "--temp", "1"], "--temp"),
        (["compose", "--style", "folk", "--out", "OUT", "--seconds", "nan"], '"nan" is not a finite number'),
        (["compose", "--style", "folk", "--out", "OUT", "--qpm", "fast"], '"fast" is not a number'),
        (["compose", "--style", "folk", "--out", "OUT", "--formats", "mid,mp4"], '"mp4" is not a format; choose'),
        (["compose", "--style", "folk", "--out", "OUT", "--formats", ","], "no format is named"),
        (["compose", "--style", "folk", "--out", "OUT", "--mode", "sing"], "invalid choice: 'sing'"),
        (["compose", "--style", "folk", "--out", "OUT", "--mode", "harmonise", "--text", "C4"], "cannot harmonise"),
        (["compose", "--style", "folk", "--out", "OUT", "--mode", "continue"], "no music to continue"),
        (["compose", "--style", "folk", "--out", "OUT", "--temperature", "5"], "The temperature is 5; it must be"),
        (["compose", "--style", "folk", "--out", "OUT", "--takes", "0"], "The number of takes is 0"),
        (["compose", "--style", "folk", "--out", "OUT", "--text", "C4 D4 hello"], "hello"),
        (["compose", "--style", "folk", "--out", "OUT", "--text", ""], "note"),
        (["compose", "--style", "folk", "--out", "OUT", "--primer", "missing.mid"], "There is no file missing.mid"),
        (["score", "--style", "folk", "missing.mid"], "There is no file missing.mid"),
        (["score", "--style", "folk"], "FILE"),
        (["render", "missing.mid", "--out", "OUT"], "There is no file missing.mid"),
        (["train", "polka"], "invalid choice: 'polka'"),
        (["train", "folk", "--hours", "-1"], "must be above 0"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_in_one_sentence(arguments, words, tmp_path, capsys):
    out = tmp_path / "out"
    assert words in refused(capsys, *[out if a == "OUT" else a for a in arguments])
    assert not out.exists()


def midi(*, division=480, file_format=0, events=b""):
    chunk = events + b"\x00\xff\x2f\x00"
    header = (
        b"MThd" + (6).to_bytes(4, "big") + file_format.to_bytes(2, "big") + b"\x00\x01" + division.to_bytes(2, "big")
    )
    return header + b"MTrk" + len(chunk).to_bytes(4, "big") + chunk


NOTE = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x40"
ENDLESS = b"\x00\x90\x3c\x40\x84\x88\x80\x00\x80\x3c\x40"  # about three hours
DRUM = b"\x00\x99\x26\x40\x83\x60\x89\x26\x40"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b"<score-partwise><work><work-title>&b;</work-title></work></score-partwise>"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.mid", b"this is no music"),
        ("truncated.mid", midi(events=NOTE * 20)[:60]),
        ("format2.mid", midi(file_format=2, events=NOTE)),
        ("zero.mid", midi(division=0, events=NOTE)),
        ("none.mid", midi()),
        ("many.mid", midi(events=b"\x01\x90\x3c\x40\x01\x80\x3c\x40" * 200_000)),
        ("drums.mid", midi(events=DRUM)),
        ("long.mid", midi(events=ENDLESS)),
        ("big.mid", b"MThd" + b"\0" * (50 * 2**20)),
        ("bomb.musicxml", BOMB),
        ("empty.mid", b""),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
    ],
)
def test_bad_files_are_refused_in_one_sentence(name, content, tmp_path, capsys):
    path, out = tmp_path / name, tmp_path / "out"
    path.write_bytes(content)
    sentence = refused(capsys, "compose", "--style", "folk", "--primer", path, "--out", out)
    assert len(sentence) < 250
    assert not out.exists()
    if name != "drums.mid":
        assert refused(capsys, "render", path, "--out", out)


def test_places_that_cannot_be_written_are_refused_in_one_sentence(tmp_path, capsys):
    occupied = tmp_path / "occupied"
    occupied.write_text("a file")
    settings = ("compose", "--style", "folk", "--bars", "2", "--out")
    assert "occupied" in refused(capsys, *settings, occupied)
    assert "occupied" in refused(capsys, *settings, occupied / "below")
    assert occupied.read_text() == "a file"


def test_a_disk_that_is_full_changes_nothing(tmp_path, monkeypatch, capsys):
    old = tmp_path / "b.mid"
    old.write_bytes(b"old")
    write_bytes = Path.write_bytes

    def full(self, data):
        if self.name == "b.mid":
            raise OSError(28, "No space left on device", str(self))
        return write_bytes(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_files(tmp_path, {"a.mid": b"1", "b.mid": b"2"})
    assert list(tmp_path.iterdir()) == [old]
    assert old.read_bytes() == b"old"


def test_files_are_replaced_whole(tmp_path):
    assert write_files(tmp_path / "x" / "y", {"a": b"1"}) == {"a": tmp_path / "x" / "y" / "a"}
    write_files(tmp_path / "x" / "y", {"a": b"22", "b": b"3"})
    assert {p.name: p.read_bytes() for p in (tmp_path / "x" / "y").iterdir()} == {"a": b"22", "b": b"3"}


def test_help_tells_about_every_command():
    for command in ([], ["styles"], ["compose"], ["score"], ["render"], ["train"]):
        with pytest.raises(SystemExit) as left:
            main([*command, "--help"])
        assert left.value.code == 0


# Recipes and kept takes


def test_a_take_is_kept_exported_imported_and_made_again(tmp_path, capsys):
    assert run("compose", "--style", "folk", "--text", TEXT, "--bars", 6, "--takes", 2, "--random-seed", 5, "--keep",
               "--out", tmp_path, "--formats", "mid,musicxml") == 0  # fmt: skip
    capsys.readouterr()
    assert run("takes", "list", "--json") == 0
    kept = json.loads(capsys.readouterr().out)["takes"]
    assert [take["style"] for take in kept] == ["folk", "folk"]
    assert {take["bars"] for take in kept} == {6}
    stem = next(tmp_path.glob("*-folk-take1.mid")).name.removesuffix("-take1.mid")
    first = notes_of(read(tmp_path / f"{stem}-take1.mid"))
    second = notes_of(read(tmp_path / f"{stem}-take2.mid"))
    assert first != second

    again = tmp_path / "again"
    for name in (f"{stem}-take2.mid", f"{stem}-take2.musicxml"):
        assert run("compose", "--recipe", tmp_path / name, "--out", again, "--formats", "mid") == 0
        assert notes_of(read(again / f"{stem}-take2.mid")) == second
        (again / f"{stem}-take2.mid").unlink()
    capsys.readouterr()

    assert run("takes", "export", "--zip", tmp_path / "all.zip") == 0
    assert run("takes", "import", tmp_path / "all.zip") == 0
    assert run("takes", "list") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 + 2  # path, "2 takes imported", and no take twice
    assert run("takes", "show", kept[0]["id"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert json.loads(shown["recipe"])["kind"] == "compose"
    assert run("takes", "export", kept[0]["id"], "--out", tmp_path / "one", "--formats", "mid") == 0
    exported = tmp_path / "one" / (kept[0]["id"] + ".mid")
    assert notes_of(read(exported)) in (first, second)


def test_what_is_no_recipe_or_zip_or_take_is_said(tmp_path, capsys):
    write(piece([(60, 0, 1), (62, 1, 1)]), tmp_path / "plain.mid")
    assert "no recipe in plain.mid" in refused(capsys, "compose", "--recipe", tmp_path / "plain.mid", "--out", tmp_path)
    assert "--style" in refused(capsys, "compose", "--out", tmp_path)
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert "not a zip of takes" in refused(capsys, "takes", "import", tmp_path / "no.zip")
    assert "not in the library" in refused(capsys, "takes", "show", "nothing")
    assert "nowhere.zip" in refused(capsys, "takes", "import", tmp_path / "nowhere.zip")
