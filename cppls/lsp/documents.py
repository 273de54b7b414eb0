"""Open documents of one client: their text, kept equal to the client's edit by edit.

Knows positions in the client's encoding through ``core/text.py``; not engines, not pygls.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lsprotocol import types as lsp

from cppls.core.model import Diagnostic, Statistics
from cppls.core.paths import from_uri, real_path
from cppls.core.text import Change, Encoding, Text


@dataclass(slots=True, eq=False)
class Document:
    """An open document. ``path`` is ``None`` when the URI names no file (``untitled:``)."""

    uri: str
    path: str | None
    version: int
    """The client's number, which need not grow by one."""
    text: Text
    revision: int = 0
    """The engine's number of this text; see ``engines.SharedEngine``."""
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    """Those last sent, and ..."""
    diagnosed: int = -1
    """... the revision that they belong to."""

    def current_diagnostics(self) -> list[Diagnostic]:
        """Those of the text as it is now; none while a newer text waits for its own."""
        return self.diagnostics if self.diagnosed == self.revision else []


class Documents:
    """A client's open documents, by URI and by path."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Document] = {}
        self._by_path: dict[str, list[Document]] = {}
        """A file may be open under several URIs (symbolic links): the newest text is the last."""
        self._edits = 0

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._by_uri.values()))

    def open(self, uri: str, version: int, text: str) -> Document:
        """A new document; one that was open under this URI is replaced."""
        _ = self.close(uri)
        document = Document(uri, path_of(uri), version, Text.of(text))
        self._by_uri[uri] = document
        if document.path is not None:
            self._by_path.setdefault(document.path, []).append(document)
        return document

    def change(
        self,
        uri: str,
        version: int,
        changes: Sequence[lsp.TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) -> Document | None:
        """Apply edits; ``None`` when no such document is open."""
        document = self._by_uri.get(uri)
        if document is not None:
            self._edits += 1
            document.text = _edited(document.text, changes, encoding)
            document.version = version
            if document.path is not None:
                self._by_path[document.path].sort(key=lambda other: other is document)
        return document

    def close(self, uri: str) -> Document | None:
        """Forget a document; ``None`` when no such document is open."""
        document = self._by_uri.pop(uri, None)
        if document is not None and document.path is not None:
            self._by_path[document.path].remove(document)
            if not self._by_path[document.path]:
                del self._by_path[document.path]
        return document

    def get(self, uri: str) -> Document | None:
        """The document open under ``uri``."""
        return self._by_uri.get(uri)

    def is_open(self, document: Document) -> bool:
        """Whether ``document`` was not closed yet."""
        return self._by_uri.get(document.uri) is document

    def at_path(self, path: str) -> Document | None:
        """The document open for the file ``path``, under whatever URI: the one edited last."""
        documents = self._by_path.get(path)
        return documents[-1] if documents else None

    def same_as(self, document: Document) -> list[Document]:
        """All that show the same file with the same text as ``document``, itself included."""
        documents = self._by_path.get(document.path or "", ())
        return [other for other in documents if other.text == document.text]

    def texts(self) -> dict[str, Text]:
        """Every open file's text, by path, as it is now."""
        return {path: documents[-1].text for path, documents in self._by_path.items()}

    def versions(self) -> dict[str, int]:
        """The client's number of every open file's text, by path."""
        return {path: documents[-1].version for path, documents in self._by_path.items()}

    def statistics(self) -> Statistics:
        """Counts and bytes."""
        held = sum(len(document.text.data) for document in self)
        return {"open": len(self._by_uri), "text_bytes": held, "edits": self._edits}


def path_of(uri: str) -> str | None:
    """The real path that a URI names; ``None`` for what is no file on this machine."""
    path = from_uri(uri)
    return real_path(path) if path is not None and os.path.isabs(path) else None


def _edited(
    text: Text, changes: Sequence[lsp.TextDocumentContentChangeEvent], encoding: Encoding
) -> Text:
    """``text`` after ``changes``; a change without a range replaces all that came before."""
    start = 0
    for index, change in enumerate(changes):
        if isinstance(change, lsp.TextDocumentContentChangeWholeDocument):
            text, start = Text.of(change.text), index + 1
    partial = list(_incremental(changes[start:]))
    return text.apply(partial, encoding) if partial else text


def _incremental(changes: Iterable[lsp.TextDocumentContentChangeEvent]) -> Iterator[Change]:
    for change in changes:
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            start, end = change.range.start, change.range.end
            yield Change(start.line, start.character, end.line, end.character, change.text)
