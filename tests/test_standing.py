"""How far trainings are, from the folders of their runs, and the command that says so."""

import json
from dataclasses import replace

import pytest

from musegen.cli.command_line import main
from musegen.training.config import Stage, TrainConfig
from musegen.training.recipe import load_recipe
from musegen.training.standing import sentence, standing_of

STAGES = (Stage(TrainConfig(num_epochs=3, patience=2), 0.1), Stage(TrainConfig(num_epochs=10, stop_epoch=4), 0.1))


@pytest.fixture(name="recipe")
def _recipe():
    return replace(load_recipe("folk"), stages=STAGES)


def write(folder, nlls, seconds=60.0):
    folder.mkdir(parents=True)
    lines = [{"epoch": n, "valid_nll": nll, "seconds": seconds * n} for n, nll in enumerate(nlls, 1)]
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_nothing_has_begun(recipe, tmp_path):
    assert sentence(standing_of(recipe, tmp_path)) == "folk: not begun, 2 stages"


def test_in_the_second_stage(recipe, tmp_path):
    write(tmp_path / "stage-1", [1.5, 1.25, 1.3])
    write(tmp_path / "stage-2", [1.2], seconds=120.0)
    standing = standing_of(recipe, tmp_path)
    assert (standing.stage, standing.epoch, standing.num_epochs, standing.best_nll) == (2, 1, 4, 1.2)
    assert sentence(standing) == (
        "folk: stage 2 of 2, epoch 1 of 4, best 1.2000 nats an event, 5 minutes so far, 6 to go in this stage"
    )


def test_a_stage_without_gain_is_over_early_and_a_line_that_was_cut_off_is_no_epoch(recipe, tmp_path):
    write(tmp_path / "stage-1", [1.2, 1.3, 1.4][:3])
    write(tmp_path / "stage-2", [1.1, 1.0, 1.0, 0.9])
    with (tmp_path / "stage-2" / "history.jsonl").open("a") as file:
        file.write('{"epoch": 5, "val')
    standing = standing_of(recipe, tmp_path)
    assert standing.done
    assert sentence(standing) == "folk: done, best 0.9000 nats an event, 7 minutes so far"


def test_the_command_says_what_is_next(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MUSEGEN_HOME", str(tmp_path))
    write(tmp_path / "runs" / "folk" / "stage-1", [1.5])
    assert main(["train", "folk", "jazz", "--standing"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("folk: stage 1 of ")
    assert "jazz: not begun" in told.out
    assert "Next: folk." in told.err
