"""Tweaks that write the same in another way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.features.tweaks.changed import changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("$0auto x = 1;", "int x = 1;"),
        ("const $0auto x = 1.0;", "const double x = 1.0;"),
        ("int i; au$0to *p = &i;", "int i; int *p = &i;"),
        ("int i; const $0auto &r = i;", "int i; const int &r = i;"),
        ("const char c = 'c'; $0auto *p = &c;", "const char c = 'c'; const char *p = &c;"),
        (
            "namespace n { template <class T> struct V {}; } $0auto v = n::V<int>();",
            "namespace n { template <class T> struct V {}; } n::V<int> v = n::V<int>();",
        ),
        ("$0auto f = [] { return 1; };", None),
        ("int g(int); $0auto *f = g;", None),
        ("$0auto f() { return 1; }", None),
        ("$0int x = 1;", None),
        ("struct { int m; } s; $0auto t = s;", None),
    ],
)
async def test_auto_becomes_its_type(tmp_path: Path, before: str, after: str | None) -> None:
    assert await changed(tmp_path, "expand_auto", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#define ONE 1\nint x = $0ONE + 2;", "#define ONE 1\nint x = 1 + 2;"),
        (
            "#define ADD(a, b) ((a) + (b))\nint x = A$0DD(1, /*c*/ 2) * 3;",
            "#define ADD(a, b) ((a) + (b))\nint x = ((1) + (2)) * 3;",
        ),
        ("#define $0ONE 1\nint x = ONE;", None),
        ("int $0x;", None),
    ],
)
async def test_a_macro_becomes_what_it_means(
    tmp_path: Path, before: str, after: str | None
) -> None:
    assert await changed(tmp_path, "expand_macro", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (r'auto s = "a\$0"b\"";', r'auto s = R"(a"b")";'),
        (r'auto s = "$0one\ntwo\\";', 'auto s = R"(one\ntwo\\)";'),
        ('auto s = "$0plain";', None),
        (r'auto s = "$0a\x41";', None),
        (r'auto s = "$0a)\"";', None),
        (r'auto s = L"$0a\"";', None),
        (r'/* "$0a\"" */', None),
    ],
)
async def test_a_string_becomes_raw(tmp_path: Path, before: str, after: str | None) -> None:
    assert await changed(tmp_path, "raw_string", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "void f(bool b) { i$0f (b) { b = 1; } else { return; } }",
            "void f(bool b) { if (b) { return; } else { b = 1; } }",
        ),
        (
            "void f(bool b) { if ($0b) { } else /* c */ { return; } }",
            "void f(bool b) { if (b) { return; } else /* c */ { } }",
        ),
        ("void f(bool b) { if (b) { $0b = 1; } else { return; } }", None),
        ("void f(bool b) { i$0f (b) b = 1; else { return; } }", None),
        ("void f(bool b) { i$0f (b) { b = 1; } }", None),
        ("void f(bool b) { i$0f (b) { } else if (!b) { } }", None),
    ],
)
async def test_branches_change_places(tmp_path: Path, before: str, after: str | None) -> None:
    assert await changed(tmp_path, "swap_if", before) == after


ENUM = "namespace n { enum class E { A, B, C, D = B }; }\n"


async def test_a_switch_gets_the_cases_that_it_lacks(tmp_path: Path) -> None:
    start = "int f(n::E e) {\n  switch (e) {\n    case n::E::A:\n      return 1;\n"
    end = "  }\n  return 0;\n}\n"
    before = ENUM + start.replace("switch", "switch$0") + end
    missing = "    case n::E::B:\n    case n::E::C:\n      break;\n"
    assert await changed(tmp_path, "populate_switch", before) == ENUM + start + missing + end


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "enum E { A, B }; void f(E e) { swit$0ch (e) {} }",
            "enum E { A, B }; void f(E e) { switch (e) {\ncase A:\ncase B:\n  break;\n} }",
        ),
        ("enum E { A }; void f(E e) { swit$0ch (e) { case A:; } }", None),
        ("enum E { A, B }; void f(E e) { switch (e) { case A: $0e = B; } }", None),
        ("void f(int e) { swit$0ch (e) {} }", None),
    ],
)
async def test_cases_of_other_switches(tmp_path: Path, before: str, after: str | None) -> None:
    assert await changed(tmp_path, "populate_switch", before) == after


NAMESPACES = "namespace a { namespace b { struct S { static int m; }; int f(); } }\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a::b::$0S s;", ""),
        ("int x = a::b::$0f();", ""),
        ("int x = a::b::S::$0m;", None),
        ("using a::b::$0f;", None),
        ("using namespace a::b; $0S s;", None),
    ],
)
async def test_a_using_declaration(tmp_path: Path, before: str, after: str | None) -> None:
    found = await changed(tmp_path, "add_using", NAMESPACES + before)
    if after is None:
        assert found is None
    else:
        name = "f" if "f()" in before else "S"
        plain = before.replace("a::b::", "").replace("$0", "")
        assert found == f"{NAMESPACES}using a::b::{name};\n{plain}"


@pytest.mark.parametrize(("name", "offered"), [("move", False), ("more", True)])
async def test_what_moves_is_always_qualified(tmp_path: Path, name: str, offered: bool) -> None:
    source = f"namespace std {{ int {name}(int); }}\nint x = std::$0{name}(1);\n"
    assert (await changed(tmp_path, "add_using", source) is not None) == offered


async def test_using_declarations_stand_together_behind_the_includes(tmp_path: Path) -> None:
    source = """
        //- a.h
        namespace a { struct S {}; struct T {}; }
        //- a.cpp
        #include "a.h"
        using a::T;
        a::$0S s;
    """
    assert await changed(tmp_path, "add_using", source) == (
        '#include "a.h"\nusing a::T;\nusing a::S;\nS s;\n'
    )
