"""Songs as two chords a bar, for progressions: those of McGill Billboard by section, those of POP909 whole.

ChordSong, read_songs, read_pop_chords.
Read are the songs in 4/4, of Billboard with what each section is called. Split by artist.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from musegen.corpora.billboard import ChordChart, read_chord_charts
from musegen.corpora.pop_scores import chord_of_label, read_pop
from musegen.corpora.score_piece import ScorePiece
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.timing import bar_starts, meter_at

SECTIONS = ("intro", "verse", "chorus", "bridge")
_ALSO = {"prechorus": "verse", "pre-chorus": "verse", "refrain": "chorus", "solo": "bridge", "interlude": "intro",
         "instrumental": "bridge", "outro": "chorus", "coda": "chorus"}  # fmt: skip
_TRIADS = (("maj7", "maj7"), ("min7", "min7"), ("hdim", "hdim7"), ("dim", "dim"), ("aug", "aug"),
           ("sus4(b7", "sus4(b7)"), ("sus", "sus4"), ("min", "min"), ("maj", "maj"), ("7", "7"), ("9", "7"),
           ("11", "7"), ("13", "7"), ("5", "maj"), ("1", "maj"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChordSong:
    """The chords of a song.

    Args:
        title: of the song.
        artist: who plays it.
        tonic: pitch class of the first key.
        sections: (one of `SECTIONS`, two chords a bar), in order.
    """

    title: str
    artist: str
    tonic: int
    sections: tuple[tuple[str, tuple[Chord, ...]], ...]


def read_songs(split: str | None = None) -> list[ChordSong]:
    """Return the songs of a split, or all.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or is another.
    """
    return [song for chart in read_chord_charts(split) if (song := song_of(chart)) is not None]


def read_pop_chords(split: str | None = None) -> list[ChordSong]:
    """Return the songs of POP909 of a split, or all, each as one section, since none are marked.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or is another.
    """
    return [song for score in read_pop(split) if (song := song_of_score(score)) is not None]


def song_of_score(score: ScorePiece) -> ChordSong | None:
    """Return a score with chord symbols as a song from its first chord on, None without chords or one key."""
    piece = score.piece
    if len(piece.key_signatures) != 1 or not piece.chord_symbols:
        return None
    times = [symbol.onset_quarter for symbol in piece.chord_symbols]
    chords: list[Chord] = []
    for start in bar_starts(piece):
        if meter_at(piece, start).bar_quarters != 4 or start + 4 <= times[0]:
            continue
        for half in (start, start + 2.0):
            place = bisect_right(times, half + 1e-6) - 1
            chords.append(parse_chord(piece.chord_symbols[place].text) if place >= 0 else NO_CHORD)
    return ChordSong(score.title, score.composer, piece.key_signatures[0].tonic, (("verse", tuple(chords)),))


def song_of(chart: ChordChart) -> ChordSong | None:
    """Return a chart of the corpus as a song, None where it is not in 4/4 or changes its key."""
    if len({bar.tonic for bar in chart.bars}) != 1 or {bar.meter for bar in chart.bars} != {(4, 4)}:
        return None
    sections: list[tuple[str, list[Chord]]] = []
    for bar in chart.bars:
        if bar.section or not sections:
            words = re.findall(r"[a-z-]+", bar.section.lower())
            name = next((_ALSO.get(word, word) for word in words if _ALSO.get(word, word) in SECTIONS), "verse")
            sections.append((name, []))
        sections[-1][1].extend(_halves(bar.labels))
    found = tuple((name, tuple(chords)) for name, chords in sections)
    return ChordSong(chart.title, chart.artist, chart.bars[0].tonic, found)


def _halves(labels: Sequence[str]) -> list[Chord]:
    """Return the chords at the beginning and in the middle of a bar."""
    if not labels:
        return [NO_CHORD, NO_CHORD]
    return [simple(labels[0]), simple(labels[len(labels) // 2])]


def simple(label: str) -> Chord:
    """Return the chord of a label, its extensions and bass left out."""
    if ":" not in label:
        return NO_CHORD
    root, kind = label.split("/")[0].split(":", 1)
    quality = next((ours for start, ours in _TRIADS if kind.startswith(start)), "maj")
    try:
        return chord_of_label(f"{root}:{quality}")
    except KeyError:
        return NO_CHORD
