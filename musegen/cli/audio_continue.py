"""`audio continue`: a clip played on, sample by sample."""

import argparse
from pathlib import Path

from musegen.cli.options import add_json_option
from musegen.cli.output import say, show, show_json, write_files
from musegen.errors import ConstraintError
from musegen.files.sound_file import SOUND_EXTENSIONS, sound_bytes
from musegen.rendering.audio import clip_bytes
from musegen.services.sound.continuing import ContinueRequest, continue_clip, read_for_network


def add_continue_command(doing: argparse._SubParsersAction) -> None:
    """Add `continue` to the group."""
    usual = ContinueRequest()
    parser = doing.add_parser("continue", help="play a clip on with a network over raw samples", allow_abbrev=False)
    parser.add_argument(
        "clip", type=Path, metavar="CLIP", help="a WAV, FLAC, OGG or MP3 file; its last seconds are used"
    )
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of new sound (default: %(default)s)")
    parser.add_argument("--temperature", type=float, default=usual.temperature,
                        help="below 1 what is likely becomes likelier (default: %(default)s)")  # fmt: skip
    parser.add_argument("--random-seed", type=int, default=usual.random_seed, metavar="N",
                        help="the same number gives the same sound (default: %(default)s)")  # fmt: skip
    parser.add_argument("--new-only", action="store_true", help="leave out what was given")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE",
                        help="the sound file to write; its ending says which kind")  # fmt: skip
    add_json_option(parser)
    parser.set_defaults(run=run_continue)


def run_continue(arguments: argparse.Namespace) -> None:
    """Write the clip and how it goes on."""
    out: Path = arguments.out
    kind = sound_kind(out)
    request = ContinueRequest(arguments.seconds, arguments.temperature, arguments.random_seed)
    reading = read_for_network(sound_bytes(arguments.clip))
    made = continue_clip(reading.clip, request)
    for words in (*reading.remarks, *made.remarks):
        say(words)
    clip = made.new if arguments.new_only else made.clip
    path = write_files(out.parent, {out.name: clip_bytes(clip, kind)})[out.name]
    if arguments.json:
        show_json({"file": str(path), "seconds": round(clip.duration_sec, 3), "given_seconds": round(made.given_sec, 3),
                   "sample_rate": clip.sample_rate})  # fmt: skip
    else:
        show([str(path)])


def sound_kind(path: Path) -> str:
    """Return which kind of sound file a path asks for, without the dot.

    Raises:
        ConstraintError: its ending is none of a sound file.
    """
    if path.suffix.lower() not in SOUND_EXTENSIONS:
        raise ConstraintError(
            f'Sound is written as {", ".join(SOUND_EXTENSIONS)}; give "{path.name}" one of these endings.'
        )
    return path.suffix.lower()[1:]
