"""The hash of a file's content that the index keeps.

It is the native library's (``clang/native/hash.c``), which computes it while indexing. The server
does not load that library; here the same few lines serve to find out that a file is what it was.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

_MASK: Final = (1 << 64) - 1
_K1: Final = 0x9E3779B97F4A7C15
_K2: Final = 0xC2B2AE3D27D4EB4F


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
