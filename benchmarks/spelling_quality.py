"""Pitches spelled as composers spelled them: the scores that come with music21, beside spelling by signature alone.

Every note of the scores is taken as the MIDI number it is and spelled again, with nothing but the key signature. A
passage in six or seven flats is compared with its twin in sharps, as which this program prints it.
"""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import Figures, run, table
from musegen.music import KeySignature, Note, Piece, Track
from musegen.music.spelling import spell_piece
from musegen.music.theory import key_fifths, spell, tonic_from_fifths

CORPORA = {
    "Bach, chorales": ("bach",),
    "Corelli, Handel": ("corelli", "handel"),
    "Haydn, Mozart, Beethoven": ("haydn", "mozart", "beethoven"),
    "Schubert to Joplin": ("schubert", "schumann_robert", "schumann_clara", "verdi", "beach", "johnson_j_r", "joplin"),
}
_ENDINGS = (".mxl", ".xml", ".musicxml")
_LINE = "FCGDAEB"

Written = dict[tuple[int, int], int]
"""Position on the line of fifths (F -1, C 0, G 1, ...) by (track, index)."""


def read_scores(folders: tuple[str, ...], limit: int | None = None) -> Iterator[tuple[str, Piece, Written]]:
    """Yield name, piece and the composer's spelling of the MusicXML scores in folders of music21's corpus."""
    from music21 import converter, corpus

    root = Path(corpus.__file__).parent
    paths = sorted(p for p in map(Path, corpus.getPaths()) if p.is_relative_to(root))
    paths = [p for p in paths if p.relative_to(root).parts[0] in folders and p.suffix in _ENDINGS]
    for path in paths[:limit]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            piece, written = from_score(converter.parse(path, forceSource=False))
        if piece.num_notes >= 10:
            yield str(path.relative_to(root)), piece, written


def from_score(score: Any) -> tuple[Piece, Written]:
    """Return a music21 score as a piece, and how its notes are written."""
    from music21 import chord, key, note, stream

    keys: dict[float, KeySignature] = {}
    twins = {0.0: 0}
    tracks, written = [], {}
    for number, part in enumerate(list(score.getElementsByClass(stream.Part)) or [score]):
        rows: dict[Note, int] = {}
        for element in part.flatten():
            if isinstance(element, key.KeySignature) and element.sharps is not None:
                mode = getattr(element, "mode", None)
                mode = mode if mode in ("major", "minor") else "major"
                onset = float(element.offset)
                signature = KeySignature(onset, tonic_from_fifths(element.sharps, mode), mode)
                keys.setdefault(onset, signature)
                twins[onset] = key_fifths(signature.tonic, mode) - element.sharps
            if not isinstance(element, note.Note) and type(element) is not chord.Chord:
                continue
            if element.duration.isGrace or element.duration.quarterLength <= 0:
                continue
            for member in element.notes if isinstance(element, chord.Chord) else (element,):
                tie = member.tie or element.tie
                if tie is None or tie.type == "start":
                    made = Note(float(element.offset), member.pitch.midi, float(element.duration.quarterLength))
                    twin = twins[max(q for q in twins if q <= made.onset_quarter)]
                    rows[made] = position_of(member.pitch.step, int(member.pitch.alter)) + twin
        tracks.append(Track(tuple(rows)))
        written |= {(number, i): rows[n] for i, n in enumerate(tracks[-1].notes)}
    return Piece(tuple(tracks), key_signatures=tuple(keys.values())), written


def position_of(step: str, alter: int) -> int:
    """Return where a spelling stands on the line of fifths."""
    return _LINE.index(step) - 1 + 7 * alter


def by_signature(piece: Piece) -> Written:
    """Return the spelling nearest to the key signature, as sheets were spelled before."""
    result = {}
    keys = piece.key_signatures or (KeySignature(0.0, 0),)
    for t, track in enumerate(piece.tracks):
        for i, note in enumerate(track.notes):
            now = [k for k in keys if k.onset_quarter <= note.onset_quarter][-1:] or keys[:1]
            step, alter, _ = spell(note.pitch, key_fifths(now[0].tonic, now[0].mode))
            result[(t, i)] = position_of(step, alter)
    return result


def by_context(piece: Piece) -> Written:
    """Return the spelling of `musegen.music.spelling`."""
    return {place: position_of(step, alter) for place, (step, alter, _) in spell_piece(piece).items()}


def num_wrong(found: Written, written: Written) -> int:
    """Return how many notes are spelled otherwise."""
    return sum(found[place] != right for place, right in written.items())


def measured(small: bool) -> Figures:
    """Return percentages of notes spelled right."""
    figures: Figures = {}
    for name, folders in CORPORA.items():
        notes = wrong_by_signature = wrong = scores = 0
        seconds = 0.0
        for _, piece, written in read_scores(folders, 3 if small else None):
            scores, notes = scores + 1, notes + len(written)
            wrong_by_signature += num_wrong(by_signature(piece), written)
            begun = time.perf_counter()
            found = by_context(piece)
            seconds += time.perf_counter() - begun
            wrong += num_wrong(found, written)
        figures[name] = {
            "scores": scores,
            "notes": notes,
            "by_signature_percent": 100 * (1 - wrong_by_signature / notes),
            "percent": 100 * (1 - wrong / notes),
            "wrong_per_1000_by_signature": 1000 * wrong_by_signature / notes,
            "wrong_per_1000": 1000 * wrong / notes,
            "microseconds_a_note": 1e6 * seconds / notes,
        }
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as a table."""
    header = ("spelled right, %", "scores", "notes", "by signature", "by context", "us a note")
    keys = ("scores", "notes", "by_signature_percent", "percent", "microseconds_a_note")
    return table(header, [[name, *(f[k] for k in keys)] for name, f in figures.items()], 2)


if __name__ == "__main__":
    run(measured, rendered)
