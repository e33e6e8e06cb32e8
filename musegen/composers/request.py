"""What a musician asks for, and what comes back: ComposeRequest, Take, ComposeResult."""

from dataclasses import dataclass, field

from musegen.music import Piece

MODES = ("continue", "invent", "harmonise", "arrange")
FROM_MELODY = ("harmonise", "arrange")
"""Modes that compose to the seed's melody, which stays as it is: the take is as long as it."""

MAX_BARS = 128
MAX_SECONDS = 600.0
MAX_TAKES = 8


@dataclass(frozen=True, slots=True)
class ComposeRequest:
    """Everything needed to make the takes again: the same request and style give the same takes.

    Args:
        style_id: folder name of the style, for example "folk".
        mode: "continue" the primer, "invent" from nothing, "harmonise" the primer's melody in voices like
            its own, or "arrange" it for the instruments of the style.
        primer: the musician's seed; None only for "invent".
        num_bars: length wanted in whole bars, the seed included; None where `seconds` is given or, when
            harmonising, where the melody decides.
        seconds: length wanted in seconds at the tempo of the take; the nearest number of bars is composed.
        temperature: 0.1 (calm) to 2.0 (wild); 1.0 samples as learned.
        top_k: keep the k likeliest events, 0 for all.
        top_p: keep the likeliest events whose probability adds up to p, 1.0 for all.
        key: "D major", ...; None keeps the key of the primer or the style's default.
        key_strength: 0 (no lock, the key is only a suggestion) to 1 (never leaves the scale).
        qpm: quarters per minute; None keeps the primer's or the style's default.
        meter: "6/8", ...; None keeps the primer's or the style's default.
        low_pitch: lowest pitch allowed, None for the style's own range.
        high_pitch: highest pitch allowed.
        random_seed: integer >= 0.
        num_takes: 1 to 8; take i is drawn from (random_seed, i).
        temperature_curve: temperatures spread evenly over the bars, straight lines between them, instead of
            `temperature`; as many as bars gives each bar its own.
        form: sections as letters, "A A B A" or "AA'BA": letters that return are the same music; "" for none.
        form_variation: how much returning sections are varied, 0 (not at all) to 1.
        chart: the chords to play over, as typed ("Dm7 | G7 | Cmaj7 | %", see `music.chart_text`); "" for none, which
            only styles that take no chart allow.
        instruments: which of the style's voices play, by name; () for all of them.
        memory: whether a style that can look back lets motifs return: it hears what was played bars ago at this place.
        swing: part of a beat that the first of two eighths takes, 0.5 (even) to 0.8, for a style that swings; None for
            what is usual at the tempo.
        lead: who plays the solo in a style that has one, by name (see `music.lead_instruments`); "" for the seed's
            instrument or the usual one.
    """

    style_id: str
    mode: str = "continue"
    primer: Piece | None = None
    num_bars: int | None = 16
    seconds: float | None = None
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 0.95
    key: str | None = None
    key_strength: float = 0.0
    qpm: float | None = None
    meter: str | None = None
    low_pitch: int | None = None
    high_pitch: int | None = None
    random_seed: int = 0
    num_takes: int = 1
    temperature_curve: tuple[float, ...] = ()
    form: str = ""
    form_variation: float = 0.0
    chart: str = ""
    instruments: tuple[str, ...] = ()
    memory: bool = True
    swing: float | None = None
    lead: str = ""


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
        messages: what was taken from the seed and what was changed, in plain words, one sentence each.
        timings_ms: "load" and "sample" in milliseconds.
    """

    request: ComposeRequest
    takes: tuple[Take, ...]
    messages: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
