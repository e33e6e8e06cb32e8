"""How far a style's music goes on as it went on before, learned from held-out music: keep_recall.

The pieces that a style was chosen by are read as its network reads them. Half of them tell the shares of
`engine.recall.RecallTable`, the other half whether they help; where they do, the shares of all pieces are kept beside
the card.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musegen.composers.style import Style, load_style
from musegen.engine.codec import Example
from musegen.engine.loop import score
from musegen.engine.players import Player
from musegen.engine.recall import Recall, RecallTable, fit_shares
from musegen.errors import MusegenError
from musegen.styles.card import RECALL_FILE, load_card
from musegen.training.publish import refresh
from musegen.training.recipe import Recipe, recipe_of

LEAST_GAIN = 0.002
"""Nats an event that held-out music must become likelier by, else nothing is kept."""
MOST_EVENTS = 120_000
MOST_FRAMES = 1000
"""Of one piece, so that no long one is all there is."""
LEAST_PIECES = 4


@dataclass(frozen=True, slots=True)
class RecallGain:
    """What recalling is worth on held-out pieces that did not tell the shares.

    Args:
        without: nats an event of the network alone.
        with_recall: nats an event with what the piece had done mixed in.
        num_pieces: held-out pieces, those that told the shares too.
        kept: whether it was enough to be kept.
    """

    without: float
    with_recall: float
    num_pieces: int
    kept: bool


def keep_recall(style: str | Path | Recipe, say: Callable[[str], None] = lambda words: None) -> RecallGain | None:
    """Learn and keep how far a style recalls; return what it is worth, None where too few pieces are held out.

    Args:
        style: id of a shipped recipe, the path of a recipe of one's own, or a recipe.
        say: called with what was found, a sentence.

    Raises:
        MusegenError: there is no such recipe, the style is not published, or its corpus cannot be had.
    """
    recipe = recipe_of(style)
    played = load_style(recipe.card.style_id)
    held_out = played.composer.held_out(recipe.held_out_items("valid"))
    pieces = [rows_of(example, played.player) for example in _examples(played, [held.piece for held in held_out])]
    if len(pieces) < LEAST_PIECES:
        say(f"Only {len(pieces)} pieces are held out, so nothing is recalled.")
        return None
    num_heads = played.codec.num_heads
    fitted = fit_shares(np.concatenate(pieces[::2]), num_heads)
    others = np.concatenate(pieces[1::2])
    without, with_recall = nats(others, None), nats(others, fitted)
    gain = RecallGain(without, with_recall, len(pieces), without - with_recall >= LEAST_GAIN)
    say(f"Held-out music: {without:.4f} nats an event, {with_recall:.4f} with recall, of {len(pieces)} pieces.")
    path = played.folder / RECALL_FILE
    if gain.kept:
        table = replace(fit_shares(np.concatenate(pieces), num_heads), strength=recipe.recall_strength)
        path.write_text(json.dumps(table.to_json(), separators=(",", ":")) + "\n", encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
    refresh(load_card(played.folder), played.folder)
    return gain


def _examples(style: Style, pieces: Sequence) -> Iterator[Example]:
    read = 0
    for piece in pieces:
        if read >= MOST_EVENTS:
            return
        try:
            example = style.composer.read(piece, style).example
        except MusegenError:  # nothing for this style: it is not among what it can be asked for
            continue
        read += min(len(example.target), MOST_FRAMES) * example.target.shape[-1]
        yield example


def rows_of(example: Example, player: Player) -> np.ndarray:
    """Return what `fit_shares` learns from, a row an event that counts, of a piece's first `MOST_FRAMES` frames."""
    beginning = Example(*(part[:MOST_FRAMES] for part in (example.trunk, example.head, example.target, example.weight)))
    alone, rows = np.exp(-score(player, [beginning])[0]), []
    recall = Recall(example.target.shape[-1])
    for t, events in enumerate(beginning.target.tolist()):
        for k, event in enumerate(events):
            if beginning.weight[t, k] > 0:
                expected = float(alone[t, k])
                found = recall.met()
                if found is None:
                    rows.append((expected, 0.0, -1, 0, k))
                else:
                    followed = found.following[event] / found.following.total()
                    rows.append((expected, followed, found.index, found.case, k))
            recall.push(event)
    return np.array(rows, float).reshape(-1, 5)


def nats(rows: np.ndarray, table: RecallTable | None) -> float:
    """Return the mean negative log-likelihood of events, with the shares of a table or without."""
    expected, followed, index, case, question = rows.T
    if table is None:
        return float(-np.log(expected).mean())
    place = question.astype(int), np.maximum(index, 0).astype(int), case.astype(int)
    share = np.where(index < 0, 0.0, table.shares[place])
    return float(-np.log(share * followed + (1 - share) * expected).mean())
