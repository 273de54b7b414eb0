"""Where a name stands as a word of its own in source text."""

from __future__ import annotations

import pytest

from cppls.features.words import words

SKIPPED = {
    "a line comment": b"// x\n",
    "a line comment that goes on": b"// a \\\n x\n",
    "a comment": b"/* x\n x */",
    "a string": b'"x \\" x"',
    "a raw string": b'R"q(x " x)q"',
    "a character": b"'x'",
    "an include": b"#include <x>\n# include x\n",
    "a longer word": b"xx x1 _x ax",
    "a number": b"0x 1'000'x",
    "an error line": b"#error x is not there\n",
}


@pytest.mark.parametrize("data", SKIPPED.values(), ids=SKIPPED.keys())
def test_what_is_no_word_is_skipped_and_what_follows_is_found(data: bytes) -> None:
    text = data + b"\nint x;"
    assert [word.start for word in words(text, "x")] == [len(data) + 5]


def test_a_number_with_separators_opens_no_character_literal() -> None:
    assert len(list(words(b"a = 1'000; x = 2'000;", "x"))) == 1


def test_a_name_behind_a_dot_an_arrow_or_a_scope_is_qualified() -> None:
    text = b"x; a.x; a->x; a::x; a.template x<int>(); a . x; ::x"
    assert [word.qualified for word in words(text, "x")] == [False, *[True] * 6]


def test_a_name_in_the_lines_of_a_macro_is_in_a_macro() -> None:
    text = b"#define A x\n#define B \\\n  1 + \\\n  x\nint x;\n #  define x 1\n"
    assert [word.in_macro for word in words(text, "x")] == [True, True, False, True]
