"""Which symbol does the token under the cursor name?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cppls.core.live_questions import SymbolAt
from cppls.core.model import Position, Role, SymbolKind
from tests.clang.extraction import Extraction
from tests.clang.live import Lives, ask, declaration, definition, live

__all__ = ["live"]
"""The fixture, used by name."""


def test_a_call_names_its_function_declared_in_a_header_and_defined_below(live: Lives) -> None:
    it = live(
        """
        //- a.h
        int $decl{twice$}(int v);
        //- main.cpp
        #include "a.h"
        int z = tw$0ice$1(1);
        int $def{twice$}(int v) { return 2 * v; }
        """
    )
    target = it.target()
    assert target.name == "twice"
    assert declaration(target) == it.fixture.range("decl")
    assert definition(target) == it.fixture.range("def")
    assert not target.local
    assert it.target(1).id == target.id, "directly behind the identifier counts too"


@pytest.mark.parametrize(
    "source",
    [
        "namespace n { int $d{f$}(); } int x = n::$0f();",
        "struct S { int $d{m$}; }; int f(S s) { return s.$0m; }",
        "struct S { S(int); void $d{m$}(); }; void f() { S(1).$0m(); }",
        "struct $d{Foo$} { Foo(int); }; auto x = $0Foo(1);",
        "struct Foo { Foo(int); }; Foo $d{$0x$}(1);",
        "struct $d{Foo$} {}; $0auto x = Foo();",
        "struct $d{Foo$} {} foo; $0decltype(foo) bar;",
        "struct $d{Foo$} { Foo *me() { return th$0is; } };",
        "struct V { V $d{operator+$}(V); }; V f(V a, V b) { return a $0+ b; }",
        "struct B { virtual void $d{f$}(); }; struct D : B { void f() $0override; };",
        "struct B { virtual void $d{f$}(); }; struct D : B { void f() fi$0nal; };",
        "void f() { $d{again$}: goto $0again; }",
        "namespace $d{n$} {} namespace m = $0n;",
        "namespace n {} namespace $d{m$} = n; using namespace $0m;",
        "namespace n { int $d{v$}; } using n::$0v;",
        "struct P { int a, $d{b$}; }; P p = {.a = 1, .$0b = 2};",
        "int f(int $d{v$}) { return [v] { return $0v; }(); }",
        "struct P { int a, b; }; int f(P p) { auto [a, $d{b$}] = p; return $0b; }",
        "enum class E { One, $d{Two$} }; E e = E::$0Two;",
        "template <class $d{T$}> struct S { $0T t; };",
        "typedef int $d{I$}; namespace n { using ::I; } n::$0I v;",
        "typedef int $d{I$}; namespace n { using ::I; } n::I f(n::$0I);",
        "#define $d{TWICE$}(x) ((x) * 2)\nint v = $0TWICE(1);",
        "#define TWICE(x) ((x) * 2)\nint $d{w$}; int v = TWICE($0w);",
        "#define $d{A$}\n#if defined($0A)\n#endif",
        "#define $d{A$} 1\n#undef $0A",
        "#ifndef $0GUARD\n#define $d{GUARD$}\n#endif",
        "int $d{größe$}; int v = $0größe;",
    ],
)
def test_a_token_names(live: Lives, source: str) -> None:
    it = live("//- main.cpp -std=c++20\n" + source)
    assert it.declarations() == it.fixture.named("d")


@pytest.mark.parametrize(
    "use",
    [
        "template <class T> void f(Box<T> b) { b.$0value; }",
        "template <class T> void f(Box<T> *b) { b->$0value; }",
        "template <class T> void f() { Box<T>::$0value; }",
        "template <class T> struct D : Box<T> { int g() { return this->$0value; } };",
        "template <class T> void f() { Box<Box<T>> b; b.inner().$0value; }",
        "int f(Box<int> b) { return b.$0value; }",
    ],
)
def test_a_member_that_depends_on_a_template_is_found_in_the_template(
    live: Lives, use: str
) -> None:
    it = live("template <class T> struct Box { T $d{value$}; Box<T> &inner(); };\n" + use)
    assert it.declarations() == it.fixture.named("d")


def test_types_between_angle_brackets_are_found_in_an_instantiated_template(live: Lives) -> None:
    it = live(
        """
        template <class T> struct Box { T t; };
        struct $q{Q$} {};
        template <class $t{T$}> void f(Box<$0T> b) {}
        void g() { f(Box<Q>()); auto k = Box<$1Q>(); }
        """
    )
    assert it.declarations(0) == it.fixture.named("t")
    assert it.declarations(1) == it.fixture.named("q")


def test_an_alias_of_a_header_is_found_through_its_using_declaration(live: Lives) -> None:
    it = live(
        """
        //- a.h
        typedef unsigned long $d{number$};
        namespace n {}
        namespace n { using ::number; }
        //- main.cpp
        #include "a.h"
        namespace n { int other; }
        n::$0number f();
        """
    )
    assert it.declarations() == it.fixture.named("d")


def test_an_instantiation_of_a_template_declared_twice_names_the_template(live: Lives) -> None:
    it = live(
        """
        template <class T> T $d{largest$}(T a, T b);
        template <class T> T $def{largest$}(T a, T b) { return a < b ? b : a; }
        int v = $0largest(1, 2);
        template <> char $1largest(char a, char b) { return a; }
        """
    )
    assert it.declarations() == it.fixture.named("d")
    assert definition(it.target()) == it.fixture.range("def")
    assert len(it.occurrences()) == 3
    assert it.target(1).id != it.target().id, "an explicit specialisation is a symbol of its own"


def test_an_overloaded_name_in_a_template_names_every_candidate(live: Lives) -> None:
    it = live("void $d{f$}(int); void $d{f$}(char); template <class T> void g(T t) { $0f(t); }")
    assert it.declarations() == it.fixture.named("d")


def test_an_include_leads_to_its_file_from_anywhere_on_the_line(live: Lives) -> None:
    it = live('//- sub/a.h\n//- main.cpp\n#in$0clude "sub/$1a.h"\n')
    for point in (0, 1):
        found = ask(it.unit, SymbolAt(it.position(point)))
        assert found.include.decode() == it.fixture.path("sub/a.h")
        assert found.token is not None
        assert found.token.column == len("#include ")


def test_a_macro_of_a_header_is_found_in_a_condition(live: Lives) -> None:
    it = live(
        '//- a.h\n#define $d{HAVE_A$} 1\n//- main.cpp\n#include "a.h"\n#if $0HAVE_A\n#endif\n'
    )
    assert it.declarations() == it.fixture.named("d")


@pytest.mark.parametrize("where", ["// wo$0rd", '"wo$0rd"', "ret$0urn", "1$02"])
def test_comments_literals_and_keywords_name_nothing(live: Lives, where: str) -> None:
    it = live(f"int word;\nint f() {{\n  return 12; {where}\n;}}")
    assert it.targets() == []


def test_code_that_was_not_compiled_means_what_its_nearest_use_does(live: Lives) -> None:
    it = live(
        """
        #define CHECK(condition) ((void)0)
        int f(int $d{count$}) { CHECK($0count > 0); return count; }
        """
    )
    assert it.declarations() == it.fixture.named("d")


@pytest.mark.parametrize(
    "source",
    [
        "#define $d{ONE$} 1\n#if 0\nint v = $0ONE;\n#endif",
        "int $d{global$};\n#define USE (glo$0bal + 1)\nint v = global;",
        "#define $d{INNER$}(x) x\n#define OUTER(x) $0INNER(x)",
    ],
)
def test_skipped_code_and_bodies_of_macros_name(live: Lives, source: str) -> None:
    it = live(source)
    assert it.declarations() == it.fixture.named("d")


def test_a_symbol_tells_its_type_kind_scope_and_roles(live: Lives) -> None:
    it = live(
        """
        namespace n { struct $type{S$} {}; }
        namespace m { n::S *const $0pointer[2] = {}; }
        void f(int $1parameter) {}
        """
    )
    pointer = it.target()
    start = it.fixture.range("type").span
    (type_at_declaration,) = ask(it.unit, SymbolAt(Position(start.line, start.column))).symbols
    assert (pointer.name, pointer.scope, pointer.kind) == ("pointer", "m", SymbolKind.VARIABLE)
    assert pointer.type_span == it.fixture.range("type").span
    assert pointer.type_id == type_at_declaration.id
    assert Role(pointer.roles) == Role.DECLARATION | Role.DEFINITION
    assert it.target(1).local
    assert it.target(1).kind == SymbolKind.PARAMETER


def test_a_virtual_method_tells_what_it_overrides(live: Lives) -> None:
    it = live(
        """
        struct A { virtual void $0f(); };
        struct B : A { void $1f() override; };
        struct C : B { void $2f() override; };
        """
    )
    assert it.target(0).overridden == []
    assert it.target(1).overridden == [it.target(0).id]
    assert it.target(2).overridden == [it.target(1).id]


def test_ids_are_those_of_the_index(live: Lives, indexes: Callable[..., Extraction]) -> None:
    marked = """
        #define $0MACRO 1
        namespace n { template <class T> struct $1Box { T $2value; void $3get(); }; }
        static int $4hidden = MACRO;
        enum $5Color { $6Red };
        typedef int $7Number;
        namespace { void $8unnamed(); }
        struct Plain { Plain(); ~Plain(); bool $9operator==(const Plain &) const; };
        """
    it, index = live(marked), indexes(marked)
    for point in range(10):
        target = it.target(point)
        assert target.id == index.symbol(target.name).id, target.name
        assert target.scope == index.symbol(target.name).scope


def test_a_broken_file_still_answers(live: Lives) -> None:
    it = live(
        "#include <no/such/file.h>\nint $d{f$}(int v);\nint g() { 1 +; missing(); return $0f(1); }"
    )
    assert it.declarations() == it.fixture.named("d")
    assert any("file not found" in each.message for each in it.report.diagnostics)


def test_a_position_outside_the_text_names_nothing(live: Lives) -> None:
    it = live("int a;\n")
    for position in (Position(0, 99), Position(99, 0), Position(99, 99)):
        assert ask(it.unit, SymbolAt(position)).symbols == []
