"""What whoever moves code asks of a live TU: functions part by part, what statements share with the
function around them, what is visible where.

Places are 0-based lines and UTF-8 byte columns of the main file where nothing else is said. Types
are written so that they mean the same anywhere. The structs are written by C:
``clang/native/function_facts.c``, ``region.c``, ``visibility.c`` and ``pure_methods.c``.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

import msgspec

from cppls.core.live_questions import Question
from cppls.core.model import Position, Span


class FunctionFlag(IntFlag):
    """What a function is."""

    MEMBER = 1
    STATIC = 2
    """Of a class, or known to its file only."""
    CONST = 4
    PURE = 8
    GIVEN = 16
    """Deleted or defaulted."""
    TEMPLATE = 32
    """Itself, or something around it."""
    LOCAL = 64
    """Of a class in a function."""
    VARIADIC = 128
    """With C's ellipsis."""
    HIDDEN = 256
    """Something around it has no name."""
    MACRO = 512
    """A macro wrote a part of its declaration."""
    LINKAGE = 1024
    """In ``extern "C"``."""
    FRIEND = 2048


class Value(IntEnum):
    """What a function can return that has nothing to say."""

    NONE = 0
    DEFAULT = 1
    """``{}``."""
    SELF = 2
    """``*this``."""
    UNKNOWN = 3


class Parameter(msgspec.Struct, array_like=True, frozen=True):
    """``span`` is the whole of it, with its default; ``None`` where a macro wrote it."""

    name: str
    type: str
    span: Span | None


class Scope(msgspec.Struct, array_like=True, frozen=True):
    """A namespace or class; one without a name has an empty one."""

    name: str
    is_namespace: bool
    is_inline: bool


class Qualifier(msgspec.Struct, array_like=True, frozen=True):
    """``scope`` holds what the name that begins at ``at`` means; empty for the global one."""

    at: Span
    scope: str


class Elsewhere(msgspec.Struct, array_like=True, frozen=True):
    """A declaration in any file."""

    path: bytes
    span: Span


class Function(msgspec.Struct, array_like=True, frozen=True):
    """A declaration of a function; definitions are declarations.

    ``kind`` is a ``NodeKind``; ``body`` its braces. ``scopes`` lead from the outermost to the one
    that it belongs to. ``qualifiers`` are of the names in its result's type. ``outermost`` is the
    outermost class that it is written in, itself outside of classes. ``other`` is the first
    declaration, and of that the definition; ``None`` when the TU has none.
    """

    kind: int
    name: str
    flags: int
    span: Span
    name_span: Span
    body: Span | None
    result: str
    value: int
    parameters: list[Parameter]
    scopes: list[Scope]
    qualifiers: list[Qualifier]
    outermost: Span | None
    other: Elsewhere | None


class FunctionAt(Question[Function | None], tag="function_at", frozen=True):
    """The innermost function of the main file around a position."""

    position: Position


class RegionFlag(IntFlag):
    """Why statements cannot simply stand elsewhere."""

    RETURNS = 1
    LEAVES = 2
    """A ``break`` or ``continue`` of something around them."""
    LABELS = 4
    """``goto``, labels, cases of a ``switch`` around them."""
    NAMES = 8
    """They share names of types or functions with the function."""
    USINGS = 16
    """The function has using-declarations, or the like."""
    LAMBDA = 32
    """They are in a lambda."""
    PRIVATE = 64
    """They mention members that are not public."""
    MANY = 128
    """They mention more variables than were looked at."""


class LocalFlag(IntFlag):
    """How statements, the region, use a variable of their function."""

    USED = 1
    AFTER = 2
    """Used behind the region."""
    INSIDE = 4
    """Declared in it."""
    TOP = 8
    """By a statement of its own, in the region's outermost block."""
    CHANGED = 16
    """In the region, as far as one knows."""
    SHARED = 32
    """Something in the function may refer to it: a pointer, a reference, a lambda."""
    CONSTANT = 64
    """The compiler may need its value."""
    STATIC = 128
    UNWRITABLE = 256
    """Its type has a name that only the function knows."""


class TypeFact(IntFlag):
    """What is known to work with values of a type."""

    DEFAULT = 1
    """``return {};`` makes one."""
    MOVABLE = 2
    """A function can return a variable of it."""
    TRIVIAL = 4
    """Nothing happens when one dies."""
    SCALAR = 8


class Local(msgspec.Struct, array_like=True, frozen=True):
    """A variable or parameter: ``LocalFlag`` bits, and ``TypeFact`` bits of its type."""

    name: str
    type: str
    is_const: bool
    flags: int
    facts: int


class RegionFacts(msgspec.Struct, array_like=True, frozen=True):
    """``RegionFlag`` bits, and all variables that the function mentions."""

    flags: int
    locals: list[Local]


class Region(Question[RegionFacts | None], tag="region", frozen=True):
    """What the statements at ``span`` share with their function; ``None``: they are in none."""

    span: Span


class Visibility(msgspec.Struct, array_like=True, frozen=True):
    """Whether the first declaration of a function knows what its definition mentions.

    ``path`` and ``span`` are the declaration's; ``hidden`` is a name that is not known there, if
    any. The others are known as long as ``path`` includes ``files``.
    """

    path: bytes
    span: Span
    hidden: str
    files: list[bytes]


class VisibleAtDeclaration(Question[Visibility | None], tag="visible", frozen=True):
    """Of the definition around a position; ``None`` when there is none."""

    position: Position


class PureFlag(IntFlag):
    """What stands behind a method's parameters."""

    CONST = 1
    NOEXCEPT = 2
    LVALUE = 4
    RVALUE = 8
    CONVERSION = 16
    """Its name says what it returns."""


class PureMethod(msgspec.Struct, array_like=True, frozen=True):
    """A pure virtual method of a base; parameters are ``(name, type)``, flags ``PureFlag`` bits."""

    name: str
    result: str
    parameters: list[tuple[str, str]]
    flags: int
    access: str


class PureMethodsOf(msgspec.Struct, array_like=True, frozen=True):
    """What a class inherits and does not implement, the nearest bases first."""

    span: Span
    name_span: Span
    scope: str
    methods: list[PureMethod]


class PureMethods(Question[PureMethodsOf | None], tag="pure_methods", frozen=True):
    """Of the innermost class of the main file around a position."""

    position: Position
