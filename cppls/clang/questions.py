"""Questions to a live translation unit, as calls into the C library.

One line for each struct of ``core/live_questions.py``: which function of ``native/live.h`` answers
it, and with which of its values. An answer stays the MessagePack that C wrote: who asked decodes
it. Must not know documents, lanes or processes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from cppls.clang import library
from cppls.clang.unsaved import UnsavedFiles
from cppls.core.live_anatomy import Anatomy, Cases
from cppls.core.live_completion import Complete, Signatures
from cppls.core.live_messages import AnyQuestion
from cppls.core.live_painting import (
    Enclosing,
    IncludedFiles,
    InlayHints,
    SemanticTokens,
    SyntaxTree,
)
from cppls.core.live_questions import Describe, Extract, Occurrences, Outline, SymbolAt
from cppls.core.live_refactoring import FunctionAt, PureMethods, Region, VisibleAtDeclaration

_OUT_OF_MEMORY: Final = 2


class Questions:
    """The functions that answer, with their signatures; without state."""

    def __init__(self, native: ctypes.CDLL) -> None:
        def declare(name: str, *parameters: str) -> Any:
            every = ("pointer", *parameters, "pointer")
            return library.declare(native, f"cppls_live_{name}", ctypes.c_int, *every)

        self._symbol_at = declare("symbol_at", "unsigned", "unsigned")
        self._occurrences = declare("occurrences", "pointer", "unsigned")
        self._outline = declare("outline")
        self._describe = declare("describe", "unsigned", "unsigned")
        self._extract = declare("shard")
        self._complete = declare("complete", *["unsigned"] * 3, "pointer", "unsigned")
        self._signatures = declare("signatures", *["unsigned"] * 2, "pointer", "unsigned")
        self._semantic_tokens = declare("semantic_tokens", "unsigned")
        self._inlay_hints = declare("inlay_hints", *["unsigned"] * 4)
        self._enclosing = declare("enclosing", *["unsigned"] * 2)
        self._syntax_tree = declare("syntax_tree", *["unsigned"] * 4)
        self._included_files = declare("included_files")
        self._anatomy = declare("anatomy", *["unsigned"] * 4)
        self._switch_cases = declare("switch_cases", *["unsigned"] * 2)
        self._function = declare("function", *["unsigned"] * 2)
        self._region = declare("region", *["unsigned"] * 4)
        self._visibility = declare("visibility", *["unsigned"] * 2)
        self._pure_methods = declare("pure_methods", *["unsigned"] * 2)
        self._free = library.declare(native, "cppls_buffer_free", None, "pointer")

    def ask(
        self, live: Any, question: AnyQuestion, path: bytes, overlays: Mapping[bytes, bytes]
    ) -> bytes:
        """What the unit of ``path`` behind the handle ``live``, which is parsed, answers:
        MessagePack. ``overlays``: see ``LiveUnit.ask``."""
        match question:
            case SymbolAt(position):
                return self.fill(self._symbol_at, live, position.line, position.column)
            case Occurrences(symbols):
                ids = (ctypes.c_int64 * len(symbols))(*symbols)
                return self.fill(self._occurrences, live, ids, len(symbols))
            case Outline():
                return self.fill(self._outline, live)
            case Describe(position):
                return self.fill(self._describe, live, position.line, position.column)
            case Extract():
                return self.fill(self._extract, live)
            case Complete(position, text, limit):
                at = (position.line, position.column, limit)
                unsaved = _with_text(path, text, overlays)
                return self.fill(self._complete, live, *at, unsaved.array, unsaved.count)
            case Signatures(position, text):
                at = (position.line, position.column)
                unsaved = _with_text(path, text, overlays)
                return self.fill(self._signatures, live, *at, unsaved.array, unsaved.count)
            case SemanticTokens(inactive):
                return self.fill(self._semantic_tokens, live, inactive)
            case Anatomy(span):
                places = (span.line, span.column, span.end_line, span.end_column)
                return self.fill(self._anatomy, live, *places)
            case Cases(position):
                return self.fill(self._switch_cases, live, position.line, position.column)
            case FunctionAt(position):
                return self.fill(self._function, live, position.line, position.column)
            case Region(span):
                return self.fill(self._region, live, *msgspec.structs.astuple(span))
            case VisibleAtDeclaration(position):
                return self.fill(self._visibility, live, position.line, position.column)
            case PureMethods(position):
                return self.fill(self._pure_methods, live, position.line, position.column)
            case InlayHints(first, last, kinds, limit):
                wanted = sum(1 << kind for kind in kinds)
                return self.fill(self._inlay_hints, live, first, last, wanted, limit)
            case Enclosing(position):
                return self.fill(self._enclosing, live, position.line, position.column)
            case SyntaxTree(span):
                return self.fill(self._syntax_tree, live, *msgspec.structs.astuple(span))
            case IncludedFiles():
                return self.fill(self._included_files, live)

    def fill(self, function: Any, *arguments: Any) -> bytes:
        """What ``function`` writes into the buffer that is its last parameter."""
        buffer = _Buffer()
        try:
            status = function(*arguments, ctypes.byref(buffer))
            if status == _OUT_OF_MEMORY:
                raise MemoryError("no memory for an answer of a live translation unit")
            assert status == 0, f"the C library answered {status}"
            return ctypes.string_at(buffer.bytes or 0, buffer.size)
        finally:
            self._free(ctypes.byref(buffer))


def _with_text(path: bytes, text: bytes, overlays: Mapping[bytes, bytes]) -> UnsavedFiles:
    """``text`` first, as that of ``path``; then the overlays of other files."""
    return UnsavedFiles({path: text} | {**overlays, path: text})


class _Buffer(ctypes.Structure):
    """``struct buffer`` of native/pack.h."""

    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("capacity", ctypes.c_size_t),
        ("failed", ctypes.c_bool),
    )
    bytes: int | None
    size: int
