"""What hover is told of a token."""

from __future__ import annotations

import pytest

from cppls.core.live_questions import Describe
from cppls.core.model import SymbolKind
from tests.clang.live import Lives, ask, live

__all__ = ["live"]
"""The fixture, used by name."""


def test_a_field_tells_type_layout_container_access_and_comment(live: Lives) -> None:
    it = live(
        """
        typedef unsigned long Size;
        namespace n {
        class C {
          char first;
          /// How many there are.
          Size $name{count$} = 0;
          int f() { return $token{co$0unt$}; }
        };
        }
        """
    )
    found = it.description()
    assert (found.name, found.kind, found.container) == ("count", SymbolKind.FIELD, "n::C")
    assert (found.type, found.canonical_type) == ("Size", "unsigned long")
    assert (found.size, found.align, found.offset_bits) == (8, 8, 64)
    assert (found.access, found.documentation) == ("private", "/// How many there are.")
    assert found.token == it.fixture.range("token").span
    name = it.fixture.range("name").span
    assert (found.position.line, found.position.column) == (name.line, name.column)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("const int $0k = 6 * 7;", "42"),
        ("constexpr unsigned long long $0k = ~0ull;", "18446744073709551615"),
        ("constexpr double $0k = 1.5;", "1.5"),
        ("enum E { A, $0B = 5 };", "5"),
        ("enum E { $0M = -1 };", "-1"),
        ("enum class U : unsigned char { $0X = 200 };", "200"),
        ("int $0changing = 3;", ""),
    ],
)
def test_constants_have_a_value(live: Lives, source: str, value: str) -> None:
    assert live(source).description().value == value


def test_a_function_is_shown_without_its_body(live: Lives) -> None:
    found = live("static int $0add(int a, int b = 2) { return a + b; }").description()
    assert found.definition == "static int add(int a, int b = 2)"
    assert found.type == "int (int, int)"
    assert found.size == -1


def test_a_class_is_shown_without_its_members_and_has_a_size(live: Lives) -> None:
    found = live("struct S { int a, b; }; $0S s;").description()
    assert "{" not in found.definition.replace("{}", "")
    assert (found.size, found.align) == (8, 4)


def test_a_macro_is_shown_as_written(live: Lives) -> None:
    found = live("#define ADD(a, b) \\\n  ((a) + (b))\nint v = $0ADD(1, 2);").description()
    assert found.kind == SymbolKind.MACRO
    assert found.definition == "#define ADD(a, b) \\\n  ((a) + (b))"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("struct S {}; $0auto s = S();", "S"),
        ("$0auto v = 1u;", "unsigned int"),
        ("const $0auto &v = 1;", "int"),
        ("int f(); $0decltype(f()) v = 1;", "int"),
        ("$0auto f() { return 'c'; }", "char"),
    ],
)
def test_auto_tells_the_deduced_type(live: Lives, source: str, expected: str) -> None:
    assert live(source).description().type == expected


def test_a_comment_on_the_declaration_serves_the_definition(live: Lives) -> None:
    it = live('//- a.h\n/** Adds. */\nint add();\n//- main.cpp\n#include "a.h"\nint $0add() {}\n')
    assert it.description().documentation == "/** Adds. */"


def test_an_ordinary_comment_documents_too(live: Lives) -> None:
    found = live("// How many.\nint $0count;").description()
    assert found.documentation == "// How many."


def test_a_dependent_type_has_no_size(live: Lives) -> None:
    found = live("template <class T> struct S { T $0t; };").description()
    assert (found.size, found.align, found.offset_bits) == (-1, -1, -1)


@pytest.mark.parametrize("source", ["int a; $0 int b;", "// wo$0rd", 'auto s = "wo$0rd";', "i$0f"])
def test_nothing_is_said_where_nothing_is_named(live: Lives, source: str) -> None:
    it = live(source)
    assert ask(it.unit, Describe(it.position())) is None


def test_a_field_tells_the_bits_unused_behind_it(live: Lives) -> None:
    it = live(
        """
        struct S { char $0a; int $1b; char $2c; int $3d : 3; int $4e : 20; };
        union U { char $5x; int y; };
        """
    )
    assert [it.description(point).padding_bits for point in range(6)] == [24, 0, 0, 0, 1, 24]


def test_a_function_tells_its_result_and_parameters(live: Lives) -> None:
    it = live(
        """
        int $0f(int v, const char *w = 0, ...);
        template <class T> T $1g(T t);
        struct X { $2X(int q); };
        int (*$3pointer)(int);
        """
    )
    found = [it.description(point) for point in range(4)]
    assert [(each.result, each.parameters) for each in found] == [
        ("int", ["int v", "const char *w = 0"]),
        ("T", ["T t"]),
        ("", ["int q"]),
        ("", []),
    ]
