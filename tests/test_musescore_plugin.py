"""The plug-in of MuseScore, run by MuseScore itself without a screen."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from musegen.files import read
from musegen.files.musicxml import musicxml_text
from tests.builders import piece

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "integrations" / "musescore"
MUSESCORE = shutil.which("musescore3") or shutil.which("mscore3")

TRIAL = """
import QtQuick 2.9
import MuseScore 3.0
import FileIO 3.0
Musegen {
  menuPath: "Plugins.trial"
  FileIO { id: told; source: "HERE/told.json" }
  onRun: {
    var out = { styles: styles.length, bars: [firstBar, lastBar, numBars] };
    style = "folk"; firstBar = 3; lastBar = 4;
    compose("regenerate");
    out.again = [said, result];
    compose("extend");
    out.on = [said, result];
    folder = "HERE/nowhere";
    compose("regenerate");
    out.lost = said;
    told.write(JSON.stringify(out));
    Qt.quit();
  }
}
"""


def notes(music):
    return [(n.onset_quarter, n.pitch, n.duration_quarter) for n in music.tracks[0].notes]


@pytest.mark.skipif(MUSESCORE is None, reason="MuseScore 3 is not installed")
@pytest.mark.skipif(not (ROOT / ".venv").exists(), reason="the plug-in runs what run.py has set up")
def test_bars_are_composed_again_and_gone_on_from_in_musescore(tmp_path):
    plugins = tmp_path / "Documents" / "MuseScore3" / "Plugins"
    plugins.mkdir(parents=True)
    shutil.copy(PLUGIN / "Musegen.qml", plugins)
    (plugins / "trial.qml").write_text(TRIAL.replace("HERE", str(tmp_path)))
    (tmp_path / ".musegen-musescore.json").write_text(json.dumps({"folder": str(ROOT), "style": "folk"}))
    score = piece([(60 + i % 5, i, 1) for i in range(32)], key="C major")
    (tmp_path / "in.musicxml").write_text(musicxml_text(score))
    tmp_path.chmod(0o700)
    places = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "TMPDIR": str(tmp_path)}
    subprocess.run(
        [MUSESCORE, "-p", "trial.qml", "-o", str(tmp_path / "out.musicxml"), str(tmp_path / "in.musicxml")],
        env=os.environ | places | {"QT_QPA_PLATFORM": "offscreen"}, capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["bars"] == [1, 8, 8] and told["styles"] >= 8
    again = notes(read(Path(told["again"][1])))
    outside = [n for n in notes(score) if not 8 <= n[0] < 16]
    assert [n for n in again if not 8 <= n[0] < 16] == outside and again != notes(score)
    assert told["again"][0].endswith("new notes, opened as another score.")
    longer = notes(read(Path(told["on"][1])))
    assert [n for n in longer if n[0] < 16] == [n for n in again if n[0] < 16]  # what was opened last
    assert 44 < longer[-1][0] + longer[-1][2] <= 48
    assert "nowhere" in told["lost"]


def test_what_is_wrong_comes_as_json_too():
    import sys

    call = [sys.executable, str(PLUGIN / "compose.py"), "regenerate", "gone.mid", "--bars", "1-2", "--style", "folk",
            "--out", "x", "--json"]  # fmt: skip
    done = subprocess.run(call, capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 2
    assert "gone.mid" in json.loads(done.stdout)["error"]
