"""``cppls doctor``: what it looks at, and what it tells the user to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cppls.cli import doctor
from cppls.cli.output import Exit
from cppls.cli.trial import Trial, run_trial
from cppls.core.model import Diagnostic, Severity, Span
from cppls.project import Command
from tests.cli.conftest import Outcome, Run

GOOD = Trial(libclang="clang version 22", parsed=True, cpu_seconds=0.2, peak_rss=30 << 20)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without an index; the current folder of the test."""
    root = tmp_path.resolve()
    (root / "compile_flags.txt").write_text("-std=c++17\n-fplugin=evil.so\n")
    (root / "a.cpp").write_text("int a;\n")
    monkeypatch.chdir(root)
    return root


def trial_gives(monkeypatch: pytest.MonkeyPatch, trial: Trial) -> None:
    def stand_in(command: Command | None) -> Trial:
        return trial

    monkeypatch.setattr(doctor, "run_trial", stand_in)


def check(outcome: Outcome, name: str) -> list[tuple[str, str, str]]:
    """(status, message, hint) of the checks called ``name``."""
    found = [each for each in outcome.json["checks"] if each["name"] == name]
    return [(each["status"], each["message"], each["hint"]) for each in found]


def test_flags_come_with_their_source_and_what_was_dropped(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial_gives(monkeypatch, GOOD)
    outcome = run("doctor", "a.cpp", "--json")
    assert outcome.code == Exit.OK
    flags = outcome.json["flags"]
    assert flags["source"] == "compile_flags.txt"
    assert flags["directory"] == str(folder)
    assert "-std=c++17" in flags["arguments"]
    assert [each["flag"] for each in flags["dropped"]] == ["-fplugin=evil.so"]
    assert outcome.json["root"] == str(folder)
    assert check(outcome, "parse")[0][0] == "ok"


def test_of_several_entries_of_a_file_the_first_counts_and_the_others_are_told(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial_gives(monkeypatch, GOOD)
    entries = [
        {"directory": str(folder), "file": "a.cpp", "command": f"g++ {flag} -c a.cpp"}
        for flag in ("-DONE", "-DTWO")
    ]
    (folder / "compile_commands.json").write_text(json.dumps(entries))
    outcome = run("doctor", "a.cpp", "--json")
    assert "-DONE" in outcome.json["flags"]["arguments"]
    [_, (_, message, _)] = check(outcome, "flags")
    assert message == "entry 2 of 2 is not used: the first one counts (it adds -DTWO)"


def test_the_budget_and_what_the_kernel_adds_to_it_are_told(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial_gives(monkeypatch, GOOD)
    monkeypatch.setattr(doctor, "usable_group", lambda: ("", "it was not delegated"))
    ((status, message, _),) = check(run("doctor", "--memory", "512M", "--json"), "memory")
    assert (status, message) == (
        "ok",
        "a budget of 512M; no limits by control group (it was not delegated)",
    )


def test_a_missing_index_is_a_warning_that_says_how_to_make_one(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial_gives(monkeypatch, GOOD)
    ((status, _, hint),) = check(run("doctor", "--json"), "index")
    assert status == "warning"
    assert hint == f"make one: cppls index {folder}"


def test_an_index_is_described(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    trial_gives(monkeypatch, GOOD)
    ((status, message, _),) = check(run("doctor", "--json"), "index")
    assert status == "warning"
    assert "2 translation units, 1 failed" in message


def test_a_missing_header_is_named_with_what_to_do(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "'boost/any.hpp' file not found"
    error = Diagnostic(str(folder / "a.cpp"), Span(0, 9, 0, 9), Severity.FATAL, missing)
    trial_gives(monkeypatch, Trial(libclang="22", parsed=True, errors=(error,)))
    outcome = run("doctor", "a.cpp", "--json")
    ((status, message, hint),) = check(outcome, "parse")
    assert status == "warning"
    assert message.startswith("1 error,")
    assert "boost/any.hpp" in hint
    assert outcome.json["errors"] == [
        {"path": str(folder / "a.cpp"), "line": 1, "column": 10, "message": missing}
    ]
    assert "a.cpp:1:10: 'boost/any.hpp' file not found" in run("doctor", "a.cpp").out


def test_a_worker_that_cannot_start_is_an_error(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial_gives(monkeypatch, Trial(failure="libcppls is missing"))
    outcome = run("doctor")
    assert outcome.code == Exit.FAILED
    assert "libcppls is missing" in outcome.out
    assert "pip install" in outcome.out


def test_no_description_of_the_build_is_a_warning(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.cpp").write_text("int a;\n")
    trial_gives(monkeypatch, GOOD)
    ((status, message, hint),) = check(run("doctor", "--root", str(tmp_path), "--json"), "build")
    assert status == "warning"
    assert "flags guessed" in message
    assert "CMAKE_EXPORT_COMPILE_COMMANDS" in hint


def test_a_damaged_database_is_named(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "compile_commands.json").write_text("{ not json")
    trial_gives(monkeypatch, GOOD)
    found = check(run("doctor", "--root", str(tmp_path), "--json"), "build")
    assert any("compile_commands.json" in message and hint for _, message, hint in found)


def test_a_file_that_is_not_there(folder: Path, run: Run) -> None:
    outcome = run("doctor", "missing.cpp")
    assert outcome.code == Exit.FAILED
    assert "missing.cpp: no such file" in outcome.err


@pytest.mark.parametrize(
    ("program", "failure"),
    [
        ("import os; os.kill(os.getpid(), 11)", "died with signal 11 while it started"),
        ("import sys; sys.exit('no library')", "ended with 1 while it started (no library)"),
    ],
)
def test_a_worker_that_dies_is_an_answer(
    program: str, failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is found on a path of the test's own, where it is another program."""
    shim = tmp_path / "python"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{program}"\n')
    shim.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shim))
    command = Command(str(tmp_path / "a.cpp"), str(tmp_path), ("-x", "c++"), "guessed", 0)
    assert failure in run_trial(command).failure


def test_the_trial_does_not_start_in_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('the workspace was run')")
    monkeypatch.chdir(tmp_path)
    assert run_trial(None).failure == ""
