"""The <part-list> of MusicXML: names, brackets, instruments; clefs, and where drums stand on the staff."""

from musegen.files.xml_text import xml_text
from musegen.music import Piece
from musegen.music.instruments import program_name
from musegen.music.score import Part

CLEFS = {
    "treble": "<sign>G</sign><line>2</line>",
    "bass": "<sign>F</sign><line>4</line>",
    "alto": "<sign>C</sign><line>3</line>",
    "treble-8vb": "<sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change>",
    "treble-8va": "<sign>G</sign><line>2</line><clef-octave-change>1</clef-octave-change>",
    "bass-8vb": "<sign>F</sign><line>4</line><clef-octave-change>-1</clef-octave-change>",
    "percussion": "<sign>percussion</sign><line>2</line>",
}
_SHORT = {
    "soprano": "S.", "alto": "A.", "tenor": "T.", "bass": "B.", "voice": "V.", "violin": "Vln.", "viola": "Vla.",
    "cello": "Vc.", "violoncello": "Vc.", "contrabass": "Cb.", "flute": "Fl.", "oboe": "Ob.", "clarinet": "Cl.",
    "bassoon": "Bsn.", "horn": "Hn.", "trumpet": "Tpt.", "trombone": "Tbn.", "tuba": "Tba.", "piano": "Pno.",
    "guitar": "Gtr.", "harpsichord": "Hpsd.", "organ": "Org.", "strings": "Str.", "drums": "Dr.", "harp": "Hp.",
}  # fmt: skip
_X, _CIRCLE_X, _DIAMOND = ("<notehead>x</notehead>", "<notehead>circle-x</notehead>", "<notehead>diamond</notehead>")
_DRUMS = {
    35: ("E", 4, ""), 36: ("F", 4, ""), 37: ("C", 5, _X), 38: ("C", 5, ""), 39: ("C", 5, _X), 40: ("C", 5, ""),
    41: ("G", 4, ""), 43: ("A", 4, ""), 45: ("B", 4, ""), 47: ("D", 5, ""), 48: ("E", 5, ""), 50: ("E", 5, ""),
    42: ("G", 5, _X), 44: ("D", 4, _X), 46: ("G", 5, _CIRCLE_X), 49: ("A", 5, _X), 57: ("A", 5, _X),
    52: ("B", 5, _X), 55: ("B", 5, _X), 51: ("F", 5, _X), 59: ("F", 5, _X), 53: ("F", 5, _DIAMOND),
    54: ("E", 5, _X), 56: ("E", 5, _X),
}  # fmt: skip


def drum_place(pitch: int) -> tuple[str, int, str]:
    """Return (step, octave, note head element) of a General MIDI percussion sound."""
    return _DRUMS.get(pitch, ("C", 5, ""))


def printed_name(part: Part) -> str:
    """Return the name of a part, the General MIDI name of its instrument where it has none."""
    return part.name or ("Drums" if part.is_drum else program_name(part.program))


def short_name(name: str) -> str:
    """Return the abbreviation printed from the second system on: "Vln. I" for "Violin I"."""
    words = name.split()
    if words and words[0].lower() in _SHORT:
        return " ".join([_SHORT[words[0].lower()], *words[1:]])
    return name if len(name) <= 5 else ""


def part_list_xml(piece: Piece, parts: tuple[Part, ...]) -> str:
    """Return <part-list> with brackets and sounds."""
    out = ["<part-list>\n"]
    channels = iter([c for c in range(1, 17) if c != 10] * (len(parts) // 15 + 1))
    for index, part in enumerate(parts):
        before = parts[index - 1].group if index else ""
        after = parts[index + 1].group if index + 1 < len(parts) else ""
        if part.group and part.group != before and part.group == after:
            symbol = "brace" if part.group == "brace" else "bracket"
            out.append(
                f'<part-group type="start" number="1"><group-symbol>{symbol}</group-symbol>'
                "<group-barline>yes</group-barline></part-group>\n"
            )
        out.append(_score_part(piece, part, index, next(channels), is_alone=len(parts) == 1))
        if part.group and part.group == before and part.group != after:
            out.append('<part-group type="stop" number="1"/>\n')
    out.append("</part-list>\n")
    return "".join(out)


def _score_part(piece: Piece, part: Part, index: int, channel: int, *, is_alone: bool) -> str:
    identifier = f"P{index + 1}"
    name = printed_name(part)
    silent = ' print-object="no"' if is_alone or part.group in ("chorale", "brace") else ""
    short = short_name(name)
    out = [f'<score-part id="{identifier}"><part-name{silent}>{xml_text(name)}</part-name>']
    if short and not silent:
        out.append(f"<part-abbreviation>{xml_text(short)}</part-abbreviation>")
    if part.is_drum:
        pitches = sorted({n.pitch for t in part.tracks for n in piece.tracks[t].notes}) or [38]
        names = [(f"{identifier}-I{p}", f"{name} {p}", 10, f"<midi-unpitched>{p + 1}</midi-unpitched>")
                 for p in pitches]  # fmt: skip
    else:
        names = [(f"{identifier}-I1", name, channel, f"<midi-program>{part.program + 1}</midi-program>")]
    for key, title, _, _ in names:
        out.append(
            f'<score-instrument id="{key}"><instrument-name>{xml_text(title)}</instrument-name></score-instrument>'
        )
    for key, _, number, sound in names:
        out.append(f'<midi-instrument id="{key}"><midi-channel>{number}</midi-channel>{sound}</midi-instrument>')
    out.append("</score-part>\n")
    return "".join(out)
