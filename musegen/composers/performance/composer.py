"""The door of performances: notes, loudness and pedal in milliseconds."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.held_out import HeldOut
from musegen.composers.performance.codec import PerformanceCodec, PerformanceCursor
from musegen.composers.performance.plan import plan_performance
from musegen.composers.performance.scoring import read_performance, reasons_of_performance
from musegen.composers.performance.workpiece import PerformanceWorkpiece
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.music import Piece
from musegen.music.performance import from_first_note, piece_of_performance
from musegen.remarks import Remark
from musegen.styles.card import StyleCard

_MOST_TRACKS = 64
_LEAST_NOTES = 200
"""Of a performance that is judged by."""

if TYPE_CHECKING:
    from musegen.composers.performance.source import PerformanceSource


class PerformanceComposer(Composer[PerformanceCodec]):
    """Plays as a pianist does, in its own time."""

    name = "performance"

    def abilities(self, card: StyleCard) -> Abilities:
        """Return that it plays freely, so that no section comes again."""
        return Abilities(
            card.modes,
            form=False,
            seed_tracks={"": _MOST_TRACKS},
            bars=False,
            loudness=True,
            ending="It is played freely, so it ends with a last chord about there.",
            refusals={
                "form": "plays freely, so it cannot repeat sections; leave out the form.",
            },
        )

    def open(self, config: dict[str, Any]) -> PerformanceCodec:
        """Return the codec; it has no settings."""
        return PerformanceCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[PerformanceCodec]) -> Plan[PerformanceCursor]:
        """Return how to make the takes of a request."""
        return plan_performance(request, style)

    def read(self, piece: Piece, style: Style[PerformanceCodec]) -> Reading:
        """Return the notes and the pedal as they are played in time."""
        return read_performance(style.codec, piece)

    def explain(self, piece: Piece, style: Style[PerformanceCodec], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note."""
        return reasons_of_performance(style.codec, piece, style.player)

    def workpiece(self, request: SteerRequest, style: Style[PerformanceCodec]) -> PerformanceWorkpiece:
        """Return the performance made ready to be played again in parts."""
        return PerformanceWorkpiece(request, style)

    def held_out(self, items: Sequence[Any]) -> list[HeldOut]:
        """Return one performance of every piece of a corpus, if it is long enough, from its first note on."""
        from musegen.composers.performance.source import performance_in

        first = {(getattr(item, "composer", ""), item.title): performance_in(item) for item in items}
        long = {name: played for name, played in first.items() if len(played.pitch) > _LEAST_NOTES}
        return [
            HeldOut(
                "/".join(name), piece_of_performance(from_first_note(played)), name=", ".join(name).replace("_", " ")
            )
            for name, played in long.items()
        ]

    def lesson(self, codec: PerformanceCodec, piece: Piece, card: StyleCard) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as it is, to be played: its times and loudness are what is learned.

        Raises:
            CodecError: there is nothing to play on a piano.
        """
        codec.adapt(piece)
        return piece, ()

    def source(
        self, codec: PerformanceCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "PerformanceSource":
        """Return training examples of recordings; of each held-out piece the beginning of one performance."""
        from musegen.composers.performance.source import PerformanceSource, beginning, performance_in

        held_out = {
            (getattr(item, "composer", ""), getattr(item, "title", id(item))): performance_in(item) for item in valid
        }
        most = settings.get("valid_notes", 2000)
        return PerformanceSource([performance_in(item) for item in train],
                                 [beginning(performance, most) for performance in held_out.values()])  # fmt: skip


COMPOSER = PerformanceComposer()
