"""How far piano and voices follow chords, and whether it costs: held-out songs and hymns, with a chart and without.

The chords of each melody are guessed (`harmony/chart_guess.py`) and given to `song` and `hymn` as a musician would give
them. Of the composed notes: the share of their sounding time that lies on tones of the chord at hand, and the share of
chord changes with the chord's own bass below. Of the real accompaniment of the same bars, and of a take that was told
nothing, the same. Then a judge (`evaluation/twins`) is asked to tell takes from the real music: told nothing, told the
guessed chords, and told those that are heard in the real music.

    python -m benchmarks.chart_followed
"""

from dataclasses import replace

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.composers.fitting.chord_course import ChordCourse, chords_of_seed
from musegen.composers.modes import FROM_MELODY
from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.evaluation.twins.judge import judge
from musegen.harmony.chart_guess import guess_chart, written_chart
from musegen.harmony.heard import heard_symbols, key_of
from musegen.music import Note, Piece
from musegen.music.chart import Chart
from musegen.music.transform import slice_bars
from musegen.services.judging.held_out import held_out_pieces
from musegen.services.judging.twins import Made, table_of, windows_in
from musegen.services.making.compose import compose
from musegen.services.styles import get_style

BARS = 8
STYLES = ("song", "hymn")


def followed(notes: list[Note], course: ChordCourse) -> tuple[float, float]:
    """Return (the share of sounding time on tones of the chords, the share of changes with their own bass below)."""
    on = total = 0.0
    ends = [*(quarter for quarter, _ in course.changes[1:]), np.inf]
    with_bass = changes = 0
    for (start, chord), end in zip(course.changes, ends, strict=True):
        if chord.is_no_chord:
            continue
        tones = course.tones(start)
        for note in notes:
            length = min(note.end_quarter, end) - max(note.onset_quarter, start)
            if length > 0:
                total += length
                on += length * (note.pitch % 12 in tones)
        below = [n.pitch for n in notes if n.onset_quarter <= start + 0.26 and n.end_quarter > start + 0.01]
        if below:
            changes += 1
            with_bass += min(below) % 12 == chord.bass_pitch_class
    return on / max(total, 1e-9), with_bass / max(changes, 1)


def _one(real: Piece, mode: str, style_id: str, chart: Chart | None, number: int) -> Piece:
    melody = replace(real, tracks=real.tracks[:1], chord_symbols=())
    options = {"chart": chart.to_text()} if chart is not None else {}
    return compose(ComposeRequest(style_id, mode, melody, random_seed=number, options=options)).takes[0].piece


def measure(style_id: str, most: int, split: str) -> Figures:
    """Return the figures of one style."""
    card = get_style(style_id)
    mode = next(m for m in card.modes if m in FROM_MELODY)
    kinds = ("told nothing", "told guessed chords", "told heard chords")
    made: dict[str, list[Made]] = {kind: [] for kind in kinds}
    shares: dict[str, list[tuple[float, float]]] = {kind: [] for kind in (*kinds, "real")}
    for number, (held, first) in enumerate(windows_in(held_out_pieces(style_id, split), most, BARS, False)):
        real = slice_bars(held.piece, first, BARS)
        if not real.tracks[0].notes or len([t for t in real.tracks if t.notes]) < 2:
            continue
        try:
            charts = {"told nothing": None, "told guessed chords": guess_chart(replace(real, tracks=real.tracks[:1])),
                      "told heard chords": written_chart(replace(real, chord_symbols=heard_symbols(real)))}  # fmt: skip
            takes = {kind: _one(real, mode, style_id, chart, number) for kind, chart in charts.items()}
        except MusegenError:
            continue
        tonic = key_of(real)[0]
        for kind, take in takes.items():
            made[kind].append(Made(held.group, real, take, 0, BARS, tonic, first))
        guessed = charts["told guessed chords"]
        assert guessed is not None
        course = ChordCourse(chords_of_seed(replace(real, chord_symbols=guessed.chord_symbols(real.pickup_quarter))))
        for kind, piece in [*takes.items(), ("real", real)]:
            if kind == "told heard chords":
                course = ChordCourse(chords_of_seed(takes[kind]))
            notes = [note for track in piece.tracks[1:] for note in track.notes]
            shares[kind].append(followed(notes, course))
    found: Figures = {"melodies": len(shares["real"])}
    for kind, rows in shares.items():
        found[f"{kind}: time on chord tones"], found[f"{kind}: own bass"] = np.mean(rows, axis=0).tolist()
    for kind, pairs in made.items():
        groups = [pair.group for pair in pairs]
        verdict = judge(*table_of(pairs)[:2], groups, table_of(pairs)[2])
        found[f"{kind}: told from real"] = verdict.accuracy
    return found


def measured(small: bool) -> Figures:
    """Return the figures of both styles, of twelve melodies each where it is to be quick."""
    return {style: measure(style, 12 if small else 40, "valid" if small else "test") for style in STYLES}


def rendered(figures: Figures) -> str:
    """Return the figures as a table."""
    kinds = ("real", "told nothing", "told guessed chords", "told heard chords")
    head = ("", "melodies", "time on chord tones", "own bass at changes", "told from real")
    rows = [
        [f"{style}, {kind}", own["melodies"], *(own.get(f"{kind}: {what}") for what in _WHAT)]
        for style, own in figures.items()
        for kind in kinds
    ]
    return table(head, rows)


_WHAT = ("time on chord tones", "own bass", "told from real")

if __name__ == "__main__":
    run(measured, rendered)
