"""Has a file changed since it was indexed? Size and time first, then its content.

The hash is the native library's (``clang/native/hash.c``), which computes it while indexing. The
server does not load that library; here the same few lines serve to find out that a file which was
merely touched, or came back with a branch, is what it was.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from typing import Final

from cppls.core.files import read_file
from cppls.core.model import FileInfo

HASHED_BYTES: Final = 2 << 20
"""A longer file whose time differs is taken for changed: hashing it takes longer than indexing."""

_MASK: Final = (1 << 64) - 1
_K1: Final = 0x9E3779B97F4A7C15
_K2: Final = 0xC2B2AE3D27D4EB4F


def has_changed(info: FileInfo) -> bool:
    """Whether the file on disk differs from what the index holds. A missing file has changed."""
    try:
        status = os.stat(info.path)
        if status.st_size != info.size:
            return True
        if status.st_mtime_ns == info.mtime_ns:
            return False
        if status.st_size > HASHED_BYTES:
            return True
        return content_hash(read_file(info.path)) != info.content_hash
    except OSError:
        return True


def content_hash(content: bytes) -> int:
    """The signed 64-bit hash that ``FileShard.content_hash`` holds. About 10 MB a second."""
    state = _K2
    whole = len(content) & ~31
    if whole:
        lanes = [_K1, _K1, -_K2 & _MASK, _K2]
        for words in struct.iter_unpack("<4Q", memoryview(content)[:whole]):
            lanes = list(map(_round, lanes, words))
        state = _rounds(state, lanes)
    rest = content[whole:]
    rest += bytes(-len(rest) % 8)
    state = _rounds(state, (word for (word,) in struct.iter_unpack("<Q", rest)))
    state ^= len(content)
    state = (state ^ state >> 33) * 0xFF51AFD7ED558CCD & _MASK
    state = (state ^ state >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    state ^= state >> 33
    return state - (1 << 64) if state >> 63 else state


def _rounds(state: int, words: Iterable[int]) -> int:
    for word in words:
        state = _round(state, word)
    return state


def _round(state: int, word: int) -> int:
    word = word * _K2 & _MASK
    state ^= (word << 31 | word >> 33) * _K1 & _MASK
    return ((state << 27 | state >> 37) & _MASK) * _K1 + _K2 & _MASK
