"""Music files with random damage, read as uploads are: each is music or one sentence, in bounded time.

    python -m benchmarks.mutated_files [--files 10000] [--seed 0] [--json]

mutations makes the files: bytes changed, cut, repeated and swapped in MIDI, MusicXML (plain and packed) and ABC, and
numbers in text replaced by absurd ones. Prints how many were read and refused, what else was raised, and the slowest.
"""

import argparse
import json
import random
import re
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from musegen.errors import FileFormatError
from musegen.files import write
from musegen.files.confined import ConfinedReader
from musegen.services.seeds.seed import list_examples, load_example

ABC = b"""X:1
T:Mutant
M:6/8
L:1/8
Q:3/8=100
K:Gmaj
|:"G"GAB c2d|(3efg a>b c'2|[1 z3 [DFA]3:|[2 G6-|G3 z3||
V:2
K:D
D3 F3|A,4 B,,2|
"""
_ABSURD = (b"0", b"-1", b"999999999", b"1e308", b"inf", b"nan", b"1/0", b"0.0000001", b"99999999999999999999", b"")


def originals() -> dict[str, bytes]:
    """Return sound files by name, one of each format."""
    piece = load_example(list_examples()[0].example_id).piece
    found = {"tune.abc": ABC}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("tune.mid", "tune.musicxml"):
            write(piece, Path(folder) / name)
            found[name] = (Path(folder) / name).read_bytes()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container><rootfiles><rootfile full-path="tune.musicxml"/></rootfiles></container>',
        )
        archive.writestr("tune.musicxml", found["tune.musicxml"])
    return found | {"tune.mxl": packed.getvalue()}


def mutations(num_files: int, random_seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of damaged files, the formats in turn."""
    chance = random.Random(random_seed)
    sound = list(originals().items())
    for index in range(num_files):
        name, data = sound[index % len(sound)]
        for _ in range(chance.randint(1, 4)):
            data = _mutated(data, name.endswith((".abc", ".musicxml")), chance) or b"\0"
        yield name, data


def _mutated(data: bytes, is_text: bool, chance: random.Random) -> bytes:
    numbers = list(re.finditer(rb"\d+", data)) if is_text else []
    if numbers and chance.random() < 0.5:
        number = chance.choice(numbers)
        return data[: number.start()] + chance.choice(_ABSURD) + data[number.end() :]
    begin, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    end = min(end, begin + 200)
    kind = chance.randrange(4)
    if kind == 0:
        return data[:begin] + bytes(chance.randrange(256) for _ in range(min(end - begin, 4))) + data[begin + 4 :]
    if kind == 1:
        return data[:begin] + data[end:]
    if kind == 2:
        return data[:end] + data[begin:end] * chance.randint(1, 3) + data[end:]
    place = chance.randrange(len(data) + 1)
    return data[:place] + data[begin:end] + data[place:]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    reader, counts, slowest, raised = ConfinedReader(), Counter(), (0.0, ""), Counter()
    for name, data in mutations(asked.files, asked.seed):
        begun = time.perf_counter()
        try:
            reader.read(name, data)
            counts["read"] += 1
        except FileFormatError as error:
            counts["ended" if "too long to read" in str(error) else "refused"] += 1
        except Exception as error:
            raised[f"{name}: {error!r}"[:200]] += 1
        slowest = max(slowest, (time.perf_counter() - begun, name))
    reader.close()
    found = {**counts, "raised": sum(raised.values()), "slowest_seconds": round(slowest[0], 2), "slowest": slowest[1]}
    print(json.dumps(found) if asked.json else "\n".join(f"{what}: {value}" for what, value in found.items()))
    for what, times in raised.most_common(20):
        print(f"  {times} times {what}")


if __name__ == "__main__":
    main()
