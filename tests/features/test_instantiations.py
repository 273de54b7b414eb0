"""Names in explicit instantiations, where libclang has no cursor: found by their scopes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.definition import definition
from cppls.features.hover import hover
from cppls.features.references import references
from tests.world import World

BOX = """
        //- box.h
        #pragma once
        struct Number {};
        namespace n {
        struct $number{Number$} {};
        template <class T> struct $box{Box$} { void put(T t); };
        }
        //- main.cpp
        #include "box.h"
        template <class T> void n::Box<T>::$put{put$}(T t) {}
        using Held = n::Box<n::Number>;
        Held held;
"""

NAMES = {
    "a class template's name": ("template class n::$0Box<n::Number>;", "box"),
    "its argument": ("template class n::Box<n::$0Number>;", "number"),
    "a class of a method": ("template void n::$0Box<n::Number>::put(n::Number);", "box"),
    "a method": ("template void n::Box<int>::$0put(int);", "put"),
    "an argument of a method's class": (
        "template void n::Box<n::$0Number>::put(n::Number);",
        "number",
    ),
    "a parameter's type": ("template void n::Box<n::Number>::put(n::$0Number);", "number"),
    "a name in the namespace around it": (
        "namespace n { template void Box<$0Number>::put(Number); }",
        "number",
    ),
    "what is promised to be instantiated elsewhere": (
        "extern template void n::Box<n::$0Number>::put(n::Number);",
        "number",
    ),
}


@pytest.mark.parametrize(("line", "name"), NAMES.values(), ids=NAMES)
async def test_a_name_of_an_explicit_instantiation_is_found_in_its_scope(
    tmp_path: Path, line: str, name: str
) -> None:
    with World.of(tmp_path, f"{BOX}        {line}\n") as world:
        assert (await world.ask(definition)).items == world.named(name)


async def test_its_uses_are_listed(tmp_path: Path) -> None:
    marked = f"{BOX}        template void n::Box<n::$0Number>::put(n::Number);\n"
    with World.of(tmp_path, marked) as world:
        places = [(item.path, item.span.line) for item in (await world.ask(references)).items]
        assert (world.path("box.h"), world.fixture.range("number").span.line) in places
        assert (await world.ask(hover)).items[0].name == "Number"
