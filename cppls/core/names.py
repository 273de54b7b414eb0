"""The id of a name: a 64-bit hash of its text, so that writing a name needs no lookup."""

from __future__ import annotations

import hashlib


def name_id(text: str) -> int:
    """A signed 64-bit hash of ``text``; the same on every machine and in every version."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
