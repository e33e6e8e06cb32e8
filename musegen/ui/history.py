"""The results of a visit in words: what each was made of, and what was changed for it."""

from collections.abc import Sequence

from musegen.composers.request import ComposeRequest
from musegen.music.theory import pitch_name
from musegen.ui.state import Batch


def entry(batches: Sequence[Batch], index: int) -> str:
    """Return the line of a result: "3. Folk tunes, go on from the seed: Reel · temperature 1.2 · 14:02"."""
    batch = batches[index]
    earlier = [b for b in batches[:index] if isinstance(b.result.request, ComposeRequest)]
    changed = changes(earlier[-1], batch) if earlier else []
    return " · ".join([f"{batch.number}. {batch.made_from}", *changed, f"{batch.made_at:%H:%M}"])


def tree(batches: Sequence[Batch]) -> list[tuple[int, int]]:
    """Return (index, depth) of all results: those composed anew, the newest first, each followed by what came of it."""
    numbers = {batch.number for batch in batches}
    children: dict[int | None, list[int]] = {}
    for index, batch in enumerate(batches):
        parent = batch.parent[0] if batch.parent and batch.parent[0] in numbers else None
        children.setdefault(parent, []).append(index)

    def below(number: int, depth: int) -> list[tuple[int, int]]:
        rows = []
        for index in children.get(number, []):
            rows += [(index, depth), *below(batches[index].number, depth + 1)]
        return rows

    return [row for root in reversed(children.get(None, []))
            for row in [(root, 0), *below(batches[root].number, 1)]]  # fmt: skip


def changes(before: Batch, batch: Batch) -> list[str]:
    """Return what is set otherwise than for the result before; where nothing is, that there are other takes."""
    old, new = before.result.request, batch.result.request
    if not (isinstance(old, ComposeRequest) and isinstance(new, ComposeRequest)):
        return []  # what was done to another take is in its origin
    words = [say(new) for name, say in _WORDS.items() if getattr(old, name) != getattr(new, name)]
    if (old.num_bars, old.seconds) != (new.num_bars, new.seconds):
        words.insert(0, _length(new))
    if (old.low_pitch, old.high_pitch) != (new.low_pitch, new.high_pitch):
        words.append(_range(new))
    same_music = (before.made_from, old.primer) == (batch.made_from, new.primer)
    if old.primer != new.primer and before.made_from == batch.made_from:
        words.insert(0, "the seed changed")
    if not words and same_music:
        words.append("other takes" if old.random_seed != new.random_seed else "the same again")
    return words


def _length(request: ComposeRequest) -> str:
    if request.seconds is not None:
        return f"{request.seconds:g} seconds"
    return f"{request.num_bars} bars" if request.num_bars is not None else "as long as the melody"


def _range(request: ComposeRequest) -> str:
    low = "" if request.low_pitch is None else f" from {pitch_name(request.low_pitch)}"
    high = "" if request.high_pitch is None else f" to {pitch_name(request.high_pitch)}"
    return f"range{low}{high}" if low or high else "range of the style"


_WORDS = {
    "temperature": lambda r: f"temperature {r.temperature:g}",
    "key": lambda r: r.key or "key left open",
    "key_strength": lambda r: f"key lock {r.key_strength:g}",
    "qpm": lambda r: f"tempo {r.qpm:g}" if r.qpm else "tempo left open",
    "meter": lambda r: r.meter or "meter left open",
    "top_p": lambda r: f"top-p {r.top_p:g}",
    "top_k": lambda r: f"top-k {r.top_k}",
    "recall": lambda r: f"taking up {r.recall:g}",
    "form": lambda r: f"form {r.form}" if r.form else "no form",
    "longest_copy": lambda r: f"at most {r.longest_copy} notes shared" if r.longest_copy else "any notes shared",
    "form_variation": lambda r: f"form varied by {r.form_variation:.0%}",
    "temperature_curve": lambda r: "another curve of the temperature" if r.temperature_curve else "level temperature",
    "num_takes": lambda r: f"{r.num_takes} {'take' if r.num_takes == 1 else 'takes'}",
}
