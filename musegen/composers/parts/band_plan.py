"""Composing with a band: parts over a chart, then bass and drums beside them.

The chart is typed, stands in the seed, is guessed from it, or is proposed. What returns in a plan of sections is the
same music again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.band.pop_band import play_along
from musegen.band.progressions import SECTIONS, chords_after, section_chords
from musegen.composers.fitting.chord_course import closing_chart
from musegen.composers.fitting.length import parse_request_key
from musegen.composers.modes import FROM_MELODY
from musegen.composers.parts.band_tracks import own_band, without_band
from musegen.composers.parts.chords import chord_track
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.options import PartsOptions
from musegen.composers.parts.plan import PartsPlan, plan_score
from musegen.composers.plan import Plan
from musegen.composers.request import MAX_BARS, ComposeRequest
from musegen.composers.shared_options import read_chart
from musegen.composers.style import Style
from musegen.engine.loop import Constraints
from musegen.errors import ConstraintError
from musegen.harmony.chart_guess import chart_of_seed
from musegen.music import Note, Piece, TimeSignature, Track
from musegen.music.chart import Chart
from musegen.music.chord import Chord
from musegen.music.theory import MODES, key_fifths, key_name, minor_or_major
from musegen.music.timing import num_bars as count_bars
from musegen.remarks import Remark, remark

_USUAL_KEYS = (
    "C major",
    "G major",
    "D major",
    "F major",
    "Bb major",
    "Eb major",
    "A major",
    "A minor",
    "E minor",
    "D minor",
)
_SHARE = {"intro": 1, "verse": 2, "chorus": 2, "bridge": 2}
_UNIT = 4
"""Bars of an intro where no length is asked for; other sections have twice as many."""
_NAMES = {name[0]: name for name in SECTIONS}
_MOST_SECTIONS = 16


@dataclass(frozen=True, slots=True, eq=False)
class BandPlan(Plan[ScoreCursor]):
    """The making of songs for a band.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        parts: the plan of the parts.
        chart: of the whole piece, from its first whole bar on.
        options: what was chosen.
        random_seed: where the chance of bass and drums comes from.
        returns: whether sections of one name are the same music.
        own: bass and drums of the musician's own, that are played instead as far as they go.
        own_until: quarter from which on the band plays all the same, None for never.
    """

    constraints: Constraints[ScoreCursor]
    messages: tuple[Remark, ...]
    parts: PartsPlan
    chart: Chart
    options: PartsOptions
    random_seed: int
    returns: bool
    own: tuple[Track, ...]
    own_until: float | None

    def cursor(self) -> ScoreCursor:
        """Return a fresh cursor over the bars and the chords."""
        return self.parts.cursor()

    def finish(self, cursor: ScoreCursor) -> Piece:
        """Return the parts with bass and drums, the chords above them."""
        made = self.parts.finish(cursor)
        start = made.pickup_quarter
        tracks = list(made.tracks)
        if self.returns:
            tracks = [replace(track, notes=_returning(track.notes, self.chart, start)) for track in tracks]
        chance = (self.random_seed * 1009 + sum(note.pitch for track in tracks for note in track.notes)) % 2**31
        band = play_along(self.chart, self.options.playing, chance, start)
        mine = {track.name: track for track in self.own}
        chosen = [track for track in tracks if self.options.plays(track.name)]
        for track in band:
            if self.options.plays(track.name):
                own = mine.get(track.name)
                chosen.append(track if own is None else _going_on(own, track, self.own_until))
        return replace(
            made,
            tracks=tuple(chosen),
            chord_symbols=self.chart.chord_symbols(start),
            sections=tuple((start + 4.0 * bar, name) for bar, name in self.chart.sections if name),
            title=made.title.replace("Song in", "Pop song in", 1),
        )

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note stands in the seed."""
        playing = [part for part, plays in enumerate(self.parts.ground.present) if plays]
        names = [self.parts.codec.layout.parts[part].name for part in playing]
        shown = [place for place, name in enumerate(names) if self.options.plays(name)]
        if track < len(shown):
            return self.parts.is_given(shown[track], note)
        return any(note in each.notes for each in self.own)


def plan_band(request: ComposeRequest, options: PartsOptions, style: Style[ScoreCodec]) -> BandPlan:
    """Return how to make the takes of a request with a band.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    messages: list[Remark] = []
    typed = read_chart(options.chart) if options.chart.strip() else None
    if typed is not None and typed.bar_quarters != 4:
        raise ConstraintError(
            "The band plays in 4/4 and the chart is in {meter}/{meter_2}; write it in 4/4, or choose another style.",
            meter=typed.meter[0],
            meter_2=typed.meter[1],
        )
    inventing = request.mode == "invent" or request.primer is None
    own: tuple[Track, ...] = ()
    until = None
    if inventing:
        sized, chart = _proposed(request, options, typed, style, messages)
        planned = plan_score(sized, options.for_parts(), style)
        whole = chart
    else:
        assert request.primer is not None
        melody = request.mode in FROM_MELODY
        own = own_band(request.primer, 4.0 * options.prelude_bars if melody else 0.0)
        until = None if melody else max((-(-track.notes[-1].onset_quarter // 4) * 4 for track in own), default=None)
        seed = _in_fours(without_band(request.primer), messages)
        planned = plan_score(replace(request, primer=seed), options.for_parts(), style)
        whole = _over_seed(planned, typed, request, options, messages)
    assert isinstance(planned, PartsPlan)
    start = planned.ground.bars.pickup_quarter
    changes = ((start + onset, chord) for onset, chord in whole.changes)
    planned = replace(planned, frame=replace(planned.frame, chords=chord_track(changes)))
    heard = (*messages, *planned.messages)
    returns = inventing and len(whole.sections) > 1
    return BandPlan(planned.constraints, heard, planned, whole, options, request.random_seed, returns, own, until)


# ------------------------------------------------------------------------------------------------- chords


def _proposed(
    request: ComposeRequest,
    options: PartsOptions,
    typed: Chart | None,
    style: Style[ScoreCodec],
    messages: list[Remark],
) -> tuple[ComposeRequest, Chart]:
    """Return the request with its key and length, and the chart of the whole piece."""
    random = np.random.default_rng([request.random_seed, 83])
    if request.key:
        key = parse_request_key(request.key, style.card.keys)
    elif typed is not None:
        key = parse_request_key(key_name(*typed.key), tuple(MODES))
    else:
        key = parse_request_key(str(random.choice(_USUAL_KEYS)), tuple(MODES))
    plan = sections_of(options.plan)
    if typed is not None:
        move = (key.tonic - typed.key[0]) % 12
        chart = typed.transposed(move) if move else typed
        usual = chart.num_bars * max(-(-style.card.num_bars // chart.num_bars), 1)
        bars = _asked(request, style) or min(usual, MAX_BARS)
        whole = closing_chart(chart.repeated(bars), key.tonic, key.mode)
        if plan:
            messages.append(remark("plan_beside_chart"))
    else:
        asked = _asked(request, style)
        names = plan or (("verse", "chorus") if not 0 < asked < 2 * _UNIT else ("verse",))
        lengths = _lengths(names, asked)
        whole = _progressions(names, lengths, key.tonic, key.mode, random, told=bool(plan))
        messages.append(remark("chords_proposed", key=(key.tonic, key.mode)))
        if plan and asked and asked != whole.num_bars:
            messages.append(remark("plan_fills", sections=len(plan), made=whole.num_bars, asked=asked))
    named = key_name(key.tonic, key.mode)
    return replace(request, key=named, num_bars=whole.num_bars, seconds=None, meter="4/4"), whole


def _asked(request: ComposeRequest, style: Style[ScoreCodec]) -> int:
    """Return the bars asked for, 0 where none are."""
    if request.seconds is not None:
        qpm = request.qpm or style.card.qpm
        return min(max(round(request.seconds * qpm / 240), 1), MAX_BARS)
    return request.num_bars or 0


def sections_of(text: str) -> tuple[str, ...]:
    """Return the sections of a plan as typed: "intro verse chorus", "I V C".

    Raises:
        ConstraintError: a word is none of them, or there are too many.
    """
    words = text.replace(",", " ").replace("-", " ").lower().split()
    found = tuple(_NAMES.get(word, word) for word in words)
    for word, name in zip(words, found, strict=True):
        if name not in SECTIONS:
            raise ConstraintError(
                '"{word}" is no section; write intro, verse, chorus and bridge in the order that you want.', word=word
            )
    if len(found) > _MOST_SECTIONS:
        raise ConstraintError(
            "The plan has {count} sections; it may have {most} at most.", count=len(found), most=_MOST_SECTIONS
        )
    return found


def _lengths(names: Sequence[str], asked: int) -> list[int]:
    """Return the bars of each section, in whole fours or twos where there is room."""
    shares = [_SHARE[name] for name in names]
    if not asked:
        return [_UNIT * share for share in shares]
    if asked < len(names):
        raise ConstraintError(
            "The plan has {count:# section|# sections} and the piece {bars:# bar|# bars}; ask for more bars, or for "
            "fewer sections.",
            count=len(names),
            bars=asked,
        )
    unit = asked / sum(shares)
    ways = [[max(round(unit * share / step) * step, 1) for share in shares] for step in (4, 2, 1)]
    lengths = min(ways, key=lambda way: abs(sum(way) - asked))
    if len(set(names)) == len(names):  # nothing returns, so the last may be of any length
        lengths[-1] = max(lengths[-1] + asked - sum(lengths), 1)
    return lengths


def _progressions(
    names: Sequence[str], lengths: Sequence[int], tonic: int, mode: str, random: np.random.Generator, *, told: bool
) -> Chart:
    """Return a chart of sections, each name with its own chords, the last closing on the tonic."""
    minor = minor_or_major(mode)
    fifths = key_fifths(tonic, minor)
    known: dict[tuple[str, int], tuple[Chord, ...]] = {}
    bars: list[tuple[tuple[float, Chord], ...]] = []
    sections = []
    for name, length in zip(names, lengths, strict=True):
        sections.append((len(bars), name.capitalize()))
        if (name, length) not in known:
            known[name, length] = section_chords(name, length, tonic, minor, random)
        halves = [chord.spelled(fifths) for chord in known[name, length]]
        bars += [((0.0, halves[2 * i]), (2.0, halves[2 * i + 1])) for i in range(length)]
    chart = Chart(tuple(bars), sections=tuple(sections) if told else ())
    return closing_chart(chart, tonic, minor)


def _over_seed(
    planned: Plan[ScoreCursor],
    typed: Chart | None,
    request: ComposeRequest,
    options: PartsOptions,
    messages: list[Remark],
) -> Chart:
    """Return the chart of the whole piece over a seed: typed, its own or guessed, and played on from there."""
    assert isinstance(planned, PartsPlan)
    ground = planned.ground
    total = ground.num_bars
    if typed is None:
        found = chart_of_seed(replace(ground.bars, chord_symbols=_symbols_of(request, ground.bars)), manner="popular")
        chart = found.chart
        messages.append(found.words)
    else:
        chart = typed
        if typed.num_bars > total:
            messages.append(remark("chart_cut", bars=typed.num_bars, used=total))
    if request.mode in FROM_MELODY:
        before = options.prelude_bars
        melody = total - before - options.postlude_bars
        bars = chart.repeated(max(melody, 1)).bars
        first = tuple(bars[i % len(bars)] for i in range(before))
        close = (((0.0, bars[-1][-1][1]),),) * options.postlude_bars
        if typed is None and before:  # the guess counts the empty bars of the prelude
            bars = chart.bars[before : before + melody]
            first = tuple(bars[i % len(bars)] for i in range(before))
        return Chart((*first, *bars, *close))
    if typed is None and chart.num_bars < total:
        messages.append(remark("chords_go_on", bar=chart.num_bars + 1))
        random = np.random.default_rng([request.random_seed, 89])
        chart = _going_on_from(chart, total, ground.key.tonic, ground.key.mode, random)
    return closing_chart(chart.repeated(total), ground.key.tonic, ground.key.mode)


def _going_on_from(chart: Chart, total: int, tonic: int, mode: str, random: np.random.Generator) -> Chart:
    """Return the chart of a seed and chords that go on from it, `total` bars in all."""
    minor = minor_or_major(mode)
    before = [chart.at(2.0 * half) for half in range(2 * chart.num_bars)]
    fifths = key_fifths(tonic, minor)
    halves = [c.spelled(fifths) for c in chords_after(before, total - chart.num_bars, tonic, minor, random)]
    bars = tuple(((0.0, first), (2.0, second)) for first, second in zip(halves[::2], halves[1::2], strict=True))
    return replace(chart, bars=(*chart.bars, *bars))


def _symbols_of(request: ComposeRequest, bars: Piece) -> tuple:
    """Return the chord symbols of the seed where it was taken as it is, else none."""
    primer = request.primer
    if primer is None or not primer.chord_symbols or request.key or count_bars(primer) != count_bars(bars):
        return ()
    return primer.chord_symbols


def _in_fours(piece: Piece, messages: list[Remark]) -> Piece:
    """Return a seed in 4/4: two bars of two quarters are one.

    Raises:
        ConstraintError: its bars are of another length, or their length changes.
    """
    sizes = {meter.bar_quarters for meter in piece.time_signatures}
    if sizes == {4.0} or not sizes:
        return piece
    meter = piece.time_signatures[0]
    if sizes == {2.0} and not piece.pickup_quarter:
        messages.append(remark("put_in_fours", meter=(meter.numerator, meter.denominator)))
        return replace(piece, time_signatures=(TimeSignature(0.0, 4, 4),), barlines=())
    raise ConstraintError(
        "The band plays in 4/4 and your music is in {numerator}/{denominator}; choose another style for it, such as "
        "Song.",
        numerator=meter.numerator,
        denominator=meter.denominator,
    )


# ------------------------------------------------------------------------------------------------- what returns


def _going_on(own: Track, band: Track, until: float | None) -> Track:
    """Return a track of the musician's own, the band's from a quarter on."""
    if until is None:
        return own
    kept = [note for note in own.notes if note.onset_quarter < until]
    return replace(own, notes=tuple(sorted(kept + [note for note in band.notes if note.onset_quarter >= until])))


def _returning(notes: Sequence[Note], chart: Chart, start: float) -> tuple[Note, ...]:
    """Return notes with those of each section that returns replaced by those of the first of its name.

    A section returns where name, length and chords are the same; of the last one the last bar stays, with its close.
    """
    firsts = [first for first, _ in chart.sections]
    ends = [*firsts[1:], chart.num_bars]
    known: dict[tuple[str, int], int] = {}
    kept = list(notes)
    for (first, name), end in zip(chart.sections, ends, strict=True):
        last = end == chart.num_bars
        bars = chart.bars[first:end]
        source = known.setdefault((name, len(bars)), first)
        if source == first:
            continue
        stop = end - 1 if last else end
        low, high = start + 4.0 * first, start + 4.0 * stop
        shift = 4.0 * (first - source)
        kept = [n for n in kept if not low <= n.onset_quarter < high]
        kept = [
            replace(n, duration_quarter=low - n.onset_quarter) if n.onset_quarter < low < n.end_quarter else n
            for n in kept
        ]
        for note in notes:
            onset = note.onset_quarter + shift
            if low <= onset < high and note.onset_quarter < start + 4.0 * (source + len(bars)):
                length = min(note.duration_quarter, high - onset)
                kept.append(replace(note, onset_quarter=onset, duration_quarter=length))
    return tuple(sorted(kept))
