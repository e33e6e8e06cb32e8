"""MIDI files (formats 0 and 1) by pretty_midi, times exact in ticks.

Beyond the standard, what `write_midi` puts into text events is understood by `read_midi`: the mode of a key that is
neither major nor minor, the swing, and the recipe of a composed piece. A pickup is written as a short first bar. Notes
that swing are in the file at the times at which they sound.
"""

import contextlib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from musegen.errors import FileFormatError
from musegen.files import midi_guard
from musegen.files.code_pages import text_of
from musegen.files.limits import check_piece, read_bytes
from musegen.files.midi_repair import SUSTAIN, repaired
from musegen.files.midi_words import karaoke, read_words, words_to_write
from musegen.files.score.measures import meter_for
from musegen.music import MOST_SWING, STRAIGHT, KeySignature, Note, Piece, Tempo, TimeSignature, Track, snap
from musegen.music.swing import swung, unswung
from musegen.music.theory import key_fifths, key_name, minor_or_major, parse_key, tonic_from_fifths
from musegen.remarks import Remark, remark

if TYPE_CHECKING:
    from mido import MetaMessage, MidiFile
    from pretty_midi import Instrument, PrettyMIDI

RESOLUTION = 480
"""Ticks to the quarter note of files written."""

RECIPE_MARK = "musegen-recipe:"
KEY_MARK = "musegen-key:"
SWING_MARK = "musegen-swing:"
_SLOWEST_TEMPO = 0xFFFFFF
_DRUM_CHANNEL = 9
_PITCHED_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
READ_ERRORS = (OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError)


def import_pretty_midi() -> ModuleType:
    """Import the library; with it comes pyfluidsynth, which prints where it was found if the environment has CI set."""
    with contextlib.redirect_stdout(io.StringIO()):
        import pretty_midi
    return pretty_midi


# -------------------------------------------------------------------------------------------------- reading


def read_midi(source: bytes | Path) -> Piece:
    """Return the music of a MIDI file; see `read_midi_with_remarks`."""
    return read_midi_with_remarks(source)[0]


def read_midi_with_remarks(source: bytes | Path) -> tuple[Piece, tuple[Remark, ...]]:
    """Return the music of a MIDI file and what was left out of it.

    Drums are tracks with `is_drum`, tracks without notes are left out.

    Args:
        source: the content of the file, or where it is.

    Raises:
        FileFormatError: the file is damaged, of a kind that is not read, empty, or too big; the message says which.
    """
    safe = midi_guard.checked(read_bytes(source))
    file, pm, num_empty = _parsed(safe)
    remarks: list[Remark] = []
    if safe.in_frames:
        remarks.append(remark("film_frames"))
    if num_empty:
        remarks.append(remark("empty_notes_left_out", count=num_empty))
    return _piece(file, pm), tuple(remarks)


def _piece(file: "MidiFile", pm: "PrettyMIDI") -> Piece:
    division = pm.resolution

    def quarter(seconds: float) -> float:
        return snap(int(pm.time_to_tick(seconds)) / division)

    tracks = tuple(
        Track(_notes(instrument, quarter), instrument.program, instrument.is_drum, _text(instrument.name),
              _pedals(instrument, quarter))
        for instrument in pm.instruments
    )  # fmt: skip
    meters, pickup = _without_pickup([
        TimeSignature(quarter(m.time), m.numerator, m.denominator) for m in pm.time_signature_changes
    ])  # fmt: skip
    keys = {
        quarter(k.time): KeySignature(quarter(k.time), k.key_number % 12, "minor" if k.key_number > 11 else "major")
        for k in pm.key_signature_changes
    }
    for event in pm.text_events:
        if event.text.startswith(KEY_MARK):
            keys |= _marked_key(quarter(event.time), event.text)
    sung = [(quarter(word.time), word.text) for word in pm.lyrics] or karaoke([
        (quarter(text.time), text.text) for text in pm.text_events
    ])  # fmt: skip
    words = read_words([(time, _text_kept(text)) for time, text in sung])
    piece = Piece(
        tracks=tuple(t for t in tracks if t.notes),
        words=words,
        tempos=_tempos(file, division),
        time_signatures=meters,
        key_signatures=tuple(keys.values()),
        pickup_quarter=pickup,
        title=next((_text(m.name) for m in file.tracks[0] if m.type == "track_name"), ""),
    )
    return check_piece(unswung(piece, _marked_swing(event.text for event in pm.text_events)))


def read_recipe(source: bytes | Path) -> str | None:
    """Return the recipe that `write_midi` put into a file, None where there is none.

    Raises:
        FileFormatError: as `read_midi`.
    """
    _, pm, _ = _parsed(midi_guard.checked(read_bytes(source)))
    texts = [_text(event.text) for event in pm.text_events]
    return next((t.removeprefix(RECIPE_MARK) for t in texts if t.startswith(RECIPE_MARK)), None)


def _parsed(safe: midi_guard.Checked) -> tuple["MidiFile", "PrettyMIDI", int]:
    """Return a MIDI file as its two libraries see it, its faults mended, and how many of its notes had no length.

    Raises:
        FileFormatError: it cannot be understood.
    """
    import mido

    pretty_midi = import_pretty_midi()

    try:
        file, num_empty = repaired(mido.MidiFile(file=io.BytesIO(safe.data)))
        # pretty_midi makes the times of the file's messages absolute
        return file, pretty_midi.PrettyMIDI(mido_object=file), num_empty
    except READ_ERRORS as error:
        raise FileFormatError(
            "This MIDI file cannot be understood; save it again in your music program, or choose another file."
        ) from error


def _notes(instrument: "Instrument", quarter: Callable[[float], float]) -> tuple[Note, ...]:
    best: dict[tuple[float, int], Note] = {}
    for n in instrument.notes:
        onset, end = quarter(n.start), quarter(n.end)
        if end > onset:
            best[(onset, n.pitch)] = Note(onset, n.pitch, end - onset, n.velocity)
    return tuple(best.values())


def _pedals(instrument: "Instrument", quarter: Callable[[float], float]) -> tuple[tuple[float, float], ...]:
    """Return when the sustain pedal is down; `repaired` has left a press and a release of each time."""
    times = [quarter(c.time) for c in instrument.control_changes if c.number == SUSTAIN]
    return tuple((down, up) for down, up in zip(times[::2], times[1::2], strict=True) if down < up)


def _text(raw: str) -> str:
    """Return text of a file, which the library has read byte by byte, in the code page that it is likely in."""
    return _CONTROLS.sub(" ", text_of(raw.replace("\0", "").encode("latin-1", "replace"))).strip()


def _text_kept(raw: str) -> str:
    """Return text as `_text` does, with the spaces and ends of lines around it, by which words are told apart."""
    body = raw.strip()
    return raw[: len(raw) - len(raw.lstrip())] + _text(body) + raw[len(raw.rstrip()) :] if body else raw


def _tempos(file: "MidiFile", division: int) -> tuple[Tempo, ...]:
    """Return the tempo changes of a file with absolute times, the last at each, those that change something."""
    found = {snap(m.time / division): _qpm(m.tempo) for m in file.tracks[0] if m.type == "set_tempo"}
    tempos: list[Tempo] = []
    for onset, qpm in found.items():
        if not tempos or tempos[-1].qpm != qpm:
            tempos.append(Tempo(onset, qpm))
    return tuple(tempos)


def _qpm(microseconds: int) -> float:
    """Return the roundest tempo that a file would hold as so many microseconds (666667: 90)."""
    for digits in range(6):
        qpm = round(6e7 / microseconds, digits)
        if qpm > 0 and round(6e7 / qpm) == microseconds:
            return qpm
    return 6e7 / microseconds


def _marked_key(onset: float, text: str) -> dict[float, KeySignature]:
    try:
        return {onset: KeySignature(onset, *parse_key(text.removeprefix(KEY_MARK)))}
    except ValueError:
        return {}


def _marked_swing(texts: Iterable[str]) -> float:
    """Return the swing that a file of ours tells, that of straight eighths where it tells none."""
    for text in texts:
        with contextlib.suppress(ValueError):
            if (
                text.startswith(SWING_MARK)
                and STRAIGHT <= (swing := float(text.removeprefix(SWING_MARK))) <= MOST_SWING
            ):
                return swing
    return STRAIGHT


def _without_pickup(meters: list[TimeSignature]) -> tuple[tuple[TimeSignature, ...], float]:
    """Return the meters, and the length of a short first bar in a meter of its own, taken to be a pickup."""
    meters = list({m.onset_quarter: m for m in meters}.values())
    if len(meters) > 1:
        short, real = meters[:2]
        if short.onset_quarter == 0 and short.bar_quarters == real.onset_quarter < real.bar_quarters:
            return (replace(real, onset_quarter=0.0), *meters[2:]), short.bar_quarters
    kept = [m for i, m in enumerate(meters) if i == 0 or not _says_nothing(meters[i - 1], m)]
    return tuple(kept), 0.0


def _says_nothing(before: TimeSignature, mark: TimeSignature) -> bool:
    same = (before.numerator, before.denominator) == (mark.numerator, mark.denominator)
    return same and (mark.onset_quarter - before.onset_quarter) % before.bar_quarters == 0


# -------------------------------------------------------------------------------------------------- writing


def write_midi(piece: Piece, path: Path | str, recipe: str | None = None) -> None:
    """Write a piece as a format 1 file, one track for each of its tracks.

    Args:
        piece: the music.
        path: where to.
        recipe: text to keep inside the file (`read_recipe` returns it).
    """
    Path(path).write_bytes(midi_bytes(piece, recipe))


def midi_bytes(piece: Piece, recipe: str | None = None, rights: str = "") -> bytes:
    """Return a piece as the content of a MIDI file, 480 ticks to the quarter.

    Times are rounded to ticks; a note lasts at least one, and ends at the latest where its pitch starts again.

    Args:
        piece: the music.
        recipe: text to keep inside the file (`read_recipe` returns it).
        rights: what may be done with the music, kept as the file's copyright notice.
    """
    pretty_midi = import_pretty_midi()

    swing, piece = piece.swing, swung(piece)
    pm = pretty_midi.PrettyMIDI(resolution=RESOLUTION)
    if swing != STRAIGHT:
        pm.text_events.append(pretty_midi.Text(f"{SWING_MARK}{swing:g}", 0.0))
    if piece.end_quarter * RESOLUTION < 1e7:
        pm.tick_to_time(_tick(piece.end_quarter) + RESOLUTION)  # makes the table once, not note by note
    _add_marks(pm, piece)
    _add_instruments(pm, piece)
    buffer = io.BytesIO()
    pm.write(buffer)
    return _finished(buffer.getvalue(), piece, recipe, rights)


def _tick(quarter: float) -> int:
    return round(quarter * RESOLUTION)


def _meters_with_pickup(piece: Piece) -> list[TimeSignature]:
    meters = list(piece.time_signatures)
    short = meter_for(piece.pickup_quarter) if piece.pickup_quarter else None
    if short is None:
        return meters
    return [TimeSignature(0.0, *short), replace(meters[0], onset_quarter=piece.pickup_quarter), *meters[1:]]


def _add_marks(pm: "PrettyMIDI", piece: Piece) -> None:
    pretty_midi = import_pretty_midi()

    for meter in _meters_with_pickup(piece):
        time = pm.tick_to_time(_tick(meter.onset_quarter))
        pm.time_signature_changes.append(pretty_midi.TimeSignature(meter.numerator, meter.denominator, time))
    for key in piece.key_signatures:
        time = pm.tick_to_time(_tick(key.onset_quarter))
        mode = minor_or_major(key.mode)
        number = tonic_from_fifths(key_fifths(key.tonic, key.mode), mode) + (12 if mode == "minor" else 0)
        pm.key_signature_changes.append(pretty_midi.KeySignature(number, time))
        if key.mode != mode:
            pm.text_events.append(pretty_midi.Text(KEY_MARK + key_name(key.tonic, key.mode), time))


def _add_instruments(pm: "PrettyMIDI", piece: Piece) -> None:
    pretty_midi = import_pretty_midi()

    for track in piece.tracks:
        instrument = pretty_midi.Instrument(track.program, track.is_drum, _latin(track.name))
        following: dict[int, int] = {}
        for note in reversed(track.notes):
            start = _tick(note.onset_quarter)
            end = max(_tick(note.end_quarter), start + 1)
            end = min(end, following.get(note.pitch, end))
            if end <= start:
                continue  # the same pitch twice at one time is one note
            following[note.pitch] = start
            times = pm.tick_to_time(start), pm.tick_to_time(end)
            instrument.notes.append(pretty_midi.Note(note.velocity, note.pitch, *times))
        instrument.notes.reverse()
        for pressed, released in () if track.is_drum else track.pedals:
            down, up = (pm.tick_to_time(_tick(q)) for q in (pressed, released))
            if up > down:
                instrument.control_changes += [pretty_midi.ControlChange(SUSTAIN, 127, down),
                                               pretty_midi.ControlChange(SUSTAIN, 0, up)]  # fmt: skip
        pm.instruments.append(instrument)


def _latin(text: str) -> str:
    """Return text so that its Latin-1 bytes are the UTF-8 of the original."""
    return text.encode("utf-8", "replace").decode("latin-1")


def _finished(data: bytes, piece: Piece, recipe: str | None, rights: str) -> bytes:
    """Put in what pretty_midi has no place for: title, rights, tempos exact to the microsecond, the recipe."""
    import mido

    file = mido.MidiFile(file=io.BytesIO(data))
    events: list[tuple[int, MetaMessage]] = []
    tick = 0
    for message in file.tracks[0]:
        tick += message.time
        if message.type not in ("set_tempo", "end_of_track"):
            events.append((tick, message))
    head = [mido.MetaMessage("track_name", name=_latin(piece.title))] if piece.title else []
    if rights:
        head.append(mido.MetaMessage("copyright", text=_latin(rights)))
    if recipe is not None:
        head.append(mido.MetaMessage("text", text=_latin(RECIPE_MARK + recipe)))
    for when, text in words_to_write(piece):
        events.append((_tick(when), mido.MetaMessage("lyrics", text=_latin(text))))
    for tempo in piece.tempos:
        microseconds = min(max(round(6e7 / tempo.qpm), 1), _SLOWEST_TEMPO)
        events.append((_tick(tempo.onset_quarter), mido.MetaMessage("set_tempo", tempo=microseconds)))
    events = [(0, m) for m in head] + sorted(events, key=lambda e: e[0])
    events.append((max(tick, events[-1][0]), mido.MetaMessage("end_of_track")))
    track, tick = mido.MidiTrack(), 0
    for time, message in events:
        track.append(message.copy(time=time - tick))
        tick = time
    file.tracks[0] = track
    _deal_channels(file, piece)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _deal_channels(file: "MidiFile", piece: Piece) -> None:
    """Give each pitched track a channel of its own, beyond fifteen on further ports (FF 21), as sequencers do."""
    import mido

    num_pitched = sum(not track.is_drum for track in piece.tracks)
    if num_pitched <= len(_PITCHED_CHANNELS):
        return  # as the library has dealt them
    number = 0
    for track, written in zip(piece.tracks, file.tracks[1:], strict=False):
        port, place = (0, 0) if track.is_drum else divmod(number, len(_PITCHED_CHANNELS))
        number += not track.is_drum
        channel = _DRUM_CHANNEL if track.is_drum else _PITCHED_CHANNELS[place]
        for message in written:
            if not message.is_meta:
                message.channel = channel
        written.insert(0, mido.MetaMessage("midi_port", port=port, time=0))
