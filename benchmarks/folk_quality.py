"""How well the folk style predicts tunes it has never seen, beside counting models on the same events.

The test tunes of the recorded split (no tune of a family is on two sides) are read event by event by the 8-bit graphs
that the app plays, causally, each tune from its beginning to its end event, its length not told. The same events of
the same tunes are given to interpolated Kneser-Ney n-grams fitted to the training tunes, their discount chosen on the
validation tunes. Neither is helped by the grammar of the events in the first columns; "within the grammar" sets
events that could not come there to probability 0 for the network.

Nats per note divide the total of all events by the notes (struck pitches), nats per 16th by the music's length, so
that other representations of tunes can be compared.
"""

import numpy as np

from benchmarks.networks import nats
from benchmarks.report import Figures, run, table
from musegen.composers.style import load_style
from musegen.composers.tune.codec import FolkTuneCodec, FolkTuneCursor
from musegen.composers.tune.cursor import PITCH
from musegen.corpora.folk_tunes import FolkTune, load_split, read_tunes
from musegen.engine.codec import Example
from musegen.engine.players.recurrent import RecurrentPlayer
from musegen.evaluation.ngram import KneserNeyNgram, fit_ngram
from musegen.evaluation.originality import OriginalityIndex, lines_of

ORDERS = (3, 4, 5, 6, 7, 8)
MAIN_ORDER, AIM = 5, 0.15
DISCOUNTS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96)
TICKS_PER_16TH = 6


Sides = dict[str, list[tuple[FolkTune, np.ndarray]]]


def read_events(codec: FolkTuneCodec) -> Sides:
    """Return (tune, events) of the tunes by side of the split."""
    sides, result = load_split(), {"train": [], "valid": [], "test": []}
    for tune in read_tunes(fits=codec.fits):
        result[sides[tune.tune_id]].append((tune, codec.encode(tune.piece)))
    return result


def _cursor_at_end(codec: FolkTuneCodec, events: np.ndarray) -> FolkTuneCursor:
    cursor = codec.cursor()
    for event in events.tolist():
        cursor.push(event)
    return cursor


def _grammar(codec: FolkTuneCodec, example: Example) -> np.ndarray:
    """Return which events could come, boolean (T, 1, V)."""
    cursor, rows = codec.cursor(), []
    for event in example.target[:, 0].tolist():
        rows.append(cursor.allowed())
        cursor.push(event)
    return np.array(rows)[:, None]


def _orders(sides: Sides, test: list[np.ndarray], size: int, small: bool) -> Figures:
    """Return the nats of each test tune under the n-grams of every order, by order."""
    train, valid = ([events for _, events in sides[side]] for side in ("train", "valid"))
    if small:
        train, valid = train[:100], valid[:10]
    result = {}
    for order in (3, MAIN_ORDER) if small else ORDERS:
        model = fit_ngram(train, valid, size, order, DISCOUNTS)
        result[str(order)] = {
            "discount": model.discount,
            "nats": [float(model.nll(events).sum()) for events in test],
        }
        if order == MAIN_ORDER:
            result[str(order)]["nats_within"] = [_within(model, events) for events in test]
    return result


def _within(model: KneserNeyNgram, events: np.ndarray) -> float:
    """Return the nats of a tune under an n-gram whose probabilities are renormalised over what may come."""
    cursor, total, before = FolkTuneCodec().cursor(), 0.0, model.order - 1
    for place, event in enumerate(events.tolist()):
        probabilities = model.probabilities(events[max(place - before, 0) : place])
        total -= np.log(probabilities[event] / probabilities[cursor.allowed()].sum())
        cursor.push(event)
    return float(total)


def _groups(tunes: list[tuple[FolkTune, np.ndarray]], train: list[tuple[FolkTune, np.ndarray]]) -> list[list[str]]:
    """Return the groups each tune is reported in: its collection, and how long a run it shares with a training tune."""
    index = OriginalityIndex.of([t.tune_id for t, _ in train], [lines_of(t.piece) for t, _ in train])
    runs = np.array([index.longest(lines_of(tune.piece)).num_notes for tune, _ in tunes])
    middle = int(np.median(runs))
    names = (f"shares at most {middle} notes in a row with training", f"shares more than {middle}")
    return [[tune.collection, names[int(run > middle)]] for (tune, _), run in zip(tunes, runs, strict=True)]


def _group(own: np.ndarray, network: np.ndarray, five: np.ndarray, counts: np.ndarray) -> Figures:
    return {
        "tunes": int(own.sum()),
        "nats_per_event": network[own].sum() / counts[own].sum(),
        "five_gram_nats_per_event": five[own].sum() / counts[own].sum(),
    }


def _leak(model: RecurrentPlayer, codec: FolkTuneCodec, test: list[np.ndarray]) -> float:
    """Return how much the nats of the first half of a tune change when the other half is cut off; must be zero."""
    worst = 0.0
    for events in test:
        half = len(events) // 2
        whole, part = (nats(model, [codec.example(e, tell_length=False)])[0] for e in (events, events[:half]))
        worst = max(worst, float(np.abs(whole[:half] - part).max()))
    return worst


def measured(small: bool) -> Figures:
    """Return the figures."""
    style = load_style("folk")
    codec: FolkTuneCodec = style.codec
    sides = read_events(codec)
    tunes = sides["test"][::20] if small else sides["test"]
    test = [events for _, events in tunes]
    examples = [codec.example(events, tell_length=False) for events in test]
    model = style.player
    network = np.array([n.sum() for n in nats(model, examples)])
    within = np.array([n.sum() for n in nats(model, examples, lambda e: _grammar(codec, e))])
    counts = np.array([len(events) for events in test])
    notes = np.array([np.count_nonzero(events >= PITCH) for events in test])
    sixteenths = np.array([_cursor_at_end(codec, events).now / TICKS_PER_16TH for events in test])
    orders = _orders(sides, test, len(codec.vocabulary), small)
    five = np.array(orders[str(MAIN_ORDER)]["nats"])
    memberships = _groups(tunes, sides["train"])
    groups = {
        name: _group(np.array([name in g for g in memberships]), network, five, counts)
        for name in sorted({g for each in memberships for g in each})
    }
    per_event = network.sum() / counts.sum()
    difference = five.sum() / counts.sum() - per_event
    spread = np.random.default_rng(0).integers(len(test), size=(2000, len(test)))  # bootstrap over tunes
    drawn = (five - network)[spread].sum(1) / counts[spread].sum(1)
    return {
        "tunes": len(test),
        "events": int(counts.sum()),
        "notes": int(notes.sum()),
        "sixteenths": float(sixteenths.sum()),
        "nats_per_event": per_event,
        "nats_per_note": network.sum() / notes.sum(),
        "nats_per_16th": network.sum() / sixteenths.sum(),
        "nats_per_event_within_grammar": within.sum() / counts.sum(),
        "nats_per_event_mean_of_tunes": float(np.mean(network / counts)),
        "five_gram_nats_per_event": five.sum() / counts.sum(),
        "five_gram_nats_per_event_within_grammar": sum(orders[str(MAIN_ORDER)]["nats_within"]) / counts.sum(),
        "five_gram_nats_per_note": five.sum() / notes.sum(),
        "five_gram_nats_per_16th": five.sum() / sixteenths.sum(),
        "better_than_five_gram_by_nats_per_event": difference,
        "better_95_percent_interval": [float(q) for q in np.quantile(drawn, (0.025, 0.975))],
        "tunes_better_than_five_gram_share": float(np.mean(network < five)),
        "n_grams": {o: {"discount": f["discount"], "nats_per_event": sum(f["nats"]) / counts.sum()}
                    for o, f in orders.items()},
        "groups": groups,
        "past_changed_by_the_future": _leak(model, codec, test[:5]),
        "met": bool(difference >= AIM),
    }  # fmt: skip


def _comparison(figures: Figures) -> str:
    low, high = figures["better_95_percent_interval"]
    best = min(f["nats_per_event"] for f in figures["n_grams"].values())
    return (
        f"Better than the 5-gram by {figures['better_than_five_gram_by_nats_per_event']:.3f} nats per event (95 % "
        f"interval over tunes {low:.3f} to {high:.3f}; aim {AIM}), in "
        f"{100 * figures['tunes_better_than_five_gram_share']:.0f} % of the tunes; than the best order by "
        f"{best - figures['nats_per_event']:.3f}. Within the grammar: the style "
        f"{figures['nats_per_event_within_grammar']:.3f}, the 5-gram "
        f"{figures['five_gram_nats_per_event_within_grammar']:.3f}. Mean over tunes "
        f"{figures['nats_per_event_mean_of_tunes']:.3f}."
    )


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    units = ("event", "note", "16th")
    rows = [
        ["the style, as played (8-bit)", *(figures[f"nats_per_{u}"] for u in units)],
        ["interpolated 5-gram", *(figures[f"five_gram_nats_per_{u}"] for u in units)],
    ]
    groups = [[n, f["tunes"], f["nats_per_event"], f["five_gram_nats_per_event"]] for n, f in figures["groups"].items()]
    orders = [[f"{o}-gram", f["discount"], f["nats_per_event"], f["nats_per_event"] - figures["nats_per_event"]]
              for o, f in figures["n_grams"].items()]  # fmt: skip
    return "\n\n".join([
        f"{figures['tunes']} held-out tunes, {figures['events']:,} events, {figures['notes']:,} notes.",
        table(("nats per", *units), rows),
        _comparison(figures),
        table(("nats per event", "discount", "n-gram", "more than the style"), orders),
        table(("nats per event by collection, and by likeness", "tunes", "the style", "5-gram"), groups),
        (f"Cutting off the second half of a tune changes the nats of the first by "
        f"{figures['past_changed_by_the_future']:.1e}. Met: {figures['met']}"),
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
