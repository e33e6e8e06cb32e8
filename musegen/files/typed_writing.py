"""A single voice as the text that a musician would type: write_typed. The grammar stands in `musegen.files.typed`."""

from fractions import Fraction

from musegen.constants import MAX_QPM, MIN_QPM, TICKS_PER_QUARTER
from musegen.music import Piece, Track, snap
from musegen.music.spelling import spell_track, spelled_name
from musegen.music.theory import key_name


def write_typed(piece: Piece) -> str:
    """Return a piece of one voice as text that `read_typed` reads back (first meter, key and tempo; no velocities).

    Raises:
        ValueError: two notes sound at once, or there are no notes.
    """
    notes = sorted(note for track in piece.tracks if not track.is_drum for note in track.notes)
    if not notes:
        raise ValueError("a piece without notes cannot be written as text")
    if any(b.onset_quarter < a.end_quarter for a, b in zip(notes, notes[1:], strict=False)):
        raise ValueError("only a single voice can be written as text")
    head = []
    if title := " ".join(piece.title.split()):
        head.append(f"title: {title}")
    if piece.key_signatures:
        key = piece.key_signatures[0]
        head.append(f"key: {key_name(key.tonic, key.mode)}")
    meter = piece.time_signatures[0]
    if (meter.numerator, meter.denominator) != (4, 4):
        head.append(f"meter: {meter.numerator}/{meter.denominator}")
    if piece.pickup_quarter:
        head.append(f"pickup: {_part_of_whole(piece.pickup_quarter)}")
    if piece.tempos[0].qpm != 120:
        head.append(f"tempo: {min(max(piece.tempos[0].qpm, MIN_QPM), MAX_QPM):.10g}")
    words, position = [], 0.0
    spelled = spell_track(Track(tuple(notes)), piece.key_signatures[0] if piece.key_signatures else None)
    for note, spelling in zip(notes, spelled, strict=True):
        if note.onset_quarter > position:
            words.append("R" + _length_text(note.onset_quarter - position))
        words.append(spelled_name(spelling) + _length_text(note.duration_quarter))
        position = note.end_quarter
    return "\n".join([*head, " ".join(words)])


def _part_of_whole(quarters: float) -> str:
    part = Fraction(round(quarters * TICKS_PER_QUARTER), 4 * TICKS_PER_QUARTER)
    return f"{part.numerator}/{part.denominator}"


def _length_text(quarters: float) -> str:
    quarters = snap(quarters)
    if quarters == 1:
        return ""
    return f":{int(quarters)}" if quarters == int(quarters) else f":{_part_of_whole(quarters)}"
