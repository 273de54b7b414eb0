"""A shard in the making: the parts that the C library hands out, packed, in memory or spooled.

What is large goes to a file, part by part, so that neither the worker nor the server ever holds it
whole. Must not know what is done with a shard.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec

from cppls.core.frames import encode_frame
from cppls.core.messages import SHARD_VERSION, FileShard, PackedFile, Shard, ShardEnd
from cppls.core.packing import pack

SPOOLED_FROM: Final = 4 << 20
"""Bytes of packed files from which on a shard is spooled."""


class ShardMaker:
    """One shard. Takes parts until ``finish`` or ``discard``."""

    def __init__(self, spool: bytes = b"") -> None:
        """``spool``: the file that a large shard goes to; empty for none."""
        self._spool = spool
        self._file: BinaryIO | None = None
        self._parts: list[PackedFile] = []
        self._bytes = 0

    def take(self, part: bytes) -> None:
        """Add a ``FileShard``. Raises ``OSError`` when it cannot be spooled."""
        packed = pack(_decode_part(part))
        frame = encode_frame(packed)
        self._bytes += len(frame)
        if self._spool and self._bytes > SPOOLED_FROM:
            if self._file is None:
                self._file = open(self._spool, "wb")  # noqa: SIM115 - closed by ``_close``
                self._file.writelines(map(encode_frame, self._parts))
                self._parts.clear()
            self._file.write(frame)
            # A full disk shows now, while the C library can still take back its claims.
            self._file.flush()
        else:
            self._parts.append(packed)

    def finish(self, end: ShardEnd) -> Shard:
        """The shard of all that was taken."""
        spooled = self._bytes if self._file is not None else 0
        self._close()
        return Shard(SHARD_VERSION, self._parts, end.errors, end.first_error, spooled)

    def discard(self) -> None:
        """Forget what was taken: it counts for nothing."""
        if self._file is not None:
            self._close()
            with suppress(OSError):
                os.remove(self._spool)
        self._parts.clear()
        self._bytes = 0

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            # What was flushed is written; what was not is discarded.
            with suppress(OSError):
                file.close()


_decode_part: Final = msgspec.msgpack.Decoder(FileShard).decode
