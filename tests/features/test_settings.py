"""What ``.clangd`` says takes effect in the features that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.live_painting import TOKEN_TYPES
from cppls.core.model import Diagnostic, Severity, Span
from cppls.features.completion import completion
from cppls.features.hover import hover
from cppls.features.missing_include import missing_includes
from cppls.features.semantic_tokens import semantic_tokens
from cppls.features.suggestions import Suggestion
from cppls.features.tweaks import offers
from cppls.project.clangd_values import (
    Completion,
    Config,
    Documentation,
    SemanticTokens,
    Style,
)
from tests.world import World

CALL = "int area(int width, int height); int f() { return are$0 }"
FROM_AFAR = """
    //- lib/shape.h
    #pragma once
    namespace far { int area_of(int width); }
    //- lib/shape.cpp -I.
    #include "lib/shape.h"
    //- main.cpp
    int f() { return area_$0 }
"""


async def offered(world: World, name: str) -> list[Suggestion]:
    return [item for item in (await world.ask(completion)).items if item.name == name]


@pytest.mark.parametrize(
    ("lists", "snippet"),
    [
        ("None", "area"),
        ("OpenDelimiter", "area("),
        ("Delimiters", "area($0)"),
        ("FullPlaceholders", "area(${1:int width}, ${2:int height})"),
    ],
)
async def test_completion_writes_as_much_of_a_call(
    tmp_path: Path, lists: str, snippet: str
) -> None:
    with World.of(tmp_path, CALL) as world:
        world.config = Config(completion=Completion(argument_lists=lists))  # pyright: ignore[reportArgumentType]
        (item,) = await offered(world, "area")

        assert item.snippet == snippet


async def test_completion_offers_what_other_scopes_have_only_if_it_may(tmp_path: Path) -> None:
    with World.of(tmp_path, FROM_AFAR) as world:
        (item,) = await offered(world, "area_of")
        assert item.qualifier == "far::"

        world.config = Config(completion=Completion(all_scopes=False))
        assert await offered(world, "area_of") == []


async def test_completion_inserts_no_header_where_it_never_should(tmp_path: Path) -> None:
    with World.of(tmp_path, FROM_AFAR) as world:
        (item,) = await offered(world, "area_of")
        assert item.header == '"lib/shape.h"'

        world.config = Config(completion=Completion(header_insertion="Never"))
        (item,) = await offered(world, "area_of")
        assert (item.header, item.edits) == ("", [])


async def test_completion_finds_macros_by_their_beginning_unless_by_any_letters(
    tmp_path: Path,
) -> None:
    marked = "#define LIMIT_OF_ALL 1\nint f() { return lo$0 }"
    with World.of(tmp_path, marked) as world:
        assert await offered(world, "LIMIT_OF_ALL") == []

        world.config = Config(completion=Completion(macro_filter="FuzzyMatch"))
        assert len(await offered(world, "LIMIT_OF_ALL")) == 1


async def test_completion_offers_no_patterns_where_none_are_wanted(tmp_path: Path) -> None:
    with World.of(tmp_path, "void f() { whi$0 }") as world:
        patterns = [item for item in await offered(world, "while") if "{" in item.snippet]
        assert patterns

        world.config = Config(completion=Completion(code_patterns="None"))
        assert not [item for item in await offered(world, "while") if "{" in item.snippet]


@pytest.mark.parametrize(
    ("style", "written"),
    [
        (Style(), '"lib/shape.h"'),
        (Style(angled_headers=("lib/.*",)), "<lib/shape.h>"),
        (Style(angled_headers=("lib",)), '"lib/shape.h"'),
        (Style(quoted_headers=("shape.h",), angled_headers=(".*",)), '"lib/shape.h"'),
        (Style(angled_headers=("(",)), '"lib/shape.h"'),
    ],
)
async def test_headers_are_quoted_as_the_end_of_their_path_says(
    tmp_path: Path, style: Style, written: str
) -> None:
    with World.of(tmp_path, FROM_AFAR) as world:
        world.config = Config(style=style)
        (item,) = await offered(world, "area_of")
        assert item.header == written

        path = world.path("main.cpp")
        text = world.texts[path]
        unknown = Diagnostic(
            path, Span(0, 0, 0, 1), Severity.ERROR, "use of undeclared identifier 'area_of'"
        )
        ((_, fix),) = await missing_includes(world.snapshot, path, text, [unknown])
        assert fix.title == f"Include {written} for symbol far::area_of"


async def test_kinds_of_tokens_that_are_disabled_have_no_colour(tmp_path: Path) -> None:
    marked = "#define ONE 1\nstatic int x = ONE; int y = $0x;\n  int z = x;"
    with World.of(tmp_path, marked) as world:
        path = world.path("main.cpp")

        async def colours() -> list[tuple[int, int, str, int]]:
            (numbers,) = (await semantic_tokens(world.snapshot, path, inactive=False)).items
            line = column = 0
            found: list[tuple[int, int, str, int]] = []
            for start in range(0, len(numbers), 5):
                lines, columns, _, kind, modifiers = numbers[start : start + 5]
                line, column = line + lines, columns if lines else column + columns
                found.append((line, column, TOKEN_TYPES[kind], modifiers))
            return found

        every = await colours()
        assert "macro" in {kind for *_, kind, _ in every}
        hidden = SemanticTokens(("Macro", "Primitive"), ("Declaration", "Definition"))
        world.config = Config(semantic_tokens=hidden)
        assert await colours() == [
            (line, column, kind, modifiers & ~0b11)
            for line, column, kind, modifiers in every
            if kind == "variable" or kind == "modifier"
        ]


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("PlainText", "Some \\*bold\\* text.  \n@return nothing"),
        ("Markdown", "Some *bold* text.\n@return nothing"),
        ("Doxygen", "Some *bold* text.\n\n**Returns:** nothing"),
    ],
)
async def test_comments_are_read_as_they_are_written(tmp_path: Path, form: str, shown: str) -> None:
    marked = "/** Some *bold* text.\n * @return nothing */\nint $0f();"
    with World.of(tmp_path, marked) as world:
        world.config = Config(documentation=Documentation(form))  # pyright: ignore[reportArgumentType]
        (card,) = (await world.ask(hover)).items

        assert shown in card.markdown()


@pytest.mark.parametrize(
    ("namespaces", "is_offered"),
    [((), True), (("std",), True), (("a::b",), False), (("::a",), False), (("a::bc",), True)],
)
async def test_names_of_some_namespaces_stay_qualified(
    tmp_path: Path, namespaces: tuple[str, ...], is_offered: bool
) -> None:
    marked = "namespace a { namespace b { struct S {}; } }\na::b::$0S s;"
    with World.of(tmp_path, marked) as world:
        world.config = Config(style=Style(fully_qualified_namespaces=namespaces))
        point = world.fixture.point()
        place = Span(*([point.position.line, point.position.column] * 2))

        assert bool(await offers(world.snapshot, point.path, place, ["add_using"])) == is_offered
