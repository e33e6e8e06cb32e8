"""How loud an improvised line is played: a rule, since the corpus has no loudness that was used here."""

from dataclasses import replace

from musegen.music import Note

_USUAL, _PEAK, _OFF_BEAT, _PHRASE, _LONG, _GHOST = 80, 9, 5, 4, 4, -9
_LOW, _HIGH = 52, 112


def accented(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Return a line with loudness as improvisers shape it.

    Tops of the contour stand out, off-beats more than beats, beginnings of phrases and long notes a little; notes
    between two neighbours that are higher are swallowed (ghost notes). The rule is ours, by ear.

    Args:
        notes: of one voice, by onset.
    """
    result = []
    for index, note in enumerate(notes):
        before = notes[index - 1] if index else None
        after = notes[index + 1] if index + 1 < len(notes) else None
        loud = _USUAL
        begins = before is None or note.onset_quarter - before.end_quarter >= 0.75
        if begins:
            loud += _PHRASE
        if before and after and not begins:
            if note.pitch > max(before.pitch, after.pitch):
                loud += _PEAK
            elif note.pitch < min(before.pitch, after.pitch) and note.duration_quarter <= 0.5:
                loud += _GHOST
        if note.onset_quarter % 1 == 0.5:
            loud += _OFF_BEAT
        if note.duration_quarter >= 1:
            loud += _LONG
        result.append(replace(note, velocity=min(max(loud, _LOW), _HIGH)))
    return tuple(result)
