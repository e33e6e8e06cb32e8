"""What is in a chord of each quality: tones, guide tones, scales, and how it is written after its root.

QUALITIES, FAMILIES, EXTENSIONS, OMISSIONS, simplest, suffix_of, intervals_of, guides_of, scale_steps. Integers are
semitones above the root.
"""

QUALITIES = (
    "maj", "min", "7", "maj7", "min7", "m7b5", "dim7", "dim", "aug", "7alt", "7sus", "sus", "6", "m6", "mmaj7",
    "sus2", "5",
)  # fmt: skip
"""Kinds of chords; what is not among them is one of them with extensions ("C13b9" is a "7" with b9 and 13)."""

NONE = "none"
"""The quality of no chord at all; it is not among `QUALITIES`."""

FAMILIES = {
    "maj": "major", "maj7": "major", "6": "major", "aug": "major", "sus2": "major", "5": "major",
    "min": "minor", "min7": "minor", "m6": "minor", "mmaj7": "minor",
    "7": "dominant", "7alt": "dominant", "7sus": "dominant", "sus": "dominant",
    "m7b5": "half-diminished", "dim": "diminished", "dim7": "diminished", NONE: NONE,
}  # fmt: skip
"""What a quality does in a progression."""

EXTENSIONS = {
    "b5": 6, "#5": 8, "b9": 1, "9": 2, "#9": 3, "11": 5, "#11": 6, "b13": 8, "13": 9,
}  # fmt: skip
"""Semitones above the root of what may be added to a quality, in the order in which it is printed."""

OMISSIONS = ("no3", "no5")
"""What may be left out of a quality, named among its extensions after them."""
_LEFT_OUT = {"no3": (3, 4), "no5": (6, 7, 8)}

_TONES = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10), "dim7": (0, 3, 6, 9), "dim": (0, 3, 6), "aug": (0, 4, 8), "7alt": (0, 3, 4, 8, 10),
    "7sus": (0, 5, 7, 10), "sus": (0, 5, 7), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "mmaj7": (0, 3, 7, 11),
    "sus2": (0, 2, 7), "5": (0, 7), NONE: (),
}  # fmt: skip
_GUIDES = {
    "maj": (4,), "min": (3,), "7": (4, 10), "maj7": (4, 11), "min7": (3, 10), "m7b5": (3, 10), "dim7": (3, 9),
    "dim": (3, 6), "aug": (4, 8), "7alt": (4, 10), "7sus": (5, 10), "sus": (5,), "6": (4, 9), "m6": (3, 9),
    "mmaj7": (3, 11), "sus2": (2,), "5": (0,), NONE: (),
}  # fmt: skip

_IONIAN, _DORIAN, _MIXOLYDIAN = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 9, 10), (0, 2, 4, 5, 7, 9, 10)
_LYDIAN, _LYDIAN_DOMINANT, _LYDIAN_AUGMENTED = (0, 2, 4, 6, 7, 9, 11), (0, 2, 4, 6, 7, 9, 10), (0, 2, 4, 6, 8, 9, 11)
_AEOLIAN, _PHRYGIAN, _LOCRIAN = (0, 2, 3, 5, 7, 8, 10), (0, 1, 3, 5, 7, 8, 10), (0, 1, 3, 5, 6, 8, 10)
_MELODIC_MINOR, _WHOLE_TONE, _ALTERED = (0, 2, 3, 5, 7, 9, 11), (0, 2, 4, 6, 8, 10), (0, 1, 3, 4, 6, 8, 10)
_HALF_WHOLE, _WHOLE_HALF = (0, 1, 3, 4, 6, 7, 9, 10), (0, 2, 3, 5, 6, 8, 9, 11)
_PHRYGIAN_DOMINANT, _MIXOLYDIAN_FLAT_6 = (0, 1, 4, 5, 7, 8, 10), (0, 2, 4, 5, 7, 8, 10)
_SCALES = {
    "maj": _IONIAN, "maj7": _IONIAN, "6": _IONIAN, "sus2": _IONIAN, "5": _IONIAN,
    "min": _DORIAN, "min7": _DORIAN, "m6": _MELODIC_MINOR, "mmaj7": _MELODIC_MINOR,
    "7": _MIXOLYDIAN, "7sus": _MIXOLYDIAN, "sus": _MIXOLYDIAN, "7alt": _ALTERED,
    "m7b5": _LOCRIAN, "dim": _WHOLE_HALF, "dim7": _WHOLE_HALF, "aug": _WHOLE_TONE, NONE: tuple(range(12)),
}  # fmt: skip

_SEVENTHS = {
    "7": ("", ""), "maj7": ("maj", ""), "min7": ("m", ""), "7sus": ("", "sus4"), "mmaj7": ("mMaj", ""),
    "m7b5": ("m", "b5"),
}  # fmt: skip
"""What is printed before and after the number of chords whose seventh grows into a ninth, eleventh or thirteenth."""
_SUFFIXES = {
    "maj": "", "min": "m", "dim7": "dim7", "dim": "dim", "aug": "aug", "7alt": "7alt", "sus": "sus4", "6": "6",
    "m6": "m6", "sus2": "sus2", "5": "5",
}  # fmt: skip


def intervals_of(quality: str, extensions: tuple[str, ...]) -> tuple[int, ...]:
    """Return the tones of a chord, ascending within the octave."""
    tones = set(_TONES[quality])
    if {"b5", "#5"} & set(extensions):
        tones.discard(7)
    for name in extensions:
        tones.difference_update(_LEFT_OUT.get(name, ()))
    return tuple(sorted(tones | {EXTENSIONS[name] for name in extensions if name in EXTENSIONS}))


def guides_of(quality: str) -> tuple[int, ...]:
    """Return the tones that tell the quality: third (or what stands for it), then seventh or sixth."""
    return _GUIDES[quality]


def simplest(quality: str, names: set[str]) -> tuple[str, tuple[str, ...]]:
    """Return quality and extensions so that equal chords are written alike."""
    for altered, natural in ((("b9", "#9"), "9"), (("#11",), "11"), (("b13",), "13")):
        if names & set(altered):
            names.discard(natural)
    fifths = {("maj", "#5"): "aug", ("min", "b5"): "dim", ("min7", "b5"): "m7b5"}
    for (before, name), after in fifths.items():
        if quality == before and name in names:
            quality = after
            names.discard(name)
    omitted = {name for name in names & set(OMISSIONS) if set(_LEFT_OUT[name]) & set(_TONES[quality])}
    names -= set(OMISSIONS)
    if (quality, names, omitted) in (("maj", set(), {"no3"}), ("min", set(), {"no3"})):
        return "5", ()
    held = {EXTENSIONS[name] for name in names} & set(_TONES[quality])
    names = set() if quality in ("7alt", NONE) else {name for name in names if EXTENSIONS[name] not in held}
    return quality, tuple(name for name in (*EXTENSIONS, *OMISSIONS) if name in names | omitted)


def suffix_of(quality: str, extensions: tuple[str, ...]) -> str:
    """Return what is printed after the root: "maj7", "m7b5", "13b9"."""
    omitted = [name for name in extensions if name in OMISSIONS]
    extensions = tuple(name for name in extensions if name not in OMISSIONS)
    if omitted:
        return _suffix_with_omissions(quality, extensions, omitted)
    altered = "".join(name for name in extensions if name[0] in "b#")
    natural = [name for name in extensions if name[0] not in "b#"]
    if quality in _SEVENTHS:
        number = _number(set(extensions))
        implied = {"7": (), "9": ("9",), "11": ("9", "11"), "13": ("9", "13")}[number]
        before, after = _SEVENTHS[quality]
        added = "".join(f"add{name}" for name in natural if name not in implied)
        return f"{before}{number}{after}{altered}{added}"
    suffix = _SUFFIXES[quality]
    if quality in ("6", "m6") and "9" in natural:
        suffix, natural = f"{suffix}/9", [name for name in natural if name != "9"]
    # In brackets, since "Cb5" would be a chord on C flat.
    return suffix + "".join(f"add{name}" for name in natural) + (f"({altered})" if altered else "")


def _suffix_with_omissions(quality: str, extensions: tuple[str, ...], omitted: list[str]) -> str:
    """Return the suffix of a chord that leaves tones out: a fourth or second without third is suspended."""
    suspended: dict[tuple[str, tuple[str, ...]], str] = {
        ("maj7", ("11",)): "maj7sus4",
        ("7", ("9",)): "7sus2",
        ("maj7", ("9",)): "maj7sus2",
    }
    if "no3" in omitted and (quality, extensions) in suspended:
        suffix = suspended[quality, extensions]
        omitted = [name for name in omitted if name != "no3"]
    else:
        suffix = suffix_of(quality, extensions)
    return suffix + "".join(f"({name})" for name in omitted)


def _number(names: set[str]) -> str:
    """Return the highest number that a seventh chord is called by: it takes for granted the ninth below it."""
    ninth = bool(names & {"b9", "9", "#9"})
    if "13" in names and ninth:
        return "13"
    if "11" in names and ninth:
        return "11"
    return "9" if "9" in names else "7"


def scale_steps(quality: str, names: set[str]) -> tuple[int, ...]:
    """Return the usual scale over a quality with these extensions (see `Chord.scale`)."""
    if quality == "7":
        return _dominant_scale(names)
    if quality in ("maj", "maj7", "6") and names & {"#11", "b5", "#5"}:
        return _LYDIAN_AUGMENTED if "#5" in names else _LYDIAN
    if quality in ("min", "min7"):
        return _PHRYGIAN if "b9" in names else _AEOLIAN if names & {"b13", "#5"} else _DORIAN
    if quality == "7sus" and "b9" in names:
        return _PHRYGIAN if "b13" in names else (0, 1, 3, 5, 7, 9, 10)  # dorian with a low second
    if quality == "m7b5" and "9" in names:
        return (0, 2, 3, 5, 6, 8, 10)  # locrian with a natural second
    return _SCALES[quality]


def _dominant_scale(names: set[str]) -> tuple[int, ...]:
    dark = bool(names & {"b13", "#5"})
    if "#9" in names:
        return _HALF_WHOLE if "13" in names else _ALTERED
    if "b9" in names:
        return _PHRYGIAN_DOMINANT if dark else _HALF_WHOLE
    if dark:
        return _WHOLE_TONE if "#5" in names or names & {"#11", "b5"} else _MIXOLYDIAN_FLAT_6
    return _LYDIAN_DOMINANT if names & {"#11", "b5"} else _MIXOLYDIAN
