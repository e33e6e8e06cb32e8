"""Whether what is composed can be read and ends as it should: performances on paper, arrangements, guessed chords.

Performances: invented takes with a number of bars asked for; the share that has so many, tempo marks a take, the share
of printed values shorter than a sixteenth, and rests a note.
Arrangements of melodies for quartet: the longest rest and the longest stay on one note of an accompanying part, in
bars, and whether all end on the tonic's chord with its third. Chords guessed from melodies: how many there are, and
whether they end with dominant and tonic.

    python -m benchmarks.sheet_quality
"""

import re

from benchmarks.report import Figures, run, table
from musegen.composers.request import ComposeRequest
from musegen.files.musicxml.write import musicxml_text
from musegen.harmony.chart_guess import guess_chart
from musegen.music import Piece
from musegen.services.making.compose import compose
from musegen.services.seeds.seed import seed_from_text

MELODIES = {
    "Ode to Joy": "key: D major\nF#4 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 | F#4:1.5 E4:0.5 E4:2 | F#4 F#4 G4 A4 | "
    "A4 G4 F#4 E4 | D4 D4 E4 F#4 | E4:1.5 D4:0.5 D4:2",
    "a waltz": "meter: 3/4\nkey: C major\nC5 E5 G5 | G5:2 G5 | G5:2 E5 | E5:3 | D5 F5 A5 | A5:2 A5 | G5 F5 D5 | C5:3",
    "a minuet": "meter: 3/4\nkey: G major\nG4 B4 D5 | B4:2 G4 | A4 C5 E5 | D5:3 | B4 A4 G4 | C5:2 A4 | G4 F#4 A4 | "
    "G4:3",
    "a song in minor": "key: A minor\nA4 B4 C5 D5 | E5:2 C5:2 | D5 C5 B4 G#4 | A4:4 | E5 D5 C5 B4 | C5:2 A4:2 | "
    "B4 A4 G#4 B4 | A4:4",
    "Frere Jacques": "key: F major\nF4 G4 A4 F4 | F4 G4 A4 F4 | A4 Bb4 C5:2 | A4 Bb4 C5:2 | C5:0.5 D5:0.5 C5:0.5 "
    "Bb4:0.5 A4 F4 | C5:0.5 D5:0.5 C5:0.5 Bb4:0.5 A4 F4 | F4 C4 F4:2 | F4 C4 F4:2",
    "a jig": "meter: 6/8\nkey: G major\nD5:0.5 B4:0.5 G4:0.5 G4:0.5 B4:0.5 D5:0.5 | E5:0.5 C5:0.5 A4:0.5 A4:1.5 | "
    "D5:0.5 B4:0.5 G4:0.5 G4:0.5 A4:0.5 B4:0.5 | A4:0.5 F#4:0.5 A4:0.5 G4:1.5",
}
SEEDS, BARS, TAKES = (0, 1, 2, 3), (8, 16), 3
SHORT = ("32nd", "64th", "128th")


def performances() -> Figures:
    """Return how invented performances read."""
    asked = made = marks = values = short = rests = notes = 0
    for bars in BARS:
        for seed in SEEDS:
            request = ComposeRequest("piano-performance", "invent", num_bars=bars, random_seed=seed, num_takes=TAKES)
            for take in compose(request).takes:
                text = musicxml_text(take.piece)
                kinds = re.findall(r"<type>(\w+)</type>", text)
                asked, made = asked + 1, made + (take.num_bars == bars)
                marks += text.count("<metronome>")
                values, short = values + len(kinds), short + sum(kind in SHORT for kind in kinds)
                rests += len(re.findall(r"<note><rest/>", text))
                notes += take.piece.num_notes
    return {
        "takes": asked, "with the bars asked for": made / asked, "tempo marks a take": marks / asked,
        "shorter than a sixteenth": short / values, "rests a note": rests / notes,
    }  # fmt: skip


def arrangement(piece: Piece) -> Figures:
    """Return the longest rest and stay on one note of the parts under the melody, in bars, and how it ends."""
    bar, key = piece.time_signatures[0].bar_quarters, piece.key_signatures[0]
    rest = stay = 0.0
    for track in piece.tracks[1:]:
        end, since, before = 0.0, 0.0, None
        for note in track.notes:
            rest = max(rest, note.onset_quarter - end)
            if before is None or note.pitch != before or note.onset_quarter - end > bar / 2:
                since = note.onset_quarter
            end, before = max(end, note.end_quarter), note.pitch
            stay = max(stay, end - since)
        rest = max(rest, piece.end_quarter - end)
    last = {track.notes[-1].pitch % 12 for track in piece.tracks}
    third = 4 if key.mode == "major" else 3
    triad = {(key.tonic + step) % 12 for step in (0, third, 7)}
    whole = last <= triad and (key.tonic + third) % 12 in last and piece.tracks[-1].notes[-1].pitch % 12 == key.tonic
    return {"rest": rest / bar, "stay": stay / bar, "whole": whole}


def arrangements() -> Figures:
    """Return how arrangements of melodies for quartet are."""
    found = [
        arrangement(compose(ComposeRequest("string-quartet", "arrange", seed_from_text(text).piece, None,
                                           random_seed=seed)).takes[0].piece)
        for text in MELODIES.values() for seed in (1, 2)
    ]  # fmt: skip
    return {
        "arrangements": len(found),
        "longest rest, bars": max(each["rest"] for each in found),
        "longest stay on one note, bars": max(each["stay"] for each in found),
        "end on the whole tonic chord": sum(each["whole"] for each in found) / len(found),
    }


def chords() -> Figures:
    """Return how charts guessed from the melodies are."""
    counts, cadences = [], 0
    for text in MELODIES.values():
        piece = seed_from_text(text).piece
        chart, tonic = guess_chart(piece), piece.key_signatures[0].tonic
        row = [chord for bar in chart.bars for _, chord in bar]
        counts.append(len(set(row)))
        cadences += [chord.root for chord in row[-2:]] == [(tonic + 7) % 12, tonic] or (
            row[-1].root == tonic and any(chord.root == (tonic + 7) % 12 for chord in row[-3:])
        )
    return {"melodies": len(counts), "fewest chords": min(counts), "with a cadence": cadences / len(counts)}


def measured(small: bool) -> Figures:
    """Return all figures; `small` leaves the performances out."""
    found = {"arrangements": arrangements(), "chords": chords()}
    return found if small else {"performances": performances()} | found


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    rows = [[name, what, value] for name, own in figures.items() for what, value in own.items()]
    return table(("", "measured", "value"), rows)


if __name__ == "__main__":
    run(measured, rendered)
