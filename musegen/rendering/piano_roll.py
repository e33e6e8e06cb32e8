"""Piano roll of a Piece as a Plotly figure.

New notes are solid bars in the hue of their voice; the musician's own notes are pale, hatched and grey-blue, with
an outline in that hue, so that colour, shade and pattern each tell them apart. The hues are told apart by
colour-blind eyes and stand out on white and on dark; the background is transparent, grid and keys are a
translucent grey, and the lettering is left to the page, so that one figure serves the light and the dark theme.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from musegen.languages import message
from musegen.music import Note, Piece, Track
from musegen.music.instruments import drum_name
from musegen.music.note_value import note_value_name
from musegen.music.spelling import spell_piece, spelled_name
from musegen.music.theory import pitch_name
from musegen.music.timing import bar_starts, meter_at

if TYPE_CHECKING:
    import plotly.graph_objects as go

PIANO_ROLL_CONFIG = {
    "displaylogo": False,
    "scrollZoom": False,
    "doubleClick": "reset",
    "modeBarButtons": [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
}
"""The `config` of ``st.plotly_chart``: three buttons, no logo, the page still scrolls under the wheel."""

TRACK_HUES = ("#d9622b", "#1f9e89", "#8f6fd6", "#b3850a", "#3f8fdb", "#d4588a", "#7f9a2f", "#8c6d5a")
"""New notes, by track; from the ninth track on they begin again."""

SEED_HUE = "#7189a8"
_SEED_FILL = "rgba(113,137,168,0.38)"
_BAR_LINE = "rgba(128,128,128,0.55)"
_BEAT_LINE = "rgba(128,128,128,0.18)"
_BLACK_KEY = "rgba(128,128,128,0.11)"
_OCTAVE_LINE = "rgba(128,128,128,0.40)"
_BLACK_PITCH_CLASSES = frozenset({1, 3, 6, 8, 10})
_MAX_BARS_WITH_BEATS = 48
_MAX_BAR_NUMBERS = 24
_FRACTIONS = {".3333": "⅓", ".333": "⅓", ".6667": "⅔", ".667": "⅔", ".5": "½", ".25": "¼", ".75": "¾"}
_GAP_QUARTER = 0.04  # between a note and the next of the same pitch, so that both are seen


@dataclass(frozen=True, slots=True)
class _Grid:
    """Bars and beats of a piece, in quarters; `numbers` are the bars' numbers, a pickup being bar 0."""

    starts: np.ndarray
    end: float
    numbers: np.ndarray
    beat_quarters: np.ndarray
    missing: float

    @classmethod
    def of(cls, piece: Piece) -> "_Grid":
        starts = bar_starts(piece)
        meters = [meter_at(piece, start) for start in starts]
        end = max(piece.end_quarter, starts[-1] + meters[-1].bar_quarters)
        first = 0 if piece.pickup_quarter else 1
        return cls(
            starts=np.array(starts),
            end=end if len(starts) > 1 or not piece.pickup_quarter else piece.pickup_quarter,
            numbers=np.arange(first, first + len(starts)),
            beat_quarters=np.array([4 / meter.denominator for meter in meters]),
            missing=meters[0].bar_quarters - piece.pickup_quarter if piece.pickup_quarter else 0.0,
        )

    def position(self, quarter: float) -> tuple[int, float]:
        """Return (bar, beat), as `musegen.music.timing.bar_and_beat` does, without walking through the bars."""
        index = int(np.searchsorted(self.starts, quarter, side="right")) - 1
        offset = quarter - self.starts[index] + (self.missing if index == 0 else 0.0)
        return int(self.numbers[index]), 1 + offset / self.beat_quarters[index]

    def beats(self) -> list[float]:
        """Return the times of the beats that are no bar lines."""
        ends = np.append(self.starts[1:], self.end)
        lines: list[float] = []
        for index, (start, end, beat) in enumerate(zip(self.starts, ends, self.beat_quarters, strict=True)):
            first = -self.missing % beat if index == 0 and self.missing else beat
            lines += np.arange(start + (first or beat), end - 1e-6, beat).tolist()
        return lines


def plotly_script() -> str:
    """Return Plotly's JavaScript, for a web page that needs no network."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def piano_roll(
    piece: Piece,
    given: Sequence[frozenset[int]] = (),
    *,
    height: int | None = None,
    say: Callable[[Any], str] = str,
) -> "go.Figure":
    """Return the piano roll of a piece.

    Args:
        piece: the music.
        given: for each track, the indices of the notes that the musician gave (see `Take.given`); tracks beyond
            its end have none.
        height: of the figure in pixels; by default from the range of pitches, 280 to 620.
        say: words a message and the name of a note in the language of the page; English by default.

    Returns:
        a figure to be shown with `PIANO_ROLL_CONFIG`: two traces for each track at most, whatever the number of
        notes; x in quarters, labelled in bars, y in MIDI pitches, labelled C3, C4, ...
    """
    import plotly.graph_objects as go

    grid, names = _Grid.of(piece), _names(piece)
    seed_label, new_label = say(message("Your music")), say(message("New"))
    filled = [index for index, track in enumerate(piece.tracks) if track.notes]
    any_given = any(given)
    bars: list[go.Bar] = []
    for index in filled:
        track = piece.tracks[index]
        own = given[index] if index < len(given) else frozenset()
        hue = TRACK_HUES[filled.index(index) % len(TRACK_HUES)]
        voice = say(_voice_name(piece, index))
        label = new_label if len(filled) == 1 else voice
        for is_given in (False, True):
            numbers = [number for number in range(len(track.notes)) if (number in own) == is_given]
            chosen = [track.notes[number] for number in numbers]
            if not chosen:
                continue
            source = say(message("your music") if is_given else message("new")) if any_given else ""
            words = ", ".join(word for word in (voice if len(filled) > 1 or track.name else "", source) if word)
            texts = [
                _hover_text(grid, _printed(say(names[index, n]), track), track.notes[n], words, say) for n in numbers
            ]
            seed_outline = SEED_HUE if len(filled) == 1 else hue
            bars.append(
                _note_bars(chosen, texts, seed_label if is_given else label, seed_outline if is_given else hue,
                           is_given=is_given)
            )  # fmt: skip
    figure = go.Figure(bars)
    _show_seed_once(figure, seed_label)
    _style(figure, piece, grid, height, legend=len(figure.data) > 1)
    figure.update_xaxes(title={"text": say(message("Bar")), "standoff": 4})
    return figure


def _note_bars(notes: list[Note], texts: list[str], name: str, hue: str, *, is_given: bool) -> "go.Bar":
    import plotly.graph_objects as go

    durations = np.array([note.duration_quarter for note in notes])
    marker = {"color": hue, "cornerradius": 2, "line": {"width": 0}}
    if is_given:
        pattern = {"shape": "/", "fgcolor": SEED_HUE, "size": 6, "solidity": 0.35, "bgcolor": _SEED_FILL}
        marker = {"color": _SEED_FILL, "cornerradius": 2, "line": {"width": 1.4, "color": hue}, "pattern": pattern}
    return go.Bar(
        orientation="h",
        base=np.array([note.onset_quarter for note in notes]),
        x=durations - np.minimum(_GAP_QUARTER, durations * 0.12),
        y=np.array([note.pitch for note in notes]),
        width=0.84,
        marker=marker,
        name=name,
        hovertext=texts,
        hovertemplate="%{hovertext}<extra></extra>",
        legendgroup="seed" if is_given else name,
    )


def _voice_name(piece: Piece, index: int) -> str:
    name = piece.tracks[index].name
    return message(name) if name else message("Track {number}", number=index + 1)


def _names(piece: Piece) -> dict[tuple[int, int], str]:
    """Return what each note is called, by (track, index), as the sheet spells it."""
    drums = {
        (number, index): drum_name(note.pitch)
        for number, track in enumerate(piece.tracks)
        if track.is_drum
        for index, note in enumerate(track.notes)
    }
    return drums | {place: spelled_name(spelled) for place, spelled in spell_piece(piece).items()}


def _hover_text(grid: _Grid, name: str, note: Note, words: str, say: Callable[[Any], str]) -> str:
    bar, beat = grid.position(note.onset_quarter)
    lines = [
        f"<b>{name}</b>  {say(note_value_name(note.duration_quarter))}",
        say(message("bar {bar}, beat {beat}", bar=bar, beat=_with_fraction(beat))),
        say(message("velocity {velocity}", velocity=note.velocity)),
    ]  # fmt: skip
    return "<br>".join([*lines, words] if words else lines)


def _with_fraction(beat: float) -> str:
    text = f"{beat:.4g}"
    for digits, sign in _FRACTIONS.items():
        text = text.replace(digits, sign)
    return text


def _printed(name: str, track: Track) -> str:
    return name if track.is_drum else name[0] + name[1:].replace("#", "♯").replace("b", "♭")


def _show_seed_once(figure: "go.Figure", seed_label: str) -> None:
    """Keep one legend entry for the given notes of all tracks, as the first of the legend."""
    seeds = [trace for trace in figure.data if trace.name == seed_label]
    for trace in seeds[1:]:
        trace.showlegend = False
    for trace in seeds[:1]:
        trace.legendrank = 1


def _style(figure: "go.Figure", piece: Piece, grid: _Grid, height: int | None, *, legend: bool) -> None:
    pitches = [note.pitch for track in piece.tracks for note in track.notes] or [60, 72]
    low, high = min(pitches) - 2, max(pitches) + 2
    missing = max(16 - (high - low), 0)
    low, high = max(low - missing // 2, 0), min(high + (missing + 1) // 2, 127)
    octaves = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    every = next(n for n in (1, 2, 4, 8, 16, 32, 64, 128, 1 << 20) if len(grid.starts) / n <= _MAX_BAR_NUMBERS)
    first = int(grid.numbers[0])
    numbers = [str(n) if n == first or (n - 1) % every == 0 and n > 0 else "" for n in grid.numbers.tolist()]
    figure.update_layout(
        height=height or int(np.clip(110 + 11 * (high - low), 280, 620)),
        margin={"l": 8, "r": 8, "t": 34 if legend else 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        barmode="overlay",
        bargap=0,
        dragmode="pan",
        hovermode="closest",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "rgba(128,128,128,0.8)", "activecolor": TRACK_HUES[0]},
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "traceorder": "normal"},
        shapes=[
            {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": pitch - 0.5, "y1": pitch + 0.5, "layer": "below",
             "line": {"width": 0}, "fillcolor": _BLACK_KEY}
            for pitch in range(low, high + 1) if pitch % 12 in _BLACK_PITCH_CLASSES
        ] + [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": pitch - 0.5, "y1": pitch - 0.5, "layer": "below",
             "line": {"width": 1, "color": _OCTAVE_LINE}}
            for pitch in octaves
        ],
    )  # fmt: skip
    beats = grid.beats() if len(grid.starts) <= _MAX_BARS_WITH_BEATS else []
    figure.update_xaxes(
        range=[0, grid.end],
        tickvals=[*grid.starts.tolist(), grid.end],
        ticktext=[*numbers, ""],
        ticks="",
        showgrid=True,
        gridcolor=_BAR_LINE,
        minor={"tickvals": beats, "showgrid": bool(beats), "gridcolor": _BEAT_LINE, "ticks": ""},
        zeroline=False,
        showline=False,
        minallowed=0,
        maxallowed=grid.end,
    )
    figure.update_yaxes(
        range=[low - 0.5, high + 0.5],
        tickvals=octaves,
        ticktext=[pitch_name(pitch) for pitch in octaves],
        ticks="",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        title=None,
    )
