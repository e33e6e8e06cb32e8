"""What a musician asks for, and what comes back: Sampling, ComposeRequest, Take, ComposeResult."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from musegen.composers.settings import setting
from musegen.music import Piece
from musegen.remarks import Remark

MAX_BARS = 128
MAX_SECONDS = 600.0
MAX_TAKES = 8
MAX_RANDOM_SEED = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How notes are drawn, the same for composing and for changing what is there.

    Args:
        temperature: 0.1 (calm) to 2.0 (wild); 1.0 samples as learned.
        temperature_curve: temperatures spread evenly over the bars, straight lines between them, instead of
            `temperature`; as many as bars gives each bar its own.
        top_k: keep the k likeliest events, 0 for all.
        top_p: keep the likeliest events whose probability adds up to p, 1.0 for all.
        key_strength: 0 (no lock, the key is only a suggestion) to 1 (new notes never leave the scale).
        low_pitch: lowest pitch of new notes, None for the style's own range or about what the piece has.
        high_pitch: highest pitch of new notes.
        random_seed: integer >= 0.
        num_takes: 1 to 8; take i is drawn from (random_seed, i).
    """

    temperature: float = setting(
        1.0,
        label="Temperature: calm to wild",
        words="The temperature",
        help="Low: the most expected notes, calm and safe. High: surprising turns.",
        low=0.1,
        high=2.0,
        step=0.05,
        control="slider",
        flag="--temperature",
        metavar="T",
    )
    temperature_curve: tuple[float, ...] = setting(
        (),
        label="Temperature over the piece",
        words="The temperature curve",
        help="Temperatures over the bars, instead of one.",
        control="curve",
        flag="--curve",
        metavar="T,T",
    )
    top_k: int = setting(
        0,
        label="Choices at each note (top-k)",
        words="top-k",
        help="How many of the likeliest notes there are to choose from; 0 for all.",
        low=0,
        high=1000,
        control="slider",
        flag="--top-k",
        metavar="K",
    )
    top_p: float = setting(
        0.95,
        label="Likely notes only (top-p)",
        words="top-p",
        help="Below 1, the least likely notes are left out. Lower is safer, 1 leaves out nothing.",
        low=0.01,
        high=1.0,
        step=0.01,
        control="slider",
        flag="--top-p",
        metavar="P",
    )
    key_strength: float = setting(
        0.0,
        label="Key lock",
        words="The strength of the key lock",
        help="0: the key is only a suggestion. 1: no note leaves its scale; a minor key has raised notes only as "
        "your music or its cadences have. The takes say how many notes it changed.",
        low=0.0,
        high=1.0,
        step=0.05,
        control="slider",
        flag="--key-strength",
        metavar="K",
    )
    low_pitch: int | None = setting(
        None,
        label="Lowest note",
        words="The lowest pitch",
        help="Lowest MIDI pitch of new notes.",
        low=0,
        high=127,
        flag="--low",
        metavar="P",
    )
    high_pitch: int | None = setting(
        None,
        label="Highest note",
        words="The highest pitch",
        help="Highest MIDI pitch of new notes.",
        low=0,
        high=127,
        flag="--high",
        metavar="P",
    )
    random_seed: int = setting(
        0,
        label="Random number",
        words="The random number",
        help="The number that chance starts from: the same number and settings give the same takes.",
        low=0,
        high=MAX_RANDOM_SEED,
        control="number",
        flag="--random-seed",
        metavar="N",
    )
    num_takes: int = setting(
        1,
        label="Takes",
        words="The number of takes",
        help="How many versions to compose at once, to choose from. With top-k 1 there is one.",
        low=1,
        high=MAX_TAKES,
        control="slider",
        flag="--takes",
        metavar="K",
    )


class Chosen(Mapping):
    """The options that were chosen for a style, by name: read only, hashable, in any order the same.

    Args:
        values: by name; lists are kept as tuples.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._values = {name: tuple(v) if isinstance(v, list) else v for name, v in sorted(values.items())}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._values == dict(other)

    def __repr__(self) -> str:
        return f"Chosen({self._values!r})"


NOTHING_CHOSEN = Chosen()


@dataclass(frozen=True)
class ComposeRequest(Sampling):
    """Everything needed to make the takes again: the same request and style give the same takes.

    Args:
        style_id: folder name of the style, for example "folk".
        mode: "continue" the primer, "invent" from nothing, "harmonise" the primer's melody in voices like
            its own, "arrange" it for the instruments of the style, or "accompany" it; see `modes.KNOWN`.
        primer: the musician's seed; None only for "invent".
        num_bars: length wanted in whole bars, the seed included; None where `seconds` is given or, when
            harmonising, where the melody decides.
        seconds: length wanted in seconds at the tempo of the take; the nearest number of bars is composed.
        key: "D major", ...; None keeps the key of the primer or the style's default.
        qpm: quarters per minute; None keeps the primer's or the style's default.
        meter: "6/8", ...; None keeps the primer's or the style's default.
        form: sections as letters, "A A B A" or "AA'BA": letters that return are the same music; "" for none.
        form_variation: how much returning sections are varied, 0 (not at all) to 1.
        longest_copy: takes that share a run of more notes with what the style learned from are composed again; 0 for
            never, else at least `evaluation.originality.LEAST`.
        recall: how far a take goes on as it went on before, where it comes to what it has played already: 0 not at
            all, 1 as the music that the style learned from, 2 with twice the odds.
        blend_with: id of another style of the same kind whose network is heard beside, "" for none.
        blend: its share at every step, 0 (only the style) to 1 (only the other, with the rules of the style).
        options: what only some styles take, by name (the fields of their composer's `Options`); what is left out is
            as by default.
    """

    style_id: str
    mode: str = "continue"
    primer: Piece | None = None
    num_bars: int | None = 16
    seconds: float | None = None
    key: str | None = None
    qpm: float | None = None
    meter: str | None = None
    form: str = ""
    form_variation: float = 0.0
    longest_copy: int = 0
    recall: float = setting(
        1.0,
        label="Taking up what was played",
        words="How much is taken up",
        help="0: a take never goes back to what it has played. 1: as often as the music that the style learned from. "
        "2: twice as likely.",
        low=0.0,
        high=4.0,
        step=0.25,
        control="slider",
        flag="--recall",
        metavar="R",
    )
    blend_with: str = setting(
        "",
        label="Blend with",
        words="The style to blend with",
        help="Another style of the same kind: at every note both say what they expect, and what comes is between them.",
        flag="--blend-with",
        metavar="STYLE",
    )
    blend: float = setting(
        0.5,
        label="Share of the other style",
        words="The share of the other style",
        help="0: only this style. 1: only what the other expects. Half way: what both like.",
        low=0.0,
        high=1.0,
        step=0.05,
        control="slider",
        flag="--blend",
        metavar="B",
    )
    options: Mapping[str, Any] = NOTHING_CHOSEN

    def __post_init__(self) -> None:
        if not isinstance(self.options, Chosen):
            object.__setattr__(self, "options", Chosen(self.options))

    @classmethod
    def of(cls, style_id: str, mode: str = "continue", primer: Piece | None = None, **values: Any) -> "ComposeRequest":
        """Return a request of settings and options side by side: a value that is no field here is an option."""
        names = {f.name for f in fields(cls)}
        options = {name: value for name, value in values.items() if name not in names}
        own = {name: value for name, value in values.items() if name in names}
        if options:
            own["options"] = options
        return cls(style_id, mode, primer, **own)


@dataclass(frozen=True, slots=True)
class Take:
    """One composed piece.

    Args:
        piece: the music, in the key and tempo asked for.
        index: which take of the request, from 0.
        given: for each track, the indices of the notes that the musician gave (the rest is new).
        num_bars: bars, a pickup not counted.
        seconds: length of the music in seconds.
        notes_changed: how many notes the key lock changed: events where the network's own draw lay outside the
            scale and another was drawn instead.
        log_likelihood: nats of the new events under the style, at temperature 1 and without constraints.
        random_seed: the request's.
        style_id: the style.
        style_sha256: of the style's weights.
    """

    piece: Piece
    index: int
    given: tuple[frozenset[int], ...]
    num_bars: int
    seconds: float
    notes_changed: int
    log_likelihood: float
    random_seed: int
    style_id: str
    style_sha256: str


@dataclass(frozen=True, slots=True)
class ComposeResult:
    """What `compose` returns.

    Args:
        takes: the takes, in order.
        messages: what was taken from the seed and what was changed, in plain words.
        timings_ms: "load" and "sample" in milliseconds.
    """

    request: ComposeRequest
    takes: tuple[Take, ...]
    messages: tuple[Remark, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
