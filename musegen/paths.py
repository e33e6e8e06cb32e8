"""Where things are: the project's own folders, the user's data, the user's home."""

import os
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent


def checkpoints_dir() -> Path:
    """Folder of the styles; ``MUSEGEN_CHECKPOINTS`` overrides it."""
    return Path(os.environ.get("MUSEGEN_CHECKPOINTS") or PROJECT_DIR / "checkpoints")


def assets_dir() -> Path:
    """Folder of the shipped example seeds and pictures."""
    return PROJECT_DIR / "assets"


def home_dir() -> Path:
    """Folder for caches, training runs and takes; ``MUSEGEN_HOME`` overrides ``~/.musegen``. Created if absent."""
    path = Path(os.environ.get("MUSEGEN_HOME") or Path.home() / ".musegen")
    path.mkdir(parents=True, exist_ok=True)
    return path


def own_styles_dir() -> Path:
    """Folder of the styles that a musician trained; it need not exist."""
    return Path(os.environ.get("MUSEGEN_HOME") or Path.home() / ".musegen") / "styles"


def data_dir() -> Path | None:
    """Local folder of corpora named by ``MUSEGEN_DATA``, or None where it is not set."""
    value = os.environ.get("MUSEGEN_DATA")
    return Path(value) if value else None
