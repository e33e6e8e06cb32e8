"""The door of a way of composing: Composer, and what it says of itself: Abilities.

A composer is a package of `musegen.composers` whose module `composer` has an instance called `COMPOSER`; the registry
finds it there. Services, pages and the command line know composers by this door alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, Protocol

import numpy as np

from musegen.composers.held_out import HeldOut
from musegen.composers.plan import Plan
from musegen.composers.reading import Explanation, Reading
from musegen.composers.request import ComposeRequest
from musegen.composers.settings import Setting, check_settings, settings_of
from musegen.composers.steer_request import ACTIONS, SteerRequest
from musegen.composers.style import Style
from musegen.composers.workpiece import Workpiece
from musegen.engine.codec import Example, K
from musegen.errors import ConstraintError, MusegenError, StyleError
from musegen.music import Piece
from musegen.remarks import Remark
from musegen.styles.card import StyleCard

WHOLE_BARS = "It ends on a whole bar with a close."


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a style can do, for controls, help and refusals alike.

    Args:
        modes: of `modes.MODES`, the usual one first.
        options: names of the composer's options that this style takes.
        parts: names of the parts it writes, from the top, where some of them can be chosen.
        actions: of `steer_request.ACTIONS`, what it can do to music that is there.
        form: whether sections can return (A A B A).
        curve: whether the temperature can follow a curve.
        why: whether it says why it chose a note.
        seed_tracks: how many tracks of a seed it takes at most, by mode; "" for all other modes.
        chord_chart: whether it plays over a chart of chords, whose form it follows.
        own_chords: whether it finds chords itself where it is given none, so that a chart is a choice.
        bars: whether its music is in bars; else it is played freely.
        loudness: whether it learned how loud notes are.
        longest_copy: notes in a row that its takes may share with what it learned from where nothing else is asked for;
            0 for any.
        own_files: whether it can learn from a musician's own files.
        ending: how its pieces end, one sentence.
        refusals: why it does not do something, by "form", "curve", "why", "score", "steer", "train"; each ends a
            sentence that begins with the style's title.
    """

    modes: tuple[str, ...]
    options: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    actions: frozenset[str] = frozenset(ACTIONS)
    form: bool = True
    curve: bool = True
    why: bool = True
    seed_tracks: Mapping[str, int] | None = None
    chord_chart: bool = False
    own_chords: bool = False
    bars: bool = True
    loudness: bool = False
    longest_copy: int = 0
    own_files: bool = True
    ending: str = WHOLE_BARS
    refusals: Mapping[str, str] | None = None

    def tracks_taken(self, mode: str) -> int:
        """Return how many tracks of a seed are taken at most when composing in a mode."""
        taken = self.seed_tracks or {}
        return taken.get(mode, taken.get("", 1))


_REFUSALS = {
    "form": "cannot repeat sections; leave out the form.",
    "curve": "keeps one temperature throughout; leave out the curve.",
    "why": "does not say why it chose a note.",
    "score": "cannot tell how likely music is.",
    "steer": "cannot change parts of a piece; compose a new take instead.",
    "train": "cannot learn from files; choose another style to learn on from.",
}


class ExampleSource(Protocol):
    """A corpus as training sees it."""

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return one random, augmented example of at most `num_frames` frames."""
        ...

    def validation(self) -> list[Example]:
        """Return the held-out pieces, whole and unaugmented."""
        ...


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of a composer that has none."""


class Composer(ABC, Generic[K]):
    """A way of composing. What it does not do, it refuses in a sentence: forgetting to say so cannot crash.

    Attributes:
        name: of its package.
        Options: a frozen dataclass of settings (see `settings.setting`), all with defaults.
    """

    name: ClassVar[str]
    Options: ClassVar[type] = NoOptions

    @abstractmethod
    def abilities(self, card: StyleCard) -> Abilities:
        """Return what a style of this composer can do."""

    @abstractmethod
    def open(self, config: dict[str, Any]) -> K:
        """Return the representation that a card's config asks for.

        Raises:
            ValueError: the config is not this composer's.
        """

    @abstractmethod
    def plan(self, request: ComposeRequest, style: Style[K]) -> Plan[Any]:
        """Return how to make the takes of a request.

        Raises:
            MusegenError: the request cannot be satisfied; the message says why.
        """

    def read(self, piece: Piece, style: Style[K]) -> Reading:
        """Return the piece as the network is shown it, to tell how likely it is.

        Raises:
            MusegenError: the piece is no music for the style, or the style does not tell.
        """
        raise self.refusal("score", style.card)

    def held_out(self, items: Sequence[Any]) -> list[HeldOut]:
        """Return items of a corpus as music that what a style composes is judged by; pieces as they are.

        Args:
            items: what the corpus's reader returns.
        """
        from musegen.corpora.registry import group_of, name_of  # who lists styles or composes reads no corpus

        return [
            HeldOut(group_of(item, index), getattr(item, "piece", item), name=name_of(item))
            for index, item in enumerate(items)
        ]

    def explain(self, piece: Piece, style: Style[K], given_voices: tuple[int, ...] = ()) -> Explanation:
        """Return what the network thought of each note.

        Args:
            piece: the music.
            style: of this composer.
            given_voices: voices that were given and have no reasons.

        Raises:
            MusegenError: the piece is no music for the style, or the style does not say why.
        """
        raise self.refusal("why", style.card)

    def workpiece(self, request: SteerRequest, style: Style[K]) -> Workpiece:
        """Return the piece of a request made ready to be composed again in parts.

        Raises:
            MusegenError: the piece is no music for the style, or the style cannot change parts.
        """
        raise self.refusal("steer", style.card)

    def source(
        self, codec: K, train: Sequence[Any], valid: Sequence[Any], settings: Mapping[str, Any]
    ) -> ExampleSource:
        """Return training examples.

        Args:
            codec: as `open` made it.
            train: items of corpora to learn from: Pieces, or what holds one as `piece` (see `corpora.registry`).
            valid: items held out.
            settings: of the recipe's table [source].

        Raises:
            MusegenError: this composer cannot learn from that.
        """
        raise StyleError("Styles of the kind {name} cannot be trained.", name=self.name)

    def learned_config(self, config: dict[str, Any], pieces: Sequence[Piece]) -> dict[str, Any]:
        """Return the config of a style that begins from nothing: what of its representation its music decides.

        Args:
            config: of the card that it takes its way of composing from.
            pieces: that it learns from, as `lesson` returned them; () before they are known.

        Raises:
            MusegenError: the pieces are too little to decide it.
        """
        return config

    def lesson(self, codec: K, piece: Piece, card: StyleCard) -> tuple[Piece, tuple[Remark, ...]]:
        """Return a piece of a musician's own as `source` learns from it, and what was changed.

        Args:
            codec: as `open` made it.
            piece: as it was read.
            card: of the style that learns.

        Raises:
            MusegenError: nothing of the piece can be learned from.
        """
        if not self.abilities(card).own_files:
            raise self.refusal("train", card)
        return codec.adapt(piece)

    # ------------------------------------------------------------------------------- what needs no overriding

    def refusal(self, what: str, card: StyleCard) -> MusegenError:
        """Return the error that says that a style does not do something: of what was asked, or of the style.

        Args:
            what: "form", "curve", "why", "score", "steer" or "train".
            card: of the style.
        """
        words = (self.abilities(card).refusals or {}).get(what, _REFUSALS[what])
        kind = ConstraintError if what in ("form", "curve") else StyleError
        return kind(f"{card.title} {words}")

    def settings(self, card: StyleCard) -> dict[str, Setting]:
        """Return the options that a style takes, by name."""
        taken = self.abilities(card).options
        return {name: described for name, described in settings_of(self.Options).items() if name in taken}

    def options(self, request: ComposeRequest, card: StyleCard) -> Any:
        """Return the options of a request as this composer's `Options`.

        Raises:
            ConstraintError: the style has no such option, or a value is out of its range.
        """
        known, taken = settings_of(self.Options), self.abilities(card).options
        for name, value in request.options.items():
            if name in taken:
                continue
            if name in known and value == next(f.default for f in fields(self.Options) if f.name == name):
                continue
            raise ConstraintError(
                "{title} has no use for the option “{name}”; leave it out.",
                title=card.title,
                name=name.replace("_", " "),
            )
        chosen = self.Options(**{name: value for name, value in request.options.items() if name in taken})
        check_settings(chosen)
        return chosen
