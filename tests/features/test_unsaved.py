"""What is typed and not saved lies over the index: found, moved, or gone, in every answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cppls.core.live_questions import Extract, Question
from cppls.core.model import RelationKind
from cppls.features.definition import definition
from cppls.features.implementation import implementation
from cppls.features.references import references
from cppls.features.workspace_symbols import workspace_symbols
from cppls.index.reader import Reader
from tests.world import World, WorldDocument

SOURCE = """
//- shape.h
#pragma once
struct Shape { virtual double area(); };
int scale(int);
//- scale.cpp
#include "shape.h"
int helper() { return 1; }
int scale(int v) { return v * helper(); }
//- main.cpp
#include "shape.h"
int total = $0scale(3);
"""


async def found(world: World, query: str) -> dict[str, tuple[str, int]]:
    """Symbols that the workspace has for ``query``: by name the file and the line."""
    answer = await workspace_symbols(world.snapshot, query)
    places = {item.name: item.definition or item.declaration for item in answer.items}
    return {
        name: (Path(place.path).name, place.span.line)
        for name, place in places.items()
        if place is not None
    }


async def uses(world: World) -> list[tuple[str, int]]:
    """Where what stands at ``$0`` is named: file and line."""
    answer = await world.ask(references)
    return sorted((Path(item.path).name, item.span.line) for item in answer.items)


def opened(folder: Path) -> World:
    world = World.of(folder, SOURCE)
    world.open(world.path("scale.cpp"))
    return world


async def test_a_function_that_was_typed_is_found(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        assert await found(world, "scaleTwice") == {}
        path = world.path("scale.cpp")
        world.edit(
            path, "int scale(int v)", "int scaleTwice() { return scale(2); }\nint scale(int v)"
        )

        assert await found(world, "scaleTwice") == {"scaleTwice": ("scale.cpp", 2)}
        assert await uses(world) == [
            ("main.cpp", 1), ("scale.cpp", 2), ("scale.cpp", 3), ("shape.h", 2),
        ]  # fmt: skip


async def test_a_function_that_was_deleted_is_not_found(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        assert await found(world, "helper") == {"helper": ("scale.cpp", 1)}
        path = world.path("scale.cpp")
        world.edit(path, "int helper() { return 1; }\n", "")
        world.edit(path, "helper()", "1")

        assert await found(world, "helper") == {}
        assert ("scale.cpp", 1) in await uses(world)


async def test_a_jump_leads_to_where_an_edit_above_has_moved_it(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.edit(world.path("scale.cpp"), "int helper", "// one\n// two\nint helper")

        (place,) = (await world.ask(definition)).items
        assert (Path(place.path).name, place.span.line) == ("scale.cpp", 4)


async def test_a_jump_does_not_lead_to_a_definition_that_was_deleted(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.edit(world.path("scale.cpp"), "int scale(int v) { return v * helper(); }\n", "")

        (place,) = (await world.ask(definition)).items
        assert Path(place.path).name == "shape.h"


async def test_a_class_that_was_typed_implements_its_base(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        path = world.path("scale.cpp")
        world.edit(
            path, "int helper", "struct Dot : Shape { double area() override; };\nint helper"
        )
        snapshot = world.snapshot
        answer = await implementation(snapshot, path, world.place(path, "Shape {"))
        assert [(Path(item.path).name, item.span.line) for item in answer.items] == [
            ("scale.cpp", 1)
        ]

        overriders = await snapshot.query(overriders_of_area)
        assert overriders == ["Dot::area"]


def overriders_of_area(reader: Reader) -> list[str]:
    (area,) = reader.symbols_named("::Shape::area")
    ids = reader.objects(area.id, RelationKind.OVERRIDDEN_BY)
    return [symbol.qualified_name for symbol in reader.symbols(ids)]


async def test_callers_and_callees_are_those_of_the_text(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        path = world.path("scale.cpp")
        world.edit(path, "v * helper()", "v")
        world.edit(path, "return 1", "return scale(1)")
        snapshot = world.snapshot
        await snapshot.settle()

        assert await snapshot.query(calls_of, "scale") == (["helper", "total"], [])
        assert await snapshot.query(calls_of, "helper") == ([], ["scale"])


def calls_of(reader: Reader, name: str) -> tuple[list[str], list[str]]:
    """Names of callers and callees."""
    (symbol,) = reader.symbols_named(name)
    both = (reader.callers(symbol.id), reader.callees(symbol.id))
    incoming, outgoing = (
        sorted(found.name for found in reader.symbols(call.symbol for call in calls))
        for calls in both
    )
    return incoming, outgoing


async def test_without_a_tu_rows_are_moved_and_what_was_edited_is_dropped(tmp_path: Path) -> None:
    with World.of(tmp_path, SOURCE) as world:
        path = world.path("scale.cpp")
        world.open(path, parse=False)
        world.edit(path, "int helper", "\n\nint helped")

        assert await found(world, "scale") == {"scale": ("scale.cpp", 4)}
        assert await found(world, "helper") == {}
        assert await uses(world) == [("main.cpp", 1), ("scale.cpp", 4), ("shape.h", 2)]


async def test_a_tu_that_is_late_is_not_waited_for_beyond_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as world:
        world.edit(world.path("scale.cpp"), "int helper", "\nint added();\nint helper")
        ask = WorldDocument.ask

        async def never(self: WorldDocument, question: Question[object]) -> object:
            if isinstance(question, Extract):
                await asyncio.Event().wait()
            return await ask(self, question)

        monkeypatch.setattr(WorldDocument, "ask", never)
        assert await found(world, "scale") == {"scale": ("scale.cpp", 4)}
        assert await found(world, "added") == {}


async def test_only_what_was_edited_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as world:
        asked: list[str] = []
        ask = WorldDocument.ask

        async def noted(self: WorldDocument, question: Question[object]) -> object:
            if isinstance(question, Extract):
                asked.append(Path(self.path).name)
            return await ask(self, question)

        monkeypatch.setattr(WorldDocument, "ask", noted)
        await found(world, "scale")
        assert asked == []
        world.edit(world.path("scale.cpp"), "return 1", "return 2")
        await found(world, "scale")
        assert asked == ["scale.cpp"]


async def test_a_file_that_was_saved_and_not_indexed_yet_is_read_from_its_tu(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as world:
        path = world.path("scale.cpp")
        world.edit(path, "int helper", "int added();\nint helper")
        world.save(path)

        assert await found(world, "added") == {"added": ("scale.cpp", 1)}


async def test_what_the_index_had_of_the_asked_file_itself_can_still_be_asked(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as world:
        path = world.path("scale.cpp")
        world.edit(path, "int helper", "\n\nint helper")
        snapshot = world.snapshot
        place = (path, 1, 4)

        assert len(await snapshot.query_saved(path, Reader.occurrences_at, *place)) == 1
        assert await snapshot.query(Reader.occurrences_at, *place) == []
