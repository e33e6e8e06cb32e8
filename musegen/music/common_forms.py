"""Forms that everybody improvises over, written by us, in any key.

COMMON_FORMS, common_form. They are stock progressions, taken from no song's chart.
"""

from dataclasses import dataclass, replace

from musegen.music.chart import Chart, parse_chart
from musegen.music.theory import key_fifths


@dataclass(frozen=True, slots=True)
class CommonForm:
    """A form by name.

    Args:
        form_id: short name, for the command line.
        title: as a musician calls it.
        about: one sentence for those who do not know it.
        mode: "major" or "minor".
        text: its chart on C.
    """

    form_id: str
    title: str
    about: str
    mode: str
    text: str


_FORMS = (
    CommonForm("blues", "Blues, three chords", "Twelve bars on the first, fourth and fifth degrees.", "major",
        "C7 | % | % | % \n F7 | % | C7 | % \n G7 | F7 | C7 | %"),
    CommonForm("jazz-blues", "Jazz blues", "Twelve bars with a ii-V at the end of every line.", "major",
        "C7 | F7 | C7 | Gm7 C7 \n F7 | F#dim7 | C7 | Em7b5 A7b9 \n Dm7 | G7 | C7 A7 | Dm7 G7"),
    CommonForm("bird-blues", "Bird blues", "Twelve bars whose ii-Vs walk down in whole and half steps.", "major",
        "Cmaj7 | Bm7b5 E7b9 | Am7 D7 | Gm7 C7 \n F7 | Fm7 Bb7 | Em7 A7 | Ebm7 Ab7 \n"
        "Dm7 | G7 | Cmaj7 A7 | Dm7 G7"),
    CommonForm("minor-blues", "Minor blues", "Twelve bars in minor, with a flat sixth before the fifth.", "minor",
        "Cm7 | % | % | % \n Fm7 | % | Cm7 | % \n Ab7 | G7#9 | Cm7 | Dm7b5 G7b9"),
    CommonForm("rhythm-changes", "Rhythm changes", "Thirty-two bars AABA; the bridge goes round in fifths.", "major",
        "A: C6 A7 | Dm7 G7 | Em7 A7 | Dm7 G7 \n Gm7 C7 | F6 F#dim7 | Em7 A7 | Dm7 G7 \n"
        "A: C6 A7 | Dm7 G7 | Em7 A7 | Dm7 G7 \n Gm7 C7 | F6 F#dim7 | Dm7 G7 | C6 \n"
        "B: E7 | % | A7 | % \n D7 | % | G7 | % \n"
        "A: C6 A7 | Dm7 G7 | Em7 A7 | Dm7 G7 \n Gm7 C7 | F6 F#dim7 | Dm7 G7 | C6"),
    CommonForm("ii-v-i", "ii-V-I", "Second, fifth and first degree of a major key, four bars.", "major",
        "Dm7 | G7 | Cmaj7 | %"),
    CommonForm("ii-v-i-all-keys", "ii-V-I through all keys", "Down in whole steps, then from a half step higher: "
        "all twelve keys in 48 bars.", "major", ""),
    CommonForm("ii-v-i-minor", "ii-V-i in minor", "Second, fifth and first degree of a minor key, four bars.", "minor",
        "Dm7b5 | G7b9 | Cm6 | %"),
    CommonForm("turnaround", "Turnaround", "I-VI-ii-V, two chords a bar, round and round.", "major",
        "Cmaj7 A7 | Dm7 G7 | Em7 A7 | Dm7 G7"),
    CommonForm("ballad", "Ballad", "Thirty-two bars AABA, slow harmony with a bridge in the subdominant.", "major",
        "A: Cmaj7 | Am7 | Dm7 | G7 \n Em7 | A7b9 | Dm7 | G7 \n"
        "A: Cmaj7 | Am7 | Dm7 | G7 \n Em7 A7 | Dm7 G7 | C6 | % \n"
        "B: Gm7 | C7 | Fmaj7 | % \n Fm7 | Bb7 | Em7 A7 | Dm7 G7 \n"
        "A: Cmaj7 | Am7 | Dm7 | G7 \n Em7 A7 | Dm7 G7 | C6 | %"),
    CommonForm("modal", "Modal, two chords", "Thirty-two bars AABA: dorian, the bridge a half step higher.", "minor",
        "A: Cm7 | % | % | % \n % | % | % | % \n A: Cm7 | % | % | % \n % | % | % | % \n"
        "B: C#m7 | % | % | % \n % | % | % | % \n A: Cm7 | % | % | % \n % | % | % | %"),
    CommonForm("vamp", "Minor vamp", "Two chords in dorian, i-IV, four bars.", "minor", "Cm7 | F7 | Cm7 | F7"),
    CommonForm("jazz-waltz", "Jazz waltz", "Sixteen bars in 3/4.", "major",
        "3/4 \n Cmaj7 | Am7 | Dm7 | G7 \n Em7 | A7 | Dm7 | G7 \n Cmaj7 | C7 | Fmaj7 | Fm6 \n Em7 A7 | Dm7 G7 | C6 | %"),
    CommonForm("circle", "Circle of fifths in minor", "Eight bars through all degrees of a minor key.", "minor",
        "Cm7 | Fm7 | Bb7 | Ebmaj7 \n Abmaj7 | Dm7b5 | G7b9 | Cm6"),
    CommonForm("four-chords", "Four chords", "I-V-vi-IV, one a bar.", "major", "C | G | Am | F"),
)  # fmt: skip

COMMON_FORMS: dict[str, CommonForm] = {form.form_id: form for form in _FORMS}
"""By short name, in the order in which they are listed."""


def common_form(form_id: str, tonic: int = 0) -> Chart:
    """Return a form on a tonic (pitch class), its roots spelled for the key.

    Raises:
        ValueError: there is no such form.
    """
    form = COMMON_FORMS.get(form_id)
    if form is None:
        raise ValueError(f"form_id must be one of {', '.join(COMMON_FORMS)}, got {form_id!r}")
    if form_id == "ii-v-i-all-keys":
        chart = _all_keys(tonic)
    else:
        moved = parse_chart(form.text)
        chart = replace(moved, bars=tuple(tuple((o, c.transposed(tonic)) for o, c in bar) for bar in moved.bars))
        chart = chart.spelled(key_fifths(tonic, form.mode))
    return replace(chart, title=form.title)


def _all_keys(tonic: int) -> Chart:
    """Return ii-V-I in the twelve major keys, each spelled for its own."""
    four = parse_chart(COMMON_FORMS["ii-v-i"].text)
    bars = []
    for start in (tonic, tonic + 1):
        for step in range(0, 12, 2):
            key = (start - step) % 12
            bars += [
                tuple((o, chord.transposed(key, key_fifths(key, "major"))) for o, chord in bar) for bar in four.bars
            ]
    return Chart(tuple(bars))
