"""Where does a symbol occur in the open file, and what does each occurrence do?"""

from __future__ import annotations

import pytest

from cppls.core.live_questions import Occurrences
from cppls.core.model import Role
from tests.clang.live import Lives, ask, live, roles

__all__ = ["live"]
"""The fixture, used by name."""


@pytest.mark.parametrize(
    "source",
    [
        "int $o{$0g$} = 1; int f() { $o{g$} += 2; return $o{g$}; }",
        "int f(int $o{v$}) { int w = $o{$0v$}; return w + $o{v$}; }",
        "int f(int $o{$0v$});",
        "void f() { int $o{i$} = 0; { int i = 1; i++; } $o{$0i$}++; }",
        "template <class $o{T$}> struct S { $o{$0T$} t; $o{T$} *u; };",
        "template <int $o{N$}> int f() { return $o{$0N$}; }",
        "void f() { $o{again$}: goto $o{$0again$}; }",
        "#define $o{ONE$} 1\n#ifdef $o{ONE$}\nint v = $o{$0ONE$};\n#endif\n#undef $o{ONE$}\n",
        "#ifndef GUARD\n#define $o{$0GUARD$}\n#endif",
        "#define ID(x) x\nint $o{v$}; int w = ID($o{$0v$});",
        "struct $o{S$} { $o{S$}(); }; $o{$0S$} s;",
        "namespace $o{n$} { int v; } int w = $o{$0n$}::v; namespace $o{n$} {}",
        "struct S { int $o{m$}; }; int f(S s) { return s.$o{$0m$}; }",
        "int größe; int $o{ä$} = größe + 1, w = $o{$0ä$};",
    ],
)
def test_the_occurrences_are_these_and_no_others(live: Lives, source: str) -> None:
    it = live(source)
    assert it.occurrences() == it.fixture.named("o")


def test_roles_tell_reads_writes_calls_and_declarations(live: Lives) -> None:
    it = live("int $0v; int f(int); int f(int a) { v = 1; return f(v); } int w = $1f(1);")
    declared = Role.DECLARATION | Role.DEFINITION
    assert [roles(spot) & ~Role.REFERENCE for spot in it.spots(0)] == [
        declared,
        Role.WRITE,
        Role.READ,
    ]
    assert [bool(roles(spot) & Role.CALL) for spot in it.spots(1)] == [False, False, True, True]
    assert roles(it.spots(1)[0]) == Role.DECLARATION
    assert roles(it.spots(1)[1]) == declared


def test_an_occurrence_tells_the_function_around_it(live: Lives) -> None:
    it = live("int v; int $1f() { return $0v; }")
    assert [spot.container for spot in it.spots(0)] == [0, it.target(1).id]


def test_several_symbols_are_answered_together_in_order(live: Lives) -> None:
    it = live("int $0a, $1b; int c = a + b + a;")
    ids = [it.target(1).id, it.target(0).id]
    assert [spot.column for spot in ask(it.unit, Occurrences(ids))] == [4, 7, 18, 22, 26]


def test_occurrences_in_headers_are_left_out(live: Lives) -> None:
    it = live('//- a.h\nint v; int w = v;\n//- main.cpp\n#include "a.h"\nint x = $o{$0v$};\n')
    assert it.occurrences() == it.fixture.named("o")


def test_an_unknown_symbol_occurs_nowhere(live: Lives) -> None:
    it = live("int v;")
    assert ask(it.unit, Occurrences([1, -(2**63), 2**63 - 1])) == []
    assert ask(it.unit, Occurrences([])) == []


def test_occurrences_follow_an_edit(live: Lives) -> None:
    it = live("int $0v;\n")
    assert len(it.spots()) == 1
    it.reparse(main_cpp=b"int v; int w = v + v;\n")
    assert len(it.spots()) == 3
