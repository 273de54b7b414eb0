"""The unit of indexing: (file, arguments, claims known) to the bytes of a shard.

A thin layer over ``native/index.c``: it adds the arguments that every parse needs, falls back to
fewer of them when nothing parses, and turns what goes wrong into a sentence. Must not know where
jobs come from or where shards go.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from cppls.clang.library import Library, declare, string_array
from cppls.core.model import Statistics

LARGEST_SOURCE: Final = 64 << 20
"""Bytes; a larger main file is data, and parsing it would cost gigabytes."""
LONGEST_LINE: Final = 4 << 20
"""Bytes; generated tables keep below it, blobs turned into one line do not."""

_NO_MEMORY: Final = -1
_CRASHED: Final = 2
_PROBLEMS: Final = {
    _NO_MEMORY: "not enough memory",
    1: "libclang could not make a translation unit of it; the arguments do not suit it",
    _CRASHED: "libclang crashed over it",
    3: "libclang did not accept the call",
    4: "a precompiled header could not be read",
}


@dataclass(frozen=True, slots=True)
class Indexed:
    """What indexing one file gave: the shard in MessagePack, empty when there is none."""

    shard: bytes
    message: str
    """Why there is none, or which arguments were left out; empty when all went well."""
    used_fallback: bool
    refused: bool = False
    """libclang was asked and gave nothing for the full arguments."""
    declined: str = ""
    """Why the unit was parsed without its shared preambles; a sentence."""
    stale: bool = False
    """No unit can use them any more."""


class BuiltPreamble(msgspec.Struct, array_like=True, frozen=True):
    """What building a shared preamble gave. Written by C (``native/index_preamble.c``)."""

    message: str
    """Why there is none; empty when there is one."""
    culprits: list[int] = []
    """0-based lines of its source that have errors; there may be more behind them."""
    unguarded: list[int] = []
    """0-based lines whose headers may be entered again: they cannot stay either."""
    files: list[bytes] = []
    """Real paths of the headers that it adds to its parents."""
    keys: bytes = b""
    """Their claims: uint64 little-endian."""
    size: int = 0
    """Bytes on disk."""


class IndexSession:
    """A parse session with the claims it knows. One thread at a time; close it."""

    __slots__ = (
        "_bytes",
        "_declined",
        "_failed",
        "_files",
        "_functions",
        "_library",
        "_session",
        "_shared",
    )

    def __init__(self, library: Library) -> None:
        self._library = library
        self._functions = _Functions(library)
        self._session: ctypes.c_void_p | None = ctypes.c_void_p(self._functions.open(library.api))
        self._files = self._failed = self._bytes = self._shared = self._declined = 0
        if not self._session:
            raise MemoryError("no memory for an index session")

    def index(
        self,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        fallback: Sequence[bytes] = (),
        preambles: Sequence[bytes] = (),
    ) -> Indexed:
        """Index the translation unit ``path``; never raises on account of its content.

        ``arguments`` are libclang's, without compiler and input; ``fallback`` is tried when no
        translation unit comes of them. ``preambles`` are those of ``IndexJob``.
        """
        self._files += 1
        problem = unfit(path)
        if problem:
            self._failed += 1
            return Indexed(b"", problem, False)
        verdict = _Verdict()
        shard, status = self._run(path, directory, arguments, preambles, verdict)
        declined = os.fsdecode(verdict.why) if verdict.declined else ""
        stale = bool(verdict.stale)
        self._shared += bool(preambles) and not declined and status == 0
        self._declined += bool(declined)
        if status == 0:
            return Indexed(shard, "", False, False, declined, stale)
        problem = f"{os.fsdecode(path)}: {_PROBLEMS.get(status, f'libclang error {status}')}"
        over_preamble = bool(preambles) and not declined
        if fallback and status != _NO_MEMORY and not (over_preamble and status == _CRASHED):
            shard, status = self._run(path, directory, fallback)
            if status == 0:
                message = left_out(arguments, fallback)
                return Indexed(shard, message, True, True, declined, stale)
        self._failed += 1
        return Indexed(b"", problem, False, True, declined, stale)

    def build_preamble(
        self,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        output: bytes,
        parents: Sequence[bytes] = (),
    ) -> BuiltPreamble:
        """Precompile the header ``path`` to ``output``, over ``parents``, without function bodies.

        With an empty ``output`` bodies and all are only looked at. Nothing is written when the
        answer has a ``message``.
        """
        full = self._full_arguments(directory, arguments)
        data, size = ctypes.c_void_p(), ctypes.c_size_t()
        status: int = self._functions.preamble(
            self._session,
            path,
            directory,
            string_array(full),
            len(full),
            string_array(parents),
            len(parents),
            output,
            ctypes.byref(data),
            ctypes.byref(size),
        )
        if status != 0 or data.value is None:
            problem = _PROBLEMS.get(status or _NO_MEMORY, f"libclang error {status}")
            return BuiltPreamble(f"{os.fsdecode(path)}: {problem}")
        return msgspec.msgpack.decode(self._take(data, size), type=BuiltPreamble)

    def index_headers(
        self,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        preambles: Sequence[bytes] = (),
    ) -> Indexed:
        """Index the headers that ``path`` includes, as a unit would that is parsed over
        ``preambles``, and nothing of ``path`` itself. No shard when there is an error in them."""
        full = self._full_arguments(directory, arguments)
        data, size = ctypes.c_void_p(), ctypes.c_size_t()
        why = ctypes.create_string_buffer(1024)
        status: int = self._functions.headers(
            self._session,
            path,
            directory,
            string_array(full),
            len(full),
            string_array(preambles),
            len(preambles),
            ctypes.byref(data),
            ctypes.byref(size),
            why,
            len(why),
        )
        if status == 0 and data.value is not None:
            return Indexed(self._take(data, size), "", False)
        problem = os.fsdecode(why.value) or _PROBLEMS.get(status or _NO_MEMORY, "")
        return Indexed(b"", problem or f"libclang error {status}", False)

    def know(self, keys: bytes) -> None:
        """Take over claims of others: uint64 little-endian, concatenated."""
        if self._functions.know(self._session, keys, len(keys) // 8) != 0:
            raise MemoryError("no memory for the claims of other workers")

    def forget(self) -> None:
        """Drop all claims and the parse session, so that headers are extracted again."""
        self._functions.forget(self._session)

    def close(self) -> None:
        """Free all; further calls are not allowed."""
        if self._session:
            self._functions.close(self._session)
            self._session = None

    def statistics(self) -> Statistics:
        """Counts since the session was opened."""
        chains = (ctypes.c_uint64 * 4)()
        self._functions.chains(self._session, chains)
        return {
            "files": self._files,
            "failed": self._failed,
            "shard_bytes": self._bytes,
            "over_preambles": self._shared,
            "declined_preambles": self._declined,
            "preambles_held": chains[0],
            "preamble_bytes": chains[1],
            "preamble_hits": chains[2],
            "preamble_misses": chains[3],
        }

    def _run(
        self,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        preambles: Sequence[bytes] = (),
        verdict: _Verdict | None = None,
    ) -> tuple[bytes, int]:
        full = self._full_arguments(directory, arguments)
        data, size = ctypes.c_void_p(), ctypes.c_size_t()
        status: int = self._functions.index(
            self._session,
            path,
            directory,
            string_array(full),
            len(full),
            string_array(preambles),
            len(preambles),
            ctypes.byref(data),
            ctypes.byref(size),
            ctypes.byref(verdict if verdict is not None else _Verdict()),
        )
        if status != 0 or data.value is None:
            return b"", status or _NO_MEMORY
        return self._take(data, size), 0

    def _take(self, data: ctypes.c_void_p, size: ctypes.c_size_t) -> bytes:
        """The bytes that the library has allocated, which are freed."""
        try:
            taken = ctypes.string_at(data, size.value)
        finally:
            self._functions.free(data)
        self._bytes += len(taken)
        return taken

    def _full_arguments(self, directory: bytes, arguments: Sequence[bytes]) -> list[bytes]:
        return [
            *arguments,
            b"-resource-dir=" + os.fsencode(self._library.resource_dir),
            b"-working-directory=" + directory,
            # The 21st error would be fatal, and end the instantiation of templates.
            b"-ferror-limit=0",
        ]


def unfit(path: bytes) -> str:
    """Why ``path`` cannot be a source file, as a sentence; empty when it can."""
    name = os.fsdecode(path)
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return f"{name}: not a regular file"
        if status.st_size > LARGEST_SOURCE:
            return f"{name}: {status.st_size >> 20} MB is too large for a source file"
        with open(path, "rb") as file:
            head = file.read(LONGEST_LINE + 1)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return f"{name}: the file is gone; update the compile database"
        return f"{name}: cannot be read: {error.strerror}"
    except ValueError:
        return f"{name!r}: the name holds a NUL character"
    if b"\0" in head[:8192]:
        return f"{name}: a binary file, or text in UTF-16; C and C++ sources are UTF-8"
    if len(head) > LONGEST_LINE and b"\n" not in head:
        return f"{name}: its first line is longer than {LONGEST_LINE >> 20} MB: data, not source"
    return ""


def left_out(arguments: Sequence[bytes], fallback: Sequence[bytes]) -> str:
    """A sentence that names the arguments which ``fallback`` lacks."""
    kept = set(fallback)
    missing = [os.fsdecode(argument) for argument in arguments if argument not in kept]
    return f"parsed without {' '.join(missing)}" if missing else "parsed with other arguments"


class _Verdict(ctypes.Structure):
    """``struct verdict`` of ``native/index.h``."""

    _fields_ = (
        ("declined", ctypes.c_int),
        ("stale", ctypes.c_int),
        ("why", ctypes.c_char * 1024),
    )
    declined: int
    stale: int
    why: bytes


class _Functions:
    """The functions of ``native/index.h``."""

    __slots__ = (
        "chains",
        "close",
        "forget",
        "free",
        "headers",
        "index",
        "know",
        "open",
        "preamble",
    )

    def __init__(self, library: Library) -> None:
        native = library.native
        pointer, number = ctypes.c_void_p, ctypes.c_int
        self.open: Any = declare(native, "cppls_session_open", pointer, "pointer")
        self.close: Any = declare(native, "cppls_session_close", None, "pointer")
        self.know: Any = declare(native, "cppls_session_know", number, "pointer", "bytes", "size")
        self.forget: Any = declare(native, "cppls_session_forget", None, "pointer")
        self.free: Any = declare(native, "cppls_free", None, "pointer")
        self.index: Any = declare(
            native,
            "cppls_session_index",
            number,
            "pointer",
            "bytes",
            "bytes",
            "strings",
            "int",
            "strings",
            "int",
            "pointer",
            "pointer",
            "pointer",
        )
        self.preamble: Any = declare(
            native,
            "cppls_session_preamble",
            number,
            "pointer",
            "bytes",
            "bytes",
            "strings",
            "int",
            "strings",
            "int",
            "bytes",
            "pointer",
            "pointer",
        )
        self.headers: Any = declare(
            native,
            "cppls_session_headers",
            number,
            "pointer",
            "bytes",
            "bytes",
            "strings",
            "int",
            "strings",
            "int",
            "pointer",
            "pointer",
            "pointer",
            "size",
        )
        self.chains: Any = declare(native, "cppls_session_chains", None, "pointer", "pointer")
