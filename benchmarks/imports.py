"""What starting costs: importing the app's services, listing styles, and one compose by command line.

Each is a fresh Python. The modules loaded are counted by a hook of the interpreter itself (`-X importtime`), and
neither TensorFlow nor Keras may be among them. Times are given beside that of a Python that does nothing.
"""

import re
import subprocess
import sys
import tempfile

from benchmarks.report import TIMING_HEADER, Figures, measure, run, table, timing_rows
from musegen.paths import PROJECT_DIR

HEAVY = ("tensorflow", "keras", "jax", "torch")
IMPORTS = (
    "import musegen, musegen.services.making.compose, musegen.services.seeds.seed, musegen.services.showing.downloads"
)
LISTING = "from musegen.services.styles import list_styles; list_styles()"
_MODULE = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s*(\S+)$", re.MULTILINE)


def commands(num_bars: int, folder: str) -> dict[str, list[str]]:
    """Return the arguments of Python, by name."""
    compose = ["-m", "musegen", "compose", "--style", "folk", "--mode", "invent", "--bars", str(num_bars)]
    return {
        "nothing": ["-c", "pass"],
        "import_services": ["-c", IMPORTS],
        "list_styles": ["-c", LISTING],
        "compose_by_command_line": [*compose, "--out", folder, "--formats", "mid,musicxml", "--json"],
    }


def modules_of(arguments: list[str]) -> set[str]:
    """Return the modules that a fresh Python with these arguments imports.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
        raise RuntimeError("\n".join(errors[-5:]))
    return set(_MODULE.findall(done.stderr))


def heavy(modules: set[str]) -> list[str]:
    """Return which of the libraries that nobody but training needs are among the modules."""
    return sorted({m.split(".")[0] for m in modules} & set(HEAVY))


def measured(small: bool) -> Figures:
    """Return the figures."""
    result: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in commands(2 if small else 16, folder).items():
            modules = modules_of(arguments)
            command = [sys.executable, *arguments]

            def start(command: list[str] = command) -> None:
                subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, check=True)

            timing = measure(start, 1 if small else 7, warmup=0)
            own = [m for m in modules if m.split(".")[0] == "musegen"]
            result[name] = {**timing.to_figures(), "modules": len(modules), "own_modules": len(own),
                            "heavy_libraries": heavy(modules)}  # fmt: skip
    result["met"] = not any(figures["heavy_libraries"] for figures in result.values())
    return result


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    names = [name for name in figures if name != "met"]
    rows = [[*row, figures[n]["modules"], figures[n]["own_modules"], ", ".join(figures[n]["heavy_libraries"]) or "none"]
            for n, row in zip(names, timing_rows(figures, names), strict=True)]  # fmt: skip
    header = (*TIMING_HEADER, "modules", "of them ours", "of " + ", ".join(HEAVY))
    return f"A fresh Python each:\n\n{table(header, rows, 0)}\n\nNeither TensorFlow nor Keras: {figures['met']}"


if __name__ == "__main__":
    run(measured, rendered)
