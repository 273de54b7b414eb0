"""What encloses a place, what a token is, and which file belongs to another."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import Span
from cppls.features.answer import Reason
from cppls.features.selection_ranges import selection_ranges
from cppls.features.switch_source_header import switch_source_header
from cppls.features.symbol_info import symbol_info
from cppls.features.syntax_tree import syntax_tree
from tests.world import World

# --- selection ranges ---------------------------------------------------------------------------

NESTED = """
    //- a.cpp
    $f{int f(int a) $c{{ $r{return $b{$n{a$0$} + 1$}$}; }$}$}
"""


async def test_a_selection_grows_by_the_syntax_tree(tmp_path: Path) -> None:
    with World.of(tmp_path, NESTED) as world:
        at = world.fixture.point()
        answer = await selection_ranges(world.snapshot, at.path, [at.position])

        assert answer.items == [[world.named(name)[0].span for name in ("n", "b", "r", "c", "f")]]


async def test_before_the_first_parse_it_grows_by_words_and_brackets(tmp_path: Path) -> None:
    with World.of(tmp_path, "int f() { g($w{x$0y$}); }", index=False, open="") as world:
        at = world.fixture.point()
        (spans,) = (await selection_ranges(world.snapshot, at.path, [at.position])).items

        assert spans[0] == world.named("w")[0].span
        assert [span.end_column - span.column for span in spans] == [2, 4, 8, 10]


async def test_where_nothing_encloses_a_place_its_range_is_empty(tmp_path: Path) -> None:
    with World.of(tmp_path, "int x;\n\n$0\n") as world:
        at = world.fixture.point()
        answer = await selection_ranges(world.snapshot, at.path, [at.position, at.position])

        line = at.position.line
        assert answer.items == [[Span(line, 0, line, 0)]] * 2


# --- the syntax tree ----------------------------------------------------------------------------


async def test_a_syntax_tree_is_that_of_the_innermost_node(tmp_path: Path) -> None:
    with World.of(tmp_path, "//- a.cpp\nint f(int a) { $e{return a + 1$}; }\n", open="a.cpp") as it:
        (location,) = it.named("e")
        (node,) = (await syntax_tree(it.snapshot, location.path, location.span)).items

        assert (node.role, node.kind, node.span) == ("statement", "Return", location.span)
        (operation,) = node.children
        assert (operation.kind, operation.detail, operation.arcana) == (
            "BinaryOperator",
            "+",
            "BinaryOperator 'int'",
        )
        assert operation.children[1].detail == "1"


async def test_a_place_outside_of_everything_has_no_tree(tmp_path: Path) -> None:
    with World.of(tmp_path, "//- a.cpp\nint x;\n\n\n", open="a.cpp") as world:
        answer = await syntax_tree(world.snapshot, world.path("a.cpp"), Span(2, 0, 2, 0))

        assert answer.absence is not None
        assert answer.absence.reason is Reason.NO_RESULT


# --- what a token is ----------------------------------------------------------------------------


async def test_a_symbol_has_clangds_identity(tmp_path: Path) -> None:
    source = "namespace ns { struct $d{Derived$} {}; }\nns::Der$0ived d;\n"
    with World.of(tmp_path, source) as world:
        (info,) = (await world.ask(symbol_info)).items

        assert (info.name, info.container) == ("Derived", "ns::")
        assert (info.usr, info.id) == ("c:@N@ns@S@Derived", "8A5DFB3CDD7206D9")
        assert [info.declaration, info.definition] == world.named("d") * 2


async def test_punctuation_has_no_identity(tmp_path: Path) -> None:
    with World.of(tmp_path, "int x $0= 1;\n") as world:
        answer = await world.ask(symbol_info)
        assert answer.absence is not None


# --- the other file -----------------------------------------------------------------------------

PAIRS = """
    //- beside.h
    int beside();
    //- beside.cc
    #include "beside.h"
    //- include/api.h
    int one(); int two();
    //- src/implementation.cpp -I../include -Iinclude
    #include "api.h"
    int one() { return 1; } int two() { return 2; }
    //- src/another.cpp -Iinclude
    #include "api.h"
    int user = one();
    //- lonely.h
    //- notes.txt
"""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("beside.h", "beside.cc"),
        ("beside.cc", "beside.h"),
        ("include/api.h", "src/implementation.cpp"),
        ("src/implementation.cpp", "include/api.h"),
    ],
)
async def test_a_source_and_its_header_lead_to_each_other(
    tmp_path: Path, asked: str, found: str
) -> None:
    with World.of(tmp_path, PAIRS, open="") as world:
        answer = await switch_source_header(world.snapshot, world.path(asked))
        assert answer.items == [world.path(found)]


@pytest.mark.parametrize(
    ("asked", "reason"), [("lonely.h", Reason.NO_RESULT), ("notes.txt", Reason.UNKNOWN)]
)
async def test_a_file_without_another_says_so(tmp_path: Path, asked: str, reason: Reason) -> None:
    with World.of(tmp_path, PAIRS, open="") as world:
        answer = await switch_source_header(world.snapshot, world.path(asked))
        assert answer.absence is not None
        assert answer.absence.reason is reason
