"""What whoever moves code is told by a live TU."""

from __future__ import annotations

from cppls.core.live_refactoring import FunctionAt, FunctionFlag, PureMethods, Value
from tests.clang.live import Lives, ask, live

__all__ = ["live"]
"""The fixture, used by name."""


def test_a_function_is_told_part_by_part(live: Lives) -> None:
    it = live("namespace n { struct S { S &f(int a = 1) const; static int $0g() { return 1; } }; }")
    found = ask(it.unit, FunctionAt(it.fixture.point().position))
    assert found is not None
    assert (found.name, found.result, found.value) == ("g", "int", Value.DEFAULT)
    assert found.flags == FunctionFlag.MEMBER | FunctionFlag.STATIC
    assert [scope.name for scope in found.scopes] == ["n", "S"]
    assert found.body is not None
    assert found.other is None


def test_pure_methods_of_instantiations_have_their_types(live: Lives) -> None:
    it = live("template <class T> struct P { virtual T f(T t) = 0; }; struct $0D : P<int> {};")
    found = ask(it.unit, PureMethods(it.fixture.point().position))
    assert found is not None
    assert [(each.result, each.name, each.parameters) for each in found.methods] == [
        ("int", "f", [("t", "int")])
    ]
