"""One printed chord or rest in MusicXML: pitch_xml, accidental_xml, value_xml, tuplet_edges."""

from musegen.music.accidentals import Spelling
from musegen.music.notation import Symbol


def pitch_xml(spelling: Spelling) -> str:
    """Return <pitch>."""
    alter = f"<alter>{spelling.alter}</alter>" if spelling.alter else ""
    return f"<pitch><step>{spelling.step}</step>{alter}<octave>{spelling.octave}</octave></pitch>"


def accidental_xml(spelling: Spelling) -> str:
    """Return <accidental>, "" where none is printed."""
    return f"<accidental>{spelling.accidental}</accidental>" if spelling.accidental else ""


def value_xml(symbol: Symbol, accidental: str = "") -> str:
    """Return type, dots, accidental and time modification."""
    change = ""
    if symbol.tuplet:
        change = (
            f"<time-modification><actual-notes>{symbol.tuplet.actual}</actual-notes>"
            f"<normal-notes>{symbol.tuplet.normal}</normal-notes></time-modification>"
        )
    kind = f"<type>{symbol.kind}</type>" if symbol.kind else ""  # the hidden rest of a pickup may have no one sign
    return f"{kind}{'<dot/>' * symbol.dots}{accidental}{change}"


def tuplet_edges(line: list[Symbol], beams: dict[int, tuple[str, ...]]) -> dict[int, str]:
    """Return <tuplet> starts and stops by index; the bracket is left out where a beam says as much."""
    members: dict[int, list[int]] = {}
    for index, symbol in enumerate(line):
        if symbol.tuplet:
            members.setdefault(symbol.tuplet.start, []).append(index)
    edges: dict[int, str] = {}
    for indices in members.values():
        first, last = indices[0], indices[-1]
        words = [beams[i][0] if beams.get(i) else "" for i in indices]
        beamed = len(words) > 1 and words[0] == "begin" and words[-1] == "end" and set(words[1:-1]) <= {"continue"}
        bracket = "no" if beamed else "yes"
        edges[first] = edges.get(first, "") + f'<tuplet type="start" bracket="{bracket}"/>'
        edges[last] = edges.get(last, "") + '<tuplet type="stop"/>'
    return edges
