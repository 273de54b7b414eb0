"""Compile databases from what make would run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.make_database import compile_commands


def test_a_compilation_is_an_entry_with_its_folder_and_arguments() -> None:
    (entry,) = compile_commands("cc -O2 -DNAME='' -o a.o -c a.c\n", "/p")
    assert entry == {
        "directory": "/p",
        "file": "a.c",
        "arguments": ["cc", "-O2", "-DNAME=", "-o", "a.o", "-c", "a.c"],
    }


def test_what_links_archives_or_prints_is_none() -> None:
    output = "ar rcs liba.a a.o\ncc -o program a.o main.c\ncc -MM a.c > deps\necho cc -c a.c\n"
    assert compile_commands(output, "/p") == []


def test_folders_are_followed_into_makes_within_make_and_back() -> None:
    output = (
        "make: Entering directory '/p'\n"
        "cd deps && make static\n"
        "make[1]: Entering directory '/p/with space'\n"
        "gcc-12 -c in.c\n"
        "make[1]: Leaving directory '/p/with space'\n"
        "gcc-12 -c out.c\n"
        "make: Leaving directory '/p'\n"
    )
    found = [(entry["directory"], entry["file"]) for entry in compile_commands(output, "/p")]
    assert found == [("/p/with space", "in.c"), ("/p", "out.c")]


@pytest.mark.parametrize(
    "line",
    [
        "printf '%b %b\\n' CC a.o 1>&2;g++ -c a.cpp",
        "(cd sub/../. && LANG=C g++ -c a.cpp) > /dev/null || true",
        "g++ \\\n-c a.cpp",
        "test -d out || mkdir out; g++ -c a.cpp",
    ],
)
def test_a_compilation_is_found_among_other_commands(line: str) -> None:
    (entry,) = compile_commands(line + "\n", "/p")
    assert entry["directory"] == "/p"
    assert entry["arguments"] == ["g++", "-c", "a.cpp"]


def test_a_change_of_folder_holds_for_its_line() -> None:
    entries = compile_commands("cd sub && cc -c a.c\ncc -c b.c\n", "/p")
    assert [entry["directory"] for entry in entries] == ["/p/sub", "/p"]


def test_a_command_for_several_files_is_an_entry_for_each() -> None:
    entries = compile_commands("cc -c -include first.c a.c b.c\n", "/p")
    assert [entry["arguments"] for entry in entries] == [
        ["cc", "-c", "-include", "first.c", "a.c"],
        ["cc", "-c", "-include", "first.c", "b.c"],
    ]


def test_a_compilation_that_is_printed_twice_counts_once() -> None:
    assert len(compile_commands("cc -c a.c\ncc -c a.c\ncc -DX -c a.c\n", "/p")) == 2


def test_a_line_with_an_open_quotation_is_passed_over() -> None:
    (entry,) = compile_commands("echo 'begin\ncc -c a.c\n", "/p")
    assert entry["file"] == "a.c"


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_it_reads_what_make_prints(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "Makefile").write_text("a.o: a.c\n\t$(CC) -c -o $@ $<\n\tcd sub && $(MAKE)\n")
    (tmp_path / "sub" / "Makefile").write_text("b.o: b.c\n\t$(CC) -c -o $@ $<\n")
    (tmp_path / "a.c").touch()
    (tmp_path / "sub" / "b.c").touch()
    done = subprocess.run(
        ["make", "-n", "-w", "CC=gcc"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert compile_commands(done.stdout, str(tmp_path)) == [
        {
            "directory": str(tmp_path),
            "file": "a.c",
            "arguments": ["gcc", "-c", "-o", "a.o", "a.c"],
        },
        {
            "directory": str(tmp_path / "sub"),
            "file": "b.c",
            "arguments": ["gcc", "-c", "-o", "b.o", "b.c"],
        },
    ]
