"""Takes made with a style's own settings, untouched, and the music they are compared with."""

from collections.abc import Callable
from dataclasses import replace

from musegen.composers.request import ComposeRequest
from musegen.composers.style import load_style
from musegen.composers.temperature_curve import sampling_settings
from musegen.corpora.folk_tunes import load_split, read_tunes
from musegen.corpora.jsb_chorales import read_pieces, read_sources
from musegen.engine.codec import Cursor
from musegen.engine.loop import Constraints, sample
from musegen.music import Piece
from musegen.styles.card import StyleCard

Corpus = dict[str, Piece]


def request_of(card: StyleCard, random_seed: int, num_bars: int | None = None) -> ComposeRequest:
    """Return the request of a take invented from nothing, everything as the card has it."""
    return ComposeRequest(
        card.style_id,
        "invent",
        num_bars=num_bars or card.num_bars,
        temperature=card.temperature,
        random_seed=random_seed,
        **card.sampling,
    )


def compose_changed(request: ComposeRequest, change: Callable[[Constraints], Constraints]) -> Piece:
    """Return the first take of a request, made as `compose` makes it but with other constraints."""
    style = load_style(request.style_id)
    plan = style.composer.plan(request, style)
    cursor = plan.cursor()
    sample(style.player, [cursor], sampling_settings(request), change(plan.constraints), [(request.random_seed, 0)])
    return plan.finish(cursor)


def compose_changed_cursor(request: ComposeRequest, change: Callable[[Cursor], Cursor]) -> Piece:
    """Return the first take of a request, made as `compose` makes it but with another cursor."""
    style = load_style(request.style_id)
    plan = style.composer.plan(request, style)
    cursor = change(plan.cursor())
    sample(style.player, [cursor], sampling_settings(request), plan.constraints, [(request.random_seed, 0)])
    return plan.finish(cursor)


def without(rule: Callable) -> Callable[[Constraints], Constraints]:
    """Return the change that takes one soft rule away."""
    return lambda constraints: replace(constraints, soft=tuple(m for m in constraints.soft if m is not rule))


def read_corpus(style_id: str) -> dict[str, Corpus]:
    """Return the music a style learned from ("train") and the music held out ("test"), by name."""
    if style_id == "folk":
        sides, result = load_split(), {"train": {}, "test": {}, "valid": {}}
        for tune in read_tunes():
            if tune.tune_id not in sides:
                continue
            result[sides[tune.tune_id]][tune.tune_id] = tune.piece
        return result
    result = {"train": {}, "test": {}}
    for side, splits in (("train", ("train", "extra")), ("test", ("test",))):
        for split in splits:
            named = zip(read_sources(split), read_pieces(split), strict=True)
            result[side].update({f"{split}/{i} {name}".strip(): p for i, (name, p) in enumerate(named)})
    return result
