"""The syntax around a selection, and the cases of a switch."""

from __future__ import annotations

import pytest

from cppls.core.live_anatomy import Anatomy, Cases, Node, NodeKind, SwitchCases
from cppls.core.model import Span, SymbolKind
from tests.clang.live import Live, Lives, ask, live

__all__ = ["live"]
"""The fixture, used by name."""


def test_the_nodes_that_cover_a_selection_have_their_children(live: Lives) -> None:
    it = live(
        """
        int other();
        namespace n {
        int $f{f(int a)$} { int b = a; return $0a + b$1; }
        int g() { return 1; }
        }
        """
    )
    chain = chain_of(it)
    assert [node.kind for node in chain] == [
        NodeKind.NAMESPACE,
        NodeKind.FUNCTION,
        NodeKind.COMPOUND,
        NodeKind.RETURN,
        NodeKind.BINARY_OPERATOR,
    ]
    namespace, function, block, _, addition = chain
    assert (namespace.name, function.name) == ("n", "f")
    assert [child.name for child in namespace.children] == ["f", "g"]
    assert namespace.children[1].children == [], "it does not cover the selection"
    assert [child.kind for child in block.children] == [
        NodeKind.DECLARATION_STATEMENT,
        NodeKind.RETURN,
    ]
    assert (addition.type, addition.span) == ("int", selected(it))
    left, right = addition.children
    assert (left.symbol_kind, right.symbol_kind) == (
        SymbolKind.PARAMETER,
        SymbolKind.LOCAL_VARIABLE,
    )


def test_what_a_macro_holds_takes_the_place_of_its_use(live: Lives) -> None:
    it = live("#define RETURN return\nint f() { $0RETURN 1$1; }")
    assert chain_of(it)[-1].kind == NodeKind.RETURN


@pytest.mark.parametrize("source", ["// $0a comment", '#include $0"a.h"', "int a; $0 int b;"])
def test_outside_of_declarations_there_is_nothing(live: Lives, source: str) -> None:
    it = live(source)
    assert ask(it.unit, Anatomy(selected(it))) is None


def test_what_a_header_holds_is_not_of_the_file(live: Lives) -> None:
    it = live(
        """
        //- a.h
        struct A { int m; };
        //- main.cpp
        #include "a.h"
        int $0x;
        """
    )
    (node,) = chain_of(it)
    assert (node.kind, node.name) == (NodeKind.VARIABLE, "x")


def test_cases_are_those_of_the_innermost_switch(live: Lives) -> None:
    it = live(
        """
        namespace n { enum class E { A, B, C = B, D }; }
        enum Plain { P, Q };
        int f(n::E e, Plain p) {
          switch (e) {
          case n::E::A:
            switch (p) { $1 case P: return 1; }
          case n::E::B: $0
            return 2;
          }
        $2  return 3;
        }
        """
    )
    found = [ask(it.unit, Cases(it.position(point))) for point in range(3)]
    assert found == [
        SwitchCases("n", "E", True, [("A", True), ("B", True), ("C", True), ("D", False)]),
        SwitchCases("", "Plain", False, [("P", True), ("Q", False)]),
        None,
    ]


def test_a_second_name_of_a_value_needs_no_case_of_its_own(live: Lives) -> None:
    it = live("enum E { A, B = A }; void f(E e) { switch (e) { $0 } }")
    found = ask(it.unit, Cases(it.position()))
    assert found is not None
    assert found.enumerators == [("A", False), ("B", True)]


def selected(it: Live) -> Span:
    """From ``$0`` to ``$1`` where there is one."""
    start = it.position(0)
    end = it.position(1) if "1" in it.fixture.points else start
    return Span(start.line, start.column, end.line, end.column)


def chain_of(it: Live) -> list[Node]:
    """The nodes that cover the selection, the outermost first."""
    node = ask(it.unit, Anatomy(selected(it)))
    chain: list[Node] = []
    while node is not None:
        chain.append(node)
        node = next((child for child in node.children if child.children), None) or next(
            (child for child in node.children if child.span == selected(it)), None
        )
    return chain
