"""The map of jazz sound for page and command line: load_map, land, map_wav, grid_pack, Asked, plane_data."""

import json
import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from musegen.errors import ConstraintError, MusegenError
from musegen.files.sound_file import ClipReading, read_clip
from musegen.music.clip import Clip
from musegen.paths import checkpoints_dir
from musegen.rendering.audio import clip_bytes
from musegen.sound.coder import Coder
from musegen.sound.jazz_map import GRID_SIDE, HOW, JazzMap, Net, along, audible, clip_of
from musegen.sound.spectrum import SAMPLE_RATE, levelled

FOLDER = "sound/jazz-audio"
NETS = ("map", "wide", "notebook")
MAX_POINTS = 400
"""Most points of a path that are listened to."""
_NUMBER = re.compile(r"-?\d{1,4}(\.\d{0,6})?")
_FAR = 50.0


def card() -> dict[str, Any]:
    """Return the card of the map: what it learned from, and how it measures.

    Raises:
        MusegenError: the map is not there.
    """
    path = checkpoints_dir() / FOLDER / "card.json"
    if not path.exists():
        raise MusegenError("The jazz map is not there: its folder {folder} is missing.", folder=path.parent)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def animation() -> bytes:
    """Return the GIF of the map finding its order."""
    return (checkpoints_dir() / FOLDER / "animation.gif").read_bytes()


def load_map() -> JazzMap:
    """Return the map; what sounds is read when it is asked for.

    Raises:
        MusegenError: the map is not there.
    """
    card()
    return _load(checkpoints_dir() / FOLDER)


@lru_cache(maxsize=1)
def _load(folder: Path) -> JazzMap:
    with np.load(folder / "clips.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    nets = {}
    for name in NETS:
        coder = Coder.load(folder, name)
        told = arrays["told"] if coder.config.told else np.zeros(0, np.float32)
        places = arrays[f"{name}_places"].astype(np.float32)
        nets[name] = Net(coder, places, arrays[f"{name}_centre"], arrays[f"{name}_across"], told)
    labels = {name: arrays[name] for name in ("instrument", "quality", "qpm", "pitch")}
    return JazzMap(nets, labels, arrays["grains"], lambda number: _grain(folder, number))


@lru_cache(maxsize=256)
def _grain(folder: Path, number: int) -> np.ndarray:
    with zipfile.ZipFile(folder / "grains.zip") as archive:
        return levelled(clip_of(read_clip(archive.read(f"{number}.ogg")).clip.samples))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be heard.

    Args:
        net: of `NETS`.
        line: a point or the corners of a path: in the plane (2 numbers each), or places (Z numbers each).
        how: of `HOW`.
        root: pitch class that the wide network is told, where `told` is empty.
        told: what it is told, 12 numbers.
        seconds: length of a path.

    Raises:
        ConstraintError: a value is out of its range.
    """

    net: str = "map"
    line: tuple[tuple[float, ...], ...] = ((0.0, 0.0),)
    how: str = "imagined"
    root: int = 0
    told: tuple[float, ...] = ()
    seconds: float = 8.0

    def __post_init__(self) -> None:
        sizes = {len(point) for point in self.line}
        bad = (
            self.net not in NETS
            or self.how not in HOW
            or not 1 <= len(self.line) <= MAX_POINTS
            or len(sizes) != 1
            or not all(np.isfinite(value) and abs(value) <= _FAR for point in self.line for value in point)
            or not 0 <= self.root <= 11
            or len(self.told) not in (0, 12)
        )
        if bad:
            raise ConstraintError("This point of the map cannot be heard; choose one on the map.")

    @classmethod
    def of_query(cls, query: dict[str, str]) -> "Asked":
        """Return what an address asks for: net, at ("x,y" or "x,y;x,y"), how, root, told, seconds.

        Raises:
            ConstraintError: it cannot be understood.
        """
        at = tuple(_numbers(point) for point in query.get("at", "0,0").split(";"))
        told = _numbers(query["told"]) if query.get("told") else ()
        root, seconds = (_numbers(query.get(name, usual))[0] for name, usual in (("root", "0"), ("seconds", "8")))
        return cls(query.get("net", "map"), at, query.get("how", "imagined"), int(root), told, seconds)


def _numbers(text: str) -> tuple[float, ...]:
    parts = text.split(",")
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise ConstraintError("This point of the map cannot be heard; choose one on the map.")
    return tuple(map(float, parts))


@lru_cache(maxsize=128)
def map_clip(asked: Asked) -> Clip:
    """Return how a point or a path of the map sounds: its peak at -1 dB, never silent.

    Raises:
        MusegenError: the map is not there, or has no such point.
    """
    found = load_map()
    net = found.nets[asked.net]
    line = np.asarray(asked.line, np.float32)
    if line.shape[1] == 2:
        line = net.place(line)
    if line.shape[1] != net.coder.config.latent:
        raise ConstraintError("This point of the map cannot be heard; choose one on the map.")
    places = along(line, asked.seconds) if len(line) > 1 else line
    told = net.told_for(asked.root, len(places))
    if told is not None and asked.told:
        told = np.tile(np.asarray(asked.told, np.float32), (len(places), 1))
    return Clip(found.sound(np.asarray(places, np.float32), asked.net, told, asked.how), SAMPLE_RATE)


def map_wav(asked: Asked) -> bytes:
    """Return `map_clip` as a WAV file, 16 bit."""
    return clip_bytes(map_clip(asked))


def grain_wav(number: int) -> bytes | None:
    """Return the sound of a clip of the map, None where it is not kept."""
    found = load_map()
    if number not in found.grains.tolist():
        return None
    return clip_bytes(Clip(audible(found.grain(number)), SAMPLE_RATE))


@lru_cache(maxsize=len(NETS))
def grid_pack(name: str) -> bytes:
    """Return the sounds that were made in advance (`Net.grid`, as imagined, the root C).

    Returns:
        the bytes of each file as a list in JSON, a line feed, and the files (OGG) one after the other.

    Raises:
        ConstraintError: there is no such network.
        MusegenError: the map is not there.
    """
    if name not in NETS:
        raise ConstraintError("This point of the map cannot be heard; choose one on the map.")
    card()
    with zipfile.ZipFile(checkpoints_dir() / FOLDER / f"grid-{name}.zip") as archive:
        files = [archive.read(f"{number}.ogg") for number in range(GRID_SIDE**2)]
    return json.dumps([len(file) for file in files]).encode() + b"\n" + b"".join(files)


def read_own(data: bytes) -> ClipReading:
    """Return a sound file as the map hears it, and what was changed for that.

    Raises:
        FileFormatError: it cannot be read, or is silent.
    """
    return read_clip(data, SAMPLE_RATE)


def land(clip: Clip) -> dict[str, Any]:
    """Return where a clip lies, by network: its place, its point in the plane, what is told, and clips near by.

    Returns:
        for each of `NETS` a dictionary of plain data: "place", "point", "told", and "near", numbers of clips.
    """
    found = load_map()
    landed = {}
    for name, net in found.nets.items():
        place, told = found.land(clip.samples, name)
        point = (place - net.centre) @ net.across.T
        landed[name] = {
            "place": [round(float(v), 4) for v in place], "point": [round(float(v), 4) for v in point],
            "told": [round(float(v), 3) for v in told], "near": found.neighbours(place, name, 5).tolist(),
        }  # fmt: skip
    return landed


def plane_data(name: str) -> dict[str, Any]:
    """Return a plane as plain data for the page.

    Returns:
        "x" and "y" of all clips, "reach" (from the middle to the edge), labels by name, "grains", the numbers of
        those that can be heard, and "side", how many points across are made in advance (`grid_pack`).
    """
    found = load_map()
    points = found.nets[name].points
    middle, reach = found.nets[name].extent()
    return {
        "net": name, "x": points[:, 0].round(3).tolist(), "y": points[:, 1].round(3).tolist(),
        "middle": middle.tolist(), "reach": reach, "side": GRID_SIDE,
        "instrument": found.labels["instrument"].tolist(), "quality": found.labels["quality"].tolist(),
        "qpm": found.labels["qpm"].round().tolist(), "pitch": found.labels["pitch"].round().tolist(),
        "grains": found.grains.tolist(),
    }  # fmt: skip


def sample_points(count: int, net: str, random_seed: int) -> np.ndarray:
    """Return points of the plane where clips lie thick, drawn by chance, shape (count, 2)."""
    points = load_map().nets[net].points
    random = np.random.default_rng(random_seed)
    chosen = points[random.choice(len(points), count)]
    return chosen + random.normal(0, 0.1, chosen.shape) * points.std(axis=0)
