"""Include directives as links."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.answer import Reason
from cppls.features.document_links import document_links
from tests.world import World

SOURCE = """
    //- include/a.h
    #pragma once
    //- b.h
    //- main.cpp -Iinclude
    #include $a{<a.h>$}
    #  include $b{"b.h"$} // why
    #include "missing.h"
    #if 0
    #include $c{<a.h>$}
    #endif
    const char *text = "#include <a.h>";
"""


@pytest.mark.parametrize(("index", "opened"), [(True, ""), (False, "main.cpp"), (True, "main.cpp")])
async def test_a_directive_leads_to_what_it_includes(
    tmp_path: Path, index: bool, opened: str
) -> None:
    with World.of(tmp_path, SOURCE, index=index, open=opened) as world:
        answer = await document_links(world.snapshot, world.path("main.cpp"))

        assert [(link.span, link.target) for link in answer.items] == [
            (world.named("a")[0].span, world.path("include/a.h")),
            (world.named("b")[0].span, world.path("b.h")),
            (world.named("c")[0].span, world.path("include/a.h")),
        ]


async def test_before_anything_is_parsed_a_file_beside_this_one_is_found(tmp_path: Path) -> None:
    with World.of(tmp_path, SOURCE, index=False, open="") as world:
        answer = await document_links(world.snapshot, world.path("main.cpp"))

        assert [link.target for link in answer.items] == [world.path("b.h")]


async def test_links_stand_where_the_directives_are_now(tmp_path: Path) -> None:
    with World.of(tmp_path, SOURCE, open="main.cpp") as world:
        world.edit(world.path("main.cpp"), "#include <a.h>\n#  ", "\n#include <a.h>\n#  ")
        answer = await document_links(world.snapshot, world.path("main.cpp"))

        assert [link.span.line for link in answer.items] == [1, 2, 5]


async def test_a_file_without_directives_says_so(tmp_path: Path) -> None:
    with World.of(tmp_path, "//- a.cpp\nint x;\n", open="a.cpp") as world:
        answer = await document_links(world.snapshot, world.path("a.cpp"))

        assert answer.absence is not None
        assert answer.absence.reason is Reason.NO_RESULT
