"""Ids of names: 64-bit hashes of their text, so that writing a name needs no lookup."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final


def name_id(text: str) -> int:
    """A signed 64-bit hash of ``text``; the same on every machine and in every version."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def mention_id(name: str) -> int:
    """Under this symbol id a file's postings hold where bodies of its macros mention ``name``.

    What a word of a macro's body names is decided where the macro is expanded, so that it is the
    name that is kept. The hash is that of ``clang/native/hash.c``, with the seed of ``symbols.c``.
    """
    data = name.encode()
    state = _MENTION_SEED ^ _K2
    words = list(_words(data))
    whole = len(data) // 32 * 4
    lanes = [_MENTION_SEED + _K1, _MENTION_SEED ^ _K1, _MENTION_SEED - _K2, _MENTION_SEED + _K2]
    for place, word in enumerate(words[:whole]):
        lanes[place % 4] = _round(lanes[place % 4], word)
    for word in (*(lanes if whole else ()), *words[whole:]):
        state = _round(state, word)
    hashed = _finish(state ^ len(data))
    return hashed - (1 << 64) if hashed >> 63 else hashed


_MENTION_SEED: Final = 1
_K1: Final = 0x9E3779B97F4A7C15
_K2: Final = 0xC2B2AE3D27D4EB4F
_MASK: Final = (1 << 64) - 1


def _words(data: bytes) -> Iterator[int]:
    return (int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8))


def _rotate(x: int, by: int) -> int:
    return (x << by | x >> (64 - by)) & _MASK


def _round(state: int, word: int) -> int:
    mixed = _rotate(word * _K2 & _MASK, 31) * _K1 & _MASK
    return (_rotate((state ^ mixed) & _MASK, 27) * _K1 + _K2) & _MASK


def _finish(x: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ x >> 33) * factor & _MASK
    return x ^ x >> 33
