"""What of a file can change without concerning those who include it: its token hash says it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cppls.clang.indexer import IndexSession
from cppls.core.messages import FileShard
from tests.clang.extraction import extract

HEADER = """
#pragma once
#define ONE 1
#define TWICE(x) ((x) + (x))
namespace n { struct S { int field = ONE; }; }
static inline int f(int v) { return TWICE(v); }
"""
UNIT = '#include "a.h"\nint use = n::S{}.field + f(ONE) + TWICE(2);\n'


Header = Callable[[str], FileShard]


@pytest.fixture
def header(session: IndexSession, tmp_path: Path) -> Header:
    def read(text: str) -> FileShard:
        marked = f"//- a.h\n{text}//- main.cpp -std=c++17\n{UNIT}"
        return extract(session, tmp_path, marked).file("a.h")

    return read


def _named(file: FileShard) -> set[int]:
    return {record.id for record in file.symbols} | {symbol for symbol, _, _ in file.postings}


def test_comments_and_layout_leave_the_hash_and_every_id(header: Header) -> None:
    before = header(HEADER)
    after = header("// A licence.\n\n" + HEADER.replace("int v", "int   v /* value */"))
    assert after.content_hash != before.content_hash
    assert after.token_hash == before.token_hash
    assert _named(after) == _named(before)


@pytest.mark.parametrize(
    ("old", "new"),
    [("int v", "long v"), ("ONE 1", "ONE 2"), ("n {", "m {"), ("TWICE(x) (", "TWICE(x)(")],
)
def test_anything_else_changes_it(header: Header, old: str, new: str) -> None:
    assert header(HEADER.replace(old, new)).token_hash != header(HEADER).token_hash


@pytest.mark.parametrize(
    "declaration",
    [
        # Nothing but its place tells a nameless type with a variable from another one,
        "struct Outer { struct { int inner; } member; };\n",
        # nor a class inside of a function that no other file knows.
        "static int outer() { struct Inner { int field; }; return Inner{1}.field; }\n",
    ],
)
def test_ids_that_move_with_the_text_change_it(header: Header, declaration: str) -> None:
    before, after = header(HEADER + declaration), header("// Moved.\n" + HEADER + declaration)
    assert _named(after) != _named(before)
    assert after.token_hash != before.token_hash


def test_macros_of_one_name_in_one_file_are_one_symbol(
    session: IndexSession, tmp_path: Path
) -> None:
    found = extract(
        session,
        tmp_path,
        """
        //- main.cpp
        #define $a{NAME$} 1
        int first = $b{NAME$};
        #undef $c{NAME$}
        #define $d{NAME$} 2
        int second = $e{NAME$};
        """,
    )
    assert found.places("NAME") == found.marked("a", "b", "c", "d", "e")
