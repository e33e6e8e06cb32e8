"""A variational autoencoder over pictures of sound at run time, in numpy: CoderConfig, Coder.

    picture (T, F) -> convolutions over time, each halving it, a ResNet block after each -> place (Z,) and its spread
    place (Z,), told (C,) -> dense -> the same mirrored, transposed convolutions doubling the time -> picture (T, F)

Where it has `components`, there are no convolutions: dense layers see a picture as principal components of its averages
over `SLOW` frames, and a linear way runs beside them in both directions. It begins as these components themselves, the
best that a linear VAE finds (Lucas et al. 2019, arXiv:1911.02469), and the layers learn what is to be added.

`networks.sound_vae` and `networks.sound_components` are the same in Keras, which trains them. What is told of a clip
(how long each pitch class sounds) is given to both halves; the plain networks of two dimensions are told nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musegen.sound.spectrum import FRAMES

KERNEL, WIDE, NARROW = 4, 5, 3
"""Widths of the halving convolutions, of the first of them, and of those of a ResNet block."""
SLOW = 4
"""Frames that are averaged before principal components are found."""


@dataclass(frozen=True, slots=True)
class CoderConfig:
    """Everything needed to build the network.

    Args:
        latent: Z, dimensions of a place.
        told: C, numbers that are told of a clip beside its picture; 0 for none.
        channels: of the convolutions, the first next to the picture; the time is halved at each.
        hidden: units of the dense layer of the decoder; with components, of all dense layers.
        squeeze: channels of what enters and leaves the dense layers.
        components: principal components that a picture is seen as, in the stead of convolutions; 0 for none.
    """

    latent: int = 2
    told: int = 0
    channels: tuple[int, ...] = (64, 96, 128, 128)
    hidden: int = 256
    squeeze: int = 32
    components: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        if FRAMES % 2 ** len(self.channels):
            raise ValueError(f"{len(self.channels)} halvings do not divide {FRAMES} frames")

    @property
    def short(self) -> int:
        """Frames after all halvings."""
        return FRAMES >> len(self.channels)

    def to_config(self) -> dict[str, Any]:
        """Return plain data for the card."""
        return asdict(self) | {"channels": list(self.channels)}


class Coder:
    """The network with its weights.

    Args:
        config: its size.
        weights: by name of the layer: "<layer>/kernel" and "<layer>/bias", and "mean" (F,) and "scale" () of pictures.

    Raises:
        ValueError: a weight is missing.
    """

    def __init__(self, config: CoderConfig, weights: Mapping[str, np.ndarray]) -> None:
        self.config = config
        self._weights = {name: np.asarray(array, np.float32) for name, array in weights.items()}
        if config.components:
            names: tuple[str, ...] = ("place", "spread", "enter", "widen", "hear", "draw", "straight_in",
                                      "straight_out", "components")  # fmt: skip
        else:
            names = ("place", "spread", "enter", "widen", *(f"{part}_{n}" for part in ("down", "up")
                                                            for n in range(len(config.channels))))  # fmt: skip
        missing = [name for name in names if f"{name}/kernel" not in self._weights]
        if missing or not {"mean", "scale"} <= set(self._weights):
            raise ValueError(f"weights are missing: {', '.join(missing) or 'mean, scale'}")
        self.mean, self.scale = self._weights["mean"], float(self._weights["scale"])

    @classmethod
    def load(cls, folder: Path, name: str) -> "Coder":
        """Return the network kept as <name>.json and <name>.npz in a folder."""
        config = CoderConfig(**json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
        with np.load(folder / f"{name}.npz", allow_pickle=False) as stored:
            return cls(config, {key: stored[key] for key in stored.files})

    def encode(self, pictures: np.ndarray, told: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return where clips lie.

        Args:
            pictures: decibels, shape (B, FRAMES, BANDS).
            told: shape (B, C), where the network is told anything.

        Returns:
            places (B, Z) and their standard deviations (B, Z).
        """
        x = ((pictures - self.mean) / self.scale).astype(np.float32)
        if self.config.components:
            return self._encode_components(x, told)
        for n in range(len(self.config.channels)):
            x = self._residual(f"down_{n}", _silu(self._convolved(f"down_{n}", x, 2)))
        x = _silu(self._dense("squeeze_down", x)).reshape(len(x), -1)
        if self.config.told:
            x = np.concatenate([x, self._checked(told, len(x))], axis=1)
        return self._dense("place", x), np.exp(0.5 * self._dense("spread", x))

    def decode(self, places: np.ndarray, told: np.ndarray | None = None) -> np.ndarray:
        """Return the pictures that the network imagines at places.

        Args:
            places: shape (B, Z).
            told: shape (B, C), where the network is told anything.

        Returns:
            decibels, float32, shape (B, FRAMES, BANDS).
        """
        x = np.asarray(places, np.float32)
        if self.config.told:
            x = np.concatenate([x, self._checked(told, len(x))], axis=1)
        x = _silu(self._dense("widen", _silu(self._dense("enter", x))))
        if self.config.components:
            return self._draw_components(x, np.asarray(places, np.float32))
        x = x.reshape(len(x), self.config.short, self.config.squeeze)
        x = _silu(self._dense("squeeze_up", x))
        for n in reversed(range(len(self.config.channels))):
            x = self._doubled(f"up_{n}", self._residual(f"up_{n}", x))
            x = _silu(x) if n else x
        return x * self.scale + self.mean

    def _encode_components(self, x: np.ndarray, told: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        seen = (slowed(x) - self._weights["components/mean"]) @ self._weights["components/kernel"]
        seen = seen / self._weights["components/spread"]
        parts = [seen, self._checked(told, len(x))] if self.config.told else [seen]
        heard = _silu(self._dense("hear", np.concatenate(parts, axis=1)))
        place = self._dense("place", heard) + seen @ self._weights["straight_in/kernel"]
        return place, np.exp(0.5 * self._dense("spread", heard))

    def _draw_components(self, x: np.ndarray, places: np.ndarray) -> np.ndarray:
        drawn = self._dense("draw", x) + places @ self._weights["straight_out/kernel"]
        slow = drawn @ self._weights["components/kernel"].T + self._weights["components/mean"]
        picture = np.repeat(slow.reshape(len(x), FRAMES // SLOW, -1), SLOW, axis=1)
        return picture * self.scale + self.mean

    def _checked(self, told: np.ndarray | None, size: int) -> np.ndarray:
        if told is None or told.shape != (size, self.config.told):
            raise ValueError(f"this network is told ({size}, {self.config.told}) numbers of clips")
        return np.asarray(told, np.float32)

    def _dense(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self._weights[f"{name}/kernel"] + self._weights[f"{name}/bias"]

    def _residual(self, name: str, x: np.ndarray) -> np.ndarray:
        inner = self._convolved(f"{name}_b", _silu(self._convolved(f"{name}_a", x)))
        return x + inner

    def _convolved(self, name: str, x: np.ndarray, stride: int = 1) -> np.ndarray:
        """Return a convolution over time (B, T, I) -> (B, T / stride, O), padded as Keras pads "same"."""
        kernel = self._weights[f"{name}/kernel"]  # (width, I, O)
        missing = max(len(kernel) - stride, 0)
        padded = np.pad(x, ((0, 0), (missing // 2, missing - missing // 2), (0, 0)))
        rows = np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis=1)[:, ::stride]  # (B, T, I, width)
        flat = rows.transpose(0, 1, 3, 2).reshape(*rows.shape[:2], -1)
        return flat @ kernel.reshape(-1, kernel.shape[-1]) + self._weights[f"{name}/bias"]

    def _doubled(self, name: str, x: np.ndarray) -> np.ndarray:
        """Return a transposed convolution of stride 2: (B, T, I) -> (B, 2 T, O); its kernel is (KERNEL, O, I)."""
        kernel = self._weights[f"{name}/kernel"]
        batch, time, _ = x.shape
        rows = x @ kernel.transpose(2, 0, 1).reshape(x.shape[-1], -1)  # what each frame gives to four places
        rows = rows.reshape(batch, time, KERNEL, -1)
        out = np.zeros((batch, 2 * time + KERNEL - 2, kernel.shape[1]), np.float32)
        for place in range(KERNEL):
            out[:, place : place + 2 * time : 2] += rows[:, :, place]
        return out[:, 1 : 1 + 2 * time] + self._weights[f"{name}/bias"]


def slowed(pictures: np.ndarray) -> np.ndarray:
    """Return pictures averaged over `SLOW` frames: (B, FRAMES, F) -> (B, FRAMES / SLOW * F)."""
    return pictures.reshape(len(pictures), -1, SLOW, pictures.shape[-1]).mean(axis=2).reshape(len(pictures), -1)


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-np.maximum(x, -80)))
