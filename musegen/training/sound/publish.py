"""From finished runs to the map: ``python -m musegen.training.sound.publish RUNS``, a folder of a run each.

They are called map, wide (both of `fit_components`) and notebook (of `fit`).

Writes networks, where clips lie, the sound of some of them, the animation and the card into
`checkpoints/sound/jazz-audio/`.
"""

import argparse
import hashlib
import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from musegen.corpora.base import get_dataset
from musegen.music.clip import Clip
from musegen.paths import checkpoints_dir
from musegen.rendering.audio import clip_bytes
from musegen.rendering.map_animation import animation
from musegen.sound.coder import Coder, CoderConfig
from musegen.sound.jazz_map import JazzMap, Net
from musegen.sound.spectrum import CLIP_SAMPLES, SAMPLE_RATE, levelled
from musegen.styles.history import history_of
from musegen.training.sound.corpus import QUALITIES
from musegen.training.sound.pictures import Pictures, load_pictures
from musegen.training.sound.pieces import INSTRUMENTS

NAME = "sound/jazz-audio"
NETS = ("map", "wide", "notebook")
A_KIND = 20
"""Clips of each instrument whose sound is kept."""
_BATCH = 64
_log = logging.getLogger(__name__)


def publish(runs: dict[str, Path], folder: Path, pictures: Pictures) -> None:
    """Write all that the map needs at run time.

    Args:
        runs: folder of the run of each network.
        folder: where to.
        pictures: the corpus.
    """
    folder.mkdir(parents=True, exist_ok=True)
    train = pictures.numbers("train", apart=True)
    arrays: dict[str, np.ndarray] = {}
    trained = {}
    for name, run in runs.items():
        facts = json.loads((run / "config.json").read_text())
        with np.load(run / "best.npz") as stored:
            weights = {key: stored[key].astype(np.float16) for key in stored.files}
        np.savez_compressed(folder / f"{name}.npz", allow_pickle=False, **weights)
        (folder / f"{name}.json").write_text(json.dumps(facts["network"]) + "\n", encoding="utf-8")
        coder = Coder(CoderConfig(**facts["network"]), weights)
        places = places_of(coder, pictures, train)
        centre, across = plane_of(places)
        arrays |= {f"{name}_places": places.astype(np.float16), f"{name}_centre": centre, f"{name}_across": across}
        lines = history_of(run)
        best = min(lines, key=lambda line: line["valid_error"])
        trained[name] = {key: facts[key] for key in facts if key not in ("name", "network")} | {
            "steps": lines[-1]["step"], "seconds": lines[-1]["seconds"], "best_step": best["step"],
            "epochs": round(lines[-1]["step"] * facts["batch"] / len(pictures.numbers("train")), 1),
            "valid_error": best["valid_error"], "nats": best["nats"], "active": best["active"],
        }  # fmt: skip
        (folder / f"{name}_history.jsonl").write_text((run / "history.jsonl").read_text(), encoding="utf-8")
    grains = chosen_clips(pictures.clips[train])
    told = pictures.chroma[train]
    arrays["told"] = np.mean([np.roll(row, -int(row.argmax())) for row in told], axis=0).astype(np.float32)
    nets = {
        name: Net(Coder.load(folder, name), arrays[f"{name}_places"].astype(np.float32), arrays[f"{name}_centre"],
                  arrays[f"{name}_across"], arrays["told"])
        for name in runs
    }  # fmt: skip
    arrays["grains"] = grains.astype(np.int32)
    arrays |= {key: pictures.clips[key][train] for key in ("instrument", "quality", "qpm", "pitch")}
    np.savez_compressed(folder / "clips.npz", allow_pickle=False, **arrays)
    _write_sounds(folder / "grains.zip", {
        number: 30000 / 32767 * clip / max(float(np.abs(clip).max()), 1e-6)
        for number in grains.tolist() for clip in [levelled(pictures.sound.clip(int(train[number])))]
    })  # fmt: skip
    write_grids(folder, nets)
    (folder / "animation.gif").write_bytes(_animation(runs["map"], pictures))
    (folder / "card.json").write_text(
        json.dumps(_card(folder, pictures, trained, len(train)), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    _log.info("%s: %.2f MB", folder, sum(path.stat().st_size for path in folder.iterdir()) / 1e6)


def write_grids(folder: Path, nets: dict[str, Net]) -> None:
    """Write how the points of `Net.grid` sound, one file a network."""
    jazz_map = JazzMap(nets, {}, np.zeros(0, int), lambda _: np.zeros(0))
    for name, net in nets.items():
        places = net.place(net.grid())
        told = net.told_for(0, 1)
        sounds = {n: jazz_map.sound(places[n : n + 1], name, told) for n in range(len(places))}
        _write_sounds(folder / f"grid-{name}.zip", sounds)


def _write_sounds(path: Path, sounds: dict[int, np.ndarray]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, samples in sounds.items():
            data = clip_bytes(Clip(samples, SAMPLE_RATE), "ogg")
            archive.writestr(zipfile.ZipInfo(f"{number}.ogg", (1980, 1, 1, 0, 0, 0)), data)


def places_of(coder: Coder, pictures: Pictures, numbers: np.ndarray) -> np.ndarray:
    """Return where clips lie for a network, (N, Z)."""
    rows = []
    for at in range(0, len(numbers), _BATCH):
        part = numbers[at : at + _BATCH]
        told = pictures.chroma[part] if coder.config.told else None
        rows.append(coder.encode(pictures.drawn[part].astype(np.float32), told)[0])
    return np.concatenate(rows)


def plane_of(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle of clips, (Z,), and the two directions in which they spread most, (2, Z); a plane as it is."""
    centre = places.mean(axis=0)
    if places.shape[1] == 2:
        return np.zeros(2, np.float32), np.eye(2, dtype=np.float32)
    _, _, directions = np.linalg.svd(places - centre, full_matrices=False)
    return centre.astype(np.float32), directions[:2].astype(np.float32)


def chosen_clips(clips: np.ndarray) -> np.ndarray:
    """Return the numbers of the clips whose sound is kept: `A_KIND` of each instrument, spread over the solos."""
    kinds = [np.flatnonzero(clips["instrument"] == kind) for kind in range(len(INSTRUMENTS))]
    found = [here[np.linspace(0, len(here) - 1, min(A_KIND, len(here))).astype(int)] for here in kinds if len(here)]
    return np.unique(np.concatenate(found))


def _animation(run: Path, pictures: Pictures) -> bytes:
    with np.load(run / "snapshots.npz") as stored:
        places, watched = stored["places"].astype(float), stored["clips"]
    steps = [0, *(line["step"] for line in history_of(run))]
    texts = [f"{step} steps" for step in steps[: len(places)]]
    return animation(places, pictures.clips["instrument"][watched], [name for name, _, _ in INSTRUMENTS], texts)


def _card(folder: Path, pictures: Pictures, trained: dict[str, Any], count: int) -> dict[str, Any]:
    weimar = get_dataset("weimar-jazz")
    hours = len(pictures.sound.samples) / SAMPLE_RATE / 3600
    return {
        "name": Path(NAME).name,
        "title": "Jazz map",
        "what": "Imagines three seconds of jazz at any point of a plane, and finds where three seconds of yours lie.",
        "made_of": f"All sound it learned from was rendered by us: {len(pictures.sound.names)} solos, {hours:.2f} "
        "hours, played by FluidSynth with a free General MIDI sound font over a rhythm section that our band makes up. "
        "No recording by a musician is in it. The solos are transcriptions of the Weimar Jazz Database and takes of "
        "our own style of jazz. Solos of one tune are in one split.",
        "data": [
            {"corpus": weimar.name, "title": weimar.title, "homepage": weimar.homepage, "licence": weimar.licence,
             "citation": weimar.citation},
            {"corpus": "own", "title": "Solos of our style of jazz", "licence": "ours"},
            {"corpus": "sound font", "title": "FluidR3 GM", "licence": "MIT", "citation": "Frank Wen, 2000-2008"},
        ],
        "clips": {"seconds": round(CLIP_SAMPLES / SAMPLE_RATE, 3), "sample_rate": SAMPLE_RATE, "on_the_map": count,
                  "train": len(pictures.numbers("train")), "valid": len(pictures.numbers("valid", apart=True)),
                  "test": len(pictures.numbers("test", apart=True))},
        "instruments": [name for name, _, _ in INSTRUMENTS],
        "qualities": list(QUALITIES),
        "training": trained,
        "quality": json.loads((folder / "card.json").read_text()).get("quality", {})
        if (folder / "card.json").exists() else {},
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())
                  if path.name != "card.json"},
    }  # fmt: skip


def main() -> None:
    """Publish the runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    publish({name: asked.runs / name for name in NETS}, checkpoints_dir() / NAME, load_pictures())


if __name__ == "__main__":
    main()
