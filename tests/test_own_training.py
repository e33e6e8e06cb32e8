"""A training from one's own files to its end: killed, gone on with, and what comes of it composes."""

import os
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("keras")

from musegen.composers.request import ComposeRequest  # noqa: E402
from musegen.services.making.compose import compose  # noqa: E402
from musegen.services.styles import get_style  # noqa: E402
from musegen.services.training import runs  # noqa: E402
from musegen.services.training.check import check_files  # noqa: E402
from musegen.styles.picture import svg_of  # noqa: E402
from musegen.styles.runs import DONE, LEARNING  # noqa: E402
from musegen.styles.style_file import pack_style  # noqa: E402
from tests.own_styles import small_style, tunes  # noqa: E402


def wait_for(condition):
    for _ in range(1500):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


def test_a_training_is_killed_gone_on_with_and_becomes_a_style(tmp_path, musegen_home):
    """The process is killed in its second round; no finished round is lost, and what comes of it composes."""
    base = small_style(musegen_home)
    files = [(path.name, path.read_bytes()) for path in tunes(tmp_path / "tunes")]
    run = runs.begin(check_files(files, base), "Twelve tunes", note="Mine.", owner="me", rounds=3)
    wait_for(lambda: run.standing.epoch >= 1 or runs.job_of(run).finished)
    assert run.standing.state == LEARNING, (run.folder / "log").read_text()[-3000:]
    kept = run.standing.epoch
    before = [line for line in run.history() if line["epoch"] <= kept]
    pids = [int(path.name) for path in os.scandir("/proc") if path.name.isdigit()
            and run.order.run_id.encode() in _command(path.path)]  # fmt: skip
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    job = runs.job_of(run)
    assert job.wait(200), "the training did not go on"  # the job starts the process again by itself
    assert job.error is None and run.standing.state == DONE, (run.folder / "log").read_text()[-3000:]
    history = run.history()
    assert [line["epoch"] for line in history] == [0, 1, 2, 3]
    assert history[: kept + 1] == before
    assert sorted(run.samples()) == [0, 1, 2, 3]

    card = get_style("twelve-tunes")
    assert card.title == "Twelve tunes" and card.data[0]["licence"] == "Mine." and card.licence.startswith("Mine. ")
    assert card.data[0]["name"] == "12 files of your own" and len(card.data) == 2
    assert card.quality["counting_model_nats_per_event"] > 0 and "longest_shared_run_of_takes" in card.quality
    take = compose(ComposeRequest("twelve-tunes", "invent", num_bars=4, random_seed=1)).takes[0]
    assert take.piece.num_notes > 4
    assert svg_of(musegen_home / "styles" / "twelve-tunes").count("<rect") > 8
    assert pack_style("twelve-tunes")


def _command(path):
    try:
        return Path(path, "cmdline").read_bytes()
    except OSError:
        return b""
