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
    that a file that is closed and opened again cannot give one number twice.
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
        self._revisions = itertools.count(1)

    def open(self, path: str, text: Text, version: int) -> Document:
        """It is open from now on; one that is open already gets this text."""
        document = Document(path, text, version, next(self._revisions))
        self.current = MappingProxyType({**self.current, path: document})
        return document

    def change(self, path: str, text: Text, version: int) -> Document | None:
        """The text after an edit; ``None`` when the document is not open."""
        return self.open(path, text, version) if path in self.current else None

    def close(self, path: str) -> Document | None:
        """It is no longer open; returns it, or ``None`` when it was not."""
        document = self.current.get(path)
        if document is not None:
            rest = {other: kept for other, kept in self.current.items() if other != path}
            self.current = MappingProxyType(rest)
        return document

    def statistics(self) -> Statistics:
        """How many, and bytes of text."""
        return {
            "open": len(self.current),
            "text_bytes": sum(len(document.text.data) for document in self.current.values()),
        }
