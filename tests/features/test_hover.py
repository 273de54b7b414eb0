"""Hover: what a card says, from the live TU and from the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import SymbolKind
from cppls.features.answer import Reason
from cppls.features.card import Card
from cppls.features.hover import hover
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
