"""What notes and keys are called in a country: NAMINGS, NoteName, KeyName, named_note, named_key, in_letters.

Inside the program a note is a pitch, and its name is English ("C#4", "Bb3", "F# minor"). At the edge it is called by
the country's name, and typed ones are read back. Octaves keep their scientific numbers: 4 begins at middle C.
"""

import re

NAMINGS = {"english": "C D E … A B", "german": "C D E … A H", "italian": "do re mi", "french": "do ré mi"}
"""The ways of naming notes, and how each begins."""

_SYLLABLES = {
    "italian": dict(zip("CDEFGAB", ("do", "re", "mi", "fa", "sol", "la", "si"), strict=True)),
    "french": dict(zip("CDEFGAB", ("do", "ré", "mi", "fa", "sol", "la", "si"), strict=True)),
}
_NOTE = re.compile(r"([A-G])(##|#|bb|b)?(-?\d+)?")
_KEY = re.compile(r"([A-G])(#|b)? (\w+)")
_SIGNS = {"#": "♯", "b": "♭", "##": "♯♯", "bb": "♭♭", "": ""}
_ROOT = re.compile(r"^([A-G])(bb|##|b|#)?")


class NoteName(str):
    """The English name of a note, with or without its octave; equal to its text."""

    __slots__ = ()


class KeyName(str):
    """The English name of a key, "F# minor"; equal to its text."""

    __slots__ = ()


def named_note(english: str, names: str) -> str:
    """Return what a note is called, "Fis4" or "fa♯4" for "F#4"; text that is no note is returned as it is."""
    match = _NOTE.fullmatch(english)
    if match is None or names == "english":
        return english
    step, sign, octave = match[1], match[2] or "", match[3] or ""
    if names == "german":
        return _german(step, sign) + octave
    return _SYLLABLES[names][step] + _SIGNS[sign] + octave


def named_key(english: str, names: str, modes: dict[str, str]) -> str:
    """Return what a key is called: "fis-Moll", "fa♯ mineur".

    Args:
        english: "F# minor"; other text is returned as it is.
        names: one of `NAMINGS`.
        modes: what the modes are called in the language, by their English names.
    """
    match = _KEY.fullmatch(english)
    if match is None:
        return english
    step, sign, mode = match[1], match[2] or "", match[3]
    word = modes.get(mode, mode)
    tonic = named_note(step + sign, names)
    if names in ("german", "english") and word[:1].isupper():  # German: C-Dur, c-Moll
        return f"{tonic.lower() if mode == 'minor' else tonic}-{word}"
    return f"{tonic[:1].upper()}{tonic[1:]} {word}"


def _german(step: str, sign: str) -> str:
    if step == "B":
        return {"": "H", "b": "B", "bb": "Heses", "#": "His", "##": "Hisis"}[sign]
    if sign.startswith("#"):
        return step + "is" * len(sign)
    if step in "EA" and sign:
        return step + "s" + ("es" if step == "E" else "as") * (len(sign) - 1)
    return step + "es" * len(sign)


def named_chord(english: str, names: str) -> str:
    """Return a chord symbol with German H and B ("Bb7" is "B7", "B7" is "H7"); other countries keep the letters."""
    if names != "german":
        return english
    root, slash, bass = english.partition("/")

    def german(match: re.Match) -> str:
        step, sign = match[1], match[2] or ""
        return step + sign if step != "B" else {"": "H", "b": "B", "bb": "Bb", "#": "H#", "##": "H##"}[sign]

    return _ROOT.sub(german, root) + slash + (_ROOT.sub(german, bass) if _ROOT.fullmatch(bass) else bass)


_LETTERED_CHORD = re.compile(r"(?<![A-Za-z#♯♭])(Bb(?!5|9|13)|B(?!b(?!5|9|13)))(?![a-z]*:)")
_TYPED_CHORD = re.compile(r"(?<![A-Za-z#♯♭])(H|B(?!ar|b(?!5|9|13)|♭))(?![a-z]*:)")


def chords_in_letters(text: str, names: str) -> str:
    """Return typed chords whose H and B are German with the letters of jazz: "H7 B7" is "B7 Bb7".

    B flat written "Bb" stays what it is everywhere. Headers ("title: ...") and labels are left alone.
    """
    return _chords(text, names, _TYPED_CHORD, {"H": "B", "B": "Bb"})


def chords_as_named(text: str, names: str) -> str:
    """Return typed chords with German H and B in place of the letters of jazz, as `chords_in_letters` reads them."""
    return _chords(text, names, _LETTERED_CHORD, {"B": "H", "Bb": "B"})


def _chords(text: str, names: str, pattern: re.Pattern, roots: dict[str, str]) -> str:
    if names != "german":
        return text
    header = re.compile(r"[ \t]*(title|meter|metre|time|key|tempo|composer|style)[ \t]*:", re.I)
    return "".join(
        line if header.match(line) else pattern.sub(lambda match: roots[match[1]], line)
        for line in text.splitlines(keepends=True)
    )


# ------------------------------------------------------------------------------------------------------ typed notes

_TYPED_SYLLABLES = {"do": "C", "ut": "C", "re": "D", "ré": "D", "mi": "E", "fa": "F", "sol": "G", "so": "G", "la": "A",
                    "si": "B", "ti": "B"}  # fmt: skip
_TYPED_SIGNS = {"": 0, "♮": 0, "#": 1, "♯": 1, "is": 1, "##": 2, "♯♯": 2, "x": 2, "isis": 2, "b": -1, "♭": -1, "es": -1,
                "s": -1, "bb": -2, "♭♭": -2, "eses": -2, "ses": -2, "sas": -2}  # fmt: skip
_LENGTH_MAY_FOLLOW = r"(?=[whqest]?(?![A-Za-z]))"
_TYPED_GERMAN = re.compile(
    rf"(?P<letter>[A-Ha-h])(?P<alter>isis|eses|(?<=[Ee])ses|(?<=[Aa])sas|(?<=[Aa])ses|is{_LENGTH_MAY_FOLLOW}"
    rf"|es{_LENGTH_MAY_FOLLOW}|(?<=[EeAa])s{_LENGTH_MAY_FOLLOW}|##|#|♯♯|♯|bb|b|♭♭|♭|♮|x(?![a-z]))?"
)
_TYPED_SUNG = re.compile(
    r"(?P<letter>do|ut|r[eé]|mi|fa|sol|so|la|si|ti)(?P<alter>##|#|♯♯|♯|bb|b|♭♭|♭|♮)?(?=[whqest]?(?![A-Za-zé]))",
    re.IGNORECASE,
)


def typed_note(text: str, position: int, names: str) -> tuple[str, int, int] | None:
    """Return the note that is typed at a place in a country's names.

    Args:
        text: what was typed.
        position: where the note begins.
        names: one of `NAMINGS`; English ones are left to the reader of letters.

    Returns:
        (letter "C" to "B", semitones by which it is altered, where it ends before the octave); None where no note of
        these names stands there.
    """
    if names == "english":
        return None
    if names != "german":
        match = _TYPED_SUNG.match(text, position)
        return match and (_TYPED_SYLLABLES[match["letter"].lower()], _TYPED_SIGNS[match["alter"] or ""], match.end())
    match = _TYPED_GERMAN.match(text, position)
    if match is None:
        return None
    letter, sign = match["letter"].upper(), match["alter"] or ""
    if letter == "B":  # B flat, also where it is written Bb
        return "B", -2 if sign in ("es", "bb", "♭♭") else -1, match.end()
    return {"H": "B"}.get(letter, letter), _TYPED_SIGNS[sign], match.end()
