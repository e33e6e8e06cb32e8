"""The map of jazz sound: where clips lie, what is imagined between them, and how that sounds. JazzMap, Net.

Two networks have a plane each. That of two dimensions is a plane; of the wide one, two directions through its middle
are chosen, those along which the clips spread most, and which pitch classes sound is told apart from the place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from musegen.sound.coder import Coder
from musegen.sound.grains import BLOCK, laid_out
from musegen.sound.phase import sound_of
from musegen.sound.spectrum import CLIP_SAMPLES, FRAMES, HOP, SAMPLE_RATE, chroma, clip_picture, magnitudes

HOW = ("imagined", "grains")
"""How a picture is made to sound: as the network imagined it, or laid out with grains of real clips."""
NEAR = 12
"""Real clips that grains are taken from."""
PEAK = 0.89
"""Loudest sample of what is played, -1 dB."""
KEYS_APART = 48
"""Frames between two places of a path at which the network is asked; what lies between is faded."""
GRID_SIDE = 8
"""Points across and along that are made to sound in advance; the nearest one plays while the exact one is decoded."""
MAX_PATH_SECONDS = 30.0
LEAST_PATH_SECONDS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A network with its plane.

    Args:
        coder: the network.
        places: of the clips of the map, shape (N, Z).
        centre: place at the middle of the plane, shape (Z,).
        across: the two directions of the plane, shape (2, Z), orthonormal.
        told: what is told where nobody chose, shape (C,); for a root, rolled by its pitch class.
    """

    coder: Coder
    places: np.ndarray
    centre: np.ndarray
    across: np.ndarray
    told: np.ndarray

    @property
    def points(self) -> np.ndarray:
        """Where the clips of the map lie in the plane, shape (N, 2)."""
        return (self.places - self.centre) @ self.across.T

    def extent(self) -> tuple[np.ndarray, float]:
        """Return the middle of the square of the plane that is shown, (2,), and how far it reaches to each side."""
        points = self.points
        middle = np.median(points, axis=0).round(3)
        return middle, round(float(np.quantile(np.abs(points - middle), 0.98)) * 1.05, 3)

    def grid(self) -> np.ndarray:
        """Return the points that are made to sound in advance, row by row from the lowest: (GRID_SIDE ** 2, 2)."""
        middle, reach = self.extent()
        steps = ((np.arange(GRID_SIDE) + 0.5) * 2 / GRID_SIDE - 1) * reach
        return np.array([(middle[0] + x, middle[1] + y) for y in steps for x in steps], np.float32)

    def place(self, points: np.ndarray) -> np.ndarray:
        """Return the places of points of the plane: (B, 2) -> (B, Z)."""
        return self.centre + np.asarray(points, np.float32) @ self.across

    def told_for(self, root: int | None, size: int) -> np.ndarray | None:
        """Return what the network is told of a root, (size, C); None where it is told nothing."""
        if not self.coder.config.told:
            return None
        return np.tile(np.roll(self.told, root or 0), (size, 1))


@dataclass(frozen=True, slots=True, eq=False)
class JazzMap:
    """Both networks over the same clips.

    Args:
        nets: by name.
        labels: of the clips: "instrument" and "quality" indices, "qpm", "pitch"; shape (N,) each.
        grains: numbers of the clips whose sound is kept, ascending.
        grain: returns the sound of one of them, float32, shape (CLIP_SAMPLES,).
    """

    nets: dict[str, Net]
    labels: dict[str, np.ndarray]
    grains: np.ndarray
    grain: Callable[[int], np.ndarray]

    def land(self, samples: np.ndarray, net: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the place (Z,) and what is told (C,) of a clip at `SAMPLE_RATE`; its first three seconds count."""
        clip = clip_of(samples)
        coder = self.nets[net].coder
        told = chroma(clip) if coder.config.told else np.zeros(0, np.float32)
        place, _ = coder.encode(clip_picture(clip)[None], told[None] if len(told) else None)
        return place[0], told

    def neighbours(self, place: np.ndarray, net: str, count: int = NEAR) -> np.ndarray:
        """Return the numbers of the clips with sound that lie nearest to a place (Z,), nearest first."""
        away = ((self.nets[net].places[self.grains] - place) ** 2).sum(axis=1)
        return self.grains[np.argsort(away, kind="stable")[:count]]

    def imagine(self, places: np.ndarray, net: str, told: np.ndarray | None) -> np.ndarray:
        """Return what is imagined on a course of places, a picture in decibels.

        Args:
            places: shape (P, Z): one for a clip; more for a path, `KEYS_APART` frames between two.
            net: name of the network.
            told: shape (P, C), or None for a network that is told nothing.

        Returns:
            decibels, shape (T, BANDS): T is `FRAMES` for one place. On a path, time goes on from clip to clip while
            the place moves.
        """
        pictures = self.nets[net].coder.decode(places, told)
        if len(places) == 1:
            return pictures[0]
        frames = (len(places) - 1) * KEYS_APART
        at = np.arange(frames) / KEYS_APART
        lower = np.minimum(at.astype(int), len(places) - 2)
        share = (at - lower)[:, None].astype(np.float32)
        time = np.arange(frames) % FRAMES
        drawn = pictures[lower, time] * (1 - share) + pictures[lower + 1, time] * share
        return drawn.astype(np.float32)

    def sound(self, places: np.ndarray, net: str, told: np.ndarray | None, how: str = "imagined") -> np.ndarray:
        """Return how a place or a path sounds: float32 at `SAMPLE_RATE`, its peak at `PEAK`, faded at both ends.

        Args:
            places: as for `imagine`.
            net: name of the network.
            told: as for `imagine`.
            how: one of `HOW`.
        """
        drawn = self.imagine(places, net, told)
        if how == "grains":
            drawn = drawn[: len(drawn) // BLOCK * BLOCK]
            count = max(NEAR // len(places), 3)
            near = np.unique(np.concatenate([self.neighbours(place, net, count) for place in places]))
            real = np.array([self.grain(int(number)) for number in near])
            sound = laid_out(drawn, np.array([clip_picture(clip) for clip in real]), real)
        else:
            sound = sound_of(magnitudes(drawn))
        return audible(sound)


def clip_of(samples: np.ndarray) -> np.ndarray:
    """Return the first `CLIP_SAMPLES` samples; what is shorter is repeated, so that no silence is heard as music."""
    samples = np.asarray(samples, np.float32)
    return samples[:CLIP_SAMPLES] if len(samples) >= CLIP_SAMPLES else np.resize(samples, CLIP_SAMPLES)


def audible(sound: np.ndarray) -> np.ndarray:
    """Return a sound with its peak at `PEAK`, 10 ms faded at both ends; silence stays silence."""
    sound = np.array(sound, np.float32)
    fade = min(SAMPLE_RATE // 100, len(sound))
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    sound[:fade] *= ramp
    sound[len(sound) - fade :] *= ramp[::-1]
    peak = float(np.abs(sound).max(initial=0.0))
    return sound * (PEAK / peak) if peak > 1e-6 else sound


def along(corners: Sequence[Sequence[float]] | np.ndarray, seconds: float) -> np.ndarray:
    """Return evenly spaced points of a path, for `JazzMap.imagine`.

    Args:
        corners: points of the path in order, of any dimension, at least one.
        seconds: how long it sounds, cut to `LEAST_PATH_SECONDS` to `MAX_PATH_SECONDS`.

    Returns:
        shape (P, dimensions), P at least 2, the same distance of the path between any two.
    """
    line = np.asarray(corners, float)
    seconds = min(max(seconds, LEAST_PATH_SECONDS), MAX_PATH_SECONDS)
    count = max(round(seconds * SAMPLE_RATE / HOP / KEYS_APART), 1) + 1
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    if run[-1] <= 0:
        return np.repeat(line[:1], count, axis=0)
    wanted = np.linspace(0, run[-1], count)
    return np.column_stack([np.interp(wanted, run, line[:, axis]) for axis in range(line.shape[1])])
