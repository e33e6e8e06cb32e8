"""What the stage of the page plays and shows of a piece, as plain data: score_data.

Times are quarters from the start of the piece. Notes carry the ids that they have in the sheet's SVG.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from musegen.music import STRAIGHT, Piece, Track
from musegen.music.meter import Span, beats_of, is_compound, meter_tree
from musegen.music.notation import Bar, bars_of
from musegen.music.score import to_ticks
from musegen.music.swing import swing_clock, swung

BAR, GROUP, OTHER = 0, 1, 2
"""Strength of a beat: it opens a bar, it opens a group within the bar, or it stands within a group."""

_QUARTER = to_ticks(1)
_DIGITS = 6
_SAME = 2e-4  # quarters


def score_data(piece: Piece, given: Sequence[frozenset[int]] = ()) -> dict[str, Any]:
    """Return a piece as the transport, the roll and the sheet of the page read it.

    Args:
        piece: the music.
        given: for each track, the indices of the notes that the musician gave (see `Take.given`); tracks beyond its
            end have none.

    Returns:
        plain data that JSON can hold:
        key: hash of all that sounds or is drawn, so that equal music has an equal key; the title is no part of it.
        title: of the piece.
        end: quarters from the start to the last bar line.
        tempos: [quarter, qpm], the first at 0.
        bars: [quarter, number as printed], a pickup being bar 0; a bar that a bar line cuts in two comes twice.
        beats: [quarter, strength], one for each unit of the meter (eighths in 6/8), strength `BAR`, `GROUP`
            (the half bar of 4/4, the dotted quarters of 6/8) or `OTHER`.
        tracks: {name, program 0 to 127, drum}, with pedals: [down, up], ... where it has a sustain pedal.
        notes: [id, track, pitch, onset, duration, velocity, given 0 or 1] by onset; the id is "n<track>-<index>".
        swing: only where the piece swings: {clock: [quarter as written, quarter as it sounds], ... between which time
            goes evenly; moved: [place in notes, onset, duration as they sound] of notes that keep other time}.
        wav: None; the address of the server's own sound where the page wants it.
    """
    bars = bars_of(piece)
    notes = [
        [
            f"n{index}-{number}",
            index,
            note.pitch,
            _rounded(note.onset_quarter),
            _rounded(note.duration_quarter),
            note.velocity,
            int(index < len(given) and number in given[index]),
        ]
        for index, track in enumerate(piece.tracks)
        for number, note in enumerate(track.notes)
    ]
    content: dict[str, Any] = {
        "end": _rounded(max(bars[-1].end / _QUARTER, piece.end_quarter)),
        "tempos": [[_rounded(tempo.onset_quarter), _rounded(tempo.qpm)] for tempo in piece.tempos],
        "bars": [[_rounded(bar.start / _QUARTER), _number(bar)] for bar in bars],
        "beats": [beat for bar in bars for beat in _beats(bar)],
        "tracks": [
            {"name": t.name, "program": t.program, "drum": t.is_drum} | ({"pedals": _pedals(t)} if t.pedals else {})
            for t in piece.tracks
        ],
        "notes": sorted(notes, key=lambda row: (row[3], row[1], row[2])),
    }
    if piece.swing != STRAIGHT:
        content["swing"] = _swing(piece, content["notes"])
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    key = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return {"key": key, "title": piece.title, **content, "wav": None}


def _swing(piece: Piece, rows: list[list[Any]]) -> dict[str, list]:
    clock = [[_rounded(written), _rounded(sounded)] for written, sounded in swing_clock(piece)]
    written, sounded = (np.array(times) for times in zip(*clock, strict=True))
    sounds = {
        f"n{index}-{number}": note
        for index, track in enumerate(swung(piece).tracks)
        for number, note in enumerate(track.notes)
    }
    moved = []
    for place, (name, _, _, onset, duration, *_) in enumerate(rows):
        note = sounds[name]
        begin, end = (_on_clock(time, written, sounded) for time in (onset, onset + duration))
        if abs(begin - note.onset_quarter) > _SAME or abs(end - note.end_quarter) > _SAME:
            moved.append([place, _rounded(note.onset_quarter), _rounded(note.duration_quarter)])
    return {"clock": clock, "moved": moved}


def _on_clock(quarter: float, written: np.ndarray, sounded: np.ndarray) -> float:
    return float(np.interp(quarter, written, sounded)) if quarter < written[-1] else quarter + sounded[-1] - written[-1]


def _pedals(track: Track) -> list[list[float]]:
    return [[_rounded(down), _rounded(up)] for down, up in track.pedals]


def _rounded(value: float) -> float:
    return round(value, _DIGITS)


def _number(bar: Bar) -> int:
    """Return the printed number; the rest of a bar that is cut in two ("X3") belongs to the bar before."""
    return int(bar.number.removeprefix("X"))


def _beats(bar: Bar) -> list[list[float]]:
    """Return the [quarter, strength] of one bar; those before its offset are not in it."""
    tree = meter_tree(bar.numerator, bar.denominator)
    groups = _group_starts(tree, compound=is_compound(bar.numerator, bar.denominator))
    unit = 4 * _QUARTER // bar.denominator
    zero = bar.start - bar.offset
    return [
        [_rounded((zero + tick) / _QUARTER), BAR if tick == 0 else GROUP if tick in groups else OTHER]
        for tick in range(-(-bar.offset // unit) * unit, bar.offset + bar.length, unit)
    ]


def _group_starts(tree: Span, *, compound: bool) -> set[int]:
    """Return the ticks at which groups of units begin: dotted beats, else the twos and threes of a bar."""
    if compound:
        return {beat.start for beat in beats_of(tree)}
    if any(not child.is_beat for child in tree.groups):
        return {start for child in tree.groups for start in _group_starts(child, compound=False)}
    return {tree.start}
