"""The command line: commands, options, help, and what a wrong one gets."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cppls.cli.options import Arguments, parse
from cppls.cli.output import Exit, ProgressBar
from cppls.core.settings import IndexHints, Settings
from tests.cli.conftest import Run, Terminal


@pytest.mark.parametrize("argv", [[], ["--jobs", "3"], ["--stdio"], ["--tcp", ":1"]])
def test_without_a_command_it_serves(argv: Sequence[str]) -> None:
    assert parse(argv).command == "serve"


def test_serve_and_index_take_the_same_project_options() -> None:
    options = (
        "--compile-commands build --cache-dir /c --jobs 3 --exclude a/** --exclude b "
        "--allow-compiler /opt/cc --fallback-flags=-DX --memory 512M --index-first src/** "
        "--no-shared-preamble"
    ).split()
    expected = Settings(
        compile_commands=os.path.abspath("build"),
        cache_dir="/c",
        jobs=3,
        exclude=["a/**", "b"],
        allowed_compilers=["/opt/cc"],
        fallback_flags=["-DX"],
        memory="512M",
        index=IndexHints(["src/**"]),
        shared_preambles=False,
    )
    for command in ("serve", "index", "doctor"):
        assert parse([command, *options]).settings() == expected


def test_options_that_are_not_given_are_the_defaults() -> None:
    assert parse(["serve"]).settings() == Settings()
    assert parse(["query", "file", "x"]).settings() == Settings()
    assert Arguments().settings() == Settings()


@pytest.mark.parametrize("size", ["100M", "many"])
def test_a_budget_that_cannot_be_kept_is_refused_with_what_can(
    size: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        parse(["serve", "--memory", size])
    assert refused.value.code == 2
    assert "192M is the least" in (said := capsys.readouterr().err) or "512M or 1.5G" in said


def test_fallback_flags_are_split_as_a_shell_does() -> None:
    flags = parse(["index", '--fallback-flags=-DA="x y" -Iz']).settings().fallback_flags
    assert flags == ["-DA=x y", "-Iz"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":77", ("127.0.0.1", 77)),
        ("0.0.0.0:77", ("0.0.0.0", 77)),
        ("[::1]:77", ("::1", 77)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_tcp_means_loopback_unless_said_otherwise(text: str, address: tuple[str, int]) -> None:
    assert parse(["serve", "--tcp", text]).tcp == address


@pytest.mark.parametrize(
    "argv",
    [
        ["--tcp", "nowhere"],
        ["--tcp", ":70000"],
        ["--jobs", "-1"],
        ["--jobs", "many"],
        ["--fallback-flags='"],
        ["query", "whereabouts", "x"],
        ["query", "definition"],
        ["frobnicate"],
        ["--no-such-option"],
    ],
)
def test_a_wrong_command_line_is_a_usage_error(argv: Sequence[str], run: Run) -> None:
    outcome = run(*argv)
    assert outcome.code == Exit.USAGE
    assert outcome.out == ""
    assert "error:" in outcome.err


@pytest.mark.parametrize("command", ["serve", "index", "query", "status", "doctor"])
def test_help_teaches_with_examples_or_keys(command: str, run: Run) -> None:
    outcome = run(command, "--help")
    assert outcome.code == Exit.OK
    assert "examples:" in outcome.out or "--json keys:" in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 100
    assert command in run("--help").out


def test_every_command_but_serve_has_json(run: Run) -> None:
    for command in ("index", "query", "status", "doctor"):
        assert "--json" in run(command, "--help").out


def test_the_help_of_the_program_documents_every_exit_code(run: Run) -> None:
    text = run("--help").out
    for code in Exit:
        assert f"\n  {code.value}  " in text


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path, run: Run) -> None:
    missing = str(tmp_path / "missing")
    for command in (
        ["status", missing],
        ["index", missing],
        ["query", "file", "x", "--root", missing],
    ):
        outcome = run(*command)
        assert outcome.code == Exit.USAGE
        assert "no such folder" in outcome.err


def test_a_progress_bar_is_for_terminals_only(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar(sys.stderr)
    bar.update(1, 2, "/p/a.cpp")
    bar.close()
    assert capsys.readouterr().err == ""
    terminal = Terminal()
    bar = ProgressBar(terminal)
    bar.update(1, 2, "/p/a.cpp")
    bar.update(2, 2, "/p/b.cpp")
    bar.close()
    pictures = terminal.getvalue().split("\r\x1b[K")
    assert pictures[1].startswith("[############............] 1/2 /p/a.cpp")
    assert "2/2" in pictures[2]
    assert pictures[-1] == ""
