"""The checks of the page's JavaScript in Node: unit tests of its models, ESLint, and types (tsc over JSDoc).

Node is for development alone; `python3 run.py test` installs its packages. Where it is absent, or too old, or they
could not be had, what was left out is said in the reason for skipping; where they are there, what fails fails.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import run as run_py

ROOT = Path(__file__).resolve().parent.parent
NODE = shutil.which("node")
if NODE and int(re.search(r"\d+", subprocess.check_output([NODE, "--version"], text=True))[0]) < run_py.OLDEST_NODE:
    NODE = None
MODULES = ROOT / "node_modules"


def run(*command):
    done = subprocess.run([NODE, *map(str, command)], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


@pytest.mark.skipif(NODE is None, reason="LEFT OUT: the tests of the page's models, because Node is not installed")
def test_the_models_of_the_page():
    told = run("--test", "--test-force-exit", *sorted((ROOT / "tests" / "web").glob("*.test.js")))
    assert int(re.search(r"^\S+ pass (\d+)$", told, re.M)[1]) >= 30
    assert re.search(r"^\S+ (?:skipped|todo) 0$", told, re.M)


@pytest.mark.skipif(
    NODE is None or not MODULES.is_dir(),
    reason="LEFT OUT: ESLint and the types of the page's JavaScript; they want Node, and npm to fetch them",
)
@pytest.mark.parametrize("tool", ["eslint/bin/eslint.js", "typescript/bin/tsc"])
def test_the_style_and_the_types_of_the_page(tool):
    run(MODULES / tool, *(["."] if "eslint" in tool else []))


def test_the_lock_file_pins_what_is_asked_for_and_names_no_registry():
    wanted = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert "dependencies" not in wanted  # the app itself needs no Node
    for name, version in wanted["devDependencies"].items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert not [name for name, one in locked.items() if "resolved" in one]
    assert all("integrity" in one for name, one in locked.items() if name)
