"""Scales, keys, spelling and names of pitches. Pure functions over integers.

Pitch classes are 0 (C) to 11 (B); pitches are MIDI numbers; octaves are scientific (60 is C4).
"""

import re

import numpy as np

from musegen.languages import KeyName, NoteName

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
"""Semitones of each scale above its tonic ("minor" is natural minor)."""

MODE_FIFTHS = {
    "major": 0,
    "mixolydian": -1,
    "dorian": -2,
    "minor": -3,
    "phrygian": -4,
    "locrian": -5,
    "lydian": 1,
}
"""Position of each mode's key signature on the line of fifths, relative to major on the same tonic."""

STEP_PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LINE_OF_FIFTHS = "FCGDAEB"
_MODE_WORDS = {
    "maj": "major", "major": "major", "ionian": "major", "m": "minor", "min": "minor", "minor": "minor",
    "aeolian": "minor", "dor": "dorian", "dorian": "dorian", "mix": "mixolydian", "mixolydian": "mixolydian",
    "phr": "phrygian", "phrygian": "phrygian", "lyd": "lydian", "lydian": "lydian", "loc": "locrian",
    "locrian": "locrian", "": "major",
}  # fmt: skip


def minor_or_major(mode: str) -> str:
    """Return "minor" for a mode whose third is minor, else "major"."""
    return "minor" if MODES[mode][2] == 3 else "major"


def scale_pitch_classes(tonic: int, mode: str) -> frozenset[int]:
    """Return the pitch classes of a scale; minor adds the raised sixth and seventh that melodies use."""
    classes = {(tonic + step) % 12 for step in MODES[mode]}
    if mode == "minor":
        classes |= {(tonic + 9) % 12, (tonic + 11) % 12}
    return frozenset(classes)


def key_fifths(tonic: int, mode: str) -> int:
    """Return the sharps (positive) or flats (negative) of a key signature, -5 to 6 (F# major, not Gb)."""
    fifths = (tonic * 7) % 12 + MODE_FIFTHS[mode]
    while fifths > 6:
        fifths -= 12
    while fifths < -5:
        fifths += 12
    return fifths


def tonic_from_fifths(fifths: int, mode: str) -> int:
    """Return the pitch class of the tonic of a key signature of `fifths` sharps (negative: flats)."""
    return ((fifths - MODE_FIFTHS[mode]) * 7) % 12


def key_name(tonic: int, mode: str) -> KeyName:
    """Return for example "F# minor"; the spelling agrees with `key_fifths`."""
    step, alter, _ = spell(60 + tonic, key_fifths(tonic, mode))
    return KeyName(f"{step}{'#' * max(alter, 0)}{'b' * max(-alter, 0)} {mode}")


def parse_key(text: str) -> tuple[int, str]:
    """Return (tonic, mode) of "D major", "F# minor", "Bb", "a", "E dorian", "Em".

    Raises:
        ValueError: the text names no key.
    """
    match = re.fullmatch(r"\s*([A-Ga-g])([#b♯♭]?)\s*[-_]?\s*([A-Za-z]*)\s*", text)
    if not match:
        raise ValueError(f'"{text}" is not a key; write for example "D major" or "F# minor"')
    step, accidental, word = match.groups()
    if not word and step.islower():
        word = "minor"
    mode = _MODE_WORDS.get(word if word == "m" else word.lower())
    if word == "M":
        mode = "major"
    if mode is None:
        raise ValueError(f'"{word}" is not a mode; use {", ".join(MODES)}')
    alter = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}[accidental]
    return (STEP_PITCH_CLASSES[step.upper()] + alter) % 12, mode


def spell(pitch: int, fifths: int = 0) -> tuple[str, int, int]:
    """Return (step, alter, octave) of a pitch as written in a key signature.

    The spelling nearest to the key on the line of fifths is taken: from 3 fifths below to 8 above the major tonic,
    so that the leading notes of minor keys are raised (G# in A minor) and the seventh of major may be lowered.

    Args:
        pitch: MIDI number.
        fifths: sharps of the key signature, negative for flats.

    Returns:
        step "C" to "B"; alter in semitones (-2 to 2); octave in scientific pitch notation.
    """
    # Line of fifths with C = 0: F=-1, C=0, ... B=5, F#=6, Bb=-2
    position = (pitch % 12 * 7) % 12
    low, high = fifths - 3, fifths + 8  # twelve positions, e.g. C major: Eb (-3) .. G# (8)
    while position < low:
        position += 12
    while position > high:
        position -= 12
    return spell_position(pitch, position)


def spell_position(pitch: int, position: int) -> tuple[str, int, int]:
    """Return (step, alter, octave) of a pitch written at a position of the line of fifths (F -1, C 0, G 1, ...)."""
    alter, index = divmod(position + 1, 7)
    step = _LINE_OF_FIFTHS[index]
    octave = (pitch - alter - STEP_PITCH_CLASSES[step]) // 12 - 1
    return step, alter, octave


def pitch_name(pitch: int, fifths: int = 0) -> NoteName:
    """Return for example "C#4" for 61 in a key of `fifths` sharps."""
    step, alter, octave = spell(pitch, fifths)
    return NoteName(f"{step}{'#' * max(alter, 0)}{'b' * max(-alter, 0)}{octave}")


def transpose_chord_text(text: str, semitones: int, fifths: int = 0) -> str:
    """Return a chord symbol `semitones` higher, root and bass spelled for a key of `fifths` sharps.

    Text that begins with no root ("N.C.") is returned as it is.
    """

    def moved(match: re.Match) -> str:
        step, accidentals = match.groups()
        alter = accidentals.count("#") + accidentals.count("♯") - accidentals.count("b") - accidentals.count("♭")
        new_step, new_alter, _ = spell(60 + (STEP_PITCH_CLASSES[step] + alter + semitones) % 12, fifths)
        return f"{new_step}{'#' * max(new_alter, 0)}{'b' * max(-new_alter, 0)}"

    root, slash, bass = text.partition("/")
    root = re.sub(r"^([A-G])([#b♯♭]*)", moved, root)
    return root + slash + re.sub(r"^([A-G])([#b♯♭]*)$", moved, bass)


_MAJOR_PROFILE = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR_PROFILE = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def estimate_key(pitches: np.ndarray, weights: np.ndarray | None = None) -> tuple[int, str]:
    """Return (tonic, "major" or "minor") that fits the pitches best.

    Correlation with the Krumhansl-Kessler profiles (Krumhansl, Cognitive Foundations of Musical Pitch, 1990), to which
    half the share of the notes that lie in the scale is added: in a seed of a bar or two a single foreign note tells
    more than the proportions do.

    Args:
        pitches: MIDI numbers, shape (N,), N >= 1.
        weights: importance of each, for example its duration, shape (N,).
    """
    histogram = np.bincount(np.asarray(pitches) % 12, weights=weights, minlength=12).astype(float)
    if histogram.std() == 0:
        return int(np.asarray(pitches)[-1]) % 12, "major"
    fits = key_profile_fits(pitches, weights)
    best = max((fit, -tonic, mode) for (tonic, mode), fit in fits.items())
    return -best[1], best[2]


def key_profile_fits(pitches: np.ndarray, weights: np.ndarray | None = None) -> dict[tuple[int, str], float]:
    """Return how well each (tonic, "major" or "minor") fits, see `estimate_key`; zeros where all weigh the same."""
    histogram = np.bincount(np.asarray(pitches) % 12, weights=weights, minlength=12).astype(float)
    keys = [(tonic, mode) for mode in ("major", "minor") for tonic in range(12)]
    if histogram.std() == 0:
        return dict.fromkeys(keys, 0.0)

    def fit(profile: np.ndarray, tonic: int, mode: str) -> float:
        inside = sum(histogram[(tonic + step) % 12] for step in MODES[mode]) / histogram.sum()
        return round(float(np.corrcoef(np.roll(profile, tonic), histogram)[0, 1] + inside / 2), 9)

    profiles = {"major": _MAJOR_PROFILE, "minor": _MINOR_PROFILE}
    return {(tonic, mode): fit(profiles[mode], tonic, mode) for tonic, mode in keys}
