"""The door of parts: several instruments or hands in bars."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.held_out import HeldOut
from musegen.composers.parts.band_plan import plan_band
from musegen.composers.parts.band_tracks import without_band
from musegen.composers.parts.band_workpiece import BandWorkpiece
from musegen.composers.parts.chords import chords_written
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.options import PartsOptions
from musegen.composers.parts.plan import plan_score
from musegen.composers.parts.scoring import read_parts, reasons_of_parts
from musegen.composers.parts.workpiece import PartsWorkpiece
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.settings import settings_of
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.workpiece import Workpiece
from musegen.corpora.registry import name_of
from musegen.music import Piece
from musegen.music.fretboard import GUITARS
from musegen.styles.card import StyleCard

_HANDS = 2
_LONGEST_COPY = 15
"""Notes in a row that nine of ten songs held out share with those that pop learned from, at most."""

if TYPE_CHECKING:
    from musegen.composers.parts.source import ScoreSource


class PartsComposer(Composer[ScoreCodec]):
    """Writes for several instruments, or for two hands, note by note in bars."""

    name = "parts"
    Options = PartsOptions

    def abilities(self, card: StyleCard) -> Abilities:
        """Return what can be done; instruments can be chosen where there are more than the two hands of one.

        A style whose parts follow chords has a band, a chart and a plan of sections.
        """
        config = card.composer.get("config", {})
        parts = tuple(part["name"] for part in config.get("parts", ()))
        if config.get("chords"):
            return Abilities(
                card.modes,
                options=tuple(name for name in settings_of(PartsOptions) if name != "tuning"),
                parts=card.voices,
                form=False,
                seed_tracks={"": len(card.voices)},
                chord_chart=True,
                own_chords=True,
                longest_copy=_LONGEST_COPY,
                refusals={
                    "form": "has a plan of sections instead of a form; write for example verse chorus verse chorus."
                },
            )
        choose = len(parts) > _HANDS
        around = ("chart", "prelude_bars", "postlude_bars") if "accompany" in card.modes else ()
        strings = ("tuning",) if any(part.get("program") in GUITARS for part in config.get("parts", ())) else ()
        return Abilities(
            card.modes,
            options=(*(("instruments", "memory", *around) if choose else ("memory",)), *strings),
            parts=parts if choose else (),
            seed_tracks={"": len(card.voices)},
            own_chords="chart" in around,
            loudness=bool(config.get("dynamics")),
        )

    def open(self, config: dict[str, Any]) -> ScoreCodec:
        """Return the codec of the parts and of whether there are dynamics."""
        return ScoreCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[ScoreCodec]) -> Plan[ScoreCursor]:
        """Return how to make the takes of a request."""
        if style.codec.layout.chords:
            return plan_band(request, self.options(request, style.card), style)
        return plan_score(request, self.options(request, style.card), style)

    def read(self, piece: Piece, style: Style[ScoreCodec]) -> Reading:
        """Return the parts in their bars and keys, and over their chords where the style is told them."""
        if style.codec.layout.chords:
            return read_parts(style.codec, without_band(piece), chords_written(piece))
        return read_parts(style.codec, piece)

    def explain(self, piece: Piece, style: Style[ScoreCodec], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note that was not given; a band has no reasons."""
        if style.codec.layout.chords:
            return reasons_of_parts(style.codec, without_band(piece), style.player, given_voices, chords_written(piece))
        return reasons_of_parts(style.codec, piece, style.player, given_voices)

    def workpiece(self, request: SteerRequest, style: Style[ScoreCodec]) -> Workpiece:
        """Return the score made ready to be composed again in parts."""
        if style.codec.layout.chords:
            return BandWorkpiece(request, style)
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
