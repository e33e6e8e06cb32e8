"""A training killed with -9 at random moments: no round that was finished is lost.

    python -m benchmarks.kill_training [--kills 10] [--seed 0]

Twelve small tunes train on from `folk` in the quick way, in a home of their own. The process is killed at a random
moment after the first round of each of its lives (or, every third time, at any moment from its start), started again,
and looked at: the rounds whose state had been saved before the kill must be there after it, with the same losses. At
last it goes on for a round and is asked to end, and its history must be rounds 0, 1, 2 ... without a gap.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from musegen.paths import PROJECT_DIR

_GIVE_UP_SECONDS = 900.0


def _tunes(count: int, random: np.random.Generator) -> list[tuple[str, bytes]]:
    """Return tunes that walk up and down a scale, as MIDI files."""
    from musegen.files.midi import midi_bytes
    from musegen.music import Note, Piece, Tempo, TimeSignature, Track

    scale, files = (62, 64, 66, 67, 69, 71, 73, 74, 76, 78, 79), []
    for number in range(count):
        place, notes = int(random.integers(len(scale))), []
        for step in range(96):
            place = int(np.clip(place + random.choice([-2, -1, 1, 2]), 0, len(scale) - 1))
            notes.append(Note(scale[place], step * 0.5, 0.5, 80))
        piece = Piece((Track(tuple(notes)),), tempos=(Tempo(0.0, 120.0),), time_signatures=(TimeSignature(0.0, 4, 4),))
        files.append((f"tune {number}.mid", midi_bytes(piece)))
    return files


def _saved(folder: Path) -> int:
    """Return the last round whose state is saved, 0 for none."""
    return max((int(path.stem.rpartition("-")[2]) for path in folder.glob("stage-1/state-*.json")), default=0)


def kill_and_go_on(kills: int, seed: int) -> dict:
    """Return what was found; raises AssertionError where a finished round was lost."""
    from musegen.services.training.check import check_files
    from musegen.services.training.runs import Trainings
    from musegen.styles.runs import DONE, STOP

    random = np.random.default_rng(seed)
    trainings = Trainings()
    trainings._submit = lambda run: None  # this script starts and ends the process itself
    check = check_files(_tunes(12, random), "folk")
    run = trainings.begin(check, "Killed", "quick", minutes=60.0, rounds=20 * kills)
    command = [sys.executable, "-m", "musegen.training.own_style", str(run.folder)]
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
                                "PYTHONPATH": str(PROJECT_DIR)}  # fmt: skip
    killed_at, losses = [], {}
    for number in range(kills):
        begun, before = time.monotonic(), _saved(run.folder)
        with (run.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdout=log, stderr=log)
        anywhere = number % 3 == 2
        until = time.monotonic() + random.uniform(0, 20) if anywhere else None
        while process.poll() is None and time.monotonic() - begun < _GIVE_UP_SECONDS:
            if until is None and _saved(run.folder) > before:
                until = time.monotonic() + random.uniform(0, 2)
            if until is not None and time.monotonic() >= until:
                break
            time.sleep(0.01)
        if run.standing.state == DONE:  # it learned no more: nothing is left to be killed
            break
        state, saved = run.standing.state, _saved(run.folder)
        process.send_signal(signal.SIGKILL)
        process.wait()
        history = {line["epoch"]: line["valid_nll"] for line in run.history()}
        assert saved >= before, f"kill {number + 1}: {before} rounds were saved, now {saved}"
        for epoch, nll in losses.items():
            assert history.get(epoch) == nll, f"kill {number + 1}: round {epoch} was lost or is another"
        losses = {epoch: nll for epoch, nll in history.items() if epoch <= saved}
        killed_at.append({"state": state, "rounds": saved, "seconds": round(time.monotonic() - begun, 1)})
    saved = _saved(run.folder)
    with (run.folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdout=log, stderr=log)
    while process.poll() is None and _saved(run.folder) <= saved:
        time.sleep(0.1)
    run.want(STOP)
    code = process.wait()
    epochs = [line["epoch"] for line in run.history()]
    assert run.standing.state == DONE, run.standing
    assert epochs == list(range(len(epochs))), epochs
    assert all(line["valid_nll"] == losses[line["epoch"]] for line in run.history() if line["epoch"] in losses)
    return {"kills": killed_at, "rounds_lost": 0, "rounds_at_the_end": len(epochs) - 1, "exit_code": code}


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["MUSEGEN_HOME"] = home
        print(json.dumps(kill_and_go_on(arguments.kills, arguments.seed), indent=1))


if __name__ == "__main__":
    main()
