"""What may stand at a place of a text that is being typed, and what is called there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from cppls.clang import library
from cppls.clang.live import LiveContext
from cppls.core.live_completion import (
    Complete,
    CompletionContext,
    CompletionFlag,
    CompletionItem,
    Completions,
    Signature,
    Signatures,
)
from cppls.core.model import Position, Span
from tests.clang.live import Live, Lives, ask, live, make_live

__all__ = ["live"]


def complete(opened: Live, point: int = 0, limit: int = 100) -> Completions:
    """At a point of the unit's own text."""
    text = opened.fixture.text(opened.path)
    return ask(opened.unit, Complete(opened.position(point), text, limit))


def names(found: Completions) -> list[str]:
    return [item.name for item in found.items]


def item(found: Completions, name: str) -> CompletionItem:
    (only,) = [item for item in found.items if item.name == name]
    return only


def signatures(opened: Live, point: int = 0) -> list[Signature]:
    text = opened.fixture.text(opened.path)
    return ask(opened.unit, Signatures(opened.position(point), text))


def test_members_of_a_class_and_its_bases(live: Lives) -> None:
    opened = live("""
        struct Base { int inherited; private: int hidden; };
        struct Derived : Base {
            /// Runs.
            int run(int count, bool fast = true) const;
            [[deprecated]] void old();
        };
        void f(Derived d) { d.$0; }
        """)
    found = complete(opened)
    assert set(names(found)) >= {"run", "old", "inherited"}
    assert "hidden" not in names(found), "it may not be used here"
    run = item(found, "run")
    assert run.signature == "(int count, bool fast = true) const"
    assert run.snippet == "run(${1:int count})", "what has a default is not inserted"
    assert (run.type, run.brief, run.scope) == ("int", "Runs.", "Derived")
    assert item(found, "old").flags & CompletionFlag.DEPRECATED
    assert found.contexts & CompletionContext.DOT_MEMBER


def test_private_members_may_be_defined_outside_of_their_class(live: Lives) -> None:
    opened = live("class C { void hidden(); };\nvoid C::$0\n")
    assert "hidden" in names(complete(opened))


def test_private_members_of_a_base_are_not_offered_to_its_heirs(live: Lives) -> None:
    opened = live("""
        class Base { int hidden_here; protected: int hidden_not; };
        struct Derived : Base { int get() { return hidden$0; } };
        """)
    assert names(complete(opened)) == ["hidden_not"]


def test_a_dot_behind_a_pointer_is_mended(live: Lives) -> None:
    opened = live("struct S { int field; }; void f(S *s) { s$dot{.$}$0; }")
    field = item(complete(opened), "field")
    assert field.flags & CompletionFlag.FIXED
    assert [(edit.span, edit.text) for edit in field.edits] == [
        (opened.fixture.range("dot").span, "->")
    ]


def test_what_is_typed_filters_the_list_and_is_replaced(live: Lives) -> None:
    opened = live("""
        int smt_context, smt_core, other;
        int f() { return $word{smtc$0on$}; }
        """)
    found = complete(opened)
    assert set(names(found)) == {"smt_context", "smt_core"}, "what is before the cursor counts"
    assert found.identifier == opened.fixture.range("word").span


def test_the_list_of_a_place_follows_what_is_typed_after_an_edit(live: Lives) -> None:
    """Only the letters differ, so the list is the one at hand; a text that differs has its own."""
    opened = live("struct S { int alpha, beta; }; void f(S s) { s.$0; }")
    text = opened.fixture.text(opened.path)
    position = opened.position()
    typed = text.replace(b"s.;", b"s.be;")
    assert set(names(ask(opened.unit, Complete(position, text, 9)))) >= {"alpha", "beta"}
    behind = type(position)(position.line, position.column + 2)
    assert names(ask(opened.unit, Complete(behind, typed, 9)))[:1] == ["beta"]
    renamed = typed.replace(b"beta", b"bell")
    assert names(ask(opened.unit, Complete(behind, renamed, 9)))[:1] == ["bell"]


def test_the_list_that_is_kept_is_accounted_for_and_goes_with_the_next_parse(live: Lives) -> None:
    opened = live("int f() { return $0; }")
    assert opened.unit.statistics()["completion_bytes"] == 0
    complete(opened)
    assert cast("int", opened.unit.statistics()["completion_bytes"]) > 1000
    assert opened.reparse().ok
    assert opened.unit.statistics()["completion_bytes"] == 0


def test_the_newest_text_counts_not_the_parsed_one(live: Lives) -> None:
    opened = live("int first; $0")
    text = b"int first; int second; int f() { return s"
    position = type(opened.position())(0, len(text))
    assert "second" in names(ask(opened.unit, Complete(position, text, 20)))


def test_other_unsaved_texts_count(live: Lives) -> None:
    opened = live("""
        //- a.h
        struct A { int saved; };
        //- main.cpp
        #include "a.h"
        void f(A a) { a.$0; }
        """)
    text = opened.fixture.text(opened.path)
    question = Complete(opened.position(), text, 20)
    overlay = {os.fsencode(opened.fixture.path("a.h")): b"struct A { int saved, unsaved; };"}
    assert opened.reparse(a_h=b"struct A { int saved, unsaved; };").ok
    assert b"unsaved" in opened.unit.ask(question, overlay)


def test_overloads_are_one_item(live: Lives) -> None:
    opened = live("""
        void print(int); void print(const char *); void print(double, int);
        void f() { pri$0 }
        """)
    assert item(complete(opened), "print").overloads == 2


def test_an_override_is_a_whole_declaration_without_the_bases_defaults(live: Lives) -> None:
    opened = live("""
        struct Base { virtual int run(int a, const char *b = nullptr) const; };
        struct Derived : Base { ru$0 };
        """)
    (override,) = [item for item in complete(opened).items if item.flags & CompletionFlag.OVERRIDE]
    assert override.name == "run"
    assert override.snippet == "int run(int a, const char *b) const override"


def test_includes_are_completed_folder_by_folder(live: Lives, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.h").write_text("")
    opened = live("""
        //- header.h
        //- main.cpp
        #include "hea$0"
        #include "sub/$1"
        """)
    found = complete(opened)
    assert 'header.h"' in names(found)
    assert found.contexts == CompletionContext.INCLUDED_FILE
    assert names(complete(opened, 1)) == ['inner.h"']


def test_designators_enumerators_and_keywords(live: Lives) -> None:
    opened = live("""
        struct Point { int x, y; };
        enum class Color { Red, Green };
        Point p = { .$0 };
        int f(Color c) {
            switch (c) { case $1 }
            ret$2
        }
        """)
    assert set(names(complete(opened))) == {"x", "y"}
    red = item(complete(opened, 1), "Red")
    assert red.qualifier + red.name == "Color::Red"
    assert "return" in names(complete(opened, 2))


def test_what_is_written_near_with_the_same_object_comes_first(live: Lives) -> None:
    opened = live("""
        struct S { void aaa(); void bbb(); void ccc(); void used(); };
        void f(S s) { s.used(); s.used(); }
        void g(S s) { s.$0; }
        """)
    assert names(complete(opened))[0] == "used"


def test_a_bound_says_that_there_is_more(live: Lives) -> None:
    opened = live("int f() { return $0; }")
    found = complete(opened, limit=5)
    assert len(found.items) == 5
    assert found.more


def test_numbers_comments_and_literals_have_no_completions(live: Lives) -> None:
    opened = live('int x = 12$0; // about x$1\n/* x$2 */ const char *y = "x$3";\n')
    assert [names(complete(opened, point)) for point in range(4)] == [[]] * 4


def test_the_call_that_a_place_is_in(live: Lives) -> None:
    opened = live("""
        struct S { S(int a); S(const char *name, int b); };
        int over(int a);
        int over(double b, int c = 3);
        template <class T> T maxi(T left, T right);
        void f() {
            over(1, $0);
            S s($1);
            maxi(1, ma$2);
            over(S($3), 1);
            over("te$4xt");
        }
        """)
    (only,) = signatures(opened)
    assert only.label == "over(double b, int c = 3) -> int"
    assert [only.label[start:end] for start, end in only.parameters] == ["double b", "int c = 3"]
    assert only.current == 1
    assert "S(const char *name, int b)" in {each.label for each in signatures(opened, 1)}
    (template,) = signatures(opened, 2)
    assert (template.label, template.current) == ("maxi(int left, int right) -> int", 1), "deduced"
    assert "S(int a)" in {each.label for each in signatures(opened, 3)}, "the innermost call"
    assert {each.label for each in signatures(opened, 4)} >= {"over(int a) -> int"}


def test_where_nothing_is_called_there_is_no_signature(live: Lives) -> None:
    opened = live("int x; $0 int y;")
    assert signatures(opened) == []


def test_the_namespaces_whose_names_need_no_qualifier(live: Lives) -> None:
    opened = live("""
        namespace used { namespace deep {} }
        namespace closed { int x; }
        using namespace used::deep;
        namespace a::b { namespace { inline namespace c {
        struct S { void f() { if (true) { $0 } } };
        } } }
        """)
    assert complete(opened).scopes == ["used::deep", "a::b::c", "a::b"]


TOP = """
    //- old.h
    struct Old { int inherited; };
    //- new.h
    struct New {};
    //- main.cpp
    // What was typed first.
    #include "old.h"
    struct Own : Old { int mine; };
    void f(Own *own) { own.$0; }
    """


def edited(opened: Live, old: str, new: str) -> tuple[bytes, Position]:
    """The text with one change above its point, and where the point is then."""
    text = opened.fixture.text(opened.path)
    assert old.encode() in text
    at = opened.position()
    lines = new.count("\n") - old.count("\n")
    return text.replace(old.encode(), new.encode()), Position(at.line + lines, at.column)


def test_a_text_whose_includes_have_changed_is_completed_over_those_of_the_parse(
    live: Lives,
) -> None:
    opened = live(TOP)
    include = '#include "old.h"\n'
    changes = (include + '#include "new.h"\n', '#include "new.h"\n', "", f"/* {include} */\n")
    for change in changes:
        text, place = edited(opened, include, change)
        found = ask(opened.unit, Complete(place, text, 100))
        mine = item(found, "mine")
        line = text.decode().splitlines()[place.line]
        dot = line.index(".")
        assert "inherited" in names(found)
        assert [edit.span for edit in mine.edits] == [Span(place.line, dot, place.line, dot + 1)]
        assert found.identifier == Span(place.line, place.column, place.line, place.column)


def test_what_new_includes_declare_comes_with_the_next_parse(live: Lives) -> None:
    opened = live(TOP.replace("own.$0", "Ne$0"))
    text, place = edited(opened, '"old.h"\n', '"old.h"\n#include "new.h"\n')
    assert "New" not in names(ask(opened.unit, Complete(place, text, 100)))
    opened.reparse(main_cpp=text)
    assert "New" in names(ask(opened.unit, Complete(place, text, 100)))


def test_what_is_typed_among_the_includes_leaves_the_preamble_as_it_is(
    libraries: library.Library, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    opened = make_live(LiveContext(libraries, str(kept)), tmp_path, TOP)
    preambles = sorted(kept.rglob("*.pch"))
    assert preambles
    old = '#include "old.h"\n'
    for more in ("#if 0\n", "#if 1\n#define MORE 1 /*\n*/\n"):
        text, place = edited(opened, old, old + more)
        assert "mine" in names(ask(opened.unit, Complete(place, text, 100)))
    text, _ = edited(opened, old, "#define SOME 1\n#if SO\n#endif\n" + old)
    ask(opened.unit, Complete(Position(2, 6), text, 100))
    text, _ = edited(opened, old, "Ol\n" + old)
    assert "Old" in names(ask(opened.unit, Complete(Position(1, 2), text, 100)))
    assert sorted(kept.rglob("*.pch")) == preambles
    opened.unit.close()


def test_what_is_typed_in_the_line_of_the_first_declaration_is_in_its_place(live: Lives) -> None:
    opened = live("""
        //- old.h
        struct Old { int inherited; };
        //- main.cpp
        #include "old.h"
        int f(Old *own) { return own.$0; }
        """)
    text, place = edited(opened, "int f", "   int f")
    place = Position(place.line, place.column + 3)
    found = ask(opened.unit, Complete(place, text, 100))
    (edit,) = item(found, "inherited").edits
    assert edit.span == Span(place.line, place.column - 1, place.line, place.column)


def test_a_call_below_changed_includes_is_helped_with(live: Lives) -> None:
    opened = live(TOP.replace("own.$0", "f($0)"))
    text, place = edited(opened, '"old.h"\n', '"old.h"\n\n#define MORE 1 /*\n*/\n')
    assert [found.label for found in ask(opened.unit, Signatures(place, text))] == [
        "f(Own *own) -> void"
    ]


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("a->$0;", "width"),
        ("int depth = a->$0;", "depth"),
        ('set("height", a->$0);', "height"),
    ],
)
def test_the_member_is_likely_that_is_named_in_the_line_already(
    live: Lives, statement: str, first: str
) -> None:
    opened = live(
        """
        struct Size { int width, height, depth; };
        void set(const char *, int);
        void f(Size *a, Size &b) {
            b.width = 1;
            STATEMENT
        }
        """.replace("STATEMENT", statement)
    )
    assert names(complete(opened))[0] == first


def test_of_an_object_its_class_is_hardly_meant(live: Lives) -> None:
    opened = live("""
        struct Slice { int size(); };
        void f(Slice a, Slice b, Slice c) { a.$0; }
        """)
    assert names(complete(opened))[0] == "size"


EXPECTING = """
    struct Status { bool ok() const; };
    struct Store {
        Store();
        void clear();
        bool empty() const;
        Status *last;
        int number() const;
        static Status open(int size);
        const Status &sync();
    };
    Status check(Store store) {
        Status status;
        int count;
        STATEMENT
    }
"""


@pytest.mark.parametrize(
    ("statement", "likely", "other"),
    [
        ("store.$0;", "clear", "sync"),
        ("if (count) store.$0;", "clear", "number"),
        ("for (; count; store.$0) {}", "clear", "number"),
        ("for (; store.$0;) {}", "number", "clear"),
        ("again: store.$0;", "clear", "number"),
        ("int n = count ? count : store.$0;", "number", "clear"),
        ("int list[] = { store.$0 };", "number", "clear"),
        ("return store.$0;", "sync", "number"),
        ("return (Store()).$0;", "sync", "number"),
        ("for (;;) if (count) return store.$0;", "sync", "number"),
        ("const Status now = store.$0;", "sync", "number"),
        ("status = store.$0;", "sync", "number"),
        ("count += store.$0;", "number", "empty"),
        ("Status *old = store.$0;", "last", "number"),
        ("if (!store.$0) {}", "empty", "last"),
        ("while (count && store.$0) {}", "empty", "last"),
        ("return Store::$0;", "open", "Store"),
    ],
)
def test_what_fits_the_use_of_a_place_is_likely(
    live: Lives, statement: str, likely: str, other: str
) -> None:
    found = names(complete(live(EXPECTING.replace("STATEMENT", statement))))
    assert found.index(likely) < found.index(other)


@pytest.mark.parametrize(
    ("definition", "likely", "other"),
    [
        ("Store::$0() {}", "Store", "last"),
        ("Status Store::$0(int size) {}", "open", "clear"),
        ("int Store::$0() const {}", "number", "Store"),
        ("void Store::clear() {} Status Store::$0() {}", "number", "clear"),
    ],
)
def test_what_is_not_defined_yet_is_likely_to_be_defined(
    live: Lives, definition: str, likely: str, other: str
) -> None:
    found = names(complete(live(EXPECTING.replace("STATEMENT", "") + definition)))
    assert found.index(likely) < found.index(other)


def test_a_variable_of_the_function_comes_before_what_all_can_name(live: Lives) -> None:
    opened = live("""
        struct Wide {}; int wide_global; int wide();
        void f() { int wider; int width = wi$0; }
        """)
    assert names(complete(opened))[0] == "wider"


@pytest.mark.parametrize(
    ("typed", "first"), [("co", "counter"), ("Co", "Counted"), ("un", "unCounted")]
)
def test_names_that_begin_as_typed_come_first(live: Lives, typed: str, first: str) -> None:
    opened = live(f"""
        int Counted, counter, unCounted, Un_counter, recounted;
        int f() {{ return {typed}$0; }}
        """)
    assert names(complete(opened))[0] == first
