"""The unit of indexing: (file, arguments, claims known) to what the file and its headers hold.

A thin layer over ``native/index.c``: it adds the arguments that every parse needs, falls back to
fewer of them when nothing parses, and turns what goes wrong into a sentence. Must not know where
jobs come from or where the parts of a shard go.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol

import msgspec

from cppls.clang.library import Library, declare, string_array
from cppls.core.messages import ShardEnd
from cppls.core.model import Statistics

LARGEST_SOURCE: Final = 64 << 20
"""Bytes; a larger main file is data, and parsing it would cost gigabytes."""
LONGEST_LINE: Final = 4 << 20
"""Bytes; generated tables keep below it, blobs turned into one line do not."""

_NO_MEMORY: Final = -1
_PROBLEMS: Final = {
    1: "libclang could not make a translation unit of it; the arguments do not suit it",
    2: "libclang crashed over it",
    3: "libclang did not accept the call",
    4: "a precompiled header could not be read",
}


@dataclass(frozen=True, slots=True)
class Indexed:
    """How indexing one file ended: what C says at the end, nothing when there is no shard."""

    end: ShardEnd | None
    message: str
    """Why there is none, or which arguments were left out; empty when all went well."""
    used_fallback: bool
    refused: bool = False
    """libclang was asked and gave nothing for the full arguments."""
    unwritten: bool = False
    """Nothing is wrong with the file: the sink could not take it."""


class Sink(Protocol):
    """Takes what is extracted; ``shards.ShardMaker`` is one."""

    def take(self, part: bytes) -> None:
        """An encoded ``FileShard``. May raise ``OSError`` or ``MemoryError``."""
        ...

    def discard(self) -> None:
        """What was taken counts for nothing."""
        ...


class IndexSession:
    """A parse session with the claims it knows. One thread at a time; close it."""

    __slots__ = ("_bytes", "_failed", "_files", "_functions", "_library", "_session")

    def __init__(self, library: Library) -> None:
        self._library = library
        self._functions = _Functions(library)
        self._session: ctypes.c_void_p | None = ctypes.c_void_p(self._functions.open(library.api))
        self._files = self._failed = self._bytes = 0
        if not self._session:
            raise MemoryError("no memory for an index session")

    def index(
        self,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        fallback: Sequence[bytes] = (),
        *,
        sink: Sink,
    ) -> Indexed:
        """Index the translation unit ``path``; never raises on account of its content.

        ``arguments`` are libclang's, without compiler and input; ``fallback`` is tried when no
        translation unit comes of them. ``sink`` takes the files, the main one first. Raises
        ``MemoryError`` when ``sink`` does, and when the C library has none.
        """
        self._files += 1
        problem = unfit(path)
        if problem:
            self._failed += 1
            return Indexed(None, problem, False)
        try:
            return self._attempts(path, directory, arguments, fallback, sink)
        except OSError as error:
            self._failed += 1
            sink.discard()
            why = f"{os.fsdecode(path)}: what it holds cannot be written: {error.strerror}"
            return Indexed(None, why, False, unwritten=True)

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
        return {"files": self._files, "failed": self._failed, "part_bytes": self._bytes}

    def _attempts(
        self,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        fallback: Sequence[bytes],
        sink: Sink,
    ) -> Indexed:
        end, status = self._run(path, directory, arguments, sink)
        if end is not None:
            return Indexed(end, "", False)
        if status == _NO_MEMORY:
            # No fault of the source: this process ends, and it is tried with more.
            raise MemoryError(f"{os.fsdecode(path)}: no memory for what it holds")
        problem = f"{os.fsdecode(path)}: {_PROBLEMS.get(status, f'libclang error {status}')}"
        if fallback:
            end, _ = self._run(path, directory, fallback, sink)
            if end is not None:
                return Indexed(end, left_out(arguments, fallback), True, True)
        self._failed += 1
        return Indexed(None, problem, False, True)

    def _run(
        self, path: bytes, directory: bytes, arguments: Sequence[bytes], sink: Sink
    ) -> tuple[ShardEnd | None, int]:
        """One attempt: C's last word, or ``None`` and a status that is not 0."""
        errors: list[OSError | MemoryError] = []

        # An exception cannot pass through C: it is kept until C has come back.
        def take(_: object, data: int, size: int) -> int:
            try:
                self._bytes += size
                sink.take(ctypes.string_at(data, size))
            except (OSError, MemoryError) as error:
                errors.append(error)
            return len(errors)

        full = [*arguments, *self._common_arguments(directory)]
        data, size = ctypes.c_void_p(), ctypes.c_size_t()
        status: int = self._functions.index(
            self._session,
            path,
            directory,
            string_array(full),
            len(full),
            ctypes.byref(_Sink(_Take(take), None)),
            ctypes.byref(data),
            ctypes.byref(size),
        )
        if errors:
            raise errors[0]
        if status != 0 or data.value is None:
            sink.discard()
            return None, status or _NO_MEMORY
        try:
            return _decode_end(ctypes.string_at(data.value, size.value)), 0
        finally:
            self._functions.free(data)

    def _common_arguments(self, directory: bytes) -> list[bytes]:
        return [
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


_decode_end: Final = msgspec.msgpack.Decoder(ShardEnd).decode

_Take: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class _Sink(ctypes.Structure):
    """``struct sink`` of ``native/index.h``."""

    _fields_: ClassVar = [("take", _Take), ("context", ctypes.c_void_p)]


class _Functions:
    """The functions of ``native/index.h``."""

    __slots__ = ("close", "forget", "free", "index", "know", "open")

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
            "pointer",
            "pointer",
            "pointer",
        )
