"""Ships the raw-audio network, `checkpoints/sound/raw-audio`: ``python -m musegen.training.raw_audio.publish RUN``.

Its figures are filled in by ``python -m benchmarks.raw_audio``.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from musegen.music.clip import Clip
from musegen.paths import checkpoints_dir
from musegen.rendering.audio import clip_bytes
from musegen.sound import mu_law
from musegen.sound.raw_checkpoint import FOLDER, save_raw_model
from musegen.sound.raw_config import RawConfig
from musegen.sound.raw_network import SHAPES, RawNetwork
from musegen.training.raw_audio.corpus import SAMPLE_RATE, load_levels

EXAMPLE = (0, 4.0, 6.0)
"""Number of a solo of the test, and the seconds of it that are shipped to try."""


def publish(run: Path, folder: Path) -> None:
    """Write the best weights of a run, its card and an example that the network has not heard.

    Args:
        run: folder of the run.
        folder: where the shipped network lies.
    """
    state = json.loads((run / "state.json").read_text(encoding="utf-8"))
    with np.load(run / "best.npz", allow_pickle=False) as stored:
        weights = {name: stored[name].astype(np.float32) for name in SHAPES}
    sounds = load_levels("train")
    card = {
        "title": "Raw sound",
        "what": "Plays a clip on, sample by sample: a slow recurrent layer, one step every 16 samples, speaks to two "
        "fast layers that weigh three linear predictions and choose one of 256 levels. A toy: it goes on with "
        "what sounds for a while and knows nothing of melody.",
        "learned_from": "Solos of the Weimar Jazz Database (4/4, no tune in two splits), each where it is densest, "
        "rendered by us with FluidSynth and FluidR3 at 8 kHz: tenor saxophone or piano over the bass of the recording. "
        "No recording was heard. Made again by python -m musegen.training.raw_audio.corpus.",
        "licence": "The notes: as far as known ODbL 1.0, name the Weimar Jazz Database (Pfleiderer et al. 2017). The "
        "sounds: FluidR3, MIT.",
        "minutes_of_sound": round(sum(map(len, sounds)) / SAMPLE_RATE / 60, 1),
        "training": {
            "steps": state["step"],
            "minutes": round(state["seconds"] / 60, 1),
            "history": state["history"],
            **({"before": state["before"]} if state.get("before") else {}),
        },
        "measured": {},
    }
    save_raw_model(folder, RawNetwork(RawConfig(**state["config"]), weights), card)
    solo, start, end = EXAMPLE
    example = Clip(mu_law.decode(load_levels("test")[solo]), SAMPLE_RATE).part(start, end)
    (folder / "example.ogg").write_bytes(clip_bytes(example.normalised(-3.0), "ogg"))


def main() -> None:
    """Publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--out", type=Path, default=checkpoints_dir() / FOLDER)
    asked = parser.parse_args()
    publish(asked.run, asked.out)


if __name__ == "__main__":
    main()
