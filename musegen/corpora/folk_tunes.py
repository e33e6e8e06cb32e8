"""The folk tunes: O'Neill's, Ryan's and Aird's collections, as the music21 package carries them in ABC.

Functions: read_tunes, split_of, load_split, tune_families, make_split. Every tune is one voice as printed, with these
changes: first endings are left out and second endings kept (the repeat sign moves behind them); grace notes,
ornaments, words and chord symbols are left out; of a double stop the top note is kept; where a section's pickup and
the end of the section before do not fill a bar together, a rest is added or the last note shortened; where a tune
plainly rests on another degree than its key field says (K:G for a tune on A), the mode of the same signature is taken.
"""

import hashlib
import importlib.util
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from musegen.corpora.folk_abc import ParsedTune, Sound, TuneError, parse_tune, split_tunes
from musegen.errors import DatasetError
from musegen.music import Barline, KeySignature, Note, Piece, TimeSignature, Track

COLLECTIONS = {"oneills": "oneills1850", "ryans": "ryansMammoth", "airds": "airdsAirs"}
"""Collection name -> folder in the corpus of music21."""

MAX_BARS = 64
MIN_BARS = 6
SPLIT_SEED = 20240
SPLIT_PATH = Path(__file__).with_name("folk_split.json")
FAMILY_THRESHOLD = 0.3
_SHINGLE = 6
_RUN = 20
_KINDS = {"|:": "repeat-start", ":|": "repeat-end", "::": "repeat-both", "||": "double"}


METERS = ((2, 4), (3, 4), (4, 4), (2, 2), (6, 8), (9, 8), (12, 8), (3, 8))
"""Meters of the tunes that are used; others are rare."""
TICKS_PER_QUARTER = 24
"""Times are counted in sixths of a sixteenth, which holds triplets of eighths and of sixteenths."""


@dataclass(frozen=True, slots=True)
class FolkTune:
    """One tune: id ("ryans/AcaciaReel", "oneills/0001-0050/12"), collection and music."""

    tune_id: str
    collection: str
    piece: Piece


def corpus_dir() -> Path:
    """Return the corpus folder of the installed music21, without importing it.

    Raises:
        DatasetError: music21 is not installed.
    """
    spec = importlib.util.find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise DatasetError("The folk tunes come with the package music21, which is not installed; install it first.")
    return Path(next(iter(spec.submodule_search_locations))) / "corpus"


def read_tunes(
    skipped: Counter | None = None,
    collections: Iterable[str] = tuple(COLLECTIONS),
    fits: Callable[[Piece], bool] | None = None,
) -> list[FolkTune]:
    """Return all tunes that can be used, in a fixed order (about ten seconds).

    Args:
        skipped: where given, counts the tunes left out by reason.
        collections: which of `COLLECTIONS` to read.
        fits: whether a representation holds a tune as it is; those that it does not are left out. None lets all pass.

    Raises:
        DatasetError: music21 is not installed.
    """
    root, counts = corpus_dir(), Counter() if skipped is None else skipped
    tunes: list[FolkTune] = []
    seen: Counter = Counter()
    for collection in collections:
        for path in sorted((root / COLLECTIONS[collection]).glob("*.abc")):
            for text in split_tunes(path.read_text(encoding="latin-1")):
                number = text.split("\n", 1)[0][2:].strip()
                name = f"{collection}/{path.stem}" + ("" if collection == "ryans" else f"/{number}")
                seen[name] += 1
                if seen[name] > 1:
                    name += f"-{seen[name]}"
                try:
                    piece = piece_of(parse_tune(text))
                    if fits is not None and not fits(piece):
                        raise TuneError("tuplets or values off the grid, or an unusual pickup")
                    tunes.append(FolkTune(name, collection, piece))
                except TuneError as error:
                    counts[str(error).split(":")[0]] += 1
    return tunes


def piece_of(tune: ParsedTune) -> Piece:
    """Return a parsed tune as a Piece.

    Raises:
        TuneError: its bars do not add up, or it is too long, too short or too finely divided.
    """
    if tune.meter not in METERS:
        raise TuneError("rare meter")
    bar = Fraction(tune.meter[0] * 4 * TICKS_PER_QUARTER, tune.meter[1])
    items = _join_ties(tune.items)
    pickup = _fill_bars(items, bar)
    notes, marks, now = [], [], Fraction(0)
    for item in items:
        if isinstance(item, str):
            if item in _KINDS:
                marks.append((now, item))
            continue
        if item.pitch is not None:
            notes.append((now, item.pitch, item.ticks))
        now += item.ticks
    if any(value.denominator > 1 for onset, _, ticks in notes for value in (onset, ticks)):
        raise TuneError("divided more finely than a sixteenth triplet")
    if not notes:
        raise TuneError("no notes")
    num_bars = (notes[-1][0] + notes[-1][2] - pickup) / bar
    if not MIN_BARS - 1 < num_bars <= MAX_BARS:
        raise TuneError("more than 64 bars" if num_bars > MAX_BARS else "fewer than 6 bars")
    ends = [max((n for n in notes if n[0] < time), default=notes[0])[1] for time, _ in marks if time > pickup]
    tonic, mode = _true_key(tune.key, [n[1] for n in notes], [*ends, notes[-1][1]])
    return Piece(
        tracks=(Track(tuple(Note(_quarters(a), p, _quarters(d)) for a, p, d in notes), name="Melody"),),
        time_signatures=(TimeSignature(0.0, *tune.meter),),
        key_signatures=(KeySignature(0.0, tonic, mode),),
        barlines=_merge_marks(marks),
        pickup_quarter=_quarters(pickup),
        title=tune.title,
    )


def _quarters(ticks: Fraction) -> float:
    return float(ticks / TICKS_PER_QUARTER)


def _merge_marks(marks: list[tuple[Fraction, str]]) -> tuple[Barline, ...]:
    by_time: dict[Fraction, set[str]] = defaultdict(set)
    for time, sign in marks:
        by_time[time].add(sign)
    merged = []
    for time, signs in by_time.items():
        both = "::" in signs or {"|:", ":|"} <= signs
        sign = "::" if both else next((s for s in (":|", "|:") if s in signs), "||")
        merged.append(Barline(_quarters(time), _KINDS[sign]))
    return tuple(merged)


def _join_ties(items: list[Sound | str]) -> list[Sound | str]:
    """Return the items with tied notes inside a bar joined; those over a bar line are marked for `_fill_bars`."""
    result: list[Sound | str] = []
    for item in items:
        last = result[-1] if result else None
        if isinstance(item, Sound):
            item = Sound(item.ticks, item.pitch, item.letter, item.tied)
            if isinstance(last, Sound) and last.tied and last.pitch is not None and last.pitch == item.pitch:
                last.ticks += item.ticks
                last.tied = item.tied
                continue
        result.append(item)
    return result


def _fill_bars(items: list[Sound | str], bar: Fraction) -> Fraction:
    """Make the bars of a tune add up, in place, join ties over bar lines; return the pickup in ticks.

    Raises:
        TuneError: a bar away from the section ends is too long or too short, or a section end cannot be mended.
    """
    first = next((i for i, x in enumerate(items) if isinstance(x, str) and i and _sounds(items[:i])), len(items))
    pickup = sum((x.ticks for x in items[:first] if isinstance(x, Sound)), Fraction(0))
    if pickup > bar:
        raise TuneError("bars do not add up")
    pickup = Fraction(0) if pickup == bar else pickup
    position, section, index = bar - pickup if pickup else Fraction(0), None, 0
    started = False  # a note stands since the start
    while index <= len(items):
        item = items[index] if index < len(items) else "$"
        if isinstance(item, Sound):
            position += item.ticks
            started = True
        elif not started or item == "$":
            if item == "$" and position > bar:
                index += _mend(items, section, bar - position)
        elif position == bar:
            position, section = Fraction(0), (index if item in _KINDS else None)
        elif item == "|" and position and section is not None:
            behind = sum(x.ticks for x in items[section:index] if isinstance(x, Sound))
            before = position - behind
            missing = Fraction(-behind) if not before else bar - before if behind == bar else bar - position
            index += _mend(items, section, missing)
            position, section = Fraction(0), None
        elif (item == "|" and position) or position > bar:
            raise TuneError("bars do not add up")
        elif item in _KINDS and section is None:
            section = index
        index += 1
    _join_over_bars(items)
    return pickup


def _sounds(items: list[Sound | str]) -> bool:
    return any(isinstance(x, Sound) for x in items)


def _mend(items: list[Sound | str], section: int | None, missing: Fraction) -> int:
    """Add a rest of `missing` ticks before the sign at `section`, or shorten the note there; return items added."""
    if section is None:
        raise TuneError("bars do not add up")
    if missing > 0:
        items.insert(section, Sound(missing, None))
        return 1
    last = items[section - 1] if section else None
    if not isinstance(last, Sound) or last.ticks + missing < TICKS_PER_QUARTER // 4:
        raise TuneError("a section's pickup does not fit its end")
    last.ticks += missing
    return 0


def _join_over_bars(items: list[Sound | str]) -> None:
    index = 0
    while index + 2 < len(items):
        first, sign, second = items[index : index + 3]
        if (
            isinstance(first, Sound) and first.tied and sign == "|" and isinstance(second, Sound)
            and first.pitch is not None and first.pitch == second.pitch
        ):  # fmt: skip
            first.ticks += second.ticks
            first.tied = second.tied
            del items[index + 1 : index + 3]
        else:
            index += 1


def _true_key(key: tuple[int, str], pitches: list[int], ends: list[int]) -> tuple[int, str]:
    """Return the key as printed, or the mode of the same signature on which the tune rests."""
    tonic, mode = key
    final = ends[-1] % 12
    steps = {"major": 0, "dorian": 2, "mixolydian": 7, "minor": 9, "phrygian": 4, "lydian": 5, "locrian": 11}
    home = (tonic - steps[mode]) % 12
    relative = {2: "dorian", 7: "mixolydian", 9: "minor", 0: "major"}.get((final - home) % 12)
    classes = Counter(pitch % 12 for pitch in pitches)
    rests = sum(end % 12 == final for end in ends)
    if final == tonic or relative is None or 2 * rests <= len(ends) or classes[final] < classes[tonic]:
        return key
    return final, relative


def _degree_shingles(piece: Piece) -> frozenset[tuple[int, ...]]:
    """Return the runs of six pitch classes above the tonic, one on each beat: no rhythm, no key."""
    notes, tonic = piece.tracks[0].notes, piece.key_signatures[0].tonic
    meter = piece.time_signatures[0]
    beat = 1.5 if meter.numerator % 3 == 0 and meter.denominator == 8 else 1.0
    first = piece.pickup_quarter % beat
    line, index, time = [], 0, first
    while time < piece.end_quarter:
        while index + 1 < len(notes) and notes[index + 1].onset_quarter <= time + 1e-6:
            index += 1
        line.append((notes[index].pitch - tonic) % 12)
        time += beat
    return frozenset(tuple(line[i : i + _SHINGLE]) for i in range(len(line) - _SHINGLE + 1))


def _interval_runs(piece: Piece) -> set[tuple[int, ...]]:
    """Return the runs of `_RUN` successive intervals in semitones, without rhythm or key."""
    pitches = [note.pitch for note in piece.tracks[0].notes]
    steps = [b - a for a, b in zip(pitches, pitches[1:], strict=False)]
    return {tuple(steps[i : i + _RUN]) for i in range(len(steps) - _RUN + 1)}


def tune_families(tunes: list[FolkTune], threshold: float = FAMILY_THRESHOLD) -> list[list[str]]:
    """Return the families, each a sorted list of ids: tunes that are nearly the same, directly or through others.

    Two tunes are joined where the melody on the beats (six beats at a time, relative to the tonic) agrees in a large
    share, or where twenty successive intervals agree exactly; key and rhythm do not matter.

    Args:
        tunes: all tunes.
        threshold: least Jaccard similarity that joins two tunes; so does twice that share of the smaller one.
    """
    shingles = [_degree_shingles(tune.piece) for tune in tunes]
    holders: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, found in enumerate(shingles):
        for shingle in found:
            holders[shingle].append(index)
    shared: Counter = Counter()
    for group in holders.values():
        if len(group) <= 60:  # a formula found everywhere says nothing
            shared.update((a, b) for i, a in enumerate(group) for b in group[i + 1 :])
    parent = list(range(len(tunes)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    runs: dict[tuple[int, ...], int] = {}
    for index, tune in enumerate(tunes):
        for run in _interval_runs(tune.piece):
            parent[root(index)] = root(runs.setdefault(run, index))
    for (a, b), count in shared.items():
        size_a, size_b = len(shingles[a]), len(shingles[b])
        jaccard = count / (size_a + size_b - count)
        if jaccard >= threshold or count >= 2 * threshold * min(size_a, size_b):
            parent[root(a)] = root(b)
    families: dict[int, list[str]] = defaultdict(list)
    for index, tune in enumerate(tunes):
        families[root(index)].append(tune.tune_id)
    return sorted(sorted(family) for family in families.values())


def make_split(tunes: list[FolkTune], seed: int = SPLIT_SEED) -> dict[str, list[str]]:
    """Return {"train", "valid", "test"} -> tune ids: 85, 7.5 and 7.5 % of the tunes, whole families on one side."""
    split: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for family in tune_families(tunes):
        digest = hashlib.sha256(f"{seed}:{family[0]}".encode()).digest()
        share = int.from_bytes(digest[:8], "big") / 2**64
        split["train" if share < 0.85 else "valid" if share < 0.925 else "test"] += family
    return {side: sorted(ids) for side, ids in split.items()}


def write_split(fits: Callable[[Piece], bool], path: Path = SPLIT_PATH) -> None:
    """Read the corpus, split what fits a representation, and record the ids."""
    manifest = {"seed": SPLIT_SEED, "threshold": FAMILY_THRESHOLD, **make_split(read_tunes(fits=fits))}
    path.write_text(json.dumps(manifest, indent=0) + "\n", encoding="utf-8")


@cache
def load_split() -> dict[str, str]:
    """Return tune id -> "train", "valid" or "test" as recorded."""
    manifest = json.loads(SPLIT_PATH.read_text(encoding="utf-8"))
    return {tune_id: side for side in ("train", "valid", "test") for tune_id in manifest[side]}


def read_split(split: str) -> list[FolkTune]:
    """Return the tunes that are recorded under "train", "valid" or "test"."""
    sides = load_split()
    return [tune for tune in read_tunes() if sides.get(tune.tune_id) == split]


def split_of(tune_id: str) -> str:
    """Return the side of a tune.

    Raises:
        ValueError: the id is not in the record.
    """
    try:
        return load_split()[tune_id]
    except KeyError:
        raise ValueError(f"no tune has the id {tune_id!r}") from None
