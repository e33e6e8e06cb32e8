"""The house: who may import whom, who owns which library, and what keeps the code readable.

Each rule is a function from modules to a list of violations. It is tried on a small example that breaks it, and
then on the project.
"""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = {
    "languages": -1,
    "errors": 0, "constants": 0, "paths": 0,
    "music": 1,
    "remarks": 2, "sound": 2,
    "engine": 3, "networks": 3, "files": 3, "band": 3,
    "evaluation": 4, "styles": 4, "library": 4, "rendering": 4, "corpora": 4, "harmony": 4,
    "composers": 5,
    "services": 6, "training": 6, "baselines": 6,
    "ui": 7, "cli": 7,
    "__main__": 8, "app": 8, "pages": 8,
}  # fmt: skip

OWNERS = {
    "numpy": ("musegen",),
    "streamlit": ("musegen.ui", "app", "pages"),
    "starlette": ("musegen.ui.routes",),
    "pretty_midi": ("musegen.files",),
    "mido": ("musegen.files",),
    "music21": ("musegen.files", "musegen.corpora"),
    "fluidsynth": ("musegen.rendering.audio",),
    "tinysoundfont": ("musegen.rendering.audio",),
    "soundfile": ("musegen.rendering.audio", "musegen.files.sound_file"),  # one writes, one reads
    "plotly": ("musegen.rendering.piano_roll",),
    "verovio": ("musegen.rendering",),
    "pyloudnorm": ("musegen.rendering.loudness",),
    "PIL": ("musegen.rendering.map_animation",),
    "typst": ("musegen.rendering",),
    "ai_edge_litert": ("musegen.engine.players.recurrent",),
    "keras": ("musegen.networks", "musegen.training", "musegen.baselines"),
    "tensorflow": ("musegen.networks", "musegen.training", "musegen.engine.players"),  # there inside a function
    "cryptography": ("musegen.services.serving.certificate",),
    "segno": ("musegen.services.serving.addresses",),
    "sqlite3": ("musegen.library.sqlite_database",),
    "psycopg": ("musegen.library.postgres_database",),
    "fsspec": ("musegen.library.object_blobs",),
    "ray": ("musegen.services.making.ray_cores",),
    "sklearn": ("musegen.evaluation",),
    "scipy": ("musegen.corpora.poly_benchmark", "musegen.sound.phase"),
    "babel": ("musegen.languages",),
    "pyphen": ("musegen.languages.hyphens",),
}
"""Third-party libraries (and sqlite3) and the rooms or modules that may import them; all others are refused."""

ONE_FILE = ("fluidsynth", "tinysoundfont", "plotly", "verovio", "typst", "ai_edge_litert")
DISTRIBUTIONS = {
    "fluidsynth": "pyfluidsynth", "ai_edge_litert": "ai-edge-litert", "sklearn": "scikit-learn", "PIL": "pillow",
}  # fmt: skip
BANNED_NAMES = re.compile(r"^(utils?|helpers?|managers?|core|common|misc)$")
HEAVY_ROOMS = ("networks", "training", "baselines")
MAX_LINES = 500
STYLES = {path.stem for path in ROOT.glob("recipes/*.toml")}
NAMED = {
    ("musegen.harmony.", "jazz"): "a manner of guessing chords",
    ("musegen.training.chord_rows", "jazz"): "a manner of guessing chords",
    ("musegen.corpora.songs", "song"): "what the works of a split are drawn with",
    ("musegen.corpora.hymns", "hymn"): "what the works of a split are drawn with",
    ("musegen.training.sound.pieces", "jazz"): "whose solos are rendered",
    ("musegen.files.musicxml.parts", "guitar"): "an instrument, whose abbreviation it is",
}
"""Modules that may write what is also the name of a style, and why."""
MAX_ARGUMENTS = 7
MUTABLE = {
    "ThreadRunner", "ThreadPoolExecutor", "Thread", "Lock", "RLock", "Condition", "Semaphore", "Event", "OrderedDict",
    "defaultdict", "deque", "WeakValueDictionary", "set", "Queue", "ComposeQueue", "Sounds", "Results", "Program",
    "Trainings",
}  # fmt: skip
KEPT_BY_A_PROCESS = {
    ("musegen.rendering.engraving", "_lock"): "Verovio draws one sheet at a time in a process",
    ("musegen.corpora.base", "_REGISTRY"): "filled by importing the corpora, always the same ones",
    ("musegen.composers.tune.cursor", "_MASKS"): "what was worked out, by all that it follows from",
    ("musegen.engine.players.recurrent", "_announcing"): "the error stream of the process is one",
}
"""All that a module may keep and change besides caches of functions; the rest belongs to `services.program.Program`."""


@dataclass(frozen=True)
class Import:
    """`target` is the dotted name that is imported; `deferred` where it happens inside a function."""

    target: str
    line: int
    deferred: bool
    for_types: bool


@dataclass
class Module:
    """A module by its dotted name ("musegen.music.piece", "app", "pages.1_Compose") and its text."""

    name: str
    source: str
    is_package: bool = False

    @cached_property
    def tree(self):
        return ast.parse(self.source)

    @property
    def room(self):
        parts = self.name.split(".")
        return parts[0] if parts[0] != "musegen" else parts[1] if len(parts) > 1 else None

    @cached_property
    def imports(self):
        found = []

        def walk(node, deferred, for_types):
            for child in ast.iter_child_nodes(node):
                inside = deferred or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                types = for_types or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
                if isinstance(child, ast.Import):
                    found.extend(Import(alias.name, child.lineno, inside, types) for alias in child.names)
                elif isinstance(child, ast.ImportFrom):
                    base = self.absolute(child)
                    found.extend(
                        Import(f"{base}.{alias.name}", child.lineno, inside, types) for alias in child.names
                    )  # fmt: skip
                walk(child, inside, types)

        walk(self.tree, False, False)
        return found

    def absolute(self, node):
        if not node.level:
            return node.module
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if self.is_package else 0)]
        return ".".join([*parts, node.module] if node.module else parts)


@pytest.fixture(scope="module")
def project():
    """All modules of the project, parsed once."""
    modules = []
    for path in [ROOT / "app.py", *sorted(ROOT.glob("pages/*.py")), *sorted(ROOT.glob("musegen/**/*.py"))]:
        if path.exists():
            parts = path.relative_to(ROOT).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            modules.append(Module(name, path.read_text(encoding="utf-8"), is_package))
    return modules


# The rules ---------------------------------------------------------------------------------------------------------


def room_of(target):
    parts = target.split(".")
    return parts[1] if parts[0] == "musegen" and len(parts) > 1 else None


def unknown_rooms(modules):
    return [f"{m.name}: no floor is given for {m.room}" for m in modules if m.room not in (None, *FLOORS)]


def upward_imports(modules):
    return [
        f"{m.name}:{i.line} (floor {FLOORS.get(m.room, 0)}) imports {i.target}"
        for m in modules
        for i in m.imports
        if (room := room_of(i.target)) in FLOORS and room != m.room and FLOORS[room] >= FLOORS.get(m.room, 0)
    ]


def import_cycles(modules):
    names = {m.name for m in modules}
    edges = {m.name: set() for m in modules}
    for m in modules:
        for i in m.imports:
            if not i.for_types:
                # `from musegen.music import theory` needs the module, `... import Piece` the package
                target = i.target if i.target in names else i.target.rpartition(".")[0]
                if target in names and target != m.name:
                    edges[m.name].add(target)
    cycles, state = [], {}

    def visit(name, path):
        state[name] = "open"
        for target in sorted(edges[name]):
            if state.get(target) == "open":
                cycles.append(" -> ".join([*path[path.index(target) :], target]))
            elif target not in state:
                visit(target, [*path, target])
        state[name] = "done"

    for name in sorted(edges):
        if name not in state:
            visit(name, [name])
    return cycles


def families(modules):
    """The ways of composing: packages of composers that have a module `composer`."""
    parts = [m.name.split(".") for m in modules]
    return {p[2] for p in parts if p[:2] == ["musegen", "composers"] and len(p) == 4 and p[3] == "composer"}


def past_the_door(modules):
    """Nobody imports a way of composing past its door, nor another way of composing."""
    found = []
    for m in modules:
        own = m.name.split(".")[2] if m.name.startswith("musegen.composers.") and m.name.count(".") >= 3 else None
        for i in m.imports:
            parts = i.target.split(".")
            if parts[:2] == ["musegen", "composers"] and len(parts) > 2 and parts[2] in families(modules) - {own}:
                found.append(f"{m.name}:{i.line} imports {i.target}")
    return found


def names_outside(modules):
    """Nobody names a style, nor asks which way of composing one has: the card and `Abilities` say what matters."""
    docstrings = {
        id(node.body[0].value)
        for m in modules
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for m in modules:
        for node in ast.walk(m.tree):
            if isinstance(node, ast.Compare) and "composer" in ast.unparse(node):
                sides = [side.value for side in (node.left, *node.comparators) if isinstance(side, ast.Constant)]
                found += [f"{m.name}:{node.lineno} asks for {side}" for side in sides if side in families(modules)]
            elif (
                isinstance(node, ast.Constant)
                and node.value in STYLES
                and id(node) not in docstrings
                and not any(m.name.startswith(where) and node.value == name for where, name in NAMED)
            ):
                found.append(f"{m.name}:{node.lineno} names {node.value}")
    return found


def trespasses(modules):
    found = []
    for m in modules:
        for i in m.imports:
            library = i.target.split(".")[0]
            if library == "musegen" or (library in sys.stdlib_module_names and library not in OWNERS):
                continue
            if not any(m.name == owner or m.name.startswith(owner + ".") for owner in OWNERS.get(library, ())):
                found.append(f"{m.name}:{i.line} imports {library}, which belongs to {OWNERS.get(library, 'nobody')}")
    return found


def shared_libraries(modules):
    users = {}
    for m in modules:
        for i in m.imports:
            if i.target.split(".")[0] in ONE_FILE:
                users.setdefault(i.target.split(".")[0], set()).add(m.name)
    return [f"{library} is imported by {sorted(names)}" for library, names in users.items() if len(names) > 1]


def heavy_at_the_top(modules):
    """Networks and training load TensorFlow, so others import them inside functions only."""
    return [
        f"{m.name}:{i.line} imports {i.target} at the top"
        for m in modules
        if m.room not in HEAVY_ROOMS
        for i in m.imports
        if (room_of(i.target) in HEAVY_ROOMS or i.target.split(".")[0] in ("keras", "tensorflow"))
        and not (i.deferred or i.for_types)
    ]


def prints(modules):
    return [
        f"{m.name}:{node.lineno} prints"
        for m in modules
        if m.room != "cli"
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def process_state(modules):
    """What a process keeps and changes: `global`, and locks, queues, threads and empty tables of a module."""
    found = []
    for m in modules:
        found += [f"{m.name}:{node.lineno} has a global" for node in ast.walk(m.tree) if isinstance(node, ast.Global)]
        for node in m.tree.body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            name = getattr(target, "id", "")
            made = isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] in MUTABLE
            empty = isinstance(value, ast.Dict | ast.List) and not (
                getattr(value, "keys", ()) or getattr(value, "elts", ())
            )
            if (made or empty) and (m.name, name) not in KEPT_BY_A_PROCESS:
                found.append(f"{m.name}:{node.lineno} keeps {name}")
    return [each for each in found if not each.startswith("musegen.engine.players.recurrent:")]


def bare_excepts(modules):
    return [
        f"{m.name}:{node.lineno} catches everything"
        for m in modules
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]


def long_modules(modules):
    lengths = [(m.name, len(m.source.splitlines())) for m in modules]
    return [f"{name} has {length} lines" for name, length in lengths if length > MAX_LINES]


def role_names(modules):
    return [m.name for m in modules if any(BANNED_NAMES.match(part) for part in m.name.split("."))]


def undocumented(modules):
    found = []

    def check(m, node, name):
        if not ast.get_docstring(node) and "overload" not in map(ast.unparse, getattr(node, "decorator_list", ())):
            found.append(f"{m.name}: {name} has no docstring")

    for m in modules:
        check(m, m.tree, "the module")
        for node in m.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                check(m, node, node.name)
                for method in node.body if isinstance(node, ast.ClassDef) else ():
                    if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                        check(m, method, f"{node.name}.{method.name}")
    return found


def many_arguments(modules):
    found = []
    for m in modules:
        for node in ast.walk(m.tree):
            if isinstance(node, ast.FunctionDef):
                names = [a.arg for a in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
                count = len([name for name in names if name not in ("self", "cls")])
                if count > MAX_ARGUMENTS:
                    found.append(f"{m.name}:{node.lineno} {node.name} takes {count} arguments")
    return found


RULES = [
    (unknown_rooms, [("musegen.attic.box", '"""."""')]),
    (upward_imports, [("musegen.music.piece", "from musegen.composers import chorale")]),
    (upward_imports, [("musegen.engine.loop", "import musegen.files.midi")]),
    (upward_imports, [("musegen.files.midi", "def f():\n    from ..rendering import audio")]),
    (upward_imports, [("musegen.services.making.compose", "from musegen import ui")]),
    (import_cycles, [("musegen.ui.a", "from musegen.ui.b import x"), ("musegen.ui.b", "import musegen.ui.a")]),
    (import_cycles, [("musegen.music.a", "from . import b"), ("musegen.music.b", "from .a import x")]),
    (import_cycles, [("musegen.ui.a", "def f():\n    import musegen.ui.b"), ("musegen.ui.b", "import musegen.ui.a")]),
    (past_the_door, [("musegen.composers.tune.composer", ""), ("musegen.ui.a", "import musegen.composers.tune.plan")]),
    (past_the_door, [("musegen.composers.a.composer", ""), ("musegen.composers.b.plan", "import musegen.composers.a")]),
    (names_outside, [("musegen.ui.a", "FEWER = {'bach-chorales': 12}")]),
    (names_outside, [("musegen.composers.tune.composer", ""), ("musegen.cli.a", "card.composer['name'] == 'tune'")]),
    (trespasses, [("musegen.services.making.compose", "import streamlit as st")]),
    (trespasses, [("musegen.rendering.engraving", "def f():\n    from music21 import stream")]),
    (trespasses, [("pages.1_Compose", "import numpy as np")]),
    (trespasses, [("musegen.files.midi", "import requests")]),
    (trespasses, [("musegen.library.sql_store", "import sqlite3")]),
    (shared_libraries, [("musegen.rendering.a", "import verovio"), ("musegen.rendering.b", "import verovio")]),
    (heavy_at_the_top, [("musegen.cli.train", "from musegen.training import fit")]),
    (heavy_at_the_top, [("musegen.engine.players.recurrent", "from tensorflow.lite import Interpreter")]),
    (prints, [("musegen.services.making.compose", "def f():\n    print(1)")]),
    (process_state, [("musegen.services.jobs", "_runner = ThreadRunner(1, 'x')")]),
    (process_state, [("musegen.services.sounds", "_offers: OrderedDict[str, int] = OrderedDict()")]),
    (process_state, [("musegen.ui.a", "_found: dict = {}")]),
    (process_state, [("musegen.ui.a", "def f():\n    global x\n    x = 1")]),
    (bare_excepts, [("musegen.ui.page", "try:\n    pass\nexcept:\n    pass")]),
    (long_modules, [("musegen.ui.page", "x = 1\n" * (MAX_LINES + 1))]),
    (role_names, [("musegen.ui.utils", "")]),
    (undocumented, [("musegen.ui.page", '"""A page."""\nclass A:\n    """A."""\n    def method(self): ...')]),
    (many_arguments, [("musegen.ui.page", "class A:\n    def f(self, a, b, c, d, *, e, f, g, h): ...")]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sources"), RULES, ids=[f"{rule.__name__}-{n}" for n, (rule, _) in enumerate(RULES)])
def test_the_rule_finds_what_breaks_it(rule, sources):
    assert len(rule([Module(name, source) for name, source in sources])) == 1


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (upward_imports, "musegen.files.midi", "from musegen.files.limits import x\nfrom musegen.music import Piece"),
        (trespasses, "musegen.files.midi", "import pretty_midi\nimport json\nimport numpy.random"),
        (heavy_at_the_top, "musegen.cli.train", "def f():\n    from musegen.training import fit"),
        (undocumented, "musegen.ui.page", '"""A page."""\ndef _f(): ...\nclass _A:\n    def g(self): ...'),
        (prints, "musegen.cli.compose", "print(1)"),
        (process_state, "musegen.ui.a", "NAMES = {1: 2}\nclass A:\n    def __init__(self): self.lock = Lock()"),
    ],
)
def test_the_rule_lets_the_rest_pass(rule, name, source):
    assert rule([Module(name, source)]) == []


@pytest.mark.parametrize("rule", list(dict.fromkeys(rule for rule, _ in RULES)), ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule, project):
    assert rule(project) == []


def test_every_imported_library_is_pinned(project):
    pins = {
        re.split(r"[\[=<>\s;]", line)[0].lower().replace("_", "-")
        for name in (
            "requirements.txt",
            "requirements-no-deps.txt",
            "requirements-machines.txt",
            "requirements-ray.txt",
        )
        for line in (ROOT / name).read_text().splitlines()
    }
    libraries = {i.target.split(".")[0] for m in project for i in m.imports}
    third_party = libraries - set(sys.stdlib_module_names) - {"musegen"}
    wanted = {DISTRIBUTIONS.get(library, library).replace("_", "-") for library in third_party}
    assert len(wanted) > 3
    assert wanted <= pins


def test_importing_the_program_loads_no_tensorflow(project):
    names = [m.name for m in project
             if m.name.startswith("musegen") and m.room not in (*HEAVY_ROOMS, "__main__")]  # fmt: skip
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    for heavy in ('tensorflow', 'keras'):\n"
        "        if heavy in sys.modules: sys.exit(f'{name} loads {heavy}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
