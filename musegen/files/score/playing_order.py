"""The order in which the measures of a score are played: repeats, endings, D.C., D.S., Coda and Fine."""

from dataclasses import dataclass

_MOST_PASSES = 12


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one measure.

    Args:
        repeat_start: a repeat begins with it.
        repeat_end: a repeat ends with it.
        times: how often that is played.
        ending: numbers of the ending over it, () for none.
        jumps: of "dacapo", "dalsegno", "tocoda" (after it), "tocoda-before", "fine", "segno", "coda".
    """

    repeat_start: bool = False
    repeat_end: bool = False
    times: int = 2
    ending: tuple[int, ...] = ()
    jumps: frozenset[str] = frozenset()


def has_jumps(signs: list[Signs]) -> bool:
    """Return whether bar lines alone cannot say how the score is played: it jumps, or repeats more than once."""
    leaps = any(s.jumps & {"dacapo", "dalsegno"} for s in signs)
    return leaps or any(s.repeat_end and s.times > 2 and not s.ending for s in signs)


def performed(signs: list[Signs]) -> list[int]:
    """Return the indices of the measures in the order in which they are played.

    After a D.C. or D.S. repeats are not taken again and the last ending is played (Read, Music Notation, 1969).
    The list is never longer than twelve times the score.

    Args:
        signs: of each measure.
    """
    last_ending = _last_endings(signs)
    order: list[int] = []
    index = begin = 0
    turn, rounds = 1, 0
    jumped, used = False, set()
    while index < len(signs) and len(order) < _MOST_PASSES * len(signs):
        here = signs[index]
        if index and signs[index - 1].ending and not here.ending and not here.repeat_start and begin < index:
            begin, turn, rounds = index, 1, 0  # what comes after the endings is a section of its own
        if here.repeat_start and begin != index:
            begin, turn, rounds = index, 1, 0
        if here.ending and (last_ending[index] if jumped else min(turn, last_ending[index])) not in here.ending:
            index += 1
            continue
        if jumped and "tocoda-before" in here.jumps and (coda := _coda(signs, index)) is not None:
            index = coda
            continue
        order.append(index)
        if jumped and "fine" in here.jumps:
            break
        if jumped and "tocoda" in here.jumps and (coda := _coda(signs, index)) is not None:
            index = coda
            continue
        if here.repeat_end and not jumped:
            rounds += 1
            wanted = max(last_ending[index], here.times) if here.ending else here.times
            if rounds < wanted:
                index, turn = begin, turn + 1
                continue
            begin, turn, rounds = index + 1, 1, 0
        if here.jumps & {"dacapo", "dalsegno"} and index not in used:
            used.add(index)
            jumped = True
            index = _segno(signs, index) if "dalsegno" in here.jumps else 0
            continue
        index += 1
    return order


def _last_endings(signs: list[Signs]) -> list[int]:
    """Return for each measure the highest number among the endings around it, 0 where there are none."""
    result, index = [0] * len(signs), 0
    while index < len(signs):
        stop = index
        while stop < len(signs) and signs[stop].ending:
            stop += 1
        highest = max((max(s.ending) for s in signs[index:stop]), default=0)
        result[index:stop] = [highest] * (stop - index)
        index = max(stop, index + 1)
    return result


def _segno(signs: list[Signs], before: int) -> int:
    return max((i for i in range(before + 1) if "segno" in signs[i].jumps), default=0)


def _coda(signs: list[Signs], after: int) -> int | None:
    return next((i for i in range(after + 1, len(signs)) if "coda" in signs[i].jumps), None)
