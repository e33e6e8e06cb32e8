"""What `python -m musegen` understands, and how it ends.

Exit codes: 0 done, 2 something is not as needed (one sentence on stderr says what), 130 stopped by Ctrl-C.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from musegen.cli import (
    address,
    audio,
    benchmark,
    compose,
    evaluate,
    library,
    originality,
    render,
    score,
    serve,
    steer,
    styles,
    takes,
    train,
)
from musegen.cli.output import say
from musegen.errors import MusegenError

STOPPED = 130
FAILED = 2


class _Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave."""
        say(f"{message[:1].upper()}{message[1:].rstrip('.')}; see {self.prog} --help.")
        raise SystemExit(FAILED)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(prog="python -m musegen", description="Compose music with recurrent networks.", allow_abbrev=False)
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for module in (styles, compose, takes, library, steer, score, evaluate, benchmark, originality, render, train,
                   serve, address, audio):  # fmt: skip
        module.add_command(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    try:
        words = takes.with_old_ids(list(sys.argv[1:] if arguments is None else arguments))
        parsed = build_parser().parse_args(words)
        parsed.run(parsed)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:  # the reader has gone, for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MusegenError as error:
        say(str(error))
        return FAILED
    except OSError as error:
        _drop_output()
        where = f'"{error.filename}" cannot be used' if error.filename else "A file cannot be read or written"
        say(f"{where} ({(error.strerror or str(error)).lower()}); choose another place or make room there.")
        return FAILED
    return 0


def _drop_output() -> None:
    """Keep Python from complaining once more, at its end, of output that could not be written."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
