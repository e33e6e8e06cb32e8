"""Interpolating: a blend of two styles at every step, by the geometric and by the arithmetic mean, and two seeds.

    python -m benchmarks.blend_quality          the tables of docs/decisions/blending.md

- Blends of Bach chorales and hymns: invented takes, and what a note of them costs each of the two styles, in nats.
- Seeds: how much likelier tunes go on from their own four bars than from those of another tune, bar by bar afterwards:
  as long as that lasts, so long could a slider between two seeds be heard.
"""

from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.composers.request import ComposeRequest
from musegen.composers.style import load_style
from musegen.engine.loop import score
from musegen.engine.players.blended import BlendedPlayer
from musegen.music import Piece
from musegen.music.timing import bar_starts, meter_at
from musegen.music.transform import slice_bars
from musegen.services.judging.held_out import held_out_pieces
from musegen.services.judging.score import score_piece
from musegen.services.making.compose import compose

PAIR = ("bach-chorales", "hymn")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
NUM_TAKES, NUM_BARS = 16, 8
SEEDED, SEED_BARS, ALL_BARS = 40, 4, 12


def arithmetic(player: BlendedPlayer, trunk: np.ndarray, head: np.ndarray, states: list[np.ndarray]) -> np.ndarray:
    """Return logits of the arithmetic mean of what both networks expect."""
    count = player._num_first
    p, q = player.first.logits(trunk, head, states[:count]), player.second.logits(trunk, head, states[count:])
    p, q = (row - np.logaddexp.reduce(row, -1, keepdims=True) for row in (p, q))
    with np.errstate(divide="ignore"):
        return np.logaddexp(np.log(1 - player.share) + p, np.log(player.share) + q).astype(np.float32)


def blends(num_takes: int, shares: tuple[float, ...]) -> Figures:
    """Return what a note of blended takes costs each style, by mean and share."""
    found: Figures = {}
    for how, logits in (("geometric", BlendedPlayer.logits), ("arithmetic", arithmetic)):
        with patch.object(BlendedPlayer, "logits", logits):
            for share in shares:
                request = ComposeRequest(PAIR[0], "invent", num_bars=NUM_BARS, temperature=1.0, top_p=1.0, recall=0.0,
                                         blend_with=PAIR[1], blend=share, num_takes=min(num_takes, 8))  # fmt: skip
                takes = [
                    take.piece
                    for seed in range(-(-num_takes // 8))
                    for take in compose(replace(request, random_seed=seed)).takes
                ]
                found[f"{how} {share:g}"] = {name: _cost(name, takes) for name in PAIR}
    return found


def _cost(style_id: str, takes: list[Piece]) -> float:
    scores = [score_piece(style_id, take) for take in takes]
    return sum(each.nll for each in scores) / sum(each.num_notes for each in scores)


def seeds(most: int) -> list[float]:
    """Return by how many nats an event tunes are likelier after their own seed than after another's, bar by bar."""
    style = load_style("folk")
    tunes = []
    for held in held_out_pieces("folk", "test"):
        starts = bar_starts(held.piece)
        plain = not held.piece.pickup_quarter and len(starts) > ALL_BARS and meter_at(held.piece, 0).bar_quarters == 4
        if plain and len({meter_at(held.piece, start) for start in starts}) == 1:
            tunes.append(slice_bars(held.piece, 0, ALL_BARS))
        if len(tunes) == most:
            break
    gains: list[list[float]] = []
    for number, tune in enumerate(tunes):
        other = tunes[(number + 1) % len(tunes)]
        spliced = _spliced(other, tune)
        own, strange = (_by_bar(style, piece) for piece in (tune, spliced))
        gains.append([b - a for a, b in zip(own, strange, strict=True)])
    return [float(value) for value in np.nanmean(gains, 0)]


def _spliced(first: Piece, then: Piece) -> Piece:
    """Return the first four bars of one tune, moved by octaves alone, and the rest of another."""
    cut = bar_starts(then)[SEED_BARS]
    notes = [n for n in first.tracks[0].notes if n.onset_quarter < cut and n.end_quarter <= cut + 1e-6]
    after = [n for n in then.tracks[0].notes if n.onset_quarter >= cut - 1e-6]
    shift = round(np.mean([n.pitch for n in after]) - np.mean([n.pitch for n in notes])) if notes and after else 0
    wanted: Callable[[int], int] = lambda pitch: pitch + 12 * round(shift / 12)  # noqa: E731
    moved = tuple(replace(n, pitch=wanted(n.pitch)) for n in notes)
    return replace(then, tracks=(replace(then.tracks[0], notes=(*moved, *after)), *then.tracks[1:]))


def _by_bar(style, piece: Piece) -> list[float]:
    """Return nats an event of each bar after the seed."""
    reading = style.composer.read(piece, style)
    nats = score(style.player, [reading.example], lambda example: reading.possible())[0][:, 0]
    pitches = style.codec.vocabulary.is_kind("pitch")[reading.example.target[:, 0]]
    onsets = [n.onset_quarter for n in piece.tracks[0].notes]
    places, bars = np.flatnonzero(pitches)[: len(onsets)], bar_starts(piece)
    at = np.searchsorted(bars, np.array(onsets[: len(places)]) + 1e-6) - 1
    return [
        float(nats[places[at == bar]].mean()) if (at == bar).any() else np.nan for bar in range(SEED_BARS, ALL_BARS)
    ]


def measured(small: bool = False) -> Figures:
    """Return the figures."""
    return {"blends": blends(2, (0.0, 1.0)), "seeds": seeds(3)} if small else {
        "blends": blends(NUM_TAKES, SHARES), "seeds": seeds(SEEDED)}  # fmt: skip


def rendered(figures: Figures) -> str:
    """Return the tables."""
    rows = [[name, *(f"{own[style]:.2f}" for style in PAIR)] for name, own in figures["blends"].items()]
    first = table(["mean and share of hymns", *(f"nats a note under {style}" for style in PAIR)], rows)
    values = [f"{value:+.2f}" for value in figures["seeds"]]
    second = table(["bar after the seed", *map(str, range(1, len(values) + 1))], [["nats gained", *values]])
    return f"{first}\n\n{second}"


if __name__ == "__main__":
    run(measured, rendered)
