"""Go to implementation: down the hierarchy, however deep."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.answer import Reason
from cppls.features.implementation import implementation
from tests.world import World

HIERARCHY = """
    //- a.h
    struct $0Root { virtual int f$1() = 0; };
    //- b.cpp
    #include "a.h"
    struct $class{Middle$} : Root { int f() override; };
    int Middle::$method{f$}() { return 1; }
    struct $class{Leaf$} : Middle { int $method{f$}() override { return 2; } };
    //- a.cpp
    #include "a.h"
    int g(Root &r) { return r.f$2(); }
"""


@pytest.mark.parametrize(("point", "name"), [(0, "class"), (1, "method"), (2, "method")])
@pytest.mark.parametrize("live", [True, False])
async def test_all_that_is_below(tmp_path: Path, point: int, name: str, live: bool) -> None:
    with World.of(tmp_path, HIERARCHY, open="") as world:
        if live:
            world.open(world.fixture.point(point).path)

        found = (await world.ask(implementation, point)).items
        assert sorted(found) == world.named(name)


async def test_classes_inside_of_functions_are_below_too(tmp_path: Path) -> None:
    marked = """
        //- a.h
        struct $0Root { virtual int f() = 0; };
        //- b.cpp
        #include "a.h"
        void g() { struct $class{Local$} : Root { int f() override { return 1; } }; }
    """
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(implementation)).items == world.named("class")


async def test_a_function_is_its_own_implementation(tmp_path: Path) -> None:
    marked = "void f(); void $def{f$}() {} void g() { $0f(); }"
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(implementation)).items == world.named("def")


async def test_a_pure_method_that_nothing_overrides_has_none(tmp_path: Path) -> None:
    with World.of(tmp_path, "struct A { virtual void $0f() = 0; };") as world:
        answer = await world.ask(implementation)

        assert answer.absence is not None
        assert answer.absence.reason is Reason.NO_RESULT
