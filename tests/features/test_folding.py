"""What can be folded, from the text alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import Span
from cppls.core.text import Text
from cppls.features.folding import FoldKind, folding, folds
from tests.world import World


def lines(text: str, *, whole_lines: bool = True) -> list[tuple[int, int, str]]:
    """First line, last line and kind of each range."""
    return [
        (fold.span.line, fold.span.end_line, fold.kind.value)
        for fold in folds(Text.of(text), whole_lines=whole_lines)
    ]


def test_brackets_fold_up_to_the_line_before_their_end() -> None:
    assert lines("void f(int a,\n  int b) {\n  g();\n}\n") == [(1, 2, "region")]
    assert lines("int a[] = {\n1,\n};\n", whole_lines=False) == [(0, 2, "region")]


def test_what_is_folded_is_what_is_inside_the_brackets() -> None:
    (fold,) = folds(Text.of("void f() {\n  g();\n}\n"), whole_lines=False)
    assert fold.span == Span(0, 10, 2, 0)


@pytest.mark.parametrize(
    "text",
    ["char c = '{';\n}", '"{\n";', 'R"x({\n)x";', "// {\n}", "/* { */\n}", "1'000'{\n0"],
)
def test_a_bracket_in_a_literal_or_a_comment_is_none(text: str) -> None:
    assert not [one for one in lines(text, whole_lines=False) if one[2] == "region"][1:]


def test_a_separator_in_a_number_is_no_quote() -> None:
    assert lines("int n = 1'000; void f() {\n\n}\n") == [(0, 1, "region")]


def test_comments_that_follow_each_other_are_one() -> None:
    assert lines("// a\n// b\n\n// c\n// d\nint x;\n") == [(0, 1, "comment"), (3, 4, "comment")]
    assert lines("/*\n * a\n */\nint x;\n") == [(0, 1, "comment")]


def test_each_branch_of_a_condition_folds() -> None:
    assert lines("#if A\nint a;\n#elif B\nint b;\n#else\nint c;\n#endif\n") == [
        (0, 1, "region"),
        (2, 3, "region"),
        (4, 5, "region"),
    ]


def test_branches_that_open_the_same_bracket_close_it_once() -> None:
    text = "#if A\nvoid f() {\n#else\nvoid g() {\n#endif\n}\nint x() {\n\n}\n"
    assert lines(text, whole_lines=False) == [
        (0, 2, "region"),
        (1, 5, "region"),
        (2, 4, "region"),
        (6, 8, "region"),
    ]


def test_regions_and_blocks_of_includes_fold() -> None:
    assert lines("#pragma region R\nint a;\n#pragma endregion\n") == [(0, 2, "region")]
    assert lines('#include <a>\n// why\n#include "b"\nint a;\n#include <c>\n') == [
        (0, 2, "imports")
    ]


def test_a_bracket_that_nothing_closes_spoils_only_itself() -> None:
    assert lines("void f() {\n  g((1;\n}\nvoid h() {\n\n}\n") == [
        (0, 1, "region"),
        (3, 4, "region"),
    ]


async def test_a_file_that_was_never_parsed_folds(tmp_path: Path) -> None:
    with World.of(tmp_path, "//- a.cpp\nint f() {\n  return 1;\n}\n", index=False, open="") as it:
        answer = await folding(it.snapshot, it.path("a.cpp"), whole_lines=True)
        assert [fold.kind for fold in answer.items] == [FoldKind.REGION]


async def test_a_long_file_folds_too(tmp_path: Path) -> None:
    with World.of(tmp_path, "//- a.cpp\nint x;\n", index=False, open="") as it:
        it.texts[it.path("a.cpp")] = Text(b"void f() {\n\n}\n" * 30_000)
        answer = await folding(it.snapshot, it.path("a.cpp"), whole_lines=True)
        assert len(answer.items) == 20_000
        assert answer.more
