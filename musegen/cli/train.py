"""`train`: a style from a musician's own files, or a shipped style from nothing."""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from musegen.cli.options import number
from musegen.cli.output import say, show
from musegen.errors import MusegenError
from musegen.services.styles import get_style
from musegen.services.training import runs
from musegen.services.training.check import Check, check_files
from musegen.services.training.kinds import teaching
from musegen.services.training.told import done_sentences, progress_words
from musegen.services.training.uploads import MOST_BYTES, MOST_FILE_BYTES
from musegen.styles.runs import CELLS, DONE, ENDED, FAILED, LEARNING, TrainingRun
from musegen.styles.shelf import is_teaching


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    from musegen.training.recipe import list_recipes  # light, unlike what trains

    parser = commands.add_parser(
        "train", help="train a style from your own files, or a shipped one from nothing", allow_abbrev=False
    )
    what = parser.add_mutually_exclusive_group(required=True)
    words = f"shipped styles to train from nothing, one after the other: {', '.join(list_recipes())}"
    what.add_argument("styles", nargs="*", type=_shipped, default=[], metavar="style", help=words)
    what.add_argument("--recipe", type=Path, metavar="FILE", help="a recipe of your own, a TOML file: see docs")
    what.add_argument("--files", type=Path, metavar="DIR", help="your own files: a folder, a zip archive or one file")
    own = parser.add_argument_group("your own files")
    own.add_argument("--name", metavar="NAME", help="what the style is called")
    begun = ", ".join(card.style_id for card in teaching())
    own.add_argument("--from", dest="base", metavar="STYLE",
                     help="the style to go on from (the one nearest to them), or a network of a notebook, which begins "
                     f"from nothing: {begun}")  # fmt: skip
    own.add_argument("--minutes", type=number, metavar="N", help="learn for so many minutes at most (5)")
    own.add_argument("--quick", action="store_true", help="the quick way: few numbers are learned, in less time")
    own.add_argument("--new", action="store_true", help="begin from nothing instead of going on from a style")
    own.add_argument("--cell", choices=CELLS, default="", help="of --new: the cells of its network (lstm)")
    own.add_argument("--note", default="", metavar="WORDS", help="the rights in the files, for the style's card")
    own.add_argument("--check", action="store_true", help="only say what is in the files")
    shipped = parser.add_argument_group("a shipped style, or a recipe")
    shipped.add_argument("--run", type=Path, metavar="DIR", dest="folder", help="folder of the run, gone on with")
    shipped.add_argument("--hours", type=number, metavar="H", help="stop after so many hours")
    shipped.add_argument("--no-publish", action="store_true", help="leave the style under checkpoints/ as it is")
    shipped.add_argument("--references", action="store_true",
                         help="do not train: make what its takes are judged by again, from its corpus")  # fmt: skip
    shipped.add_argument("--standing", action="store_true", help="do not train: say how far each is and what is next")
    parser.set_defaults(run=run)


def _shipped(name: str) -> str:
    from musegen.training.recipe import list_recipes

    if name not in list_recipes():
        raise argparse.ArgumentTypeError(f"invalid choice: {name!r} (choose from {', '.join(list_recipes())})")
    return name


def run(arguments: argparse.Namespace) -> None:
    """Train, and publish what came out: under `checkpoints/`, or on the musician's own shelf."""
    if arguments.files:
        _own(arguments)
        return
    if given := [flag for flag in ("name", "base", "minutes", "quick", "new", "cell", "note", "check")
                 if getattr(arguments, flag)]:  # fmt: skip
        flag = {"base": "from"}.get(given[0], given[0])
        raise MusegenError("--{flag} is for your own files; give them by --files.", flag=flag)
    if arguments.hours is not None and arguments.hours <= 0:
        raise MusegenError(f"The time to train is {arguments.hours:g} hours; it must be above 0.")
    styles = [arguments.recipe] if arguments.recipe else arguments.styles
    if arguments.folder and len(styles) > 1:
        raise MusegenError("--run is the folder of one run; name one style.")
    if arguments.standing:
        _tell_standing(styles, arguments.folder)
        return
    if arguments.references:
        from musegen.training.recall import keep_recall
        from musegen.training.references import keep_references

        for style in styles:
            keep_references(style, lambda words: show([words]))
            keep_recall(style, lambda words: show([words]))
        return
    from musegen.training.train import train_style

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    end = time.monotonic() + arguments.hours * 3600 if arguments.hours is not None else None
    for style in styles:
        left = None if end is None else (end - time.monotonic()) / 3600
        if left is not None and left <= 0:
            say(f"The time is over; {style} waits.")
            continue
        show([str(train_style(style, arguments.folder, left, publish=not arguments.no_publish))])


def _tell_standing(styles: Sequence[str | Path], folder: Path | None) -> None:
    """Say how far each training is, in the order in which they would be trained, and which is next."""
    from musegen.training.recipe import load_recipe
    from musegen.training.standing import sentence, standing_of
    from musegen.training.train import run_folder

    standings = []
    for style in styles:
        recipe = load_recipe(style)
        standings.append(standing_of(recipe, folder or run_folder(recipe)))
    show([sentence(each) for each in standings])
    following = next((each.style_id for each in standings if not each.done), None)
    say(f"Next: {following}." if following else "All are done.")


# ------------------------------------------------------------------------------------------------- own files


def _own(arguments: argparse.Namespace) -> None:
    """Check the files, train, and say where it stands until it is done; Ctrl-C lets it rest."""
    if given := [
        flag for flag in ("folder", "hours", "no_publish", "references", "standing") if getattr(arguments, flag)
    ]:
        flag = {"folder": "run"}.get(given[0], given[0]).replace("_", "-")
        raise MusegenError("--{flag} is for a shipped style or a recipe, not for --files.", flag=flag)
    if arguments.quick and arguments.new:
        raise MusegenError("Give --quick or --new, not both.")
    if arguments.cell and not arguments.new:
        raise MusegenError("The cells of a network can be chosen with --new alone; another keeps those it has.")
    if arguments.name is None and not arguments.check:
        raise MusegenError("Give the style a name by --name.")
    if arguments.base:
        runs.check_base(arguments.base)
    check = check_files(_read(arguments.files), arguments.base or "")
    _tell(check)
    if arguments.check:
        return
    from_nothing = arguments.new or (is_teaching(check.base) and not arguments.quick)
    way = "quick" if arguments.quick else "new" if from_nothing else "on"
    trainings = runs.Trainings()
    training = trainings.same_as(check, arguments.name, way, "")
    if training is not None:
        say("The same training was begun before; it is gone on with.")
        trainings.go_on(training.order.run_id)
    else:
        minutes = 5.0 if arguments.minutes is None else arguments.minutes
        training = trainings.begin(check, arguments.name, way, minutes=minutes, note=arguments.note,
                              cell=arguments.cell or "lstm")  # fmt: skip
    try:
        _watch(training, trainings.job_of(training))
    except KeyboardInterrupt:
        trainings.pause(training.order.run_id)
        say("It rests; give the same command again to go on from its last round.")
        raise
    standing = training.standing
    if standing.state == FAILED:
        raise MusegenError(standing.words)
    if standing.state != DONE:
        raise MusegenError(trainings.trouble_of(training))
    history = training.history()
    untouched = next((line["valid_nll"] for line in history if not line["epoch"]), None)
    say(" ".join(done_sentences(training.order, standing, untouched, get_style(training.order.base).title)))
    show([training.order.style_id])


def _read(where: Path) -> list[tuple[str, bytes]]:
    """Return the files of a folder, or one file; what is larger than anything that can be used is not even read."""
    if where.is_file():
        if where.stat().st_size > MOST_BYTES:
            raise MusegenError(f"{where.name} is larger than {MOST_BYTES >> 20} MB; give the files in smaller parts.")
        return [(where.name, where.read_bytes())]
    if not where.is_dir():
        raise MusegenError(
            'There is no folder "{where}"; give one that holds MIDI, MusicXML or ABC files.', where=str(where)
        )
    found, room = [], MOST_BYTES
    for path in sorted(path for path in where.rglob("*") if path.is_file()):
        most = MOST_BYTES if path.suffix.lower() == ".zip" else MOST_FILE_BYTES
        if path.stat().st_size > min(most, room):
            say(f"{path.name} is left out. It is larger than can be used ({min(most, room) >> 20} MB).")
            continue
        found.append((path.relative_to(where).as_posix(), path.read_bytes()))
        room -= len(found[-1][1])
    return found


def _tell(check: Check) -> None:
    for file in check.files:
        if not file.used:
            say(f"{file.name} is left out. {file.why}")
        elif file.why or file.known:
            known = f"Known already: {file.known}." if file.known else ""
            say(f"{file.name}: {' '.join(filter(None, (file.why, known)))}")
    for words in (*check.trouble, *check.sentences()):
        say(words)
    start = "It begins from nothing, as the" if is_teaching(check.base) else "It goes on from"
    say(f"{start} {get_style(check.base).title}.")


def _watch(training: TrainingRun, job: runs.TrainJob | None) -> None:
    """Say where a training stands, a line a round, until it ends or rests."""
    said: tuple = ()
    while job is not None and not job.wait(0.5):
        standing = training.standing
        now = (standing.state, standing.epoch)
        if now == said:
            continue
        said = now
        if standing.state == LEARNING and standing.epoch:
            line = training.history()[-1]
            left = "; ".join(progress_words(standing)[1:])
            say(f"Round {line['epoch']}: {line['train_nll'] or float('nan'):.3f} nats on what it learns from, "
                f"{line['valid_nll']:.3f} on what is held out{'; ' if left else ''}{left}.")  # fmt: skip
        elif standing.state not in ENDED:
            say(f"{standing.state.capitalize()} …")
