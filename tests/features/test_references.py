"""Find references and highlights: the live TU and the index as one answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import Location
from cppls.features.answer import Reason
from cppls.features.highlights import HighlightKind, highlights
from cppls.features.references import references
from tests.world import World, WorldSnapshot


async def places(
    world: World, point: int = 0, *, include_declaration: bool = True
) -> list[Location]:
    """Where the symbol at a point is used, by path and position."""
    answer = await world.ask(references, point, include_declaration=include_declaration)
    return sorted(Location(item.path, item.span) for item in answer.items)


USES = {
    "a global": """
        //- a.h
        extern int $ref{count$};
        //- b.cpp
        #include "a.h"
        int $ref{count$} = 0;
        //- a.cpp
        #include "a.h"
        int f() { return $ref{$0count$}++ + $ref{count$}; }""",
    "a local variable": "int f() { int $ref{x$} = 1; { int x = 2; (void)x; } return $ref{$0x$}; }",
    "a parameter": "int f(int $ref{a$}, int b) { return $ref{$0a$} + b + $ref{a$}; }",
    "a template parameter": "template <class $ref{T$}> $ref{$0T$} f($ref{T$} t) { return t; }",
    "a macro": """
        #define $ref{M$}(x) (x)
        #ifdef $ref{M$}
        int a = $ref{$0M$}(1);
        #endif
        #undef $ref{M$}""",
    "a macro in the bodies of others, in every file": """
        //- macros.h
        #define $ref{BASE$} 10
        #define TWICE(x) (x * $ref{BASE$}) // BASE
        #define OTHER(BASE) BASE
        //- other.cpp
        #include "macros.h"
        #define HERE \\
          ($ref{BASE$} + sizeof("BASE"))
        int o = TWICE(1) + HERE;
        //- main.cpp
        #include "macros.h"
        int a = TWICE($ref{$0BASE$});""",
    "a macro with a name of many characters, in a body": """
        //- macros.h
        #define $ref{A_NAME_OF_MORE_THAN_THIRTY_TWO_CHARACTERS_IN_ALL$} 1
        #define USES $ref{A_NAME_OF_MORE_THAN_THIRTY_TWO_CHARACTERS_IN_ALL$}
        //- main.cpp
        #include "macros.h"
        int a = $ref{$0A_NAME_OF_MORE_THAN_THIRTY_TWO_CHARACTERS_IN_ALL$};""",
    "a header, where it is included": """
        //- a.h
        #include "b.h"
        struct A { int field; }; void f(B *); namespace n { int v; }
        //- b.h
        struct B {};
        //- main.cpp
        #include $ref{"$0a.h"$}
        #include "b.h"
        $ref{A$} a; B b; namespace n { int w = $ref{v$}; }
        int x = a.$ref{field$}; void g() { $ref{f$}(&b); }""",
    "an include guard, where it is defined": """
        #ifndef GUARD
        #define $ref{$0GUARD$}
        #endif""",
    "an include guard, asked where it is tested": """
        //- other.h
        #ifndef GUARD_MAIN
        #define GUARD_MAIN
        #endif
        //- main.cpp
        #ifndef $0GUARD
        #define $ref{GUARD$}
        #include "other.h"
        #endif""",
    "a macro that is not defined yet": """
        //- late.h
        #define $ref{LATE$} 1
        //- main.cpp
        #ifdef LATE
        #endif
        #include "late.h"
        int a = $ref{$0LATE$};""",
    "a name inside of macro arguments": """
        #define ID(x) x
        int $ref{v$}; int f() { return ID($ref{$0v$}); }""",
    "a class, its constructors and destructor": """
        struct $ref{$0S$} { $ref{S$}(); ~$ref{S$}(); };
        $ref{S$}::$ref{S$}() {} $ref{S$} s;""",
    "a method of a template": """
        template <class T> struct V { void $ref{put$}(T) {} };
        void f(V<int> &a, V<char> &b) { a.$ref{$0put$}(1); b.$ref{put$}(1); }""",
    "a template, asked where it is instantiated": """
        template <class T> struct $ref{V$} { void put(T) {} };
        template struct $0V<int>;
        extern template struct V<long>;
        $ref{V$}<int> a;""",
    "a method inside of two classes, defined in a header behind them": """
        //- list.h
        template <class T> struct List { struct Iterator { void $ref{next$}(); }; };
        template <class T> void List<T>::Iterator::$ref{next$}() {}
        template <> void List<char>::Iterator::next();
        //- main.cpp
        #include "list.h"
        typedef List<int> Numbers;
        void f(Numbers::Iterator i) { i.$ref{$0next$}(); }""",
    "a field of a template that is instantiated by hand": """
        template <class T> struct V { T $ref{field$}; };
        template struct V<int>;
        int f(V<int> a, V<char> b) { return a.$ref{$0field$} + b.$ref{field$}; }""",
    "a base class that is named through an alias": """
        //- a.h
        struct $ref{$0B$} {};
        struct S { typedef $ref{B$} alias; struct D : $ref{alias$} {}; };
        //- a.cpp
        #include "a.h"
        struct E : S::$ref{alias$} {};""",
    "a specialisation apart from its template": """
        template <class T> struct V {};
        template <> struct $ref{$0V$}<int> {};""",
    "a member template of a template, defined out of line": """
        template <class T> struct V { template <class A> void $ref{put$}(A); };
        template <class T> template <class A> void V<T>::$ref{put$}(A) {}
        void f(V<int> v) { v.$ref{$0put$}(1); }""",
    "a parameter of a function that is instantiated by hand": """
        template <class T> T twice(T $ref{t$}) { return $ref{$0t$}; }
        template int twice<int>(int);""",
    "a static function, not its namesake elsewhere": """
        //- b.cpp
        static int f() { return 1; } int b = f();
        //- a.cpp
        static int $ref{f$}() { return 1; } int a = $ref{$0f$}();""",
}


@pytest.mark.parametrize("marked", USES.values(), ids=USES)
async def test_all_uses_are_found(tmp_path: Path, marked: str) -> None:
    with World.of(tmp_path, marked) as world:
        assert await places(world) == world.named("ref")


async def test_declarations_can_be_left_out(tmp_path: Path) -> None:
    marked = "void f(); void f() {} void g() { $ref{$0f$}(); }"
    with World.of(tmp_path, marked) as world:
        assert await places(world, include_declaration=False) == world.named("ref")


HIERARCHY = """
    struct A { virtual void $base{f$}(); };
    struct B : A { void $own{f$}() override; };
    struct C : B { void $over{f$}() override; };
    struct D : C { void f() override; };
    void g(A &a, B &b, C &c) { a.$base{f$}(); b.$own{$0f$}(); c.f(); }
"""


async def test_a_virtual_method_is_also_used_through_what_it_overrides(tmp_path: Path) -> None:
    with World.of(tmp_path, HIERARCHY) as world:
        assert await places(world) == world.named("base", "own", "over")


async def test_a_base_methods_declaration_is_a_use_of_its_overrider(tmp_path: Path) -> None:
    with World.of(tmp_path, HIERARCHY) as world:
        own_uses = world.named("own")[1:]

        found = await places(world, include_declaration=False)
        assert found == sorted([*world.named("base"), *own_uses])


async def test_the_index_alone_finds_the_same(tmp_path: Path) -> None:
    with World.of(tmp_path, HIERARCHY, open="") as world:
        assert await places(world) == world.named("base", "own", "over")


INSIDE_OF_FUNCTIONS = """
    //- a.h
    struct A { virtual void $uses{f$}(); };
    namespace n { struct $names{Number$} {}; }
    //- b.cpp
    #include "a.h"
    void b() {
      using n::$names{Num$2ber$};
      struct Local : A { void $uses{$1f$}() override {} };
    }
    //- a.cpp
    #include "a.h"
    void g(A &a) { a.$uses{$0f$}(); }
"""


@pytest.mark.parametrize(("point", "name"), [(0, "uses"), (1, "uses"), (2, "names")])
async def test_classes_and_using_declarations_of_functions_count(
    tmp_path: Path, point: int, name: str
) -> None:
    with World.of(tmp_path, INSIDE_OF_FUNCTIONS, open="") as world:
        world.open(world.fixture.point(point).path)
        assert await places(world, point) == world.named(name)


TWO_SOURCES = """
    //- a.h
    int $ref{f$}();
    //- b.cpp
    #include "a.h"
    int b = $ref{f$}();
    //- a.cpp
    #include "a.h"
    int a = $ref{$0f$}();
"""


async def test_the_asked_file_comes_first(tmp_path: Path) -> None:
    with World.of(tmp_path, TWO_SOURCES.replace("b.cpp", "0.cpp")) as world:
        answer = await world.ask(references)

        assert [item.path for item in answer.items] == [
            world.path(name) for name in ("a.cpp", "0.cpp", "a.h")
        ]


async def test_unsaved_text_of_open_files_replaces_what_was_indexed(tmp_path: Path) -> None:
    with World.of(tmp_path, TWO_SOURCES) as world:
        world.open(world.path("b.cpp"), b'#include "a.h"\n\n\nint c = 1 + f();\n')

        found = [(item.path, item.span.line) for item in (await world.ask(references)).items]
        assert found == [(world.path("a.cpp"), 1), (world.path("a.h"), 0), (world.path("b.cpp"), 3)]


async def test_no_parse_is_waited_for_of_a_text_that_does_not_hold_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = """
    //- a.h
    int count();
    //- b.cpp
    int other;
    //- a.cpp
    #include "a.h"
    int n = $0count();
    """
    with World.of(tmp_path, marked) as world:
        world.open(world.path("b.cpp"), b"int another;", parse=False)
        asked: list[str] = []
        live = WorldSnapshot.live

        async def noted(self: WorldSnapshot, path: str, *, exact: bool = True):
            asked.append(path)
            return await live(self, path, exact=exact)

        monkeypatch.setattr(WorldSnapshot, "live", noted)
        await places(world)
        assert asked == [world.path("a.cpp")]
        world.open(world.path("b.cpp"), b"int count();", parse=False)
        await places(world)
        assert asked[1:] == [world.path("a.cpp"), world.path("b.cpp")]


async def test_an_answer_is_bounded_and_says_so(tmp_path: Path) -> None:
    with World.of(tmp_path, TWO_SOURCES) as world:
        some = await world.ask(references, limit=2)
        every = await world.ask(references, limit=3)

        assert (len(some.items), some.more) == (2, True)
        assert (len(every.items), every.more) == (3, False)


async def test_highlights_tell_reads_from_writes(tmp_path: Path) -> None:
    marked = "int f(int $text{x$}) { $write{x$} = 1; return $read{$0x$}; }"
    with World.of(tmp_path, marked) as world:
        answer = await world.ask(highlights)

        assert [(item.span, item.kind) for item in answer.items] == [
            (world.fixture.range(kind.value).span, kind)
            for kind in (HighlightKind.TEXT, HighlightKind.WRITE, HighlightKind.READ)
        ]


async def test_highlights_stay_in_the_file(tmp_path: Path) -> None:
    for name in ("", "a.cpp"):
        folder = tmp_path / (name or "index")
        folder.mkdir()
        with World.of(folder, TWO_SOURCES, open=name) as world:
            answer = await world.ask(highlights)

            assert [item.span for item in answer.items] == [
                place.span for place in world.named("ref") if place.path == world.path("a.cpp")
            ]


@pytest.mark.parametrize("feature", [references, highlights])
async def test_a_word_in_a_comment_has_no_uses(tmp_path: Path, feature: type) -> None:
    with World.of(tmp_path, "int count; // the $0count\n") as world:
        answer = await world.ask(feature)

        assert not answer.items
        assert answer.absence is not None
        assert answer.absence.reason is Reason.UNKNOWN


async def test_a_system_header_provides_what_its_own_headers_declare(tmp_path: Path) -> None:
    system = tmp_path / "system"
    for name, text in {
        "text": "#include <bits/text.h>",
        "stream": "#include <text>\nstruct stream {};",
        "bits/text.h": "struct text {};",
    }.items():
        file = system / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#pragma once\n{text}\n")
    marked = f"""
        //- main.cpp -isystem {system}
        #include <stream>
        #include $ref{{<te$0xt>$}}
        $ref{{text$}} a; stream b;"""
    (tmp_path / "project").mkdir()
    with World.of(tmp_path / "project", marked) as world:
        assert await places(world) == world.named("ref")
