"""A hundred untouched takes of folk tunes and of chorales: whole or not, rules kept, how like the music, how new.

The takes are invented with the style's own settings and the random seeds 0 to 99; none is left out or made again.

- Whole: the last note (in four voices the bass) is the tonic; it ends at a bar line; there are the bars asked for; no
  bar is empty and no voice overlaps itself; every note lies in the range of its voice in the training music. The same
  is counted on held-out music where it applies.
- Parallel fifths and octaves per 100 quarters (`musegen.evaluation.voice_leading`), beside Bach's own in the test
  split, and beside takes of the same seeds made with that one rule of the sampler switched off.
- Statistics (`musegen.evaluation.statistics`) beside held-out music cut to as many bars as a take has: means, and the
  share of takes inside the range that holds the middle 80 % of the held-out pieces (80 % would be alike).
- Originality (`musegen.evaluation.originality`): the longest run of notes shared with the training music, in notes,
  beside the same figure of held-out music, cut likewise, since longer pieces have more chances to share a run.
"""

from collections.abc import Iterable

import numpy as np

from benchmarks.report import Figures, run, table
from benchmarks.takes import Corpus, compose_changed, read_corpus, request_of, without
from musegen.composers.chorale.rules import no_parallels
from musegen.evaluation.endings import bars_filled, ends_at_bar_line, ends_on_tonic
from musegen.evaluation.originality import OriginalityIndex, lines_of
from musegen.evaluation.statistics import STATISTICS, describe
from musegen.evaluation.voice_leading import voice_leading
from musegen.music import Piece
from musegen.music.timing import bar_starts, num_bars
from musegen.music.transform import slice_bars
from musegen.services.making.compose import compose
from musegen.services.styles import get_style

STYLES = ("folk", "bach-chorales")
"""What can be counted bar by bar, voice by voice; `benchmarks.style_quality` measures every style."""

NUM_TAKES = 100
SHOWN = ("pitch_class_entropy", "scale_consistency", "groove_consistency", "mean_note_quarters", "note_density",
         "pitch_range", "n_pitches_used", "bar_repetition_rate")  # fmt: skip
CHECKS = ("ends_on_tonic", "ends_at_bar_line", "ends_on_tonic_at_bar_line", "bars_asked_for", "bars_filled_exactly",
          "in_voice_range", "no_rests_within")  # fmt: skip
_EPSILON = 1e-6


def voice_ranges(pieces: Iterable[Piece]) -> list[tuple[int, int]]:
    """Return (lowest, highest) pitch of each track over pieces of equally many tracks."""
    voices = list(zip(*(p.tracks for p in pieces), strict=True))
    pitches = [[n.pitch for track in tracks for n in track.notes] for tracks in voices]
    return [(min(p), max(p)) for p in pitches]


def fills_bars(piece: Piece) -> bool:
    """Return whether the piece is whole bars: it ends at a bar line, no bar is empty, no voice overlaps itself."""
    overlaps = any(
        a.end_quarter > b.onset_quarter + _EPSILON
        for track in piece.tracks
        for a, b in zip(track.notes, track.notes[1:], strict=False)
    )
    starts = np.array([*bar_starts(piece), piece.end_quarter])
    spans = [(n.onset_quarter, n.end_quarter) for track in piece.tracks for n in track.notes]
    empty = any(
        all(stop <= a + _EPSILON or start >= b - _EPSILON for start, stop in spans)
        for a, b in zip(starts, starts[1:], strict=False)
    )
    return ends_at_bar_line(piece) and not overlaps and not empty


def check(piece: Piece, ranges: list[tuple[int, int]], wanted_bars: int | None) -> dict[str, bool | None]:
    """Return which of `CHECKS` a piece passes; None where one does not apply."""
    tonic = ends_on_tonic(piece, piece.key_signatures[0].tonic)
    in_range = all(
        low <= n.pitch <= high for track, (low, high) in zip(piece.tracks, ranges, strict=True) for n in track.notes
    )
    return {
        "ends_on_tonic": tonic,
        "ends_at_bar_line": ends_at_bar_line(piece),
        "ends_on_tonic_at_bar_line": tonic and ends_at_bar_line(piece),
        "bars_asked_for": None if wanted_bars is None else num_bars(piece) == wanted_bars,
        "bars_filled_exactly": fills_bars(piece),
        "in_voice_range": in_range,
        "no_rests_within": bars_filled(piece) == 1,
    }


def _shares(pieces: list[Piece], ranges: list[tuple[int, int]], wanted_bars: int | None) -> Figures:
    found = [check(piece, ranges, wanted_bars) for piece in pieces]
    return {name: None if found[0][name] is None else float(np.mean([f[name] for f in found])) for name in CHECKS}


def _parallels(pieces: list[Piece]) -> Figures:
    counted = [voice_leading(piece) for piece in pieces]
    beats = sum(c.num_beats for c in counted)
    return {
        "beats": beats,
        "parallel_fifths_per_100_beats": 100 * sum(c.parallel_fifths for c in counted) / beats,
        "parallel_octaves_per_100_beats": 100 * sum(c.parallel_octaves for c in counted) / beats,
        "crossed_share": float(np.mean([c.crossed_share for c in counted])),
    }


def summary(pieces: Iterable[Piece]) -> dict[str, dict[str, float]]:
    """Return mean and quantiles of every statistic over pieces, those where it is not defined left out."""
    rows = [describe(piece) for piece in pieces]
    return {name: _spread(np.array([row[name] for row in rows])) for name in STATISTICS}


def _spread(values: np.ndarray) -> dict[str, float]:
    names = ("p10", "p25", "p50", "p75", "p90")
    values = values[~np.isnan(values)]
    if not len(values):
        return dict.fromkeys(("mean", "sd", *names), float("nan"))
    quantiles = map(float, np.quantile(values, [int(name[1:]) / 100 for name in names]))
    return {"mean": float(values.mean()), "sd": float(values.std()), **dict(zip(names, quantiles, strict=True))}


def _statistics(takes: list[Piece], held_out: list[Piece]) -> Figures:
    rows, real = [describe(piece) for piece in takes], summary(held_out)
    result = {}
    for name in SHOWN:
        low, high = real[name]["p10"], real[name]["p90"]
        values = np.array([row[name] for row in rows])
        inside = (values >= low - _EPSILON) & (values <= high + _EPSILON)
        result[name] = {"takes_mean": float(np.nanmean(values)), "held_out_mean": real[name]["mean"],
                        "held_out_p10": low, "held_out_p90": high,
                        "takes_inside_share": float(inside[~np.isnan(values)].mean())}  # fmt: skip
    return result


def _originality(index: OriginalityIndex, pieces: Corpus) -> Figures:
    found = {name: index.longest(lines_of(piece)) for name, piece in pieces.items()}
    lengths = np.array([run.num_notes for run in found.values()])
    name, longest = max(found.items(), key=lambda item: item[1].num_notes)
    notes = [max(len(t.notes) for t in p.tracks) for p in pieces.values()]
    return {
        "median_notes": float(np.median(lengths)),
        "p90_notes": float(np.quantile(lengths, 0.9)),
        "max_notes": int(lengths.max()),
        "longest": f"{name}: {longest.num_notes} notes, as in {longest.source}",
        "mean_notes_of_a_voice": float(np.mean(notes)),
        "shared_share_of_voice": float(np.median(lengths / np.array(notes))),
    }


def opening(piece: Piece, num_bars: int) -> Piece:
    """Return the first bars of a piece, its pickup kept."""
    wanted = num_bars + (1 if piece.pickup_quarter else 0)
    return slice_bars(piece, 0, wanted) if len(bar_starts(piece)) > wanted else piece


def measured(small: bool) -> Figures:
    """Return the figures of every style."""
    result: Figures = {}
    for card in map(get_style, STYLES):
        corpus = read_corpus(card.style_id)
        held_out, train = corpus["test"], corpus["train"]
        if small:
            held_out, train = dict(list(held_out.items())[:5]), dict(list(train.items())[:40])
        bars = 4 if small else card.num_bars
        requests = [request_of(card, seed, bars) for seed in range(4 if small else NUM_TAKES)]
        takes = {f"seed {r.random_seed}": compose(r).takes[0].piece for r in requests}
        ranges = voice_ranges(train.values())
        index = OriginalityIndex.of(list(train), map(lines_of, train.values()))
        openings = {name: opening(piece, bars) for name, piece in held_out.items()}
        own: Figures = {
            "takes": len(takes),
            "num_bars": bars,
            "temperature": card.temperature,
            **card.sampling,
            "held_out_pieces": len(held_out),
            "whole": {"takes": _shares(list(takes.values()), ranges, bars),
                      "held_out": _shares(list(held_out.values()), ranges, None)},
            "statistics": _statistics(list(takes.values()), list(openings.values())),
            "originality": {"takes": _originality(index, takes), "held_out": _originality(index, openings)},
        }  # fmt: skip
        if len(card.voices) == 4:
            free = [compose_changed(r, without(no_parallels)) for r in requests]
            groups = {"takes": list(takes.values()), "takes_rule_off": free, "held_out": list(held_out.values())}
            own["parallels"] = {name: _parallels(pieces) for name, pieces in groups.items()}
        result[card.style_id] = own
    return result


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    return "\n\n".join(part for style_id, own in figures.items() for part in style_tables(style_id, own))


def _heading(style_id: str, own: Figures) -> str:
    return (
        f"{style_id}: {own['takes']} takes of {own['num_bars']} bars, temperature {own['temperature']:g}, top-p "
        f"{own['top_p']:g}, beside {own['held_out_pieces']} held-out pieces."
    )


def style_tables(style_id: str, own: Figures) -> list[str]:
    """Return the tables of one style."""
    whole = own["whole"]
    percent = {side: {k: None if v is None else 100 * v for k, v in whole[side].items()} for side in whole}
    parts = [
        _heading(style_id, own),
        table(("percent of the pieces", "takes", "held-out"),
              [[c.replace("_", " "), percent["takes"][c], percent["held_out"][c]] for c in CHECKS], 0),
    ]  # fmt: skip
    if "parallels" in own:
        names = {"takes": "takes", "takes_rule_off": "takes, rule switched off", "held_out": "Bach (test split)"}
        keys = ("beats", "parallel_fifths_per_100_beats", "parallel_octaves_per_100_beats", "crossed_share")
        rows = [[title, *(own["parallels"][name][k] for k in keys)] for name, title in names.items()]
        header = ("per 100 quarters", "quarters counted", "parallel fifths", "parallel octaves", "share voices cross")
        parts.append(table(header, rows, 2))
    header = ("statistic, mean", "takes", "held-out openings", "held-out 10 %", "held-out 90 %", "takes between, %")
    rows = [[name.replace("_", " "), f["takes_mean"], f["held_out_mean"], f["held_out_p10"], f["held_out_p90"],
             f"{100 * f['takes_inside_share']:.0f}"] for name, f in own["statistics"].items()]  # fmt: skip
    parts.append(table(header, rows, 2))
    header = ("longest run shared with training music", "median notes", "90 %", "longest", "median share of the voice",
              "mean notes of a voice")  # fmt: skip
    keys = ("median_notes", "p90_notes", "max_notes", "shared_share_of_voice", "mean_notes_of_a_voice")
    rows = [[side.replace("_", "-"), *(own["originality"][side][k] for k in keys)] for side in ("takes", "held_out")]
    parts.append(table(header, rows, 2))
    parts.append(f"Least new take: {own['originality']['takes']['longest']}.")
    return parts


if __name__ == "__main__":
    run(measured, rendered)
