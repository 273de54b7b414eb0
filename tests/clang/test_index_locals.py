"""What functions declare that others may know of: classes, and using-declarations."""

from __future__ import annotations

import pytest

from cppls.core.model import RelationKind, Role
from tests.clang.conftest import Indexes

REPORTER = """
    struct $base{Base$} { virtual void $up{run$}(); int size; };
    int helper();
    int outer(int parameter) {
      int local = parameter;
      struct $class{Reporter$} : $base{Base$} {
        int $field{count$};
        void $over{run$}() override { $field{count$} += helper(); }
      };
      Reporter reporter;
      reporter.$field{count$} = local;
      return helper();
    }
"""


def test_a_class_inside_of_a_function_is_known_with_its_members(indexes: Indexes) -> None:
    unit = indexes(REPORTER)
    assert unit.symbol("outer::Reporter").scope == "outer"
    assert unit.places("outer::Reporter::count") == unit.marked("field")
    assert unit.places("outer::Reporter::run") == unit.marked("over")


def test_its_bases_and_what_it_overrides_are_related(indexes: Indexes) -> None:
    unit = indexes(REPORTER)
    relations = {(each.subject, each.kind, each.object) for each in unit.file("main.cpp").relations}
    over = unit.symbol("outer::Reporter::run").id
    up = unit.symbol("Base::run").id
    assert (up, RelationKind.OVERRIDDEN_BY, over) in relations
    base, derived = unit.symbol("Base").id, unit.symbol("outer::Reporter").id
    assert (base, RelationKind.BASE_OF, derived) in relations


def test_what_its_methods_use_is_used_by_the_function_around_it(indexes: Indexes) -> None:
    unit = indexes(REPORTER)
    outer = unit.symbol("outer").id
    _, *used = unit.occurrences(unit.symbol("helper").id)
    assert [spot.container for spot in used] == [outer, outer]


def test_variables_aliases_enumerations_and_lambdas_are_left_to_the_live_unit(
    indexes: Indexes,
) -> None:
    unit = indexes("""
        int outer(int parameter) {
          struct Named { int field; };
          typedef int Number;
          using Alias = int;
          enum Colour { Red };
          struct { int inner; } nameless;
          Number local = parameter + Red + nameless.inner;
          auto lambda = [&](Alias a) { return a + local; };
          return lambda(1);
        }
    """)
    names = {record.name for record in unit.file("main.cpp").symbols}
    assert names == {"outer", "Named", "field"}


@pytest.mark.parametrize(
    "body",
    [
        "using n::$use{twice$}; return twice(1);",
        "{ using ::n :: $use{twice$} ; } return 1;",
        "auto f = [] { using n::$use{twice$}; }; return 1;",
    ],
)
def test_a_using_declaration_inside_of_a_function_is_a_use(indexes: Indexes, body: str) -> None:
    unit = indexes(f"namespace n {{ int $use{{twice$}}(int v); }}\nint outer() {{ {body} }}\n")
    assert set(unit.marked("use")) <= set(unit.places("twice"))
    using = unit.occurrences(unit.symbol("twice").id)[1]
    assert using.roles == Role.REFERENCE
    assert using.container == unit.symbol("outer").id


def test_a_headers_functions_are_looked_into_too(indexes: Indexes) -> None:
    unit = indexes("""
        //- a.h
        namespace n { int twice(int v); }
        inline int in_header() {
          using n::twice;
          struct Inner { int field; };
          return twice(Inner{1}.field);
        }
        //- main.cpp
        #include "a.h"
        int x = in_header();
    """)
    assert [record.name for record in unit.symbols("in_header::Inner")] == ["Inner"]


def test_macros_inside_of_such_a_function_stand_in_it(indexes: Indexes) -> None:
    unit = indexes("""
        #define ONE 1
        int outer() {
          struct Inner { int method() { return ONE; } };
          return ONE;
        }
    """)
    _, *used = unit.occurrences(unit.symbol("ONE").id)
    assert [spot.container for spot in used] == [unit.symbol("outer").id] * 2
