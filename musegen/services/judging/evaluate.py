"""How a style's takes, or anybody's files, stand beside real music: Evaluation, evaluate, evaluate_files.

The same for every style. Real music is there as the figures that were kept when the style was made (see
`evaluation.reference`), so that nothing needs a corpus.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from musegen.composers.request import MAX_TAKES, ComposeRequest, Take
from musegen.errors import CancelledError, ConstraintError, FileFormatError, MusegenError, StyleError
from musegen.evaluation.intervals import HISTOGRAMS
from musegen.evaluation.listening import wilson
from musegen.evaluation.metrics import METRICS, measure_piece
from musegen.evaluation.overlap import FEATURES, compare, features_of, has_features, intra_distances
from musegen.evaluation.reference import Reference, histograms_of
from musegen.evaluation.windows import heard, windows
from musegen.files import read
from musegen.languages import message
from musegen.music import Piece
from musegen.music.common_forms import COMMON_FORMS
from musegen.remarks import remark
from musegen.services.judging.onsets import foreseen
from musegen.services.judging.originality import Originality, originality_of, reference_in
from musegen.services.making.compose import compose
from musegen.services.styles import StyleCard, abilities_of, get_style
from musegen.styles.comparison import compared
from musegen.styles.shelf import style_folder
from musegen.styles.style_file import is_own

MOST_TAKES = 200
RESAMPLES = 1000
_SECONDS_A_BAR = 1.92


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the music that is judged, beside real music.

    Args:
        name: of `METRICS`.
        title: for a table.
        unit: of the figure.
        mean: over the pieces judged; None where it is not defined.
        low: of the interval that holds the mean in 95 of 100 draws of the pieces with replacement.
        high: of that interval.
        real: mean over windows of held-out music.
        real_low: tenth part of them lie below.
        real_high: tenth part of them lie above.
        inside: share of the pieces judged between these two; real music has 0.8.
    """

    name: str
    title: str
    unit: str
    mean: float | None
    low: float | None
    high: float | None
    real: float | None
    real_low: float | None
    real_high: float | None
    inside: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How music stands beside the real music of a style.

    Args:
        style_id: the style.
        what: what was judged, in words: "50 takes of Folk tunes, temperature 0.9".
        num_pieces: how many pieces were judged.
        settings: of the takes; {} for files.
        rows: a figure each.
        histograms: by name: labels, shares of what was judged, shares of real music.
        overlap: by feature of Yang and Lerch: the area of what was judged with the music learned from, and that of
            held-out music with it.
        diversity: how far the pieces differ from each other beside windows of real music: 1 as much, 0 all the same.
        shared: "median", "p90" and "most" notes of the longest run that the pieces share with the music learned from,
            and the same of held-out music as "real_median", "real_p90", "real_most"; {} where it cannot be looked up.
        likelihood: nats a note: "held_out" of the style on music it never saw, "counting_model" of an n-gram on the
            same, "takes" of the style on its takes; None where it was not measured.
        onsets: how well pitches are foreseen where notes begin, given that they do: "accuracy" (share of the notes
            whose pitch was the likeliest) and "nats" a pitch, of what is judged, of "held_out_..." music by the style
            and of the same by a "counting_..." model; None where it was not measured.
        twins: how a judge told the style's going on from the real one when the style was made: "accuracy" (0.5: it
            cannot be told), "low" and "high" of Wilson's 95 % interval, "seeds"; {} where it was not measured.
        copied: of files: the name of each, and what it shares with the music learned from.
        left_out: what could not be judged, a sentence each.
    """

    style_id: str
    what: str
    num_pieces: int
    settings: dict[str, float]
    rows: tuple[Row, ...]
    histograms: dict[str, tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]]
    overlap: dict[str, tuple[float, float]]
    diversity: float
    shared: dict[str, float]
    likelihood: dict[str, float | None]
    onsets: dict[str, float | None]
    twins: dict[str, float]
    copied: tuple[tuple[str, Originality], ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def adherence(self) -> float:
        """Mean overlap area with the music learned from, as a share of what held-out music has."""
        areas = np.array(list(self.overlap.values()))
        return float(areas[:, 0].mean() / areas[:, 1].mean())

    def as_data(self) -> dict[str, Any]:
        """Return the evaluation as plain data, ready for JSON."""
        copied = [
            {"name": name, "num_notes": found.run.num_notes, "bars": found.run.bars, "source": found.run.source,
             "source_bars": found.run.source_bars} for name, found in self.copied
        ]  # fmt: skip
        return _plain(asdict(self) | {"adherence": self.adherence, "copied": copied})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def evaluate(
    style_id: str,
    num_takes: int = 50,
    settings: dict[str, float] | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Evaluation:
    """Return how takes invented by a style stand beside its music; none is left out or made again.

    Args:
        style_id: the style.
        num_takes: how many, drawn with random seeds from 0 on.
        settings: of the request, instead of those of the card: {"temperature": 1.2}.
        progress: called with the share done.
        cancelled: polled between takes; judging stops when it returns True.

    Raises:
        MusegenError: there is no such style, or it has no reference figures.
        CancelledError: `cancelled` returned True.
    """
    if not 2 <= num_takes <= MOST_TAKES:
        raise ConstraintError(
            "{num_takes} takes are asked for; 2 to {most_takes} can be judged at once.",
            num_takes=num_takes,
            most_takes=MOST_TAKES,
        )
    card, reference = get_style(style_id), _reference_of(style_id)
    wanted = {"temperature": card.temperature, **card.sampling, **(settings or {})}
    takes: list[Take] = []
    for seed in range(math.ceil(num_takes / MAX_TAKES)):
        if cancelled is not None and cancelled():
            raise CancelledError
        count = min(MAX_TAKES, num_takes - len(takes))
        takes += compose(_request(card, reference, wanted, seed, count), cancelled=cancelled).takes
        if progress is not None:
            progress(0.9 * len(takes) / num_takes)
    words = message(
        "{count} takes of {title}, temperature {temperature:g}",
        count=num_takes,
        title=message(card.title),
        temperature=wanted["temperature"],
    )
    pieces = [heard(take.piece, played=reference.played, num_tracks=reference.num_tracks) for take in takes]
    nats = [-take.log_likelihood / max(take.piece.num_notes, 1) for take in takes]
    found = _judged(card, reference, (words, pieces), wanted, cancelled)
    if progress is not None:
        progress(1.0)
    return replace(found, likelihood=found.likelihood | {"takes": float(np.mean(nats))})


def evaluate_files(style_id: str, paths: Sequence[Path]) -> Evaluation:
    """Return how files stand beside the music of a style, cut into windows of as many bars as its figures are of.

    Raises:
        MusegenError: there is no such style, it has no reference figures, or no two files can be judged.
    """
    read_in, left_out = [], []
    for path in paths:
        try:
            read_in.append((path.name, read(path)))
        except MusegenError as error:
            left_out.append(str(error) if path.name in str(error) else f"{path.name}: {error}")
    found = evaluate_pieces(style_id, read_in)
    return replace(found, left_out=(*left_out, *found.left_out))


def evaluate_pieces(style_id: str, pieces: Sequence[tuple[str, Piece]]) -> Evaluation:
    """Return how named pieces stand beside the music of a style; see `evaluate_files`.

    Raises:
        MusegenError: there is no such style, it has no reference figures, or there is too little to judge.
    """
    card, reference = get_style(style_id), _reference_of(style_id)
    cut: list[Piece] = []
    left_out = []
    for name, piece in pieces:
        whole = heard(piece, played=reference.played, num_tracks=reference.num_tracks)
        own = list(windows(whole, reference.num_bars, played=reference.played)) or [whole]
        own = [window for window in own if has_features(window)]
        cut += own
        if not own:
            left_out.append(remark("piece_too_short", name=name))
    if len(cut) < 2:
        raise FileFormatError(
            "There {num_cut:is no stretch|is # stretch|are # stretches} of music to judge; give at least two "
            "pieces, or one of {num_bars} bars.",
            num_cut=len(cut),
            num_bars=2 * reference.num_bars,
        )
    words = message(
        "{count:# file|# files} beside {title}", count=len(pieces) - len(left_out), title=message(card.title)
    )
    told = [(name, originality_of(style_id, piece)) for name, piece in pieces]
    copied = tuple((name, found) for name, found in told if found is not None)
    return replace(_judged(card, reference, (words, cut[:MOST_TAKES]), {}), copied=copied, left_out=tuple(left_out))


def by_temperature(
    style_id: str,
    temperatures: Sequence[float],
    num_takes: int = 20,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Evaluation]:
    """Return an evaluation of the style's takes at each temperature.

    Raises:
        MusegenError: see `evaluate`.
    """
    found = []
    for number, temperature in enumerate(temperatures):
        step = None if progress is None else lambda s, n=number: progress((n + s) / len(temperatures))
        found.append(evaluate(style_id, num_takes, {"temperature": temperature}, progress=step, cancelled=cancelled))
    return found


def _reference_of(style_id: str) -> Reference:
    folder = style_folder(style_id)
    reference = reference_in(folder)
    if reference is None and is_own(style_id):
        raise StyleError(
            'No figures of real music are kept with the style "{style_id}", since too little was held out of its '
            "music. Train it again with more files, or, where you made it by a recipe, run `python -m musegen train "
            "--recipe FILE --references` with that.",
            style_id=style_id,
        )
    if reference is None:
        raise StyleError(
            'No figures of real music are kept with the style "{style_id}"; where its corpus is '
            "at hand, `python -m musegen train {style_id} --references` makes them.",
            style_id=style_id,
        )
    return reference


def _request(card: StyleCard, reference: Reference, wanted: dict[str, float], seed: int, count: int) -> ComposeRequest:
    options = {}
    if abilities_of(card).chord_chart:
        forms = [form.text for form in COMMON_FORMS.values()]
        options["chart"] = forms[seed % len(forms)]
    settings: dict[str, Any] = {"num_bars": reference.num_bars, **wanted}
    if reference.played:
        settings |= {"num_bars": None, "seconds": reference.num_bars * _SECONDS_A_BAR}
    return ComposeRequest(card.style_id, "invent", random_seed=seed, num_takes=count, options=options, **settings)


def _judged(
    card: StyleCard,
    reference: Reference,
    what: tuple[str, Sequence[Piece]],
    settings: dict[str, float],
    cancelled: Callable[[], bool] | None = None,
) -> Evaluation:
    words, pieces = what
    measured = [measure_piece(piece) for piece in pieces]
    rows = tuple(_row(name, [own[name] for own in measured], reference) for name in METRICS)
    own_shares = histograms_of(pieces)
    histograms = {
        name: (labels, tuple(own_shares[name]), tuple(reference.histograms[name]))
        for name, (_, labels) in HISTOGRAMS.items()
    }
    sound = [piece for piece in pieces if has_features(piece)]
    features = features_of(sound)
    training, held_out = reference.features
    mine, real = compare(training, features), compare(training, held_out)
    overlap = {name: (mine[name].area, real[name].area) for name in FEATURES}
    ratios = [
        float(intra_distances(features[name]).mean() / usual)
        for name in FEATURES
        if len(sound) > 1 and (usual := intra_distances(held_out[name]).mean()) > 0
    ]
    figures = compared(card)
    return Evaluation(
        card.style_id,
        words,
        len(pieces),
        settings,
        rows,
        histograms,
        overlap,
        float(np.mean(ratios)) if ratios else math.nan,
        _shared(card.style_id, pieces, reference),
        {"held_out": figures["nats_per_note"], "counting_model": figures["counting_nats_per_note"], "takes": None},
        _onsets(card, pieces, cancelled),
        _twins(card),
    )


def _twins(card: StyleCard) -> dict[str, float]:
    accuracy, seeds = card.quality.get("twins_accuracy"), card.quality.get("twins_seeds")
    if not isinstance(accuracy, float) or not isinstance(seeds, int):
        return {}
    low, high = wilson(accuracy * seeds, seeds)  # a seed counts once: its two goings on are not judged apart
    return {"accuracy": accuracy, "low": low, "high": high, "seeds": seeds}


def _onsets(
    card: StyleCard, pieces: Sequence[Piece], cancelled: Callable[[], bool] | None = None
) -> dict[str, float | None]:
    own = foreseen(card.style_id, pieces, cancelled=cancelled)
    measured = {"accuracy": own.accuracy if own else None, "nats": own.nats if own else None}
    on_card = {name: card.quality.get(on_it) for name, on_it in _ONSETS_ON_CARD.items()}
    return measured | on_card


_ONSETS_ON_CARD = {
    "held_out_accuracy": "test_accuracy_at_onsets",
    "held_out_nats": "test_pitch_nats_at_onsets",
    "counting_accuracy": "counting_accuracy_at_onsets",
    "counting_nats": "counting_pitch_nats_at_onsets",
}


def _shared(style_id: str, pieces: Sequence[Piece], reference: Reference) -> dict[str, float]:
    told = [found for piece in pieces if (found := originality_of(style_id, piece)) is not None]
    if not told:
        return {}
    runs = np.array([each.run.num_notes for each in told])
    own = {"median": float(np.median(runs)), "p90": float(np.quantile(runs, 0.9)), "most": float(runs.max())}
    return own | {f"real_{name}": value for name, value in reference.shared.items()}


def _row(name: str, values: Sequence[float], reference: Reference) -> Row:
    metric, real = METRICS[name], reference.metrics.get(name, {})
    known = np.array([value for value in values if not math.isnan(value)])
    beside = (real.get("mean"), real.get("p10"), real.get("p90"))
    if not len(known):
        return Row(name, metric.title, metric.unit, None, None, None, *beside, None)
    draws = np.random.default_rng(0).integers(len(known), size=(RESAMPLES, len(known)))
    low, high = np.quantile(known[draws].mean(1), (0.025, 0.975)).tolist()
    inside = None
    if beside[1] is not None and beside[2] is not None:
        inside = float(np.mean((known >= beside[1] - 1e-9) & (known <= beside[2] + 1e-9)))
    return Row(name, metric.title, metric.unit, float(known.mean()), low, high, *beside, inside)
