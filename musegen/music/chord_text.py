"""What stands after the root of a chord symbol, as people write it.

`read_suffix` knows the spellings of lead sheets (maj7, M7, Δ, ^7, -7, min7, ø, o7, 7alt, 9sus, 6/9, 7(b9,#11)), of
typed text and of the Weimar Jazz Database, which writes the sign of an alteration after its number (j7, 79b13, 7911#).
"""

import difflib
import re
from itertools import product

from musegen.music.chord_tones import EXTENSIONS, QUALITIES, suffix_of

_MAJOR = r"(?:(?i:major|maj|ma)(?![dD]d)|M|Δ|\^|j)"
_MINOR = r"(?:(?i:minor|min|mi)|m|-)"
_NUMBER = r"6/9|69|6|7|9|11|13|"
_HEADS = (
    (rf"{_MINOR}[(/]?(?:{_MAJOR}|\#(?=7))(7|9|11|13|)\)?", "mmaj7"),
    (rf"{_MINOR}(7|9|11|)\(?[b-]5\)?", "m7b5"),
    (r"(?:ø|(?i:half-?dim|hdim)|h)(7|9|11|)", "m7b5"),
    (rf"{_MINOR}({_NUMBER})", "min"),
    (r"(?:(?i:dim)|o|0)(7)", "dim7"),
    (r"(?:(?i:dim)|o|0)()", "dim"),
    (r"7?(?i:alt)()", "7alt"),
    (rf"(?:\+|(?i:aug)){_MAJOR}(7|9|)", "maj7#5"),
    (r"(?:\+|(?i:aug))(7|9|13)", "7#5"),
    (r"(?:\+|(?i:aug))()", "aug"),
    (r"(7|9|11|13)(?i:sus)(?!2)4?", "7sus"),
    (r"(?i:sus)(7|9|13)", "7sus"),
    (r"(?i:sus)()2", "sus2"),
    (r"(?i:sus)()4?", "sus"),
    (rf"(?:Δ|\^|j)({_NUMBER})", "maj7"),
    (r"()(?:7M|M7)", "maj7"),
    (rf"{_MAJOR}({_NUMBER})", "maj"),
    (r"()2", "add9"),
    (r"()4", "sus"),
    (r"()5", "5"),
    (rf"({_NUMBER})", ""),
)
"""How the part before the alterations may begin, with what it names; the group is the number."""
_HEAD_PATTERNS = tuple((re.compile(pattern), name) for pattern, name in _HEADS)
_TAIL = re.compile(
    r"[\s(),/]*(?:(?P<sus>sus[24]?)|(?P<omit>(?:no|omit)\s*(?P<omitted>[35])(?:rd|th)?)|(?P<major>(?:add)?(?:maj|ma|M|Δ|\^|j)7)|(?P<aug>\+|aug)(?=[\s(),]*$)"
    r"|(?:add|Add)?(?P<sign>b|\#|\+|-|)(?:add)?(?P<number>5|9|11|13|6|2|4))[\s(),]*"
)
_PREFIX = re.compile(r":|dom(?=7|9|1[13])")
"""What corpora and some programs write before what they mean: C:maj7, Cdom7."""
_BOTH_SUS = re.compile(r"sus2sus4|sus4sus2|sus2/4|sus4/2")
_WEIMAR = re.compile(r"(9[b#]?)?(11#?)?(13b?)?")
_WEIMAR_SIXTH = re.compile(r"(9)?(11#)")
_PLAIN_TAILS = {"2": "9", "4": "11", "6": "13"}


def read_suffix(suffix: str) -> tuple[str, tuple[str, ...]] | None:
    """Return (quality, extensions) of what stands after the root, None where it cannot be read."""
    suffix = _BOTH_SUS.sub("sus24", _PREFIX.sub("", suffix, count=1))
    for pattern, name in _HEAD_PATTERNS:
        match = pattern.match(suffix)
        if match is None:
            continue
        quality, names = _headed(name, match[1])
        tail = suffix[match.end() :]
        read = _weimar_tail(match[1], tail) or _tail(quality, tail)
        if read is not None:
            quality, more = read[0] or quality, names | read[1]
            more -= {"9"} if match[1] in ("11", "13") and more & {"b9", "#9"} else set()
            return quality, tuple(more)
    return None


def _headed(name: str, number: str) -> tuple[str, set[str]]:
    """Return quality and extensions of a head and its number ("min", "9" is a minor seventh with a ninth)."""
    names = {"9": {"9"}, "11": {"9", "11"}, "13": {"9", "13"}, "69": {"9"}, "6/9": {"9"}}.get(number, set())
    if name in ("maj7#5", "7#5"):
        return name[:-2], names | {"#5"}
    if name == "add9":
        return "maj", {"9"}
    sixth = number in ("6", "69", "6/9")
    if name in ("maj", "maj7", ""):
        seventh = "7" if name == "" else "maj7"
        return ("6" if sixth else seventh if number else name or "maj"), names
    if name == "min":
        return ("m6" if sixth else "min7" if number else "min"), names
    return name, names


def _weimar_tail(number: str, tail: str) -> tuple[str, set[str]] | None:
    """Return what "9b13" adds after a seventh in the spelling of the Weimar database, None where it is not that."""
    match = {"7": _WEIMAR, "6": _WEIMAR_SIXTH, "69": _WEIMAR_SIXTH}.get(number, re.compile("(?!)")).fullmatch(tail)
    if match is None or not tail:
        return None
    return "", {part[-1] + part[:-1] if part[-1] in "b#" else part for part in match.groups() if part}


def _tail(quality: str, tail: str) -> tuple[str, set[str]] | None:
    """Return (another quality or "", extensions) of the alterations after a head, None where they cannot be read."""
    changed, names, place = "", set(), 0
    while place < len(tail):
        match = _TAIL.match(tail, place)
        if match is None:
            return None
        place = match.end()
        if match["omit"]:
            names.add(f"no{match['omitted']}")
        elif match["sus"]:
            now = changed or quality
            if match["sus"] == "sus2":
                names |= {"9", "no3"} if now in ("7", "maj7") else set()
                changed = {"7": "7", "maj7": "maj7", "maj": "sus2"}.get(now, "")
            elif now == "maj7":
                names, changed = names | {"11", "no3"}, now
            else:
                changed = {"7": "7sus", "maj": "sus"}.get(now, "")
            if not changed:
                return None
        elif match["major"]:
            names |= {"#5"} if quality == "aug" else {"13"} if quality == "m6" else set()
            changed = {"min": "mmaj7", "m6": "mmaj7", "aug": "maj7"}.get(changed or quality, "")
            if not changed:
                return None
        else:
            sign = {"+": "#", "-": "b"}.get(match["sign"] or "", match["sign"] or "")
            number = match["number"] or "5"
            name = f"{'#' if match['aug'] else sign}{_PLAIN_TAILS.get(number, number)}"
            if name not in EXTENSIONS:
                return None
            names.add(name)
    return changed, names


# ------------------------------------------------------------------------------------------- what was meant perhaps

_USUAL_SUFFIXES = tuple(
    dict.fromkeys(
        [
            *(suffix_of(quality, ()) for quality in QUALITIES),
            *(
                suffix_of(quality, names)
                for quality, names in product(
                    ("7", "maj7", "min7", "7sus"),
                    (("9",), ("9", "11"), ("9", "13"), ("b9",), ("#9",), ("#11",), ("b13",), ("b9", "b13"), ("b5",)),
                )
            ),
            "6/9", "m6/9", "add9", "mmaj7", "min7", "min", "maj", "sus", "7sus", "9sus", "alt", "7#5", "13#11", "dim7",
        ]
    )
)  # fmt: skip


def near_suffix(suffix: str) -> str | None:
    """Return the nearest usual way to write a suffix that cannot be read, None where nothing is near."""
    near = difflib.get_close_matches(suffix.lower(), [s.lower() for s in _USUAL_SUFFIXES], n=1, cutoff=0.4)
    if near:
        return next(s for s in _USUAL_SUFFIXES if s.lower() == near[0])
    return "" if len(suffix) <= 1 else None
