"""Music measured beside the real music of a style: the same for every style, real music is like itself, files too."""

import json
import math

import numpy as np
import pytest

from musegen.cli.command_line import main
from musegen.errors import ConstraintError, FileFormatError, StyleError
from musegen.evaluation.metrics import METRICS
from musegen.evaluation.overlap import FEATURES
from musegen.evaluation.reference import load_reference_of, reference_of, save_reference, summary_of
from musegen.files import write
from musegen.services.judging import evaluate as judging
from musegen.services.judging.originality import has_references
from musegen.styles import list_styles
from musegen.styles.shelf import style_folder
from tests.builders import piece
from tests.stub_network import stub_networks


def melody(seed, num_bars=4):
    random = np.random.default_rng(seed)
    pitches = 60 + np.cumsum(random.integers(-3, 4, 4 * num_bars)) % 24
    return piece([(int(p), float(i), 1.0) for i, p in enumerate(pitches)])


def facts(num_bars=4):
    return {"num_bars": num_bars, "num_tracks": 1, "played": False, "counts": {}}


def test_a_summary_by_hand():
    empty = dict.fromkeys(METRICS, math.nan)
    rows = [empty | {"polyphony": float(value)} for value in range(11)]
    found = summary_of(rows)
    assert found["polyphony"] == {"mean": 5, "sd": 3.1623, "p10": 1, "p25": 2.5, "p50": 5, "p75": 7.5, "p90": 9}
    assert set(found["note_density"].values()) == {None}


def test_a_reference_comes_back_from_its_files(tmp_path):
    made = reference_of([melody(s) for s in range(5)], [melody(s) for s in range(5, 10)], facts(), [7, 0, 9, 8, 0])
    save_reference(made, tmp_path)
    back = load_reference_of(tmp_path)
    assert (back.metrics, back.histograms, back.shared) == (made.metrics, made.histograms, made.shared)
    assert made.shared == {"median": 7.0, "p90": pytest.approx(8.6), "most": 9.0}
    for mine, other in zip(made.features, back.features, strict=True):
        assert all(np.allclose(mine[name], other[name], atol=1e-6) for name in FEATURES)
    (tmp_path / "reference.npz").write_bytes(b"no")
    with pytest.raises(StyleError, match="are damaged; restore them"):
        load_reference_of(tmp_path)
    assert load_reference_of(tmp_path / "nowhere") is None


def test_real_music_is_like_itself(monkeypatch):
    real = [melody(s) for s in range(30)]
    reference = reference_of(real, real, facts(), [0] * 30)
    monkeypatch.setattr(judging, "_reference_of", lambda style_id: reference)
    found = judging.evaluate_pieces("folk", [(str(i), p) for i, p in enumerate(real)])
    assert found.num_pieces == 30
    assert found.adherence == pytest.approx(1)
    assert found.diversity == pytest.approx(1)
    for row in found.rows:
        assert row.mean is None or row.mean == pytest.approx(row.real, rel=1e-4)
        assert row.mean is None or row.low <= row.mean <= row.high
        assert row.inside is None or row.inside >= 0.7
    monotone = judging.evaluate_pieces("folk", [(str(i), piece([(60, j, 1.0) for j in range(16)])) for i in range(9)])
    assert monotone.adherence < 0.7
    assert monotone.diversity == 0


@pytest.mark.parametrize("style_id", [c.style_id for c in list_styles() if has_references(c.style_id)])
def test_every_style_is_measured_alike(style_id):
    assert load_reference_of(style_folder(style_id)) is not None
    with stub_networks():
        found = judging.evaluate(style_id, 2)
    assert [row.name for row in found.rows] == list(METRICS)
    assert list(found.overlap) == list(FEATURES)
    assert found.num_pieces == 2 and found.shared["real_most"] >= found.shared["real_median"]
    json.dumps(found.as_data(), allow_nan=False)


def test_files_are_measured_and_what_cannot_be_is_named(tmp_path, capsys):
    for seed in range(3):
        write(melody(seed, 20), tmp_path / f"{seed}.mid")
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    assert main(["evaluate", "--style", "folk", "--files", str(tmp_path), "--json"]) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told["num_pieces"] == 3  # of 20 bars each one window of sixteen
    assert [row["name"] for row in told["copied"]] == ["0.mid", "1.mid", "2.mid"]
    assert told["twins"]["low"] < told["twins"]["accuracy"] < told["twins"]["high"] and told["twins"]["seeds"] > 20
    assert "broken.mid" in printed.err


def test_what_cannot_be_judged_is_refused(tmp_path):
    with pytest.raises(ConstraintError, match="2 to 200 can be judged at once"):
        judging.evaluate("folk", 1)
    with pytest.raises(FileFormatError, match="at least two pieces, or one of 32 bars"):
        judging.evaluate_pieces("folk", [("one", melody(0))])
    with pytest.raises(StyleError, match="There is no style"):
        judging.evaluate("nothing", 2)
