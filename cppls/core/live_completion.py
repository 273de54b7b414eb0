"""Completion and signature help: asked of a live TU while its text is being typed.

These questions bring the newest text of their file along, whatever text the TU shows: only what
lies before the first declaration (the includes) is taken from its last parse. The structs marked
"written by C" are encoded by ``clang/native/complete*.c`` and ``signatures.c``.
"""

from __future__ import annotations

import enum

import msgspec

from cppls.core.live_questions import Question
from cppls.core.model import Position, Span


class CompletionFlag(enum.IntFlag):
    """Properties of an item; ``COMPLETION_*`` of ``native/completion.h``."""

    NONE = 0
    DEPRECATED = 1
    OVERRIDE = 2
    """A whole declaration, which overrides one of a base class."""
    PATTERN = 4
    """A keyword with what follows it, or with what it is written in."""
    CALLABLE = 8
    FIXED = 16
    """The text before it has to be mended: ``.`` to ``->``."""


class CompletionContext(enum.IntFlag):
    """What is expected at a place; some of libclang's ``CXCompletionContext``."""

    NONE = 0
    TYPE = 1
    VALUE = 2
    DOT_MEMBER = 0x20
    ARROW_MEMBER = 0x40
    NAMESPACE = 0x1000
    QUALIFIED = 0x2000
    """Behind a ``::``."""
    INCLUDED_FILE = 0x100000


class CompletionEdit(msgspec.Struct, array_like=True, frozen=True):
    """An edit of other text that an item needs. Written by C."""

    span: Span
    text: str


class CompletionItem(msgspec.Struct, array_like=True, frozen=True):
    """What may be written. Written by C.

    ``qualifier name signature`` is how it reads: ``ns::Color::`` ``Red``, or ``run``
    ``(int a) const``. ``snippet`` is what to insert, with the placeholders of an LSP snippet.
    """

    score: int
    """Thousandths of a natural logarithm of how likely it is: differences count."""
    overloads: int
    """Others of the same name that it stands for."""
    name: str
    kind: int
    """libclang's ``CXCursorKind``; 72 (not implemented) for keywords and files."""
    flags: int
    qualifier: str
    signature: str
    type: str
    """Of a value, or of what a function returns."""
    snippet: str
    scope: str
    """The qualified name of what it is a member of."""
    brief: str
    edits: list[CompletionEdit]


class Completions(msgspec.Struct, array_like=True, frozen=True):
    """The likeliest first. Written by C."""

    identifier: Span
    """What is replaced: the identifier (or the part of a path) that the position is in."""
    contexts: int
    """``CompletionContext``, with bits that it does not name; 0 in comments and literals."""
    next_sign: str
    """The character behind the identifier and blanks."""
    more: bool
    """Others match, but are less likely."""
    items: list[CompletionItem]
    scopes: list[str]
    """The namespaces whose names need no qualifier here, the global one left out: those that are
    open, those of using-directives."""


class Signature(msgspec.Struct, array_like=True, frozen=True):
    """A function that is called. Written by C.

    ``parameters`` are ranges of ``label``, in UTF-8 bytes; ``current`` is the one that the
    position is in, -1 when there are too many arguments.
    """

    label: str
    parameters: list[tuple[int, int]]
    current: int
    brief: str


class Complete(Question[Completions], tag="complete", frozen=True):
    """What may stand at a position of ``text``? At the most ``limit`` items."""

    position: Position
    text: bytes
    limit: int


class Signatures(Question[list[Signature]], tag="signatures", frozen=True):
    """What is called where a position of ``text`` is an argument?"""

    position: Position
    text: bytes
