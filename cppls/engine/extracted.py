"""What live TUs said of edited documents, kept for the next list that is asked for.

Every list over unsaved text needs it, and making it takes the document host a fifth of a parse. One
edit makes that of one document worthless. Bounded by bytes; the document used longest ago goes
first. Must not know what is asked.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

from cppls.core.model import Statistics
from cppls.core.text import Text
from cppls.index.overlay import OpenFile

LIMIT: Final = 12 << 20
"""Bytes, about: some fifteen files of 4,000 lines."""
_FACTOR: Final = 10
"""A file takes so many times the bytes in which the host sent it: measured on files of z3."""


class _Kept(NamedTuple):
    text: Text
    file: OpenFile
    size: int


class ExtractedFiles:
    """By path, what a TU of a document's text holds. Used from the event loop's thread."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = self._hits = self._misses = 0

    def get(self, path: str, text: Text) -> OpenFile | None:
        """What is known of this very text."""
        kept = self._kept.get(path)
        if kept is None or kept.text != text:
            self._misses += 1
            return None
        self._hits += 1
        self._kept.move_to_end(path)
        return kept.file

    def put(self, path: str, text: Text, file: OpenFile, sent: int) -> None:
        """Keep what came in ``sent`` bytes, if it fits at all."""
        self.forget(path)
        size = sent * _FACTOR
        if size <= self._limit:
            self._kept[path] = _Kept(text, file, size)
            self._bytes += size
        while self._bytes > self._limit:
            self.forget(next(iter(self._kept)))

    def forget(self, path: str) -> None:
        """The document was parsed again, with other headers perhaps, or closed."""
        kept = self._kept.pop(path, None)
        if kept is not None:
            self._bytes -= kept.size

    def clear(self) -> bool:
        """Memory is short; whether there was anything to give."""
        had = bool(self._kept)
        self._kept.clear()
        self._bytes = 0
        return had

    def statistics(self) -> Statistics:
        """Files and bytes, about, and how often it was there."""
        return {
            "files": len(self._kept),
            "bytes": self._bytes,
            "hits": self._hits,
            "misses": self._misses,
        }
