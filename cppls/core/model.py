"""The vocabulary every floor shares: symbols, references, relations, files, diagnostics.

Conventions, here and everywhere below the LSP door:

* a line is 0-based; a column is 0-based and counts **UTF-8 bytes** from the start of its line;
* a path is an absolute ``str`` made by :func:`os.fsdecode` (undecodable bytes are surrogates);
* a symbol id is a signed 64-bit hash of the symbol's USR (see ``clang/native/hash.c``).

Values are frozen ``msgspec`` structs, so that the ones which cross a process boundary need no
second description: ``array_like`` structs are MessagePack arrays in field order.
"""

from __future__ import annotations

import enum
from typing import Final, TypeAlias

import msgspec

SymbolId = int
NO_SYMBOL: Final[SymbolId] = 0


class Role(enum.IntFlag):
    """What an occurrence does with its symbol.

    The bits up to ``IMPLICIT`` are libclang's ``CXSymbolRole``; ``UNDEFINITION`` is ours, for
    ``#undef``.
    """

    NONE = 0
    DECLARATION = 1
    DEFINITION = 2
    REFERENCE = 4
    READ = 8
    WRITE = 16
    CALL = 32
    DYNAMIC = 64
    ADDRESS_OF = 128
    IMPLICIT = 256
    UNDEFINITION = 512


class SymbolKind(enum.IntEnum):
    """Kinds of symbols: 0 to 27 are libclang's ``CXIdxEntityKind``, from 64 on they are ours.

    A number that is none of these comes from a newer libclang: it stands for ``UNEXPOSED``.
    """

    UNEXPOSED = 0
    TYPEDEF = 1
    FUNCTION = 2
    VARIABLE = 3
    FIELD = 4
    ENUM_CONSTANT = 5
    OBJC_CLASS = 6
    OBJC_PROTOCOL = 7
    OBJC_CATEGORY = 8
    OBJC_INSTANCE_METHOD = 9
    OBJC_CLASS_METHOD = 10
    OBJC_PROPERTY = 11
    OBJC_IVAR = 12
    ENUM = 13
    STRUCT = 14
    UNION = 15
    CLASS = 16
    NAMESPACE = 17
    NAMESPACE_ALIAS = 18
    STATIC_VARIABLE = 19
    STATIC_METHOD = 20
    METHOD = 21
    CONSTRUCTOR = 22
    DESTRUCTOR = 23
    CONVERSION = 24
    TYPE_ALIAS = 25
    INTERFACE = 26
    CONCEPT = 27
    MACRO = 64
    PARAMETER = 65
    LOCAL_VARIABLE = 66
    TEMPLATE_PARAMETER = 67
    LABEL = 68
    FILE = 69

    @classmethod
    def _missing_(cls, value: object) -> SymbolKind | None:
        return cls.UNEXPOSED if isinstance(value, int) else None


class SymbolFlag(enum.IntFlag):
    """Properties of one symbol record (a symbol as one file declares it)."""

    NONE = 0
    DEFINITION = 1
    """The record's position is that of the definition."""
    TEMPLATE = 2
    SPECIALISATION = 4
    """A partial or full specialisation, explicit."""
    FILE_LOCAL = 8
    """Internal linkage: not visible to other translation units."""
    VIRTUAL = 16
    PURE = 32
    STATIC = 64
    CONST = 128
    DEPRECATED = 256
    IMPLICIT = 512
    ANONYMOUS = 1024
    FUNCTION_LIKE = 2048
    """A macro that takes arguments."""
    SCOPED_ENUM = 4096


class RelationKind(enum.IntEnum):
    """A relation reads ``subject KIND object``."""

    BASE_OF = 1
    """subject is a direct base class (or adopted protocol) of object."""
    OVERRIDDEN_BY = 2
    """subject is a method that object overrides directly."""
    SPECIALISED_BY = 3
    """subject is the template that object specialises."""


class Severity(enum.IntEnum):
    """libclang's ``CXDiagnosticSeverity``."""

    IGNORED = 0
    NOTE = 1
    WARNING = 2
    ERROR = 3
    FATAL = 4


class Position(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """A point in a file: 0-based line, 0-based UTF-8 byte column."""

    line: int
    column: int


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """A half-open range: 0-based lines, 0-based UTF-8 byte columns, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def contains(self, position: Position) -> bool:
        """Whether ``position`` lies in the span or directly behind its last character."""
        start, end = (self.line, self.column), (self.end_line, self.end_column)
        return start <= (position.line, position.column) <= end


class Location(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A span in a file."""

    path: str
    span: Span


def qualified(scope: str, name: str) -> str:
    """``scope::name``, or just the name in the global scope."""
    return f"{scope}::{name}" if scope else name


class Symbol(msgspec.Struct, frozen=True):
    """A symbol as the index knows it: one record, or several files' records merged.

    ``scope`` is the qualified name of what contains it (``"z3::util"``, empty for the global
    one); ``signature`` the rest of the declaration as a reader wants it (``"(int v) -> int"``,
    a variable's type, a macro's parameters); ``declaration`` the name token's place in the file
    that declares it best; ``definition`` that of the definition, where one is known.
    """

    id: SymbolId
    name: str
    scope: str
    kind: SymbolKind
    flags: SymbolFlag
    signature: str
    brief: str
    declaration: Location | None = None
    definition: Location | None = None
    extent: Span | None = None
    """Of the whole declaration, in the file of ``definition or declaration``."""

    @property
    def qualified_name(self) -> str:
        """``scope::name``."""
        return qualified(self.scope, self.name)


class Reference(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a symbol: the exact range of its token, its roles, what contains it."""

    path: str
    span: Span
    roles: Role
    container: SymbolId = NO_SYMBOL


class Relation(msgspec.Struct, frozen=True, gc=False):
    """``subject`` KIND ``object``; see :class:`RelationKind`."""

    subject: SymbolId
    kind: RelationKind
    object: SymbolId


class Include(msgspec.Struct, frozen=True):
    """An ``#include`` directive; ``target`` is empty when it did not resolve."""

    span: Span
    spelled: str
    angled: bool
    target: str


class Edit(msgspec.Struct, frozen=True, array_like=True):
    """Replace ``span`` by ``text``."""

    span: Span
    text: str


class Note(msgspec.Struct, frozen=True, array_like=True):
    """A diagnostic's child: says more about it, maybe in another file."""

    path: str
    span: Span
    message: str


class FixIt(msgspec.Struct, frozen=True, array_like=True):
    """A correction that the compiler proposes: all edits together, in one file."""

    title: str
    edits: list[Edit]


class Diagnostic(msgspec.Struct, frozen=True):
    """One diagnostic of a file; ``code`` is the warning option (``-Wunused``) or empty."""

    path: str
    span: Span
    severity: Severity
    message: str
    code: str = ""
    notes: list[Note] = []
    fixits: list[FixIt] = []
    tags: list[str] = []
    """``"unnecessary"`` or ``"deprecated"``."""


class FileStatus(enum.IntEnum):
    """How the last attempt to index a file as a translation unit ended."""

    NONE = 0
    """Never tried as a translation unit of its own (a header, or new)."""
    INDEXED = 1
    FAILED = 2
    """No parse succeeded, not even with fewer flags."""
    CRASHED = 3
    """The worker died twice over it: set aside until its content or flags change."""
    UNREADABLE = 4
    QUARANTINED = 5
    """It needs more memory than the budget leaves: set aside until its content or flags change."""


class FileInfo(msgspec.Struct, frozen=True):
    """A file's row: identity by path and content, who claimed it, what it cost."""

    path: str
    content_hash: int
    flags_hash: int
    size: int
    mtime_ns: int
    ascii: bool
    is_translation_unit: bool
    status: FileStatus
    claimed_by: str
    """Path of the translation unit that extracted it; empty when none has."""
    cpu_seconds: float
    peak_rss: int
    """Bytes, of the worker while it parsed this translation unit."""
    errors: int
    message: str
    """Why it failed, for a reader; empty when it did not."""


class IndexCounts(msgspec.Struct, frozen=True):
    """What an index holds, for ``cppls status`` and ``cppls index``."""

    translation_units: int
    failed: int
    files: int
    symbols: int
    references: int
    index_bytes: int


Statistics: TypeAlias = "dict[str, int | float | str | bool | Statistics | list[Statistics] | None]"
"""What every queue, cache and process answers to ``statistics()``: plain data, ready for JSON."""
