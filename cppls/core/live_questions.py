"""The questions that are asked of a live translation unit, and their answers.

A question is a struct that names the type of its answer, ``Question[A]``; whoever may ask a TU
writes ``await live.ask(SymbolAt(position))`` and has a ``SymbolsAt``. A new question is a struct
here (or in a file of its own beside this one), its place in ``live_messages.AnyQuestion``, and its
function of ``clang/native`` in ``clang/questions.py``. Places are 0-based lines and UTF-8 byte
columns. The structs marked "written by C" are encoded by ``clang/native``.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Generic, TypeVar, cast, get_args

import msgspec

from cppls.core.model import Position, Span, SymbolId

A = TypeVar("A")


class Question(msgspec.Struct, Generic[A], frozen=True):
    """Asked of the TU of one document; ``A`` is what its answer is."""


def decode_answer(question: Question[A], answer: bytes | msgspec.Raw) -> A:
    """What ``answer`` says to ``question``. Raises ``msgspec.DecodeError``."""
    return _decoder(type(question)).decode(answer)


@cache
def _decoder(question: type[Question[Any]]) -> msgspec.msgpack.Decoder[Any]:
    # Where Python keeps the ``Question[A]`` that a class statement was written with.
    (base,) = cast("Any", question).__orig_bases__
    return msgspec.msgpack.Decoder(*get_args(base))


# --- answers --------------------------------------------------------------------------------------


class TargetSymbol(msgspec.Struct, array_like=True, frozen=True):
    """A symbol that a token names. Written by C.

    Locations are those the TU itself knows; ``definition`` is empty (path ``b""``) when the TU
    holds none. ``local`` symbols (of a function, parameters, template parameters) are not in the
    index: the TU answers for them.
    """

    id: SymbolId
    name: str
    scope: str
    kind: int
    flags: int
    local: bool
    declaration_path: bytes
    declaration: Span
    definition_path: bytes
    definition: Span
    type_id: SymbolId
    """The symbol of the type it has (pointers, references, arrays taken off), 0 for none."""
    type_path: bytes
    type_span: Span
    roles: int
    """Of the occurrence under the cursor (a ``Role``)."""
    overridden: list[SymbolId]
    """What a virtual method overrides, directly."""
    usr: str = ""
    """clang's name of the symbol, the same in all TUs; empty for what has none (labels)."""
    pointee_id: SymbolId = 0
    """The symbol of what it points to as a smart pointer, 0 for none."""
    pointee_path: bytes = b""
    pointee_span: Span = Span(0, 0, 0, 0)


class SymbolsAt(msgspec.Struct, array_like=True, frozen=True):
    """The token's range, what it names, or the include's target. Written by C."""

    token: Span | None
    symbols: list[TargetSymbol]
    include: bytes
    """Real path that the ``#include`` under the cursor leads to; empty otherwise."""


class Spot(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One occurrence in the main file. Written by C."""

    line: int
    column: int
    length: int
    roles: int
    symbol: SymbolId
    container: SymbolId


class OutlineItem(msgspec.Struct, array_like=True, frozen=True):
    """A declaration of the main file and those inside it. Written by C."""

    name: str
    detail: str
    kind: int
    flags: int
    extent: Span
    selection: Span
    children: list[OutlineItem]


class Description(msgspec.Struct, array_like=True, frozen=True):
    """What there is to say about a token. Numbers are -1, texts empty where unknown. Written by C.

    ``definition`` is the declaration as source text, without its body; ``container`` the
    qualified name of what it is a member of; sizes in bytes, ``offset_bits`` that of a field.
    """

    token: Span
    name: str
    kind: int
    flags: int
    container: str
    type: str
    canonical_type: str
    definition: str
    value: str
    size: int
    align: int
    offset_bits: int
    documentation: str
    """The raw comment, with its comment marks."""
    path: bytes
    position: Position
    access: str
    """``public``, ``protected``, ``private`` or empty."""
    padding_bits: int = -1
    """Unused bits between a field and what follows it in its class."""
    result: str = ""
    """The type that a function returns."""
    parameters: list[str] = []
    """Of a function, as they are declared: type, name, default."""


# --- questions ----------------------------------------------------------------------------------


class SymbolAt(Question[SymbolsAt], tag="symbol_at", frozen=True):
    """Which symbols does the token at a position name?"""

    position: Position


class Occurrences(Question[list[Spot]], tag="occurrences", frozen=True):
    """Every occurrence of the symbols in the main file, ordered by position."""

    symbols: list[SymbolId]


class Outline(Question[list[OutlineItem]], tag="outline", frozen=True):
    """The declarations of the main file as a tree."""


class Describe(Question[Description | None], tag="describe", frozen=True):
    """All that hover shows of the token at a position; ``None`` where that names nothing."""

    position: Position


class Extract(Question[list[msgspec.Raw]], tag="extract", frozen=True):
    """What the index would hold of the main file, had it been saved: the parts of its
    ``messages.FileShard``, not decoded yet. Without includes and diagnostics."""
