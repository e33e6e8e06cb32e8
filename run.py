#!/usr/bin/env python3
"""Set Musegen up and start it: ``python3 run.py``; run all tests: ``python3 run.py test``.

Nothing but Python is needed. The first run makes the folder ``.venv``, installs into it what requirements.txt pins,
and installs the system packages of packages.txt where this user may; a stamp in ``.venv`` remembers it, so that
later runs start at once. Runs on Linux, macOS and Windows; also read by Pythons too old to run the rest, so that
they can say so.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PYTHONS = ((3, 12), (3, 11), (3, 13))  # for which every pinned package has wheels, preferred first
WINDOWS = os.name == "nt"

OLDEST_NODE = 20
"""The Node that the checks of the page's JavaScript need at least."""

BESIDE = ["-n", str(min((os.cpu_count() or 2) + 1, 5)), "--dist", "loadfile", "--no-loadscope-reorder"]
"""How tests run beside each other: each file as a whole in one process, so that what it shares is made once; in the
order of tests/conftest.py, where the long ones come first. One process more than cores, since tests in a browser wait
for a third of their time."""

USAGE = """\
python3 run.py [--port N] [streamlit options]   set up and open the app
python3 run.py --https                          the same for microphones and MIDI keyboards of telephones
python3 run.py serve [--processes N] [--port P] set up and serve many people: one process a core behind HAProxy
python3 run.py test [pytest options]            set up and run all tests
python3 run.py setup                            set up only, also what failed before"""

BREW_NAMES = {"libfluidsynth3": "fluid-synth", "haproxy": "haproxy"}
"""What Homebrew calls the packages of packages.txt; those it does not have are not asked for on a Mac."""

WHAT_FOR = {
    "libfluidsynth3": "without it, the simpler TinySoundFont plays",
    "fluid-soundfont-gm": "without it, a smaller sound font plays",
    "haproxy": "without it, one process serves",
    "chromium": "without it, the tests of the page fail, unless MUSEGEN_WITHOUT_CHROMIUM=1 leaves them out",
}
"""What the program does where a package is missing."""


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit status."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # see musegen/__init__.py; pytest and Streamlit load numpy first
    if arguments[:1] in (["-h"], ["--help"]):
        say(USAGE)
        return 0
    command, rest = ("app", arguments)
    if arguments[:1] in (["test"], ["setup"], ["serve"]):
        command, rest = arguments[0], arguments[1:]
    try:
        if not set_up("dev" if command == "test" else "app", retry=command != "app"):
            return 1
        if command == "test":
            return run_tests(rest)
        if command == "serve":
            return serve_app(rest)
        if command == "app":
            return start_app(rest)
    except KeyboardInterrupt:
        say("Stopped; run the same command again to go on.")
        return 130
    return 0


def say(message: str) -> None:
    """Show a line at once, also where output goes to a file."""
    print(message, flush=True)


# The set-up --------------------------------------------------------------------------------------------------------


def set_up(level: str, retry: bool = False) -> bool:
    """Bring ``.venv`` and the system packages to what the files ask for; True if the program can run.

    Args:
        level: "app", or "dev" with everything for the tests.
        retry: also try again the system packages that could not be installed before.
    """
    stamp = read_stamp()
    fresh = stamp.get(level) == digest(level) and venv_python().exists()
    if not fresh or (retry and stamp.get("missing")):
        stamp["missing"] = install_system_packages(level)
    elif stamp.get("missing"):
        stamp["missing"] = [name for name in stamp["missing"] if not is_installed(name)]
        advise(stamp["missing"])
    if not fresh:
        stopped = stamp.get("unfinished", False)
        stamp = {"missing": stamp["missing"]}
        if not make_venv(anew=stopped):
            return False
        write_stamp({**stamp, "unfinished": True})  # stays if the next line is stopped: packages may be half there
        if not install_packages(level):
            write_stamp(stamp)
            return False
        stamp.update({"app": digest("app"), level: digest(level)})
    write_stamp(stamp)
    return True


def requirement_files(level: str) -> list[Path]:
    """Return the files that say what a level needs."""
    names = ["requirements.txt", "requirements-no-deps.txt", "packages.txt"]
    if level == "dev":
        names += ["requirements-dev.txt", "requirements-machines.txt", "packages-dev.txt"]
    if level == "serve":  # a few packages of the system more, asked for each time; `.venv` is the app's
        names.append("packages-serve.txt")
    return [ROOT / name for name in names]


def digest(level: str) -> str:
    """Return the sha256 of what a level needs and of the Python that ``.venv`` was made with."""
    sha = hashlib.sha256(venv_version().encode())
    for path in requirement_files(level):
        sha.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return sha.hexdigest()


def stamp_path() -> Path:
    """Where the set-up remembers what it has done."""
    return ROOT / ".venv" / "musegen-setup.json"


def read_stamp() -> dict:
    """Return what was installed: digests by level, and the system packages that could not be installed."""
    try:
        stamp = json.loads(stamp_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict) -> None:
    """Remember what was installed, all or nothing."""
    text = json.dumps(stamp)
    if stamp_path().parent.is_dir() and stamp != read_stamp():
        draft = stamp_path().with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(stamp_path())


# Python ------------------------------------------------------------------------------------------------------------


def venv_python() -> Path:
    """Return the interpreter of ``.venv``."""
    return ROOT / ".venv" / ("Scripts/python.exe" if WINDOWS else "bin/python")


def venv_version() -> str:
    """Return the version that ``.venv`` was made with, without starting it; "" where there is none."""
    try:
        lines = (ROOT / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    pairs = (line.partition("=") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip() in ("version", "version_info")), "")


def is_supported(version: str) -> bool:
    """Whether a version such as "3.11.7" is one that all packages support."""
    return version.split(".")[:2] in [[str(part) for part in python] for python in PYTHONS]


def find_python() -> str | None:
    """Return an interpreter to make ``.venv`` with: this one, or one of the right version that is installed."""
    if sys.version_info[:2] in PYTHONS:
        return sys.executable
    for major, minor in PYTHONS:
        candidates = [["python%d.%d" % (major, minor)]]  # noqa: UP031 (read by old Pythons)
        if WINDOWS:
            candidates.insert(0, ["py", "-%d.%d" % (major, minor)])  # noqa: UP031
        for candidate in candidates:
            found = shutil.which(candidate[0])
            answer = output([found, *candidate[1:], "-c", "import sys; print(sys.executable)"]) if found else None
            if answer:
                return answer
    return None


def make_venv(anew: bool = False) -> bool:
    """Make ``.venv`` unless a sound one of a supported version is there, or in any case if `anew`."""
    if not anew and is_supported(venv_version()) and output([str(venv_python()), "-m", "pip", "--version"]) is not None:
        return True
    python = find_python()
    if not python:
        wanted = ", ".join("%d.%d" % version for version in sorted(PYTHONS))  # noqa: UP031
        say(
            "Musegen needs one of Python " + wanted + "; this is Python " + sys.version.split()[0] + " and none of "
            "them was found. Install one (python.org, or your system's packages) and run this again."
        )
        return False
    say("Making .venv ...")
    make = [python, "-m", "venv", "--clear", str(ROOT / ".venv")]
    if subprocess.call(make, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
        return True
    # Debian and Ubuntu keep the module in a package of its own.
    apt = apt_get()
    version = output([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]) or "3"
    package = "python" + version + "-venv"
    if apt and apt_install(apt, [package]) and subprocess.call(make) == 0:
        return True
    say('Python cannot make .venv: install its venv module ("apt install ' + package + '") and run this again.')
    return False


def install_packages(level: str) -> bool:
    """Install the pinned packages into ``.venv``; pip reads the user's own configuration."""
    pip = [str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    name = "requirements-dev.txt" if level == "dev" else "requirements.txt"
    say("Installing what " + name + " lists; the first time this takes a few minutes ...")
    if subprocess.call([*pip, "-r", str(ROOT / name)]) != 0:
        say("The packages were not installed (see above): check the network connection and run this again.")
        return False
    optional = [*pip, "--no-deps", "-r", str(ROOT / "requirements-no-deps.txt")]
    if subprocess.call(optional, stderr=subprocess.DEVNULL) != 0:
        say("TinySoundFont is not available for this Python, so sound needs FluidSynth.")
    if level == "dev" and not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        fetch = [str(venv_python()), "-m", "playwright", "install", "chromium"]
        if subprocess.call(fetch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
            say(
                "No Chromium was found or could be fetched: the tests of the page fail (or MUSEGEN_WITHOUT_CHROMIUM=1)."
            )
    return True


def install_page_checks() -> None:
    """Install ESLint and tsc as package-lock.json pins them, where Node is; else say what is left out, and why."""
    version = output(["node", "--version"]) or ""
    if int("".join(filter(str.isdigit, version.split(".")[0])) or 0) < OLDEST_NODE:
        found = f"Node is {version}, older than {OLDEST_NODE}" if version else "Node is not installed"
        say(f"Left out: the checks of the page's JavaScript, because {found} (the app does not need it).")
        return
    if page_checks_are_there():
        return
    npm = shutil.which("npm")
    say("Installing ESLint and TypeScript for the checks of the page's JavaScript ..." if npm else
        "Left out: ESLint and types of the page's JavaScript, because npm is not installed beside Node.")  # fmt: skip
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    if npm and subprocess.call([npm, "ci", *quiet], cwd=str(ROOT), stdin=subprocess.DEVNULL) != 0:
        say("Left out: ESLint and types of the page's JavaScript, which could not be fetched (see above): check the "
            "network connection and run this again.")  # fmt: skip


def page_checks_are_there() -> bool:
    """Whether npm has installed what package-lock.json pins; of what is for other systems it installs nothing."""
    try:
        wanted = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        there = json.loads((ROOT / "node_modules" / ".package-lock.json").read_text(encoding="utf-8"))["packages"]
        return all(
            name in there and there[name]["version"] == package["version"]
            for name, package in wanted.items()
            if name and not package.get("optional")
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


# System packages ---------------------------------------------------------------------------------------------------


def system_packages(level: str) -> list[str]:
    """Return the names listed in packages.txt and, for tests, packages-dev.txt."""
    lines: list[str] = []
    for path in requirement_files(level):
        if path.name.startswith("packages"):
            lines += path.read_text(encoding="utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [name for name in names if name in BREW_NAMES] if sys.platform == "darwin" else names


def install_system_packages(level: str) -> list[str]:
    """Install the system packages where this user may; return the names of those still missing."""
    missing = [name for name in system_packages(level) if not is_installed(name)]
    apt = apt_get()
    if missing and apt:
        say("Installing " + ", ".join(missing) + " ...")
        apt_install(apt, missing)
    elif missing and sys.platform == "darwin" and shutil.which("brew"):
        for name in missing:
            say("Installing " + BREW_NAMES[name] + " ...")
            subprocess.call(["brew", "install", "--quiet", BREW_NAMES[name]])
    missing = [name for name in missing if not is_installed(name)]
    advise(missing)
    return missing


def is_installed(name: str) -> bool:
    """Whether a package of packages.txt, or what it is needed for, is there."""
    if name.startswith("libfluidsynth") and ctypes.util.find_library("fluidsynth"):
        return True
    if shutil.which(name):
        return True
    if shutil.which("dpkg-query"):
        return (output(["dpkg-query", "-W", "-f=${Status}", name]) or "").endswith(" installed")
    if sys.platform == "darwin" and name in BREW_NAMES and shutil.which("brew"):
        return bool(output(["brew", "list", "--versions", BREW_NAMES[name]]))
    return False


def advise(missing: list[str]) -> None:
    """Say in one line what is missing, what to do, and how the program helps itself until then."""
    if not missing:
        return
    names = missing
    how = "install with your system's package manager"
    if shutil.which("apt-get"):
        how = "run: sudo apt install"
    elif sys.platform == "darwin":
        how, names = "run: brew install", [BREW_NAMES.get(name, name) for name in missing]
    instead = "; ".join(WHAT_FOR[name] for name in missing if name in WHAT_FOR)
    say("For everything to be there, " + how + " " + " ".join(names) + (" (" + instead + ")" if instead else ""))


def apt_get() -> list[str] | None:
    """Return the command that installs packages without asking for a password, or None."""
    if not shutil.which("apt-get"):
        return None
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and output(["sudo", "-n", "sh", "-c", "echo yes"]):
        return ["sudo", "-n", "apt-get"]
    return None


def apt_install(apt: list[str], names: list[str]) -> bool:
    """Install packages: together, after reading the package lists anew, or those that can be had."""

    def install(chosen: list[str]) -> bool:
        return run([*apt, "install", "-y", "-q", "--no-install-recommends", *chosen])

    def run(command: list[str]) -> bool:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)  # fmt: skip
        return done.returncode == 0

    if install(names) or (run([*apt, "update", "-q"]) and install(names)):
        return True
    return len(names) > 1 and all([install([name]) for name in names])  # a list: each is tried


def output(command: list[str], cwd: str | None = None) -> str | None:
    """Return what a command prints, or None where it cannot run or fails."""
    try:
        done = subprocess.run(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


# The program -------------------------------------------------------------------------------------------------------


def streamlit_arguments(arguments: list[str]) -> list[str]:
    """Return the arguments for Streamlit, which writes ``--port`` as ``--server.port``."""
    return [
        "--server.port" + argument[len("--port") :] if argument.split("=")[0] == "--port" else argument
        for argument in arguments
    ]


def start_app(arguments: list[str]) -> int:
    """Start the app in this process's place, with ``--https`` under a certificate made on the spot; Ctrl-C ends it."""
    safe = []
    if "--https" in arguments:
        arguments = [argument for argument in arguments if argument != "--https"]
        made = output([str(venv_python()), "-m", "musegen", "certificate"], cwd=str(ROOT))
        if not made:
            say("No certificate could be made, so https is not to be had; start without --https.")
            return 1
        certificate, key = made.splitlines()[:2]
        safe = ["--server.sslCertFile=" + certificate, "--server.sslKeyFile=" + key]
    command = ["streamlit", "run", str(ROOT / "app.py"), *safe, *streamlit_arguments(arguments)]
    return become(command)


def serve_app(arguments: list[str]) -> int:
    """Start several processes of the app and the proxy before them, in this process's place; Ctrl-C ends them."""
    install_system_packages("serve")
    os.chdir(str(ROOT))
    return become(["musegen", "serve", *arguments])


def become(module: list[str]) -> int:
    """Run a module of ``.venv`` with arguments in this process's place."""
    environment = dict(os.environ)
    if sys.platform == "darwin" and Path("/opt/homebrew").is_dir():
        environment.setdefault("HOMEBREW_PREFIX", "/opt/homebrew")  # where pyfluidsynth looks
    python = str(venv_python())
    command = [python, "-m", *module]
    if not WINDOWS:
        sys.stdout.flush()
        os.execve(python, command, environment)
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the app has got it too
            continue


def run_tests(arguments: list[str]) -> int:
    """Check style, run the tests, some files at a time, and check types beside them; return what failed's exit status.

    What is wrong with the types is said at the end, below the tests.
    """
    python = str(venv_python())
    install_page_checks()
    style = subprocess.call([python, "-m", "ruff", "check", "."], cwd=str(ROOT))
    layout = subprocess.call([python, "-m", "ruff", "format", "--check", "--quiet", "."], cwd=str(ROOT))
    beside = [] if any(argument.startswith(("-n", "--dist", "-x", "--pdb")) for argument in arguments) else BESIDE
    with tempfile.TemporaryFile() as said:
        checking = subprocess.Popen([python, "-m", "mypy", "--no-error-summary"], cwd=str(ROOT),
                                    stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)  # fmt: skip
        try:
            tests = subprocess.call([python, "-m", "pytest", *beside, *arguments], cwd=str(ROOT))
            types = checking.wait()
        finally:
            checking.kill()
        said.seek(0)
        wrong = said.read().decode(errors="replace").strip()
    if wrong:
        say(wrong)
    return tests or style or layout or types


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
