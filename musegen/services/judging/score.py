"""How likely music is to a style: nats of a whole piece, each event given what is before it and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musegen.band.chart_guess import written_chart
from musegen.composers.chorale.codec import ChoraleCodec
from musegen.composers.chorale.grid import FIRST_PITCH, VOICE_NAMES
from musegen.composers.chorale.reading import NUM_VOICES, possible_events, read_example
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.frame import frame_of
from musegen.composers.performance.codec import PerformanceCodec, PerformanceCursor
from musegen.composers.performance.grid import NUM_KEYS, WHAT, performance_from, rows_of
from musegen.composers.performance.reading import held_keys
from musegen.composers.performance.reading import read_example as read_played
from musegen.composers.solo.codec import SoloCodec
from musegen.composers.solo.codec import read_example as read_line
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import BEATS_PER_BAR, PITCH
from musegen.composers.solo.plan import chart_context
from musegen.composers.tune.codec import FolkTuneCodec
from musegen.engine.codec import Example
from musegen.engine.loop import score
from musegen.errors import CodecError, FileFormatError, MusegenError
from musegen.files import read
from musegen.music import Piece, Track
from musegen.services.making.compose import model_of
from musegen.styles import Style, load_style

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a piece is to a style.

    Args:
        nll: negative log-likelihood in nats of the whole piece.
        num_notes: notes as the style reads them.
        num_tokens: events counted, each once: of a chorale every sixteenth of every voice, of a tune every event from
            the meter to the end.
        messages: what was changed to read the piece, a plain sentence each.
    """

    nll: float
    num_notes: int
    num_tokens: int
    messages: tuple[str, ...] = ()

    @property
    def nats_per_note(self) -> float:
        """Nats of the whole piece divided by its notes."""
        return self.nll / self.num_notes


def score_files(style_id: str, paths: Sequence[Path]) -> list[Score]:
    """Return the scores of files, in their order.

    Raises:
        MusegenError: there is no such style, or a file cannot be read or is not music for it; the message names it.
    """
    style = load_style(style_id)
    readings = []
    for path in paths:
        try:
            readings.append(_reading(style, read(path)))
        except MusegenError as error:
            message = str(error)
            raise FileFormatError(message if str(path) in message else f"{path}: {message}") from error
    return _scores(style, readings)


def score_piece(style_id: str, piece: Piece) -> Score:
    """Return the score of a piece.

    Raises:
        MusegenError: there is no such style, or the piece is not music for it.
    """
    style = load_style(style_id)
    return _scores(style, [_reading(style, piece)])[0]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A piece as the style reads it, and which events could have come, boolean (T, K, V)."""

    example: Example
    possible: Callable[[], np.ndarray]
    num_notes: int
    messages: tuple[str, ...]


def _reading(style: Style, piece: Piece) -> _Reading:
    read_piece = {"chorale": _read_chorale, "folk-tune": _read_tune, "performance": _read_played,
                  "score": _read_score, "solo": _read_solo}[style.codec.name]  # fmt: skip
    return read_piece(style.codec, piece)


def _scores(style: Style, readings: Sequence[_Reading]) -> list[Score]:
    """Return the scores of readings, those of about equal length computed together."""
    model = model_of(style)
    order = sorted(range(len(readings)), key=lambda i: len(readings[i].example.target))
    nats: dict[int, float] = {}
    for start in range(0, len(order), _BATCH):
        group = {id(readings[i].example): readings[i] for i in order[start : start + _BATCH]}
        examples = [reading.example for reading in group.values()]
        results = score(model, examples, lambda example, group=group: group[id(example)].possible())
        nats |= {key: float(result.sum()) for key, result in zip(group, results, strict=True)}
    return [Score(nats[id(r.example)], r.num_notes, r.example.target.size, r.messages) for r in readings]


def _read_chorale(codec: ChoraleCodec, piece: Piece) -> _Reading:
    """Return four tracks as the sixteenth-note files are read: nothing known but the notes before.

    Raises:
        CodecError: there are not four tracks with notes.
    """
    tracks = [track for track in piece.tracks if track.notes and not track.is_drum]
    if len(tracks) != NUM_VOICES:
        raise CodecError(
            f"There {'is' if len(tracks) == 1 else 'are'} {len(tracks)} track{'s' * (len(tracks) != 1)} with pitched "
            "notes; a chorale is scored from four, soprano, alto, tenor and bass, one voice in each."
        )
    adapted, messages = codec.adapt(replace(piece, tracks=_in_order(tracks)))
    example = read_example(codec.to_grid(adapted), known=False)
    num_notes = int(np.count_nonzero(example.target >= FIRST_PITCH))
    return _Reading(example, lambda: possible_events(example), num_notes, messages)


def _in_order(tracks: list[Track]) -> tuple[Track, ...]:
    """Return four tracks as soprano, alto, tenor and bass: by their names, else by their mean pitch."""
    names = [track.name.strip().lower() for track in tracks]
    voices = [[i for i, n in enumerate(names) if n == v[0].lower() or n.startswith(v.lower())] for v in VOICE_NAMES]
    if all(len(found) == 1 for found in voices):
        ordered = [tracks[found[0]] for found in voices]
    else:
        ordered = sorted(tracks, key=lambda t: -sum(n.pitch for n in t.notes) / len(t.notes))
    return tuple(replace(track, name=name) for track, name in zip(ordered, VOICE_NAMES, strict=True))


def _read_tune(codec: FolkTuneCodec, piece: Piece) -> _Reading:
    """Return a tune from its meter to its end; how long it will be is not told."""
    adapted = codec.normalize_with_notes(piece)
    example = codec.example(codec.encode(adapted.piece), tell_length=False)

    def possible() -> np.ndarray:
        cursor, rows = codec.cursor(), []
        for event in example.target[:, 0].tolist():
            rows.append(cursor.allowed())
            cursor.push(event)
        return np.array(rows)[:, None]

    num_notes = int(np.count_nonzero(codec.vocabulary.is_kind("pitch")[example.target]))
    return _Reading(example, possible, num_notes, adapted.messages)


def _read_played(codec: PerformanceCodec, piece: Piece) -> _Reading:
    """Return the notes and the pedal of a piece as they are played in time; how long it will be is not told."""
    adapted, messages = codec.adapt(piece)
    answers = codec.answers(adapted)
    example = read_played(answers, held_keys(rows_of(performance_from(answers[:-1]))))

    def possible() -> np.ndarray:
        cursor, rows = PerformanceCursor(), []
        for event in example.target.reshape(-1).tolist():
            rows.append(cursor.allowed())
            cursor.push(event)
        return np.array(rows).reshape(*example.target.shape, -1)

    return _Reading(example, possible, int(np.count_nonzero(answers[:, WHAT] < NUM_KEYS)), messages)


def _read_score(codec: ScoreCodec, piece: Piece) -> _Reading:
    """Return the parts of a piece in its bars and keys; how long it will be is not told."""
    adapted, messages = codec.adapt(piece)
    rows = codec.rows(adapted)
    frame = replace(frame_of(adapted, codec.layout.num_parts, int(rows.end_tick.max())), last_bar=None)
    example = codec.reading.read(rows, frame)

    def possible() -> np.ndarray:
        cursor, found = codec.cursor(frame), []
        for event in example.target.reshape(-1).tolist():
            found.append(cursor.allowed())
            cursor.push(event)
        return np.array(found).reshape(*example.target.shape, -1)

    return _Reading(example, possible, int(np.count_nonzero(rows.pitch >= 0)), messages)


def _read_solo(codec: SoloCodec, piece: Piece) -> _Reading:
    """Return the line of the first pitched track over the chords that stand in the piece; its end is not told.

    Raises:
        CodecError: there is no note.
    """
    soloist = next((track for track in piece.tracks if track.notes and not track.is_drum), Track())
    line = replace(piece, tracks=(soloist,))
    rows, messages = codec.answers(line), codec.adapt(line)[1]
    chart, context = written_chart(line), None
    if chart is not None and chart.bar_quarters == BEATS_PER_BAR:
        context = chart_context(chart, chart.num_bars, piece.tempos[0].qpm, 1 if piece.pickup_quarter else 0)
    else:
        messages = (*messages, "It was read without chords: none in bars of four stand in it.")
    example = read_line(rows, context)

    def possible() -> np.ndarray:
        cursor, found = SoloCursor(context), []
        for event in example.target.reshape(-1).tolist():
            found.append(cursor.allowed())
            cursor.push(event)
        return np.array(found).reshape(*example.target.shape, -1)

    return _Reading(example, possible, int((rows[:, PITCH] >= 0).sum()), messages)
