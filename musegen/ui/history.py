"""The results of a visit in words: what each was made of, and what was changed for it."""

from collections.abc import Sequence

from musegen.composers.request import ComposeRequest
from musegen.errors import LibraryError
from musegen.languages import KeyName, message, together
from musegen.music.theory import pitch_name
from musegen.ui.state import Batch


def entry(batches: Sequence[Batch], index: int) -> str:
    """Return the line of a result: "3. Folk tunes, go on from the seed: Reel · temperature 1.2 · 14:02"."""
    batch = batches[index]
    if not batch.line:
        earlier = [b for b in batches[:index] if b.composed]
        changed = changes(earlier[-1], batch) if earlier else []
        first = message("{number}. {made_from}", number=batch.number, made_from=batch.made_from)
        batch.line = together([first, *changed, f"{batch.made_at:%H:%M}"], " · ")
    return batch.line


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
    try:
        old, new = before.result.request, batch.result.request
    except LibraryError:
        return []
    if not (isinstance(old, ComposeRequest) and isinstance(new, ComposeRequest)):
        return []  # what was done to another take is in its origin
    words = [worded(new) for name, worded in _WORDS.items() if getattr(old, name) != getattr(new, name)]
    if (old.num_bars, old.seconds) != (new.num_bars, new.seconds):
        words.insert(0, _length(new))
    if (old.low_pitch, old.high_pitch) != (new.low_pitch, new.high_pitch):
        words.append(_range(new))
    same_music = (before.made_from, old.primer) == (batch.made_from, new.primer)
    if old.primer != new.primer and before.made_from == batch.made_from:
        words.insert(0, message("other music"))
    if not words and same_music:
        words.append(message("other takes") if old.random_seed != new.random_seed else message("the same again"))
    return words


def _length(request: ComposeRequest) -> str:
    if request.seconds is not None:
        return message("{seconds:g} seconds", seconds=request.seconds)
    return (
        message("{count:# bar|# bars}", count=request.num_bars)
        if request.num_bars is not None
        else message("as long as the melody")
    )


def _range(request: ComposeRequest) -> str:
    low = "" if request.low_pitch is None else message(" from {low_pitch}", low_pitch=pitch_name(request.low_pitch))
    high = "" if request.high_pitch is None else message(" to {high_pitch}", high_pitch=pitch_name(request.high_pitch))
    return message("range{low}{high}", low=low, high=high) if low or high else message("range of the style")


_WORDS = {
    "temperature": lambda r: message("temperature {temperature:g}", temperature=r.temperature),
    "key": lambda r: KeyName(r.key) if r.key else message("key left open"),
    "key_strength": lambda r: message("key lock {key_strength:g}", key_strength=r.key_strength),
    "qpm": lambda r: message("tempo {qpm:g}", qpm=r.qpm) if r.qpm else message("tempo left open"),
    "meter": lambda r: r.meter or message("meter left open"),
    "top_p": lambda r: f"top-p {r.top_p:g}",
    "top_k": lambda r: f"top-k {r.top_k}",
    "recall": lambda r: message("taking up {recall:g}", recall=r.recall),
    "blend_with": lambda r: (
        message("{blend:.0%} of {style}", blend=r.blend, style=r.blend_with) if r.blend_with else message("no blend")
    ),
    "blend": lambda r: message("{blend:.0%} of the other style", blend=r.blend),
    "form": lambda r: message("form {form}", form=r.form) if r.form else message("no form"),
    "longest_copy": lambda r: (
        message("at most {longest_copy} notes shared", longest_copy=r.longest_copy)
        if r.longest_copy
        else message("any notes shared")
    ),
    "form_variation": lambda r: message("form varied by {form_variation:.0%}", form_variation=r.form_variation),
    "temperature_curve": lambda r: (
        message("another curve of the temperature") if r.temperature_curve else message("level temperature")
    ),
    "num_takes": lambda r: message("{count:# take|# takes}", count=r.num_takes),
}
