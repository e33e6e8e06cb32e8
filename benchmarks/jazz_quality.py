"""How well the jazz style predicts solos over tunes it has never seen, beside counting models.

Of each solo of the test split (solos are split by the title of the tune, so no tune is on two sides) every note is read
as the app plays it, with the 8-bit graphs, in nats: where it begins ("step"), how long the note before sounds
("length"), which pitch; each given all notes before and nothing after, the chart being told and the length not. Waiting
and the end count for the notes beside them. "Without chords" the same network is told the form and the tempo but no
chord; "without memory" it is not shown what was played one, two and four bars and one chorus before, nor what followed
the same intervals.

The counting models are interpolated Kneser-Ney n-grams of each answer by itself, fitted to the training solos, their
discount chosen on the validation solos; pitch is counted three ways: as it is, as the interval from the note before,
and as the degree above the root of the chord that the note stands on, with the octave in which it is nearest to the
note before ("degree"), which knows the chords.

Where the style is published, takes over common forms are compared with the held-out solos: which share of the notes on
the first and third beat are tones of their chord, and of all notes are in its usual scale.

The seed's notebook (DeepJazz) gives no likelihood of held-out music, so nothing can be said of it in nats.
"""

from collections import Counter

import numpy as np

from benchmarks.networks import nats
from benchmarks.report import Figures, run, table
from musegen.composers.request import ComposeRequest
from musegen.composers.solo.grid import HIGH_PITCH, NUM_LENGTHS, NUM_STEPS, PITCH
from musegen.composers.solo.reading import narrowed
from musegen.composers.solo.source import read_solo, solo_rows
from musegen.composers.style import load_style
from musegen.corpora.weimar_jazz import Solo, left_out, read_solos
from musegen.engine.codec import Example
from musegen.engine.players.recurrent import RecurrentPlayer
from musegen.evaluation.ngram import fit_ngram
from musegen.music import Piece
from musegen.music.chart import Chart
from musegen.music.chord import Chord, parse_chord
from musegen.music.common_forms import common_form
from musegen.paths import checkpoints_dir
from musegen.services.making.compose import compose

STYLE = "jazz"
ORDERS = (1, 2, 3, 4, 5)
ANSWERS = ("step", "length", "pitch")
WAYS = ("pitch", "interval", "degree")
FORMS = ("blues", "jazz-blues", "minor-blues", "rhythm-changes", "ii-v-i", "modal", "ballad", "circle")
_TICKS = 24
_MOST = 36
_SIZES = {"pitch": HIGH_PITCH + 1, "interval": 2 * _MOST + 1, "degree": 12 * 7}


def _network(model: RecurrentPlayer, examples: list[Example]) -> Figures:
    found = nats(model, examples)
    notes = sum(example.weight[:, PITCH].sum() for example in examples)
    row = {name: sum(each[:, i].sum() for each in found) / notes for i, name in enumerate(ANSWERS)}
    return row | {"sum": sum(row.values())}


def _read(solos: list[Solo]) -> list[Example]:
    return [narrowed(read_solo(solo), chords=True, memory=True, left=False) for solo in solos]


def _chords(solo: Solo) -> list[Chord]:
    labels = {label: parse_chord(label) for label in set(solo.chords)}
    return [labels[solo.chords[min(tick // _TICKS, len(solo.chords) - 1)]] for tick in solo.onset_tick.tolist()]


def _counted(solo: Solo, way: str) -> np.ndarray:
    """Return the pitches of a solo as a counting model reads them, the first note left out."""
    pitch = solo.pitch.astype(int)
    if way == "pitch":
        return pitch
    interval = np.clip(np.diff(pitch), -_MOST, _MOST)
    if way == "interval":
        return interval + _MOST
    roots = np.array([0 if chord.is_no_chord else chord.root for chord in _chords(solo)][1:])
    # The direction and the octaves of an interval, with the degree, tell the note: -3 octaves to +3.
    return (pitch[1:] - roots) % 12 * 7 + np.clip(np.floor((interval + 5.5) / 12), -3, 3).astype(int) + 3


def _floors(sides: dict[str, list[Solo]]) -> Figures:
    """Return the nats a note of each answer under n-grams of the orders."""
    rows = {split: [solo_rows(solo) for solo in solos] for split, solos in sides.items()}
    notes = sum(len(solo.pitch) for solo in sides["test"])
    result: Figures = {}
    for order in ORDERS:
        row: Figures = {}
        for index, (name, size) in enumerate((("step", NUM_STEPS), ("length", NUM_LENGTHS))):
            read = {s: [each[each[:, index] >= 0, index].astype(int) for each in side] for s, side in rows.items()}
            model = fit_ngram(read["train"], read["valid"], size, order)
            row[name] = sum(model.nll(each).sum() for each in read["test"]) / notes
        for way in WAYS:
            train, valid, test = (
                [_counted(solo, way) for solo in sides[split]] for split in ("train", "valid", "test")
            )
            row[f"by {way}"] = fit_ngram(train, valid, _SIZES[way], order).mean_nll(test)
        row["pitch"] = min(row[f"by {way}"] for way in WAYS)
        result[str(order)] = row | {"sum": row["step"] + row["length"] + row["pitch"]}
    return result


def _fit_to_chords(lines: list[list[tuple[float, int, Chord]]]) -> Figures:
    """Return how notes, (quarter in the bar, pitch, chord), agree with their chords."""
    counts: Counter[str] = Counter()
    for quarter, pitch, chord in (note for line in lines for note in line):
        if chord.is_no_chord:
            continue
        counts["notes"] += 1
        counts["in_scale"] += pitch % 12 in chord.scale
        counts["chord_tones"] += pitch % 12 in chord.pitch_classes
        if quarter in (0.0, 2.0):
            counts["strong"] += 1
            counts["strong_chord_tones"] += pitch % 12 in chord.pitch_classes
    return {
        "notes": counts["notes"],
        "chord_tones_on_strong_beats": counts["strong_chord_tones"] / max(counts["strong"], 1),
        "chord_tones": counts["chord_tones"] / max(counts["notes"], 1),
        "in_scale": counts["in_scale"] / max(counts["notes"], 1),
    }


def _corpus_lines(solos: list[Solo]) -> list[list[tuple[float, int, Chord]]]:
    quarters = [(solo.onset_tick % (4 * _TICKS) / _TICKS).tolist() for solo in solos]
    return [list(zip(q, s.pitch.tolist(), _chords(s), strict=True)) for q, s in zip(quarters, solos, strict=True)]


def _take_line(piece: Piece, chart: Chart) -> list[tuple[float, int, Chord]]:
    return [(n.onset_quarter % 4, n.pitch, chart.at(n.onset_quarter)) for n in piece.tracks[0].notes]


def _takes(small: bool) -> Figures:
    """Return how takes over common forms agree with their chords, and whether they end as they should."""
    lines, ends, seconds, bars = [], 0, 0.0, 0
    for index, name in enumerate(FORMS[:1] if small else FORMS):
        chart = common_form(name, 5 * index % 12)
        length = 12 if small else chart.num_bars * -(-32 // chart.num_bars)
        request = ComposeRequest.of(STYLE, "invent", num_bars=length, chart=chart.to_text(), random_seed=index,
                                 num_takes=1 if small else 4, temperature=1.0, top_p=1.0)  # fmt: skip
        result = compose(request)
        seconds += result.timings_ms["sample"] / 1000
        for take in result.takes:
            bars += take.num_bars
            lines.append(_take_line(take.piece, chart))
            last = take.piece.tracks[0].notes[-1]
            ends += last.pitch % 12 in chart.at((length - 1) * 4.0).pitch_classes
    return _fit_to_chords(lines) | {
        "takes": len(lines),
        "share_ending_on_a_tone_of_the_last_chord": ends / len(lines),
        "seconds_for_16_bars": 16 * seconds / bars,
    }


def measured(small: bool) -> Figures:
    """Return the figures."""
    sides = {split: read_solos(split) for split in ("train", "valid", "test")}
    counted = sides | {"train": sides["train"][:20]} if small else sides
    figures: Figures = {
        "solos": {split: len(solos) for split, solos in sides.items()},
        "tunes": {split: len({solo.title for solo in solos}) for split, solos in sides.items()},
        "notes": {split: sum(len(solo.pitch) for solo in solos) for split, solos in sides.items()},
        "left_out": left_out(),
        "n_grams": _floors(counted),
        "held_out_and_chords": _fit_to_chords(_corpus_lines(sides["test"])),
        "network": None,
        "without_chords": None,
        "without_memory": None,
        "takes": None,
    }
    if (checkpoints_dir() / STYLE / "card.json").exists():
        model = load_style(STYLE).player
        test = _read(sides["test"][: 1 if small else None])
        figures["network"] = _network(model, test)
        for key, told in (("without_chords", {"chords": False, "memory": True}),
                          ("without_memory", {"chords": True, "memory": False})):  # fmt: skip
            figures[key] = _network(model, [narrowed(e, left=False, **told) for e in test])
        figures["takes"] = _takes(small)
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    names = ("pitch", "step", "length", "sum")
    rows = []
    for key, words in (
        ("network", "the style, as played (8-bit)"),
        ("without_memory", "without memory"),
        ("without_chords", "without chords"),
    ):
        if figures[key]:
            rows.append([words, *(figures[key][name] for name in names)])
    for order, row in figures["n_grams"].items():
        words = f"{order}-gram" if order != "1" else "counts alone"
        rows.append([words, *(row[name] for name in names)])
    solos, tunes, notes = (figures[name] for name in ("solos", "tunes", "notes"))
    left = "; ".join(f"{count} {reason}" for reason, count in figures["left_out"].items())
    parts = [
        (f"{solos['test']} held-out solos over {tunes['test']} tunes, {notes['test']:,} notes; learned from "
        f"{solos['train']} solos over {tunes['train']} tunes, {notes['train']:,} notes. Left out: {left}."),
        table(("nats per note", *names), rows),
        table(("n-grams of the pitch", *WAYS),
              [[order, *(row[f"by {way}"] for way in WAYS)] for order, row in figures["n_grams"].items()]),
    ]  # fmt: skip
    if not figures["network"]:
        return "\n\n".join([*parts, "The style is not published, so it has no row."])
    shares = ("chord_tones_on_strong_beats", "chord_tones", "in_scale")
    parts.append(
        table(
            ("share of the notes", "chord tones on beats 1 and 3", "chord tones", "in the scale of the chord"),
            [
                [words, *(figures[key][share] for share in shares)]
                for key, words in (("takes", "takes over common forms"), ("held_out_and_chords", "held-out solos"))
            ],
        )
    )
    takes = figures["takes"]
    parts.append(
        f"Of {takes['takes']} takes {100 * takes['share_ending_on_a_tone_of_the_last_chord']:.0f} % end on a tone of "
        f"the last chord; 16 bars take {takes['seconds_for_16_bars']:.2f} s."
    )
    return "\n\n".join(parts)


if __name__ == "__main__":
    run(measured, rendered)
