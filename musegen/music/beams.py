"""Which notes are beamed together: by the beats of the meter."""

from musegen.music.meter import QUARTER, Span, is_compound, meter_tree
from musegen.music.notation import Bar, Symbol

_FLAGS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}


def _windows(bar: Bar) -> tuple[list[Span], list[Span]]:
    """Return the stretches that a beam of eighths may cover, and those that any beam may, in ticks of the bar."""
    tree = meter_tree(bar.numerator, bar.denominator)
    beats = _leaves(tree)
    if is_compound(bar.numerator, bar.denominator):
        return [], beats
    if bar.denominator >= 8:
        return [], [s for s in _groups(tree) if not s.is_beat] or [tree]
    if bar.denominator == 4:
        wide = [tree] if bar.numerator in (2, 3) else [s for s in _groups(tree) if len(s.groups) == 2]
        return wide, beats
    quarters = [Span(start, QUARTER) for start in range(tree.start, tree.end, QUARTER)]
    halves = [Span(start, 2 * QUARTER) for start in range(tree.start, tree.end, 2 * QUARTER)]
    return halves, quarters


def _leaves(tree: Span) -> list[Span]:
    return [tree] if not tree.groups else [leaf for child in tree.groups for leaf in _leaves(child)]


def _groups(tree: Span) -> list[Span]:
    """Return the smallest groups of several beats."""
    if not tree.groups:
        return [tree]
    if all(not child.groups for child in tree.groups):
        return [tree]
    return [group for child in tree.groups for group in _groups(child)]


def _flags(symbol: Symbol) -> int:
    return _FLAGS.get(symbol.kind, 0) if symbol.chord is not None else 0


def beam_states(bar: Bar, line: list[Symbol]) -> dict[int, tuple[str, ...]]:
    """Return the beams of one voice in one bar.

    Args:
        bar: the bar.
        line: its symbols, in order.

    Returns:
        For each index of `line` under a beam, MusicXML's word for each level: "begin", "continue", "end",
        "forward hook" or "backward hook".
    """
    states: dict[int, tuple[str, ...]] = {}
    for group in beam_groups(bar, line):
        flags = {i: _flags(line[i]) for i in group}
        for place, index in enumerate(group):
            words = []
            for level in range(1, flags[index] + 1):
                left = place > 0 and flags[group[place - 1]] >= level
                right = place + 1 < len(group) and flags[group[place + 1]] >= level
                words.append(_word(left, right, place, len(group), line[index], bar))
            states[index] = tuple(words)
    return states


def _word(left: bool, right: bool, place: int, size: int, symbol: Symbol, bar: Bar) -> str:
    if left or right:
        return "continue" if left and right else ("end" if left else "begin")
    if place in (0, size - 1):
        return "forward hook" if place == 0 else "backward hook"
    base = symbol.tuplet.start if symbol.tuplet else bar.start - bar.offset
    return "backward hook" if (symbol.start - base) % (2 * symbol.ticks) else "forward hook"


def beam_groups(bar: Bar, line: list[Symbol]) -> list[list[int]]:
    """Return the runs of two or more indices of `line` that share a beam."""
    zero = bar.start - bar.offset
    wide, narrow = _windows(bar)

    def inside(window: Span) -> list[int]:
        return [i for i, s in enumerate(line) if window.start <= s.start - zero < window.end]

    def all_eighths(window: Span) -> bool:
        members = [line[i] for i in inside(window)]
        plain = all(s.kind == "eighth" and s.dots == 0 and s.tuplet is None and s.chord for s in members)
        return plain and sum(s.ticks for s in members) == window.length

    joined = [w for w in wide if all_eighths(w)]
    windows = joined + [n for n in narrow if not any(w.start <= n.start < w.end for w in joined)]
    groups: list[list[int]] = []
    for window in sorted(windows, key=lambda w: w.start):
        run: list[int] = []
        for index in inside(window):
            if _flags(line[index]) and line[index].end - zero <= window.end:
                run.append(index)
                continue
            groups.append(run)
            run = []
        groups.append(run)
    return [run for run in groups if len(run) > 1]
