"""No live TU yet: the index answers, also about text that has changed, or it is said why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cppls.core.model import FileStatus, Location, Position, Span
from cppls.features.answer import Answer, Reason
from cppls.features.declaration import declaration
from cppls.features.definition import definition
from cppls.features.highlights import highlights
from cppls.features.hover import hover
from cppls.features.implementation import implementation
from cppls.features.outline import outline
from cppls.features.references import references
from cppls.features.snapshot import Snapshot
from cppls.features.type_definition import type_definition
from cppls.features.workspace_symbols import workspace_symbols
from cppls.index.batch import TranslationUnitResult
from tests.world import World

Feature = Callable[[Snapshot, str, Position], Awaitable[Answer[object]]]
AT_A_POSITION = [
    definition,
    declaration,
    type_definition,
    implementation,
    references,
    highlights,
    hover,
]

PROJECT = """
    //- a.h
    struct Box { $decl{Box$}(int); int $size{size$}(); };
    #define $macro{TWO$} 2
    //- b.cpp
    #include "a.h"
    Box::$def{Box$}(int) {}
    //- a.cpp
    #include $0"a.h"
    int f(Box &b) { return b.$1size() + T$2WO; }
"""


async def test_a_position_is_looked_up_in_the_index(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        assert (await world.ask(definition, 1)).items == world.named("size")
        assert (await world.ask(definition, 2)).items == world.named("macro")


async def test_an_include_is_looked_up_in_the_index(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        answer = await world.ask(definition, 0)

        assert answer.items == [Location(world.path("a.h"), Span(0, 0, 0, 0))]
        assert answer.token == Span(0, 9, 0, 14)


async def test_a_constructors_declaration_is_not_its_class(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        (place,) = world.named("decl")
        at = Position(place.span.line, place.span.column)
        answer = await definition(world.snapshot, place.path, at)

        assert answer.items == world.named("def")


async def test_declaration_and_definition_in_one_file_are_told_apart(tmp_path: Path) -> None:
    marked = "void $decl{f$}(); void $def{f$}() {} void g() { f$0(); }"
    with World.of(tmp_path, marked, open="") as world:
        assert (await world.ask(definition)).items == world.named("def")
        assert (await world.ask(declaration)).items == world.named("decl")


async def test_a_local_variable_is_not_the_constructor_that_makes_it(tmp_path: Path) -> None:
    with World.of(tmp_path, "struct S { S(int); }; void f() { S $0some(1); }", open="") as world:
        answer = await world.ask(definition)

        assert answer.absence is not None
        assert answer.absence.reason is Reason.UNKNOWN


async def test_text_that_has_moved_is_matched_by_its_names(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        path = world.path("a.cpp")
        world.open(path, b'#include "a.h"\n\n\nint g(Box &x) { return x.size(); }', parse=False)
        moved = await definition(world.snapshot, path, Position(3, 28))
        nothing_there_any_more = await definition(world.snapshot, path, Position(1, 0))

        assert moved.items == world.named("size")
        assert not nothing_there_any_more.items


async def test_text_that_has_moved_is_found_by_its_place_before_the_edit(tmp_path: Path) -> None:
    marked = """
    //- a.h
    void f(int); void $f{f$}(int*); void f(char); void f(char*);
    //- a.cpp
    #include "a.h"
    void g(int* p) { f(1); $0f(p); }
    """
    with World.of(tmp_path, marked, open="") as world:
        path = world.path("a.cpp")
        world.open(path, parse=False)
        world.edit(path, "void g", "int more;\nvoid g")
        answer = await definition(world.snapshot, path, world.place(path, "f(p)"))
        assert answer.items == world.named("f")


@pytest.mark.parametrize("feature", AT_A_POSITION)
async def test_a_file_that_is_not_indexed_yet_says_so(tmp_path: Path, feature: Feature) -> None:
    with World.of(tmp_path, PROJECT, index=False, open="") as world:
        for point in (0, 1):
            answer = await world.ask(feature, point)

            assert not answer.items
            assert answer.absence is not None
            assert answer.absence.reason is Reason.NOT_INDEXED
            assert world.path("a.cpp") in answer.absence.message


@pytest.mark.parametrize("feature", AT_A_POSITION)
async def test_where_the_index_has_nothing_the_first_parse_is_waited_for(
    tmp_path: Path, feature: Feature
) -> None:
    with World.of(tmp_path, PROJECT, index=False) as world:
        after = (await world.ask(feature, 1)).items
        world.is_opening = True
        assert (await world.ask(feature, 1)).items == after
        assert after or feature in (type_definition, implementation)


@pytest.mark.parametrize("feature", AT_A_POSITION)
async def test_a_file_that_did_not_parse_says_why(tmp_path: Path, feature: Feature) -> None:
    with World.of(tmp_path, PROJECT, index=False, open="") as world:
        world.commit(
            TranslationUnitResult(
                world.path("a.cpp"), 1, FileStatus.FAILED, message="unknown target CPU"
            )
        )
        answer = await world.ask(feature, 1)

        assert answer.absence is not None
        assert answer.absence.reason is Reason.FAILED
        assert "unknown target CPU" in answer.absence.message


@pytest.mark.parametrize("feature", AT_A_POSITION)
async def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, feature: Feature) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        answer = await feature(world.snapshot, f"{tmp_path}/gone.cpp", Position(0, 0))

        assert answer.absence is not None
        assert answer.absence.reason is Reason.FAILED


async def test_without_any_index_the_live_unit_still_answers(tmp_path: Path) -> None:
    marked = "int $ref{x$}; int f() { return $0$ref{x$}; }"
    with World.of(tmp_path, marked, index=False) as world:
        world.lose_index()

        assert (await world.ask(definition)).items == world.named("ref")[:1]
        found = (await world.ask(references)).items
        assert [item.span for item in found] == [place.span for place in world.named("ref")]


async def test_without_index_and_live_unit_the_user_is_told_what_to_do(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        world.lose_index()
        asked = [
            await world.ask(definition, 1),
            await outline(world.snapshot, world.path("a.h")),
            await workspace_symbols(world.snapshot, "Box"),
        ]

        for answer in asked:
            assert answer.absence is not None
            assert answer.absence.reason is Reason.NOT_INDEXED
        assert asked[0].absence is not None
        assert "cppls index" in asked[0].absence.message


async def test_a_local_name_is_not_taken_for_its_namesake_elsewhere(tmp_path: Path) -> None:
    marked = """
        //- b.cpp
        struct Other { int previous; };
        //- a.cpp
        int f() { int previous = 1; return $0previous; }
    """
    with World.of(tmp_path, marked, open="") as world:
        assert (await world.ask(definition)).items == []
