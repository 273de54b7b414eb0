"""Go to definition, declaration and type definition: from the live TU, as clangd answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import Location, Span
from cppls.features.answer import Reason
from cppls.features.declaration import declaration
from cppls.features.definition import definition
from cppls.features.namesakes import FEW
from cppls.features.type_definition import type_definition
from tests.world import World

TWO_FILES = """
    //- a.h
    int $decl{twice$}(int v);
    //- b.cpp
    #include "a.h"
    int $def{twice$}(int v) { return v + v; }
    //- a.cpp
    #include "a.h"
    int z = tw$0ice(1);
"""

LEADS_TO_DEFINITION = {
    "a local variable": "int f() { int $def{x$} = 1; return $0x; }",
    "a parameter": "int f(int $def{x$}) { return x$0; }",
    "a variable behind its name": "int $def{g$}; int f() { return g$0; }",
    "a macro": "#define $def{TWO$} 2\nint f() { return T$0WO; }",
    "a macro in a condition": "#define $def{ON$} 1\n#if $0ON\n#endif",
    "a field": "struct S { int $def{x$}; }; int f(S &s) { return s.$0x; }",
    "a designated field": "struct S { int $def{x$}; }; S s = { .$0x = 1 };",
    "an enumerator": "enum E { $def{A$} }; int f() { return $0A; }",
    "a template": "template <class T> struct $def{Box$} {}; $0Box<int> b;",
    "a member of a template": """
        template <class T> struct Box { T $def{get$}() { return T(); } };
        int f(Box<int> &b) { return b.g$0et(); }""",
    "auto": "struct $def{S$} {}; S s(); au$0to t = s();",
    "an operator": """
        struct S { S $def{operator+$}(int); };
        S f(S s) { return s $0+ 1; }""",
    "an overridden method": """
        struct A { virtual void $def{f$}(); };
        struct B : A { void f() over$0ride; };""",
    "a type named in a constructor call": "struct $def{S$} { S(int); }; S *s = new $0S(1);",
    "a namespace": "namespace $def{a$} { int x; } int y = $0a::x;",
    "a structured binding": """
        struct P { int a, b; };
        int f(P p) { auto [$def{x$}, y] = p; return $0x; }""",
    "a class in arguments that a macro drops, not its constructors": """
        #define DROP(x)
        void f() { DROP($0Box(1)); }
        //- b.cpp
        struct $def{Box$} { Box(int); };""",
    "a class that is somebody's friend before it is defined": """
        class A { friend class B; friend void f(B); };
        class $def{$0B$} {};""",
    "a function, not its declaration as a friend": """
        #include "a.h"
        void $def{$0f$}(S) {}
        //- a.h
        struct S { friend void f(S); };""",
    "a full specialisation": """
        template <class T> struct $def{V$} {}; template <> struct $0V<int> {};""",
    "a partial specialisation": """
        template <class T> struct $def{V$} {}; template <class T> struct $0V<T *> {};""",
    "an explicit instantiation": """
        template <class T> struct $def{V$} {}; template struct $0V<int>;""",
    "a typedef that is repeated": "typedef int $def{I$}; typedef int I; $0I i;",
    "an alias of a namespace": "namespace n {} namespace $def{m$} = n; using namespace $0m;",
    "a dependent member of the class itself": """
        template <class T> struct V { void $def{g$}(T); void f(T t) { this->$0g(t); } };""",
}


@pytest.mark.parametrize("marked", LEADS_TO_DEFINITION.values(), ids=LEADS_TO_DEFINITION)
async def test_a_name_leads_to_its_definition(tmp_path: Path, marked: str) -> None:
    with World.of(tmp_path, f"//- a.cpp -std=c++20\n{marked}") as world:
        answer = await world.ask(definition)

        assert answer.items == world.named("def")


async def test_a_definition_in_another_file_comes_from_the_index(tmp_path: Path) -> None:
    with World.of(tmp_path, TWO_FILES) as world:
        assert (await world.ask(definition)).items == world.named("def")
        assert (await world.ask(declaration)).items == world.named("decl")


async def test_the_token_that_was_asked_about_is_part_of_the_answer(tmp_path: Path) -> None:
    with World.of(tmp_path, TWO_FILES) as world:
        answer = await world.ask(definition)

        assert answer.token == Span(1, 8, 1, 13)


async def test_an_include_leads_to_the_file(tmp_path: Path) -> None:
    with World.of(tmp_path, '//- a.h\nint x;\n//- a.cpp\n#include $0"a.h"\n') as world:
        answer = await world.ask(definition)

        assert answer.items == [Location(world.path("a.h"), Span(0, 0, 0, 0))]


async def test_a_definition_leads_to_its_declaration_and_back(tmp_path: Path) -> None:
    marked = "void $decl{f$1$}(); void $def{f$0$}() {}"
    with World.of(tmp_path, marked) as world:
        for feature in (definition, declaration):
            assert (await world.ask(feature, 0)).items == world.named("decl")
            assert (await world.ask(feature, 1)).items == world.named("def")


async def test_a_definition_leads_to_no_other_source_files_own_declaration(
    tmp_path: Path,
) -> None:
    marked = "//- a.cpp\nvoid $def{f$0$}() {}\n//- main.cpp\nvoid f();\nint main() { f$1(); }\n"
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(definition, 0)).items == world.named("def")
        assert (await world.ask(definition, 1)).items == world.named("def")


async def test_a_pure_methods_declaration_leads_to_what_overrides_it(tmp_path: Path) -> None:
    marked = """
        struct A { virtual int $def{$call{f$}$0$}() = 0; };
        struct B : A { int $def{f$}() override { return 1; } };
        struct C : B { int f() override { return 2; } };
        int g(A &a) { return a.f$1(); }
    """
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(definition, 0)).items == world.named("def")
        assert (await world.ask(definition, 1)).items == world.named("call")


async def test_a_dependent_name_leads_to_what_is_called_so(tmp_path: Path) -> None:
    marked = """
        struct A { int $def{area$}() { return 1; } };
        struct B { int $def{area$}() { return 1; } };
        template <class T> int f(T t) { return t.ar$0ea(); }
    """
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(definition)).items == world.named("def")


async def test_too_many_namesakes_are_no_answer(tmp_path: Path) -> None:
    structs = "".join(f"struct S{n} {{ int area(); }};\n" for n in range(FEW + 1))
    marked = structs + "template <class T> int f(T t) { return t.ar$0ea(); }"
    with World.of(tmp_path, marked) as world:
        answer = await world.ask(definition)

        assert answer.absence is not None
        assert answer.absence.reason is Reason.UNKNOWN


async def test_white_space_names_nothing(tmp_path: Path) -> None:
    with World.of(tmp_path, "int x; $0 // y\n") as world:
        answer = await world.ask(definition)

        assert not answer.items
        assert answer.absence is not None
        assert answer.absence.reason is Reason.NO_TOKEN


@pytest.mark.parametrize(
    "marked",
    [
        "struct $type{S$} {}; S *f(); S *p = f(); const S &r = *$0p;",
        "struct $type{S$} {}; void f(const S &s) { (void)$0s; }",
        "struct $type{S$} {}; S f(); S s = $0f();",
        "struct $type{S$} {}; $0S s;",
        "enum $type{E$} { A }; E e = $0A;",
        "template <class T> struct $type{V$} {}; V<int> v; int f() { return sizeof($0v); }",
    ],
)
async def test_a_thing_leads_to_its_type(tmp_path: Path, marked: str) -> None:
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(type_definition)).items == world.named("type")


POINTER = """
    template <class T> struct Access { T *operator->() const; };
    template <class T> struct $pointer{Pointer$} : Access<T> {};
    template <class T> struct $list{List$} { T *first() const; };
    struct $pointee{S$} {};"""


@pytest.mark.parametrize(
    ("source", "types"),
    [
        ("Pointer<S> p; auto &q = $0p;", ["pointee", "pointer"]),
        ("const Pointer<S> &f(); auto q = $0f();", ["pointee", "pointer"]),
        ("List<S> p; auto &q = $0p;", ["list"]),
        ("Pointer<int> p; auto &q = $0p;", ["pointer"]),
    ],
)
async def test_a_smart_pointer_leads_to_what_it_points_to(
    tmp_path: Path, source: str, types: list[str]
) -> None:
    with World.of(tmp_path, f"{POINTER}\n    {source}") as world:
        answer = await world.ask(type_definition)
        assert answer.items == [place for name in types for place in world.named(name)]


async def test_a_type_that_this_file_only_declares_is_found_in_the_index(tmp_path: Path) -> None:
    marked = """
        //- b.cpp
        struct $type{S$} { int x; };
        //- a.cpp
        struct S;
        void f(S *s) { (void)$0s; }
    """
    with World.of(tmp_path, marked) as world:
        assert (await world.ask(type_definition)).items == world.named("type")


async def test_a_builtin_type_is_nowhere(tmp_path: Path) -> None:
    with World.of(tmp_path, "int $0x;") as world:
        answer = await world.ask(type_definition)

        assert answer.absence is not None
        assert answer.absence.reason is Reason.NO_RESULT
        assert "x" in answer.absence.message
