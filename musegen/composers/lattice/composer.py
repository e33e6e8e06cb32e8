"""The door of the lattice: piano music, every key in every sixteenth."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.held_out import HeldOut
from musegen.composers.lattice.codec import LatticeCodec
from musegen.composers.lattice.grid import LEAST_ON_GRID, on_grid
from musegen.composers.lattice.plan import plan_lattice
from musegen.composers.lattice.reading import LatticeCursor
from musegen.composers.lattice.scoring import read_lattice, reasons_of_lattice
from musegen.composers.lattice.workpiece import LatticeWorkpiece
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.corpora.registry import name_of
from musegen.music import Piece
from musegen.styles.card import StyleCard

if TYPE_CHECKING:
    from musegen.composers.lattice.source import LatticeSource


class LatticeComposer(Composer[LatticeCodec]):
    """Writes piano music for two hands, sixteenth by sixteenth, in each from the lowest key up."""

    name = "lattice"

    def abilities(self, card: StyleCard) -> Abilities:
        """Return that all can be done but to learn from a musician's own files."""
        return Abilities(
            card.modes,
            seed_tracks={"": 2},
            own_files=False,
        )

    def open(self, config: dict[str, Any]) -> LatticeCodec:
        """Return the codec, which has no settings."""
        return LatticeCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[LatticeCodec]) -> Plan[LatticeCursor]:
        """Return how to make the takes of a request."""
        return plan_lattice(request, style)

    def read(self, piece: Piece, style: Style[LatticeCodec]) -> Reading:
        """Return the piece in its meter and key; how long it will be is not told."""
        return read_lattice(style.codec, piece)

    def explain(self, piece: Piece, style: Style[LatticeCodec], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note that was not given."""
        held = self.workpiece(SteerRequest(style.card.style_id, "vary", piece), style)
        notes = reasons_of_lattice(style.codec, held.piece, style.player, given_voices, style.recall)
        return Explanation(held.piece, notes, held.messages)

    def workpiece(self, request: SteerRequest, style: Style[LatticeCodec]) -> LatticeWorkpiece:
        """Return the piece made ready to be composed again in parts."""
        return LatticeWorkpiece(request, style)

    def held_out(self, items: Sequence[Any]) -> list[HeldOut]:
        """Return the scores that a grid of sixteenths holds, whoever wrote them."""
        return [HeldOut(item.group, item.piece, name=name_of(item)) for item in items
                if on_grid(item.piece) >= LEAST_ON_GRID]  # fmt: skip

    def source(
        self, codec: LatticeCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "LatticeSource":
        """Return training examples of scores that a grid of sixteenths holds."""
        from musegen.composers.lattice.source import LatticeSource

        return LatticeSource(train, valid, **settings)


COMPOSER = LatticeComposer()
