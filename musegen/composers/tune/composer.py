"""The door of tunes: one voice in bars."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.held_out import HeldOut
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.tune.codec import FolkTuneCodec
from musegen.composers.tune.cursor import FolkTuneCursor
from musegen.composers.tune.plan import plan_tune
from musegen.composers.tune.scoring import read_tune, reasons_of_tune
from musegen.composers.tune.workpiece import TuneWorkpiece
from musegen.corpora.registry import group_of, name_of
from musegen.music import Piece
from musegen.remarks import Remark
from musegen.styles.card import StyleCard

if TYPE_CHECKING:
    from musegen.composers.tune.source import FolkSource


class TuneComposer(Composer[FolkTuneCodec]):
    """Writes tunes of one voice, event by event."""

    name = "tune"

    def abilities(self, card: StyleCard) -> Abilities:
        """Return that everything can be done with a tune."""
        return Abilities(card.modes, seed_tracks={"": len(card.voices)})

    def open(self, config: dict[str, Any]) -> FolkTuneCodec:
        """Return the codec; it has no settings."""
        return FolkTuneCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[FolkTuneCodec]) -> Plan[FolkTuneCursor]:
        """Return how to make the takes of a request."""
        return plan_tune(request, style)

    def read(self, piece: Piece, style: Style[FolkTuneCodec]) -> Reading:
        """Return the tune from its meter to its end."""
        return read_tune(style.codec, piece)

    def held_out(self, items: Sequence[Any]) -> list[HeldOut]:
        """Return the tunes of a corpus by their names."""
        return [HeldOut(group_of(item, i), item.piece, name=name_of(item)) for i, item in enumerate(items)]

    def explain(self, piece: Piece, style: Style[FolkTuneCodec], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note; a tune has no given voices."""
        held = self.workpiece(SteerRequest(style.card.style_id, "vary", piece), style)
        return Explanation(
            held.piece, reasons_of_tune(style.codec, held.piece, style.player, style.recall), held.messages
        )

    def workpiece(self, request: SteerRequest, style: Style[FolkTuneCodec]) -> TuneWorkpiece:
        """Return the tune made ready to be composed again in parts."""
        return TuneWorkpiece(request, style)

    def lesson(self, codec: FolkTuneCodec, piece: Piece, card: StyleCard) -> tuple[Piece, tuple[Remark, ...]]:
        """Return a tune that the codec holds as it is, else its melody moved onto the grid."""
        if len(piece.tracks) == 1 and piece.num_notes and codec.fits(piece):
            return piece, ()
        return codec.adapt(piece)

    def source(
        self, codec: FolkTuneCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "FolkSource":
        """Return training examples of tunes that the codec holds as they are."""
        from musegen.composers.tune.source import FolkSource

        def events(items: Sequence[Any]) -> list[Any]:
            pieces = [getattr(item, "piece", item) for item in items]
            return [codec.encode(piece) for piece in pieces if codec.fits(piece)]

        return FolkSource(events(train), events(valid))


COMPOSER = TuneComposer()
