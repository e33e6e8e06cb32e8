"""Takes in a form such as A A B A: sections composed once, returned as they were or varied, their seams mended.

parse_form, compose_form.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from musegen.composers.fitting.length import about_sections, check_request
from musegen.composers.modes import FROM_MELODY
from musegen.composers.request import MAX_BARS, ComposeRequest, ComposeResult, Take
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import load_style
from musegen.composers.temperature_curve import curve_at
from musegen.errors import CancelledError, ConstraintError
from musegen.music import Barline, Note, Piece, snap
from musegen.music.theory import key_name, scale_pitch_classes
from musegen.music.timing import duration_seconds, num_bars
from musegen.remarks import Remark, remark
from musegen.services.making.steer import steer
from musegen.services.making.whole import compose_whole, style_of

MAX_SECTIONS = 16
PRIME_STRENGTH = 0.3
"""Least strength at which a section with a prime (A') is varied, for each prime."""

_ATTEMPTS = 4
"""Times that a section with a prime is varied, each time more, until it differs."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a form: its letter, and how many primes it has."""

    letter: str
    primes: int = 0


def parse_form(text: str) -> tuple[Section, ...]:
    """Return the sections of "AABA", "A A' B A", "A-B-A".

    Raises:
        ConstraintError: it is no form; the message says how to write one.
    """
    tidy = re.sub(r"[\s,|-]+", "", text.replace("’", "'").replace("′", "'")).upper()
    if not re.fullmatch(r"([A-Z]'*)+", tidy):
        raise ConstraintError('"{text}" is not a form; write letters, for example A A B A or A A\' B A.', text=text)
    sections = tuple(Section(m[0], len(m) - 1) for m in re.findall(r"[A-Z]'*", tidy))
    if not 2 <= len(sections) <= MAX_SECTIONS:
        raise ConstraintError(
            "The form has {count:# section|# sections}; it may have 2 to {max_sections}.",
            count=len(sections),
            max_sections=MAX_SECTIONS,
        )
    return sections


def compose_form(
    request: ComposeRequest,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ComposeResult:
    """Compose the takes of a request with a form.

    Each letter is composed once, after those before it, and closes on the tonic; the last bar of a letter that another
    one follows is then composed again so that it leads there, unless it is the letter that ends the piece. A letter
    that returns is the same notes, varied with the strength `form_variation`.

    Args:
        request: with a form.
        progress: called now and then with the share done, 0 to 1.
        cancelled: polled often.

    Raises:
        MusegenError: the request cannot be satisfied.
        CancelledError: `cancelled` returned True.
    """
    begun = time.perf_counter()
    check_request(request)
    style = style_of(request)
    if not style.composer.abilities(style.card).form:
        raise style.composer.refusal("form", style.card)
    form = parse_form(request.form)
    if request.options.get("chart"):
        raise ConstraintError(
            "Sections that return have the chords that come to them; leave out the form or the chords."
        )
    if request.mode in FROM_MELODY:
        raise ConstraintError("A harmony has the form of its melody; choose a form to continue or to invent.")
    sized, messages = _in_sections(request, form)
    takes: list[Take] = []
    for index in range(request.num_takes):
        if cancelled is not None and cancelled():
            raise CancelledError("Composing was stopped.")
        own = replace(sized, random_seed=_seed(request.random_seed, index), num_takes=1)
        if takes:  # all takes in the key and meter of the first
            first = takes[0].piece
            own = replace(own, key=_key_text(first), meter=_meter_text(first))
        weaving = _Weaving(own, form, cancelled)
        take = weaving.take()
        takes.append(replace(take, index=index, random_seed=request.random_seed))
        if not index:
            messages += weaving.messages
        if progress is not None:
            progress((index + 1) / request.num_takes)
    asked = sized.num_bars if request.seconds is None else 0
    made = num_bars(takes[0].piece)
    if asked and asked != made:
        messages.append(remark("form_in_sections", sections=len(form), bars=made // len(form), made=made, asked=asked))
    timings = {"load": 0.0, "sample": 1e3 * (time.perf_counter() - begun)}
    return ComposeResult(request, tuple(takes), tuple(messages), timings)


def _in_sections(request: ComposeRequest, form: tuple[Section, ...]) -> tuple[ComposeRequest, list[Remark]]:
    """Return the request with its length known, unless it is given in seconds.

    Raises:
        ConstraintError: there are more sections than bars.
    """
    if request.seconds is not None:
        return request, []
    bars = request.num_bars if request.num_bars is not None else load_style(request.style_id).card.num_bars
    if bars < len(form):
        letters = " ".join(s.letter + "'" * s.primes for s in form)
        raise ConstraintError(
            "The form {letters} has {num_form} sections and the piece {bars:# bar|# bars}; ask for "
            "{num_form} bars or more, or a shorter form.",
            letters=letters,
            num_form=len(form),
            bars=bars,
        )
    return replace(request, num_bars=bars), []


def _seed(random_seed: int, index: int) -> int:
    return random_seed if not index else int(np.random.default_rng([random_seed, index, 80]).integers(2**62))


def _key_text(piece: Piece) -> str:
    key = piece.key_signatures[0]
    return key_name(key.tonic, key.mode)


def _meter_text(piece: Piece) -> str:
    meter = piece.time_signatures[0]
    return f"{meter.numerator}/{meter.denominator}"


class _Weaving:
    """The making of one take: sections first, then the whole."""

    def __init__(
        self, request: ComposeRequest, form: tuple[Section, ...], cancelled: Callable[[], bool] | None
    ) -> None:
        self._request, self._form, self._cancelled = request, form, cancelled
        self._letters = tuple(dict.fromkeys(s.letter for s in form))
        self.messages: list[Remark] = []
        self._changed, self._likelihood = 0, 0.0
        self._bars = 0  # of a section
        self._cut: dict[str, Piece] = {}  # each letter's notes, all from the start of the first section

    def take(self) -> Take:
        """Return the take."""
        request, count = self._request, len(self._form)
        bars = None if request.seconds is not None or request.num_bars is None else request.num_bars // count
        seconds = None if request.seconds is None else max(request.seconds / count, 1.0)
        curve = self._curve((0,), bars)
        section = replace(request, form="", temperature_curve=curve, num_bars=bars, seconds=seconds)
        opening = compose_whole(section, cancelled=self._cancelled)
        first = opening.takes[0]
        self.messages = about_sections(list(opening.messages))
        self._bars = first.num_bars
        if self._bars * count > MAX_BARS:
            raise ConstraintError(
                "{count} sections of {bars} bars are more than {max_bars} bars; ask for less.",
                count=count,
                bars=self._bars,
                max_bars=MAX_BARS,
            )
        self._changed, self._likelihood = first.notes_changed, first.log_likelihood
        self._compose_letters(first.piece)
        self._mend_seams()
        piece = self._assemble([section.letter for section in self._form])
        piece = self._vary(piece)
        own = [{track.notes[i] for i in given} for track, given in zip(first.piece.tracks, first.given, strict=True)]
        given = tuple(
            frozenset(i for i, note in enumerate(track.notes) if note in own[t]) for t, track in enumerate(piece.tracks)
        )
        return replace(
            first,
            piece=piece,
            given=given,
            num_bars=num_bars(piece),
            seconds=duration_seconds(piece),
            notes_changed=self._changed,
            log_likelihood=self._likelihood,
        )

    def _compose_letters(self, piece: Piece) -> None:
        """Compose one section for each letter, each hearing those before it."""
        for number in range(1, len(self._letters)):
            places = tuple([s.letter for s in self._form].index(letter) for letter in self._letters[: number + 1])
            curve = self._curve(places, self._bars)
            piece = self._steer(piece, "extend", num_bars=(number + 1) * self._bars, temperature_curve=curve)
        for number, letter in enumerate(self._letters):
            self._cut[letter] = self._section(piece, number)

    def _mend_seams(self) -> None:
        """Let letters that do not end the piece lead to what follows them."""
        letters = [section.letter for section in self._form]
        for letter in self._letters:
            following = next((b for a, b in zip(letters, letters[1:], strict=False) if a == letter != b), None)
            if following is None or letter == letters[-1]:
                continue
            order = [*self._letters[: self._letters.index(letter) + 1], following]
            last = (len(order) - 1) * self._bars
            mended = self._steer(self._assemble(order), "regenerate", bars=(last, last))
            self._cut[letter] = self._section(mended, len(order) - 2)

    def _vary(self, piece: Piece) -> Piece:
        """Return the piece with letters that return varied; one with a prime differs from its model, always."""
        seen: set[str] = set()
        for number, section in enumerate(self._form):
            strength = max(self._request.form_variation, min(PRIME_STRENGTH * section.primes, 1.0))
            if section.letter in seen and strength:
                piece = self._varied(piece, number, strength, must=section.primes > 0)
            seen.add(section.letter)
        return piece

    def _varied(self, piece: Piece, number: int, strength: float, *, must: bool) -> Piece:
        """Return the piece with one section varied, ever more where it must differ, and by one note at the least."""
        bars = (number * self._bars + 1, (number + 1) * self._bars)
        old = _sounding(self._section(piece, number))
        for attempt in range(_ATTEMPTS if must else 1):
            more, salt = min(strength + attempt / _ATTEMPTS, 1.0), number + MAX_SECTIONS * attempt
            varied = self._steer(piece, "vary", bars=bars, strength=more, salt=salt)
            if not must or _sounding(self._section(varied, number)) != old:
                return varied
        return self._ornamented(piece, number)

    def _ornamented(self, piece: Piece, number: int) -> Piece:
        """Return the piece with one note of a section, in its midst, a step of the scale above or below."""
        start, end = self._span(piece, number)
        scale = scale_pitch_classes(piece.key_signatures[0].tonic, piece.key_signatures[0].mode)
        inside = [(t, i) for t, track in enumerate(piece.tracks) for i, note in enumerate(track.notes)
                  if start <= note.onset_quarter < end and not track.is_drum]  # fmt: skip
        middle = (start + end) / 2
        inside.sort(key=lambda place: abs(piece.tracks[place[0]].notes[place[1]].onset_quarter - middle))
        for t, i in inside:
            notes, note = piece.tracks[t].notes, piece.tracks[t].notes[i]
            beside = {n.pitch for n in notes
                      if n.onset_quarter < note.end_quarter and n.end_quarter > note.onset_quarter}  # fmt: skip
            near = (note.pitch + step for step in (1, 2, -1, -2))
            found = next((p for p in near if p % 12 in scale and p not in beside and 0 <= p <= 127), None)
            if found is not None:
                changed = (*notes[:i], replace(note, pitch=found), *notes[i + 1 :])
                own = replace(piece.tracks[t], notes=changed)
                return replace(piece, tracks=(*piece.tracks[:t], own, *piece.tracks[t + 1 :]))
        return piece

    def _steer(self, piece: Piece, action: str, *, salt: int = 0, **settings: Any) -> Piece:
        asked = self._request
        plain = {name: getattr(asked, name) for name in ("temperature", "top_k", "top_p", "key_strength", "low_pitch",
                                                         "high_pitch")}  # fmt: skip
        seed = (asked.random_seed + 7919 * salt) % 2**63
        steered = SteerRequest(asked.style_id, action, piece, random_seed=seed, **(plain | settings))
        result = steer(steered, cancelled=self._cancelled)
        self._changed += result.takes[0].notes_changed
        self._likelihood += result.takes[0].log_likelihood
        return result.takes[0].piece

    def _curve(self, places: tuple[int, ...], bars: int | None) -> tuple[float, ...]:
        """Return the temperatures of the bars of sections that stand at places of the form."""
        curve, total = self._request.temperature_curve, len(self._form) * (bars or 1)
        if not curve or not bars:
            return curve
        return tuple(curve_at(curve, place * bars + bar, total) for place in places for bar in range(bars))

    def _span(self, piece: Piece, number: int) -> tuple[float, float]:
        """Return the time of a section, in quarters; a pickup goes with the first."""
        size = self._bars * piece.time_signatures[0].bar_quarters
        start = piece.pickup_quarter + number * size
        return (0.0 if not number else snap(start)), snap(start + size)

    def _section(self, piece: Piece, number: int) -> Piece:
        """Return the notes and fermatas of one section, moved to where the first one stands."""
        start, end = self._span(piece, number)
        back = number * self._bars * piece.time_signatures[0].bar_quarters
        tracks = tuple(
            replace(
                track,
                notes=tuple(_moved(n, -back) for n in track.notes if start <= n.onset_quarter < end),
                pedals=tuple((snap(a - back), snap(min(b, end) - back)) for a, b in track.pedals if start <= a < end),
            )
            for track in piece.tracks
        )
        fermatas = tuple(snap(q - back) for q in piece.fermatas if start <= q < end)
        return replace(piece, tracks=tracks, fermatas=fermatas, sections=(), barlines=())

    def _assemble(self, letters: list[str]) -> Piece:
        """Return the sections one after the other; only the first has a pickup."""
        first = self._cut[letters[0]]
        size = self._bars * first.time_signatures[0].bar_quarters
        notes: list[list[Note]] = [[] for _ in first.tracks]
        pedals: list[list[tuple[float, float]]] = [[] for _ in first.tracks]
        fermatas: list[float] = []
        for number, letter in enumerate(letters):
            section = self._cut[letter]
            least = 0.0 if not number else section.pickup_quarter
            for voice, track in zip(notes, section.tracks, strict=True):
                voice += [_moved(n, number * size) for n in track.notes if n.onset_quarter >= least]
            for presses, track in zip(pedals, section.tracks, strict=True):
                presses += [(snap(a + number * size), snap(b + number * size)) for a, b in track.pedals if a >= least]
            fermatas += [q + number * size for q in section.fermatas]
        pickup = first.pickup_quarter
        seams = [Barline(snap(pickup + n * size), "double") for n in range(1, len(letters))]
        return replace(
            first,
            tracks=tuple(
                replace(t, notes=tuple(v), pedals=tuple(p)) for t, v, p in zip(first.tracks, notes, pedals, strict=True)
            ),
            fermatas=tuple(fermatas),
            sections=tuple(
                (pickup + n * size if n else 0.0, section.letter + "'" * section.primes)
                for n, section in enumerate(self._form)
            ),
            barlines=(*seams, Barline(snap(pickup + len(letters) * size), "final")),
        )


def _sounding(piece: Piece) -> list[list[tuple[float, float, int]]]:
    """Return onset, length and pitch of all notes, by track."""
    return [[(n.onset_quarter, n.duration_quarter, n.pitch) for n in track.notes] for track in piece.tracks]


def _moved(note: Note, quarters: float) -> Note:
    return replace(note, onset_quarter=snap(note.onset_quarter + quarters)) if quarters else note
