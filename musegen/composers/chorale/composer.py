"""The door of chorales: four voices on a grid of sixteenths."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.chorale.codec import ChoraleCodec
from musegen.composers.chorale.grid import VOICE_RANGES
from musegen.composers.chorale.options import ChoraleOptions
from musegen.composers.chorale.plan import plan_chorale
from musegen.composers.chorale.reading import ChoraleCursor
from musegen.composers.chorale.scoring import read_chorale, reasons_of_chorale
from musegen.composers.chorale.workpiece import ChoraleWorkpiece
from musegen.composers.contract import Abilities, Composer
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.music import Piece
from musegen.styles.card import StyleCard

if TYPE_CHECKING:
    from musegen.composers.chorale.source import ChoraleSource

SHOWN = ("piece", "fermatas")
"""Of the config: what a piece is called ("Chorale"), and whether the fermatas that the plan has are printed."""


class ChoraleComposer(Composer[ChoraleCodec]):
    """Writes four voices, sixteenth by sixteenth, also to given ones."""

    name = "chorale"
    Options = ChoraleOptions

    def abilities(self, card: StyleCard) -> Abilities:
        """Return that everything can be done with a chorale; one track of a seed is harmonised."""
        return Abilities(
            card.modes, options=("chart",), seed_tracks={"harmonise": 1, "": len(card.voices)}, own_chords=True
        )

    def open(self, config: dict[str, Any]) -> ChoraleCodec:
        """Return the codec, which has no settings; the rest of the config is what a piece is called and shows."""
        return ChoraleCodec.from_config({name: value for name, value in config.items() if name not in SHOWN})

    def plan(self, request: ComposeRequest, style: Style[ChoraleCodec]) -> Plan[ChoraleCursor]:
        """Return how to make the takes of a request."""
        return plan_chorale(request, self.options(request, style.card), style)

    def read(self, piece: Piece, style: Style[ChoraleCodec]) -> Reading:
        """Return four voices, nothing known but the notes before."""
        return read_chorale(style.codec, piece)

    def explain(self, piece: Piece, style: Style[ChoraleCodec], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note that was not given."""
        held = self.workpiece(SteerRequest(style.card.style_id, "vary", piece), style)
        notes = reasons_of_chorale(style.codec, held.piece, style.player, given_voices, style.recall)
        return Explanation(held.piece, notes, held.messages)

    def workpiece(self, request: SteerRequest, style: Style[ChoraleCodec]) -> ChoraleWorkpiece:
        """Return the chorale made ready to be composed again in parts."""
        return ChoraleWorkpiece(request, style)

    def source(
        self, codec: ChoraleCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "ChoraleSource":
        """Return training examples of pieces of four voices."""
        from musegen.composers.chorale.source import ChoraleSource

        def grids(items: Sequence[Any]) -> list[Any]:
            return [codec.to_grid(getattr(item, "piece", item)) for item in items]

        return ChoraleSource(grids(train), grids(valid), VOICE_RANGES)


COMPOSER = ChoraleComposer()
