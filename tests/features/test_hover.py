"""Hover: what a card says, from the live TU and from the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import SymbolKind
from cppls.features.answer import Reason
from cppls.features.card import Card
from cppls.features.hover import hover
from cppls.project.clangd_values import Config, Hover
from tests.world import World

DOCUMENTED = """
    //- a.h
    namespace ns {
    struct Box {
        char tag;
        /// Items inside.
        int count = 3;
        /** Twice @p v. */
        static int $decl{twice$}(int v);
    };
    }
    //- a.cpp
    #include $3"a.h"
    int f(ns::Box &b) { return b.$0count + ns::Box::$1twice(2); }
    $2ns::Box box; // the count$4
"""


async def card_of(world: World, point: int) -> Card:
    (card,) = (await world.ask(hover, point)).items
    return card


async def test_a_field(tmp_path: Path) -> None:
    with World.of(tmp_path, DOCUMENTED) as world:
        card = await card_of(world, 0)

        assert (card.kind, card.name, card.container) == (SymbolKind.FIELD, "count", "ns::Box")
        assert (card.type, card.size, card.offset_bits) == ("int", 4, 32)
        assert "Items inside." in card.markdown()
        assert "// In ns::Box\npublic: int count = 3" in card.plain_text()


async def test_a_method(tmp_path: Path) -> None:
    with World.of(tmp_path, DOCUMENTED) as world:
        card = await card_of(world, 1)

        assert card.kind == SymbolKind.STATIC_METHOD
        assert card.declared == world.fixture.range("decl")
        assert "Twice `v`." in card.markdown()
        assert "static int twice(int v)" in card.markdown()


async def test_a_constant_has_a_value(tmp_path: Path) -> None:
    with World.of(tmp_path, "enum E { A = 42 }; int f() { return $0A; }") as world:
        assert (await card_of(world, 0)).value == "42"


async def test_a_type_is_not_of_a_type(tmp_path: Path) -> None:
    with World.of(tmp_path, "struct S { int x; }; $0S s;") as world:
        card = await card_of(world, 0)

        assert (card.title, card.type, card.size) == ("struct", "", 4)


async def test_an_include_shows_the_file(tmp_path: Path) -> None:
    with World.of(tmp_path, DOCUMENTED) as world:
        card = await card_of(world, 3)

        assert (card.kind, card.name) == (SymbolKind.FILE, "a.h")
        assert world.path("a.h") in card.markdown()


async def test_a_c_declaration_is_shown_as_c(tmp_path: Path) -> None:
    with World.of(tmp_path, "//- a.c\nint $0x;\n") as world:
        assert "```c\nint x\n```" in (await card_of(world, 0)).markdown()


async def test_the_index_knows_enough_for_a_card(tmp_path: Path) -> None:
    with World.of(tmp_path, DOCUMENTED, open="") as world:
        card = await card_of(world, 1)

        assert (card.name, card.container) == ("twice", "ns::Box")
        assert card.declared == world.fixture.range("decl")


@pytest.mark.parametrize(
    ("marked", "source"),
    [
        ("int $0f(int v);", "int f(int v)"),
        ("struct S { $0S(int v); };", "S(int v)"),
        ("extern const char *$0x;", "const char *x"),
        ("struct $0S {};", "struct S"),
        ("enum E { $0A = 3 };", "A = 3"),
        ("namespace $0n {}", "n"),
        ("#define $0M(x, y) x + y", "#define M(x, y)"),
    ],
)
async def test_the_index_writes_declarations_out(tmp_path: Path, marked: str, source: str) -> None:
    with World.of(tmp_path, marked, open="") as world:
        assert (await card_of(world, 0)).definition == source


async def test_a_comment_has_no_card(tmp_path: Path) -> None:
    with World.of(tmp_path, DOCUMENTED) as world:
        answer = await world.ask(hover, 4)

        assert not answer.items
        assert answer.absence is not None
        assert answer.absence.reason is Reason.UNKNOWN


async def test_a_function_tells_what_it_takes_and_gives(tmp_path: Path) -> None:
    with World.of(tmp_path, "long $0f(int v, const char *w = 0);") as world:
        card = await card_of(world, 0)

        assert (card.result, card.parameters) == ("long", ("int v", "const char *w = 0"))
        assert "Returns: `long`" in card.markdown()
        assert "- `const char *w = 0`" in card.markdown()
        assert "- int v\n- const char *w = 0" in card.plain_text()


async def test_a_field_tells_what_lies_unused_behind_it(tmp_path: Path) -> None:
    with World.of(tmp_path, "struct S { char $0a; int b; };") as world:
        card = await card_of(world, 0)

        assert card.padding_bits == 24
        assert "offset 0 bytes, 3 bytes of padding behind it" in card.markdown()


MACROS = """
    //- a.h
    #define ONE 1
    #define ADD(a, b) ((a) + \\
        (b))
    //- a.cpp
    #include "a.h"
    #define $1TWICE(x) ADD(x, x)
    int two = $0TWICE(ONE);
"""


async def test_the_use_of_a_macro_tells_what_it_becomes(tmp_path: Path) -> None:
    with World.of(tmp_path, MACROS) as world:
        card = await card_of(world, 0)
        assert card.expansion == "((1) + (1))"
        assert "#define TWICE(x) ADD(x, x)\n\n// Expands to\n((1) + (1))" in card.markdown()
        assert (await card_of(world, 1)).expansion == "", "a definition becomes nothing"
        world.config = Config(hover=Hover(macro_contents_limit=5))
        assert (await card_of(world, 0)).expansion == "", "too long for the user"


async def test_a_users_own_settings_leave_the_canonical_type_out(tmp_path: Path) -> None:
    with World.of(tmp_path, "typedef int Size; Size $0s;") as world:
        assert (await card_of(world, 0)).canonical_type == "int"
        world.config = Config(hover=Hover(show_aka=False))
        assert (await card_of(world, 0)).canonical_type == ""


PROVIDED = """
    //- inner.h
    #pragma once
    struct Inner {};
    //- outer.h
    #pragma once
    #include "inner.h"
    struct Outer { int member; };
    //- inner.cpp
    #include "inner.h"
    //- main.cpp
    #include "outer.h"
    struct Own {};
    int f($0Outer o, $1Inner i, $2Own w) { return o.$3member; }
"""


@pytest.mark.parametrize(
    ("point", "provider"), [(0, '"outer.h"'), (1, '"inner.h"'), (2, ""), (3, '"outer.h"')]
)
async def test_the_header_to_include_is_named(tmp_path: Path, point: int, provider: str) -> None:
    with World.of(tmp_path, PROVIDED) as world:
        card = await card_of(world, point)

        assert card.provider == provider
        assert ("Provided by" in card.markdown()) == bool(provider)
