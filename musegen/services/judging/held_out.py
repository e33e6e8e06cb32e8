"""Music that no style learned from, as a musician would have it: pieces with their key, meter, tempo and chords.

Function: held_out_pieces. The splits are those of the recipes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from musegen.errors import StyleError
from musegen.music import ChordSymbol, KeySignature, Note, Piece, Tempo, Track
from musegen.music.performance import Performance, piece_of_performance

_SOLO_TICKS = 24
_BEATS = 4


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A piece that no style learned from.

    Args:
        group: what all pieces of one work share.
        piece: the music.
        first_bar: bars before this one are an introduction and left alone.
        chords: label of every beat, "" where none is named; () for what has no chords.
    """

    group: str
    piece: Piece
    first_bar: int = 0
    chords: tuple[str, ...] = ()


def held_out_pieces(style_id: str, split: str) -> list[HeldOut]:
    """Return the pieces of a style's "valid" or "test" split.

    Raises:
        StyleError: nothing is known to be held out from that style.
        DatasetError: its corpus cannot be had.
    """
    if style_id not in _READERS:
        raise StyleError(f'Held-out music is known for {", ".join(_READERS)}; "{style_id:.40}" is none of them.')
    return _READERS[style_id](split)


def _folk(split: str) -> list[HeldOut]:
    from musegen.corpora.folk_tunes import load_split, read_tunes

    sides = load_split()
    return [HeldOut(t.tune_id, t.piece) for t in read_tunes() if sides.get(t.tune_id) == split]


def _chorales(split: str) -> list[HeldOut]:
    from musegen.corpora.jsb_chorales import read_pieces

    return [HeldOut(str(index), piece) for index, piece in enumerate(read_pieces(split))]


def _performances(split: str) -> list[HeldOut]:
    from musegen.corpora.asap import read_recordings

    first = {(r.composer, r.title): r.performance for r in read_recordings(split)}
    return [HeldOut("/".join(name), _played(p)) for name, p in first.items() if len(p.pitch) > 200]


def _played(performance: Performance) -> Piece:
    """Return a performance that begins at its first note."""
    shift = performance.onset_ms[0]
    return piece_of_performance(
        Performance(performance.onset_ms - shift, performance.duration_ms, performance.pitch, performance.velocity,
                    performance.pedal_ms[performance.pedal_ms[:, 0] >= shift] - shift)
    )  # fmt: skip


def _scores(pieces: list[Any]) -> list[HeldOut]:
    return [HeldOut(p.group, p.piece) for p in pieces if p.own]


def _chopin(split: str) -> list[HeldOut]:
    from musegen.corpora.kern_corpora import read_first_editions

    return _scores(read_first_editions(split))


def _quartets(split: str) -> list[HeldOut]:
    from musegen.corpora.openscore_quartets import read_quartets
    from musegen.corpora.quartet_scores import read_more_quartets

    return _scores([*read_quartets(split), *read_more_quartets(split)])


def _solos(split: str) -> list[HeldOut]:
    from musegen.corpora.weimar_jazz import read_solos

    found = []
    for solo in read_solos(split):
        rows = zip(solo.onset_tick.tolist(), solo.length_tick.tolist(), solo.pitch.tolist(), strict=True)
        notes = tuple(Note(onset / _SOLO_TICKS, pitch, length / _SOLO_TICKS, 90) for onset, length, pitch in rows)
        named = [(beat, label) for beat, label in enumerate(solo.chords) if label]
        changes = [(b, c) for (b, c), (_, before) in zip(named, [(0, ""), *named], strict=False) if c != before]
        piece = Piece(
            (Track(notes, 66, name="Solo"),),
            tempos=(Tempo(0.0, float(round(solo.qpm))),),
            chord_symbols=tuple(ChordSymbol(float(b), c) for b, c in changes),
            title=solo.title,
        )
        found.append(HeldOut(solo.title, piece, max(1 - solo.first_bar, 0), tuple(solo.chords)))
    return found


_READERS: dict[str, Callable[[str], list[HeldOut]]] = {
    "folk": _folk,
    "bach-chorales": _chorales,
    "piano-performance": _performances,
    "string-quartet": _quartets,
    "chopin": _chopin,
    "jazz": _solos,
}


def with_known_key(piece: Piece, key: KeySignature) -> Piece:
    """Return a piece with a key from its beginning on."""
    return replace(piece, key_signatures=(replace(key, onset_quarter=0.0),))


def chart_of(labels: tuple[str, ...]) -> str:
    """Return the chords of every beat as a chart of bars of four beats: "D-7 | G7 C7"."""
    bars, sounding = [], "NC"
    for start in range(0, len(labels) - _BEATS + 1, _BEATS):
        beats = []
        for label in labels[start : start + _BEATS]:
            sounding = label or sounding
            beats.append(sounding)
        if len(set(beats)) == 1:
            beats = beats[:1]
        elif beats[0] == beats[1] and beats[2] == beats[3]:
            beats = beats[::2]
        bars.append(" ".join(beats))
    return " | ".join(bars)
