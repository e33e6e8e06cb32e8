"""What has to be known of a style to measure its takes beside its music: one record each, `RECORDS`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from benchmarks.takes import Corpus, compose_changed_cursor, read_corpus, request_of
from musegen.composers.registry import get_composer
from musegen.composers.request import ComposeRequest
from musegen.corpora.registry import read_corpus as read_corpus_of
from musegen.engine.codec import Cursor
from musegen.evaluation.endings import ends_at_bar_line, ends_held, ends_on_tonic, ends_on_tonic_chord
from musegen.music import Piece
from musegen.music.performance import performance_of, piece_of_performance
from musegen.music.timing import bar_starts
from musegen.services.judging.held_out import chart_of
from musegen.services.making.compose import compose
from musegen.styles.card import StyleCard

Ends = dict[str, Callable[[Piece], bool]]


def _whole(piece: Piece) -> Piece:
    return piece


@dataclass(frozen=True, slots=True)
class StyleRecord:
    """How the takes of one style are measured.

    Args:
        style_id: the style.
        read: returns the pieces learned from and those held out, by name.
        num_bars: bars of the windows that are compared; takes have as many or more.
        ends: what a good end is, by name in words; asked of whole takes and of whole held-out pieces.
        request: card and random seed -> the request of a take.
        heard: a take -> what is compared of it (one track, or another measure of time).
        played: it is played freely, so runs are compared by their intervals alone.
        memory_off: composes a take of a request without memory of earlier bars; None where the style has none.
        words: what is special about the figures, a sentence or more.
        timed: the same request at the length whose time is told.
        timed_length: that length in words.
    """

    style_id: str
    read: Callable[[], tuple[Corpus, Corpus]]
    num_bars: int
    ends: Ends
    request: Callable[[StyleCard, int], ComposeRequest]
    heard: Callable[[Piece], Piece] = _whole
    played: bool = False
    memory_off: Callable[[ComposeRequest], Piece] | None = None
    words: str = ""
    timed: Callable[[StyleCard, int], ComposeRequest] = field(default=lambda card, seed: request_of(card, seed, 16))
    timed_length: str = "16 bars"


def count_windows(piece: Piece, num_bars: int) -> int:
    """Return how many windows (`musegen.evaluation.windows`) a piece in bars has."""
    return (len(bar_starts(piece)) - (1 if piece.pickup_quarter else 0)) // num_bars


def _split(style_id: str) -> Callable[[], tuple[Corpus, Corpus]]:
    def read() -> tuple[Corpus, Corpus]:
        corpus = read_corpus(style_id)
        return corpus["train"], corpus["test"]

    return read


def _on_tonic(piece: Piece) -> bool:
    return bool(piece.key_signatures) and ends_on_tonic(piece, piece.key_signatures[-1].tonic)


def _closes(piece: Piece) -> bool:
    return _on_tonic(piece) and ends_at_bar_line(piece)


# ------------------------------------------------------------------------------------------------- folk, chorales


def blanked(cursor: Cursor, columns: list[int]) -> Cursor:
    """Return the cursor with some of its recurrent inputs always 0, as they are where nothing is known."""
    see = cursor.trunk

    def trunk() -> np.ndarray:
        row = see()
        row[columns] = 0
        return row

    cursor.trunk = trunk
    return cursor


def _forgetful_tune(request: ComposeRequest) -> Piece:
    from musegen.composers.tune.cursor import columns

    back = [i for i, column in enumerate(columns()) if column.name.endswith("_bars_ago")]
    return compose_changed_cursor(request, lambda cursor: blanked(cursor, back))


def _without_memory(request: ComposeRequest) -> Piece:
    """Return the take of a style that can be asked to do without."""
    return compose(replace(request, options={**request.options, "memory": False})).takes[0].piece


FOLK = StyleRecord(
    "folk",
    _split("folk"),
    num_bars=16,
    ends={"on the tonic": _on_tonic, "at a bar line": ends_at_bar_line, "on the tonic at a bar line": _closes},
    request=lambda card, seed: request_of(card, seed, 16),
    memory_off=_forgetful_tune,
    words="Memory off: what the network sees of the bars 1, 2, 4 and 8 before is blanked. It was always there while "
    "the network learned, so this tells what the network takes from there, not how one trained without would do.",
)
CHORALES = StyleRecord(
    "bach-chorales",
    _split("bach-chorales"),
    num_bars=8,
    ends={"bass on the tonic": _on_tonic, "at a bar line": ends_at_bar_line, "on the tonic at a bar line": _closes},
    request=lambda card, seed: request_of(card, seed, 8),
)

# ------------------------------------------------------------------------------------------------- piano performance

PIANO_SECONDS, PIANO_BARS = 30.0, 13
_HALF_SECOND = 500 / 480


def _played(piece: Piece) -> Piece:
    """Return a take as a performance: its bars, which are estimated, become bars of 1.92 seconds."""
    return piece_of_performance(performance_of(piece))


def _read_performances() -> tuple[Corpus, Corpus]:
    from benchmarks.performance_quality import one_of_each

    return tuple({r.path: piece_of_performance(r.performance) for r in one_of_each(side)} for side in ("train", "test"))


def _piano_request(card: StyleCard, random_seed: int) -> ComposeRequest:
    return ComposeRequest(card.style_id, "invent", num_bars=None, seconds=PIANO_SECONDS, temperature=card.temperature,
                          random_seed=random_seed, **card.sampling)  # fmt: skip


PIANO = StyleRecord(
    "piano-performance",
    _read_performances,
    num_bars=PIANO_BARS,
    ends={"last chord held half a second": lambda piece: ends_held(piece, _HALF_SECOND)},
    request=_piano_request,
    heard=_played,
    played=True,
    timed=_piano_request,
    timed_length="30 seconds",
    words="Played freely, it has no bars: times are real, a quarter stands for 0.48 s and a bar for 1.92 s in takes "
    "and recordings alike, so entropy is over 2 and 8 seconds and groove says little. Runs are compared by their "
    "intervals alone, and what returns is 0: nobody plays the same times twice. One recording of each piece is taken.",
)

# ------------------------------------------------------------------------------------------------- scores of parts

SCORE_BARS = 16


def _own(pieces: list) -> Corpus:
    """Return the movements of a style's own music by name; a corpus may hold others to learn from."""
    return {f"{number} {p.composer}, {p.title}": p.piece for number, p in enumerate(pieces) if p.own}


def _read_chopin() -> tuple[Corpus, Corpus]:
    from musegen.corpora.asap_scores import read_scores

    return _own(read_scores("train")), _own([*read_scores("valid"), *read_scores("test")])


def _read_quartets() -> tuple[Corpus, Corpus]:
    from musegen.corpora.openscore_quartets import read_quartets
    from musegen.corpora.quartet_scores import read_more_quartets

    return tuple(_own([*read_quartets(side), *read_more_quartets(side)]) for side in ("train", "test"))


def _on_tonic_chord(piece: Piece) -> bool:
    return bool(piece.key_signatures) and ends_on_tonic_chord(piece, piece.key_signatures[-1].tonic)


def _holds_its_chord(piece: Piece) -> bool:
    return _on_tonic_chord(piece) and ends_held(piece, 1.0)


_SCORE_ENDS: Ends = {
    "bass on the tonic": _on_tonic,
    "on the tonic chord": _on_tonic_chord,
    "on the tonic chord, held a quarter": _holds_its_chord,
}
CHOPIN = StyleRecord(
    "chopin",
    _read_chopin,
    num_bars=SCORE_BARS,
    ends=_SCORE_ENDS,
    request=lambda card, seed: request_of(card, seed, SCORE_BARS),
    memory_off=_without_memory,
    words="Real music is Chopin's own; what else was learned from is left out. So few are held out that those by which "
    "the best epoch was chosen are among them here.",
)
QUARTET = StyleRecord(
    "string-quartet",
    _read_quartets,
    num_bars=SCORE_BARS,
    ends=_SCORE_ENDS,
    request=lambda card, seed: request_of(card, seed, SCORE_BARS),
    memory_off=_without_memory,
    words="Real music is the classical part of what was learned from; later quartets are left out.",
)


def _corpora(*names: str) -> Callable[[], tuple[Corpus, Corpus]]:
    """Return what reads the training and test splits of corpora of scores."""

    def read() -> tuple[Corpus, Corpus]:
        return tuple(
            _own([item for name in names for item in read_corpus_of({"corpus": name}, side)])
            for side in ("train", "test")
        )

    return read


HYMN = StyleRecord(
    "hymn",
    _corpora("open-hymnal", "polish-choir"),
    num_bars=8,
    ends={"bass on the tonic": _on_tonic, "at a bar line": ends_at_bar_line, "on the tonic at a bar line": _closes},
    request=lambda card, seed: request_of(card, seed, 8),
)
SONG = StyleRecord(
    "song",
    _corpora("openscore-lieder", "polish-songs"),
    num_bars=SCORE_BARS,
    ends=_SCORE_ENDS,
    request=lambda card, seed: request_of(card, seed, SCORE_BARS),
    memory_off=_without_memory,
)


def parts_alone(piece: Piece) -> Piece:
    """Return a take without the bass and the drums that are put beside its parts."""
    return replace(piece, tracks=tuple(track for track in piece.tracks if track.name not in ("Bass", "Drums")))


POP = StyleRecord(
    "pop",
    _corpora("pop909"),
    num_bars=SCORE_BARS,
    ends=_SCORE_ENDS,
    request=lambda card, seed: request_of(card, seed, SCORE_BARS),
    heard=parts_alone,
    memory_off=_without_memory,
    words="Melody, counter-melody and piano alone, over proposed chords, without bass and drums, which POP909 has not.",
)
GUITAR = StyleRecord(
    "guitar",
    _corpora("mutopia-guitar"),
    num_bars=SCORE_BARS,
    ends=_SCORE_ENDS,
    request=lambda card, seed: request_of(card, seed, SCORE_BARS),
    memory_off=_without_memory,
)


def _read_piano() -> tuple[Corpus, Corpus]:
    names = ("mutopia-keyboard", "polish-piano", "chopin-first-editions")

    def read(side: str) -> Corpus:
        items = [item for name in names for item in read_corpus_of({"corpus": name}, side)]
        held = get_composer("lattice").held_out(items)
        return {f"{number} {each.name}": each.piece for number, each in enumerate(held)}

    return read("train"), read("test")


CLASSICAL_PIANO = StyleRecord(
    "classical-piano",
    _read_piano,
    num_bars=SCORE_BARS,
    ends=_SCORE_ENDS,
    request=lambda card, seed: request_of(card, seed, SCORE_BARS),
    words="Real music are scores of which nine of ten notes begin on a sixteenth.",
)

# ------------------------------------------------------------------------------------------------- jazz


def _read_solos() -> tuple[Corpus, Corpus]:
    from musegen.composers.solo.held_out import held_out_solo
    from musegen.corpora.weimar_jazz import read_solos

    return tuple({f"{s.melid} {s.performer}, {s.title}": held_out_solo(s).piece for s in read_solos(side)}
                 for side in ("train", "test"))  # fmt: skip


def solo_alone(piece: Piece) -> Piece:
    """Return a take without its rhythm section."""
    return replace(piece, tracks=piece.tracks[:1])


def ends_on_chord_tone(piece: Piece) -> bool:
    """Return whether the last note of the first track belongs to the chord that stands where it begins."""
    from musegen.errors import MusegenError
    from musegen.music.chord import parse_chord

    notes = piece.tracks[0].notes if piece.tracks else ()
    if not notes:
        return False
    last = max(notes)
    before = [chord for chord in piece.chord_symbols if chord.onset_quarter <= last.onset_quarter + 1e-6]
    try:
        return bool(before) and last.pitch % 12 in parse_chord(before[-1].text).pitch_classes
    except MusegenError:
        return False


@lru_cache(maxsize=1)
def held_out_charts(num_bars: int) -> tuple[str, ...]:
    """Return the chords of the first bars of every held-out solo that can be read as a chart."""
    from musegen.corpora.weimar_jazz import read_solos
    from musegen.errors import MusegenError
    from musegen.music.chart import parse_chart

    charts = []
    for solo in read_solos("test"):
        first = 4 * max(1 - solo.first_bar, 0)  # the first chorus begins at bar 1
        text = chart_of(solo.chords[first : first + 4 * num_bars])
        try:
            parse_chart(text)
        except MusegenError:
            continue
        charts.append(text)
    return tuple(charts)


def _jazz_request(card: StyleCard, random_seed: int) -> ComposeRequest:
    charts = held_out_charts(16)
    return replace(request_of(card, random_seed, 16), options={"chart": charts[random_seed % len(charts)]})


JAZZ = StyleRecord(
    "jazz",
    _read_solos,
    num_bars=16,
    ends={"last note in its chord": ends_on_chord_tone},
    request=_jazz_request,
    timed=_jazz_request,
    heard=solo_alone,
    memory_off=_without_memory,
    words="The solo alone, as notated, without its rhythm section, over the chords of the first 16 bars of the "
    "held-out solos in turn.",
)

RECORDS: dict[str, StyleRecord] = {
    record.style_id: record
    for record in (FOLK, CHORALES, PIANO, CHOPIN, JAZZ, QUARTET, HYMN, SONG, POP, GUITAR, CLASSICAL_PIANO)
}
"""By style."""
