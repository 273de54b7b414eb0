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
from typing import Final, NamedTuple

import msgspec

from cppls.clang.bindings import Functions, Sink, Taker, Verdict
from cppls.clang.library import Library, string_array
from cppls.core.messages import ShardEnd
from cppls.core.model import Statistics

LARGEST_SOURCE: Final = 64 << 20
"""Bytes; a larger main file is data, and parsing it would cost gigabytes."""
LONGEST_LINE: Final = 4 << 20
"""Bytes; generated tables keep below it, blobs turned into one line do not."""

_NO_MEMORY: Final = -1
_CRASHED: Final = 2
_PROBLEMS: Final = {
    1: "libclang could not make a translation unit of it; the arguments do not suit it",
    _CRASHED: "libclang crashed over it",
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
        self._functions = Functions(library)
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
        *,
        sink: Sink,
    ) -> Indexed:
        """Index the translation unit ``path``; never raises on account of its content.

        ``arguments`` are libclang's, without compiler and input; ``fallback`` is tried when no
        translation unit comes of them. ``preambles`` are those of ``IndexJob``. ``sink`` takes the
        files, the main one first. Raises ``MemoryError`` when ``sink`` does, and when the C
        library has none.
        """
        self._files += 1
        problem = unfit(path)
        if problem:
            self._failed += 1
            return Indexed(None, problem, False)
        unit = _Unit(path, directory, preambles)
        try:
            return self._attempts(unit, arguments, fallback, sink)
        except OSError as error:
            self._failed += 1
            sink.discard()
            return Indexed(None, _unwritten(path, error), False, unwritten=True)

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
            return BuiltPreamble(_problem(path, status or _NO_MEMORY))
        return msgspec.msgpack.decode(self._take(data, size), type=BuiltPreamble)

    def index_headers(
        self,
        path: bytes,
        directory: bytes,
        arguments: Sequence[bytes],
        preambles: Sequence[bytes] = (),
        *,
        sink: Sink,
    ) -> Indexed:
        """Index the headers that ``path`` includes, as a unit would that is parsed over
        ``preambles``, and nothing of ``path`` itself. No shard when there is an error in them."""
        full = self._full_arguments(directory, arguments)
        data, size = ctypes.c_void_p(), ctypes.c_size_t()
        why = ctypes.create_string_buffer(1024)
        taker = Taker(sink)
        status: int = self._functions.headers(
            self._session,
            path,
            directory,
            string_array(full),
            len(full),
            string_array(preambles),
            len(preambles),
            ctypes.byref(taker.struct),
            ctypes.byref(data),
            ctypes.byref(size),
            why,
            len(why),
        )
        self._bytes += taker.bytes
        if status == 0 and data.value is not None:
            return Indexed(_decode_end(self._take(data, size)), "", False)
        sink.discard()
        for error in taker.errors:
            if isinstance(error, MemoryError):
                raise error
            return Indexed(None, _unwritten(path, error), False, unwritten=True)
        problem = os.fsdecode(why.value) or _problem(path, status or _NO_MEMORY)
        return Indexed(None, problem, False)

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
            "part_bytes": self._bytes,
            "over_preambles": self._shared,
            "declined_preambles": self._declined,
            "preambles_held": chains[0],
            "preamble_bytes": chains[1],
            "preamble_hits": chains[2],
            "preamble_misses": chains[3],
        }

    def _attempts(
        self, unit: _Unit, arguments: Sequence[bytes], fallback: Sequence[bytes], sink: Sink
    ) -> Indexed:
        verdict = Verdict()
        end, status = self._run(unit, arguments, sink, verdict)
        declined = os.fsdecode(verdict.why) if verdict.declined else ""
        stale = bool(verdict.stale)
        over = bool(unit.preambles) and not declined
        self._shared += over and end is not None
        self._declined += bool(declined)
        if end is not None:
            return Indexed(end, "", False, declined=declined, stale=stale)
        if status == _NO_MEMORY:
            # No fault of the source: this process ends, and it is tried with more.
            raise MemoryError(f"{os.fsdecode(unit.path)}: no memory for what it holds")
        problem = _problem(unit.path, status)
        if fallback and not (over and status == _CRASHED):
            end, _ = self._run(unit._replace(preambles=()), fallback, sink, verdict)
            if end is not None:
                message = left_out(arguments, fallback)
                return Indexed(end, message, True, True, declined=declined, stale=stale)
        self._failed += 1
        return Indexed(None, problem, False, True, declined=declined, stale=stale)

    def _run(
        self, unit: _Unit, arguments: Sequence[bytes], sink: Sink, verdict: Verdict
    ) -> tuple[ShardEnd | None, int]:
        """One attempt: C's last word, or ``None`` and a status that is not 0."""
        full = self._full_arguments(unit.directory, arguments)
        taker = Taker(sink)
        data, size = ctypes.c_void_p(), ctypes.c_size_t()
        status: int = self._functions.index(
            self._session,
            unit.path,
            unit.directory,
            string_array(full),
            len(full),
            string_array(unit.preambles),
            len(unit.preambles),
            ctypes.byref(taker.struct),
            ctypes.byref(data),
            ctypes.byref(size),
            ctypes.byref(verdict),
        )
        self._bytes += taker.bytes
        if taker.errors:
            raise taker.errors[0]
        if status != 0 or data.value is None:
            sink.discard()
            return None, status or _NO_MEMORY
        return _decode_end(self._take(data, size)), 0

    def _take(self, data: ctypes.c_void_p, size: ctypes.c_size_t) -> bytes:
        """The bytes that the library has allocated, which are freed."""
        try:
            return ctypes.string_at(data.value or 0, size.value)
        finally:
            self._functions.free(data)

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


_decode_end: Final = msgspec.msgpack.Decoder(ShardEnd).decode


class _Unit(NamedTuple):
    """What is parsed, but for the arguments."""

    path: bytes
    directory: bytes
    preambles: Sequence[bytes]


def _problem(path: bytes, status: int) -> str:
    return f"{os.fsdecode(path)}: {_PROBLEMS.get(status, f'libclang error {status}')}"


def _unwritten(path: bytes, error: OSError) -> str:
    return f"{os.fsdecode(path)}: what it holds cannot be written: {error.strerror}"
