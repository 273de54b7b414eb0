"""Names inside templates that depend on their parameters: found as clangd's HeuristicResolver does.

Every case has namesakes elsewhere: who only looks for the name finds these too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.completion import completion
from cppls.features.definition import definition
from cppls.features.hover import hover
from tests.world import World

NAMESAKES = """
struct Elsewhere {
  void run(); int inner; int get(); int make(); enum Colour { Red }; typedef int type;
  struct Inner { struct Deep {}; void run(); };
};
"""

MEMBERS = {
    "of a base that is a template": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> struct D : B<T> { void g() { this->$0run(); } };""",
    "of a base's base": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> struct B : A<T> {};
        template <class T> struct D : B<T> { void g() { this->$0run(); } };""",
    "of a base, outside of the class": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> struct D : B<T> { void g(); };
        template <class T> void D<T>::g() { this->$0run(); }""",
    "of a base, named with it": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> struct D : B<T> { void g() { B<T>::$0run(); } };""",
    "of a base, named by an alias": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> struct D : B<T> {
          typedef B<T> Base;
          void g() { Base::$0run(); }
        };""",
    "of a parameter": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(B<T> b) { b.$0run(); }""",
    "of a pointer": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(const B<T> *b) { b->$0run(); }""",
    "of what a pointer points to": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(B<T> *b) { (*b).$0run(); }""",
    "of a member": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> struct B { A<T> inner; };
        template <class T> void g(B<T> b) { b.inner.$0run(); }""",
    "of a member of this": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> struct B { A<T> inner; void g() { this->inner.$0run(); } };""",
    "of a field named alone": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> struct B { A<T> inner; void g() { inner.$0run(); } };""",
    "of a method's result": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> struct B { A<T> &get(); };
        template <class T> void g(B<T> b) { b.get().$0run(); }""",
    "of a function's result": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> A<T> make(T t);
        template <class T> void g(T t) { make(t).$0run(); }""",
    "of a function's result with given arguments": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> A<T> make();
        template <class T> void g() { make<T>().$0run(); }""",
    "of a static method's result": """
        template <class T> struct A { static A *make(); void $def{run$}(); };
        template <class T> void g() { A<T>::make()->$0run(); }""",
    "of an auto": """
        struct A { void $def{run$}(); };
        template <class T> struct B { A get(); };
        template <class T> void g(B<T> b) { auto a = b.get(); a.$0run(); }""",
    "of an auto from a field": """
        struct A { void $def{run$}(); };
        template <class T> struct B { A inner; };
        template <class T> void g(B<T> *b) { auto &a = b->inner; a.$0run(); }""",
    "of an auto from another": """
        struct A { void $def{run$}(); };
        template <class T> struct B { A inner; };
        template <class T> void g(B<T> *b) { auto c = b; auto a = c->inner; a.$0run(); }""",
    "of a class in a class": """
        template <class T> struct B { struct Inner { void $def{run$}(); }; };
        template <class T> void g(typename B<T>::Inner i) { i.$0run(); }""",
    "of a type that is an alias of the class": """
        template <class T> struct A { void $def{run$}(); };
        template <class T> struct B { typedef A<T> type; };
        template <class T> void g(typename B<T>::type *b) { b->$0run(); }""",
    "of a template's alias": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> using Alias = B<T>;
        template <class T> void g(Alias<T> b) { b.$0run(); }""",
    "of what a metafunction gives": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> struct Identity { typedef T type; };
        template <class T> void g(typename Identity<B<T>>::type b) { b.$0run(); }""",
    "of what a smart pointer points to": """
        template <class T> struct Pointer { T *operator->() const; T &operator*() const; };
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(Pointer<B<T>> p) { p->$0run(); }""",
    "of a dereferenced smart pointer": """
        template <class T> struct Pointer { T *operator->() const; T &operator*() const; };
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(Pointer<B<T>> p) { (*p).$0run(); }""",
    "of what a smart pointer with aliases points to": """
        template <class T> struct Pointer {
          using element = T; using pointer = element *; pointer operator->() const; };
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(Pointer<B<T>> p) { p->$0run(); }""",
    "of a smart pointer itself": """
        template <class T> struct Pointer { T *operator->() const; T *$def{get$}(); };
        template <class T> struct B { void get(); };
        template <class T> void g(Pointer<B<T>> p) { p.$0get(); }""",
    "of an element": """
        template <class T> struct List { T &operator[](int); };
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(List<B<T>> l) { l[0].$0run(); }""",
    "of an element of an array": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(B<T> *b) { B<T> all[2]; all[0].$0run(); b[1].run(); }""",
    "of each in a container": """
        template <class T> struct List { T *begin(); T *end(); };
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(List<B<T>> l) { for (auto &b : l) b.$0run(); }""",
    "of each in a container with iterators": """
        template <class T> struct Iterator { T &operator*(); };
        template <class T> struct List {
          typedef Iterator<T> iterator; iterator begin(); iterator end(); };
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(const List<B<T> *> &l) { for (auto b : l) b->$0run(); }""",
    "of a default argument": """
        struct A { void $def{run$}(); };
        template <class T, class U = A> struct B { U u; void g() { u.$0run(); } };""",
    "of a cast": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(void *p) { static_cast<B<T> *>(p)->$0run(); }""",
    "of a temporary": """
        template <class T> struct B { B(T); void $def{run$}(); };
        template <class T> void g(T t) { B<T>(t).$0run(); }""",
    "of a choice": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> void g(B<T> a, B<T> b, bool c) { (c ? a : b).$0run(); }""",
    "of a template, with arguments": """
        template <class T> struct B { template <class U> void $def{run$}(); };
        template <class T> void g(B<T> b) { b.template $0run<int>(); }""",
    "that is static": """
        template <class T> struct B { static void $def{run$}(); };
        template <class T> void g() { B<T>::$0run(); }""",
    "that is an enumerator": """
        template <class T> struct B { enum Colour { $def{Red$} }; };
        template <class T> int g() { return B<T>::$0Red; }""",
    "that is a type": """
        template <class T> struct B { struct $def{Inner$} {}; };
        template <class T> void g() { typename B<T>::$0Inner i; }""",
    "that is a type in a type": """
        template <class T> struct B { struct Inner { struct $def{Deep$} {}; }; };
        template <class T> void g() { typename B<T>::Inner::$0Deep i; }""",
    "that is inherited by name": """
        template <class T> struct B { void $def{run$}(); };
        template <class T> struct D : B<T> { using B<T>::$0run; };""",
    "of a template's own pattern": """
        template <class T> struct B { void $def{run$}(); B *next; };
        template <class T> void g(B<T> b) { b.next->next->$0run(); }""",
}


@pytest.mark.parametrize("marked", MEMBERS.values(), ids=MEMBERS)
async def test_a_member_is_found_in_the_template(tmp_path: Path, marked: str) -> None:
    with World.of(tmp_path, f"//- a.cpp -std=c++20\n{NAMESAKES}\n{marked}") as world:
        answer = await world.ask(definition)
        assert answer.items == world.named("def")


async def test_a_function_is_found_among_its_overloads(tmp_path: Path) -> None:
    marked = """
        void $def{run$}(int);
        void $def{run$}(char *);
        template <class T> void g(T t) { $0run(t); }"""
    with World.of(tmp_path, marked) as world:
        found = (await world.ask(definition)).items
        assert sorted(found, key=lambda each: each.span.line) == world.named("def")


async def test_hover_knows_a_dependent_member(tmp_path: Path) -> None:
    marked = """
        template <class T> struct List { T &operator[](int); };
        template <class T> struct B { /** Runs. */ int run(); };
        template <class T> void g(List<B<T>> l) { l[0].$0run(); }"""
    with World.of(tmp_path, f"//- a.cpp -std=c++20\n{NAMESAKES}\n{marked}") as world:
        (card,) = (await world.ask(hover)).items

        assert "Runs." in card.markdown()


async def test_a_variable_that_stands_for_itself_ends_the_search(tmp_path: Path) -> None:
    marked = "template <class T> void g(T t) { auto a = a->b[0].c; a.$0run(); }"
    with World.of(tmp_path, f"//- a.cpp -std=c++20\n{marked}") as world:
        assert (await world.ask(definition)).items == []


@pytest.mark.parametrize(
    "expression", ["b.", "this->", "this->inner.", "B<T>::", "all[0].", "b.next->"]
)
async def test_members_are_offered_inside_templates(tmp_path: Path, expression: str) -> None:
    marked = f"""
        template <class T> struct B {{ void run(); static void start(); B *next; }};
        template <class T> struct D : B<T> {{
          B<T> inner;
          void g(B<T> b) {{ B<T> all[2]; {expression}$0; }}
        }};"""
    with World.of(tmp_path, f"//- a.cpp -std=c++20\n{marked}") as world:
        offered = {item.name for item in (await world.ask(completion)).items}
        assert {"run", "start"} <= offered
