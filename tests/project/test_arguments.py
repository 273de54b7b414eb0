"""Command lines are split as a shell splits them, and response files expanded."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from cppls.project.arguments import expand, split


@pytest.mark.parametrize(
    "command",
    [
        "g++ -O2 -c a.cpp",
        r"""g++ -DA="x y" -DB=\"q\" 'a b'c  "d\\e\"f" x\ y -DZ='"str"' """,
        "a ''  \"\" b",
        "a\tb\n c",
        r'-DMSG="say \"hi\"" last',
        "plain before\\ escaped 'quoted after'plain",
        "",
    ],
)
def test_a_command_splits_as_in_a_shell(command: str) -> None:
    assert split(command) == shlex.split(command)


def test_a_backslash_in_double_quotes_escapes_only_what_is_special_there() -> None:
    # shlex leaves \\$ as it is; POSIX (XCU 2.2.3) does not.
    assert split(r'"\$HOME \n \\"') == [r"$HOME \n" + " \\"]


def test_an_unbalanced_quote_costs_one_argument() -> None:
    assert split("cc -DX='oops -DY")[:1] == ["cc"]
    assert split("cc it's -DY") == ["cc", "it's", "-DY"]


def expanded(arguments: list[str], folder: Path) -> tuple[list[str], list[str], list[str]]:
    reports: list[str] = []
    files: list[str] = []
    out = expand(
        arguments,
        str(folder),
        report=lambda path, message: reports.append(f"{Path(path).name}: {message}"),
        read=lambda path: files.append(Path(path).name),
    )
    return out, reports, files


def test_response_files_nest_and_may_hold_quotes(tmp_path: Path) -> None:
    (tmp_path / "outer.rsp").write_text('-DA "-DB=x y"\n@inner.rsp')
    (tmp_path / "inner.rsp").write_text("-DC\n")
    out, reports, files = expanded(["g++", "@outer.rsp", "-DD"], tmp_path)
    assert out == ["g++", "-DA", "-DB=x y", "-DC", "-DD"]
    assert not reports
    assert files == ["outer.rsp", "inner.rsp"]


def test_a_response_file_that_includes_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "a.rsp").write_text("-DA @b.rsp")
    (tmp_path / "b.rsp").write_text("-DB @a.rsp")
    out, reports, _ = expanded(["@a.rsp", "-DC"], tmp_path)
    assert out == ["-DA", "-DB", "-DC"]
    assert reports == ["a.rsp: this response file includes itself"]


def test_a_missing_response_file_is_reported_and_the_rest_counts(tmp_path: Path) -> None:
    out, reports, _ = expanded(["-DA", "@gone.rsp", "-DB"], tmp_path)
    assert out == ["-DA", "-DB"]
    assert reports == ["gone.rsp: this response file cannot be read: No such file or directory"]
