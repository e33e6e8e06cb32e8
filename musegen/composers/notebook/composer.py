"""The door of the notebooks' networks: notes and chords, one a beat."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from musegen.composers.contract import Abilities, Composer
from musegen.composers.notebook.codec import NoteChordCodec, NoteChordCursor
from musegen.composers.notebook.plan import plan_notes
from musegen.composers.plan import Plan
from musegen.composers.reading import Reading, possible_by
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.music import Piece
from musegen.remarks import Remark
from musegen.styles.card import StyleCard

if TYPE_CHECKING:
    from musegen.composers.windows import WindowSource

_MOST_TRACKS = 64


class NotebookComposer(Composer[NoteChordCodec]):
    """Writes the next note or chord, again and again, as the notebook's network does."""

    name = "notebook"

    def abilities(self, card: StyleCard) -> Abilities:
        """Return that it goes on and invents, and nothing else; only one that has learned nothing yet can learn."""
        return Abilities(
            card.modes,
            actions=frozenset(),
            form=False,
            why=False,
            seed_tracks={"": _MOST_TRACKS},
            own_files=not card.composer["config"].get("symbols"),
            ending="It stops after its last bar, wherever the music is: it has never learned an end.",
        )

    def open(self, config: dict[str, Any]) -> NoteChordCodec:
        """Return the codec of the symbols that a card names."""
        return NoteChordCodec.from_config(config)

    def plan(self, request: ComposeRequest, style: Style[NoteChordCodec]) -> Plan[NoteChordCursor]:
        """Return how to make the takes of a request."""
        self.options(request, style.card)
        return plan_notes(request, style)

    def read(self, piece: Piece, style: Style[NoteChordCodec]) -> Reading:
        """Return the notes and chords that are known, one after the other."""
        codec = style.codec
        adapted, messages = codec.adapt(piece)
        example = codec.example(codec.encode(adapted))
        cursor = NoteChordCursor(codec.num_events, len(example.target))
        return Reading(example, lambda: possible_by(cursor, example), adapted.num_notes, messages)

    def learned_config(self, config: dict[str, Any], pieces: Sequence[Piece]) -> dict[str, Any]:
        """Return the symbols that pieces use often enough; none before they are known."""
        return NoteChordCodec.of_music(pieces).to_config() if pieces else NoteChordCodec().to_config()

    def lesson(self, codec: NoteChordCodec, piece: Piece, card: StyleCard) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the notes and chords of a piece, a beat each, at its own tempo."""
        adapted, messages = codec.adapt(piece)
        return replace(adapted, tempos=piece.tempos[:1]), messages

    def source(
        self, codec: NoteChordCodec, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> "WindowSource":
        """Return windows of the pieces."""
        from musegen.composers.windows import WindowSource

        def events(items: Sequence[Any]) -> list[Any]:
            return [codec.encode(getattr(item, "piece", item)) for item in items]

        return WindowSource(codec, events(train), events(valid))


COMPOSER = NotebookComposer()
