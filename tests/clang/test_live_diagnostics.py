"""What a parse reports: diagnostics, skipped regions, files; and how it copes with bad input."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.clang import library
from cppls.clang.live import LiveContext, LiveUnit, NoTranslationUnit
from cppls.core.live_questions import Describe, Occurrences, Outline, SymbolAt
from cppls.core.model import Position, Severity, Span
from tests.clang.live import Lives, ask, live

__all__ = ["live"]
"""The fixture, used by name."""


def test_a_typo_is_reported_on_its_token_with_a_note_and_a_fix(live: Lives) -> None:
    it = live("int $note{length$}; int v = $typo{lenght$};")
    (found,) = it.report.diagnostics
    assert os.fsdecode(found.path) == it.path
    assert found.severity == Severity.ERROR
    assert found.span == it.fixture.range("typo").span
    (note,) = found.notes
    assert note.span == it.fixture.range("note").span
    edits = [*found.fixits, *note.fixits]
    assert [(edit.span, edit.text) for edit in edits] == [(found.span, "length")]


def test_a_warning_tells_its_option_and_category(live: Lives) -> None:
    it = live("//- main.cpp -Wall\nvoid f() { int $0unused; }")
    (found,) = it.report.diagnostics
    assert (found.severity, found.code) == (Severity.WARNING, "-Wunused-variable")
    assert found.category
    assert found.span == Span(0, 15, 0, 21)


def test_a_range_that_holds_the_location_is_taken_whole(live: Lives) -> None:
    it = live("//- main.c\nvoid f(char *); void g(int v) { f($wide{v + 1$}); }", "main.c")
    (found,) = it.report.diagnostics
    assert found.span == it.fixture.range("wide").span


def test_columns_count_bytes(live: Lives) -> None:
    it = live("/* ä€😀 */ int v = $bad{nothing$};")
    (found,) = it.report.diagnostics
    assert found.span == it.fixture.range("bad").span


def test_skipped_regions_are_whole_lines_between_directives(live: Lives) -> None:
    it = live("#if 0\nint a;\nint b;\n#else\nint c;\n#endif\n#ifdef NO\n#endif\n")
    assert it.report.inactive == [Span(1, 0, 3, 0)]


def test_every_file_of_the_unit_is_listed_once_by_its_real_path(
    live: Lives, tmp_path: Path
) -> None:
    it = live(
        """
        //- a.h
        #include "b.h"
        //- b.h
        int b(int);
        //- main.cpp
        #include "a.h"
        #include "./b.h"
        """
    )
    files = sorted(os.path.basename(os.fsdecode(path)) for path in it.report.includes)
    assert files == ["a.h", "b.h"]


def test_every_file_comes_with_the_line_of_the_main_file_that_leads_to_it(live: Lives) -> None:
    it = live(
        """
        //- a.h
        #pragma once
        #include "deep.h"
        //- deep.h
        int deep(int);
        //- b.h
        int b(int);
        //- main.cpp
        // The first line.
        #include "a.h"

        #include "b.h"
        """
    )
    # A later parse reads what a preamble holds.
    for report in (it.report, it.reparse(), it.reparse()):
        names = [os.path.basename(os.fsdecode(path)) for path in report.includes]
        lines = dict(zip(names, report.include_lines, strict=True))
        assert lines == {"a.h": 1, "deep.h": 1, "b.h": 3}


def test_unsaved_text_of_a_header_is_seen(live: Lives) -> None:
    it = live('//- a.h\nint old;\n//- main.cpp\n#include "a.h"\nint v = fresh;\n')
    assert it.report.diagnostics
    assert it.reparse(a_h=b"int fresh;\n").diagnostics == []
    assert it.reparse().diagnostics, "without the unsaved text the disk counts again"


def test_a_file_that_exists_only_unsaved_is_parsed(
    libraries: library.Library, tmp_path: Path
) -> None:
    path = os.fsencode(tmp_path / "new.cpp")
    unit = LiveUnit(LiveContext(libraries), path, os.fsencode(tmp_path), [])
    text = b"#include <stddef.h>\nsize_t v;\n"
    for _ in range(2):
        assert unit.parse({path: text}).diagnostics == []
        assert [item.name for item in ask(unit, Outline())] == ["v"]
    unit.close()


def test_a_missing_file_is_told_by_its_name(libraries: library.Library, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "gone.cpp")
    unit = LiveUnit(LiveContext(libraries), path, os.fsencode(tmp_path), [])
    report = unit.parse({})
    assert not report.ok
    assert "gone.cpp" in report.message
    with pytest.raises(NoTranslationUnit, match=r"gone\.cpp"):
        ask(unit, Outline())
    unit.close()


def test_flags_that_parse_nothing_give_way_to_the_fallback(
    libraries: library.Library, tmp_path: Path
) -> None:
    source = tmp_path / "main.cpp"
    source.write_text("int v;\n")
    context, root = LiveContext(libraries), os.fsencode(tmp_path)
    bad = [b"--target=no-such-thing", b"-march=nonsense"]
    without = LiveUnit(context, os.fsencode(source), root, bad)
    report = without.parse({})
    assert not report.ok
    assert "main.cpp" in report.message
    with_fallback = LiveUnit(context, os.fsencode(source), root, bad, [b"-std=c++17"])
    report = with_fallback.parse({})
    assert report.ok
    assert "fewer flags" in report.message
    for unit in (without, with_fallback):
        unit.close()


def test_a_suspended_unit_refuses_questions_until_it_is_parsed_again(live: Lives) -> None:
    it = live("int $0v;")
    it.unit.suspend()
    it.unit.suspend()
    for question in (Outline(), Occurrences([1]), SymbolAt(it.position())):
        with pytest.raises(NoTranslationUnit, match="suspended"):
            it.unit.ask(question)
    assert it.reparse().ok
    assert it.target().name == "v"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0\0\0int v;\0",
        b'int v = 1; // \xff\xfe\xc3\n#include "\xff.h"\n',
        b"\xef\xbb\xbfint v;\n",
        b"int v" + b" " * 1_000_000 + b"= 1;",
        b'#include "main.cpp"\n',
        b"#define A \\\n\\\n",
        b"#",
        b"int f(" + b"(" * 300,
        b"template <class T> struct S : S<S<T>> {}; S<int> s;",
        b'R"x(',
    ],
)
def test_odd_text_is_survived(live: Lives, text: bytes) -> None:
    it = live("int v;")
    report = it.reparse(main_cpp=text)
    assert report.ok
    ask(it.unit, Outline())
    for position in (Position(0, 0), Position(0, len(text)), Position(1, 0)):
        ask(it.unit, SymbolAt(position))
        ask(it.unit, Describe(position))
    ask(it.unit, Occurrences([1]))


def test_statistics_tell_what_the_unit_did(live: Lives) -> None:
    it = live("int v;")
    it.reparse()
    ask(it.unit, Outline())
    found = it.unit.statistics()
    assert (found["parses"], found["reparses"], found["questions"]) == (1, 1, 1)
