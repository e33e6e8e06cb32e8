"""Run a command of Musegen for the plug-in, whatever folder MuseScore runs in; what is wrong comes as JSON too.

python compose.py regenerate score.musicxml --bars 5-8 --style folk --out DIR --formats musicxml --json
"""

import contextlib
import io
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main() -> int:
    """Run the command; return its exit status."""
    from musegen.cli.command_line import main as run

    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(told):
        try:
            status = run(sys.argv[1:])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
    sys.stdout.write(told.getvalue() if status == 0 else json.dumps({"error": said.getvalue().strip()}))
    return status


if __name__ == "__main__":
    sys.exit(main())
