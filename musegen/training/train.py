"""Train a shipped style from nothing, and publish it."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from musegen.errors import MusegenError
from musegen.paths import PROJECT_DIR, checkpoints_dir, home_dir

logger = logging.getLogger(__name__)

RECIPES = {
    "folk": "musegen.training.folk_recipe",
    "bach-chorales": "musegen.training.chorale_recipe",
    "piano-performance": "musegen.training.performance_recipe",
    "string-quartet": "musegen.training.quartet_recipe",
    "chopin": "musegen.training.chopin_recipe",
    "jazz": "musegen.training.jazz_recipe",
}


def train_style(style_id: str, run: Path | None = None, hours: float | None = None, *, publish: bool = True) -> Path:
    """Train a style, going on where an earlier call left off, and publish it to `checkpoints/`.

    Args:
        style_id: "folk" or "bach-chorales".
        run: folder of the run, with a folder a stage; `runs/<style_id>` under the home folder by default.
        hours: time limit of this call.
        publish: write graphs, weights and card when the call ends.

    Returns:
        the folder of the run.

    Raises:
        MusegenError: there is no recipe of that name, or the run's folder cannot be gone on with.
    """
    if style_id not in RECIPES:
        raise MusegenError(f'There is no recipe for "{style_id}"; there are {", ".join(RECIPES)}.')
    from musegen.training.fit import TIME_LIMIT, fit
    from musegen.training.publish import make_codec_of

    recipe = import_module(RECIPES[style_id])
    run = run or home_dir() / "runs" / style_id
    try:
        end = time.monotonic() + (hours * 3600 if hours is not None else float("inf"))
        source, initial = recipe.source(), None
        for number, stage in enumerate(recipe.STAGES, 1):
            network = recipe.network(make_codec_of(style_id), stage.dropout)
            folder = run / f"stage-{number}"
            left = end - time.monotonic()
            result = fit(folder, network, stage.training, source, initial=initial, time_limit_seconds=left)
            logger.info("stage %d: %s, %d epochs, best %.4f", number, result.reason, result.num_epochs, result.best_nll)
            initial = folder / "best.npz"
            if result.reason == TIME_LIMIT:  # the next stage starts from the end of this one, so it must wait
                break
    except ValueError as error:
        raise MusegenError(f"Training cannot go on: {error}.") from error
    if publish and initial is not None and initial.exists():
        publish_run(style_id, run)
    return run


def publish_run(style_id: str, run: Path) -> None:
    """Export and publish a run in a process of its own, since exporting needs Keras on TensorFlow.

    Raises:
        MusegenError: it failed; the end of its log is in the message.
    """
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "musegen.training.train", style_id, str(run)]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise MusegenError(f"The style could not be exported: {last}")


def _publish_here(style_id: str, run: Path) -> None:
    from musegen.networks.recurrent import RecurrentConfig
    from musegen.training.export import export_run
    from musegen.training.publish import best_nll, publish

    recipe = import_module(RECIPES[style_id])
    stages = [stage for stage in sorted(run.glob("stage-*")) if (stage / "best.npz").exists()]
    best = min(stages, key=best_nll)
    config = RecurrentConfig.from_config(json.loads((best / "config.json").read_text())["network"])
    folder = checkpoints_dir() / style_id
    # Made beside the shelf of styles and put there whole: nobody plays a style half written.
    with tempfile.TemporaryDirectory(dir=checkpoints_dir().parent, prefix=".publishing-") as scratch:
        made = Path(scratch) / style_id
        exported = export_run(best, made, config)
        publish(run, style_id, made, asdict(exported), recipe.learned_from())
        if folder.exists():
            folder.rename(Path(scratch) / "before")
        made.rename(folder)


if __name__ == "__main__":
    _publish_here(sys.argv[1], Path(sys.argv[2]))
