"""Questions to a live TU about what an editor paints: colours, hints, ranges, the syntax tree.

As in ``live_questions.py``: 0-based lines, UTF-8 byte columns, structs "written by C" are encoded
by ``clang/native``.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from cppls.core.live_questions import Question
from cppls.core.model import Position, Span

TOKEN_TYPES: Final = (
    "variable",
    "variable",  # of a function
    "parameter",
    "function",
    "method",
    "function",  # a static method
    "property",
    "variable",  # a static member
    "class",
    "interface",
    "enum",
    "enumMember",
    "type",  # an alias
    "type",  # that depends on template parameters
    "unknown",
    "namespace",
    "typeParameter",
    "concept",
    "type",  # a builtin one
    "macro",
    "modifier",
    "operator",
    "bracket",
    "label",
    "comment",  # code that is not compiled
)
"""What the kinds of ``native/highlighting.h`` are called: clangd's legend."""

TOKEN_MODIFIERS: Final = (
    "declaration",
    "definition",
    "deprecated",
    "deduced",
    "readonly",
    "static",
    "abstract",
    "virtual",
    "dependentName",
    "defaultLibrary",
    "usedAsMutableReference",
    "usedAsMutablePointer",
    "constructorOrDestructor",
    "userDefined",
    "functionScope",
    "classScope",
    "fileScope",
    "globalScope",
)
"""What the bits of its modifiers are called, the lowest first: clangd's legend."""


class SemanticTokens(Question[bytes], tag="semantic_tokens", frozen=True):
    """The colours of the main file. Answered by five little-endian 32-bit numbers for each token:
    lines since the last one, columns since the last one on the line, length, the index of its
    type in ``TOKEN_TYPES``, a bit set of ``TOKEN_MODIFIERS``."""

    inactive: bool
    """Whether lines that the preprocessor skipped are tokens."""


class IncludedFile(msgspec.Struct, array_like=True, frozen=True):
    """Where an include directive leads. Written by C."""

    line: int
    """Of the directive."""
    path: bytes


class IncludedFiles(Question[list[IncludedFile]], tag="included_files", frozen=True):
    """Which files the main file's own directives include, by their lines."""


class HintKind(enum.IntEnum):
    """What a hint tells; the numbers are those of ``native/inlay_hints.h``."""

    TYPE = 1
    PARAMETER = 2
    DESIGNATOR = 3
    BLOCK_END = 4


class InlayHint(msgspec.Struct, array_like=True, frozen=True):
    """A text to show at a place inside the code. Written by C."""

    line: int
    column: int
    kind: int
    """A ``HintKind``."""
    label: str
    """``name:``, ``: int``, ``-> int``, ``.field=`` or ``// if x`` with a blank in front."""


class InlayHints(Question[list[InlayHint]], tag="inlay_hints", frozen=True):
    """The hints in the lines ``first`` to ``last``, both included, ordered by place."""

    first: int
    last: int
    kinds: list[HintKind]
    type_limit: int
    """Names of types are shorter than this; 0: of any length."""


class Enclosing(Question[list[Span]], tag="enclosing", frozen=True):
    """The ranges of the syntax tree that hold a place, outer ones first; they may overlap."""

    position: Position


class SyntaxNode(msgspec.Struct, array_like=True, frozen=True):
    """A node of the syntax tree, as clangd shows it. Written by C."""

    role: str
    """``declaration``, ``expression``, ``statement``, ``type`` ..."""
    kind: str
    """clang's class without its ending: ``CXXMethod``, ``DeclRef``, ``Compound``."""
    detail: str
    """Its name, sign or value; may be empty."""
    arcana: str
    span: Span | None
    """``None`` for what is not written in the main file."""
    children: list[SyntaxNode]


class SyntaxTree(Question[SyntaxNode | None], tag="syntax_tree", frozen=True):
    """The innermost node that holds a range, and all in it; ``None`` when there is none."""

    span: Span
