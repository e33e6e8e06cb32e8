"""How good the map of jazz sound is: ``python -m benchmarks.jazz_map``; its card keeps the figures.

On the test solos, whose tunes no network learned from, it measures how near to a clip what is decoded at its place
comes, beside the mean of all clips and principal components (PCA) of as many dimensions fitted to the same pictures;
how much of it the phase method itself loses; how well instrument and tempo are read from a place; and how long sound
takes.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import run, table
from musegen.evaluation.sound import (
    log_spectral_distance,
    mel_cepstral_distortion,
    read_class,
    read_number,
    sharpness,
    sound_distances,
)
from musegen.paths import checkpoints_dir
from musegen.sound.coder import Coder
from musegen.sound.components import Components
from musegen.sound.grains import laid_out
from musegen.sound.jazz_map import NEAR
from musegen.sound.phase import STEPS, sound_of
from musegen.sound.spectrum import CLIP_SAMPLES, SAMPLE_RATE, clip_picture, levelled, magnitudes, stft
from musegen.training.sound.pictures import Pictures, load_pictures
from musegen.training.sound.publish import NAME, places_of

NAMES = {"map": "VAE, 2 (the map)", "wide": "VAE, 16 (told pitch classes)", "notebook": "convolutional VAE, 2"}
"""The networks, as the tables name them."""
HEARD = 40
"""Test clips that are also made to sound."""


def measured(small: bool) -> dict[str, Any]:
    """Return all figures."""
    pictures = load_pictures()
    folder = checkpoints_dir() / NAME
    train, test = pictures.numbers("train", apart=True), pictures.numbers("test", apart=True)
    if small:
        train, test = train[::8], test[::8]
    clips, drawn = pictures.clips, pictures.drawn[test].astype(np.float32)
    spectra = [np.abs(stft(levelled(pictures.sound.clip(int(n))))) for n in test]
    components = Components(pictures.batch(train).reshape(len(train), -1))
    flat = pictures.batch(test).reshape(len(test), -1) - components.mean
    decoded: dict[str, np.ndarray] = {"mean of all clips": np.zeros_like(flat)}
    where: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    nets, divergence = {}, {}
    for name, vae in NAMES.items():
        coder = Coder.load(folder, name)
        size = coder.config.latent
        basis = components.basis(size)
        decoded[f"PCA, {size}"] = flat @ basis.T @ basis
        where[f"PCA, {size}"] = (_projected(pictures, train, components, basis), flat @ basis.T)
        told = pictures.chroma[test] if coder.config.told else None
        places, spreads = coder.encode(drawn, told)
        found = coder.decode(places, told)
        decoded[vae] = (found - pictures.mean).reshape(len(test), -1) / pictures.scale - components.mean
        where[vae] = (places_of(coder, pictures, train), places)
        nats = 0.5 * (places**2 + spreads**2 - 1 - 2 * np.log(spreads)).mean(axis=0)
        divergence[vae] = {"nats": [round(float(n), 2) for n in np.sort(nats)[::-1]],
                                      "active": int((places.var(axis=0) > 0.01).sum()), "of": size}  # fmt: skip
        nets[vae] = (coder, told, places)
    rows = {}
    for name, each in decoded.items():
        back = ((each + components.mean).reshape(drawn.shape) * pictures.scale + pictures.mean).astype(np.float32)
        rows[name] = {
            "error": float(np.mean((each - flat) ** 2)),
            "lsd": float(
                np.mean([log_spectral_distance(magnitudes(b), s) for b, s in zip(back, spectra, strict=True)])
            ),
            "mcd": float(np.mean([mel_cepstral_distortion(b, d) for b, d in zip(back, drawn, strict=True)])),
            "sharpness": float(np.mean([sharpness(b) for b in back])),
        }
    rows["the clips themselves"] = {"sharpness": float(np.mean([sharpness(d) for d in drawn]))}
    probes = {
        name: {"instrument": read_class(own, clips["instrument"][train], other, clips["instrument"][test]),
               "tempo": read_number(own, clips["qpm"][train], other, clips["qpm"][test])}
        for name, (own, other) in where.items()
    }  # fmt: skip
    most = np.bincount(clips["instrument"][test]).max() / len(test)
    heard = np.linspace(0, len(test) - 1, min(HEARD, len(test))).astype(int)
    return {
        "test_clips": len(test), "pictures": rows, "probes": probes, "most_common_instrument": float(most),
        "divergence": divergence, "sounds": _sounds(pictures, test[heard], heard, nets, train, where),
        "phase": _phases([spectra[n] for n in heard[:12]]), "seconds": _seconds(nets),
    }  # fmt: skip


def _projected(pictures: Pictures, numbers: np.ndarray, components: Components, basis: np.ndarray) -> np.ndarray:
    return np.concatenate([(pictures.batch(part).reshape(len(part), -1) - components.mean) @ basis.T
                           for part in np.array_split(numbers, max(len(numbers) // 256, 1))])  # fmt: skip


def _sounds(
    pictures: Pictures, test: np.ndarray, heard: np.ndarray, nets: dict, train: np.ndarray, where: dict
) -> dict:
    """Return distances of what is heard from the clips: the phase alone, the picture alone, networks, real grains."""
    found: dict[str, list[tuple[float, float, float]]] = {}

    def note(name: str, sound: np.ndarray, real: np.ndarray) -> None:
        found.setdefault(name, []).append((*sound_distances(sound, real), sharpness(clip_picture(sound))))

    for place, number in zip(heard, test, strict=True):
        real = levelled(pictures.sound.clip(int(number)))
        spectrum = np.abs(stft(real))
        note("phase found again, magnitudes kept", sound_of(spectrum), real)
        note("picture and phase, no network", sound_of(magnitudes(clip_picture(real))), real)
        for name, (coder, told, places) in nets.items():
            drawn = coder.decode(places[place : place + 1], None if told is None else told[place : place + 1])[0]
            note(f"{name}, as imagined", sound_of(magnitudes(drawn)), real)
            near = train[np.argsort(((where[name][0] - places[place]) ** 2).sum(axis=1))[:NEAR]]
            sounds = np.array([levelled(pictures.sound.clip(int(n))) for n in near])
            shown = pictures.drawn[near].astype(np.float32)
            note(f"{name}, real grains", laid_out(drawn, shown, sounds), real)
    return {name: dict(zip(("lsd", "mcd", "sharpness"), map(float, np.mean(rows, axis=0)), strict=True))
            for name, rows in found.items()}  # fmt: skip


def _phases(spectra: list[np.ndarray]) -> dict:
    """Return how far from the magnitudes each way of finding a phase is, in decibels, and its time beside the first."""
    found = {}
    ways = {f"tree, {STEPS} steps": ("tree", STEPS), "tree alone": ("tree", 0), f"heap, {STEPS} steps": ("heap", STEPS),
            "heap alone": ("heap", 0), f"Griffin-Lim, {STEPS} steps": ("none", STEPS),
            "Griffin-Lim, 60 steps": ("none", 60)}  # fmt: skip
    for name, (order, steps) in ways.items():
        begun = time.process_time()
        sounds = [sound_of(each, order=order, steps=steps) for each in spectra]
        spent = time.process_time() - begun
        away = [np.linalg.norm(np.abs(stft(s)) - m) / np.linalg.norm(m) for s, m in zip(sounds, spectra, strict=True)]
        found[name] = {"convergence_db": float(np.mean(20 * np.log10(away))), "seconds": spent / len(spectra)}
    first = next(iter(found.values()))["seconds"]
    return {name: row | {"times": row["seconds"] / first} for name, row in found.items()}


def _seconds(nets: dict) -> dict:
    """Return the seconds of one core to decode and to find the phase of a clip, and their share of what is heard."""
    found = {}
    for name, (coder, told, places) in nets.items():
        begun = time.process_time()
        for number in range(8):
            row = slice(number, number + 1)
            sound_of(magnitudes(coder.decode(places[row], None if told is None else told[row])[0]))
        found[name] = (time.process_time() - begun) / 8
    return found | {"heard": CLIP_SAMPLES / SAMPLE_RATE}


def report(figures: dict[str, Any]) -> str:
    """Return the figures as tables."""

    def number(row: dict, key: str, digits: int = 2) -> str:
        return f"{row[key]:.{digits}f}" if key in row else ""

    def rows(part: str, keys: dict[str, int]) -> list[list[str]]:
        return [
            [name, *(number(row, key, digits) for key, digits in keys.items())] for name, row in figures[part].items()
        ]

    parts = [
        f"{figures['test_clips']} clips of test solos.",
        table(["decoded", "error", "LSD dB", "MCD dB", "sharpness dB"],
              rows("pictures", {"error": 3, "lsd": 2, "mcd": 2, "sharpness": 2})),
        table(["as sound", "LSD dB", "MCD dB", "sharpness dB"], rows("sounds", {"lsd": 2, "mcd": 2, "sharpness": 2})),
        table(["read from a place", "instrument", "tempo R2"], rows("probes", {"instrument": 3, "tempo": 3})),
        f"The most common instrument: {figures['most_common_instrument']:.3f}.",
        *(f"{name}: nats {row['nats']}, active {row['active']} of {row['of']}"
          for name, row in figures["divergence"].items()),
        table(["phase", "away dB", "seconds", "times"], rows("phase", {"convergence_db": 1, "seconds": 3, "times": 1})),
        f"Decoded and made to sound, seconds of one core: {figures['seconds']}",
    ]  # fmt: skip
    return "\n\n".join(parts)


def write(figures: dict[str, Any], folder: Path | None = None) -> None:
    """Put the figures on the card."""
    path = (folder or checkpoints_dir() / NAME) / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["quality"] = _rounded(figures)
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main(small: bool) -> dict[str, Any]:
    """Return all figures; unless it is the quick version, they go onto the card."""
    figures = measured(small)
    if not small:
        write(figures)
    return figures


if __name__ == "__main__":
    run(main, report)
