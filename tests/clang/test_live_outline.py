"""The tree of an open file's declarations."""

from __future__ import annotations

from cppls.core.live_questions import Outline, OutlineItem
from cppls.core.model import Span, SymbolKind
from tests.clang.live import Lives, ask, live, names

__all__ = ["live"]
"""The fixture, used by name."""


def test_the_tree_follows_the_text_macros_included(live: Lives) -> None:
    it = live(
        """
        //- a.h
        int from_header;
        //- main.cpp
        #define FIRST 1
        #include "a.h"
        namespace n {
        struct S { S(); int field; void method(int v) const; enum Inner { A, B }; };
        }
        #if 0
        #define SKIPPED
        int skipped;
        #endif
        #define SECOND(x) x
        template <class T> T generic(T t) { int local = 1; return t; }
        int instance = generic(1);
        extern "C" { void c_function(); }
        using Alias = int;
        """
    )
    assert names(ask(it.unit, Outline())) == [
        "FIRST",
        ("n", [("S", ["S", "field", "method", ("Inner", ["A", "B"])])]),
        "SECOND",
        "generic",
        "instance",
        "c_function",
        "Alias",
    ]


def test_an_item_tells_its_kind_signature_and_places(live: Lives) -> None:
    it = live("$all{int $name{add$}(int a, char b) { return a; }$}\nconst char *text;")
    add, text = ask(it.unit, Outline())
    assert (add.kind, add.detail) == (SymbolKind.FUNCTION, "(int a, char b) -> int")
    assert add.extent == it.fixture.range("all").span
    assert add.selection == it.fixture.range("name").span
    assert (text.kind, text.detail) == (SymbolKind.VARIABLE, "const char *")


def test_unnamed_declarations_have_a_name_to_show(live: Lives) -> None:
    it = live("namespace { int v; } struct S { union { int a; float b; }; }; enum { X };")
    assert names(ask(it.unit, Outline())) == [
        ("(anonymous namespace)", ["v"]),
        ("S", [("(anonymous union)", ["a", "b"])]),
        ("(anonymous enum)", ["X"]),
    ]


def test_a_selection_lies_in_its_extent_also_inside_macros(live: Lives) -> None:
    it = live("#define DECLARE(name) int name; void use_##name()\nDECLARE(thing);\n")
    items = ask(it.unit, Outline())
    assert names(items) == ["DECLARE", "use_thing", "thing"]
    assert all(encloses(item) for item in items)


def test_deep_nesting_does_not_end_the_process(live: Lives) -> None:
    it = live("namespace a { " * 200 + "int v;" + "}" * 200)
    assert ask(it.unit, Outline())[0].name == "a"


def test_specialisations_and_friends_that_are_defined_are_listed(live: Lives) -> None:
    it = live(
        "template <class T> struct A {};\n"
        "template <> struct A<int> { friend int f(A a) { return 1; } friend int g(A); };\n"
    )
    assert names(ask(it.unit, Outline())) == ["A", ("A<int>", ["f"])]


def encloses(item: OutlineItem) -> bool:
    outer: Span = item.extent
    start = (item.selection.line, item.selection.column)
    end = (item.selection.end_line, item.selection.end_column)
    return (outer.line, outer.column) <= start and end <= (outer.end_line, outer.end_column)


def test_a_member_that_is_defined_outside_is_named_as_it_is_written(live: Lives) -> None:
    it = live(
        "namespace n { struct S { void f(); static int v; ~S(); }; }\n"
        "template <class T> struct B { void g(); B(); template <class U> B(U); ~B(); };\n"
        "void n::S::f() {}\nint n::S::v = 1;\nn::S::~S() {}\n"
        "template <class T> void B<T>::g() {}\ntemplate <class T> B<T>::B() {}\n"
        "template <class T> B<T>::~B() {}\n"
    )
    items = names(ask(it.unit, Outline()))
    assert items[1] == ("B", ["g", "B", "B", "~B"])
    assert items[2:] == ["n::S::f", "n::S::v", "n::S::~S", "B<T>::g", "B<T>::B", "B<T>::~B"]
