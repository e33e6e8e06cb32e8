"""`train --files` and `styles` on the command line: what is refused, what is checked, what is given away."""

import pytest

from musegen.cli.command_line import main
from tests.own_styles import tunes


def told(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out.strip(), err.strip()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--files", "absent", "--name", "x"),
            'There is no folder "absent"; give one that holds MIDI, MusicXML or ABC files.',
        ),
        (("--files", "."), "Give the style a name by --name."),
        (("--files", ".", "--name", "x", "--quick", "--new"), "Give --quick or --new, not both."),
        (("--files", ".", "--name", "x", "--cell", "gru"), "The cells of a network can be chosen with --new alone"),
        (
            ("--files", ".", "--name", "x", "--hours", "1"),
            "--hours is for a shipped style or a recipe, not for",
        ),
        (("--files", ".", "--name", "x", "--from", "jazz"), "which files do not hold"),
        (("--files", ".", "--name", "x", "--from", "nobody"), 'There is no style "nobody"'),
        (("folk", "--name", "x"), "--name is for your own files; give them by --files."),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = told(capsys, "train", *words)
    assert code == 2 and said in err and "Traceback" not in err


def test_files_are_checked_without_training(capsys, tmp_path):
    tunes(tmp_path / "mine", 3)
    (tmp_path / "mine" / "broken.mid").write_bytes(b"MThd nonsense")
    code, _, err = told(capsys, "train", "--files", tmp_path / "mine", "--check")
    assert code == 0
    assert "broken.mid is left out." in err and "3 of 4 files can be learned from: 96 notes." in err
    assert "It goes on from Folk tunes." in err


def test_a_style_is_given_away_taken_in_and_removed(capsys, tmp_path):
    code, out, _ = told(capsys, "styles", "--export", "folk", "--out", tmp_path)
    assert code == 0 and out.endswith("folk.musegen-style")
    assert told(capsys, "styles", "--import", out)[:2] == (0, "folk-2")
    assert "folk-2" in told(capsys, "styles")[1]
    assert told(capsys, "styles", "--delete", "folk-2")[0] == 0
    assert "folk-2" not in told(capsys, "styles")[1]
    code, _, err = told(capsys, "styles", "--delete", "folk")
    assert code == 2 and err == '"Folk tunes" came with the program and stays.'
    (tmp_path / "no.musegen-style").write_bytes(b"nothing")
    assert "no file of a style" in told(capsys, "styles", "--import", tmp_path / "no.musegen-style")[2]
