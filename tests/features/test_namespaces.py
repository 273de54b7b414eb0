"""A namespace leads to the declaration that the file sees first, in the order of its includes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.definition import definition
from tests.world import World

FIRST = {
    "in a header, not in the one that is indexed first": """
        //- a.h
        namespace n { void a(); }
        //- b.h
        namespace $def{n$} { void b(); }
        //- main.cpp
        #include "b.h"
        #include "a.h"
        namespace $0n { void c(); }""",
    "in what a header includes before its own": """
        //- a.h
        namespace $def{n$} { void a(); }
        //- b.h
        #include "a.h"
        namespace n { void b(); }
        //- main.cpp
        #include "b.h"
        void f() { $0n::b(); }""",
    "in the header, before what that includes at its end": """
        //- a.h
        namespace n { void a(); }
        //- b.h
        namespace $def{n$} { void b(); }
        #include "a.h"
        //- main.cpp
        #include "b.h"
        void f() { $0n::b(); }""",
    "in the file itself, before its includes": """
        //- a.h
        namespace n { void a(); }
        //- main.cpp
        namespace $def{n$} { void b(); }
        #include "a.h"
        void f() { $0n::b(); }""",
    "in headers that include one another": """
        //- a.h
        #pragma once
        #include "b.h"
        namespace n { void a(); }
        //- b.h
        #pragma once
        #include "a.h"
        namespace $def{n$} { void b(); }
        //- main.cpp
        #include "a.h"
        void f() { $0n::b(); }""",
}


async def test_in_a_file_that_no_unit_includes_the_unit_of_it_knows(tmp_path: Path) -> None:
    marked = """
        //- a.h
        namespace n { void a(); }
        //- unused.h
        namespace $def{n$} { void b(); }
        void f() { $0n::b(); }
        //- main.cpp
        #include "a.h"
    """
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(definition)).items == world.named("def")


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "indexed"])
@pytest.mark.parametrize("marked", FIRST.values(), ids=FIRST)
async def test_a_namespace_leads_to_where_the_file_sees_it_first(
    tmp_path: Path, marked: str, *, is_open: bool
) -> None:
    other = "\n        //- another.cpp\n        namespace n { void d(); }\n"
    with World.of(tmp_path, marked + other, open="*" if is_open else "") as world:
        assert (await world.ask(definition)).items == world.named("def")
