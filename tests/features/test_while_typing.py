"""Answers while the file's TU is of an earlier text, or at its parse: never about another place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.declaration import declaration
from cppls.features.definition import definition
from cppls.features.highlights import highlights
from cppls.features.hover import hover
from tests.world import World

SOURCE = """
//- a.h
#pragma once
int $twice{twice$}(int value);
//- a.cpp
#include "a.h"
// here
int total(int count) {
  int local = count;
  return $0twice(local) + local;
}
int again = total(1);
"""


@pytest.fixture(params=["earlier TU", "at its parse"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    made = World.of(tmp_path, SOURCE, open="a.cpp")
    made.is_parsing = request.param == "at its parse"
    return made


def write_above(world: World) -> str:
    """Two lines more above everything that is asked about."""
    path = world.path("a.cpp")
    world.edit(path, "// here\n", "// here\nint typed = sizeof(long);\n\n")
    return path


async def test_a_jump_out_of_the_file_starts_where_the_token_is_now(world: World) -> None:
    with world:
        path = write_above(world)
        asked = world.place(path, "twice(")
        answer = await declaration(world.snapshot, path, asked)
        assert answer.items == world.named("twice")
        assert answer.token is not None
        assert answer.token.line == asked.line


async def test_a_jump_within_the_file_ends_where_the_declaration_is_now(world: World) -> None:
    with world:
        path = write_above(world)
        for use, declared in (("total(1)", "total(int"), ("local) +", "local = count")):
            answer = await definition(world.snapshot, path, world.place(path, use))
            (found,) = answer.items
            assert found.span.line == world.place(path, declared).line


async def test_a_hover_is_of_the_token_under_the_cursor(world: World) -> None:
    with world:
        path = write_above(world)
        for word, name in (("twice(", "twice"), ("local) +", "local"), ("count) {", "count")):
            asked = world.place(path, word)
            answer = await hover(world.snapshot, path, asked)
            assert [card.name for card in answer.items] == [name]
            assert answer.token is not None
            assert answer.token.line == asked.line


async def test_a_token_that_was_edited_is_not_what_it_was(world: World) -> None:
    with world:
        path = world.path("a.cpp")
        world.edit(path, "return twice(local)", "return total(local)")
        answer = await hover(world.snapshot, path, world.place(path, "total(local)"))
        assert [card.name for card in answer.items] == ["total"]


async def test_a_name_that_was_declared_anew_is_told_from_the_new_text(world: World) -> None:
    with world:
        path = world.path("a.cpp")
        world.edit(path, "int local = count;", "long locals = count;")
        world.edit(path, "+ local;", "+ locals;")
        answer = await definition(world.snapshot, path, world.place(path, "locals;"))
        assert [item.span.line for item in answer.items] == [
            world.place(path, "locals = count").line
        ]


async def test_highlights_miss_nothing_that_was_typed(world: World) -> None:
    with world:
        path = world.path("a.cpp")
        world.edit(path, "int local = count;", "int local = count;\n  ++local;")
        answer = await highlights(world.snapshot, path, world.place(path, "local;\n}"))
        assert len(answer.items) == 4
