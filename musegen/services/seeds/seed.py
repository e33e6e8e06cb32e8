"""Seeds: the music a musician gives, from a file, typed text or an example, and what was understood of it.

Seed, Example, seed_from_file, seed_from_text, list_examples, load_example, describe_seed, describe_tracks,
suggest_tracks, voices_taken, suggest_bars, excerpt.
"""

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from musegen.composers.modes import FROM_MELODY
from musegen.errors import FileFormatError
from musegen.files import Reading, read_with_remarks
from musegen.files.score.raw import program_named
from musegen.languages import Message, message, together
from musegen.music import KeySignature, Piece, TimeSignature, Track
from musegen.music.beat_map import on_beats
from musegen.music.instruments import program_name
from musegen.music.key_reading import doubted_key
from musegen.music.performance import performance_of
from musegen.music.theme import is_finished, theme_bars
from musegen.music.theory import key_fifths, key_name, pitch_name
from musegen.music.timing import bar_starts, duration_seconds, num_bars
from musegen.music.transform import main_key, slice_bars
from musegen.music.written_rhythm import is_free
from musegen.paths import assets_dir
from musegen.remarks import Remark, code_of, remark
from musegen.services.styles import StyleCard, abilities_of

MAX_TRACKS = 64
OURS = "Musegen"
"""Who made the examples."""

LONGEST_SUGGESTED_BARS = 8
"""Bars suggested of a long file to go on from."""

_PIANOS, _MOST_HEARD = range(8), 12_000
"""General MIDI programs of pianos, and notes of a file in which a beat is looked for at most."""
_BOWED = (40, 41, 42, 43, 44, 48, 49)
"""General MIDI programs of bowed strings."""
_MELODY_WORDS = re.compile(r"melod|vocal|voice|voca|lead|solo|sopran|sing|chant|fiddle|violin|flute|right hand", re.I)


@dataclass(frozen=True, slots=True)
class Seed:
    """Music to start from.

    Args:
        piece: the music.
        title: for people and file names.
        source: "file", "text" or "example".
        messages: how it was understood, and what was left out.
        declared: the key that a file says, where the piece has another one instead, that of its notes.
    """

    piece: Piece
    title: str
    source: str
    messages: tuple[Remark, ...] = ()
    declared: KeySignature | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A seed that comes with the program.

    Args:
        example_id: its name in code.
        title: short, for a button.
        line: what it is, one sentence.
        styles: the styles it suits, best first.
        mode: "continue", "harmonise" or "arrange".
        text: its melody as typed text.
    """

    example_id: str
    title: str
    line: str
    styles: tuple[str, ...]
    mode: str
    text: str


# ------------------------------------------------------------------------------------------------ where from


def seed_from_file(name: str, data: bytes, read: Callable[[str, bytes], Reading] = read_with_remarks) -> Seed:
    """Return the seed of an uploaded file, at most 5 MB.

    Args:
        name: of the file; its ending tells the format where the content does not.
        data: the content.
        read: reads it, as `files.read_with_remarks`, in this process or in one of its own (`Program.read`).

    Raises:
        FileFormatError: it cannot be read as music; the message says why and what to do.
    """
    reading = read(name, data)
    piece = reading.piece
    if not any(track.notes and not track.is_drum for track in piece.tracks):
        raise FileFormatError("This file has drums alone; choose a file with at least one melody instrument.")
    messages = list(reading.remarks)
    drums = sum(track.is_drum for track in piece.tracks)
    if drums:
        messages.append(remark("drum_tracks_left_out", count=drums))
    silent = sum(not track.notes for track in piece.tracks)
    if silent:
        messages.append(remark("empty_tracks_left_out", count=silent))
    tracks = tuple(track for track in piece.tracks if track.notes and not track.is_drum)
    title = piece.title or Path(name).stem.replace("_", " ").strip() or message("Your file")
    piece, said = _meters_mended(replace(piece, tracks=tracks, title=piece.title or title))
    piece, heard = _in_bars(piece)
    said = (*said, *heard)
    return _in_its_key(Seed(piece, title[:60], "file", (*messages, *said)))


def _meters_mended(piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
    """Return a piece without meters that are none, and what is said of it.

    One beat a bar throughout is what sequencers write that know of no bars; a last short bar completes a pickup.
    """
    meters = piece.time_signatures
    if {m.numerator for m in meters} == {1} and {m.denominator for m in meters} == {4} and not piece.pickup_quarter:
        meters = (TimeSignature(0.0, 4, 4),)
        return replace(piece, time_signatures=meters), (remark("one_beat_bars"),)
    if len(meters) > 1:
        last, before = meters[-1], meters[-2]
        is_last_bar = piece.end_quarter <= last.onset_quarter + last.bar_quarters + 1e-6
        if is_last_bar and last.bar_quarters < before.bar_quarters:
            return replace(piece, time_signatures=meters[:-1]), ()
    return piece, ()


def _in_bars(piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
    """Return what was played on a piano without a beat in the bars that are heard in it, and what is said of it.

    Each note sounds when it did: the tempo follows the player.
    """
    track = piece.tracks[0]
    is_played = len(piece.tracks) == 1 and track.program in _PIANOS and len(piece.tempos) == 1
    if not is_played or len(track.notes) > _MOST_HEARD or not is_free(track.notes):
        return piece, ()
    meter = piece.time_signatures[0]
    made, beat = on_beats(performance_of(piece), replace(meter, onset_quarter=0.0), track.program, track.name)
    bars = {name: getattr(made, name) for name in ("tracks", "tempos", "time_signatures", "pickup_quarter")}
    said = remark("beat_heard", bpm=beat.bpm) if beat.steady else remark("no_beat_in_seed")
    return replace(piece, **bars, barlines=()), (said,)


def _in_its_key(seed: Seed) -> Seed:
    """Return a seed in the key of its notes where its file plainly declares another; files of ours are believed."""
    piece = seed.piece
    key = None if piece.composer.startswith(OURS) else doubted_key(piece)
    if key is None:
        return seed
    declared = piece.key_signatures[0]
    said = remark("key_doubted", declared=(declared.tonic, declared.mode), heard=(key.tonic, key.mode))
    key = replace(key, onset_quarter=declared.onset_quarter)
    return replace(
        seed, piece=replace(piece, key_signatures=(key,)), messages=(*seed.messages, said), declared=declared
    )


def in_declared_key(seed: Seed) -> Seed:
    """Return a seed in the key that its file says, whatever its notes say."""
    if seed.declared is None:
        return seed
    piece = replace(seed.piece, key_signatures=(seed.declared,))
    messages = tuple(message for message in seed.messages if code_of(message) != "key_doubted")
    return replace(seed, piece=piece, messages=messages, declared=None)


def seed_from_text(text: str, names: str = "english") -> Seed:
    """Return the seed that a typed text means; a tune in ABC, with its K: line, is read as one.

    Args:
        text: what was typed.
        names: what notes are called in it; one of `musegen.languages.NAMINGS`.

    Raises:
        SeedSyntaxError: something is not understood; `position` is where it stands.
        FileFormatError: no notes, or too many.
    """
    from musegen.files import sniff
    from musegen.files.abc import read_abc_with_remarks
    from musegen.files.typed import parse_typed

    if sniff(text.encode()) == "abc":
        piece, remarks = read_abc_with_remarks(text)
        return Seed(piece, piece.title or message("Typed notes"), "text", remarks)
    typed = parse_typed(text, names)
    return Seed(typed.piece, typed.piece.title or message("Typed notes"), "text", typed.messages)


def list_examples() -> tuple[Example, ...]:
    """Return the examples, in the order in which to show them."""
    return tuple(
        Example(
            entry["id"],
            entry["title"],
            entry["line"],
            tuple(entry["styles"]),
            entry["mode"],
            (_folder() / entry["voices"][0]["file"]).read_text(encoding="utf-8"),
        )
        for entry in _index()
    )


@lru_cache(maxsize=32)
def load_example(example_id: str) -> Seed:
    """Return the seed of an example.

    Raises:
        ValueError: there is no such example.
    """
    from musegen.files.typed import read_typed

    entry = next((entry for entry in _index() if entry["id"] == example_id), None)
    if entry is None:
        raise ValueError(f"no example {example_id!r}; there are {', '.join(e['id'] for e in _index())}")
    pieces = [read_typed((_folder() / voice["file"]).read_text(encoding="utf-8")) for voice in entry["voices"]]
    tracks = tuple(
        Track(piece.tracks[0].notes, voice["program"], False, voice["name"])
        for piece, voice in zip(pieces, entry["voices"], strict=True)
    )
    piece = replace(pieces[0], tracks=tracks, fermatas=tuple(entry.get("fermatas", ())), composer=OURS)
    return Seed(piece, piece.title or entry["title"], "example")


def _folder() -> Path:
    return assets_dir() / "seeds"


@lru_cache(maxsize=1)
def _index() -> list[dict]:
    return json.loads((_folder() / "index.json").read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------------------- in words


def describe_seed(piece: Piece) -> Message:
    """Return what the music is, in one line: "G major, 6/8, 4 bars, 23 notes, D4 to G5, Flute, 7 s"."""
    meters = {(m.numerator, m.denominator) for m in piece.time_signatures}
    meter = piece.time_signatures[0]
    bars = num_bars(piece)
    pitches = [note.pitch for track in piece.tracks for note in track.notes]
    key = main_key(piece)
    fifths = key_fifths(key.tonic, key.mode) if key else 0
    first_meter = f"{meter.numerator}/{meter.denominator}"
    instruments = list(dict.fromkeys(instrument_of(track) for track in piece.tracks))
    names, more = together(instruments[:4], ", "), len(instruments) - 4
    parts = [
        key_name(key.tonic, key.mode) if key else message("no key given"),
        message("{meter} at first", meter=first_meter) if len(meters) > 1 else first_meter,
        message("{count:# bar|# bars} and a pickup", count=bars)
        if piece.pickup_quarter
        else message("{count:# bar|# bars}", count=bars),
        message("{count:# note|# notes}", count=len(pitches)),
        _span(pitches, fifths),
        message("{names} and {more} more", names=names, more=more) if more > 0 else names,
        _duration(duration_seconds(piece)),
    ]
    return together(parts, ", ")


def _span(pitches: list[int], fifths: int = 0) -> str:
    if not pitches:
        return ""
    return message("{low} to {high}", low=pitch_name(min(pitches), fifths), high=pitch_name(max(pitches), fifths))


def name_of_key(key: KeySignature) -> str:
    """Return for example "A minor"."""
    return key_name(key.tonic, key.mode)


def count_bars(piece: Piece) -> int:
    """Return the bars of a piece, a pickup not counted."""
    return num_bars(piece)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{max(rest, 1)} s"


def instrument_of(track: Track) -> Message:
    """Return what plays a track: its name where that names an instrument ("Flute II"), else that of its program."""
    name = track.name.strip()
    says_it = program_named(name) or "piano" in name.lower()
    return message(name if says_it else program_name(track.program))


def track_label(track: Track) -> Message:
    """Return the name of a track, or of its instrument where it has none."""
    return message(track.name.strip() or program_name(track.program))


def describe_tracks(piece: Piece) -> tuple[str, ...]:
    """Return a line for each track: "2 Fiddle, 64 notes, D4 to B5"."""
    lines = []
    for number, track in enumerate(piece.tracks, 1):
        pitches = [note.pitch for note in track.notes]
        label = message(track_label(track)[:30])
        told = message("{number} {label}, {count:# note|# notes}", number=number, label=label, count=len(pitches))
        lines.append(together((told, _span(pitches)), ", "))
    return tuple(lines)


# -------------------------------------------------------------------------------------- what is used of it


def suggest_tracks(piece: Piece, num_voices: int) -> tuple[int, ...]:
    """Return which tracks to use: all where they are no more than the style's voices, else the likeliest melody.

    Of more strings than an ensemble has all are taken: who doubles whom, the ensemble finds out itself.

    The likeliest melody is a track that is called so, or the highest that has its share of the notes.

    Args:
        piece: the music.
        num_voices: voices the style takes, 1 for a tune.
    """
    if len(piece.tracks) <= num_voices:
        return tuple(range(len(piece.tracks)))
    most = max(len(track.notes) for track in piece.tracks)
    strings = [i for i, track in enumerate(piece.tracks) if track.program in _BOWED and len(track.notes) * 8 >= most]
    if num_voices > 1 and len(strings) == len(piece.tracks):
        return tuple(strings)

    def likeness(index: int) -> tuple[bool, bool, float]:
        track = piece.tracks[index]
        height = sum(note.pitch for note in track.notes) / max(len(track.notes), 1)
        return bool(_MELODY_WORDS.search(track.name)), len(track.notes) * 4 >= most, height

    return (max(range(len(piece.tracks)), key=likeness),)


def voices_taken(card: StyleCard, mode: str) -> int:
    """Return how many tracks of a seed a style takes at most: a piano or an ensemble takes all at once."""
    return abilities_of(card).tracks_taken(mode)


def suggest_bars(piece: Piece, mode: str, tracks: tuple[int, ...] = ()) -> tuple[int, int]:
    """Return the first and last bar to use, from 1: up to 32 of a melody to compose to, else a few to go on from.

    A long piece that is not finished is gone on from where it stops: the last bars in which the chosen tracks sound.
    One that has come to its end gives its theme, not its final cadence.

    Args:
        piece: the music.
        mode: of composing.
        tracks: which of its tracks are chosen; () for all.
    """
    chosen = replace(piece, tracks=tuple(piece.tracks[index] for index in tracks)) if tracks else piece
    chosen = chosen if chosen.num_notes else piece
    if mode in FROM_MELODY:
        total = max(num_bars(piece), 1)
        sounding = _sounding_bars(chosen)
        first = 1 if not sounding or sounding[0] <= 32 else sounding[0]
        return first, min(total, first + 31)
    return theme_bars(chosen, LONGEST_SUGGESTED_BARS) if is_finished(piece) else last_bars(chosen)


def _sounding_bars(piece: Piece) -> list[int]:
    """Return the bars in which notes begin, a pickup counted with the first."""
    starts, shift = bar_starts(piece), 1 if piece.pickup_quarter else 0
    return sorted({max(bisect_right(starts, note.onset_quarter) - shift, 1) for t in piece.tracks for note in t.notes})


def last_bars(piece: Piece) -> tuple[int, int]:
    """Return the first and last of the last few bars that sound."""
    last, sounding = max(num_bars(piece), 1), _sounding_bars(piece)
    if not sounding:
        return 1, min(last, LONGEST_SUGGESTED_BARS)
    ends = max(note.end_quarter for t in piece.tracks for note in t.notes)
    end = min(max(bisect_left(bar_starts(piece), ends) - (1 if piece.pickup_quarter else 0), 1), last)
    earliest = max(end - LONGEST_SUGGESTED_BARS + 1, 1)
    return min((bar for bar in sounding if bar >= earliest), default=earliest), end


def first_bars(piece: Piece) -> tuple[int, int]:
    """Return the first and last of the first few bars that sound."""
    first = next(iter(_sounding_bars(piece)), 1)
    return first, min(first + LONGEST_SUGGESTED_BARS - 1, max(num_bars(piece), 1))


def excerpt(seed: Seed, tracks: tuple[int, ...], first_bar: int, last_bar: int) -> Seed:
    """Return some tracks and bars of a seed; the messages say what was left out.

    Args:
        seed: the whole.
        tracks: which tracks to keep, at least one.
        first_bar: the first bar, from 1; a pickup goes with bar 1.
        last_bar: the last bar, included.

    Raises:
        FileFormatError: there are no notes in that excerpt.
        ValueError: no such tracks or bars.
    """
    piece, messages = seed.piece, list(seed.messages)
    if not tracks or not all(0 <= index < len(piece.tracks) for index in tracks):
        raise ValueError(f"tracks must be some of 0 to {len(piece.tracks) - 1}, got {tracks}")
    total = max(num_bars(piece), 1)
    if not 1 <= first_bar <= last_bar <= total:
        raise ValueError(f"bars must be within 1 to {total}, got {first_bar} to {last_bar}")
    if (first_bar, last_bar) != (1, total):
        piece = _bars(piece, first_bar, last_bar)
        code = "bar_used" if first_bar == last_bar else "bars_used"
        messages.append(remark(code, first=first_bar, last=last_bar, bars=total))
    if len(tracks) < len(piece.tracks):
        names = [track_label(piece.tracks[index]) for index in tracks]
        messages.append(remark("tracks_used", count=len(tracks), tracks=len(piece.tracks), names=names))
        piece = replace(piece, tracks=tuple(piece.tracks[index] for index in tracks))
    if not piece.num_notes:
        raise FileFormatError("There are no notes in these bars of these tracks; choose other bars or tracks.")
    return replace(seed, piece=piece, messages=tuple(messages))


def _bars(piece: Piece, first_bar: int, last_bar: int) -> Piece:
    shift = 1 if piece.pickup_quarter and num_bars(piece) < len(bar_starts(piece)) else 0
    first = 0 if first_bar == 1 else first_bar - 1 + shift
    return slice_bars(piece, first, last_bar + shift - first)
