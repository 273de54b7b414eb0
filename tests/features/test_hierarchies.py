"""Who calls whom, and which class is built on which."""

from __future__ import annotations

from pathlib import Path

from cppls.core.model import Location
from cppls.features.answer import Answer, Reason
from cppls.features.call_hierarchy import Call, incoming_calls, outgoing_calls, prepare_calls
from cppls.features.hierarchy import HierarchyItem
from cppls.features.type_hierarchy import prepare_types, subtypes, supertypes
from tests.world import World


async def prepared(world: World, point: str | int = 0) -> HierarchyItem:
    """The one item at a point."""
    answer = await world.ask(prepare_calls, point)
    assert len(answer.items) == 1, answer
    return answer.items[0]


async def callers(world: World, point: str | int = 0) -> dict[str, list[Location]]:
    """Qualified names of callers, and where they call."""
    item = await prepared(world, point)
    answer = await incoming_calls(world.snapshot, item.symbol.id)
    return _by_name(answer, None)


async def callees(world: World, point: str | int = 0) -> dict[str, list[Location]]:
    """Qualified names of what is called, and where."""
    item = await prepared(world, point)
    answer = await outgoing_calls(world.snapshot, item.symbol.id, item.place.path)
    return _by_name(answer, item.place.path)


def _by_name(answer: Answer[Call], path: str | None) -> dict[str, list[Location]]:
    return {
        call.item.symbol.qualified_name: [
            Location(path or call.item.place.path, span) for span in call.spans
        ]
        for call in answer.items
    }


CALLS = """
    //- a.h
    int $twice{twice$}(int v);
    //- a.cpp
    #include "a.h"
    int twice(int v) { return v * 2; }
    //- b.cpp
    #include "a.h"
    namespace n {
    int once() { return $in_once{tw$0ice$}(1); }
    struct S { int both() { return $in_both{twice$}(2) + $in_both{twice$}($call_once{once$}()); } };
    int (*address())(int) { return $in_address{twice$}; }
    }
    int number = $in_number{twice$}(3);
    """


async def test_whoever_names_a_function_calls_it(tmp_path: Path) -> None:
    with World.of(tmp_path, CALLS) as world:
        assert await callers(world) == {
            "n::S::both": world.named("in_both"),
            "n::address": world.named("in_address"),
            "n::once": world.named("in_once"),
            "number": world.named("in_number"),
        }


async def test_what_a_function_calls_comes_in_the_order_of_its_calls(tmp_path: Path) -> None:
    marked = CALLS.replace("both()", "bo$1th()")
    with World.of(tmp_path, marked) as world:
        found = await callees(world, 1)
        assert list(found) == ["twice", "n::once"]
        assert found == {"twice": world.named("in_both"), "n::once": world.named("call_once")}


async def test_the_item_is_the_definition_with_its_whole_extent(tmp_path: Path) -> None:
    with World.of(tmp_path, CALLS) as world:
        item = await prepared(world)
        assert item.place.path == world.path("a.cpp")
        assert (item.extent.column, item.extent.end_column) == (
            0,
            len("int twice(int v) { return v * 2; }"),
        )


async def test_a_call_of_the_overridden_method_may_reach_the_overrider(tmp_path: Path) -> None:
    marked = """
        struct Base { virtual void run(); };
        struct Derived : Base { void r$0un() override; };
        struct Last : Derived { void run() override; };
        void through_base(Base &b) { b.$base{run$}(); }
        void directly(Derived &d) { d.$direct{run$}(); }
        void below(Last &l) { l.run(); }"""
    with World.of(tmp_path, marked) as world:
        assert await callers(world) == {
            "directly": world.named("direct"),
            "through_base": world.named("base"),
        }


async def test_a_call_in_a_default_argument_stands_in_the_header(tmp_path: Path) -> None:
    marked = """
        //- a.h
        int value();
        void f(int v = $call{val$0ue$}());
        //- a.cpp
        #include "a.h"
        void f(int v) {}"""
    with World.of(tmp_path, marked, open="") as world:
        assert await callers(world) == {"f": world.named("call")}


async def test_a_functional_cast_calls_a_constructor(tmp_path: Path) -> None:
    marked = """
        struct S { S(int); };
        S made() { return $in_made{S$0$}(1); }
        int size() { return sizeof(S); }"""
    with World.of(tmp_path, marked) as world:
        assert await callers(world) == {"made": world.named("in_made")}


async def test_a_macro_that_declares_what_it_calls_is_a_caller(tmp_path: Path) -> None:
    marked = """
        //- test.cpp
        void te$0st_one() {}
        //- main.cpp
        #define RUN(name) { extern void test_##name(); test_##name(); }
        int main() { $in_main{RUN$}(one) }"""
    with World.of(tmp_path, marked, open="test.cpp") as world:
        assert await callers(world) == {"main": world.named("in_main")}


async def test_who_expands_a_macro_calls_it_and_bodies_of_macros_do(tmp_path: Path) -> None:
    marked = """
        //- a.h
        #define ON$0E 1
        #define TWO ($in_two{ONE$} + 1)
        //- main.cpp
        #include "a.h"
        namespace n { struct S { int one() { return $in_one{ONE$}; } }; }
        int number = $in_number{ONE$};
        #if $nowhere{ONE$}
        #endif"""
    with World.of(tmp_path, marked, open="a.h") as world:
        assert await callers(world) == {
            "TWO": world.named("in_two"),
            "n::S::one": world.named("in_one"),
            "number": world.named("in_number"),
        }


async def test_nothing_calls_a_local_variable(tmp_path: Path) -> None:
    with World.of(tmp_path, "int f() { int x$0 = 1; return x; }") as world:
        answer = await world.ask(prepare_calls)
        assert answer.absence is not None
        assert answer.absence.reason is Reason.NO_RESULT


CLASSES = """
    //- a.h
    struct $root{Root$} { int field; void method(); };
    struct $other{Other$} {};
    //- a.cpp
    #include "a.h"
    struct $middle{Mi$0ddle$} : Root, Other {};
    struct $leaf{Leaf$} : Middle {};
    namespace n { struct $second{Second$} : Middle {}; }
    void Root::me$1thod() {}
    Middle *$2pointer;
    """


async def test_the_classes_above_and_below(tmp_path: Path) -> None:
    with World.of(tmp_path, CLASSES) as world:
        (item,) = (await world.ask(prepare_types)).items
        assert [item.place] == world.named("middle")
        above = await supertypes(world.snapshot, item.symbol.id)
        assert [each.place for each in above.items] == world.named("root", "other")
        below = await subtypes(world.snapshot, item.symbol.id)
        assert [each.place for each in below.items] == world.named("leaf", "second")


async def test_a_method_stands_for_its_class_and_a_variable_for_its_type(tmp_path: Path) -> None:
    with World.of(tmp_path, CLASSES) as world:
        assert [i.place for i in (await world.ask(prepare_types, 1)).items] == world.named("root")
        assert [i.place for i in (await world.ask(prepare_types, 2)).items] == world.named("middle")


async def test_a_class_without_bases_says_so(tmp_path: Path) -> None:
    marked = "struct On$0ly {};"
    with World.of(tmp_path, marked) as world:
        (item,) = (await world.ask(prepare_types)).items
        answer = await supertypes(world.snapshot, item.symbol.id)
        assert answer.items == []
        assert answer.absence is not None


async def test_a_template_is_the_base_of_what_derives_from_its_instantiation(
    tmp_path: Path,
) -> None:
    marked = """
        template <class T> struct $base{Ba$0se$} {};
        struct $derived{Derived$} : Base<int> {};"""
    with World.of(tmp_path, marked) as world:
        (item,) = (await world.ask(prepare_types)).items
        below = await subtypes(world.snapshot, item.symbol.id)
        assert [each.place for each in below.items] == world.named("derived")
