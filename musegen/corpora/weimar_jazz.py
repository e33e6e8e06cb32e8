"""The Weimar Jazz Database: solos by ear, with beats, chords and the bass under them (the Jazzomat project)."""

import csv
import gzip
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musegen import paths
from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.jazz_timing import PLACES, TICKS_PER_BEAT, measure, written_ticks
from musegen.errors import DatasetError

CACHE_VERSION = 3
SPLITS = ("train", "valid", "test")
BEATS_PER_BAR = 4

_REVISION = "0dc98cf9e14f"
_OBJECTS = f"https://raw.githubusercontent.com/klausfrieler/jazzodata/{_REVISION}/data"

WEIMAR = register(
    Dataset(
        name="weimar-jazz",
        title="Weimar Jazz Database",
        homepage="https://jazzomat.hfm-weimar.de/",
        files=(
            RemoteFile(
                f"{_OBJECTS}/wjd_meta.rda",
                "befbbd147f0e125d74824ff307faf7a05666cad99695807413efdb4d745cb57a",
                "meta.csv.gz",
                33893,
            ),
            RemoteFile(
                f"{_OBJECTS}/wjd_annotated_beat_tracks.rda",
                "48f8b531ff072578606bfa115db6bbcb8c94622424e26892f6bdd921470a7f3a",
                "beats.csv.gz",
                1669512,
            ),
            RemoteFile(
                f"{_OBJECTS}/wjd_transforms.rda",
                "f58905b89cc0b5ddd4f8791ac8ebc1fbda8ed2a643211c16bd3e8892f3baa010",
                "events.csv.gz",
                3612415,
            ),
        ),
        licence="The R package with the data says MIT; the database itself is, as far as known, under ODbL 1.0: name "
        "it, and share alike what is made of its data.",
        citation="M. Pfleiderer, K. Frieler, J. Abesser, W.-G. Zaddach, B. Burkhart (eds.), Inside the Jazzomat: New "
        "Perspectives for Jazz Research, Schott Campus 2017.",
        notes="Published as R data (the addresses above); read here as three tables of the same columns, packed as "
        "CSV, and the checksums are those of the packed tables, not of the R data. 433 of the 456 solos are in them: "
        "23 were set aside for a separate test. Durations were derived from articulation; the last note of a solo "
        "has none.",
    )
)

_AS_WRITTEN = {"Do": "Ddim"}
"""Labels that could be something else where they are typed: "Do" is a note's name, too."""


@dataclass(frozen=True, slots=True, eq=False)
class Solo:
    """One solo as it would be written. Tick 0 is the start of bar `first_bar`, 24 ticks are a beat, four beats a bar.

    Args:
        melid: number in the database.
        performer: who plays.
        title: of the tune.
        instrument: the database's short name ("ts", "tp", ...).
        style: "BEBOP", ...
        feel: "SWING", "LATIN", ...
        key: "Bb-maj", ...
        qpm: average tempo.
        swing: part of a pair of eighths that the first takes, nan where it could not be told.
        first_bar: number of the bar at tick 0; the first chorus begins at bar 1.
        onset_tick: ascending, no two the same, shape (N,).
        length_tick: as it sounds, at least 1, shape (N,).
        pitch: MIDI, shape (N,).
        chords: label of every beat, as annotated ("C-7", "NC").
        bass: MIDI pitch of the bass at every beat, 0 where it is not known, shape (beats,).
        sections: (letter and number, chorus) of every bar: ("A1", 1).
    """

    melid: int
    performer: str
    title: str
    instrument: str
    style: str
    feel: str
    key: str
    qpm: float
    swing: float
    first_bar: int
    onset_tick: np.ndarray
    length_tick: np.ndarray
    pitch: np.ndarray
    chords: tuple[str, ...]
    bass: np.ndarray
    sections: tuple[tuple[str, int], ...]

    @property
    def split(self) -> str:
        """Which of `SPLITS` the tune is in."""
        return split_of(self.title)

    @property
    def num_bars(self) -> int:
        """Bars from tick 0 on."""
        return len(self.sections)


@dataclass(frozen=True, slots=True, eq=False)
class BassLine:
    """The bass under one solo, a pitch a beat.

    Args:
        title: of the tune.
        qpm: average tempo.
        feel: "SWING", ...
        beat: place in the bar, 0 to 3, of each beat, shape (beats,).
        pitch: MIDI, an automatic estimate, 0 where there is none, shape (beats,).
        chords: label of every beat.
    """

    title: str
    qpm: float
    feel: str
    beat: np.ndarray
    pitch: np.ndarray
    chords: tuple[str, ...]

    @property
    def split(self) -> str:
        """Which of `SPLITS` the tune is in."""
        return split_of(self.title)


def split_of(title: str) -> str:
    """Return the split of a tune, by its name alone: no tune is in two. A tenth is "valid", a tenth "test"."""
    number = int(hashlib.sha256(title.strip().lower().encode()).hexdigest(), 16) % 10
    return {0: "valid", 1: "test"}.get(number, "train")


def read_solos(split: str | None = None) -> list[Solo]:
    """Return the solos in 4/4 of a split, or all; the first call takes about half a minute.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    cache = paths.home_dir() / "cache" / f"weimar-jazz-v{CACHE_VERSION}.npz"
    if not cache.is_file():
        _fill(cache)
    with np.load(cache, allow_pickle=False) as stored:
        tables = {name: stored[name] for name in stored.files}
    notes = {n: np.split(tables[n], np.cumsum(tables["notes"])[:-1]) for n in ("onset_tick", "length_tick", "pitch")}
    beats = {n: np.split(tables[n], np.cumsum(tables["beats"])[:-1]) for n in ("chord", "bass")}
    bars = {n: np.split(tables[n], np.cumsum(tables["bars"])[:-1]) for n in ("letter", "chorus")}
    labels, letters = tables["labels"].tolist(), tables["letters"].tolist()
    solos = []
    for i, melid in enumerate(tables["melid"].tolist()):
        texts = {name: str(tables[name][i]) for name in ("performer", "title", "instrument", "style", "feel", "key")}
        if split in (None, split_of(texts["title"])):
            sections = zip(bars["letter"][i].tolist(), bars["chorus"][i].tolist(), strict=True)
            solo = Solo(
                melid=melid,
                performer=texts["performer"],
                title=texts["title"],
                instrument=texts["instrument"],
                style=texts["style"],
                feel=texts["feel"],
                key=texts["key"],
                qpm=float(tables["qpm"][i]),
                swing=float(tables["swing"][i]),
                first_bar=int(tables["first_bar"][i]),
                onset_tick=notes["onset_tick"][i],
                length_tick=notes["length_tick"][i],
                pitch=notes["pitch"][i],
                chords=tuple(_AS_WRITTEN.get(labels[c], labels[c]) for c in beats["chord"][i]),
                bass=beats["bass"][i],
                sections=tuple((letters[letter], chorus) for letter, chorus in sections),
            )
            solos.append(solo)
    return solos


def read_bass_lines(split: str | None = None) -> list[BassLine]:
    """Return the bass under the solos of `read_solos`.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    return [
        BassLine(s.title, s.qpm, s.feel, np.arange(len(s.bass)) % BEATS_PER_BAR, s.bass, s.chords)
        for s in read_solos(split)
    ]


def left_out() -> dict[str, int]:
    """Return how many solos are not among `read_solos`, by reason.

    Raises:
        DatasetError: the corpus cannot be had.
    """
    metas, beats, events = _tables()
    reasons = Counter(_solo_of(meta, beats[meta["melid"]], events[meta["melid"]]) for meta in metas)
    return {reason: count for reason, count in reasons.items() if isinstance(reason, str)}


# ------------------------------------------------------------------------------------------------- reading the tables


def _folder() -> Path:
    """Return the folder of the three tables, checked.

    Raises:
        DatasetError: they are not there, or are others.
    """
    local = paths.data_dir()
    places = [folder / WEIMAR.name for folder in (local, paths.home_dir() / "data") if folder]
    if not any((place / file.path).is_file() for place in places for file in WEIMAR.files):
        raise DatasetError(
            f"The {WEIMAR.title} is published as R data at {_OBJECTS}, which cannot be read here. Pack its objects "
            "wjd_meta, wjd_annotated_beat_tracks and wjd_transforms as meta.csv.gz, beats.csv.gz and events.csv.gz "
            f"into a folder {WEIMAR.name}, and set MUSEGEN_DATA to the folder around it."
        )
    return fetch(WEIMAR)


def _tables() -> tuple[list[dict[str, str]], dict[str, list], dict[str, list]]:
    folder = _folder()
    metas = _rows(folder / "meta.csv.gz")
    beats: dict[str, list] = {meta["melid"]: [] for meta in metas}
    events: dict[str, list] = {meta["melid"]: [] for meta in metas}
    for row in _rows(folder / "beats.csv.gz"):
        beats[row["melid"]].append(row)
    for row in _rows(folder / "events.csv.gz"):
        events[row["melid"]].append(row)
    return metas, beats, events


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _solo_of(meta: dict[str, str], beats: list[dict[str, str]], events: list[dict[str, str]]) -> Solo | str:
    """Return a solo, or why it is left out."""
    if any(row["signature"] != "4/4" and row["period"] != "4" for row in beats):
        return "not in 4/4 throughout"
    first_bar = int(beats[0]["bar"])
    index = np.array([(int(row["bar"]) - first_bar) * BEATS_PER_BAR + int(row["beat"]) - 1 for row in beats])
    if not len(events) or not (np.diff(index) == 1).all():
        return "beats are missing"
    events = _thinned(events)
    begin = np.array([float(row["onset"]) for row in beats])
    seconds = np.diff(begin, append=2 * begin[-1] - begin[-2])
    place = np.array([(int(row["bar"]) - first_bar) * BEATS_PER_BAR + int(row["beat"]) - 1 for row in events])
    own = place - index[0]
    onset = np.array([float(row["onset"]) for row in events])
    phase, length = (onset - begin[own]) / seconds[own], seconds[own]
    timing = measure(place, phase)
    ticks = written_ticks(place, phase, length, timing)
    sounding = np.array(
        [float(row["duration"]) if row["duration"] else s for row, s in zip(events, length, strict=True)]
    )
    num_bars = -(-(max(int(ticks[-1]) // TICKS_PER_BEAT, int(index[-1])) + 1) // BEATS_PER_BAR)
    every = np.clip(np.arange(num_bars * BEATS_PER_BAR) - index[0], 0, len(beats) - 1)
    bars = [beats[i] for i in every[::BEATS_PER_BAR]]
    return Solo(
        melid=int(meta["melid"]),
        performer=meta["performer"],
        title=meta["title"],
        instrument=meta["instrument"],
        style=meta["style"],
        feel=meta["rhythmfeel"],
        key=meta["key"],
        qpm=float(meta["avgtempo"]),
        swing=timing.swing,
        first_bar=first_bar,
        onset_tick=ticks.astype(np.int32),
        length_tick=np.maximum(np.round(sounding / length * TICKS_PER_BEAT), 1).astype(np.int32),
        pitch=np.array([int(row["pitch"]) for row in events], np.int16),
        chords=tuple(beats[i]["chord"] for i in every),
        bass=np.array([int(beats[i]["bass"] or 0) for i in every], np.int16),
        sections=tuple((bar["form"], int(bar["chorus_id"])) for bar in bars),
    )


def _thinned(events: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the notes without those of a beat that are more than can be written, such as a sweep of 25."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in events:
        groups.setdefault((row["bar"], row["beat"]), []).append(row)
    kept = []
    for group in groups.values():
        chosen = np.unique(np.linspace(0, len(group) - 1, min(len(group), len(PLACES))).round().astype(int))
        kept += [group[i] for i in chosen]
    return kept


def _fill(cache: Path) -> None:
    metas, beats, events = _tables()
    found = (_solo_of(meta, beats[meta["melid"]], events[meta["melid"]]) for meta in metas)
    solos = [solo for solo in found if isinstance(solo, Solo)]
    labels = sorted({chord for solo in solos for chord in solo.chords})
    letters = sorted({letter for solo in solos for letter, _ in solo.sections})
    number = {label: i for i, label in enumerate(labels)}
    place = {letter: i for i, letter in enumerate(letters)}
    tables: dict[str, Any] = {
        name: [getattr(solo, name) for solo in solos]
        for name in ("melid", "performer", "title", "instrument", "style", "feel", "key", "qpm", "swing", "first_bar")
    }
    tables |= {
        name: np.concatenate([getattr(solo, name) for solo in solos])
        for name in ("onset_tick", "length_tick", "pitch", "bass")
    }
    tables["chord"] = np.array([number[chord] for solo in solos for chord in solo.chords], np.int16)
    tables["letter"] = np.array([place[letter] for solo in solos for letter, _ in solo.sections], np.int16)
    tables["chorus"] = np.array([chorus for solo in solos for _, chorus in solo.sections], np.int16)
    tables |= {"labels": labels, "letters": letters, "notes": [len(s.pitch) for s in solos]}
    tables |= {"beats": [len(s.chords) for s in solos], "bars": [s.num_bars for s in solos]}
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".part.npz")
    np.savez_compressed(partial, allow_pickle=False, **{k: np.asarray(values) for k, values in tables.items()})
    partial.replace(cache)
