"""An expression becomes a variable that is declared before its statement."""

from __future__ import annotations

import re
from typing import Final

from cppls.core.live_anatomy import Node, NodeKind
from cppls.core.model import Edit, Position, Span, SymbolKind
from cppls.features.tweaks.selection import (
    EXTRACT,
    Edits,
    Offer,
    Selection,
    at,
    is_expression,
)

NAME: Final = "placeholder"
_C_SUFFIXES: Final = (".c", ".m")
_AGAIN: Final = (
    NodeKind.FOR,
    NodeKind.WHILE,
    NodeKind.DO,
    NodeKind.RANGE_FOR,
    NodeKind.LAMBDA,
    NodeKind.CASE,
    NodeKind.SIZEOF,
    NodeKind.STATIC_ASSERT,
)
"""What is in their heads is evaluated otherwise than once, before them; some of it never."""
_NEVER: Final = (130, 106, 107, 108, 110, 119, NodeKind.STRING, NodeKind.LAMBDA)
"""Literals by themselves (``CXCursorKind`` of booleans, numbers, characters, lists) and lambdas."""


_BUILTIN: Final = frozenset(
    "bool char short int long float double signed unsigned const wchar_t char8_t char16_t char32_t"
    " _Bool __int128 nullptr_t".split()
)


async def extract_variable(selection: Selection) -> Offer | None:
    """On an expression with a value, in a statement of a block."""
    expression = _expression(selection)
    statement = _statement(selection, expression) if expression is not None else None
    if expression is None or statement is None:
        return None
    if not _has_value(expression) or _is_target(selection, expression):
        return None
    if not _stands_alone(selection, expression):
        return None
    is_c = selection.path.endswith(_C_SUFFIXES)
    # A conversion has no characters of its own: what it converts may be an object.
    same = [node for node in selection.chain if node.span == expression.span]
    is_object = any(_is_object(node) for node in same)
    if is_c and is_object:
        return None

    async def edits() -> Edits:
        code = selection.code(expression.span)
        start = Position(statement.span.line, statement.span.column)
        indent = selection.indentation(start.line)
        kind = expression.type if is_c else "auto &" if is_object else "auto"
        space = "" if kind.endswith(("*", "&")) else " "
        declared = f"{kind}{space}{NAME} = {_bare(code)};\n{indent}"
        return selection.change(Edit(at(start), declared), Edit(expression.span, NAME))

    return Offer("Extract subexpression to variable", EXTRACT, edits)


def _expression(selection: Selection) -> Node | None:
    """The expression that is selected; for a cursor the smallest that is more than a name."""
    nodes = [node for node in selection.chain if is_expression(node)]
    if not nodes:
        return None
    smallest = nodes[-1]
    # What wraps it without a character of its own (conversions) is the same expression.
    same = [node for node in nodes if node.span == smallest.span]
    if selection.start == Position(selection.span.end_line, selection.span.end_column):
        calls = [node for node in nodes if node.kind == NodeKind.CALL]
        named = smallest.kind in (NodeKind.NAME_EXPRESSION, NodeKind.MEMBER_EXPRESSION)
        if named and calls and calls[-1].symbol == smallest.symbol:
            return calls[-1]
    return same[0]


def _statement(selection: Selection, expression: Node) -> Node | None:
    """The statement of a block before which the variable can stand."""
    place = selection.chain.index(expression)
    blocks = [n for n, node in enumerate(selection.chain[:place]) if node.kind == NodeKind.COMPOUND]
    if not blocks:
        return None
    between = selection.chain[blocks[-1] + 1 : place]
    if not between or between[0].span == expression.span:
        return None  # It is a statement by itself.
    if blocks[-1] and selection.chain[blocks[-1] - 1].kind == NodeKind.SWITCH:
        return None  # Later cases would jump over the variable.
    if any(node.kind in _AGAIN for node in between):
        return None
    if not all(_is_initialised(selection, node, expression) for node in between):
        return None
    ifs = [node for node in between if node.kind == NodeKind.IF]
    # The condition of an `else if`, and a branch without braces, come after something else.
    if len(ifs) > 1 or (ifs and expression not in _heads(between, expression)):
        return None
    return between[0]


def _is_initialised(selection: Selection, node: Node, expression: Node) -> bool:
    """Whether a variable around the expression gets its value from it, each time: not its type."""
    if node.kind != NodeKind.VARIABLE:
        return True
    start = Span(node.span.line, node.span.column, expression.span.line, expression.span.column)
    head = re.match(
        rf"(?P<type>.*?)\b{re.escape(node.name)}\s*(?:\[[^\]]*\]\s*)*[=({{]",
        selection.code(start),
        re.DOTALL,
    )
    return head is not None and not re.search(
        r"\b(?:static|constexpr|thread_local)\b", head["type"]
    )


def _heads(between: list[Node], expression: Node) -> list[Node]:
    """``expression`` when the first statement is an ``if`` in whose condition it stands."""
    statement = between[0]
    if statement.kind != NodeKind.IF:
        return [expression]
    inner = between[1] if len(between) > 1 else expression
    return [expression] if statement.children and statement.children[0] is inner else []


def _has_value(expression: Node) -> bool:
    if expression.kind in _NEVER or not expression.type or "(lambda" in expression.type:
        return False
    # A function's name, a type that only a template knows, nothing at all.
    return not re.search(r"^void$|\(\*?\)?\(|[^(]\)$|<bound member|<overloaded", expression.type)


def _is_object(expression: Node) -> bool:
    """Whether it names something that a copy is not the same as: of a class, or an array."""
    named = expression.kind in (NodeKind.NAME_EXPRESSION, NodeKind.MEMBER_EXPRESSION)
    if not named or expression.symbol_kind == SymbolKind.ENUM_CONSTANT:
        return False
    type = expression.canonical_type
    return not type.endswith("*") and not set(re.findall(r"\w+|\W", type)) - {" "} <= _BUILTIN


def _is_target(selection: Selection, expression: Node) -> bool:
    """Whether it is changed, or its address taken, where it stands."""
    end = Position(expression.span.end_line, expression.span.end_column)
    offset = selection.text.offset(end)
    behind = selection.text.data[offset : offset + 4].lstrip()
    start = selection.text.offset(Position(expression.span.line, expression.span.column))
    before = selection.text.data[max(start - 3, 0) : start].rstrip()
    changed = re.match(rb"(?:=(?!=)|(?:[-+*/%&|^]|<<|>>)=|\+\+|--)", behind) is not None
    return changed or before.endswith((b"++", b"--")) or re.search(rb"(?<!&)&$", before) is not None


def _stands_alone(selection: Selection, expression: Node) -> bool:
    """Whether its text is an expression elsewhere too: not a list in braces, ``a->`` that calls an
    operator, or what ``new`` makes."""
    code = selection.code(expression.span)
    start = selection.text.offset(Position(expression.span.line, expression.span.column))
    before = selection.text.data[max(start - 16, 0) : start]
    return not code.startswith("{") and not code.endswith(("->", ".")) and not _NEW.search(before)


_NEW: Final = re.compile(rb"\bnew\s*$")


def _bare(code: str) -> str:
    """Without parentheses around all of it."""
    if not code.startswith("(") or not code.endswith(")"):
        return code
    depth = 0
    for number, character in enumerate(code):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and number < len(code) - 1:
            return code
    return code[1:-1]
