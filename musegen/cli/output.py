"""What the commands write: one JSON object or plain lines to stdout, messages to stderr, files all or none."""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def say(message: str) -> None:
    """Show a message for people."""
    print(message, file=sys.stderr, flush=True)


def show(lines: list[str]) -> None:
    """Show the result for people, a line each."""
    print("\n".join(lines))


def show_json(value: dict[str, Any]) -> None:
    """Show the result for programs: one JSON object and nothing else."""
    print(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


def write_files(folder: Path, contents: Mapping[str, bytes]) -> dict[str, Path]:
    """Write files into a folder, which is made if it is not there; return their paths by name.

    All are written beside their places first, so that no reader ever sees half a file and a disk that is full changes
    nothing.

    Raises:
        OSError: the folder or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / name for name in contents}
    with tempfile.TemporaryDirectory(prefix=".musegen-", dir=folder) as drafts:
        for name, content in contents.items():
            (Path(drafts) / name).write_bytes(content)
        for name, path in paths.items():
            (Path(drafts) / name).replace(path)
    return paths
