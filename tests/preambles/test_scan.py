"""Include directives are read as text; only those that count for certain are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cppls.preambles.scan import scan, words


def spelled(text: str) -> list[str]:
    return [directive.spelled for directive in scan(text.encode()).directives]


def test_directives_are_taken_in_their_order_however_they_are_written() -> None:
    text = (
        '#include <a>\n  #  include "b/c.h" // why\n#include_next<d>\n#import "e"\n#include NAME\n'
    )
    found = scan(text.encode()).directives
    assert [(each.spelled, each.angled, each.next) for each in found] == [
        ("a", True, False),
        ("b/c.h", False, False),
        ("d", True, True),
        ("e", False, False),
    ]


def test_a_directive_inside_a_condition_is_not_certain() -> None:
    text = "#include <a>\n#ifdef X\n#include <b>\n#else\n#include <c>\n#endif\n#include <d>\n"
    assert spelled(text) == ["a", "d"]


@pytest.mark.parametrize("guard", ["#ifndef H", "#if !defined(H)", "#if ! defined H"])
def test_an_include_guard_is_no_condition(guard: str) -> None:
    text = f"// words\n{guard}\n#define H\n#include <a>\n#if X\n#include <b>\n#endif\n#endif // H\n"
    assert spelled(text) == ["a"]
    assert scan(text.encode()).guarded


@pytest.mark.parametrize(
    "text",
    [
        "#include <a>\n#ifndef H\n#define H\n#endif\n",
        "#ifndef H\n#define H\n#endif\n#include <a>\n",
        "#ifndef H\n#define H\n#else\n#define G\n#endif\n",
        "#ifdef H\n#endif\n",
        "#ifndef H\n#define H\n",
        "#ifndef H\n#error H is to be included first\n#endif\n#undef H\n",
        "#ifndef H\n#define H\n#endif\n#if X\n#include <a>\n#endif\n",
        "#ifndef H\n#define G\n#endif\n",
        "",
    ],
)
def test_what_stands_outside_of_a_guard_is_not_guarded(text: str) -> None:
    assert not scan(text.encode()).guarded


def test_what_follows_a_guard_is_read_too() -> None:
    assert spelled("#ifndef H\n#define H\n#endif\n#include <a>\n") == ["a"]


def test_macros_are_noted_with_the_directives_before_them_but_for_the_guard() -> None:
    inner = "#define A\n#include <a>\n# define B\n#if X\n#define C\n#endif\n"
    text = f"#ifndef H\n#define H 1\n{inner}#endif\n"
    assert scan(text.encode()).defines == ((b"A", 0), (b"B", 1))


def test_words_are_those_that_a_parse_comes_to() -> None:
    text = b'int a; // b\n/* c\n */ f("d\\" e");\n#ifdef G\n# define H(i) \\\n  j\nint k;\n'
    assert list(words(text)) == [b"int", b"a", b"f", b"ifdef", b"G", b"int", b"k"]


def test_pragma_once_guards() -> None:
    assert scan(b"/* a */\n# pragma once\n#include <a>\n#ifdef X\n#endif\n").guarded


@given(st.binary(max_size=300))
def test_any_bytes_are_read(text: bytes) -> None:
    scan(text)


@given(st.lists(st.sampled_from(["#if X", "#ifndef H", "#else", "#endif", "#include <a>", "x"])))
def test_any_nesting_is_read(lines: list[str]) -> None:
    scan("\n".join(lines).encode())
