"""The marker language itself: what tests say with it must be what they mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cppls.core.model import Location, Position, Span
from tests.markers import MarkerError, Point, parse

TWO_FILES = """
    //- a.h
    [[nodiscard]] int $def{twice$}(int v);
    //- src/a.cpp -std=c++20 -DNAME='a b'
    #include "a.h"
    int z = tw$0ice(1);
"""


def test_marks_are_stripped_and_files_told_apart() -> None:
    fixture = parse(TWO_FILES)

    assert [file.path for file in fixture.files] == ["a.h", "src/a.cpp"]
    assert fixture.text("a.h") == b"[[nodiscard]] int twice(int v);\n"
    assert fixture.text("src/a.cpp") == b'#include "a.h"\nint z = twice(1);\n'


def test_flags_are_split_as_a_shell_would() -> None:
    header, source = parse(TWO_FILES).files

    assert header.flags == ()
    assert source.flags == ("-std=c++20", "-DNAME=a b")


def test_places_are_zero_based_lines_and_byte_columns() -> None:
    fixture = parse('const char *s = "é$0"; int $x{é😀$};\nint $1')

    assert fixture.point() == Point("main.cpp", Position(0, 19))
    assert fixture.range("x") == Location("main.cpp", Span(0, 26, 0, 32))
    assert fixture.point(1).position == Position(1, 4)


def test_ranges_nest_repeat_and_span_lines() -> None:
    fixture = parse("$all{int $n{a$};\nint $n{b$};$}")

    assert fixture.text("main.cpp") == b"int a;\nint b;"
    assert fixture.range("all").span == Span(0, 0, 1, 6)
    assert [at.span for at in fixture.named("n")] == [Span(0, 4, 0, 5), Span(1, 4, 1, 5)]


def test_two_dollars_are_one() -> None:
    assert parse("int a$$b; // $${").text("main.cpp") == b"int a$b; // ${"


@pytest.mark.parametrize(
    ("marked", "complaint"),
    [
        ("int $a{x;", "not closed"),
        ("int x$};", "closes no range"),
        ("$0 $0", "given twice"),
        ("//- a.h\n//- a.h\n", "given twice"),
        ("int x;\n//- a.h\n", "before the first"),
    ],
)
def test_wrong_marks_are_named(marked: str, complaint: str) -> None:
    with pytest.raises(MarkerError, match=complaint):
        parse(marked)


def test_a_place_that_is_not_there_is_named() -> None:
    fixture = parse("$a{x$} $a{y$}")

    with pytest.raises(MarkerError, match="no point"):
        fixture.point()
    with pytest.raises(MarkerError, match="no range"):
        fixture.named("b")
    with pytest.raises(MarkerError, match="2 ranges"):
        fixture.range("a")


def test_a_written_fixture_has_a_compile_database_and_absolute_paths(tmp_path: Path) -> None:
    placed = parse(TWO_FILES).write(tmp_path)

    source = str(tmp_path / "src" / "a.cpp")
    assert Path(source).read_bytes() == placed.text(source)
    assert placed.point().path == source == placed.path("src/a.cpp")
    assert placed.range("def").path == str(tmp_path / "a.h")
    assert json.loads((tmp_path / "compile_commands.json").read_text()) == [
        {
            "directory": str(tmp_path),
            "file": source,
            "arguments": ["c++", "-std=c++20", "-DNAME=a b", "-c", source],
        }
    ]


def test_a_fixture_may_bring_its_own_flags(tmp_path: Path) -> None:
    parse("//- compile_flags.txt\n-DX\n//- a.c\nint x;\n").write(tmp_path)

    assert (tmp_path / "compile_flags.txt").read_text() == "-DX\n"
    assert not (tmp_path / "compile_commands.json").exists()


def test_a_fixture_may_have_no_compile_database(tmp_path: Path) -> None:
    parse("//- a.c\nint x;\n").write(tmp_path, database=False)

    assert [path.name for path in tmp_path.iterdir()] == ["a.c"]
