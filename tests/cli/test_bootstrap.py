"""What the two commands of the README stand on: the environment is made once, and anew when due."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import bootstrap
from tests.bootstrap import SetupError, check_machine, execute, fingerprint, prepare

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for a clone: what the environment is made from, and no environment."""
    native = tmp_path / "cppls" / "clang" / "native"
    native.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (native / "pack.c").write_text("int packed;\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "NATIVE", native)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    return tmp_path


@pytest.fixture
def steps(clone: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that a setup runs; making the environment gives it a Python."""
    ran: list[list[str]] = []

    def record(command: list[str], log: Path) -> None:
        ran.append(command)
        if "venv" in command:
            (clone / ".venv" / "bin").mkdir(parents=True)
            (clone / ".venv" / "bin" / "python").touch()

    monkeypatch.setattr(bootstrap, "execute", record)
    return ran


@pytest.mark.skipif(os.name == "nt", reason="the stand-in has a folder bin")
def test_the_environment_is_made_once_for_each_extra(clone: Path, steps: list[list[str]]) -> None:
    prepare("")
    assert [command[-1] for command in steps] == [str(clone / ".venv"), "."]
    prepare("")
    assert len(steps) == 2
    prepare("dev")
    assert [command[-1] for command in steps[2:]] == [".[dev]"]


@pytest.mark.skipif(os.name == "nt", reason="the stand-in has a folder bin")
def test_a_changed_source_installs_again_for_every_extra(
    clone: Path, steps: list[list[str]]
) -> None:
    prepare("")
    prepare("dev")
    del steps[:]
    (clone / "cppls" / "clang" / "native" / "pack.c").write_text("int changed;\n")
    prepare("dev")
    prepare("")
    assert [command[-1] for command in steps] == [".[dev]", "."]


def test_what_counts_is_the_build_not_python_code(clone: Path) -> None:
    before = fingerprint()
    (clone / "cppls" / "x.py").write_text("pass\n")
    assert fingerprint() == before
    (clone / "cppls" / "clang" / "native" / "CMakeLists.txt").write_text("project(cppls)\n")
    assert fingerprint() != before


def test_a_machine_without_a_compiler_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(SetupError, match="apt install gcc"):
        check_machine()


def test_a_step_that_fails_shows_the_end_of_its_log(clone: Path) -> None:
    log = clone / "setup.log"
    with pytest.raises(SetupError, match=r"setup\.log:\n.*no wheel for you"):
        execute([sys.executable, "-c", "import sys; sys.exit('no wheel for you')"], log)


def test_an_unknown_step_is_a_usage_error_and_sets_nothing_up() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "run.py"), "everything"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "format, lint, types, native, tests" in done.stderr
