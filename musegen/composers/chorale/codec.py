"""Four-voice chorales on a sixteenth grid, voices in the order soprano, alto, tenor, bass.

A piece of T sixteenths is the array

    [meter, pickup, key]  then T times  [fermata, S, A, T, B]

where each voice's event says what it does in that sixteenth: HOLD what sounds, REST, or strike a pitch 36 to 81. A
repeated note is struck again, a held one is HOLD, so ties and repetitions differ (as in BachBot, Liang et al., ISMIR
2017). The network is asked for the four voices only; the header and the fermatas are its plan.

Two readings of a piece exist. With the plan *known* the network sees meter, key, place in the bar, the distance to
the next fermata and to the end. With the plan *unknown* it sees none of it, the place is counted from the start in
bars of sixteen, and a note repeated at once is read as held: exactly what the 16th-note JSB files tell
(BENCHMARKS.md 2), so that likelihoods on them are causal and comparable.
"""

from dataclasses import replace

import numpy as np

from musegen.composers.chorale.grid import (
    EVENT_KINDS,
    FERMATA,
    FIRST_KEY,
    FIRST_METER,
    FIRST_PICKUP,
    FIRST_PITCH,
    FRAME,
    HEADER,
    HIGH_PITCH,
    HOLD,
    LOW_PITCH,
    MAX_PICKUP,
    METERS,
    NO_FERMATA,
    NUM_VOICE_EVENTS,
    REST,
    STEP_QUARTER,
    VOICE_NAMES,
    VOICE_PROGRAM,
    ChoraleGrid,
    pitch_event,
    sounding,
)
from musegen.composers.chorale.reading import HEAD_COLUMNS, TRUNK_COLUMNS
from musegen.composers.fitting.key_numbers import NUM_KEYS, key_index, key_of_index
from musegen.composers.fitting.sixteenths import on_sixteenths
from musegen.engine.codec import CodecWithoutSettings, Column, Vocabulary
from musegen.errors import CodecError
from musegen.music import Note, Piece, TimeSignature, Track, snap
from musegen.remarks import Remark, remark


def _vocabulary() -> Vocabulary:
    kind = np.full(FIRST_KEY + NUM_KEYS, EVENT_KINDS.index("pitch"))
    kind[HOLD], kind[REST] = 0, 1
    kind[NO_FERMATA], kind[FERMATA] = 3, 4
    kind[FIRST_METER:FIRST_PICKUP] = 5
    kind[FIRST_PICKUP:FIRST_KEY] = 6
    kind[FIRST_KEY:] = 7
    pitch = np.where(kind == 2, np.arange(len(kind)) - FIRST_PITCH + LOW_PITCH, -1)
    return Vocabulary(EVENT_KINDS, kind, pitch, (kind <= 2).astype(int))


class ChoraleCodec(CodecWithoutSettings):
    """See the module's docstring. It has no settings."""

    name = "chorale"
    num_heads = 4

    def __init__(self) -> None:
        self.vocabulary = _vocabulary()
        self.trunk_columns: tuple[Column, ...] = TRUNK_COLUMNS
        self.head_columns: tuple[Column, ...] = HEAD_COLUMNS

    @property
    def num_events(self) -> int:
        """Events of a voice; the marks of fermatas are told, not drawn."""
        return NUM_VOICE_EVENTS

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as four voices on the sixteenth grid, and what was changed."""
        messages: list[Remark] = []
        piece = on_sixteenths(piece, messages)
        meter = self._meter(piece, messages)
        voices = self._voices(piece, messages)
        voices = self._fold_octaves(voices, messages)
        end = max(note.end_quarter for voice in voices for note in voice)
        key = key_of_index(key_index(piece.key_signatures[0])) if piece.key_signatures else None
        bar = METERS[meter][0] * 4 / METERS[meter][1]
        pickup = snap(round(piece.pickup_quarter * 4) / 4) if piece.pickup_quarter < bar else 0.0
        grid_fermatas = {snap(round(q * 4) / 4) for q in piece.fermatas}
        tracks = tuple(Track(tuple(v), VOICE_PROGRAM, False, n) for v, n in zip(voices, VOICE_NAMES, strict=True))
        adapted = Piece(
            tracks=tracks,
            time_signatures=(TimeSignature(0.0, *METERS[meter]),),
            key_signatures=(key,) if key else (),
            fermatas=tuple(q for q in grid_fermatas if q < end),
            pickup_quarter=pickup if pickup < bar else 0.0,
        )
        return adapted, tuple(messages)

    def _meter(self, piece: Piece, messages: list[Remark]) -> int:
        first = piece.time_signatures[0]
        if len({(m.numerator, m.denominator) for m in piece.time_signatures}) > 1:
            messages.append(remark("meter_changes_first_used"))
        pair = (first.numerator, first.denominator)
        if pair in METERS:
            return METERS.index(pair)
        messages.append(remark("meter_unknown", meter=pair))
        return 0

    def _voices(self, piece: Piece, messages: list[Remark]) -> list[list[Note]]:
        if len(piece.tracks) == 4:
            order = list(range(4))
            if tuple(t.name for t in piece.tracks) != VOICE_NAMES:
                mean = [np.mean([n.pitch for n in t.notes]) for t in piece.tracks]
                order = sorted(order, key=lambda i: -mean[i])
            return [_one_voice(piece.tracks[i].notes, top=v < 3) for v, i in enumerate(order)]
        named = {t.name: t for t in piece.tracks}
        if len(named) == len(piece.tracks) and set(named) <= set(VOICE_NAMES):
            return [_one_voice(named[n].notes, top=True) if n in named else [] for n in VOICE_NAMES]
        return _split_voices([n for t in piece.tracks for n in t.notes], messages)

    def _fold_octaves(self, voices: list[list[Note]], messages: list[Remark]) -> list[list[Note]]:
        folded, result = 0, []
        for voice in voices:
            new = []
            for note in voice:
                pitch = note.pitch
                while pitch < LOW_PITCH:
                    pitch += 12
                while pitch > HIGH_PITCH:
                    pitch -= 12
                folded += pitch != note.pitch
                new.append(Note(note.onset_quarter, pitch, note.duration_quarter))
            result.append(new)
        if folded:
            messages.append(remark("folded_for_singers", count=folded))
        return result

    def to_grid(self, piece: Piece) -> ChoraleGrid:
        """Return the arrays of a piece; normalizes first."""
        piece = self.normalize(piece)
        num_steps = round(piece.end_quarter / STEP_QUARTER)
        voices = np.full((num_steps, 4), REST, np.int16)
        for v, track in enumerate(piece.tracks):
            for note in track.notes:
                start, end = round(note.onset_quarter * 4), round(note.end_quarter * 4)
                voices[start:end, v] = HOLD
                voices[start, v] = pitch_event(note.pitch)
        fermata = np.zeros(num_steps, bool)
        fermata[[round(q * 4) for q in piece.fermatas]] = True
        meter = piece.time_signatures[0]
        key = key_index(piece.key_signatures[0]) if piece.key_signatures else 0
        index = METERS.index((meter.numerator, meter.denominator))
        return ChoraleGrid(voices, fermata, index, round(piece.pickup_quarter * 4), key)

    def from_grid(self, grid: ChoraleGrid) -> Piece:
        """Return the piece of the arrays.

        Raises:
            CodecError: a voice holds what does not sound, or the last sixteenth is silent.
        """
        if not len(grid.voices) or np.all(sounding(grid.voices)[-1] <= REST):
            raise CodecError("The music ends in silence, which a chorale cannot.")
        if grid.pickup >= grid.bar_steps:
            raise CodecError("The pickup is as long as a bar.")
        tracks = []
        for v, name in enumerate(VOICE_NAMES):
            notes, start = [], -1
            column = [*grid.voices[:, v].tolist(), REST]
            for t, event in enumerate(column):
                if event == HOLD:
                    if start < 0:
                        raise CodecError(
                            "The {name} holds a note that was never struck (sixteenth {t}).", name=name.lower(), t=t
                        )
                    continue
                if start >= 0:
                    pitch = column[start] - FIRST_PITCH + LOW_PITCH
                    notes.append(Note(start * STEP_QUARTER, pitch, (t - start) * STEP_QUARTER))
                start = -1 if event == REST else t
            tracks.append(Track(tuple(notes), VOICE_PROGRAM, False, name))
        key = key_of_index(grid.key)
        return Piece(
            tracks=tuple(tracks),
            time_signatures=(TimeSignature(0.0, *METERS[grid.meter]),),
            key_signatures=(key,) if key else (),
            fermatas=tuple(np.flatnonzero(grid.fermata) * STEP_QUARTER),
            pickup_quarter=grid.pickup * STEP_QUARTER,
        )

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a piece, shape (3 + 5 T,)."""
        grid = self.to_grid(piece)
        header = [FIRST_METER + grid.meter, FIRST_PICKUP + grid.pickup, FIRST_KEY + grid.key]
        frames = np.column_stack([np.where(grid.fermata, FERMATA, NO_FERMATA), grid.voices])
        return np.concatenate([header, frames.reshape(-1)]).astype(np.int16)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of shape (3 + 5 T,)."""
        events = np.asarray(events).astype(np.int64)
        if events.ndim != 1 or len(events) < HEADER + FRAME or (len(events) - HEADER) % FRAME:
            raise CodecError("This is not a whole number of sixteenths of four voices.")
        meter, pickup, key = events[:HEADER] - (FIRST_METER, FIRST_PICKUP, FIRST_KEY)
        if not (0 <= meter < len(METERS) and 0 <= pickup < MAX_PICKUP and 0 <= key < NUM_KEYS):
            raise CodecError("The music does not begin with a meter, a pickup and a key.")
        frames = events[HEADER:].reshape(-1, FRAME)
        marks, voices = frames[:, 0], frames[:, 1:]
        if not np.isin(marks, (FERMATA, NO_FERMATA)).all() or (voices >= NUM_VOICE_EVENTS).any() or (voices < 0).any():
            raise CodecError("The events of the voices are not in their places.")
        grid = ChoraleGrid(voices.astype(np.int16), marks == FERMATA, int(meter), int(pickup), int(key))
        return self.from_grid(grid)


def _one_voice(notes: tuple[Note, ...], *, top: bool) -> list[Note]:
    """Return the highest (or lowest) note of each onset, each cut where the next begins."""
    line: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.onset_quarter, -n.pitch if top else n.pitch)):
        if line and note.onset_quarter == line[-1].onset_quarter:
            continue
        if line and note.onset_quarter < line[-1].end_quarter:
            line[-1] = replace(line[-1], duration_quarter=note.onset_quarter - line[-1].onset_quarter)
        line.append(note)
    return line


def _split_voices(notes: list[Note], messages: list[Remark]) -> list[list[Note]]:
    """Deal notes of any number of tracks to four voices by pitch, sixteenth by sixteenth."""
    num_steps = round(max(n.end_quarter for n in notes) / STEP_QUARTER)
    rows: list[dict[int, bool]] = [{} for _ in range(num_steps)]
    for note in notes:
        start, end = round(note.onset_quarter * 4), round(note.end_quarter * 4)
        for t in range(start, end):
            rows[t][note.pitch] = rows[t].get(note.pitch, False) or t == start
    most = max(len(row) for row in rows)
    if most == 1:
        return [_one_voice(tuple(notes), top=True), [], [], []]
    if most > 4:
        messages.append(remark("voices_dealt", most=most))
    slots = {0: (), 1: (0,), 2: (0, 3), 3: (0, 1, 3), 4: (0, 1, 2, 3)}
    voices: list[list[list]] = [[] for _ in range(4)]  # [onset step, pitch, end step] while growing
    for t, row in enumerate(rows):
        pitches = sorted(row, reverse=True)
        if len(pitches) > 4:
            pitches = [*pitches[:3], pitches[-1]]
        for v, pitch in zip(slots[len(pitches)], pitches, strict=True):
            last = voices[v][-1] if voices[v] else None
            if last and last[2] == t and last[1] == pitch and not row[pitch]:
                last[2] = t + 1
            else:
                voices[v].append([t, pitch, t + 1])
    return [[Note(a * STEP_QUARTER, p, (b - a) * STEP_QUARTER) for a, p, b in voice] for voice in voices]
