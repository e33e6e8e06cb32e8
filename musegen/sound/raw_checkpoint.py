"""The raw-audio network that is shipped: RawModel, load_raw_model, save_raw_model.

`checkpoints/sound/raw-audio` holds card.json (the network's numbers under "network", what it learned from, how well it
measures), weights.npz (half precision), and example.ogg, a sound to try.
"""

import json
import zipfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from musegen.errors import StyleError
from musegen.paths import checkpoints_dir
from musegen.sound.raw_config import RawConfig
from musegen.sound.raw_network import SHAPES, RawNetwork

FOLDER = "sound/raw-audio"


@dataclass(frozen=True, slots=True, eq=False)
class RawModel:
    """A network with its card.

    Args:
        network: the weights.
        card: what it learned from and how well it measures, plain data.
    """

    network: RawNetwork
    card: dict[str, Any]


@lru_cache(maxsize=2)
def load_raw_model(folder: Path | None = None) -> RawModel:
    """Return the network.

    Args:
        folder: where it lies; that of the shipped one by default.

    Raises:
        StyleError: it is missing or damaged.
    """
    where = folder or checkpoints_dir() / FOLDER
    try:
        card = json.loads((where / "card.json").read_text(encoding="utf-8"))
        with np.load(where / "weights.npz", allow_pickle=False) as stored:
            weights = {name: stored[name].astype(np.float32) for name in SHAPES}
        return RawModel(RawNetwork(RawConfig(**card["network"]), weights), card)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise StyleError("The network over raw samples is missing or damaged; install Musegen again.") from error


def save_raw_model(folder: Path, network: RawNetwork, card: dict[str, Any]) -> None:
    """Write a network and its card; the weights are rounded to half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "weights.npz",
                        allow_pickle=False,
                        **{name: network.weights[name].astype(np.float16) for name in SHAPES})  # fmt: skip
    card = {**card, "network": asdict(network.config)}
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
