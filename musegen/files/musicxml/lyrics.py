"""Words under the notes as MusicXML: <lyric> in and out."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from musegen.files.xml_text import xml_text
from musegen.music.piece import MAX_VERSES, Piece, Syllable
from musegen.music.words import notes_of_words

_MOST_CHARACTERS = 80


def read_lyrics(note: Element) -> Iterator[tuple[str, int]]:
    """Yield (text, verse) of each syllable of a <note>; the text ends in "-" where the word goes on."""
    for place, lyric in enumerate(note.findall("lyric"), start=1):
        parts = [(part.text or "").strip() for part in lyric.findall("text")]
        text = " ".join(filter(None, parts))[:_MOST_CHARACTERS].strip()
        if not text or lyric.get("print-object") == "no":
            continue
        last = [part.text for part in lyric.findall("syllabic")][-1:]
        goes_on = last and (last[0] or "").strip() in ("begin", "middle")
        digits = "".join(c for c in lyric.get("number") or "" if c.isdecimal())
        verse = int(digits) if digits and 1 <= int(digits) <= MAX_VERSES else place
        if verse <= MAX_VERSES:
            yield text.rstrip("-") + "-" if goes_on else text, verse


def lyrics_by_note(piece: Piece) -> dict[tuple[int, int], str]:
    """Return the <lyric> elements of notes, by (track, index)."""
    track, by_note = notes_of_words(piece)
    verses: dict[int, list[tuple[int, Syllable]]] = {}
    for index in sorted(by_note):
        for syllable in by_note[index]:
            verses.setdefault(syllable.verse, []).append((index, syllable))
    found: dict[tuple[int, int], str] = {}
    for _, row in sorted(verses.items()):
        for index, xml in _verse(row, len(piece.tracks[track].notes) if row else 0):
            found[track, index] = found.get((track, index), "") + xml
    return found


def _verse(row: Sequence[tuple[int, Syllable]], num_notes: int) -> Iterator[tuple[int, str]]:
    going = False
    for place, (index, syllable) in enumerate(row):
        goes_on = syllable.text.endswith("-")
        kind = {(False, False): "single", (False, True): "begin", (True, True): "middle", (True, False): "end"}
        following = row[place + 1][0] if place + 1 < len(row) else num_notes
        extend = "<extend/>" if not goes_on and following > index + 1 and place + 1 < len(row) else ""
        text = xml_text(syllable.text.removesuffix("-") if goes_on else syllable.text)
        xml = f"<syllabic>{kind[going, goes_on]}</syllabic><text>{text}</text>{extend}"
        yield index, f'<lyric number="{syllable.verse}">{xml}</lyric>'
        going = goes_on
