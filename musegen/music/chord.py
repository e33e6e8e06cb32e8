"""Chords as musicians name them: a root, a quality, extensions, perhaps another bass.

Chord, NO_CHORD, QUALITIES, parse_chord. A chord is read from any usual spelling ("Dm7", "D-7", "C7(b9,#11)", "F#ø/E")
and prints itself in one of ours. Pitch classes are 0 (C) to 11 (B).
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace

from musegen.errors import ChartError
from musegen.languages import message
from musegen.music.chord_text import near_suffix, read_suffix
from musegen.music.chord_tones import (
    EXTENSIONS,
    FAMILIES,
    NONE,
    OMISSIONS,
    QUALITIES,
    guides_of,
    intervals_of,
    scale_steps,
    simplest,
    suffix_of,
)
from musegen.music.theory import STEP_PITCH_CLASSES, spell_position

__all__ = ["FAMILIES", "NO_CHORD", "QUALITIES", "Chord", "note_name", "parse_chord", "position_of", "printed_chord"]

_WRITTEN = range(-8, 13)
"""Places on the line of fifths that need one accidental at most, Fb to B#."""
_USUAL_MAJOR = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)
_USUAL_MINOR = (0, 7, 2, -3, 4, -1, 6, 1, 8, 3, -2, 5)
"""Places on the line of fifths (C 0, G 1, F -1) by which roots are usually written, by pitch class."""


@dataclass(frozen=True, slots=True)
class Chord:
    """One chord. Two chords are equal where they sound the same: C#m7 is Dbm7.

    Args:
        root: pitch class, 0 to 11; 0 for no chord.
        quality: one of `QUALITIES`, or `NONE`.
        extensions: of `EXTENSIONS` and `OMISSIONS`, put into their order; an altered ninth, eleventh or thirteenth
            takes the place of the natural one, and what makes another quality (a minor seventh with b5) becomes it.
        bass: pitch class of the bass where it is not the root.
        text: as printed, made where it is not given; only its spelling of root and bass is the caller's choice
            (see `spelled`).

    Raises:
        ValueError: a part is out of its range.
    """

    root: int
    quality: str = "maj"
    extensions: tuple[str, ...] = ()
    bass: int | None = None
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.quality != NONE and self.quality not in QUALITIES:
            raise ValueError(f"quality must be one of {', '.join(QUALITIES)}, got {self.quality!r}")
        unknown = set(self.extensions) - set(EXTENSIONS) - set(OMISSIONS)
        if unknown or not 0 <= self.root < 12 or not (self.bass is None or 0 <= self.bass < 12):
            raise ValueError(f"not a chord: root {self.root}, bass {self.bass}, extensions {self.extensions}")
        quality, extensions = simplest(self.quality, set(self.extensions))
        object.__setattr__(self, "quality", quality)
        object.__setattr__(self, "extensions", extensions)
        if self.bass == self.root or quality == NONE:
            object.__setattr__(self, "bass", None)
        if not self.text:
            object.__setattr__(self, "text", self._printed(None))

    @property
    def is_no_chord(self) -> bool:
        """True where nothing is to be played under the melody."""
        return self.quality == NONE

    @property
    def family(self) -> str:
        """What the chord does: major, minor, dominant, half-diminished, diminished or none."""
        return FAMILIES[self.quality]

    @property
    def intervals(self) -> tuple[int, ...]:
        """Semitones above the root of what is in the chord, ascending within the octave, the bass left out."""
        return intervals_of(self.quality, self.extensions)

    @property
    def pitch_classes(self) -> frozenset[int]:
        """Pitch classes in the chord, the bass left out; none for no chord."""
        return frozenset((self.root + step) % 12 for step in self.intervals)

    @property
    def scale(self) -> frozenset[int]:
        """The usual scale over the chord, its own tones always included; all twelve for no chord.

        As taught for chord symbols (Nettles and Graf, The Chord Scale Theory and Jazz Harmony, 1997): dorian on minor,
        lydian where there is #11, half-whole diminished on 7b9, altered on 7alt and 7#9, whole tone on 7#5.
        """
        steps = scale_steps(self.quality, set(self.extensions))
        return frozenset((self.root + step) % 12 for step in steps) | self.pitch_classes

    @property
    def guide_tones(self) -> tuple[int, ...]:
        """Pitch classes that tell the quality: third (or what stands for it), then seventh or sixth where there is."""
        return tuple((self.root + step) % 12 for step in guides_of(self.quality))

    @property
    def bass_pitch_class(self) -> int:
        """What the bass plays first."""
        return self.root if self.bass is None else self.bass

    @property
    def suffix(self) -> str:
        """What is printed after the root, "maj7", "m7b5", "13b9", without the bass."""
        return suffix_of(self.quality, self.extensions)

    def transposed(self, semitones: int, fifths: int | None = None) -> "Chord":
        """Return the chord `semitones` higher, spelled for a key of `fifths` sharps, or as is usual."""
        if self.is_no_chord:
            return self
        bass = None if self.bass is None else (self.bass + semitones) % 12
        moved = Chord((self.root + semitones) % 12, self.quality, self.extensions, bass)
        return moved if fifths is None else moved.spelled(fifths)

    def spelled(self, fifths: int) -> "Chord":
        """Return the chord with root and bass written for a key of `fifths` sharps (negative: flats)."""
        return self if self.is_no_chord else replace(self, text=self._printed(fifths))

    def _printed(self, fifths: int | None) -> str:
        if self.is_no_chord:
            return "N.C."
        if fifths is None:
            usual = _USUAL_MINOR if 3 in self.intervals and 4 not in self.intervals else _USUAL_MAJOR
            position = usual[self.root]
        else:
            position = _near(self.root, fifths - 5)
        return printed_chord(self, position, None if self.bass is None else _near(self.bass, position - 5))


def printed_chord(chord: Chord, root_position: int, bass_position: int | None = None) -> str:
    """Return the symbol of a chord whose root and bass stand at places of the line of fifths (C 0, G 1, F -1)."""
    bass = "" if bass_position is None else f"/{note_name(bass_position)}"
    return f"{note_name(root_position)}{chord.suffix}{bass}"


def note_name(position: int) -> str:
    """Return the name of a place of the line of fifths: 0 is C, 6 is F#, -2 is Bb."""
    step, alter, _ = spell_position(60, position)
    return f"{step}{'#' * max(alter, 0)}{'b' * max(-alter, 0)}"


def position_of(step: str, alter: int) -> int:
    """Return the place on the line of fifths of a note name."""
    natural = (STEP_PITCH_CLASSES[step] * 7) % 12
    return (natural - 12 if natural == 11 else natural) + 7 * alter


def _near(pitch_class: int, lowest: int) -> int:
    """Return the place of a pitch class among the twelve of the line of fifths from `lowest` up, but no double flat."""
    lowest = min(max(lowest, _WRITTEN[0]), _WRITTEN[-1] - 11)
    return lowest + (pitch_class * 7 - lowest) % 12


NO_CHORD = Chord(0, NONE)
"""Where no chord is to be played, printed "N.C."."""


# ------------------------------------------------------------------------------------------------- from what is typed

_SIGNS = str.maketrans(
    {"♭": "b", "♯": "#", "𝄫": "bb", "𝄪": "##", "∆": "Δ", "△": "Δ", "▵": "Δ", "Ø": "ø", "⌀": "ø", "∅": "ø", "°": "o",
     "−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "—": "-", "♮": ""}
)  # fmt: skip
_NO_CHORD = re.compile(r"n\.?\s?c\.?|no[ _]?chord|tacet", re.I)
# Not two flats but one before "b5", "b9" or "b13".
_ROOT = re.compile(r"([A-Ga-g])(bb(?!5|9|13)|##(?!5|9|11)|b|#)?")
_BASS = re.compile(r"(.*)/\s*([A-Ga-g])(bb|##|b|#)?")
_DEGREE = re.compile(r"[#b]?(?:VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?:[^a-zA-Z].*|maj.*|m.*|)")


def parse_chord(text: str) -> Chord:
    """Return the chord of a symbol, its root and bass spelled as they were.

    Raises:
        ChartError: the text is no chord; the message and the error's fields say what was meant perhaps.
    """
    plain = unicodedata.normalize("NFKC", text.strip().translate(_SIGNS)).translate(_SIGNS)
    if _NO_CHORD.fullmatch(plain):
        return NO_CHORD
    root = _ROOT.match(plain)
    if text.strip() == "Do":
        raise ChartError('"Do" could be C or Ddim; write one of them.', text.strip(), meant="C")
    if root is None or (plain == root[0] and plain[0].islower()):
        raise _no_chord(text, plain)
    suffix, bass = _split_bass(plain[root.end() :])
    parts = read_suffix(suffix.strip())
    if parts is None:
        raise _no_chord(text, plain)
    position = _position(*root.groups())
    chord = Chord(position * 7 % 12, *parts, None if bass is None else bass * 7 % 12)
    if position not in _WRITTEN:  # "Bbb9" could be read two ways, so double flats and sharps are written plainly
        return chord
    return replace(chord, text=printed_chord(chord, position, bass if chord.bass is not None else None))


def _position(step: str, sign: str | None) -> int:
    return position_of(step.upper(), (sign or "").count("#") - (sign or "").count("b"))


def _split_bass(rest: str) -> tuple[str, int | None]:
    """Return what stands before the bass, and the bass on the line of fifths."""
    slash = _BASS.fullmatch(rest)
    return (rest, None) if slash is None else (slash[1], _position(slash[2], slash[3]))


def _no_chord(text: str, plain: str) -> ChartError:
    token = text.strip()
    if not token:
        return ChartError("A chord is missing here; write for example Dm7.", token)
    root, meant, why = _ROOT.match(plain), "", message("")
    if plain[0] in "Hh":
        meant, why = _near_chord("B" + plain[1:]), message(": the note H is written B here")
    elif _DEGREE.fullmatch(plain):
        why = message(": chords are written by the letters of their roots, such as Dm7, not by degrees")
    elif root is None:
        why = message(": a chord begins with a letter from A to G")
    elif plain[0].islower() and plain == root[0]:
        name = plain[0].upper() + plain[1:]
        either = message('"{token}" could be {name} or {name}m; write one of them.', token=token, name=name)
        return ChartError(either, token, meant=name)
    else:
        meant = _near_chord(plain)
    asked = message('; did you mean "{meant}"?', meant=meant) if meant else "."
    said = message('"{token}" is no chord that can be read{why}{asked}', token=token, why=why, asked=asked)
    return ChartError(said, token, meant=meant)


def _near_chord(plain: str) -> str:
    """Return the nearest symbol that can be read, empty where nothing is near."""
    root = _ROOT.match(plain)
    if root is None:
        return ""
    rest = re.sub(r"/\s*[Hh]$", "/B", plain[root.end() :])
    suffix, bass = _split_bass(rest)
    suffix = suffix.strip()
    if bass is None and (wrong := re.fullmatch(r"(.*)/\D*", suffix)):
        suffix = wrong[1]
    near = suffix if read_suffix(suffix) else near_suffix(suffix)
    if near is None:
        return ""
    return f"{note_name(_position(*root.groups()))}{near}" + ("" if bass is None else f"/{note_name(bass)}")
