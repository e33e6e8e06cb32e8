"""The start page's composer: chooses seed, style and settings by itself, and tells in a sentence what it did.

DemoPiece, new_piece, in_mood, what_happened.
"""

import random
from dataclasses import dataclass, replace

from musegen.composers.fitting.length import usual_bars
from musegen.composers.modes import FROM_MELODY
from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.errors import StyleError
from musegen.languages import message
from musegen.remarks import Remark, remark
from musegen.services.seeds.seed import Example, count_bars, list_examples, load_example
from musegen.services.styles import StyleCard, list_styles

CALM, WILD = 0.4, 1.6
"""Bounds of the temperature that the two mood buttons reach."""

MOOD_STEP = 0.3
_INVENTED_SHARE = 0.25
_DID = {"continue": "went_on_from", "harmonise": "harmonised", "arrange": "arranged", "accompany": "accompanied",
        "invent": "invented"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoPiece:
    """What the start page composes.

    Args:
        request: for `compose`.
        style_title: of the style.
        example_id: the example it goes on from, None where it is invented.
        seed_title: of that example.
        mood: "calmer" or "wilder" where it was asked for, else "".
    """

    request: ComposeRequest
    style_title: str
    example_id: str | None = None
    seed_title: str | None = None
    mood: str = ""


def new_piece(random_seed: int) -> DemoPiece:
    """Return a piece to compose: a style, and one of its examples or none, drawn from the random seed.

    Raises:
        StyleError: there are no styles.
    """
    cards = list_styles()
    if not cards:
        raise StyleError("There are no styles yet; run: python -m musegen train folk")
    chance = random.Random(random_seed)
    card = chance.choice(cards)
    examples = [e for e in list_examples() if card.style_id in e.styles and _modes(card, e)]
    if "invent" in card.modes and (not examples or chance.random() < _INVENTED_SHARE):
        return DemoPiece(_request(card, "invent", random_seed), card.title)
    if not examples:
        raise StyleError("There is no example for {title}.", title=card.title)
    example = chance.choice(examples)
    return _from_example(card, example, chance.choice(_modes(card, example)), random_seed)


def _modes(card: StyleCard, example: Example) -> list[str]:
    """Return what a style can do with an example."""
    modes = dict.fromkeys((example.mode, *FROM_MELODY))
    return [mode for mode in modes if mode in card.modes and (mode == example.mode or _is_melody(example))]


def _is_melody(example: Example) -> bool:
    return len(load_example(example.example_id).piece.tracks) == 1


def _from_example(card: StyleCard, example: Example, mode: str, random_seed: int) -> DemoPiece:
    seed = load_example(example.example_id)
    request = _request(card, mode, random_seed)
    length = None if mode in FROM_MELODY else usual_bars(card.num_bars, count_bars(seed.piece))
    request = replace(request, primer=seed.piece, num_bars=length)
    return DemoPiece(request, card.title, example.example_id, seed.title)


def _request(card: StyleCard, mode: str, random_seed: int) -> ComposeRequest:
    usual = {name: value for name, value in card.sampling.items() if name in ("top_p", "top_k")}
    return ComposeRequest(
        card.style_id,
        mode,
        num_bars=card.num_bars,
        temperature=card.temperature,
        random_seed=random_seed,
        **usual,
    )


def in_mood(piece: DemoPiece, mood: str) -> DemoPiece:
    """Return the same piece "calmer" or "wilder": composed again from the same chance at another temperature."""
    step = {"calmer": -MOOD_STEP, "wilder": MOOD_STEP}[mood]
    temperature = round(min(max(piece.request.temperature + step, CALM), WILD), 2)
    return replace(piece, request=replace(piece.request, temperature=temperature), mood=mood)


def what_happened(piece: DemoPiece, result: ComposeResult) -> Remark:
    """Return one sentence on what was composed, from what, how long it is and how long that took."""
    seconds = max(sum(result.timings_ms.values()) / 1000, 0.01)
    return remark(
        _DID[piece.request.mode],
        seed=message(piece.seed_title or ""),
        style=message(piece.style_title),
        mood=piece.mood,
        bars=result.takes[0].num_bars,
        seconds=round(seconds, 1 if seconds >= 0.1 else 2),
    )
