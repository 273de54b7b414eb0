"""Jumps from words that the compiler makes nothing of: a guess by the text, as clangd guesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.definition import definition
from cppls.features.highlights import highlights
from cppls.features.references import references
from tests.world import World

NEAREST = {
    "a comment above": "// tw$0ice as much\nint $def{twice$}(int v) { return 2 * v; }",
    "a comment behind": "int $def{twice$}(int v) { return 2 * v; } // twi$0ce!",
    "a block of comment": """
        /* What follows
         * is called tw$0ice. */
        int $def{twice$}(int v) { return 2 * v; }""",
    "a local variable, which no index knows": """
        int f() {
          int $def{sum$} = 0;
          // The su$0m is kept.
          return sum;
        }""",
    "the nearer of two": """
        int f(int value) { return value; }


        // valu$0e is doubled
        int g(int $def{value$}) { return 2 * value; }""",
    "what is below, when what is above is nearer but counts double": """
        struct A { int value; };

        // the valu$0e

        //
        struct B { int $def{value$}; };""",
    "a macro": "#define $def{LIMIT$} 3\n// no more than LIM$0IT\nint v = LIMIT;",
    "a use leads to the definition": """
        //- a.h
        int $def{twice$}(int v);
        //- main.cpp
        #include "a.h"
        // twi$0ce
        int z = twice(1);""",
}


@pytest.mark.parametrize("marked", NEAREST.values(), ids=NEAREST)
async def test_a_word_of_a_comment_means_what_its_nearest_use_does(
    tmp_path: Path, marked: str
) -> None:
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(definition)).items == world.named("def")


ELSEWHERE = {
    "it has an underscore": ("int twice_as_much;", "// twice_as$0_much"),
    "it has capitals inside": ("int twiceAsMuch;", "// twiceAs$0Much"),
    "it is qualified": ("namespace n { int twice; }", "// see n::twi$0ce"),
    "it qualifies": ("namespace twice { int n; }", "// see twi$0ce::n"),
    "it stands between backticks": ("int twice;", "// see `twi$0ce`"),
    "it follows a Doxygen tag": ("int twice;", "/// \\p twi$0ce is added"),
}


@pytest.mark.parametrize(("there", "here"), ELSEWHERE.values(), ids=ELSEWHERE)
async def test_a_word_that_looks_like_a_name_is_found_in_other_files(
    tmp_path: Path, there: str, here: str
) -> None:
    with World.of(tmp_path, f"//- b.cpp\n{there}\n//- a.cpp\n{here}\nint x;\n") as world:
        items = (await world.ask(definition)).items
        assert [item.path for item in items] == [world.fixture.path("b.cpp")]


NOTHING = {
    "a word of prose that other files declare": "// twi$0ce\nint x;",
    "an abbreviation that other files declare": "// HTT$0P\nint x;",
    "a literal": 'int twice_as_much;\nconst char *s = "twice_as$0_much";',
    "a raw literal": 'int twice_as_much;\nconst char *s = R"(// twice_as$0_much)";',
    "a short word that is far away": "// an $0i\n\n\n\n\nint i;",
    "a word of prose that only prose repeats": "// agai$0n\n// and again\nint x;",
}


@pytest.mark.parametrize("marked", NOTHING.values(), ids=NOTHING)
async def test_what_is_not_likely_is_not_guessed(tmp_path: Path, marked: str) -> None:
    others = "//- b.cpp\nint twice; int HTTP; int elsewhere;\n"
    with World.of(tmp_path, f"{others}//- a.cpp\n{marked}\n") as world:
        assert (await world.ask(definition)).items == []


async def test_lists_of_uses_do_not_guess(tmp_path: Path) -> None:
    with World.of(tmp_path, "// twi$0ce\nint twice(int);\n") as world:
        assert (await world.ask(references)).items == []
        assert (await world.ask(highlights)).items == []


SCOPES = {
    "the innermost namespace around it": "namespace a {\n// as so$0me_number\n}",
    "its qualifier": "// as a::so$0me_number",
    "its qualifier, in a namespace around that": "namespace b {\n// as in::so$0me_number\n}",
    "a qualifier with arguments": "// as Box<int, Box<int, int>>::so$0me_number",
}
NAMESAKES = {
    "the innermost namespace around it": "namespace a { int $def{some_number$}; }",
    "its qualifier": "namespace a { int $def{some_number$}; }",
    "its qualifier, in a namespace around that": "namespace b::in { int $def{some_number$}; }",
    "a qualifier with arguments": """
        template <class T, class U> struct Box { static int $def{some_number$}(); };""",
}


@pytest.mark.parametrize("scope", SCOPES)
async def test_of_namesakes_the_one_in_scope_is_meant(tmp_path: Path, scope: str) -> None:
    others = "int some_number; namespace other::in { int some_number; }"
    there = f"//- b.cpp -std=c++17\n{others}\n{NAMESAKES[scope].strip()}\n"
    with World.of(tmp_path, f"{there}//- a.cpp\n{SCOPES[scope]}\nint x;\n") as world:
        assert (await world.ask(definition)).items == world.named("def")
