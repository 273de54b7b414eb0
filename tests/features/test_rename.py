"""Rename: all places of a name, or none and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import Location
from cppls.features.answer import Answer, Reason
from cppls.features.rename import FileEdits, prepare_rename, rename
from tests.world import World


async def renamed(world: World, new_name: str = "fresh", point: str | int = 0) -> list[Location]:
    """The places that a rename edits, by path and position."""
    answer = await world.ask(rename, point, new_name)
    assert answer.absence is None, answer.absence
    assert all(edit.text == new_name for file in answer.items for edit in file.edits)
    return sorted(Location(file.path, edit.span) for file in answer.items for edit in file.edits)


def unsure(answer: Answer[FileEdits]) -> list[Location]:
    """The places that wait for the user."""
    return [Location(file.path, edit.span) for file in answer.items for edit in file.unsure]


def insert_line(path: str) -> None:
    """Change a file on disk, so that all in it moves."""
    file = Path(path)
    file.write_text("\n" + file.read_text())


async def refused(world: World, new_name: str = "fresh", point: str | int = 0) -> str:
    """Why a rename is refused."""
    answer = await world.ask(rename, point, new_name)
    assert answer.items == []
    assert answer.absence is not None
    assert answer.absence.reason is Reason.REFUSED
    return answer.absence.message


RENAMED = {
    "a function, in all files": """
        //- a.h
        int $new{twice$}(int v);
        //- a.cpp
        #include "a.h"
        int $new{twice$}(int v) { return v; }
        //- b.cpp
        #include "a.h"
        int twice_as_much = $new{tw$0ice$}(1); // twice
        const char *text = "twice";""",
    "a class with its constructors, destructor and uses as a type": """
        //- a.h
        struct $new{S$} { $new{S$}(int); ~$new{S$}(); $new{S$} *next; };
        //- a.cpp
        #include "a.h"
        $new{S$}::$new{S$}(int) : next() {}
        $new{S$}::~$new{S$}() {}
        $new{$0S$} one(1); auto two = $new{S$}(2);
        """,
    "a class, asked at its constructor": """
        struct $new{S$} { $new{$0S$}(int); $new{S$}(); }; $new{S$} s(1);""",
    "a class, asked at its destructor": """
        struct $new{S$} { ~$new{$0S$}(); }; $new{S$}::~$new{S$}() {}""",
    "only the class that is meant among those of one name": """
        namespace a { struct $new{$0S$} { $new{S$}(); }; } namespace b { struct S { S(); }; }
        a::$new{S$} x; b::S y;""",
    "a method with all that overrides it and that it overrides": """
        //- a.h
        struct Base { virtual void $new{run$}(); virtual ~Base(); };
        //- a.cpp
        #include "a.h"
        struct Left : Base { void $new{$0run$}() override; };
        struct Right : Base { void $new{run$}() override { Base::$new{run$}(); } };
        struct Leaf : Left { void $new{run$}() override; };
        struct Other { void run(); };
        void f(Base &b, Leaf &l, Other &o) { b.$new{run$}(); l.$new{run$}(); o.run(); }""",
    "a class template with its specialisations": """
        template <class T> struct $new{V$} { $new{V$}(); };
        template <class T> struct $new{V$}<T *> { $new{V$}(); };
        template <> struct $new{V$}<int> {};
        $new{$0V$}<int> a; $new{V$}<char> b; $new{V$}<char *> c;""",
    "a function template and its specialisation": """
        template <class T> void $new{f$}(T) {} template <> void $new{f$}(int) {}
        void g() { $new{$0f$}(1); $new{f$}('c'); $new{f$}<char>('c'); }""",
    "one overload alone": """
        void $new{f$}(int); void f(char);
        void g() { $new{$0f$}(1); f('c'); }""",
    "what a using-declaration names": """
        namespace n { void $new{f$}(); }
        using n::$new{f$};
        void g() { $new{$0f$}(); n::$new{f$}(); }""",
    "a field, in initialisers and designators": """
        struct P { int $new{$0x$}; int y; P(int v) : $new{x$}(v), y(0) {} };
        struct Q { int x; };
        int f(P &p, Q &q) { return p.$new{x$} + q.x; }""",
    "an enumerator": """
        enum E { $new{$0A$}, B = $new{A$} + 1 }; int x = $new{A$}; int y = E::$new{A$};""",
    "a name inside of macro arguments": """
        #define ID(x) x
        int $new{$0v$}; int f() { return ID($new{v$}) + ID(ID($new{v$})); }""",
    "a global variable and its declarations": """
        //- a.h
        extern int $new{count$};
        //- a.cpp
        #include "a.h"
        int $new{count$} = 1;
        int f() { return ++$new{$0count$}; }""",
    "a type alias": """
        using $new{$0Number$} = int; $new{Number$} f($new{Number$} a);""",
    "a local variable": """
        int f() { int $new{$0x$} = 1; { int x = 2; (void)x; } return $new{x$}; } int x;""",
    "a parameter": "int f(int $new{a$}, int b) { return $new{$0a$} + b; } int g(int a);",
    "a template parameter": "template <class $new{T$}> $new{$0T$} f($new{T$} t) { return t; }",
    "a local class with its constructor": """
        void f() { struct $new{S$} { $new{S$}() {} ~$new{S$}() {} }; $new{$0S$} s; }""",
    "a label": "void f() { $new{$0again$}: goto $new{again$}; }",
}


@pytest.mark.parametrize("marked", RENAMED.values(), ids=RENAMED.keys())
async def test_every_place_is_renamed(tmp_path: Path, marked: str) -> None:
    with World.of(tmp_path, marked) as world:
        assert await renamed(world) == world.named("new")


REFUSED = {
    "is no identifier": ("int $0f();", "a-b"),
    "is a keyword": ("int $0f();", "class"),
    "is reserved": ("int $0f();", "__f"),
    "is its name already": ("int $0f();", "f"),
    "a macro:": ("#define $0M 1\nint x = M;", "fresh"),
    "calls 'begin' by its name": ("struct S { int *$0begin(); };", "fresh"),
    "is no identifier ": ("struct S { S op$0erator+(S); };", "fresh"),
    "'fresh' is declared already": ("int $0f(); int fresh;", "fresh"),
    "'S::fresh' is declared already": ("struct S { int $0x; void fresh(); };", "fresh"),
    "'Base::fresh' is declared already": (
        "struct Base { int fresh; }; struct S : Base { int $0x; };",
        "fresh",
    ),
    "'fresh' is a macro": ("#define fresh 1\nint $0f();", "fresh"),
    "through 'CALL'": ("void $0f(); \n#define CALL f()\nvoid g() { CALL; }", "fresh"),
    "'fresh' is named at": ("int $0f(); int g() { int fresh = 1; return f() + fresh; }", "fresh"),
    "in the same function": ("int g() { int $0x = 1; int fresh = 2; return x + fresh; }", "fresh"),
    "which would keep its name": (
        "namespace n { void $0f(int); void f(char); } using n::f;",
        "fresh",
    ),
    "may mean several functions": (
        "void f(int); void f(char); template <class T> void g(T t) { $0f(t); }",
        "fresh",
    ),
    "there is no name here": ("int f() { return $01; }", "fresh"),
}


@pytest.mark.parametrize(("reason", "case"), REFUSED.items(), ids=REFUSED.keys())
async def test_what_cannot_be_renamed_says_why(
    tmp_path: Path, reason: str, case: tuple[str, str]
) -> None:
    marked, new_name = case
    with World.of(tmp_path, marked) as world:
        assert reason.strip() in await refused(world, new_name)


async def test_what_stands_outside_of_the_project_is_not_renamed(tmp_path: Path) -> None:
    (tmp_path / "system").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "system" / "lib.h").write_text("struct Base { virtual void run(); };\n")
    marked = f"""
        //- a.cpp -I{tmp_path}/system
        #include <lib.h>
        struct Mine : Base {{ void r$0un() override; }};"""
    with World.of(tmp_path / "project", marked) as world:
        assert "outside of the project" in await refused(world)


async def test_an_index_that_is_not_complete_refuses_what_others_can_name(tmp_path: Path) -> None:
    with World.of(tmp_path, "int $0f(); int x = f();") as world:
        world.incomplete = "9 files wait to be indexed"
        assert "9 files wait to be indexed" in await refused(world)


async def test_what_one_file_alone_can_name_needs_no_complete_index(tmp_path: Path) -> None:
    marked = "static int $new{$0f$}() { return 1; } int x = $new{f$}();"
    with World.of(tmp_path, marked) as world:
        world.incomplete = "9 files wait to be indexed"
        assert await renamed(world) == world.named("new")


async def test_without_an_index_only_locals_are_renamed(tmp_path: Path) -> None:
    marked = "int $0f(int $new{$1a$}) { return $new{a$}; }"
    with World.of(tmp_path, marked) as world:
        world.lose_index()
        assert "is not known" in await refused(world)
        assert await renamed(world, point=1) == world.named("new")


async def test_unsaved_text_is_renamed_as_it_is(tmp_path: Path) -> None:
    marked = """
        //- a.h
        int twice(int v);
        //- a.cpp
        #include "a.h"
        int x = tw$0ice(1);
        //- b.cpp
        #include "a.h"
        int y = 1;"""
    with World.of(tmp_path, marked) as world:
        other = world.path("b.cpp")
        world.open(other, b'#include "a.h"\n\n\nint y = twice(2);\n')
        edited = await renamed(world)
        assert [Path(place.path).name for place in edited] == ["a.cpp", "a.h", "b.cpp"]
        assert edited[-1].span.line == 3


async def test_a_use_that_was_typed_over_is_not_edited(tmp_path: Path) -> None:
    marked = """
        //- a.h
        int twice(int v);
        //- a.cpp
        #include "a.h"
        int x = tw$0ice(1);
        //- b.cpp
        #include "a.h"
        int y = twice(2);"""
    with World.of(tmp_path, marked) as world:
        world.open(world.path("b.cpp"), b'#include "a.h"\nint y = 2;\n')
        assert [Path(p.path).name for p in await renamed(world)] == ["a.cpp", "a.h"]


async def test_a_file_that_changed_on_disk_since_it_was_indexed_refuses(tmp_path: Path) -> None:
    marked = """
        //- a.h
        int twice(int v);
        //- a.cpp
        #include "a.h"
        int x = tw$0ice(1);
        //- b.cpp
        #include "a.h"
        int y = twice(2);"""
    with World.of(tmp_path, marked) as world:
        insert_line(world.path("b.cpp"))
        assert "changed since it was indexed" in await refused(world)


async def test_members_that_nobody_resolves_wait_for_the_user(tmp_path: Path) -> None:
    marked = """
        struct S { void $new{$0run$}(); };
        void f(S &s) { s.$new{run$}(); }
        template <class T> void g(T t) { t.$maybe{run$}(); $maybe{run$}(t); int run; }
        #if 0
        void h(S &s) { s.$maybe{run$}(); }
        #endif
        // s.run()"""
    with World.of(tmp_path, marked) as world:
        answer = await world.ask(rename, 0, "fresh")
        assert unsure(answer) == world.named("maybe")
        assert await renamed(world) == world.named("new")


async def test_a_type_of_a_name_of_its_own_is_renamed_where_nothing_is_indexed(
    tmp_path: Path,
) -> None:
    marked = """
        struct $new{$0Slice$} {};
        struct Base { virtual void run(const $new{Slice$} &) = 0; };
        void f() { struct Local : Base { void run(const $new{Slice$} &s) override {} }; }
        #if 0
        $new{Slice$} off;
        #endif
        // Slice"""
    with World.of(tmp_path, marked, open="") as world:
        assert await renamed(world) == world.named("new")


async def test_a_type_that_shares_its_name_is_confirmed_where_nothing_is_indexed(
    tmp_path: Path,
) -> None:
    marked = """
        struct $new{$0Slice$} {}; namespace n { struct Slice {}; }
        #if 0
        $maybe{Slice$} off;
        #endif"""
    with World.of(tmp_path, marked, open="") as world:
        answer = await world.ask(rename, 0, "fresh")
        assert unsure(answer) == world.named("maybe")
        assert await renamed(world) == world.named("new")


async def test_a_type_that_is_named_through_a_using_declaration_is_renamed(tmp_path: Path) -> None:
    marked = """
        //- a.h
        namespace n { struct $new{Slice$} { $new{Slice$}(int); }; }
        //- main.cpp
        #include "a.h"
        using n::$new{Slice$};
        void f(const $new{$0Slice$} &);
        void g() { f($new{Slice$}(1)); $new{Slice$} s(2); }"""
    with World.of(tmp_path, marked, open="") as world:
        assert await renamed(world) == world.named("new")


async def test_an_overrider_inside_of_a_function_is_renamed_with_what_it_overrides(
    tmp_path: Path,
) -> None:
    marked = """
        struct Base { virtual void $new{$0run$}(); };
        void f() { struct Local : Base { void $new{run$}() override {} }; int run = 1; }"""
    with World.of(tmp_path, marked, open="") as world:
        assert unsure(await world.ask(rename, 0, "fresh")) == []
        assert await renamed(world) == world.named("new")


async def test_preparing_tells_the_range_and_the_name(tmp_path: Path) -> None:
    with World.of(tmp_path, "int $name{tw$0ice$}(int v);") as world:
        (target,) = (await world.ask(prepare_rename)).items
        assert target.span == world.named("name")[0].span
        assert target.name == "twice"


async def test_preparing_is_refused_where_the_name_does_not_stand(tmp_path: Path) -> None:
    with World.of(tmp_path, "struct S { S(); }; au$0to s = S();") as world:
        answer = await world.ask(prepare_rename)
        assert answer.absence is not None
        assert answer.absence.reason is Reason.REFUSED
