"""What the server and a document host say to each other: open documents, parses, questions.

Frames as in ``core/messages.py``. A question about a document's TU (``core/live_questions.py``)
travels in an :class:`Ask`, its answer in an :class:`Answered`. Places are 0-based lines and UTF-8
byte columns. The structs marked "written by C" are encoded by ``clang/native``: a change here is a
change there.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from cppls.core.live_anatomy import Anatomy, Cases
from cppls.core.live_completion import Complete, Signatures
from cppls.core.live_painting import (
    Enclosing,
    IncludedFiles,
    InlayHints,
    SemanticTokens,
    SyntaxTree,
)
from cppls.core.live_questions import Describe, Extract, Occurrences, Outline, SymbolAt
from cppls.core.live_refactoring import FunctionAt, PureMethods, Region, VisibleAtDeclaration
from cppls.core.messages import Failed, Started, Trim, Trimmed
from cppls.core.model import Span

# --- documents ----------------------------------------------------------------------------------


class OpenDocument(msgspec.Struct, tag="open", frozen=True):
    """Hold a live TU for ``path`` from now on. Parsed by the ``Parse`` that follows."""

    path: bytes
    directory: bytes
    arguments: list[bytes]
    fallback: list[bytes] = []
    preambles: list[bytes] = []
    """Shared preambles to parse over, as in :class:`IndexJob`. The host proves that the TU means
    the same without them, again when it may not; see ``Parsed.declined``."""
    before: list[tuple[bytes, bytes]] = []
    """Of a header, what its includer has before it: texts, in order, under paths of no file. They
    are read first where the header does not stand on its own, which is tried once; without
    ``preambles``."""
    behind: bool = False
    """They are read first in any case: the header may mean something else then."""


class CloseDocument(msgspec.Struct, tag="close", frozen=True):
    """Dispose the TU of ``path``."""

    path: bytes


class SetOverlay(msgspec.Struct, tag="overlay", frozen=True):
    """The unsaved text of ``path`` (``None``: what is on disk counts again), for every TU."""

    path: bytes
    text: bytes | None


class Parse(msgspec.Struct, tag="parse", frozen=True):
    """Parse or reparse ``path`` with the present overlays; answered by ``Parsed``."""

    id: int
    path: bytes
    version: int


class Suspend(msgspec.Struct, tag="suspend", frozen=True):
    """Give back what the TU of ``path`` holds, until the next ``Parse``; no answer."""

    path: bytes


class LiveDiagnostic(msgspec.Struct, array_like=True, frozen=True):
    """A diagnostic of the TU, in any of its files. Written by C; see ``model.Diagnostic``."""

    path: bytes
    span: Span
    severity: int
    message: str
    code: str
    category: str
    notes: list[LiveNote]
    fixits: list[LiveEdit]


class LiveNote(msgspec.Struct, array_like=True, frozen=True):
    """A child of a diagnostic. Written by C."""

    path: bytes
    span: Span
    message: str
    fixits: list[LiveEdit]


class LiveEdit(msgspec.Struct, array_like=True, frozen=True):
    """A fix-it hint. Written by C."""

    path: bytes
    span: Span
    text: str


class Parsed(msgspec.Struct, tag="parsed", frozen=True):
    """Answer to ``Parse``. ``ok`` is false when libclang gave no TU; ``message`` says why."""

    id: int
    path: bytes
    version: int
    ok: bool
    message: str
    diagnostics: list[LiveDiagnostic]
    inactive: list[Span]
    """Regions that the preprocessor skipped."""
    includes: list[bytes]
    """Real paths of all files of the TU, the main file left out."""
    wall_seconds: float
    rss: int
    held: int = 0
    """Bytes: what the TU takes of ``rss``, roughly; 0 without a TU."""
    disk: int = 0
    """Bytes of the host's preamble files, all documents together."""
    crashed: bool = False
    """libclang crashed inside the parse, most likely out of memory, and the host lives on: what
    the parse had taken stays with the host."""
    grew: int = 0
    """Bytes by which the host's resident memory rose at the highest during a first parse, which
    makes the preamble; 0 for a parse over a preamble, and where the system does not tell."""
    include_lines: list[int] = []
    """For each of ``includes`` the 0-based line of the main file's directive that leads there; -1
    when a compiler option does (``-include``)."""
    in_context: bool = False
    """It was read behind ``OpenDocument.before``; nothing here is about those texts."""
    declined: bool = False
    """Over its shared preambles the TU would mean something else (or nobody can tell); ``message``
    says why, and it is not ``ok``. To be opened again without them."""


AnyQuestion: TypeAlias = (
    SymbolAt
    | Occurrences
    | Outline
    | Describe
    | Extract
    | Complete
    | Signatures
    | SemanticTokens
    | IncludedFiles
    | InlayHints
    | Enclosing
    | SyntaxTree
    | Anatomy
    | Cases
    | FunctionAt
    | Region
    | VisibleAtDeclaration
    | PureMethods
)


class Ask(msgspec.Struct, tag="ask", frozen=True):
    """A question about the document ``path``; answered by ``Answered`` or ``NoDocument``."""

    id: int
    path: bytes
    question: AnyQuestion


class Answered(msgspec.Struct, tag="answered", frozen=True):
    """``version`` is that of the text which the TU shows; ``answer`` is decoded by
    ``live_questions.decode_answer``."""

    id: int
    version: int
    answer: msgspec.Raw


class NoDocument(msgspec.Struct, tag="no_document", frozen=True):
    """Answer to a question about a document that is not open or has no TU (yet)."""

    id: int
    message: str


HostRequest: TypeAlias = OpenDocument | CloseDocument | SetOverlay | Parse | Suspend | Ask | Trim
HostReply: TypeAlias = Started | Failed | Parsed | Answered | NoDocument | Trimmed
