"""Macros, includes, diagnostics, claims: what is told of a file as a file."""

from __future__ import annotations

import os
from pathlib import Path

from cppls.clang.indexer import IndexSession
from cppls.core.model import Role, Severity, SymbolFlag
from tests.clang.conftest import Indexes
from tests.clang.extraction import Collected, extract, index
from tests.markers import parse


def test_a_macro_occurs_in_definition_use_condition_and_undefinition(indexes: Indexes) -> None:
    unit = indexes("""
        #define $m{LIMIT$} 3
        #ifdef $m{LIMIT$}
        int n = $m{LIMIT$};
        #endif
        #if defined($m{LIMIT$}) && $m{LIMIT$} > 2
        #endif
        #  undef $m{LIMIT$}
        int LIMIT;
    """)
    macro = next(record for record in unit.symbols("LIMIT") if record.kind == 64)
    spots = unit.occurrences(macro.id)
    assert [spot.at for spot in spots] == unit.marked("m")
    assert spots[0].roles == Role.DECLARATION | Role.DEFINITION
    assert spots[-1].roles == Role.REFERENCE | Role.UNDEFINITION


def test_a_macro_with_parameters_shows_them(indexes: Indexes) -> None:
    unit = indexes("#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define PLAIN (1)\n")
    assert unit.symbol("MAX").signature == "(a, b)"
    assert unit.symbol("MAX").flags & SymbolFlag.FUNCTION_LIKE
    assert unit.symbol("PLAIN").signature == ""


def test_an_undefinition_is_an_occurrence_of_its_macro(indexes: Indexes) -> None:
    unit = indexes("""
        #define $m{M$} 1
        #undef $m{M$}
        #define $m{M$} 2
        #undef $m{M$}
        #undef NEVER_DEFINED
        // #undef M
    """)
    assert unit.places("M") == unit.marked("m")


def test_includes_have_ranges_and_real_paths(indexes: Indexes, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    unit = indexes("""
        //- real/a.h
        //- named.h
        //- main.cpp
        #include $i{"link/a.h"$}
        # include $i{"./real/../named.h"$} // a comment
        #define HEADER "named.h"
        #include $i{HEADER$}
    """)
    includes = unit.file("main.cpp").includes
    targets = [unit.fixture.path(name) for name in ("real/a.h", "named.h", "named.h")]
    assert [os.fsdecode(include.target) for include in includes] == targets
    found = [(include.line, include.column, include.length) for include in includes]
    spans = [place.span for place in unit.marked("i")]
    assert found == [(at.line, at.column, at.end_column - at.column) for at in spans]


def test_what_a_compiler_option_includes_is_told_as_the_main_files(
    session: IndexSession, tmp_path: Path
) -> None:
    unit = extract(
        session,
        tmp_path,
        """
        //- first.h
        int first();
        //- second.h
        #include "first.h"
        //- main.cpp
        #include "second.h"
        """,
        flags=["-include", "first.h", "-include", "second.h"],
    )
    name = os.path.basename
    found = [(i.line, i.column, i.length, name(i.target)) for i in unit.file("main.cpp").includes]
    assert found == [(-1, 0, 0, b"first.h"), (-1, 1, 0, b"second.h"), (0, 9, 10, b"second.h")]
    assert [name(i.target) for i in unit.file("second.h").includes] == [b"first.h"]


def test_a_missing_include_costs_nothing_but_itself(indexes: Indexes) -> None:
    unit = indexes("""
        //- main.cpp
        #include $missing{<no/such.h>$}
        #include $missing{"../neither.h"$}
        template <class T> struct Box { T $get{get$}(); };
        int n = Box<int>().$get{get$}();
        int m = $unknown{unknown$};
    """)
    main = unit.file("main.cpp")
    assert [include.target for include in main.includes] == [b"", b""]
    assert unit.files() == ["main.cpp"]
    assert unit.places("get") == unit.marked("get")
    places = [(it.line, it.column, it.end_line, it.end_column) for it in main.diagnostics]
    spans = [place.span for place in unit.marked("missing", "unknown")]
    assert places == [(at.line, at.column, at.end_line, at.end_column) for at in spans]
    assert {it.severity for it in main.diagnostics} == {Severity.ERROR}
    assert unit.shard.errors == 3
    assert unit.shard.first_error.endswith("main.cpp:1:10: 'no/such.h' file not found")


def test_a_header_that_comes_into_being_is_found_in_the_same_session(
    session: IndexSession, tmp_path: Path
) -> None:
    fixture = parse('#include "late.h"\nint n = late;\n').write(tmp_path, database=False)
    path = fixture.path("main.cpp")
    assert index(session, fixture, path).shard.errors == 2
    (tmp_path / "late.h").write_text("const int late = 1;\n")
    again = index(session, fixture, path)
    assert again.shard.errors == 0
    assert again.files() == ["main.cpp", "late.h"]


def test_warnings_carry_their_option(indexes: Indexes) -> None:
    unit = indexes("//- main.cpp -Wall\nint f() { int unused; return 0; }\n")
    (warning,) = unit.file("main.cpp").diagnostics
    assert (warning.severity, warning.code) == (Severity.WARNING, "-Wunused-variable")


def test_more_than_twenty_errors_do_not_end_the_file(indexes: Indexes) -> None:
    unit = indexes("\n".join(["int a = nothing;"] * 30 + ["int last;"]))
    assert unit.shard.errors > 30
    assert unit.symbol("last").line == 30


HEADER = """
    //- shared.h
    inline int shared() { return 1; }
    inline int caller() { return shared(); }
    //- one.cpp
    #include "shared.h"
    //- two.cpp
    #include "shared.h"
    int two() { return shared(); }
"""


def test_a_header_is_extracted_by_the_first_that_includes_it(indexes: Indexes) -> None:
    assert indexes(HEADER, "one.cpp").files() == ["one.cpp", "shared.h"]
    assert indexes(HEADER, "two.cpp").files() == ["two.cpp"]
    assert indexes(HEADER, "two.cpp").files() == ["two.cpp"]


def test_claims_of_other_workers_count_until_they_are_forgotten(
    session: IndexSession, indexes: Indexes
) -> None:
    key = indexes(HEADER, "one.cpp").file("shared.h").key
    session.forget()
    session.know(key.to_bytes(8, "little"))
    assert indexes(HEADER, "two.cpp").files() == ["two.cpp"]
    session.forget()
    again = indexes(HEADER, "two.cpp")
    assert again.files() == ["two.cpp", "shared.h"]
    # The bodies are there again, not only the declarations.
    assert len(again.places("shared")) == 3


def test_a_changed_header_is_extracted_again(session: IndexSession, tmp_path: Path) -> None:
    extract(session, tmp_path, HEADER, "one.cpp")
    changed = HEADER.replace("return 1", "return 100")
    assert extract(session, tmp_path, changed, "two.cpp").files() == ["two.cpp", "shared.h"]


def test_files_that_cannot_be_sources_are_refused_with_a_reason(
    session: IndexSession, tmp_path: Path
) -> None:
    binary, line, folder = tmp_path / "binary.c", tmp_path / "line.c", tmp_path / "folder.c"
    binary.write_bytes(b"\x7fELF\0\0")
    line.write_bytes(b"1," * (5 << 20))
    folder.mkdir()
    reasons = {
        tmp_path / "gone.c": "is gone",
        binary: "binary",
        line: "line is longer",
        folder: "not a regular file",
    }
    sink = Collected()
    for path, reason in reasons.items():
        result = session.index(os.fsencode(path), os.fsencode(tmp_path), [], sink=sink)
        assert result.end is None
        assert sink.files == []
        assert reason in result.message
        assert str(path) in result.message


def test_arguments_that_do_not_parse_give_way_to_the_fallback(
    session: IndexSession, tmp_path: Path
) -> None:
    path = tmp_path / "main.cpp"
    path.write_text("int n;\n")
    arguments = (os.fsencode(path), os.fsencode(tmp_path), [b"-std=c11"])
    assert "arguments" in session.index(*arguments, sink=Collected()).message
    result = session.index(*arguments, fallback=[b"-std=c++17"], sink=Collected())
    assert result.used_fallback
    assert result.message == "parsed without -std=c11"


def test_names_that_are_not_utf8_survive(session: IndexSession, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    with open(folder + b"/\xff h.h", "wb") as file:
        file.write(b"int n;\n// \xff\n")
    with open(folder + b"/m\xfe.cpp", "wb") as file:
        file.write(b'#include "\xff h.h"\nint m = n;\n')
    sink = Collected()
    session.index(folder + b"/m\xfe.cpp", folder, [], sink=sink)
    main, header = sink.files
    assert (main.path, header.path) == (folder + b"/m\xfe.cpp", folder + b"/\xff h.h")
    (include,) = main.includes
    assert include.target == header.path
    assert include.spelled == "\N{REPLACEMENT CHARACTER} h.h"
