"""The set-up: done once, done again after an interruption, going on where a system package cannot be had.

The interpreter of .venv, apt-get, sudo and dpkg-query are scripts that write down how they were called.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")

PROJECT = Path(run.__file__).parent


def script(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project folder with a made .venv, a PATH of stand-ins, and the list of calls."""
    root = tmp_path / "project"
    root.mkdir()
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-machines.txt", "requirements-no-deps.txt",
                 "requirements-ray.txt"):  # fmt: skip
        (root / name).write_text(f"# {name}\n")
    (root / "packages.txt").write_text("sound-library\n\n# a comment\nsound-font\n")
    (root / "packages-dev.txt").write_text("browser\n")
    calls = tmp_path / "calls"
    calls.write_text("")
    bin_dir = tmp_path / "bin"
    monkeypatch.setattr(run, "ROOT", root)
    monkeypatch.setenv("PATH", str(bin_dir))
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run.os, "geteuid", lambda: 0)
    (root / ".venv").mkdir()
    (root / ".venv" / "pyvenv.cfg").write_text("home = /somewhere\nversion = 3.11.7\n")
    script(root / ".venv" / "bin" / "python", 'echo "python $*" >> "$CALLS"; exit ${PIP_STATUS:-0}')
    script(bin_dir / "apt-get", 'echo "apt-get $*" >> "$CALLS"; exit ${APT_STATUS:-0}')
    script(bin_dir / "dpkg-query", 'case "$INSTALLED" in *"$3"*|all) echo "install ok installed";; *) exit 1;; esac')
    monkeypatch.setattr(run, "calls", lambda: calls.read_text().splitlines(), raising=False)
    monkeypatch.setattr(run, "forget", lambda: calls.write_text(""), raising=False)
    return root


def pip_calls():
    return [call for call in run.calls() if "pip install" in call]


def test_first_run_installs_and_the_second_calls_nothing(project, monkeypatch):
    monkeypatch.setenv("INSTALLED", "all")
    assert run.set_up("app")
    assert [call.split()[-1] for call in pip_calls()] == [
        str(project / "requirements.txt"),
        str(project / "requirements-no-deps.txt"),
    ]
    assert "--no-deps" in pip_calls()[1]
    run.forget()
    monkeypatch.setattr(run.subprocess, "run", None)
    monkeypatch.setattr(run.subprocess, "call", None)
    assert run.set_up("app")
    assert run.calls() == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-no-deps.txt", "packages.txt"])
def test_a_changed_file_installs_again(project, monkeypatch, name):
    monkeypatch.setenv("INSTALLED", "all")
    assert run.set_up("app")
    run.forget()
    (project / name).write_text("changed\n")
    assert run.set_up("app")
    assert len(pip_calls()) == 2


def test_line_ends_of_windows_change_nothing(project):
    before = run.digest("app")
    (project / "requirements.txt").write_bytes(b"# requirements.txt\r\n")
    assert run.digest("app") == before


def test_another_python_installs_again(project, monkeypatch):
    monkeypatch.setenv("INSTALLED", "all")
    assert run.set_up("app")
    run.forget()
    (project / ".venv" / "pyvenv.cfg").write_text("version_info = 3.12.1.final.0\n")
    assert run.set_up("app")
    assert len(pip_calls()) == 2


def test_tests_install_more_and_the_app_then_nothing(project, monkeypatch):
    monkeypatch.setenv("INSTALLED", "all")
    assert run.set_up("app")
    run.forget()
    assert run.set_up("dev", retry=True)
    assert str(project / "requirements-dev.txt") in pip_calls()[0]
    run.forget()
    assert run.set_up("app")
    assert run.set_up("dev", retry=True)
    assert run.calls() == []


def test_a_failed_install_says_so_and_is_repaired_by_the_next_run(project, monkeypatch, capsys):
    monkeypatch.setenv("INSTALLED", "all")
    real = run.subprocess.call
    monkeypatch.setattr(run.subprocess, "call", lambda *args, **options: 1)
    assert not run.set_up("app")
    assert "network" in capsys.readouterr().out
    monkeypatch.setattr(run.subprocess, "call", real)
    assert run.set_up("app")
    assert len(pip_calls()) == 2


def test_an_install_stopped_by_the_user_is_repaired_by_the_next_run(project, monkeypatch, capsys):
    monkeypatch.setenv("INSTALLED", "all")
    assert run.set_up("app")
    (project / "requirements.txt").write_text("newer\n")
    real = run.subprocess.call

    def stop(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(run.subprocess, "call", stop)
    assert run.main([]) == 130
    (project / "requirements.txt").write_text("# requirements.txt\n")  # back to what the old stamp was made for
    monkeypatch.setattr(run.subprocess, "call", real)
    base = script(Path(os.environ["PATH"]) / "base-python", 'echo "base $*" >> "$CALLS"')
    monkeypatch.setattr(run, "find_python", lambda: str(base))
    run.forget()
    assert run.set_up("app")
    assert run.calls()[0] == f"base -m venv --clear {project / '.venv'}", "half-installed packages must not stay"
    assert len(pip_calls()) == 2
    run.forget()
    assert run.set_up("app")
    assert run.calls() == []


@pytest.mark.parametrize("stamp", ["", "{", "[]", "null", '{"app": 3}'])
def test_a_damaged_stamp_is_no_stamp(project, monkeypatch, stamp):
    monkeypatch.setenv("INSTALLED", "all")
    run.stamp_path().write_text(stamp)
    assert run.set_up("app")
    assert len(pip_calls()) == 2
    assert json.loads(run.stamp_path().read_text())["app"] == run.digest("app")


def test_missing_tinysoundfont_is_no_obstacle(project, monkeypatch, capsys):
    monkeypatch.setenv("INSTALLED", "all")
    script(project / ".venv" / "bin" / "python", 'case "$*" in *--no-deps*) exit 1;; esac')
    assert run.set_up("app")
    assert "FluidSynth" in capsys.readouterr().out


def test_apt_installs_what_is_missing_and_only_that(project, monkeypatch):
    monkeypatch.setenv("INSTALLED", "sound-font")
    run.install_system_packages("app")
    assert run.calls() == ["apt-get install -y -q --no-install-recommends sound-library"]


def test_apt_reads_its_lists_when_an_install_fails_and_then_tries_each(project, monkeypatch):
    script(Path(os.environ["PATH"]) / "apt-get",
           'echo "$*" >> "$CALLS"; case "$*" in *sound-library*) exit 100;; esac')  # fmt: skip
    run.install_system_packages("app")
    together = "install -y -q --no-install-recommends sound-library sound-font"
    assert run.calls() == [together, "update -q", together, together.replace(" sound-font", ""),
                           together.replace("sound-library ", "")]  # fmt: skip


def test_failing_apt_goes_on_with_one_line_and_is_not_tried_at_every_start(project, monkeypatch, capsys):
    monkeypatch.setenv("APT_STATUS", "100")
    assert run.set_up("app")
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "sudo apt install sound-library sound-font" in line] == lines[1:2]
    run.forget()
    assert run.set_up("app")
    assert run.calls() == []
    assert len(capsys.readouterr().out.splitlines()) == 1
    monkeypatch.setenv("INSTALLED", "all")  # the user has done it
    assert run.set_up("app")
    assert capsys.readouterr().out == ""


def test_set_up_on_request_tries_again(project, monkeypatch):
    monkeypatch.setenv("APT_STATUS", "100")
    assert run.set_up("app")
    run.forget()
    assert run.set_up("app", retry=True)
    assert any(call.startswith("apt-get install") for call in run.calls())
    assert pip_calls() == []


def test_without_root_and_without_sudo_apt_is_left_alone(project, monkeypatch):
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000)
    assert run.apt_get() is None
    assert run.install_system_packages("app") == ["sound-library", "sound-font"]
    assert run.calls() == []


def test_sudo_only_without_a_password(project, monkeypatch):
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000)
    sudo = Path(os.environ["PATH"]) / "sudo"
    script(sudo, "exit 1")
    assert run.apt_get() is None
    script(sudo, 'test "$1" = -n && echo yes')
    assert run.apt_get() == ["sudo", "-n", "apt-get"]


def test_a_system_without_apt_goes_on(project, monkeypatch, capsys):
    (Path(os.environ["PATH"]) / "apt-get").unlink()
    (Path(os.environ["PATH"]) / "dpkg-query").unlink()
    assert run.set_up("app")
    assert capsys.readouterr().out.startswith(
        "For everything to be there, install with your system's package manager sound-library sound-font\n"
    )


def test_the_advice_says_how_the_program_helps_itself(project, capsys):
    run.advise(["chromium"])
    run.advise([])
    assert capsys.readouterr().out == (
        "For everything to be there, run: sudo apt install chromium (without it, the tests of the page fail, "
        "unless MUSEGEN_WITHOUT_CHROMIUM=1 leaves them out)\n"
    )


def test_brew_on_a_mac(project, monkeypatch):
    monkeypatch.setattr(run.sys, "platform", "darwin")
    monkeypatch.setattr(run, "BREW_NAMES", {"sound-library": "sound"})
    folder = Path(os.environ["PATH"])
    (folder / "apt-get").unlink()
    (folder / "dpkg-query").unlink()
    script(folder / "brew", 'echo "brew $*" >> "$CALLS"; test "$1" != list')
    assert run.install_system_packages("app") == ["sound-library"]
    assert "brew install --quiet sound" in run.calls()


def test_sound_and_broken_environments(project, monkeypatch):
    assert run.make_venv()
    assert run.calls() == ["python -m pip --version"]
    made = []
    monkeypatch.setattr(run, "find_python", lambda: "the-python")
    monkeypatch.setattr(run.subprocess, "call", lambda command, **options: made.append(command) or 0)
    monkeypatch.setenv("PIP_STATUS", "1")
    assert run.make_venv()
    monkeypatch.setenv("PIP_STATUS", "0")
    (project / ".venv" / "pyvenv.cfg").write_text("version = 3.6.1\n")
    assert run.make_venv()
    assert made == [["the-python", "-m", "venv", "--clear", str(project / ".venv")]] * 2


def test_no_suitable_python_is_one_sentence(project, monkeypatch, capsys):
    (project / ".venv" / "pyvenv.cfg").unlink()
    monkeypatch.setattr(run, "PYTHONS", ((3, 99),))
    assert run.main([]) == 1
    assert "needs one of Python 3.99; this is Python" in capsys.readouterr().out


def test_a_suitable_python_on_the_path_is_found(project, monkeypatch):
    monkeypatch.setattr(run, "PYTHONS", ((3, 99), (3, 98)))
    folder = Path(os.environ["PATH"])
    script(folder / "python3.99", "exit 127")
    script(folder / "python3.98", "echo /opt/python3.98")
    assert run.find_python() == "/opt/python3.98"


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ([], []),
        (["--port", "8600"], ["--server.port", "8600"]),
        (["--port=8600"], ["--server.port=8600"]),
        (["--server.headless", "true", "--portrait"], ["--server.headless", "true", "--portrait"]),
    ],
)
def test_arguments_for_streamlit(given, passed):
    assert run.streamlit_arguments(given) == passed


def test_the_app_starts_in_this_process_place(project, monkeypatch):
    started = []
    monkeypatch.setattr(run.os, "execve", lambda path, command, env: started.append((path, command)))
    monkeypatch.setattr(run, "set_up", lambda level, retry: (level, retry) == ("app", False))
    run.main(["--port", "8600"])
    path, command = started[0]
    assert path == command[0] == str(project / ".venv" / "bin" / "python")
    assert command[1:] == ["-m", "streamlit", "run", str(project / "app.py"), "--server.port", "8600"]


@pytest.mark.parametrize(
    ("failing", "status"),
    [({}, 0), ({"ruff": 1}, 1), ({"mypy": 2}, 2), ({"pytest": 3}, 3), ({"mypy": 2, "pytest": 3}, 3)],
)
def test_tests_run_even_where_the_style_fails(project, monkeypatch, capfd, failing, status):
    monkeypatch.setattr(run, "set_up", lambda level, retry: (level, retry) == ("dev", True))
    fails = "".join(f' *"-m {name} "*) echo {name} fails; exit {code};;' for name, code in failing.items())
    script(project / ".venv" / "bin" / "python", f'echo "$*" >> "$CALLS"; case "$*" in{fails} *) ;; esac')
    assert run.main(["test", "-k", "audio"]) == status
    calls = run.calls()
    assert calls[:2] == ["-m ruff check .", "-m ruff format --check --quiet ."]
    assert sorted(calls[2:]) == [  # at the same time
        "-m mypy --no-error-summary", " ".join(["-m pytest", *run.BESIDE, "-k audio"])
    ]  # fmt: skip
    said = capfd.readouterr().out.split("\n")
    assert [name for name in failing if f"{name} fails" not in said] == []
    assert "mypy" not in failing or said.index("mypy fails") == len(said) - 2  # below the tests


LOCK = {"packages": {"": {"name": "checks"}, "node_modules/eslint": {"version": "10.0.0"},
                     "node_modules/for-macs": {"version": "1.0.0", "optional": True}}}  # fmt: skip


def page_checks(project, node="v20.1.0", npm="exit 0"):
    (project / "package-lock.json").write_text(json.dumps(LOCK))
    bin_dir = Path(os.environ["PATH"])
    script(bin_dir / "node", f"echo {node}")
    script(bin_dir / "npm", f'echo "npm $*" >> "$CALLS"; {npm}')


def installed(project, version):
    (project / "node_modules").mkdir(exist_ok=True)
    there = {"packages": {"node_modules/eslint": {"version": version}}}
    (project / "node_modules" / ".package-lock.json").write_text(json.dumps(there))


def test_the_pages_checks_are_installed_once_and_again_when_the_lock_changes(project, capsys):
    page_checks(project)
    run.install_page_checks()
    assert [call.split(" --")[0] for call in run.calls()] == ["npm ci"]
    installed(project, "10.0.0")
    run.install_page_checks()
    assert len(run.calls()) == 1
    installed(project, "9.9.9")
    run.install_page_checks()
    assert len(run.calls()) == 2
    assert "Left out" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("node", "npm", "why"),
    [
        (None, None, "because Node is not installed"),
        ("v18.20.4", "exit 0", "because Node is v18.20.4, older than 20"),
        ("v22.0.0", None, "because npm is not installed"),
        ("v22.0.0", "exit 1", "check the network"),
    ],
)
def test_what_of_the_pages_checks_is_left_out_is_said_in_a_line(project, capsys, node, npm, why):
    page_checks(project, node or "", npm or "")
    for name, wanted in (("node", node), ("npm", npm)):
        if wanted is None:
            (Path(os.environ["PATH"]) / name).unlink()
    run.install_page_checks()
    *_, said = capsys.readouterr().out.splitlines()
    assert said.startswith("Left out: ") and why in said


def test_who_says_how_tests_run_beside_each_other_is_obeyed(project, monkeypatch):
    monkeypatch.setattr(run, "set_up", lambda level, retry: True)
    script(project / ".venv" / "bin" / "python", 'echo "$*" >> "$CALLS"')
    assert run.main(["test", "-n", "0", "-x"]) == 0
    assert "-m pytest -n 0 -x" in run.calls()  # types are checked beside it


def test_help_sets_nothing_up(project, capsys):
    assert run.main(["--help"]) == 0
    assert "run.py test" in capsys.readouterr().out
    assert run.calls() == []


def test_the_standard_library_is_enough():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import run; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(PROJECT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pins_are_exact_and_name_no_place():
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-machines.txt", "requirements-no-deps.txt",
                 "requirements-ray.txt"):  # fmt: skip
        text = (PROJECT / name).read_text()
        assert "://" not in text
        for line in text.splitlines():
            if line and not line.startswith(("#", "-r ", "--only-binary")):
                assert "==" in line.split(";")[0], f"{name}: {line}"


def test_package_lists_hold_one_name_a_line():
    for name in ("packages.txt", "packages-dev.txt"):
        lines = (PROJECT / name).read_text().splitlines()
        assert lines and all(line.replace("-", "").replace(".", "").isalnum() for line in lines)
