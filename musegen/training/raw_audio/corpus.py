"""The sound that the raw-audio network learns from: ``python -m musegen.training.raw_audio.corpus`` makes it again.

Solos of the Weimar Jazz Database, each where it is densest, played by tenor saxophone or piano over the bass as it was
heard under them, rendered by our synthesiser. Two lines at a time, no drums: what a small network can take in.
"""

import argparse
import logging
from pathlib import Path

import numpy as np

from musegen import paths
from musegen.corpora.jazz_timing import TICKS_PER_BEAT
from musegen.corpora.weimar_jazz import BEATS_PER_BAR, SPLITS, Solo, read_solos
from musegen.music import MOST_SWING, STRAIGHT, Note, Piece, Tempo, Track
from musegen.music.clip import Clip
from musegen.rendering.audio import render_audio
from musegen.sound import mu_law

VERSION = 1
SAMPLE_RATE = 8_000
SECONDS = 20.0
"""Length of an excerpt, to the bar."""

NUM_SOLOS = {"train": 84, "valid": 9, "test": 9}
PLAYERS = ((66, 60), (0, 67))
"""Who plays the solo, dealt in turn: General MIDI program (tenor saxophone, piano), and the pitch it lies around."""

_BASS_PROGRAM = 32
_SLOWEST, _FASTEST = 80.0, 260.0
_log = logging.getLogger(__name__)


def corpus_path() -> Path:
    """Return where the corpus is kept."""
    return paths.home_dir() / "sound" / f"raw-{VERSION}.npz"


def load_levels(split: str) -> list[np.ndarray]:
    """Return the sound of a split, made first where it is not there yet: levels of mu-law, uint8, one array a solo."""
    path = corpus_path()
    if not path.exists():
        make_corpus(path)
    with np.load(path, allow_pickle=False) as stored:
        return [stored[name] for name in sorted(stored.files) if name.startswith(split)]


def make_corpus(path: Path) -> None:
    """Render the corpus.

    Raises:
        MusegenError: the solos or a synthesiser are missing.
    """
    sounds = {}
    for split in SPLITS:
        solos = [solo for solo in read_solos(split) if np.isfinite(solo.swing) and solo.num_bars >= 8]
        for number, index in enumerate(np.linspace(0, len(solos) - 1, NUM_SOLOS[split]).astype(int).tolist()):
            clip = render_solo(solos[index], number % len(PLAYERS))
            sounds[f"{split}-{number:03d}"] = mu_law.encode(clip.samples)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **sounds)


def render_solo(solo: Solo, player: int) -> Clip:
    """Return the densest `SECONDS` of a solo with its bass.

    Args:
        solo: of the database.
        player: index in `PLAYERS`.
    """
    program, centre = PLAYERS[player]
    qpm = float(np.clip(solo.qpm, _SLOWEST, _FASTEST))
    bars = min(max(round(SECONDS * qpm / 60 / BEATS_PER_BAR), 4), solo.num_bars)
    bar_of = solo.onset_tick // (TICKS_PER_BEAT * BEATS_PER_BAR)
    heard = np.minimum(np.bincount(bar_of, minlength=solo.num_bars), 8)
    first = int(np.convolve(heard, np.ones(bars), "valid").argmax())
    inside = (bar_of >= first) & (bar_of < first + bars)
    start = first * BEATS_PER_BAR
    octaves = 12 * round((centre - float(np.median(solo.pitch[inside]))) / 12)
    line = [
        Note(on / TICKS_PER_BEAT - start, int(pitch) + octaves, max(length / TICKS_PER_BEAT, 0.1), 104)
        for on, length, pitch in zip(solo.onset_tick[inside].tolist(), solo.length_tick[inside].tolist(),
                                     solo.pitch[inside].tolist(), strict=True)
    ]  # fmt: skip
    bass = [
        Note(float(beat), int(pitch), 0.95, 92)
        for beat, pitch in enumerate(solo.bass[start : start + bars * BEATS_PER_BAR].tolist())
        if 24 <= pitch <= 67
    ]
    tracks = (Track(tuple(line), program, False, "solo"), Track(tuple(bass), _BASS_PROGRAM, False, "bass"))
    swing = float(np.clip(solo.swing, STRAIGHT, MOST_SWING)) if solo.feel == "SWING" else STRAIGHT
    piece = Piece(tuple(track for track in tracks if track.notes), tempos=(Tempo(0.0, qpm),), swing=swing)
    sound = render_audio(piece, sample_rate=44_100).astype(np.float64).mean(axis=1) / 32768
    return Clip.of(sound, 44_100).resampled(SAMPLE_RATE).normalised(-1.0)


def main() -> None:
    """Make the corpus and say how long it is."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    make_corpus(corpus_path())
    for split in SPLITS:
        sounds = load_levels(split)
        _log.info("%s: %d solos, %.1f minutes", split, len(sounds), sum(map(len, sounds)) / SAMPLE_RATE / 60)


if __name__ == "__main__":
    main()
