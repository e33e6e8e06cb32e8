"""The door of notes in seconds, as the TensorFlow tutorial and MusicalPy make them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.plan import Plan
from musegen.composers.reading import Reading, possible_by
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.composers.timed_notes.codec import TimedNotesCodec, TimedNotesCursor
from musegen.composers.timed_notes.plan import plan_notes
from musegen.music import Piece
from musegen.remarks import Remark
from musegen.styles.card import StyleCard
from musegen.styles.shelf import is_teaching

if TYPE_CHECKING:
    from musegen.composers.windows import WindowSource

_MOST_TRACKS = 64
_MOST_FRAMES = 256
"""Notes of a held-out piece in one example: each has 728 events to choose from, three times."""


class TimedNotesComposer(Composer[TimedNotesCodec]):
    """Writes the next note's pitch, step and duration, again and again, as the tutorial's network does."""

    name = "timed_notes"

    def abilities(self, card: StyleCard) -> Abilities:
        """Return that it goes on and invents, and nothing else; only one that has learned nothing yet can learn."""
        return Abilities(
            card.modes,
            actions=frozenset(),
            form=False,
            why=False,
            seed_tracks={"": _MOST_TRACKS},
            bars=False,
            own_files=is_teaching(card.style_id),
            ending="It stops when its time is over, wherever the music is: it has never learned an end.",
        )

    def open(self, config: dict[str, Any]) -> TimedNotesCodec:
        """Return the codec; it has no settings."""
        return TimedNotesCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[TimedNotesCodec]) -> Plan[TimedNotesCursor]:
        """Return how to make the takes of a request."""
        self.options(request, style.card)
        return plan_notes(request, style)

    def read(self, piece: Piece, style: Style[TimedNotesCodec]) -> Reading:
        """Return the notes one after the other."""
        adapted, messages = style.codec.adapt(piece)
        example = style.codec.example(style.codec.encode(adapted))
        return Reading(example, lambda: possible_by(TimedNotesCursor(), example), adapted.num_notes, messages)

    def lesson(self, codec: TimedNotesCodec, piece: Piece, card: StyleCard) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as it is, to be played: its times are what is learned."""
        codec.adapt(piece)
        return piece, ()

    def source(
        self, codec: TimedNotesCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "WindowSource":
        """Return windows of the pieces."""
        from musegen.composers.windows import WindowSource

        def events(items: Sequence[Any]) -> list[Any]:
            return [codec.encode(getattr(item, "piece", item)) for item in items]

        return WindowSource(codec, events(train), events(valid), _MOST_FRAMES)


COMPOSER = TimedNotesComposer()
