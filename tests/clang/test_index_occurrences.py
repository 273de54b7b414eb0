"""Where symbols occur, with which roles, and inside what."""

from __future__ import annotations

from cppls.core.model import NO_SYMBOL, Role
from tests.clang.conftest import Indexes

DECLARED = Role.DECLARATION
DEFINED = Role.DECLARATION | Role.DEFINITION


def test_a_function_occurs_where_it_is_declared_defined_and_called(indexes: Indexes) -> None:
    unit = indexes("""
        int $f{twice$}(int v);
        int $f{twice$}(int v) { return 2 * v; }
        int four = $f{twice$}(2);
        int (*pointer)(int) = &$f{twice$};
    """)
    assert unit.places("twice") == unit.marked("f")
    declared, defined, called, taken = unit.roles("twice")
    assert declared == DECLARED
    assert defined == DEFINED
    assert called & Role.CALL
    assert taken & Role.ADDRESS_OF
    assert not taken & Role.CALL


def test_reading_and_writing_a_variable_differ(indexes: Indexes) -> None:
    unit = indexes("int n; void f() { n = 1; int m = n; n++; }")
    _, written, read, both = unit.roles("n")
    assert written & Role.WRITE
    assert not written & Role.READ
    assert read & Role.READ
    assert not read & Role.WRITE
    assert both & Role.READ
    assert both & Role.WRITE


def test_the_container_is_what_encloses_the_occurrence(indexes: Indexes) -> None:
    unit = indexes("""
        int callee();
        namespace ns {
        struct S { int method() { return callee(); } int field = callee(); };
        int variable = callee();
        }
    """)
    declared, *used = unit.occurrences(unit.symbol("callee").id)
    assert declared.container == NO_SYMBOL
    names = ("ns::S::method", "ns::S::field", "ns::variable")
    assert [spot.container for spot in used] == [unit.symbol(name).id for name in names]
    method = unit.occurrences(unit.symbol("method").id)
    assert [spot.container for spot in method] == [unit.symbol("S").id]


def test_locals_and_parameters_are_left_to_the_live_unit(indexes: Indexes) -> None:
    unit = indexes(
        "template <class T> int f(int parameter) { int local = parameter; return local; }"
    )
    assert [record.name for record in unit.file("main.cpp").symbols] == ["f"]


def test_an_argument_of_a_macro_counts_where_it_is_written(indexes: Indexes) -> None:
    unit = indexes("""
        #define CALL(function, argument) function(argument)
        int $f{twice$}(int v);
        int n = CALL($f{twice$}, 1);
    """)
    assert unit.places("twice") == unit.marked("f")


def test_what_a_macro_writes_counts_where_it_is_expanded(indexes: Indexes) -> None:
    unit = indexes("""
        int $f{twice$}(int v);
        #define FOUR twice(2)
        int n = $f{FOUR$};
    """)
    assert unit.places("twice") == unit.marked("f")


def test_columns_count_bytes_also_behind_text_that_is_not_ascii(indexes: Indexes) -> None:
    unit = indexes("""
        int /* größer 𝒳 */ $f{größe$} = 1; int other = /* é */ $f{größe$};
    """)
    assert unit.places("größe") == unit.marked("f")
    assert not unit.file("main.cpp").ascii


def test_operators_conversions_and_destructors_have_whole_names(indexes: Indexes) -> None:
    unit = indexes("""
        struct N {
            N $plus{operator+$}(N) const;
            $conversion{operator$} bool() const;
            int $call{operator ()$}(int);
            $gone{~N$}();
        };
        void f(N n) { n $plus{+$} n; n$call{($}1); }
    """)
    assert unit.places("operator+") == unit.marked("plus")
    assert unit.places("operator()") == unit.marked("call")
    assert unit.places("~N") == unit.marked("gone")
    assert unit.marked("conversion")[0] in unit.places("operator bool")


def test_one_symbol_at_one_place_is_one_spot(indexes: Indexes) -> None:
    unit = indexes("""
        //- table.def
        $f{entry$}(1)
        //- main.cpp
        int entry(int);
        int a =
        #include "table.def"
        ;
        int b =
        #include "table.def"
        ;
    """)
    in_table = [spot for spot in unit.places("entry") if spot.path.endswith("table.def")]
    assert in_table == unit.marked("f")


def test_members_of_an_instantiated_template_are_those_of_the_template(indexes: Indexes) -> None:
    unit = indexes("""
        template <class T> struct Box { T $get{get$}() { return value; } T value; };
        int n = Box<int>().$get{get$}();
    """)
    assert unit.places("get") == unit.marked("get")


def test_a_virtual_call_is_dynamic(indexes: Indexes) -> None:
    unit = indexes("struct B { virtual void run(); }; void f(B &b) { b.run(); }")
    assert unit.roles("run")[1] & Role.DYNAMIC


def test_c_has_its_tags_fields_and_designators(indexes: Indexes) -> None:
    unit = indexes(
        """
        //- main.c
        struct point { int $x{x$}; };
        struct point origin = { .$x{x$} = 0 };
        int get(struct point *p) { return p->$x{x$}; }
        """,
        "main.c",
    )
    assert unit.places("x") == unit.marked("x")
    assert len(unit.places("point")) == 3


def test_objective_c_messages_are_references(indexes: Indexes) -> None:
    unit = indexes(
        """
        //- main.m
        @interface Thing
        - (int)$m{weigh$}:(int)unit;
        @end
        int f(Thing *thing) { return [thing $m{weigh$}:1]; }
        """,
        "main.m",
    )
    assert unit.places("weigh:") == unit.marked("m")
