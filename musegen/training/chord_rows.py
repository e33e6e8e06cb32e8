"""What the networks of chords learn from: music in segments with the chords that were written over it.

Row, melody_rows, sounding_rows, mozart_rows. Works that a corpus holds out are held out of all: a title that stands
among those of any test is learned from nowhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from musegen.corpora.billboard import ChordChart, read_chord_charts
from musegen.corpora.chorded_tunes import ChordedTune, plain_title
from musegen.corpora.mozart_harmony import read_labelled_movements
from musegen.corpora.nottingham import read_chorded_tunes
from musegen.corpora.openewld import read_lead_sheets
from musegen.corpora.pop909 import TWELFTHS, PopSong, read_pop_songs
from musegen.corpora.weimar_jazz import Solo, read_solos
from musegen.errors import ChartError
from musegen.harmony.frames import Frames, melody_frames, silent_frames, sounding_frames
from musegen.harmony.segments import BAR, BEAT, MIDDLE, Segments, beats_of, segments_of, segments_of_bars
from musegen.harmony.vocabulary import GUESSED, chord_index
from musegen.music import Piece, note_array
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.theory import estimate_key, minor_or_major, parse_key
from musegen.music.transform import melody_of

NOTTINGHAM, OPENEWLD, WEIMAR, POP909, BILLBOARD, MOZART = (
    "nottingham", "openewld-pd", "weimar-jazz", "pop909", "mcgill-billboard", "dcml-mozart-sonatas"
)  # fmt: skip
_JAZZ_TICKS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A piece in S segments.

    Args:
        corpus: where it is from.
        title: of the work.
        manner: of `harmony.vocabulary.MANNERS`, None where it is of no matter.
        frames: the music.
        segments: where chords may change.
        chords: root * 5 + family that begins or goes on in each, -1 for none or not known, shape (S,).
        key: tonic and "major" or "minor".
        intervals: of the melody, in semitones, for finding the same tune elsewhere.
    """

    corpus: str
    title: str
    manner: str | None
    frames: Frames
    segments: Segments
    chords: np.ndarray
    key: tuple[int, str]
    intervals: tuple[int, ...] = ()


def read_label(label: str) -> Chord:
    """Return the chord of a label of any of the corpora, no chord where it is none."""
    text, slash, bass = label.partition("/")
    if text.endswith(":1"):
        text = text[:-2]
    for spelled in (label, text, text.replace("hdim7", "m7b5").replace("minmaj7", "mmaj7").split("(")[0]):
        try:
            return parse_chord(spelled)
        except ChartError:
            continue
    return NO_CHORD


def melody_rows(split: str, corpora: Sequence[str]) -> list[Row]:
    """Return melodies with chords, and charts without a melody, in bars and half bars.

    Args:
        split: "train", "valid" or "test".
        corpora: which.

    Raises:
        DatasetError: one of them cannot be had.
    """
    rows: list[Row] = []
    if NOTTINGHAM in corpora:
        rows += [_of_tune(t, NOTTINGHAM, "plain") for t in read_chorded_tunes(split)]
    if OPENEWLD in corpora:
        rows += [_of_tune(t, OPENEWLD, "songbook") for t in read_lead_sheets(split)]
    if WEIMAR in corpora:
        rows += [row for solo in read_solos(split) if (row := of_solo(solo)) is not None]
    if POP909 in corpora:
        rows += [row for song in read_pop_songs(split) if (row := of_pop_melody(song)) is not None]
    if BILLBOARD in corpora:
        rows += [row for chart in read_chord_charts(split) if (row := of_chart(chart)) is not None]
    return rows


def held_apart(rows: Iterable[Row], held_out: Iterable[Row]) -> list[Row]:
    """Return the rows of no work that is held out: of another title, and sharing less than a fifth of its runs."""
    held = list(held_out)
    titles = {plain_title(row.title) for row in held if row.intervals}
    runs = {run for row in held for run in _runs(row)}
    return [
        row
        for row in rows
        if not row.intervals
        or (
            plain_title(row.title) not in titles
            and sum(run in runs for run in _runs(row)) < 0.2 * max(len(_runs(row)), 1)
        )
    ]


def _runs(row: Row) -> set[tuple[int, ...]]:
    return {row.intervals[i : i + 7] for i in range(len(row.intervals) - 6)}


def key_of(piece: Piece) -> tuple[int, str]:
    """Return the key that is written in a piece, else the one that its notes make likeliest."""
    if not piece.key_signatures:
        return estimate_key(note_array(piece)["pitch"], note_array(piece)["duration_quarter"])
    key = piece.key_signatures[0]
    return key.tonic, minor_or_major(key.mode)


def _of_tune(tune: ChordedTune, corpus: str, manner: str) -> Row:
    piece = tune.piece
    cut = segments_of(piece)
    notes = melody_of(piece).notes
    pitch = np.array([n.pitch for n in notes])
    frames = melody_frames(
        np.array([n.onset_quarter for n in notes]), np.array([n.end_quarter for n in notes]), pitch, cut
    )
    symbols = [(s.onset_quarter, chord_index(read_label(s.text))) for s in piece.chord_symbols]
    chords = [next((c for q, c in reversed(symbols) if q <= start + 1e-6), -1) for start in cut.edges[:-1]]
    intervals = tuple(np.diff(pitch).tolist())
    return Row(corpus, piece.title, manner, frames, cut, np.array(chords), key_of(piece), intervals)


def of_solo(solo: Solo) -> Row | None:
    """Return a solo in half bars, None where its key is neither major nor minor."""
    name, _, mode = solo.key.rpartition("-")
    if mode not in ("maj", "min"):
        return None
    chords = np.array([chord_index(read_label(label)) for label in solo.chords[::2]])
    cut = segments_of_bars([i * 4 * _JAZZ_TICKS for i in range(solo.num_bars + 1)], halved=True)
    chords = np.append(chords, np.full(max(len(cut.kind) - len(chords), 0), -1))[: len(cut.kind)]
    frames = melody_frames(solo.onset_tick, solo.onset_tick + solo.length_tick, solo.pitch, cut)
    key = parse_key(f"{name} {'major' if mode == 'maj' else 'minor'}")
    return Row(WEIMAR, solo.title, "jazz", frames, cut, chords, key, tuple(np.diff(solo.pitch).tolist()))


def _pop_key(song: PopSong) -> tuple[int, str]:
    """Return the key that a song is in for longest."""
    end = song.chords[-1][1]
    spans = zip(song.keys, (*song.keys[1:], (end, 0, "")), strict=True)
    lengths: dict[tuple[int, str], float] = {}
    for (start, tonic, mode), (stop, _, _) in spans:
        lengths[tonic, mode] = lengths.get((tonic, mode), 0.0) + stop - start
    return max(lengths, key=lambda key: lengths[key])


def _at(chords: Sequence[tuple[float, float, str]], times: Iterable[float]) -> np.ndarray:
    starts = np.array([start for start, _, _ in chords])
    found = []
    for time in times:
        index = int(np.searchsorted(starts, time + 1e-6)) - 1
        inside = index >= 0 and time < chords[index][1] - 1e-6
        found.append(chord_index(read_label(chords[index][2])) if inside else -1)
    return np.array(found)


def of_pop_melody(song: PopSong) -> Row | None:
    """Return the sung part of a pop song in half bars, None where its bars have not four beats."""
    if song.beats_per_bar != 4 or len(song.downbeats) < 8 or not len(song.melody):
        return None
    bars = [float(b) for b in song.downbeats]
    melody = song.melody[np.argsort(song.melody[:, 0], kind="stable")]
    onset, end = melody[:, 0] / TWELFTHS, (melody[:, 0] + melody[:, 1]) / TWELFTHS
    sung = [i for i, b in enumerate(bars[:-1]) if onset[0] < bars[i + 1] and end.max() > b]
    bars = bars[sung[0] : sung[-1] + 2]
    cut = segments_of_bars(bars, halved=True)
    frames = melody_frames(onset, end, melody[:, 2], cut)
    intervals = tuple(np.diff(melody[:, 2]).tolist())
    return Row(POP909, song.title, "popular", frames, cut, _at(song.chords, cut.edges[:-1]), _pop_key(song), intervals)


def of_chart(chart: ChordChart) -> Row | None:
    """Return a chart in half bars, without a melody; None where it is short or not in four."""
    bars = [bar for bar in chart.bars if bar.meter in ((4, 4), (12, 8), (6, 8), (2, 2))]
    if len(bars) < 8 or len(bars) < 0.9 * len(chart.bars):
        return None
    labels = [label for bar in bars for label in (bar.labels[0], bar.labels[len(bar.labels) // 2])]
    chords = np.array([chord_index(read_label(label)) for label in labels])
    cut = segments_of_bars([float(i) for i in range(len(bars) + 1)], halved=True)
    tonic = bars[0].tonic
    minor = (chords == tonic * len(GUESSED) + 1).sum() > (chords == tonic * len(GUESSED)).sum()
    return Row(
        BILLBOARD, chart.title, "popular", silent_frames(cut), cut, chords, (tonic, "minor" if minor else "major")
    )


def sounding_rows(split: str, *, whole: bool = True) -> list[Row]:
    """Return pop songs beat by beat with all that sounds.

    Args:
        split: "train", "valid" or "test".
        whole: all tracks; else the piano alone.
    """
    return [_of_pop_beats(song, whole) for song in read_pop_songs(split) if song.beats_per_bar == 4 and song.downbeats]


def _of_pop_beats(song: PopSong, whole: bool) -> Row:
    notes = np.concatenate([song.melody, song.bridge, song.piano]) if whole else song.piano
    first, last = int(song.chords[0][0]), int(song.chords[-1][1])
    beats = np.arange(first, last)
    bar = np.maximum(np.searchsorted(song.downbeats, beats, side="right") - 1, 0)
    place = beats - np.array(song.downbeats)[bar]
    kind = np.where(place == 0, BAR, np.where(place == 2, MIDDLE, BEAT))
    cut = Segments(np.append(beats, last).astype(float), kind, bar - bar[0], True)
    onset, end = notes[:, 0] / TWELFTHS, (notes[:, 0] + notes[:, 1]) / TWELFTHS
    frames = sounding_frames(onset, end, notes[:, 2], cut)
    return Row(POP909, song.title, None, frames, cut, _at(song.chords, beats), _pop_key(song))


def mozart_rows() -> list[Row]:
    """Return the movements with labels beat by beat, with all that sounds; to measure on."""
    return list(_mozart())


def _mozart() -> Iterator[Row]:
    for movement in read_labelled_movements():
        piece = movement.piece
        cut = beats_of(piece)
        notes = note_array(piece)
        onset, end = notes["onset_quarter"], notes["onset_quarter"] + notes["duration_quarter"]
        frames = sounding_frames(onset, end, notes["pitch"], cut)
        times = [time for time, _, _ in movement.chords]
        chords = []
        for start in cut.edges[:-1]:
            index = int(np.searchsorted(times, start + 1e-6)) - 1
            _, root, family = movement.chords[index] if index >= 0 else (0.0, 0, "")
            chords.append(root * len(GUESSED) + GUESSED.index(family) if family else -1)
        yield Row(MOZART, movement.name, None, frames, cut, np.array(chords), key_of(piece))
