"""A header gives the same, whatever the unit that extracts it has included before."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cppls.clang import library
from cppls.clang.indexer import IndexSession
from cppls.core.messages import FileShard
from tests.clang.conftest import Indexes
from tests.clang.extraction import Collected, Extracted, Extraction, extract

OTHERS = """\
//- others.h
#pragma once
struct Other {};
int show(Other);
Other operator+(Other, Other);
//- mine.h
#pragma once
struct Mine {};
int $mine{show$}(Mine);
//- told.h
/// Somebody else.
struct Other;
"""

Alone = Callable[[str], Extraction]


@pytest.fixture
def alone(libraries: library.Library, tmp_path: Path) -> Alone:
    """The extraction of a fixture in a session of its own: nothing is claimed yet."""

    def extract_alone(marked: str) -> Extraction:
        session = IndexSession(libraries)
        try:
            return extract(session, tmp_path, marked)
        finally:
            session.close()

    return extract_alone


def header_of(unit: Extraction) -> FileShard:
    # The fixture is written anew each time.
    return msgspec.structs.replace(unit.file("h.h"), mtime_ns=0)


@pytest.mark.parametrize(
    "header",
    [
        # Which overload is called shows in the instance.
        '#include "mine.h"\ntemplate <class T> int f(T a) { return show(a); }',
        "template <class T> T f(T a) { return a + a; }",
        "#define SUM(a) (a + a)\ntemplate <class T> T f(T a) { return SUM(a); }",
        "template <class T> struct S { int show(T); int f(T a) { return show(a); } };",
        # What a comment elsewhere says of the same class.
        "struct Other;",
    ],
)
def test_a_header_is_the_same_behind_others(header: str, alone: Alone) -> None:
    files = f"{OTHERS}//- h.h\n{header}\n//- main.cpp\n"
    first = alone(f'{files}#include "h.h"\n')
    behind = alone(f'{files}#include "told.h"\n#include "others.h"\n#include "h.h"\n')
    assert header_of(behind) == header_of(first)


def test_a_source_is_the_same_whoever_extracts_its_header(alone: Alone, indexes: Indexes) -> None:
    marked = """
        //- h.h
        /// What the header says.
        int f();
        int g();
        //- first.cpp
        #include "h.h"
        //- main.cpp
        #include "h.h"
        /// What the source says.
        int f() { return g(); }
        /// Only the source says something.
        int g() { return f(); }
    """
    together = alone(marked).file("main.cpp")
    assert indexes(marked, "first.cpp").file("h.h")
    after = indexes(marked)
    assert len(after.files()) == 1, "the header was known"
    source = after.file("main.cpp")
    assert [(each.name, each.brief) for each in source.symbols] == [
        (each.name, each.brief) for each in together.symbols
    ]
    assert [each.brief for each in source.symbols if each.name == "g"] == [
        "Only the source says something."
    ]


def test_a_header_is_the_same_when_it_is_entered_twice(alone: Alone) -> None:
    # Text before the guard: clang enters it again, and it asks for its own guard.
    files = "//- h.h\nextern int n;\n#ifndef GUARD\n#define GUARD\n#endif\n//- main.cpp\n"
    once = alone(f'{files}#include "h.h"\n')
    assert header_of(alone(f'{files}#include "h.h"\n#include "h.h"\n')) == header_of(once)


def test_an_open_call_names_what_the_header_includes_through_others(indexes: Indexes) -> None:
    unit = indexes(f"""{OTHERS}
//- between.h
#include "mine.h"
//- h.h
#include "between.h"
template <class T> int f(T a) {{ return $mine{{show$}}(a); }}
//- main.cpp
#include "others.h"
#include "h.h"
""")
    (mine,) = (
        each for each in unit.file("mine.h").symbols if each.name == "show" and not each.scope
    )
    assert [spot.at for spot in unit.occurrences(mine.id)] == unit.marked("mine")


def test_a_call_by_name_in_a_header_that_leaves_its_includes_to_others(indexes: Indexes) -> None:
    unit = indexes("""
        //- parts.h
        int $part{part$}(int);
        int $other{part$}(double);
        //- h.h
        template <class T> int f(T a) { return $part{$other{part$}$}(a); }
        //- main.cpp
        #include "parts.h"
        #include "h.h"
    """)
    found = {at for record in unit.symbols("part") for at in spots_of(unit, record.id)}
    assert found == set(unit.marked("part", "other"))


def test_an_open_call_in_the_units_own_file_names_all_that_is_in_sight(indexes: Indexes) -> None:
    unit = indexes("""
        //- parts.h
        struct Part {};
        Part $plus{operator+$}(Part, Part);
        //- main.cpp
        #include "parts.h"
        template <class T> T f(T a) { return a $plus{+$} a; }
    """)
    assert unit.places("operator+") == unit.marked("plus")


def spots_of(unit: Extraction, symbol: int) -> list[object]:
    return [spot.at for spot in unit.occurrences(symbol)]


def test_a_header_is_the_same_over_a_shared_preamble(
    alone: Alone, session: IndexSession, tmp_path: Path
) -> None:
    marked = f"""{OTHERS}
//- between.h
#pragma once
#include "mine.h"
//- h.h
#include "between.h"
template <class T> int f(T a) {{ return show(a) + (a + a); }}
//- main.cpp
#include "between.h"
#include "others.h"
#include "h.h"
"""
    without = alone(marked)
    umbrella, directory = os.fsencode(tmp_path / "umbrella.h"), os.fsencode(tmp_path)
    (tmp_path / "umbrella.h").write_text('#include "between.h"\n#include "others.h"\n')
    language = [b"-x", b"c++"]
    built = session.build_preamble(umbrella, directory, language, umbrella + b".pch")
    assert built.message == ""
    main = os.fsencode(without.fixture.path("main.cpp"))
    sink = Collected()
    over = session.index(main, directory, language, preambles=[umbrella + b".pch"], sink=sink)
    assert over.declined == ""
    found = Extraction(without.fixture, Extracted(sink.files, 0, ""))
    assert found.files() == ["main.cpp", "h.h"]
    assert header_of(found) == header_of(without)
