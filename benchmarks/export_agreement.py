"""Whether what is downloaded agrees: takes of both styles with random settings, in MIDI, MusicXML, print and sound.

MIDI and MusicXML are read again by this program, MusicXML by music21 too, and every bar of it is added up; of the print
every note head is looked up in the engraved systems that the PDF consists of, with the time and pitch that Verovio
itself gives it; in the sound, played by a piano since its notes begin at once, librosa looks for onsets (Boeck and
Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013).
"""

import io
import random
import re
import wave
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.composers.request import ComposeRequest
from musegen.composers.style import load_style
from musegen.errors import MusegenError
from musegen.files.midi import midi_bytes, read_midi
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music import Piece
from musegen.music.notation import bars_of, notatable
from musegen.music.timing import quarters_to_seconds
from musegen.rendering.audio import wav_bytes
from musegen.services.making.compose import compose

STYLES = ("folk", "bach-chorales")
TOLERANCE_SECONDS = 0.05
_HOP = 256
_KEYS = ("C", "G", "D", "A", "E", "F", "Bb", "Eb")


def random_takes(count: int, seed: int = 0) -> Iterator[Piece]:
    """Yield takes, the styles in turn, their settings drawn at random."""
    draw = random.Random(seed)
    made = 0
    while made < count:
        card = load_style(STYLES[made % len(STYLES)]).card
        request = ComposeRequest(
            card.style_id,
            "invent",
            num_bars=draw.choice((4, 8, 12, 16)),
            temperature=draw.uniform(0.6, 1.4),
            top_p=draw.choice((0.9, 0.95, 1.0)),
            key=draw.choice([None, f"{draw.choice(_KEYS)} {draw.choice(tuple(card.keys))}"]),
            key_strength=draw.choice((0.0, 0.5, 1.0)),
            qpm=draw.choice((None, 60, 100, 132)),
            random_seed=draw.randrange(10**6),
        )
        try:
            piece = compose(request).takes[0].piece
        except MusegenError:
            continue  # such settings cannot be had together
        made += 1
        yield piece


def midi_agrees(piece: Piece) -> bool:
    """Return whether the MIDI file comes back with the same notes and tempos."""
    again = read_midi(midi_bytes(piece))
    return [t.notes for t in again.tracks] == [t.notes for t in piece.tracks] and again.tempos == piece.tempos


def musicxml_agrees(piece: Piece) -> bool:
    """Return whether every bar adds up and the same notes come back, also by music21 alone."""
    text = musicxml_text(piece)
    again = read_musicxml(text.encode())
    same = [t.notes for t in again.tracks] == [t.notes for t in piece.tracks]
    return same and not wrong_bars(text, piece) and music21_notes(text) == sounding(piece)


def sounding(piece: Piece) -> Counter:
    """Return (onset, duration, pitch) of all notes, tracks aside."""
    return Counter(
        (round(n.onset_quarter, 6), round(n.duration_quarter, 6), n.pitch) for t in piece.tracks for n in t.notes
    )


def music21_notes(text: str) -> Counter:
    """Return (onset, duration, pitch) of all notes as music21 reads them, ties joined."""
    from music21 import converter, note

    found: Counter = Counter()
    for part in converter.parseData(text, format="musicxml").parts:
        waiting: dict[tuple[int, Fraction], list[int]] = {}  # several where voices meet in a unison
        rows: list[tuple[int, Fraction, Fraction]] = []
        for element in sorted(part.flatten().notes, key=lambda e: e.offset):
            for member in getattr(element, "notes", (element,)):
                if not isinstance(member, note.Note):
                    continue
                pitch, onset = member.pitch.midi, Fraction(element.offset)
                end = onset + Fraction(element.duration.quarterLength)
                tie = member.tie.type if member.tie else ""  # a chord says its first note's for all
                if tie in ("stop", "continue") and waiting.get((pitch, onset)):
                    row = waiting[pitch, onset].pop()
                    rows[row] = (pitch, rows[row][1], end)
                else:
                    row = len(rows)
                    rows.append((pitch, onset, end))
                if tie in ("start", "continue"):
                    waiting.setdefault((pitch, end), []).append(row)
        found += Counter((round(float(a), 6), round(float(b - a), 6), pitch) for pitch, a, b in rows)
    return found


def wrong_bars(text: str, piece: Piece) -> list[str]:
    """Return the bars of a MusicXML text in which a voice does not fill the bar as notated."""
    lengths = [Fraction(bar.length, 10080) for bar in bars_of(notatable(piece))]
    wrong = []
    for part in ElementTree.fromstring(text).findall("part"):
        divisions = int(part.findtext("measure/attributes/divisions") or 1)
        measures = part.findall("measure")
        if len(measures) != len(lengths):
            wrong.append(f"{part.get('id')}: {len(measures)} bars")
        for measure, length in zip(measures, lengths, strict=False):
            position, ends = 0, {}
            for element in measure:
                duration = int(element.findtext("duration") or 0)
                if element.tag == "backup":
                    position -= duration
                elif element.tag in ("note", "forward") and element.find("chord") is None:
                    voice = element.findtext("voice")
                    if ends.get(voice, 0) != position:
                        wrong.append(f"{part.get('id')} bar {measure.get('number')}: voice {voice} has a gap")
                    position += duration
                    ends[voice] = position
            if {Fraction(end, divisions) for end in ends.values()} != {length}:
                wrong.append(f"{part.get('id')} bar {measure.get('number')}: {ends} of {length * divisions}")
    return wrong


def print_agrees(piece: Piece) -> bool:
    """Return whether each note is printed once, where and as high as Verovio's own reading of the page has it."""
    import verovio

    from musegen.rendering.engraving import Sheet, engrave

    pages = engrave(piece, sheet=Sheet(900, 33, for_print=True)).pages
    heads = Counter(re.findall(r'<g id="(n\d+-\d+)" class="note', "".join(pages)))
    wanted = {f"n{t}-{i}": n for t, track in enumerate(piece.tracks) for i, n in enumerate(track.notes)}
    if heads != Counter(wanted.keys()):
        return False
    toolkit = verovio.toolkit()
    toolkit.loadData(musicxml_text(piece))
    starts = {i: event["qstamp"] for event in toolkit.renderToTimemap({}) for i in event.get("on", ())}
    return all(
        i in starts
        and abs(starts[i] - note.onset_quarter) < 1e-3
        and toolkit.getMIDIValuesForElement(i)["pitch"] == note.pitch
        for i, note in wanted.items()
    )


def sound_onsets(piece: Piece) -> tuple[int, int, int]:
    """Return how many onsets there are, how many librosa finds within the tolerance, and how many it finds in all."""
    import librosa

    hammered = replace(piece, tracks=tuple(replace(t, program=0) for t in piece.tracks))
    with wave.open(io.BytesIO(wav_bytes(hammered))) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).mean(axis=1) / 32768
    envelope = librosa.onset.onset_strength(
        y=samples.astype(np.float32), sr=rate, hop_length=_HOP, n_fft=1024, n_mels=138, fmax=16000, lag=2, max_size=3
    )
    found = librosa.onset.onset_detect(onset_envelope=envelope, sr=rate, hop_length=_HOP, units="time", delta=0.02)
    quarters = np.array(sorted({n.onset_quarter for t in piece.tracks for n in t.notes}))
    wanted = quarters_to_seconds(piece, quarters)
    heard = sum(bool(len(found)) and np.abs(found - time).min() <= TOLERANCE_SECONDS for time in wanted)
    return len(wanted), int(heard), len(found)


def measured(small: bool) -> Figures:
    """Return how many takes agree in each format."""
    count = 10 if small else 200
    agree: dict[str, int] = dict.fromkeys(("MIDI", "MusicXML", "print", "WAV"), 0)
    bars = notes = wanted = heard = found = 0
    shares: list[float] = []
    for piece in random_takes(count):
        notes += piece.num_notes
        bars += len(bars_of(piece))
        agree["MIDI"] += midi_agrees(piece)
        agree["MusicXML"] += musicxml_agrees(piece)
        agree["print"] += print_agrees(piece)
        there, right, total = sound_onsets(piece)
        wanted, heard, found = wanted + there, heard + right, found + total
        shares.append(right / there)
        agree["WAV"] += right == there
    return {
        "takes": count, "notes": notes, "bars": bars, "agree": agree,
        "onsets": wanted, "onsets_heard": heard, "onsets_found": found,
        "onsets_heard_percent": 100 * heard / wanted, "worst_take_percent": 100 * min(shares),
    }  # fmt: skip


def rendered(figures: dict[str, Any]) -> str:
    """Return the figures as a table and a sentence."""
    rows = [[name, figures["takes"], agree] for name, agree in figures["agree"].items()]
    return table(("format", "takes", "all notes agree"), rows) + (
        f"\n\n{figures['notes']:,} notes in {figures['bars']:,} bars. Of {figures['onsets']:,} times at which notes "
        f"begin, librosa finds {figures['onsets_heard_percent']:.1f} % within {TOLERANCE_SECONDS * 1000:.0f} ms in the "
        f"sound ({figures['worst_take_percent']:.1f} % in the worst take; {figures['onsets_found']:,} found in all)."
    )


if __name__ == "__main__":
    run(measured, rendered)
