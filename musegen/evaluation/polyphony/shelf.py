"""What is kept of the polyphonic benchmark: figures, weights and samples, shipped with the program or fitted here.

Kept.figures, Kept.weights, Kept.samples; shipped, fitted_here.
"""

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musegen import paths
from musegen.errors import DatasetError
from musegen.evaluation.polyphony.table import Measured


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder: `figures.json`, `samples.json` and an archive of weights for each fitted model.

    Args:
        folder: it need not exist.
    """

    folder: Path

    def figures(self) -> list[Measured]:
        """Return what was measured, nothing where nothing was.

        Raises:
            DatasetError: the file is damaged.
        """
        return [Measured.from_data(row) for row in self._json("figures.json", [])]

    def keep_figure(self, measured: Measured) -> None:
        """Keep a figure in the place of an earlier one of the same model and seed."""
        key = (measured.dataset, measured.system, measured.seed)
        others = [each for each in self.figures() if (each.dataset, each.system, each.seed) != key]
        rows = sorted([*others, measured], key=lambda each: (each.dataset, each.system, each.seed))
        self._write("figures.json", _lines([each.as_data() for each in rows]))

    def samples(self) -> dict[str, dict[str, list[list[int]]]]:
        """Return for each data set the samples by system: for each frame, the keys that sound.

        Raises:
            DatasetError: the file is damaged.
        """
        return self._json("samples.json", {})

    def keep_sample(self, dataset: str, name: str, roll: np.ndarray) -> None:
        """Keep a piano roll (T, 88) as the sample of a system."""
        self._keep_frames(dataset, name, [[int(key) for key in np.flatnonzero(frame)] for frame in roll])

    def _keep_frames(self, dataset: str, name: str, frames: list[list[int]]) -> None:
        samples = self.samples()
        samples.setdefault(dataset, {})[name] = frames
        self._write("samples.json", json.dumps(samples, separators=(",", ":"), sort_keys=True) + "\n")

    def weights(self, dataset: str, system: str, seed: int) -> list[np.ndarray] | None:
        """Return the weights of a fitted model in the order of the network, None where there are none.

        Raises:
            DatasetError: the file is damaged.
        """
        path = self.folder / _archive(dataset, system, seed)
        if not path.is_file():
            return None
        try:
            with np.load(path) as archive:
                return [archive[f"w{number}"].astype(np.float32) for number in range(len(archive.files))]
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DatasetError(
                f'The weights in "{path}" cannot be read; delete the file and fit them again.'
            ) from error

    def keep_weights(self, dataset: str, system: str, seed: int, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Keep weights as half-precision numbers, and return them as they will be read."""
        kept = {f"w{number}": np.asarray(each, np.float16) for number, each in enumerate(weights)}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **kept)
        self._write(_archive(dataset, system, seed), buffer.getvalue())
        return [each.astype(np.float32) for each in kept.values()]

    def take(self, other: "Kept", dataset: str, system: str) -> int:
        """Take over what another folder holds of a system; return how many fitted models that were.

        Raises:
            DatasetError: a file there is damaged.
        """
        taken = [each for each in other.figures() if (each.dataset, each.system) == (dataset, system)]
        for each in taken:
            weights = other.weights(dataset, system, each.seed)
            if weights is not None:
                self.keep_weights(dataset, system, each.seed, weights)
            if weights is not None or not each.num_weights:  # a count has none
                self.keep_figure(each)
        if frames := other.samples().get(dataset, {}).get(system):
            self._keep_frames(dataset, system, frames)
        return len(taken)

    def _json(self, name: str, missing: Any) -> Any:
        path = self.folder / name
        if not path.is_file():
            return missing
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DatasetError(f'"{path}" is damaged; delete it and run the benchmark again.') from error

    def _write(self, name: str, content: str | bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f".{name}.{os.getpid()}"
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.replace(self.folder / name)


def _archive(dataset: str, system: str, seed: int) -> str:
    return f"{dataset}-{system}-{seed}.npz"


def _lines(rows: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"


def shipped() -> Kept:
    """Return what comes with the program."""
    return Kept(paths.assets_dir() / "polyphony")


def fitted_here() -> Kept:
    """Return what was fitted on this machine."""
    return Kept(paths.home_dir() / "polyphony")
