"""How often the piano of a song rests under the voice: takes of `song` beside real songs, and beside fast melodies.

Held-out songs are accompanied again from their voices alone, eight bars each; and so are the example melodies, reel and
jig among them, in several takes. Of the bars in which the voice begins a note: the share in which no hand sounds, the
share in which none begins a note, and of pieces the share in which the piano is silent for two bars running. Then a
judge (`evaluation/twins`) tells the takes of the held-out songs from the real ones.

    python -m benchmarks.resting_piano
"""

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.evaluation.twins.judge import judge
from musegen.harmony.heard import key_of
from musegen.music import Piece
from musegen.music.timing import bar_starts
from musegen.music.transform import melody_of, slice_bars
from musegen.services.judging.held_out import held_out_pieces
from musegen.services.judging.twins import Made, table_of, windows_in
from musegen.services.making.compose import compose
from musegen.services.seeds.seed import list_examples, load_example

STYLE, MODE, BARS = "song", "accompany", 8
_RUNNING = 2
"""Silent bars one after the other that a listener takes for a mistake."""


def rests_of(piece: Piece) -> tuple[int, int, int, int]:
    """Return (bars with the voice, those where no hand sounds, those where none begins a note, the most running)."""
    starts = [start for start in bar_starts(piece) if start >= piece.pickup_quarter - 1e-6]
    hands = [note for track in piece.tracks[1:] for note in track.notes]
    bars = silent = begun = running = most = 0
    for start, end in zip(starts, [*starts[1:], piece.end_quarter], strict=True):
        if not any(start <= note.onset_quarter < end for note in piece.tracks[0].notes):
            running = 0
            continue
        bars += 1
        rests = not any(note.onset_quarter < end - 1e-6 and note.end_quarter > start + 1e-6 for note in hands)
        silent += rests
        begun += not any(start <= note.onset_quarter < end for note in hands)
        running = running + 1 if rests else 0
        most = max(most, running)
    return bars, silent, begun, most


def _figures(rows: list[tuple[int, int, int, int]]) -> Figures:
    bars, silent, begun, most = np.array(rows).T
    return {
        "pieces": len(rows),
        "bars": int(bars.sum()),
        "silent bars": silent.sum() / bars.sum(),
        "bars that nothing begins in": begun.sum() / bars.sum(),
        "pieces silent for two bars": float(np.mean(most >= _RUNNING)),
        "longest silence": int(most.max()),
    }


def _accompanied(melody: Piece, number: int, num_takes: int = 1) -> list[Piece]:
    request = ComposeRequest.of(STYLE, MODE, melody, random_seed=number, num_takes=num_takes)
    return [take.piece for take in compose(request).takes]


def measured(small: bool) -> Figures:
    """Return the figures: of validation songs and few takes where it is to be quick, else of test songs."""
    pieces = held_out_pieces(STYLE, "valid" if small else "test")
    real_rows, rows, pairs = [], [], []
    for number, (held, first) in enumerate(windows_in(pieces, 20 if small else 60, BARS, False)):
        real = slice_bars(held.piece, first, BARS)
        if not real.tracks[0].notes or not any(track.notes for track in real.tracks[1:]):
            continue
        try:
            (take,) = _accompanied(
                Piece(real.tracks[:1], real.tempos, real.time_signatures, real.key_signatures), number
            )
        except MusegenError:
            continue
        real_rows.append(rests_of(real))
        rows.append(rests_of(take))
        pairs.append(Made(held.group, real, take, 0, BARS, key_of(real)[0], first))
    found: Figures = {"real": _figures(real_rows), "takes": _figures(rows)}
    twins, groups = table_of(pairs), [pair.group for pair in pairs]
    verdict = judge(*twins[:2], groups, twins[2])
    found["takes"] |= {"told from real": verdict.accuracy}
    for example in list_examples():
        melody = load_example(example.example_id).piece
        alone = Piece((melody_of(melody),), melody.tempos, melody.time_signatures, melody.key_signatures,
                      pickup_quarter=melody.pickup_quarter)  # fmt: skip
        takes = [take for number in range(1, 3 if small else 11) for take in _accompanied(alone, number, 4)]
        found[example.title] = _figures([rests_of(take) for take in takes])
    return found


def rendered(figures: Figures) -> str:
    """Return the figures as a table."""
    names = ("pieces", "bars", "silent bars", "bars that nothing begins in", "pieces silent for two bars",
             "longest silence", "told from real")  # fmt: skip
    return table(("", *names), [[kind, *(own.get(name) for name in names)] for kind, own in figures.items()])


if __name__ == "__main__":
    run(measured, rendered)
