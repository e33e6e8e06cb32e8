"""Instruments that play a solo: General MIDI programs and the ranges they are comfortable in.

LEADS, lead_of_program. Ranges are sounding pitches, those of the usual doubling books, without the extremes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """An instrument of a soloist.

    Args:
        name: as on the score.
        program: General MIDI, 0 to 127.
        low: lowest pitch, MIDI.
        high: highest pitch.
    """

    name: str
    program: int
    low: int
    high: int


LEADS = {
    lead.name: lead
    for lead in (
        Lead("Tenor saxophone", 66, 44, 78),
        Lead("Alto saxophone", 65, 49, 82),
        Lead("Soprano saxophone", 64, 56, 88),
        Lead("Baritone saxophone", 67, 36, 70),
        Lead("Trumpet", 56, 54, 84),
        Lead("Trombone", 57, 41, 74),
        Lead("Clarinet", 71, 50, 90),
        Lead("Flute", 73, 60, 94),
        Lead("Vibraphone", 11, 53, 89),
        Lead("Jazz guitar", 26, 40, 82),
        Lead("Piano", 0, 48, 96),
        Lead("Violin", 40, 55, 94),
    )
}
"""By name; the first is the usual one."""


def lead_of_program(program: int) -> Lead | None:
    """Return the instrument of a program, None where it is none of `LEADS`."""
    return next((lead for lead in LEADS.values() if lead.program == program), None)
