"""Pieces in one line: piece([(60, 0, 1), (62, 1, 1)], key="D major")."""

from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.theory import parse_key


def track(notes, program=0, is_drum=False, name=""):
    """One track of (pitch, onset_quarter, duration_quarter) or (..., velocity) tuples."""
    return Track(tuple(Note(onset, pitch, duration, *rest) for pitch, onset, duration, *rest in notes), program,
                 is_drum, name)  # fmt: skip


def piece(*voices, qpm=120, meter="4/4", key=None, pickup=0.0, **fields):
    """A piece of one track for each list of notes (or ready Track); `fields` are those of Piece."""
    numerator, denominator = (int(number) for number in meter.split("/"))
    made = {
        "tempos": (Tempo(0.0, qpm),),
        "time_signatures": (TimeSignature(0.0, numerator, denominator),),
        "key_signatures": (KeySignature(0.0, *parse_key(key)),) if key else (),
        "pickup_quarter": pickup,
    }
    tracks = tuple(voice if isinstance(voice, Track) else track(voice) for voice in voices)
    return Piece(tracks, **(made | fields))
