"""The last chord of one guitar: the triad with its third, the tonic at the bottom, as one hand can hold it."""

from functools import lru_cache

from musegen.music.fretboard import held_with

_MOST = 6


@lru_cache(maxsize=65536)
def can_close(held: tuple[int, ...], tonic: int, third: int, low: int, tuning: str) -> bool:
    """Return whether notes struck from the top down are, or can still become, the whole chord.

    Args:
        held: MIDI numbers struck so far, descending.
        tonic: pitch class.
        third: pitch class of the third above it.
        low: lowest pitch that may be struck.
        tuning: of `music.fretboard.TUNINGS`.
    """
    if is_closed(held, tonic, third):
        return True
    if len(held) == _MOST:
        return False
    possible = held_with(tuple(sorted(held)), tuning)
    top = held[-1] - 1 if held else len(possible) - 1
    wanted = {tonic, third, (tonic + 7) % 12}
    return any(
        possible[pitch] and pitch % 12 in wanted and can_close((*held, pitch), tonic, third, low, tuning)
        for pitch in range(top, low - 1, -1)
    )


def is_closed(held: tuple[int, ...], tonic: int, third: int) -> bool:
    """Return whether notes from the top down are the tonic chord: a third in it, the tonic below."""
    return bool(held) and held[-1] % 12 == tonic and any(pitch % 12 == third for pitch in held)
