"""The door of solos: an improvised line over chords, with a band."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.held_out import HeldOut
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.settings import settings_of
from musegen.composers.solo.codec import SoloCodec
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.held_out import held_out_solo
from musegen.composers.solo.options import SoloOptions
from musegen.composers.solo.plan import plan_jazz
from musegen.composers.solo.scoring import read_solo, reasons_of_solo
from musegen.composers.solo.workpiece import SoloWorkpiece
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.music import Piece
from musegen.styles.card import StyleCard

if TYPE_CHECKING:
    from musegen.composers.solo.source import SoloSource


class SoloComposer(Composer[SoloCodec]):
    """Improvises a line over a chart of chords and puts a band around it."""

    name = "solo"
    Options = SoloOptions

    def abilities(self, card: StyleCard) -> Abilities:
        """Return that it follows a chart, takes one melody, and chooses its band."""
        return Abilities(
            card.modes,
            options=tuple(settings_of(SoloOptions)),
            parts=card.voices,
            form=False,
            seed_tracks={"": 1},
            chord_chart=True,
            own_files=False,
            refusals={
                "form": "follows the form of its chart; leave out the form.",
                "train": "learns from solos with the chords they were played over, which files do not hold; choose "
                "another style to learn on from.",
            },
        )

    def open(self, config: dict[str, Any]) -> SoloCodec:
        """Return the codec; it has no settings."""
        return SoloCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[SoloCodec]) -> Plan[SoloCursor]:
        """Return how to make the takes of a request."""
        return plan_jazz(request, self.options(request, style.card), style)

    def read(self, piece: Piece, style: Style[SoloCodec]) -> Reading:
        """Return the line of the first pitched track over the chords that stand in the piece."""
        return read_solo(style.codec, piece)

    def explain(self, piece: Piece, style: Style[SoloCodec], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note of the solo; a band has no reasons."""
        return reasons_of_solo(style.codec, piece, style.player)

    def workpiece(self, request: SteerRequest, style: Style[SoloCodec]) -> SoloWorkpiece:
        """Return the solo and its band made ready to be composed again in parts."""
        return SoloWorkpiece(request, style)

    def held_out(self, items: Sequence[Any]) -> list[HeldOut]:
        """Return the solos of a corpus with their chords."""
        return [held_out_solo(item) for item in items]

    def source(
        self, codec: SoloCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "SoloSource":
        """Return training examples of solos over their chords."""
        from musegen.composers.solo.source import SoloSource

        return SoloSource(train, valid)


COMPOSER = SoloComposer()
