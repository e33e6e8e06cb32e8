"""A short piece of a style to hear beside its card: sample_of."""

from functools import lru_cache

from musegen.composers.request import ComposeRequest, Take
from musegen.services.making.compose import compose
from musegen.services.showing.downloads import download
from musegen.services.styles import abilities_of, get_style

NUM_BARS, SECONDS = 8, 20.0


def sample_of(style_id: str, number: int = 0) -> tuple[Take, bytes]:
    """Return a short take invented by a style, and its sound as WAV; the same number gives the same again.

    Raises:
        MusegenError: there is no such style, or it cannot be played.
    """
    return _sample(style_id, get_style(style_id).sha256, number)


@lru_cache(maxsize=24)
def _sample(style_id: str, sha256: str, number: int) -> tuple[Take, bytes]:
    card = get_style(style_id)
    length = {"num_bars": NUM_BARS} if abilities_of(card).bars else {"num_bars": None, "seconds": SECONDS}
    request = ComposeRequest(style_id, "invent", temperature=card.temperature, random_seed=number, **length,
                             **card.sampling)  # fmt: skip
    take = compose(request).takes[0]
    return take, download(take, "wav").data
