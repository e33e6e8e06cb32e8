"""Which notes the key lock admits: the scale of the key, and of the forms of minor the one that fits the seed.

locked_scale, scale_words.
"""

from musegen.music import KeySignature
from musegen.music.theory import MODES, key_fifths, pitch_name
from musegen.remarks import Remark, remark

_RAISED_SIXTH, _RAISED_SEVENTH = 9, 11


def locked_scale(key: KeySignature, heard: set[int] | None, *, leading: bool = False) -> frozenset[int]:
    """Return the pitch classes to which the key lock keeps new notes.

    Minor has three forms. The lock keeps to natural minor, with the raised sixth and seventh where the seed has them.

    Args:
        key: of the takes.
        heard: semitones above the tonic, 0 to 11, that the seed has; None without a seed in that mode.
        leading: True where cadences of the style need the raised seventh, whatever the seed has.
    """
    return frozenset((key.tonic + step) % 12 for step in {*MODES[key.mode], *_raised(key, heard, leading)})


def scale_words(key: KeySignature, heard: set[int] | None, *, leading: bool = False) -> list[Remark]:
    """Return what the lock does in a minor key, one sentence; nothing in other modes."""
    if key.mode != "minor":
        return []
    raised = _raised(key, heard, leading)
    if not raised:
        return [remark("no_raised_notes", key=(key.tonic, key.mode))]
    code = "raised_as_in_seed" if heard and set(raised) <= heard else "raised_for_cadences"
    return [remark(code, key=(key.tonic, key.mode), notes=[_name(key, step) for step in raised])]


def _raised(key: KeySignature, heard: set[int] | None, leading: bool) -> list[int]:
    if key.mode != "minor":
        return []
    heard = heard or set()
    return [s for s in (_RAISED_SIXTH, _RAISED_SEVENTH) if s in heard or (leading and s == _RAISED_SEVENTH)]


def _name(key: KeySignature, step: int) -> str:
    """Return the name of a raised degree: in A minor F# and G#, in C minor A and B."""
    return pitch_name(60 + (key.tonic + step) % 12, key_fifths(key.tonic, key.mode)).rstrip("0123456789")
