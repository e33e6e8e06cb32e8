"""The history of a run: a JSON object a line, an epoch each: history_of."""

import json
import logging
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


def history_of(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's history; one that was cut off where the machine stopped is left out."""
    path, lines = folder / "history.jsonl", []
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            lines.append(json.loads(text))
        except ValueError:
            logger.warning("a line of %s cannot be read and is left out", path.name)
    return lines
