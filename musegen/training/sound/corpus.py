"""The corpus of jazz sound, rendered by us: ``python -m musegen.training.sound.corpus`` makes all of it again.

With ``--gtzan`` it is that of the notebook instead, for who has it: recordings, which nothing shipped has heard.

`Sound` holds solos one after the other, and where in them clips begin: at every bar line at which three seconds follow
in which the soloist plays, so that beats lie at the same places of a clip. Labels are read off the notes.
"""

import argparse
import logging
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from musegen import paths
from musegen.corpora import gtzan
from musegen.corpora.weimar_jazz import BEATS_PER_BAR
from musegen.harmony.vocabulary import GUESSED
from musegen.music import Note, Track
from musegen.rendering.audio import render_audio
from musegen.sound.spectrum import CLIP_SAMPLES, SAMPLE_RATE
from musegen.training.sound.pieces import Played, own_solos, played_solos

VERSION = 1
SPLITS = ("train", "valid", "test")
NUM_OWN = 80
"""Solos of our own style."""
QUALITIES = GUESSED
"""Families of chords, as labels name them."""
_LEAST_HEARD = 0.25
_log = logging.getLogger(__name__)

CLIP = np.dtype([
    ("start", np.int64), ("solo", np.int32), ("bar", np.int16), ("apart", bool), ("split", np.int8),
    ("instrument", np.int8), ("qpm", np.float32), ("pitch", np.float32), ("quality", np.int8),
    ("chroma", np.float32, 12),
])  # fmt: skip
"""A clip: first sample; number of the solo; bar; whether it shares no sample with the clips of its solo before it
that are `apart`, too; 0 train, 1 valid, 2 test; index in `INSTRUMENTS`; tempo; mean pitch of the soloist; index in
`QUALITIES`, -1 for none; how long each pitch class sounds, of all tracks but drums, sum 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """The corpus.

    Args:
        samples: int16, all solos, at `SAMPLE_RATE`; mapped from the file.
        clips: of dtype `CLIP`, shape (N,).
        names: of the solos.
    """

    samples: np.ndarray
    clips: np.ndarray
    names: tuple[str, ...]

    def clip(self, number: int) -> np.ndarray:
        """Return the samples of a clip, float32, shape (CLIP_SAMPLES,)."""
        start = int(self.clips["start"][number])
        return self.samples[start : start + CLIP_SAMPLES].astype(np.float32) / 32768


def corpus_folder() -> Path:
    """Return where the corpus is kept."""
    return paths.home_dir() / "sound" / f"jazz-{VERSION}"


def gtzan_folder() -> Path:
    """Return where clips of GTZAN are kept, for who has it."""
    return paths.home_dir() / "sound" / "gtzan"


def load_sound(folder: Path | None = None) -> Sound:
    """Return the corpus, made first where it is not there yet."""
    folder = folder or corpus_folder()
    if not (folder / "clips.npy").exists():
        (make_gtzan if folder == gtzan_folder() else make_sound)(folder)
    names = tuple((folder / "names.txt").read_text(encoding="utf-8").splitlines())
    return Sound(np.load(folder / "samples.npy", mmap_mode="r"), np.load(folder / "clips.npy"), names)


def make_sound(folder: Path, limit: int | None = None, num_own: int = NUM_OWN) -> None:
    """Render the corpus.

    Args:
        folder: where samples, clips and names are written.
        limit: solos of the Weimar Jazz Database at most, for a try.
        num_own: solos of our own style.

    Raises:
        MusegenError: the solos, the style of jazz or a synthesiser are missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sounds: list[np.ndarray] = []
    clips: list[np.ndarray] = []
    names: list[str] = []
    done, begun = 0, time.monotonic()
    for played in chain(played_solos(limit), own_solos(num_own)):
        sound = render_audio(played.piece, sample_rate=SAMPLE_RATE)
        mono = np.rint(sound.astype(np.float32).mean(axis=1)).astype(np.int16)
        rows = clips_of(played, len(mono), len(names))
        rows["start"] += done
        sounds.append(mono)
        clips.append(rows)
        names.append(played.name)
        done += len(mono)
        if len(names) % 50 == 0:
            _log.info("%d solos, %.2f hours, %.0f seconds", len(names), done / SAMPLE_RATE / 3600,
                      time.monotonic() - begun)  # fmt: skip
    _save(folder, sounds, names, clips)


def make_gtzan(folder: Path) -> None:
    """Cut the jazz of GTZAN into clips, one after the other; nothing is known of them but their split.

    Args:
        folder: where samples, clips and names are written.

    Raises:
        DatasetError: GTZAN is not here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sounds: list[np.ndarray] = []
    clips: list[np.ndarray] = []
    names: list[str] = []
    done = 0
    for number, recording in gtzan.read_jazz():
        samples = recording.resampled(SAMPLE_RATE).samples
        rows = np.zeros(len(samples) // CLIP_SAMPLES, CLIP)
        rows["start"] = done + np.arange(len(rows)) * CLIP_SAMPLES
        rows["solo"], rows["bar"], rows["apart"] = len(names), np.arange(len(rows)), True
        rows["split"] = SPLITS.index(gtzan.split_of(number))
        rows["instrument"] = rows["quality"] = -1
        sounds.append(np.rint(samples * 32767).astype(np.int16))
        clips.append(rows)
        names.append(f"jazz.{number:05d}")
        done += len(samples)
    _save(folder, sounds, names, clips)


def _save(folder: Path, sounds: list[np.ndarray], names: list[str], clips: list[np.ndarray]) -> None:
    np.save(folder / "samples.npy", np.concatenate(sounds))
    (folder / "names.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    np.save(folder / "clips.npy", np.concatenate(clips))


def clips_of(played: Played, num_samples: int, solo: int) -> np.ndarray:
    """Return the clips of one solo, of dtype `CLIP`, `start` counted from its own beginning.

    Args:
        played: what was rendered.
        num_samples: of its sound.
        solo: its number.
    """
    beat = 60 / played.qpm
    rows, free = [], 0
    for bar in range(len(played.chords) // BEATS_PER_BAR):
        first = bar * BEATS_PER_BAR
        start, last = round(first * beat * SAMPLE_RATE), first + CLIP_SAMPLES / SAMPLE_RATE / beat
        if start + CLIP_SAMPLES > num_samples or last > len(played.chords) + 0.5:
            break
        heard = [(_shared(note, first, last), note.pitch) for note in played.piece.tracks[0].notes]
        if sum(share for share, _ in heard) * beat < _LEAST_HEARD:
            continue
        families = [chord.family for chord in played.chords[first : int(np.ceil(last))]]
        among = [family for family in families if family in QUALITIES]
        rows.append((
            start, solo, bar, start >= free, SPLITS.index(played.split), played.instrument,
            played.qpm, np.average([p for _, p in heard], weights=[s for s, _ in heard]),
            QUALITIES.index(max(QUALITIES, key=among.count)) if among else -1,
            _chroma(played.piece.tracks, first, last),
        ))  # fmt: skip
        free = start + CLIP_SAMPLES if start >= free else free
    return np.array(rows, CLIP)


def _shared(note: Note, first: float, last: float) -> float:
    """Return the quarters of a note that lie in a stretch."""
    return max(min(note.end_quarter, last) - max(note.onset_quarter, first), 0.0)


def _chroma(tracks: tuple[Track, ...], first: float, last: float) -> np.ndarray:
    heard = np.zeros(12)
    for track in tracks:
        if not track.is_drum:
            for note in track.notes:
                heard[note.pitch % 12] += _shared(note, first, last)
    return heard / max(heard.sum(), 1e-9)


def main() -> None:
    """Make the corpus and say how long it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--limit", type=int, default=None, help="solos of the database at most, for a try")
    parser.add_argument("--gtzan", action="store_true", help="cut the jazz of GTZAN, which has to be there")
    parser.add_argument("--own", type=int, default=NUM_OWN, help="solos of our own style")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    folder = asked.folder or (gtzan_folder() if asked.gtzan else corpus_folder())
    if asked.gtzan:
        make_gtzan(folder)
    else:
        make_sound(folder, asked.limit, asked.own)
    sound = load_sound(folder)
    _log.info("%d solos, %.2f hours, %d clips, %d of them apart", len(sound.names),
              len(sound.samples) / SAMPLE_RATE / 3600, len(sound.clips), sound.clips["apart"].sum())  # fmt: skip


if __name__ == "__main__":
    main()
