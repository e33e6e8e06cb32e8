"""What is said at the start: under which address telephones open the app; and the certificate for https."""

import argparse
import sys

from musegen.cli.output import say, show
from musegen.paths import home_dir
from musegen.services.serving.addresses import public_root, qr_text

_HTTPS_FOLDER = "https"


def say_address(root: str, listens_on: str = "") -> None:
    """Say under which address others in the network open the app, with a QR code where this is a terminal.

    Args:
        root: the address on this computer.
        listens_on: the address of this computer that the app listens on; "" for all of them.
    """
    public = public_root(root, listens_on)
    if public is None:
        return
    say(f"\n  Telephones and tablets in the same network open:  {public}\n")
    if sys.stdout.isatty():
        say(qr_text(public))


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "certificate",
        help="make a certificate for https on this computer",
        description="Make a certificate for https and say where it and its key lie, each on a line.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Make the certificate."""
    from musegen.services.serving.certificate import certificate

    show([str(path) for path in certificate(home_dir() / _HTTPS_FOLDER)])
