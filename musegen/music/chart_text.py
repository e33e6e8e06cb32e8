"""Reading a chart: what a musician types becomes bars of chords, repeats and endings written out.

    title: Blue sketch            3/4
    A: |: Dm7 | G7 / / | [1 Cmaj7 A7 | % :| [2 Cmaj7 | N.C. |]
    B: |: Fm7 | Bb7 :| x3

A line break ends a bar as `|` does. One chord fills its bar; several share it, the first ones getting what cannot be
shared evenly; with strokes every chord and stroke is a beat. `%` is the bar before again, and so is a bar left empty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from musegen.errors import ChartError
from musegen.languages import message
from musegen.music.chord import Chord, parse_chord
from musegen.music.meter import is_compound

Bar = tuple[tuple[float, Chord], ...]

MAX_CHARACTERS = 20_000
MAX_BARS = 512
"""Bars of the longest chart, repeats written out."""

_HEADER = re.compile(r"[ \t]*(title|meter|metre|time|key|tempo|composer|style)[ \t]*:[ \t]*(.*)", re.I)
_TOKENS = re.compile(
    r"""
    (?P<space>[ \t\r,]+)
    |(?P<turn>:\|\|?:|::)
    |(?P<open>\|{1,2}:|𝄆)
    |(?P<close>:\|{1,2}\]?|𝄇)
    |(?P<double>\|\||\|\]|\[\|)
    |(?P<bar>\||\n)
    |(?P<ending>\[[ ]*\d(?:[,-][ ]?\d)*\.?\]?|(?<!\S)\d\.(?!\S))
    |(?P<label>\[[A-Za-z][^\]\n|]{0,20}\]|[A-Za-z][\w']{0,15}(?:[ ]\d)?:(?!\|))
    |(?P<times>[x×]\s?\d{1,3}(?!\S)|\(?\d{1,3}[ ]?[x×]\)?(?!\S))
    |(?P<percent>%|𝄎)
    |(?P<stroke>/)
    |(?P<meter>\d{1,3}/\d{1,3}(?!\S))
    |(?P<chord>(?:[nN]\.?[ ]?[cC]\.?(?![\w#]))|(?:\([^)|\n]*\)|[^\s|,():\[\]%])+)
    |(?P<other>.)
    """,
    re.X,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def read_chart(text: str) -> tuple[tuple[Bar, ...], tuple[int, int], str, tuple[tuple[int, str], ...]]:
    """Return (bars, meter, title, sections) of a typed chart (see `musegen.music.chart.Chart`).

    Raises:
        ChartError: something cannot be read; the message names it, its bar as written and what was meant perhaps.
    """
    if len(text) > MAX_CHARACTERS:
        raise ChartError(
            message(
                "The chart has {count:,} characters; the longest that is read has {most:,}.",
                count=len(text),
                most=MAX_CHARACTERS,
            )
        )
    reader = _Reader()
    begin = _read_headers(text, reader)
    for token in _tokens(text, begin):
        reader.take(token)
    reader.end(len(text))
    bars = tuple(bar for bar, _ in reader.out)
    sections = tuple((index, label) for index, (_, label) in enumerate(reader.out) if label)
    return bars, reader.meter, reader.title, sections


def _tokens(text: str, begin: int) -> Iterator[_Token]:
    for match in _TOKENS.finditer(text, begin):
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match.group().strip(), match.start())


def _read_headers(text: str, reader: "_Reader") -> int:
    """Read lines such as "title: ..." at the beginning; return where the bars begin."""
    position = 0
    for line in text.splitlines(keepends=True):
        match = _HEADER.match(line.rstrip("\r\n"))
        if match is None and line.strip():
            break
        if match is not None:
            name, value = match[1].lower(), match[2].strip()
            if name == "title":
                reader.title = value
            elif name in ("meter", "metre", "time"):
                reader.take(_Token("meter", value, position))
            else:
                raise ChartError(
                    message(
                        'A chart holds chords, "title:" and "meter:"; set the {name} beside it and take this line out.',
                        name=name,
                    ),
                    line.strip(),
                    position=position,
                )
        position += len(line)
    return position


@dataclass
class _Reader:
    """The chart as far as it has been read.

    Args:
        out: (bar, label or "") of each bar, repeats written out.
        written: bars written so far, those of repeats once.
        tokens: of the bar that is being read.
        label: of the next bar.
        start: bar from which the next `:|` repeats.
        opened: the token of the `|:` that is open.
        common: [first, last) bars before the first ending, while endings are read.
        pass_start: bar with which the pass that an ending closes began.
        passes: how often the ending that is being read is played, 0 outside.
        awaits: True after an ending's `:|`, when the bars before the endings come again.
        repeated: bars of the repeat just closed, which `x3` may play more often.
        line_open: True where a bar line has been read in this line, after which nothing is an empty bar.
    """

    out: list[tuple[Bar, str]] = field(default_factory=list)
    meter: tuple[int, int] = (4, 4)
    title: str = ""
    written: int = 0
    tokens: list[_Token] = field(default_factory=list)
    label: str = ""
    start: int = 0
    opened: _Token | None = None
    common: tuple[int, int] | None = None
    pass_start: int = 0
    passes: int = 0
    awaits: bool = False
    repeated: list[tuple[Bar, str]] = field(default_factory=list)
    line_open: bool = False
    has_meter: bool = False

    # ------------------------------------------------------------------------------------------------------- tokens

    def take(self, token: _Token) -> None:
        """Read one token."""
        if token.kind in ("chord", "stroke", "percent"):
            self._begin_music()
            self.tokens.append(token)
            return
        if token.kind in ("meter", "times", "other"):
            getattr(self, f"_take_{token.kind}")(token)
            return
        is_empty = self.line_open and not self.tokens and token.text == "|"
        self._close_bar(token if is_empty else None)
        self.line_open = token.kind in ("bar", "open") and token.text != ""
        if token.kind != "bar":
            getattr(self, f"_take_{token.kind}")(token)

    def _begin_music(self) -> None:
        self.repeated = []
        if self.awaits:  # the bars before the endings come again, whether or not the next ending is numbered
            self._play_common()

    def _take_meter(self, token: _Token) -> None:
        match = re.fullmatch(r"(\d{1,2})/(\d{1,2})", token.text)
        if match is None or int(match[1]) not in range(1, 17) or int(match[2]) not in (2, 4, 8, 16):
            raise self._error(
                message('"{text}" is no meter; write for example 4/4, 3/4 or 6/8.', text=token.text), token
            )
        if self.out or self.tokens or self.has_meter:
            raise self._error(
                message('a chart has one meter, written before its first bar; take "{text}" out.', text=token.text),
                token,
            )
        self.meter, self.has_meter = (int(match[1]), int(match[2])), True

    def _take_times(self, token: _Token) -> None:
        times = int(re.sub(r"\D", "", token.text))
        if not self.repeated or self.tokens or times < 1:
            raise self._error(
                message(
                    '"{text}" says how often a repeat is played; write it behind ":|", as in "|: Dm7 | G7 :| x3".',
                    text=token.text,
                ),
                token,
            )
        if times == 1:
            del self.out[-len(self.repeated) :]
        self._add(self.repeated * (times - 2), token)
        self.start, self.repeated = len(self.out), []

    def _take_other(self, token: _Token) -> None:
        raise self._error(
            message('"{text}" has no meaning in a chart here; write for example Dm7 | G7 | Cmaj7.', text=token.text),
            token,
        )

    def _take_double(self, token: _Token) -> None:
        if self.common is not None and not self.awaits and self.passes:
            self._end_endings(token)

    def _take_label(self, token: _Token) -> None:
        label = token.text.strip("[]:").strip()
        if re.fullmatch(r"[A-Z]\d?'*", label) is None and _is_chord(label):
            raise self._error(
                message(
                    '"{text}" is a chord with a colon; write "{label}" with a space behind it.',
                    text=token.text,
                    label=label,
                ),
                token,
            )
        self._take_double(token)
        if self.awaits:
            self._play_common()
        if self.opened is None:
            self.start = len(self.out)
        self.label, self.repeated = label, []

    def _take_open(self, token: _Token) -> None:
        self._take_double(token)
        if self.opened is not None:
            raise self._error(message('a repeat "|:" begins within another; close the first with ":|".'), token)
        self.opened, self.start, self.repeated = token, len(self.out), []

    def _take_turn(self, token: _Token) -> None:
        self._take_close(token)
        self._take_open(token)

    def _take_close(self, token: _Token) -> None:
        if self.start == len(self.out):
            raise self._error(message('there are no bars before this ":|" to repeat.'), token)
        self.opened = None
        if self.passes:
            self._add(self.out[self.pass_start :] * (self.passes - 1), token)
            self.awaits, self.passes, self.start = True, 0, len(self.out)
            return
        self.repeated = self.out[self.start :]
        self._add(self.repeated, token)
        self.start = len(self.out)

    def _take_ending(self, token: _Token) -> None:
        numbers = [int(number) for number in re.findall(r"\d", token.text)]
        passes = numbers[-1] - numbers[0] + 1 if "-" in token.text else len(numbers)
        if passes < 1 or self.passes:
            raise self._error(
                message('the ending before "{text}" is not closed; write ":|" there.', text=token.text), token
            )
        if self.awaits:
            self._play_common()
        elif self.start == len(self.out) and not numbers[0] > 1:
            raise self._error(message('there are no bars before the ending "{text}".', text=token.text), token)
        elif numbers[0] > 1:
            raise self._error(
                message('the ending "{text}" has no first ending before it; write "[1" there.', text=token.text), token
            )
        else:
            self.common, self.pass_start = (self.start, len(self.out)), self.start
        self.passes = passes

    def _play_common(self) -> None:
        first, last = self.common or (0, 0)  # there is one where the endings' second pass is awaited
        self.pass_start, self.awaits = len(self.out), False
        self._add(self.out[first:last], None)

    def _end_endings(self, token: _Token) -> None:
        if self.common and self.pass_start == self.common[0]:
            raise self._error(message('the first ending is not closed; write ":|" where it goes back.'), token)
        self.common, self.passes, self.start = None, 0, len(self.out)

    def end(self, position: int) -> None:
        """Finish the chart.

        Raises:
            ChartError: it has no bars, or something is left open.
        """
        token = _Token("bar", "", position)
        self._close_bar(None)
        if self.common is not None and self.passes:
            self._end_endings(token)
        if self.opened is not None:
            raise self._error(
                message('A repeat begins with "|:" and does not end; write ":|" behind its last bar.'),
                self.opened,
                alone=True,
            )
        if not self.out:
            raise self._error(
                message("The chart has no chords yet; write for example Dm7 | G7 | Cmaj7 | %."), token, alone=True
            )

    # --------------------------------------------------------------------------------------------------------- bars

    def _add(self, bars: list[tuple[Bar, str]], token: _Token | None) -> None:
        self.out += bars
        if len(self.out) > MAX_BARS:
            raise self._error(
                message("The chart has more than {max_bars} bars with its repeats.", max_bars=MAX_BARS),
                token,
                alone=True,
            )

    def _close_bar(self, empty: _Token | None) -> None:
        """Put the bar that has been read to the others; `empty` is the bar line of a bar left empty."""
        if not self.tokens and empty is None:
            return
        if not self.tokens and not self.out:
            return
        self._begin_music()
        is_same = not self.tokens or self.tokens[0].kind == "percent"
        bar = self._bar_before() if is_same else self._bar()
        self.written += 1
        self._add([(bar, self.label)], self.tokens[0] if self.tokens else empty)
        self.label, self.tokens = "", []

    def _bar_before(self) -> Bar:
        if len(self.tokens) > 1:
            raise self._error(message('"%" is a whole bar; write it alone between two bar lines.'), self.tokens[1])
        if not self.out:
            raise self._error(
                message('there is no bar before the first that "%" could repeat; write a chord.'), self.tokens[0]
            )
        return self.out[-1][0]

    def _bar(self) -> Bar:
        chords = [self._chord(token) for token in self.tokens]
        onsets = self._onsets([token.kind == "stroke" for token in self.tokens])
        return tuple((onset, chord) for onset, chord in zip(onsets, chords, strict=True) if chord is not None)

    def _chord(self, token: _Token) -> Chord | None:
        """Return the chord of a token, None for a stroke, which goes on with the chord before."""
        if token.kind == "percent":
            raise self._error(message('"%" is a whole bar; write it alone between two bar lines.'), token)
        if token.kind == "stroke":
            if token is not self.tokens[0]:
                return None
            if not self.out:
                raise self._error(
                    message("a stroke goes on with the chord before, and there is none; write a chord first."), token
                )
            return self.out[-1][0][-1][1]
        try:
            return parse_chord(token.text)
        except ChartError as error:
            bar, apart = self.written + 1, _apart(token.text)
            words = f'"{token.text}" is more than one chord; write "{apart}".' if apart else str(error)
            said = message("Bar {bar}: {words}", bar=bar, words=words)
            raise ChartError(said, token.text, bar, apart or error.meant, token.position) from error

    def _onsets(self, strokes: list[bool]) -> list[float]:
        """Return where the chords and strokes of a bar stand, in quarters from its start."""
        numerator, denominator = self.meter
        count, unit = len(strokes), 4 / denominator
        units = [(numerator // 3, 3 * unit)] if is_compound(numerator, denominator) else []
        units.append((numerator, unit))
        for beats, length in units:
            if count <= beats and (not any(strokes) or beats % count == 0):
                return [place * length for place in shared_beats(beats, count)]
        what = message("chords and strokes") if any(strokes) else message("chords")
        if count > numerator:
            room = message("there is room for {most}", most=numerator)
        else:
            room = message("write {beats}, one for each beat", beats=units[0][0])
        said = message("it has {count} {what}; in {meter} {room}.", count=count, what=what, room=room,
                       meter=f"{numerator}/{denominator}")  # fmt: skip
        raise self._error(said, self.tokens[0])

    def _error(self, words: str, token: _Token | None, *, alone: bool = False) -> ChartError:
        """Return the error of a token in the bar that is being read; `alone` where the words name their place."""
        bar = self.written + 1
        said = words if alone else message("Bar {bar}: {words}", bar=bar, words=words)
        return ChartError(said, token.text if token else "", bar, position=token.position if token else 0)


def shared_beats(beats: int, count: int) -> list[int]:
    """Return the beats, from 0, on which `count` chords of a bar stand: 4 beats and 3 chords are 0, 2, 3."""
    length, more = divmod(beats, count)
    return [index * length + min(index, more) for index in range(count)]


def _apart(text: str) -> str:
    """Return chords written without a space between them ("Dm7G7") apart, empty for what is something else."""
    parts = [part.strip("-–>") for part in re.split(r"(?=[A-G]|N\.?C)", text) if part]
    return " ".join(parts) if len(parts) > 1 and all(map(_is_chord, parts)) else ""


def _is_chord(text: str) -> bool:
    try:
        parse_chord(text)
    except ChartError:
        return False
    return True
