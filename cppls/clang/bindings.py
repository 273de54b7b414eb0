"""``native/index.h`` as ctypes sees it: functions, structs, and a sink for what it hands out."""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar, Final, Protocol

from cppls.clang.library import Library, declare


class Sink(Protocol):
    """Takes what is extracted; ``shards.ShardMaker`` is one."""

    def take(self, part: bytes) -> None:
        """An encoded ``FileShard``. May raise ``OSError`` or ``MemoryError``."""
        ...

    def discard(self) -> None:
        """What was taken counts for nothing."""
        ...


class Verdict(ctypes.Structure):
    """``struct verdict`` of ``native/index.h``."""

    _fields_ = (
        ("declined", ctypes.c_int),
        ("stale", ctypes.c_int),
        ("why", ctypes.c_char * 1024),
    )
    declined: int
    stale: int
    why: bytes


_Take: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class _Sink(ctypes.Structure):
    """``struct sink`` of ``native/index.h``."""

    _fields_: ClassVar = [("take", _Take), ("context", ctypes.c_void_p)]


class Taker:
    """A sink as C sees it. An exception cannot pass through C: it is kept until C has come back."""

    def __init__(self, sink: Sink) -> None:
        self.errors: list[OSError | MemoryError] = []
        self.bytes = 0
        self.struct = _Sink(_Take(self._take), None)
        self._sink = sink

    def _take(self, _: object, data: int, size: int) -> int:
        try:
            self.bytes += size
            self._sink.take(ctypes.string_at(data, size))
        except (OSError, MemoryError) as error:
            self.errors.append(error)
        return len(self.errors)


class Functions:
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
            "pointer",
            "size",
        )
        self.chains: Any = declare(native, "cppls_session_chains", None, "pointer", "pointer")
