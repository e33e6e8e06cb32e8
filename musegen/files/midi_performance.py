"""A recorded performance as MIDI: times in milliseconds, whatever the file's tempo says."""

import io

import numpy as np

from musegen.errors import FileFormatError
from musegen.files.midi import READ_ERRORS, import_pretty_midi
from musegen.files.midi_guard import checked
from musegen.music.performance import Performance, without_overlaps

SUSTAIN = 64
DOWN = 64
"""Controller values from here on mean that the pedal is down."""


def read_performance(data: bytes) -> Performance:
    """Return the notes and the sustain pedal of all pitched instruments of a MIDI file.

    A key struck again while it is held, which a piano cannot do, ends its first note.

    Raises:
        FileFormatError: the file is damaged or has no notes.
    """
    safe = checked(data).data
    try:
        pm = import_pretty_midi().PrettyMIDI(io.BytesIO(safe))  # recordings need none of the repairs of other files
    except READ_ERRORS as error:
        raise FileFormatError("This MIDI file is damaged; record or save it again.") from error
    instruments = [instrument for instrument in pm.instruments if not instrument.is_drum and instrument.notes]
    notes = sorted((n.start, n.pitch, n.end, n.velocity) for instrument in instruments for n in instrument.notes)
    if not notes:
        raise FileFormatError("There are no notes in this MIDI file.")
    onset, pitch, end, velocity = (np.array(column) for column in zip(*notes, strict=True))
    end_ms = float(end.max() * 1000)
    pedals = [pedal for instrument in instruments for pedal in _pedals(instrument.control_changes, end_ms)]
    onset_ms = np.round(onset * 1000)
    return Performance(
        onset_ms,
        np.maximum(np.round(end * 1000) - onset_ms, 1.0),
        pitch.astype(int),
        np.clip(velocity, 1, 127).astype(int),
        without_overlaps(np.array(sorted(pedals)).reshape(-1, 2)),
    )


def _pedals(changes: list, end_ms: float) -> list[tuple[float, float]]:
    pedals, down = [], None
    for change in sorted((c for c in changes if c.number == SUSTAIN), key=lambda c: c.time):
        time = round(change.time * 1000)
        if change.value >= DOWN and down is None:
            down = time
        elif change.value < DOWN and down is not None:
            pedals.append((down, time))
            down = None
    if down is not None and down < end_ms:
        pedals.append((down, end_ms))
    return pedals
