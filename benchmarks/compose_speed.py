"""A 16-bar folk tune and a 16-bar chorale: time to make one take, and eight at once; then sheet, sound and files.

Each run invents in 4/4 with another random seed and the style's own settings; one take and eight takes of a seed are
timed in turn, so that the machine's load falls on both alike. "load" reads card and network from disk anew.
"""

from functools import partial

from benchmarks.report import TIMING_HEADER, Figures, Timing, measure, measure_in_turn, run, table, timing_rows
from musegen.composers.request import ComposeRequest, Take
from musegen.composers.style import load_style
from musegen.engine.players.recurrent import RecurrentPlayer
from musegen.services.making.compose import compose
from musegen.services.showing.downloads import FORMATS, download, sheet_pages, wav
from musegen.services.styles import list_styles
from musegen.styles.card import StyleCard

NUM_BARS, MANY, MAX_RATIO = 16, 8, 3.0
_SMALL = ("folk", "bach-chorales")
"""The styles of a small run."""


def request_of(card: StyleCard, random_seed: int, num_takes: int, num_bars: int) -> ComposeRequest:
    """Return the request of a take invented in 4/4 with the style's own settings."""
    return ComposeRequest(
        card.style_id,
        "invent",
        num_bars=num_bars,
        meter="4/4",
        temperature=card.temperature,
        random_seed=random_seed,
        num_takes=num_takes,
        **card.sampling,
    )


def _load(style_id: str) -> None:
    from musegen.composers import style

    style._load.cache_clear()
    loaded = load_style(style_id)
    RecurrentPlayer.of_style(loaded.folder, loaded.card.network["config"])


def _takes(card: StyleCard, runs: int, num_bars: int) -> tuple[Figures, list[Take]]:
    seeds, takes = {1: iter(range(runs + 1)), MANY: iter(range(runs + 1))}, []

    def make(count: int) -> None:
        takes.append(compose(request_of(card, next(seeds[count]), count, num_bars)).takes[0])

    calls = {"one_take": partial(make, 1), "eight_takes": partial(make, MANY)}
    timings = measure_in_turn(calls, runs)
    figures = {name: timing.to_figures() for name, timing in timings.items()}
    ratio = timings["eight_takes"].median / timings["one_take"].median
    events = [sum(len(t.notes) for t in take.piece.tracks) for take in takes[::2]]
    return figures | {"ratio_eight_to_one": ratio, "mean_notes": sum(events) / len(events)}, takes[::2]


def _renderings(takes: list[Take]) -> Figures:
    """Time what is made of a take, another take each run, since results are kept."""
    figures: Figures = {}
    makers = {"sheet": lambda take: sheet_pages(take.piece), "wav": lambda take: wav(take.piece),
              **{f"download_{f}": partial(_download, f) for f in FORMATS if f != "wav"}}  # fmt: skip
    for name, make in makers.items():
        remaining = iter(takes)
        figures[name] = measure(lambda m=make, r=remaining: m(next(r)), len(takes) - 1).to_figures()
    return figures


def _download(file_format: str, take: Take) -> bytes:
    return download(take, file_format).data


def measured(small: bool) -> Figures:
    """Return the figures of every style, or of two when small."""
    result: Figures = {}
    runs, num_bars = (2, 4) if small else (9, NUM_BARS)
    for card in list_styles():
        if small and card.style_id not in _SMALL:
            continue
        load: Timing = measure(partial(_load, card.style_id), runs)
        figures, takes = _takes(card, runs, num_bars)
        result[card.style_id] = {"num_bars": num_bars, "load": load.to_figures(), **figures, **_renderings(takes)}
        result[card.style_id]["met"] = figures["ratio_eight_to_one"] < MAX_RATIO
    return result


def _verdict(own: Figures) -> str:
    ratio = own["ratio_eight_to_one"]
    return f"Eight takes at once cost {ratio:.2f} times one (less than {MAX_RATIO:g}: {own['met']})."


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    parts = []
    for style_id, own in figures.items():
        names = [name for name, value in own.items() if isinstance(value, dict)]
        parts += [
            f"{style_id}, {own['num_bars']} bars ({own['mean_notes']:.0f} notes):",
            table(TIMING_HEADER, timing_rows(own, names), 1),
            _verdict(own),
        ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    run(measured, rendered)
