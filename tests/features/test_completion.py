"""Completion, from the live TU and the index together."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import Span
from cppls.core.text import Text
from cppls.features.completion import Completion, completion
from cppls.features.completion_details import completion_details
from cppls.features.include_insertion import insert_include
from cppls.features.signature_help import signature_help
from cppls.features.suggestions import ItemKind, Suggestion
from tests.world import World


def names(found: Completion) -> list[str]:
    return [item.name for item in found.items]


def item(found: Completion, name: str) -> Suggestion:
    (only,) = [item for item in found.items if item.name == name]
    return only


async def test_members_over_the_newest_text(tmp_path: Path) -> None:
    world = World.of(tmp_path, "struct S { int alpha; };\nvoid f(S s) { s.$0; }\n")
    world.edit(world.path("main.cpp"), "int alpha;", "int alpha; int beta;")
    position = world.place(world.path("main.cpp"), "s.;")
    place = type(position)(position.line, position.column + 2)
    found = await completion(world.snapshot, world.path("main.cpp"), place)
    assert set(names(found)) >= {"alpha", "beta"}
    assert item(found, "beta").kind is ItemKind.FIELD
    assert found.is_member


async def test_arguments_that_are_there_already_are_not_inserted(tmp_path: Path) -> None:
    world = World.of(tmp_path, "void run(int a);\nvoid f() { ru$0(1); }\nvoid g() { ru$1 }\n")
    assert item(await world.ask(completion), "run").snippet == "run"
    assert item(await world.ask(completion, 1), "run").snippet == "run(${1:int a})"


async def test_a_symbol_of_a_header_that_is_not_included_brings_the_include(
    tmp_path: Path,
) -> None:
    world = World.of(
        tmp_path,
        """
        //- lib/shapes.h
        #pragma once
        /// A round shape.
        namespace shapes { struct circle_shape {}; circle_shape make_circle(int radius); }
        //- other.cpp
        #include "lib/shapes.h"
        //- main.cpp
        #include "lib/zebra.h"

        void f() { circle_sh$0 }
        //- lib/zebra.h
        """,
    )
    found = await world.ask(completion)
    circle = item(found, "circle_shape")
    assert circle.snippet == "shapes::circle_shape"
    assert circle.header == '"lib/shapes.h"'
    (edit,) = circle.edits
    assert (edit.span, edit.text) == (Span(0, 0, 0, 0), '#include "lib/shapes.h"\n')
    assert found.more, "further letters may find other names"


async def test_in_its_own_namespace_a_symbol_needs_no_qualifier(tmp_path: Path) -> None:
    world = World.of(
        tmp_path,
        """
        //- shapes.h
        namespace shapes { void make_circle(int radius); }
        //- other.cpp
        #include "shapes.h"
        //- main.cpp
        namespace shapes { void f() { make_c$0 } }
        void g() { shapes::make_c$1 }
        """,
    )
    assert item(await world.ask(completion), "make_circle").snippet == "make_circle($0)"
    assert item(await world.ask(completion, 1), "make_circle").qualifier == ""


async def test_what_is_included_is_not_offered_twice(tmp_path: Path) -> None:
    world = World.of(
        tmp_path,
        """
        //- shapes.h
        void make_circle(int radius);
        //- main.cpp
        #include "shapes.h"
        void f() { make_c$0 }
        """,
    )
    assert item(await world.ask(completion), "make_circle").edits == []


async def test_a_file_that_is_not_parsed_yet_is_answered_at_once(tmp_path: Path) -> None:
    world = World.of(
        tmp_path,
        """
        //- shapes.h
        void make_circle(int radius);
        //- main.cpp
        #include "shapes.h"
        void f() { int make_local; ret$1 make_$0 }
        """,
        open="",
    )
    world.open(world.path("main.cpp"), parse=False)
    found = await world.ask(completion)
    assert {"make_circle", "make_local"} <= set(names(found))
    assert found.more
    assert item(await world.ask(completion, 1), "return").kind is ItemKind.KEYWORD


async def test_without_an_index_the_live_tu_answers_alone(tmp_path: Path) -> None:
    world = World.of(tmp_path, "int some_name;\nvoid f() { some_$0 }\n")
    world.lose_index()
    assert names(await world.ask(completion)) == ["some_name"]


async def test_where_the_compiler_has_nothing_words_of_the_text_are_offered(
    tmp_path: Path,
) -> None:
    world = World.of(
        tmp_path,
        """
        #define IGNORED(name)
        struct S { void do_grow(); };
        IGNORED(do_g$0)
        // about do_g$1
        """,
    )
    assert names(await world.ask(completion)) == ["do_grow"]
    assert names(await world.ask(completion, 1)) == []


async def test_includes_are_files_and_folders(tmp_path: Path) -> None:
    world = World.of(
        tmp_path,
        """
        //- sub/inner.h
        //- main.cpp
        #include "su$0"
        """,
    )
    assert item(await world.ask(completion), "sub/").kind is ItemKind.FOLDER


async def test_details_are_the_documented_overloads(tmp_path: Path) -> None:
    world = World.of(
        tmp_path,
        """
        namespace ns {
        void run(int);
        /// Runs by name.
        void run(const char *name);
        }$0
        """,
    )
    card = await completion_details(world.snapshot, world.path("main.cpp"), "ns::run")
    assert card is not None
    assert "Runs by name." in card.plain_text()
    assert await completion_details(world.snapshot, world.path("main.cpp"), "ns::none") is None


async def test_signatures_that_take_so_many_arguments_come_first(tmp_path: Path) -> None:
    world = World.of(
        tmp_path,
        "void run(int a);\nvoid run(int a, const char *b);\nvoid f() { run(1, $0); }\nint x$1;\n",
    )
    (call,) = (await world.ask(signature_help)).items
    assert call.argument == 1
    assert call.signatures[0].label == "run(int a, const char *b) -> void"
    assert (await world.ask(signature_help, 1)).absence is not None


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ('#include "a.h"\n#include "c.h"\n#include <vector>\n', '"b.h"', 1),
        ('#include "a.h"\n#include "c.h"\n#include <vector>\n', '"d.h"', 2),
        ('#include "a.h"\n#include "c.h"\n#include <vector>\n', "<map>", 2),
        ('#include "own.h"\n\n#include "b.h"\n\n#include <vector>\n', '"a.h"', 2),
        ('#include "a.h"\nint x;\n', "<map>", 1),
        ("// Copyright\n\n#pragma once\nint x;\n", "<map>", 3),
        ("// Copyright\n#ifndef A_H\n#define A_H\nint x;\n#endif\n", '"b.h"', 3),
        ("int x;\n", "<map>", 0),
    ],
)
def test_an_include_goes_among_its_like_in_order(text: str, name: str, line: int) -> None:
    edit = insert_include(Text.of(text), name)
    assert edit is not None
    assert (edit.span.line, edit.text) == (line, f"#include {name}\n")


def test_what_is_included_is_not_included_again() -> None:
    assert insert_include(Text.of("  #  include <map> // for x\n"), "<map>") is None
