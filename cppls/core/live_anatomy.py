"""The syntax around a selection: asked by whoever is about to change code.

Places are 0-based lines and UTF-8 byte columns of the main file. The structs marked "written by C"
are encoded by ``clang/native/anatomy.c``.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from cppls.core.live_questions import Question
from cppls.core.model import Position, Span, SymbolId


class NodeKind(IntEnum):
    """Those of libclang's ``CXCursorKind`` that mean something to us; see clang-c/Index.h."""

    OTHER = 0
    STRUCT = 2
    UNION = 3
    CLASS = 4
    ENUM = 5
    FIELD = 6
    FUNCTION = 8
    VARIABLE = 9
    PARAMETER = 10
    METHOD = 21
    NAMESPACE = 22
    CONSTRUCTOR = 24
    DESTRUCTOR = 25
    CONVERSION = 26
    FUNCTION_TEMPLATE = 30
    CLASS_TEMPLATE = 31
    CLASS_PARTIAL_SPECIALISATION = 32
    BASE = 44
    TYPE_REFERENCE = 43
    TEMPLATE_REFERENCE = 45
    NAMESPACE_REFERENCE = 46
    UNEXPOSED_EXPRESSION = 100
    NAME_EXPRESSION = 101
    MEMBER_EXPRESSION = 102
    CALL = 103
    STRING = 109
    PARENTHESES = 111
    BINARY_OPERATOR = 114
    COMPOUND_ASSIGNMENT = 115
    SIZEOF = 136
    """And ``alignof``: ``CXCursor_UnaryExpr``."""
    LAMBDA = 144
    COMPOUND = 202
    CASE = 203
    DEFAULT = 204
    IF = 205
    SWITCH = 206
    WHILE = 207
    DO = 208
    FOR = 209
    GOTO = 210
    CONTINUE = 212
    BREAK = 213
    RETURN = 214
    RANGE_FOR = 225
    DECLARATION_STATEMENT = 231
    STATIC_ASSERT = 602


class Node(msgspec.Struct, array_like=True, frozen=True):
    """A declaration, statement, expression or reference. Written by C.

    ``kind`` is a ``CXCursorKind``; ``symbol`` and ``symbol_kind`` (a ``SymbolKind``) say what it
    declares or names, 0 for nothing. A node that covers the selection has all its ``children`` that
    stand in the main file, any other has none.
    """

    kind: int
    span: Span
    name: str
    type: str
    canonical_type: str
    symbol: SymbolId
    symbol_kind: int
    children: list[Node]


class Anatomy(Question[Node | None], tag="anatomy", frozen=True):
    """The outermost declaration of the main file that covers a selection; ``None`` without one."""

    span: Span


class SwitchCases(msgspec.Struct, array_like=True, frozen=True):
    """What a ``switch`` over an enum has cases of. Written by C.

    ``scope`` is the qualified name of what holds the enum ``name``; ``enumerators`` come in their
    order, with whether there is a case of each's value, or an enumerator of it before.
    """

    scope: str
    name: str
    scoped: bool
    enumerators: list[tuple[str, bool]]


class Cases(Question[SwitchCases | None], tag="cases", frozen=True):
    """The cases of the innermost ``switch`` around a position; ``None``: of none over an enum."""

    position: Position
