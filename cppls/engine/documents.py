"""The open documents: path, text and version, as values that a snapshot can keep.

Knows neither who has them open nor what is done with them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from cppls.core.model import Statistics
from cppls.core.text import Text


class Document(msgspec.Struct, frozen=True):
    """An open document at one moment.

    ``version`` is the client's; ``revision`` ours: it grows with every change of any document, so
    that two clients, or a file that is closed and opened again, cannot give one number twice.
    """

    path: str
    text: Text
    version: int
    revision: int


class Documents:
    """All open documents. Used from the event loop's thread."""

    def __init__(self) -> None:
        self.current: Mapping[str, Document] = MappingProxyType({})
        """By path. Replaced at every change, never changed itself: to keep it is a snapshot."""
        self._holders: dict[str, int] = {}
        self._revisions = itertools.count(1)

    def open(self, path: str, text: Text, version: int) -> Document:
        """One more client has it open; the newest client's text counts."""
        self._holders[path] = self._holders.get(path, 0) + 1
        return self._replace(path, text, version)

    def change(self, path: str, text: Text, version: int) -> Document | None:
        """The text after an edit; ``None`` when the document is not open."""
        return self._replace(path, text, version) if path in self.current else None

    def close(self, path: str) -> Document | None:
        """One client less. Returns the document when it was the last one, else ``None``."""
        document = self.current.get(path)
        if document is None:
            return None
        self._holders[path] -= 1
        if self._holders[path] > 0:
            return None
        del self._holders[path]
        rest = {other: kept for other, kept in self.current.items() if other != path}
        self.current = MappingProxyType(rest)
        return document

    def statistics(self) -> Statistics:
        """How many, and bytes of text."""
        return {
            "open": len(self.current),
            "text_bytes": sum(len(document.text.data) for document in self.current.values()),
        }

    def _replace(self, path: str, text: Text, version: int) -> Document:
        document = Document(path, text, version, next(self._revisions))
        self.current = MappingProxyType({**self.current, path: document})
        return document
