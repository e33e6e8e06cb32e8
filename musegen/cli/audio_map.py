"""`audio sample` and `audio morph`: sound from the map of jazz."""

import argparse
from pathlib import Path

from musegen.cli.options import add_json_option
from musegen.cli.output import say, show, show_json, write_files
from musegen.errors import ConstraintError
from musegen.files.sound_file import sound_bytes
from musegen.rendering.audio import clip_bytes
from musegen.services.sound.jazz_map import NETS, Asked, land, map_clip, read_own, sample_points
from musegen.sound.jazz_map import HOW

_MOST = 64


def add_map_commands(doing: argparse._SubParsersAction) -> None:
    """Add both to the group `audio`."""
    sample = doing.add_parser("sample", help="hear points of the jazz map", allow_abbrev=False)
    sample.add_argument("--at", metavar="X,Y", help="a point, or several as X,Y;X,Y for a path; by chance otherwise")
    sample.add_argument("--count", type=int, default=1, metavar="N", help="points drawn by chance (default: 1)")
    sample.add_argument("--random-seed", type=int, default=0, metavar="N", help="the same number gives the same points")
    sample.add_argument("--root", type=int, default=0, metavar="PC", help="pitch class 0 to 11, of the wide network")
    _add_shared(sample)
    sample.set_defaults(run=run_sample)
    morph = doing.add_parser("morph", help="from one sound file to another over the jazz map", allow_abbrev=False)
    morph.add_argument("clips", nargs=2, type=Path, metavar="CLIP", help="WAV, FLAC, OGG or MP3; three seconds count")
    morph.add_argument("--steps", type=int, default=0, metavar="N", help="N files on the way instead of one that moves")
    _add_shared(morph)
    morph.set_defaults(run=run_morph)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--net", choices=NETS, default=NETS[0], help="which network (default: map)")
    parser.add_argument("--how", choices=HOW, default=HOW[0], help="as imagined, or laid out with grains of real clips")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a path (default: 8)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the WAV files are written")
    add_json_option(parser)


def run_sample(arguments: argparse.Namespace) -> None:
    """Write what sounds at points of the map."""
    if not 1 <= arguments.count <= _MOST:
        raise ConstraintError("--count is {count}; choose 1 to {most}.", count=arguments.count, most=_MOST)
    if arguments.at:
        shared = {"net": arguments.net, "how": arguments.how, "root": str(arguments.root)}
        wanted = [Asked.of_query({**shared, "at": arguments.at, "seconds": str(arguments.seconds)})]
    else:
        points = sample_points(arguments.count, arguments.net, arguments.random_seed)
        wanted = [Asked(arguments.net, (tuple(map(float, point)),), arguments.how, arguments.root) for point in points]
    _write(arguments, "sample", wanted)


def run_morph(arguments: argparse.Namespace) -> None:
    """Write how one clip becomes another."""
    if not 0 <= arguments.steps <= _MOST:
        raise ConstraintError("--steps is {steps}; choose 0 to {most}.", steps=arguments.steps, most=_MOST)
    readings = [read_own(sound_bytes(path)) for path in arguments.clips]
    for path, reading in zip(arguments.clips, readings, strict=True):
        for words in reading.remarks:
            say(f"{path.name}: {words}")
    first, last = (land(reading.clip)[arguments.net] for reading in readings)

    def between(name: str, share: float) -> tuple[float, ...]:
        return tuple(a + (b - a) * share for a, b in zip(first[name], last[name], strict=True))

    if arguments.steps:
        shares = [n / max(arguments.steps - 1, 1) for n in range(arguments.steps)]
        wanted = [Asked(arguments.net, (between("place", s),), arguments.how, told=between("told", s)) for s in shares]
    else:
        ends = (between("place", 0.0), between("place", 1.0))
        told = between("told", 0.5)
        wanted = [Asked(arguments.net, ends, arguments.how, told=told, seconds=arguments.seconds)]
    _write(arguments, "morph", wanted)


def _write(arguments: argparse.Namespace, name: str, wanted: list[Asked]) -> None:
    clips = [map_clip(asked) for asked in wanted]
    files = {f"{name}-{number}.wav": clip_bytes(clip) for number, clip in enumerate(clips, 1)}
    paths = write_files(arguments.out, files)
    if arguments.json:
        show_json({"files": [
            {"file": str(paths[file]), "seconds": round(clip.duration_sec, 3), "sample_rate": clip.sample_rate,
             "at": [list(point) for point in asked.line]}
            for file, clip, asked in zip(files, clips, wanted, strict=True)
        ]})  # fmt: skip
    else:
        show([str(paths[file]) for file in files])
