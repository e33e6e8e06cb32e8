"""What a style is judged by, made from its corpus once and kept beside its card: keep_references.

Two files for the figures of held-out music (`evaluation.reference`), one for what was learned from, so that runs of it
are found in takes (`evaluation.originality`). Neither holds any music.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from musegen.composers.held_out import HeldOut
from musegen.composers.registry import get_composer
from musegen.errors import StyleError
from musegen.evaluation.originality import Line, OriginalityIndex, lines_of
from musegen.evaluation.originality_file import save_index
from musegen.evaluation.overlap import has_features
from musegen.evaluation.reference import Reference, reference_of, save_reference
from musegen.evaluation.windows import windows
from musegen.music import Piece
from musegen.styles.card import load_card
from musegen.styles.shelf import style_folder
from musegen.training.publish import refresh
from musegen.training.recipe import Recipe, recipe_of

NUM_WINDOWS = 100
NUM_BARS = 16
LEAST_WINDOWS = 8


def keep_references(
    style: str | Path | Recipe, say: Callable[[str], None] = lambda words: None, before: OriginalityIndex | None = None
) -> Reference:
    """Make and keep what a style is judged by; return the figures of held-out music.

    Args:
        style: id of a shipped recipe, the path of a recipe of one's own, or a recipe.
        say: called with what has been done, a sentence each.
        before: index of what the style had learned from before, where it has learned on.

    Raises:
        MusegenError: there is no such recipe, the style is not published, or its corpus cannot be had.
    """
    recipe = recipe_of(style)
    folder = style_folder(recipe.card.style_id)
    composer = get_composer(recipe.card.composer["name"])
    played = not composer.abilities(recipe.card).bars
    items = recipe.items("train")
    learned = composer.held_out([replace(i, own=True) if hasattr(i, "own") else i for i in items])
    say(f"{len(learned)} pieces were learned from.")
    real, num_held_out, num_bars = _held_out(recipe, played=played)
    names = [held.name or held.group for held in learned]
    lines = [lines_of(held.piece, played=played) for held in learned]
    index = _index(names, lines, before, rhythm=before.rhythm if before else not played)
    shared = [index.longest(lines_of(piece, played=played)).num_notes for piece in real]
    if index.rhythm and not before and not np.median(shared or [0]):  # lengths as played are never twice the same
        index = OriginalityIndex.of(names, lines, rhythm=False)
        shared = [index.longest(lines_of(piece, played=played)).num_notes for piece in real]
    path = save_index(index, folder)
    refresh(load_card(folder), folder)
    say(f"{path.name}: {len(index.hashes):,} notes in {path.stat().st_size:,} bytes.")
    if len(real) < LEAST_WINDOWS:
        raise StyleError(
            f"Only {len(real)} stretches of {num_bars} bars are held out from {recipe.card.title}; "
            f"{LEAST_WINDOWS} are needed to judge it."
        )
    own = composer.held_out([item for item in items if getattr(item, "own", True)])
    training = _windows(own, num_bars, played=played)
    facts = {
        "num_bars": num_bars,
        "num_tracks": max(len(piece.tracks) for piece in [*training, *real]),
        "played": played,
        "counts": {"training_pieces": len(own), "held_out_pieces": num_held_out, "training_windows": len(training),
                   "held_out_windows": len(real)},
    }  # fmt: skip
    reference = reference_of(training, real, facts, shared)
    save_reference(reference, folder)
    refresh(load_card(folder), folder)
    say(f"{len(real)} windows of {num_held_out} held-out pieces were measured.")
    return reference


def _held_out(recipe: Recipe, *, played: bool) -> tuple[list[Piece], int, int]:
    """Return windows of music held out, of how many pieces they are, and how many bars they have."""
    composer = get_composer(recipe.card.composer["name"])
    num_bars = recipe.card.held_out.get("num_bars", NUM_BARS)
    pieces: list[HeldOut] = []
    real: list[Piece] = []
    for split in ("test", "valid"):  # pieces by which an epoch was chosen only where too few others are there
        if len(real) < NUM_WINDOWS // 2:
            items = recipe.held_out_items(split)
            pieces += composer.held_out([item for item in items if getattr(item, "own", True)])
            real = _windows(pieces, num_bars, played=played)
    return real, len(pieces), num_bars


def _index(
    names: Sequence[str], lines: Sequence[Sequence[Line]], before: OriginalityIndex | None, *, rhythm: bool
) -> OriginalityIndex:
    index = OriginalityIndex.of(names, lines, rhythm=rhythm)
    return index if before is None else before.joined(index)


def _windows(pieces: Sequence[HeldOut], num_bars: int, *, played: bool) -> list[Piece]:
    """Return windows that have features, dealt out over the pieces: the first of each, then the second of each."""
    cut = [
        [w for w in windows(held.piece, num_bars, played=played, first_bar=held.first_bar) if has_features(w)]
        for held in (pieces[i] for i in np.random.default_rng(0).permutation(len(pieces))[: 2 * NUM_WINDOWS])
    ]
    most = max(map(len, cut), default=0)
    return [own[turn] for turn in range(most) for own in cut if turn < len(own)][:NUM_WINDOWS]
