"""Tempo marks as MusicXML: what sounds, and what the sheet says of it."""

from musegen.music.meter import is_compound
from musegen.music.notation import Bar


def tempo_xml(qpm: float, printed: float | None, bar: Bar, words: str = "") -> str:
    """Return the <direction> of a tempo, with "{offset}" where it does not stand at the start of a symbol.

    Args:
        qpm: quarters a minute, as it sounds.
        printed: what the sheet says, None where it says nothing.
        bar: whose meter tells the beat that is counted.
        words: before the number.
    """
    sound = f'<sound tempo="{qpm:.6g}"/>'
    if printed is None:
        return f"<direction><direction-type><words/></direction-type>{{offset}}{sound}</direction>"
    unit, dot, factor = "quarter", "", 1.0
    if is_compound(bar.numerator, bar.denominator) and bar.denominator == 8:
        dot, factor = "<beat-unit-dot/>", 1.5
    elif bar.denominator == 2:
        unit, factor = "half", 2.0
    unit_xml = f"<beat-unit>{unit}</beat-unit>{dot}"
    metronome = f"<metronome>{unit_xml}<per-minute>{round(printed / factor)}</per-minute></metronome>"
    word = f'<direction-type><words font-weight="bold">{words}</words></direction-type>' if words else ""
    return (
        f'<direction placement="above">{word}<direction-type>{metronome}</direction-type>{{offset}}'
        f"<staff>1</staff>{sound}</direction>"
    )
