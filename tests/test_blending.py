"""Two styles heard at once: the blend by hand, what it does to takes, and what cannot be blended."""

import numpy as np
import pytest

from musegen.composers.request import ComposeRequest
from musegen.composers.style import blended, can_be_blended, load_style
from musegen.engine.players.blended import BlendedPlayer
from musegen.errors import StyleError
from musegen.services.making.compose import compose
from musegen.services.styles import blends_of, get_style
from musegen.ui.shared_controls import BLEND, Where


class Fixed:
    """A network of one state that always expects the same, and counts its frames in the state."""

    def __init__(self, probabilities):
        self.row = np.log(np.array([probabilities], np.float32))

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, 1), np.float32)]

    def advance(self, trunk, states):
        (state,) = states
        return [state + 1]

    def logits(self, trunk, head, states):
        (state,) = states
        assert (state == 1).all()
        return self.row + 3  # a constant that changes nothing


def expected(player):
    states = player.advance(np.zeros((1, 1), int), player.initial_states(1))
    row = player.logits(np.zeros((1, 1), int), np.zeros((1, 0), int), states)[0].astype(float)
    return np.exp(row - np.logaddexp.reduce(row))


def test_the_blend_is_the_weighted_geometric_mean():
    one, two = Fixed([0.5, 0.5, 0.0 + 1e-30]), Fixed([0.8, 0.1, 0.1])
    assert expected(BlendedPlayer(one, two, 0.0))[:2] == pytest.approx([0.5, 0.5])
    assert expected(BlendedPlayer(one, two, 1.0)) == pytest.approx([0.8, 0.1, 0.1], abs=1e-6)
    # sqrt(0.5 * 0.8) : sqrt(0.5 * 0.1) = 0.632 : 0.224, and what one of them excludes stays out
    assert expected(BlendedPlayer(one, two, 0.5)) == pytest.approx([0.7388, 0.2612, 0.0], abs=1e-4)
    with pytest.raises(ValueError, match="between 0 and 1"):
        BlendedPlayer(one, two, 1.5)


def test_only_styles_of_the_same_events_can_be_blended():
    chorales, folk = get_style("bach-chorales"), get_style("folk")
    assert "hymn" in [card.style_id for card in blends_of(chorales)]
    assert not can_be_blended(chorales, folk) and not can_be_blended(chorales, chorales)
    with pytest.raises(StyleError, match="cannot be blended"):
        blended(load_style("folk"), "hymn", 0.5)


def test_takes_go_from_one_style_to_the_other():
    def notes(**values):
        request = ComposeRequest("bach-chorales", "invent", num_bars=2, random_seed=5, recall=0.0, **values)
        return [(n.onset_quarter, n.pitch) for track in compose(request).takes[0].piece.tracks for n in track.notes]

    alone, half = notes(), notes(blend_with="hymn", blend=0.5)
    assert notes(blend_with="hymn", blend=0.0) == alone != half
    assert notes(blend_with="hymn", blend=0.5) == half
    assert notes(blend_with="hymn", blend=1.0) not in (alone, half)


def test_the_page_holds_a_blend_or_says_that_it_does_not():
    where = Where(get_style("bach-chorales"), "invent")
    values, held = BLEND.widgets(where, ComposeRequest("bach-chorales", blend_with="hymn", blend=0.25))
    assert held and values == {"blend_with-bach-chorales": "hymn", "blend-bach-chorales": 0.25}
    assert not BLEND.widgets(where, ComposeRequest("bach-chorales", blend_with="folk"))[1]
