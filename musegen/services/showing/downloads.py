"""What is heard, seen and downloaded of a take: sheet, roll, table, sound and files, made once and kept.

Download, FORMATS, with_programs, titled, sheet_pages, roll_figure, roll_config, number_charts, note_rows, contour, wav,
download, file_name.
Everything goes by content, so equal takes share their renderings; the memory used is bounded.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from musegen.composers.request import Take
from musegen.errors import ConstraintError, StyleError
from musegen.languages import message, msgid
from musegen.music import STRAIGHT, Piece
from musegen.music.instruments import program_name
from musegen.music.notation import barlines_to_end
from musegen.music.note_value import note_value_name
from musegen.music.spelling import spell_piece, spelled_name
from musegen.music.swing import swung
from musegen.music.theory import key_name, pitch_name
from musegen.music.timing import bar_and_beat, quarter_to_seconds
from musegen.music.transform import apart_by_maker, main_key
from musegen.music.transposing import TRANSPOSING, written
from musegen.services.styles import get_style

FORMATS = {
    "mid": "audio/midi",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "wav": "audio/wav",
    "pdf": "application/pdf",
    "parts": "application/pdf",
    "html": "text/html",
    "abc": "text/vnd.abc",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "stems": "application/zip",
    "chords": "text/plain",
}
"""Formats of `download` with their media types.

"parts" is a PDF of the score and of each player's part, "html" a page with sheet and sound that needs no network,
"stems" an archive of a WAV for each track, "chords" the chords as text, those of the music or those that are heard."""

TRANSPOSED = ("pdf", "musicxml")
"""Formats that can be written for an instrument and for one part: "pdf@bb" and "pdf@bb.2", "pdf@c.2" as it sounds."""

MAX_CACHE_BYTES = 192 * 2**20
_BLOCKS = " ▁▂▃▄▅▆▇█"
SOUNDING = "c"
"""Code of a sheet as it sounds."""
MAX_PARTS = 99
MAX_TITLE = 80
"""Characters of a title that a file's name has."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file ready to be saved."""

    data: bytes
    file_name: str
    mime: str


class _Cache:
    """Results by content, the least recently used dropped when they exceed a number of bytes; threads may share it."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """Return the result kept under a key, made now if there is none; two threads never make it twice."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key][0]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._entries:
                    return self._entries[key][0]
            try:
                value = make()
            except BaseException:
                with self._lock:
                    self._making.pop(key, None)
                raise
            with self._lock:  # kept before the others may look, so that nobody makes it again
                self._making.pop(key, None)
                self._entries[key] = (value, size(value))
                self._bytes += self._entries[key][1]
                while self._bytes > self._max_bytes and len(self._entries) > 1:
                    self._bytes -= self._entries.popitem(last=False)[1][1]
            return value


_cache = _Cache(MAX_CACHE_BYTES)


def with_programs(take: Take, programs: Mapping[int, int]) -> Take:
    """Return the take with other instruments.

    Args:
        take: the music.
        programs: General MIDI program by index of the track; drums and tracks that there are not stay as they are.
    """
    if not programs:
        return take
    tracks = tuple(
        track if track.is_drum else replace(track, program=programs.get(index, track.program))
        for index, track in enumerate(take.piece.tracks)
    )
    return replace(take, piece=replace(take.piece, tracks=tracks))


def titled(take: Take, title: str, composer: str = "") -> Take:
    """Return the take with a title as printed on the sheet and written into the files; "" keeps who it is by."""
    return replace(take, piece=replace(take.piece, title=title, composer=composer or take.piece.composer))


# ------------------------------------------------------------------------------------------------ seen and heard


def sheet_pages(piece: Piece, given: tuple[frozenset[int], ...] = (), width: float = 1000.0) -> tuple[str, ...]:
    """Return sheet music as SVG documents.

    Args:
        piece: the music, at least one note.
        given: for each track, the indices of the musician's own notes, which are marked (see `Take.given`).
        width: of the page in CSS pixels, 300 to 4000.

    Raises:
        RenderingError: it cannot be drawn.
    """

    def make() -> tuple[str, ...]:
        from musegen.rendering.engraving import Sheet, engrave

        marked = {(track, index) for track, indices in enumerate(given) for index in indices}
        return engrave(piece, given=marked, sheet=Sheet(width=width)).pages

    return _cache.get(("sheet", piece, given, width), make, lambda pages: sum(map(len, pages)))


def roll_figure(take: Take, say: Callable[[Any], str] = str) -> Any:
    """Return the piano roll as a Plotly figure, the seed's notes marked; show it with `roll_config`.

    `say` words its texts in the language of the page.
    """
    from musegen.rendering.piano_roll import piano_roll

    return piano_roll(take.piece, take.given, say=say)


def roll_config() -> dict[str, Any]:
    """Return how the piano roll behaves on a page: its buttons, no logo, the wheel left to the page."""
    from musegen.rendering.piano_roll import PIANO_ROLL_CONFIG

    return PIANO_ROLL_CONFIG


def number_charts(take: Take) -> dict[str, Any]:
    """Return charts of the notes as plain Plotly figures, by title."""
    from musegen.rendering.charts import duration_chart, pitch_velocity_chart

    return {
        msgid("How long the notes are"): duration_chart(take.piece),
        msgid("How loud the notes are, by pitch"): pitch_velocity_chart(take.piece),
    }


def note_rows(take: Take) -> list[dict[str, Any]]:
    """Return a row for each note, in order of time, columns named as shown."""
    piece = take.piece
    spelled = spell_piece(piece)
    sounds = swung(piece)
    rows = []
    for voice, track in enumerate(piece.tracks):
        given = take.given[voice] if voice < len(take.given) else frozenset()
        for index, note in enumerate(track.notes):
            bar, beat = bar_and_beat(piece, note.onset_quarter)
            sound = sounds.tracks[voice].notes[index]
            start = quarter_to_seconds(piece, sound.onset_quarter)
            rows.append({
                msgid("Bar"): bar,
                msgid("Beat"): round(beat, 3),
                msgid("Voice"): message(track.name) if track.name else str(voice + 1),
                msgid("Note"): pitch_name(note.pitch) if track.is_drum else spelled_name(spelled[(voice, index)]),
                msgid("Length"): note_value_name(note.duration_quarter),
                msgid("From"): message("yours") if index in given else message("new"),
                "MIDI": note.pitch,
                msgid("Velocity"): note.velocity,
                msgid("Start (s)"): round(start, 3),
                msgid("Seconds"): round(quarter_to_seconds(piece, sound.end_quarter) - start, 3),
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["Start (s)"], -row["MIDI"]))


def contour(take: Take, width: int = 8) -> str:
    """Return the rise and fall of the top voice as `width` block characters, lowest to highest.

    Where the top voice is the musician's own, as in a harmonised melody, it is that of the lowest.
    """
    tracks = take.piece.tracks
    if not take.piece.num_notes:
        return ""
    whole_seed = bool(take.given) and len(take.given[0]) == len(tracks[0].notes)
    notes = tracks[-1].notes if whole_seed else tracks[0].notes
    if not notes:
        return ""
    low, high = min(n.pitch for n in notes), max(n.pitch for n in notes)
    end = take.piece.end_quarter
    levels = []
    for part in range(width):
        within = [n.pitch for n in notes if int(n.onset_quarter / end * width) == part]
        share = (sum(within) / len(within) - low) / max(high - low, 1) if within else 0.0
        levels.append(_BLOCKS[1 + round(share * 7)] if within else _BLOCKS[1])
    return "".join(levels)


def what_sounds(piece: Piece) -> tuple[Hashable, ...]:
    """Return all of a piece that decides how it sounds, to know equal sound by."""
    beats = () if piece.swing == STRAIGHT else (piece.swing, piece.time_signatures, piece.pickup_quarter)
    tracks = tuple(replace(track, tablature=False) if track.tablature else track for track in piece.tracks)
    return tracks, piece.tempos, beats


def wav(piece: Piece) -> bytes:
    """Return the sound: 44.1 kHz, 16 bit, stereo.

    Raises:
        RenderingError: there is no synthesiser or sound font.
    """

    def make() -> bytes:
        from musegen.rendering.audio import wav_bytes

        return wav_bytes(piece)

    return _cache.get(("wav", *what_sounds(piece)), make, len)


# ---------------------------------------------------------------------------------------------------- downloads


def download(take: Take, file_format: str, recipe: str | None = None) -> Download:
    """Return the take as a file; all formats hold the same notes.

    Args:
        take: the music.
        file_format: one of `FORMATS`, or for an instrument (see `TRANSPOSED`).
        recipe: how the take was made, kept in MIDI and MusicXML.

    Raises:
        RenderingError: sound or pages cannot be made.
        ConstraintError: there is no such part, or it cannot be written for the instrument.
        ValueError: no such format.
    """
    if not is_format(file_format):
        raise ValueError(f"file_format must be one of {', '.join(FORMATS)}, got {file_format!r}")
    rights = rights_of(take.style_id)
    key = ("file", file_format, take.piece, recipe, rights)
    data = (
        wav(take.piece)
        if file_format == "wav"
        else _cache.get(key, lambda: file_bytes(take.piece, file_format, recipe, rights), len)
    )
    return Download(data, file_name(take, file_format), FORMATS[file_format.partition("@")[0]])


def is_format(name: str) -> bool:
    """Return whether a name is one of `FORMATS`, or one of `TRANSPOSED` with an instrument and perhaps a part."""
    base, at, rest = name.partition("@")
    if not at:
        return name in FORMATS
    code, dot, part = rest.partition(".")
    is_part = not dot or (part.isascii() and part.isdigit() and 1 <= int(part) <= MAX_PARTS)
    return base in TRANSPOSED and (code in TRANSPOSING or (code == SOUNDING and bool(dot))) and is_part


def _for_instrument(piece: Piece, file_format: str, recipe: str | None, rights: str) -> bytes:
    """Return a sheet for an instrument, of all parts or one."""
    base, _, rest = file_format.partition("@")
    code, _, part = rest.partition(".")
    instrument = TRANSPOSING.get(code)
    label = instrument.label if instrument else ""
    if part:
        if int(part) > len(piece.tracks):
            raise ConstraintError(f"There is no part {part}; this music has {len(piece.tracks)}.")
        track = piece.tracks[int(part) - 1]
        if not track.notes:
            raise ConstraintError(f"Part {part} has no notes; choose another.")
        name = track.name.strip() or ("Drums" if track.is_drum else program_name(track.program))
        label = " ".join(word for word in (name, label) if word)
        piece = replace(piece, tracks=(track,), barlines=barlines_to_end(piece))
    if base == "musicxml":
        from musegen.files.musicxml.write import musicxml_text

        whole = None if part else recipe  # a part alone is not what the recipe makes
        return musicxml_text(piece, recipe=whole, rights=rights, instrument=instrument).encode()
    from musegen.rendering.pdf import pdf_bytes

    return pdf_bytes(written(piece, instrument) if instrument else piece, label=label)


def rights_of(style_id: str) -> str:
    """Return what may be done with the music of a style, a sentence of its card; "" where the style is not here."""
    try:
        return get_style(style_id).licence
    except StyleError:
        return ""


def file_bytes(piece: Piece, file_format: str, recipe: str | None = None, rights: str = "") -> bytes:
    """Return any piece as a file of one of `FORMATS`.

    Args:
        piece: the music.
        file_format: one of `FORMATS`, or for an instrument (see `TRANSPOSED`).
        recipe: how it was made, kept in MIDI and MusicXML.
        rights: what may be done with it, kept in MIDI, MusicXML, ABC and web page.

    Raises:
        RenderingError: sound or pages cannot be made.
        ConstraintError: there is no such part, or it cannot be written for the instrument.
    """
    if "@" in file_format:
        return _for_instrument(piece, file_format, recipe, rights)
    if file_format == "wav":
        return wav(piece)
    if file_format == "mid":
        from musegen.files.midi import midi_bytes

        return midi_bytes(piece, recipe=recipe, rights=rights)
    if file_format == "musicxml":
        from musegen.files.musicxml.write import musicxml_text

        return musicxml_text(piece, recipe=recipe, rights=rights).encode()
    if file_format == "abc":
        from musegen.files.abc import abc_text

        return abc_text(piece, rights).encode()
    if file_format == "chords":
        from musegen.harmony.lead_sheet import chart_text

        return chart_text(piece).encode()
    if file_format in ("ogg", "mp3"):
        from musegen.rendering.audio import audio_bytes

        return audio_bytes(piece, file_format)
    if file_format == "stems":
        from musegen.rendering.stems import stems_zip

        return stems_zip(piece)
    if file_format == "html":
        from musegen.services.showing.take_page import html_page

        return html_page(piece, rights).encode()
    from musegen.rendering.pdf import parts_pdf, pdf_bytes

    return parts_pdf(piece) if file_format == "parts" else pdf_bytes(piece)


def marked_file(
    piece: Piece,
    file_format: str,
    given: tuple[frozenset[int], ...],
    recipe: str | None = None,
    whose: tuple[str, str] = ("yours", "new"),
) -> bytes:
    """Return a piece in which the musician's own notes are blue, or in MIDI on tracks of their own.

    Args:
        piece: the music.
        file_format: "musicxml", "pdf" or "mid".
        given: for each track, the indices of the musician's own notes.
        recipe: how it was made, kept in MusicXML and MIDI.
        whose: of whom the musician's notes are and the others, for the names of tracks in MIDI.

    Raises:
        RenderingError: pages cannot be made.
        ValueError: another format, which can mark none.
    """
    marked = {(track, index) for track, indices in enumerate(given) for index in indices}
    if file_format == "musicxml":
        from musegen.files.musicxml.colour import blue
        from musegen.files.musicxml.write import musicxml_text

        return blue(musicxml_text(piece, recipe=recipe), marked).encode()
    if file_format == "pdf":
        from musegen.rendering.pdf import pdf_bytes

        return pdf_bytes(piece, given=marked)
    if file_format == "mid":
        from musegen.files.midi import midi_bytes

        return midi_bytes(apart_by_maker(piece, given, whose), recipe=recipe)
    raise ValueError(f"file_format must be musicxml, pdf or mid, got {file_format!r}")


def ending(file_format: str) -> str:
    """Return what the name of a file of a format ends with: ".mid", "-parts.pdf", "-bb-part-2.pdf"."""
    base, at, rest = file_format.partition("@")
    if at:
        return "-" + rest.replace(".", "-part-").removeprefix(f"{SOUNDING}-") + f".{base}"
    return {"parts": "-parts.pdf", "stems": "-stems.zip", "chords": "-chords.txt"}.get(file_format, f".{file_format}")


def file_name(take: Take, file_format: str) -> str:
    """Return for example "Blue-Moon-folk-take1.mid"; for a take without a title "folk-G-major-seed7-take1.mid"."""
    title, key = re.sub(r"['’]", "", take.piece.title)[:MAX_TITLE], main_key(take.piece)
    words = [take.style_id, f"take{take.index + 1}"]
    if re.search(r"\w", title):
        words.insert(0, title)
    else:
        words[1:1] = [key_name(key.tonic, key.mode).replace("#", "-sharp")] if key else []
        words.insert(-1, f"seed{take.random_seed}")
    return re.sub(r"[^\w.]+", "-", "-".join(words)).strip("-.") + ending(file_format)
