"""One live translation unit: the parsed state of an open file, and the questions asked of it.

A thin, typed cover over ``native/live.h``. A :class:`LiveUnit` is used from one thread at a time,
different units from different threads; a call into the C library lets go of the GIL. Must not
know who asks, nor when a parse is worth doing.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cppls.clang import library
from cppls.clang.evidence import Evidence
from cppls.clang.preambles import UnitFolder
from cppls.clang.questions import Questions
from cppls.clang.unsaved import UnsavedFiles
from cppls.core.live_messages import AnyQuestion, LiveDiagnostic
from cppls.core.live_questions import Extract
from cppls.core.model import Span, Statistics

_REASONS: Final = {
    1: "libclang could not parse it with these flags",
    2: "libclang crashed on it",
    3: "libclang does not accept these flags",
    4: "a precompiled file could not be read",
}
"""By ``CXErrorCode``."""


_CRASHED: Final = 2
_DECLINED: Final = 100
"""``LIVE_DECLINED`` of ``native/live.h``."""

_HELD_FIXED: Final = 2 << 20
_HELD_PER_BYTE: Final = 0.85
"""Resident bytes of a TU are about ``_HELD_FIXED`` and so much for each byte that libclang counts,
which counts its preamble in full. Measured on files of leveldb and z3 (4 to 31 MB each): within
20 %."""


class NoTranslationUnit(Exception):
    """The unit was never parsed, its parse failed, or it is suspended; the text says which."""


class Report(msgspec.Struct, frozen=True):
    """How a parse went. ``ok`` is false when there is no TU; ``message`` says why, or what had to
    be left out."""

    ok: bool
    message: str
    diagnostics: list[LiveDiagnostic] = []
    inactive: list[Span] = []
    includes: list[bytes] = []
    include_lines: list[int] = []
    wall_seconds: float = 0.0
    declined: bool = False
    """There is none because it would mean something else over the shared preambles."""
    in_context: bool = False
    """It is a header that is parsed behind the text of its includer: see ``header_unit``."""
    crashed: bool = False
    """libclang crashed (or ran out of memory) inside the parse and the process lives on: what the
    parse had taken is lost to it."""


class _RawReport(msgspec.Struct, array_like=True, frozen=True):
    diagnostics: list[LiveDiagnostic]
    inactive: list[Span]
    includes: list[bytes]
    include_lines: list[int]


class LiveContext:
    """What all live units of a process share: the libraries, and the folder for preambles."""

    def __init__(self, libraries: library.Library, preambles: str = "") -> None:
        self.preambles: Final = os.fsencode(preambles)
        self.version: Final = libraries.version
        self.resource_dir: Final = os.fsencode(libraries.resource_dir)
        self.api: Final = libraries.api
        self.functions: Final = _Functions(libraries.native)
        self.questions: Final = Questions(libraries.native)

    @classmethod
    def open(cls, preambles: str = "") -> LiveContext:
        """Load the libraries. ``preambles`` is an existing private folder; empty: libclang's
        default, the folder for temporary files. Raises ``library.LibraryError``."""
        return cls(library.load(), preambles)


class LiveUnit:
    """The live TU of one file; holds no parse until :meth:`parse`."""

    def __init__(
        self,
        context: LiveContext,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        fallback: Sequence[bytes] = (),
        preambles: Sequence[bytes] = (),
    ) -> None:
        """``preambles``: see ``messages.OpenDocument``."""
        self._context = context
        self._path = path
        self._directory = directory
        self._arguments = arguments
        self._fallback = fallback
        self._preambles = preambles
        self._evidence: Evidence | None = None
        self._parsed = self._suspended = False
        self._why_not = "it was not parsed yet"
        self._parses = self._reparses = self._proofs = self._questions = 0
        self._parse_seconds = 0.0
        self._held = 0
        self._extracted = b""
        functions = context.functions
        self._folder = UnitFolder(os.fsdecode(context.preambles))
        storage = os.fsencode(self._folder.path) or context.preambles
        handle = functions.new(context.api, path, directory, storage)
        if not handle:
            raise MemoryError("no memory for a live translation unit")
        self._handle: ctypes.c_void_p | None = ctypes.c_void_p(handle)

    def parse(self, overlays: Mapping[bytes, bytes]) -> Report:
        """Parse, or parse again, with ``overlays`` (path to unsaved text) in place of files.

        A parse that fails outright is tried with the fallback arguments; over shared preambles
        nothing else is tried. Never raises for what is in the files.
        """
        started = time.perf_counter()
        self._extracted = b""
        report = self._parse(overlays)
        self._suspended = False
        self._parsed = report.ok
        self._folder.drop_pages()
        self._held = self._measure()
        self._why_not = report.message
        seconds = time.perf_counter() - started
        self._parse_seconds += seconds
        return msgspec.structs.replace(report, wall_seconds=seconds)

    def suspend(self) -> None:
        """Give back most of what the TU holds; the next :meth:`parse` brings it back."""
        if self._parsed and not self._suspended:
            self._context.functions.suspend(self._handle)
            self._folder.drop_pages()
            self._suspended = True
            self._extracted = b""
            self._held = 0

    def close(self) -> None:
        """Give back everything. Nothing may be asked afterwards."""
        self._context.functions.free(self._handle)
        self._folder.remove()
        self._handle = None
        self._parsed = False
        self._why_not = "it was closed"

    @property
    def parsed(self) -> bool:
        """Whether the last parse gave a TU; a suspended one counts."""
        return self._parsed

    @property
    def held(self) -> int:
        """Resident bytes that the TU takes, roughly; 0 without one or while it is suspended."""
        return self._held

    def ask(self, question: AnyQuestion, overlays: Mapping[bytes, bytes] | None = None) -> bytes:
        """The answer, for ``live_questions.decode_answer``. Raises :class:`NoTranslationUnit`.

        ``overlays`` are the unsaved texts of other files for a question that brings a text along.
        """
        if not self._parsed or self._suspended:
            why = "it is suspended" if self._suspended else self._why_not
            raise NoTranslationUnit(f"no translation unit of {os.fsdecode(self._path)}: {why}")
        self._questions += 1
        if not isinstance(question, Extract):
            return self._context.questions.ask(self._handle, question, self._path, overlays or {})
        # Asked with every letter of a name that is searched for.
        if not self._extracted:
            self._extracted = self._context.questions.ask(
                self._handle, question, self._path, overlays or {}
            )
        return self._extracted

    def statistics(self) -> Statistics:
        """Counts of parses and questions, seconds spent parsing, and the state."""
        return {
            "parsed": self._parsed,
            "suspended": self._suspended,
            "parses": self._parses,
            "reparses": self._reparses,
            "questions": self._questions,
            "parse_seconds": round(self._parse_seconds, 3),
            "held": self._held,
            "completion_bytes": self._completion_bytes(),
            "over_preambles": len(self._preambles),
            "proofs": self._proofs,
        }

    def _parse(self, overlays: Mapping[bytes, bytes]) -> Report:
        if self._path not in overlays and (problem := _unreadable(self._path)):
            return Report(False, problem)
        unsaved = UnsavedFiles(overlays)
        error, message = 0, ""
        evidence = Evidence(self._path, overlays)
        if self._preambles and not evidence.repeats(self._evidence):
            error, message = self._prove(unsaved)
        if not error:
            parse = self._parse_over if self._preambles else self._parse_alone
            error, message = parse(unsaved)
        if error:
            reason = message or _REASONS.get(error, f"libclang's error {error}")
            message = f"{os.fsdecode(self._path)}: {reason}"
            crashed, declined = error == _CRASHED, error == _DECLINED
            return Report(False, message, crashed=crashed, declined=declined)
        questions = self._context.questions
        report = questions.fill(self._context.functions.report, self._handle)
        raw = msgspec.msgpack.decode(report, type=_RawReport)
        if self._preambles:
            self._evidence = evidence.of(raw.includes)
        return Report(True, message, raw.diagnostics, raw.inactive, raw.includes, raw.include_lines)

    def _parse_alone(self, unsaved: UnsavedFiles) -> tuple[int, str]:
        """libclang's error, 0 for none; what had to be left out."""
        error = self._reparse(unsaved) if self._parsed else 1
        # After a crash nothing more is tried: it would come again, and each leaves memory behind.
        if error not in (0, _CRASHED):
            error = self._parse_anew(self._arguments, unsaved)
        if error in (0, _CRASHED) or not self._fallback:
            return error, ""
        message = f"{_REASONS.get(error, error)}; parsed with fewer flags"
        error = self._parse_anew(self._fallback, unsaved)
        return error, "" if error else message

    def _parse_over(self, unsaved: UnsavedFiles) -> tuple[int, str]:
        """The same over the shared preambles, where nothing else is tried."""
        if self._parsed:
            error = self._reparse(unsaved)
        else:
            error = self._parse_anew(self._arguments_over(), unsaved)
        if error in (0, _CRASHED):
            return error, ""
        return _DECLINED, f"over shared preambles {_REASONS.get(error, error)}"

    def _prove(self, unsaved: UnsavedFiles) -> tuple[int, str]:
        """Whether the unit means the same over its shared preambles; why not."""
        self._proofs += 1
        functions = self._context.functions
        argv, number = self._argv(self._arguments_over())
        chain = library.string_array(self._preambles), len(self._preambles)
        error = functions.prove(self._handle, argv, number, unsaved.array, unsaved.count, *chain)
        return error, os.fsdecode(functions.declined(self._handle)) if error == _DECLINED else ""

    def _arguments_over(self) -> list[bytes]:
        return [*self._arguments, b"-include-pch", self._preambles[-1]]

    def _completion_bytes(self) -> int:
        functions = self._context.functions
        return functions.completion_bytes(self._handle) if self._handle is not None else 0

    def _measure(self) -> int:
        counted = int(self._context.functions.counted(self._handle)) if self._parsed else 0
        return _HELD_FIXED + int(counted * _HELD_PER_BYTE) if counted else 0

    def _parse_anew(self, arguments: Sequence[bytes], unsaved: UnsavedFiles) -> int:
        self._parses += 1
        argv, number = self._argv(arguments)
        return self._context.functions.parse(
            self._handle, argv, number, unsaved.array, unsaved.count
        )

    def _reparse(self, unsaved: UnsavedFiles) -> int:
        self._reparses += 1
        return self._context.functions.reparse(self._handle, unsaved.array, unsaved.count)

    def _argv(self, arguments: Sequence[bytes]) -> tuple[Any, int]:
        every = [*self._own_arguments(), *arguments]
        return library.string_array(every), len(every)

    def _own_arguments(self) -> list[bytes]:
        # Before those of the file, so that these can say otherwise.
        return [
            b"-working-directory=" + self._directory,
            b"-resource-dir=" + self._context.resource_dir,
            b"-fspell-checking",
            # Ordinary comments document too, as in clangd.
            b"-fparse-all-comments",
        ]


class _Functions:
    """The functions of ``native/live.h`` with their signatures."""

    def __init__(self, native: ctypes.CDLL) -> None:
        def declare(name: str, result: Any, *parameters: str) -> Any:
            return library.declare(native, f"cppls_{name}", result, *parameters)

        handle, status = ctypes.c_void_p, ctypes.c_int
        unsaved = ("pointer", "unsigned")
        self.new = declare("live_new", handle, "pointer", "bytes", "bytes", "bytes")
        self.free = declare("live_free", None, "pointer")
        self.parse = declare("live_parse", status, "pointer", "strings", "int", *unsaved)
        self.prove = declare(
            "live_prove", status, "pointer", "strings", "int", *unsaved, "strings", "int"
        )
        self.declined = declare("live_declined", ctypes.c_char_p, "pointer")
        self.reparse = declare("live_reparse", status, "pointer", *unsaved)
        self.suspend = declare("live_suspend", None, "pointer")
        self.report = declare("live_report", status, "pointer", "pointer")
        self.completion_bytes = declare("live_completion_bytes", ctypes.c_size_t, "pointer")
        self.counted = declare("live_counted", ctypes.c_ulonglong, "pointer")


def _unreadable(path: bytes) -> str:
    """Why the file cannot be read; empty when it can."""
    try:
        with open(path, "rb"):
            return ""
    except OSError as problem:
        return f"{os.fsdecode(path)}: {problem.strerror}"
