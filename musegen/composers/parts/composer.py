"""The door of parts: several instruments or hands in bars."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.held_out import HeldOut
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.options import PartsOptions
from musegen.composers.parts.plan import plan_score
from musegen.composers.parts.scoring import read_parts, reasons_of_parts
from musegen.composers.parts.workpiece import PartsWorkpiece
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.corpora.registry import name_of
from musegen.music import Piece
from musegen.styles.card import StyleCard

_HANDS = 2

if TYPE_CHECKING:
    from musegen.composers.parts.source import ScoreSource


class PartsComposer(Composer[ScoreCodec]):
    """Writes for several instruments, or for two hands, note by note in bars."""

    name = "parts"
    Options = PartsOptions

    def abilities(self, card: StyleCard) -> Abilities:
        """Return what can be done; instruments can be chosen where there are more than the two hands of one."""
        parts = tuple(part["name"] for part in card.composer.get("config", {}).get("parts", ()))
        choose = len(parts) > _HANDS
        around = ("prelude_bars", "postlude_bars") if "accompany" in card.modes else ()
        return Abilities(
            card.modes,
            options=("instruments", "memory", *around) if choose else ("memory",),
            parts=parts if choose else (),
            seed_tracks={"": len(card.voices)},
            loudness=bool(card.composer.get("config", {}).get("dynamics")),
        )

    def open(self, config: dict[str, Any]) -> ScoreCodec:
        """Return the codec of the parts and of whether there are dynamics."""
        return ScoreCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[ScoreCodec]) -> Plan[ScoreCursor]:
        """Return how to make the takes of a request."""
        return plan_score(request, self.options(request, style.card), style)

    def read(self, piece: Piece, style: Style[ScoreCodec]) -> Reading:
        """Return the parts in their bars and keys."""
        return read_parts(style.codec, piece)

    def explain(self, piece: Piece, style: Style[ScoreCodec], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note that was not given."""
        return reasons_of_parts(style.codec, piece, style.player, given_voices)

    def workpiece(self, request: SteerRequest, style: Style[ScoreCodec]) -> PartsWorkpiece:
        """Return the score made ready to be composed again in parts."""
        return PartsWorkpiece(request, style)

    def held_out(self, items: Sequence[Any]) -> list[HeldOut]:
        """Return the scores that belong to the music the style is named after."""
        return [HeldOut(item.group, item.piece, name=name_of(item)) for item in items if item.own]

    def source(
        self, codec: ScoreCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "ScoreSource":
        """Return training examples of scores; of each held-out movement of the style's own music its beginning."""
        from musegen.composers.parts.source import ScoreDrawing, ScoreSource

        drawing = ScoreDrawing(**{name: settings[name] for name in ("lead", "fewer_parts") if name in settings})
        rows = settings.get("valid_rows", 512)
        return ScoreSource(train, valid, codec, settings.get("own_share"), drawing, valid_rows=rows)


COMPOSER = PartsComposer()
